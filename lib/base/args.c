/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

#define PEER_VERSION "3.1.0"
#define FIRST_LONG 0x100

static const char *program = "weir";
static int fatal_status = EXIT_FAILURE;

void
args_set_program_name(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');
    program = slash ? slash + 1 : argv0;
    if (str_starts_with(program, "lt-")) {
        program += 3;
    }
    log_set_program(program);
}

char *
args_set_true(void *flag, const char *value UNUSED)
{
    *(bool *)flag = true;
    return NULL;
}

char *
args_set_text(void *text, const char *value)
{
    *(const char **)text = value;
    return NULL;
}

char *
args_set_copy(void *text, const char *value)
{
    char **copy = text;
    free(*copy);
    *copy = xstrdup(value);
    return NULL;
}

const char *
args_program_name(void)
{
    return program;
}

bool
args_called_as_peer(void)
{
    return str_starts_with(program, "ovs-")
           || str_starts_with(program, "ovsdb-");
}

void
args_version(struct str *s, const char *weir_name)
{
    if (args_called_as_peer()) {
        str_putf(s, "%s (Open vSwitch) " PEER_VERSION "\n", program);
    }
    str_putf(s, "%s (Weir) " PACKAGE_VERSION "\n", weir_name);
}

void
args_fatal(int err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = xvasprintf(fmt, args);
    va_end(args);
    fprintf(stderr, "%s: %s%s%s%s\n", program, text, err ? " (" : "",
            err ? log_strerror(err) : "", err ? ")" : "");
    free(text);
    exit(fatal_status);
}

void
args_set_fatal_status(int status)
{
    fatal_status = status;
}

static void
apply(const struct args_opt *o, const char *value)
{
    char *error = o->apply(o->aux, value);
    if (error) {
        fprintf(stderr, "%s: %s\n", program, error);
        free(error);
        exit(EXIT_FAILURE);
    }
}

/* Says what is wrong with a long option, as getopt_long() words it, and ends
 * the program. */
NORETURN static void
bad_long_option(const char *arg, bool no_value, const struct option *longs,
                size_t n)
{
    size_t len = strcspn(arg + 2, "=");
    size_t n_matches = 0;
    const char *name = NULL;
    struct str names = STR_INIT;
    for (size_t i = 0; i < n; i++) {
        if (strncmp(longs[i].name, arg + 2, len)) {
            continue;
        }
        name = longs[i].name;
        str_putf(&names, " '--%s'", name);
        n_matches++;
        if (!name[len]) {
            n_matches = 1;
            break;
        }
    }
    if (n_matches > 1) {
        fprintf(stderr, "%s: option '%s' is ambiguous; possibilities:%s\n",
                program, arg, str_cstr(&names));
    } else if (!name) {
        fprintf(stderr, "%s: unrecognized option '%s'\n", program, arg);
    } else {
        fprintf(stderr, "%s: option '--%s' %s an argument\n", program, name,
                no_value ? "requires" : "doesn't allow");
    }
    str_fini(&names);
    exit(EXIT_FAILURE);
}

/* The same for any option.  getopt_long() has gone past a long one, and puts a
 * letter into 'optopt' for a short one. */
NORETURN static void
bad_option(char *argv[], bool no_value, const struct option *longs, size_t n)
{
    if (!optopt || optopt >= FIRST_LONG) {
        bad_long_option(argv[optind - 1], no_value, longs, n);
    }
    fprintf(stderr, no_value ? "%s: option requires an argument -- '%c'\n"
                             : "%s: invalid option -- '%c'\n",
            program, optopt);
    exit(EXIT_FAILURE);
}

int
args_parse(int argc, char *argv[], const struct args_table *tables,
           size_t n_tables, bool in_order)
{
    size_t n = 0;
    for (size_t t = 0; t < n_tables; t++) {
        n += tables[t].n;
    }
    struct option *longs = xcalloc(n + 1, sizeof *longs);
    memset(&longs[n], 0, sizeof longs[n]);
    const struct args_opt **rows = xcalloc(n, sizeof *rows);
    struct str letters = STR_INIT;
    str_put(&letters, in_order ? "+:" : ":");
    size_t i = 0;
    for (size_t t = 0; t < n_tables; t++) {
        for (size_t j = 0; j < tables[t].n; j++, i++) {
            const struct args_opt *o = &tables[t].opts[j];
            rows[i] = o;
            longs[i] = (struct option){
                o->name, (int)o->kind, NULL, FIRST_LONG + (int)i
            };
            if (o->letter) {
                str_put_char(&letters, o->letter);
                str_put_chars(&letters, ':', (size_t)o->kind);
            }
        }
    }
    optind = 1;
    opterr = 0;
    for (;;) {
        optopt = 0;
        int c = getopt_long(argc, argv, str_cstr(&letters), longs, NULL);
        if (c == -1) {
            break;
        }
        if (c == '?' || c == ':') {
            bad_option(argv, c == ':', longs, n);
        }
        for (i = 0; i < n; i++) {
            if (c == FIRST_LONG + (int)i || (c < FIRST_LONG
                                             && rows[i]->letter == c)) {
                apply(rows[i], optarg);
                break;
            }
        }
    }
    free(longs);
    free(rows);
    str_fini(&letters);
    return optind;
}

void
args_help(struct str *s, const struct args_table *tables, size_t n_tables)
{
    for (size_t t = 0; t < n_tables; t++) {
        str_putf(s, "\n%s:\n", tables[t].title ? tables[t].title : "Options");
        for (size_t j = 0; j < tables[t].n; j++) {
            const struct args_opt *o = &tables[t].opts[j];
            if (!o->help) {
                continue;
            }
            size_t start = s->len;
            if (o->letter) {
                str_putf(s, "  -%c, ", o->letter);
            } else {
                str_put(s, "  ");
            }
            str_putf(s, "--%s", o->name);
            if (o->kind == ARGS_VALUE) {
                str_putf(s, "=%s", o->value_name);
            } else if (o->kind == ARGS_OPTIONAL) {
                str_putf(s, "[=%s]", o->value_name);
            }
            size_t used = s->len - start;
            str_put_chars(s, ' ', used < 28 ? 28 - used : 2);
            str_putf(s, "%s\n", o->help);
        }
    }
}

/* The environment's value for a directory, or what was configured. */
static const char *
dir(const char *env, const char *configured)
{
    const char *value = getenv(env);
    return value && value[0] ? value : configured;
}

const char *
dirs_run(void)
{
    return dir("OVS_RUNDIR", RUNDIR);
}

const char *
dirs_log(void)
{
    return dir("OVS_LOGDIR", LOGDIR);
}

const char *
dirs_db(void)
{
    const char *sysconf = getenv("OVS_SYSCONFDIR");
    static char *joined;
    if (sysconf && sysconf[0] && !getenv("OVS_DBDIR")) {
        if (!joined) {
            joined = xasprintf("%s/openvswitch", sysconf);
        }
        return joined;
    }
    return dir("OVS_DBDIR", DBDIR);
}

const char *
dirs_pkgdata(void)
{
    return dir("OVS_PKGDATADIR", PKGDATADIR);
}

const char *
dirs_sysconf(void)
{
    return dir("OVS_SYSCONFDIR", SYSCONFDIR);
}
