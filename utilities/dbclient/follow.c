/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that go on until they are ended: monitor and lock.
 *
 * In the background they listen on a control socket, as the peer's do: "exit"
 * and what the command adds.  Signals that end us remove the pidfile and the
 * socket first, and then have their usual effect. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl.h"
#include "utilities/dbclient/client.h"

LOG_MODULE(ovsdb_client);

static void
on_signal(void *c_, int signum)
{
    struct client *c = c_;
    ctl_destroy(&c->ctl);
    daemon_fini(&c->daemon);
    fflush(stdout);
    signal(signum, SIG_DFL);
    raise(signum);
}

static void
end_waiting(void *c_)
{
    struct client *c = c_;
    c->told_to_exit = true;
    jsonrpc_block_interrupt(c->rpc);
}

static void
cmd_exit(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
         void *c)
{
    ctl_reply_then(conn, NULL, end_waiting, c);
}

static void
open_ctl(struct client *c, struct loop *loop)
{
    struct str version = STR_INIT;
    args_version(&version, "ovsdb-client");
    str_chomp(&version, '\n');
    int err = ctl_create(loop, NULL, str_cstr(&version), &c->ctl);
    if (err) {
        args_fatal(err, "cannot listen on control socket");
    }
    str_fini(&version);
    ctl_command_register(c->ctl, "exit", "", 0, 0, cmd_exit, c);
}

void
client_detach(struct client *c,
              void (*register_commands)(struct ctl *, void *aux), void *aux)
{
    fflush(stdout);
    if ((!c->daemon.pidfile && !c->daemon.detach) || client_is_replay(c)) {
        return; /* Nothing would be left behind. */
    }
    struct loop *loop = jsonrpc_block_loop(c->rpc);
    static const int signums[CLIENT_N_SIGNALS] = { SIGTERM, SIGINT, SIGHUP,
                                                   SIGALRM };
    for (size_t i = 0; i < ARRAY_SIZE(signums); i++) {
        c->signals[i] = loop_signal_open(loop, signums[i], on_signal, c);
    }
    if (!c->daemon.detach) {
        daemon_complete(&c->daemon);
        return;
    }
    open_ctl(c, loop);
    if (register_commands) {
        register_commands(c->ctl, aux);
    }
    /* What follows still goes where it went before. */
    int out = dup(STDOUT_FILENO);
    daemon_complete(&c->daemon);
    if (out >= 0) {
        dup2(out, STDOUT_FILENO);
        close(out);
    }
}

void
client_end_following(struct client *c)
{
    ctl_destroy(&c->ctl);
    for (size_t i = 0; i < ARRAY_SIZE(c->signals); i++) {
        if (c->signals[i]) {
            loop_signal_close(&c->signals[i]);
        }
    }
}

void
client_fatal(struct client *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = xvasprintf(fmt, args);
    va_end(args);
    if (c->ctl) {
        log_err("%s", text); /* Standard error is closed. */
        ctl_destroy(&c->ctl);
    }
    args_fatal(0, "%s", text);
}

/* The next message: 0 or negative errno. */
static int
receive(struct client *c, json_t **body)
{
    if (client_is_replay(c)) {
        json_t *step = client_replay_get(c, "receive", NULL);
        int err = (int)json_integer_value(json_array_get(step, 1));
        *body = json_incref(json_array_get(step, 2));
        json_decref(step);
        return err;
    }
    *body = NULL;
    int err = c->told_to_exit ? -EINTR
                              : jsonrpc_block_recv(c->rpc, INT64_MAX, body);
    client_replay_put(c, json_pack("[siO?]", "receive", err, *body));
    return err;
}

json_t *
client_recv(struct client *c)
{
    json_t *body;
    int err = receive(c, &body);
    if (err == -EINTR) {
        return NULL;
    }
    if (err) {
        const char *why = client_error_text(c);
        client_fatal(c, "%s: receive failed (%s%s%s)", c->server,
                     err == -ECONNRESET ? "End of file" : log_strerror(err),
                     why ? ": " : "", why ? why : "");
    }
    return body;
}
