/* SPDX-License-Identifier: Apache-2.0 */
/* --color: flow text with marks of a terminal (SGR) around its words.  It
 * works on the finished line, so the text itself is the same without. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "utilities/ofctl/ofctl.h"

enum color { AC, DR, LE, PM, PR, SP, VL, N_COLORS };

static const struct {
    const char *name, *sgr;
} colors[N_COLORS] = {
    [AC] = { "ac", "1;31" }, [DR] = { "dr", "34" }, [LE] = { "le", "31" },
    [PM] = { "pm", "36" },   [PR] = { "pr", "35" }, [SP] = { "sp", "33" },
    [VL] = { "vl", "32" },
};

/* Nesting of parentheses that is coloured. */
#define DEPTH_MAX 16

struct painter {
    struct str *out;
    const char *sgr[N_COLORS];
    size_t sgr_len[N_COLORS];
    enum color open[DEPTH_MAX]; /* Of the parentheses that are open. */
    size_t depth;
    bool acts; /* Behind "actions=". */
};

char *
ofctl_color_from_text(struct ofctl *ctx, const char *when)
{
    if (!when || !strcmp(when, "auto")) {
        const char *term = getenv("TERM");
        ctx->color = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
    } else if (!strcmp(when, "always") || !strcmp(when, "never")) {
        ctx->color = when[0] == 'a';
    } else {
        return xasprintf("incorrect value `%s' for --color", when);
    }
    return NULL;
}

/* OVS_COLORS is "ac=01;31:dr=34". */
static void
read_colors(struct painter *p)
{
    const char *list = getenv("OVS_COLORS");
    for (size_t i = 0; i < N_COLORS; i++) {
        p->sgr[i] = colors[i].sgr;
        p->sgr_len[i] = strlen(colors[i].sgr);
        for (const char *s = list; s && *s; s += strspn(s, ":")) {
            size_t len = strcspn(s, ":");
            if (len > 3 && !strncmp(s, colors[i].name, 2) && s[2] == '='
                && strspn(s + 3, "0123456789;") >= len - 3) {
                p->sgr[i] = s + 3;
                p->sgr_len[i] = len - 3;
            }
            s += len;
        }
    }
}

static void
paint(struct painter *p, enum color c, const char *text, size_t len)
{
    str_putf(p->out, "\033[%.*sm\033[K%.*s\033[m\033[K", (int)p->sgr_len[c],
             p->sgr[c], (int)len, text);
}

static bool
is_one_of(const char *word, size_t len, const char *const words[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(words[i]) == len && !strncmp(word, words[i], len)) {
            return true;
        }
    }
    return false;
}

/* A word and the mark behind it; returns the bytes used. */
static size_t
paint_word(struct painter *p, const char *s, size_t len)
{
    static const char *const special[] = {
        "table", "priority", "output", "load", "move", "set_field", "group",
        "exit"
    };
    static const char *const flags[] = {
        "send_flow_rem", "check_overlap", "reset_counts", "no_packet_counts",
        "no_byte_counts"
    };
    bool sp = is_one_of(s, len, special, ARRAY_SIZE(special));
    if (s[len] == '=' && len == 7 && !strncmp(s, "actions", len)) {
        p->acts = true;
        paint(p, AC, s, len + 1);
        return len + 1;
    }
    if (s[len] == '(' && p->depth < DEPTH_MAX) {
        enum color c = len == 5 && !strncmp(s, "learn", len) ? LE : PR;
        p->open[p->depth++] = c;
        paint(p, c, s, len + 1);
        return len + 1;
    }
    if (isupper((unsigned char)*s)) {
        str_putf(p->out, "%.*s", (int)len, s);
        return len;
    }
    if (s[len] == '=' || (s[len] == ':' && p->acts)) {
        paint(p, sp ? SP : PM, s, len + 1);
        return len + 1;
    }
    if (len == 7 && !strncmp(s, "dec_ttl", len)) {
        paint(p, PR, s, len); /* It can have arguments. */
    } else if (is_one_of(s, len, flags, ARRAY_SIZE(flags))) {
        str_putf(p->out, "%.*s", (int)len, s);
    } else {
        bool drop = len == 4 && !strncmp(s, "drop", len);
        paint(p, drop ? DR : sp ? SP : VL, s, len);
    }
    return len;
}

static size_t
paint_value(struct painter *p, const char *s)
{
    size_t len = 0;
    while (s[len] && !strchr(", ()", s[len]) && strncmp(s + len, "->", 2)) {
        len++;
    }
    str_putf(p->out, "%.*s", (int)len, s);
    return len;
}

void
ofctl_paint_flow(const char *line, struct str *out)
{
    struct painter p = { .out = out };
    bool fresh = true; /* A word may begin here. */
    read_colors(&p);
    for (const char *s = line; *s;) {
        if (*s == ')') {
            if (p.depth) {
                paint(&p, p.open[--p.depth], s, 1);
            } else {
                str_put_char(out, ')');
            }
            s++;
            fresh = false;
        } else if (!strncmp(s, "->", 2)) {
            paint(&p, SP, s, 2);
            s += 2;
            fresh = false;
        } else if (strchr(", (", *s)) {
            str_put_char(out, *s++);
            fresh = true;
        } else if (fresh && isalpha((unsigned char)*s)) {
            size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
            bool before = p.acts;
            size_t used = paint_word(&p, s, len);
            fresh = s[used - 1] == '(' || p.acts != before;
            s += used;
        } else {
            size_t len = paint_value(&p, s);
            s += len ? len : 1;
            fresh = false;
        }
    }
}
