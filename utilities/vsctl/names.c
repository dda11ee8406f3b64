/* SPDX-License-Identifier: Apache-2.0 */
#include "utilities/vsctl/names.h"

#include <ctype.h>
#include <strings.h>

#include "lib/base/hash.h"
#include "lib/base/mem.h"

/* The ways to name a record: by a column of its own, or by the column 'via'
 * of the row of another table that has the name. */
struct name_row {
    size_t table;
    size_t name_table, name_column;
    size_t via; /* Column of name_table that refers; VSCTL_COL_UUID: none. */
};

#define OWN(TABLE, COLUMN)                                                    \
    { VREC_TABLE_##TABLE, VREC_TABLE_##TABLE, VREC_##TABLE##_COL_##COLUMN,    \
      VSCTL_COL_UUID }
#define VIA(TABLE, OTHER, COLUMN)                                             \
    { VREC_TABLE_##TABLE, VREC_TABLE_##OTHER, VREC_##OTHER##_COL_NAME,        \
      VREC_##OTHER##_COL_##COLUMN }

static const struct name_row name_rows[] = {
    VIA(AUTOATTACH, BRIDGE, AUTO_ATTACH),
    OWN(BRIDGE, NAME),
    VIA(CONTROLLER, BRIDGE, CONTROLLER),
    OWN(FLOW_SAMPLE_COLLECTOR_SET, ID),
    OWN(FLOW_TABLE, NAME),
    VIA(IPFIX, BRIDGE, IPFIX),
    OWN(INTERFACE, NAME),
    OWN(MANAGER, TARGET),
    OWN(MIRROR, NAME),
    VIA(NETFLOW, BRIDGE, NETFLOW),
    OWN(PORT, NAME),
    VIA(QOS, PORT, QOS),
    VIA(SFLOW, BRIDGE, SFLOW),
};

/* Tables that have at most one row, which may be called ".". */
static bool
has_dot(size_t table)
{
    return vrec_class.tables[table].is_singleton;
}

/* One record under one of its names; may be out of date. */
struct name_entry {
    struct hmap_node node;
    struct uuid uuid;
};

struct vsctl_names {
    struct hmap by_name[VREC_N_TABLES];
    bool filled[VREC_N_TABLES];
};

struct vsctl_names *
vsctl_names_create(void)
{
    struct vsctl_names *names = xzalloc(sizeof *names);
    for (size_t i = 0; i < VREC_N_TABLES; i++) {
        hmap_init(&names->by_name[i]);
    }
    return names;
}

void
vsctl_names_destroy(struct vsctl_names **names)
{
    if (!*names) {
        return;
    }
    for (size_t i = 0; i < VREC_N_TABLES; i++) {
        HMAP_FOR_EACH_SAFE (struct name_entry, e, node,
                            &(*names)->by_name[i]) {
            free(e);
        }
        hmap_fini(&(*names)->by_name[i]);
    }
    free(*names);
    *names = NULL;
}

/* How well 'typed' names 'name': 0 not, 1 as a beginning, 2 fully. */
static int
match_score(const char *name, const char *typed)
{
    if (!*typed) {
        return 0;
    }
    for (; *typed; name++, typed++) {
        char c = *typed == '-' ? '_' : (char)tolower((unsigned char)*typed);
        if (tolower((unsigned char)*name) != c) {
            return 0;
        }
    }
    return *name ? 1 : 2;
}

const char *
vsctl_table_name(size_t table)
{
    return vrec_class.tables[table].name;
}

size_t
vsctl_find_table(const char *typed)
{
    struct str several = STR_INIT;
    size_t found = SIZE_MAX;
    int n = 0;
    for (size_t i = 0; i < VREC_N_TABLES; i++) {
        int score = match_score(vsctl_table_name(i), typed);
        if (score == 2) {
            str_fini(&several);
            return i;
        }
        if (score) {
            found = i;
            str_putf(&several, "%s%s", n++ ? ", " : "", vsctl_table_name(i));
        }
    }
    if (!n) {
        vsctl_fatal("unknown table \"%s\"", typed);
    }
    if (n > 1) {
        vsctl_fatal("\"%s\" matches multiple table names: %s", typed,
                    str_cstr(&several));
    }
    str_fini(&several);
    return found;
}

const char *
vsctl_column_name(size_t table, size_t column)
{
    return column == VSCTL_COL_UUID
               ? "_uuid"
               : vrec_class.tables[table].columns[column].name;
}

size_t
vsctl_find_column(size_t table, const char *typed)
{
    struct str several = STR_INIT;
    size_t found = VSCTL_COL_UUID;
    int n = 0;
    for (size_t k = 0; k <= vrec_class.tables[table].n_columns; k++) {
        size_t i = k < vrec_class.tables[table].n_columns ? k
                                                          : VSCTL_COL_UUID;
        const char *name = vsctl_column_name(table, i);
        int score = match_score(name, typed);
        if (score == 2) {
            str_fini(&several);
            return i;
        }
        if (score) {
            found = i;
            str_putf(&several, "%s%s", n++ ? ", " : "", name);
        }
    }
    if (!n) {
        vsctl_fatal("%s does not contain a column whose name matches \"%s\"",
                    vsctl_table_name(table), typed);
    }
    if (n > 1) {
        vsctl_fatal("%s contains more than one column whose name matches "
                    "\"%s\": %s", vsctl_table_name(table), typed,
                    str_cstr(&several));
    }
    str_fini(&several);
    return found;
}

static const struct ovsdb_type *
uuid_type(void)
{
    static const struct ovsdb_type type = {
        .key = { .type = OVSDB_UUID },
        .value = { .type = OVSDB_VOID },
        .n_min = 1,
        .n_max = 1,
    };
    return &type;
}

const struct ovsdb_type *
vsctl_column_type(const struct vsctl *v, size_t table, size_t column)
{
    return column == VSCTL_COL_UUID ? uuid_type()
                                    : idl_column_type(v->idl, table, column);
}

void
vsctl_read(const struct idl_row *row, size_t column, struct ovsdb_datum *out)
{
    if (column == VSCTL_COL_UUID) {
        ovsdb_datum_init_uuid(out, &row->uuid);
    } else {
        ovsdb_datum_clone(out, idl_read(row, column));
    }
}

static const struct name_row *
own_name(size_t table)
{
    for (size_t i = 0; i < ARRAY_SIZE(name_rows); i++) {
        if (name_rows[i].table == table
            && name_rows[i].via == VSCTL_COL_UUID) {
            return &name_rows[i];
        }
    }
    return NULL;
}

/* Does the row's column, a string or number, read as 'typed'? */
static bool
row_has_name(const struct vsctl *v, const struct idl_row *row, size_t column,
             const char *typed)
{
    const struct ovsdb_datum *d = idl_read(row, column);
    if (d->n != 1) {
        return false;
    }
    const struct ovsdb_type *type =
        idl_column_type(v->idl, idl_row_table(row), column);
    if (type->key.type == OVSDB_STRING) {
        return !strcmp(d->keys[0].s->s, typed);
    }
    int64_t x;
    return type->key.type == OVSDB_INTEGER && str_to_i64(typed, 10, &x)
           && d->keys[0].integer == x;
}

/* The hash of a name: numbers are the same however they are written. */
static uint32_t
name_hash(const char *name, enum ovsdb_atom_type type)
{
    int64_t x;
    return type == OVSDB_INTEGER && str_to_i64(name, 10, &x)
               ? hash_u64((uint64_t)x, 0)
               : hash_string(name);
}

static void
index_row(struct vsctl *v, const struct idl_row *row, size_t column)
{
    size_t table = idl_row_table(row);
    const struct ovsdb_datum *d = idl_read(row, column);
    if (d->n != 1) {
        return;
    }
    const struct ovsdb_type *type = idl_column_type(v->idl, table, column);
    struct str name = STR_INIT;
    ovsdb_atom_put_bare(&name, &d->keys[0], type->key.type);
    struct name_entry *e = xmalloc(sizeof *e);
    e->uuid = row->uuid;
    hmap_insert(&v->names->by_name[table], &e->node,
                name_hash(str_cstr(&name), type->key.type));
    str_fini(&name);
}

void
vsctl_note_name(struct vsctl *v, const struct idl_row *row)
{
    size_t table = idl_row_table(row);
    const struct name_row *nr = own_name(table);
    if (nr && v->names->filled[table]) {
        index_row(v, row, nr->name_column);
    }
}

/* The row of 'table' whose own name is 'typed'; NULL if none. */
static const struct idl_row *
find_by_own_name(struct vsctl *v, size_t table, const char *typed)
{
    const struct name_row *nr = own_name(table);
    if (!nr) {
        return NULL;
    }
    struct vsctl_names *names = v->names;
    if (!names->filled[table]) {
        names->filled[table] = true;
        for (const struct idl_row *row = idl_first(v->idl, table); row;
             row = idl_next(row)) {
            index_row(v, row, nr->name_column);
        }
    }
    const struct idl_row *found = NULL;
    uint32_t hash = name_hash(
        typed, idl_column_type(v->idl, table, nr->name_column)->key.type);
    HMAP_FOR_EACH_WITH_HASH (struct name_entry, e, node, hash,
                             &names->by_name[table]) {
        const struct idl_row *row = idl_find(v->idl, table, &e->uuid);
        if (!row || row == found
            || !row_has_name(v, row, nr->name_column, typed)) {
            continue; /* Deleted or renamed since, or there twice. */
        }
        if (found) {
            vsctl_fatal("multiple rows in %s match \"%s\"",
                        vsctl_table_name(table), typed);
        }
        found = row;
    }
    return found;
}

static const struct idl_row *
find_by_name(struct vsctl *v, size_t table, const char *typed)
{
    const struct idl_row *row = find_by_own_name(v, table, typed);
    for (size_t i = 0; !row && i < ARRAY_SIZE(name_rows); i++) {
        const struct name_row *nr = &name_rows[i];
        if (nr->table != table || nr->via == VSCTL_COL_UUID) {
            continue;
        }
        const struct idl_row *named =
            find_by_own_name(v, nr->name_table, typed);
        if (named) {
            const struct ovsdb_datum *d = idl_read(named, nr->via);
            row = d->n == 1 ? idl_find(v->idl, table, &d->keys[0].uuid)
                            : NULL;
        }
    }
    return row;
}

static bool
is_partial_uuid(const char *s)
{
    size_t n = strspn(s, "0123456789abcdefABCDEF-");
    return n >= 4 && n < UUID_TEXT_LEN && !s[n];
}

/* [COLUMN, "==", VALUE] */
static json_t *
equals_clause(const char *column, json_t *value)
{
    json_t *clause = json_array();
    json_array_append_new(clause, json_string(column));
    json_array_append_new(clause, json_string("=="));
    json_array_append_new(clause, value);
    return clause;
}

void
vsctl_want_own_name(struct vsctl *v, size_t table, const char *typed)
{
    const struct name_row *nr = own_name(table);
    if (!nr) {
        return;
    }
    const struct ovsdb_type *type =
        idl_column_type(v->idl, nr->table, nr->name_column);
    const char *column = vsctl_column_name(nr->table, nr->name_column);
    int64_t x;
    vsctl_want_column(v, nr->table, nr->name_column);
    if (type->key.type == OVSDB_STRING) {
        json_t *name = json_string(typed);
        if (name) { /* No record has a name that is not UTF-8. */
            vsctl_want_where(v, nr->table, equals_clause(column, name));
        }
    } else if (str_to_i64(typed, 10, &x)) {
        vsctl_want_where(v, nr->table,
                         equals_clause(column, json_integer(x)));
    }
}

void
vsctl_want_record(struct vsctl *v, size_t table, const char *typed)
{
    struct uuid uuid;
    if (!strcmp(typed, ".") || is_partial_uuid(typed)) {
        vsctl_want(v, table, VSCTL_COL_UUID);
    } else {
        vsctl_want_column(v, table, VSCTL_COL_UUID);
    }
    if (uuid_from_text(&uuid, typed)) {
        json_t *value = json_array();
        json_array_append_new(value, json_string("uuid"));
        json_array_append_new(value, json_string(typed));
        vsctl_want_where(v, table, equals_clause("_uuid", value));
    }
    for (size_t i = 0; i < ARRAY_SIZE(name_rows); i++) {
        const struct name_row *nr = &name_rows[i];
        if (nr->table != table) {
            continue;
        }
        if (nr->via == VSCTL_COL_UUID) {
            vsctl_want_own_name(v, table, typed);
        } else {
            vsctl_want(v, table, VSCTL_COL_UUID);
            vsctl_want(v, nr->name_table, nr->name_column);
            vsctl_want(v, nr->name_table, nr->via);
        }
    }
}

static const struct idl_row *
find_by_partial_uuid(struct vsctl *v, size_t table, const char *typed)
{
    const struct idl_row *found = NULL;
    for (const struct idl_row *row = idl_first(v->idl, table); row;
         row = idl_next(row)) {
        char text[UUID_TEXT_LEN + 1];
        snprintf(text, sizeof text, UUID_FMT, UUID_ARGS(&row->uuid));
        if (strncasecmp(text, typed, strlen(typed))) {
            continue;
        }
        if (found) {
            vsctl_fatal("%s contains 2 or more rows whose UUIDs begin with "
                        "%s: at least "UUID_FMT" and "UUID_FMT,
                        vsctl_table_name(table), typed,
                        UUID_ARGS(&found->uuid), UUID_ARGS(&row->uuid));
        }
        found = row;
    }
    return found;
}

const struct idl_row *
vsctl_find_record(struct vsctl *v, size_t table, const char *typed)
{
    struct uuid uuid;
    const struct idl_row *row = NULL;
    if (uuid_from_text(&uuid, typed)) {
        row = idl_find(v->idl, table, &uuid);
    } else if (typed[0] == '@') {
        const struct ovsdb_symbol *symbol =
            shash_get(&v->symtab.names, typed);
        if (symbol && symbol->created) {
            row = idl_find(v->idl, table, &symbol->uuid);
        }
    }
    if (!row && !strcmp(typed, ".")) {
        row = idl_first(v->idl, table); /* The only one, in any table. */
        row = row && idl_next(row) ? NULL : row;
    }
    if (!row) {
        row = find_by_name(v, table, typed);
    }
    if (!row && is_partial_uuid(typed)) {
        row = find_by_partial_uuid(v, table, typed);
    }
    return row;
}

const struct idl_row *
vsctl_get_record(struct vsctl *v, size_t table, const char *typed,
                 bool if_exists)
{
    const struct idl_row *row = vsctl_find_record(v, table, typed);
    if (!row && !if_exists) {
        vsctl_fatal("no row \"%s\" in table %s", typed,
                    vsctl_table_name(table));
    }
    return row;
}

void
vsctl_put_name_help(struct str *out)
{
    for (size_t t = 0; t < VREC_N_TABLES; t++) {
        str_putf(out, "  %s:\n    by UUID\n", vsctl_table_name(t));
        for (size_t i = 0; i < ARRAY_SIZE(name_rows); i++) {
            const struct name_row *nr = &name_rows[i];
            if (nr->table != t) {
                continue;
            }
            const char *name = vsctl_column_name(nr->name_table,
                                                 nr->name_column);
            if (nr->via == VSCTL_COL_UUID) {
                str_putf(out, "    by \"%s\"\n", name);
            } else {
                str_putf(out, "    via \"%s\" of %s with matching \"%s\"\n",
                         vsctl_column_name(nr->name_table, nr->via),
                         vsctl_table_name(nr->name_table), name);
            }
        }
        str_put(out, has_dot(t) ? "    as \".\"\n" : "");
    }
}
