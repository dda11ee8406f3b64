/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket of a daemon: unixctl-compatible, so that ovs-appctl
 * of either make can speak to it [ovs-appctl(8)].
 *
 * JSON-RPC requests, method = command, params = array of strings; the reply's
 * result is the text to print, its error the text to complain with.  A
 * command may answer later: it keeps the conn and calls ctl_reply() once.
 * A client that went away meanwhile is harmless.
 * Threads: the loop's. */
#ifndef WEIR_IO_CTL_H
#define WEIR_IO_CTL_H 1

#include "lib/base/str.h"
#include "lib/io/json.h"
#include "lib/io/loop.h"

struct ctl;
struct ctl_conn; /* One request that waits for its answer. */

/* 'argv[0]' is the command; argv[argc] is NULL; borrowed for the call. */
typedef void ctl_fn(struct ctl_conn *, int argc, const char *argv[],
                    void *aux);

/* Listens on 'path': NULL for <rundir>/<program>.<pid>.ctl, relative ones
 * under dirs_run(), "none" for no socket at all (commands can then only be
 * run with ctl_execute()).  'version_text' is the answer of "version";
 * copied.  Built in: list-commands, version, vlog/..., coverage/...,
 * memory/show and set-options.  Returns 0 or negative errno. */
int ctl_create(struct loop *, const char *path, const char *version_text,
               struct ctl **out) MUST_CHECK;
/* Requests still waiting are answered with an error; removes the socket. */
void ctl_destroy(struct ctl **);
/* The socket's path; NULL if none. */
const char *ctl_path(const struct ctl *);

/* 'usage' is the text after the name in list-commands ("" for no
 * arguments); 'name' and 'usage' are copied.  Counts leave out argv[0];
 * 'max_args' may be INT_MAX. */
void ctl_command_register(struct ctl *, const char *name, const char *usage,
                          int min_args, int max_args, ctl_fn *, void *aux);
/* time/stop and time/warp [LARGE_MS] MS: for daemons with --enable-dummy
 * and tests. */
void ctl_register_time(struct ctl *);

/* One of these exactly once per request; frees the conn.  NULL is "". */
void ctl_reply(struct ctl_conn *, const char *text);
void ctl_reply_error(struct ctl_conn *, const char *text);
void ctl_reply_errorf(struct ctl_conn *, const char *fmt, ...)
    PRINTF_FORMAT(2, 3);
/* Answers with a JSON value (stolen), where ctl_wants_json(). */
void ctl_reply_json(struct ctl_conn *, json_t *);
/* Output format "json" was asked for with set-options.  A plain ctl_reply()
 * is then wrapped as {"reply-format": "plain", "reply": TEXT}. */
bool ctl_wants_json(const struct ctl_conn *);
/* Runs after the reply was handed to the system: for "exit". */
void ctl_reply_then(struct ctl_conn *, const char *text, void (*fn)(void *),
                    void *aux);

/* memory/show: each provider puts its numbers with ctl_memory_put().  Sorted
 * by name in the answer; equal names add up. */
struct ctl_memory;
void ctl_memory_register(struct ctl *,
                         void (*fn)(struct ctl_memory *, void *aux),
                         void *aux);
void ctl_memory_put(struct ctl_memory *, const char *name, uint64_t n);

/* Runs a command without a socket: 'done' gets the text and whether it is an
 * error.  For tests and the simulation. */
void ctl_execute(struct ctl *, int argc, const char *const argv[],
                 void (*done)(void *aux, bool is_error, const char *text),
                 void *aux);

#endif
