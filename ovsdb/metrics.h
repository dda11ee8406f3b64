/* SPDX-License-Identifier: Apache-2.0 */
/* What the server counts and measures, as text for Prometheus [text format
 * 0.0.4], over HTTP.
 *
 * The table of what there is stands in metrics.def.  metrics_http.c is a
 * small server for "GET /metrics" alone: a request of at most
 * METRICS_REQUEST_MAX bytes within METRICS_REQUEST_MS, one answer, the end.
 * At most METRICS_CONNS_MAX connections live; one more pushes out the oldest.
 * Threads: main. */
#ifndef WEIR_OVSDB_SERVER_METRICS_H
#define WEIR_OVSDB_SERVER_METRICS_H 1

#include "lib/base/map.h"
#include "lib/base/str.h"
#include "lib/base/types.h"

struct loop;
struct server;

/* Numbers of times up to 100 us, 250 us, ... 10 s, and longer. */
#define METRICS_N_BUCKETS 16

struct metrics_histogram {
    uint64_t counts[METRICS_N_BUCKETS + 1]; /* Each by itself. */
    uint64_t sum_us;
};

/* Adds one time. */
void metrics_observe(struct metrics_histogram *, int64_t us);

struct metrics {
    struct metrics_histogram transaction; /* METRIC_TIME members. */
    struct metrics_histogram commit;
    struct metrics_histogram sync;
    uint64_t *requests;   /* By number of the method; heap. */
    struct shash errors;  /* Kind to uint64_t, heap. */
};

void metrics_init(struct metrics *);
void metrics_fini(struct metrics *);
/* Counts an error of that kind: "constraint violation". */
void metrics_count_error(struct metrics *, const char *kind);
/* A journal has synced something. */
void metrics_synced(struct server *);
/* Appends all metrics. */
void metrics_put(struct server *, struct str *out);
/* The HTTP server. */
struct metrics_http;

/* Serves put(aux, out) on 'name' (ptcp:PORT[:IP], pssl:..., punix:FILE).
 * Returns 0 or what listener_open() returns. */
int metrics_http_open(struct loop *, const char *name,
                      void (*put)(void *aux, struct str *out), void *aux,
                      struct metrics_http **) MUST_CHECK;
void metrics_http_close(struct metrics_http **);
/* The port bound; 0 for Unix. */
uint16_t metrics_http_port(const struct metrics_http *);

/* What a request so far deserves: 0 if it is not whole yet; else the status,
 * and '*head' is true if only the head is wanted. */
int metrics_http_judge(const char *request, size_t len, bool *head);

#endif
