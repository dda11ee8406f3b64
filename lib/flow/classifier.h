/* SPDX-License-Identifier: Apache-2.0 */
/* The classifier of one flow table: the rule of highest priority that
 * matches a flow, in time bounded by the rules alone.
 *
 * A facade over structures that suit the rules, changed in place as rules
 * come and go: one hash table for one mask (exact.c), a few of them for a few
 * masks, and in the general case merged tuples with a priority cut-off
 * (tuple.c, after TupleMerge).
 *
 * Versions.  A rule is visible to a lookup at version v if
 * add_version <= v < del_version.  Readers pass the version they read at the
 * start of their burst; the writer inserts rules with the next version,
 * publishes it, and unlinks deleted rules when no reader is older
 * (cls_remove()).  So a transaction over many rules appears at once.
 *
 * Threads: one writer (main); any number of lock-free readers, which are
 * registered with RCU.  What readers may hold is freed through RCU. */
#ifndef WEIR_FLOW_CLASSIFIER_H
#define WEIR_FLOW_CLASSIFIER_H 1

#include "lib/base/hmap.h"
#include "lib/flow/flow.h"

#define CLS_VERSION_NEVER UINT64_MAX
#define CLS_PRIORITY_MAX 65536 /* 65535 and one above for hidden rules. */

struct cls;
struct cls_node;
struct cls_tuple;

/* Embedded in the owner's rule.  After cls_insert() only 'del_version'
 * changes for readers, through cls_rule_hide().  The words of the match are
 * in 'node', which the rule owns; equal masks are shared. */
struct cls_rule {
    int32_t priority;
    uint64_t add_version;
    uint64_t del_version;     /* Atomic: cls_rule_hide(). */
    struct cls_node *node;    /* Atomic: a move replaces it. */
    struct cls_tuple *tuple;  /* Writer's: where it is linked, or NULL. */
    struct hmap_node by_match; /* Writer's, for cls_find(). */
};

/* Makes a rule (not yet inserted) that matches 'value' under 'mask'
 * (value & ~mask == 0), priority 0 to CLS_PRIORITY_MAX. */
void cls_rule_init(struct cls_rule *, const struct flow *value,
                   const struct flow *mask, int priority);
/* Not before a grace period after cls_remove() has passed. */
void cls_rule_fini(struct cls_rule *);
void cls_rule_get_match(const struct cls_rule *, struct flow *value,
                        struct flow *mask);
/* True if 'f' matches the rule, versions aside. */
bool cls_rule_matches(const struct cls_rule *, const struct flow *f);
/* True if every packet that matches the rule matches value/mask: the loose
 * matching of OpenFlow modify and delete [OF1.3.5 6.4]. */
bool cls_rule_is_within(const struct cls_rule *, const struct flow *value,
                        const struct flow *mask);
/* True if some packet matches both: OFPFF_CHECK_OVERLAP. */
bool cls_rule_overlaps(const struct cls_rule *, const struct cls_rule *);

static inline bool
cls_rule_is_visible(const struct cls_rule *r, uint64_t version)
{
    return r->add_version <= version
           && version < __atomic_load_n(&r->del_version, __ATOMIC_RELAXED);
}

static inline void
cls_rule_hide(struct cls_rule *r, uint64_t version)
{
    __atomic_store_n(&r->del_version, version, __ATOMIC_RELAXED);
}

struct cls *cls_create(void);
/* No reader and no rule may be left. */
void cls_destroy(struct cls **);

/* Inserts 'r', visible from 'version'.  Several rules of equal match and
 * priority may coexist if no two are visible at one version.  Writer. */
void cls_insert(struct cls *, struct cls_rule *r, uint64_t version);
/* Unlinks 'r'; readers may still hold it for a grace period.  Writer. */
void cls_remove(struct cls *, struct cls_rule *r);
size_t cls_count(const struct cls *);

/* The visible rule of highest priority that matches 'f', or NULL; of equal
 * priorities any one.  Reader. */
const struct cls_rule *cls_lookup(const struct cls *, uint64_t version,
                                  const struct flow *f);
/* All visible rules that match 'f', in no order: the first 'max' of them in
 * 'rules'.  Returns how many there are.  Walks every tuple.  Reader. */
size_t cls_lookup_all(const struct cls *, uint64_t version,
                      const struct flow *f, const struct cls_rule **rules,
                      size_t max);
/* The rule of exactly this match and priority visible at 'version', or NULL:
 * strict matching.  O(1) expected.  Writer. */
struct cls_rule *cls_find(const struct cls *, uint64_t version,
                          const struct flow *value, const struct flow *mask,
                          int priority);

/* Calls 'fn' for each rule visible at 'version' that lies within value/mask
 * (NULL, NULL: every rule), in no order, until it returns false.  The
 * callback may hide or remove the rule it is given.  Writer. */
void cls_for_each(struct cls *, uint64_t version, const struct flow *value,
                  const struct flow *mask,
                  bool (*fn)(struct cls_rule *, void *aux), void *aux);
/* As cls_rule_overlaps() against every visible rule of equal priority. */
bool cls_has_overlap(struct cls *, uint64_t version, const struct cls_rule *);

/* The union of the masks of all rules ever inserted since the last time the
 * classifier was empty, by word; grows on insert only, so that a caller can
 * publish it before the rule.  '*grew' of cls_reads_with() says whether
 * adding 'mask' would change it. */
const struct flow *cls_reads(const struct cls *);
bool cls_reads_would_grow(const struct cls *, const struct flow *mask);

/* For pipeline/show: structure, rules, tuples, worst-case probes, bytes. */
struct cls_info {
    const char *structure; /* "empty", "exact" (one mask), "tuples". */
    size_t n_rules, n_tuples, worst_probes, n_bytes;
};
void cls_get_info(const struct cls *, struct cls_info *);

#endif
