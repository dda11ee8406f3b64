/* SPDX-License-Identifier: Apache-2.0 */
/* Random transactions on the engine and on a naive twin.
 *
 * The twin is a few arrays.  It applies operations to a copy, then looks at
 * everything: every reference, every pair of rows, again and again until
 * nothing changes.  Engine and twin must accept and refuse the same
 * transactions and come to the same state; so must a database read back from
 * the log, with the same counts of references. */
#include "lib/base/log.h"
#include "lib/base/rng.h"
#include "lib/io/store_mem.h"
#include "ovsdb/journal.h"
#include "ovsdb/snapshot.h"
#include "tests/unit/ovsdb_fixture.h"

enum { N_A = 6, N_K = 6, N_W = 2, N_TXNS = 6000 };

struct twin_a {
    bool there;
    int name, x;
    uint32_t kids, weak; /* Bits of K rows; may have those not there. */
    int wk[N_K];         /* Weak key i -> strong value wk[i]; -1: no pair. */
};

struct twin {
    struct twin_a a[N_A];
    bool k[N_K];
    uint32_t sub[N_K];
    bool w[N_W];
    int one[N_W];        /* -1: a row that never is. */
    bool failed;         /* An operation was refused. */
};

/* UUIDs: kind and number in the last digits. */
static void
put_uuid(struct str *s, char kind, int i)
{
    str_putf(s, "00000000-0000-0000-0000-%08x%04x", (unsigned)kind,
             (unsigned)(i + 1));
}

static void
put_ref(struct str *s, int k)
{
    str_put(s, "['uuid','");
    put_uuid(s, 'K', k);
    str_put(s, "']");
}

static void
put_refs(struct str *s, uint32_t bits)
{
    const char *sep = "";
    str_put(s, "['set',[");
    for (int k = 0; k < N_K; k++) {
        if (bits & 1u << k) {
            str_put(s, sep);
            put_ref(s, k);
            sep = ",";
        }
    }
    str_put(s, "]]");
}

static void
put_wk(struct str *s, const int wk[N_K])
{
    const char *sep = "";
    str_put(s, "['map',[");
    for (int k = 0; k < N_K; k++) {
        if (wk[k] >= 0) {
            str_putf(s, "%s[", sep);
            put_ref(s, k);
            str_put_char(s, ',');
            put_ref(s, wk[k]);
            str_put_char(s, ']');
            sep = ",";
        }
    }
    str_put(s, "]]");
}

/* Random values. */

static uint32_t
some_bits(struct rng *rng)
{
    return rng_one_in(rng, 3) ? 0
                              : (uint32_t)(rng_u64(rng) & rng_u64(rng))
                                    & ((1u << N_K) - 1);
}

static void
random_a(struct rng *rng, struct twin_a *a)
{
    a->there = true;
    a->name = (int)rng_below(rng, 8);
    a->x = (int)rng_below(rng, 12);
    a->kids = some_bits(rng);
    a->weak = some_bits(rng);
    for (int k = 0; k < N_K; k++) {
        a->wk[k] = rng_one_in(rng, 6) ? (int)rng_below(rng, N_K) : -1;
    }
}

static void
put_a_columns(struct str *s, const struct twin_a *a)
{
    str_putf(s, "{'name':'n%d','x':%d,'kids':", a->name, a->x);
    put_refs(s, a->kids);
    str_put(s, ",'weak':");
    put_refs(s, a->weak);
    str_put(s, ",'wk':");
    put_wk(s, a->wk);
    str_put_char(s, '}');
}

static void
put_insert(struct str *s, const char *table, int i)
{
    str_putf(s, "{'op':'insert','table':'%s','uuid':'", table);
    put_uuid(s, table[0], i);
    str_put(s, "','row':");
}

static void
put_where_uuid(struct str *s, const char *op, const char *table, int i)
{
    str_putf(s, "{'op':'%s','table':'%s','where':[['_uuid','==',['uuid','",
             op, table);
    put_uuid(s, table[0], i);
    str_put(s, "']]]");
}

/* Operations: each writes its text and changes the twin; 'was' is the state
 * before the transaction. */

static void
op_insert_a(struct rng *rng, struct str *s, struct twin *t,
            const struct twin *was)
{
    int i = (int)rng_below(rng, N_A);
    struct twin_a a;
    random_a(rng, &a);
    put_insert(s, "A", i);
    put_a_columns(s, &a);
    str_put_char(s, '}');
    t->failed |= t->a[i].there || was->a[i].there;
    t->a[i] = a;
}

static void
op_insert_k(struct rng *rng, struct str *s, struct twin *t,
            const struct twin *was)
{
    int k = (int)rng_below(rng, N_K);
    uint32_t sub = some_bits(rng);
    put_insert(s, "K", k);
    str_put(s, "{'sub':");
    put_refs(s, sub);
    str_put(s, "}}");
    t->failed |= t->k[k] || was->k[k];
    t->k[k] = true;
    t->sub[k] = sub;
}

static void
op_insert_w(struct rng *rng, struct str *s, struct twin *t,
            const struct twin *was)
{
    int w = (int)rng_below(rng, N_W), k = (int)rng_below(rng, N_K);
    put_insert(s, "W", w);
    str_put(s, "{'one':");
    put_ref(s, k);
    str_put(s, "}}");
    t->failed |= t->w[w] || was->w[w];
    t->w[w] = true;
    t->one[w] = k;
}

static void
op_update_a(struct rng *rng, struct str *s, struct twin *t,
            const struct twin *was UNUSED)
{
    int name = (int)rng_below(rng, 8);
    struct twin_a a;
    random_a(rng, &a);
    str_putf(s, "{'op':'update','table':'A','where':[['name','==','n%d']],"
             "'row':", name);
    put_a_columns(s, &a);
    str_put_char(s, '}');
    for (int i = 0; i < N_A; i++) {
        if (t->a[i].there && t->a[i].name == name) {
            t->a[i] = a;
        }
    }
}

static void
op_mutate_a(struct rng *rng, struct str *s, struct twin *t,
            const struct twin *was UNUSED)
{
    int i = (int)rng_below(rng, N_A);
    uint32_t bits = some_bits(rng);
    bool insert = rng_one_in(rng, 2);
    bool kids = rng_one_in(rng, 2);
    put_where_uuid(s, "mutate", "A", i);
    str_putf(s, ",'mutations':[['%s','%s',", kids ? "kids" : "weak",
             insert ? "insert" : "delete");
    put_refs(s, bits);
    str_put(s, "]]}");
    uint32_t *set = kids ? &t->a[i].kids : &t->a[i].weak;
    *set = insert ? *set | bits : *set & ~bits;
}

static void
op_update_k(struct rng *rng, struct str *s, struct twin *t,
            const struct twin *was UNUSED)
{
    int k = (int)rng_below(rng, N_K);
    uint32_t sub = some_bits(rng);
    put_where_uuid(s, "update", "K", k);
    str_put(s, ",'row':{'sub':");
    put_refs(s, sub);
    str_put(s, "}}");
    if (t->k[k]) {
        t->sub[k] = sub;
    }
}

static void
op_delete(struct rng *rng, struct str *s, struct twin *t,
          const struct twin *was UNUSED)
{
    int kind = (int)rng_below(rng, 3);
    int i = (int)rng_below(rng, kind == 0 ? N_A : kind == 1 ? N_K : N_W);
    put_where_uuid(s, "delete", kind == 0 ? "A" : kind == 1 ? "K" : "W", i);
    str_put_char(s, '}');
    if (kind == 0) {
        t->a[i].there = false;
    } else if (kind == 1) {
        t->k[i] = false;
    } else {
        t->w[i] = false;
    }
}

typedef void op_fn(struct rng *, struct str *, struct twin *,
                   const struct twin *);

static void
random_txn(struct rng *rng, struct str *s, struct twin *t)
{
    static op_fn *const fns[] = {
        op_insert_a, op_insert_k, op_insert_k, op_insert_w, op_update_a,
        op_mutate_a, op_mutate_a, op_update_k, op_delete,   op_delete,
    };
    const struct twin was = *t;
    size_t n = 1 + rng_below(rng, 5);
    for (size_t i = 0; i < n && !t->failed; i++) {
        str_put(s, i ? "," : "");
        fns[rng_below(rng, ARRAY_SIZE(fns))](rng, s, t, &was);
    }
}

/* The twin's commit. */

/* Strong references to 'k' from other rows. */
static int
count_refs(const struct twin *t, int k)
{
    int n = 0;
    for (int i = 0; i < N_A; i++) {
        if (t->a[i].there) {
            n += (t->a[i].kids >> k) & 1;
            for (int j = 0; j < N_K; j++) {
                n += t->a[i].wk[j] == k;
            }
        }
    }
    for (int i = 0; i < N_K; i++) {
        n += t->k[i] && i != k && (t->sub[i] >> k & 1);
    }
    return n;
}

/* A reference that is new in 't' points to a row that is not there. */
static bool
new_ref_dangles(const struct twin *t, const struct twin *was)
{
    for (int k = 0; k < N_K; k++) {
        if (t->k[k]) {
            continue;
        }
        for (int i = 0; i < N_A; i++) {
            const struct twin_a *a = &t->a[i], *o = &was->a[i];
            if (a->there && a->kids >> k & 1
                && !(o->there && o->kids >> k & 1)) {
                return true;
            }
            for (int j = 0; a->there && j < N_K; j++) {
                if (a->wk[j] == k && !(o->there && o->wk[j] == k)) {
                    return true;
                }
            }
        }
        for (int i = 0; i < N_K; i++) {
            if (t->k[i] && i != k && t->sub[i] >> k & 1
                && !(was->k[i] && was->sub[i] >> k & 1)) {
                return true;
            }
        }
    }
    return false;
}

/* One round of garbage and weak references; false if nothing changed. */
static bool
tidy_once(struct twin *t)
{
    bool changed = false;
    for (int k = 0; k < N_K; k++) {
        if (t->k[k] && !count_refs(t, k)) {
            t->k[k] = false;
            changed = true;
        }
    }
    for (int i = 0; i < N_A && !changed; i++) {
        for (int k = 0; t->a[i].there && k < N_K; k++) {
            if (!t->k[k] && (t->a[i].weak >> k & 1)) {
                t->a[i].weak &= ~(1u << k);
                changed = true;
            }
            if (!t->k[k] && t->a[i].wk[k] >= 0) {
                t->a[i].wk[k] = -1;
                changed = true;
            }
        }
    }
    return changed;
}

static bool
breaks_limits(const struct twin *t)
{
    int n = 0;
    for (int i = 0; i < N_A; i++) {
        n += t->a[i].there;
        for (int j = 0; j < i; j++) {
            if (t->a[i].there && t->a[j].there
                && (t->a[i].name == t->a[j].name
                    || t->a[i].x == t->a[j].x)) {
                return true;
            }
        }
    }
    for (int k = 0; k < N_K; k++) {
        if (!t->k[k] && count_refs(t, k)) {
            return true;
        }
    }
    for (int w = 0; w < N_W; w++) {
        if (t->w[w] && !t->k[t->one[w]]) {
            return true;
        }
    }
    return n > 4;
}

static bool
twin_commit(struct twin *t, const struct twin *was)
{
    if (t->failed || new_ref_dangles(t, was)) {
        return false;
    }
    while (tidy_once(t)) {
        continue;
    }
    return !breaks_limits(t);
}

/* Comparing. */

static void
put_row_start(struct str *s, const char **sep, char kind, int i)
{
    str_putf(s, "%s'", *sep);
    put_uuid(s, kind, i);
    str_put(s, "':");
    *sep = ",";
}

/* As fixture_dump() has it, after a trip through the JSON parser: one element
 * of a set loses its ["set",..], empty columns are left out. */
static void
put_set_member(struct str *s, const char **sep, const char *name,
               uint32_t bits)
{
    if (!bits) {
        return;
    }
    str_putf(s, "%s'%s':", *sep, name);
    *sep = ",";
    if (!(bits & (bits - 1))) {
        put_ref(s, __builtin_ctz(bits));
    } else {
        put_refs(s, bits);
    }
}

static void
put_twin_a(struct str *s, const struct twin_a *a)
{
    const char *sep = ",";
    str_putf(s, "{'name':'n%d'", a->name);
    if (a->x) {
        str_putf(s, ",'x':%d", a->x);
    }
    put_set_member(s, &sep, "kids", a->kids);
    put_set_member(s, &sep, "weak", a->weak);
    for (int k = 0; k < N_K; k++) {
        if (a->wk[k] >= 0) {
            str_put(s, ",'wk':");
            put_wk(s, a->wk);
            break;
        }
    }
    str_put_char(s, '}');
}

static char *
twin_dump(const struct twin *t)
{
    struct str s = STR_INIT;
    const char *sep = "";
    str_put(&s, "{'A':{");
    for (int i = 0; i < N_A; i++) {
        if (t->a[i].there) {
            put_row_start(&s, &sep, 'A', i);
            put_twin_a(&s, &t->a[i]);
        }
    }
    str_put(&s, "},'K':{");
    sep = "";
    for (int k = 0; k < N_K; k++) {
        if (t->k[k]) {
            const char *inner = "";
            put_row_start(&s, &sep, 'K', k);
            str_put_char(&s, '{');
            put_set_member(&s, &inner, "sub", t->sub[k]);
            str_put_char(&s, '}');
        }
    }
    str_put(&s, "},'W':{");
    sep = "";
    for (int w = 0; w < N_W; w++) {
        if (t->w[w]) {
            put_row_start(&s, &sep, 'W', w);
            str_put(&s, "{'one':");
            put_ref(&s, t->one[w]);
            str_put_char(&s, '}');
        }
    }
    str_put(&s, "}}");
    json_t *json = fixture_json(str_cstr(&s));
    char *text = json_to_text(json, JSON_STYLE_SORT);
    json_decref(json);
    str_fini(&s);
    return text;
}

static bool
engine_commit(struct db *db, const char *ops, char **answer)
{
    json_t *result = fixture_run(db, ops);
    bool ok = true;
    size_t i;
    json_t *element;
    json_array_foreach (result, i, element) {
        ok &= !json_object_get(element, "error");
    }
    *answer = json_to_text(result, JSON_STYLE_SORT);
    json_decref(result);
    return ok;
}

static size_t
count_mentions(const struct db_row *row)
{
    size_t n = 0;
    for (const struct weak_ref *ref = row->weak_in; ref; ref = ref->next_in) {
        n++;
    }
    return n;
}

/* Every count of 'a' is that of 'b'. */
static void
compare_counts(const struct db *a, const struct db *b)
{
    assert_int_equal(hmap_count(&a->weak_refs), hmap_count(&b->weak_refs));
    for (size_t i = 0; i < a->schema->n_tables; i++) {
        HMAP_FOR_EACH (struct db_row, row, node, &a->tables[i].rows) {
            const struct db_row *twin
                = db_table_find(&b->tables[i], db_row_uuid(row));
            assert_non_null(twin);
            assert_int_equal(row->n_strong, twin->n_strong);
            assert_int_equal(count_mentions(row), count_mentions(twin));
        }
    }
}

static void
check_log(struct store_disk *disk, const struct db *db, const char *want)
{
    struct store *store;
    struct journal *j;
    struct db *copy;
    assert_int_equal(
        store_open_mem(NULL, disk, "f", STORE_READ_ONLY, &store), 0);
    struct ovsdb_err *err = journal_open(NULL, NULL, store, true, &j, &copy);
    if (err) {
        fail_msg("%s", ovsdb_err_details(err));
    }
    char *dump = fixture_dump(copy);
    assert_string_equal(dump, want);
    compare_counts(db, copy);
    compare_counts(copy, db);
    free(dump);
    journal_close(&j);
    db_destroy(&copy);
}

/* A snapshot that is gathered while transactions go on. */
struct slow_snapshot {
    struct snapshot *s; /* NULL: none. */
    char *want;         /* The state when it began. */
};

static int
put_piece(void *out, const char *text, size_t len)
{
    str_put_n(out, text, len);
    return 0;
}

static void
check_snapshot(struct slow_snapshot *slow)
{
    struct str text = STR_INIT;
    struct db *copy;
    size_t good_len;
    assert_int_equal(snapshot_write(slow->s, put_piece, &text), 0);
    struct ovsdb_err *err
        = journal_read("snapshot", text.s, text.len, &copy, &good_len, NULL);
    if (err) {
        fail_msg("%s", ovsdb_err_details(err));
    }
    char *dump = fixture_dump(copy);
    assert_string_equal(dump, slow->want);
    free(dump);
    db_destroy(&copy);
    str_fini(&text);
    while (!snapshot_release(&slow->s, 3)) {
    }
    free(slow->want);
}

static void
step_snapshot(struct rng *rng, struct db *db, struct slow_snapshot *slow)
{
    if (!slow->s) {
        if (rng_one_in(rng, 10)) {
            slow->s = snapshot_begin(db, "slow");
            slow->want = fixture_dump(db);
        }
    } else if (snapshot_gather(slow->s, 1 + rng_below(rng, 6))
               == SNAPSHOT_COMPLETE) {
        check_snapshot(slow);
    }
}

static void
run_seed(uint64_t seed)
{
    struct rng rng;
    rng_seed(&rng, seed);
    struct store_disk *disk = store_disk_create();
    struct store *store;
    struct db *db = fixture_db();
    struct str text = STR_INIT;
    record_snapshot(&text, db, "");
    db_destroy(&db);
    assert_int_equal(store_open_mem(NULL, disk, "f", STORE_CREATE, &store),
                     0);
    assert_int_equal(store_append(store, text.s, text.len), 0);
    assert_int_equal(store_flush_now(store), 0);
    str_fini(&text);
    struct journal *j;
    assert_null(journal_open(NULL, NULL, store, false, &j, &db));
    struct twin state = { .failed = false };
    struct slow_snapshot slow = { NULL, NULL };
    size_t n_accepted = 0;
    for (int i = 0; i < N_TXNS; i++) {
        struct str ops = STR_INIT;
        struct twin next = state;
        char *answer;
        random_txn(&rng, &ops, &next);
        bool want = twin_commit(&next, &state);
        bool got = engine_commit(db, str_cstr(&ops), &answer);
        state = want ? next : state;
        char *a = fixture_dump(db), *b = twin_dump(&state);
        if (want != got || strcmp(a, b)) {
            fail_msg("seed %llu step %d: %s\n gave %s\n twin %s\n engine %s\n"
                     " twin   %s", (unsigned long long)seed, i,
                     str_cstr(&ops), answer, want ? "accepts" : "refuses", a,
                     b);
        }
        n_accepted += want;
        if (i % 500 == 499) {
            assert_null(journal_sync_now(j));
            check_log(disk, db, b);
        }
        step_snapshot(&rng, db, &slow);
        free(a);
        free(b);
        free(answer);
        str_fini(&ops);
    }
    assert_true(n_accepted > N_TXNS / 20);
    if (slow.s) {
        free(slow.want);
        snapshot_destroy(&slow.s);
    }
    journal_close(&j);
    db_destroy(&db);
    store_disk_destroy(&disk);
}

static void
test_twin(void **state UNUSED)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        run_seed(seed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_twin) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
