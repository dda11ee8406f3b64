/* SPDX-License-Identifier: Apache-2.0 */
/* Where the controller keeps what must outlive it: operators' rules.
 *
 * An interface, so that a memory twin, SQLite or a cluster can stand behind
 * it.  Values are texts by (switch, key).  Threads: the loop's. */
#ifndef WEIR_CONTROLLER_STORE_H
#define WEIR_CONTROLLER_STORE_H 1

#include "lib/base/types.h"

struct core_store;

struct core_store_ops {
    /* Adds a rule's text for a switch; 0 or negative errno. */
    int (*add)(struct core_store *, uint64_t dpid, const char *text);
    void (*remove)(struct core_store *, uint64_t dpid, const char *text);
    /* Calls 'fn' for each text of the switch, oldest first. */
    void (*for_each)(struct core_store *, uint64_t dpid,
                     void (*fn)(void *aux, const char *text), void *aux);
    void (*destroy)(struct core_store *);
};

struct core_store {
    const struct core_store_ops *ops;
};

/* Keeps everything in memory. */
struct core_store *core_store_mem_create(void);

#endif
