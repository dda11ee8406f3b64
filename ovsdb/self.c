/* SPDX-License-Identifier: Apache-2.0 */
/* The database _Server, which tells clients about the databases that are
 * served [ovsdb-server(5)]: one row each, written by us and read-only to
 * clients.  It lives in memory. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "ovsdb/replica.h"
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

static void
set(struct txn *txn, struct db_row *row, const char *column,
    struct ovsdb_datum *take)
{
    const struct ovsdb_column *c
        = ovsdb_table_schema_column(row->table->schema, column);
    ASSERT(c);
    txn_set(txn, row, c, take);
}

static void
set_text(struct txn *txn, struct db_row *row, const char *column,
         const char *text)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_string(&d, text);
    set(txn, row, column, &d);
}

static void
set_boolean(struct txn *txn, struct db_row *row, const char *column, bool x)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_boolean(&d, x);
    set(txn, row, column, &d);
}

static struct db_row *
self_find(struct server *server, const struct served_db *sdb)
{
    return db_table_find(db_get_table(server->self->db, "Database"),
                         &sdb->self_row);
}

static void
write_row(struct txn *txn, struct db_row *row, const struct served_db *sdb)
{
    set_text(txn, row, "name", db_name(sdb->db));
    set_text(txn, row, "model", sdb->relay ? "relay" : "standalone");
    set_boolean(txn, row, "connected",
                !sdb->relay || replica_is_live(sdb->relay));
    set_boolean(txn, row, "leader", !sdb->relay);
    if (sdb->has_schema) {
        json_t *schema = ovsdb_schema_to_json(sdb->db->schema);
        char *text = json_to_text(schema, JSON_STYLE_SORT);
        set_text(txn, row, "schema", text);
        free(text);
        json_decref(schema);
    }
}

void
self_add(struct server *server, struct served_db *sdb)
{
    struct db *self = server->self->db;
    struct txn *txn = txn_begin(self);
    uuid_generate(&sdb->self_row);
    struct db_row *row
        = db_row_create(db_get_table(self, "Database"), &sdb->self_row);
    txn_insert(txn, row);
    write_row(txn, row, sdb);
    struct ovsdb_err *err = txn_commit(&txn);
    ASSERT(!err);
}

void
self_update(struct server *server, struct served_db *sdb)
{
    struct db_row *row = self_find(server, sdb);
    if (row) {
        struct txn *txn = txn_begin(server->self->db);
        write_row(txn, row, sdb);
        struct ovsdb_err *err = txn_commit(&txn);
        ASSERT(!err);
    }
}

void
self_remove(struct server *server, struct served_db *sdb)
{
    struct db *self = server->self->db;
    struct txn *txn = txn_begin(self);
    struct db_row *row = self_find(server, sdb);
    ASSERT(row);
    txn_delete(txn, row);
    struct ovsdb_err *err = txn_commit(&txn);
    ASSERT(!err);
}
