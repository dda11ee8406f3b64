/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/server.h"

#include <errno.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/config.h"
#include "ovsdb/convert.h"
#include "ovsdb/remote.h"
#include "ovsdb/replica.h"
#include "ovsdb/replication.h"
#include "ovsdb/session.h"

LOG_MODULE(ovsdb_server);

static void
on_barrier_moved(void *server_)
{
    struct server *server = server_;
    metrics_synced(server);
    LIST_FOR_EACH_SAFE (struct session, s, held_node, &server->held) {
        session_flush(s);
    }
}

void
server_init(struct server *server, struct loop *loop, struct tls_config *tls)
{
    *server = (struct server){ .sync.probe_ms = -1, .loop = loop, .tls = tls };
    uuid_generate(&server->id);
    list_init(&server->dbs);
    list_init(&server->sessions);
    list_init(&server->silent);
    session_guard_init(&server->guard);
    list_init(&server->held);
    list_init(&server->history);
    journal_barrier_init(&server->barrier, on_barrier_moved, server);
    locks_init(&server->locks);
    metrics_init(&server->metrics);
    remotes_init(server);
    server->self = self_create(server);
    self_add(server, server->self);
}

/* Databases. */

struct served_db *
server_find_db(struct server *server, const char *name)
{
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        if (!strcmp(db_name(sdb->db), name)) {
            return sdb;
        }
    }
    return NULL;
}

size_t
server_n_dbs(const struct server *server)
{
    return list_size(&server->dbs);
}

static int
compare_dbs(const void *a_, const void *b_)
{
    struct served_db *const *a = a_, *const *b = b_;
    return strcmp(db_name((*a)->db), db_name((*b)->db));
}

struct served_db **
server_sorted_dbs(const struct server *server)
{
    size_t n = server_n_dbs(server), i = 0;
    struct served_db **dbs = xcalloc(n + 1, sizeof *dbs);
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        dbs[i++] = sdb;
    }
    qsort(dbs, n, sizeof *dbs, compare_dbs);
    return dbs;
}

struct served_db *
server_add_memory_db(struct server *server, struct db *db)
{
    struct served_db *sdb = xzalloc(sizeof *sdb);
    sdb->server = server;
    sdb->db = db;
    sdb->has_schema = true;
    strset_init(&sdb->tlog);
    monitors_init(&sdb->monitors, server->loop, db, session_update);
    triggers_init(&sdb->triggers, server->loop, db);
    sdb->observer = (struct db_observer){ .committed = remotes_committed,
                                          .aux = sdb };
    db_observe(db, &sdb->observer);
    list_push_back(&server->dbs, &sdb->node);
    return sdb;
}

/* Clients that did not say they would notice are cut, so that they look
 * again [ovsdb-server(7) 4.1.18]. */
static void
tell_dbs_changed(struct server *server)
{
    LIST_FOR_EACH (struct session, s, node, &server->sessions) {
        session_dbs_changed(s);
    }
}

static bool
path_is_served(const struct server *server, const char *path)
{
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        if (sdb->path && !strcmp(sdb->path, path)) {
            return true;
        }
    }
    return false;
}

static void
cancel_clients(struct server *server, struct served_db *sdb)
{
    LIST_FOR_EACH (struct session, s, node, &server->sessions) {
        session_db_changed(s, sdb);
    }
    monitors_forget_history(&sdb->monitors);
}

static void
served_db_destroy(struct served_db *sdb)
{
    replica_destroy(&sdb->relay);
    replica_destroy(&sdb->copy);
    db_unobserve(&sdb->observer);
    monitors_fini(&sdb->monitors);
    triggers_fini(&sdb->triggers);
    journal_close(&sdb->journal);
    db_destroy(&sdb->db);
    list_remove(&sdb->node);
    strset_fini(&sdb->tlog);
    free(sdb->path);
    free(sdb);
}

/* Opens the file and its lock. */
static char *
open_db(struct server *server, const char *path, struct db **db,
        struct journal **journal)
{
    struct store *store;
    int error = store_open_file(server->loop, path, 0, &store);
    if (error == -EAGAIN) {
        return xasprintf("I/O error: %s: another process holds its lock",
                         path);
    }
    if (error) {
        return xasprintf("I/O error: %s: open failed (%s)", path,
                         log_strerror(error));
    }
    struct ovsdb_err *err = journal_open(server->loop, &server->barrier,
                                         store, false, journal, db);
    char *text = err ? ovsdb_err_to_text(err) : NULL;
    ovsdb_err_free(err);
    return text;
}

/* A database without tables, until the source tells its schema. */
static struct db *
empty_db(const char *name, char **error)
{
    json_t *json = json_pack("{ss, ss, s{}}", "name", name, "version",
                             "0.0.0", "tables");
    struct ovsdb_schema *schema = NULL;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    json_decref(json);
    if (err) {
        *error = ovsdb_err_to_text(err);
        ovsdb_err_free(err);
        return NULL;
    }
    return db_create(schema);
}

static char *
relay_start(struct server *server, const char *path, const char *name,
            const char *source)
{
    char *error = NULL;
    if (server_find_db(server, name)) {
        return xasprintf("%s: a database named %s is already served", path,
                         name);
    }
    struct db *db = empty_db(name, &error);
    if (!db) {
        return error;
    }
    struct served_db *sdb = server_add_memory_db(server, db);
    sdb->path = xstrdup(path);
    sdb->has_schema = false;
    sdb->relay = replica_create(sdb, source, NULL, true, &error);
    if (!sdb->relay) {
        served_db_destroy(sdb);
        return error;
    }
    self_add(server, sdb);
    return NULL;
}

/* "relay:DB:REMOTE". */
static char *
add_relay(struct server *server, const char *path)
{
    const char *name = path + strlen("relay:");
    size_t n = strcspn(name, ":");
    if (!n || !name[n] || !name[n + 1]) {
        return xasprintf("ovsdb error: %s: invalid syntax", path);
    }
    char *copy = xmemdup0(name, n);
    char *error = relay_start(server, path, copy, name + n + 1);
    free(copy);
    return error;
}

static void
db_added(struct server *server)
{
    tell_dbs_changed(server);
    remotes_reconfigure_soon(server);
    config_save(server);
}

char *
server_add_db(struct server *server, const char *path)
{
    if (path_is_served(server, path)) {
        return xasprintf("ovsdb error: %s: already open", path);
    }
    if (str_starts_with(path, "relay:")) {
        char *bad = add_relay(server, path);
        if (!bad) {
            db_added(server);
        }
        return bad;
    }
    struct db *db;
    struct journal *journal;
    char *error = open_db(server, path, &db, &journal);
    if (error) {
        return error;
    }
    if (server_find_db(server, db_name(db))) {
        error = xasprintf("%s: a database named %s is already served", path,
                          db_name(db));
        journal_close(&journal);
        db_destroy(&db);
        return error;
    }
    struct served_db *sdb = server_add_memory_db(server, db);
    sdb->path = xstrdup(path);
    sdb->journal = journal;
    self_add(server, sdb);
    replication_add_db(server, sdb);
    db_added(server);
    return NULL;
}

bool
server_remove_db(struct server *server, const char *name)
{
    struct served_db *sdb = server_find_db(server, name);
    if (!sdb || sdb == server->self) {
        return false;
    }
    cancel_clients(server, sdb);
    self_remove(server, sdb);
    served_db_destroy(sdb);
    remotes_reconfigure_soon(server);
    config_save(server);
    return true;
}

void
server_replace_db(struct server *server, struct served_db *sdb,
                  struct db *new)
{
    cancel_clients(server, sdb);
    db_swap_content(sdb->db, new);
    db_destroy(&new);
    sdb->has_schema = true;
    self_remove(server, sdb);
    self_add(server, sdb);
    remotes_reconfigure_soon(server);
}

struct ovsdb_err *
server_convert_db(struct server *server, struct served_db *sdb,
                  struct ovsdb_schema *schema)
{
    struct db *new;
    struct ovsdb_err *err = db_convert(sdb->db, schema, &new);
    if (err) {
        return err;
    }
    /* Who holds on to the old schema lets go first; the clients that asked
     * to be told are, even if the file then cannot be written. */
    cancel_clients(server, sdb);
    db_swap_content(sdb->db, new);
    if (sdb->journal) {
        err = journal_compact(sdb->journal, "converted by ovsdb-server");
    }
    if (err) {
        db_swap_content(sdb->db, new);
    } else {
        self_remove(server, sdb);
        self_add(server, sdb);
    }
    db_destroy(&new);
    remotes_reconfigure_soon(server);
    return err;
}

void
server_fini(struct server *server)
{
    remotes_fini(server);
    replication_fini(server);
    while (!list_is_empty(&server->sessions)) {
        struct session *s
            = LIST_ENTRY(list_front(&server->sessions), struct session, node);
        session_destroy(&s);
    }
    while (!list_is_empty(&server->dbs)) {
        served_db_destroy(LIST_ENTRY(list_front(&server->dbs),
                                     struct served_db, node));
    }
    server_cancel_history(server);
    locks_fini(&server->locks);
    metrics_fini(&server->metrics);
    free(server->tls_in_use);
}
