/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/ctl_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/daemon.h"
#include "lib/io/jsonrpc.h"

/* The socket of the daemon whose pidfile is <rundir>/NAME.pid; NULL with
 * '*err' if the pidfile is no good. */
static char *
socket_from_pidfile(const char *name, int *err)
{
    char *pidfile = xasprintf("%s/%s.pid", dirs_run(), name);
    pid_t pid = daemon_read_pidfile(pidfile);
    free(pidfile);
    if (pid <= 0) {
        *err = pid ? -pid : ESRCH;
        return NULL;
    }
    return xasprintf("%s/%s.%ld.ctl", dirs_run(), name, (long)pid);
}

char *
ctl_client_find(const char *target, const char *const names[],
                const char **used)
{
    int err = 0;
    *used = target ? target : names[0];
    if (**used == '/') {
        return xstrdup(*used);
    }
    char *path = socket_from_pidfile(*used, &err);
    for (size_t i = 1; !path && !target && names[i]; i++) {
        int other_err;
        path = socket_from_pidfile(names[i], &other_err);
        *used = path ? names[i] : *used;
    }
    if (!path) {
        args_fatal(0, "cannot read pidfile \"%s/%s.pid\" (%s)", dirs_run(),
                   *used, log_strerror(err));
    }
    return path;
}

/* One request; exits on failure of the connection. */
static void
call(struct jsonrpc_block *rpc, const char *target, const char *method,
     json_t *params, json_t **result, json_t **error)
{
    int err = jsonrpc_block_call(rpc, method, params, INT64_MAX, result,
                                 error);
    if (err) {
        args_fatal(0, "%s: transaction error (%s)", target,
                   err == -ECONNRESET ? "End of file" : log_strerror(err));
    }
}

static void
print_value(FILE *to, const json_t *value, const struct ctl_client_opts *opts)
{
    if (json_is_string(value) && !opts->json) {
        fputs(json_string_value(value), to);
    } else {
        int style = JSON_STYLE_SORT
                    | (opts->pretty ? JSON_STYLE_PRETTY : 0);
        char *text = json_to_text(value, style);
        fprintf(to, "%s\n", text);
        free(text);
    }
}

/* Prints the answer; the exit status. */
static int
print_answer(const char *target, const json_t *result, const json_t *error,
             const struct ctl_client_opts *opts)
{
    if (!error) {
        print_value(stdout, result, opts);
        return EXIT_SUCCESS;
    }
    const struct ctl_client_opts plain = { 0 };
    fflush(stdout);
    print_value(stderr, error, &plain);
    fprintf(stderr, "%s: %s: server returned an error\n",
            args_program_name(), target);
    return CTL_CLIENT_SERVER_ERROR;
}

static void
choose_json(struct jsonrpc_block *rpc, const char *target)
{
    json_t *result, *error;
    call(rpc, target, "set-options", json_pack("[s, s]", "--format", "json"),
         &result, &error);
    if (error) {
        args_fatal(0, "%s: the daemon has no JSON output", target);
    }
    json_decref(result);
}

int
ctl_client_run(const char *path, const char *target, const char *method,
               int argc, char *argv[], const struct ctl_client_opts *opts)
{
    struct jsonrpc_block *rpc;
    char *name = xasprintf("unix:%s", path);
    int err = jsonrpc_block_open(name, 0, NULL, INT64_MAX, &rpc);
    free(name);
    if (err) {
        args_fatal(0, "cannot connect to \"%s\" (%s)", path,
                   log_strerror(err));
    }
    if (opts->json) {
        choose_json(rpc, target);
    }
    json_t *params = json_array(), *result, *error;
    for (int i = 0; i < argc; i++) {
        if (json_array_append_new(params, json_string(argv[i]))) {
            args_fatal(0, "argument \"%s\" is not UTF-8 text", argv[i]);
        }
    }
    call(rpc, target, method, params, &result, &error);
    int status = print_answer(target, result, error, opts);
    json_decref(result);
    json_decref(error);
    jsonrpc_block_close(&rpc);
    return status;
}
