/* SPDX-License-Identifier: Apache-2.0 */
/* Random schemas, transactions and monitors of every kind.
 *
 * What a monitor is told is applied to a copy, which knows nothing of datums:
 * a value is a set of texts, or a map of texts to texts.  After each
 * transaction and each change of conditions every copy must equal the rows
 * that match, and so must a copy kept from earlier, once it was told what
 * changed since. */
#include "lib/base/limits.h"
#include "lib/base/rng.h"
#include "lib/ovsdb/cond.h"
#include "ovsdb/monitor_priv.h"
#include "tests/unit/ovsdb_fixture.h"

enum { N_TABLES = 2, N_COLUMNS = 5, N_ROWS = 8, N_MONITORS = 6, N_STEPS = 60 };

enum shape { ONE, OPTIONAL, SET, MAP, N_SHAPES };

struct column {
    char name[8];
    int type;  /* Of 'types'. */
    enum shape shape;
};

static const char *const types[] = { "integer", "real", "boolean", "string",
                                     "uuid" };
static const char *const defaults[] = {
    "0", "0", "false", "\"\"",
    "[\"uuid\",\"00000000-0000-0000-0000-000000000000\"]"
};

struct copy {
    json_t *tables; /* {TABLE: {UUID: {COLUMN: {TEXT: TEXT}}}} */
    struct uuid last;
};

struct watch {
    struct monitor *m;
    json_t *requests; /* {TABLE: [{columns, where}]}, as they are now. */
    struct copy now, past;
    int n_told;
};

struct world {
    struct rng rng;
    struct loop *loop;
    struct db *db;
    struct monitors ms;
    struct column columns[N_TABLES][N_COLUMNS];
    struct watch watches[N_MONITORS];
    int n_done; /* Monitors made. */
};

static const char *const names[N_TABLES] = { "A", "B" };

/* Random JSON. */

static json_t *
random_uuid(struct rng *r)
{
    char text[UUID_TEXT_LEN + 1];
    snprintf(text, sizeof text, "00000000-0000-0000-0000-%012u",
             (unsigned)rng_below(r, 4));
    return json_pack("[ss]", "uuid", text);
}

static json_t *
random_atom(struct rng *r, int type)
{
    switch (type) {
    case 0:
        return json_integer((json_int_t)rng_below(r, 6) - 2);
    case 1:
        return json_real((double)rng_below(r, 6) / 2 - 1);
    case 2:
        return json_boolean(rng_below(r, 2));
    case 3:
        return json_sprintf("%.*s", (int)rng_below(r, 3), "\"b");
    default:
        return random_uuid(r);
    }
}

static json_t *
random_value(struct rng *r, const struct column *c)
{
    if (c->shape == ONE) {
        return random_atom(r, c->type);
    }
    json_t *elements = json_array();
    size_t n = rng_below(r, c->shape == OPTIONAL ? 2 : 4);
    for (size_t i = 0; i < n; i++) {
        json_t *key = random_atom(r, c->type);
        json_t *pair = c->shape == MAP
                           ? json_pack("[Oo]", key, random_atom(r, 3))
                           : json_incref(key);
        bool twice = false;
        for (size_t j = 0; j < json_array_size(elements); j++) {
            const json_t *other = json_array_get(elements, j);
            twice |= json_equal(c->shape == MAP ? json_array_get(other, 0)
                                                : other, key);
        }
        if (!twice) {
            json_array_append(elements, pair);
        }
        json_decref(key);
        json_decref(pair);
    }
    return json_pack("[so]", c->shape == MAP ? "map" : "set", elements);
}

static json_t *
random_clause(struct world *w, int table)
{
    static const char *const any[] = { "==", "!=", "includes", "excludes" };
    static const char *const ordered[] = { "<", "<=", ">", ">=" };
    struct rng *r = &w->rng;
    if (!rng_below(r, 6)) {
        return json_boolean(rng_below(r, 2));
    }
    const struct column *c = &w->columns[table][rng_below(r, N_COLUMNS)];
    bool number = c->type < 2 && c->shape < SET;
    const char *fn = number && rng_below(r, 2) ? ordered[rng_below(r, 4)]
                                               : any[rng_below(r, 4)];
    /* An order needs a number to compare with. */
    struct column one = *c;
    one.shape = number ? ONE : c->shape;
    return json_pack("[sso]", c->name, fn, random_value(r, &one));
}

static json_t *
random_where(struct world *w, int table)
{
    json_t *where = json_array();
    size_t n = rng_below(&w->rng, 4);
    n *= n == 3 && rng_below(&w->rng, 2) ? 5 : 1; /* At times many. */
    for (; n; n--) {
        json_array_append_new(where, random_clause(w, table));
    }
    return where;
}

/* Some columns, at times _uuid and _version too. */
static json_t *
random_requests(struct world *w, bool conditions)
{
    json_t *requests = json_object();
    for (int t = 0; t < N_TABLES; t++) {
        if (!rng_below(&w->rng, 4)) {
            continue;
        }
        json_t *columns = json_array();
        for (int c = 0; c < N_COLUMNS; c++) {
            if (rng_below(&w->rng, 3)) {
                json_array_append_new(
                    columns, json_string(w->columns[t][c].name));
            }
        }
        if (!rng_below(&w->rng, 4)) {
            json_array_append_new(columns, json_string("_version"));
        }
        json_t *request = json_pack("{so}", "columns", columns);
        if (conditions) {
            json_object_set_new(request, "where", random_where(w, t));
        }
        json_object_set_new(requests, names[t], json_pack("[o]", request));
    }
    return requests;
}

/* The world. */

static json_t *
random_type(struct rng *r, struct column *c)
{
    c->type = (int)rng_below(r, ARRAY_SIZE(types));
    c->shape = (enum shape)rng_below(r, N_SHAPES);
    json_t *type = json_pack("{ss}", "key", types[c->type]);
    if (c->shape == MAP) {
        json_object_set_new(type, "value", json_string("string"));
    }
    if (c->shape != ONE) {
        json_object_set_new(type, "min", json_integer(0));
    }
    if (c->shape == SET || c->shape == MAP) {
        json_object_set_new(type, "max", json_string("unlimited"));
    }
    return type;
}

static struct db *
random_db(struct world *w)
{
    json_t *tables = json_object();
    for (int t = 0; t < N_TABLES; t++) {
        json_t *columns = json_object();
        for (int i = 0; i < N_COLUMNS; i++) {
            struct column *c = &w->columns[t][i];
            snprintf(c->name, sizeof c->name, "c%d", i);
            json_object_set_new(columns, c->name,
                                json_pack("{so}", "type",
                                          random_type(&w->rng, c)));
        }
        json_object_set_new(tables, names[t],
                            json_pack("{sbso}", "isRoot", 1, "columns",
                                      columns));
    }
    json_t *json = json_pack("{ssssso}", "name", "T", "version", "1.0.0",
                             "tables", tables);
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    assert_null(err);
    json_decref(json);
    return db_create(schema);
}

static json_t *
random_op(struct world *w)
{
    struct rng *r = &w->rng;
    int t = (int)rng_below(r, N_TABLES);
    json_t *row = json_object();
    for (int i = 0; i < N_COLUMNS; i++) {
        if (!rng_below(r, 3)) {
            const struct column *c = &w->columns[t][i];
            json_object_set_new(row, c->name, random_value(r, c));
        }
    }
    json_t *where = json_array();
    if (rng_below(r, 8)) {
        json_array_append_new(where, random_clause(w, t));
    }
    size_t n = hmap_count(&w->db->tables[t].rows);
    if (n < N_ROWS && rng_below(r, 3)) {
        json_decref(where);
        return json_pack("{ssssso}", "op", "insert", "table", names[t], "row",
                         row);
    }
    if (!rng_below(r, 4)) {
        json_decref(row);
        return json_pack("{ssssso}", "op", "delete", "table", names[t],
                         "where", where);
    }
    return json_pack("{sssssoso}", "op", "update", "table", names[t], "where",
                     where, "row", row);
}

/* One to three operations; those that are refused change nothing. */
static void
random_txn(struct world *w)
{
    json_t *params = json_pack("[s]", "T");
    for (size_t n = 1 + rng_below(&w->rng, 3); n; n--) {
        json_array_append_new(params, random_op(w));
    }
    struct exec_env env = { .db = w->db };
    struct exec_wait wait;
    json_decref(exec_transaction(&env, params, &wait));
    json_decref(params);
}

/* Copies. */

static char *
text_of(const json_t *json)
{
    return json_to_text(json, JSON_STYLE_SORT);
}

/* {TEXT: TEXT} of a value; a set's texts stand for nothing. */
static json_t *
canonical(const json_t *value)
{
    const char *tag = json_string_value(json_array_get(value, 0));
    json_t *out = json_object();
    if (!tag || !strcmp(tag, "uuid")) {
        char *text = text_of(value);
        json_object_set_new(out, text, json_string(""));
        free(text);
        return out;
    }
    size_t i;
    json_t *element;
    json_array_foreach (json_array_get(value, 1), i, element) {
        bool is_map = !strcmp(tag, "map");
        char *key = text_of(is_map ? json_array_get(element, 0) : element);
        char *data = is_map ? text_of(json_array_get(element, 1))
                            : xstrdup("");
        json_object_set_new(out, key, json_string(data));
        free(key);
        free(data);
    }
    return out;
}

/* [ovsdb-server(7) 4.1.14] */
static json_t *
apply_diff(enum shape shape, json_t *old, const json_t *diff)
{
    json_t *change = canonical(diff);
    if (shape == ONE || shape == OPTIONAL) {
        json_t *new = json_object();
        const char *key;
        json_t *data;
        json_object_foreach (change, key, data) {
            /* What an optional column had and is told again, is gone. */
            if (shape == ONE || !json_object_get(old, key)) {
                json_object_set(new, key, data);
            }
        }
        json_decref(change);
        return new;
    }
    json_t *new = json_copy(old);
    const char *key;
    json_t *data;
    json_object_foreach (change, key, data) {
        if (json_equal(json_object_get(old, key), data)) {
            json_object_del(new, key);
        } else {
            json_object_set(new, key, data);
        }
    }
    json_decref(change);
    return new;
}

static const struct column *
find_column(const struct world *w, const char *table, const char *name)
{
    static const struct column version = { "_version", 4, ONE };
    for (int i = 0; i < N_COLUMNS; i++) {
        const struct column *c = &w->columns[table[0] - 'A'][i];
        if (!strcmp(c->name, name)) {
            return c;
        }
    }
    return &version;
}

/* A row of a first copy or an insert: what is left out has its default. */
static json_t *
whole_row(const struct world *w, const struct watch *watch, const char *table,
          const json_t *row)
{
    const json_t *request
        = json_array_get(json_object_get(watch->requests, table), 0);
    json_t *out = json_object();
    size_t i;
    json_t *name;
    json_array_foreach (json_object_get(request, "columns"), i, name) {
        const char *column = json_string_value(name);
        const struct column *c = find_column(w, table, column);
        const json_t *value = json_object_get(row, column);
        json_t *now = value ? canonical(value) : json_object();
        if (!value && c->shape == ONE) {
            json_object_set_new(now, defaults[c->type], json_string(""));
        }
        json_object_set_new(out, column, now);
    }
    return out;
}

static void
apply_row(const struct world *w, const struct watch *watch, json_t *rows,
          const char *table, const char *uuid, const json_t *change)
{
    const json_t *row;
    bool there = json_object_get(rows, uuid) != NULL;
    if ((row = json_object_get(change, "initial"))
        || (row = json_object_get(change, "insert"))) {
        assert_false(there);
        json_object_set_new(rows, uuid, whole_row(w, watch, table, row));
    } else if ((row = json_object_get(change, "modify"))) {
        json_t *now = json_object_get(rows, uuid);
        assert_true(there && json_object_size(row));
        const char *name;
        json_t *diff;
        json_object_foreach ((json_t *)(uintptr_t)row, name, diff) {
            json_object_set_new(
                now, name,
                apply_diff(find_column(w, table, name)->shape,
                           json_object_get(now, name), diff));
        }
    } else if ((row = json_object_get(change, "new"))) {
        assert_int_equal(there, json_object_get(change, "old") != NULL);
        json_object_set_new(rows, uuid, whole_row(w, watch, table, row));
    } else { /* "delete", or "old" alone. */
        assert_true(there && json_object_size(change) == 1);
        json_object_del(rows, uuid);
    }
}

static void
apply(const struct world *w, const struct watch *watch, struct copy *copy,
      const struct blob *text)
{
    char *error;
    json_t *updates = json_parse(text->data, text->len, &error);
    assert_non_null(updates);
    const char *table, *uuid;
    json_t *rows, *change;
    json_object_foreach (updates, table, rows) {
        json_t *mine = json_object_get(copy->tables, table);
        if (!mine) {
            mine = json_object();
            json_object_set_new(copy->tables, table, mine);
        }
        json_object_foreach (rows, uuid, change) {
            apply_row(w, watch, mine, table, uuid, change);
        }
    }
    json_decref(updates);
    copy->last = *monitors_last_id(&w->ms);
}

static bool
row_matches(const struct db_table *t, const json_t *where,
            const struct ovsdb_datum *row)
{
    struct ovsdb_cond cond;
    if (!json_array_size(where)) {
        return true;
    }
    struct ovsdb_err *err
        = ovsdb_cond_from_json(&cond, t->schema, where, NULL);
    assert_null(err);
    bool holds = false;
    for (size_t i = 0; i < cond.n; i++) {
        holds |= ovsdb_clause_holds(&cond.clauses[i], row);
    }
    ovsdb_cond_fini(&cond);
    return holds;
}

/* What the copy of a table must be. */
static json_t *
expected(const struct world *w, const json_t *request,
         const struct db_table *t)
{
    struct db_view view = DB_VIEW_INIT;
    json_t *rows = json_object();
    HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
        const struct ovsdb_datum *d = db_row_read(row, &view);
        if (!row_matches(t, json_object_get(request, "where"), d)) {
            continue;
        }
        char uuid[UUID_TEXT_LEN + 1];
        snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(db_row_uuid(row)));
        json_t *out = json_object();
        size_t i;
        json_t *name;
        json_array_foreach (json_object_get(request, "columns"), i, name) {
            const struct ovsdb_column *c = ovsdb_table_schema_column(
                t->schema, json_string_value(name));
            json_t *value = ovsdb_datum_to_json(&d[c->idx], &c->type);
            json_object_set_new(out, c->name, canonical(value));
            json_decref(value);
        }
        json_object_set_new(rows, uuid, out);
    }
    db_view_fini(&view);
    (void)w;
    return rows;
}

static void
check_copy(const struct world *w, const struct watch *watch,
           const struct copy *copy)
{
    const char *table;
    json_t *request;
    json_object_foreach (watch->requests, table, request) {
        json_t *want = expected(w, json_array_get(request, 0),
                                db_get_table(w->db, table));
        json_t *empty = json_object();
        const json_t *is = json_object_get(copy->tables, table);
        if (!json_equal(is ? is : empty, want)) {
            fail_msg("%s, asked %s:\nis   %s\nmust %s", table,
                     text_of(watch->requests), text_of(is), text_of(want));
        }
        json_decref(empty);
        json_decref(want);
    }
}

/* Monitors. */

static void
on_update(struct monitor *m, struct blob *text)
{
    struct watch *watch = m->owner;
    struct world *w = CONTAINER_OF(monitor_home(m), struct world, ms);
    watch->n_told++;
    apply(w, watch, &watch->now, text);
}

static void
copy_clear(struct copy *copy)
{
    json_decref(copy->tables);
    *copy = (struct copy){ .tables = json_object() };
}

static void
watch_end(struct watch *watch)
{
    if (watch->m) {
        monitor_destroy(&watch->m);
        json_decref(watch->requests);
        json_decref(watch->now.tables);
        json_decref(watch->past.tables);
    }
}

/* At times two ask the same, and so share a group. */
static void
watch_start(struct world *w, int i)
{
    struct watch *watch = &w->watches[i];
    const struct watch *other = &w->watches[(i + 1) % N_MONITORS];
    enum monitor_method method = (enum monitor_method)rng_below(&w->rng, 3);
    watch_end(watch);
    *watch = (struct watch){ .now = { json_object(), { { 0 } } } };
    bool same = other->m && !rng_below(&w->rng, 3)
                && (other->m->method == MONITOR_PLAIN)
                       == (method == MONITOR_PLAIN);
    watch->requests = same ? json_deep_copy(other->requests)
                           : random_requests(w, method != MONITOR_PLAIN);
    json_t *asked = json_deep_copy(watch->requests); /* Ours may change. */
    struct ovsdb_err *err = monitor_create(&w->ms, method, "1", asked, watch,
                                           &watch->m);
    assert_null(err);
    json_decref(asked);
    struct blob *first = monitor_initial(watch->m);
    apply(w, watch, &watch->now, first);
    blob_unref(&first);
    w->n_done++;
}

static void
watch_change(struct world *w, struct watch *watch)
{
    json_t *changes = json_object();
    const char *table;
    json_t *request;
    json_object_foreach (watch->requests, table, request) {
        if (rng_below(&w->rng, 2)) {
            json_t *where = random_where(w, table[0] - 'A');
            json_object_set_new(changes, table,
                                json_pack("[{sO}]", "where", where));
            json_object_set_new(json_array_get(request, 0), "where", where);
        }
    }
    struct str text = STR_INIT;
    struct ovsdb_err *err = monitor_change(watch->m, "2", changes, &text);
    assert_null(err);
    struct blob *b = blob_take_str(&text);
    apply(w, watch, &watch->now, b);
    blob_unref(&b);
    json_decref(changes);
    copy_clear(&watch->past); /* Was for other conditions. */
}

/* Keeps the copy for later, or has it told what it missed. */
static void
watch_come_back(struct world *w, struct watch *watch)
{
    if (!watch->past.tables || !json_object_size(watch->past.tables)) {
        json_decref(watch->past.tables);
        watch->past = (struct copy){ json_deep_copy(watch->now.tables),
                                     watch->now.last };
        return;
    }
    struct blob *missed = monitor_since(watch->m, &watch->past.last);
    assert_non_null(missed);
    apply(w, watch, &watch->past, missed);
    blob_unref(&missed);
    check_copy(w, watch, &watch->past);
}

static void
run_world(uint64_t seed)
{
    struct world w = { .n_done = 0 };
    rng_seed(&w.rng, seed);
    w.loop = loop_create();
    w.db = random_db(&w);
    monitors_init(&w.ms, w.loop, w.db, on_update);
    w.ms.history.on = true;
    for (int step = 0; step < N_STEPS; step++) {
        int i = (int)rng_below(&w.rng, N_MONITORS);
        struct watch *watch = &w.watches[i];
        size_t what = rng_below(&w.rng, 10);
        if (!watch->m || what == 0) {
            watch_start(&w, i);
        } else if (what == 1 && watch->m->method != MONITOR_PLAIN) {
            watch_change(&w, watch);
        } else if (what == 2 && watch->m->method != MONITOR_PLAIN) {
            watch_come_back(&w, watch);
        }
        random_txn(&w);
        for (i = 0; i < N_MONITORS; i++) {
            if (w.watches[i].m) {
                check_copy(&w, &w.watches[i], &w.watches[i].now);
            }
        }
    }
    for (int i = 0; i < N_MONITORS; i++) {
        watch_end(&w.watches[i]);
    }
    assert_int_equal(w.ms.n, 0);
    monitors_fini(&w.ms);
    db_destroy(&w.db);
    loop_destroy(&w.loop);
}

static void
test_replay(void **state UNUSED)
{
    const char *more = getenv("SEEDS");
    uint64_t n = more ? strtoull(more, NULL, 10) : 150;
    for (uint64_t seed = 1; seed <= n; seed++) {
        run_world(seed);
    }
}

/* The bound of the history: who missed more is told all. */
static void
test_history_bound(void **state UNUSED)
{
    struct world w = { .n_done = 0 };
    rng_seed(&w.rng, 1);
    w.loop = loop_create();
    w.db = fixture_db();
    monitors_init(&w.ms, w.loop, w.db, on_update);
    w.ms.history.on = true;
    json_decref(fixture_run(w.db, "{'op':'insert','table':'A','row':{}}"));
    struct uuid first = *monitors_last_id(&w.ms), last;
    struct hmap rows;
    for (int i = 0; i <= MONITOR_HISTORY_TXNS; i++) {
        last = *monitors_last_id(&w.ms);
        assert_true(history_since(&w.ms.history, w.db, &first, &rows));
        assert_int_equal(hmap_count(&rows), i > 0);
        past_rows_fini(&rows);
        char *op = xasprintf("{'op':'update','table':'A','where':[],"
                             "'row':{'x':%d}}", i + 1);
        json_decref(fixture_run(w.db, op));
        free(op);
    }
    assert_false(history_since(&w.ms.history, w.db, &first, &rows));
    past_rows_fini(&rows);
    assert_true(history_since(&w.ms.history, w.db, &last, &rows));
    past_rows_fini(&rows);
    assert_int_equal(w.ms.history.n, MONITOR_HISTORY_TXNS);

    /* Large rows: the bound in bytes comes first. */
    char *text = xmalloc(1024 * 1024 + 1);
    memset(text, 'x', 1024 * 1024);
    text[1024 * 1024] = '\0';
    for (int i = 0; i < 40; i++) {
        text[0] = (char)('a' + i % 26);
        char *op = xasprintf("{'op':'update','table':'A','where':[],"
                             "'row':{'eph':'%s'}}", text);
        json_decref(fixture_run(w.db, op));
        free(op);
    }
    free(text);
    assert_true(w.ms.history.n_bytes <= MONITOR_HISTORY_BYTES);
    assert_in_range(w.ms.history.n, 10, 20);
    monitors_forget_history(&w.ms);
    assert_int_equal(w.ms.history.n_bytes, 0);
    assert_false(uuid_eq(monitors_last_id(&w.ms), &last));
    monitors_fini(&w.ms);
    db_destroy(&w.db);
    loop_destroy(&w.loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_history_bound),
    };
    return cmocka_run_group_tests_name("ovsdb_monitor", tests, NULL, NULL);
}
