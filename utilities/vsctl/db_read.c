/* SPDX-License-Identifier: Apache-2.0 */
/* list, find, get, wait-until: commands that read any table. */
#include "lib/base/mem.h"
#include "utilities/vsctl/cmds.h"
#include "utilities/vsctl/names.h"

/* Columns that --columns names, or all of the table. */
struct columns {
    size_t *columns;
    size_t n;
};

static void
columns_init(struct columns *c, const struct vsctl_cmd *cmd, size_t table)
{
    const char *list = vsctl_option(cmd, "--columns");
    c->n = 0;
    if (!vsctl_has_option(cmd, "--columns")) {
        size_t n = vrec_class.tables[table].n_columns;
        c->columns = xcalloc(n + 1, sizeof *c->columns);
        c->columns[c->n++] = VSCTL_COL_UUID;
        for (size_t i = 0; i < n; i++) {
            c->columns[c->n++] = i;
        }
        return;
    }
    c->columns = xcalloc(strlen(list) + 1, sizeof *c->columns);
    char *copy = xstrdup(list);
    char *save = NULL;
    for (char *name = strtok_r(copy, ", ", &save); name;
         name = strtok_r(NULL, ", ", &save)) {
        c->columns[c->n++] = vsctl_find_column(table, name);
    }
    free(copy);
    if (!c->n) {
        vsctl_fatal("must specify at least one column name");
    }
}

static void
want_columns_option(struct vsctl *v, const struct vsctl_cmd *cmd, size_t table)
{
    struct columns c;
    columns_init(&c, cmd, table);
    for (size_t i = 0; i < c.n; i++) {
        vsctl_want_column(v, table, c.columns[i]);
    }
    free(c.columns);
}

static struct table *
table_for(const struct columns *c, size_t table)
{
    struct table *t = table_create(NULL, false);
    for (size_t i = 0; i < c->n; i++) {
        table_add_column(t, vsctl_column_name(table, c->columns[i]));
    }
    return t;
}

static void
put_row(const struct vsctl *v, struct table *t, const struct columns *c,
        const struct idl_row *row)
{
    size_t table = idl_row_table(row);
    table_add_row(t);
    for (size_t i = 0; i < c->n; i++) {
        const struct ovsdb_type *type =
            vsctl_column_type(v, table, c->columns[i]);
        struct ovsdb_datum d;
        vsctl_read(row, c->columns[i], &d);
        table_put_datum(t, &d, type);
        ovsdb_datum_fini(&d, type);
    }
}

void
vsctl_pre_list(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    want_columns_option(v, cmd, table);
    for (int i = 2; i < cmd->argc; i++) {
        vsctl_want_record(v, table, cmd->argv[i]);
    }
    if (cmd->argc == 2) {
        vsctl_want(v, table, VSCTL_COL_UUID);
    }
}

void
vsctl_list(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    bool if_exists = vsctl_has_option(cmd, "--if-exists");
    struct columns c;
    columns_init(&c, cmd, table);
    cmd->table = table_for(&c, table);
    for (int i = 2; i < cmd->argc; i++) {
        const struct idl_row *row =
            vsctl_get_record(v, table, cmd->argv[i], if_exists);
        if (row) {
            put_row(v, cmd->table, &c, row);
        }
    }
    if (cmd->argc == 2) {
        for (const struct idl_row *row = idl_first(v->idl, table); row;
             row = idl_next(row)) {
            put_row(v, cmd->table, &c, row);
        }
    }
    free(c.columns);
}

void
vsctl_pre_find(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    want_columns_option(v, cmd, table);
    vsctl_want(v, table, VSCTL_COL_UUID);
    vsctl_want_columns(v, table, cmd->argv + 2, cmd->argc - 2);
}

/* All of the conditions from argument 'first' on hold. */
static bool
row_satisfies(struct vsctl *v, const struct idl_row *row,
              const struct vsctl_cmd *cmd, int first)
{
    bool holds = true;
    for (int i = first; i < cmd->argc && holds; i++) {
        struct vsctl_arg a;
        vsctl_parse_arg(&a, idl_row_table(row), cmd->argv[i],
                        VSCTL_ARG_COND);
        holds = vsctl_row_matches(v, row, &a);
        vsctl_arg_fini(&a);
    }
    return holds;
}

void
vsctl_find(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    struct columns c;
    columns_init(&c, cmd, table);
    cmd->table = table_for(&c, table);
    for (const struct idl_row *row = idl_first(v->idl, table); row;
         row = idl_next(row)) {
        if (row_satisfies(v, row, cmd, 2)) {
            put_row(v, cmd->table, &c, row);
        }
    }
    free(c.columns);
}

void
vsctl_pre_get(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    vsctl_want_record(v, table, cmd->argv[2]);
    vsctl_want_columns(v, table, cmd->argv + 3, cmd->argc - 3);
}

/* The value under a key of a map; "" on a line of its own if there is none
 * and that is allowed. */
static void
put_key(struct vsctl *v, struct vsctl_cmd *cmd, const struct idl_row *row,
        const struct vsctl_arg *a, const struct ovsdb_datum *d)
{
    size_t table = idl_row_table(row);
    const struct ovsdb_type *type = vsctl_column_type(v, table, a->column);
    if (!ovsdb_type_is_map(type)) {
        vsctl_fatal("cannot specify key to get for non-map column %s",
                    vsctl_column_name(table, a->column));
    }
    union ovsdb_atom key;
    vsctl_check(ovsdb_atom_from_text(&key, &type->key, a->key, &v->symtab));
    ssize_t i = ovsdb_datum_find_key(d, &key, type->key.type);
    ovsdb_atom_fini(&key, type->key.type);
    if (i >= 0) {
        ovsdb_atom_put_text(&cmd->out, &d->values[i], type->value.type);
    } else if (!vsctl_has_option(cmd, "--if-exists")) {
        vsctl_fatal("no key \"%s\" in %s record \"%s\" column %s", a->key,
                    vsctl_table_name(table), cmd->argv[2],
                    vsctl_column_name(table, a->column));
    }
}

/* --id=@x: the record may be called so from now on. */
static void
define_symbol(struct vsctl *v, const char *id, const struct idl_row *row)
{
    if (id[0] != '@') {
        vsctl_fatal("row id \"%s\" does not begin with \"@\"", id);
    }
    const struct ovsdb_symbol *old = shash_get(&v->symtab.names, id);
    if (old && old->created) {
        vsctl_fatal("row id \"%s\" may only be specified on one --id option",
                    id);
    }
    if (old) {
        vsctl_fatal("row id \"%s\" specified on \"get\" command was used "
                    "before it was defined", id);
    }
    struct ovsdb_symbol *symbol = ovsdb_symtab_get(&v->symtab, id);
    symbol->uuid = row->uuid;
    symbol->created = true;
    /* The row is there already, whether or not anything refers to it. */
    symbol->strong_ref = true;
}

void
vsctl_get(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    const char *id = vsctl_option(cmd, "--id");
    if (id && vsctl_has_option(cmd, "--if-exists")) {
        vsctl_fatal("--if-exists and --id may not be specified together");
    }
    const struct idl_row *row = vsctl_get_record(
        v, table, cmd->argv[2], vsctl_has_option(cmd, "--if-exists"));
    if (!row) {
        return;
    }
    if (id) {
        define_symbol(v, id, row);
    }
    for (int i = 3; i < cmd->argc; i++) {
        struct vsctl_arg a;
        struct ovsdb_datum d;
        vsctl_parse_arg(&a, table, cmd->argv[i], VSCTL_ARG_KEY);
        const struct ovsdb_type *type = vsctl_column_type(v, table, a.column);
        if (a.column != VSCTL_COL_UUID) {
            idl_txn_verify(row, a.column);
        }
        vsctl_read(row, a.column, &d);
        if (a.key) {
            put_key(v, cmd, row, &a, &d);
        } else {
            ovsdb_datum_put_text(&cmd->out, &d, type);
        }
        str_put_char(&cmd->out, '\n');
        ovsdb_datum_fini(&d, type);
        vsctl_arg_fini(&a);
    }
}

void
vsctl_pre_wait_until(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    vsctl_want_record(v, table, cmd->argv[2]);
    vsctl_want_columns(v, table, cmd->argv + 3, cmd->argc - 3);
}

void
vsctl_wait_until(struct vsctl *v, struct vsctl_cmd *cmd)
{
    size_t table = vsctl_find_table(cmd->argv[1]);
    const struct idl_row *row = vsctl_find_record(v, table, cmd->argv[2]);
    if (!row || !row_satisfies(v, row, cmd, 3)) {
        v->try_again = true;
    }
}
