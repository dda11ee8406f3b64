/* SPDX-License-Identifier: Apache-2.0 */
/* rollback: an earlier state, as a new transaction. */
#include <stdio.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/history.h"
#include "ovsdb/exec.h"
#include "ovsdb/journal.h"
#include "ovsdb/tool/tool.h"

static json_t *
read_undo(const char *path, const char *txn)
{
    struct ovsdb_history *h;
    json_t *undo;
    tool_need_standalone(path);
    tool_check(ovsdb_history_open(path, &h));
    tool_check(ovsdb_history_undo(h, txn, &undo));
    ovsdb_history_close(&h);
    return undo;
}

static void
run_undo(struct db *db, const json_t *undo, const char *title)
{
    char *who = xasprintf("%s:uid=%u", args_program_name(), getuid());
    char *comment = xasprintf("%s: rollback to %s", args_program_name(),
                              title);
    json_t *params = ovsdb_history_undo_params(undo, db_name(db), comment);
    struct exec_env env = { .db = db, .who = who, .cannot_wait = true };
    struct exec_wait wait;
    json_t *result = exec_transaction(&env, params, &wait);
    tool_check(ovsdb_history_undo_result(result));
    json_decref(result);
    json_decref(params);
    free(comment);
    free(who);
}

static void
print_undo(const struct ovsdb_schema *schema, const json_t *undo)
{
    struct str text = STR_INIT;
    ovsdb_history_put_undo(&text, schema, undo);
    fputs(str_cstr(&text), stdout);
    str_fini(&text);
}

void
tool_rollback(struct tool *t, int argc UNUSED, char *argv[])
{
    struct journal *j = NULL;
    struct db *db = t->dry_run ? tool_read_db(argv[0])
                               : tool_open_db(argv[0], 0, &j);
    json_t *undo = read_undo(argv[0], argv[1]);
    size_t n = json_array_size(json_object_get(undo, "rows"));
    char *title = ovsdb_history_txn_title(json_object_get(undo, "to"));
    if (!n) {
        printf("nothing differs from %s\n", title);
    } else if (t->dry_run) {
        print_undo(db->schema, undo);
    } else {
        run_undo(db, undo, title);
        tool_check(journal_sync_now(j));
        printf("%zu %s brought back to %s\n", n, n == 1 ? "row" : "rows",
               title);
    }
    free(title);
    json_decref(undo);
    journal_close(&j);
    db_destroy(&db);
}
