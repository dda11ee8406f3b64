/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: option tables on top of getopt_long.
 *
 * A program composes tables (its own, the daemon's, the stream's) and calls
 * args_parse(); long options may be abbreviated, as GNU users expect.
 * --help texts come from the rows. */
#ifndef WEIR_BASE_ARGS_H
#define WEIR_BASE_ARGS_H 1

#include "lib/base/str.h"
#include "lib/base/types.h"

enum args_kind {
    ARGS_FLAG,     /* No value. */
    ARGS_VALUE,    /* Value required. */
    ARGS_OPTIONAL, /* --name or --name=value. */
};

struct args_opt {
    const char *name;      /* Long name. */
    char letter;           /* Short form or 0. */
    enum args_kind kind;
    const char *value_name; /* For help; NULL for ARGS_FLAG. */
    const char *help;       /* One line; NULL hides it. */
    /* Returns NULL or a heap error text. 'value' is NULL if not given. */
    char *(*apply)(void *aux, const char *value);
    void *aux;
};

struct args_table {
    const char *title; /* "Daemon options"; NULL for the program's own. */
    const struct args_opt *opts;
    size_t n;
};

/* Parses options up to the first operand (or "--") when 'in_order', all of
 * argv otherwise.  Returns the index of the first operand; on a bad option
 * prints "PROGRAM: ..." on standard error and exits 1. */
int args_parse(int argc, char *argv[], const struct args_table *,
               size_t n_tables, bool in_order);
void args_help(struct str *, const struct args_table *, size_t n_tables);

/* For 'apply', where all an option does is to be remembered in what 'aux'
 * points to: a bool; a const char * that borrows the value from argv; a char *
 * of the heap, NULL or the last value, which is freed. */
char *args_set_true(void *flag, const char *value);
char *args_set_text(void *text, const char *value);
char *args_set_copy(void *text, const char *value);

/* The name this program was called by, without folder and "lt-". */
const char *args_program_name(void);
void args_set_program_name(const char *argv0);
/* True if called as ovs-something: then it stands in for the peer's tool. */
bool args_called_as_peer(void);
/* The text of --version, as the program was called; 'weir_name' is its own
 * name. */
void args_version(struct str *, const char *weir_name);
/* Prints "PROGRAM: text" on standard error and exits 1, or with what
 * args_set_fatal_status() said. */
NORETURN void args_fatal(int err, const char *fmt, ...) PRINTF_FORMAT(2, 3);
void args_set_fatal_status(int status);

/* Directories: the environment (OVS_RUNDIR, ...) decides, then what was
 * configured.  Borrowed for the life of the process. */
const char *dirs_run(void);
const char *dirs_log(void);
const char *dirs_db(void);
const char *dirs_pkgdata(void);
const char *dirs_sysconf(void);

#endif
