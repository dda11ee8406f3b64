/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/rbac.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"

LOG_MODULE(ovsdb_rbac);

#define ROLE_TABLE "RBAC_Role"

/* Values of rows, where the schema has them as expected. */

static bool
is_text(const struct ovsdb_base *base)
{
    return base->type == OVSDB_STRING;
}

static bool
is_one_text(const struct ovsdb_type *type)
{
    return is_text(&type->key) && !ovsdb_type_is_map(type)
           && type->n_max == 1;
}

static bool
is_text_set(const struct ovsdb_type *type)
{
    return is_text(&type->key) && !ovsdb_type_is_map(type);
}

static bool
is_text_map(const struct ovsdb_type *type)
{
    return is_text(&type->key) && is_text(&type->value);
}

static bool
is_permission_map(const struct ovsdb_type *type)
{
    return is_text(&type->key) && type->value.type == OVSDB_UUID
           && ovsdb_base_is_ref(&type->value);
}

static bool
is_one_boolean(const struct ovsdb_type *type)
{
    return type->key.type == OVSDB_BOOLEAN && ovsdb_type_is_scalar(type);
}

/* The value of column 'name' of 'row', if it is as 'fits' says. */
static const struct ovsdb_datum *
get_value(const struct db_table *t, const struct ovsdb_datum row[],
          const char *name, bool (*fits)(const struct ovsdb_type *),
          const struct ovsdb_column **column)
{
    const struct ovsdb_column *c = ovsdb_table_schema_column(t->schema, name);
    if (!c || !fits(&c->type)) {
        return NULL;
    }
    if (column) {
        *column = c;
    }
    return &row[c->idx];
}

static bool
set_has(const struct ovsdb_datum *set, const char *text)
{
    for (uint32_t i = 0; set && i < set->n; i++) {
        if (!strcmp(set->keys[i].s->s, text)) {
            return true;
        }
    }
    return false;
}

/* Roles and permissions. */

/* The permission that role 'row' gives for table 'name'; or NULL. */
static struct db_row *
permission_of_role(struct db *db, const struct db_table *roles,
                   const struct ovsdb_datum row[], const char *name)
{
    const struct ovsdb_column *c = NULL;
    const struct ovsdb_datum *map
        = get_value(roles, row, "permissions", is_permission_map, &c);
    for (uint32_t i = 0; map && i < map->n; i++) {
        if (!strcmp(map->keys[i].s->s, name)) {
            const struct db_table *t = db_table_of_base(db, &c->type.value);
            return t ? db_table_find(t, &map->values[i].uuid) : NULL;
        }
    }
    return NULL;
}

static struct db_row *
find_permission(struct db *db, const struct db_table *roles,
                const char *role, const char *table)
{
    struct db_view view = DB_VIEW_INIT;
    struct db_row *found = NULL;
    bool known = false;
    HMAP_FOR_EACH (struct db_row, row, node, &roles->rows) {
        const struct ovsdb_datum *d = db_row_read(row, &view);
        if (set_has(get_value(roles, d, "name", is_one_text, NULL), role)) {
            known = true;
            found = permission_of_role(db, roles, d, table);
            break;
        }
    }
    db_view_fini(&view);
    if (!known) {
        log_info_rl("role \"%s\" not found in table " ROLE_TABLE, role);
    }
    return found;
}

/* "COLUMN" holds 'id', or "COLUMN:KEY" does. */
static bool
row_names_client(const struct db_table *t, const struct ovsdb_datum row[],
                 const char *spec, const char *id)
{
    size_t n = strcspn(spec, ":");
    char *column = xasprintf("%.*s", (int)n, spec);
    bool found = false;
    if (!spec[n]) {
        found = set_has(get_value(t, row, column, is_one_text, NULL), id);
    } else {
        const char *key = spec + n + 1;
        size_t key_len = strcspn(key, ":");
        const struct ovsdb_datum *map
            = get_value(t, row, column, is_text_map, NULL);
        for (uint32_t i = 0; map && i < map->n; i++) {
            const struct ovsdb_str *k = map->keys[i].s;
            found |= key_len && strlen(k->s) == key_len
                     && !strncmp(k->s, key, key_len)
                     && !strcmp(map->values[i].s->s, id);
        }
    }
    free(column);
    return found;
}

static bool
row_is_authorized(const struct db_table *t, const struct ovsdb_datum row[],
                  const struct ovsdb_datum *authorization, const char *id)
{
    for (uint32_t i = 0; authorization && i < authorization->n; i++) {
        const char *spec = authorization->keys[i].s->s;
        if (!*spec || row_names_client(t, row, spec, id)) {
            return true;
        }
    }
    return false;
}

static bool
rows_are_authorized(const struct exec_access *a,
                    const struct ovsdb_datum *authorization, const char *id)
{
    struct db_view view = DB_VIEW_INIT;
    bool ok = true;
    for (size_t i = 0; i < a->n_rows && ok; i++) {
        ok = row_is_authorized(a->table, db_row_read(a->rows[i], &view),
                               authorization, id);
    }
    db_view_fini(&view);
    return ok;
}

static bool
columns_are_writable(const struct exec_access *a,
                     const struct ovsdb_datum *update)
{
    for (size_t i = 0; i < a->n_columns; i++) {
        if (!set_has(update, a->columns[i]->name)) {
            return false;
        }
    }
    return true;
}

/* 'p' is a permission for the table of 'a'. */
static bool
permission_allows(const struct db_row *p, const struct exec_access *a,
                  const char *id)
{
    struct db_view view = DB_VIEW_INIT;
    const struct ovsdb_datum *d = db_row_read(p, &view);
    const struct ovsdb_datum *flag
        = get_value(p->table, d, "insert_delete", is_one_boolean, NULL);
    bool ok = !a->n_rows /* Nothing is touched. */
              || (rows_are_authorized(
                      a, get_value(p->table, d, "authorization", is_text_set,
                                   NULL), id)
                  && (a->deed == EXEC_UPDATE || a->deed == EXEC_MUTATE
                          ? columns_are_writable(
                                a, get_value(p->table, d, "update",
                                             is_text_set, NULL))
                          : flag && flag->keys[0].boolean));
    db_view_fini(&view);
    return ok;
}

struct ovsdb_err *
rbac_check(struct db *db, const struct rbac_client *client,
           const struct exec_access *a)
{
    static const char *const deeds[] = {
        [EXEC_INSERT] = "row insertion into",
        [EXEC_DELETE] = "row deletion from",
        [EXEC_UPDATE] = "modification of",
        [EXEC_MUTATE] = "mutate operation on",
    };
    if (!client->role || !*client->role) {
        return NULL;
    }
    const struct db_table *roles = db_get_table(db, ROLE_TABLE);
    if (!roles) {
        return NULL;
    }
    const char *table = a->table->schema->name;
    const struct db_row *p
        = client->id ? find_permission(db, roles, client->role, table) : NULL;
    if (p && permission_allows(p, a, client->id)) {
        return NULL;
    }
    return ovsdb_err_create(OVSDB_E_PERMISSION,
                            "RBAC rules for client \"%s\" role \"%s\" "
                            "prohibit %s table \"%s\".",
                            client->id ? client->id : "(none)", client->role,
                            deeds[a->deed], table);
}
