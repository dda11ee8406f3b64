/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the model. */
#ifndef WEIR_TESTS_SIM_DB_MODEL_PRIV_H
#define WEIR_TESTS_SIM_DB_MODEL_PRIV_H 1

#include "tests/sim/db_model.h"

const json_t *model_table_schema(const struct model *, const char *table);
/* NULL if there is no such column. */
const json_t *model_column_type(const struct model *, const char *table,
                                const char *column);
/* Lets go what nobody holds, takes weak references away, and checks all
 * constraints.  Returns the faults that there are; '*maybe' those that only
 * rows had that went away. */
unsigned int model_commit(struct model *, unsigned int *maybe);

#endif
