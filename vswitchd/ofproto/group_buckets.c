/* SPDX-License-Identifier: Apache-2.0 */
/* A group with some buckets more or fewer [OF1.5.1 7.3.4.3]. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

/* Where the bucket of 'id' stands; 'g->n_buckets' if nowhere. */
static size_t
find_bucket(const struct group_spec *g, uint32_t id)
{
    size_t i = 0;
    while (i < g->n_buckets && g->buckets[i].bucket_id != id) {
        i++;
    }
    return i;
}

bool
group_has_twins(const struct group_spec *g)
{
    for (size_t i = 0; i < g->n_buckets; i++) {
        if (find_bucket(g, g->buckets[i].bucket_id) != i) {
            return true;
        }
    }
    return false;
}

/* Appends 'n' buckets; their actions are lent. */
static void
take(struct group_spec *out, const struct group_bucket *from, size_t n)
{
    if (n) {
        memcpy(out->buckets + out->n_buckets, from, n * sizeof *from);
        out->n_buckets += n;
    }
}

enum ofp_err
group_insert_buckets(const struct group_spec *g,
                     const struct group_spec *more, struct group_spec *out)
{
    uint32_t id = more->command_bucket_id;
    size_t at = 0;
    if (id == GROUP_BUCKET_ID_LAST) {
        at = g->n_buckets;
    } else if (id != GROUP_BUCKET_ID_FIRST) {
        at = find_bucket(g, id) + 1;
        if (at > g->n_buckets) {
            return OFPERR_OFPGMFC_UNKNOWN_BUCKET;
        }
    }
    for (size_t i = 0; i < more->n_buckets; i++) {
        if (find_bucket(g, more->buckets[i].bucket_id) < g->n_buckets) {
            return OFPERR_OFPGMFC_BUCKET_EXISTS;
        }
    }
    out->buckets = xcalloc(g->n_buckets + more->n_buckets,
                           sizeof *out->buckets);
    take(out, g->buckets, at);
    take(out, more->buckets, more->n_buckets);
    take(out, g->buckets + at, g->n_buckets - at);
    return 0;
}

enum ofp_err
group_remove_buckets(const struct group_spec *g, uint32_t id,
                     struct group_spec *out)
{
    size_t first = 0, n = 1;
    if (id == GROUP_BUCKET_ID_ALL) {
        n = g->n_buckets;
    } else if (id == GROUP_BUCKET_ID_LAST) {
        first = g->n_buckets ? g->n_buckets - 1 : 0;
    } else if (id != GROUP_BUCKET_ID_FIRST) {
        first = find_bucket(g, id);
        if (first == g->n_buckets) {
            return OFPERR_OFPGMFC_UNKNOWN_BUCKET;
        }
    }
    n = MIN(n, g->n_buckets - first);
    out->buckets = xcalloc(g->n_buckets, sizeof *out->buckets);
    take(out, g->buckets, first);
    take(out, g->buckets + first + n, g->n_buckets - first - n);
    return 0;
}
