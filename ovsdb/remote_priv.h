/* SPDX-License-Identifier: Apache-2.0 */
/* Between remote.c (opening and closing) and remote_db.c (what the database
 * says about it, and is told).  Not for others. */
#ifndef WEIR_OVSDB_SERVER_REMOTE_PRIV_H
#define WEIR_OVSDB_SERVER_REMOTE_PRIV_H 1

#include "ovsdb/remote.h"

/* How often the status of remotes is written back. */
#define REMOTE_STATUS_MS 5000
/* How soon after a client came or went. */
#define REMOTE_STATUS_SOON_MS 100

/* A remote that there should be. */
struct remote_want {
    const char *name;
    bool read_only;
    const char *role;                 /* "" or NULL: none. */
    bool in_db;                       /* Has a row with status columns. */
    int64_t probe_ms, max_backoff_ms; /* -1: default. */
    int64_t dscp;                     /* The same. */
};

/* NULL, or a heap text that says what is wrong with a --remote value. */
char *remote_spec_check(struct server *, const char *text) MUST_CHECK;
/* Calls 'want' for each remote that a spec stands for at present. */
void remote_spec_resolve(struct server *, const char *text,
                         void (*want)(struct server *,
                                      const struct remote_want *));
/* Writes is_connected and status of the rows behind db: specs. */
void remotes_write_status(struct server *);
/* Gives the loop a TLS context made from the present names of key files,
 * which may be "db:DB,TABLE,COLUMN" too. */
void tls_reconfigure(struct server *);

struct remote *remote_find(const struct server *, const char *name);

#endif
