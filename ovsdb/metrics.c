/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/metrics.h"

#include "lib/base/counters.h"
#include "lib/base/mem.h"
#include "ovsdb/session.h"
#include "ovsdb/session_priv.h"

/* Kinds of errors told apart; clients cannot make new ones without end. */
#define KINDS_MAX 32

static const int64_t bounds_us[METRICS_N_BUCKETS] = {
    100,    250,    500,     1000,    2500,    5000,    10000,   25000,
    50000,  100000, 250000,  500000,  1000000, 2500000, 5000000, 10000000,
};

static const char *const methods[] = {
#define METHOD(NAME, NEEDS_DB) #NAME,
#include "ovsdb/methods.def"
#undef METHOD
};

void
metrics_observe(struct metrics_histogram *h, int64_t us)
{
    size_t i = 0;
    us = MAX(us, 0);
    while (i < METRICS_N_BUCKETS && us > bounds_us[i]) {
        i++;
    }
    h->counts[i]++;
    h->sum_us += (uint64_t)us;
}

void
metrics_init(struct metrics *m)
{
    *m = (struct metrics){ .requests = xcalloc(RPC_N_METHODS,
                                               sizeof *m->requests) };
    shash_init(&m->errors);
}

void
metrics_fini(struct metrics *m)
{
    free(m->requests);
    SHASH_FOR_EACH (n, &m->errors) {
        free(n->data);
    }
    shash_fini(&m->errors);
}

void
metrics_count_error(struct metrics *m, const char *kind)
{
    uint64_t *n = shash_get(&m->errors, kind);
    if (!n && shash_count(&m->errors) >= KINDS_MAX) {
        kind = "other";
        n = shash_get(&m->errors, kind);
    }
    if (!n) {
        n = xzalloc(sizeof *n);
        shash_add(&m->errors, kind, n);
    }
    ++*n;
}

void
metrics_synced(struct server *server)
{
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        struct journal_stats js;
        if (!sdb->journal) {
            continue;
        }
        journal_get_stats(sdb->journal, &js);
        if (js.n_batches > sdb->batches_seen) {
            uint64_t n = js.n_batches - sdb->batches_seen;
            metrics_observe(&server->metrics.sync,
                            (int64_t)((js.sync_us_total - sdb->sync_us_seen)
                                      / n));
        }
        sdb->batches_seen = js.n_batches;
        sdb->sync_us_seen = js.sync_us_total;
    }
}

static uint64_t
unread_bytes(const struct server *server)
{
    uint64_t n = 0;
    LIST_FOR_EACH (struct session, s, node, &server->sessions) {
        n += session_burden(s);
    }
    return n;
}

/* Text. */

static void
put_head(struct str *out, const char *name, const char *type,
         const char *help)
{
    str_putf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_value(struct str *out, const char *name, uint64_t value)
{
    str_putf(out, "%s %llu\n", name, (unsigned long long)value);
}

/* 'label' has its value in quotes, in which three characters are escaped. */
static void
put_labelled(struct str *out, const char *name, const char *label,
             const char *text, uint64_t value)
{
    str_putf(out, "%s{%s=\"", name, label);
    for (const char *p = text; *p; p++) {
        str_put(out, *p == '\\' || *p == '"' ? "\\" : "");
        if (*p == '\n') {
            str_put(out, "\\n");
        } else {
            str_put_char(out, *p);
        }
    }
    str_putf(out, "\"} %llu\n", (unsigned long long)value);
}

static void
put_histogram(struct str *out, const char *name, const char *help,
              const struct metrics_histogram *h)
{
    uint64_t sum = 0;
    put_head(out, name, "histogram", help);
    for (size_t i = 0; i < METRICS_N_BUCKETS; i++) {
        sum += h->counts[i];
        str_putf(out, "%s_bucket{le=\"%g\"} %llu\n", name,
                 (double)bounds_us[i] / 1e6, (unsigned long long)sum);
    }
    sum += h->counts[METRICS_N_BUCKETS];
    str_putf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n",
             name, (unsigned long long)sum, name, (double)h->sum_us / 1e6,
             name, (unsigned long long)sum);
}

static void
put_errors(struct str *out, const struct metrics *m)
{
    put_head(out, "ovsdb_errors_total", "counter",
             "errors that transactions ended with, by kind");
    SHASH_FOR_EACH (n, &m->errors) {
        put_labelled(out, "ovsdb_errors_total", "error", n->name,
                     *(const uint64_t *)n->data);
    }
}

static void
put_requests(struct str *out, const struct metrics *m)
{
    put_head(out, "ovsdb_requests_total", "counter", "requests, by method");
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        put_labelled(out, "ovsdb_requests_total", "method", methods[i],
                     m->requests[i]);
    }
}

static void
put_rows(struct str *out, const struct server *server)
{
    put_head(out, "ovsdb_rows", "gauge", "rows, by table");
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        for (size_t i = 0; i < sdb->db->schema->n_tables; i++) {
            const struct db_table *t = &sdb->db->tables[i];
            /* Both names are <id>s: nothing to escape. */
            str_putf(out, "ovsdb_rows{db=\"%s\",table=\"%s\"} %zu\n",
                     db_name(sdb->db), t->schema->name,
                     hmap_count(&t->rows));
        }
    }
}

static void
put_events(struct str *out)
{
    static const char *const names[] = {
#define COUNTER(NAME, HELP) #NAME,
#include "lib/base/counters.def"
#undef COUNTER
    };
    put_head(out, "ovsdb_events_total", "counter",
             "rare events, caps reached among them: as coverage/show");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        uint64_t n = counter_read((enum counter_id)i);
        if (n || str_starts_with(names[i], "db_")
            || str_starts_with(names[i], "json_")) {
            put_labelled(out, "ovsdb_events_total", "event", names[i], n);
        }
    }
}

/* The rows of metrics.def, in three passes. */

static void
put_server_metrics(struct str *out, const struct server *server)
{
#define METRIC(NAME, TYPE, HELP, VALUE)                                       \
    put_head(out, #NAME, #TYPE, HELP);                                        \
    put_value(out, #NAME, (uint64_t)(VALUE));
#define METRIC_DB(NAME, TYPE, HELP, VALUE)
#define METRIC_TIME(NAME, HELP, MEMBER)
#include "ovsdb/metrics.def"
#undef METRIC
#undef METRIC_DB
#undef METRIC_TIME
}

static void
put_times(struct str *out, const struct metrics *m)
{
#define METRIC(NAME, TYPE, HELP, VALUE)
#define METRIC_DB(NAME, TYPE, HELP, VALUE)
#define METRIC_TIME(NAME, HELP, MEMBER)                                       \
    put_histogram(out, #NAME, HELP, &m->MEMBER);
#include "ovsdb/metrics.def"
#undef METRIC
#undef METRIC_DB
#undef METRIC_TIME
}

static void
put_db_metrics(struct str *out, const struct server *server)
{
#define METRIC(NAME, TYPE, HELP, VALUE)
#define METRIC_TIME(NAME, HELP, MEMBER)
#define METRIC_DB(NAME, TYPE, HELP, VALUE)                                    \
    put_head(out, #NAME, #TYPE, HELP);                                        \
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {               \
        struct journal_stats js = { .n_records = 0 };                         \
        if (sdb->journal) {                                                   \
            journal_get_stats(sdb->journal, &js);                             \
        }                                                                     \
        put_labelled(out, #NAME, "db", db_name(sdb->db), (uint64_t)(VALUE));  \
    }
#include "ovsdb/metrics.def"
#undef METRIC
#undef METRIC_DB
#undef METRIC_TIME
}

void
metrics_put(struct server *server, struct str *out)
{
    put_server_metrics(out, server);
    put_requests(out, &server->metrics);
    put_errors(out, &server->metrics);
    put_times(out, &server->metrics);
    put_db_metrics(out, server);
    put_rows(out, server);
    put_events(out);
}
