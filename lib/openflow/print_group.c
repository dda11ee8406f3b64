/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and meters as text. */
#include "lib/openflow/print_priv.h"

static void
print_bucket_id(struct str *s, uint32_t id)
{
    switch (id) {
    case GROUP_BUCKET_ID_FIRST: str_put(s, "first"); break;
    case GROUP_BUCKET_ID_LAST: str_put(s, "last"); break;
    case GROUP_BUCKET_ID_ALL: str_put(s, "all"); break;
    default: str_putf(s, "%u", id); break;
    }
}

/* The version whose text shows what this message carries: NX groups are
 * 1.5's. */
static uint8_t
text_version(const struct print *p, const struct ofm *m)
{
    return p->version == OFP10_VERSION || m->form ? OFP15_VERSION
                                                  : p->version;
}

void
print_group_mod(const struct print *p, const struct ofm *m)
{
    const struct ofm_group_mod *gm = &m->group_mod;
    str_put(p->s, "\n ");
    switch (gm->command) {
    case OFPGC_ADD: str_put(p->s, "ADD "); break;
    case OFPGC_MODIFY: str_put(p->s, "MOD "); break;
    case OFPGC_ADD_OR_MOD: str_put(p->s, "ADD_OR_MOD "); break;
    case OFPGC_DELETE: str_put(p->s, "DEL "); break;
    case OFPGC_INSERT_BUCKET: str_put(p->s, "INSERT_BUCKET "); break;
    case OFPGC_REMOVE_BUCKET: str_put(p->s, "REMOVE_BUCKET "); break;
    default: break;
    }
    if (gm->command != OFPGC_INSERT_BUCKET
        && gm->command != OFPGC_REMOVE_BUCKET) {
        group_put(&gm->g, text_version(p, m), p->names, p->s);
        return;
    }
    if (gm->g.command_bucket_id != GROUP_BUCKET_ID_ALL
        || gm->command == OFPGC_REMOVE_BUCKET) {
        str_put(p->s, "command_bucket_id:");
        print_bucket_id(p->s, gm->g.command_bucket_id);
        str_put_char(p->s, ',');
    }
    str_putf(p->s, "group_id=%u", gm->g.group_id);
    for (size_t i = 0; i < gm->g.n_buckets; i++) {
        str_put_char(p->s, ',');
        group_bucket_put(&gm->g.buckets[i], GROUP_SELECT, text_version(p, m),
                         p->names, p->s);
    }
}

void
print_group_request(const struct print *p, const struct ofm *m)
{
    if (m->group_request.group_id == GROUP_ID_ALL) {
        str_put(p->s, " group_id=ALL");
    } else if (m->group_request.group_id == GROUP_ID_ANY) {
        str_put(p->s, " group_id=ANY");
    } else {
        str_putf(p->s, " group_id=%u", m->group_request.group_id);
    }
}

void
print_group_reply(const struct print *p, const struct ofm *m)
{
    struct str *s = p->s;
    for (size_t i = 0; i < m->group_reply.n; i++) {
        const struct ofm_group_stats *g = &m->group_reply.p[i];
        str_putf(s, "\n group_id=%u,", g->group_id);
        if (g->duration_sec != UINT32_MAX) {
            str_put(s, "duration=");
            duration_put(g->duration_sec, g->duration_nsec, s);
            str_put_char(s, ',');
        }
        str_putf(s, "ref_count=%u,", g->ref_count);
        str_putf(s, "packet_count=%llu,byte_count=%llu",
                 (unsigned long long)g->packet_count,
                 (unsigned long long)g->byte_count);
        for (size_t j = 0; j < g->buckets.n; j++) {
            const struct ofm_counts *b = &g->buckets.p[j];
            if (b->packet_count != UINT64_MAX) {
                str_putf(s, ",bucket%zu:packet_count=%llu,byte_count=%llu", j,
                         (unsigned long long)b->packet_count,
                         (unsigned long long)b->byte_count);
            }
        }
    }
}

void
print_group_desc(const struct print *p, const struct ofm *m)
{
    for (size_t i = 0; i < m->group_desc.n; i++) {
        str_put(p->s, "\n ");
        group_put(&m->group_desc.p[i], text_version(p, m), p->names, p->s);
    }
}

static void
print_actions(struct str *s, uint32_t actions, uint8_t version)
{
    static const struct row {
        uint8_t bit;
        const char *name;
    } rows10[] = {
        { 0, "output" },        { 11, "enqueue" },      { 1, "set_vlan_vid" },
        { 2, "set_vlan_pcp" },  { 3, "strip_vlan" },    { 4, "mod_dl_src" },
        { 5, "mod_dl_dst" },    { 6, "mod_nw_src" },    { 7, "mod_nw_dst" },
        { 8, "mod_nw_tos" },    { 9, "mod_tp_src" },    { 10, "mod_tp_dst" },
    }, rows11[] = {
        { 0, "output" },        { 22, "group" },        { 1, "set_vlan_vid" },
        { 2, "set_vlan_pcp" },  { 18, "strip_vlan" },   { 17, "push_vlan" },
        { 3, "mod_dl_src" },    { 4, "mod_dl_dst" },    { 5, "mod_nw_src" },
        { 6, "mod_nw_dst" },    { 7, "mod_nw_tos" },    { 8, "mod_nw_ecn" },
        { 23, "mod_nw_ttl" },   { 9, "mod_tp_src" },    { 10, "mod_tp_dst" },
        { 24, "dec_ttl" },      { 13, "set_mpls_label" },
        { 14, "set_mpls_tc" },  { 15, "set_mpls_ttl" }, { 16, "dec_mpls_ttl" },
        { 19, "push_mpls" },    { 20, "pop_mpls" },     { 21, "set_queue" },
    }, rows12[] = {
        { 0, "output" },        { 22, "group" },        { 25, "set_field" },
        { 18, "strip_vlan" },   { 17, "push_vlan" },    { 23, "mod_nw_ttl" },
        { 24, "dec_ttl" },      { 15, "set_mpls_ttl" }, { 16, "dec_mpls_ttl" },
        { 19, "push_mpls" },    { 20, "pop_mpls" },     { 21, "set_queue" },
    };
    const struct row *rows = version == OFP10_VERSION   ? rows10
                             : version == OFP11_VERSION ? rows11
                                                        : rows12;
    size_t n = version == OFP10_VERSION   ? ARRAY_SIZE(rows10)
               : version == OFP11_VERSION ? ARRAY_SIZE(rows11)
                                          : ARRAY_SIZE(rows12);
    str_put(s, "       actions: ");
    const char *sep = "";
    for (size_t i = 0; i < n; i++) {
        if (actions >> rows[i].bit & 1) {
            str_putf(s, "%s%s", sep, rows[i].name);
            sep = " ";
        }
    }
    str_put(s, *sep ? "\n" : "<none>\n");
}

void
print_group_features(const struct print *p, const struct ofm *m)
{
    static const char *const names[GROUP_N_TYPES] = {
        "all", "select", "indirect", "fast failover"
    };
    const struct ofm_group_features *f = &m->group_features;
    str_putf(p->s, "\n Group table:\n    Types:  0x%x\n", f->types);
    str_putf(p->s, "    Capabilities:  0x%x\n", f->capabilities);
    for (size_t i = 0; i < GROUP_N_TYPES; i++) {
        if (f->types >> i & 1) {
            str_putf(p->s, "    %s group:\n", names[i]);
            str_putf(p->s, "       max_groups=%#x\n", f->max_groups[i]);
            print_actions(p->s, f->actions[i], p->version);
        }
    }
}

/* Meters. */

void
print_meter_id(struct str *s, uint32_t id)
{
    switch (id) {
    case METER_ID_ALL: str_put(s, "all"); break;
    case METER_ID_SLOWPATH: str_put(s, "slowpath"); break;
    case METER_ID_CONTROLLER: str_put(s, "controller"); break;
    default: str_putf(s, "%u", id); break;
    }
}

void
print_meter_mod(const struct print *p, const struct ofm *m)
{
    static const char *const commands[] = { " ADD ", " MOD ", " DEL " };
    const struct ofm_meter_mod *mm = &m->meter_mod;
    str_put(p->s, commands[mm->command]);
    if (mm->command == OFPMC_DELETE) {
        str_put(p->s, "meter=");
        print_meter_id(p->s, mm->m.meter_id);
        str_put(p->s, " bands=\n");
    } else {
        meter_put(&mm->m, p->s);
    }
}

void
print_meter_request(const struct print *p, const struct ofm *m)
{
    str_put(p->s, " meter=");
    print_meter_id(p->s, m->meter_request.meter_id);
}

void
print_meter_reply(const struct print *p, const struct ofm *m)
{
    struct str *s = p->s;
    for (size_t i = 0; i < m->meter_reply.n; i++) {
        const struct ofm_meter_stats *ms = &m->meter_reply.p[i];
        str_put(s, "\nmeter:");
        print_meter_id(s, ms->meter_id);
        str_putf(s, " flow_count:%u packet_in_count:%llu byte_in_count:%llu "
                    "duration:",
                 ms->flow_count, (unsigned long long)ms->packet_in_count,
                 (unsigned long long)ms->byte_in_count);
        duration_put(ms->duration_sec, ms->duration_nsec, s);
        str_put(s, " bands:\n");
        for (size_t j = 0; j < ms->bands.n; j++) {
            str_putf(s, "%zu: packet_count:%llu byte_count:%llu\n", j,
                     (unsigned long long)ms->bands.p[j].packet_count,
                     (unsigned long long)ms->bands.p[j].byte_count);
        }
    }
}

void
print_meter_config(const struct print *p, const struct ofm *m)
{
    for (size_t i = 0; i < m->meter_config.n; i++) {
        str_put_char(p->s, '\n');
        meter_put(&m->meter_config.p[i], p->s);
        if (!str_ends_with(p->s, "\n")) {
            str_put_char(p->s, '\n');
        }
    }
}

void
print_meter_features(const struct print *p, const struct ofm *m)
{
    static const char *const bands[] = { NULL, "drop", "dscp_remark" };
    static const char *const flags[] = { "kbps", "pktps", "burst", "stats" };
    const struct ofm_meter_features *f = &m->meter_features;
    str_putf(p->s, "\nmax_meter:%u max_bands:%u max_color:%u\nband_types: ",
             f->max_meters, f->max_bands, f->max_color);
    print_bits(p->s, f->band_types, bands, ARRAY_SIZE(bands));
    str_put(p->s, "\ncapabilities: ");
    print_bits(p->s, f->capabilities, flags, ARRAY_SIZE(flags));
    str_put_char(p->s, '\n');
}
