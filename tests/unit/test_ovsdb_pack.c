/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as blocks of bytes: what goes in comes out, through the heap and
 * through views, and equal values have equal bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/base/rng.h"
#include "lib/ovsdb/pack.h"

static const char schema_text[]
    = "{\"name\":\"P\",\"tables\":{\"T\":{\"columns\":{"
      "\"b\":{\"type\":\"boolean\"},\"bo\":{\"type\":{\"key\":\"boolean\","
      "\"min\":0}},\"i\":{\"type\":\"integer\"},"
      "\"is\":{\"type\":{\"key\":\"integer\",\"min\":0,\"max\":"
      "\"unlimited\"}},\"i1\":{\"type\":{\"key\":\"integer\",\"min\":1,"
      "\"max\":4}},\"r\":{\"type\":\"real\"},\"s\":{\"type\":\"string\"},"
      "\"so\":{\"type\":{\"key\":\"string\",\"min\":0}},"
      "\"ss\":{\"type\":{\"key\":\"string\",\"min\":0,\"max\":"
      "\"unlimited\"}},\"u\":{\"type\":\"uuid\"},"
      "\"m\":{\"type\":{\"key\":\"string\",\"value\":\"string\",\"min\":0,"
      "\"max\":\"unlimited\"}},"
      "\"m1\":{\"type\":{\"key\":\"integer\",\"value\":\"uuid\",\"min\":1,"
      "\"max\":5}},\"mr\":{\"type\":{\"key\":\"real\",\"value\":\"boolean\","
      "\"min\":0,\"max\":9}}}}}}";

static struct ovsdb_schema *
make_schema(void)
{
    char *error;
    struct ovsdb_schema *schema;
    json_t *json = json_parse(schema_text, sizeof schema_text - 1, &error);
    assert_non_null(json);
    assert_null(ovsdb_schema_from_json(json, &schema));
    json_decref(json);
    return schema;
}

static void
random_atom(struct rng *rng, union ovsdb_atom *a, enum ovsdb_atom_type type)
{
    static const char *const strings[]
        = { "", "a", "ab", "\xc3\xa4\xe2\x82\xac", "longer, with spaces" };
    switch (type) {
    case OVSDB_INTEGER:
        a->integer = rng_one_in(rng, 9)   ? INT64_MIN
                     : rng_one_in(rng, 9) ? INT64_MAX
                                          : (int64_t)rng_below(rng, 400) - 200;
        break;
    case OVSDB_REAL:
        a->real = rng_one_in(rng, 3) ? -0.0 : (double)rng_below(rng, 9) / 3;
        break;
    case OVSDB_BOOLEAN:
        a->boolean = rng_one_in(rng, 2);
        break;
    case OVSDB_STRING:
        if (rng_one_in(rng, 20)) { /* More than a chunk of scratch. */
            static char big[10000];
            memset(big, 'x', sizeof big - 1);
            ovsdb_atom_init_string(a, big + rng_below(rng, 9000));
        } else {
            ovsdb_atom_init_string(a,
                                   strings[rng_below(rng,
                                                     ARRAY_SIZE(strings))]);
        }
        break;
    case OVSDB_UUID:
    default:
        a->uuid = (struct uuid){ { rng_below(rng, 2), 0, 0,
                                   rng_below(rng, 3) } };
        break;
    }
}

static void
random_datum(struct rng *rng, struct ovsdb_datum *d,
             const struct ovsdb_type *type)
{
    unsigned int max = MIN(type->n_max, rng_one_in(rng, 9) ? 200u : 5u);
    unsigned int n = type->n_min + (unsigned int)rng_below(
                                       rng, max - type->n_min + 1);
    ovsdb_datum_init_empty(d);
    for (unsigned int i = 0; i < n; i++) {
        union ovsdb_atom key, value;
        bool is_map = ovsdb_type_is_map(type);
        random_atom(rng, &key, type->key.type);
        if (is_map) {
            random_atom(rng, &value, type->value.type);
        }
        ovsdb_datum_push(d, type, &key, is_map ? &value : NULL);
    }
    ovsdb_datum_sort_unique(d, type);
}

static void
random_row(struct rng *rng, const struct ovsdb_table_schema *ts,
           struct ovsdb_datum row[])
{
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        if (rng_one_in(rng, 3)) {
            ovsdb_datum_init_default(&row[i], &ts->columns[i]->type);
        } else {
            random_datum(rng, &row[i], &ts->columns[i]->type);
        }
    }
}

static void
free_row(const struct ovsdb_table_schema *ts, struct ovsdb_datum row[])
{
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        ovsdb_datum_fini(&row[i], &ts->columns[i]->type);
    }
}

static void
check_columns(const struct ovsdb_table_schema *ts,
              const struct ovsdb_datum want[], const struct ovsdb_pack *p,
              struct ovsdb_view *v, const struct uuid *uuid)
{
    const struct ovsdb_datum *got = ovsdb_view_read(v, ts, p, uuid, uuid);
    assert_true(uuid_eq(&got[OVSDB_COL_UUID].keys[0].uuid, uuid));
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        assert_true(ovsdb_datum_eq(&got[i], &want[i], &ts->columns[i]->type));
    }
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        got = ovsdb_view_read_columns(v, ts, p, uuid, uuid, &c, 1);
        assert_true(ovsdb_datum_eq(&got[i], &want[i], &c->type));
        struct ovsdb_datum copy;
        ovsdb_datum_copy(&copy, &got[i], &c->type);
        assert_true(ovsdb_datum_eq(&copy, &want[i], &c->type));
        ovsdb_datum_fini(&copy, &c->type);
    }
}

/* Columns of equal values have equal bytes, others do not. */
static void
check_bytes(const struct ovsdb_table_schema *ts, const struct ovsdb_datum a[],
            const struct ovsdb_pack *pa, const struct ovsdb_datum b[],
            const struct ovsdb_pack *pb)
{
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        size_t na, nb;
        const uint8_t *ba = ovsdb_pack_column(pa, ts, i, &na);
        const uint8_t *bb = ovsdb_pack_column(pb, ts, i, &nb);
        bool same = !ba == !bb && na == nb && (!na || !memcmp(ba, bb, na));
        assert_int_equal(same,
                         ovsdb_datum_eq(&a[i], &b[i], &ts->columns[i]->type));
    }
}

static void
test_random_rows(void **state UNUSED)
{
    struct ovsdb_schema *schema = make_schema();
    const struct ovsdb_table_schema *ts = schema->tables[0];
    struct ovsdb_datum a[20], b[20], heap[20];
    struct ovsdb_view view = OVSDB_VIEW_INIT;
    struct uuid uuid = { { 1, 2, 3, 4 } };
    struct rng rng;
    rng_seed(&rng, 11);
    assert_true(ts->n_columns <= ARRAY_SIZE(a));
    for (int i = 0; i < 3000; i++) {
        random_row(&rng, ts, a);
        random_row(&rng, ts, b);
        struct ovsdb_pack *pa = ovsdb_pack_create(ts, a);
        struct ovsdb_pack *pb = ovsdb_pack_create(ts, b);
        check_columns(ts, a, pa, &view, &uuid);
        check_bytes(ts, a, pa, b, pb);
        ovsdb_pack_open(pa, ts, heap);
        struct ovsdb_pack *again = ovsdb_pack_create(ts, heap);
        assert_int_equal(again->len, pa->len);
        assert_memory_equal(again->bytes, pa->bytes, pa->len);
        free_row(ts, heap);
        free_row(ts, a);
        free_row(ts, b);
        ovsdb_pack_unref(again);
        ovsdb_pack_unref(pa);
        ovsdb_pack_unref(pb);
    }
    ovsdb_view_fini(&view);
    ovsdb_schema_destroy(&schema);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
