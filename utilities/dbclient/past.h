/* SPDX-License-Identifier: Apache-2.0 */
/* Options of history and rollback (lib/ovsdb/history.h).  Single thread. */
#ifndef WEIR_UTILITIES_DBCLIENT_PAST_H
#define WEIR_UTILITIES_DBCLIENT_PAST_H 1

#include "lib/base/args.h"

struct past {
    const char *table; /* --table; or NULL. */
    const char *row;   /* --row; or NULL. */
    int64_t since_ms;  /* --since; 0: any. */
    int64_t limit;     /* --limit; 0: all. */
    bool changes;      /* --changes. */
    bool dry_run;      /* --dry-run. */
};

#define PAST_LIMIT_DEFAULT 100
#define PAST_INIT { .limit = PAST_LIMIT_DEFAULT }

enum { PAST_N_ARGS = 6 };
/* Rows for args_parse().  'past' is kept. */
void past_args_init(struct args_opt opts[PAST_N_ARGS], struct past *past);

#endif
