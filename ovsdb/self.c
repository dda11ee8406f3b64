/* SPDX-License-Identifier: Apache-2.0 */
/* The database _Server, which tells clients about the databases that are
 * served [ovsdb-server(5)]: one row each, written by us and read-only to
 * clients.  It lives in memory. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "ovsdb/server.h"
#include "ovsdb/txn.h"

static const char self_schema[]
    = "{\"name\": \"" SELF_DB_NAME "\", \"version\": \"1.2.0\","
      " \"cksum\": \"3009684573 744\", \"tables\": {\"Database\": {"
      "\"columns\": {"
      "\"name\": {\"type\": \"string\"},"
      "\"model\": {\"type\": {\"key\": {\"type\": \"string\", \"enum\":"
      " [\"set\", [\"clustered\", \"relay\", \"standalone\"]]}}},"
      "\"connected\": {\"type\": \"boolean\"},"
      "\"leader\": {\"type\": \"boolean\"},"
      "\"schema\": {\"type\": {\"key\": \"string\", \"min\": 0}},"
      "\"cid\": {\"type\": {\"key\": \"uuid\", \"min\": 0}},"
      "\"sid\": {\"type\": {\"key\": \"uuid\", \"min\": 0}},"
      "\"index\": {\"type\": {\"key\": \"integer\", \"min\": 0}}}}}}";

struct served_db *
self_create(struct server *server)
{
    char *error = NULL;
    json_t *json = json_parse(self_schema, sizeof self_schema - 1, &error);
    ASSERT(json);
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    ASSERT(!err);
    json_decref(json);
    return server_add_memory_db(server, db_create(schema));
}

static struct ovsdb_datum *
cell(struct db_row *row, const char *column)
{
    const struct ovsdb_column *c
        = ovsdb_table_schema_column(row->table->schema, column);
    ASSERT(c);
    struct ovsdb_datum *d = &row->u.datums[c->idx];
    ovsdb_datum_fini(d, &c->type);
    return d;
}

void
self_add(struct server *server, struct served_db *sdb)
{
    struct db *self = server->self->db;
    struct txn *txn = txn_begin(self);
    uuid_generate(&sdb->self_row);
    struct db_row *row
        = db_row_create(db_get_table(self, "Database"), &sdb->self_row);
    json_t *schema = ovsdb_schema_to_json(sdb->db->schema);
    char *text = json_to_text(schema, JSON_STYLE_SORT);
    ovsdb_datum_init_string(cell(row, "name"), db_name(sdb->db));
    ovsdb_datum_init_string(cell(row, "model"), "standalone");
    ovsdb_datum_init_boolean(cell(row, "connected"), true);
    ovsdb_datum_init_boolean(cell(row, "leader"), true);
    ovsdb_datum_init_string(cell(row, "schema"), text);
    free(text);
    json_decref(schema);
    txn_insert(txn, row);
    struct ovsdb_err *err = txn_commit(&txn);
    ASSERT(!err);
}

void
self_remove(struct server *server, struct served_db *sdb)
{
    struct db *self = server->self->db;
    struct txn *txn = txn_begin(self);
    struct db_row *row
        = db_table_find(db_get_table(self, "Database"), &sdb->self_row);
    ASSERT(row);
    txn_delete(txn, row);
    struct ovsdb_err *err = txn_commit(&txn);
    ASSERT(!err);
}
