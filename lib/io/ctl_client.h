/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of a control socket, for command-line tools: finds the
 * daemon, sends one command, prints the answer.  Blocking; exits on failures
 * of the connection, as a tool does.  Threads: main. */
#ifndef WEIR_IO_CTL_CLIENT_H
#define WEIR_IO_CTL_CLIENT_H 1

#include "lib/base/types.h"
#include "lib/io/json.h"

#define CTL_CLIENT_SERVER_ERROR 2 /* Exit status: the daemon said no. */

struct ctl_client_opts {
    bool json, pretty; /* Ask for JSON; break it into lines. */
};

/* The socket that 'target' means, heap: a path, or a daemon's name whose
 * pidfile is in dirs_run().  Without a target (NULL) the first of 'names'
 * (NULL-terminated) that runs.  '*used' is the target or name taken.  Exits
 * 1 if there is none. */
char *ctl_client_find(const char *target, const char *const names[],
                      const char **used);

/* Sends 'method' with string arguments and prints the answer.  Returns 0 or
 * CTL_CLIENT_SERVER_ERROR; exits 1 when the daemon cannot be reached. */
int ctl_client_run(const char *path, const char *target, const char *method,
                   int argc, char *argv[], const struct ctl_client_opts *);

#endif
