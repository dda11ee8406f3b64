/* SPDX-License-Identifier: Apache-2.0 */
/* Packets, built byte by byte. */
#include "tests/sim/gen.h"

struct out {
    struct rng *rng;
    struct frame *f;
    const struct gen_opts *opts;
};

static void
put8(struct out *o, unsigned int x)
{
    o->f->b[o->f->len++] = (uint8_t)x;
}

static void
put16(struct out *o, unsigned int x)
{
    put8(o, x >> 8);
    put8(o, x & 0xff);
}

static void
put32(struct out *o, uint32_t x)
{
    put16(o, x >> 16);
    put16(o, x & 0xffff);
}

static void
patch16(struct out *o, size_t ofs, unsigned int x)
{
    o->f->b[ofs] = (uint8_t)(x >> 8);
    o->f->b[ofs + 1] = (uint8_t)x;
}

static uint32_t
below(struct out *o, uint32_t n)
{
    return rng_below(o->rng, n);
}

static bool
one_in(struct out *o, uint32_t n)
{
    return rng_one_in(o->rng, n);
}

static void
put_random(struct out *o, size_t n)
{
    while (n--) {
        put8(o, below(o, 256));
    }
}

static void
put_mac(struct out *o, bool is_dst)
{
    unsigned int kind = is_dst ? below(o, 12) : 11;
    if (kind == 0) {
        put32(o, 0x0180c200); /* Reserved; a few beyond are not. */
        put16(o, below(o, 20));
    } else if (kind <= 2) {
        put32(o, UINT32_MAX);
        put16(o, 0xffff);
    } else {
        put32(o, one_in(o, 20) && is_dst ? 0x01005e00 : 0x02000000);
        put16(o, 1 + below(o, 6));
    }
}

static void
put_ipv4_addr(struct out *o)
{
    static const uint32_t nets[] = { 0x0a000000, 0x0a000100, 0xc0a80000 };
    put32(o, nets[below(o, 3)] + below(o, 4));
}

static void
put_ipv6_addr(struct out *o)
{
    put32(o, one_in(o, 2) ? 0x20010db8 : 0xfe800000);
    put32(o, 0);
    put32(o, below(o, 2));
    put32(o, below(o, 4));
}

static void
put_port(struct out *o)
{
    static const uint16_t ports[] = { 0, 22, 53, 80, 443, 1023, 1024, 8080,
                                      65535 };
    put16(o, ports[below(o, 9)]);
}

static void
put_nd(struct out *o)
{
    bool is_solicit = one_in(o, 2);
    put8(o, is_solicit ? 135 : 136);
    put8(o, one_in(o, 10));
    put16(o, 0);
    put32(o, 0);
    put_ipv6_addr(o);
    for (unsigned int n = below(o, 3); n > 0; n--) {
        put8(o, 1 + below(o, 3));
        put8(o, one_in(o, 8) ? below(o, 3) : 1);
        put_mac(o, false);
    }
}

/* The L4 header and some payload; 'proto' as the IP header says. */
static void
put_l4(struct out *o, unsigned int proto)
{
    size_t start = o->f->len;
    if (proto == 6) {
        put_port(o);
        put_port(o);
        put_random(o, 8);
        put16(o, 0x5000 | below(o, 0x1000));
        put_random(o, 6);
    } else if (proto == 17) {
        put_port(o);
        put_port(o);
        put16(o, 8);
        put16(o, one_in(o, 4) ? 0 : 0xffff);
    } else if (proto == 132) {
        put_port(o);
        put_port(o);
        put_random(o, 8);
    } else if (proto == 58 && one_in(o, 2)) {
        put_nd(o);
        return;
    } else if (proto == 1 || proto == 58) {
        put8(o, below(o, 4) * 8);
        put8(o, below(o, 3));
        put_random(o, 2 + (proto == 1 || one_in(o, 2) ? 4 : 0));
    }
    put_random(o, below(o, 24));
    if (proto == 17) {
        patch16(o, start + 4, (unsigned int)(o->f->len - start));
    }
}

static unsigned int
pick_proto(struct out *o, bool is_v6)
{
    static const uint8_t protos[] = { 6, 6, 17, 17, 132, 47, 1, 58 };
    unsigned int proto = protos[below(o, 8)];
    if (proto == 1 || proto == 58) {
        proto = one_in(o, 10) ? proto : is_v6 ? 58 : 1;
    }
    return proto;
}

static unsigned int
pick_ttl(struct out *o)
{
    static const uint8_t ttls[] = { 0, 1, 2, 3, 64, 64, 64, 255 };
    return ttls[below(o, 8)];
}

static void
put_ipv4(struct out *o)
{
    size_t start = o->f->len;
    unsigned int n_opts = one_in(o, 8) ? below(o, 11) : 0;
    unsigned int proto = pick_proto(o, false);
    put8(o, 0x45 + n_opts);
    put8(o, one_in(o, 2) ? 0 : below(o, 256));
    put32(o, (uint32_t)rng_u64(o->rng) & 0xffff);
    /* Whole, not to be cut, first and later fragments. */
    unsigned int frag = below(o, 12);
    if (frag == 0 && !o->opts->first_fragments) {
        frag = 1;
    }
    put16(o, frag == 0 ? 0x2000 : frag == 1 ? 0x2000 + 1 + below(o, 9)
             : frag == 2 ? 5 : frag < 6 ? 0x4000 : 0);
    put8(o, pick_ttl(o));
    put8(o, proto);
    put16(o, 0);
    put_ipv4_addr(o);
    put_ipv4_addr(o);
    put_random(o, n_opts * 4);
    put_l4(o, proto);
    patch16(o, start + 2, (unsigned int)(o->f->len - start));
}

/* An extension header of 'type' before 'next'. */
static void
put_ext(struct out *o, unsigned int type, unsigned int next)
{
    put8(o, next);
    if (type == 44) {
        put8(o, 0);
        unsigned int frag = below(o, 4);
        if (frag == 0 && !o->opts->first_fragments) {
            frag = 1;
        }
        put16(o, frag == 0 ? 1 : frag == 1 ? 8 * (1 + below(o, 9))
                 : frag == 2 ? 9 : 0);
        put32(o, 7);
    } else if (type == 51) {
        unsigned int n = 1 + below(o, 3) * 2;
        put8(o, n);
        put_random(o, (n + 2) * 4 - 2);
    } else {
        unsigned int n = below(o, 2);
        put8(o, n);
        put16(o, 0); /* No addresses left in a routing header. */
        put_random(o, (n + 1) * 8 - 4);
    }
}

static void
put_ipv6(struct out *o)
{
    static const uint8_t types[] = { 0, 43, 44, 44, 51, 60 };
    unsigned int chain[20], n = 0;
    if (one_in(o, 6)) {
        n = one_in(o, 20) ? 15 + below(o, 4) : 1 + below(o, 3);
    }
    size_t start = o->f->len;
    for (unsigned int i = 0; i < n; i++) {
        chain[i] = types[below(o, 6)];
    }
    chain[n] = pick_proto(o, true);
    put32(o, 6u << 28 | below(o, 256) << 20 | (one_in(o, 2) ? 0 : below(o, 9)));
    put16(o, 0);
    put8(o, chain[0]);
    put8(o, pick_ttl(o));
    put_ipv6_addr(o);
    put_ipv6_addr(o);
    for (unsigned int i = 0; i < n; i++) {
        put_ext(o, chain[i], chain[i + 1]);
    }
    put_l4(o, chain[n]);
    patch16(o, start + 4, (unsigned int)(o->f->len - start - 40));
}

static void
put_arp(struct out *o)
{
    put16(o, one_in(o, 20) ? 6 : 1);
    put16(o, 0x0800);
    put16(o, 0x0604);
    put16(o, one_in(o, 20) ? below(o, 600) : 1 + below(o, 2));
    put_mac(o, false);
    put_ipv4_addr(o);
    put_mac(o, false);
    put_ipv4_addr(o);
}

static void put_l3(struct out *, unsigned int type);

static void
put_mpls(struct out *o)
{
    unsigned int n = 1 + below(o, 4);
    for (unsigned int i = 0; i < n; i++) {
        bool is_last = i == n - 1 && !one_in(o, 10);
        put32(o, (16 + below(o, 4)) << 12 | below(o, 8) << 9
                     | (unsigned int)is_last << 8 | pick_ttl(o));
    }
    put_l3(o, one_in(o, 2) ? 0x0800 : 0x86dd);
}

static void
put_l3(struct out *o, unsigned int type)
{
    switch (type) {
    case 0x0800:
        put_ipv4(o);
        break;
    case 0x86dd:
        put_ipv6(o);
        break;
    case 0x0806:
    case 0x8035:
        put_arp(o);
        break;
    case 0x8847:
    case 0x8848:
        put_mpls(o);
        break;
    default:
        put_random(o, below(o, 40));
        break;
    }
}

static unsigned int
pick_type(struct out *o)
{
    static const uint16_t types[] = {
        0x0800, 0x0800, 0x0800, 0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd,
        0x86dd, 0x86dd, 0x0806, 0x0806, 0x8847, 0x8847, 0x8848, 0x8035,
        0x88cc, 0x9000,
    };
    return types[below(o, 18)];
}

static void
put_tags(struct out *o)
{
    static const uint16_t vids[] = { 0, 1, 5, 10, 10, 20, 4095 };
    unsigned int kind = below(o, 16);
    unsigned int n = kind < 9 ? 0 : kind < 14 ? 1 : kind < 15 ? 2
                     : o->opts->three_tags ? 3 : 2;
    for (unsigned int i = 0; i < n; i++) {
        put16(o, one_in(o, 4) ? 0x88a8 : 0x8100);
        put16(o, below(o, 8) << 13 | (unsigned int)one_in(o, 8) << 12
                     | vids[below(o, 7)]);
    }
}

/* Cuts it short, adds bytes, or changes some. */
static void
spoil(struct out *o)
{
    struct frame *f = o->f;
    unsigned int kind = below(o, 3);
    if (kind == 0) {
        f->len = below(o, (uint32_t)f->len + 1);
    } else if (kind == 1) {
        put_random(o, below(o, 20));
    } else {
        for (unsigned int n = 1 + below(o, 3); n > 0; n--) {
            f->b[below(o, (uint32_t)f->len)] ^= (uint8_t)(1u << below(o, 8));
        }
    }
}

void
gen_frame(struct rng *rng, const struct gen_opts *opts, struct frame *f)
{
    struct out o = { rng, f, opts };
    f->len = 0;
    put_mac(&o, true);
    put_mac(&o, false);
    put_tags(&o);
    unsigned int type = pick_type(&o);
    if (one_in(&o, 16)) {
        put16(&o, 40 + below(&o, 1000)); /* A length; SNAP or not. */
        put32(&o, one_in(&o, 3) ? 0x42420300 : 0xaaaa0300);
        put16(&o, one_in(&o, 8));
    }
    put16(&o, type);
    put_l3(&o, type);
    frame_fill_checksums(f);
    if (opts->malformed && one_in(&o, 12)) {
        spoil(&o);
    }
    if (one_in(&o, 2)) {
        while (f->len < 60) {
            put8(&o, 0);
        }
    }
}
