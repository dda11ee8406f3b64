/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions on a file, and facts about schemas. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/io/json.h"
#include "ovsdb/exec.h"
#include "ovsdb/journal.h"
#include "ovsdb/rbac.h"
#include "ovsdb/tool/tool.h"

static json_t *
parse_transaction(const char *text)
{
    char *error = NULL;
    json_t *json = json_parse(text, strlen(text), &error);
    if (!json) {
        args_fatal(0, "\"%s\": %s", text, error);
    }
    return json;
}

static json_t *
refuse(const json_t *params, const char *why)
{
    struct ovsdb_err *err
        = ovsdb_err_at(params, OVSDB_E_SYNTAX, "%s", why);
    json_t *json = ovsdb_err_to_json(err);
    ovsdb_err_free(err);
    return json;
}

/* Nobody is known by a certificate here. */
static struct ovsdb_err *
authorize(void *t_, const struct exec_access *access)
{
    const struct tool *t = t_;
    struct rbac_client client = { .role = t->role };
    return rbac_check(access->table->db, &client, access);
}

static json_t *
run(struct tool *t, struct db *db, const json_t *params, bool dry_run)
{
    if (!json_is_array(params)) {
        return refuse(params, "array expected");
    }
    const char *name = json_string_value(json_array_get(params, 0));
    if (!name || strcmp(name, db_name(db))) {
        return refuse(params, "database name expected as first parameter");
    }
    /* Nobody else changes the file: waiting would be for ever. */
    struct exec_env env = { .db = db, .dry_run = dry_run,
                            .cannot_wait = true,
                            .authorize = authorize, .aux = t };
    struct exec_wait wait;
    return exec_transaction(&env, params, &wait);
}

static void
print_and_free(json_t *json)
{
    char *text = json_to_text(json, JSON_STYLE_SORT);
    puts(text);
    free(text);
    json_decref(json);
}

void
tool_query(struct tool *t, int argc, char *argv[])
{
    json_t *params = parse_transaction(argv[argc - 1]);
    struct db *db = tool_read_db(tool_db_path(argc - 1, argv, 0));
    print_and_free(run(t, db, params, true));
    json_decref(params);
    db_destroy(&db);
}

void
tool_transact(struct tool *t, int argc, char *argv[])
{
    json_t *params = parse_transaction(argv[argc - 1]);
    struct journal *j;
    struct db *db = tool_open_db(tool_db_path(argc - 1, argv, 0), 0, &j);
    json_t *result = run(t, db, params, false);
    tool_check(journal_sync_now(j));
    print_and_free(result);
    json_decref(params);
    journal_close(&j);
    db_destroy(&db);
}

/* Schemas. */

enum fact { FACT_NAME, FACT_VERSION, FACT_CKSUM };

static void
print_fact(const struct ovsdb_schema *s, enum fact fact)
{
    puts(fact == FACT_NAME      ? s->name
         : fact == FACT_VERSION ? s->version
                                : s->cksum);
}

static void
print_db_fact(int argc, char *argv[], enum fact fact)
{
    struct ovsdb_schema *s
        = tool_read_db_schema(tool_db_path(argc, argv, 0));
    print_fact(s, fact);
    ovsdb_schema_destroy(&s);
}

static void
print_schema_fact(int argc, char *argv[], enum fact fact)
{
    struct ovsdb_schema *s = tool_read_schema(tool_schema_path(argc, argv, 0));
    print_fact(s, fact);
    ovsdb_schema_destroy(&s);
}

void
tool_db_name(struct tool *t UNUSED, int argc, char *argv[])
{
    print_db_fact(argc, argv, FACT_NAME);
}

void
tool_db_version(struct tool *t UNUSED, int argc, char *argv[])
{
    print_db_fact(argc, argv, FACT_VERSION);
}

void
tool_db_cksum(struct tool *t UNUSED, int argc, char *argv[])
{
    print_db_fact(argc, argv, FACT_CKSUM);
}

void
tool_schema_name(struct tool *t UNUSED, int argc, char *argv[])
{
    print_schema_fact(argc, argv, FACT_NAME);
}

void
tool_schema_version(struct tool *t UNUSED, int argc, char *argv[])
{
    print_schema_fact(argc, argv, FACT_VERSION);
}

void
tool_schema_cksum(struct tool *t UNUSED, int argc, char *argv[])
{
    print_schema_fact(argc, argv, FACT_CKSUM);
}

/* Versions. */

static void
parse_version(const char *text, uint64_t v[3])
{
    char *copy = xstrdup(text), *save = NULL;
    bool ok = ovsdb_is_version(text);
    const char *part = strtok_r(copy, ".", &save);
    for (int i = 0; i < 3 && ok; i++) {
        ok = part && str_to_u64(part, 10, &v[i]);
        part = strtok_r(NULL, ".", &save);
    }
    free(copy);
    if (!ok) {
        args_fatal(0, "%s: not an OVSDB version number in format x.y.z",
                   text);
    }
}

static int
compare_versions(const uint64_t a[3], const uint64_t b[3])
{
    for (int i = 0; i < 3; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

void
tool_compare_versions(struct tool *t, int argc UNUSED, char *argv[])
{
    static const struct {
        const char *name;
        bool when[3]; /* For less, equal, greater. */
    } ops[] = {
        { "<", { true, false, false } },  { "<=", { true, true, false } },
        { "==", { false, true, false } }, { ">=", { false, true, true } },
        { ">", { false, false, true } },  { "!=", { true, false, true } },
    };
    uint64_t a[3], b[3];
    parse_version(argv[0], a);
    parse_version(argv[2], b);
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        if (!strcmp(ops[i].name, argv[1])) {
            t->status = ops[i].when[compare_versions(a, b) + 1] ? 0 : 2;
            return;
        }
    }
    args_fatal(0, "%s: not a relational operator", argv[1]);
}
