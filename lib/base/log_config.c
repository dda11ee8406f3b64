/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the log: modules, levels, patterns, rate limits, as -v and
 * the vlog commands change them. */
#include <ctype.h>
#include <stdlib.h>
#include <syslog.h>

#include "lib/base/log_priv.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

static const char *const dest_names[LOGD_N_DESTS] = { "console", "syslog",
                                                     "file" };

static const struct {
    const char *name;
    int value;
} facilities[] = {
    { "kern", LOG_KERN },       { "user", LOG_USER },
    { "mail", LOG_MAIL },       { "daemon", LOG_DAEMON },
    { "auth", LOG_AUTH },       { "syslog", LOG_SYSLOG },
    { "lpr", LOG_LPR },         { "news", LOG_NEWS },
    { "uucp", LOG_UUCP },       { "cron", LOG_CRON },
    { "authpriv", LOG_AUTHPRIV }, { "ftp", LOG_FTP },
    { "local0", LOG_LOCAL0 },   { "local1", LOG_LOCAL1 },
    { "local2", LOG_LOCAL2 },   { "local3", LOG_LOCAL3 },
    { "local4", LOG_LOCAL4 },   { "local5", LOG_LOCAL5 },
    { "local6", LOG_LOCAL6 },   { "local7", LOG_LOCAL7 },
};

void
log_module_register(struct log_module *m)
{
    struct log_module **p = &log_state.modules;
    while (*p && strcmp((*p)->name, m->name) < 0) {
        p = &(*p)->next;
    }
    m->next = *p;
    *p = m;
}

static void
set_level(struct log_module *m, int dest, enum log_level level)
{
    for (int d = 0; d < LOGD_N_DESTS; d++) {
        if (dest < 0 || dest == d) {
            m->level[d] = (uint8_t)level;
        }
    }
    uint8_t max = 0;
    for (int d = 0; d < LOGD_N_DESTS; d++) {
        max = MAX(max, m->level[d]);
    }
    m->max = max;
}

void
log_set_all(enum log_dest dest, enum log_level level)
{
    for (struct log_module *m = log_state.modules; m; m = m->next) {
        set_level(m, (int)dest, level);
    }
}

static struct log_module *
find_module(const char *name)
{
    for (struct log_module *m = log_state.modules; m; m = m->next) {
        /* Users know '-' and '_' as the same here. */
        const char *a = m->name, *b = name;
        while (*a && (tolower((unsigned char)*a) == tolower((unsigned char)*b)
                      || (*a == '_' && *b == '-'))) {
            a++;
            b++;
        }
        if (!*a && !*b) {
            return m;
        }
    }
    return NULL;
}

static int
find_name(const char *const names[], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcasecmp(names[i], name)) {
            return (int)i;
        }
    }
    return -1;
}

static char *
set_pattern(char *rest)
{
    char *colon = strchr(rest, ':');
    if (!colon) {
        return xstrdup("destination and pattern required after PATTERN");
    }
    *colon = '\0';
    bool any = !strcasecmp(rest, "any");
    int dest = find_name(dest_names, LOGD_N_DESTS, rest);
    if (dest < 0 && !any) {
        return xasprintf("unknown destination \"%s\"", rest);
    }
    char *copy = xstrdup(colon + 1);
    pthread_mutex_lock(&log_state.lock);
    for (int d = 0; d < LOGD_N_DESTS; d++) {
        if (any || d == dest) {
            /* Earlier patterns may be in use by a line; they are few. */
            log_state.pattern[d] = copy;
        }
    }
    pthread_mutex_unlock(&log_state.lock);
    return NULL;
}

static char *
set_facility(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(facilities); i++) {
        if (!strcasecmp(facilities[i].name, name)) {
            log_state.facility = facilities[i].value;
            return NULL;
        }
    }
    return xasprintf("invalid facility \"%s\"", name);
}

char *
log_set_from_text(const char *spec)
{
    if (!strncasecmp(spec, "PATTERN:", 8)) {
        char *copy = xstrdup(spec + 8);
        char *err = set_pattern(copy);
        free(copy);
        return err;
    }
    if (!strncasecmp(spec, "FACILITY:", 9)) {
        return set_facility(spec + 9);
    }
    char *copy = xstrdup(spec), *save = NULL, *err = NULL;
    struct log_module *module = NULL;
    int dest = -1;
    int level = -1;
    for (char *w = strtok_r(copy, " ,:", &save); w && !err;
         w = strtok_r(NULL, " ,:", &save)) {
        int l = find_name(log_level_names, LOGL_DBG + 1, w);
        int d = find_name(dest_names, LOGD_N_DESTS, w);
        struct log_module *m = find_module(w);
        if (!strcasecmp(w, "any")) {
            continue;
        } else if (l >= 0 && level < 0) {
            level = l;
        } else if (d >= 0 && dest < 0) {
            dest = d;
        } else if (m && !module) {
            module = m;
        } else {
            err = l >= 0   ? xstrdup("cannot specify multiple levels")
                  : d >= 0 ? xstrdup("cannot specify multiple destinations")
                  : m      ? xstrdup("cannot specify multiple modules")
                           : xasprintf("no destination, level, or module "
                                       "\"%s\"", w);
        }
    }
    free(copy);
    if (!err) {
        enum log_level use = level < 0 ? LOGL_DBG : (enum log_level)level;
        for (struct log_module *m = log_state.modules; m; m = m->next) {
            /* Several files may share a module's name. */
            if (!module || !strcmp(m->name, module->name)) {
                set_level(m, dest, use);
            }
        }
    }
    return err;
}

char *
log_set_syslog(const char *method)
{
    if (!strcmp(method, "null")) {
        log_state.syslog_off = true;
        return NULL;
    }
    if (!strcmp(method, "libc") || !strncmp(method, "unix:", 5)
        || !strncmp(method, "udp:", 4)) {
        log_state.syslog_off = false;
        return NULL;
    }
    return xasprintf("unsupported syslog method '%s'", method);
}

void
log_list(struct str *s)
{
    str_put(s, "                 console    syslog    file\n"
               "                 -------    ------    ------\n");
    for (struct log_module *m = log_state.modules; m; m = m->next) {
        str_putf(s, "%-16s  %4s       %4s       %4s", m->name,
                 log_level_names[m->level[LOGD_CONSOLE]],
                 log_level_names[m->level[LOGD_SYSLOG]],
                 log_level_names[m->level[LOGD_FILE]]);
        str_put(s, m->honor_rate_limits ? "\n"
                                        : "    (rate limiting disabled)\n");
    }
}

void
log_list_patterns(struct str *s)
{
    str_put(s, "         Destinations    Patterns\n"
               "         ------------    --------\n");
    for (int d = 0; d < LOGD_N_DESTS; d++) {
        str_putf(s, "         %-12s    %s\n", dest_names[d],
                 log_state.pattern[d]);
    }
}

char *
log_set_rate_limits(const char *name, bool on)
{
    bool all = !strcasecmp(name, "any") || !strcasecmp(name, "all");
    struct log_module *module = all ? NULL : find_module(name);
    if (!all && !module) {
        return xasprintf("unknown module \"%s\"", name);
    }
    for (struct log_module *m = log_state.modules; m; m = m->next) {
        if (all || m == module) {
            m->honor_rate_limits = on;
        }
    }
    return NULL;
}
