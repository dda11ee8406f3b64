/* SPDX-License-Identifier: Apache-2.0 */
/* A connection fed with anything, in pieces: it ends or goes on, and what it
 * answers is whole messages. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/openflow/conn.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_tx(const struct buf *tx)
{
    size_t ofs = 0;
    while (ofs < tx->len) {
        ASSERT(tx->len - ofs >= 8);
        size_t len = be16_to_cpu(get_unaligned_be16(tx->data + ofs + 2));
        ASSERT(len >= 8 && len <= tx->len - ofs);
        ofs += len;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) {
        return 0;
    }
    struct ofp_conn c;
    size_t step = data[0] % 64 + 1;
    ofp_conn_init(&c, OFP_VERSIONS_ALL);
    ofp_conn_start(&c);
    bool failed = false;
    for (size_t i = 1; i < size && !failed; i += step) {
        ofp_conn_feed(&c, data + i, MIN(step, size - i));
        for (bool more = true; more;) {
            struct ofm *m;
            enum ofp_conn_event ev = ofp_conn_next(&c, &m);
            ASSERT((ev == OFP_CONN_MESSAGE) == (m != NULL));
            if (ev == OFP_CONN_READY) {
                ASSERT(OFP_VERSIONS_ALL >> c.version & 1);
            }
            ofm_destroy(m);
            failed = ev == OFP_CONN_FAILED;
            more = ev != OFP_CONN_NONE && !failed;
        }
    }
    ASSERT(!failed || c.error);
    check_tx(&c.tx);
    ofp_conn_fini(&c);
    return 0;
}
