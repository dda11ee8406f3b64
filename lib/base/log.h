/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in the form vlog users know.
 *
 * A file names its module once, LOG_MODULE(bridge), and then says
 * log_warn("br0: p1: cannot open: %s", ...).  Each module has a level for
 * each destination (console, syslog, file), settable with -v and vlog/set.
 * What a peer or a packet can trigger uses the _RL forms: a bucket per call
 * site, with a count of what was left out.
 *
 * Line form in the file: TIMESTAMP|NUMBER|MODULE(THREAD)|LEVEL|text.
 * Thread-safe (one lock, the log sink's); no secrets are logged. */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H 1

#include <stdarg.h>

#include "lib/base/str.h"
#include "lib/base/types.h"

enum log_level {
    LOGL_OFF,
    LOGL_EMER,
    LOGL_ERR,
    LOGL_WARN,
    LOGL_INFO,
    LOGL_DBG
};
enum log_dest { LOGD_CONSOLE, LOGD_SYSLOG, LOGD_FILE, LOGD_N_DESTS };

struct log_module {
    const char *name;
    struct log_module *next;             /* All modules, sorted by name. */
    _Atomic(uint8_t) level[LOGD_N_DESTS]; /* enum log_level. */
    _Atomic(uint8_t) max;                /* Highest of 'level'. */
    bool honor_rate_limits;
};

struct log_rate {
    uint32_t per_minute, burst;
    uint32_t tokens, n_dropped; /* Under the log lock. */
    int64_t last_ms;
};

#define LOG_RATE_INIT(PER_MINUTE, BURST) { PER_MINUTE, BURST, BURST, 0, 0 }

#define LOG_MODULE(NAME)                                                      \
    static struct log_module this_log_module = {                              \
        .name = #NAME,                                                        \
        .level = { LOGL_INFO, LOGL_INFO, LOGL_INFO },                         \
        .max = LOGL_INFO,                                                      \
        .honor_rate_limits = true                                             \
    };                                                                        \
    __attribute__((constructor)) static void log_module_ctor(void)            \
    {                                                                         \
        log_module_register(&this_log_module);                                \
    }                                                                         \
    struct log_module

#define log_is_on(LEVEL) (this_log_module.max >= (LEVEL))
#define log_at(LEVEL, ...)                                                    \
    (log_is_on(LEVEL) ? log_write(&this_log_module, LEVEL, __VA_ARGS__)       \
                      : (void)0)
#define log_emer(...) log_at(LOGL_EMER, __VA_ARGS__)
#define log_err(...) log_at(LOGL_ERR, __VA_ARGS__)
#define log_warn(...) log_at(LOGL_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOGL_INFO, __VA_ARGS__)
#define log_dbg(...) log_at(LOGL_DBG, __VA_ARGS__)
#define log_rl(LEVEL, ...)                                                    \
    do {                                                                      \
        static struct log_rate rate_ = LOG_RATE_INIT(60, 5);                  \
        if (log_is_on(LEVEL)                                                  \
            && log_rate_take(&this_log_module, &rate_, LEVEL)) {              \
            log_write(&this_log_module, LEVEL, __VA_ARGS__);                  \
        }                                                                     \
    } while (0)
#define log_err_rl(...) log_rl(LOGL_ERR, __VA_ARGS__)
#define log_warn_rl(...) log_rl(LOGL_WARN, __VA_ARGS__)
#define log_info_rl(...) log_rl(LOGL_INFO, __VA_ARGS__)
#define log_dbg_rl(...) log_rl(LOGL_DBG, __VA_ARGS__)

void log_module_register(struct log_module *);
void log_write(struct log_module *, enum log_level, const char *fmt, ...)
    PRINTF_FORMAT(3, 4);
/* True if one more may be logged; what was left out before is then told, at
 * the level of the message. */
bool log_rate_take(struct log_module *, struct log_rate *, enum log_level);

/* The program's name in console and syslog lines; borrowed. */
void log_set_program(const char *name);
/* Names the calling thread in lines: "main" gives no parentheses. */
void log_set_thread(const char *name);

/* Applies a word list as -v and vlog/set take it: "MODULE:DEST:LEVEL" with
 * parts in any order, separated by ':', ' ' or ','; "PATTERN:DEST:TEXT";
 * "FACILITY:NAME"; "" means dbg everywhere.  Returns NULL, or a heap string
 * that says what is wrong (nothing is changed then). */
char *log_set_from_text(const char *) MUST_CHECK;
/* More of the above for the verbose options: everything at 'level' on the
 * console (and others unchanged). */
void log_set_all(enum log_dest, enum log_level);
/* Opens (or creates) the log file; 0 or negative errno. */
int log_open_file(const char *path) MUST_CHECK;
/* Closes and opens it again under the same name; -ENOENT if none was. */
int log_reopen_file(void);
void log_close_file(void);
const char *log_file_path(void);
/* "libc", "null", "unix:FILE" or "udp:IP:PORT"; NULL or a heap error. */
char *log_set_syslog(const char *method) MUST_CHECK;
/* Puts the table of vlog/list. */
void log_list(struct str *);
/* Puts the table of vlog/list-pattern. */
void log_list_patterns(struct str *);
/* "all" or names: NULL or a heap error. */
char *log_set_rate_limits(const char *module, bool on) MUST_CHECK;

/* Text for a negative or positive errno; "end of file" for EOF. */
const char *log_strerror(int err);

#endif
