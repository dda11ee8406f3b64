/* SPDX-License-Identifier: Apache-2.0 */
/* A database as one reads RFC 7047: rows are JSON, every question is answered
 * by looking at all rows, and every constraint is checked on the whole
 * database after each transaction.  Slow, short, and it shares nothing with
 * the server but the JSON library.
 *
 * Where the standard leaves open which of several errors a transaction gets,
 * the model names all that may be. */
#ifndef WEIR_TESTS_SIM_DB_MODEL_H
#define WEIR_TESTS_SIM_DB_MODEL_H 1

#include "lib/base/types.h"
#include "lib/io/json.h"

/* What may be wrong; several at once. */
enum model_fault {
    MODEL_OK = 0,
    MODEL_SYNTAX = 1 << 0,
    MODEL_CONSTRAINT = 1 << 1,
    MODEL_UNKNOWN_COLUMN = 1 << 2,
    MODEL_DOMAIN = 1 << 3,
    MODEL_RANGE = 1 << 4,
    MODEL_DUP_NAME = 1 << 5,
    MODEL_DUP_UUID = 1 << 6,
    MODEL_REFERENCE = 1 << 7,
    MODEL_TIMED_OUT = 1 << 8,
    MODEL_ABORTED = 1 << 9,
    MODEL_DUPLICATE = 1 << 10, /* Equal elements of a set or map. */
};

/* The fault that the error called 'name' tells; 0 if there is none such. */
unsigned int model_fault_from_name(const char *name);

struct model {
    json_t *schema; /* Owned. */
    json_t *state;  /* {table: {uuid: {column: value}}}; owned.  Values are in
                     * one form: ["set", [sorted]] or ["map", [sorted]]. */
    json_t *names;  /* {uuid-name: uuid} of the running transaction. */
    json_t *before; /* The state when it began. */
};

/* Takes 'schema', an object. */
void model_init(struct model *, json_t *schema);
void model_fini(struct model *);

/* Does 'ops' (without the database's name), whose answer by the server was
 * 'results', an array.  Returns NULL if the answer is right, then the state
 * is that after the transaction; else a heap text that says what is wrong. */
char *model_transact(struct model *, const json_t *ops,
                     const json_t *results);
/* The server ended and started again: ephemeral columns lost their values. */
void model_restart(struct model *);
/* Compares with the rows of all tables as the server gives them, each as the
 * "rows" of a select, by table name.  As above. */
char *model_compare(const struct model *, const json_t *rows_by_table);

/* Values (db_model_value.c). */

/* 'json' as the one form of a value of 'type' (of a schema); new.  NULL and
 * '*faults' if it is not such a value.  'names' maps names to UUIDs. */
json_t *model_value(const json_t *type, const json_t *json,
                    const json_t *names, unsigned int *faults);
/* The same for an answer: its type and form count, but no constraints. */
json_t *model_answer(const json_t *type, const json_t *json);
json_t *model_default(const json_t *type);
/* The constraints that the default breaks. */
unsigned int model_default_faults(const json_t *type);
/* Does a clause's function hold between a value and its argument? */
bool model_holds(const char *fn, const json_t *value, const json_t *arg);
/* The argument of a clause of 'fn' on a column of 'type', as model_value(). */
json_t *model_clause_arg(const json_t *type, const char *fn,
                         const json_t *json, const json_t *names,
                         unsigned int *faults);
/* 'value' after a mutation; new; or NULL and faults. */
json_t *model_mutate(const json_t *type, const json_t *value,
                     const char *mutator, const json_t *json,
                     const json_t *names, unsigned int *faults);
/* Elements (atoms, or pairs) of a value. */
json_t *model_elements(const json_t *value);
bool model_is_map(const json_t *type);
/* "integer", ... of the "key" or "value" of a type. */
const char *model_kind(const json_t *type, const char *which);
/* The table that it refers to, or NULL; '*weak' tells how. */
const char *model_ref(const json_t *type, const char *which, bool *weak);
json_int_t model_min(const json_t *type);
/* The one form, from elements (taken) in any order, equal ones dropped. */
json_t *model_make(bool is_map, json_t *elements);

#endif
