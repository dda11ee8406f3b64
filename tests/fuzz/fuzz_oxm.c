/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes matches.  The first byte chooses the form: OXM or NXM of a version,
 * strict or loose, or the fixed match of 1.0.  A match that was taken comes
 * back the same from what it is encoded as. */
#include "lib/base/assert.h"
#include "lib/base/str.h"
#include "lib/openflow/oxm.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_text(const struct match *m)
{
    struct str s = STR_INIT;
    match_put(m, 5, NULL, &s);
    ASSERT(!match_check_prereqs(m));
    str_fini(&s);
}

static void
fuzz_tlvs(const uint8_t *data, size_t size, enum ofp_version version,
          bool loose)
{
    struct cursor c = cursor_make(data, size);
    struct match m, again;
    uint64_t cookie, mask, cookie2, mask2;
    struct str s = STR_INIT;
    oxm_put_text(data, size, &s);
    str_fini(&s);
    if (oxm_decode(&c, loose, &m, &cookie, &mask)) {
        return;
    }
    check_text(&m);
    struct buf b = BUF_INIT;
    oxm_encode(&b, &m, version, cookie, mask);
    c = cursor_make(b.data, b.len);
    ASSERT(!oxm_decode(&c, false, &again, &cookie2, &mask2));
    ASSERT(cookie == cookie2 && mask == mask2);
    /* Versions differ in what of a tag they can say. */
    m.flow.vlans[0] = m.mask.vlans[0] = again.flow.vlans[0] =
        again.mask.vlans[0] = (struct flow_vlan){ 0, 0 };
    ASSERT(match_equal(&m, &again));
    buf_fini(&b);
}

static void
fuzz_fixed(const uint8_t *data)
{
    struct match m, again;
    uint8_t wire[OFP10_MATCH_BYTES];
    ofp10_match_decode(data, &m);
    check_text(&m);
    if (ofp10_match_fits(&m)) {
        ofp10_match_encode(&m, wire);
        ofp10_match_decode(wire, &again);
        ASSERT(match_covers(&again, &m));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) {
        return 0;
    }
    unsigned int how = *data++;
    size--;
    if (how & 0x80) {
        if (size >= OFP10_MATCH_BYTES) {
            fuzz_fixed(data);
        }
    } else {
        fuzz_tlvs(data, size, (enum ofp_version)(1 + how % 6), how & 0x40);
    }
    return 0;
}
