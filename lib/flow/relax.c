/* SPDX-License-Identifier: Apache-2.0 */
/* The coarser masks under which the rules of a mask may be hashed. */
#include "lib/flow/classifier_priv.h"

/* Every byte of a mask that is not all ones becomes zero. */
static void
round_to_bytes(uint8_t *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = m[i] == 0xff ? 0xff : 0;
    }
}

/* Keeps whole nibbles of a prefix. */
static void
round_to_nibbles(uint8_t *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = m[i] == 0xff ? 0xff : m[i] >= 0xf0 ? 0xf0 : 0;
    }
}

static void
relax_addresses(struct flow *f, int level)
{
    if (level == 0) {
        uint8_t *s = (uint8_t *)&f->nw_src, *d = (uint8_t *)&f->nw_dst;
        round_to_bytes(s, 4);
        round_to_bytes(d, 4);
        round_to_bytes(f->ipv6_src, 16);
        round_to_bytes(f->ipv6_dst, 16);
    } else {
        round_to_nibbles((uint8_t *)&f->nw_src, 4);
        round_to_nibbles((uint8_t *)&f->nw_dst, 4);
        round_to_nibbles(f->ipv6_src, 16);
        round_to_nibbles(f->ipv6_dst, 16);
    }
}

static void
relax_ports(struct flow *f, int level)
{
    if (level == 0 || f->tp_src != UINT16_MAX) {
        f->tp_src = 0;
    }
    if (level == 0 || f->tp_dst != UINT16_MAX) {
        f->tp_dst = 0;
    }
}

struct cls_mask *
cls_mask_relax(const struct cls_mask *mask, int level)
{
    struct flow f;
    cls_mask_expand(mask, flow_words(&f));
    if (level < CLS_LEVELS - 1) {
        relax_addresses(&f, level);
        relax_ports(&f, level);
    }
    return cls_mask_create(flow_words(&f));
}
