/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of limits.def as constants, with their units and reasons there. */
#ifndef WEIR_BASE_LIMITS_H
#define WEIR_BASE_LIMITS_H 1

enum {
#define LIMIT(NAME, VALUE, UNIT, REASON) NAME = VALUE,
#include "lib/base/limits.def"
#undef LIMIT
};

#endif
