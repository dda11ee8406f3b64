/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/tlog.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/txn.h"

LOG_MODULE(ovsdb_tlog);

const char *
tlog_set(struct server *server, const char *what, bool on)
{
    size_t n = strcspn(what, ":");
    if (!what[n]) {
        return "invalid DB:TABLE argument";
    }
    char *name = xmemdup0(what, n);
    struct served_db *sdb = server_find_db(server, name);
    free(name);
    if (!sdb) {
        return "no such database";
    }
    const char *table = what + n + 1;
    if (!db_get_table(sdb->db, table)) {
        return "no such table";
    }
    if (on) {
        strset_add(&sdb->tlog, table);
    } else {
        strset_remove(&sdb->tlog, table);
    }
    return NULL;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_tables(const struct served_db *sdb, struct str *out)
{
    const struct ovsdb_schema *schema = sdb->db->schema;
    const char **names = xcalloc(schema->n_tables + 1, sizeof *names);
    for (size_t i = 0; i < schema->n_tables; i++) {
        names[i] = schema->tables[i]->name;
    }
    qsort(names, schema->n_tables, sizeof *names, compare_names);
    str_putf(out, "%-16s \n", db_name(sdb->db));
    for (size_t i = 0; i < schema->n_tables; i++) {
        str_putf(out, "%-16s%-28s%s\n", "", names[i],
                 strset_contains(&sdb->tlog, names[i]) ? "ON" : "OFF");
    }
    free(names);
}

void
tlog_put_list(struct server *server, struct str *out)
{
    struct served_db **dbs = server_sorted_dbs(server);
    str_put(out, "database        table                       logging\n"
                 "--------        -----                       -------\n");
    for (size_t i = 0; i < server_n_dbs(server); i++) {
        put_tables(dbs[i], out);
    }
    free(dbs);
}

void
tlog_committed(const struct served_db *sdb, const struct txn *txn)
{
    if (!strset_count(&sdb->tlog)) {
        return;
    }
    TXN_FOR_EACH_ROW (tr, txn) {
        const char *table = tr->row->table->schema->name;
        if (strset_contains(&sdb->tlog, table)) {
            log_info_rl("%s:%s: %s row " UUID_FMT, db_name(sdb->db), table,
                        tr->deleted ? "deleted"
                        : tr->old   ? "modified"
                                    : "inserted",
                        UUID_ARGS(db_row_uuid(tr->row)));
        }
    }
}
