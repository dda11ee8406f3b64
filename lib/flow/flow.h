/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a packet and of its way through the pipeline, as the rules
 * see them.
 *
 * 'struct flow' is filled by flow_extract() (lib/flow/extract.h) on a cache
 * miss, rewritten by actions during translation, and compared with rules as
 * FLOW_WORDS 64-bit words.  A mask is a 'struct flow' whose one-bits matter.
 * Fields that do not apply to a packet are zero.  Which member is which
 * OpenFlow field is told by lib/flow/fields.def only.
 *
 * Members are in network byte order where they are be16/be32/be64 or byte
 * arrays, in host order otherwise. */
#ifndef WEIR_FLOW_FLOW_H
#define WEIR_FLOW_FLOW_H 1

#include "lib/base/types.h"

#define FLOW_N_REGS 32
#define FLOW_N_VLANS 2
#define FLOW_N_MPLS 3

/* Bit of a TCI that says a tag is present (the CFI/DEI bit's place, since
 * flows carry no DEI).  [OF1.3.5 7.2.3.7 OFPVID_PRESENT] */
#define FLOW_VLAN_CFI 0x1000

/* Bits of 'tun_flags' and 'ct_state' [ovs-fields(7)]. */
#define FLOW_TUN_OAM 0x1
#define FLOW_CT_TRACKED 0x20u
#define FLOW_CT_ALL 0xffu

/* 'packet_type' of a packet that begins with an Ethernet header, and the
 * namespace of those that begin with what an Ethernet type names
 * [OF1.5.1 7.2.3.11]. */
#define FLOW_PT_ETHERNET 0
#define FLOW_PT_NS_ETHERTYPE 1

/* 'nw_frag': any fragment; not the first one. */
#define FLOW_FRAG_ANY 1
#define FLOW_FRAG_LATER 2

struct flow_vlan {
    be16 tpid; /* 0x8100 or 0x88a8; 0 when absent. */
    be16 tci;  /* PCP, FLOW_VLAN_CFI, VID; 0 when absent. */
};

/* What a tunnel's outer headers said; to say of a packet to be sent. */
struct flow_tunnel {
    be64 id;
    be32 src, dst; /* IPv4; 0 when outer addresses are IPv6. */
    uint8_t ipv6_src[16], ipv6_dst[16];
    be16 flags; /* FLOW_TUN_*. */
    be16 gbp_id;
    uint8_t gbp_flags;
    uint8_t tos, ttl;
    uint8_t gtpu_flags, gtpu_msgtype;
    uint8_t erspan_ver, erspan_dir, erspan_hwid;
    be32 erspan_idx; /* Low 20 bits. */
};

/* What connection tracking said; all zero of a packet it has not seen.  The
 * tuple is that of the connection's first packet. */
struct flow_ct {
    be32 state; /* FLOW_CT_*. */
    uint32_t mark;
    uint8_t label[16];
    uint8_t ipv6_src[16], ipv6_dst[16];
    be32 nw_src, nw_dst;
    be16 zone;
    be16 tp_src, tp_dst;
    uint8_t nw_proto;
    uint8_t pad;
};

/* Network service header [RFC 8300 2]. */
struct flow_nsh {
    uint8_t flags, ttl, mdtype, np;
    be32 path; /* Service path, 24 bits, and index. */
    be32 context[4];
};

struct flow {
    /* The pipeline's own. */
    be64 metadata;
    struct flow_tunnel tun;
    uint32_t regs[FLOW_N_REGS];
    uint32_t in_port;       /* OpenFlow 1.1+ number; OFPP_* for reserved. */
    uint32_t pkt_mark;
    uint32_t actset_output; /* Port in the action set's output; 0 unset. */
    uint32_t conj_id;
    uint32_t recirc_id, dp_hash, skb_priority; /* Of the peer's datapath. */
    be32 packet_type; /* Namespace and type: FLOW_PT_*. */
    struct flow_ct ct;

    /* Ethernet; vlans[0] is the outermost. */
    struct eth_addr dl_dst, dl_src;
    be16 dl_type; /* Innermost; < 0x600 frames without SNAP: 0x05ff. */
    uint8_t pad1[2];
    struct flow_vlan vlans[FLOW_N_VLANS];
    be32 mpls_lse[FLOW_N_MPLS]; /* Outermost first. */
    uint8_t pad2[4];
    struct flow_nsh nsh;

    /* IPv4, IPv6 and ARP. */
    be32 nw_src, nw_dst; /* IPv4 addresses; ARP: sender, target. */
    uint8_t ipv6_src[16], ipv6_dst[16];
    be32 ipv6_label;  /* Low 20 bits. */
    uint8_t nw_frag;  /* FLOW_FRAG_*. */
    uint8_t nw_tos;   /* DSCP and ECN. */
    uint8_t nw_ttl;
    uint8_t nw_proto; /* IP protocol; ARP: opcode if below 256, else 0. */
    struct eth_addr arp_sha; /* ARP sender; ND source link-layer option. */
    struct eth_addr arp_tha; /* ARP target; ND target link-layer option. */
    be16 tcp_flags;          /* Low 12 bits. */
    uint8_t nd_options_type; /* ND: of the link-layer option; 0: none. */
    uint8_t pad3;
    uint8_t nd_target[16];

    /* TCP, UDP, SCTP ports; ICMP and ICMPv6 type and code, each in the low
     * byte of its be16. */
    be16 tp_src, tp_dst;
    be32 nd_reserved; /* ND: flags and reserved bits. */
};

#define FLOW_WORDS (sizeof(struct flow) / 8)
_Static_assert(sizeof(struct flow) % 8 == 0, "whole words");
_Static_assert(sizeof(struct flow) / 8 <= 64, "a word map fits in 64 bits");

/* Sets of words of a flow: bit i is word i. */
typedef uint64_t flow_map;

static inline unsigned int
flow_map_count(flow_map map)
{
    return (unsigned int)__builtin_popcountll(map);
}

/* The lowest word of 'map', which is not empty. */
static inline unsigned int
flow_map_first(flow_map map)
{
    return (unsigned int)__builtin_ctzll(map);
}

static inline uint64_t *
flow_words(struct flow *f)
{
    return (uint64_t *)(void *)f;
}

static inline const uint64_t *
flow_words_const(const struct flow *f)
{
    return (const uint64_t *)(const void *)f;
}

/* The Ethernet type by which the layers above are told: a packet without an
 * Ethernet header has it in its packet type. */
static inline be16
flow_dl_type(const struct flow *f)
{
    uint32_t pt = be32_to_cpu(f->packet_type);
    return pt >> 16 == FLOW_PT_NS_ETHERTYPE ? cpu_to_be16((uint16_t)pt)
                                            : f->dl_type;
}

/* True if 'f', seen through 'mask', equals 'value' (masked already). */
static inline bool
flow_matches(const struct flow *f, const struct flow *value,
             const struct flow *mask)
{
    const uint64_t *a = flow_words_const(f);
    const uint64_t *b = flow_words_const(value);
    const uint64_t *m = flow_words_const(mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        if ((a[i] & m[i]) != b[i]) {
            return false;
        }
    }
    return true;
}

#endif
