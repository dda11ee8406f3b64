/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions state facts of our own.  They stay on in release builds, since a
 * switch that goes on with a broken invariant forwards to the wrong guest.
 * What comes from outside (a packet, a peer, a file) never reaches one.
 * ASSERT_HOT is for the packet path and only compiled with --enable-debug. */
#ifndef WEIR_BASE_ASSERT_H
#define WEIR_BASE_ASSERT_H 1

#include "lib/base/types.h"

#define ASSERT(COND)                                                          \
    (LIKELY(COND) ? (void)0                                                   \
                  : assert_failed(#COND, __FILE__, __LINE__, __func__))
#ifdef WEIR_DEBUG
#define ASSERT_HOT(COND) ASSERT(COND)
#else
#define ASSERT_HOT(COND) ((void)0)
#endif
#define NOT_REACHED() assert_failed("not reached", __FILE__, __LINE__, __func__)

/* Prints what was asserted and where on standard error and aborts. */
NORETURN void assert_failed(const char *cond, const char *file, int line,
                            const char *func);

#endif
