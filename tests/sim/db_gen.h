/* SPDX-License-Identifier: Apache-2.0 */
/* Random schemas and transactions.  Values come from small pools, so that
 * they meet; most are right, some break a constraint or a type.  Everything
 * follows from the generator's seed. */
#ifndef WEIR_TESTS_SIM_DB_GEN_H
#define WEIR_TESTS_SIM_DB_GEN_H 1

#include "lib/base/rng.h"
#include "tests/sim/db_model.h"

/* A schema called "S"; new. */
json_t *db_gen_schema(struct rng *);
/* Operations on the rows that the model has; new array. */
json_t *db_gen_ops(struct rng *, const struct model *);

#endif
