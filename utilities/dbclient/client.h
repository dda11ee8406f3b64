/* SPDX-License-Identifier: Apache-2.0 */
/* ovsdb-client: a database server's methods on the command line
 * [ovsdb-client(1)].  Single thread; every call waits. */
#ifndef WEIR_UTILITIES_DBCLIENT_H
#define WEIR_UTILITIES_DBCLIENT_H 1

#include "lib/io/daemon.h"
#include "lib/io/jsonrpc.h"
#include "lib/io/tls.h"
#include "lib/ovsdb/schema.h"
#include "utilities/common/table.h"

struct client {
    struct jsonrpc_block *rpc;   /* Connected before a command runs. */
    char *server;                /* Its name. */
    char *db;                    /* For commands with needs_db. */
    struct table_style style;
    bool timestamp;              /* --timestamp. */
    bool force;                  /* --force. */
    struct tls_config tls;
    struct daemon daemon;
};

/* One command: 'argv' are its own arguments. */
typedef void client_fn(struct client *, int argc, char *argv[]);

#define CMD(NAME, NEEDS_DB, ARGS, MIN, MAX, FN, HELP) client_fn client_cmd_##FN;
#include "utilities/dbclient/cmds.def"
#undef CMD

/* Connects to client.server; ends the program on failure. */
void client_connect(struct client *);
/* Waits for the reply; ends the program with an error, which names 'what',
 * unless it is a result: new.  Takes 'params'. */
json_t *client_call(struct client *, const char *method, json_t *params,
                    const char *what);
/* The next notification: new; ends the program when the server goes. */
json_t *client_recv(struct client *);
/* The schema of client.db. */
struct ovsdb_schema *client_get_schema(struct client *);
struct ovsdb_schema *client_schema_of(struct client *, const char *db);
/* Ends the program with the error, if there is one. */
void client_check(struct ovsdb_err *);
/* Prints and frees; compact or pretty as --pretty says. */
void client_print_json(const struct client *, json_t *);
/* Prints and destroys. */
void client_print_table(struct client *, struct table *);
/* Columns without _uuid and _version, by name: heap array, '*n' long. */
const struct ovsdb_column **
client_sorted_columns(const struct ovsdb_table_schema *, size_t *n);

#endif
