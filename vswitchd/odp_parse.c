/* SPDX-License-Identifier: Apache-2.0 */
/* The inverse of odp_text.c: a flow from the datapath's syntax, as typed in
 * `ofproto/trace` and `netdev-dummy/receive`.
 *
 *   in_port(1),eth(src=..,dst=..),eth_type(0x0800),ipv4(src=..,proto=6),..
 *
 * Each group is one row of the table: a name and the fields inside it.  What
 * a flow from a packet cannot hold (recirc_id, packet_type, ct_state and the
 * like) is accepted and left out. */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/packet/hdr.h"
#include "vswitchd/odp_text.h"

enum kind { U8, N16, N32, H32, MAC, IP4, IP6, L4_U8, FRAG, FLAGS };

struct item {
    const char *group, *name; /* 'name' NULL: the value alone. */
    enum kind kind;
    size_t offset;
};

#define AT(MEMBER) offsetof(struct flow, MEMBER)
static const struct item items[] = {
    { "skb_mark", NULL, H32, AT(pkt_mark) },
    { "eth", "src", MAC, AT(dl_src) },
    { "eth", "dst", MAC, AT(dl_dst) },
    { "eth_type", NULL, N16, AT(dl_type) },
    { "ipv4", "src", IP4, AT(nw_src) },
    { "ipv4", "dst", IP4, AT(nw_dst) },
    { "ipv4", "proto", U8, AT(nw_proto) },
    { "ipv4", "tos", U8, AT(nw_tos) },
    { "ipv4", "ttl", U8, AT(nw_ttl) },
    { "ipv4", "frag", FRAG, AT(nw_frag) },
    { "ipv6", "src", IP6, AT(ipv6_src) },
    { "ipv6", "dst", IP6, AT(ipv6_dst) },
    { "ipv6", "label", N32, AT(ipv6_label) },
    { "ipv6", "proto", U8, AT(nw_proto) },
    { "ipv6", "tclass", U8, AT(nw_tos) },
    { "ipv6", "hlimit", U8, AT(nw_ttl) },
    { "ipv6", "frag", FRAG, AT(nw_frag) },
    { "tcp", "src", N16, AT(tp_src) },
    { "tcp", "dst", N16, AT(tp_dst) },
    { "udp", "src", N16, AT(tp_src) },
    { "udp", "dst", N16, AT(tp_dst) },
    { "sctp", "src", N16, AT(tp_src) },
    { "sctp", "dst", N16, AT(tp_dst) },
    { "tcp_flags", NULL, FLAGS, AT(tcp_flags) },
    { "icmp", "type", L4_U8, AT(tp_src) },
    { "icmp", "code", L4_U8, AT(tp_dst) },
    { "icmpv6", "type", L4_U8, AT(tp_src) },
    { "icmpv6", "code", L4_U8, AT(tp_dst) },
    { "arp", "sip", IP4, AT(nw_src) },
    { "arp", "tip", IP4, AT(nw_dst) },
    { "arp", "op", U8, AT(nw_proto) },
    { "arp", "sha", MAC, AT(arp_sha) },
    { "arp", "tha", MAC, AT(arp_tha) },
};

static const char *const left_out[] = {
    "recirc_id", "dp_hash", "skb_priority", "packet_type", "ct_state",
    "ct_zone", "ct_mark", "ct_label",
};

static bool
parse_flags(const char *text, uint32_t *flags)
{
    static const char *const names[] = { "fin", "syn", "rst", "psh", "ack",
                                         "urg", "ece", "cwr" };
    uint64_t number;
    if (str_to_u64(text, 0, &number) && number < 0x1000) {
        *flags = (uint32_t)number;
        return true;
    }
    *flags = 0;
    while (*text) {
        size_t n = strcspn(text, "|"), i = 0;
        while (i < ARRAY_SIZE(names)
               && (strlen(names[i]) != n || strncmp(text, names[i], n))) {
            i++;
        }
        if (i == ARRAY_SIZE(names)) {
            return false;
        }
        *flags |= 1u << i;
        text += n + (text[n] == '|');
    }
    return true;
}

static bool
put_number(const struct item *it, uint64_t v, void *at)
{
    static const uint64_t most[] = {
        [U8] = 0xff, [N16] = 0xffff, [N32] = UINT32_MAX, [H32] = UINT32_MAX,
        [L4_U8] = 0xff, [FLAGS] = 0xfff,
    };
    if (v > most[it->kind]) {
        return false;
    }
    if (it->kind == U8) {
        *(uint8_t *)at = (uint8_t)v;
    } else if (it->kind == H32) {
        *(uint32_t *)at = (uint32_t)v;
    } else if (it->kind == N32) {
        *(be32 *)at = cpu_to_be32((uint32_t)v);
    } else {
        *(be16 *)at = cpu_to_be16((uint16_t)v);
    }
    return true;
}

static bool
put_value(const struct item *it, const char *text, struct flow *f)
{
    void *at = (uint8_t *)f + it->offset;
    uint64_t number;
    uint32_t flags;
    switch (it->kind) {
    case MAC:
        return str_to_eth_addr(text, at);
    case IP4:
        return inet_pton(AF_INET, text, at) == 1;
    case IP6:
        return inet_pton(AF_INET6, text, at) == 1;
    case FRAG:
        if (strcmp(text, "no") && strcmp(text, "first")
            && strcmp(text, "later")) {
            return false;
        }
        *(uint8_t *)at = !strcmp(text, "no") ? 0
                         : !strcmp(text, "first")
                             ? FLOW_FRAG_ANY : FLOW_FRAG_ANY | FLOW_FRAG_LATER;
        return true;
    case FLAGS:
        return parse_flags(text, &flags) && put_number(it, flags, at);
    default:
        return str_to_u64(text, 0, &number) && put_number(it, number, at);
    }
}

struct parser {
    struct flow *flow;
    uint32_t (*port)(void *, const char *);
    void *aux;
    unsigned int n_tags; /* Of VLANs, so far. */
};

/* vlan(vid=..,pcp=..): its TPID came as eth_type() before. */
static bool
put_vlan(struct parser *p, char *inside)
{
    if (p->n_tags == FLOW_N_VLANS) {
        return false;
    }
    uint16_t tci = FLOW_VLAN_CFI;
    char *save = NULL;
    for (char *w = strtok_r(inside, ",", &save); w;
         w = strtok_r(NULL, ",", &save)) {
        uint64_t v;
        if (str_starts_with(w, "vid=") && str_to_u64(w + 4, 0, &v)
            && v < 4096) {
            tci |= (uint16_t)v;
        } else if (str_starts_with(w, "pcp=") && str_to_u64(w + 4, 0, &v)
                   && v < 8) {
            tci |= (uint16_t)(v << 13);
        } else if (!str_starts_with(w, "cfi=")) {
            return false;
        }
    }
    p->flow->vlans[p->n_tags].tpid = p->flow->dl_type;
    p->flow->vlans[p->n_tags].tci = cpu_to_be16(tci);
    p->n_tags++;
    return true;
}

static bool
put_item(struct parser *p, const char *group, const char *word)
{
    const char *eq = strchr(word, '=');
    size_t n = eq ? (size_t)(eq - word) : 0;
    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        const struct item *it = &items[i];
        if (!strcmp(it->group, group)
            && (it->name ? eq && strlen(it->name) == n
                               && !strncmp(it->name, word, n)
                         : !eq)) {
            return put_value(it, it->name ? eq + 1 : word, p->flow);
        }
    }
    return false;
}

static bool parse_groups(struct parser *, char *text);

static bool
put_group(struct parser *p, const char *group, char *inside)
{
    if (!strcmp(group, "encap")) {
        return parse_groups(p, inside);
    }
    if (!strcmp(group, "vlan")) {
        return put_vlan(p, inside);
    }
    if (!strcmp(group, "in_port")) {
        p->flow->in_port = p->port(p->aux, inside);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(left_out); i++) {
        if (!strcmp(left_out[i], group)) {
            return true;
        }
    }
    char *save = NULL;
    for (char *w = strtok_r(inside, ",", &save); w;
         w = strtok_r(NULL, ",", &save)) {
        if (!put_item(p, group, w)) {
            return false;
        }
    }
    return true;
}

/* The closing parenthesis of the one at 'open', or NULL. */
static char *
find_close(char *open)
{
    int depth = 0;
    for (char *c = open; *c; c++) {
        depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        if (!depth) {
            return c;
        }
    }
    return NULL;
}

static bool
parse_groups(struct parser *p, char *text)
{
    while (*text) {
        char *open = strchr(text, '(');
        char *close = open ? find_close(open) : NULL;
        if (!close) {
            return false;
        }
        *open = *close = '\0';
        if (!put_group(p, text, open + 1)) {
            return false;
        }
        text = close + 1;
        text += strspn(text, ", ");
    }
    return true;
}

bool
odp_parse(const char *text, uint32_t (*port)(void *, const char *), void *aux,
          struct flow *flow)
{
    memset(flow, 0, sizeof *flow);
    if (!strchr(text, '(')) {
        return false;
    }
    struct parser p = { flow, port, aux, 0 };
    char *copy = xstrdup(text);
    bool ok = parse_groups(&p, copy);
    free(copy);
    return ok;
}
