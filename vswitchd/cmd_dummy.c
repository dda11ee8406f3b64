/* SPDX-License-Identifier: Apache-2.0 */
/* netdev-dummy/...: packets and states for ports without devices. */
#include <errno.h>
#include <stdlib.h>

#include "datapath/dp.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "vswitchd/cmds_priv.h"

#define FRAME_MAX 65535

static struct port *
find_dummy(struct cmds_context *cx, const char *name)
{
    struct dp *dp = vswitch_dp(cx->vs);
    for (uint32_t i = 0; i < DP_PORTS_MAX; i++) {
        struct port *p = dp_port_get(dp, i);
        if (p && port_is_dummy(p) && !strcmp(p->name, name)) {
            return p;
        }
    }
    return NULL;
}

static const struct ofp_names *
names_for(struct cmds_context *cx, const char *port)
{
    size_t n;
    struct bridge **bridges = vswitch_bridges(cx->vs, &n);
    const struct ofp_names *names = NULL;
    for (size_t i = 0; i < n && !names; i++) {
        if (bridge_has_iface(bridges[i], port)) {
            names = ofproto_names(bridge_ofproto(bridges[i]));
        }
    }
    free(bridges);
    return names;
}

void
cmds_dummy_receive(struct ctl_conn *conn, int argc, const char *argv[],
                   void *cx_)
{
    struct cmds_context *cx = cx_;
    struct port *p = find_dummy(cx, argv[1]);
    if (!p) {
        ctl_reply_error(conn, "no such dummy netdev");
        return;
    }
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "--qid") && i + 1 < argc) {
            i++;
            continue;
        }
        size_t len;
        char *error;
        uint8_t *frame = cmds_frame_from_text(cx, argv[i],
                                              names_for(cx, argv[1]), &len,
                                              &error);
        if (!frame) {
            ctl_reply_error(conn, error);
            free(error);
            return;
        }
        int want;
        if (i + 2 < argc && !strcmp(argv[i + 1], "--len")
            && str_to_int(argv[i + 2], 10, &want)) {
            if (want > (int)len && want <= FRAME_MAX) {
                frame = xrealloc(frame, (size_t)want);
                memset(frame + len, 0, (size_t)want - len);
                len = (size_t)want;
            }
            i += 2;
        }
        int err = port_dummy_receive(p, frame, len);
        free(frame);
        if (err) {
            ctl_reply_error(conn, log_strerror(err));
            return;
        }
    }
    ctl_reply(conn, NULL);
}

/* Applies 'set' to the port named, or to every dummy port. */
static bool
set_all(struct cmds_context *cx, const char *name,
        int (*set)(struct port *, bool), bool up)
{
    struct dp *dp = vswitch_dp(cx->vs);
    bool found = !name;
    for (uint32_t i = 0; i < DP_PORTS_MAX; i++) {
        struct port *p = dp_port_get(dp, i);
        if (p && port_is_dummy(p) && (!name || !strcmp(p->name, name))) {
            set(p, up);
            found = true;
        }
    }
    return found;
}

static void
set_state(struct ctl_conn *conn, int argc, const char *argv[],
          struct cmds_context *cx, int (*set)(struct port *, bool))
{
    const char *state = argv[argc - 1];
    bool up = !strcasecmp(state, "up");
    if (argc < 2 || (!up && strcasecmp(state, "down"))) {
        ctl_reply_error(conn, "Invalid Admin State");
    } else if (!set_all(cx, argc > 2 ? argv[1] : NULL, set, up)) {
        ctl_reply_error(conn, "Unknown Dummy Interface");
    } else {
        if (cx->agent) {
            agent_poke(cx->agent);
        }
        ctl_reply(conn, "OK");
    }
}

void
cmds_dummy_admin(struct ctl_conn *conn, int argc, const char *argv[],
                 void *cx)
{
    set_state(conn, argc, argv, cx, port_dummy_set_admin);
}

void
cmds_dummy_conn(struct ctl_conn *conn, int argc, const char *argv[],
                void *cx)
{
    set_state(conn, argc, argv, cx, port_dummy_set_conn);
}
