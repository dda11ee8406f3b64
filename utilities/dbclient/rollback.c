/* SPDX-License-Identifier: Apache-2.0 */
/* rollback: an earlier state of a running server's database, as a new
 * transaction. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/history.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

static void
run_undo(struct client *c, const json_t *undo, const char *title)
{
    char *comment = xasprintf("%s: rollback to %s", args_program_name(),
                              title);
    json_t *result = client_call(
        c, OVSDB_RPC_TRANSACT, ovsdb_history_undo_params(undo, c->db,
                                                         comment));
    client_check(ovsdb_history_undo_result(result));
    json_decref(result);
    free(comment);
}

static void
print_undo(struct client *c, const json_t *undo)
{
    struct ovsdb_schema *schema = client_get_schema(c);
    struct str text = STR_INIT;
    ovsdb_history_put_undo(&text, schema, undo);
    fputs(str_cstr(&text), stdout);
    str_fini(&text);
    ovsdb_schema_destroy(&schema);
}

void
client_cmd_rollback(struct client *c, int argc UNUSED, char *argv[])
{
    json_t *undo = client_call_ours(c, OVSDB_RPC_GET_UNDO,
                                    json_pack("[ss]", c->db, argv[0]));
    size_t n = json_array_size(json_object_get(undo, "rows"));
    char *title = ovsdb_history_txn_title(json_object_get(undo, "to"));
    if (!n) {
        printf("nothing differs from %s\n", title);
    } else if (c->past.dry_run) {
        print_undo(c, undo);
    } else {
        run_undo(c, undo, title);
        printf("%zu %s brought back to %s\n", n, n == 1 ? "row" : "rows",
               title);
    }
    free(title);
    json_decref(undo);
}
