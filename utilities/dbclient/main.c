/* SPDX-License-Identifier: Apache-2.0 */
/* Options, the server, the database, and the command. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

struct command {
    const char *name;
    bool needs_db;
    const char *args;
    int min, max;
    client_fn *fn;
    const char *help;
};

static const struct command commands[] = {
#define CMD(NAME, NEEDS_DB, ARGS, MIN, MAX, FN, HELP)                         \
    { NAME, NEEDS_DB, ARGS, MIN, MAX, client_cmd_##FN, HELP },
#include "utilities/dbclient/cmds.def"
#undef CMD
};

static void
print_help(void)
{
    printf("%s: database client\nusage: %s [OPTIONS] COMMAND [ARG...]\n",
           args_program_name(), args_program_name());
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        printf("  %s [SERVER] %s%s\n      %s\n", c->name,
               c->needs_db ? "[DATABASE] " : "", c->args, c->help);
    }
    printf("The default SERVER is unix:%s/db.sock.\n"
           "The default DATABASE is Open_vSwitch.\n"
           "Options: -f --format -d --data --no-headings --pretty --bare\n"
           "--max-column-width --timestamp --force -t --timeout, and those\n"
           "of daemons (monitor, lock), logging and TLS.\n", dirs_run());
}

void
client_check(struct ovsdb_err *err)
{
    if (err) {
        char *text = ovsdb_err_to_text(err);
        args_fatal(0, "%s", text);
    }
}

/* Talking. */

void
client_connect(struct client *c)
{
    bool use_tls = c->tls.private_key || c->tls.ca_cert;
    int err = jsonrpc_block_open(c->server, OVSDB_PORT,
                                 use_tls ? &c->tls : NULL, INT64_MAX,
                                 &c->rpc);
    if (err) {
        args_fatal(0, "failed to connect to \"%s\" (%s)", c->server,
                   log_strerror(err));
    }
}

static NORETURN void
connection_lost(const struct client *c, int err)
{
    const char *why = jsonrpc_block_error_text(c->rpc);
    args_fatal(0, "%s: connection lost (%s)", c->server,
               why ? why : log_strerror(err));
}

json_t *
client_call(struct client *c, const char *method, json_t *params,
            const char *what)
{
    json_t *result, *error;
    int err = jsonrpc_block_call(c->rpc, method, params, INT64_MAX, &result,
                                 &error);
    if (err) {
        connection_lost(c, err);
    }
    if (error) {
        char *text = json_to_text(error, JSON_STYLE_SORT);
        args_fatal(0, "%s returned error: %s", what, text);
    }
    return result;
}

json_t *
client_recv(struct client *c)
{
    json_t *body;
    int err = jsonrpc_block_recv(c->rpc, INT64_MAX, &body);
    if (err) {
        connection_lost(c, err);
    }
    return body;
}

struct ovsdb_schema *
client_schema_of(struct client *c, const char *db)
{
    json_t *json = client_call(c, OVSDB_RPC_GET_SCHEMA, json_pack("[s]", db),
                               "fetching schema");
    struct ovsdb_schema *schema;
    client_check(ovsdb_schema_from_json(json, &schema));
    json_decref(json);
    return schema;
}

struct ovsdb_schema *
client_get_schema(struct client *c)
{
    return client_schema_of(c, c->db);
}

void
client_print_json(const struct client *c, json_t *json)
{
    int style = JSON_STYLE_SORT
                | (c->style.json_pretty ? JSON_STYLE_PRETTY : 0);
    char *text = json_to_text(json, style);
    puts(text);
    free(text);
    json_decref(json);
}

void
client_print_table(struct client *c, struct table *t)
{
    struct str out = STR_INIT;
    table_put(t, &c->style, &out);
    fputs(str_cstr(&out), stdout);
    fflush(stdout);
    str_fini(&out);
    table_destroy(&t);
}

static int
compare_columns(const void *a_, const void *b_)
{
    const struct ovsdb_column *const *a = a_, *const *b = b_;
    return strcmp((*a)->name, (*b)->name);
}

const struct ovsdb_column **
client_sorted_columns(const struct ovsdb_table_schema *ts, size_t *n)
{
    const struct ovsdb_column **cs = xcalloc(ts->n_columns, sizeof *cs);
    *n = 0;
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        cs[(*n)++] = ts->columns[i];
    }
    qsort(cs, *n, sizeof *cs, compare_columns);
    return cs;
}

/* Arguments. */

/* "KIND:REST" in small letters; transactions and names do not look so. */
static bool
is_server_name(const char *arg)
{
    size_t n = strspn(arg, "abcdefghijklmnopqrstuvwxyz");
    return n && arg[n] == ':';
}

static bool
array_has_string(const json_t *array, const char *s)
{
    size_t i;
    json_t *element;
    json_array_foreach (array, i, element) {
        if (json_is_string(element)
            && !strcmp(json_string_value(element), s)) {
            return true;
        }
    }
    return false;
}

/* The only database that is not the server's own; NULL if several. */
static const char *
only_db(const json_t *dbs)
{
    const char *found = NULL;
    size_t i;
    json_t *element;
    json_array_foreach (dbs, i, element) {
        const char *name = json_string_value(element);
        if (name && name[0] != '_') {
            if (found) {
                return NULL;
            }
            found = name;
        }
    }
    return found;
}

/* Takes [DATABASE] from the arguments, or finds the one meant. */
static void
choose_db(struct client *c, const struct command *cmd, int *argc,
          char ***argv)
{
    json_t *dbs = client_call(c, OVSDB_RPC_LIST_DBS, json_array(),
                              "listing databases");
    if (*argc && array_has_string(dbs, (*argv)[0])) {
        c->db = xstrdup((*argv)[0]);
        --*argc;
        ++*argv;
    } else if (array_has_string(dbs, "Open_vSwitch")) {
        c->db = xstrdup("Open_vSwitch");
    } else {
        c->db = xstrdup_null(only_db(dbs));
    }
    json_decref(dbs);
    if (!c->db) {
        args_fatal(0, "no default database for `%s' command, please specify "
                   "a database name", cmd->name);
    }
}

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(commands[i].name, name)) {
            return &commands[i];
        }
    }
    args_fatal(0, "unknown command '%s'; use --help for help", name);
}

/* These run on, and may do so in the background. */
static bool
runs_on(const char *name)
{
    return str_starts_with(name, "monitor") || !strcmp(name, "lock")
           || !strcmp(name, "steal") || !strcmp(name, "unlock");
}

static void
run_command(struct client *c, int argc, char *argv[])
{
    if (!argc) {
        args_fatal(0, "missing command name; use --help for help");
    }
    if (!strcmp(argv[0], "help")) {
        print_help();
        return;
    }
    const struct command *cmd = find_command(argv[0]);
    argc--;
    argv++;
    if (argc && is_server_name(argv[0])) {
        c->server = xstrdup(argv[0]);
        argc--;
        argv++;
    } else {
        c->server = xasprintf("unix:%s/db.sock", dirs_run());
    }
    if (runs_on(cmd->name)) {
        daemon_start(&c->daemon);
    }
    if (strcmp(cmd->name, "wait")) { /* Which connects again and again. */
        client_connect(c);
    }
    if (cmd->needs_db) {
        choose_db(c, cmd, &argc, &argv);
    }
    if (argc < cmd->min || argc > cmd->max) {
        args_fatal(0, "invalid syntax for '%s' (use --help for help)",
                   cmd->name);
    }
    cmd->fn(c, argc, argv);
}

static char *
opt_flag(void *aux, const char *value UNUSED)
{
    *(bool *)aux = true;
    return NULL;
}

static char *
opt_timeout(void *aux UNUSED, const char *value)
{
    int seconds;
    if (!str_to_int(value, 10, &seconds) || seconds < 1) {
        return xasprintf("value %s on -t or --timeout is invalid", value);
    }
    alarm((unsigned int)seconds); /* Ends us by SIGALRM. */
    return NULL;
}

int
main(int argc, char *argv[])
{
    static struct client c = { .style = TABLE_STYLE_INIT };
    struct args_opt table_opts[TABLE_N_ARGS];
    daemon_init(&c.daemon, argc, argv, "ovsdb-client", print_help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    tls_config_init(&c.tls);
    table_args_init(table_opts, &c.style);
    const struct args_opt own[] = {
        { "timestamp", 0, ARGS_FLAG, NULL, "say when updates came",
          opt_flag, &c.timestamp },
        { "force", 0, ARGS_FLAG, NULL, "restore under another schema",
          opt_flag, &c.force },
        { "timeout", 't', ARGS_VALUE, "SECS", "give up after SECS",
          opt_timeout, NULL },
    };
    const struct args_table tables[] = {
        { NULL, own, ARRAY_SIZE(own) },
        { "Output", table_opts, TABLE_N_ARGS },
        daemon_args(&c.daemon),
        daemon_log_args(&c.daemon),
        tls_config_args(&c.tls),
        daemon_other_args(&c.daemon),
    };
    int first = args_parse(argc, argv, tables, ARRAY_SIZE(tables), false);
    run_command(&c, argc - first, argv + first);
    if (c.rpc) {
        jsonrpc_block_close(&c.rpc);
    }
    if (c.daemon.started) {
        daemon_fini(&c.daemon);
    }
    return 0;
}
