/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/replication.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/config.h"
#include "ovsdb/replica.h"
#include "ovsdb/session.h"

LOG_MODULE(replication);

static void
drop_clients(struct server *server)
{
    LIST_FOR_EACH (struct session, s, node, &server->sessions) {
        session_disconnect(s);
    }
}

static void
stop_replicas(struct server *server)
{
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        replica_destroy(&sdb->copy);
    }
}

void
replication_add_db(struct server *server, struct served_db *sdb)
{
    if (!server->sync.is_backup || !sdb->journal) {
        return;
    }
    char *error = NULL;
    sdb->copy = replica_create(sdb, server->sync.source,
                               server->sync.exclude, false, &error);
    if (!sdb->copy) {
        log_err("%s: %s", server->sync.source, error);
        free(error);
    } else if (server->sync.probe_ms >= 0) {
        replica_set_probe(sdb->copy, server->sync.probe_ms);
    }
}

static void
restart_replicas(struct server *server)
{
    stop_replicas(server);
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        replication_add_db(server, sdb);
    }
}

void
replication_fini(struct server *server)
{
    stop_replicas(server);
    free(server->sync.source);
    free(server->sync.exclude);
}

void
replication_set_source(struct server *server, const char *remote)
{
    char *copy = xstrdup(remote);
    free(server->sync.source);
    server->sync.source = copy;
    config_save(server);
    if (server->sync.is_backup) {
        restart_replicas(server);
    }
}

char *
replication_set_exclude(struct server *server, const char *list)
{
    char *error = replica_check_exclude(list);
    if (!error) {
        free(server->sync.exclude);
        server->sync.exclude = *list ? xstrdup(list) : NULL;
        config_save(server);
        if (server->sync.is_backup) {
            restart_replicas(server);
        }
    }
    return error;
}

void
replication_set_probe(struct server *server, int64_t ms)
{
    server->sync.probe_ms = ms;
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        if (sdb->copy) {
            replica_set_probe(sdb->copy, ms);
        }
    }
}

char *
replication_connect(struct server *server)
{
    if (!server->sync.source) {
        return xstrdup("Unable to connect: active server is not specified.");
    }
    if (!server->sync.is_backup) {
        server->sync.is_backup = true;
        drop_clients(server);
    }
    restart_replicas(server);
    config_save(server);
    return NULL;
}

void
replication_disconnect(struct server *server)
{
    stop_replicas(server);
    if (server->sync.is_backup) {
        server->sync.is_backup = false;
        drop_clients(server);
        config_save(server);
    }
}

void
replication_put_status(const struct server *server, struct str *out)
{
    if (!server->sync.is_backup) {
        str_put(out, "state: active\n");
        return;
    }
    struct str dbs = STR_INIT, errors = STR_INIT;
    bool live = true;
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        const char *error = sdb->copy ? replica_error(sdb->copy) : NULL;
        if (sdb->copy && replica_is_live(sdb->copy)) {
            str_putf(&dbs, "%s%s", dbs.len ? ", " : "", db_name(sdb->db));
        } else if (sdb->copy) {
            live = false;
        }
        if (error) {
            str_putf(&errors, "error: %s: %s\n", db_name(sdb->db), error);
        }
    }
    str_putf(out, "state: backup\n%s: %s\n",
             live || dbs.len ? "replicating" : "connecting",
             server->sync.source);
    if (dbs.len) {
        str_putf(out, "database: %s\n", dbs.s);
    }
    if (dbs.len && server->sync.exclude) {
        str_putf(out, "exclude: %s\n", server->sync.exclude);
    }
    str_put(out, str_cstr(&errors));
    str_fini(&dbs);
    str_fini(&errors);
}
