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
#include "utilities/dbclient/past.h"

struct client_replay;
struct ctl;

#define CLIENT_N_SIGNALS 4

/* Whether the server is told that we know of changing databases. */
enum client_aware {
    CLIENT_AWARE_DEFAULT, /* By commands that follow a database. */
    CLIENT_AWARE,         /* --db-change-aware */
    CLIENT_UNAWARE,       /* --no-db-change-aware */
};

struct client {
    struct jsonrpc_block *rpc;   /* Connected before a command runs. */
    char *server;                /* Its name, or several with commas. */
    bool several;                /* There were several. */
    char *db;                    /* For commands with needs_db. */
    struct table_style style;
    bool timestamp;              /* --timestamp. */
    bool force;                  /* --force. */
    bool any_member;             /* --no-leader-only. */
    enum client_aware aware;
    int status;                  /* To exit with. */
    struct strset exclude;       /* Tables that diff leaves out. */
    bool ignore_version;         /* --ignore-version, of diff. */
    struct past past;            /* Of history and rollback. */
    struct tls_config tls;
    struct daemon daemon;
    struct client_replay *replay; /* --record, --replay; else NULL. */
    struct ctl *ctl;             /* While detached; else NULL. */
    struct loop_signal *signals[CLIENT_N_SIGNALS]; /* NULL if not caught. */
    bool told_to_exit;           /* By the control socket. */
};

/* What is made ready before a command runs. */
enum client_needs {
    NEEDS_NOTHING, /* It takes all arguments. */
    NEEDS_ADDRESS, /* [SERVER] is taken from them: client.server. */
    NEEDS_SERVER,  /* And connected to: client.rpc. */
    NEEDS_DB,      /* And [DATABASE] taken, or the default found: client.db. */
};

/* One command: 'argv' are its own arguments. */
typedef void client_fn(struct client *, int argc, char *argv[]);

#define CMD(NAME, NEEDS, ARGS, MIN, MAX, FN, HELP)                            \
    client_fn client_cmd_##FN;
#include "utilities/dbclient/cmds.def"
#undef CMD

/* talk.c: requests and replies. */

/* "KIND:REST" in small letters: a server's name. */
bool client_is_server_name(const char *);
/* "A,B,..." */
bool client_is_several(const char *);
/* Looks at a server that was connected to: false, to try the next one. */
typedef bool client_ready_fn(struct client *, void *aux);
/* Connects to client.server; ends the program on failure.  Where that is
 * several names, to the first for which ready() is true, and takes its name;
 * 'ready' is called for a single one too, and may be NULL. */
void client_connect(struct client *, client_ready_fn *ready, void *aux);
/* A client_ready_fn: one of several servers is asked whether it leads the
 * database 'name' (text), or with --no-leader-only just has all of it. */
bool client_leads(struct client *, void *name);
/* One attempt at one server: 0 or negative errno. */
int client_try_connect(struct client *);
/* Sends a request (takes 'params') and waits: 0 with a new '*result' or
 * '*error', or negative errno. */
int client_ask(struct client *, const char *method, json_t *params,
               json_t **result, json_t **error) MUST_CHECK;
/* Why the connection broke, where errno does not tell all; or NULL. */
const char *client_error_text(const struct client *);
/* Waits for the reply; ends the program with an error unless it is a result:
 * new.  Takes 'params'. */
json_t *client_call(struct client *, const char *method, json_t *params);
/* The same for methods that only our server has. */
json_t *client_call_ours(struct client *, const char *method, json_t *params);
/* A request got no answer: ends the program. */
NORETURN void client_call_failed(struct client *, int err);
/* The rows that the 'i'th operation of a transaction selected, borrowed from
 * its reply; ends the program, naming 'table', if there are none. */
json_t *client_rows(const json_t *reply, size_t i, const char *table);
/* Tells the server, if options or 'by_default' say so, that we know what it
 * means when a database goes away or is converted. */
void client_tell_aware(struct client *, bool by_default);
/* The names of list_dbs, sorted; freed with client_free_names(). */
char **client_list_dbs(struct client *, size_t *n);
void client_free_names(char **names, size_t n);
/* The database 'wanted' (may be NULL) if the server has it, else the default
 * one, Open_vSwitch or the only one: heap, or NULL if it is not clear. */
char *client_choose_db(struct client *, const char *wanted);
/* The schema of client.db. */
struct ovsdb_schema *client_get_schema(struct client *);
struct ovsdb_schema *client_schema_of(struct client *, const char *db);
/* Ends the program with the error, if there is one. */
void client_check(struct ovsdb_err *);

/* follow.c: commands that go on, maybe in the background. */

/* The first answer is printed: detaches if asked to, with a control socket on
 * which 'register_commands' (may be NULL) puts commands of its own. */
void client_detach(struct client *,
                   void (*register_commands)(struct ctl *, void *aux),
                   void *aux);
/* Closes what client_detach() opened. */
void client_end_following(struct client *);
/* The next message of the server: new; NULL when told to exit.  Ends the
 * program when the server goes. */
json_t *client_recv(struct client *);
/* Ends the program: the error goes where it will be read. */
NORETURN void client_fatal(struct client *, const char *fmt, ...)
    PRINTF_FORMAT(2, 3);

/* replay.c */

/* Opens what is written or read in 'dir' (NULL: the run directory): NULL or
 * a heap text of what is wrong. */
char *client_replay_open(struct client_replay **, const char *dir,
                         bool playing) MUST_CHECK;
/* What is heard comes from a file: there is no connection. */
bool client_is_replay(const struct client *);
/* Writes a step (taken) if it is to be recorded. */
void client_replay_put(struct client *, json_t *step);
/* The next step: new.  Ends the program unless it is of the kind and, if
 * 'what' is not NULL, about that. */
json_t *client_replay_get(struct client *, const char *kind,
                          const char *what);

/* records.c */

/* Reads the 'len' bytes (and a NUL) of a database file, which errors call
 * 'name': {TABLE: {UUID: {COLUMN: VALUE}}}, new, and its schema, new.  Ends
 * the program on damage, and unless 'torn_is_ok' on a torn tail. */
json_t *client_read_records(const char *name, const char *data, size_t len,
                            bool torn_is_ok, struct ovsdb_schema **schema);

/* print.c */

/* All that was printed goes out; ends the program if it cannot. */
void client_flush(struct client *);
/* Prints and frees; compact or pretty as --pretty says. */
void client_print_json(struct client *, json_t *);
/* Prints and destroys. */
void client_print_table(struct client *, struct table *);
/* Ends the program if the text is no JSON. */
json_t *client_parse_json(const char *text);
/* All of standard input: heap, with a NUL behind. */
char *client_read_stdin(size_t *len);
/* Columns without _uuid and _version, by name: heap array, '*n' long. */
const struct ovsdb_column **
client_sorted_columns(const struct ovsdb_table_schema *, size_t *n);
/* Tables by name: heap array of schema->n_tables. */
const struct ovsdb_table_schema **
client_sorted_tables(const struct ovsdb_schema *);

#endif
