/* SPDX-License-Identifier: Apache-2.0 */
/* set, add, remove, clear, create, destroy: commands that write any table. */
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/text.h"
#include "utilities/vsctl/cmds.h"
#include "utilities/vsctl/names.h"

LOG_MODULE(db_ctl_base);

void
vsctl_pre_set(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    vsctl_want_record(v, table, cmd->argv[2]);
    vsctl_want_columns(v, table, cmd->argv + 3, cmd->argc - 3);
}

/* The record of argument 2; NULL if it is not there and need not. */
static const struct idl_row *
record_of(struct vsctl *v, const struct vsctl_cmd *cmd, size_t table)
{
    return vsctl_get_record(v, table, cmd->argv[2],
                            vsctl_has_option(cmd, "--if-exists"));
}

void
vsctl_set(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    const struct idl_row *row = record_of(v, cmd, table);
    if (row) {
        vsctl_set_columns(v, row, cmd->argv + 3, cmd->argc - 3);
    }
}

void
vsctl_pre_add(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    vsctl_want_record(v, table, cmd->argv[2]);
    vsctl_want_column(v, table, vsctl_find_column(table, cmd->argv[3]));
}

void
vsctl_add(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    size_t column = vsctl_find_column(table, cmd->argv[3]);
    const struct idl_row *row = record_of(v, cmd, table);
    if (!row) {
        return;
    }
    vsctl_check_writable(row, column);
    struct ovsdb_type type = *vsctl_column_type(v, table, column);
    bool is_scalar = ovsdb_type_is_scalar(&type);
    unsigned int n_max = type.n_max;
    type.n_min = 1;
    type.n_max = OVSDB_UNLIMITED;
    for (int i = 4; i < cmd->argc; i++) {
        struct ovsdb_datum d;
        vsctl_check(ovsdb_datum_from_text(&d, &type, cmd->argv[i],
                                          &v->symtab));
        if (is_scalar) {
            vsctl_fatal("\"add\" operation cannot be applied to column %s of "
                        "table %s, which holds exactly one value",
                        vsctl_column_name(table, column),
                        vsctl_table_name(table));
        }
        idl_txn_add(row, column, &d);
    }
    uint32_t n = idl_read(row, column)->n;
    if (n > n_max) {
        vsctl_fatal("\"add\" operation would put %u values in column %s of "
                    "table %s but the maximum number is %u", n,
                    vsctl_column_name(table, column), vsctl_table_name(table),
                    n_max);
    }
}

/* True if 'text' begins with key=value. */
static bool
has_value(const char *text)
{
    const char *p = text + strspn(text, " {");
    char *word;
    char *error = ovsdb_text_take_word(&p, &word);
    free(word);
    free(error);
    return *p == '=';
}

/* Keeps of 'd', pairs, the keys of those that the column has. */
static void
keys_of_present(const struct idl_row *row, size_t column,
                struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    struct ovsdb_type keys = *type;
    ovsdb_base_init(&keys.value, OVSDB_VOID);
    struct ovsdb_datum out = OVSDB_DATUM_EMPTY;
    for (size_t i = 0; i < d->n; i++) {
        if (ovsdb_datum_find_element(idl_read(row, column), d, i, type) >= 0) {
            union ovsdb_atom key;
            ovsdb_atom_clone(&key, &d->keys[i], type->key.type);
            ovsdb_datum_push(&out, &keys, &key, NULL);
        }
    }
    ovsdb_datum_fini(d, type);
    *d = out;
}

void
vsctl_remove(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    size_t column = vsctl_find_column(table, cmd->argv[3]);
    const struct idl_row *row = record_of(v, cmd, table);
    if (!row) {
        return;
    }
    vsctl_check_writable(row, column);
    struct ovsdb_type type = *vsctl_column_type(v, table, column);
    unsigned int n_min = type.n_min, n_max = type.n_max;
    type.n_min = 1;
    type.n_max = OVSDB_UNLIMITED;
    struct ovsdb_datum left;
    ovsdb_datum_clone(&left, idl_read(row, column));
    for (int i = 4; i < cmd->argc; i++) {
        struct ovsdb_type arg_type = type;
        struct ovsdb_datum d;
        if (!has_value(cmd->argv[i])) {
            ovsdb_base_init(&arg_type.value, OVSDB_VOID);
        }
        vsctl_check(ovsdb_datum_from_text(&d, &arg_type, cmd->argv[i],
                                          &v->symtab));
        if (ovsdb_type_is_map(&arg_type)) {
            keys_of_present(row, column, &d, &type);
        }
        ovsdb_base_init(&arg_type.value, OVSDB_VOID);
        ovsdb_datum_subtract(&left, &type, &d, &arg_type);
        if (n_max > 1 || !n_min) { /* Else it holds one and keeps it. */
            idl_txn_remove(row, column, &d);
        } else {
            ovsdb_datum_fini(&d, &arg_type);
        }
    }
    uint32_t n = left.n;
    ovsdb_datum_fini(&left, &type);
    if (n < n_min) {
        vsctl_fatal("\"remove\" operation would put %u values in column %s "
                    "of table %s but the minimum number is %u", n,
                    vsctl_column_name(table, column), vsctl_table_name(table),
                    n_min);
    }
}

void
vsctl_pre_clear(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    vsctl_want_record(v, table, cmd->argv[2]);
    for (int i = 3; i < cmd->argc; i++) {
        vsctl_want_column(v, table, vsctl_find_column(table, cmd->argv[i]));
    }
}

void
vsctl_clear(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    const struct idl_row *row = record_of(v, cmd, table);
    for (int i = 3; row && i < cmd->argc; i++) {
        size_t column = vsctl_find_column(table, cmd->argv[i]);
        vsctl_check_writable(row, column);
        if (vsctl_column_type(v, table, column)->n_min) {
            vsctl_fatal("\"clear\" operation cannot be applied to column %s "
                        "of table %s, which is not allowed to be empty",
                        vsctl_column_name(table, column),
                        vsctl_table_name(table));
        }
        struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
        idl_txn_write(row, column, &d);
    }
}

void
vsctl_pre_create(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    vsctl_want_column(v, table, VSCTL_COL_UUID);
    if (!vsctl_has_option(cmd, "--id") && !vrec_class.tables[table].is_root) {
        log_warn("applying \"create\" command to table %s without --id option "
                 "will have no effect", vsctl_table_name(table));
    }
}

void
vsctl_create(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    const char *id = vsctl_option(cmd, "--id");
    const struct uuid *want = NULL;
    bool keep = false;
    struct uuid uuid;

    if (id && uuid_from_text(&uuid, id)) {
        want = &uuid;
        keep = true;
        if (idl_find(v->idl, table, want)) {
            vsctl_fatal("%s: a row with this UUID exists in table %s", id,
                        vsctl_table_name(table));
        }
    } else if (id) {
        if (id[0] != '@') {
            vsctl_fatal("row id \"%s\" does not begin with \"@\"", id);
        }
        struct ovsdb_symbol *symbol = ovsdb_symtab_get(&v->symtab, id);
        if (symbol->created) {
            vsctl_fatal("row id \"%s\" may only be specified on one --id "
                        "option", id);
        }
        symbol->created = true;
        symbol->strong_ref |= vrec_class.tables[table].is_root;
        want = &symbol->uuid;
    }
    struct idl_row *row = idl_txn_insert(v->txn, table, want, keep);
    vsctl_set_columns(v, row, cmd->argv + 2, cmd->argc - 2);
    cmd->created = row->uuid;
    str_putf(&cmd->out, UUID_FMT"\n", UUID_ARGS(&row->uuid));
}

void
vsctl_post_create(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct uuid *real = idl_txn_inserted_uuid(v->txn, &cmd->created);
    if (real) {
        str_clear(&cmd->out);
        str_putf(&cmd->out, UUID_FMT"\n", UUID_ARGS(real));
    }
}

void
vsctl_pre_destroy(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    bool all = vsctl_has_option(cmd, "--all");
    if (all) {
        vsctl_want(v, table, VSCTL_COL_UUID);
    } else if (cmd->argc == 2) {
        log_warn("either --all or records argument should be specified");
    }
    for (int i = 2; i < cmd->argc; i++) {
        vsctl_want_record(v, table, cmd->argv[i]);
    }
}

/* Rows of most tables go when nothing refers to them, and only then: to
 * delete one that is in the database changes nothing. */
static void
destroy_row(const struct idl_row *row)
{
    if (!row->old || vrec_class.tables[idl_row_table(row)].is_root) {
        idl_txn_delete(row);
    }
}

void
vsctl_destroy(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    bool if_exists = vsctl_has_option(cmd, "--if-exists");
    bool all = vsctl_has_option(cmd, "--all");
    if (all && cmd->argc > 2) {
        vsctl_fatal("--all and records argument should not be specified "
                    "together");
    }
    if (all && if_exists) {
        vsctl_fatal("--all and --if-exists should not be specified together");
    }
    if (all) {
        const struct idl_row *next;
        for (const struct idl_row *row = idl_first(v->idl, table); row;
             row = next) {
            next = idl_next(row);
            destroy_row(row);
        }
    }
    for (int i = 2; i < cmd->argc; i++) {
        const struct idl_row *row =
            vsctl_get_record(v, table, cmd->argv[i], if_exists);
        if (row) {
            destroy_row(row);
        }
    }
}

void
vsctl_pre_none(struct vsctl *v UNUSED, const struct vsctl_cmd *cmd UNUSED)
{
}

void
vsctl_none(struct vsctl *v UNUSED, struct vsctl_cmd *cmd UNUSED)
{
}
