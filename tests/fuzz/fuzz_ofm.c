/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow messages one after another, each decoded, printed, and encoded in
 * its version: what that gives decodes again and encodes the same. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/openflow/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_again(const struct ofm *m, unsigned int formats)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    struct ofm *second, *third;
    ofm_encode(m, m->version, formats, &a);
    /* Some messages carry what this side would not accept; and a reply may
     * have become two. */
    if (a.len < 0xfff0 && !ofm_decode(a.data, a.len, formats, &second)) {
        ofm_encode(second, second->version, formats, &b);
        if (b.len < 0xfff0 && !ofm_decode(b.data, b.len, formats, &third)) {
            buf_clear(&a);
            ofm_encode(third, third->version, formats, &a);
            ASSERT(a.len == b.len && !memcmp(a.data, b.data, a.len));
            ofm_destroy(third);
        }
        ofm_destroy(second);
    }
    buf_fini(&a);
    buf_fini(&b);
}

static void
one_message(const uint8_t *data, size_t len, unsigned int formats)
{
    struct str s = STR_INIT;
    struct ofm *m;
    ofm_print_bytes(&s, data, len, NULL, 1);
    str_fini(&s);
    if (!ofm_decode(data, len, formats, &m)) {
        if (m->version <= OFP15_VERSION
            && m->version) {
            check_again(m, formats);
        }
        ofm_destroy(m);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned int formats[] = { 0, FLOW_FORMAT_OF10_TID,
                                            FLOW_FORMAT_NXM_TID };
    unsigned int n = 0;
    while (size) {
        size_t len = size < 4 ? size
                              : be16_to_cpu(get_unaligned_be16(data + 2));
        len = len < 8 || len > size ? size : len;
        one_message(data, len, formats[n++ % ARRAY_SIZE(formats)]);
        data += len;
        size -= len;
    }
    return 0;
}
