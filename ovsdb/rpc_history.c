/* SPDX-License-Identifier: Apache-2.0 */
/* weir_get_history and weir_get_undo: the past, from a database's file
 * (lib/ovsdb/history.h).
 *
 * Helper threads read the file, which may be big; one request at a time, so
 * that syncs, which need helpers too, never wait for such reading.  The
 * helper sees nothing of the database in memory.  Answers pass the journal's
 * barrier like all others, so that what they tell is on the disk. */
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/history.h"
#include "ovsdb/session_priv.h"

struct history_job {
    struct list node;        /* In server.history: the first one runs. */
    struct server *server;   /* NULL: it is gone. */
    struct session *session; /* NULL: it is gone, nobody wants an answer. */
    json_t *id, *params;     /* Owned. */
    char *path;
    bool is_undo;
    char *text;              /* Result, */
    struct ovsdb_err *err;   /* or why there is none. */
};

static void
job_free(struct history_job *job)
{
    json_decref(job->id);
    json_decref(job->params);
    free(job->path);
    free(job->text);
    ovsdb_err_free(job->err);
    free(job);
}

/* In a helper thread. */
static struct ovsdb_err *
answer(struct history_job *job, struct ovsdb_history *h, json_t **result)
{
    const json_t *arg = json_array_get(job->params, 1);
    if (job->is_undo) {
        return ovsdb_history_undo(h, json_string_value(arg), result);
    }
    struct ovsdb_history_query q = { 0 };
    struct ovsdb_err *err
        = arg ? ovsdb_history_query_from_json(&q, arg) : NULL;
    return err ? err : ovsdb_history_page(h, &q, result);
}

static void
job_work(void *job_)
{
    struct history_job *job = job_;
    struct ovsdb_history *h;
    json_t *result = NULL;
    job->err = ovsdb_history_open(job->path, &h);
    if (!job->err) {
        job->err = answer(job, h, &result);
        ovsdb_history_close(&h);
    }
    if (!job->err) {
        job->text = json_to_text(result, JSON_STYLE_COMPACT);
    }
    if (job->text && strlen(job->text) > HISTORY_ANSWER_MAX) {
        job->err = ovsdb_err_create(OVSDB_E_RESOURCES, "the answer would be "
                                    "longer than %d bytes",
                                    HISTORY_ANSWER_MAX);
    }
    json_decref(result);
}

static void start_next(struct server *);

static void
job_done(void *job_)
{
    struct history_job *job = job_;
    struct server *server = job->server;
    list_remove(&job->node);
    if (job->session && job->err) {
        rpc_error(job->session, job->id, ovsdb_err_to_json(job->err));
    } else if (job->session) {
        rpc_reply_text(job->session, job->id, job->text);
    }
    job_free(job);
    if (server) {
        start_next(server);
    }
}

/* The first in the list starts as soon as it is the first. */
static void
start_next(struct server *server)
{
    if (!list_is_empty(&server->history)) {
        loop_work(server->loop, job_work, job_done,
                  LIST_ENTRY(list_front(&server->history), struct history_job,
                             node));
    }
}

static size_t
count_jobs(const struct session *s)
{
    size_t n = 0;
    LIST_FOR_EACH (struct history_job, job, node, &s->server->history) {
        n += job->session == s;
    }
    return n;
}

static void
start(struct request *r, bool is_undo)
{
    struct server *server = r->session->server;
    if (!r->db->journal) {
        rpc_fail(r, ovsdb_err_create(OVSDB_E_NOT_SUPPORTED, "database %s has "
                                     "no file, and so no history",
                                     db_name(r->db->db)));
        return;
    }
    if (count_jobs(r->session) >= HISTORY_WAITS_MAX) {
        rpc_fail(r, ovsdb_err_create(OVSDB_E_RESOURCES, "%d requests of this "
                                     "client wait already",
                                     HISTORY_WAITS_MAX));
        return;
    }
    struct history_job *job = xzalloc(sizeof *job);
    job->server = server;
    job->session = r->session;
    job->id = json_incref(r->id);
    job->params = json_incref(r->params);
    job->path = xstrdup(journal_name(r->db->journal));
    job->is_undo = is_undo;
    bool was_idle = list_is_empty(&server->history);
    list_push_back(&server->history, &job->node);
    if (was_idle) {
        start_next(server);
    }
}

void
rpc_weir_get_history(struct request *r)
{
    if (json_array_size(r->params) > 2) {
        rpc_fail(r, ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "params must be "
                                 "<db-name>, {<option>: <value>}"));
        return;
    }
    start(r, false);
}

void
rpc_weir_get_undo(struct request *r)
{
    if (json_array_size(r->params) != 2
        || !json_is_string(json_array_get(r->params, 1))) {
        rpc_fail(r, ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "params must be "
                                 "<db-name>, <transaction>"));
        return;
    }
    start(r, true);
}

/* The running one stays until its helper is done. */
void
session_cancel_history(struct session *s)
{
    LIST_FOR_EACH_SAFE (struct history_job, job, node, &s->server->history) {
        if (job->session == s) {
            job->session = NULL;
            if (list_front(&s->server->history) != &job->node) {
                list_remove(&job->node);
                job_free(job);
            }
        }
    }
}

void
server_cancel_history(struct server *server)
{
    LIST_FOR_EACH_SAFE (struct history_job, job, node, &server->history) {
        bool runs = list_front(&server->history) == &job->node;
        job->session = NULL;
        job->server = NULL;
        if (!runs) {
            list_remove(&job->node);
            job_free(job);
        }
    }
    /* The running one is left alone. */
    list_remove(&server->history);
}
