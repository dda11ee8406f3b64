/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says of itself: --help, --commands, --options,
 * --tables. */
#include <stdio.h>

#include "lib/base/mem.h"
#include "utilities/vsctl/names.h"

/* The tables of main(): own options, commands' options, then others'. */
static const struct args_table *option_tables;
static size_t n_option_tables;

void
vsctl_set_option_tables(const struct args_table *tables, size_t n)
{
    option_tables = tables;
    n_option_tables = n;
}

void
vsctl_for_each_option(const char *list,
                void (*fn)(void *aux, const char *name, bool has_value),
                void *aux)
{
    char *copy = xstrdup(list);
    char *save = NULL;
    for (char *name = strtok_r(copy, ",", &save); name;
         name = strtok_r(NULL, ",", &save)) {
        size_t n = strlen(name);
        bool has_value = name[n - 1] == '=';
        name[has_value ? n - 1 : n] = '\0';
        fn(aux, name, has_value);
    }
    free(copy);
}

static void
put_bracketed(void *out, const char *name, bool has_value)
{
    str_putf(out, "[%s%s] ", name, has_value ? "=" : "");
}

/* Is all of 'arg' in one pair of brackets? */
static bool
is_bracketed(const char *arg, size_t len)
{
    int depth = 0;
    for (size_t i = 0; i < len; i++) {
        depth += (arg[i] == '[') - (arg[i] == ']');
        if (!depth) {
            return i > 0 && i + 1 == len;
        }
    }
    return false;
}

/* One argument as --commands shows it: '!' must be there, '?' may, '+' and
 * '*' the same several times; "[:KEY]" inside becomes "?:KEY". */
static void
put_arg(struct str *out, const char *arg, size_t len)
{
    bool many = len > 3 && !strncmp(arg + len - 3, "...", 3);
    len -= many ? 3 : 0;
    bool optional = is_bracketed(arg, len);
    if (optional) {
        arg++;
        len -= 2;
    }
    str_put_char(out, many ? optional ? '*' : '+' : optional ? '?' : '!');
    for (size_t i = 0; i < len; i++) {
        if (arg[i] == '[') {
            str_put_char(out, '?');
        } else if (arg[i] != ']') {
            str_put_char(out, arg[i]);
        }
    }
}

void
vsctl_print_commands(void)
{
    struct str s = STR_INIT;
    for (size_t i = 0; i < vsctl_n_cmd_rows; i++) {
        const struct vsctl_cmd_row *row = &vsctl_cmd_rows[i];
        vsctl_for_each_option(row->options, put_bracketed, &s);
        str_putf(&s, ",%s,", row->name);
        for (const char *p = row->args; *p;) {
            size_t len = strcspn(p, " ");
            put_arg(&s, p, len);
            p += len + strspn(p + len, " ");
            str_put(&s, *p ? " " : "");
        }
        str_put_char(&s, '\n');
    }
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

void
vsctl_print_options(void)
{
    for (size_t t = 0; t < n_option_tables; t++) {
        for (size_t i = 0; t != 1 && i < option_tables[t].n; i++) {
            const struct args_opt *o = &option_tables[t].opts[i];
            bool has_value = o->kind != ARGS_FLAG;
            printf("--%s%s\n", o->name, has_value ? "=ARG" : "");
            if (o->letter) {
                printf("-%c%s\n", o->letter, has_value ? " ARG" : "");
            }
        }
    }
}

void
vsctl_print_tables(void)
{
    for (size_t t = 0; t < VREC_N_TABLES; t++) {
        const struct idl_table_class *class = &vrec_class.tables[t];
        printf("%s", class->name);
        for (size_t i = 0; i < class->n_columns; i++) {
            printf(" %s", class->columns[i].name);
        }
        putchar('\n');
    }
}

void
vsctl_print_help(void)
{
    struct str s = STR_INIT;
    str_putf(&s, "%s: switch configuration utility\nusage: %s [OPTIONS] "
             "COMMAND [ARG...] [-- COMMAND...]\n\nCommands:\n",
             args_program_name(), args_program_name());
    for (size_t i = 0; i < vsctl_n_cmd_rows; i++) {
        const struct vsctl_cmd_row *row = &vsctl_cmd_rows[i];
        str_put(&s, "  ");
        vsctl_for_each_option(row->options, put_bracketed, &s);
        str_putf(&s, "%s %s", row->name, row->args);
        str_chomp(&s, ' ');
        str_put_char(&s, '\n');
    }
    str_put(&s, "Database commands may reference a row in each table in the "
            "following ways:\n");
    vsctl_put_name_help(&s);
    args_help(&s, option_tables, n_option_tables);
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}
