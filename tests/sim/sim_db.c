/* SPDX-License-Identifier: Apache-2.0 */
/* The database server's engine beside the naive model (db_model.h).
 *
 *   sim_db [--seed N] [--sets N] [--steps N]
 *
 * Each set is a random schema; each step a random transaction, done by both;
 * then the answers and all rows are compared.  Now and then the server's part
 * ends and is read back, from the log of its transactions or from a snapshot.
 * A failure prints the schema, the transaction and the seed of the set, which
 * alone repeats it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "ovsdb/exec.h"
#include "ovsdb/journal.h"
#include "ovsdb/record.h"
#include "tests/sim/db_gen.h"

/* What `make check` runs. */
#define SETS_DEFAULT 60
#define STEPS_DEFAULT 120

struct set {
    uint64_t seed;
    struct rng rng;
    struct model model;
    struct db *db;
    struct db_observer observer; /* Writes ... */
    struct str log;
    uint64_t n_right, n_refused; /* Transactions. */
};

static void
on_commit(void *set_, const struct txn *txn)
{
    struct set *set = set_;
    record_from_txn(&set->log, txn);
}

static void
follow(struct set *set)
{
    set->observer = (struct db_observer){ .committed = on_commit,
                                          .aux = set };
    db_observe(set->db, &set->observer);
}

static json_t *
serve(struct set *set, const json_t *ops)
{
    struct exec_env env = { .db = set->db };
    struct exec_wait wait;
    json_t *params = json_pack("[s]", "S");
    json_array_extend(params, (json_t *)(uintptr_t)ops);
    json_t *results = exec_transaction(&env, params, &wait);
    json_decref(params);
    return results;
}

/* {table: rows} as selects give them; new. */
static json_t *
serve_all(struct set *set)
{
    json_t *out = json_object(), *rows;
    const char *table;
    json_object_foreach (set->model.state, table, rows) {
        json_t *ops = json_pack("[{sssss[]}]", "op", "select", "table", table,
                                "where");
        json_t *results = serve(set, ops);
        json_object_set(out, table, json_object_get(
            json_array_get(results, 0), "rows"));
        json_decref(results);
        json_decref(ops);
    }
    return out;
}

static bool
has_failed(const json_t *results)
{
    size_t i;
    json_t *result;
    json_array_foreach (results, i, result) {
        if (json_object_get(result, "error")) {
            return true;
        }
    }
    return false;
}

static void
explain(const struct set *set, const json_t *ops, const char *text)
{
    char *schema = json_dumps(set->model.schema, JSON_COMPACT);
    char *asked = ops ? json_dumps(ops, JSON_INDENT(1))
                      : xstrdup("none, after a restart");
    fprintf(stderr, "sim_db: %s\nschema: %s\ntransaction: %s\n"
            "repeat: --seed %llu --sets 1\n", text, schema, asked,
            (unsigned long long)set->seed);
    free(schema);
    free(asked);
}

/* The server ends and starts again from what it wrote. */
static bool
restart(struct set *set)
{
    struct db *again;
    size_t good_len;
    if (rng_one_in(&set->rng, 3)) {
        str_clear(&set->log);
        record_snapshot(&set->log, set->db, "");
    }
    struct ovsdb_err *err = journal_read("log", str_cstr(&set->log),
                                         set->log.len, &again, &good_len,
                                         NULL);
    if (err) {
        char *text = ovsdb_err_to_text(err);
        explain(set, NULL, text);
        free(text);
        ovsdb_err_free(err);
        return false;
    }
    db_unobserve(&set->observer);
    db_destroy(&set->db);
    set->db = again;
    follow(set);
    model_restart(&set->model);
    json_t *rows = serve_all(set);
    char *text = model_compare(&set->model, rows);
    if (text) {
        explain(set, NULL, text);
    }
    bool ok = !text;
    json_decref(rows);
    free(text);
    return ok;
}

static bool
run_step(struct set *set)
{
    json_t *ops = db_gen_ops(&set->rng, &set->model);
    json_t *results = serve(set, ops);
    char *text = model_transact(&set->model, ops, results);
    if (!text) {
        json_t *rows = serve_all(set);
        text = model_compare(&set->model, rows);
        json_decref(rows);
    }
    if (text) {
        explain(set, ops, text);
    }
    if (has_failed(results)) {
        set->n_refused++;
    } else {
        set->n_right++;
    }
    json_decref(results);
    json_decref(ops);
    bool ok = !text;
    free(text);
    return ok;
}

static bool
run_set(struct set *set, size_t n_steps)
{
    rng_seed(&set->rng, set->seed);
    json_t *json = db_gen_schema(&set->rng);
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    if (err) {
        char *text = ovsdb_err_to_text(err), *dump = json_dumps(json, 0);
        fprintf(stderr, "sim_db: seed %llu: %s: %s\n",
                (unsigned long long)set->seed, text, dump);
        free(text);
        free(dump);
        ovsdb_err_free(err);
        json_decref(json);
        return false;
    }
    set->db = db_create(schema);
    str_init(&set->log);
    record_snapshot(&set->log, set->db, "");
    follow(set);
    model_init(&set->model, json);
    bool ok = true;
    for (size_t i = 0; i < n_steps && ok; i++) {
        ok = run_step(set) && (!rng_one_in(&set->rng, 20) || restart(set));
    }
    model_fini(&set->model);
    str_fini(&set->log);
    db_unobserve(&set->observer);
    db_destroy(&set->db);
    return ok;
}

int
main(int argc, char *argv[])
{
    static const struct option options[] = {
        { "seed", required_argument, NULL, 's' },
        { "sets", required_argument, NULL, 'n' },
        { "steps", required_argument, NULL, 't' },
        { NULL, 0, NULL, 0 },
    };
    uint64_t seed = 1, n_sets = SETS_DEFAULT, n_steps = STEPS_DEFAULT;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        uint64_t *value = c == 's' ? &seed : c == 'n' ? &n_sets : &n_steps;
        if (c == '?' || !str_to_u64(optarg, 10, value)) {
            fprintf(stderr, "usage: sim_db [--seed N] [--sets N] "
                    "[--steps N]\n");
            return 2;
        }
    }
    struct set set = { .n_right = 0 };
    for (uint64_t i = 0; i < n_sets; i++) {
        set.seed = seed + i;
        if (!run_set(&set, n_steps)) {
            return 1;
        }
    }
    printf("sim_db: %llu schemas, %llu transactions done, %llu refused, all "
           "as the model says\n", (unsigned long long)n_sets,
           (unsigned long long)set.n_right,
           (unsigned long long)set.n_refused);
    return 0;
}
