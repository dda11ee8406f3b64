/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/ctl.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/io/ctl_priv.h"
#include "lib/io/json.h"
#include "lib/io/jsonrpc.h"
#include "lib/io/listen.h"

LOG_MODULE(unixctl);

/* One connection to the socket. */
struct ctl_client {
    struct list node; /* In ctl->clients. */
    struct ctl *ctl;
    struct jsonrpc *rpc;
    bool wants_json;  /* set-options --format json. */
    struct list conns;
    size_t n_conns;
    void (*then)(void *); /* Once the queue is out; NULL if none. */
    void *then_aux;
};

struct ctl_conn {
    struct list node;          /* In client->conns, or ctl->orphans. */
    struct ctl *ctl;
    struct ctl_client *client; /* NULL: gone, or ctl_execute(). */
    json_t *id;
    void (*done)(void *aux, bool is_error, const char *text);
    void *done_aux;
};

static const struct jsonrpc_callbacks client_cbs;

static void
client_destroy(struct ctl_client *c)
{
    LIST_FOR_EACH_SAFE (struct ctl_conn, conn, node, &c->conns) {
        /* Its command still holds it and will answer nobody. */
        conn->client = NULL;
        list_remove(&conn->node);
        list_push_back(&c->ctl->orphans, &conn->node);
    }
    if (c->then) {
        loop_post(c->ctl->loop, c->then, c->then_aux);
    }
    list_remove(&c->node);
    jsonrpc_close(&c->rpc);
    free(c);
}

static void
on_accept(void *ctl_, struct stream *stream)
{
    struct ctl *ctl = ctl_;
    struct ctl_client *c = xzalloc(sizeof *c);
    c->ctl = ctl;
    list_init(&c->conns);
    list_push_back(&ctl->clients, &c->node);
    c->rpc = jsonrpc_from_stream(ctl->loop, stream, &client_cbs, c);
    jsonrpc_set_limits(c->rpc, CTL_MESSAGE_MAX, STREAM_QUEUE_MAX);
}

static void
client_connected(void *c, int err)
{
    if (err) {
        client_destroy(c);
    }
}

static void
client_closed(void *c, int err UNUSED)
{
    client_destroy(c);
}

static void
client_drained(void *c_)
{
    struct ctl_client *c = c_;
    if (c->then) {
        void (*then)(void *) = c->then;
        c->then = NULL;
        then(c->then_aux);
    }
}

/* Runs the command, or answers what is wrong with it. */
static void
run_command(struct ctl_conn *conn, const char *name, int n_args,
            const char *argv[])
{
    struct ctl_command *cmd = shash_get(&conn->ctl->commands, name);
    counter_inc(ctl_request);
    if (!cmd) {
        ctl_reply_errorf(conn,
                         "\"%s\" is not a valid command (use "
                         "\"list-commands\" to see a list of valid "
                         "commands)", name);
    } else if (n_args < cmd->min_args) {
        ctl_reply_errorf(conn,
                         "\"%s\" command requires at least %d arguments",
                         name, cmd->min_args);
    } else if (n_args > cmd->max_args) {
        ctl_reply_errorf(conn, "\"%s\" command takes at most %d arguments",
                         name, cmd->max_args);
    } else {
        cmd->fn(conn, n_args + 1, argv, cmd->aux);
    }
}

static void
run_request(struct ctl_conn *conn, const struct jsonrpc_msg *m)
{
    size_t n = json_array_size(m->params);
    const char **argv = xcalloc(n + 2, sizeof *argv);
    argv[0] = m->method;
    for (size_t i = 0; i < n; i++) {
        argv[i + 1] = json_string_value(json_array_get(m->params, i));
        if (!argv[i + 1]) {
            ctl_reply_errorf(conn, "\"%s\" command has non-string argument",
                             m->method);
            free(argv);
            return;
        }
    }
    run_command(conn, m->method, (int)n, argv);
    free(argv);
}

static void
client_message(void *c_, struct jsonrpc_msg *m)
{
    struct ctl_client *c = c_;
    if (m->type != JSONRPC_REQUEST || c->n_conns >= CTL_REQUESTS_MAX) {
        log_warn_rl("%s: received unexpected message", jsonrpc_name(c->rpc));
        client_destroy(c);
        return;
    }
    struct ctl_conn *conn = xzalloc(sizeof *conn);
    conn->ctl = c->ctl;
    conn->client = c;
    conn->id = json_incref(m->id);
    c->n_conns++;
    list_push_back(&c->conns, &conn->node);
    run_request(conn, m);
}

static const struct jsonrpc_callbacks client_cbs = {
    .connected = client_connected,
    .message = client_message,
    .closed = client_closed,
    .drained = client_drained,
};

static void
conn_free(struct ctl_conn *conn)
{
    if (conn->client) {
        conn->client->n_conns--;
    }
    list_remove(&conn->node);
    json_decref(conn->id);
    free(conn);
}

/* The text with a new line at its end, as users of the socket expect. */
static char *
ended_text(const char *text)
{
    size_t n = text ? strlen(text) : 0;
    return n && text[n - 1] != '\n' ? xasprintf("%s\n", text)
                                    : xstrdup(n ? text : "");
}

/* Answers with 'json' (stolen) or, where that is NULL, with 'text'. */
static void
answer(struct ctl_conn *conn, bool is_error, const char *text, json_t *json)
{
    char *ended = ended_text(text);
    struct ctl_client *c = conn->client;
    if (conn->done) {
        char *as_text = json ? json_to_text(json, JSON_STYLE_SORT) : NULL;
        conn->done(conn->done_aux, is_error, as_text ? as_text : ended);
        free(as_text);
    } else if (c) {
        json_t *body = json_incref(json);
        if (!body && c->wants_json && !is_error) {
            body = json_pack("{s:s, s:s}", "reply", ended, "reply-format",
                             "plain");
        } else if (!body) {
            body = json_string(ended);
        }
        /* Text that is no UTF-8 must not lose the answer. */
        body = body ? body : json_string("(reply is not UTF-8 text)\n");
        int err = jsonrpc_send(
            c->rpc, is_error
                        ? jsonrpc_make_error(body, json_incref(conn->id))
                        : jsonrpc_make_reply(body, json_incref(conn->id)));
        if (err) {
            log_warn_rl("%s: cannot reply: %s", jsonrpc_name(c->rpc),
                        log_strerror(err));
        }
    }
    json_decref(json);
    free(ended);
    conn_free(conn);
}

void
ctl_reply(struct ctl_conn *conn, const char *text)
{
    answer(conn, false, text, NULL);
}

void
ctl_reply_json(struct ctl_conn *conn, json_t *json)
{
    answer(conn, false, "", json);
}

void
ctl_reply_error(struct ctl_conn *conn, const char *text)
{
    answer(conn, true, text, NULL);
}

void
ctl_reply_errorf(struct ctl_conn *conn, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = xvasprintf(fmt, args);
    va_end(args);
    ctl_reply_error(conn, text);
    free(text);
}

bool
ctl_wants_json(const struct ctl_conn *conn)
{
    return conn->client && conn->client->wants_json;
}

void
ctl_reply_and_set_json(struct ctl_conn *conn, bool on)
{
    struct ctl_client *c = conn->client;
    ctl_reply(conn, NULL); /* Still in the old format. */
    if (c) {
        c->wants_json = on;
    }
}

void
ctl_reply_then(struct ctl_conn *conn, const char *text, void (*fn)(void *),
               void *aux)
{
    if (conn->client && !conn->client->then) {
        conn->client->then = fn;
        conn->client->then_aux = aux;
    } else {
        loop_post(conn->ctl->loop, fn, aux);
    }
    ctl_reply(conn, text);
}

/* Listens on the socket that 'path' asks for. */
static int
start_listening(struct ctl *ctl, const char *path)
{
    if (path && !strcmp(path, "none")) {
        return 0;
    }
    char *chosen = path ? stream_unix_path(path)
                        : xasprintf("%s/%s.%ld.ctl", dirs_run(),
                                    args_program_name(), (long)getpid());
    char *name = xasprintf("punix:%s", chosen);
    int err = listener_open(ctl->loop, name, 0, on_accept, ctl,
                            &ctl->listener);
    free(name);
    if (err) {
        log_err("%s: cannot listen: %s", chosen, log_strerror(err));
        free(chosen);
    } else {
        ctl->path = chosen;
    }
    return err;
}

int
ctl_create(struct loop *l, const char *path, const char *version_text,
           struct ctl **out)
{
    struct ctl *ctl = xzalloc(sizeof *ctl);
    *out = NULL;
    ctl->loop = l;
    ctl->version = xstrdup(version_text);
    list_init(&ctl->clients);
    list_init(&ctl->orphans);
    list_init(&ctl->memory);
    shash_init(&ctl->commands);
    ctl_builtin_start(ctl);
    int err = start_listening(ctl, path);
    if (err) {
        ctl_destroy(&ctl);
    } else {
        *out = ctl;
    }
    return err;
}

void
ctl_destroy(struct ctl **ctlp)
{
    struct ctl *ctl = *ctlp;
    if (!ctl) {
        return;
    }
    *ctlp = NULL;
    ctl_builtin_stop(ctl);
    listener_close(&ctl->listener);
    while (!list_is_empty(&ctl->clients)) {
        struct ctl_client *c = LIST_ENTRY(list_front(&ctl->clients),
                                          struct ctl_client, node);
        c->then = NULL;
        while (!list_is_empty(&c->conns)) {
            ctl_reply_error(LIST_ENTRY(list_front(&c->conns),
                                       struct ctl_conn, node),
                            "the daemon is exiting");
        }
        jsonrpc_close_after_send(&c->rpc, 100);
        client_destroy(c);
    }
    while (!list_is_empty(&ctl->orphans)) {
        ctl_reply_error(LIST_ENTRY(list_front(&ctl->orphans),
                                   struct ctl_conn, node),
                        "the daemon is exiting");
    }
    SHASH_FOR_EACH (node, &ctl->commands) {
        struct ctl_command *cmd = node->data;
        free(cmd->usage);
        free(cmd);
    }
    shash_fini(&ctl->commands);
    free(ctl->path);
    free(ctl->version);
    free(ctl);
}

const char *
ctl_path(const struct ctl *ctl)
{
    return ctl->path;
}

void
ctl_command_register(struct ctl *ctl, const char *name, const char *usage,
                     int min_args, int max_args, ctl_fn *fn, void *aux)
{
    struct ctl_command *cmd = xmalloc(sizeof *cmd);
    *cmd = (struct ctl_command){ xstrdup(usage), min_args, max_args, fn,
                                 aux };
    struct ctl_command *old = shash_replace(&ctl->commands, name, cmd);
    if (old) {
        free(old->usage);
        free(old);
    }
}

void
ctl_execute(struct ctl *ctl, int argc, const char *const argv[],
            void (*done)(void *, bool, const char *), void *aux)
{
    struct ctl_conn *conn = xzalloc(sizeof *conn);
    const char **copy = xcalloc((size_t)argc + 1, sizeof *copy);
    memcpy(copy, argv, (size_t)argc * sizeof *copy);
    conn->ctl = ctl;
    conn->done = done;
    conn->done_aux = aux;
    list_push_back(&ctl->orphans, &conn->node);
    run_command(conn, argv[0], argc - 1, copy);
    free(copy);
}
