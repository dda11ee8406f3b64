/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and the switch's description as text.  A table that is like the one
 * before it is "ditto", and runs of such tables without names are one line.
 * Sets of fields are shortened: eth_{src,dst}, reg0...reg7. */
#include <ctype.h>

#include "lib/base/mem.h"
#include "lib/openflow/oxm.h"
#include "lib/openflow/print_priv.h"
#include "lib/openflow/text_priv.h"

void
print_desc(const struct print *p, const struct ofm *m)
{
    const struct ofm_desc *d = &m->desc;
    str_putf(p->s, "\nManufacturer: %s\n", d->mfr_desc);
    str_putf(p->s, "Hardware: %s\n", d->hw_desc);
    str_putf(p->s, "Software: %s\n", d->sw_desc);
    str_putf(p->s, "Serial Num: %s\n", d->serial_num);
    str_putf(p->s, "DP Description: %s\n", d->dp_desc);
}

/* Shortened lists of names. */

/* Length of 'name' before a number at its end, or 0 if it has none. */
static size_t
number_ofs(const char *name, unsigned int *number)
{
    size_t n = strlen(name);
    while (n && isdigit((unsigned char)name[n - 1])) {
        n--;
    }
    uint64_t x;
    *number = n && str_to_u64(name + n, 10, &x) ? (unsigned int)x : 0;
    return name[n] ? n : 0;
}

/* How many of 'names' from the first on are NAME<i>, NAME<i+1>, ... */
static size_t
run_of_numbers(const char *const names[], size_t n)
{
    unsigned int first, next;
    size_t len = number_ofs(names[0], &first);
    size_t i = 1;
    while (len && i < n && number_ofs(names[i], &next) == len &&
           !strncmp(names[i], names[0], len) && next == first + i) {
        i++;
    }
    return i;
}

/* How many share the part before the first '_' with the first. */
static size_t
run_of_prefix(const char *const names[], size_t n, size_t *prefix)
{
    const char *bar = strchr(names[0], '_');
    *prefix = bar ? (size_t)(bar - names[0]) + 1 : 0;
    size_t i = 1;
    while (bar && i < n && !strncmp(names[i], names[0], *prefix)) {
        i++;
    }
    return i;
}

/* Names have at most four parts, so the recursion ends there. */
static void
put_names(struct str *s, const char *names[], size_t n, char sep)
{
    for (size_t i = 0; i < n;) {
        if (i) {
            str_put_char(s, sep);
        }
        size_t prefix;
        size_t run = run_of_numbers(names + i, n - i);
        if (run > 1) {
            str_putf(s, "%s...%s", names[i], names[i + run - 1]);
            i += run;
            continue;
        }
        run = run_of_prefix(names + i, n - i, &prefix);
        if (run > 1) {
            str_put_n(s, names[i], prefix);
            str_put_char(s, '{');
            for (size_t j = i; j < i + run; j++) {
                names[j] += prefix;
            }
            put_names(s, names + i, run, ',');
            str_put_char(s, '}');
        } else {
            str_put(s, names[i]);
        }
        i += run;
    }
}

static void
put_fields(struct str *s, const char *title, const bool set[FIELD_N])
{
    const char *names[FIELD_N];
    size_t n = 0;
    for (size_t i = 0; i < FIELD_N; i++) {
        enum field_id id = text_field_at(i);
        if (set[id]) {
            names[n++] = field_from_id(id)->name;
        }
    }
    if (n) {
        str_put(s, title);
        put_names(s, names, n, ' ');
        str_put_char(s, '\n');
    }
}

/* Runs of tables that are alike. */
struct ditto {
    struct str *s;
    const struct ofp_names *names;
    unsigned int first, last; /* Table ids. */
    size_t n;                 /* Tables in the run. */
};

static void
ditto_flush(struct ditto *d)
{
    if (d->n == 1) {
        str_putf(d->s, "\n  table %u: ditto\n", d->first);
    } else if (d->n) {
        str_putf(d->s, "\n  tables %u...%u: ditto\n", d->first, d->last);
    }
    d->n = 0;
}

static const char *
table_name(const struct ditto *d, unsigned int id, const char *said)
{
    const char *named = d->names && d->names->table_name
                            ? d->names->table_name(d->names->aux, (uint8_t)id)
                            : NULL;
    return *said ? said : named ? named : "";
}

static void
put_table(struct ditto *d, unsigned int id, const char *name)
{
    ditto_flush(d);
    str_putf(d->s, "\n  table %u", id);
    if (*name) {
        str_putf(d->s, " (\"%s\")", name);
    }
    str_put_char(d->s, ':');
}

static void
put_ditto(struct ditto *d, unsigned int id, const char *name)
{
    if (*name) {
        put_table(d, id, name);
        str_put(d->s, " ditto");
        return;
    }
    if (!d->n++) {
        d->first = id;
    }
    d->last = id;
}

/* Table statistics. */

static void
wildcards10_to_fields(uint32_t w, bool set[FIELD_N])
{
    static const struct {
        uint32_t mask;
        enum field_id field;
    } rows[] = {
        { 1u << 0, FIELD_IN_PORT },   { 1u << 1, FIELD_VLAN_VID },
        { 1u << 2, FIELD_ETH_SRC },   { 1u << 3, FIELD_ETH_DST },
        { 1u << 4, FIELD_ETH_TYPE },  { 1u << 5, FIELD_NW_PROTO },
        { 1u << 6, FIELD_TCP_SRC },   { 1u << 7, FIELD_TCP_DST },
        { 0x3fu << 8, FIELD_IP_SRC }, { 0x3fu << 14, FIELD_IP_DST },
        { 1u << 20, FIELD_VLAN_PCP }, { 1u << 21, FIELD_NW_TOS },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        set[rows[i].field] = w & rows[i].mask;
    }
}

static bool
same_features(const struct ofm_table_stats *a, const struct ofm_table_stats *b)
{
    return a->wildcards == b->wildcards && a->max_entries == b->max_entries;
}

static bool
same_counts(const struct ofm_table_stats *a, const struct ofm_table_stats *b)
{
    return a->active_count == b->active_count &&
           a->lookup_count == b->lookup_count &&
           a->matched_count == b->matched_count;
}

void
print_table_reply(const struct print *p, const struct ofm *m)
{
    struct ditto d = { .s = p->s, .names = p->names };
    bool has_features = p->version < OFP13_VERSION;
    const struct ofm_table_stats *prev = NULL;
    for (size_t i = 0; i < m->table_reply.n; i++) {
        const struct ofm_table_stats *t = &m->table_reply.p[i];
        const char *name = table_name(&d, t->table_id, t->name);
        bool same = prev && same_features(prev, t);
        if (same && same_counts(prev, t)) {
            put_ditto(&d, t->table_id, name);
            prev = t;
            continue;
        }
        put_table(&d, t->table_id, name);
        str_putf(p->s, "\n    active=%u, lookup=%llu, matched=%llu\n",
                 t->active_count, (unsigned long long)t->lookup_count,
                 (unsigned long long)t->matched_count);
        if (has_features && same) {
            str_put(p->s, "    (same features)\n");
        } else if (has_features) {
            bool set[FIELD_N] = { false };
            str_putf(p->s, "    max_entries=%u\n", t->max_entries);
            wildcards10_to_fields(t->wildcards, set);
            if (t->wildcards) {
                str_put(p->s, "    matching:\n");
            }
            put_fields(p->s, "      exact match or wildcard: ", set);
        }
        prev = t;
    }
    ditto_flush(&d);
}

/* Table features: the properties as sets. */

struct action_sets {
    uint32_t actions; /* Bit T: action type T of 1.1 and later. */
    bool set_field[FIELD_N];
};

struct instruction_sets {
    bool next[256];
    uint32_t instructions; /* Bit T: instruction type T. */
    struct action_sets write, apply;
};

struct feature_sets {
    struct instruction_sets other, miss;
    bool has_miss[16]; /* By property type. */
    bool match[FIELD_N], mask[FIELD_N], wildcard[FIELD_N];
};

static void
take_fields(const struct ofm_data *data, bool set[FIELD_N],
            bool masked[FIELD_N])
{
    struct cursor c = cursor_make(data->p, data->n);
    while (cursor_left(&c) >= 4) {
        const struct field *f;
        bool has_mask;
        size_t n = get_unaligned_be16(c.p) == 0xffff ? 8 : 4;
        struct cursor one = cursor_sub(&c, n);
        if (cursor_ok(&c) && !oxm_decode_header(&one, &f, &has_mask)) {
            set[f->id] = true;
            if (masked) {
                masked[f->id] = has_mask;
            }
        }
    }
}

static uint32_t
take_types(const struct ofm_data *data)
{
    struct cursor c = cursor_make(data->p, data->n);
    uint32_t bits = 0;
    while (cursor_left(&c) >= 4) {
        uint16_t type = cursor_be16(&c);
        uint16_t len = cursor_be16(&c);
        if (type < 32) {
            bits |= 1u << type;
        }
        cursor_skip(&c, MIN(MAX(len, 4) - 4u, cursor_left(&c)));
    }
    return bits;
}

static void
take_prop(struct feature_sets *f, const struct ofm_table_prop *prop)
{
    bool miss = prop->type & 1;
    struct instruction_sets *is = miss ? &f->miss : &f->other;
    switch (prop->type & ~1) {
    case 0:
        is->instructions = take_types(&prop->data);
        break;
    case 2:
        for (size_t i = 0; i < prop->data.n; i++) {
            is->next[prop->data.p[i]] = true;
        }
        break;
    case 4:
        is->write.actions = take_types(&prop->data);
        break;
    case 6:
        is->apply.actions = take_types(&prop->data);
        break;
    case 8:
        take_fields(&prop->data, f->match, f->mask);
        break;
    case 10:
        take_fields(&prop->data, f->wildcard, NULL);
        break;
    case 12:
        take_fields(&prop->data, is->write.set_field, NULL);
        break;
    case 14:
        take_fields(&prop->data, is->apply.set_field, NULL);
        break;
    default:
        break;
    }
    if (prop->type < 16) {
        f->has_miss[prop->type] = true;
    }
}

/* What is not said of the table miss is as for the others.
 * [OF1.3.5 7.3.5.5.2] */
static void
fill_miss(struct feature_sets *f)
{
    if (!f->has_miss[1]) {
        f->miss.instructions = f->other.instructions;
    }
    if (!f->has_miss[3]) {
        memcpy(f->miss.next, f->other.next, sizeof f->miss.next);
    }
    if (!f->has_miss[5]) {
        f->miss.write.actions = f->other.write.actions;
    }
    if (!f->has_miss[7]) {
        f->miss.apply.actions = f->other.apply.actions;
    }
    if (!f->has_miss[13]) {
        memcpy(f->miss.write.set_field, f->other.write.set_field, FIELD_N);
    }
    if (!f->has_miss[15]) {
        memcpy(f->miss.apply.set_field, f->other.apply.set_field, FIELD_N);
    }
    memset(f->has_miss, 0, sizeof f->has_miss);
}

static void
put_type_names(struct str *s, const char *title, uint32_t bits,
               const char *const names[], size_t n, const uint8_t order[],
               size_t n_order)
{
    str_put(s, title);
    const char *sep = "";
    for (size_t i = 0; i < n_order; i++) {
        if (order[i] < n && bits >> order[i] & 1) {
            str_putf(s, "%s%s", sep, names[order[i]]);
            sep = " ";
        }
    }
    str_put_char(s, '\n');
}

static void
put_action_sets(struct str *s, const char *title, const struct action_sets *a)
{
    static const char *const names[32] = {
        [0] = "output",      [15] = "set_mpls_ttl", [16] = "dec_mpls_ttl",
        [17] = "push_vlan",  [18] = "strip_vlan",   [19] = "push_mpls",
        [20] = "pop_mpls",   [21] = "set_queue",    [22] = "group",
        [23] = "mod_nw_ttl", [24] = "dec_ttl",      [25] = "set_field",
    };
    static const uint8_t order[] = { 0,  22, 25, 18, 17, 23,
                                     24, 15, 16, 19, 20, 21 };
    str_putf(s, "      %s features:\n", title);
    put_type_names(s, "        actions: ", a->actions, names, 32, order,
                   ARRAY_SIZE(order));
    put_fields(s, "        supported on Set-Field: ", a->set_field);
}

static bool
same_actions(const struct action_sets *a, const struct action_sets *b)
{
    return a->actions == b->actions &&
           !memcmp(a->set_field, b->set_field, FIELD_N);
}

static void
put_next_tables(struct str *s, const bool next[256])
{
    const char *sep = "      next tables: ";
    const char *end = "";
    for (unsigned int i = 0; i < 256; i++) {
        unsigned int j = i;
        while (j < 255 && next[i] && next[j + 1]) {
            j++;
        }
        if (next[i]) {
            str_putf(s, j > i ? "%s%u-%u" : "%s%u", sep, i, j);
            sep = ",";
            end = "\n";
        }
        i = j;
    }
    str_put(s, end);
}

static void
put_instructions(struct str *s, const struct instruction_sets *is,
                 const struct instruction_sets *prev)
{
    static const char *const names[] = { NULL,
                                         "goto_table",
                                         "write_metadata",
                                         "write_actions",
                                         "apply_actions",
                                         "clear_actions",
                                         "meter" };
    static const uint8_t order[] = { 6, 4, 5, 3, 2, 1 };
    put_next_tables(s, is->next);
    put_type_names(s, "      instructions: ", is->instructions, names,
                   ARRAY_SIZE(names), order, ARRAY_SIZE(order));
    if (prev && same_actions(&prev->write, &is->write) &&
        same_actions(&prev->apply, &is->apply)) {
        str_put(s, "      (same actions)\n");
    } else if (same_actions(&is->write, &is->apply)) {
        put_action_sets(s, "Write-Actions and Apply-Actions", &is->write);
    } else {
        put_action_sets(s, "Write-Actions", &is->write);
        put_action_sets(s, "Apply-Actions", &is->apply);
    }
}

static void
put_matching(struct str *s, const struct feature_sets *f,
             const struct feature_sets *prev)
{
    if (prev && !memcmp(prev->match, f->match, FIELD_N) &&
        !memcmp(prev->mask, f->mask, FIELD_N) &&
        !memcmp(prev->wildcard, f->wildcard, FIELD_N)) {
        str_put(s, "    (same matching)\n");
        return;
    }
    bool sets[3][FIELD_N] = { { false } };
    for (size_t i = 0; i < FIELD_N; i++) {
        if (f->match[i]) {
            sets[f->mask[i] ? 0 : f->wildcard[i] ? 1 : 2][i] = true;
        }
    }
    str_put(s, "    matching:\n");
    put_fields(s, "      arbitrary mask: ", sets[0]);
    put_fields(s, "      exact match or wildcard: ", sets[1]);
    put_fields(s, "      must exact match: ", sets[2]);
}

static void
put_features(const struct print *p, const struct ofm_table_features *t,
             const struct feature_sets *f, const struct feature_sets *prev)
{
    struct str *s = p->s;
    str_putf(s, "\n    metadata: match=0x%llx write=0x%llx\n",
             (unsigned long long)t->metadata_match,
             (unsigned long long)t->metadata_write);
    if (p->version >= OFP14_VERSION) {
        str_putf(s, "    eviction: %ssupported\n",
                 t->config & OFPTC_EVICTION ? "" : "not ");
        str_putf(s, "    vacancy events: %ssupported\n",
                 t->config & OFPTC_VACANCY_EVENTS ? "" : "not ");
    }
    str_putf(s, "    max_entries=%u\n", t->max_entries);
    if (!memcmp(&f->other, &f->miss, sizeof f->other)) {
        str_put(s, "    instructions (table miss and others):\n");
        put_instructions(s, &f->other, prev ? &prev->other : NULL);
    } else {
        str_put(s, "    instructions (other than table miss):\n");
        put_instructions(s, &f->other, prev ? &prev->other : NULL);
        str_put(s, "    instructions (table miss):\n");
        put_instructions(s, &f->miss, prev ? &prev->miss : NULL);
    }
    put_matching(s, f, prev);
}

/* Alike but for the next tables, which always differ by one. */
static bool
features_alike(const struct ofm_table_features *a,
               const struct feature_sets *fa,
               const struct ofm_table_features *b,
               const struct feature_sets *fb)
{
    struct feature_sets x = *fa, y = *fb;
    bool ends = false;
    for (size_t i = 0; i < 256; i++) {
        ends |= x.other.next[i];
    }
    bool y_ends = false;
    for (size_t i = 0; i < 256; i++) {
        y_ends |= y.other.next[i];
    }
    memset(x.other.next, 0, 256);
    memset(y.other.next, 0, 256);
    memset(x.miss.next, 0, 256);
    memset(y.miss.next, 0, 256);
    return ends == y_ends && a->metadata_match == b->metadata_match &&
           a->metadata_write == b->metadata_write &&
           a->max_entries == b->max_entries && !memcmp(&x, &y, sizeof x);
}

void
print_table_features(const struct print *p, const struct ofm *m)
{
    struct ditto d = { .s = p->s, .names = p->names };
    const struct ofm_table_features *prev = NULL;
    struct feature_sets *sets = xcalloc(2, sizeof *sets);
    for (size_t i = 0; i < m->table_features.n; i++) {
        const struct ofm_table_features *t = &m->table_features.p[i];
        struct feature_sets *f = &sets[i & 1];
        const struct feature_sets *pf = prev ? &sets[~i & 1] : NULL;
        memset(f, 0, sizeof *f);
        for (size_t j = 0; j < t->props.n; j++) {
            take_prop(f, &t->props.p[j]);
        }
        fill_miss(f);
        const char *name = table_name(&d, t->table_id, t->name);
        if (prev && features_alike(prev, pf, t, f)) {
            put_ditto(&d, t->table_id, name);
        } else {
            put_table(&d, t->table_id, name);
            put_features(p, t, f, pf);
        }
        prev = t;
    }
    ditto_flush(&d);
    free(sets);
}
