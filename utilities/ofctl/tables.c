/* SPDX-License-Identifier: Apache-2.0 */
/* Flow tables: counters, features, descriptions, and mod-table. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/base/mem.h"
#include "utilities/ofctl/ofctl.h"

void
ofctl_cmd_dump_tables(struct ofctl *ctx)
{
    ofctl_dump_trivial(ctx, ctx->argv[0], OFM_TABLE_REQUEST);
}

/* The next part of a reply in several messages. */
static struct ofm *
next_part(const char *target, struct channel_block *b)
{
    struct ofm *part;
    int err = channel_block_recv(b, &part);
    if (err) {
        ofctl_talk_failed(target, err);
    }
    return part;
}

/* Asks for the features of all tables: all parts as one message, so that
 * tables that are alike are told once. */
static struct ofm *
read_features(struct ofctl *ctx, const char *target, struct channel_block *b)
{
    struct ofm request;
    ofm_init(&request, OFM_TABLE_FEATURES_REQUEST);
    struct ofm *all = ofctl_transact(ctx, target, b, &request);
    while (all->type == OFM_TABLE_FEATURES_REPLY && all->more) {
        struct ofm *part = next_part(target, b);
        if (part->type == OFM_TABLE_FEATURES_REPLY) {
            size_t n = all->table_features.n, add = part->table_features.n;
            size_t size = sizeof *all->table_features.p;
            all->table_features.p = xrealloc(all->table_features.p,
                                             (n + add + 1) * size);
            if (add) {
                memcpy(all->table_features.p + n, part->table_features.p,
                       add * size);
            }
            all->table_features.n += add;
            part->table_features.n = 0;
            all->more = part->more;
        }
        ofm_destroy(part);
    }
    if (all->type == OFM_ERROR) {
        ofctl_error_reply(ctx, all);
    }
    return all;
}

static void
print_features(struct ofctl *ctx, const struct ofm *all,
               const struct ofp_names *names)
{
    struct str s = STR_INIT;
    ofm_print(&s, all, names, ctx->verbosity + 1);
    /* The head line is not shown, nor the blank between it and a table. */
    const char *body = strchr(str_cstr(&s), '\n');
    printf("%s\n", body ? body + 1 : "");
    str_fini(&s);
}

void
ofctl_cmd_dump_table_features(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct channel_block *b = ofctl_open(ctx, target);
    if (channel_block_version(b) < OFP13_VERSION) {
        args_fatal(0, "dump-table-features needs OpenFlow 1.3 or later "
                      "('-O OpenFlow13')");
    }
    struct ofctl_names *names = ofctl_names_to_show(ctx, target);
    struct ofm *all = read_features(ctx, target, b);
    if (ctx->json) {
        ofctl_json_part(ctx, all, ofctl_names_ptr(names));
        ofctl_json_end(ctx);
    } else {
        print_features(ctx, all, ofctl_names_ptr(names));
    }
    ofm_destroy(all);
    ofctl_names_destroy(names);
    channel_block_close(b);
}

static void
need_table_desc(struct channel_block *b)
{
    if (channel_block_version(b) < OFP14_VERSION) {
        args_fatal(0, "dump-table-desc needs OpenFlow 1.4 or later "
                      "('-O OpenFlow14')");
    }
}

void
ofctl_cmd_dump_table_desc(struct ofctl *ctx)
{
    struct channel_block *b = ofctl_open(ctx, ctx->argv[0]);
    struct ofm request;
    need_table_desc(b);
    ofm_init(&request, OFM_TABLE_DESC_REQUEST);
    ofctl_dump(ctx, ctx->argv[0], b, &request);
    channel_block_close(b);
}

/* mod-table. */

enum setting_kind { SET_MISS, SET_EVICTION, SET_VACANCY, SET_NAME };

#define V11_12 (1u << OFP11_VERSION | 1u << OFP12_VERSION)
#define V14_15 (1u << OFP14_VERSION | 1u << OFP15_VERSION)
#define V13_15 (1u << OFP13_VERSION | V14_15)

static const struct setting_row {
    const char *name; /* With ':', arguments follow. */
    enum setting_kind kind;
    uint32_t config;   /* OFPTC_*. */
    uint32_t versions; /* Bit V. */
} setting_rows[] = {
    { "controller", SET_MISS, OFPTC_TABLE_MISS_CONTROLLER, V11_12 },
    { "continue", SET_MISS, OFPTC_TABLE_MISS_CONTINUE, V11_12 },
    { "drop", SET_MISS, OFPTC_TABLE_MISS_DROP, V11_12 },
    { "evict", SET_EVICTION, OFPTC_EVICTION, V14_15 },
    { "noevict", SET_EVICTION, 0, V14_15 },
    { "vacancy:", SET_VACANCY, OFPTC_VACANCY_EVENTS, V14_15 },
    { "novacancy", SET_VACANCY, 0, V14_15 },
    { "name:", SET_NAME, 0, V13_15 },
};

struct setting {
    const struct setting_row *row;
    uint8_t table; /* FLOW_TABLE_ALL: each one. */
    uint8_t down, up;
    const char *name;
};

static uint8_t
percent(const char *text, size_t len, const char *what)
{
    char *copy = xmemdup0(text, len);
    uint64_t n;
    if (!str_to_u64(copy, 0, &n) || n > 100) {
        args_fatal(0, "Invalid vacancy %s value \"%s\"", what, copy);
    }
    free(copy);
    return (uint8_t)n;
}

/* "LOW,HIGH" */
static void
parse_vacancy(const char *text, struct setting *s)
{
    size_t len = strcspn(text, ",");
    if (!len && !text[0]) {
        args_fatal(0, "Vacancy down value missing");
    }
    if (!len || !text[len] || !text[len + 1]) {
        args_fatal(0, "Vacancy up value missing");
    }
    s->down = percent(text, len, "down");
    s->up = percent(text + len + 1, strlen(text + len + 1), "up");
    if (s->up < s->down) {
        args_fatal(0, "Invalid vacancy range, vacancy up should be greater "
                      "than vacancy down (%s)",
                   ofp_err_name(OFPERR_OFPBPC_BAD_VALUE));
    }
}

static void
parse_setting(const char *text, struct setting *s)
{
    const char *rest = "";
    for (size_t i = 0; i < ARRAY_SIZE(setting_rows); i++) {
        const struct setting_row *row = &setting_rows[i];
        size_t len = strlen(row->name);
        bool takes = row->name[len - 1] == ':';
        if (takes ? !strncmp(text, row->name, len)
                  : !strcmp(text, row->name)) {
            s->row = row;
            rest = text + len;
        } else if (row->kind == SET_VACANCY && row->config
                   && !strcmp(text, "vacancy")) {
            s->row = row;
        }
    }
    if (!s->row || (s->row->kind == SET_NAME && s->table == FLOW_TABLE_ALL)) {
        args_fatal(0, "invalid table_mod setting %s", text);
    }
    if (s->row->kind == SET_VACANCY && s->row->config) {
        parse_vacancy(rest, s);
    } else if (s->row->kind == SET_NAME) {
        s->name = rest;
    }
}

static uint8_t
parse_table(struct ofctl *ctx, const char *target, const char *text)
{
    uint64_t n;
    uint8_t table = FLOW_TABLE_ALL;
    struct ofctl_names *names = ofctl_names_create();
    if (ctx->names != NAMES_NO) {
        ofctl_names_read_tables(ctx, target, names);
    }
    if (str_to_u64(text, 0, &n) && n <= FLOW_TABLE_ALL) {
        table = (uint8_t)n;
    } else if (strcasecmp(text, "all")
               && !names->names.table_no(names->names.aux, text, &table)) {
        args_fatal(0, "unknown table \"%s\"", text);
    }
    ofctl_names_destroy(names);
    return table;
}

static void
narrow_versions(struct ofctl *ctx, const struct setting *s, const char *text)
{
    if (!(ctx->versions & s->row->versions)) {
        struct str list = STR_INIT;
        for (uint8_t v = OFP10_VERSION; v <= OFP15_VERSION; v++) {
            if (s->row->versions >> v & 1) {
                str_putf(&list, "%s%s", list.len ? ", " : "",
                         ofp_version_name(v));
            }
        }
        args_fatal(0, "table_mod '%s' requires one of the OpenFlow versions "
                      "%s", text, str_cstr(&list));
    }
    ctx->versions &= s->row->versions;
}

static void
set_miss(struct ofctl *ctx, const char *target, struct channel_block *b,
         const struct setting *s)
{
    struct ofm m;
    ofm_init(&m, OFM_TABLE_MOD);
    m.table_mod.table_id = s->table;
    m.table_mod.config = s->row->config;
    ofctl_transact_noreply(ctx, target, b, &m);
}

/* What is not to change stays as it is described. */
static void
set_from_desc(struct ofctl *ctx, const char *target, struct channel_block *b,
              const struct setting *s, const struct ofm_table_mod *now)
{
    struct ofm m;
    ofm_init(&m, OFM_TABLE_MOD);
    m.table_mod = *now;
    m.table_mod.vacancy = 0;
    m.table_mod.eviction_flags = OFPTMPEF_UNSET;
    if (s->row->kind == SET_EVICTION) {
        m.table_mod.config &= ~(uint32_t)OFPTC_EVICTION;
    } else {
        m.table_mod.config &= ~(uint32_t)OFPTC_VACANCY_EVENTS;
        m.table_mod.vacancy_down = s->down;
        m.table_mod.vacancy_up = s->up;
    }
    m.table_mod.config |= s->row->config;
    if (!(m.table_mod.config & OFPTC_VACANCY_EVENTS)) {
        m.table_mod.vacancy_down = m.table_mod.vacancy_up = 0;
    }
    ofctl_transact_noreply(ctx, target, b, &m);
}

static void
set_described(struct ofctl *ctx, const char *target, struct channel_block *b,
              const struct setting *s)
{
    struct ofm request;
    struct ofm_table_mod tables[FLOW_TABLE_ALL + 1];
    size_t n = 0;
    need_table_desc(b);
    ofm_init(&request, OFM_TABLE_DESC_REQUEST);
    struct ofm *reply = ofctl_transact(ctx, target, b, &request);
    for (;;) {
        if (reply->type != OFM_TABLE_DESC_REPLY) {
            ofctl_error_reply(ctx, reply);
        }
        for (size_t i = 0; i < reply->table_desc.n; i++) {
            const struct ofm_table_mod *t = &reply->table_desc.p[i];
            if (n < ARRAY_SIZE(tables)
                && (s->table == FLOW_TABLE_ALL || s->table == t->table_id)) {
                tables[n++] = *t;
            }
        }
        bool more = reply->more;
        ofm_destroy(reply);
        if (!more) {
            break;
        }
        reply = next_part(target, b);
    }
    if (!n) { /* The switch says what is wrong with the number. */
        tables[n++] = (struct ofm_table_mod){ .table_id = s->table };
    }
    for (size_t i = 0; i < n; i++) {
        set_from_desc(ctx, target, b, s, &tables[i]);
    }
}

/* Tables in one message of a request, so that it stays within the length
 * that a message can have. */
#define FEATURES_AT_ONCE 8

/* The features of all tables go back, with the one name changed. */
static void
set_name(struct ofctl *ctx, const char *target, struct channel_block *b,
         const struct setting *s)
{
    struct ofm *all = read_features(ctx, target, b);
    struct ofm_table_features *p = all->table_features.p;
    size_t n = all->table_features.n, i = 0;
    while (i < n && p[i].table_id != s->table) {
        i++;
    }
    if (i == n) {
        args_fatal(0, "switch does not have table %u", s->table);
    }
    memset(p[i].name, 0, sizeof p[i].name);
    memcpy(p[i].name, s->name, MIN(strlen(s->name), sizeof p[i].name - 1));
    struct ofm part;
    ofm_init(&part, OFM_TABLE_FEATURES_REQUEST);
    part.xid = ctx->xid++;
    for (i = 0; i < n; i += part.table_features.n) {
        part.table_features.p = p + i;
        part.table_features.n = MIN(n - i, (size_t)FEATURES_AT_ONCE);
        part.more = i + part.table_features.n < n;
        int err = channel_block_send(b, &part);
        if (err) {
            ofctl_talk_failed(target, err);
        }
    }
    ofm_destroy(all);
    struct ofm *reply;
    bool more = true;
    while (more) {
        reply = next_part(target, b);
        if (reply->xid == part.xid) {
            if (reply->type == OFM_ERROR) {
                ofctl_error_reply(ctx, reply);
            }
            more = reply->more;
        }
        ofm_destroy(reply);
    }
}

void
ofctl_cmd_mod_table(struct ofctl *ctx)
{
    const char *target = ctx->argv[0], *text = ctx->argv[2];
    struct setting s = { .table = parse_table(ctx, target, ctx->argv[1]) };
    parse_setting(text, &s);
    narrow_versions(ctx, &s, text);
    struct channel_block *b = ofctl_open(ctx, target);
    switch (s.row->kind) {
    case SET_MISS: set_miss(ctx, target, b, &s); break;
    case SET_EVICTION:
    case SET_VACANCY: set_described(ctx, target, b, &s); break;
    case SET_NAME: set_name(ctx, target, b, &s); break;
    }
    channel_block_close(b);
}
