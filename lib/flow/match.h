/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule matches: a flow and a mask over it.
 *
 * 'struct match' is the wide form, for building and reading; 'struct
 * minimatch' the compact one that stored rules keep.  In both every bit of
 * 'flow' that is 0 in 'mask' is 0.  Prerequisites are the makers' business:
 * a match from outside passes match_check_prereqs() (OpenFlow 1.2+, refused)
 * or match_normalize() (OpenFlow 1.0, ignored with a notice).  Plain data, no
 * locks; minimatch words are owned by it. */
#ifndef WEIR_FLOW_MATCH_H
#define WEIR_FLOW_MATCH_H 1

#include "lib/base/types.h"
#include "lib/flow/field.h"
#include "lib/flow/flow.h"

/* Priority that flow text leaves out, in and out. */
#define MATCH_PRIORITY_DEFAULT 0x8000

struct match {
    struct flow flow, mask;
};

/* Matches every packet. */
void match_init(struct match *);
bool match_is_catchall(const struct match *);
/* Zeroes the bits of 'flow' outside 'mask'. */
void match_mask(struct match *);

/* Matches bits 'mask' (NULL: all) of field 'f' with 'value', in place of what
 * was matched of that field before. */
void match_set_field(struct match *, const struct field *f,
                     const union field_value *value,
                     const union field_value *mask);
/* The value and mask of 'f'; either pointer may be NULL. */
void match_get_field(const struct match *, const struct field *f,
                     union field_value *value, union field_value *mask);
/* Matches no bit of 'f' any more. */
void match_clear_field(struct match *, const struct field *f);
/* True if any bit, or all bits, of 'f' are matched. */
bool match_has_field(const struct match *, const struct field *f);
bool match_has_exact_field(const struct match *, const struct field *f);

bool match_equal(const struct match *, const struct match *);
uint32_t match_hash(const struct match *, uint32_t basis);
/* True if 'm' takes 'flow'. */
bool match_flow(const struct match *m, const struct flow *flow);
/* True if every packet 'inner' takes is taken by 'outer' too: the loose
 * comparison of flow_mod and of statistics requests [OF1.3.5 6.4]. */
bool match_covers(const struct match *outer, const struct match *inner);
/* True if some packet could be taken by both. */
bool match_overlaps(const struct match *, const struct match *);

/* The first field whose prerequisite the match lacks, or NULL. */
const struct field *match_check_prereqs(const struct match *);
/* Stops matching fields whose prerequisite is missing, as OpenFlow 1.0 asks
 * [OF1.0.1 3.4].  Returns true if that changed anything. */
bool match_normalize(struct match *);

/* Appends the match as flow text: "priority=5,tcp,in_port=1,tp_dst=80", with
 * the shorthand of its protocol first and the priority left out when it is
 * MATCH_PRIORITY_DEFAULT; nothing for a catch-all of default priority. */
void match_put(const struct match *, int priority, const struct ofp_names *,
               struct str *);
/* The whole flow, every field that exists in it: for traces. */
void flow_put(const struct flow *, const struct ofp_names *, struct str *);

/* A random match whose prerequisites hold, for tests and the oracle. */
void match_random(struct match *, struct rng *);

/* The compact form: word i of struct flow is kept if bit i of 'map' is set. */
struct minimatch {
    flow_map map;    /* Words whose mask is not zero. */
    uint64_t *words; /* Values of those words, then their masks; NULL if
                      * 'map' is 0.  Owned. */
};

void minimatch_init(struct minimatch *, const struct match *);
void minimatch_clone(struct minimatch *, const struct minimatch *);
/* Moves; 'src' becomes a catch-all. */
void minimatch_move(struct minimatch *dst, struct minimatch *src);
void minimatch_fini(struct minimatch *);
void minimatch_expand(const struct minimatch *, struct match *);
bool minimatch_equal(const struct minimatch *, const struct minimatch *);
uint32_t minimatch_hash(const struct minimatch *, uint32_t basis);
bool minimatch_flow(const struct minimatch *, const struct flow *);
/* True if 'outer' takes every packet that 'inner' takes. */
bool minimatch_covered_by(const struct minimatch *inner,
                          const struct match *outer);

static inline unsigned int
minimatch_n_words(const struct minimatch *m)
{
    return flow_map_count(m->map);
}

#endif
