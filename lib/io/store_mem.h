/* SPDX-License-Identifier: Apache-2.0 */
/* A disk in memory, for tests: what is written to it can be made to fail,
 * and be lost as a power failure loses it.
 *
 * 'disk' outlives the stores opened on it, so that a crash is: close,
 * store_disk_crash() or store_disk_crashed_copy(), open.
 *
 * A recording disk remembers every call that changes something.  From that
 * follow the states in which a power failure can leave it: of what was not
 * synced, each sector of 512 bytes may be on the disk as any of the calls
 * left it, or not at all; a file's length likewise, on its own; and names, in
 * order or not, until the folder was synced.
 *
 * Not thread-safe. */
#ifndef WEIR_IO_STORE_MEM_H
#define WEIR_IO_STORE_MEM_H 1

#include "lib/base/rng.h"
#include "lib/io/store.h"

struct store_disk;

struct store_disk *store_disk_create(void);
void store_disk_destroy(struct store_disk **);
/* As store_open_file(), on 'disk'. */
int store_open_mem(struct loop *, struct store_disk *, const char *name,
                   int flags, struct store **out) MUST_CHECK;

/* The (n+1)th call from now fails with 'err', and the 'times' - 1 after it; a
 * write that fails leaves half of its bytes.  n < 0: none. */
void store_disk_fail_after(struct store_disk *, int64_t n, int err);
void store_disk_fail_times(struct store_disk *, int64_t n, uint64_t times,
                           int err);
/* Calls so far, but for closing. */
uint64_t store_disk_ops(const struct store_disk *);
/* Unsynced bytes vanish, but for the first 'keep' of them (a torn write). */
void store_disk_crash(struct store_disk *, size_t keep);
/* The bytes of a file, borrowed; NULL if there is none. */
const struct buf *store_disk_file(const struct store_disk *,
                                  const char *name);
/* Sets a file's bytes, durably. */
void store_disk_set_file(struct store_disk *, const char *name, const void *,
                         size_t len);

/* Takes the present state as durable and remembers what follows. */
void store_disk_record(struct store_disk *);
/* Changes remembered so far. */
size_t store_disk_n_changes(const struct store_disk *);
/* A new disk, as a power failure after the first 'n' changes may leave it;
 * which of the possible states is up to 'rng'. */
struct store_disk *store_disk_crashed_copy(const struct store_disk *, size_t n,
                                           struct rng *);

#endif
