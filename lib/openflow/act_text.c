/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of actions from text.
 *
 * An action is a word, alone or followed by ":argument", "=argument" or
 * "(argument)"; commas and spaces part them, except inside parentheses,
 * brackets and quotes.  A word that is no action's name is a port to output
 * to. */
#include <ctype.h>
#include <strings.h>

#include "lib/openflow/act_priv.h"

struct text_row {
    const char *name;
    char *(*parse)(struct act_text *, struct buf *);
};

static const struct text_row text_rows[] = {
#define ACT_TEXT(NAME, PARSE) { NAME, act_parse_##PARSE },
#include "lib/openflow/actions.def"
};

static const struct text_row *
find_row(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(text_rows); i++) {
        if (!strcasecmp(word, text_rows[i].name)) {
            return &text_rows[i];
        }
    }
    return NULL;
}

/* The end of the text that starts at 'p': a character of 'stop' outside
 * quotes, parentheses and brackets, or the NUL. */
static char *
find_end(char *p, const char *stop)
{
    int depth = 0;
    bool quoted = false;
    for (; *p; p++) {
        if (quoted) {
            if (*p == '\\' && p[1]) {
                p++;
            } else if (*p == '"') {
                quoted = false;
            }
            continue;
        }
        if (!depth && strchr(stop, *p)) {
            break;
        }
        quoted = *p == '"';
        depth += *p == '(' || *p == '[';
        depth -= *p == ')' || *p == ']';
        if (depth < 0) {
            break;
        }
    }
    return p;
}

/* Cuts the argument after the word, whose last character 'p' is behind.
 * Returns what follows the action, or NULL if parentheses do not match. */
static char *
cut_argument(char *p, char **arg)
{
    char *end;
    if (*p == '(') {
        *p++ = '\0';
        end = find_end(p, ")");
        if (*end != ')') {
            return NULL;
        }
        *arg = p;
        if (!strncmp(end, ")->", 3)) {
            /* "name(value)->field": the argument is "value)->field". */
            end = find_end(end + 3, ", \t\r\n");
            if (*end == ')' || *end == ']') {
                return NULL;
            }
            if (!*end) {
                return end;
            }
        }
        *end = '\0';
        return end + 1;
    }
    if (*p == ':' || *p == '=') {
        *p++ = '\0';
        end = find_end(p, ", \t\r\n");
        *arg = p;
    } else {
        *arg = end = p;
    }
    if (*end == ')' || *end == ']') {
        return NULL;
    }
    if (*end) {
        *end++ = '\0';
    }
    return end;
}

/* A word that names no action: a port, or nothing. */
static char *
parse_port_word(struct act_text *t, struct buf *out)
{
    uint32_t port;
    t->err_pos = t->pos;
    if (*t->arg || !ofport_parse(t->word, t->names, &port)) {
        return xasprintf("unknown action %s", t->word);
    }
    act_append_output(out, port)->max_len =
        port == OFPORT_CONTROLLER ? ACT_MAX_LEN_ALL : 0;
    return NULL;
}

bool
act_text_pair(char **list, char **key, char **value)
{
    char *p = *list + strspn(*list, ", \t\r\n");
    if (!*p) {
        return false;
    }
    *key = p;
    char *end = cut_argument(p + strcspn(p, ":=(, \t\r\n"), value);
    /* What does not match in parentheses is all there is. */
    *list = end ? end : p + strlen(p);
    return true;
}

static char *
parse_one(struct act_text *t, struct buf *out)
{
    const struct text_row *row = find_row(t->word);
    t->err_pos = t->arg_pos;
    if (!row) {
        return parse_port_word(t, out);
    }
    t->word = row->name; /* Whatever its case was. */
    return row->parse(t, out);
}

/* True if records of 'out' from 'start' on break the order, with the error's
 * place left to the caller. */
static bool
is_disordered(const struct buf *out, size_t start)
{
    if (out->len == start) {
        return false;
    }
    struct act_list list = { (const struct act *)(const void *)(out->data
                                                                + start),
                             out->len - start };
    struct act_check in = { .table_id = 255, .n_tables = 255,
                            .version = OFP10_VERSION, .for_text = true };
    return acts_check(&list, &in) == OFPERR_OFPBAC_UNSUPPORTED_ORDER;
}

char *
act_parse_list(struct act_text *outer, char *list, size_t pos,
               struct buf *out)
{
    char *p = list;
    size_t start = out->len;
    bool dropped = false;
    unsigned int n = 0; /* Actions so far. */
    struct act_text t = { .names = outer->names, .depth = outer->depth + 1 };
    if (t.depth > ACT_DEPTH_MAX) {
        outer->err_pos = pos;
        return xasprintf("actions nested too deep");
    }
    for (p += strspn(p, ", \t\r\n"); *p; p += strspn(p, ", \t\r\n")) {
        t.word = p;
        t.pos = pos + (size_t)(p - list);
        char *end = *p == '"' ? find_end(p, ":=(, \t\r\n")
                              : p + strcspn(p, ":=(, \t\r\n");
        p = cut_argument(end, &t.arg);
        if (!p) {
            outer->err_pos = t.pos;
            return xasprintf("%s: missing ( or )", t.word);
        }
        t.arg_pos = pos + (size_t)(t.arg - list);
        char *err = NULL;
        if (!strcasecmp(t.word, "drop") && !*t.arg) {
            dropped = true;
        } else {
            err = parse_one(&t, out);
        }
        if (!err && n++ && dropped) {
            t.err_pos = t.pos;
            err = xstrdup("\"drop\" must not be accompanied by any other "
                          "action or instruction");
        }
        if (!err && is_disordered(out, start)) {
            t.err_pos = t.pos;
            err = xasprintf("%s: instruction out of order", t.word);
        }
        if (err) {
            outer->err_pos = t.err_pos;
            return err;
        }
    }
    return NULL;
}

char *
act_parse_apply_actions(struct act_text *t, struct buf *out)
{
    return act_parse_list(t, t->arg, t->arg_pos, out);
}

char *
acts_parse(const char *text, const struct ofp_names *names, struct buf *out,
           size_t *pos)
{
    size_t start = out->len;
    char *copy = xstrdup(text);
    struct act_text t = { .names = names };
    char *err = act_parse_list(&t, copy, 0, out);
    free(copy);
    if (err) {
        out->len = start;
        *pos = t.err_pos;
    }
    return err;
}

char *
act_text_number(const struct act_text *t, const char *s, const char *what,
                uint64_t max, uint64_t *x)
{
    (void)t;
    if (!str_to_u64(s, 0, x)) {
        return xasprintf("invalid %s \"%s\"", what, s);
    }
    if (*x > max) {
        return xasprintf("%s: not a valid %s (at most %llu)", s, what,
                         (unsigned long long)max);
    }
    return NULL;
}

char *
act_text_port(const struct act_text *t, const char *s, uint32_t *port)
{
    return ofport_parse(s, t->names, port)
               ? NULL
               : xasprintf("output to unknown port: %s", s);
}

char *
act_text_arrow(struct act_text *t, char **left, char **right)
{
    char *arrow = strstr(t->arg, "->");
    if (!arrow) {
        return xasprintf("%s: missing `->'", t->arg);
    }
    *arrow = '\0';
    *left = t->arg;
    *right = arrow + 2;
    return NULL;
}
