/* SPDX-License-Identifier: Apache-2.0 */
/* DPDK's start-up, its log, and mbufs as a packet pool.
 *
 * rte_eal_init() can be called once in a process, whatever it returns; so we
 * look for hugepages ourselves, and do without when there are none.  It also
 * pins the calling thread, which is undone.  No PCI device is probed unless
 * a port names it. */
#include "datapath/port/dpdk_priv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

LOG_MODULE(dpdk);

#define ARGS_MAX 64
#define NO_HUGE_MB "512" /* Of ordinary memory, touched as it is used. */
/* mbufs of a pool: as many of these as there is memory for. */
#define POOL_MBUFS_MAX 262144
#define POOL_MBUFS_MIN 4096
#define POOL_NO_HUGE_MAX 65536
#define POOL_CACHE 256
#define POOLS_MAX 8

struct arg_list {
    char *v[ARGS_MAX + 1];
    int n;
};

static struct {
    struct port_dpdk_cfg cfg; /* Strings owned. */
    struct arg_list args;     /* Kept: EAL may point into them. */
    bool is_tried, is_running, has_hugepages;
    char *error;              /* Why the start failed. */
    pthread_key_t thread_key; /* Set in threads that we registered. */
    struct {
        size_t data_room;
        struct rte_mempool *pool;
    } pools[POOLS_MAX];
    unsigned int n_pools;
} dpdk;

static const struct packet_pool_ops dpdk_pool_ops;
static void forget_thread(void *);

/* ## Start-up ## */

static bool
find_hugepages(void)
{
    const char *root = "/sys/kernel/mm/hugepages";
    bool is_found = false;
    DIR *dir = opendir(root);
    struct dirent *entry;
    while (dir && !is_found && (entry = readdir(dir))) {
        char path[512], text[32] = "";
        snprintf(path, sizeof path, "%s/%s/free_hugepages", root,
                 entry->d_name);
        FILE *f = fopen(path, "re");
        if (f) {
            is_found = fgets(text, sizeof text, f) && text[0] != '0';
            fclose(f);
        }
    }
    if (dir) {
        closedir(dir);
    }
    return is_found;
}

static void
forward_log(int rte_level, const char *text, size_t len)
{
    enum log_level level = rte_level <= (int)RTE_LOG_CRIT     ? LOGL_ERR
                           : rte_level <= (int)RTE_LOG_NOTICE ? LOGL_INFO
                                                              : LOGL_DBG;
    log_at(level, "%.*s", (int)len, text);
}

static ssize_t
write_log(void *cookie UNUSED, const char *buf, size_t size)
{
    size_t len = size;
    while (len && (buf[len - 1] == '\n' || buf[len - 1] == ' ')) {
        len--;
    }
    if (len) {
        forward_log(rte_log_cur_msg_loglevel(), buf, len);
    }
    return (ssize_t)size;
}

static void
open_log(void)
{
    cookie_io_functions_t functions = { .write = write_log };
    FILE *f = fopencookie(NULL, "w", functions);
    if (f) {
        setvbuf(f, NULL, _IOLBF, 1024);
        rte_openlog_stream(f);
    }
}

static void
add_arg(struct arg_list *args, const char *text)
{
    if (args->n < ARGS_MAX) {
        args->v[args->n++] = xstrdup(text);
    }
}

/* Words of "other_config:dpdk-extra", which may be in single or double
 * quotes. */
static void
add_words(struct arg_list *args, const char *text)
{
    struct str word = STR_INIT;
    char quote = 0;
    bool has_word = false;
    for (const char *s = text; *s; s++) {
        if (quote ? *s == quote : *s == '\'' || *s == '"') {
            quote = quote ? 0 : *s;
            has_word = true;
        } else if (isspace((unsigned char)*s) && !quote) {
            if (has_word) {
                add_arg(args, str_cstr(&word));
            }
            str_clear(&word);
            has_word = false;
        } else {
            str_put_char(&word, *s);
            has_word = true;
        }
    }
    if (has_word) {
        add_arg(args, str_cstr(&word));
    }
    str_fini(&word);
}

static bool
has_arg(const struct arg_list *args, const char *short_form,
        const char *long_form)
{
    for (int i = 0; i < args->n; i++) {
        if (!strcmp(args->v[i], short_form)
            || (long_form && str_starts_with(args->v[i], long_form))) {
            return true;
        }
    }
    return false;
}

static int
first_core(const cpu_set_t *cores)
{
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, cores)) {
            return i;
        }
    }
    return 0;
}

static void
make_args(struct arg_list *args, const cpu_set_t *cores)
{
    char core[32];
    add_arg(args, "weir");
    if (dpdk.cfg.extra) {
        add_words(args, dpdk.cfg.extra);
    }
    if (dpdk.cfg.lcore_mask) {
        add_arg(args, "-c");
        add_arg(args, dpdk.cfg.lcore_mask);
    } else if (!has_arg(args, "-l", "--lcores") && !has_arg(args, "-c", NULL)) {
        snprintf(core, sizeof core, "0@%d", first_core(cores));
        add_arg(args, "--lcores");
        add_arg(args, core);
    }
    if (!has_arg(args, "-a", "--allow") && !has_arg(args, "-b", "--block")) {
        add_arg(args, "-a"); /* No PCI device unless a port names it. */
        add_arg(args, "0000:00:00.0");
    }
    add_arg(args, "--no-telemetry");
    dpdk.has_hugepages = find_hugepages() && !has_arg(args, "--no-huge", NULL);
    if (dpdk.has_hugepages) {
        add_arg(args, "--in-memory");
        if (dpdk.cfg.socket_mem) {
            add_arg(args, "--socket-mem");
            add_arg(args, dpdk.cfg.socket_mem);
        }
        return;
    }
    add_arg(args, "--no-huge");
    add_arg(args, "--no-shconf");
    if (!has_arg(args, "-m", NULL)) {
        add_arg(args, "-m");
        add_arg(args, NO_HUGE_MB);
    }
}

int
dpdk_start(char **error)
{
    if (dpdk.is_running) {
        return 0;
    }
    if (!dpdk.is_tried) {
        cpu_set_t cores;
        dpdk.is_tried = true;
        CPU_ZERO(&cores);
        pthread_getaffinity_np(pthread_self(), sizeof cores, &cores);
        make_args(&dpdk.args, &cores);
        open_log();
        log_info("EAL starts with%s hugepages",
                 dpdk.has_hugepages ? "" : "out");
        dpdk.is_running = rte_eal_init(dpdk.args.n, dpdk.args.v) >= 0;
        if (!dpdk.is_running) {
            dpdk.error = xasprintf("DPDK does not start: %s",
                                   rte_strerror(rte_errno));
            log_err("%s", dpdk.error);
        } else {
            ASSERT(!pthread_key_create(&dpdk.thread_key, forget_thread));
            packet_pool_register(PACKET_POOL_DPDK, &dpdk_pool_ops);
        }
        pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
    }
    if (!dpdk.is_running) {
        *error = xstrdup(dpdk.error);
        return -EIO;
    }
    return 0;
}

static void
set_text(const char **to, const char *from)
{
    free((void *)(uintptr_t)*to);
    *to = xstrdup_null(from);
}

void
port_dpdk_configure(const struct port_dpdk_cfg *cfg)
{
    dpdk.cfg.init_now = cfg->init_now;
    set_text(&dpdk.cfg.socket_mem, cfg->socket_mem);
    set_text(&dpdk.cfg.lcore_mask, cfg->lcore_mask);
    set_text(&dpdk.cfg.extra, cfg->extra);
    char *error;
    if (cfg->init_now && dpdk_start(&error)) {
        free(error); /* Logged by the first try. */
    }
}

bool
port_dpdk_is_initialized(void)
{
    return dpdk.is_running;
}

const char *
port_dpdk_version(void)
{
    return rte_version();
}

__thread bool dpdk_is_thread_known;

void
dpdk_make_thread_known(void)
{
    dpdk_is_thread_known = true;
    if (rte_lcore_id() == LCORE_ID_ANY && !rte_thread_register()) {
        pthread_setspecific(dpdk.thread_key, &dpdk);
    } /* Without a slot it works too, without caches. */
}

/* A worker that ends gives its slot back. */
static void
forget_thread(void *arg UNUSED)
{
    rte_thread_unregister();
}

/* ## mbufs ## */

struct rte_mempool *
dpdk_pool_for_mtu(int mtu)
{
    size_t frame = (size_t)mtu + RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN
                   + 2 * RTE_VLAN_HLEN;
    size_t room = RTE_PKTMBUF_HEADROOM + ROUND_UP(MAX(frame, 2048ul), 1024ul);
    for (unsigned int i = 0; i < dpdk.n_pools; i++) {
        if (dpdk.pools[i].data_room == room) {
            return dpdk.pools[i].pool;
        }
    }
    if (dpdk.n_pools == POOLS_MAX || room > UINT16_MAX) {
        return NULL;
    }
    char name[RTE_MEMPOOL_NAMESIZE];
    snprintf(name, sizeof name, "weir_%zu", room);
    struct rte_mempool *pool = NULL;
    unsigned int n = dpdk.has_hugepages ? POOL_MBUFS_MAX : POOL_NO_HUGE_MAX;
    for (; !pool && n >= POOL_MBUFS_MIN; n /= 2) {
        pool = rte_pktmbuf_pool_create(name, n - 1, POOL_CACHE, 0,
                                       (uint16_t)room,
                                       (int)rte_socket_id());
    }
    if (pool) {
        log_info("%u mbufs of %zu bytes", pool->size, room);
        dpdk.pools[dpdk.n_pools].data_room = room;
        dpdk.pools[dpdk.n_pools++].pool = pool;
    }
    return pool;
}

static void
mbuf_free_burst(struct packet *pkts, size_t n)
{
    struct rte_mbuf *mbufs[BURST_MAX];
    dpdk_register_thread();
    while (n) {
        unsigned int m = (unsigned int)MIN(n, (size_t)BURST_MAX);
        for (unsigned int i = 0; i < m; i++) {
            mbufs[i] = pkts[i].handle;
        }
        rte_pktmbuf_free_bulk(mbufs, m);
        pkts += m;
        n -= m;
    }
}

static bool
mbuf_copy(struct packet *dst, const struct packet *src)
{
    const struct rte_mbuf *from = src->handle;
    struct rte_mbuf *m = NULL;
    dpdk_register_thread();
    if (from->pool) {
        m = rte_pktmbuf_alloc(from->pool);
    }
    char *at = m ? rte_pktmbuf_append(m, (uint16_t)src->len) : NULL;
    if (UNLIKELY(!at)) {
        rte_pktmbuf_free(m);
        struct packet copy;
        if (!packet_alloc(&copy, src->len)) {
            return false;
        }
        memcpy(copy.data, src->data, src->len);
        *dst = *src;
        dst->data = copy.data;
        dst->handle = copy.handle;
        dst->headroom = copy.headroom;
        dst->pool = copy.pool;
        return true;
    }
    memcpy(at, src->data, src->len);
    *dst = *src;
    dst->data = (uint8_t *)at;
    dst->handle = m;
    dst->headroom = m->data_off;
    return true;
}

static size_t
mbuf_tailroom(const struct packet *p)
{
    const struct rte_mbuf *m = p->handle;
    const uint8_t *end = (const uint8_t *)m->buf_addr + m->buf_len;
    return (size_t)(end - (p->data + p->len));
}

static const struct packet_pool_ops dpdk_pool_ops = {
    .free_burst = mbuf_free_burst,
    .copy = mbuf_copy,
    .tailroom = mbuf_tailroom,
};
