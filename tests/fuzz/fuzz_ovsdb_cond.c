/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions and mutations on a row of defaults: [COND, MUTATIONS]. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/cond.h"
#include "lib/ovsdb/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char schema_text[] =
    "{\"name\":\"d\",\"tables\":{\"t\":{\"columns\":{"
    "\"i\":{\"type\":\"integer\"},\"r\":{\"type\":\"real\"},"
    "\"o\":{\"type\":{\"key\":\"integer\",\"min\":0}},"
    "\"s\":{\"type\":{\"key\":\"string\",\"min\":0,\"max\":4}},"
    "\"n\":{\"type\":{\"key\":\"integer\",\"min\":0,\"max\":\"unlimited\"}},"
    "\"b\":{\"type\":\"boolean\"},"
    "\"u\":{\"type\":{\"key\":\"uuid\",\"min\":0,\"max\":\"unlimited\"}},"
    "\"m\":{\"type\":{\"key\":\"string\",\"value\":\"integer\",\"min\":0,"
    "\"max\":\"unlimited\"}}}}}}";

static void
mutate(const struct ovsdb_table_schema *t, const json_t *json,
       struct ovsdb_datum row[])
{
    struct ovsdb_mutations ms;
    struct ovsdb_err *err = ovsdb_mutations_from_json(&ms, t, json, NULL);
    if (!err) {
        json_decref(ovsdb_mutations_to_json(&ms));
        err = ovsdb_mutations_apply(&ms, row);
        for (size_t i = 0; !err && i < t->n_columns; i++) {
            ASSERT(!ovsdb_datum_check(&row[i], &t->columns[i]->type));
        }
        ovsdb_mutations_fini(&ms);
    }
    ovsdb_err_free(err);
}

static void
evaluate(const struct ovsdb_table_schema *t, const json_t *json,
         const struct ovsdb_datum row[])
{
    struct ovsdb_cond cond;
    struct ovsdb_err *err = ovsdb_cond_from_json(&cond, t, json, NULL);
    if (err) {
        ovsdb_err_free(err);
        return;
    }
    struct ovsdb_cond again;
    json_t *out = ovsdb_cond_to_json(&cond);
    err = ovsdb_cond_from_json(&again, t, out, NULL);
    ASSERT(!err);
    ASSERT(ovsdb_cond_all(&cond, row) == ovsdb_cond_all(&again, row));
    ASSERT(ovsdb_cond_any(&cond, row) || !ovsdb_cond_all(&cond, row));
    ovsdb_cond_fini(&again);
    ovsdb_cond_fini(&cond);
    json_decref(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ovsdb_schema *schema;
    char *error = NULL;
    if (!schema) {
        json_t *j = json_parse(schema_text, strlen(schema_text), &error);
        struct ovsdb_err *err = ovsdb_schema_from_json(j, &schema);
        ASSERT(!err);
        json_decref(j);
    }
    json_t *json = json_parse((const char *)data, size, &error);
    if (!json) {
        free(error);
        return 0;
    }
    const struct ovsdb_table_schema *t = schema->tables[0];
    struct ovsdb_datum row[16];
    for (size_t i = 0; i < t->n_columns; i++) {
        ovsdb_datum_init_default(&row[i], &t->columns[i]->type);
    }
    mutate(t, json_array_get(json, 1), row);
    evaluate(t, json_array_get(json, 0), row);
    for (size_t i = 0; i < t->n_columns; i++) {
        ovsdb_datum_fini(&row[i], &t->columns[i]->type);
    }
    json_decref(json);
    return 0;
}
