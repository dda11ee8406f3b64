/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that every daemon has [ovs-appctl(8)], memory/show, and the
 * two that move a held clock. */
#include <limits.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl_priv.h"

/* How often counters_tick() wants to be called. */
#define TICK_MS 5000

struct memory_provider {
    struct list node;
    void (*fn)(struct ctl_memory *, void *aux);
    void *aux;
};

struct ctl_memory {
    struct shash totals; /* uint64_t * by name. */
};

static void
reply_str(struct ctl_conn *conn, struct str *s)
{
    ctl_reply(conn, str_cstr(s));
    str_fini(s);
}

/* A heap error text, or NULL for success. */
static void
reply_result(struct ctl_conn *conn, char *error)
{
    if (error) {
        ctl_reply_error(conn, error);
        free(error);
    } else {
        ctl_reply(conn, NULL);
    }
}

static void
cmd_list_commands(struct ctl_conn *conn, int argc UNUSED,
                  const char *argv[] UNUSED, void *ctl_)
{
    struct ctl *ctl = ctl_;
    struct str s = STR_INIT;
    str_put(&s, "The available commands are:\n");
    const struct shash_node **nodes = shash_sorted(&ctl->commands);
    for (size_t i = 0; i < shash_count(&ctl->commands); i++) {
        const struct ctl_command *cmd = nodes[i]->data;
        str_putf(&s, "  %-23s %s\n", nodes[i]->name, cmd->usage);
    }
    free(nodes);
    reply_str(conn, &s);
}

static void
cmd_version(struct ctl_conn *conn, int argc UNUSED,
            const char *argv[] UNUSED, void *ctl_)
{
    const struct ctl *ctl = ctl_;
    ctl_reply(conn, ctl->version);
}

static void
cmd_set_options(struct ctl_conn *conn, int argc, const char *argv[],
                void *aux UNUSED)
{
    const char *format = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--format") && i + 1 < argc) {
            format = argv[++i];
        } else if (str_starts_with(argv[i], "--format=")) {
            format = argv[i] + strlen("--format=");
        } else {
            ctl_reply_errorf(conn, "option %s is not known", argv[i]);
            return;
        }
    }
    if (format && strcmp(format, "json") && strcmp(format, "text")) {
        ctl_reply_errorf(conn, "option format has invalid value %s", format);
        return;
    }
    if (format) {
        ctl_reply_and_set_json(conn, !strcmp(format, "json"));
    } else {
        ctl_reply(conn, NULL);
    }
}

static void
cmd_vlog_set(struct ctl_conn *conn, int argc, const char *argv[],
             void *aux UNUSED)
{
    char *error = argc == 1 ? log_set_from_text("") : NULL;
    for (int i = 1; i < argc && !error; i++) {
        error = log_set_from_text(argv[i]);
    }
    reply_result(conn, error);
}

static void
cmd_vlog_list(struct ctl_conn *conn, int argc UNUSED,
              const char *argv[] UNUSED, void *aux UNUSED)
{
    struct str s = STR_INIT;
    log_list(&s);
    reply_str(conn, &s);
}

static void
cmd_vlog_list_pattern(struct ctl_conn *conn, int argc UNUSED,
                      const char *argv[] UNUSED, void *aux UNUSED)
{
    struct str s = STR_INIT;
    log_list_patterns(&s);
    reply_str(conn, &s);
}

static void
cmd_vlog_reopen(struct ctl_conn *conn, int argc UNUSED,
                const char *argv[] UNUSED, void *aux UNUSED)
{
    if (!log_file_path()) {
        ctl_reply_error(conn, "Logging to file not configured");
        return;
    }
    int err = log_reopen_file();
    reply_result(conn, err ? xstrdup(log_strerror(err)) : NULL);
}

static void
cmd_vlog_close(struct ctl_conn *conn, int argc UNUSED,
               const char *argv[] UNUSED, void *aux UNUSED)
{
    log_close_file();
    ctl_reply(conn, NULL);
}

static void
set_rate_limits(struct ctl_conn *conn, int argc, const char *argv[], bool on)
{
    char *error = argc == 1 ? log_set_rate_limits("all", on) : NULL;
    for (int i = 1; i < argc && !error; i++) {
        const char *module = strcasecmp(argv[i], "any") ? argv[i] : "all";
        error = log_set_rate_limits(module, on);
    }
    reply_result(conn, error);
}

static void
cmd_vlog_enable_rate_limit(struct ctl_conn *conn, int argc,
                           const char *argv[], void *aux UNUSED)
{
    set_rate_limits(conn, argc, argv, true);
}

static void
cmd_vlog_disable_rate_limit(struct ctl_conn *conn, int argc,
                            const char *argv[], void *aux UNUSED)
{
    set_rate_limits(conn, argc, argv, false);
}

static void
cmd_coverage_show(struct ctl_conn *conn, int argc UNUSED,
                  const char *argv[] UNUSED, void *aux UNUSED)
{
    struct str s = STR_INIT;
    counters_show(&s);
    reply_str(conn, &s);
}

static void
cmd_coverage_read_counter(struct ctl_conn *conn, int argc UNUSED,
                          const char *argv[], void *aux UNUSED)
{
    struct str s = STR_INIT;
    str_putf(&s, "%llu\n",
             (unsigned long long)counter_read_name(argv[1]));
    reply_str(conn, &s);
}

void
ctl_memory_register(struct ctl *ctl,
                    void (*fn)(struct ctl_memory *, void *), void *aux)
{
    struct memory_provider *p = xmalloc(sizeof *p);
    p->fn = fn;
    p->aux = aux;
    list_push_back(&ctl->memory, &p->node);
}

void
ctl_memory_put(struct ctl_memory *m, const char *name, uint64_t n)
{
    uint64_t *total = shash_get(&m->totals, name);
    if (!total) {
        total = xzalloc(sizeof *total);
        shash_add(&m->totals, name, total);
    }
    *total += n;
}

static void
cmd_memory_show(struct ctl_conn *conn, int argc UNUSED,
                const char *argv[] UNUSED, void *ctl_)
{
    struct ctl *ctl = ctl_;
    struct ctl_memory m;
    struct str s = STR_INIT;

    shash_init(&m.totals);
    LIST_FOR_EACH (struct memory_provider, p, node, &ctl->memory) {
        p->fn(&m, p->aux);
    }
    const struct shash_node **nodes = shash_sorted(&m.totals);
    for (size_t i = 0; i < shash_count(&m.totals); i++) {
        uint64_t *total = nodes[i]->data;
        str_putf(&s, "%s%s:%llu", i ? " " : "", nodes[i]->name,
                 (unsigned long long)*total);
        free(total);
    }
    free(nodes);
    shash_fini(&m.totals);
    reply_str(conn, &s);
}

static void
cmd_time_stop(struct ctl_conn *conn, int argc UNUSED,
              const char *argv[] UNUSED, void *ctl_)
{
    struct ctl *ctl = ctl_;
    clock_hold();
    loop_clock_moved(ctl->loop);
    ctl_reply(conn, NULL);
}

/* One step of a warp in each turn of the loop, so that sockets are served in
 * between and what a timer caused can answer. */
static void
warp_step(void *ctl_)
{
    struct ctl *ctl = ctl_;
    int64_t step = MIN(ctl->warp_step_ms, ctl->warp_left_ms);
    clock_advance_ms(step);
    ctl->warp_left_ms -= step;
    loop_clock_moved(ctl->loop);
    if (ctl->warp_left_ms > 0) {
        loop_defer(ctl->loop, &ctl->warp);
    } else {
        struct ctl_conn *conn = ctl->warping;
        ctl->warping = NULL;
        ctl_reply(conn, "warped");
    }
}

static void
cmd_time_warp(struct ctl_conn *conn, int argc, const char *argv[],
              void *ctl_)
{
    struct ctl *ctl = ctl_;
    int64_t total, step;
    if (!str_to_i64(argv[1], 10, &total) || total <= 0
        || !str_to_i64(argv[argc - 1], 10, &step) || step <= 0) {
        ctl_reply_error(conn, "invalid MSECS");
        return;
    }
    if (!clock_is_held()) {
        ctl_reply_error(conn, "time is not stopped (use time/stop first)");
        return;
    }
    if (ctl->warping) {
        ctl_reply_error(conn, "another warp is under way");
        return;
    }
    ctl->warping = conn;
    ctl->warp_left_ms = total;
    ctl->warp_step_ms = step;
    loop_defer(ctl->loop, &ctl->warp);
}

void
ctl_register_time(struct ctl *ctl)
{
    ctl_command_register(ctl, "time/stop", "", 0, 0, cmd_time_stop, ctl);
    ctl_command_register(ctl, "time/warp", "[large_msecs] msecs", 1, 2,
                         cmd_time_warp, ctl);
}

static void
on_tick(void *ctl_)
{
    struct ctl *ctl = ctl_;
    counters_tick(clock_ms());
    loop_timer_set_in(&ctl->tick, TICK_MS);
}

void
ctl_builtin_start(struct ctl *ctl)
{
    static const struct {
        const char *name, *usage;
        int min_args, max_args;
        ctl_fn *fn;
    } commands[] = {
        { "coverage/read-counter", "COUNTER", 1, 1,
          cmd_coverage_read_counter },
        { "coverage/show", "", 0, 0, cmd_coverage_show },
        { "list-commands", "", 0, 0, cmd_list_commands },
        { "memory/show", "", 0, 0, cmd_memory_show },
        { "set-options", "[--format text|json]", 0, 2, cmd_set_options },
        { "version", "", 0, 0, cmd_version },
        { "vlog/close", "", 0, 0, cmd_vlog_close },
        { "vlog/disable-rate-limit", "[module]...", 0, INT_MAX,
          cmd_vlog_disable_rate_limit },
        { "vlog/enable-rate-limit", "[module]...", 0, INT_MAX,
          cmd_vlog_enable_rate_limit },
        { "vlog/list", "", 0, 0, cmd_vlog_list },
        { "vlog/list-pattern", "", 0, 0, cmd_vlog_list_pattern },
        { "vlog/reopen", "", 0, 0, cmd_vlog_reopen },
        { "vlog/set", "{spec | PATTERN:destination:pattern}", 0, INT_MAX,
          cmd_vlog_set },
    };
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        ctl_command_register(ctl, commands[i].name, commands[i].usage,
                             commands[i].min_args, commands[i].max_args,
                             commands[i].fn, ctl);
    }
    loop_defer_init(&ctl->warp, warp_step, ctl);
    loop_timer_init(&ctl->tick, ctl->loop, on_tick, ctl);
    loop_timer_set_in(&ctl->tick, TICK_MS);
}

void
ctl_builtin_stop(struct ctl *ctl)
{
    loop_timer_cancel(&ctl->tick);
    loop_defer_cancel(&ctl->warp);
    while (!list_is_empty(&ctl->memory)) {
        struct list *node = list_pop_front(&ctl->memory);
        free(LIST_ENTRY(node, struct memory_provider, node));
    }
}
