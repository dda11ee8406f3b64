/* SPDX-License-Identifier: Apache-2.0 */
/* Remotes and key files that the database names, and the status of remotes
 * that goes back into it. */
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/jsonrpc.h"
#include "lib/io/listen.h"
#include "lib/io/tls.h"
#include "ovsdb/remote_priv.h"
#include "ovsdb/session.h"
#include "ovsdb/tlog.h"
#include "ovsdb/txn.h"

LOG_MODULE(ovsdb_remote_db);

/* A parsed "db:DB,TABLE,COLUMN". */
struct db_spec {
    struct db *db;
    struct db_table *table;
    const struct ovsdb_column *column;
};

static bool
is_db_spec(const char *text)
{
    return str_starts_with(text, "db:");
}

/* Looks the names up; NULL or a heap text. */
static char *
db_spec_find(struct server *server, const char *dbname, const char *table,
             const char *column, struct db_spec *spec)
{
    struct served_db *sdb = server_find_db(server, dbname);
    if (!sdb) {
        return xasprintf("no database named %s", dbname);
    }
    spec->db = sdb->db;
    spec->table = db_get_table(sdb->db, table);
    if (!spec->table) {
        return xasprintf("no table named %s", table);
    }
    spec->column = ovsdb_table_schema_column(spec->table->schema, column);
    if (!spec->column) {
        return xasprintf("table \"%s\" has no column \"%s\"", table,
                         column);
    }
    return NULL;
}

static char *
db_spec_parse(struct server *server, const char *text, struct db_spec *spec)
{
    char *copy = xstrdup(text + strlen("db:"));
    char *save = NULL;
    const char *dbname = strtok_r(copy, ",", &save);
    const char *table = strtok_r(NULL, ",", &save);
    const char *column = strtok_r(NULL, ",", &save);
    char *error;
    if (!column || strtok_r(NULL, ",", &save)) {
        error = xstrdup("invalid syntax: db:DB,TABLE,COLUMN was expected");
    } else {
        error = db_spec_find(server, dbname, table, column, spec);
    }
    free(copy);
    if (error) {
        char *whole = xasprintf("\"%s\": %s", text, error);
        free(error);
        return whole;
    }
    return NULL;
}

char *
remote_spec_check(struct server *server, const char *text)
{
    if (!is_db_spec(text)) {
        return stream_name_is_active(text) || stream_name_is_passive(text)
                   ? NULL
                   : xasprintf("%s: not a connection method", text);
    }
    struct db_spec spec;
    char *error = db_spec_parse(server, text, &spec);
    if (!error && spec.column->type.key.type != OVSDB_STRING
        && !ovsdb_base_is_ref(&spec.column->type.key)) {
        error = xasprintf("\"%s\": the column holds neither strings nor "
                          "references", text);
    }
    return error;
}

/* Values of rows, where the schema has them. */

static const struct ovsdb_datum *
row_get(const struct db_row *row, struct db_view *view, const char *name,
        enum ovsdb_atom_type type)
{
    const struct ovsdb_column *c
        = ovsdb_table_schema_column(row->table->schema, name);
    return c && c->type.key.type == type && !ovsdb_type_is_map(&c->type)
               ? &db_row_read_columns(row, view, &c, 1)[c->idx]
               : NULL;
}

/* Valid as long as what 'view' reads is. */
static const char *
row_get_string(const struct db_row *row, struct db_view *view,
               const char *name)
{
    const struct ovsdb_datum *d = row_get(row, view, name, OVSDB_STRING);
    return d && d->n ? d->keys[0].s->s : NULL;
}

static int64_t
row_get_int(const struct db_row *row, const char *name, int64_t def)
{
    struct db_view view = DB_VIEW_INIT;
    const struct ovsdb_datum *d = row_get(row, &view, name, OVSDB_INTEGER);
    int64_t x = d && d->n ? d->keys[0].integer : def;
    db_view_fini(&view);
    return x;
}

static bool
row_get_bool(const struct db_row *row, const char *name)
{
    struct db_view view = DB_VIEW_INIT;
    const struct ovsdb_datum *d = row_get(row, &view, name, OVSDB_BOOLEAN);
    bool x = d && d->n && d->keys[0].boolean;
    db_view_fini(&view);
    return x;
}

static bool
is_string_map(const struct ovsdb_column *c)
{
    return c->type.key.type == OVSDB_STRING
           && c->type.value.type == OVSDB_STRING
           && c->type.n_max == OVSDB_UNLIMITED;
}

/* other_config:dscp; -1 if there is none that can be. */
static int64_t
row_get_dscp(const struct db_row *row)
{
    const struct ovsdb_column *c
        = ovsdb_table_schema_column(row->table->schema, "other_config");
    struct db_view view = DB_VIEW_INIT;
    int64_t dscp = -1;
    if (c && is_string_map(c)) {
        const struct ovsdb_datum *d
            = &db_row_read_columns(row, &view, &c, 1)[c->idx];
        for (uint32_t i = 0; i < d->n; i++) {
            char *end;
            long x = strtol(d->values[i].s->s, &end, 10);
            if (!strcmp(d->keys[i].s->s, "dscp") && !*end && x >= 0
                && x <= 63) {
                dscp = x;
            }
        }
    }
    db_view_fini(&view);
    return dscp;
}

typedef void want_fn(struct server *, const struct remote_want *);

static void
resolve_row(struct server *server, const struct db_row *row, want_fn *want)
{
    struct db_view view = DB_VIEW_INIT, role_view = DB_VIEW_INIT;
    const char *target = row_get_string(row, &view, "target");
    if (target && *target) {
        want(server, &(struct remote_want){
                         .name = target,
                         .read_only = row_get_bool(row, "read_only"),
                         .role = row_get_string(row, &role_view, "role"),
                         .in_db = true,
                         .probe_ms = row_get_int(row, "inactivity_probe", -1),
                         .max_backoff_ms
                         = row_get_int(row, "max_backoff", -1),
                         .dscp = row_get_dscp(row),
                     });
    }
    db_view_fini(&role_view);
    db_view_fini(&view);
}

/* The row that element 'i' of a column refers to; or NULL. */
static struct db_row *
referred_row(const struct db_spec *spec, const struct ovsdb_datum *d,
             uint32_t i)
{
    return db_table_find(db_table_of_base(spec->db, &spec->column->type.key),
                         &d->keys[i].uuid);
}

void
remote_spec_resolve(struct server *server, const char *text, want_fn *want)
{
    if (!is_db_spec(text)) {
        want(server, &(struct remote_want){ .name = text,
                                            .probe_ms = -1,
                                            .max_backoff_ms = -1,
                                            .dscp = -1 });
        return;
    }
    struct db_spec spec;
    char *error = db_spec_parse(server, text, &spec);
    if (error) {
        log_warn_rl("%s", error);
        free(error);
        return;
    }
    bool is_ref = ovsdb_base_is_ref(&spec.column->type.key);
    struct db_view view = DB_VIEW_INIT;
    HMAP_FOR_EACH (struct db_row, row, node, &spec.table->rows) {
        const struct ovsdb_datum *d
            = &db_row_read_columns(row, &view, &spec.column,
                                   1)[spec.column->idx];
        for (uint32_t i = 0; i < d->n; i++) {
            if (!is_ref) {
                want(server, &(struct remote_want){ .name = d->keys[i].s->s,
                                                    .probe_ms = -1,
                                                    .max_backoff_ms = -1,
                                                    .dscp = -1 });
            } else {
                const struct db_row *target = referred_row(&spec, d, i);
                if (target) {
                    resolve_row(server, target, want);
                }
            }
        }
    }
    db_view_fini(&view);
}

/* A change of a table that some spec reads calls for a look. */

static bool
spec_reads(struct server *server, const char *text,
           const struct db_table *table)
{
    struct db_spec spec;
    if (!text || !is_db_spec(text)) {
        return false;
    }
    char *error = db_spec_parse(server, text, &spec);
    if (error) {
        free(error);
        return false;
    }
    return spec.table == table
           || (ovsdb_base_is_ref(&spec.column->type.key)
               && db_table_of_base(spec.db, &spec.column->type.key) == table);
}

static bool
table_matters(struct server *server, const struct db_table *table)
{
    LIST_FOR_EACH (struct remote_spec, spec, node, &server->specs) {
        if (spec_reads(server, spec->text, table)) {
            return true;
        }
    }
    const struct tls_config *tls = server->tls;
    return tls
           && (spec_reads(server, tls->private_key, table)
               || spec_reads(server, tls->certificate, table)
               || spec_reads(server, tls->ca_cert, table)
               || spec_reads(server, tls->peer_ca_cert, table));
}

void
remotes_committed(void *sdb_, const struct txn *txn)
{
    struct served_db *sdb = sdb_;
    const struct db_table *last = NULL;
    tlog_committed(sdb, txn);
    TXN_FOR_EACH_ROW (tr, txn) {
        if (tr->row->table != last) {
            last = tr->row->table;
            if (table_matters(sdb->server, last)) {
                remotes_reconfigure_soon(sdb->server);
                return;
            }
        }
    }
}

/* Status. */

static void
put_locks(const struct session *s, struct smap *status)
{
    struct str held = STR_INIT, waiting = STR_INIT;
    LIST_FOR_EACH (struct lock_waiter, w, owner_node, &s->locks) {
        struct str *str = lock_is_owned_by(w) ? &held : &waiting;
        str_putf(str, "%s%s", str->len ? " " : "", lock_name(w));
    }
    if (held.len) {
        smap_set(status, "locks_held", held.s);
    }
    if (waiting.len) {
        smap_set(status, "locks_waiting", waiting.s);
    }
    str_fini(&held);
    str_fini(&waiting);
}

static void
put_seconds(struct smap *status, const char *key, int64_t since_ms)
{
    if (since_ms > 0) {
        smap_setf(status, key, "%lld",
                  (long long)((clock_ms() - since_ms) / 1000));
    }
}

static bool
active_status(const struct remote *r, struct smap *status)
{
    if (!r->active) {
        return false;
    }
    const struct reconnect *rc = jsonrpc_session_reconnect(r->active->rpc);
    smap_set(status, "state", reconnect_state_name(rc->state));
    if (rc->last_error) {
        smap_set(status, "last_error", log_strerror(rc->last_error));
    }
    put_seconds(status, "sec_since_connect", rc->last_connected_ms);
    put_seconds(status, "sec_since_disconnect", rc->last_disconnected_ms);
    put_locks(r->active, status);
    return jsonrpc_session_is_connected(r->active->rpc);
}

static bool
passive_status(const struct remote *r, struct smap *status)
{
    uint16_t port = r->listener ? listener_port(r->listener) : 0;
    if (port) {
        smap_setf(status, "bound_port", "%u", port);
    }
    if (r->n_sessions > 1) {
        smap_setf(status, "n_connections", "%zu", r->n_sessions);
    }
    put_seconds(status, "sec_since_connect", r->connected_ms);
    put_seconds(status, "sec_since_disconnect", r->disconnected_ms);
    return r->n_sessions > 0;
}

static void
set_if_changed(struct txn *txn, struct db_row *row,
               const struct ovsdb_column *c, struct ovsdb_datum *d)
{
    struct db_view view = DB_VIEW_INIT;
    if (ovsdb_datum_eq(&db_row_read_columns(row, &view, &c, 1)[c->idx], d,
                       &c->type)) {
        ovsdb_datum_fini(d, &c->type);
    } else {
        txn_set(txn, row, c, d);
    }
    db_view_fini(&view);
}

static void
write_row_status(struct server *server, struct txn *txn, struct db_row *row)
{
    struct db_view view = DB_VIEW_INIT;
    const char *target = row_get_string(row, &view, "target");
    const struct remote *r = target ? remote_find(server, target) : NULL;
    struct smap status;
    smap_init(&status);
    if (target && *target && !stream_name_is_active(target)
        && !stream_name_is_passive(target)) {
        smap_set(&status, "state", "BACKOFF");
        smap_set(&status, "last_error", "not a connection method");
    }
    db_view_fini(&view);
    const struct ovsdb_table_schema *ts = row->table->schema;
    bool connected = r
                     && (stream_name_is_passive(r->name)
                             ? passive_status(r, &status)
                             : active_status(r, &status));
    const struct ovsdb_column *c
        = ovsdb_table_schema_column(ts, "is_connected");
    struct ovsdb_datum d;
    if (c && ovsdb_type_is_scalar(&c->type)
        && c->type.key.type == OVSDB_BOOLEAN) {
        ovsdb_datum_init_boolean(&d, connected);
        set_if_changed(txn, row, c, &d);
    }
    c = ovsdb_table_schema_column(ts, "status");
    if (c && is_string_map(c)) {
        ovsdb_datum_init_smap(&d, &status);
        set_if_changed(txn, row, c, &d);
    }
    smap_fini(&status);
}

static void
write_spec_status(struct server *server, const struct db_spec *spec)
{
    struct txn *txn = txn_begin(spec->db);
    struct db_view view = DB_VIEW_INIT;
    HMAP_FOR_EACH (struct db_row, row, node, &spec->table->rows) {
        const struct ovsdb_datum *d
            = &db_row_read_columns(row, &view, &spec->column,
                                   1)[spec->column->idx];
        for (uint32_t i = 0; i < d->n; i++) {
            struct db_row *target = referred_row(spec, d, i);
            if (target) {
                write_row_status(server, txn, target);
            }
        }
    }
    db_view_fini(&view);
    ovsdb_err_log(txn_commit(&txn), "writing the status of remotes");
}

static bool
is_copy(struct server *server, const struct db *db)
{
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        if (sdb->db == db) {
            return sdb->relay || server->sync.is_backup;
        }
    }
    return false;
}

void
remotes_write_status(struct server *server)
{
    LIST_FOR_EACH (struct remote_spec, rs, node, &server->specs) {
        struct db_spec spec;
        if (!is_db_spec(rs->text)) {
            continue;
        }
        char *error = db_spec_parse(server, rs->text, &spec);
        if (error) {
            free(error);
        } else if (is_copy(server, spec.db)) {
            continue; /* It is as the source says. */
        } else if (ovsdb_base_is_ref(&spec.column->type.key)) {
            write_spec_status(server, &spec);
        }
    }
}

/* Key files. */

/* The file name that an option stands for: heap, NULL if none. */
static char *
resolve_file(struct server *server, const char *value)
{
    if (!value || !is_db_spec(value)) {
        return xstrdup_null(value);
    }
    struct db_spec spec;
    char *error = db_spec_parse(server, value, &spec);
    if (error) {
        log_warn_rl("%s", error);
        free(error);
        return NULL;
    }
    if (spec.column->type.key.type != OVSDB_STRING) {
        return NULL;
    }
    struct db_view view = DB_VIEW_INIT;
    char *file = NULL;
    HMAP_FOR_EACH (struct db_row, row, node, &spec.table->rows) {
        const struct ovsdb_datum *d
            = &db_row_read_columns(row, &view, &spec.column,
                                   1)[spec.column->idx];
        if (d->n && d->keys[0].s->len) {
            file = xstrdup(d->keys[0].s->s);
            break;
        }
    }
    db_view_fini(&view);
    return file;
}

void
tls_reconfigure(struct server *server)
{
    if (!server->tls) {
        return;
    }
    struct tls_config names = *server->tls;
    names.private_key = resolve_file(server, server->tls->private_key);
    names.certificate = resolve_file(server, server->tls->certificate);
    names.ca_cert = resolve_file(server, server->tls->ca_cert);
    names.peer_ca_cert = resolve_file(server, server->tls->peer_ca_cert);
    bool complete = names.private_key && names.certificate && names.ca_cert;
    char *in_use = complete
                       ? xasprintf("%s\n%s\n%s\n%s", names.private_key,
                                   names.certificate, names.ca_cert,
                                   names.peer_ca_cert ? names.peer_ca_cert
                                                      : "")
                       : NULL;
    bool changed = !in_use != !server->tls_in_use
                   || (in_use && strcmp(in_use, server->tls_in_use));
    if (changed) {
        loop_set_tls(server->loop,
                     complete ? tls_context_create(&names) : NULL);
        free(server->tls_in_use);
        server->tls_in_use = in_use;
    } else {
        free(in_use);
    }
    free(names.private_key);
    free(names.certificate);
    free(names.ca_cert);
    free(names.peer_ca_cert);
}
