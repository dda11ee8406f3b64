/* SPDX-License-Identifier: Apache-2.0 */
/* The ground floor: containers against naive twins, text, time, log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/bitmap.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/cursor.h"
#include "lib/base/hash.h"
#include "lib/base/heap.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/base/ring.h"
#include "lib/base/rng.h"
#include "lib/base/str.h"
#include "lib/base/thread.h"
#include "lib/base/uuid.h"

LOG_MODULE(test_base);

struct item {
    struct hmap_node node;
    struct heap_node heap;
    uint32_t key;
};

static void
hmap_agrees_with_an_array(void **state UNUSED)
{
    enum { N = 512 };
    static struct item items[N];
    bool in[N] = { false };
    struct hmap map;
    struct rng rng;
    rng_seed(&rng, 1);
    hmap_init(&map);
    for (uint32_t i = 0; i < N; i++) {
        items[i].key = i;
    }
    for (int step = 0; step < 20000; step++) {
        uint32_t i = rng_below(&rng, N);
        if (in[i]) {
            hmap_remove(&map, &items[i].node);
        } else {
            hmap_insert(&map, &items[i].node, hash_u64(i % 64, 0));
        }
        in[i] = !in[i];
        uint32_t probe = rng_below(&rng, N);
        bool found = false;
        HMAP_FOR_EACH_WITH_HASH (struct item, it, node,
                                 hash_u64(probe % 64, 0), &map) {
            found |= it->key == probe;
        }
        assert_int_equal(found, in[probe]);
    }
    size_t n = 0, want = 0;
    HMAP_FOR_EACH_SAFE (struct item, it, node, &map) {
        n++;
        hmap_remove(&map, &it->node);
    }
    for (int i = 0; i < N; i++) {
        want += in[i];
    }
    assert_int_equal(n, want);
    assert_true(hmap_is_empty(&map));
    hmap_fini(&map);
}

static void
heap_gives_the_smallest(void **state UNUSED)
{
    enum { N = 200 };
    static struct item items[N];
    struct heap h;
    struct rng rng;
    rng_seed(&rng, 2);
    heap_init(&h);
    for (int i = 0; i < N; i++) {
        heap_node_init(&items[i].heap);
    }
    for (int step = 0; step < 10000; step++) {
        struct heap_node *n = &items[rng_below(&rng, N)].heap;
        int64_t key = rng_below(&rng, 1000);
        if (!heap_node_is_in(n)) {
            heap_insert(&h, n, key);
        } else if (rng_one_in(&rng, 2)) {
            heap_change(&h, n, key);
        } else {
            heap_remove(&h, n);
        }
        int64_t least = INT64_MAX;
        for (int i = 0; i < N; i++) {
            if (heap_node_is_in(&items[i].heap)) {
                least = MIN(least, items[i].heap.key);
            }
        }
        assert_true(heap_min(&h) ? heap_min(&h)->key == least
                                 : least == INT64_MAX);
    }
    heap_fini(&h);
}

static void
cursor_never_reads_past_the_end(void **state UNUSED)
{
    uint8_t bytes[] = { 1, 2, 3, 4, 5 };
    struct cursor c = cursor_make(bytes, sizeof bytes);
    assert_int_equal(cursor_be16(&c), 0x0102);
    struct cursor sub = cursor_sub(&c, 2);
    assert_int_equal(cursor_be32(&sub), 0);
    assert_false(cursor_ok(&sub));
    assert_int_equal(cursor_be16(&c), 0);
    assert_false(cursor_ok(&c));
    assert_int_equal(cursor_u8(&c), 0);
}

static void
numbers_in_text_are_whole_or_refused(void **state UNUSED)
{
    uint64_t u = 7;
    int i;
    assert_true(str_to_u64("0x10", 0, &u) && u == 16);
    assert_false(str_to_u64("12x", 0, &u));
    assert_false(str_to_u64("-1", 0, &u));
    assert_false(str_to_u64("", 0, &u));
    assert_false(str_to_u64("99999999999999999999999", 10, &u));
    assert_int_equal(u, 16);
    assert_true(str_to_int("-5", 10, &i) && i == -5);
    assert_false(str_to_int("4294967296", 10, &i));
    struct eth_addr ea;
    assert_true(str_to_eth_addr("02:00:00:00:00:0a", &ea));
    assert_int_equal(eth_addr_to_u64(ea), 0x02000000000aull);
    assert_true(str_to_eth_addr("2:F:0:00:00:a", &ea));
    assert_int_equal(eth_addr_to_u64(ea), 0x020f0000000aull);
    assert_false(str_to_eth_addr("02:00:00:00:00:0a:1", &ea));
    assert_false(str_to_eth_addr("02:00:00:00:00", &ea));
    assert_false(str_to_eth_addr("02:00:00::00:0a", &ea));
    assert_false(str_to_eth_addr("02:00:00:00:00:00a", &ea));

    char field[5];
    memset(field, 'x', sizeof field);
    str_copy(field, sizeof field, "ab");
    assert_memory_equal(field, "ab\0\0", 5);
    str_copy(field, sizeof field, "abcdefgh");
    assert_string_equal(field, "abcd");
}

/* A client that chooses UUIDs cannot put all its rows into one bucket. */
static void
uuids_that_begin_alike_spread(void **state UNUSED)
{
    bool taken[1024] = { false };
    size_t n_buckets = 0;
    for (uint32_t i = 0; i < 1024; i++) {
        struct uuid u = { { 0xaaaaaaaa, 0x00004000, 0x80000000, i } };
        bool *bucket = &taken[uuid_hash(&u) % 1024];
        n_buckets += !*bucket;
        *bucket = true;
    }
    assert_true(n_buckets > 500); /* 647 on average. */
}

static void
forked_children_make_uuids_of_their_own(void **state UNUSED)
{
    struct uuid first, ours, theirs;
    int fds[2], status;
    uuid_generate(&first); /* Fills what the child must not use. */
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (!pid) {
        uuid_generate(&theirs);
        _exit(write(fds[1], &theirs, sizeof theirs) != sizeof theirs);
    }
    uuid_generate(&ours);
    assert_int_equal(read(fds[0], &theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_false(uuid_eq(&ours, &theirs));
    close(fds[0]);
    close(fds[1]);
}

static void
uuids_round_trip(void **state UNUSED)
{
    struct uuid u, v;
    uuid_generate(&u);
    char *text = xasprintf(UUID_FMT, UUID_ARGS(&u));
    assert_int_equal(strlen(text), UUID_TEXT_LEN);
    assert_int_equal(text[14], '4');
    assert_true(uuid_from_text(&v, text) && uuid_eq(&u, &v));
    text[35] = 'g';
    assert_false(uuid_from_text(&v, text));
    free(text);
}

static void
smap_replaces_and_sorts(void **state UNUSED)
{
    struct smap m, copy;
    smap_init(&m);
    smap_set(&m, "b", "1");
    smap_set(&m, "a", "true");
    smap_setf(&m, "b", "%d", 42);
    smap_clone(&copy, &m);
    assert_true(smap_equal(&m, &copy));
    assert_int_equal(smap_get_int(&m, "b", 0), 42);
    assert_true(smap_get_bool(&m, "a", false));
    const struct smap_node **sorted = smap_sorted(&m);
    assert_string_equal(sorted[0]->key, "a");
    free(sorted);
    smap_remove(&m, "b");
    assert_false(smap_equal(&m, &copy));
    smap_fini(&m);
    smap_fini(&copy);
}

static void *
produce(void *ring)
{
    for (uintptr_t i = 1; i <= 100000; i++) {
        while (!ring_push(ring, (void *)i)) {
            sched_yield();
        }
    }
    return NULL;
}

static void
ring_keeps_order_between_threads(void **state UNUSED)
{
    struct ring *r = ring_create(100);
    pthread_t t = thread_start("producer", produce, r);
    for (uintptr_t want = 1; want <= 100000;) {
        uintptr_t got = (uintptr_t)ring_pop(r);
        if (got) {
            assert_int_equal(got, want);
            want++;
        } else {
            sched_yield();
        }
    }
    thread_join(t);
    assert_true(ring_is_empty(r));
    ring_destroy(&r);
}

static void
held_clock_moves_only_by_hand(void **state UNUSED)
{
    clock_hold();
    int64_t t = clock_ms(), wall = clock_wall_ms();
    clock_advance_ms(1500);
    assert_int_equal(clock_ms(), t + 1500);
    assert_true(clock_wall_ms() - wall >= 1499);
    char iso[CLOCK_ISO_LEN];
    clock_format_iso(1767323045678, iso);
    assert_string_equal(iso, "2026-01-02T03:04:05.678Z");
}

static void
log_levels_are_set_by_words(void **state UNUSED)
{
    assert_null(log_set_from_text("test-base:console:off"));
    assert_false(log_is_on(LOGL_DBG));
    assert_null(log_set_from_text("file dbg"));
    assert_true(log_is_on(LOGL_DBG));
    char *err = log_set_from_text("test_base:nowhere:info");
    assert_string_equal(err, "no destination, level, or module \"nowhere\"");
    free(err);
    struct str s = STR_INIT;
    log_list(&s);
    assert_non_null(strstr(str_cstr(&s), "test_base          OFF "));
    str_fini(&s);
}

static void
log_file_has_the_known_line_form(void **state UNUSED)
{
    char path[] = "/tmp/weir-log-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(log_open_file(path), 0);
    assert_null(log_set_from_text("console:off"));
    log_info("br0: p1: %s", "cannot open");
    char line[128] = "";
    assert_true(read(fd, line, sizeof line - 1) > 0);
    assert_non_null(strstr(line, "|test_base|INFO|br0: p1: cannot open\n"));
    log_close_file();
    close(fd);
    unlink(path);
}

static void
counters_sum_over_threads(void **state UNUSED)
{
    counter_add(mac_learned, 3);
    assert_int_equal(counter_read_name("mac_learned"), 3);
    assert_int_equal(counter_read_name("no_such"), 0);
}

static int freed;

static void
count_free(void *arg)
{
    freed++;
    free(arg);
}

static void
rcu_frees_after_readers(void **state UNUSED)
{
    rcu_thread_register();
    rcu_defer(count_free, xmalloc(1));
    rcu_quiesce();
    rcu_offline();
    rcu_barrier_all();
    rcu_online();
    assert_int_equal(freed, 1);
    rcu_thread_unregister();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmap_agrees_with_an_array),
        cmocka_unit_test(heap_gives_the_smallest),
        cmocka_unit_test(cursor_never_reads_past_the_end),
        cmocka_unit_test(numbers_in_text_are_whole_or_refused),
        cmocka_unit_test(forked_children_make_uuids_of_their_own),
        cmocka_unit_test(uuids_round_trip),
        cmocka_unit_test(uuids_that_begin_alike_spread),
        cmocka_unit_test(smap_replaces_and_sorts),
        cmocka_unit_test(ring_keeps_order_between_threads),
        cmocka_unit_test(held_clock_moves_only_by_hand),
        cmocka_unit_test(log_levels_are_set_by_words),
        cmocka_unit_test(log_file_has_the_known_line_form),
        cmocka_unit_test(counters_sum_over_threads),
        cmocka_unit_test(rcu_frees_after_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
