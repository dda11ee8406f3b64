/* SPDX-License-Identifier: Apache-2.0 */
/* Records: where they are, and what they say beside rows. */
#include <errno.h>

#include "lib/base/mem.h"
#include "lib/base/sha1.h"
#include "lib/ovsdb/history_priv.h"

#define MAGIC "OVSDB JSON "
#define HEADER_MAX 100
#define CHUNK (1 << 20)

struct header {
    size_t header_len, body_len;
    const char *sha1;
};

/* The frame was checked when the database was loaded, or is by whoever checks
 * files: here it only leads from one record to the next. */
static bool
parse_header(const char *p, size_t len, struct header *h)
{
    const char *nl = memchr(p, '\n', MIN(len, (size_t)HEADER_MAX));
    if (!nl || strncmp(p, MAGIC, strlen(MAGIC))
        || (size_t)(nl - p) < strlen(MAGIC) + 2 + SHA1_HEX_LEN) {
        return false;
    }
    size_t n = 0;
    const char *digit = p + strlen(MAGIC);
    for (; *digit >= '0' && *digit <= '9' && n < SIZE_MAX / 16; digit++) {
        n = n * 10 + (size_t)(*digit - '0');
    }
    h->sha1 = nl - SHA1_HEX_LEN;
    h->header_len = (size_t)(nl - p) + 1;
    h->body_len = n;
    return n && *digit == ' ' && digit + 1 == h->sha1;
}

/* Reading. */

static const struct hist_file *
reader_file(const struct hist_reader *r)
{
    return &r->h->files[r->pos.file];
}

/* The bytes at [offset, offset + len) of the present file; less at its end:
 * '*got'. */
static const char *
reader_bytes(struct hist_reader *r, int64_t offset, size_t len, size_t *got)
{
    int64_t from = offset - r->data_offset;
    if (from < 0 || from + (int64_t)len > (int64_t)r->data.len) {
        buf_clear(&r->data);
        r->data_offset = offset;
        from = 0;
        int err = store_read(reader_file(r)->store, offset,
                             MAX(len, (size_t)CHUNK), &r->data);
        if (err && !r->err) {
            r->err = ovsdb_err_io(err, "%s: cannot read",
                                  store_name(reader_file(r)->store));
        }
    }
    *got = MIN(len, r->data.len - (size_t)from);
    return *got ? (const char *)r->data.data + from : "";
}

/* The header at the reader's place; false at the end of whole records. */
static bool
reader_header(struct hist_reader *r, int64_t end, struct header *h,
              char id[OVSDB_HISTORY_ID_LEN + 1])
{
    size_t got = 0;
    const char *p = reader_bytes(r, r->offset, HEADER_MAX, &got);
    if (r->err || !got || !parse_header(p, got, h)
        || r->offset + (int64_t)(h->header_len + h->body_len) > end) {
        return false;
    }
    memcpy(id, h->sha1, OVSDB_HISTORY_ID_LEN);
    id[OVSDB_HISTORY_ID_LEN] = '\0';
    return true;
}

/* Walks the headers up to record 'number' from the mark before it. */
void
hist_reader_init(struct hist_reader *r, struct ovsdb_history *h,
                 struct hist_pos pos)
{
    const struct hist_file *f = &h->files[pos.file];
    size_t mark = MIN(pos.number / HIST_STRIDE, f->n_marks - 1);
    *r = (struct hist_reader){
        .h = h,
        .pos = { pos.file, mark * HIST_STRIDE },
        .offset = f->marks[mark],
        .data = BUF_INIT,
    };
    struct header head;
    char id[OVSDB_HISTORY_ID_LEN + 1];
    while (r->pos.number < pos.number
           && reader_header(r, f->end, &head, id)) {
        r->offset += (int64_t)(head.header_len + head.body_len);
        r->pos.number++;
    }
}

void
hist_reader_fini(struct hist_reader *r)
{
    buf_fini(&r->data);
    ovsdb_err_free(r->err);
    r->err = NULL;
}

struct ovsdb_err *
hist_reader_end(struct hist_reader *r, struct ovsdb_err *err)
{
    if (!err) {
        err = r->err;
        r->err = NULL;
    }
    hist_reader_fini(r);
    return err;
}

static bool
reader_next_file(struct hist_reader *r)
{
    if (r->err || r->pos.file + 1 >= r->h->n_files) {
        return false;
    }
    r->pos = (struct hist_pos){ r->pos.file + 1, 0 };
    r->offset = 0;
    buf_clear(&r->data);
    r->data_offset = 0;
    return true;
}

bool
hist_next(struct hist_reader *r, bool with_text, struct hist_record *rec)
{
    struct header head;
    for (;;) {
        const struct hist_file *f = reader_file(r);
        if (r->pos.number >= f->n || !reader_header(r, f->end, &head,
                                                    rec->id)) {
            if (!reader_next_file(r)) {
                return false;
            }
            continue;
        }
        int64_t body = r->offset + (int64_t)head.header_len;
        rec->pos = r->pos;
        r->offset = body + (int64_t)head.body_len;
        r->pos.number++;
        if (!rec->pos.number) {
            continue; /* The schema. */
        }
        rec->text = with_text ? reader_bytes(r, body, head.body_len,
                                             &rec->len) : NULL;
        return !r->err;
    }
}

/* Opening. */

static void
add_mark(struct hist_file *f, int64_t offset)
{
    if (f->n_marks == f->capacity) {
        f->capacity = f->capacity ? f->capacity * 2 : 16;
        f->marks = xrealloc(f->marks, f->capacity * sizeof *f->marks);
    }
    f->marks[f->n_marks++] = offset;
}

/* Counts the whole records before 'stop' (an id; may be NULL); true if it
 * came. */
static bool
index_records(struct hist_reader *r, struct hist_file *f, const char *stop)
{
    int64_t size = store_size(f->store);
    struct header head;
    char id[OVSDB_HISTORY_ID_LEN + 1];
    while (reader_header(r, size, &head, id)) {
        if (stop && f->n && !strcmp(id, stop)) {
            return true;
        }
        if (f->n % HIST_STRIDE == 0) {
            add_mark(f, r->offset);
        }
        f->n++;
        r->offset += (int64_t)(head.header_len + head.body_len);
        f->end = r->offset;
    }
    return false;
}

static struct ovsdb_err *
read_schema(struct hist_reader *r, struct hist_file *f)
{
    struct header head;
    char id[OVSDB_HISTORY_ID_LEN + 1];
    r->offset = 0;
    if (!reader_header(r, f->end, &head, id)) {
        return ovsdb_err_create(OVSDB_E_IO, "%s: not a standalone database "
                                "file", store_name(f->store));
    }
    size_t len;
    const char *text = reader_bytes(r, (int64_t)head.header_len, head.body_len,
                                    &len);
    char *error;
    json_t *json = json_parse(text, len, &error);
    if (!json) {
        struct ovsdb_err *err
            = ovsdb_err_create(OVSDB_E_SYNTAX, "%s: schema: %s",
                               store_name(f->store), error);
        free(error);
        return err;
    }
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &f->schema);
    json_decref(json);
    return ovsdb_err_wrap(err, "%s", store_name(f->store));
}

static void
file_fini(struct hist_file *f)
{
    store_close(&f->store);
    free(f->marks);
    ovsdb_schema_destroy(&f->schema);
    *f = (struct hist_file){ 0 };
}

/* Fills files[i] of 'h' but for its store.  '*stopped' (may be NULL): at the
 * record 'stop'. */
static struct ovsdb_err *
read_file(struct ovsdb_history *h, size_t i, const char *stop, bool *stopped)
{
    struct hist_file *f = &h->files[i];
    struct hist_reader r = { .h = h, .pos = { i, 0 }, .data = BUF_INIT };
    f->n = f->n_marks = 0;
    f->end = 0;
    bool came = index_records(&r, f, stop);
    if (stopped) {
        *stopped = came;
    }
    struct ovsdb_err *err = r.err ? NULL : read_schema(&r, f);
    return hist_reader_end(&r, err);
}

/* Puts the previous file before the file of 'h', up to the link: the record
 * that the compaction began with, which both have; in the new file only what
 * it was made from comes before it.  Without a link they are strangers, and
 * the older one is left out. */
static void
take_previous(struct ovsdb_history *h, struct store *store)
{
    struct hist_record link[2] = { { .id = "" }, { .id = "" } };
    struct hist_reader r;
    hist_reader_init(&r, h, (struct hist_pos){ 0, 1 });
    size_t n_links = hist_next(&r, false, &link[0]);
    n_links += n_links && hist_next(&r, false, &link[1]);
    hist_reader_fini(&r);
    h->files[1] = h->files[0];
    h->files[0] = (struct hist_file){ .store = store };
    h->n_files = 2;
    bool is_linked = false;
    while (!is_linked && n_links) {
        ovsdb_schema_destroy(&h->files[0].schema);
        ovsdb_err_free(read_file(h, 0, link[--n_links].id, &is_linked));
    }
    if (!is_linked || !h->files[0].schema) {
        file_fini(&h->files[0]);
        h->files[0] = h->files[1];
        h->files[1] = (struct hist_file){ 0 };
        h->n_files = 1;
    }
}

struct ovsdb_err *
ovsdb_history_open_stores(struct store *store, struct store *previous,
                          struct ovsdb_history **hp)
{
    struct ovsdb_history *h = xzalloc(sizeof *h);
    *hp = NULL;
    h->files[0].store = store;
    h->n_files = 1;
    struct ovsdb_err *err = read_file(h, 0, NULL, NULL);
    if (err) {
        store_close(&previous);
        ovsdb_history_close(&h);
        return err;
    }
    if (previous) {
        take_previous(h, previous);
    }
    *hp = h;
    return NULL;
}

struct ovsdb_err *
ovsdb_history_open(const char *path, struct ovsdb_history **hp)
{
    struct store *store, *previous;
    int error = store_open_file(NULL, path, STORE_READ_ONLY, &store);
    *hp = NULL;
    if (error) {
        return ovsdb_err_io(error, "%s: cannot open", path);
    }
    char *previous_path = store_prev_name(store);
    if (store_open_file(NULL, previous_path, STORE_READ_ONLY, &previous)) {
        previous = NULL; /* None is kept, or none that we may read. */
    }
    free(previous_path);
    return ovsdb_history_open_stores(store, previous, hp);
}

void
ovsdb_history_close(struct ovsdb_history **hp)
{
    struct ovsdb_history *h = *hp;
    *hp = NULL;
    if (h) {
        file_fini(&h->files[0]);
        file_fini(&h->files[1]);
        free(h);
    }
}

const struct ovsdb_schema *
ovsdb_history_schema(const struct ovsdb_history *h)
{
    return h->files[h->n_files - 1].schema;
}

/* Positions. */

struct ovsdb_err *
hist_pos_from_text(const struct ovsdb_history *h, const char *text,
                   struct hist_pos *pos)
{
    bool previous = *text == 'p';
    uint64_t number;
    if (!str_to_u64(text + previous, 10, &number)) {
        return ovsdb_err_create(OVSDB_E_SYNTAX, "\"%s\" is not the number of "
                                "a record", text);
    }
    if (previous && h->n_files == 1) {
        return ovsdb_err_create("no such transaction", "%s: no previous file "
                                "is kept", text);
    }
    pos->file = previous ? 0 : h->n_files - 1;
    pos->number = number;
    if (number >= h->files[pos->file].n) {
        return ovsdb_err_create("no such transaction", "%s: the last record "
                                "is %zu", text, h->files[pos->file].n - 1);
    }
    return NULL;
}

void
hist_pos_put(struct str *s, const struct ovsdb_history *h, struct hist_pos pos)
{
    str_putf(s, "%s%zu", pos.file + 1 < h->n_files ? "p" : "", pos.number);
}

/* What records say. */

void
hist_members_init(struct hist_members *m, const char *text, size_t len)
{
    m->scan = json_scan_make(text, len);
    m->bad = !json_scan_char(&m->scan, '{');
}

bool
hist_members_next(struct hist_members *m, struct hist_slice *key,
                  struct hist_slice *value)
{
    if (m->bad) {
        return false;
    }
    (void)json_scan_char(&m->scan, ',');
    if (json_scan_char(&m->scan, '}')) {
        return false;
    }
    m->bad = !json_scan_plain(&m->scan, &key->s, &key->len)
             || !json_scan_char(&m->scan, ':')
             || !json_scan_value(&m->scan, &value->s, &value->len);
    return !m->bad;
}

bool
hist_slice_eq(const struct hist_slice *slice, const char *s)
{
    return slice->len == strlen(s) && !memcmp(slice->s, s, slice->len);
}

struct ovsdb_err *
hist_walk(const struct hist_record *rec, hist_row_fn *fn, void *aux)
{
    struct hist_members w;
    struct hist_slice table, rows, uuid, row;
    bool bad = false;
    hist_members_init(&w, rec->text, rec->len);
    while (!bad && hist_members_next(&w, &table, &rows)) {
        struct hist_members inner;
        if (table.len && table.s[0] == '_') {
            continue;
        }
        hist_members_init(&inner, rows.s, rows.len);
        while (hist_members_next(&inner, &uuid, &row)) {
            fn(aux, &table, &uuid, &row);
        }
        bad = inner.bad;
    }
    return w.bad || bad
               ? ovsdb_err_create(OVSDB_E_SYNTAX, "record %zu (%s) is not a "
                                  "transaction", rec->pos.number, rec->id)
               : NULL;
}

/* "TEXT\n(by WHO)" [record_from_txn()]. */
static void
split_who(struct hist_meta *m)
{
    char *nl = strrchr(m->comment, '\n');
    char *last = nl ? nl + 1 : m->comment;
    size_t len = strlen(last);
    if (len > 5 && str_starts_with(last, "(by ") && last[len - 1] == ')') {
        last[len - 1] = '\0';
        m->who = xstrdup(last + 4);
        *(nl ? nl : last) = '\0';
        if (!m->comment[0]) {
            free(m->comment);
            m->comment = NULL;
        }
    }
}

static void
read_special(struct hist_meta *m, const struct hist_slice *key,
             const struct hist_slice *value)
{
    char *error = NULL;
    json_t *json = json_parse(value->s, value->len, &error);
    free(error);
    if (hist_slice_eq(key, "_date") && json_is_integer(json)) {
        int64_t date = json_integer_value(json);
        /* Old files count seconds [ovsdb(5)]. */
        m->date_ms = date >= 0 && date < INT64_C(1) << 32 ? date * 1000 : date;
    } else if (hist_slice_eq(key, "_comment") && json_is_string(json)) {
        free(m->comment);
        m->comment = xstrdup(json_string_value(json));
    } else if (hist_slice_eq(key, "_is_diff")) {
        m->is_diff = json_is_true(json);
    }
    json_decref(json);
}

struct ovsdb_err *
hist_read_meta(const struct hist_record *rec, struct hist_meta *m)
{
    struct hist_members w;
    struct hist_slice key, value;
    *m = (struct hist_meta){ 0 };
    hist_members_init(&w, rec->text, rec->len);
    while (hist_members_next(&w, &key, &value)) {
        if (key.len && key.s[0] == '_') {
            read_special(m, &key, &value);
        }
    }
    if (w.bad) {
        hist_meta_fini(m);
        return ovsdb_err_create(OVSDB_E_SYNTAX, "record %zu (%s) is not a "
                                "transaction", rec->pos.number, rec->id);
    }
    m->is_snapshot = rec->pos.number == 1 && !m->is_diff;
    if (m->comment) {
        split_who(m);
    }
    return NULL;
}

void
hist_meta_fini(struct hist_meta *m)
{
    free(m->comment);
    free(m->who);
    m->comment = m->who = NULL;
}

json_t *
hist_entry_json(const struct ovsdb_history *h, const struct hist_record *rec,
                const struct hist_meta *m)
{
    struct str number = STR_INIT;
    hist_pos_put(&number, h, rec->pos);
    json_t *json = json_pack("{ssss}", "record", str_cstr(&number), "id",
                             rec->id);
    str_fini(&number);
    if (m->date_ms) {
        json_object_set_new(json, "date", json_integer(m->date_ms));
    }
    if (m->comment) {
        json_object_set_new(json, "comment", json_string(m->comment));
    }
    if (m->who) {
        json_object_set_new(json, "who", json_string(m->who));
    }
    if (m->is_snapshot) {
        json_object_set_new(json, "snapshot", json_true());
    }
    return json;
}
