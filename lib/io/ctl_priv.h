/* SPDX-License-Identifier: Apache-2.0 */
/* Between ctl.c and ctl_builtin.c. */
#ifndef WEIR_IO_CTL_PRIV_H
#define WEIR_IO_CTL_PRIV_H 1

#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/io/ctl.h"

struct listener;

struct ctl_command {
    char *usage; /* Owned. */
    int min_args, max_args;
    ctl_fn *fn;
    void *aux;
};

struct ctl {
    struct loop *loop;
    struct listener *listener; /* NULL if there is no socket. */
    char *path;                /* Of the socket; NULL likewise. */
    char *version;
    struct shash commands;     /* struct ctl_command by name. */
    struct list clients;       /* struct ctl_client. */
    struct list orphans;       /* struct ctl_conn without client. */
    struct list memory;        /* struct memory_provider. */
    struct loop_timer tick;    /* Rates of coverage/show. */
    struct ctl_conn *warping;  /* time/warp under way; or NULL. */
    int64_t warp_left_ms, warp_step_ms;
    struct loop_defer warp;
};

void ctl_builtin_start(struct ctl *);
void ctl_builtin_stop(struct ctl *);
/* Answers nothing, and sets the format of the client's next answers. */
void ctl_reply_and_set_json(struct ctl_conn *, bool);

#endif
