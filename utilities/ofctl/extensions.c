/* SPDX-License-Identifier: Apache-2.0 */
/* Nicira extensions: options of tunnels as fields, IPFIX counters, flushing
 * of tracked connections. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "utilities/ofctl/ofctl.h"

/* Formats that carry tun_metadata. */
#define FORMATS_OF_TLVS                                                       \
    (FLOW_FORMAT_NXM | FLOW_FORMAT_NXM_TID | FLOW_FORMAT_OF12                 \
     | FLOW_FORMAT_OF13 | FLOW_FORMAT_OF14 | FLOW_FORMAT_OF15)

/* "NAME=NUMBER" at '*p', which moves behind it. */
static uint64_t
tlv_number(const char **p, const char *name, uint64_t max)
{
    size_t len = strlen(name);
    char *end = NULL;
    if (strncmp(*p, name, len) || (*p)[len] != '='
        || !isdigit((unsigned char)(*p)[len + 1])) {
        args_fatal(0, "invalid tlv mapping");
    }
    unsigned long long n = strtoull(*p + len + 1, &end, 0);
    if (n > max) {
        args_fatal(0, "invalid tlv mapping: %s=%llu is more than %llu", name,
                   n, (unsigned long long)max);
    }
    *p = end;
    return n;
}

static void
tlv_word(const char **p, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*p, word, len)) {
        args_fatal(0, "invalid tlv mapping");
    }
    *p += len;
}

/* "{class=0xffff,type=0,len=4}->tun_metadata0,..." */
static void
parse_tlv_maps(const char *text, struct ofm_tlv_table *t)
{
    for (const char *p = text + strspn(text, ","); *p;
         p += strspn(p, ",")) {
        struct ofm_tlv_map map = { 0 };
        tlv_word(&p, "{");
        map.option_class = (uint16_t)tlv_number(&p, "class", UINT16_MAX);
        tlv_word(&p, ",");
        map.option_type = (uint8_t)tlv_number(&p, "type", UINT8_MAX);
        tlv_word(&p, ",");
        map.option_len = (uint8_t)tlv_number(&p, "len", UINT8_MAX);
        tlv_word(&p, "}->tun_metadata");
        char *end;
        unsigned long index = strtoul(p, &end, 10);
        if (end == p || index > UINT16_MAX) {
            args_fatal(0, "invalid tlv mapping");
        }
        map.index = (uint16_t)index;
        p = end;
        size_t n = t->maps.n++;
        t->maps.p = xrealloc(t->maps.p, (n + 1) * sizeof *t->maps.p);
        t->maps.p[n] = map;
    }
}

static void
change_tlv_maps(struct ofctl *ctx, uint16_t command)
{
    const char *target = ctx->argv[0];
    struct ofm m;
    ofm_init(&m, OFM_TLV_TABLE_MOD);
    m.tlv_table.command = command;
    if (ctx->argc > 1) {
        parse_tlv_maps(ctx->argv[1], &m.tlv_table);
    }
    struct channel_block *b = ofctl_open_for_flows(ctx, target,
                                                   FORMATS_OF_TLVS, false);
    ofctl_transact_noreply(ctx, target, b, &m);
    ofm_fini(&m);
    channel_block_close(b);
}

void
ofctl_cmd_add_tlv_map(struct ofctl *ctx)
{
    change_tlv_maps(ctx, NXTTMC_ADD);
}

void
ofctl_cmd_del_tlv_map(struct ofctl *ctx)
{
    change_tlv_maps(ctx, ctx->argc > 1 ? NXTTMC_DELETE : NXTTMC_CLEAR);
}

void
ofctl_cmd_dump_tlv_map(struct ofctl *ctx)
{
    ofctl_dump_trivial(ctx, ctx->argv[0], OFM_TLV_TABLE_REQUEST);
}

void
ofctl_cmd_dump_ipfix_bridge(struct ofctl *ctx)
{
    ofctl_dump_trivial(ctx, ctx->argv[0], OFM_IPFIX_BRIDGE_REQUEST);
}

void
ofctl_cmd_dump_ipfix_flow(struct ofctl *ctx)
{
    ofctl_dump_trivial(ctx, ctx->argv[0], OFM_IPFIX_FLOW_REQUEST);
}

/* Connections. */

void
ofctl_cmd_ct_flush_zone(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct ofm m;
    uint64_t zone;
    if (!str_to_u64(ctx->argv[1], 0, &zone) || zone > UINT16_MAX) {
        args_fatal(0, "invalid zone_id \"%s\"", ctx->argv[1]);
    }
    struct channel_block *b = ofctl_open(ctx, target);
    ofm_init(&m, OFM_CT_FLUSH_ZONE);
    m.nx_value.value = (uint32_t)zone;
    ofctl_transact_noreply(ctx, target, b, &m);
    channel_block_close(b);
}

#define PROTO_ICMP 1
#define PROTO_ICMPV6 58

/* A tuple being read. */
struct tuple {
    struct ofm_ct_flush *f;
    struct ofm_ct_tuple *t;
    int *family; /* Of all addresses so far; 0: none yet. */
    bool ports, icmp;
};

static NORETURN void
tuple_failed(const char *what, const char *value)
{
    args_fatal(0, "Failed to parse ct-tuple: %s%s", what, value);
}

static void
tuple_addr(struct tuple *tu, uint8_t addr[16], int family, const char *key,
           const char *value)
{
    if (*tu->family && *tu->family != family) {
        tuple_failed("the L3 protocol does not match ", value);
    }
    bool v4 = family == AF_INET;
    if (inet_pton(family, value, v4 ? addr + 12 : addr) != 1) {
        tuple_failed("failed to parse field ", key);
    }
    if (v4) {
        memset(addr, 0, 10);
        memset(addr + 10, 0xff, 2);
    }
    *tu->family = family;
}

static uint16_t
tuple_number(const char *key, const char *value, uint64_t max)
{
    uint64_t n;
    if (!str_to_u64(value, 0, &n) || n > max) {
        tuple_failed("failed to parse field ", key);
    }
    return (uint16_t)n;
}

static void
tuple_field(struct tuple *tu, const char *key, const char *value)
{
    struct ofm_ct_tuple *t = tu->t;
    if (!strcmp(key, "ct_nw_src")) {
        tuple_addr(tu, t->src, AF_INET, key, value);
    } else if (!strcmp(key, "ct_nw_dst")) {
        tuple_addr(tu, t->dst, AF_INET, key, value);
    } else if (!strcmp(key, "ct_ipv6_src")) {
        tuple_addr(tu, t->src, AF_INET6, key, value);
    } else if (!strcmp(key, "ct_ipv6_dst")) {
        tuple_addr(tu, t->dst, AF_INET6, key, value);
    } else if (!strcmp(key, "ct_nw_proto")) {
        tu->f->ip_proto = (uint8_t)tuple_number(key, value, UINT8_MAX);
    } else if (!strcmp(key, "ct_tp_src")) {
        t->src_port = tuple_number(key, value, UINT16_MAX);
        tu->ports = true;
    } else if (!strcmp(key, "ct_tp_dst")) {
        t->dst_port = tuple_number(key, value, UINT16_MAX);
        tu->ports = true;
    } else if (!strcmp(key, "icmp_type")) {
        t->icmp_type = (uint8_t)tuple_number(key, value, UINT8_MAX);
        tu->icmp = true;
    } else if (!strcmp(key, "icmp_code")) {
        t->icmp_code = (uint8_t)tuple_number(key, value, UINT8_MAX);
        tu->icmp = true;
    } else if (!strcmp(key, "icmp_id")) {
        t->icmp_id = tuple_number(key, value, UINT16_MAX);
        tu->icmp = true;
    } else {
        tuple_failed("invalid conntrack tuple field: ", key);
    }
}

/* "ct_nw_src=10.0.0.1,ct_nw_proto=6,ct_tp_dst=80" */
static void
parse_tuple(const char *text, struct ofm_ct_flush *f, struct ofm_ct_tuple *t,
            int *family)
{
    struct tuple tu = { .f = f, .t = t, .family = family };
    char *copy = xstrdup(text), *save = NULL;
    for (char *key = strtok_r(copy, ", \t\r\n", &save); key;
         key = strtok_r(NULL, ", \t\r\n", &save)) {
        char *value = strchr(key, '=');
        if (!value) {
            args_fatal(0, "Failed to parse ct-tuple: field %s missing value",
                       key);
        }
        *value++ = '\0';
        tuple_field(&tu, key, value);
    }
    free(copy);
    bool icmp = f->ip_proto == PROTO_ICMP || f->ip_proto == PROTO_ICMPV6;
    if (tu.icmp && !icmp) {
        tuple_failed("invalid L4 fields", "");
    }
    if (tu.ports && !f->ip_proto) {
        tuple_failed("port is set without protocol", "");
    }
    t->is_icmp = icmp;
}

void
ofctl_cmd_ct_flush(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct ofm m;
    int i = 1, family = 0;
    ofm_init(&m, OFM_CT_FLUSH);
    struct ofm_ct_flush *f = &m.ct_flush;
    if (ctx->argc > 1 && !strncmp(ctx->argv[1], "zone=", 5)) {
        uint64_t zone;
        if (!str_to_u64(ctx->argv[1] + 5, 0, &zone) || zone > UINT16_MAX) {
            args_fatal(0, "Failed to parse zone");
        }
        f->zone = (uint16_t)zone;
        i++;
    }
    if (ctx->argc - i > 2) {
        args_fatal(0, "ct-flush takes two tuples at most, not '%s'",
                   ctx->argv[i + 2]);
    }
    if (i < ctx->argc) {
        parse_tuple(ctx->argv[i], f, &f->orig, &family);
    }
    if (i + 1 < ctx->argc) {
        parse_tuple(ctx->argv[i + 1], f, &f->reply, &family);
    }
    struct channel_block *b = ofctl_open(ctx, target);
    ofctl_transact_noreply(ctx, target, b, &m);
    channel_block_close(b);
}
