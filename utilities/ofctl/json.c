/* SPDX-License-Identifier: Apache-2.0 */
/* --format json: one array of objects, an item a line, written as the parts
 * of a reply come, so that a long dump needs no more memory than a part.
 *
 * Plain items are tables of members; a member that the switch does not tell
 * (all ones on the wire) is left out.  Flow text becomes an object of its
 * match, "tcp" true, "nw_dst" "10.0.0.1", and an array of its actions. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/io/json.h"
#include "utilities/ofctl/ofctl.h"

enum member_kind {
    M_COUNT, /* Number; all ones: not told. */
    M_NUMBER,
    M_HEX,  /* A string, "0x12". */
    M_TEXT, /* A char array. */
    M_MAC,
    M_PORT,
};

struct member {
    const char *name;
    uint16_t ofs;
    uint8_t size; /* Bytes, of a number. */
    uint8_t kind; /* enum member_kind. */
};

#define MEM(KIND, STRUCT, MEMBER)                                             \
    {                                                                         \
#MEMBER, offsetof(struct STRUCT, MEMBER),                             \
            (uint8_t)sizeof((struct STRUCT *)0)->MEMBER, M_##KIND             \
    }
#define END                                                                   \
    {                                                                         \
        NULL, 0, 0, 0                                                         \
    }

static const struct member desc_members[] = {
    { "manufacturer", offsetof(struct ofm_desc, mfr_desc), 0, M_TEXT },
    { "hardware", offsetof(struct ofm_desc, hw_desc), 0, M_TEXT },
    { "software", offsetof(struct ofm_desc, sw_desc), 0, M_TEXT },
    { "serial_num", offsetof(struct ofm_desc, serial_num), 0, M_TEXT },
    { "dp_desc", offsetof(struct ofm_desc, dp_desc), 0, M_TEXT },
    END
};
static const struct member features_members[] = {
    MEM(HEX, ofm_features, datapath_id),
    MEM(NUMBER, ofm_features, n_buffers),
    MEM(NUMBER, ofm_features, n_tables),
    MEM(NUMBER, ofm_features, auxiliary_id),
    MEM(HEX, ofm_features, capabilities),
    END
};
static const struct member config_members[] = {
    MEM(NUMBER, ofm_config, flags), MEM(NUMBER, ofm_config, miss_send_len), END
};
static const struct member aggregate_members[] = {
    MEM(COUNT, ofm_aggregate, packet_count),
    MEM(COUNT, ofm_aggregate, byte_count),
    MEM(NUMBER, ofm_aggregate, flow_count), END
};
static const struct member table_members[] = {
    MEM(NUMBER, ofm_table_stats, table_id),
    MEM(TEXT, ofm_table_stats, name),
    MEM(NUMBER, ofm_table_stats, active_count),
    MEM(COUNT, ofm_table_stats, lookup_count),
    MEM(COUNT, ofm_table_stats, matched_count),
    END
};
static const struct member table_features_members[] = {
    MEM(NUMBER, ofm_table_features, table_id),
    MEM(TEXT, ofm_table_features, name),
    MEM(HEX, ofm_table_features, metadata_match),
    MEM(HEX, ofm_table_features, metadata_write),
    MEM(NUMBER, ofm_table_features, max_entries),
    END
};
static const struct member table_desc_members[] = {
    MEM(NUMBER, ofm_table_mod, table_id),
    MEM(HEX, ofm_table_mod, config),
    MEM(HEX, ofm_table_mod, eviction_flags),
    MEM(NUMBER, ofm_table_mod, vacancy_down),
    MEM(NUMBER, ofm_table_mod, vacancy_up),
    MEM(NUMBER, ofm_table_mod, vacancy),
    END
};
static const struct member port_members[] = {
    MEM(PORT, ofm_port, port_no),     MEM(TEXT, ofm_port, name),
    MEM(MAC, ofm_port, hw_addr),      MEM(HEX, ofm_port, config),
    MEM(HEX, ofm_port, state),        MEM(HEX, ofm_port, curr),
    MEM(HEX, ofm_port, advertised),   MEM(HEX, ofm_port, supported),
    MEM(HEX, ofm_port, peer),         MEM(NUMBER, ofm_port, curr_speed),
    MEM(NUMBER, ofm_port, max_speed), END
};
static const struct member port_stats_members[] = {
    MEM(PORT, ofm_port_stats, port_no),
    MEM(COUNT, ofm_port_stats, rx_packets),
    MEM(COUNT, ofm_port_stats, rx_bytes),
    MEM(COUNT, ofm_port_stats, rx_dropped),
    MEM(COUNT, ofm_port_stats, rx_errors),
    MEM(COUNT, ofm_port_stats, rx_frame_err),
    MEM(COUNT, ofm_port_stats, rx_over_err),
    MEM(COUNT, ofm_port_stats, rx_crc_err),
    MEM(COUNT, ofm_port_stats, tx_packets),
    MEM(COUNT, ofm_port_stats, tx_bytes),
    MEM(COUNT, ofm_port_stats, tx_dropped),
    MEM(COUNT, ofm_port_stats, tx_errors),
    MEM(COUNT, ofm_port_stats, collisions),
    MEM(COUNT, ofm_port_stats, duration_sec),
    END
};
static const struct member queue_stats_members[] = {
    MEM(PORT, ofm_queue_stats, port_no),
    MEM(NUMBER, ofm_queue_stats, queue_id),
    MEM(COUNT, ofm_queue_stats, tx_bytes),
    MEM(COUNT, ofm_queue_stats, tx_packets),
    MEM(COUNT, ofm_queue_stats, tx_errors),
    MEM(COUNT, ofm_queue_stats, duration_sec),
    END
};
static const struct member queue_members[] = {
    MEM(PORT, ofm_queue, port_no), MEM(NUMBER, ofm_queue, queue_id),
    MEM(COUNT, ofm_queue, min_rate), MEM(COUNT, ofm_queue, max_rate), END
};
static const struct member group_stats_members[] = {
    MEM(NUMBER, ofm_group_stats, group_id),
    MEM(COUNT, ofm_group_stats, ref_count),
    MEM(COUNT, ofm_group_stats, packet_count),
    MEM(COUNT, ofm_group_stats, byte_count),
    MEM(COUNT, ofm_group_stats, duration_sec),
    END
};
static const struct member meter_stats_members[] = {
    MEM(NUMBER, ofm_meter_stats, meter_id),
    MEM(COUNT, ofm_meter_stats, flow_count),
    MEM(COUNT, ofm_meter_stats, packet_in_count),
    MEM(COUNT, ofm_meter_stats, byte_in_count),
    MEM(COUNT, ofm_meter_stats, duration_sec),
    END
};
static const struct member meter_features_members[] = {
    MEM(NUMBER, ofm_meter_features, max_meters),
    MEM(HEX, ofm_meter_features, band_types),
    MEM(HEX, ofm_meter_features, capabilities),
    MEM(NUMBER, ofm_meter_features, max_bands),
    MEM(NUMBER, ofm_meter_features, max_color),
    END
};
static const struct member group_features_members[] = {
    MEM(HEX, ofm_group_features, types),
    MEM(HEX, ofm_group_features, capabilities), END
};
static const struct member tlv_members[] = {
    MEM(HEX, ofm_tlv_map, option_class), MEM(HEX, ofm_tlv_map, option_type),
    MEM(NUMBER, ofm_tlv_map, option_len), MEM(NUMBER, ofm_tlv_map, index), END
};
static const struct member ipfix_members[] = {
    MEM(NUMBER, ofm_ipfix, collector_set_id),
    MEM(COUNT, ofm_ipfix, total_flows),
    MEM(COUNT, ofm_ipfix, current_flows),
    MEM(COUNT, ofm_ipfix, packets),
    MEM(COUNT, ofm_ipfix, ipv4_packets),
    MEM(COUNT, ofm_ipfix, ipv6_packets),
    MEM(COUNT, ofm_ipfix, tx_packets),
    MEM(COUNT, ofm_ipfix, error_packets),
    MEM(COUNT, ofm_ipfix, ipv4_errors),
    MEM(COUNT, ofm_ipfix, ipv6_errors),
    MEM(COUNT, ofm_ipfix, tx_errors),
    END
};
static const struct member counts_members[] = {
    MEM(COUNT, ofm_counts, packet_count), MEM(COUNT, ofm_counts, byte_count),
    END
};
static const struct member band_members[] = {
    MEM(NUMBER, meter_band, rate), MEM(NUMBER, meter_band, burst_size),
    MEM(NUMBER, meter_band, prec_level), END
};

static uint64_t
number_at(const uint8_t *p, size_t size)
{
    uint64_t x = 0;
    switch (size) {
    case 1:
        return *p;
    case 2:
        x = *(const uint16_t *)(const void *)p;
        break;
    case 4:
        x = *(const uint32_t *)(const void *)p;
        break;
    default:
        x = *(const uint64_t *)(const void *)p;
        break;
    }
    return x;
}

static json_t *
text_of_port(uint32_t port, const struct ofp_names *names)
{
    struct str s = STR_INIT;
    ofport_put(port, names, &s);
    uint64_t n;
    json_t *j = str_to_u64(str_cstr(&s), 10, &n) ? json_integer((json_int_t)n)
                                                 : json_string(str_cstr(&s));
    str_fini(&s);
    return j;
}

static json_t *
member_value(const struct member *m, const uint8_t *p,
             const struct ofp_names *names)
{
    char text[32];
    uint64_t x =
        m->kind == M_TEXT || m->kind == M_MAC ? 0 : number_at(p, m->size);
    switch ((enum member_kind)m->kind) {
    case M_COUNT:
        return x == UINT64_MAX >> (64 - 8 * m->size)
                   ? NULL
                   : json_integer((json_int_t)x);
    case M_NUMBER:
        return json_integer((json_int_t)x);
    case M_PORT:
        return text_of_port((uint32_t)x, names);
    case M_TEXT:
        return *p ? json_string((const char *)p) : NULL;
    case M_MAC:
        snprintf(text, sizeof text, ETH_ADDR_FMT, p[0], p[1], p[2], p[3], p[4],
                 p[5]);
        return json_string(text);
    case M_HEX:
        snprintf(text, sizeof text, "0x%llx", (unsigned long long)x);
        return json_string(text);
    }
    return NULL;
}

static json_t *
plain(const void *item, const struct member *members,
      const struct ofp_names *names)
{
    json_t *o = json_object();
    for (const struct member *m = members; m->name; m++) {
        const uint8_t *p = (const uint8_t *)item + m->ofs;
        json_t *value = member_value(m, p, names);
        if (value) {
            json_object_set_new(o, m->name, value);
        }
    }
    return o;
}

/* Text. */

/* Calls fn for each part between commas that are not inside parentheses. */
static void
for_each_part(char *text, void (*fn)(json_t *, char *part), json_t *out)
{
    int depth = 0;
    char *start = text;
    for (char *p = text;; p++) {
        depth += *p == '(' || *p == '{';
        depth -= *p == ')' || *p == '}';
        if (!*p || (*p == ',' && depth <= 0)) {
            bool last = !*p;
            *p = '\0';
            if (*start) {
                fn(out, start);
            }
            if (last) {
                return;
            }
            start = p + 1;
        }
    }
}

static void
add_match_part(json_t *o, char *part)
{
    char *value = strchr(part, '=');
    if (value) {
        *value++ = '\0';
    }
    json_object_set_new(o, part, value ? json_string(value) : json_true());
}

static void
add_action(json_t *a, char *part)
{
    json_array_append_new(a, json_string(part));
}

static json_t *
actions(const struct act_list *acts, const struct ofp_names *names)
{
    struct str s = STR_INIT;
    json_t *a = json_array();
    acts_put(acts, names, &s);
    if (strcmp(str_cstr(&s), "drop")) {
        char *copy = xstrdup(str_cstr(&s));
        for_each_part(copy, add_action, a);
        free(copy);
    }
    str_fini(&s);
    return a;
}

static void
add_number(json_t *o, const char *name, uint64_t value, uint64_t none)
{
    if (value != none) {
        json_object_set_new(o, name, json_integer((json_int_t)value));
    }
}

/* Names of the bits of 'flags' that are set. */
static json_t *
bits(uint32_t flags, const char *const names[], size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++) {
        if (flags >> i & 1) {
            json_array_append_new(a, json_string(names[i]));
        }
    }
    return a;
}

json_t *
ofctl_json_flow(const struct ofctl *ctx, const struct flow_stats *f,
                const struct ofp_names *names)
{
    static const char *const flags[] = { "send_flow_rem", "check_overlap",
                                         "reset_counts", "no_packet_counts",
                                         "no_byte_counts" };
    char cookie[32];
    struct str s = STR_INIT;
    json_t *o = json_object(), *match = json_object();
    json_object_set_new(o, "table", json_integer(f->table_id));
    json_object_set_new(o, "priority", json_integer(f->priority));
    snprintf(cookie, sizeof cookie, "0x%llx", (unsigned long long)f->cookie);
    json_object_set_new(o, "cookie", json_string(cookie));
    if (ctx->stats) {
        json_object_set_new(o, "duration",
                            json_real(f->duration_s + f->duration_ns / 1e9));
        add_number(o, "n_packets", f->n_packets, UINT64_MAX);
        add_number(o, "n_bytes", f->n_bytes, UINT64_MAX);
        add_number(o, "idle_age", (uint64_t)f->idle_age, UINT64_MAX);
        add_number(o, "hard_age", (uint64_t)f->hard_age, UINT64_MAX);
    }
    add_number(o, "idle_timeout", f->idle_timeout, 0);
    add_number(o, "hard_timeout", f->hard_timeout, 0);
    add_number(o, "importance", f->importance, 0);
    json_object_set_new(o, "flags", bits(f->flags, flags, ARRAY_SIZE(flags)));
    match_put(&f->match, MATCH_PRIORITY_DEFAULT, names, &s);
    char *copy = xstrdup(str_cstr(&s));
    for_each_part(copy, add_match_part, match);
    free(copy);
    str_fini(&s);
    json_object_set_new(o, "match", match);
    json_object_set_new(o, "actions", actions(&f->acts, names));
    return o;
}

static json_t *
group(const struct group_spec *g, const struct ofp_names *names)
{
    json_t *o = json_object(), *a = json_array();
    json_object_set_new(o, "group_id", json_integer(g->group_id));
    json_object_set_new(o, "type", json_string(group_type_name(g->type)));
    if (g->selection_method[0]) {
        json_object_set_new(o, "selection_method",
                            json_string(g->selection_method));
        add_number(o, "selection_method_param", g->selection_param, 0);
    }
    for (size_t i = 0; i < g->n_buckets; i++) {
        const struct group_bucket *b = &g->buckets[i];
        struct act_list acts = act_list_from_buf(&b->acts);
        json_t *bucket = json_object();
        add_number(bucket, "bucket_id", b->bucket_id, GROUP_BUCKET_ID_ALL);
        if (g->type == GROUP_SELECT) {
            add_number(bucket, "weight", b->weight, UINT64_MAX);
        }
        if (b->watch_port != OFPORT_ANY) {
            json_object_set_new(bucket, "watch_port",
                                text_of_port(b->watch_port, names));
        }
        add_number(bucket, "watch_group", b->watch_group, GROUP_ID_ANY);
        json_object_set_new(bucket, "actions", actions(&acts, names));
        json_array_append_new(a, bucket);
    }
    json_object_set_new(o, "buckets", a);
    return o;
}

static json_t *
meter(const struct meter_spec *m)
{
    static const char *const flags[] = { "kbps", "pktps", "burst", "stats" };
    json_t *o = json_object(), *a = json_array();
    json_object_set_new(o, "meter_id", json_integer(m->meter_id));
    json_object_set_new(o, "flags", bits(m->flags, flags, ARRAY_SIZE(flags)));
    for (size_t i = 0; i < m->n_bands; i++) {
        json_t *band = plain(&m->bands[i], band_members, NULL);
        json_object_set_new(band, "type",
                            json_string(m->bands[i].type == METER_BAND_DROP
                                            ? "drop"
                                            : "dscp_remark"));
        json_array_append_new(a, band);
    }
    json_object_set_new(o, "bands", a);
    return o;
}

/* Counters of the buckets of a group, the bands of a meter. */
static json_t *
with_counts(json_t *o, const char *name, const struct ofm_counts *p, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(a, plain(&p[i], counts_members, NULL));
    }
    json_object_set_new(o, name, a);
    return o;
}

/* Output. */

void
ofctl_json_item(struct ofctl *ctx, json_t *take_item)
{
    struct str s = STR_INIT;
    json_put(&s, take_item, JSON_STYLE_COMPACT);
    printf("%s%s", ctx->json_items++ ? ",\n " : "[", str_cstr(&s));
    str_fini(&s);
    json_decref(take_item);
}

void
ofctl_json_end(struct ofctl *ctx)
{
    if (!ctx->json_more) {
        puts(ctx->json_items ? "]" : "[]");
        ctx->json_items = 0;
    }
}

#define EACH(VEC, EXPR)                                                       \
    for (size_t i = 0; i < m->VEC.n; i++) {                                   \
        ofctl_json_item(ctx, EXPR);                                           \
    }                                                                         \
    return

/* Counters. */
static bool
put_stats(struct ofctl *ctx, const struct ofm *m, const struct ofp_names *n)
{
    switch (m->type) {
    case OFM_FLOW_REPLY:
        EACH(flow_reply, ofctl_json_flow(ctx, &m->flow_reply.p[i], n)) true;
    case OFM_TABLE_REPLY:
        EACH(table_reply, plain(&m->table_reply.p[i], table_members, n)) true;
    case OFM_PORT_REPLY:
        EACH(port_reply, plain(&m->port_reply.p[i], port_stats_members, n))
        true;
    case OFM_QUEUE_REPLY:
        EACH(queue_reply, plain(&m->queue_reply.p[i], queue_stats_members, n))
        true;
    case OFM_GROUP_REPLY:
        EACH(group_reply,
             with_counts(plain(&m->group_reply.p[i], group_stats_members, n),
                         "buckets", m->group_reply.p[i].buckets.p,
                         m->group_reply.p[i].buckets.n))
        true;
    case OFM_METER_REPLY:
        EACH(meter_reply,
             with_counts(plain(&m->meter_reply.p[i], meter_stats_members, n),
                         "bands", m->meter_reply.p[i].bands.p,
                         m->meter_reply.p[i].bands.n))
        true;
    case OFM_IPFIX_FLOW_REPLY:
        EACH(ipfix_flow, plain(&m->ipfix_flow.p[i], ipfix_members, n)) true;
    case OFM_AGGREGATE_REPLY:
        ofctl_json_item(ctx, plain(&m->aggregate, aggregate_members, n));
        return true;
    case OFM_IPFIX_BRIDGE_REPLY:
        ofctl_json_item(ctx, plain(&m->ipfix, ipfix_members, n));
        return true;
    default:
        return false;
    }
}

/* What there is. */
static bool
put_desc(struct ofctl *ctx, const struct ofm *m, const struct ofp_names *n)
{
    switch (m->type) {
    case OFM_TABLE_FEATURES_REPLY:
        EACH(table_features,
             plain(&m->table_features.p[i], table_features_members, n))
        true;
    case OFM_TABLE_DESC_REPLY:
        EACH(table_desc, plain(&m->table_desc.p[i], table_desc_members, n))
        true;
    case OFM_PORT_DESC_REPLY:
        EACH(port_desc, plain(&m->port_desc.p[i], port_members, n)) true;
    case OFM_QUEUE_DESC_REPLY:
        EACH(queue_desc, plain(&m->queue_desc.p[i], queue_members, n)) true;
    case OFM_QUEUE_GET_CONFIG_REPLY:
        EACH(queue_config.queues,
             plain(&m->queue_config.queues.p[i], queue_members, n))
        true;
    case OFM_GROUP_DESC_REPLY:
        EACH(group_desc, group(&m->group_desc.p[i], n)) true;
    case OFM_METER_CONFIG_REPLY:
        EACH(meter_config, meter(&m->meter_config.p[i])) true;
    case OFM_TLV_TABLE_REPLY:
        EACH(tlv_table.maps, plain(&m->tlv_table.maps.p[i], tlv_members, n))
        true;
    case OFM_DESC_REPLY:
        ofctl_json_item(ctx, plain(&m->desc, desc_members, n));
        return true;
    case OFM_GET_CONFIG_REPLY:
        ofctl_json_item(ctx, plain(&m->config, config_members, n));
        return true;
    case OFM_GROUP_FEATURES_REPLY:
        ofctl_json_item(ctx,
                        plain(&m->group_features, group_features_members, n));
        return true;
    case OFM_METER_FEATURES_REPLY:
        ofctl_json_item(ctx,
                        plain(&m->meter_features, meter_features_members, n));
        return true;
    case OFM_FEATURES_REPLY:
        ofctl_json_item(ctx, plain(&m->features, features_members, n));
        EACH(features.ports, plain(&m->features.ports.p[i], port_members, n))
        true;
    default:
        return false;
    }
}

void
ofctl_json_part(struct ofctl *ctx, struct ofm *m,
                const struct ofp_names *names)
{
    if (m->type == OFM_ERROR) {
        ofctl_error_reply(ctx, m);
    }
    if (!put_stats(ctx, m, names) && !put_desc(ctx, m, names)) {
        args_fatal(0, "--format json does not show %s",
                   ofm_type_name(m->type));
    }
}
