/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes lists of actions and of instructions of the version that the first
 * byte names.  What was taken can be printed, checked, sent in every version,
 * and read back from that; sending it again gives the same bytes. */
#include "lib/base/assert.h"
#include "lib/base/str.h"
#include "lib/openflow/act.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static enum ofp_err
decode(const void *p, size_t n, enum ofp_version version, bool insts,
       struct buf *out)
{
    struct cursor c = cursor_make(p, n);
    return insts ? instructions_decode(&c, version, out)
                 : acts_decode(&c, version, out);
}

static void
encode(const struct buf *acts, enum ofp_version version, bool insts,
       struct buf *out)
{
    struct act_list list = act_list_from_buf(acts);
    if (insts) {
        instructions_encode(&list, version, out);
    } else {
        acts_encode(&list, version, out);
    }
}

static void
resend(const struct buf *acts, enum ofp_version version, bool insts)
{
    struct buf wire = BUF_INIT, back = BUF_INIT, wire2 = BUF_INIT;
    encode(acts, version, insts, &wire);
    /* Older forms of an action may take more room than a message has. */
    if (wire.len < UINT16_MAX / 2) {
        ASSERT(!decode(wire.data, wire.len, version, insts, &back));
        encode(&back, version, insts, &wire2);
        ASSERT(wire.len == wire2.len
               && (!wire.len || !memcmp(wire.data, wire2.data, wire.len)));
    }
    buf_fini(&wire);
    buf_fini(&back);
    buf_fini(&wire2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > 8192) {
        return 0;
    }
    enum ofp_version version = (enum ofp_version)(1 + data[0] % 6);
    bool insts = version > OFP10_VERSION && data[0] & 0x80;
    struct buf acts = BUF_INIT;
    if (!decode(data + 1, size - 1, version, insts, &acts)) {
        struct act_list list = act_list_from_buf(&acts);
        struct str s = STR_INIT;
        struct match m;
        acts_put(&list, NULL, &s);
        match_init(&m);
        struct act_check in = { &m, 3, 254, version, true };
        enum ofp_err err = acts_check(&list, &in);
        bool has_instructions = false;
        ACT_FOR_EACH (a, &list) {
            has_instructions |= act_is_instruction(a);
        }
        acts_bind_match(&acts, &m);
        if (err != OFPERR_OFPBAC_UNSUPPORTED_ORDER
            && err != OFPERR_OFPBAC_BAD_TYPE) {
            resend(&acts, version, insts);
            if (!has_instructions) {
                resend(&acts, OFP10_VERSION, false);
                resend(&acts, OFP13_VERSION, true);
                resend(&acts, OFP15_VERSION, true);
            }
        }
        str_fini(&s);
    }
    buf_fini(&acts);
    return 0;
}
