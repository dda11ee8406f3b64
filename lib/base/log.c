/* SPDX-License-Identifier: Apache-2.0 */
/* The sink: what happens to one line.  log_config.c has the settings. */
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log_priv.h"
#include "lib/base/mem.h"

struct log_state log_state = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .fd = -1,
    .facility = LOG_DAEMON,
    .pattern = { "%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m",
                 "ovs|%05N|%c%T|%p|%m",
                 "%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m" },
};

static __thread char thread_name[16];
static __thread unsigned int n_lines;

const char *const log_level_names[] = {
    "OFF", "EMER", "ERR", "WARN", "INFO", "DBG",
};

static const int syslog_levels[] = {
    LOG_DEBUG, LOG_ALERT, LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG,
};

void
log_set_program(const char *name)
{
    log_state.program = name;
}

void
log_set_thread(const char *name)
{
    snprintf(thread_name, sizeof thread_name, "%s",
             strcmp(name, "main") ? name : "");
}

/* Puts wall time as strftime() would, with "###" for milliseconds. */
static void
put_time(struct str *s, const char *fmt, int64_t wall_ms, bool utc)
{
    time_t secs = (time_t)(wall_ms / 1000);
    struct tm tm;
    if (utc) {
        gmtime_r(&secs, &tm);
    } else {
        localtime_r(&secs, &tm);
    }
    char text[128];
    strftime(text, sizeof text, fmt, &tm);
    char *hashes = strstr(text, "###");
    if (hashes) {
        unsigned int ms = (unsigned int)(wall_ms % 1000) % 1000;
        hashes[0] = (char)('0' + ms / 100);
        hashes[1] = (char)('0' + ms / 10 % 10);
        hashes[2] = (char)('0' + ms % 10);
    }
    str_put(s, text);
}

static void
put_field(struct str *s, char conv, const char *arg, int width, bool zero,
          const struct log_line *line)
{
    struct str f = STR_INIT;
    switch (conv) {
    case 'A':
        str_put(&f, log_state.program ? log_state.program : "");
        break;
    case 'c':
        str_put(&f, line->module->name);
        break;
    case 'd':
    case 'D':
        put_time(&f, arg[0] ? arg : "%Y-%m-%d %H:%M:%S.###", line->wall_ms,
                 conv == 'D');
        break;
    case 'm':
        str_put(&f, line->text);
        break;
    case 'N':
        str_putf(&f, "%u", line->number);
        break;
    case 'n':
        str_put_char(&f, '\n');
        break;
    case 'p':
        str_put(&f, log_level_names[line->level]);
        break;
    case 'P':
        str_putf(&f, "%ld", (long)getpid());
        break;
    case 'r':
        str_putf(&f, "%lld", (long long)clock_ms());
        break;
    case 't':
        str_put(&f, thread_name[0] ? thread_name : "main");
        break;
    case 'T':
        if (thread_name[0]) {
            str_putf(&f, "(%s)", thread_name);
        }
        break;
    default:
        str_put_char(&f, conv);
        break;
    }
    if (width > (int)f.len) {
        str_put_chars(s, zero ? '0' : ' ', (size_t)width - f.len);
    }
    str_put_n(s, str_cstr(&f), f.len);
    str_fini(&f);
}

/* Formats 'line' as 'pattern' says: %[0][width]CONV[{arg}]. */
static void
format_line(struct str *s, const char *pattern, const struct log_line *line)
{
    for (const char *p = pattern; *p; p++) {
        if (*p != '%' || !p[1]) {
            str_put_char(s, *p);
            continue;
        }
        p++;
        bool zero = *p == '0';
        int width = 0;
        while (*p >= '0' && *p <= '9') {
            width = MIN(width * 10 + (*p++ - '0'), 1000);
        }
        char conv = *p;
        char arg[64] = "";
        const char *close = p[0] && p[1] == '{' ? strchr(p, '}') : NULL;
        if (close) {
            snprintf(arg, sizeof arg, "%.*s", (int)(close - p - 2), p + 2);
            p = close;
        }
        if (!conv) {
            break;
        }
        put_field(s, conv, arg, width, zero, line);
    }
}

static void
write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0) {
            if (errno == EINTR) {
                continue;
            }
            return;
        }
        p += done;
        n -= (size_t)done;
    }
}

static void
sink(enum log_dest dest, const struct log_line *line, struct str *s)
{
    str_clear(s);
    format_line(s, log_state.pattern[dest], line);
    if (dest == LOGD_SYSLOG) {
        if (!log_state.syslog_off) {
            syslog(syslog_levels[line->level] | log_state.facility, "%s",
                   str_cstr(s));
        }
        return;
    }
    str_put_char(s, '\n');
    int fd = dest == LOGD_CONSOLE ? STDERR_FILENO : log_state.fd;
    if (fd >= 0) {
        write_all(fd, s->s, s->len);
    }
}

void
log_write(struct log_module *module, enum log_level level, const char *fmt,
          ...)
{
    int saved_errno = errno;
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);

    struct log_line line = { module, level, text, ++n_lines, clock_wall_ms() };
    struct str s = STR_INIT;
    pthread_mutex_lock(&log_state.lock);
    for (int d = 0; d < LOGD_N_DESTS; d++) {
        if (level <= module->level[d]) {
            sink((enum log_dest)d, &line, &s);
        }
    }
    pthread_mutex_unlock(&log_state.lock);
    str_fini(&s);
    errno = saved_errno;
}

bool
log_rate_take(struct log_module *module, struct log_rate *r,
              enum log_level level)
{
    if (!module->honor_rate_limits) {
        return true;
    }
    pthread_mutex_lock(&log_state.lock);
    int64_t now = clock_ms();
    if (!r->last_ms) {
        r->last_ms = now;
    }
    int64_t earned = (now - r->last_ms) * r->per_minute / 60000;
    if (earned > 0) {
        r->tokens = (uint32_t)MIN((int64_t)r->tokens + earned, r->burst);
        r->last_ms = now;
    }
    bool ok = r->tokens > 0;
    uint32_t n_dropped = r->n_dropped;
    r->tokens -= ok;
    r->n_dropped = ok ? 0 : n_dropped + 1;
    pthread_mutex_unlock(&log_state.lock);
    if (ok && n_dropped) {
        log_write(module, level, "Dropped %u log messages of this kind due "
                  "to excessive rate", n_dropped);
    }
    return ok;
}

int
log_open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) {
        return -errno;
    }
    char *copy = xstrdup(path);
    pthread_mutex_lock(&log_state.lock);
    if (log_state.fd >= 0) {
        close(log_state.fd);
    }
    log_state.fd = fd;
    free(log_state.path);
    log_state.path = copy;
    pthread_mutex_unlock(&log_state.lock);
    return 0;
}

int
log_reopen_file(void)
{
    if (!log_state.path) {
        return -ENOENT;
    }
    char *path = xstrdup(log_state.path);
    int err = log_open_file(path);
    free(path);
    return err;
}

void
log_close_file(void)
{
    pthread_mutex_lock(&log_state.lock);
    if (log_state.fd >= 0) {
        close(log_state.fd);
        log_state.fd = -1;
    }
    pthread_mutex_unlock(&log_state.lock);
}

const char *
log_file_path(void)
{
    return log_state.path;
}

const char *
log_strerror(int err)
{
    static __thread char text[64];
    if (err == EOF) {
        return "End of file";
    }
    return strerror_r(err < 0 ? -err : err, text, sizeof text);
}
