/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the database engine share: a schema with every kind of
 * column, and transactions given and answered as text, in which single quotes
 * stand for double ones. */
#ifndef WEIR_TESTS_OVSDB_FIXTURE_H
#define WEIR_TESTS_OVSDB_FIXTURE_H 1

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/io/json.h"
#include "ovsdb/exec.h"
#include "ovsdb/record.h"

static const char fixture_schema[]
    = "{'name':'T','version':'1.0.0','tables':{"
      "'A':{'isRoot':true,'maxRows':4,'indexes':[['name'],['x','y']],"
      "'columns':{'name':{'type':'string'},'x':{'type':'integer'},"
      "'y':{'type':'integer'},"
      "'i':{'type':{'key':{'type':'integer','minInteger':0,"
      "'maxInteger':100}}},"
      "'e':{'type':{'key':{'type':'string','enum':['set',['p','q']]},"
      "'min':0,'max':1}},"
      "'is':{'type':{'key':'integer','min':0,'max':3}},"
      "'m':{'type':{'key':'string','value':'string','min':0,"
      "'max':'unlimited'}},"
      "'imm':{'type':'string','mutable':false},"
      "'eph':{'type':'string','ephemeral':true},"
      "'kids':{'type':{'key':{'type':'uuid','refTable':'K'},'min':0,"
      "'max':'unlimited'}},"
      "'weak':{'type':{'key':{'type':'uuid','refTable':'K','refType':'weak'},"
      "'min':0,'max':'unlimited'}},"
      "'must':{'type':{'key':{'type':'uuid','refTable':'K',"
      "'refType':'weak'},'min':0,'max':2}},"
      "'wk':{'type':{'key':{'type':'uuid','refTable':'K','refType':'weak'},"
      "'value':{'type':'uuid','refTable':'K'},'min':0,'max':'unlimited'}}"
      "}},"
      "'W':{'isRoot':true,'columns':{'one':{'type':{'key':{'type':'uuid',"
      "'refTable':'K','refType':'weak'}}}}},"
      "'K':{'columns':{'n':{'type':'integer'},"
      "'sub':{'type':{'key':{'type':'uuid','refTable':'K'},'min':0,"
      "'max':'unlimited'}}}}}}";

/* 'text' with ' turned into ", parsed; new. */
static inline json_t *
fixture_json(const char *text)
{
    char *copy = xstrdup(text);
    for (char *p = copy; *p; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }
    char *error = NULL;
    json_t *json = json_parse(copy, strlen(copy), &error);
    if (!json) {
        fail_msg("%s: %s", text, error);
    }
    free(copy);
    return json;
}

static inline struct db *
fixture_db(void)
{
    json_t *json = fixture_json(fixture_schema);
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    assert_null(err);
    json_decref(json);
    return db_create(schema);
}

/* Runs ['T', OPS...]; new result, NULL if it waits. */
static inline json_t *
fixture_run(struct db *db, const char *ops)
{
    struct str s = STR_INIT;
    str_putf(&s, "['T',%s]", ops);
    json_t *params = fixture_json(str_cstr(&s));
    struct exec_env env = { .db = db };
    struct exec_wait wait;
    json_t *result = exec_transaction(&env, params, &wait);
    json_decref(params);
    str_fini(&s);
    return result;
}

/* The state as text: rows in order of UUID, without versions. */
static inline char *
fixture_dump(struct db *db)
{
    struct db_view view = DB_VIEW_INIT;
    json_t *all = json_object();
    for (size_t i = 0; i < db->schema->n_tables; i++) {
        const struct db_table *t = &db->tables[i];
        json_t *rows = json_object();
        HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
            char uuid[UUID_TEXT_LEN + 1];
            const struct ovsdb_datum *d = db_row_read(row, &view);
            json_t *json = json_object();
            snprintf(uuid, sizeof uuid, UUID_FMT,
                     UUID_ARGS(db_row_uuid(row)));
            for (size_t c = OVSDB_N_STD_COLS; c < t->schema->n_columns; c++) {
                const struct ovsdb_column *col = t->schema->columns[c];
                if (!ovsdb_datum_is_default(&d[c], &col->type)) {
                    json_object_set_new(json, col->name,
                                        ovsdb_datum_to_json(&d[c],
                                                            &col->type));
                }
            }
            json_object_set_new(rows, uuid, json);
        }
        json_object_set_new(all, t->schema->name, rows);
    }
    db_view_fini(&view);
    char *text = json_to_text(all, JSON_STYLE_SORT);
    json_decref(all);
    return text;
}

#endif
