/* SPDX-License-Identifier: Apache-2.0 */
/* The main() of a fuzz target that is not built with libFuzzer.
 *
 * Without operands it runs every file of tests/fuzz/corpus/NAME/ (NAME from
 * the program's name, fuzz_NAME), then REPLAY_RUNS inputs (default 20,000)
 * mutated from those files by a generator of a fixed seed, so a run is the
 * same on every machine.  With operands it runs those files alone.
 *
 * An input that crashes the target is left in crash-NAME in the current
 * folder.  With sanitizers that needs ASAN_OPTIONS=abort_on_error=1, which
 * `make check` sets. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX 65536
#define RUNS_DEFAULT 20000

struct input {
    uint8_t *data;
    size_t len;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
__attribute__((weak)) int LLVMFuzzerInitialize(int *, char ***);

static struct input *corpus; /* Files read, all owned. */
static size_t n_corpus;
static struct input now;     /* What the target is given. */
static char crash_name[128];

static void
on_crash(int sig)
{
    int fd = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd >= 0) {
        ssize_t n = write(fd, now.data, now.len);
        (void)n;
        close(fd);
    }
    signal(sig, SIG_DFL);
    raise(sig);
}

/* Runs one input in a heap block of exactly its size, so that a sanitizer
 * sees a read past the end. */
static void
run_one(const uint8_t *data, size_t len)
{
    now.data = malloc(len ? len : 1);
    now.len = len;
    if (!now.data) {
        abort();
    }
    if (len) {
        memcpy(now.data, data, len);
    }
    LLVMFuzzerTestOneInput(now.data, len);
    free(now.data);
    now.data = NULL;
    now.len = 0;
}

static void
read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    if (!f || fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
        fprintf(stderr, "%s: cannot read: %s\n", path, strerror(errno));
        exit(1);
    }
    uint8_t *data = malloc(INPUT_MAX);
    corpus = realloc(corpus, (n_corpus + 1) * sizeof *corpus);
    if (!data || !corpus) {
        abort();
    }
    corpus[n_corpus].data = data;
    corpus[n_corpus].len = fread(data, 1, INPUT_MAX, f);
    n_corpus++;
    fclose(f);
}

static void
read_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            char file[2048];
            snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
            read_file(file);
        }
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

/* xorshift64*: this file stands alone, so that a fault in lib/base cannot
 * hide in its own test. */
static uint64_t
next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

static size_t
below(size_t n)
{
    return (size_t)((next_random() >> 16) % n);
}

static size_t
splice_in(uint8_t *buf, size_t len)
{
    const struct input *other = &corpus[below(n_corpus)];
    if (!other->len) {
        return len;
    }
    size_t from = below(other->len);
    size_t n = 1 + below(other->len - from);
    size_t at = below(len + 1);
    if (n > INPUT_MAX - at) {
        n = INPUT_MAX - at;
    }
    memcpy(buf + at, other->data + from, n);
    return at + n > len ? at + n : len;
}

/* Changes 'buf' in one way and returns its new length. */
static size_t
mutate(uint8_t *buf, size_t len)
{
    static const uint8_t edges[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff, '"', '{' };
    size_t at = len ? below(len) : 0;
    switch (len ? below(7) : 6) {
    case 0:
        buf[at] ^= (uint8_t)(1u << below(8));
        return len;
    case 1:
        buf[at] = edges[below(sizeof edges)];
        return len;
    case 2:
        buf[at] = (uint8_t)next_random();
        return len;
    case 3: /* Cut. */
        return at;
    case 4: /* Drop a byte. */
        memmove(buf + at, buf + at + 1, len - at - 1);
        return len - 1;
    case 5:
        return splice_in(buf, len);
    default: /* Insert a byte. */
        if (len == INPUT_MAX) {
            return len;
        }
        memmove(buf + at + 1, buf + at, len - at);
        buf[at] = (uint8_t)next_random();
        return len + 1;
    }
}

static void
run_mutants(unsigned long n)
{
    static uint8_t buf[INPUT_MAX];
    for (unsigned long i = 0; i < n; i++) {
        size_t len;
        if (n_corpus) {
            const struct input *in = &corpus[below(n_corpus)];
            len = in->len;
            memcpy(buf, in->data, len);
        } else {
            len = below(256);
            for (size_t j = 0; j < len; j++) {
                buf[j] = (uint8_t)next_random();
            }
        }
        for (size_t j = 1 + below(6); n_corpus && j > 0; j--) {
            len = mutate(buf, len);
        }
        run_one(buf, len);
    }
}

int
main(int argc, char *argv[])
{
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];
    name = strncmp(name, "fuzz_", 5) ? name : name + 5;
    snprintf(crash_name, sizeof crash_name, "crash-%s", name);
    signal(SIGABRT, on_crash);
    signal(SIGSEGV, on_crash);
    signal(SIGBUS, on_crash);
    signal(SIGFPE, on_crash);
    signal(SIGILL, on_crash);
    if (LLVMFuzzerInitialize) {
        LLVMFuzzerInitialize(&argc, &argv);
    }

    for (int i = 1; i < argc; i++) {
        read_file(argv[i]);
    }
    unsigned long runs = 0;
    if (argc == 1) {
        const char *top = getenv("srcdir");
        const char *env = getenv("REPLAY_RUNS");
        char path[1024];
        snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s",
                 top ? top : ".", name);
        read_folder(path);
        runs = env ? strtoul(env, NULL, 10) : RUNS_DEFAULT;
    }
    for (size_t i = 0; i < n_corpus; i++) {
        run_one(corpus[i].data, corpus[i].len);
    }
    run_mutants(runs);
    printf("%s: %zu files, %lu mutants\n", name, n_corpus, runs);
    for (size_t i = 0; i < n_corpus; i++) {
        free(corpus[i].data);
    }
    free(corpus);
    return 0;
}
