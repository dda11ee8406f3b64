/* SPDX-License-Identifier: Apache-2.0 */
/* Whole flow tables compared: replace-flows and diff-flows. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/hash.h"
#include "lib/base/hmap.h"
#include "lib/base/mem.h"
#include "utilities/ofctl/flowcmd.h"

/* A flow by what identifies it, as each of the two sides has it. */
struct entry {
    struct hmap_node node;
    size_t seq; /* In order of appearance. */
    struct flow_stats sides[2];
    bool has[2];
};

struct flow_set {
    struct hmap map;
    struct ofctl *ctx;
    const struct ofp_names *names;
    int side;             /* Being read. */
    unsigned int usable;  /* Formats that can carry what files hold. */
};

static uint32_t
key_hash(const struct flow_stats *f)
{
    return match_hash(&f->match, (uint32_t)f->priority << 8 | f->table_id);
}

static struct entry *
set_entry(struct flow_set *set, const struct flow_stats *f)
{
    uint32_t hash = key_hash(f);
    HMAP_FOR_EACH_WITH_HASH (struct entry, e, node, hash, &set->map) {
        const struct flow_stats *g = &e->sides[e->has[0] ? 0 : 1];
        if (g->priority == f->priority && g->table_id == f->table_id
            && match_equal(&g->match, &f->match)) {
            return e;
        }
    }
    struct entry *e = xzalloc(sizeof *e);
    e->seq = hmap_count(&set->map);
    hmap_insert(&set->map, &e->node, hash);
    return e;
}

/* Takes f->acts. */
static void
set_add(struct flow_set *set, const struct flow_stats *f)
{
    struct entry *e = set_entry(set, f);
    if (e->has[set->side]) {
        free((void *)(uintptr_t)e->sides[set->side].acts.first);
    }
    e->sides[set->side] = *f;
    e->has[set->side] = true;
}

static void
set_add_line(void *set_, const char *where, const char *text)
{
    struct flow_set *set = set_;
    struct ofm m;
    ofctl_parse_flow_mod(set->ctx, where, text, OFPFC_ADD, set->names, &m);
    const struct flow_spec *s = &m.flow_mod.f;
    struct flow_stats f = {
        .match = s->match, .priority = s->priority,
        .table_id = s->table_id == FLOW_TABLE_ALL ? 0 : s->table_id,
        .cookie = s->new_cookie, .idle_timeout = s->idle_timeout,
        .hard_timeout = s->hard_timeout, .importance = s->importance,
        .flags = s->flags, .idle_age = -1, .hard_age = -1,
    };
    set->usable &= s->formats;
    struct act_list acts = act_list_from_buf(&s->acts);
    f.acts.len = acts.len;
    f.acts.first = acts.len ? xmemdup(acts.first, acts.len) : NULL;
    set_add(set, &f);
    ofm_fini(&m);
}

static void
read_switch(struct flow_set *set, const char *target, struct channel_block *b)
{
    struct flow_list list = { NULL, 0, 0 };
    struct ofm request;
    ofm_init(&request, OFM_FLOW_REQUEST);
    ofctl_collect_flows(set->ctx, target, b, &request, &list);
    for (size_t i = 0; i < list.n; i++) {
        set_add(set, &list.p[i]);
    }
    free(list.p);
}

static int
compare_entries(const void *a_, const void *b_)
{
    const struct entry *a = *(struct entry *const *)a_;
    const struct entry *b = *(struct entry *const *)b_;
    const struct flow_stats *fa = &a->sides[a->has[0] ? 0 : 1];
    const struct flow_stats *fb = &b->sides[b->has[0] ? 0 : 1];
    if (fa->table_id != fb->table_id) {
        return fa->table_id < fb->table_id ? -1 : 1;
    }
    if (fa->priority != fb->priority) {
        return fa->priority > fb->priority ? -1 : 1;
    }
    return a->seq < b->seq ? -1 : 1;
}

/* All entries in order; heap. */
static struct entry **
set_sorted(const struct flow_set *set)
{
    struct entry **p = xcalloc(hmap_count(&set->map) + 1, sizeof *p);
    size_t n = 0;
    HMAP_FOR_EACH (struct entry, e, node, &set->map) {
        p[n++] = e;
    }
    qsort(p, n, sizeof *p, compare_entries);
    return p;
}

static void
set_fini(struct flow_set *set)
{
    HMAP_FOR_EACH_SAFE (struct entry, e, node, &set->map) {
        for (int i = 0; i < 2; i++) {
            if (e->has[i]) {
                free((void *)(uintptr_t)e->sides[i].acts.first);
            }
        }
        hmap_remove(&set->map, &e->node);
        free(e);
    }
    hmap_fini(&set->map);
}

static bool
same(const struct flow_stats *a, const struct flow_stats *b)
{
    return a->cookie == b->cookie && a->idle_timeout == b->idle_timeout
           && a->hard_timeout == b->hard_timeout
           && a->importance == b->importance
           && acts_equal(&a->acts, &b->acts);
}

static void
print_side(const struct flow_stats *f, char sign,
           const struct ofp_names *names)
{
    struct str s = STR_INIT;
    str_put_char(&s, sign);
    if (f->table_id) {
        str_putf(&s, "table=%u ", f->table_id);
    }
    match_put(&f->match, f->priority, names, &s);
    if (f->cookie) {
        str_putf(&s, " cookie=0x%llx", (unsigned long long)f->cookie);
    }
    if (f->idle_timeout) {
        str_putf(&s, " idle_timeout=%u", f->idle_timeout);
    }
    if (f->hard_timeout) {
        str_putf(&s, " hard_timeout=%u", f->hard_timeout);
    }
    if (f->importance) {
        str_putf(&s, " importance=%u", f->importance);
    }
    str_put(&s, " actions=");
    acts_put(&f->acts, names, &s);
    printf("%s\n", str_cstr(&s));
    str_fini(&s);
}

static bool
is_switch(const char *name)
{
    if (name[0] == '/' || name[0] == '.') {
        return false;
    }
    return strchr(name, ':') || access(name, F_OK);
}

void
ofctl_cmd_diff_flows(struct ofctl *ctx)
{
    struct flow_set set = { .ctx = ctx, .usable = FLOW_FORMAT_ANY };
    struct ofctl_names *show = NULL;
    hmap_init(&set.map);
    for (set.side = 0; set.side < 2; set.side++) {
        const char *source = ctx->argv[set.side];
        if (is_switch(source)) {
            struct channel_block *b = ofctl_open_for_flows(
                ctx, source, FLOW_FORMAT_ANY, true);
            read_switch(&set, source, b);
            channel_block_close(b);
            show = show ? show : ofctl_names_to_show(ctx, source);
        } else {
            ofctl_for_each_line(source, set_add_line, &set);
        }
    }
    struct entry **sorted = set_sorted(&set);
    bool differs = false;
    for (size_t i = 0; sorted[i]; i++) {
        struct entry *e = sorted[i];
        if (e->has[0] && e->has[1] && same(&e->sides[0], &e->sides[1])) {
            continue;
        }
        for (int side = 0; side < 2; side++) {
            if (e->has[side]) {
                print_side(&e->sides[side], side ? '+' : '-',
                           ofctl_names_ptr(show));
            }
        }
        differs = true;
    }
    free(sorted);
    set_fini(&set);
    ofctl_names_destroy(show);
    if (differs) {
        fflush(stdout);
        exit(2);
    }
}

/* Changes in order, to be sent together. */
struct changes {
    struct ofm *p;
    size_t n, cap;
};

static void
add_change(struct changes *list, const struct flow_stats *f,
           uint16_t command)
{
    if (list->n == list->cap) {
        list->p = x2nrealloc(list->p, &list->cap, sizeof *list->p);
    }
    struct ofm *m = &list->p[list->n++];
    ofm_init(m, OFM_FLOW_MOD);
    m->flow_mod.command = command;
    struct flow_spec *s = &m->flow_mod.f;
    s->match = f->match;
    s->priority = f->priority;
    s->table_id = f->table_id;
    if (command == OFPFC_ADD) {
        s->new_cookie = f->cookie;
        s->idle_timeout = f->idle_timeout;
        s->hard_timeout = f->hard_timeout;
        s->importance = f->importance;
        s->flags = f->flags;
        buf_put(&s->acts, f->acts.first, f->acts.len);
    }
}

/* What makes side 1 like side 0: deletions first. */
static void
find_changes(const struct flow_set *set, bool readd, struct changes *list)
{
    struct entry **sorted = set_sorted(set);
    for (size_t i = 0; sorted[i]; i++) {
        if (!sorted[i]->has[0]) {
            add_change(list, &sorted[i]->sides[1], OFPFC_DELETE_STRICT);
        }
    }
    for (size_t i = 0; sorted[i]; i++) {
        const struct entry *e = sorted[i];
        if (e->has[0] && (!e->has[1] || readd
                          || !same(&e->sides[0], &e->sides[1]))) {
            add_change(list, &e->sides[0], OFPFC_ADD);
        }
    }
    free(sorted);
}

void
ofctl_cmd_replace_flows(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
    struct flow_set set = { .ctx = ctx, .names = ofctl_names_ptr(names),
                            .usable = ctx->bundle ? OFCTL_BUNDLE_FORMATS
                                                  : FLOW_FORMAT_ANY };
    struct changes list = { NULL, 0, 0 };
    hmap_init(&set.map);
    ofctl_for_each_line(ctx->argv[1], set_add_line, &set);
    set.side = 1;
    /* The format has to tell all of a flow when the table is read. */
    unsigned int whole = set.usable & ~(FLOW_FORMAT_OF10
                                        | FLOW_FORMAT_OF10_TID
                                        | FLOW_FORMAT_NXM);
    struct channel_block *b = ofctl_open_for_flows(
        ctx, target, whole & ctx->formats ? whole : set.usable, false);
    read_switch(&set, target, b);
    find_changes(&set, ctx->readd, &list);
    ofctl_send_flow_mods(ctx, target, b, list.p, list.n);
    for (size_t i = 0; i < list.n; i++) {
        ofm_fini(&list.p[i]);
    }
    free(list.p);
    set_fini(&set);
    channel_block_close(b);
    ofctl_names_destroy(names);
}
