/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration in, status out.
 *
 * A change of the replica leads to one pass: desired state, diff, steps,
 * then a transaction with what the switch answers (ofport, error, ...) and
 * cur_cfg, so that who waits for cur_cfg finds the rest there too.  Slower
 * passes look after devices that come and go and write statistics. */
#include "vswitchd/agent.h"

#include <stdlib.h>

#include "datapath/dp.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "lib/io/tls.h"
#include "lib/ovsdb/idl_txn.h"
#include "lib/ovsdb/vswitch_idl.h"
#include "vswitchd/config/config.h"

LOG_MODULE(agent);

#define LOCK_NAME "ovs_vswitchd"
#define WATCH_MS 1000
#define STATS_DEFAULT_MS 5000

struct agent {
    struct vswitch *vs;
    struct idl *idl;
    struct config config;       /* As applied. */
    void (*ready)(void *);
    void *ready_aux;
    bool is_ready, wrote_static;
    struct loop_defer again;    /* A pass is due. */
    struct loop_timer watch;
    struct idl_txn *txn;        /* On the way; one at a time. */
    bool txn_stale;             /* What it said has changed since. */
    int64_t stats_at_ms;
    bool said_locked_out;
    char *tls;                  /* The files in use, as one text; NULL: those
                                 * of the command line, if any. */
    struct tls_config tls_options; /* The command line's, borrowed. */
};

static void pass(void *a_);

static void
on_txn_done(struct idl_txn *txn, enum idl_txn_status status, void *a_)
{
    struct agent *a = a_;
    if (status == IDL_TXN_ERROR) {
        log_err_rl("the database refused our status: %s",
                   idl_txn_error(txn));
    }
    if (status != IDL_TXN_SUCCESS && status != IDL_TXN_UNCHANGED) {
        a->wrote_static = false;
    }
    bool again = status == IDL_TXN_TRY_AGAIN || a->txn_stale;
    idl_txn_destroy(&a->txn);
    if (again) {
        loop_defer(vswitch_loop(a->vs), &a->again);
    }
}

/* Writes what there is to say; cur_cfg says how far the switch is. */
static void
write_status(struct agent *a, bool with_stats)
{
    if (a->txn) {
        a->txn_stale = true;
        return;
    }
    const struct vrec_open_vswitch *top = vrec_open_vswitch_first(a->idl);
    if (!top) {
        return;
    }
    struct idl_txn *txn = idl_txn_create(a->idl);
    a->txn_stale = false;
    if (!a->wrote_static) {
        status_write_static(a->idl, a->vs);
        a->wrote_static = true;
    }
    status_write(a->idl, a->vs, with_stats);
    vrec_open_vswitch_set_dpdk_initialized(top, port_dpdk_is_initialized());
    vrec_open_vswitch_set_cur_cfg(top, top->next_cfg);
    idl_txn_set_done(txn, on_txn_done, a);
    a->txn = txn;
    if (idl_txn_commit(txn) != IDL_TXN_INCOMPLETE) {
        idl_txn_destroy(&a->txn);
    }
}

/* ## Global settings ## */

static bool
is_given(const char *file)
{
    return file && file[0];
}

/* 'given', or else what the table has; both borrowed. */
static char *
file_or(char *given, const char *in_table)
{
    return given ? given : (char *)(uintptr_t)in_table;
}

/* Files named on the command line go before those of the SSL table, each by
 * itself.  Connections that stand keep theirs. */
static void
apply_tls(struct agent *a)
{
    const struct vrec_ssl *row = vrec_ssl_first(a->idl);
    struct tls_config c = a->tls_options;
    if (row) {
        c.private_key = file_or(c.private_key, row->private_key);
        c.certificate = file_or(c.certificate, row->certificate);
        if (!c.ca_cert) {
            c.ca_cert = file_or(NULL, row->ca_cert);
            c.bootstrap_ca = row->bootstrap_ca_cert;
        }
    }
    bool any = is_given(c.private_key) || is_given(c.certificate)
               || is_given(c.ca_cert);
    char *text = any ? xasprintf("%s\n%s\n%s\n%d",
                                 c.private_key ? c.private_key : "",
                                 c.certificate ? c.certificate : "",
                                 c.ca_cert ? c.ca_cert : "", c.bootstrap_ca)
                     : NULL;
    if (text ? a->tls && !strcmp(text, a->tls) : !a->tls) {
        free(text);
        return;
    }
    free(a->tls);
    a->tls = text;
    loop_set_tls(vswitch_loop(a->vs), any ? tls_context_create(&c) : NULL);
}

static void
apply_global(struct agent *a)
{
    const struct vrec_open_vswitch *top = vrec_open_vswitch_first(a->idl);
    if (!top) {
        return;
    }
    const struct smap *oc = &top->other_config;
    const char *init = smap_get(oc, "dpdk-init", "false");
    struct port_dpdk_cfg dpdk = {
        .init_now = !strcmp(init, "true") || !strcmp(init, "try"),
        .socket_mem = smap_get(oc, "dpdk-socket-mem", NULL),
        .lcore_mask = smap_get(oc, "dpdk-lcore-mask", NULL),
        .extra = smap_get(oc, "dpdk-extra", NULL),
    };
    port_dpdk_configure(&dpdk);
    dp_set_cpu_mask(vswitch_dp(a->vs), smap_get(oc, "pmd-cpu-mask", NULL));
}

static void
log_problems(const struct config *c, const struct config *before)
{
    if (c->problems.len
        && strcmp(str_cstr(&c->problems), str_cstr(&before->problems))) {
        char *copy = xstrdup(str_cstr(&c->problems)), *save = NULL;
        for (char *line = strtok_r(copy, "\n", &save); line;
             line = strtok_r(NULL, "\n", &save)) {
            log_warn("%s", line);
        }
        free(copy);
    }
}

static bool
may_run(struct agent *a)
{
    if (!idl_is_loaded(a->idl)) {
        return false;
    }
    if (!idl_has_lock(a->idl)) {
        if (idl_is_lock_contended(a->idl) && !a->said_locked_out) {
            a->said_locked_out = true;
            log_err("another vswitchd process holds the lock of the "
                    "database, disabling this one until it goes away");
        }
        return false;
    }
    a->said_locked_out = false;
    return true;
}

static void
pass(void *a_)
{
    struct agent *a = a_;
    if (!may_run(a)) {
        return;
    }
    apply_global(a);
    apply_tls(a);
    struct config desired;
    config_init(&desired);
    config_from_idl(&desired, a->idl);
    config_validate(&desired);
    log_problems(&desired, &a->config);
    size_t n;
    struct config_step *steps = config_diff(&a->config, &desired, &n);
    config_apply(a->vs, steps, n);
    free(steps);
    config_fini(&a->config);
    a->config = desired;
    write_status(a, false);
    if (!a->is_ready) {
        a->is_ready = true;
        a->ready(a->ready_aux);
    }
}

static void
on_changed(void *a_)
{
    struct agent *a = a_;
    loop_defer(vswitch_loop(a->vs), &a->again);
}

/* ## Devices and statistics ## */

static int64_t
stats_interval(const struct agent *a)
{
    const struct vrec_open_vswitch *top = vrec_open_vswitch_first(a->idl);
    int64_t ms = top ? smap_get_int(&top->other_config,
                                    "stats-update-interval", 0)
                     : 0;
    return ms >= STATS_DEFAULT_MS ? ms : STATS_DEFAULT_MS;
}

static void
watch(void *a_)
{
    struct agent *a = a_;
    int64_t now = clock_ms();
    counters_tick(now);
    loop_timer_set_in(&a->watch, WATCH_MS);
    if (!may_run(a) || !a->is_ready) {
        return;
    }
    bool changed = false;
    size_t n;
    struct bridge **bridges = vswitch_bridges(a->vs, &n);
    for (size_t i = 0; i < n; i++) {
        changed |= bridge_retry(bridges[i]);
    }
    free(bridges);
    if (changed) {
        vswitch_commit(a->vs);
    }
    bool with_stats = now - a->stats_at_ms >= stats_interval(a);
    if (with_stats) {
        a->stats_at_ms = now;
    }
    write_status(a, with_stats);
}

void
agent_poke(struct agent *a)
{
    loop_timer_set_in(&a->watch, 0);
    pass(a);
}

/* ## Life ## */

struct agent *
agent_create(struct vswitch *vs, const char *remotes,
             const struct tls_config *tls, void (*ready)(void *), void *aux,
             char **error)
{
    static const struct idl_callbacks callbacks = { .changed = on_changed };
    struct agent *a = xzalloc(sizeof *a);
    a->vs = vs;
    a->tls_options = *tls;
    a->ready = ready;
    a->ready_aux = aux;
    config_init(&a->config);
    loop_defer_init(&a->again, pass, a);
    loop_timer_init(&a->watch, vswitch_loop(vs), watch, a);
    a->idl = idl_create(vswitch_loop(vs), &vrec_class, &callbacks, a);
    status_set_modes(a->idl);
    idl_set_lock(a->idl, LOCK_NAME);
    *error = idl_connect(a->idl, remotes);
    if (*error) {
        agent_destroy(&a);
        return NULL;
    }
    loop_timer_set_in(&a->watch, WATCH_MS);
    return a;
}

void
agent_destroy(struct agent **ap)
{
    struct agent *a = *ap;
    *ap = NULL;
    if (a->txn) {
        idl_txn_destroy(&a->txn);
    }
    loop_defer_cancel(&a->again);
    loop_timer_cancel(&a->watch);
    idl_destroy(&a->idl);
    config_fini(&a->config);
    free(a->tls);
    free(a);
}

bool
agent_is_locked_out(const struct agent *a)
{
    return a->said_locked_out;
}

struct idl *
agent_idl(struct agent *a)
{
    return a->idl;
}
