/* SPDX-License-Identifier: Apache-2.0 */
/* Pages: the newest transactions that were asked for, and what they changed.
 *
 * Blocks of HIST_STRIDE records are read from the newest to the oldest until
 * the page is full.  If values are wanted, the rows that the page names are
 * then followed through all records, since a record holds differences. */
#include "lib/ovsdb/history.h"

#include <ctype.h>
#include <time.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/history_priv.h"

struct entry {
    struct hist_pos pos;
    json_t *json;     /* TRANSACTION. */
    json_t *changes;  /* Its "changes"; borrowed; NULL if not wanted. */
};

struct page {
    struct ovsdb_history *h;
    const struct ovsdb_history_query *q;
    struct strset named;   /* UUIDs of rows that had the name 'q->row'. */
    struct entry *entries; /* The newest first. */
    size_t n;
    size_t n_bytes;        /* Of their records. */
    int64_t limit;

    /* While a record is walked. */
    json_t *tables;        /* Of the present entry. */
    size_t n_wanted;       /* Rows of it that were asked for. */
    struct hist_rows rows; /* Followed for changes. */
    struct entry *entry;   /* Gets changes; NULL: none. */
    bool is_diff;
    struct ovsdb_err *err;
};

/* Which rows are wanted. */

static bool
is_uuid_prefix(const char *s)
{
    size_t len = strlen(s);
    return len >= 8 && len <= UUID_TEXT_LEN
           && strspn(s, "0123456789abcdef-") == len;
}

static bool
wants_row(const struct page *p, const struct hist_slice *table,
          const struct hist_slice *uuid)
{
    if (p->q->table && !hist_slice_eq(table, p->q->table)) {
        return false;
    }
    if (!p->q->row) {
        return true;
    }
    if (is_uuid_prefix(p->q->row) && uuid->len >= strlen(p->q->row)
        && !memcmp(uuid->s, p->q->row, strlen(p->q->row))) {
        return true;
    }
    char text[UUID_TEXT_LEN + 1];
    if (uuid->len != UUID_TEXT_LEN) {
        return false;
    }
    memcpy(text, uuid->s, UUID_TEXT_LEN);
    text[UUID_TEXT_LEN] = '\0';
    return strset_contains(&p->named, text);
}

static void
note_named(void *p_, const struct hist_slice *table UNUSED,
           const struct hist_slice *uuid, const struct hist_slice *row)
{
    struct page *p = p_;
    struct hist_members w;
    struct hist_slice column, value;
    if (row->s[0] != '{') {
        return;
    }
    hist_members_init(&w, row->s, row->len);
    while (hist_members_next(&w, &column, &value)) {
        if (hist_slice_eq(&column, "name")
            && value.len == strlen(p->q->row) + 2
            && !memcmp(value.s + 1, p->q->row, value.len - 2)
            && uuid->len == UUID_TEXT_LEN
            && strset_count(&p->named) < HISTORY_NAMED_MAX) {
            char *text = xmemdup0(uuid->s, uuid->len);
            strset_add(&p->named, text);
            free(text);
        }
    }
}

/* Finds the rows that ever had the name. */
static struct ovsdb_err *
find_named(struct page *p)
{
    struct hist_reader r;
    struct hist_record rec;
    struct ovsdb_err *err = NULL;
    char *quoted = xasprintf("\"%s\"", p->q->row);
    hist_reader_init(&r, p->h, (struct hist_pos){ 0, 1 });
    while (!err && hist_next(&r, true, &rec)) {
        if (memmem(rec.text, rec.len, quoted, strlen(quoted))) {
            err = hist_walk(&rec, note_named, p);
        }
    }
    free(quoted);
    return hist_reader_end(&r, err);
}

/* Entries. */

static void
count_row(void *p_, const struct hist_slice *table,
          const struct hist_slice *uuid, const struct hist_slice *row)
{
    struct page *p = p_;
    p->n_wanted += wants_row(p, table, uuid);
    char *name = xmemdup0(table->s, table->len);
    json_t *t = json_object_get(p->tables, name);
    if (!t) {
        t = json_pack("{si}", "rows", 0);
        json_object_set_new(p->tables, name, t);
    }
    free(name);
    json_integer_set(json_object_get(t, "rows"),
                     json_integer_value(json_object_get(t, "rows")) + 1);
    if (row->s[0] == 'n') {
        json_object_set_new(t, "deleted", json_integer(
            json_integer_value(json_object_get(t, "deleted")) + 1));
    }
}

/* Makes an entry of a record, if it is wanted; else 'json' stays NULL. */
static struct ovsdb_err *
make_entry(struct page *p, const struct hist_record *rec, struct entry *e)
{
    struct hist_meta m;
    struct ovsdb_err *err = hist_read_meta(rec, &m);
    *e = (struct entry){ .pos = rec->pos };
    if (err) {
        return err;
    }
    if (m.date_ms >= p->q->since_ms) {
        p->tables = json_object();
        p->n_wanted = 0;
        err = hist_walk(rec, count_row, p);
        if (!err && (p->n_wanted || (!p->q->table && !p->q->row))) {
            e->json = hist_entry_json(p->h, rec, &m);
            json_object_set(e->json, "tables", p->tables);
            if (p->q->changes && !m.is_snapshot) {
                e->changes = json_array();
                json_object_set_new(e->json, "changes", e->changes);
            }
        }
        json_decref(p->tables);
    }
    hist_meta_fini(&m);
    return err;
}

static bool
page_is_full(const struct page *p)
{
    return (int64_t)p->n >= p->limit || p->n_bytes >= HISTORY_PAGE_BYTES;
}

/* Reads the block of records ['from', 'to') of a file, and adds what is wanted
 * of it, the newest first, until the page is full.  '*next' is the last that
 * was looked at. */
static struct ovsdb_err *
add_block(struct page *p, struct hist_pos from, size_t to,
          struct hist_pos *next)
{
    struct entry block[HIST_STRIDE];
    size_t bytes[HIST_STRIDE], n = 0;
    struct hist_reader r;
    struct hist_record rec;
    struct ovsdb_err *err = NULL;
    hist_reader_init(&r, p->h, from);
    while (!err && n < HIST_STRIDE && hist_next(&r, true, &rec)
           && rec.pos.file == from.file && rec.pos.number < to) {
        bytes[n] = rec.len;
        err = make_entry(p, &rec, &block[n++]);
    }
    err = hist_reader_end(&r, err);
    while (n) {
        struct entry *e = &block[--n];
        if (err || page_is_full(p)) {
            json_decref(e->json);
            continue;
        }
        *next = e->pos;
        if (e->json) {
            p->entries[p->n++] = *e;
            /* What is not listed row by row costs nothing. */
            p->n_bytes += e->changes ? bytes[n] : 200;
        }
    }
    return err;
}

/* Collects entries before 'pos'.  '*next' is the oldest record looked at. */
static struct ovsdb_err *
collect(struct page *p, struct hist_pos pos, struct hist_pos *next)
{
    *next = pos;
    for (;;) {
        struct hist_pos from = pos;
        if (pos.number <= 1) {
            if (!pos.file) {
                return NULL;
            }
            pos = (struct hist_pos){ 0, p->h->files[0].n };
            *next = pos;
            continue;
        }
        from.number = (pos.number - 1) / HIST_STRIDE * HIST_STRIDE;
        struct ovsdb_err *err = add_block(p, from, pos.number, next);
        if (err || page_is_full(p)) {
            return err;
        }
        pos = from;
        *next = (struct hist_pos){ from.file, MAX(from.number, 1UL) };
    }
}

/* Changes. */

static void
follow_row(void *p_, const struct hist_slice *table,
           const struct hist_slice *uuid,
           const struct hist_slice *row UNUSED)
{
    struct page *p = p_;
    if (wants_row(p, table, uuid)
        && p->rows.rows.n < (size_t)HISTORY_CHANGES_MAX * HISTORY_PAGE_MAX) {
        hist_rows_add(&p->rows, p->h->files[p->entry->pos.file].schema, table,
                      uuid);
    }
}

static json_t *
change_columns(const struct ovsdb_table_schema *ts,
               const struct ovsdb_datum *old, const struct ovsdb_datum *new)
{
    json_t *columns = json_object();
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        const struct ovsdb_datum *is = new ? &new[i] : &old[i];
        bool changed = old && new ? !ovsdb_datum_eq(&old[i], is, &c->type)
                                  : !ovsdb_datum_is_default(is, &c->type);
        if (c->persistent && changed) {
            json_t *pair = json_array();
            json_array_append_new(pair, old ? ovsdb_datum_to_json(&old[i],
                                                                  &c->type)
                                            : json_null());
            json_array_append_new(pair, new ? ovsdb_datum_to_json(&new[i],
                                                                  &c->type)
                                            : json_null());
            json_object_set_new(columns, c->name, pair);
        }
    }
    return columns;
}

static void
put_change(struct entry *e, const struct hist_row *row,
           const struct ovsdb_datum *old)
{
    char uuid[UUID_TEXT_LEN + 1];
    snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(&row->uuid));
    if (!old && !row->datums) {
        return;
    }
    json_t *json = json_pack(
        "{ssssssso}", "table", row->table->name, "row", uuid, "op",
        !old ? "insert" : !row->datums ? "delete" : "modify", "columns",
        change_columns(row->table, old, row->datums));
    const char *name
        = hist_datums_name(row->table, old ? old : row->datums);
    if (name) {
        json_object_set_new(json, "name", json_string(name));
    }
    json_array_append_new(e->changes, json);
}

static void
apply_row(void *p_, const struct hist_slice *table UNUSED,
          const struct hist_slice *uuid, const struct hist_slice *change)
{
    struct page *p = p_;
    struct hist_row *row = hist_rows_find(&p->rows, uuid);
    if (!row || p->err) {
        return;
    }
    struct ovsdb_datum *old = NULL;
    p->err = hist_row_apply(row, change, p->is_diff, &old);
    if (!p->err && p->entry
        && json_array_size(p->entry->changes) < HISTORY_CHANGES_MAX) {
        put_change(p->entry, row, old);
    }
    hist_datums_free(row->table, &old);
}

/* The first record that has to be read to know what the rows were: that of
 * the file that the oldest entry is in. */
static struct hist_pos
first_needed(const struct page *p)
{
    return (struct hist_pos){ p->entries[p->n - 1].pos.file, 1 };
}

/* Reads on until the entry 'p->entries[*i]'; sets p->entry if it is the
 * record, and moves '*i'. */
static void
match_entry(struct page *p, const struct hist_record *rec, size_t *i)
{
    p->entry = NULL;
    if (*i && !hist_pos_before(rec->pos, p->entries[*i - 1].pos)) {
        p->entry = &p->entries[--*i];
        if (!p->entry->changes) {
            p->entry = NULL;
        }
    }
}

static struct ovsdb_err *
follow_page_rows(struct page *p)
{
    struct hist_reader r;
    struct hist_record rec;
    struct ovsdb_err *err = NULL;
    size_t i = p->n;
    hist_reader_init(&r, p->h, p->entries[p->n - 1].pos);
    while (!err && i && hist_next(&r, true, &rec)) {
        match_entry(p, &rec, &i);
        if (p->entry) {
            err = hist_walk(&rec, follow_row, p);
        }
    }
    return hist_reader_end(&r, err);
}

static struct ovsdb_err *
fill_changes(struct page *p)
{
    struct ovsdb_err *err = follow_page_rows(p);
    struct hist_reader r;
    struct hist_record rec;
    struct hist_meta m;
    size_t i = p->n;
    hist_reader_init(&r, p->h, first_needed(p));
    while (!err && i && hist_next(&r, true, &rec)) {
        err = hist_read_meta(&rec, &m);
        if (err) {
            break;
        }
        if (m.is_snapshot) {
            hist_rows_clear(&p->rows);
        }
        p->is_diff = m.is_diff;
        hist_meta_fini(&m);
        match_entry(p, &rec, &i);
        err = hist_walk(&rec, apply_row, p);
        if (p->err) {
            ovsdb_err_free(err);
            err = ovsdb_err_wrap(p->err, "record %zu", rec.pos.number);
            p->err = NULL;
        }
    }
    return hist_reader_end(&r, err);
}

/* The page. */

static json_t *
page_json(struct page *p, struct hist_pos next)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->n; i++) {
        json_array_append(list, p->entries[i].json);
    }
    struct str text = STR_INIT;
    hist_pos_put(&text, p->h, next);
    bool is_last = next.number <= 1 && !next.file;
    json_t *json = json_pack("{soso}", "transactions", list, "next",
                             is_last ? json_null()
                                     : json_string(str_cstr(&text)));
    str_fini(&text);
    return json;
}

struct ovsdb_err *
ovsdb_history_page(struct ovsdb_history *h,
                   const struct ovsdb_history_query *q, json_t **pagep)
{
    struct page p = { .h = h, .q = q };
    struct hist_pos pos = { h->n_files - 1, h->files[h->n_files - 1].n };
    struct hist_pos next;
    struct ovsdb_err *err = NULL;
    *pagep = NULL;
    if (q->before) {
        err = hist_pos_from_text(h, q->before, &pos);
        if (err) {
            return err;
        }
    }
    p.limit = q->limit > 0 ? MIN(q->limit, HISTORY_PAGE_MAX)
                           : HISTORY_PAGE_MAX;
    p.entries = xcalloc((size_t)p.limit, sizeof *p.entries);
    strset_init(&p.named);
    hist_rows_init(&p.rows);
    if (q->row) {
        err = find_named(&p);
    }
    if (!err) {
        err = collect(&p, pos, &next);
    }
    if (!err && q->changes && p.n) {
        err = fill_changes(&p);
    }
    if (!err) {
        *pagep = page_json(&p, next);
    }
    for (size_t i = 0; i < p.n; i++) {
        json_decref(p.entries[i].json);
    }
    free(p.entries);
    strset_fini(&p.named);
    hist_rows_fini(&p.rows);
    return err;
}

/* Options. */

static bool
read_option(struct ovsdb_history_query *q, const char *name,
            const json_t *value)
{
    const char *text = json_string_value(value);
    if (!strcmp(name, "table") && text) {
        q->table = text;
    } else if (!strcmp(name, "row") && text) {
        q->row = text;
    } else if (!strcmp(name, "before") && text) {
        q->before = text;
    } else if (!strcmp(name, "since") && json_is_integer(value)) {
        q->since_ms = json_integer_value(value);
    } else if (!strcmp(name, "limit") && json_is_integer(value)) {
        q->limit = json_integer_value(value);
    } else if (!strcmp(name, "changes") && json_is_boolean(value)) {
        q->changes = json_is_true(value);
    } else {
        return false;
    }
    return true;
}

struct ovsdb_err *
ovsdb_history_query_from_json(struct ovsdb_history_query *q,
                              const json_t *json)
{
    *q = (struct ovsdb_history_query){ 0 };
    if (!json_is_object(json)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "options must be an object");
    }
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)json, name, value) {
        if (!read_option(q, name, value)) {
            return ovsdb_err_at(json, OVSDB_E_SYNTAX, "option \"%s\" is not "
                                "known, or of another type", name);
        }
    }
    return NULL;
}

/* ".5", ".123456" behind the seconds; '*p' moves behind it. */
static int64_t
parse_fraction(const char **p)
{
    int64_t ms = 0, unit = 100;
    if (**p != '.') {
        return 0;
    }
    for (++*p; isdigit((unsigned char)**p); ++*p) {
        ms += (**p - '0') * unit;
        unit /= 10;
    }
    return ms;
}

bool
ovsdb_history_parse_date(const char *s, int64_t *ms)
{
    static const char *const formats[] = {
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M", "%Y-%m-%d",
    };
    double seconds;
    if (*s == '@' && str_to_double(s + 1, &seconds)) {
        *ms = (int64_t)(seconds * 1000);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct tm tm = { .tm_isdst = -1 };
        const char *end = strptime(s, formats[i], &tm);
        if (!end) {
            continue;
        }
        int64_t fraction = parse_fraction(&end);
        bool utc = *end == 'Z';
        if (!end[utc]) {
            tm.tm_isdst = utc ? 0 : -1;
            *ms = (int64_t)(utc ? timegm(&tm) : mktime(&tm)) * 1000 + fraction;
            return true;
        }
    }
    return false;
}
