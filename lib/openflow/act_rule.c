/* SPDX-License-Identifier: Apache-2.0 */
/* Actions about the rule they stand in: conjunction, fin_timeout. */
#include "lib/openflow/act_priv.h"

/* conjunction */

#define CLAUSES_MIN 2
#define CLAUSES_MAX 64

static void
append_conjunction(struct buf *out, uint32_t id, unsigned int clause,
                   unsigned int n_clauses)
{
    struct act_conjunction *c = act_append(out, ACT_CONJUNCTION, sizeof *c);
    c->id = id;
    c->clause = (uint8_t)clause;
    c->n_clauses = (uint8_t)n_clauses;
}

enum ofp_err
act_decode_nx_conjunction(struct act_wire *w, struct buf *out)
{
    uint8_t clause = cursor_u8(&w->c);
    uint8_t n_clauses = cursor_u8(&w->c);
    if (n_clauses < CLAUSES_MIN || n_clauses > CLAUSES_MAX
        || clause >= n_clauses) {
        return OFPERR_NXBAC_BAD_CONJUNCTION;
    }
    append_conjunction(out, cursor_be32(&w->c), clause, n_clauses);
    return OFPERR_OK;
}

char *
act_parse_conjunction(struct act_text *t, struct buf *out)
{
    uint64_t id, clause, n_clauses;
    char *comma = strchr(t->arg, ',');
    char *slash = comma ? strchr(comma, '/') : NULL;
    if (slash) {
        *comma++ = '\0';
        *slash++ = '\0';
        comma += strspn(comma, " ");
    }
    if (!slash || !str_to_u64(t->arg, 0, &id) || id > UINT32_MAX
        || !str_to_u64(comma, 0, &clause)
        || !str_to_u64(slash, 0, &n_clauses)) {
        return xasprintf("\"conjunction\" syntax is "
                         "\"conjunction(id,i/n)\"");
    }
    if (n_clauses < CLAUSES_MIN) {
        return xasprintf("conjunction must have at least %d clauses",
                         CLAUSES_MIN);
    }
    if (n_clauses > CLAUSES_MAX) {
        return xasprintf("conjunction must have at most %d clauses",
                         CLAUSES_MAX);
    }
    if (!clause) {
        return xasprintf("clause index must be positive");
    }
    if (clause > n_clauses) {
        return xasprintf("clause index must be less than or equal to number "
                         "of clauses");
    }
    append_conjunction(out, (uint32_t)id, (unsigned int)clause - 1,
                       (unsigned int)n_clauses);
    return NULL;
}

static void
put_conjunction(const struct act *a, const struct ofp_names *names UNUSED,
                struct str *s)
{
    const struct act_conjunction *c = ACT_CAST(act_conjunction, a);
    str_putf(s, "conjunction(%u,%u/%u)", c->id, c->clause + 1u,
             c->n_clauses);
}

static void
encode_conjunction(const struct act *a, enum ofp_version version UNUSED,
                   struct buf *b)
{
    const struct act_conjunction *c = ACT_CAST(act_conjunction, a);
    size_t start = act_wire_begin_nx(b, 34);
    buf_put_u8(b, c->clause);
    buf_put_u8(b, c->n_clauses);
    buf_put_be32(b, c->id);
    act_wire_end(b, start);
}

const struct act_ops act_ops_CONJUNCTION = { "conjunction", put_conjunction,
                                             encode_conjunction, NULL };

/* fin_timeout */

enum ofp_err
act_decode_nx_fin_timeout(struct act_wire *w, struct buf *out)
{
    struct act_fin_timeout *f = act_append(out, ACT_FIN_TIMEOUT, sizeof *f);
    f->idle_timeout = cursor_be16(&w->c);
    f->hard_timeout = cursor_be16(&w->c);
    return OFPERR_OK;
}

char *
act_parse_fin_timeout(struct act_text *t, struct buf *out)
{
    uint64_t idle = 0, hard = 0;
    char *err = NULL;
    for (char *list = t->arg, *key, *value;
         !err && act_text_pair(&list, &key, &value);) {
        if (!strcmp(key, "idle_timeout")) {
            err = act_text_number(t, value, key, 0xffff, &idle);
        } else if (!strcmp(key, "hard_timeout")) {
            err = act_text_number(t, value, key, 0xffff, &hard);
        } else {
            err = xasprintf("invalid key '%s' in 'fin_timeout' argument",
                            key);
        }
    }
    if (!err) {
        struct act_fin_timeout *f = act_append(out, ACT_FIN_TIMEOUT,
                                               sizeof *f);
        f->idle_timeout = (uint16_t)idle;
        f->hard_timeout = (uint16_t)hard;
    }
    return err;
}

static void
put_fin_timeout(const struct act *a, const struct ofp_names *names UNUSED,
                struct str *s)
{
    const struct act_fin_timeout *f = ACT_CAST(act_fin_timeout, a);
    str_put(s, "fin_timeout(");
    if (f->idle_timeout) {
        str_putf(s, "idle_timeout=%u,", f->idle_timeout);
    }
    if (f->hard_timeout) {
        str_putf(s, "hard_timeout=%u,", f->hard_timeout);
    }
    str_chomp(s, ',');
    str_put_char(s, ')');
}

static void
encode_fin_timeout(const struct act *a, enum ofp_version version UNUSED,
                   struct buf *b)
{
    const struct act_fin_timeout *f = ACT_CAST(act_fin_timeout, a);
    size_t start = act_wire_begin_nx(b, 19);
    buf_put_be16(b, f->idle_timeout);
    buf_put_be16(b, f->hard_timeout);
    act_wire_end(b, start);
}

const struct act_ops act_ops_FIN_TIMEOUT = { "fin_timeout", put_fin_timeout,
                                             encode_fin_timeout, NULL };
