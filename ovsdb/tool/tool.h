/* SPDX-License-Identifier: Apache-2.0 */
/* ovsdb-tool: database files, without a server [ovsdb-tool(1)].
 *
 * It stands on the server's engine, so it lives beside it: a file reads here
 * as it does there.  Single thread. */
#ifndef WEIR_OVSDB_TOOL_H
#define WEIR_OVSDB_TOOL_H 1

#include "ovsdb/db.h"

struct journal;

struct tool {
    int more;     /* How often -m was given. */
    int status;   /* To exit with. */
    const char *role; /* --rbac-role, of query and transact; or NULL. */
    bool dry_run; /* --dry-run, of rollback. */
    bool json;    /* --json, of check. */
};

/* One command: 'argv' are its arguments, 'argc' of them. */
typedef void tool_fn(struct tool *, int argc, char *argv[]);

#define CMD(NAME, ARGS, MIN, MAX, FN, HELP) tool_fn tool_##FN;
#include "ovsdb/tool/cmds.def"
#undef CMD

/* Ends the program with the error, if there is one. */
void tool_check(struct ovsdb_err *);
/* argv[i], or the default file where it was left out. */
const char *tool_db_path(int argc, char *argv[], int i);
const char *tool_schema_path(int argc, char *argv[], int i);

/* Beside those of enum store_flags: the whole file is written anew, which
 * words the error about its lock as users of that know it. */
#define TOOL_REWRITE 0x100

enum tool_file { TOOL_STANDALONE, TOOL_CLUSTERED };

/* Each ends the program on failure. */
/* What the file's first bytes say it is. */
enum tool_file tool_identify(const char *path);
void tool_need_standalone(const char *path);
struct ovsdb_schema *tool_read_schema(const char *path);
/* The schema in a database file: its first record. */
struct ovsdb_schema *tool_read_db_schema(const char *path);
struct db *tool_read_db(const char *path);
struct db *tool_open_db(const char *path, int flags, struct journal **);
/* All bytes of a file: heap, with a NUL behind. */
char *tool_read_file(const char *path, size_t *len);
/* Makes a file with the whole of 'db', or replaces it in one step.  'flags' are
 * of enum store_flags, and TOOL_REWRITE. */
void tool_write_db(const char *path, int flags, struct db *,
                   const char *comment);

#endif
