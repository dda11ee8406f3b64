/* SPDX-License-Identifier: Apache-2.0 */
/* One run: load, do, commit, wait for the switch, print. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "utilities/vsctl/model.h"
#include "utilities/vsctl/names.h"

LOG_MODULE(vsctl);

bool
vsctl_has_option(const struct vsctl_cmd *cmd, const char *name)
{
    return shash_find(&cmd->options, name) != NULL;
}

const char *
vsctl_option(const struct vsctl_cmd *cmd, const char *name)
{
    return shash_get(&cmd->options, name);
}

void
vsctl_want_column(struct vsctl *v, size_t table, size_t column)
{
    v->used[table] = true;
    if (column == VSCTL_COL_UUID) {
        idl_add_table(v->idl, table);
    } else {
        idl_set_mode(v->idl, table, column, IDL_ALERT);
    }
}

void
vsctl_want(struct vsctl *v, size_t table, size_t column)
{
    vsctl_want_column(v, table, column);
    v->whole[table] = true;
}

bool
vsctl_want_where(struct vsctl *v, size_t table, json_t *clause)
{
    if (!v->where[table]) {
        v->where[table] = json_array();
    }
    if (json_array_size(v->where[table]) >= VSCTL_CLAUSES_MAX
        && !idl_session(v->idl)) {
        v->whole[table] = true; /* So many rows: then all. */
        json_decref(clause);
        return true;
    }
    for (size_t i = 0; i < json_array_size(v->where[table]); i++) {
        if (json_equal(json_array_get(v->where[table], i), clause)) {
            json_decref(clause);
            return false;
        }
    }
    json_array_append_new(v->where[table], clause);
    return true;
}

void
vsctl_apply_where(struct vsctl *v, size_t table)
{
    if (v->used[table] && !v->whole[table]) {
        idl_set_where(v->idl, table, json_incref(v->where[table]));
    }
}

/* Asks for no more rows than the commands name: one port among ten thousand
 * costs what one port costs. */
static void
set_conditions(struct vsctl *v)
{
    for (size_t t = 0; t < VREC_N_TABLES; t++) {
        if (v->used[t] && !v->where[t]) {
            vsctl_want_where(v, t, json_false());
        }
        vsctl_apply_where(v, t);
    }
}

/* The row of Open_vSwitch, made if the database is new. */
static const struct vrec_open_vswitch *
get_ovs(struct vsctl *v)
{
    const struct vrec_open_vswitch *ovs = vrec_open_vswitch_first(v->idl);
    return ovs ? ovs : vrec_open_vswitch_insert(v->txn);
}

/* A name that commands use must be made by one of them. */
static void
check_symbols(const struct vsctl *v)
{
    SHASH_FOR_EACH (node, &v->symtab.names) {
        const struct ovsdb_symbol *symbol = node->data;
        if (!symbol->created) {
            vsctl_fatal("row id \"%s\" is referenced but never created (e.g. "
                        "with \"-- --id=%s create ...\")", node->name,
                        node->name);
        }
        if (!symbol->strong_ref && !symbol->weak_ref) {
            log_warn("row id \"%s\" was created but no reference to it was "
                     "inserted, so it will not actually appear in the "
                     "database", node->name);
        } else if (!symbol->strong_ref) {
            log_warn("row id \"%s\" was created but only a weak reference to "
                     "it was inserted, so it will not actually appear in the "
                     "database", node->name);
        }
    }
}

static void
reset(struct vsctl *v)
{
    vsctl_model_destroy(&v->model);
    vsctl_names_destroy(&v->names);
    ovsdb_symtab_fini(&v->symtab);
    for (size_t i = 0; i < v->n_cmds; i++) {
        str_clear(&v->cmds[i].out);
        table_destroy(&v->cmds[i].table);
    }
    idl_txn_destroy(&v->txn);
}

/* Lets every command work.  False if one waits for the database to change. */
static bool
run_commands(struct vsctl *v)
{
    v->try_again = false;
    ovsdb_symtab_init(&v->symtab);
    v->names = vsctl_names_create();
    v->txn = idl_txn_create(v->idl);
    if (v->dry_run) {
        idl_txn_set_dry_run(v->txn);
    }
    idl_txn_set_strict(v->txn);
    idl_txn_add_comment(v->txn, "%s", v->line);
    v->ovs = get_ovs(v);
    if (!v->no_wait) {
        idl_txn_increment(v->txn, &v->ovs->header_,
                          VREC_OPEN_VSWITCH_COL_NEXT_CFG, false);
    }
    for (size_t i = 0; i < v->n_cmds && !v->try_again; i++) {
        v->cmds[i].row->run(v, &v->cmds[i]);
    }
    if (v->try_again) {
        return false;
    }
    check_symbols(v);
    return true;
}

static void
check_in_time(int err)
{
    if (err == -ETIMEDOUT) {
        vsctl_timed_out();
    }
}

/* The text for --oneline: one line, new lines and backslashes escaped. */
static void
print_oneline(const struct str *out)
{
    const char *s = str_cstr(out);
    size_t n = out->len;
    if (n && s[n - 1] == '\n') {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n') {
            fputs("\\n", stdout);
        } else {
            fputs(s[i] == '\\' ? "\\" : "", stdout);
            putchar(s[i]);
        }
    }
    putchar('\n');
}

static void
print_output(struct vsctl *v)
{
    for (size_t i = 0; i < v->n_cmds; i++) {
        struct vsctl_cmd *cmd = &v->cmds[i];
        if (cmd->table) {
            table_put(cmd->table, &v->style, &cmd->out);
            fputs(str_cstr(&cmd->out), stdout);
        } else if (v->oneline) {
            print_oneline(&cmd->out);
        } else {
            fputs(str_cstr(&cmd->out), stdout);
        }
    }
    if (fflush(stdout)) {
        vsctl_fatal("cannot write output: %s", log_strerror(errno));
    }
}

/* Says why, in the JSON that the server gave: scripts look into it. */
NORETURN static void
transaction_failed(const struct idl_txn *txn)
{
    const json_t *json = idl_txn_error_json(txn);
    char *text = json ? json_to_text(json, JSON_STYLE_SORT)
                      : xstrdup(idl_txn_status_name(idl_txn_status(txn)));
    vsctl_fatal("transaction error: %s", text);
}

/* Takes the updates that the server had for us when it refused. */
static void
catch_up(struct vsctl *v)
{
    json_t *results;
    int err = idl_query(v->idl, json_array(), v->deadline_ms, &results);
    if (err) {
        vsctl_database_failed(v, err);
    }
    json_decref(results);
}

/* Commits.  False if all must be done again; fatal if it cannot be.
 *
 * An error may come from what another client did since 'seqno', such as a
 * port of the same name: then the commands decide again on what is there. */
static bool
commit(struct vsctl *v, unsigned int seqno)
{
    enum idl_txn_status status = idl_txn_commit_block(v->txn, v->deadline_ms);
    switch (status) {
    case IDL_TXN_SUCCESS:
    case IDL_TXN_UNCHANGED:
        return true;
    case IDL_TXN_TRY_AGAIN:
        return false;
    case IDL_TXN_INCOMPLETE:
        vsctl_timed_out();
    case IDL_TXN_ERROR:
        catch_up(v);
        if (idl_seqno(v->idl) != seqno) {
            return false;
        }
        /* Fall through. */
    default:
        transaction_failed(v->txn);
    }
}

static void
finish(struct vsctl *v, struct vsctl_watch *watch)
{
    bool changed = idl_txn_status(v->txn) == IDL_TXN_SUCCESS && !v->dry_run;
    if (changed) {
        log_info("%s", v->line);
    }
    for (size_t i = 0; i < v->n_cmds; i++) {
        if (v->cmds[i].row->postprocess) {
            v->cmds[i].row->postprocess(v, &v->cmds[i]);
        }
    }
    print_output(v);
    if (changed && !v->no_wait) {
        vsctl_wait_for_switch(v, idl_txn_increment_value(v->txn));
        vsctl_watch_report(v, watch);
    }
}

void
vsctl_database_failed(const struct vsctl *v, int err)
{
    check_in_time(err);
    vsctl_fatal("%s: database connection failed (%s)", v->db,
                log_strerror(err));
}

static void
connect_to_database(struct vsctl *v)
{
    char *error = idl_connect(v->idl, v->db);
    if (error) { /* The words that scripts know. */
        vsctl_fatal("%s: database connection failed (%s)", v->db,
                    log_strerror(EAFNOSUPPORT));
    }
    bool once = !v->retry && !str_starts_with(v->db, "p");
    int err = idl_wait_loaded(v->idl, once, v->deadline_ms);
    if (err == -EPROTO && idl_error(v->idl)) {
        vsctl_fatal("%s: %s", v->db, idl_error(v->idl));
    }
    if (err) {
        vsctl_database_failed(v, err);
    }
}

static void
no_op(void *aux UNUSED)
{
}

int
vsctl_run(struct vsctl *v)
{
    static const struct idl_callbacks callbacks = { .changed = no_op };
    v->idl = idl_create(v->loop, &vrec_class, &callbacks, NULL);
    vsctl_want(v, VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_CUR_CFG);
    for (size_t i = 0; i < v->n_cmds; i++) {
        v->cmds[i].row->prerequisites(v, &v->cmds[i]);
    }
    vsctl_scope_decide(v);
    set_conditions(v);
    connect_to_database(v);
    for (;;) {
        vsctl_scope_complete(v);
        unsigned int seqno = idl_seqno(v->idl);
        if (run_commands(v)) {
            struct vsctl_watch *watch = vsctl_watch_create(v);
            bool done = commit(v, seqno);
            if (done) {
                finish(v, watch);
            }
            vsctl_watch_destroy(&watch);
            if (done) {
                break;
            }
            reset(v);
        } else {
            reset(v);
            check_in_time(idl_wait_change(v->idl, seqno, v->deadline_ms));
        }
    }
    reset(v);
    idl_destroy(&v->idl);
    free(v->places);
    for (size_t t = 0; t < VREC_N_TABLES; t++) {
        json_decref(v->where[t]);
    }
    return 0;
}
