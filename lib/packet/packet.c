/* SPDX-License-Identifier: Apache-2.0 */
/* Packet pools, and the heap pool.
 *
 * The heap pool has buffers of two sizes.  A thread takes from and gives to a
 * list of its own; when that is empty, or too long, half a list moves from or
 * to the shared one under a lock.  So a buffer may be freed by any thread,
 * and in steady state there is a lock once in CACHE_BATCH packets at worst.
 * Memory is mapped a slab at a time up to a bound and is never returned.
 *
 * Strides are odd multiples of a cache line, so that the same byte of
 * consecutive buffers does not fall into one set of the cache. */
#include "lib/packet/packet.h"

#include <pthread.h>
#include <sys/mman.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"

enum buf_class { CLASS_SMALL, CLASS_LARGE, N_CLASSES };

/* What stands before each buffer's bytes. */
struct heap_buf {
    struct heap_buf *next; /* In a free list. */
    uint32_t class;        /* enum buf_class. */
    uint32_t capacity;     /* Bytes of 'data'. */
    CACHE_ALIGNED uint8_t data[];
};

struct buf_list {
    struct heap_buf *head;
    size_t n;
};

static const struct {
    size_t capacity; /* Bytes of heap_buf's data. */
    size_t stride;   /* Bytes from buffer to buffer. */
    size_t slab;     /* Buffers mapped at a time. */
    size_t max;      /* Buffers in all. */
    size_t batch;    /* Buffers that move between lists at a time. */
} classes[N_CLASSES] = {
    { 2048, 2048 + 64, 1024, PACKET_SMALL_MAX, 128 },
    { 65536 + 1088, 65536 + 1088 + 64, 64, PACKET_LARGE_MAX, 32 },
};

#define LARGE_FRAME_MAX (65535 + 64)
_Static_assert(PACKET_HEADROOM + LARGE_FRAME_MAX <= 65536 + 1088, "fits");

static struct {
    pthread_mutex_t lock;
    struct buf_list free[N_CLASSES];
    size_t n_made[N_CLASSES];
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static __thread struct buf_list own[N_CLASSES];
static __thread bool own_is_registered;
static pthread_key_t own_key;
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

static const struct packet_pool_ops *pools[PACKET_N_POOLS];
static long fail_after = -1; /* packet_test_fail_after(). */

static void heap_free_burst(struct packet *, size_t n);
static bool heap_copy(struct packet *dst, const struct packet *src);
static size_t heap_tailroom(const struct packet *);

static const struct packet_pool_ops heap_ops = {
    .free_burst = heap_free_burst,
    .copy = heap_copy,
    .tailroom = heap_tailroom,
};

void
packet_pool_register(enum packet_pool_id id, const struct packet_pool_ops *ops)
{
    ASSERT(id < PACKET_N_POOLS && id != PACKET_POOL_HEAP);
    pools[id] = ops;
}

static const struct packet_pool_ops *
pool_ops(const struct packet *p)
{
    return p->pool == PACKET_POOL_HEAP ? &heap_ops : pools[p->pool];
}

void
packet_free(struct packet *p)
{
    packet_free_burst(p, 1);
}

void
packet_free_burst(struct packet *pkts, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t j = i + 1;
        while (j < n && pkts[j].pool == pkts[i].pool) {
            j++;
        }
        const struct packet_pool_ops *ops = pool_ops(&pkts[i]);
        if (ops && ops->free_burst) {
            ops->free_burst(&pkts[i], j - i);
        }
        i = j;
    }
}

bool
packet_copy(struct packet *dst, const struct packet *src)
{
    const struct packet_pool_ops *ops = pool_ops(src);
    return ops && ops->copy ? ops->copy(dst, src) : heap_copy(dst, src);
}

struct packet
packet_over(void *data, size_t len, size_t headroom)
{
    ASSERT(len <= UINT32_MAX && headroom <= UINT16_MAX);
    return (struct packet){
        .data = data,
        .len = (uint32_t)len,
        .headroom = (uint16_t)headroom,
        .pool = PACKET_POOL_STATIC,
        .l3_ofs = PACKET_NO_OFS,
        .l4_ofs = PACKET_NO_OFS,
    };
}

size_t
packet_tailroom(const struct packet *p)
{
    const struct packet_pool_ops *ops = pool_ops(p);
    return ops && ops->tailroom ? ops->tailroom(p) : 0;
}

/* Moves what is measured from 'data' by 'n' bytes. */
static void
move_offsets(struct packet *p, int n)
{
    if (p->l3_ofs != PACKET_NO_OFS) {
        p->l3_ofs = (uint16_t)(p->l3_ofs + n);
    }
    if (p->l4_ofs != PACKET_NO_OFS) {
        p->l4_ofs = (uint16_t)(p->l4_ofs + n);
    }
    if (p->flags & PACKET_CSUM_PARTIAL) {
        p->csum_start = (uint16_t)(p->csum_start + n);
    }
    if (p->gso_hdr_len) {
        p->gso_hdr_len = (uint16_t)(p->gso_hdr_len + n);
    }
}

uint8_t *
packet_push(struct packet *p, size_t n)
{
    if (n > p->headroom) {
        return NULL;
    }
    p->data -= n;
    p->len += (uint32_t)n;
    p->headroom = (uint16_t)(p->headroom - n);
    move_offsets(p, (int)n);
    return p->data;
}

uint8_t *
packet_pull(struct packet *p, size_t n)
{
    ASSERT(n <= p->len);
    p->data += n;
    p->len -= (uint32_t)n;
    p->headroom = (uint16_t)(p->headroom + n);
    move_offsets(p, -(int)n);
    return p->data;
}

/* ## The heap pool ## */

static void
list_push(struct buf_list *list, struct heap_buf *b)
{
    b->next = list->head;
    list->head = b;
    list->n++;
}

static struct heap_buf *
list_pop(struct buf_list *list)
{
    struct heap_buf *b = list->head;
    if (b) {
        list->head = b->next;
        list->n--;
    }
    return b;
}

static void
list_move(struct buf_list *dst, struct buf_list *src, size_t n)
{
    struct heap_buf *b;
    while (n-- > 0 && (b = list_pop(src))) {
        list_push(dst, b);
    }
}

/* Maps another slab.  Called with the lock held. */
static void
grow_shared(enum buf_class c)
{
    size_t n = MIN(classes[c].slab, classes[c].max - shared.n_made[c]);
    if (!n) {
        return;
    }
    uint8_t *slab = mmap(NULL, n * classes[c].stride, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        return;
    }
    for (size_t i = n; i-- > 0;) {
        struct heap_buf *b = (void *)(slab + i * classes[c].stride);
        b->class = c;
        b->capacity = (uint32_t)classes[c].capacity;
        list_push(&shared.free[c], b);
    }
    shared.n_made[c] += n;
}

/* At the end of a thread its own buffers go back. */
static void
give_back_own(void *arg UNUSED)
{
    pthread_mutex_lock(&shared.lock);
    for (int c = 0; c < N_CLASSES; c++) {
        list_move(&shared.free[c], &own[c], own[c].n);
    }
    pthread_mutex_unlock(&shared.lock);
    own_is_registered = false;
}

static void
make_own_key(void)
{
    ASSERT(!pthread_key_create(&own_key, give_back_own));
}

static void
register_own(void)
{
    pthread_once(&own_once, make_own_key);
    pthread_setspecific(own_key, &own);
    own_is_registered = true;
}

static void
refill_own(enum buf_class c)
{
    if (!own_is_registered) {
        register_own();
    }
    pthread_mutex_lock(&shared.lock);
    if (shared.free[c].n < classes[c].batch) {
        grow_shared(c);
    }
    list_move(&own[c], &shared.free[c], classes[c].batch);
    pthread_mutex_unlock(&shared.lock);
}

static void
drain_own(enum buf_class c)
{
    if (!own_is_registered) {
        register_own();
    }
    pthread_mutex_lock(&shared.lock);
    list_move(&shared.free[c], &own[c], classes[c].batch);
    pthread_mutex_unlock(&shared.lock);
}

static struct heap_buf *
heap_take(size_t n_bytes)
{
    enum buf_class c = n_bytes > classes[CLASS_SMALL].capacity;
    if (UNLIKELY(!own[c].head)) {
        refill_own(c);
    }
    return list_pop(&own[c]);
}

static void
heap_give(struct heap_buf *b)
{
    struct buf_list *list = &own[b->class];
    list_push(list, b);
    if (UNLIKELY(list->n > 2 * classes[b->class].batch)) {
        drain_own(b->class);
    } else if (UNLIKELY(!own_is_registered)) {
        register_own();
    }
}

void
packet_test_fail_after(long n)
{
    fail_after = n;
}

/* Counts a call down while a test asked for it. */
static bool
must_fail(void)
{
    if (fail_after > 0) {
        fail_after--;
        return false;
    }
    return true;
}

bool
packet_alloc(struct packet *p, size_t len)
{
    ASSERT(len <= LARGE_FRAME_MAX);
    if (UNLIKELY(fail_after >= 0) && must_fail()) {
        return false;
    }
    struct heap_buf *b = heap_take(PACKET_HEADROOM + len);
    if (UNLIKELY(!b)) {
        return false;
    }
    *p = (struct packet){
        .data = b->data + PACKET_HEADROOM,
        .handle = b,
        .len = (uint32_t)len,
        .headroom = PACKET_HEADROOM,
        .pool = PACKET_POOL_HEAP,
        .l3_ofs = PACKET_NO_OFS,
        .l4_ofs = PACKET_NO_OFS,
    };
    return true;
}

static void
heap_free_burst(struct packet *pkts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        heap_give(pkts[i].handle);
    }
}

static bool
heap_copy(struct packet *dst, const struct packet *src)
{
    struct packet copy;
    if (src->len > LARGE_FRAME_MAX || !packet_alloc(&copy, src->len)) {
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

static size_t
heap_tailroom(const struct packet *p)
{
    const struct heap_buf *b = p->handle;
    return (size_t)(b->data + b->capacity - (p->data + p->len));
}

void
packet_heap_get_info(struct packet_heap_info *info)
{
    pthread_mutex_lock(&shared.lock);
    *info = (struct packet_heap_info){
        .n_small = shared.n_made[CLASS_SMALL],
        .n_large = shared.n_made[CLASS_LARGE],
        .n_small_free = shared.free[CLASS_SMALL].n,
        .n_large_free = shared.free[CLASS_LARGE].n,
        .n_small_mine = own[CLASS_SMALL].n,
        .n_large_mine = own[CLASS_LARGE].n,
    };
    pthread_mutex_unlock(&shared.lock);
}

void
packet_heap_reserve(size_t n_small, size_t n_large)
{
    const size_t want[N_CLASSES] = { n_small, n_large };
    pthread_mutex_lock(&shared.lock);
    for (int c = 0; c < N_CLASSES; c++) {
        size_t before;
        do {
            before = shared.n_made[c];
            if (before < want[c]) {
                grow_shared(c);
            }
        } while (shared.n_made[c] > before);
    }
    pthread_mutex_unlock(&shared.lock);
}
