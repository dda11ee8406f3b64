/* SPDX-License-Identifier: Apache-2.0 */
/* Between daemon.c and daemon_user.c. */
#ifndef WEIR_IO_DAEMON_PRIV_H
#define WEIR_IO_DAEMON_PRIV_H 1

#include "lib/base/types.h"

/* Changes to "USER", "USER:GROUP" or ":GROUP", keeping the capabilities that
 * a daemon needs.  'log_file' (may be NULL) is given to the new user.
 * NULL or a heap error text. */
char *daemon_become_user(const char *user_group, bool keep_net_caps,
                         const char *log_file);
/* "exit status 3", "killed (Aborted), core dumped"; heap. */
char *daemon_status_text(int status);

#endif
