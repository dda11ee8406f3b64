/* SPDX-License-Identifier: Apache-2.0 */
/* What came in on a JSON-RPC connection and is no whole message yet, or waits
 * for its turn.  Nothing is kept in memory while there is nothing.  For
 * jsonrpc.c. */
#ifndef WEIR_IO_JSONRPC_INPUT_H
#define WEIR_IO_JSONRPC_INPUT_H 1

#include "lib/base/buf.h"
#include "lib/io/json.h"

struct jsonrpc_guard;

struct jsonrpc_input {
    struct buf buf;
    size_t start;        /* Of the present message in 'buf'. */
    size_t seen;         /* Bytes of it that 'split' has looked at. */
    size_t counted;      /* Bytes counted in the guard's 'parts'. */
    int64_t since_ms;    /* clock_ms() when the present message began. */
    struct json_splitter split;
    struct jsonrpc_guard *guard; /* Borrowed; or NULL. */
};

void jsonrpc_input_init(struct jsonrpc_input *);
void jsonrpc_input_fini(struct jsonrpc_input *);
void jsonrpc_input_set_guard(struct jsonrpc_input *, struct jsonrpc_guard *);
void jsonrpc_input_add(struct jsonrpc_input *, const void *, size_t n);
/* The next whole message: true, and '*text' is good until the next call.
 * False with '*error' NULL if there is none, or a heap text. */
bool jsonrpc_input_next(struct jsonrpc_input *, const char **text,
                        size_t *len, char **error);
/* After a round of calls: gives memory back.  NULL, or a heap text if this
 * connection holds more of an unfinished message than it may at present. */
char *jsonrpc_input_tidy(struct jsonrpc_input *) MUST_CHECK;
/* Bytes held. */
size_t jsonrpc_input_len(const struct jsonrpc_input *);
/* When the present message, if there is the start of one, must be whole;
 * else INT64_MAX. */
int64_t jsonrpc_input_deadline(const struct jsonrpc_input *);

#endif
