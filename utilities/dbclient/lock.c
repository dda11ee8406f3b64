/* SPDX-License-Identifier: Apache-2.0 */
/* lock, steal, unlock [RFC 7047 4.1.8 to 4.1.11], for trying servers out. */
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/io/ctl.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

LOG_MODULE(ovsdb_client);

/* lock, steal, unlock on the control socket: over the same connection.  The
 * reply is printed when it comes. */
static void
cmd_more(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
         void *c_)
{
    struct client *c = c_;
    int err = jsonrpc_request(jsonrpc_block_rpc(c->rpc), argv[0],
                              json_pack("[s]", argv[1]), NULL);
    if (err) {
        ctl_reply_error(conn, log_strerror(err));
    } else {
        ctl_reply(conn, NULL);
    }
}

static void
register_commands(struct ctl *ctl, void *c)
{
    ctl_command_register(ctl, OVSDB_RPC_LOCK, "LOCK", 1, 1, cmd_more, c);
    ctl_command_register(ctl, OVSDB_RPC_STEAL, "LOCK", 1, 1, cmd_more, c);
    ctl_command_register(ctl, OVSDB_RPC_UNLOCK, "LOCK", 1, 1, cmd_more, c);
}

static void
print_message(struct client *c, const struct jsonrpc_msg *m)
{
    if (m->type == JSONRPC_REPLY) {
        client_print_json(c, json_incref(m->result));
    } else if (m->type == JSONRPC_ERROR) {
        char *text = json_to_text(m->error, JSON_STYLE_SORT);
        log_warn("%s: %s", c->server, text);
        free(text);
    } else {
        printf("%s\n", m->method);
        client_print_json(c, json_incref(m->params));
    }
}

static void
lock_command(struct client *c, const char *method, const char *name)
{
    client_print_json(c, client_call(c, method, json_pack("[s]", name)));
    client_detach(c, register_commands, c);
    json_t *body;
    while ((body = client_recv(c)) != NULL) {
        struct jsonrpc_msg m;
        char *bad = jsonrpc_msg_from_json(body, &m);
        if (!bad) { /* It was checked on arrival. */
            print_message(c, &m);
        }
        free(bad);
        json_decref(body);
    }
}

void
client_cmd_lock(struct client *c, int argc UNUSED, char *argv[])
{
    lock_command(c, OVSDB_RPC_LOCK, argv[0]);
}

void
client_cmd_steal(struct client *c, int argc UNUSED, char *argv[])
{
    lock_command(c, OVSDB_RPC_STEAL, argv[0]);
}

void
client_cmd_unlock(struct client *c, int argc UNUSED, char *argv[])
{
    lock_command(c, OVSDB_RPC_UNLOCK, argv[0]);
}
