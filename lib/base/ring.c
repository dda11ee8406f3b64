/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/ring.h"

#include "lib/base/mem.h"

struct ring *
ring_create(uint32_t n_slots)
{
    uint32_t n = 1;
    while (n < n_slots) {
        n *= 2;
    }
    struct ring *r = xzalloc_cacheline(sizeof *r);
    r->mask = n - 1;
    r->slots = xcalloc(n, sizeof *r->slots);
    return r;
}

void
ring_destroy(struct ring **rp)
{
    if (*rp) {
        free((*rp)->slots);
        free(*rp);
        *rp = NULL;
    }
}
