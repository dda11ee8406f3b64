/* SPDX-License-Identifier: Apache-2.0 */
/* After the commit: waits until the switch has applied it, and says what it
 * could not do. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/io/daemon.h"
#include "utilities/vsctl/vsctl.h"

/* How long the switch may be silent before the user is told: one that does
 * not run, and one that does and has much to do. */
#define ABSENT_MS 1000
#define BUSY_MS 5000

/* An interface that the transaction makes or changes. */
struct watched {
    struct uuid uuid;
    char *name;
    bool is_new;
    char *error; /* What was wrong with it before; or NULL. */
};

struct vsctl_watch {
    struct watched *ifaces;
    size_t n;
};

struct vsctl_watch *
vsctl_watch_create(struct vsctl *v)
{
    struct vsctl_watch *watch = xzalloc(sizeof *watch);
    size_t max = 0;
    VREC_INTERFACE_FOR_EACH (iface, v->idl) {
        max += iface->header_.txn != NULL;
    }
    watch->ifaces = xcalloc(max + 1, sizeof *watch->ifaces);
    VREC_INTERFACE_FOR_EACH (iface, v->idl) {
        if (!iface->header_.txn) {
            continue;
        }
        const struct ovsdb_datum *name =
            idl_read(&iface->header_, VREC_INTERFACE_COL_NAME);
        const struct ovsdb_datum *error =
            idl_read(&iface->header_, VREC_INTERFACE_COL_ERROR);
        watch->ifaces[watch->n++] = (struct watched){
            iface->header_.uuid, xstrdup(name->n ? name->keys[0].s->s : ""),
            !iface->header_.old,
            error->n ? xstrdup(error->keys[0].s->s) : NULL
        };
    }
    return watch;
}

void
vsctl_watch_destroy(struct vsctl_watch **watch)
{
    for (size_t i = 0; i < (*watch)->n; i++) {
        free((*watch)->ifaces[i].name);
        free((*watch)->ifaces[i].error);
    }
    free((*watch)->ifaces);
    free(*watch);
    *watch = NULL;
}

/* A new interface without a port number does not work; an old one has got
 * worse if its error is another than before. */
static bool
has_failed(const struct watched *w, const struct vrec_interface *iface)
{
    return w->is_new ? !iface->n_ofport || iface->ofport[0] == -1
                     : iface->error
                           && (!w->error || strcmp(w->error, iface->error));
}

void
vsctl_watch_report(struct vsctl *v, const struct vsctl_watch *watch)
{
    bool any = false;
    for (size_t i = 0; i < watch->n; i++) {
        const struct watched *w = &watch->ifaces[i];
        const struct uuid *uuid =
            w->is_new ? idl_txn_inserted_uuid(v->txn, &w->uuid) : &w->uuid;
        const struct vrec_interface *iface =
            uuid ? vrec_interface_find(v->idl, uuid) : NULL;
        if (iface && has_failed(w, iface)) {
            fprintf(stderr, "%s: Error detected while setting up '%s'%s%s.  "
                    "See ovs-vswitchd log for details.\n",
                    args_program_name(), w->name, iface->error ? ": " : "",
                    iface->error ? iface->error : "");
            any = true;
        }
    }
    if (any) {
        fprintf(stderr, "%s: The default log directory is \"%s\".\n",
                args_program_name(), dirs_log());
    }
}

/* The switch's process, if it runs here under its usual name; else 0. */
static long
switch_pid(void)
{
    static const char *const names[] = { "ovs-vswitchd", "vswitchd" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = xasprintf("%s/%s.pid", dirs_run(), names[i]);
        pid_t pid = daemon_read_pidfile(path);
        free(path);
        if (pid > 0) {
            return pid;
        }
    }
    return 0;
}

static void
say_waiting(int64_t waited_ms)
{
    long pid = switch_pid();
    fprintf(stderr, "%s: the change is in the database, but ovs-vswitchd ",
            args_program_name());
    if (pid) {
        fprintf(stderr, "(pid %ld) has not applied it for %"PRId64" s; "
                "still waiting\n", pid, waited_ms / 1000);
    } else {
        fprintf(stderr, "does not seem to run, which would apply it; "
                "waiting for it (--no-wait does not)\n");
    }
}

void
vsctl_wait_for_switch(struct vsctl *v, int64_t next_cfg)
{
    int64_t start = clock_real_ms();
    int64_t say_at = start + ABSENT_MS;
    for (;;) {
        const struct vrec_open_vswitch *ovs = vrec_open_vswitch_first(v->idl);
        if (!ovs || ovs->cur_cfg >= next_cfg) {
            return;
        }
        int err = idl_wait_change(v->idl, idl_seqno(v->idl),
                                  MIN(say_at, v->deadline_ms));
        int64_t now = clock_real_ms();
        if (err == -ETIMEDOUT && now >= v->deadline_ms) {
            vsctl_timed_out();
        } else if (err == -ETIMEDOUT && now < start + BUSY_MS
                   && switch_pid()) {
            say_at = start + BUSY_MS;
        } else if (err == -ETIMEDOUT) {
            say_waiting(now - start);
            say_at = INT64_MAX;
        }
    }
}
