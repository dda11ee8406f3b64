/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments "column[:key]=value": taken apart, compared, set. */
#include "lib/base/mem.h"
#include "lib/ovsdb/text.h"
#include "utilities/vsctl/names.h"

static const char *const op_names[VSCTL_N_OPS] = {
    [VSCTL_EQ] = "=",          [VSCTL_NE] = "!=",
    [VSCTL_LT] = "<",          [VSCTL_GT] = ">",
    [VSCTL_LE] = "<=",         [VSCTL_GE] = ">=",
    [VSCTL_SET_EQ] = "{=}",    [VSCTL_SET_NE] = "{!=}",
    [VSCTL_SET_LT] = "{<}",    [VSCTL_SET_GT] = "{>}",
    [VSCTL_SET_LE] = "{<=}",   [VSCTL_SET_GE] = "{>=}",
    [VSCTL_IN] = "{in}",       [VSCTL_NOT_IN] = "{not-in}",
};

NORETURN static void
bad_form(const char *arg, enum vsctl_arg_form form)
{
    if (form == VSCTL_ARG_SET) {
        vsctl_fatal("%s: argument does not end in \"=\" followed by a value.",
                    arg);
    }
    struct str ops = STR_INIT;
    for (size_t i = 0; i < VSCTL_N_OPS; i++) {
        str_putf(&ops, "%s\"%s\", ", i + 1 == VSCTL_N_OPS ? "or " : "",
                 op_names[i]);
    }
    str_truncate(&ops, ops.len - 2);
    vsctl_fatal("%s: argument does not end in %s followed by a value.", arg,
                str_cstr(&ops));
}

/* The longest operator that 'p' begins with. */
static bool
find_op(const char *p, enum vsctl_arg_form form, enum vsctl_op *op)
{
    size_t best = 0;
    for (size_t i = 0; i < (form == VSCTL_ARG_SET ? 1 : VSCTL_N_OPS); i++) {
        size_t n = strlen(op_names[i]);
        if (n > best && !strncmp(p, op_names[i], n)) {
            best = n;
            *op = (enum vsctl_op)i;
        }
    }
    return best > 0;
}

/* Takes the column's name at the beginning of 'arg'. */
static size_t
take_column(size_t table, const char *arg, const char **p)
{
    char *name;
    vsctl_check(ovsdb_text_take_word(p, &name));
    if (*p == arg || ovsdb_text_is_delimiter(name[0])) {
        vsctl_fatal("%s: missing column name", arg);
    }
    size_t column = vsctl_find_column(table, name);
    free(name);
    return column;
}

/* Takes the key at 'key'; '*p' will be behind it. */
static void
take_key(struct vsctl_arg *a, const char *arg, const char *key,
         enum vsctl_arg_form form, const char **p)
{
    if (!*key || (*key == '=' && form == VSCTL_ARG_SET)) {
        vsctl_fatal("An empty string is not valid as input; use \"\" to "
                    "represent the empty string");
    }
    if (form == VSCTL_ARG_KEY && ovsdb_text_is_delimiter(*key)) {
        vsctl_fatal("%s: trailing garbage \"%s\" in argument", arg, key);
    }
    vsctl_check(ovsdb_text_take_word(p, &a->key));
    if (ovsdb_text_is_delimiter(a->key[0])) {
        bad_form(arg, form);
    }
}

void
vsctl_parse_arg(struct vsctl_arg *a, size_t table, const char *arg,
                enum vsctl_arg_form form)
{
    const char *p = arg;
    *a = (struct vsctl_arg){ .op = VSCTL_EQ };
    a->column = take_column(table, arg, &p);
    if (*p == ':') {
        take_key(a, arg, ++p, form, &p);
    }
    if (form == VSCTL_ARG_KEY) {
        if (*p) {
            vsctl_fatal("%s: trailing garbage \"%s\" in argument", arg, p);
        }
        return;
    }
    if (!find_op(p, form, &a->op) || !p[strlen(op_names[a->op])]) {
        bad_form(arg, form);
    }
    a->value = p + strlen(op_names[a->op]);
}

void
vsctl_arg_fini(struct vsctl_arg *a)
{
    free(a->key);
}

void
vsctl_want_columns(struct vsctl *v, size_t table, char *args[], int n)
{
    for (int i = 0; i < n; i++) {
        const char *p = args[i];
        vsctl_want_column(v, table, take_column(table, args[i], &p));
    }
}

/* 'cmp' is the order of the record's value and the argument's. */
static bool
order_holds(int cmp, enum vsctl_op op)
{
    switch (op) {
    case VSCTL_EQ:
        return cmp == 0;
    case VSCTL_NE:
        return cmp != 0;
    case VSCTL_LT:
        return cmp < 0;
    case VSCTL_GT:
        return cmp > 0;
    case VSCTL_LE:
        return cmp <= 0;
    default:
        return cmp >= 0;
    }
}

static bool
set_holds(const struct ovsdb_datum *have, const struct ovsdb_datum *want,
          const struct ovsdb_type *type, enum vsctl_op op)
{
    bool eq = ovsdb_datum_eq(have, want, type);
    switch (op) {
    case VSCTL_SET_EQ:
        return eq;
    case VSCTL_SET_NE:
        return !eq;
    case VSCTL_SET_LT:
        return !eq && ovsdb_datum_includes_all(want, have, type);
    case VSCTL_SET_GT:
        return !eq && ovsdb_datum_includes_all(have, want, type);
    case VSCTL_SET_LE:
    case VSCTL_IN:
        return ovsdb_datum_includes_all(want, have, type);
    case VSCTL_SET_GE:
        return ovsdb_datum_includes_all(have, want, type);
    default:
        return ovsdb_datum_excludes_all(want, have, type);
    }
}

/* The record's value (or its value under the key) against the argument's. */
static bool
values_match(const struct ovsdb_datum *have, struct ovsdb_type *type,
             const struct vsctl_arg *a, struct vsctl *v)
{
    struct ovsdb_datum want;
    if (a->op >= VSCTL_SET_EQ || a->key) {
        type->n_min = 0;
        type->n_max = OVSDB_UNLIMITED;
    }
    vsctl_check(ovsdb_datum_from_text(&want, type, a->value, &v->symtab));
    bool holds = a->op < VSCTL_SET_EQ
                     ? order_holds(ovsdb_datum_cmp(have, &want, type), a->op)
                     : set_holds(have, &want, type, a->op);
    ovsdb_datum_fini(&want, type);
    return holds;
}

/* The type of the values of a map, as sets of one. */
static void
value_type_init(struct ovsdb_type *type, const struct ovsdb_type *map)
{
    type->key = map->value;
    ovsdb_base_init(&type->value, OVSDB_VOID);
    type->n_min = type->n_max = 1;
}

static bool
key_matches(struct vsctl *v, const struct ovsdb_datum *have,
            const struct ovsdb_type *type, const struct vsctl_arg *a)
{
    union ovsdb_atom key;
    vsctl_check(ovsdb_atom_from_text(&key, &type->key, a->key, &v->symtab));
    ssize_t i = ovsdb_datum_find_key(have, &key, type->key.type);
    ovsdb_atom_fini(&key, type->key.type);

    struct ovsdb_type value_type;
    value_type_init(&value_type, type);
    struct ovsdb_datum one = OVSDB_DATUM_EMPTY;
    if (i >= 0) {
        union ovsdb_atom value;
        ovsdb_atom_clone(&value, &have->values[i], type->value.type);
        ovsdb_datum_push(&one, &value_type, &value, NULL);
    }
    bool holds = values_match(&one, &value_type, a, v);
    if (i < 0 && a->op < VSCTL_SET_EQ) {
        holds = false; /* An order needs something to compare with. */
    }
    ovsdb_datum_fini(&one, &value_type);
    return holds;
}

bool
vsctl_row_matches(struct vsctl *v, const struct idl_row *row,
                  const struct vsctl_arg *a)
{
    size_t table = idl_row_table(row);
    const struct ovsdb_type *type = vsctl_column_type(v, table, a->column);
    struct ovsdb_datum have;
    bool holds;

    if (a->key && !ovsdb_type_is_map(type)) {
        vsctl_fatal("cannot specify key to check for non-map column %s",
                    vsctl_column_name(table, a->column));
    }
    vsctl_read(row, a->column, &have);
    if (a->key) {
        holds = key_matches(v, &have, type, a);
    } else {
        struct ovsdb_type copy = *type;
        holds = values_match(&have, &copy, a, v);
    }
    ovsdb_datum_fini(&have, type);
    return holds;
}

/* column:key=value. */
static void
set_key(struct vsctl *v, const struct idl_row *row, const struct vsctl_arg *a,
        const struct ovsdb_type *type)
{
    union ovsdb_atom key, value;
    if (!ovsdb_type_is_map(type)) {
        vsctl_fatal("cannot specify key to set for non-map column %s",
                    vsctl_column_name(idl_row_table(row), a->column));
    }
    vsctl_check(ovsdb_atom_from_text(&key, &type->key, a->key, &v->symtab));
    vsctl_check(ovsdb_atom_from_text(&value, &type->value, a->value,
                                     &v->symtab));
    struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
    ovsdb_datum_push(&d, type, &key, &value);
    idl_txn_add(row, a->column, &d);
}

static void
set_column(struct vsctl *v, const struct idl_row *row, const char *arg)
{
    size_t table = idl_row_table(row);
    struct vsctl_arg a;

    vsctl_parse_arg(&a, table, arg, VSCTL_ARG_SET);
    vsctl_check_writable(row, a.column);
    const struct ovsdb_type *type = vsctl_column_type(v, table, a.column);
    if (a.key) {
        set_key(v, row, &a, type);
    } else {
        struct ovsdb_datum d;
        vsctl_check(ovsdb_datum_from_text(&d, type, a.value, &v->symtab));
        idl_txn_write(row, a.column, &d);
    }
    vsctl_arg_fini(&a);
}

void
vsctl_check_writable(const struct idl_row *row, size_t column)
{
    size_t table = idl_row_table(row);
    if (column == VSCTL_COL_UUID
        || (!vrec_class.tables[table].columns[column].is_mutable
            && row->old)) {
        vsctl_fatal("cannot modify read-only column %s in table %s",
                    vsctl_column_name(table, column),
                    vsctl_table_name(table));
    }
}

void
vsctl_set_columns(struct vsctl *v, const struct idl_row *row, char *args[],
                  int n)
{
    for (int i = 0; i < n; i++) {
        set_column(v, row, args[i]);
    }
    if (!row->old) {
        vsctl_note_name(v, row);
    }
}
