/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by log.c and log_config.c only: the sink's state and its lock. */
#ifndef WEIR_BASE_LOG_PRIV_H
#define WEIR_BASE_LOG_PRIV_H 1

#include <pthread.h>

#include "lib/base/log.h"

/* One line on its way out. */
struct log_line {
    const struct log_module *module;
    enum log_level level;
    const char *text;
    unsigned int number; /* In its thread, from 1. */
    int64_t wall_ms;
};

struct log_state {
    pthread_mutex_t lock; /* Guards all below and struct log_rate. */
    struct log_module *modules;
    const char *program;
    int fd;     /* Log file, -1 if none. */
    char *path; /* Its name, kept while closed. */
    int facility;
    bool syslog_off;
    const char *pattern[LOGD_N_DESTS];
};

extern struct log_state log_state;
extern const char *const log_level_names[];

#endif
