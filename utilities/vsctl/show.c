/* SPDX-License-Identifier: Apache-2.0 */
/* "show": the database as a tree, from Open_vSwitch down. */
#include "lib/base/mem.h"
#include "utilities/vsctl/vsctl.h"

/* Columns of a table that are shown, in order.  References to the tables
 * below are shown as their rows; other columns as text, unless empty. */
struct show_row {
    size_t table;
    const char *title; /* NULL: the UUID is the title. */
    size_t name;       /* Column with the name. */
    size_t columns[5];
    size_t n;
};

static const struct show_row show_rows[] = {
    { VREC_TABLE_OPEN_VSWITCH, NULL, 0,
      { VREC_OPEN_VSWITCH_COL_MANAGER_OPTIONS, VREC_OPEN_VSWITCH_COL_BRIDGES,
        VREC_OPEN_VSWITCH_COL_OVS_VERSION },
      3 },
    { VREC_TABLE_BRIDGE, "Bridge", VREC_BRIDGE_COL_NAME,
      { VREC_BRIDGE_COL_CONTROLLER, VREC_BRIDGE_COL_FAIL_MODE,
        VREC_BRIDGE_COL_DATAPATH_TYPE, VREC_BRIDGE_COL_PORTS },
      4 },
    { VREC_TABLE_PORT, "Port", VREC_PORT_COL_NAME,
      { VREC_PORT_COL_TAG, VREC_PORT_COL_TRUNKS, VREC_PORT_COL_INTERFACES },
      3 },
    { VREC_TABLE_INTERFACE, "Interface", VREC_INTERFACE_COL_NAME,
      { VREC_INTERFACE_COL_TYPE, VREC_INTERFACE_COL_OPTIONS,
        VREC_INTERFACE_COL_ERROR },
      3 },
    { VREC_TABLE_CONTROLLER, "Controller", VREC_CONTROLLER_COL_TARGET,
      { VREC_CONTROLLER_COL_IS_CONNECTED },
      1 },
    { VREC_TABLE_MANAGER, "Manager", VREC_MANAGER_COL_TARGET,
      { VREC_MANAGER_COL_IS_CONNECTED },
      1 },
};

void
vsctl_pre_show(struct vsctl *v, const struct vsctl_cmd *cmd UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(show_rows); i++) {
        const struct show_row *sr = &show_rows[i];
        if (sr->title) {
            vsctl_want(v, sr->table, sr->name);
        }
        for (size_t j = 0; j < sr->n; j++) {
            vsctl_want(v, sr->table, sr->columns[j]);
        }
    }
}

static const struct show_row *
find_show_row(int table)
{
    for (size_t i = 0; i < ARRAY_SIZE(show_rows); i++) {
        if ((int)show_rows[i].table == table) {
            return &show_rows[i];
        }
    }
    return NULL;
}

static void show_row(struct str *, const struct vsctl *,
                     const struct idl_row *, const struct show_row *,
                     size_t level);

static int
cmp_rows(const void *a, const void *b, void *name_)
{
    const struct idl_row *const *ra = a;
    const struct idl_row *const *rb = b;
    const size_t *name = name_;
    return strcmp(idl_read(*ra, *name)->keys[0].s->s,
                  idl_read(*rb, *name)->keys[0].s->s);
}

/* The rows that a column refers to, by name. */
static void
show_refs(struct str *out, const struct vsctl *v, const struct ovsdb_datum *d,
          const struct show_row *sr, size_t level)
{
    const struct idl_row **rows = xcalloc(d->n + 1, sizeof *rows);
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct idl_row *row =
            idl_find(v->idl, sr->table, &d->keys[i].uuid);
        if (row) {
            rows[n++] = row;
        }
    }
    size_t name = sr->name;
    qsort_r(rows, n, sizeof *rows, cmp_rows, &name);
    for (size_t i = 0; i < n; i++) {
        show_row(out, v, rows[i], sr, level);
    }
    free(rows);
}

#define INDENT 4

static void
show_row(struct str *out, const struct vsctl *v, const struct idl_row *row,
         const struct show_row *sr, size_t level)
{
    str_put_chars(out, ' ', level * INDENT);
    if (sr->title) {
        str_putf(out, "%s ", sr->title);
        ovsdb_datum_put_text(out, idl_read(row, sr->name),
                             idl_column_type(v->idl, sr->table, sr->name));
    } else {
        str_putf(out, UUID_FMT, UUID_ARGS(&row->uuid));
    }
    str_put_char(out, '\n');
    for (size_t i = 0; i < sr->n; i++) {
        size_t column = sr->columns[i];
        const struct idl_column_class *class =
            &vrec_class.tables[sr->table].columns[column];
        const struct ovsdb_type *type =
            idl_column_type(v->idl, sr->table, column);
        const struct ovsdb_datum *d = idl_read(row, column);
        const struct show_row *below = find_show_row(class->key_table);
        if (below) {
            show_refs(out, v, d, below, level + 1);
        } else if (!ovsdb_datum_is_default(d, type)) {
            str_put_chars(out, ' ', (level + 1) * INDENT);
            str_putf(out, "%s: ", class->name);
            ovsdb_datum_put_text(out, d, type);
            str_put_char(out, '\n');
        }
    }
}

void
vsctl_show(struct vsctl *v, struct vsctl_cmd *cmd)
{
    show_row(&cmd->out, v, &v->ovs->header_, &show_rows[0], 0);
}
