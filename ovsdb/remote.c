/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/remote.h"

#include <errno.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/listen.h"
#include "ovsdb/config.h"
#include "ovsdb/remote_priv.h"
#include "ovsdb/session.h"

LOG_MODULE(ovsdb_remote);

#define RETRY_MS 2000

/* One remote. */

static void
session_apply_options(struct remote *r, struct session *s)
{
    if (r->probe_ms >= 0) {
        jsonrpc_session_set_probe(s->rpc, r->probe_ms);
    }
    if (r->max_backoff_ms >= 0 && s->is_active) {
        jsonrpc_session_set_max_backoff(s->rpc, r->max_backoff_ms);
    }
    if (r->dscp >= 0) {
        jsonrpc_session_set_dscp(s->rpc, (uint8_t)r->dscp);
    }
}

void
remote_status_changed(struct remote *r)
{
    struct server *server = r->server;
    if (r->in_db && !server->status_soon) {
        server->status_soon = true;
        loop_timer_set_in(&server->status_timer, REMOTE_STATUS_SOON_MS);
    }
}

static void
on_accept(void *r_, struct stream *stream)
{
    struct remote *r = r_;
    struct session *s = session_accept(r->server, r, stream);
    r->n_sessions++;
    r->connected_ms = clock_ms();
    session_apply_options(r, s);
    remote_status_changed(r);
}

static void
remote_listen(void *r_)
{
    struct remote *r = r_;
    int err = listener_open(r->server->loop, r->name, OVSDB_PORT, on_accept,
                            r, &r->listener);
    if (err) {
        if (!r->warned) {
            log_err("%s: listen failed: %s; trying again every %d s", r->name,
                    err == -ENOPROTOOPT ? "no private key, certificate and "
                                          "CA certificate are set"
                                        : log_strerror(err),
                    RETRY_MS / 1000);
        }
        r->warned = true;
        loop_timer_set_in(&r->retry, RETRY_MS);
    } else if (r->warned) {
        log_info("%s: listening", r->name);
        r->warned = false;
    }
}

static struct remote *
remote_create(struct server *server, const char *name)
{
    struct remote *r = xzalloc(sizeof *r);
    r->server = server;
    r->name = xstrdup(name);
    r->probe_ms = r->max_backoff_ms = r->dscp = -1;
    loop_timer_init(&r->retry, server->loop, remote_listen, r);
    list_push_back(&server->remotes, &r->node);
    return r;
}

/* Opens it; its options are set. */
static void
remote_start(struct remote *r)
{
    if (stream_name_is_passive(r->name)) {
        remote_listen(r);
        return;
    }
    char *error = NULL;
    r->active = session_connect(r->server, r, r->name, &error);
    if (!r->active) {
        log_warn("%s: %s", r->name, error);
        free(error);
    } else {
        session_apply_options(r, r->active);
    }
}

static void
remote_destroy(struct remote *r)
{
    LIST_FOR_EACH_SAFE (struct session, s, node, &r->server->sessions) {
        if (s->remote == r) {
            s->remote = NULL;
            session_disconnect(s);
        }
    }
    if (r->listener) {
        listener_close(&r->listener);
    }
    loop_timer_cancel(&r->retry);
    list_remove(&r->node);
    free(r->name);
    free(r->role);
    free(r);
}

bool
remote_is_read_only(const struct remote *r)
{
    return r->read_only;
}

const char *
remote_role(const struct remote *r)
{
    return r->role;
}

void
remote_session_gone(struct remote *r, struct session *s)
{
    if (r->active == s) {
        r->active = NULL;
    } else {
        r->n_sessions--;
    }
    r->disconnected_ms = clock_ms();
    remote_status_changed(r);
}

struct remote *
remote_find(const struct server *server, const char *name)
{
    LIST_FOR_EACH (struct remote, r, node, &server->remotes) {
        if (!strcmp(r->name, name)) {
            return r;
        }
    }
    return NULL;
}

/* Configuration. */

static void
want_remote(struct server *server, const struct remote_want *want)
{
    struct remote *r = remote_find(server, want->name);
    bool is_new = !r;
    if (is_new) {
        if (!stream_name_is_passive(want->name)
            && !stream_name_is_active(want->name)) {
            log_warn_rl("%s: not a connection method", want->name);
            return;
        }
        r = remote_create(server, want->name);
    }
    r->wanted = true;
    r->read_only = want->read_only;
    r->in_db = want->in_db;
    free(r->role);
    r->role = want->role && *want->role ? xstrdup(want->role) : NULL;
    if (loop_timer_is_set(&r->retry)) {
        loop_timer_set_in(&r->retry, 0); /* Keys may have come. */
    }
    bool changed = r->probe_ms != want->probe_ms
                   || r->max_backoff_ms != want->max_backoff_ms
                   || r->dscp != want->dscp;
    r->dscp = want->dscp;
    r->probe_ms = want->probe_ms;
    r->max_backoff_ms = want->max_backoff_ms;
    if (is_new) {
        remote_start(r);
    } else if (changed) {
        LIST_FOR_EACH (struct session, s, node, &server->sessions) {
            if (s->remote == r) {
                session_apply_options(r, s);
            }
        }
    }
}

void
remotes_reconfigure(struct server *server)
{
    tls_reconfigure(server);
    LIST_FOR_EACH (struct remote, r, node, &server->remotes) {
        r->wanted = false;
    }
    LIST_FOR_EACH (struct remote_spec, spec, node, &server->specs) {
        remote_spec_resolve(server, spec->text, want_remote);
    }
    LIST_FOR_EACH_SAFE (struct remote, r, node, &server->remotes) {
        if (!r->wanted) {
            remote_destroy(r);
        }
    }
}

static void
reconfigure_deferred(void *server_)
{
    remotes_reconfigure(server_);
}

void
remotes_reconfigure_soon(struct server *server)
{
    loop_defer(server->loop, &server->remotes_defer);
}

static void
on_status_timer(void *server_)
{
    struct server *server = server_;
    server->status_soon = false;
    remotes_write_status(server);
    loop_timer_set_in(&server->status_timer, REMOTE_STATUS_MS);
}

void
remotes_init(struct server *server)
{
    list_init(&server->specs);
    list_init(&server->remotes);
    loop_defer_init(&server->remotes_defer, reconfigure_deferred, server);
    loop_timer_init(&server->status_timer, server->loop, on_status_timer,
                    server);
    loop_timer_set_in(&server->status_timer, REMOTE_STATUS_MS);
}

static void
spec_destroy(struct remote_spec *spec)
{
    list_remove(&spec->node);
    free(spec->text);
    free(spec);
}

void
remotes_fini(struct server *server)
{
    loop_defer_cancel(&server->remotes_defer);
    loop_timer_cancel(&server->status_timer);
    LIST_FOR_EACH_SAFE (struct remote, r, node, &server->remotes) {
        remote_destroy(r);
    }
    LIST_FOR_EACH_SAFE (struct remote_spec, spec, node, &server->specs) {
        spec_destroy(spec);
    }
}

static struct remote_spec *
spec_find(struct server *server, const char *text)
{
    LIST_FOR_EACH (struct remote_spec, spec, node, &server->specs) {
        if (!strcmp(spec->text, text)) {
            return spec;
        }
    }
    return NULL;
}

char *
remotes_add_spec(struct server *server, const char *text)
{
    char *error = remote_spec_check(server, text);
    if (error || spec_find(server, text)) {
        return error;
    }
    struct remote_spec *spec = xzalloc(sizeof *spec);
    spec->text = xstrdup(text);
    list_push_back(&server->specs, &spec->node);
    remotes_reconfigure(server);
    config_save(server);
    return NULL;
}

bool
remotes_remove_spec(struct server *server, const char *text)
{
    struct remote_spec *spec = spec_find(server, text);
    if (!spec) {
        return false;
    }
    spec_destroy(spec);
    remotes_reconfigure(server);
    config_save(server);
    return true;
}
