/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/cmds.h"

#include "lib/base/mem.h"
#include "lib/io/ctl.h"
#include "ovsdb/remote.h"
#include "ovsdb/replication.h"
#include "ovsdb/session.h"
#include "ovsdb/tlog.h"

#define CMD(NAME, USAGE, MIN, MAX, FN) static ctl_fn cmd_##FN;
#include "ovsdb/cmds.def"
#undef CMD

static void
stop_loop(void *server_)
{
    struct server *server = server_;
    loop_stop(server->loop);
}

static void
cmd_exit(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
         void *server)
{
    ctl_reply_then(conn, NULL, stop_loop, server);
}

/* Answers with 'error' (heap or NULL), which it frees. */
static void
reply_error_or_ok(struct ctl_conn *conn, char *error)
{
    if (error) {
        ctl_reply_error(conn, error);
    } else {
        ctl_reply(conn, NULL);
    }
    free(error);
}

static void
cmd_add_db(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
           void *server)
{
    reply_error_or_ok(conn, server_add_db(server, argv[1]));
}

static void
cmd_remove_db(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
              void *server)
{
    if (!strcmp(argv[1], SELF_DB_NAME)) {
        ctl_reply_error(conn, "Cannot remove reserved database.");
        return;
    }
    reply_error_or_ok(conn, server_remove_db(server, argv[1])
                                ? NULL
                                : xstrdup("Failed to find the database."));
}

static void
cmd_list_dbs(struct ctl_conn *conn, int argc UNUSED,
             const char *argv[] UNUSED, void *server_)
{
    struct server *server = server_;
    struct served_db **dbs = server_sorted_dbs(server);
    struct str s = STR_INIT;
    for (size_t i = 0; i < server_n_dbs(server); i++) {
        str_putf(&s, "%s\n", db_name(dbs[i]->db));
    }
    ctl_reply(conn, str_cstr(&s));
    str_fini(&s);
    free(dbs);
}

static void
cmd_add_remote(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
               void *server)
{
    reply_error_or_ok(conn, remotes_add_spec(server, argv[1]));
}

static void
cmd_remove_remote(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
                  void *server)
{
    reply_error_or_ok(conn, remotes_remove_spec(server, argv[1])
                                ? NULL
                                : xstrdup("no such remote"));
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
cmd_list_remotes(struct ctl_conn *conn, int argc UNUSED,
                 const char *argv[] UNUSED, void *server_)
{
    struct server *server = server_;
    const char **texts
        = xcalloc(list_size(&server->specs) + 1, sizeof *texts);
    size_t n = 0;
    LIST_FOR_EACH (struct remote_spec, spec, node, &server->specs) {
        texts[n++] = spec->text;
    }
    qsort(texts, n, sizeof *texts, compare_texts);
    struct str s = STR_INIT;
    for (size_t i = 0; i < n; i++) {
        str_putf(&s, "%s\n", texts[i]);
    }
    ctl_reply(conn, str_cstr(&s));
    str_fini(&s);
    free(texts);
}

/* A request that waits for compactions. */
struct compact_request {
    struct ctl_conn *conn;
    size_t n_waiting; /* Databases, and one until all have been asked. */
    char *error;      /* First that went wrong; or NULL. */
};

static void
compact_one_done(void *req_, const struct ovsdb_err *err)
{
    struct compact_request *req = req_;
    if (err && !req->error) {
        req->error = ovsdb_err_to_text(err);
    }
    if (!--req->n_waiting) {
        reply_error_or_ok(req->conn, req->error);
        free(req);
    }
}

static void
cmd_compact(struct ctl_conn *conn, int argc, const char *argv[],
            void *server_)
{
    struct server *server = server_;
    if (argc > 1 && !strcmp(argv[1], SELF_DB_NAME)) {
        ctl_reply_error(conn, "cannot compact built-in databases");
        return;
    }
    struct compact_request *req = xzalloc(sizeof *req);
    req->conn = conn;
    req->n_waiting = 1;
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        if (sdb->journal
            && (argc < 2 || !strcmp(argv[1], db_name(sdb->db)))) {
            req->n_waiting++;
            journal_compact_start(sdb->journal, "compacting database online",
                                  compact_one_done, req);
        }
    }
    if (argc > 1 && req->n_waiting == 1) {
        req->error = xstrdup("no database by that name");
    }
    compact_one_done(req, NULL);
}

/* Reads "on" or "off", or answers with an error. */
static bool
parse_switch(struct ctl_conn *conn, const char *text, bool *on)
{
    *on = !strcmp(text, "on");
    if (!*on && strcmp(text, "off")) {
        ctl_reply_error(conn, "invalid argument");
        return false;
    }
    return true;
}

static void
cmd_trim_memory(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
                void *server_)
{
    struct server *server = server_;
    bool on;
    if (parse_switch(conn, argv[1], &on)) {
        server->barrier.trim_memory = on;
        ctl_reply(conn, NULL);
    }
}

static void
cmd_second_copy(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
                void *server_)
{
    struct server *server = server_;
    bool on;
    if (parse_switch(conn, argv[1], &on)) {
        server->barrier.no_second_copy = !on;
        ctl_reply(conn, NULL);
    }
}

static void
cmd_storage_status(struct ctl_conn *conn, int argc UNUSED,
                   const char *argv[], void *server)
{
    struct served_db *sdb = server_find_db(server, argv[1]);
    if (!sdb) {
        ctl_reply_error(conn, "Failed to find the database.");
        return;
    }
    char *text = xasprintf("status: %s", sdb->journal
                                             ? journal_status(sdb->journal)
                                             : "ok");
    ctl_reply(conn, text);
    free(text);
}

static void
cmd_reconnect(struct ctl_conn *conn, int argc UNUSED,
              const char *argv[] UNUSED, void *server_)
{
    struct server *server = server_;
    LIST_FOR_EACH (struct session, s, node, &server->sessions) {
        session_disconnect(s);
    }
    ctl_reply(conn, NULL);
}

static void
cmd_tlog_set(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
             void *server)
{
    bool on = !strcmp(argv[2], "on");
    const char *error = on || !strcmp(argv[2], "off")
                            ? tlog_set(server, argv[1], on)
                            : "invalid command argument";
    if (error) {
        ctl_reply_error(conn, error);
    } else {
        ctl_reply(conn, NULL);
    }
}

static void
cmd_tlog_list(struct ctl_conn *conn, int argc UNUSED,
              const char *argv[] UNUSED, void *server)
{
    struct str s = STR_INIT;
    tlog_put_list(server, &s);
    ctl_reply(conn, str_cstr(&s));
    str_fini(&s);
}

/* Active and backup. */

static void
cmd_sync_status(struct ctl_conn *conn, int argc UNUSED,
                const char *argv[] UNUSED, void *server)
{
    struct str s = STR_INIT;
    replication_put_status(server, &s);
    ctl_reply(conn, str_cstr(&s));
    str_fini(&s);
}

static void
cmd_set_active(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
               void *server)
{
    replication_set_source(server, argv[1]);
    ctl_reply(conn, NULL);
}

static void
cmd_get_active(struct ctl_conn *conn, int argc UNUSED,
               const char *argv[] UNUSED, void *server_)
{
    struct server *server = server_;
    ctl_reply(conn, server->sync.source);
}

static void
cmd_connect_active(struct ctl_conn *conn, int argc UNUSED,
                   const char *argv[] UNUSED, void *server)
{
    reply_error_or_ok(conn, replication_connect(server));
}

static void
cmd_disconnect_active(struct ctl_conn *conn, int argc UNUSED,
                      const char *argv[] UNUSED, void *server)
{
    replication_disconnect(server);
    ctl_reply(conn, NULL);
}

static void
cmd_set_probe(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
              void *server)
{
    char *end;
    long ms = strtol(argv[1], &end, 10);
    if (*end || end == argv[1] || ms < 0) {
        ctl_reply(conn, "Invalid probe interval, integer value expected");
        return;
    }
    replication_set_probe(server, ms);
    ctl_reply(conn, NULL);
}

static void
cmd_set_exclude(struct ctl_conn *conn, int argc, const char *argv[],
                void *server)
{
    reply_error_or_ok(conn, replication_set_exclude(server, argc > 1 ? argv[1]
                                                                     : ""));
}

static void
cmd_get_exclude(struct ctl_conn *conn, int argc UNUSED,
                const char *argv[] UNUSED, void *server_)
{
    struct server *server = server_;
    ctl_reply(conn, server->sync.exclude);
}

static void
cmd_cluster(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
            void *server UNUSED)
{
    char *text = xasprintf("%s: clustered databases are not served; use "
                           "active-backup or relay servers", argv[0]);
    ctl_reply_error(conn, text);
    free(text);
}

static void
cmd_perf_show(struct ctl_conn *conn, int argc UNUSED,
              const char *argv[] UNUSED, void *server_)
{
    struct server *server = server_;
    struct str s = STR_INIT;
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        str_putf(&s, "%s: commits=%llu\n", db_name(sdb->db),
                 (unsigned long long)sdb->db->n_commits);
    }
    ctl_reply(conn, str_cstr(&s));
    str_fini(&s);
}

static void
cmd_perf_clear(struct ctl_conn *conn, int argc UNUSED,
               const char *argv[] UNUSED, void *server_)
{
    struct server *server = server_;
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        sdb->db->n_commits = 0;
    }
    ctl_reply(conn, NULL);
}

static void
put_memory(struct ctl_memory *m, void *server_)
{
    struct server *server = server_;
    uint64_t cells = 0, weak = 0, rows = 0, waits = 0, backlog = 0;
    size_t n_monitors = 0, n_groups = 0, history = 0, history_bytes = 0;
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        cells += db_count_cells(sdb->db);
        rows += db_count_rows(sdb->db);
        weak += hmap_count(&sdb->db->weak_refs);
        n_monitors += sdb->monitors.n;
        n_groups += monitors_count_groups(&sdb->monitors);
        history += sdb->monitors.history.n;
        history_bytes += sdb->monitors.history.n_bytes;
    }
    LIST_FOR_EACH (struct session, s, node, &server->sessions) {
        waits += s->n_triggers;
        backlog += s->held_bytes + jsonrpc_session_queued(s->rpc);
    }
    ctl_memory_put(m, "backlog", backlog);
    ctl_memory_put(m, "cells", cells);
    ctl_memory_put(m, "history-bytes", history_bytes);
    ctl_memory_put(m, "history-txns", history);
    ctl_memory_put(m, "monitor-groups", n_groups);
    ctl_memory_put(m, "monitors", n_monitors);
    ctl_memory_put(m, "n-weak-refs", weak);
    ctl_memory_put(m, "rows", rows);
    ctl_memory_put(m, "sessions", list_size(&server->sessions));
    ctl_memory_put(m, "triggers", waits);
    ctl_memory_put(m, "unfinished-bytes", server->guard.parts);
}

void
cmds_register(struct ctl *ctl, struct server *server)
{
#define CMD(NAME, USAGE, MIN, MAX, FN)                                        \
    ctl_command_register(ctl, NAME, USAGE, MIN, MAX, cmd_##FN, server);
#include "ovsdb/cmds.def"
#undef CMD
    ctl_memory_register(ctl, put_memory, server);
}
