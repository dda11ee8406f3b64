/* SPDX-License-Identifier: Apache-2.0 */
/* The switch's configuration tool [ovs-vsctl(8)].
 *
 * One run is one transaction: main.c splits the command line into commands,
 * each a row of commands.c; run.c asks every row what it reads
 * (prerequisites), loads that much of the database, lets every command work on
 * the replica in an open transaction, commits, and does it all again if what
 * it read has changed meanwhile.  Output is kept until the commit succeeded.
 *
 * A mistake of the user ends the program by vsctl_fatal(): nothing was sent.
 * Single thread. */
#ifndef WEIR_VSCTL_H
#define WEIR_VSCTL_H 1

#include "lib/base/args.h"
#include "lib/base/map.h"
#include "lib/base/str.h"
#include "lib/ovsdb/vswitch_idl.h"
#include "utilities/common/table.h"

struct vsctl;
struct vsctl_cmd;
struct vsctl_model;
struct vsctl_watch;

/* A command: one row of the table in commands.c. */
struct vsctl_cmd_row {
    const char *name;
    int min_args, max_args;
    const char *args;    /* For --help. */
    const char *options; /* "--if-exists,--columns="; "" if none. */
    void (*prerequisites)(struct vsctl *, const struct vsctl_cmd *);
    void (*run)(struct vsctl *, struct vsctl_cmd *);
    /* After the commit; may be NULL. */
    void (*postprocess)(struct vsctl *, struct vsctl_cmd *);
};

extern const struct vsctl_cmd_row vsctl_cmd_rows[];
extern const size_t vsctl_n_cmd_rows;

/* A command on this command line. */
struct vsctl_cmd {
    const struct vsctl_cmd_row *row;
    int argc;             /* With the name, as argv[0]. */
    char **argv;          /* Of main(). */
    struct shash options; /* "--id" to its value or NULL; borrowed. */
    struct str out;
    struct table *table;  /* Instead of 'out', or NULL. */
    struct uuid created;  /* create: the row; for postprocess. */
};

/* The bridge that has a port; zero if it is not known. */
struct vsctl_place {
    struct uuid port, bridge;
};

struct vsctl {
    struct loop *loop;
    struct idl *idl;
    struct idl_txn *txn;         /* Open while commands run. */
    struct vsctl_model *model;   /* Bridges by name; NULL until asked for. */
    struct vsctl_names *names;   /* Records by name. */
    struct ovsdb_symtab symtab;  /* @names. */
    const struct vrec_open_vswitch *ovs; /* The one row; while commands run. */
    bool try_again;              /* A command waits for a change. */
    struct vsctl_cmd *cmds;
    size_t n_cmds;

    /* Options. */
    char *db;
    bool no_wait, dry_run, oneline, retry;
    int64_t deadline_ms; /* clock_real_ms(), or INT64_MAX. */
    struct table_style style;
    char *line;          /* The command line, for the log. */

    /* What bridges, ports and interfaces to load (scope.c). */
    bool wants_model;    /* Some command works on names of them. */
    bool model_is_whole; /* All of them are loaded. */
    struct vsctl_place *places;
    size_t n_places;

    /* What to load: nothing, rows that satisfy a clause, or all. */
    bool used[VREC_N_TABLES];
    bool whole[VREC_N_TABLES];
    json_t *where[VREC_N_TABLES];
};

NORETURN void vsctl_fatal(const char *fmt, ...) PRINTF_FORMAT(1, 2);
/* Ends the program if 'error' (taken) is not NULL. */
void vsctl_check(char *error);

/* The time given with --timeout is over: ends by SIGALRM, as scripts expect. */
NORETURN void vsctl_timed_out(void);

/* True if the command has the option; its value is in cmd->options. */
bool vsctl_has_option(const struct vsctl_cmd *, const char *name);
const char *vsctl_option(const struct vsctl_cmd *, const char *name);
/* Monitors a column, in all of the table's rows. */
void vsctl_want(struct vsctl *, size_t table, size_t column);
/* Monitors a column, in those rows that something else asks for. */
void vsctl_want_column(struct vsctl *, size_t table, size_t column);
/* Monitors rows that satisfy a clause (taken).  False if they were asked for
 * before. */
bool vsctl_want_where(struct vsctl *, size_t table, json_t *clause);
/* Monitors rows that have 'name' in the column that names them. */
void vsctl_want_own_name(struct vsctl *, size_t table, const char *name);
/* Tells the replica of the clauses so far, if the table is not loaded whole. */
void vsctl_apply_where(struct vsctl *, size_t table);

/* Monitors bridges, their fake ones, and ports that else is asked for
 * (scope.c). */
void vsctl_want_bridges(struct vsctl *);
/* All prerequisites are known: what is to be loaded? */
void vsctl_scope_decide(struct vsctl *);
/* Loads what belongs to what came; fills 'places'. */
void vsctl_scope_complete(struct vsctl *);

/* Ends the program: the conversation with the database failed with 'err'. */
NORETURN void vsctl_database_failed(const struct vsctl *, int err);

/* --help, --commands, --options, --tables (help.c); the tables of options are
 * borrowed. */
void vsctl_set_option_tables(const struct args_table *, size_t n);
void vsctl_print_help(void);
void vsctl_print_commands(void);
void vsctl_print_options(void);
void vsctl_print_tables(void);
/* Splits "--if-exists,--columns=" and calls 'fn' for each name, with the '='
 * cut off. */
void vsctl_for_each_option(const char *list,
                           void (*fn)(void *aux, const char *name,
                                      bool has_value),
                           void *aux);

/* Loads, runs and commits; returns the exit status (run.c). */
int vsctl_run(struct vsctl *);

/* The interfaces that the open transaction touches (wait.c). */
struct vsctl_watch *vsctl_watch_create(struct vsctl *);
void vsctl_watch_destroy(struct vsctl_watch **);
/* Says which of them do not work now, and why. */
void vsctl_watch_report(struct vsctl *, const struct vsctl_watch *);
/* Waits until the switch has applied configuration number 'next_cfg'; says so
 * if that takes long. */
void vsctl_wait_for_switch(struct vsctl *, int64_t next_cfg);

/* "show" (show.c). */
void vsctl_pre_show(struct vsctl *, const struct vsctl_cmd *);
void vsctl_show(struct vsctl *, struct vsctl_cmd *);

#endif
