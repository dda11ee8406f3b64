/* SPDX-License-Identifier: Apache-2.0 */
/* Types and schemas through JSON; what conditions and mutations do to rows;
 * errors that name the table, the column and the value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/ovsdb/cond.h"
#include "lib/ovsdb/mutate.h"
#include "lib/ovsdb/vswitch_idl.h"

static json_t *
parse(const char *text)
{
    char *error = NULL;
    json_t *json = json_parse(text, strlen(text), &error);
    if (!json) {
        print_error("%s: %s\n", text, error);
    }
    assert_non_null(json);
    return json;
}

static const char schema_text[] =
    "{\"name\":\"d\",\"version\":\"1.2.3\",\"tables\":{\"t\":{\"columns\":{"
    "\"i\":{\"type\":\"integer\"},"
    "\"oi\":{\"type\":{\"key\":{\"type\":\"integer\",\"minInteger\":0,"
    "\"maxInteger\":9},\"min\":0}},"
    "\"r\":{\"type\":\"real\"},"
    "\"s\":{\"type\":{\"key\":\"string\",\"min\":0,\"max\":\"unlimited\"}},"
    "\"is\":{\"type\":{\"key\":\"integer\",\"min\":0,\"max\":5}},"
    "\"m\":{\"type\":{\"key\":\"string\",\"value\":\"string\",\"min\":0,"
    "\"max\":\"unlimited\"}},"
    "\"fixed\":{\"type\":\"string\",\"mutable\":false},"
    "\"e\":{\"type\":{\"key\":{\"type\":\"string\",\"enum\":[\"set\",[\"x\","
    "\"y\"]]}},\"ephemeral\":true}},"
    "\"indexes\":[[\"fixed\",\"i\"]],\"isRoot\":true,\"maxRows\":7}}}";

static struct ovsdb_schema *
schema_from(const char *text)
{
    struct ovsdb_schema *schema;
    json_t *json = parse(text);
    assert_null(ovsdb_schema_from_json(json, &schema));
    json_decref(json);
    return schema;
}

static void
test_schema_brings_itself_back(void **state UNUSED)
{
    struct ovsdb_schema *a = schema_from(schema_text);
    struct ovsdb_schema *b = ovsdb_schema_clone(a);
    assert_true(ovsdb_schema_eq(a, b));
    const struct ovsdb_table_schema *t = ovsdb_schema_table(b, "t");
    assert_int_equal(t->max_rows, 7);
    assert_true(t->is_root);
    assert_int_equal(t->n_indexes, 1);
    assert_false(ovsdb_table_schema_column(t, "fixed")->is_mutable);
    assert_false(ovsdb_table_schema_column(t, "e")->persistent);
    assert_int_equal(ovsdb_table_schema_column(t, "_uuid")->idx,
                     OVSDB_COL_UUID);
    ovsdb_schema_destroy(&a);
    ovsdb_schema_destroy(&b);
}

/* Schemas that must be refused, and a word of the reason. */
static const char *const bad_schemas[][2] = {
    { "[]", "object" },
    { "{\"name\":\"d\"}", "tables" },
    { "{\"name\":\"5\",\"tables\":{}}", "<id>" },
    { "{\"name\":\"d\",\"version\":\"1\",\"tables\":{}}", "x.y.z" },
    { "{\"name\":\"d\",\"tables\":{},\"more\":1}", "more" },
    { "{\"name\":\"d\",\"tables\":{\"_t\":{}}}", "_t" },
    { "{\"name\":\"d\",\"tables\":{\"t\":{\"columns\":{}}}}", "one column" },
    { "{\"name\":\"d\",\"tables\":{\"t\":{\"columns\":{\"c\":{\"type\":"
      "\"int\"}}}}}", "column \"c\"" },
    { "{\"name\":\"d\",\"tables\":{\"t\":{\"columns\":{\"c\":{\"type\":"
      "{\"key\":\"string\",\"min\":2}}}}}}", "min" },
    { "{\"name\":\"d\",\"tables\":{\"t\":{\"columns\":{\"c\":{\"type\":"
      "{\"key\":{\"type\":\"uuid\",\"refTable\":\"u\"}}}}}}}", "table u" },
    { "{\"name\":\"d\",\"tables\":{\"t\":{\"columns\":{\"c\":{\"type\":"
      "\"string\"}},\"indexes\":[[\"x\"]]}}}", "x is not a valid column" },
};

static void
test_bad_schemas_are_refused(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_schemas); i++) {
        struct ovsdb_schema *schema;
        json_t *json = parse(bad_schemas[i][0]);
        struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
        assert_non_null(err);
        assert_null(schema);
        char *text = ovsdb_err_to_text(err);
        assert_non_null(strstr(text, bad_schemas[i][1]));
        free(text);
        ovsdb_err_free(err);
        json_decref(json);
    }
}

/* A row of table "t": i=5, oi=[3], r=1.5, s=[a,b], is=[1,2], m={k=v}. */
static struct ovsdb_datum *
make_row(const struct ovsdb_table_schema *t)
{
    static const char *const values[][2] = {
        { "i", "5" },
        { "oi", "3" },
        { "r", "1.5" },
        { "s", "[\"set\",[\"a\",\"b\"]]" },
        { "is", "[\"set\",[1,2]]" },
        { "m", "[\"map\",[[\"k\",\"v\"]]]" },
    };
    struct ovsdb_datum *row = xcalloc(t->n_columns, sizeof *row);
    for (size_t i = 0; i < t->n_columns; i++) {
        ovsdb_datum_init_default(&row[i], &t->columns[i]->type);
    }
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        const struct ovsdb_column *c =
            ovsdb_table_schema_column(t, values[i][0]);
        ovsdb_datum_fini(&row[c->idx], &c->type);
        json_t *json = parse(values[i][1]);
        assert_null(ovsdb_datum_from_json(&row[c->idx], &c->type, json,
                                          NULL));
        json_decref(json);
    }
    return row;
}

static void
free_row(const struct ovsdb_table_schema *t, struct ovsdb_datum *row)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        ovsdb_datum_fini(&row[i], &t->columns[i]->type);
    }
    free(row);
}

/* A condition, and 1: holds, 0: not, -1: refused. */
static const struct {
    const char *text;
    int want;
} conditions[] = {
    { "[]", 1 },
    { "[true]", 1 },
    { "[false]", 0 },
    { "[[\"i\",\"==\",5]]", 1 },
    { "[[\"i\",\"==\",5.0]]", 1 },
    { "[[\"i\",\"!=\",5]]", 0 },
    { "[[\"i\",\"<\",6],[\"i\",\">=\",5]]", 1 },
    { "[[\"i\",\"includes\",5]]", 1 },
    { "[[\"i\",\"excludes\",5]]", 0 },
    { "[[\"oi\",\"<=\",3]]", 1 },
    { "[[\"oi\",\"==\",[\"set\",[]]]]", 0 },
    { "[[\"oi\",\"<\",[\"set\",[]]]]", -1 },
    { "[[\"r\",\">\",1]]", 1 },
    { "[[\"s\",\"includes\",\"a\"]]", 1 },
    { "[[\"s\",\"includes\",[\"set\",[\"a\",\"c\"]]]]", 0 },
    { "[[\"s\",\"includes\",[\"set\",[]]]]", 1 },
    { "[[\"s\",\"excludes\",[\"set\",[\"c\",\"d\"]]]]", 1 },
    { "[[\"s\",\"<\",\"a\"]]", -1 },
    { "[[\"is\",\"<\",1]]", -1 },
    { "[[\"m\",\"includes\",[\"map\",[[\"k\",\"v\"]]]]]", 1 },
    { "[[\"m\",\"includes\",[\"map\",[[\"k\",\"w\"]]]]]", 0 },
    { "[[\"m\",\"excludes\",[\"map\",[[\"k\",\"w\"]]]]]", 1 },
    { "[[\"nothing\",\"==\",1]]", -1 },
    { "[[\"i\",\"~\",1]]", -1 },
    { "[[\"i\",\"==\"]]", -1 },
    { "[[\"i\",\"==\",\"x\"]]", -1 },
    { "[5]", -1 },
    { "5", -1 },
};

static void
test_conditions(void **state UNUSED)
{
    struct ovsdb_schema *schema = schema_from(schema_text);
    const struct ovsdb_table_schema *t = ovsdb_schema_table(schema, "t");
    struct ovsdb_datum *row = make_row(t);
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++) {
        struct ovsdb_cond cond;
        json_t *json = parse(conditions[i].text);
        struct ovsdb_err *err = ovsdb_cond_from_json(&cond, t, json, NULL);
        int got = err ? -1 : ovsdb_cond_all(&cond, row);
        if (got != conditions[i].want) {
            print_error("%s\n", conditions[i].text);
        }
        assert_int_equal(got, conditions[i].want);
        if (err) {
            ovsdb_err_free(err);
        } else {
            json_t *back = ovsdb_cond_to_json(&cond);
            struct ovsdb_cond again;
            assert_null(ovsdb_cond_from_json(&again, t, back, NULL));
            assert_int_equal(ovsdb_cond_all(&again, row), got);
            ovsdb_cond_fini(&again);
            json_decref(back);
        }
        ovsdb_cond_fini(&cond);
        json_decref(json);
    }
    free_row(t, row);
    ovsdb_schema_destroy(&schema);
}

/* A mutation, the column it changes and what is there then; or the tag of the
 * error. */
static const struct {
    const char *text, *column, *want;
    bool ok;
} mutations[] = {
    { "[[\"i\",\"+=\",1]]", "i", "6", true },
    { "[[\"i\",\"-=\",6]]", "i", "-1", true },
    { "[[\"i\",\"*=\",3]]", "i", "15", true },
    { "[[\"i\",\"/=\",2]]", "i", "2", true },
    { "[[\"i\",\"%=\",3]]", "i", "2", true },
    { "[[\"i\",\"+=\",1],[\"i\",\"*=\",2]]", "i", "12", true },
    { "[[\"i\",\"/=\",0]]", "i", "domain error", false },
    { "[[\"i\",\"%=\",0]]", "i", "domain error", false },
    { "[[\"i\",\"+=\",9223372036854775807]]", "i", "range error", false },
    { "[[\"i\",\"*=\",-1],[\"i\",\"/=\",-1]]", "i", "5", true },
    { "[[\"r\",\"/=\",0]]", "r", "domain error", false },
    { "[[\"r\",\"*=\",2]]", "r", "3", true },
    { "[[\"r\",\"%=\",2]]", "r", "syntax error", false },
    { "[[\"is\",\"+=\",1]]", "is", "[2, 3]", true },
    { "[[\"is\",\"*=\",0]]", "is", "constraint violation", false },
    { "[[\"is\",\"insert\",[\"set\",[2,7,8]]]]", "is", "[1, 2, 7, 8]", true },
    { "[[\"is\",\"insert\",[\"set\",[4,5,6,7]]]]", "is",
      "constraint violation", false },
    { "[[\"is\",\"delete\",1]]", "is", "[2]", true },
    { "[[\"is\",\"delete\",[\"set\",[1,2,3]]]]", "is", "[]", true },
    { "[[\"oi\",\"+=\",7]]", "oi", "constraint violation", false },
    { "[[\"oi\",\"insert\",4]]", "oi", "constraint violation", false },
    { "[[\"s\",\"insert\",\"c\"]]", "s", "[a, b, c]", true },
    { "[[\"s\",\"+=\",\"c\"]]", "s", "syntax error", false },
    { "[[\"m\",\"insert\",[\"map\",[[\"k\",\"w\"],[\"l\",\"x\"]]]]]", "m",
      "{k=v, l=x}", true },
    { "[[\"m\",\"delete\",[\"set\",[\"k\"]]]]", "m", "{}", true },
    { "[[\"m\",\"delete\",\"k\"]]", "m", "{}", true },
    { "[[\"m\",\"delete\",[\"map\",[[\"k\",\"w\"]]]]]", "m", "{k=v}", true },
    { "[[\"i\",\"insert\",1]]", "i", "syntax error", false },
    { "[[\"fixed\",\"insert\",\"x\"]]", "fixed", "constraint violation",
      false },
    { "[[\"i\",\"**\",1]]", "i", "unknown mutator", false },
    { "[[\"nothing\",\"+=\",1]]", "i", "unknown column", false },
};

static void
test_mutations(void **state UNUSED)
{
    struct ovsdb_schema *schema = schema_from(schema_text);
    const struct ovsdb_table_schema *t = ovsdb_schema_table(schema, "t");
    for (size_t i = 0; i < ARRAY_SIZE(mutations); i++) {
        const struct ovsdb_column *c =
            ovsdb_table_schema_column(t, mutations[i].column);
        struct ovsdb_datum *row = make_row(t);
        struct ovsdb_mutations ms;
        json_t *json = parse(mutations[i].text);
        struct ovsdb_err *err = ovsdb_mutations_from_json(&ms, t, json, NULL);
        if (!err) {
            err = ovsdb_mutations_apply(&ms, row);
        }
        struct str s = STR_INIT;
        ovsdb_datum_put_text(&s, &row[c->idx], &c->type);
        assert_string_equal(err ? ovsdb_err_tag(err) : str_cstr(&s),
                            mutations[i].want);
        assert_int_equal(!err, mutations[i].ok);
        str_fini(&s);
        ovsdb_err_free(err);
        ovsdb_mutations_fini(&ms);
        json_decref(json);
        free_row(t, row);
    }
    ovsdb_schema_destroy(&schema);
}

static void
test_errors_name_the_place(void **state UNUSED)
{
    struct ovsdb_schema *schema = schema_from(schema_text);
    const struct ovsdb_table_schema *t = ovsdb_schema_table(schema, "t");
    struct ovsdb_datum d;
    json_t *json = parse("\"z\"");
    struct ovsdb_err *err = ovsdb_column_datum_from_json(
        t, ovsdb_table_schema_column(t, "e"), json, NULL, &d);
    assert_non_null(err);
    assert_string_equal(ovsdb_err_tag(err), "constraint violation");
    assert_string_equal(ovsdb_err_details(err),
                        "table t column e: z is not one of the allowed values "
                        "([x, y])");
    json_t *out = ovsdb_err_to_json(err);
    struct ovsdb_err *back = ovsdb_err_from_json(out);
    assert_string_equal(ovsdb_err_details(back), ovsdb_err_details(err));
    ovsdb_err_free(back);
    ovsdb_err_free(err);
    json_decref(out);
    json_decref(json);
    ovsdb_schema_destroy(&schema);
}

/* The generated tables fit their structs and are in order. */
static void
test_generated_rows(void **state UNUSED)
{
    for (size_t i = 0; i < vrec_class.n_tables; i++) {
        const struct idl_table_class *t = &vrec_class.tables[i];
        assert_true(!i
                    || strcmp(vrec_class.tables[i - 1].name, t->name) < 0);
        for (size_t j = 0; j < t->n_columns; j++) {
            const struct idl_column_class *c = &t->columns[j];
            struct ovsdb_type type;
            json_t *json = parse(c->type);
            assert_null(ovsdb_type_from_json(&type, json));
            json_decref(json);
            assert_true(c->offset >= sizeof(struct idl_row));
            assert_true(c->offset < t->row_size);
            assert_int_equal(c->key_table >= 0,
                             ovsdb_base_is_ref(&type.key));
            assert_int_equal(c->shape == IDL_MAP || c->shape == IDL_SMAP,
                             ovsdb_type_is_map(&type));
            ovsdb_type_fini(&type);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_brings_itself_back),
        cmocka_unit_test(test_bad_schemas_are_refused),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_errors_name_the_place),
        cmocka_unit_test(test_generated_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
