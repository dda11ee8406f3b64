/* SPDX-License-Identifier: Apache-2.0 */
/* The classifier's insides: interned masks, nodes, hash tables of one mask
 * (exact.c), priorities in a tuple (prios.c) and the list of tuples
 * (tuple.c).
 *
 * A rule hangs in one tuple by a node that carries all a reader needs to
 * verify it.  Within a tuple, nodes that are equal under the tuple's mask
 * form a chain, highest priority first; the tuple's mask may be coarser than
 * theirs.  "Reader" below: any thread inside an RCU read side; all else is
 * the writer's. */
#ifndef WEIR_FLOW_CLASSIFIER_PRIV_H
#define WEIR_FLOW_CLASSIFIER_PRIV_H 1

#include "lib/base/hmap.h"
#include "lib/flow/classifier.h"

#define CLS_LOAD(P) __atomic_load_n(P, __ATOMIC_ACQUIRE)
#define CLS_STORE(P, V) __atomic_store_n(P, V, __ATOMIC_RELEASE)
#define CLS_PEEK(P) __atomic_load_n(P, __ATOMIC_RELAXED)
#define CLS_POKE(P, V) __atomic_store_n(P, V, __ATOMIC_RELAXED)

#define FOR_EACH_BIT(I, MAP)                                                  \
    for (flow_map map_ = (MAP), I;                                            \
         map_ && (I = flow_map_first(map_), true); map_ &= map_ - 1)

/* The words of a mask that are not zero.  Shared by the rules of one
 * classifier that have it, and kept alive by every node that points to it. */
struct cls_mask {
    uint32_t refs;          /* Atomic: nodes, tuples and the index. */
    flow_map map;           /* Bit i: word i of the mask is not zero. */
    struct hmap_node node;  /* In the index of masks; its hash always. */
    size_t n_rules;         /* Of the classifier, with this very mask. */
    struct cls_tuple *home; /* Where the next rule of it goes. */
    int level;              /* How much finer 'home' has been made. */
    uint64_t words[];       /* One a bit of 'map', lowest first. */
};

struct cls_mask *cls_mask_create(const uint64_t words[FLOW_WORDS]);
void cls_mask_unref(struct cls_mask *);
bool cls_mask_equal(const struct cls_mask *, const struct cls_mask *);
/* True if each bit of 'coarse' is in 'fine'. */
bool cls_mask_is_within(const struct cls_mask *coarse,
                        const struct cls_mask *fine);
void cls_mask_expand(const struct cls_mask *, uint64_t words[FLOW_WORDS]);
/* The mask at 'level' of coarseness: 0 coarsest, CLS_LEVELS - 1 itself.  A
 * new reference. */
#define CLS_LEVELS 3
struct cls_mask *cls_mask_relax(const struct cls_mask *, int level);

static inline struct cls_mask *
cls_mask_ref(struct cls_mask *m)
{
    __atomic_fetch_add(&m->refs, 1, __ATOMIC_RELAXED);
    return m;
}

static inline uint32_t
cls_mask_n_words(const struct cls_mask *m)
{
    return flow_map_count(m->map);
}

static inline uint64_t
cls_fold(uint64_t h, uint64_t w)
{
    unsigned __int128 p = (unsigned __int128)(h ^ w) * 0x9e3779b97f4a7c15ull;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Hash of the words 'fw' of a flow under 'm'. */
static inline uint32_t
cls_mask_hash_words(const struct cls_mask *m, const uint64_t *fw,
                    uint64_t seed)
{
    const uint64_t *mw = m->words;
    uint64_t h = seed;
    FOR_EACH_BIT (i, m->map) {
        h = cls_fold(h, fw[i] & *mw++);
    }
    return (uint32_t)cls_fold(h, h >> 29);
}

/* A rule's place.  Readers follow 'next'; the rest is set before linking. */
struct cls_node {
    struct cls_node *next; /* Equal under the tuple's mask; lower priority. */
    struct cls_rule *rule;
    struct cls_mask *mask; /* The rule's own; a reference. */
    uint32_t hash;         /* Under the tuple's mask. */
    int32_t priority;      /* The rule's. */
    uint64_t values[];     /* One a bit of the mask's map. */
};

/* True if the flow of words 'fw' has the node's match.  Reader. */
static inline bool
cls_node_matches(const struct cls_node *n, const uint64_t *fw)
{
    const uint64_t *mw = n->mask->words;
    const uint64_t *v = n->values;
    FOR_EACH_BIT (i, n->mask->map) {
        if ((fw[i] & *mw++) != *v++) {
            return false;
        }
    }
    return true;
}

static inline size_t
cls_node_bytes(const struct cls_mask *m)
{
    return sizeof(struct cls_node) + cls_mask_n_words(m) * sizeof(uint64_t);
}

/* Writes the values to their places in 'words'; other words stay. */
void cls_node_expand(const struct cls_node *, uint64_t words[FLOW_WORDS]);

/* A hash table of chains, in buckets of one cache line.  A full bucket
 * spills into the next and counts what it spilled, so that a search knows
 * when to go on. */
#define CLS_BUCKET_SLOTS 6

struct cls_bucket {
    uint16_t sigs[CLS_BUCKET_SLOTS]; /* 0: free. */
    uint16_t n_spilled;              /* Chains that passed by here. */
    uint16_t pad;
    struct cls_node *heads[CLS_BUCKET_SLOTS];
} CACHE_ALIGNED;

struct cls_buckets {
    uint32_t mask; /* Number of buckets less one. */
    uint32_t n_chains;
    struct cls_bucket b[];
};

struct cls_exact {
    struct cls_mask *mask;       /* A reference. */
    struct cls_buckets *buckets; /* Replaced through RCU when it grows. */
};

void cls_exact_init(struct cls_exact *, struct cls_mask *);
/* At once, not through RCU. */
void cls_exact_fini(struct cls_exact *);
/* First of the chain of 'hash', or NULL. */
struct cls_node *cls_exact_chain(const struct cls_exact *, uint32_t hash);
/* Links 'n', whose 'hash' is set. */
void cls_exact_link(struct cls_exact *, struct cls_node *);
void cls_exact_unlink(struct cls_exact *, struct cls_node *);
size_t cls_exact_bytes(const struct cls_exact *);

static inline uint16_t
cls_sig(uint32_t hash)
{
    uint16_t sig = (uint16_t)(hash >> 16);
    return sig ? sig : 1;
}

/* How many rules of each priority a tuple has: the greatest is wanted, in
 * bounded time.  Sorted runs of at most CLS_PRIO_RUN pairs. */
#define CLS_PRIO_RUN 64

struct cls_prio_run {
    uint32_t n, capacity;
    struct {
        int32_t priority;
        uint32_t n_rules;
    } e[];
};

struct cls_prios {
    struct cls_prio_run **runs;
    uint32_t n, capacity;
};

void cls_prios_fini(struct cls_prios *);
void cls_prios_add(struct cls_prios *, int32_t priority);
void cls_prios_remove(struct cls_prios *, int32_t priority);
/* -1 if there is none. */
int32_t cls_prios_max(const struct cls_prios *);
bool cls_prios_has(const struct cls_prios *, int32_t priority);
size_t cls_prios_bytes(const struct cls_prios *);

struct cls_tuple {
    struct cls_exact exact;
    struct cls_prios prios;
    size_t n_rules;
    size_t n_homes;        /* Masks whose 'home' this is. */
    uint32_t slot;         /* In the list. */
    uint64_t reads[FLOW_WORDS]; /* All masks of rules since it was made. */
    struct hmap_node node; /* In the index by mask. */
};

/* The list that readers walk, about in the order of falling priority. */
struct cls_slot {
    int32_t max;      /* Greatest priority in the tuple; -1 if empty. */
    int32_t rest_max; /* Greatest 'max' of this slot and all after it. */
    struct cls_tuple *tuple;
};

struct cls_list {
    uint32_t n, capacity;
    struct cls_slot slots[];
};

struct cls_tuples {
    struct cls_list *list; /* Replaced through RCU. */
    uint32_t n_moves;      /* Rises when a rule changes its tuple. */
    uint64_t seed;
    struct hmap by_mask;   /* Of struct cls_tuple. */
    size_t n_rules;
    uint32_t n_disorder;   /* Changes since the list was sorted. */
    uint32_t n_empty;      /* Tuples without rules. */
};

void cls_tuples_init(struct cls_tuples *);
/* No reader may be left. */
void cls_tuples_fini(struct cls_tuples *);
void cls_tuples_insert(struct cls_tuples *, struct cls_rule *);
void cls_tuples_remove(struct cls_tuples *, struct cls_rule *);
/* 'mask' has no rules any more. */
void cls_tuples_forget_mask(struct cls_tuples *, struct cls_mask *mask);
bool cls_tuples_have_overlap(const struct cls_tuples *, uint64_t version,
                             const struct cls_rule *);
/* As cls_for_each(). */
void cls_tuples_for_each(const struct cls_tuples *, uint64_t version,
                         const struct flow *value, const struct flow *mask,
                         bool (*fn)(struct cls_rule *, void *aux), void *aux);
/* As cls_lookup_all(). */
size_t cls_tuples_lookup_all(const struct cls_tuples *, uint64_t version,
                             const uint64_t *fw,
                             const struct cls_rule **rules, size_t max);
const struct cls_rule *cls_tuples_lookup(const struct cls_tuples *,
                                         uint64_t version,
                                         const uint64_t *fw);

#endif
