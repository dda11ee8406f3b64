/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction's changes as operations [RFC 7047 5.2]. */
#include "lib/ovsdb/idl_txn_priv.h"

/* The operations so far; element 0 of 'params' is the database's name. */
struct ops {
    struct idl_txn *txn;
    json_t *params;
    bool any; /* Something changes. */
};

/* Appends an operation; returns its number among the results. */
static size_t
ops_add(struct ops *ops, json_t *op)
{
    json_array_append_new(ops->params, op);
    return json_array_size(ops->params) - 2;
}

static json_t *
new_op(const char *name, const struct idl_table *t)
{
    json_t *op = json_object();
    json_object_set_new(op, "op", json_string(name));
    if (t) {
        json_object_set_new(op, "table", json_string(t->class->name));
    }
    return op;
}

static json_t *
tagged_text(const char *tag, const char *text)
{
    json_t *pair = json_array();
    json_array_append_new(pair, json_string(tag));
    json_array_append_new(pair, json_string(text));
    return pair;
}

static json_t *
uuid_json(const struct uuid *uuid)
{
    char text[UUID_TEXT_LEN + 1];
    snprintf(text, sizeof text, UUID_FMT, UUID_ARGS(uuid));
    return tagged_text("uuid", text);
}

/* The name of a row that the transaction inserts, an <id>. */
static void
row_name(const struct uuid *uuid, char name[UUID_TEXT_LEN + 4])
{
    snprintf(name, UUID_TEXT_LEN + 4, "row" UUID_FMT, UUID_ARGS(uuid));
    for (char *p = name; *p; p++) {
        if (*p == '-') {
            *p = '_';
        }
    }
}

/* [["_uuid", "==", ["uuid", UUID]]] */
static json_t *
where_uuid(const struct uuid *uuid)
{
    json_t *clause = json_array();
    json_array_append_new(clause, json_string("_uuid"));
    json_array_append_new(clause, json_string("=="));
    json_array_append_new(clause, uuid_json(uuid));
    json_t *where = json_array();
    json_array_append_new(where, clause);
    return where;
}

/* Is 'uuid' one of the rows that this transaction inserts under a name? */
static bool
is_named(const struct ops *ops, const struct uuid *uuid)
{
    HMAP_FOR_EACH_WITH_HASH (struct idl_insert, in, node, uuid_hash(uuid),
                             &ops->txn->inserts) {
        if (uuid_eq(&in->ours, uuid)) {
            return true;
        }
    }
    return false;
}

static json_t *
atom_json(const struct ops *ops, const union ovsdb_atom *atom,
          enum ovsdb_atom_type type)
{
    if (type == OVSDB_UUID && is_named(ops, &atom->uuid)) {
        char name[UUID_TEXT_LEN + 4];
        row_name(&atom->uuid, name);
        return tagged_text("named-uuid", name);
    }
    return ovsdb_atom_to_json(atom, type);
}

/* As ovsdb_datum_to_json(), with names for rows being inserted. */
static json_t *
datum_json(const struct ops *ops, const struct ovsdb_datum *d,
           const struct ovsdb_type *type)
{
    bool is_map = ovsdb_type_is_map(type);
    if (!hmap_count(&ops->txn->inserts)
        || (type->key.type != OVSDB_UUID && type->value.type != OVSDB_UUID)) {
        return ovsdb_datum_to_json(d, type);
    }
    json_t *array = json_array();
    for (size_t i = 0; i < d->n; i++) {
        json_t *key = atom_json(ops, &d->keys[i], type->key.type);
        if (is_map) {
            json_t *pair = json_array();
            json_array_append_new(pair, key);
            json_array_append_new(pair, atom_json(ops, &d->values[i],
                                                  type->value.type));
            key = pair;
        }
        json_array_append_new(array, key);
    }
    json_t *tagged = json_array();
    json_array_append_new(tagged, json_string(is_map ? "map" : "set"));
    json_array_append_new(tagged, array);
    return tagged;
}

/* Does the transaction write or mutate a column of the row? */
static bool
is_changed(const struct idl_row_txn *rt)
{
    size_t n = rt->row->table->class->n_columns;
    for (size_t i = 0; i < n; i++) {
        if (rt->flags[i] & (IDL_F_WRITTEN | IDL_F_MUTATED)) {
            return true;
        }
    }
    return false;
}

/* A wait for each row of which a column was verified, or that must be there.
 */
static void
add_wait(struct ops *ops, const struct idl_row_txn *rt)
{
    const struct idl_row *row = rt->row;
    const struct idl_table *t = row->table;
    json_t *columns = json_array();
    json_t *values = json_object();
    for (size_t i = 0; i < t->class->n_columns; i++) {
        if (rt->flags[i] & IDL_F_VERIFY) {
            const char *name = t->class->columns[i].name;
            json_array_append_new(columns, json_string(name));
            json_object_set_new(values, name,
                                ovsdb_datum_to_json(&rt->seen[i],
                                                    &t->columns[i].type));
        }
    }
    if (ops->txn->strict && !json_array_size(columns) && !rt->deleted
        && is_changed(rt)) {
        json_array_append_new(columns, json_string("_uuid"));
        json_object_set_new(values, "_uuid", uuid_json(&row->uuid));
    }
    if (!json_array_size(columns)) {
        json_decref(columns);
        json_decref(values);
        return;
    }
    json_t *rows = json_array();
    json_array_append_new(rows, values);
    json_t *op = new_op("wait", t);
    json_object_set_new(op, "timeout", json_integer(0));
    json_object_set_new(op, "where", where_uuid(&row->uuid));
    json_object_set_new(op, "columns", columns);
    json_object_set_new(op, "until", json_string("=="));
    json_object_set_new(op, "rows", rows);
    ops_add(ops, op);
}

/* The columns to write, without an insert's defaults. */
static json_t *
written_columns(const struct ops *ops, const struct idl_row_txn *rt)
{
    const struct idl_table *t = rt->row->table;
    json_t *row = json_object();
    for (size_t i = 0; i < t->class->n_columns; i++) {
        const struct ovsdb_type *type = &t->columns[i].type;
        if (rt->flags[i] & IDL_F_WRITTEN
            && !(rt->inserted
                 && (!rt->new[i].n
                     || ovsdb_datum_is_default(&rt->new[i], type)))) {
            json_object_set_new(row, t->class->columns[i].name,
                                datum_json(ops, &rt->new[i], type));
        }
    }
    return row;
}

static void
add_insert(struct ops *ops, const struct idl_row_txn *rt)
{
    const struct idl_row *row = rt->row;
    json_t *op = new_op("insert", row->table);
    char name[UUID_TEXT_LEN + 4];
    row_name(&row->uuid, name);
    json_object_set_new(op, "uuid-name", json_string(name));
    if (rt->chosen_uuid) {
        json_t *pair = uuid_json(&row->uuid);
        json_object_set(op, "uuid", json_array_get(pair, 1));
        json_decref(pair);
    }
    json_object_set_new(op, "row", written_columns(ops, rt));
    size_t n = ops_add(ops, op);
    ops->any = true;
    HMAP_FOR_EACH_WITH_HASH (struct idl_insert, in, node,
                             uuid_hash(&row->uuid), &ops->txn->inserts) {
        if (uuid_eq(&in->ours, &row->uuid)) {
            in->op = n;
        }
    }
}

static void
add_mutation(json_t *mutations, const char *column, const char *mutator,
             json_t *value)
{
    json_t *m = json_array();
    json_array_append_new(m, json_string(column));
    json_array_append_new(m, json_string(mutator));
    json_array_append_new(m, value);
    json_array_append_new(mutations, m);
}

/* For a map a key that gets another value is deleted first, since insert
 * leaves what is there [RFC 7047 5.1 <mutation>]; idl_write.c put it into
 * 'remove' too. */
static json_t *
row_mutations(const struct ops *ops, const struct idl_row_txn *rt)
{
    const struct idl_table *t = rt->row->table;
    json_t *mutations = json_array();
    for (size_t i = 0; rt->mut && i < t->class->n_columns; i++) {
        if (!(rt->flags[i] & IDL_F_MUTATED)) {
            continue;
        }
        const struct ovsdb_type *type = &t->columns[i].type;
        const char *name = t->class->columns[i].name;
        struct ovsdb_type keys = *type;
        ovsdb_base_init(&keys.value, OVSDB_VOID);
        if (rt->mut[i].remove.n) {
            add_mutation(mutations, name, "delete",
                         datum_json(ops, &rt->mut[i].remove, &keys));
        }
        if (rt->mut[i].add.n) {
            add_mutation(mutations, name, "insert",
                         datum_json(ops, &rt->mut[i].add, type));
        }
    }
    return mutations;
}

static void
add_update(struct ops *ops, const struct idl_row_txn *rt)
{
    const struct idl_row *row = rt->row;
    json_t *columns = written_columns(ops, rt);
    if (json_object_size(columns)) {
        json_t *op = new_op("update", row->table);
        json_object_set_new(op, "where", where_uuid(&row->uuid));
        json_object_set(op, "row", columns);
        ops_add(ops, op);
        ops->any = true;
    }
    json_decref(columns);

    json_t *mutations = row_mutations(ops, rt);
    if (json_array_size(mutations)) {
        json_t *op = new_op("mutate", row->table);
        json_object_set_new(op, "where", where_uuid(&row->uuid));
        json_object_set(op, "mutations", mutations);
        ops_add(ops, op);
        ops->any = true;
    }
    json_decref(mutations);
}

static void
add_change(struct ops *ops, const struct idl_row_txn *rt)
{
    const struct idl_row *row = rt->row;
    if (rt->inserted) {
        if (!rt->deleted) {
            add_insert(ops, rt);
        }
    } else if (!rt->deleted) {
        add_update(ops, rt);
    } else if (row->table->class->is_root) {
        /* The server itself collects rows of other tables. */
        json_t *op = new_op("delete", row->table);
        json_object_set_new(op, "where", where_uuid(&row->uuid));
        ops_add(ops, op);
        ops->any = true;
    }
}

/* The same as where_uuid(), also for a row that the transaction inserts. */
static json_t *
where_row(const struct ops *ops, const struct uuid *uuid)
{
    json_t *where = where_uuid(uuid);
    const union ovsdb_atom atom = { .uuid = *uuid };
    json_array_set_new(json_array_get(where, 0), 2,
                       atom_json(ops, &atom, OVSDB_UUID));
    return where;
}

static void
add_increment(struct ops *ops)
{
    struct idl_txn *txn = ops->txn;
    const struct idl_table *t = &txn->idl->tables[txn->inc_table];
    const char *column = t->class->columns[txn->inc_column].name;

    json_t *mutations = json_array();
    add_mutation(mutations, column, "+=", json_integer(1));
    json_t *op = new_op("mutate", t);
    json_object_set_new(op, "where", where_row(ops, &txn->inc_uuid));
    json_object_set_new(op, "mutations", mutations);
    ops_add(ops, op);

    json_t *columns = json_array();
    json_array_append_new(columns, json_string(column));
    op = new_op("select", t);
    json_object_set_new(op, "where", where_row(ops, &txn->inc_uuid));
    json_object_set_new(op, "columns", columns);
    txn->inc_select_op = ops_add(ops, op);
    txn->inc_sent = true;
}

json_t *
idl_txn_to_ops(struct idl_txn *txn)
{
    struct ops ops = { .txn = txn, .params = json_array() };
    json_array_append_new(ops.params, json_string(txn->idl->class->database));
    if (txn->idl->lock_name) {
        json_t *op = new_op("assert", NULL);
        json_object_set_new(op, "lock", json_string(txn->idl->lock_name));
        ops_add(&ops, op);
    }
    LIST_FOR_EACH (struct idl_row_txn, rt, node, &txn->rows) {
        if (!rt->inserted && rt->row->old) {
            add_wait(&ops, rt);
        }
    }
    LIST_FOR_EACH (struct idl_row_txn, rt, node, &txn->rows) {
        add_change(&ops, rt);
    }
    if (txn->inc && (ops.any || txn->inc_force)) {
        add_increment(&ops);
        ops.any = true;
    }
    if (!ops.any) {
        json_decref(ops.params);
        return NULL;
    }
    if (txn->comment.len) {
        json_t *op = new_op("comment", NULL);
        json_object_set_new(op, "comment",
                            json_string(str_cstr(&txn->comment)));
        ops_add(&ops, op);
    }
    if (txn->dry_run) {
        ops_add(&ops, new_op("abort", NULL));
    }
    return ops.params;
}
