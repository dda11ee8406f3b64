/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/schema.h"

#include <ctype.h>
#include <unistd.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/parse.h"

bool
ovsdb_is_id(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_') {
        return false;
    }
    while (isalnum((unsigned char)*s) || *s == '_') {
        s++;
    }
    return !*s;
}

bool
ovsdb_is_version(const char *s)
{
    for (int part = 0; part < 3; part++) {
        if (part && *s++ != '.') {
            return false;
        }
        size_t n = strspn(s, "0123456789");
        if (!n) {
            return false;
        }
        s += n;
    }
    return !*s;
}

struct ovsdb_column *
ovsdb_column_create(const char *name, bool is_mutable, bool persistent,
                    struct ovsdb_type *type)
{
    struct ovsdb_column *c = xzalloc(sizeof *c);
    c->name = xstrdup(name);
    c->is_mutable = is_mutable;
    c->persistent = persistent;
    c->type = *type;
    return c;
}

void
ovsdb_column_destroy(struct ovsdb_column *c)
{
    if (c) {
        ovsdb_type_fini(&c->type);
        free(c->name);
        free(c);
    }
}

static void
table_add_column(struct ovsdb_table_schema *ts, struct ovsdb_column *c)
{
    c->idx = ts->n_columns++;
    ts->columns = xrealloc(ts->columns, ts->n_columns * sizeof *ts->columns);
    ts->columns[c->idx] = c;
    shash_add(&ts->column_by_name, c->name, c);
}

static struct ovsdb_table_schema *
table_create(const char *name)
{
    struct ovsdb_table_schema *ts = xzalloc(sizeof *ts);
    ts->name = xstrdup(name);
    ts->is_mutable = true;
    ts->max_rows = UINT_MAX;
    shash_init(&ts->column_by_name);

    struct ovsdb_type type;
    ovsdb_type_init_scalar(&type, OVSDB_UUID);
    table_add_column(ts, ovsdb_column_create("_uuid", false, true, &type));
    table_add_column(ts, ovsdb_column_create("_version", false, false, &type));
    return ts;
}

static void
table_destroy(struct ovsdb_table_schema *ts)
{
    if (!ts) {
        return;
    }
    for (size_t i = 0; i < ts->n_indexes; i++) {
        ovsdb_column_set_fini(&ts->indexes[i]);
    }
    free(ts->indexes);
    for (size_t i = 0; i < ts->n_columns; i++) {
        ovsdb_column_destroy(ts->columns[i]);
    }
    free(ts->columns);
    shash_fini(&ts->column_by_name);
    free(ts->name);
    free(ts);
}

static bool
get_bool(struct ovsdb_members *m, const char *name, bool def)
{
    const json_t *j = ovsdb_members_get(m, name, OVSDB_JSON_BOOLEAN, true);
    return j ? json_is_true(j) : def;
}

static struct ovsdb_err *
column_from_json(const json_t *json, const char *name,
                 struct ovsdb_column **column)
{
    struct ovsdb_members m;
    struct ovsdb_type type;

    ovsdb_members_init(&m, json, "column schema");
    bool is_mutable = get_bool(&m, "mutable", true);
    bool ephemeral = get_bool(&m, "ephemeral", false);
    const json_t *type_json =
        ovsdb_members_get(&m, "type", OVSDB_JSON_ANY, false);
    struct ovsdb_err *err = ovsdb_members_finish(&m);
    if (!err) {
        err = ovsdb_type_from_json(&type, type_json);
    }
    if (err) {
        return err;
    }
    /* Deletion of the row they point at changes weak references, so a
     * column of them is always mutable [ovsdb-server(7) 3.2]. */
    if (ovsdb_base_is_weak_ref(&type.key)
        || ovsdb_base_is_weak_ref(&type.value)) {
        is_mutable = true;
    }
    /* The rows that a strong reference keeps would be lost with it. */
    if (ovsdb_base_is_strong_ref(&type.key)
        || ovsdb_base_is_strong_ref(&type.value)) {
        ephemeral = false;
    }
    *column = ovsdb_column_create(name, is_mutable, !ephemeral, &type);
    return NULL;
}

static struct ovsdb_err *
table_get_columns(struct ovsdb_table_schema *ts, const json_t *columns)
{
    if (!json_object_size(columns)) {
        return ovsdb_err_at(columns, OVSDB_E_SYNTAX,
                            "table must have at least one column");
    }
    struct json_t *j = (json_t *)(uintptr_t)columns;
    for (void *it = json_object_iter(j); it;
         it = json_object_iter_next(j, it)) {
        const char *name = json_object_iter_key(it);
        if (name[0] == '_' || !ovsdb_is_id(name)) {
            return ovsdb_err_at(columns, OVSDB_E_SYNTAX,
                                "\"%s\" is not a name for a column", name);
        }
        struct ovsdb_column *c;
        struct ovsdb_err *err =
            column_from_json(json_object_iter_value(it), name, &c);
        if (err) {
            return ovsdb_err_wrap(err, "column \"%s\"", name);
        }
        table_add_column(ts, c);
    }
    return NULL;
}

static struct ovsdb_err *
table_get_indexes(struct ovsdb_table_schema *ts, const json_t *indexes)
{
    size_t n = json_array_size(indexes);
    ts->indexes = xcalloc(n + 1, sizeof *ts->indexes);
    for (size_t i = 0; i < n; i++) {
        const json_t *j = json_array_get(indexes, i);
        struct ovsdb_column_set *index = &ts->indexes[i];
        ovsdb_column_set_init(index);
        ts->n_indexes++;
        struct ovsdb_err *err = ovsdb_column_set_from_json(index, j, ts);
        if (err) {
            return ovsdb_err_wrap(err, "index");
        }
        if (!index->n) {
            return ovsdb_err_at(j, OVSDB_E_SYNTAX,
                                "index must have at least one column");
        }
        for (size_t k = 0; k < index->n; k++) {
            if (!index->columns[k]->persistent) {
                return ovsdb_err_at(j, OVSDB_E_SYNTAX, "ephemeral columns "
                                    "(such as %s) may not be indexed",
                                    index->columns[k]->name);
            }
        }
    }
    return NULL;
}

static struct ovsdb_err *
table_from_json(struct ovsdb_table_schema *ts, const json_t *json)
{
    struct ovsdb_members m;
    ovsdb_members_init(&m, json, "table schema");
    const json_t *columns =
        ovsdb_members_get(&m, "columns", OVSDB_JSON_OBJECT, false);
    ts->is_mutable = get_bool(&m, "mutable", true);
    const json_t *max_rows =
        ovsdb_members_get(&m, "maxRows", OVSDB_JSON_INTEGER, true);
    ts->is_root = get_bool(&m, "isRoot", false);
    const json_t *indexes =
        ovsdb_members_get(&m, "indexes", OVSDB_JSON_ARRAY, true);
    if (max_rows) {
        if (json_integer_value(max_rows) <= 0) {
            ovsdb_members_fail(&m, "maxRows must be at least 1");
        } else if (json_integer_value(max_rows) < UINT_MAX) {
            ts->max_rows = (unsigned int)json_integer_value(max_rows);
        }
    }
    struct ovsdb_err *err = ovsdb_members_finish(&m);
    if (!err) {
        err = table_get_columns(ts, columns);
    }
    if (!err && indexes) {
        err = table_get_indexes(ts, indexes);
    }
    return err;
}

static struct ovsdb_err *
schema_get_tables(struct ovsdb_schema *s, const json_t *tables)
{
    s->tables = xcalloc(json_object_size(tables) + 1, sizeof *s->tables);
    struct json_t *j = (json_t *)(uintptr_t)tables;
    for (void *it = json_object_iter(j); it;
         it = json_object_iter_next(j, it)) {
        const char *name = json_object_iter_key(it);
        if (name[0] == '_' || !ovsdb_is_id(name)) {
            return ovsdb_err_at(tables, OVSDB_E_SYNTAX,
                                "\"%s\" is not a name for a table", name);
        }
        struct ovsdb_table_schema *ts = table_create(name);
        ts->idx = s->n_tables;
        s->tables[s->n_tables++] = ts;
        shash_add(&s->table_by_name, ts->name, ts);
        struct ovsdb_err *err =
            table_from_json(ts, json_object_iter_value(it));
        if (err) {
            return ovsdb_err_wrap(err, "table \"%s\"", name);
        }
    }
    return NULL;
}

static struct ovsdb_err *
resolve_ref(struct ovsdb_schema *s, const struct ovsdb_table_schema *ts,
            const struct ovsdb_column *c, struct ovsdb_base *base)
{
    if (!ovsdb_base_is_ref(base)) {
        return NULL;
    }
    base->u.uuid.ref = ovsdb_schema_table(s, base->u.uuid.ref_table);
    if (base->u.uuid.ref) {
        return NULL;
    }
    return ovsdb_err_create(OVSDB_E_SYNTAX, "table %s column %s refers to "
                            "undefined table %s", ts->name, c->name,
                            base->u.uuid.ref_table);
}

static struct ovsdb_err *
resolve_refs(struct ovsdb_schema *s)
{
    size_t n_roots = 0;
    struct ovsdb_err *err = NULL;
    for (size_t i = 0; i < s->n_tables; i++) {
        struct ovsdb_table_schema *ts = s->tables[i];
        n_roots += ts->is_root;
        for (size_t j = 0; j < ts->n_columns && !err; j++) {
            struct ovsdb_column *c = ts->columns[j];
            err = resolve_ref(s, ts, c, &c->type.key);
            if (!err) {
                err = resolve_ref(s, ts, c, &c->type.value);
            }
        }
    }
    /* Schemas older than "isRoot" mean every table to be one. */
    for (size_t i = 0; !n_roots && i < s->n_tables; i++) {
        s->tables[i]->is_root = true;
    }
    return err;
}

struct ovsdb_err *
ovsdb_schema_from_json(const json_t *json, struct ovsdb_schema **schema)
{
    struct ovsdb_members m;

    *schema = NULL;
    ovsdb_members_init(&m, json, "database schema");
    const json_t *name = ovsdb_members_get(&m, "name", OVSDB_JSON_ID, false);
    const json_t *version =
        ovsdb_members_get(&m, "version", OVSDB_JSON_STRING, true);
    const json_t *cksum =
        ovsdb_members_get(&m, "cksum", OVSDB_JSON_STRING, true);
    const json_t *tables =
        ovsdb_members_get(&m, "tables", OVSDB_JSON_OBJECT, false);
    if (version && !ovsdb_is_version(json_string_value(version))) {
        ovsdb_members_fail(&m, "schema version \"%s\" not in format x.y.z",
                           json_string_value(version));
    }
    struct ovsdb_err *err = ovsdb_members_finish(&m);
    if (err) {
        return err;
    }

    struct ovsdb_schema *s = xzalloc(sizeof *s);
    s->name = xstrdup(json_string_value(name));
    s->version = xstrdup(version ? json_string_value(version) : "");
    s->cksum = xstrdup(cksum ? json_string_value(cksum) : "");
    shash_init(&s->table_by_name);
    err = schema_get_tables(s, tables);
    if (!err) {
        err = resolve_refs(s);
    }
    if (err) {
        ovsdb_schema_destroy(&s);
    }
    *schema = s;
    return err;
}

/* 'error' is that of json_parse_file(), which begins with the path. */
static struct ovsdb_err *
unreadable(const char *path, const char *error)
{
    const char *why = error + strlen(path) + 2;
    bool is_there = !strcmp(path, "-") || !access(path, F_OK);
    return is_there ? ovsdb_err_create("failed to read schema", "\"%s\" could "
                                       "not be read as JSON (%s)", path, why)
                    : ovsdb_err_create("failed to read schema", "\"%s\" could "
                                       "not be read as JSON (error opening "
                                       "\"%s\": %s)", path, path, why);
}

struct ovsdb_err *
ovsdb_schema_from_file(const char *path, struct ovsdb_schema **schema)
{
    char *error;
    json_t *json = json_parse_file(path, &error);
    *schema = NULL;
    if (!json) {
        struct ovsdb_err *bad = unreadable(path, error);
        free(error);
        return bad;
    }
    struct ovsdb_err *err = ovsdb_schema_from_json(json, schema);
    json_decref(json);
    return ovsdb_err_wrap(err, "failed to parse \"%s\" as ovsdb schema",
                          path);
}

void
ovsdb_schema_destroy(struct ovsdb_schema **schema)
{
    struct ovsdb_schema *s = *schema;
    if (!s) {
        return;
    }
    for (size_t i = 0; i < s->n_tables; i++) {
        table_destroy(s->tables[i]);
    }
    free(s->tables);
    shash_fini(&s->table_by_name);
    free(s->name);
    free(s->version);
    free(s->cksum);
    free(s);
    *schema = NULL;
}

struct ovsdb_schema *
ovsdb_schema_clone(const struct ovsdb_schema *src)
{
    struct ovsdb_schema *dst;
    json_t *json = ovsdb_schema_to_json(src);
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &dst);
    ASSERT(!err);
    json_decref(json);
    return dst;
}

json_t *
ovsdb_column_to_json(const struct ovsdb_column *c)
{
    json_t *json = json_object();
    json_object_set_new(json, "type", ovsdb_type_to_json(&c->type));
    if (!c->is_mutable) {
        json_object_set_new(json, "mutable", json_false());
    }
    if (!c->persistent) {
        json_object_set_new(json, "ephemeral", json_true());
    }
    return json;
}

json_t *
ovsdb_table_schema_to_json(const struct ovsdb_table_schema *ts,
                           bool default_is_root)
{
    json_t *columns = json_object();
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        json_object_set_new(columns, ts->columns[i]->name,
                            ovsdb_column_to_json(ts->columns[i]));
    }
    json_t *json = json_object();
    json_object_set_new(json, "columns", columns);
    if (!ts->is_mutable) {
        json_object_set_new(json, "mutable", json_false());
    }
    if (ts->max_rows != UINT_MAX) {
        json_object_set_new(json, "maxRows", json_integer(ts->max_rows));
    }
    if (ts->is_root != default_is_root) {
        json_object_set_new(json, "isRoot", json_boolean(ts->is_root));
    }
    if (ts->n_indexes) {
        json_t *indexes = json_array();
        for (size_t i = 0; i < ts->n_indexes; i++) {
            json_array_append_new(indexes,
                                  ovsdb_column_set_to_json(&ts->indexes[i]));
        }
        json_object_set_new(json, "indexes", indexes);
    }
    return json;
}

json_t *
ovsdb_schema_to_json(const struct ovsdb_schema *s)
{
    /* If all tables are roots the schema may be one that knows no "isRoot";
     * leaving it out then keeps its text as it was. */
    bool all_roots = true;
    for (size_t i = 0; i < s->n_tables; i++) {
        all_roots &= s->tables[i]->is_root;
    }
    json_t *tables = json_object();
    for (size_t i = 0; i < s->n_tables; i++) {
        json_object_set_new(tables, s->tables[i]->name,
                            ovsdb_table_schema_to_json(s->tables[i],
                                                       all_roots));
    }
    json_t *json = json_object();
    json_object_set_new(json, "name", json_string(s->name));
    if (s->version[0]) {
        json_object_set_new(json, "version", json_string(s->version));
    }
    if (s->cksum[0]) {
        json_object_set_new(json, "cksum", json_string(s->cksum));
    }
    json_object_set_new(json, "tables", tables);
    return json;
}

bool
ovsdb_schema_eq(const struct ovsdb_schema *a, const struct ovsdb_schema *b)
{
    json_t *ja = ovsdb_schema_to_json(a);
    json_t *jb = ovsdb_schema_to_json(b);
    bool eq = json_equal(ja, jb);
    json_decref(ja);
    json_decref(jb);
    return eq;
}

const struct ovsdb_table_schema *
ovsdb_schema_table(const struct ovsdb_schema *s, const char *name)
{
    return shash_get(&s->table_by_name, name);
}

const struct ovsdb_column *
ovsdb_table_schema_column(const struct ovsdb_table_schema *ts,
                          const char *name)
{
    return shash_get(&ts->column_by_name, name);
}

struct ovsdb_err *
ovsdb_schema_find_table(const struct ovsdb_schema *s, const char *name,
                        const struct ovsdb_table_schema **ts)
{
    *ts = ovsdb_schema_table(s, name);
    return *ts ? NULL
               : ovsdb_err_create(OVSDB_E_UNKNOWN_TABLE,
                                  "no table named %s", name);
}

struct ovsdb_err *
ovsdb_table_schema_find_column(const struct ovsdb_table_schema *ts,
                               const char *name,
                               const struct ovsdb_column **column)
{
    *column = ovsdb_table_schema_column(ts, name);
    return *column ? NULL
                   : ovsdb_err_create(OVSDB_E_UNKNOWN_COLUMN,
                                      "no column %s in table %s", name,
                                      ts->name);
}

struct ovsdb_err *
ovsdb_column_datum_from_json(const struct ovsdb_table_schema *ts,
                             const struct ovsdb_column *c, const json_t *json,
                             struct ovsdb_symtab *symtab,
                             struct ovsdb_datum *datum)
{
    return ovsdb_err_wrap(ovsdb_datum_from_json(datum, &c->type, json, symtab),
                          "table %s column %s", ts->name, c->name);
}

void
ovsdb_column_set_init(struct ovsdb_column_set *set)
{
    *set = (struct ovsdb_column_set){ NULL, 0, 0 };
}

void
ovsdb_column_set_fini(struct ovsdb_column_set *set)
{
    free(set->columns);
    ovsdb_column_set_init(set);
}

void
ovsdb_column_set_add(struct ovsdb_column_set *set,
                     const struct ovsdb_column *column)
{
    if (set->n >= set->capacity) {
        set->columns = x2nrealloc(set->columns, &set->capacity,
                                  sizeof *set->columns);
    }
    set->columns[set->n++] = column;
}

bool
ovsdb_column_set_contains(const struct ovsdb_column_set *set,
                          const struct ovsdb_column *column)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->columns[i] == column) {
            return true;
        }
    }
    return false;
}

void
ovsdb_column_set_add_all(struct ovsdb_column_set *set,
                         const struct ovsdb_table_schema *ts)
{
    for (size_t i = 0; i < ts->n_columns; i++) {
        ovsdb_column_set_add(set, ts->columns[i]);
    }
}

static struct ovsdb_err *
column_set_parse(struct ovsdb_column_set *set, const json_t *json,
                 const struct ovsdb_table_schema *ts)
{
    if (!json_is_array(json)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "array of distinct column names expected");
    }
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *name = json_string_value(json_array_get(json, i));
        if (!name) {
            return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                                "array of distinct column names expected");
        }
        const struct ovsdb_column *c = ovsdb_table_schema_column(ts, name);
        if (!c) {
            return ovsdb_err_at(json, OVSDB_E_SYNTAX, "%s is not a valid "
                                "column name in table %s", name, ts->name);
        }
        if (ovsdb_column_set_contains(set, c)) {
            return ovsdb_err_at(json, OVSDB_E_SYNTAX, "array of distinct "
                                "column names expected, and %s is named twice",
                                name);
        }
        ovsdb_column_set_add(set, c);
    }
    return NULL;
}

struct ovsdb_err *
ovsdb_column_set_from_json(struct ovsdb_column_set *set, const json_t *json,
                           const struct ovsdb_table_schema *ts)
{
    ovsdb_column_set_init(set);
    if (!json) {
        ovsdb_column_set_add_all(set, ts);
        return NULL;
    }
    struct ovsdb_err *err = column_set_parse(set, json, ts);
    if (err) {
        ovsdb_column_set_fini(set);
    }
    return err;
}

json_t *
ovsdb_column_set_to_json(const struct ovsdb_column_set *set)
{
    json_t *json = json_array();
    for (size_t i = 0; i < set->n; i++) {
        json_array_append_new(json, json_string(set->columns[i]->name));
    }
    return json;
}
