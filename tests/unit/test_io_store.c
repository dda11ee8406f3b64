/* SPDX-License-Identifier: Apache-2.0 */
/* Stores: the file and the memory twin do the same; crashes, failures and
 * torn writes of the twin; capture files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/io/pcapfile.h"
#include "lib/io/store_mem.h"

struct fixture {
    struct loop *loop;
    struct store_disk *disk;
    char dir[32];
    char *path;
    bool mem;
    int n_done, err, order[4];
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    strcpy(f->dir, "/tmp/weir-store.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->path = xasprintf("%s/x.db", f->dir);
    f->loop = loop_create();
    f->disk = store_disk_create();
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;
    char *cmd = xasprintf("rm -rf %s", f->dir);
    loop_destroy(&f->loop);
    store_disk_destroy(&f->disk);
    assert_int_equal(system(cmd), 0);
    free(cmd);
    free(f->path);
    free(f);
    return 0;
}

static int
open_store(struct fixture *f, int flags, struct store **s)
{
    return f->mem ? store_open_mem(f->loop, f->disk, "x", flags, s)
                  : store_open_file(f->loop, f->path, flags, s);
}

static void
check_content(struct store *s, const char *text)
{
    struct buf b = BUF_INIT;
    assert_int_equal(store_read_all(s, &b), 0);
    assert_int_equal(b.len, strlen(text));
    assert_int_equal(store_flushed_size(s), b.len);
    assert_memory_equal(b.data ? b.data : (const uint8_t *)"", text, b.len);
    buf_fini(&b);
}

static void
on_done(void *f_, int err)
{
    struct fixture *f = f_;
    f->n_done++;
    f->err = err;
}

static void
wait_done(struct fixture *f, int n)
{
    int64_t end = clock_real_ms() + 5000;
    while (f->n_done < n && clock_real_ms() < end) {
        loop_run_for(f->loop, 100);
    }
    assert_int_equal(f->n_done, n);
}

static void
flush(struct fixture *f, struct store *s)
{
    int n = f->n_done;
    assert_true(store_flush(s, on_done, f));
    assert_false(store_flush(s, on_done, f)); /* One at a time. */
    assert_int_equal(f->n_done, n);
    wait_done(f, n + 1);
}

static void
check_batches(struct fixture *f, struct store *s)
{
    assert_true(store_batch_is_new(s));
    assert_int_equal(store_append(s, "hello ", 6), 0);
    assert_false(store_batch_is_new(s));
    assert_int_equal(store_append(s, "world", 5), 0);
    assert_int_equal(store_size(s), 11);
    check_content(s, "");
    flush(f, s);
    assert_int_equal(f->err, 0);
    check_content(s, "hello world");
    /* Cut into two batches; a third is appended while the first flushes. */
    assert_int_equal(store_append(s, "1", 1), 0);
    store_end_batch(s);
    assert_true(store_batch_is_new(s));
    assert_int_equal(store_append(s, "2", 1), 0);
    flush(f, s);
    check_content(s, "hello world1");
    assert_int_equal(store_size(s), 13);
    assert_int_equal(store_append(s, "3", 1), 0);
    flush(f, s);
    check_content(s, "hello world123");
    /* A flush that ends under our hands. */
    assert_int_equal(store_append(s, "4", 1), 0);
    assert_true(store_flush(s, on_done, f));
    assert_int_equal(store_append(s, "5", 1), 0);
    int n = f->n_done;
    assert_int_equal(store_flush_now(s), 0);
    check_content(s, "hello world12345");
    loop_run_for(f->loop, 20);
    assert_int_equal(f->n_done, n);
}

static void
check_draft(struct store *s)
{
    struct store_draft *d;
    struct buf b = BUF_INIT;
    assert_int_equal(store_read_prev(s, &b), -ENOENT);
    assert_int_equal(store_append(s, "later", 5), 0);
    assert_int_equal(store_draft_open(s, &d), 0);
    assert_int_equal(store_draft_put(d, "draft ", 6), 0);
    assert_int_equal(store_draft_copy(d, 0, 5), 0);
    assert_int_equal(store_draft_sync(d), 0);
    assert_true(store_hold(s));
    assert_false(store_flush(s, on_done, NULL));
    assert_int_equal(store_draft_publish(d, STORE_KEEP_PREV), 0);
    assert_int_equal(store_draft_adopt(&d, true), 0);
    assert_int_equal(store_flush_now(s), 0);
    check_content(s, "draft hellolater");
    assert_int_equal(store_read_prev(s, &b), 0);
    assert_int_equal(b.len, 6);
    assert_memory_equal(b.data, "hello!", 6);
    buf_fini(&b);
    /* One that is given up. */
    assert_int_equal(store_draft_open(s, &d), 0);
    assert_int_equal(store_draft_put(d, "not", 3), 0);
    store_draft_destroy(&d);
    check_content(s, "draft hellolater");
}

static void
both_kinds(struct fixture *f)
{
    struct store *s, *other;
    struct buf b = BUF_INIT;
    f->n_done = 0;
    assert_int_equal(open_store(f, 0, &s), -ENOENT);
    assert_null(s);
    assert_int_equal(open_store(f, STORE_CREATE | STORE_EXCL, &s), 0);
    assert_int_equal(open_store(f, 0, &other), -EAGAIN);
    check_batches(f, s);
    assert_int_equal(store_read(s, 6, 100, &b), 0);
    assert_int_equal(b.len, 10);
    assert_int_equal(store_read(s, 16, 1, &b), 0);
    assert_int_equal(b.len, 10);
    buf_fini(&b);
    assert_int_equal(store_truncate(s, 17), -EINVAL);
    assert_int_equal(store_truncate(s, 5), 0);
    assert_int_equal(store_append(s, "!", 1), 0);
    assert_int_equal(store_flush_now(s), 0);
    check_content(s, "hello!");
    check_draft(s);
    assert_int_equal(store_replace(s, "new", 3, STORE_KEEP_NOTHING), 0);
    assert_int_equal(store_read_prev(s, &b), -ENOENT);
    assert_int_equal(store_append(s, "er", 2), 0);
    assert_int_equal(store_flush_now(s), 0);
    check_content(s, "newer");
    int n = f->n_done;
    assert_true(store_flush(s, on_done, f)); /* Dropped by the close. */
    store_close(&s);
    assert_int_equal(open_store(f, STORE_CREATE | STORE_EXCL, &s), -EEXIST);
    assert_int_equal(open_store(f, STORE_READ_ONLY, &s), 0);
    assert_int_equal(store_append(s, "x", 1), -EROFS);
    check_content(s, "newer");
    store_close(&s);
    loop_run_for(f->loop, 20);
    assert_int_equal(f->n_done, n);
}

static void
test_file(void **state)
{
    both_kinds(*state);
}

static void
test_mem(void **state)
{
    struct fixture *f = *state;
    f->mem = true;
    both_kinds(f);
}

/* A replaced file keeps its rights, and a link to it stays a link. */
static void
test_replace_keeps(void **state)
{
    struct fixture *f = *state;
    struct store *s;
    struct stat st;
    char *link_path = xasprintf("%s/link", f->dir);
    assert_int_equal(symlink("x.db", link_path), 0);
    assert_int_equal(open_store(f, STORE_CREATE, &s), 0);
    store_close(&s);
    assert_int_equal(chmod(f->path, 0604), 0);
    assert_int_equal(store_open_file(NULL, link_path, 0, &s), 0);
    assert_int_equal(store_replace(s, "abc", 3, STORE_KEEP_DAMAGED), 0);
    store_close(&s);
    assert_int_equal(lstat(link_path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0604);
    assert_int_equal(st.st_size, 3);
    free(link_path);
}

/* Another process's lock is respected, also one taken with fcntl(F_SETLK). */
static void
test_lock_other_process(void **state)
{
    struct fixture *f = *state;
    struct store *s;
    char *lock_path = xasprintf("%s/.x.db.~lock~", f->dir);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (!pid) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        int fd = open(lock_path, O_RDWR | O_CREAT, 0600);
        char c = (char)fcntl(fd, F_SETLK, &lock);
        _exit(write(fds[1], &c, 1) == 1 ? (pause(), 0) : 1);
    }
    char c;
    assert_int_equal(read(fds[0], &c, 1), 1);
    assert_int_equal(c, 0);
    assert_int_equal(open_store(f, STORE_CREATE, &s), -EAGAIN);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(open_store(f, STORE_CREATE, &s), 0);
    store_close(&s);
    close(fds[0]);
    close(fds[1]);
    free(lock_path);
}

static void
test_crash(void **state)
{
    struct fixture *f = *state;
    struct store *s;
    f->mem = true;
    assert_int_equal(open_store(f, STORE_CREATE, &s), 0);
    assert_int_equal(store_append(s, "kept", 4), 0);
    flush(f, s);
    assert_int_equal(store_append(s, "torn", 4), 0);
    store_disk_fail_after(f->disk, 1, -EIO); /* Written, not synced. */
    flush(f, s);
    assert_int_equal(f->err, -EIO);
    store_close(&s);
    store_disk_crash(f->disk, 2);
    assert_int_equal(open_store(f, 0, &s), 0);
    check_content(s, "keptto");
    /* A flush asked for but not done when the machine stops. */
    assert_int_equal(store_append(s, "lost", 4), 0);
    assert_true(store_flush(s, on_done, f));
    store_close(&s);
    loop_run_once(f->loop, false);
    assert_int_equal(f->n_done, 2);
    assert_int_equal(open_store(f, 0, &s), 0);
    check_content(s, "keptto");
    store_close(&s);
}

/* Each call of a small journal made to fail in turn: what was acknowledged is
 * there after a crash. */
static void
test_fail_each(void **state)
{
    struct fixture *f = *state;
    f->mem = true;
    for (int n = 0; n < 30; n++) {
        struct store *s;
        char name[8], want[64] = "";
        snprintf(name, sizeof name, "f%d", n);
        assert_int_equal(store_open_mem(f->loop, f->disk, name,
                                        STORE_CREATE, &s), 0);
        store_disk_fail_after(f->disk, n, -ENOSPC);
        for (int i = 0; i < 5; i++) {
            char record[4] = { (char)('a' + i), '\n' };
            if (!store_append(s, record, 2) && !store_flush_now(s)) {
                strcat(want, record);
            }
        }
        store_close(&s);
        store_disk_fail_after(f->disk, -1, 0);
        store_disk_crash(f->disk, 1);
        assert_int_equal(store_open_mem(f->loop, f->disk, name, 0, &s), 0);
        struct buf b = BUF_INIT;
        assert_int_equal(store_read_all(s, &b), 0);
        assert_true(b.len >= strlen(want));
        if (*want) {
            assert_memory_equal(b.data, want, strlen(want));
        }
        buf_fini(&b);
        store_close(&s);
    }
}

static void
test_sticky_error(void **state)
{
    struct fixture *f = *state;
    struct store *s;
    f->mem = true;
    assert_int_equal(open_store(f, STORE_CREATE, &s), 0);
    assert_int_equal(store_append(s, "a", 1), 0);
    store_disk_fail_after(f->disk, 1, -EIO);
    flush(f, s);
    assert_int_equal(f->err, -EIO);
    assert_int_equal(store_append(s, "b", 1), -EIO);
    assert_int_equal(store_flush_now(s), -EIO);
    assert_int_equal(store_replace(s, "c", 1, STORE_KEEP_NOTHING), 0);
    assert_int_equal(store_append(s, "d", 1), 0);
    assert_int_equal(store_flush_now(s), 0);
    check_content(s, "cd");
    store_close(&s);
}

/* No room: the append fails, and only that. */
static void
test_no_room(void **state)
{
    struct fixture *f = *state;
    struct store *s;
    f->mem = true;
    assert_int_equal(open_store(f, STORE_CREATE, &s), 0);
    store_disk_fail_times(f->disk, 0, 2, ENOSPC);
    assert_int_equal(store_append(s, "a", 1), -ENOSPC);
    assert_int_equal(store_size(s), 0);
    assert_int_equal(store_append(s, "b", 1), 0);
    assert_int_equal(store_flush_now(s), 0);
    check_content(s, "b");
    store_close(&s);
}

/* A synced file is what it was after any crash; an unsynced one is mixed of
 * what was written and zeros, by sectors; names go on their own. */
static void
test_crashed_copies(void **state UNUSED)
{
    struct store_disk *disk = store_disk_create();
    struct store *s;
    struct rng rng;
    size_t n_short = 0, n_holes = 0, n_whole = 0, n_nameless = 0;
    char text[2000];
    memset(text, 'x', sizeof text);
    rng_seed(&rng, 1);
    store_disk_record(disk);
    assert_int_equal(store_open_mem(NULL, disk, "f", STORE_CREATE, &s), 0);
    assert_int_equal(store_append(s, "old", 3), 0);
    assert_int_equal(store_flush_now(s), 0);
    size_t synced = store_disk_n_changes(disk);
    assert_int_equal(store_append(s, text, sizeof text), 0);
    assert_int_equal(store_flush_now(s), 0);
    for (int i = 0; i < 500; i++) {
        /* After the write, before its sync. */
        struct store_disk *copy
            = store_disk_crashed_copy(disk, synced + 1, &rng);
        const struct buf *b = store_disk_file(copy, "f");
        if (!b) {
            n_nameless++;
        } else {
            assert_true(b->len == 3 || b->len == 2003);
            assert_memory_equal(b->data, "old", 3);
            bool hole = memchr(b->data, 0, b->len) != NULL;
            n_short += b->len == 3;
            n_holes += hole;
            n_whole += b->len == 2003 && !hole;
        }
        store_disk_destroy(&copy);
    }
    assert_true(n_short > 20 && n_holes > 20 && n_whole > 20
                && n_nameless > 20);
    store_close(&s);
    store_disk_destroy(&disk);
}

static void
test_pcap(void **state)
{
    struct fixture *f = *state;
    struct pcap_file *p;
    char *path = xasprintf("%s/a.pcap", f->dir), *error;
    const uint8_t *data;
    size_t len;
    int64_t when;
    uint8_t frame[60] = { 1, 2, 3 };
    assert_int_equal(pcap_file_open_read(path, &p, &error), -ENOENT);
    assert_non_null(error);
    free(error);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pcap_file_open_write(path, true, &p, &error), 0);
        frame[3] = (uint8_t)i;
        assert_int_equal(pcap_file_write(p, frame, sizeof frame,
                                         1000000123 + i), 0);
        assert_int_equal(pcap_file_flush(p), 0);
        pcap_file_close(&p);
    }
    assert_int_equal(pcap_file_open_read(path, &p, &error), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pcap_file_read(p, &data, &len, &when), 1);
        assert_int_equal(len, 60);
        assert_int_equal(data[3], i);
        assert_int_equal(when, 1000000123 + i);
    }
    assert_int_equal(pcap_file_read(p, &data, &len, NULL), 0);
    pcap_file_close(&p);
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "nonsense", 8), 8);
    close(fd);
    assert_int_equal(pcap_file_open_read(path, &p, &error), -EINVAL);
    free(error);
    free(path);
}

int
main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_file),       T(test_mem),
        T(test_replace_keeps), T(test_lock_other_process),
        T(test_crash),      T(test_fail_each),
        T(test_sticky_error), T(test_no_room),
        cmocka_unit_test(test_crashed_copies), T(test_pcap),
    };
#undef T
    return cmocka_run_group_tests_name("io_store", tests, NULL, NULL);
}
