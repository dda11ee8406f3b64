/* SPDX-License-Identifier: Apache-2.0 */
/* To controllers, with more to say than an output: which of them, why, data
 * of theirs to bring back, and whether to stop until one resumes.  Nicira's
 * old action has room for the first two, the newer one has properties. */
#include <ctype.h>

#include "lib/openflow/act_priv.h"

static const char *const reasons[] = {
    "no_match", "action", "invalid_ttl", "action_set", "group", "packet_out",
};
#define REASON_ACTION 1

#define USERDATA_MAX 0xff00 /* What an action has room for. */

enum {
    PROP_MAX_LEN,
    PROP_CONTROLLER_ID,
    PROP_REASON,
    PROP_USERDATA,
    PROP_PAUSE,
    PROP_METER_ID,
};

static struct act_controller *
append_controller(struct buf *out, const struct act_controller *from,
                  const uint8_t *userdata)
{
    struct act_controller *c = act_append(out, ACT_CONTROLLER,
                                          sizeof *c + from->n_userdata);
    struct act hdr = c->hdr;
    *c = *from;
    c->hdr = hdr;
    if (from->n_userdata) {
        memcpy(c->userdata, userdata, from->n_userdata);
    }
    return c;
}

enum ofp_err
act_decode_nx_controller(struct act_wire *w, struct buf *out)
{
    struct act_controller c = { .max_len = cursor_be16(&w->c) };
    c.controller_id = cursor_be16(&w->c);
    c.reason = cursor_u8(&w->c);
    append_controller(out, &c, NULL);
    return cursor_u8(&w->c) ? OFPERR_NXBRC_MUST_BE_ZERO : OFPERR_OK;
}

static enum ofp_err
decode_prop(uint16_t type, struct cursor *p, struct act_controller *c,
            const uint8_t **userdata)
{
    switch (type) {
    case PROP_MAX_LEN: c->max_len = cursor_be16(p); break;
    case PROP_CONTROLLER_ID: c->controller_id = cursor_be16(p); break;
    case PROP_REASON: c->reason = cursor_u8(p); break;
    case PROP_USERDATA:
        c->n_userdata = (uint32_t)cursor_left(p);
        *userdata = cursor_pull(p, c->n_userdata);
        break;
    case PROP_PAUSE: c->pause = true; break;
    case PROP_METER_ID: c->meter_id = cursor_be32(p); break;
    default: return OFPERR_OFPBPC_BAD_TYPE;
    }
    return cursor_ok(p) ? OFPERR_OK : OFPERR_OFPBPC_BAD_LEN;
}

enum ofp_err
act_decode_nx_controller2(struct act_wire *w, struct buf *out)
{
    struct act_controller c = { .max_len = ACT_MAX_LEN_ALL,
                                .reason = REASON_ACTION };
    const uint8_t *userdata = NULL;
    unsigned int pad = cursor_be16(&w->c) | cursor_be32(&w->c);
    if (pad) {
        return OFPERR_NXBRC_MUST_BE_ZERO;
    }
    while (cursor_left(&w->c)) {
        uint16_t type = cursor_be16(&w->c);
        uint16_t len = cursor_be16(&w->c);
        if (!cursor_ok(&w->c) || len < 4 || len - 4u > cursor_left(&w->c)) {
            return OFPERR_OFPBPC_BAD_LEN;
        }
        struct cursor p = cursor_sub(&w->c, len - 4u);
        cursor_skip(&w->c,
                    MIN(ROUND_UP(len, 8u) - len, cursor_left(&w->c)));
        enum ofp_err err = decode_prop(type, &p, &c, &userdata);
        if (err) {
            return err;
        }
    }
    append_controller(out, &c, userdata);
    return OFPERR_OK;
}

/* Text. */

/* What controller(...) says. */
struct args {
    struct buf userdata;
    struct act_controller c; /* Last: its own userdata has no room here. */
};

static char *
parse_userdata(const char *text, struct buf *b)
{
    buf_clear(b);
    for (const char *p = text; *p; p += 2) {
        p += *p == '.';
        if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1])
            || b->len >= USERDATA_MAX) {
            return xasprintf("bad hex digit in `controller' action "
                             "`userdata'");
        }
        char two[3] = { p[0], p[1], 0 };
        buf_put_u8(b, (uint8_t)strtoul(two, NULL, 16));
    }
    return NULL;
}

static char *
parse_reason(const char *value, uint8_t *reason)
{
    for (*reason = 0; *reason < ARRAY_SIZE(reasons); ++*reason) {
        if (!strcmp(value, reasons[*reason])) {
            return NULL;
        }
    }
    return xasprintf("unknown reason \"%s\"", value);
}

/* One "key=value" of controller(...). */
static char *
controller_arg(struct act_text *t, const char *key, const char *value,
               struct args *a)
{
    uint64_t x = 0;
    char *err = NULL;
    if (!strcmp(key, "max_len")) {
        err = act_text_number(t, value, "max_len", 0xffff, &x);
        a->c.max_len = (uint16_t)x;
    } else if (!strcmp(key, "id")) {
        err = act_text_number(t, value, "id", 0xffff, &x);
        a->c.controller_id = (uint16_t)x;
    } else if (!strcmp(key, "reason")) {
        err = parse_reason(value, &a->c.reason);
    } else if (!strcmp(key, "userdata")) {
        err = parse_userdata(value, &a->userdata);
    } else if (!strcmp(key, "pause")) {
        a->c.pause = true;
    } else if (!strcmp(key, "meter_id")) {
        err = act_text_number(t, value, "meter_id", UINT32_MAX, &x);
        a->c.meter_id = (uint32_t)x;
    } else {
        err = xasprintf("unknown key \"%s\" parsing controller action", key);
    }
    return err;
}

static bool
is_plain(const struct act_controller *c)
{
    return c->reason == REASON_ACTION && !c->controller_id && !c->pause
           && !c->meter_id && !c->n_userdata;
}

char *
act_parse_controller(struct act_text *t, struct buf *out)
{
    struct args a = { .c = { .max_len = ACT_MAX_LEN_ALL,
                             .reason = REASON_ACTION },
                      .userdata = BUF_INIT };
    uint64_t x;
    if (str_to_u64(t->arg, 0, &x)) {
        if (x > ACT_MAX_LEN_ALL) {
            return xasprintf("%s: max_len must be 0 to 65535", t->arg);
        }
        act_append_output(out, OFPORT_CONTROLLER)->max_len = (uint16_t)x;
        return NULL;
    }
    char *err = NULL;
    for (char *list = t->arg, *key, *value;
         !err && act_text_pair(&list, &key, &value);) {
        err = controller_arg(t, key, value, &a);
    }
    a.c.n_userdata = (uint32_t)a.userdata.len;
    if (!err && is_plain(&a.c)) {
        act_append_output(out, OFPORT_CONTROLLER)->max_len = a.c.max_len;
    } else if (!err) {
        append_controller(out, &a.c, a.userdata.data);
    }
    buf_fini(&a.userdata);
    return err;
}

static void
put_controller(const struct act *a, const struct ofp_names *names UNUSED,
               struct str *s)
{
    const struct act_controller *c = ACT_CAST(act_controller, a);
    if (is_plain(c)) {
        str_putf(s, "CONTROLLER:%u", c->max_len);
        return;
    }
    str_put(s, "controller(");
    if (c->reason != REASON_ACTION) {
        if (c->reason < ARRAY_SIZE(reasons)) {
            str_putf(s, "reason=%s,", reasons[c->reason]);
        } else {
            str_putf(s, "reason=%u,", c->reason);
        }
    }
    if (c->max_len != ACT_MAX_LEN_ALL) {
        str_putf(s, "max_len=%u,", c->max_len);
    }
    if (c->controller_id) {
        str_putf(s, "id=%u,", c->controller_id);
    }
    if (c->n_userdata) {
        str_put(s, "userdata=");
        for (uint32_t i = 0; i < c->n_userdata; i++) {
            str_putf(s, "%s%02x", i ? "." : "", c->userdata[i]);
        }
        str_put_char(s, ',');
    }
    if (c->pause) {
        str_put(s, "pause,");
    }
    if (c->meter_id) {
        str_putf(s, "meter_id=%u,", c->meter_id);
    }
    str_chomp(s, ',');
    str_put_char(s, ')');
}

/* Wire. */

static size_t
begin_prop(struct buf *b, uint16_t type, size_t len)
{
    size_t start = b->len;
    buf_put_be16(b, type);
    buf_put_be16(b, (uint16_t)(4 + len));
    return start;
}

static void
encode_props(const struct act_controller *c, struct buf *b)
{
    size_t start;
    if (c->max_len != ACT_MAX_LEN_ALL) {
        start = begin_prop(b, PROP_MAX_LEN, 4);
        buf_put_be16(b, c->max_len);
        buf_pad(b, start, 8);
    }
    if (c->controller_id) {
        start = begin_prop(b, PROP_CONTROLLER_ID, 4);
        buf_put_be16(b, c->controller_id);
        buf_pad(b, start, 8);
    }
    if (c->reason != REASON_ACTION) {
        start = begin_prop(b, PROP_REASON, 1);
        buf_put_u8(b, c->reason);
        buf_pad(b, start, 8);
    }
    if (c->n_userdata) {
        start = begin_prop(b, PROP_USERDATA, c->n_userdata);
        buf_put(b, c->userdata, c->n_userdata);
        buf_pad(b, start, 8);
    }
    if (c->pause) {
        start = begin_prop(b, PROP_PAUSE, 0);
        buf_pad(b, start, 8);
    }
    if (c->meter_id) {
        begin_prop(b, PROP_METER_ID, 4);
        buf_put_be32(b, c->meter_id);
    }
}

static void
encode_controller(const struct act *a, enum ofp_version version UNUSED,
                  struct buf *b)
{
    const struct act_controller *c = ACT_CAST(act_controller, a);
    size_t start;
    if (c->n_userdata || c->pause || c->meter_id) {
        start = act_wire_begin_nx(b, 37);
        buf_put_zeros(b, 6);
        encode_props(c, b);
    } else {
        start = act_wire_begin_nx(b, 20);
        buf_put_be16(b, c->max_len);
        buf_put_be16(b, c->controller_id);
        buf_put_u8(b, c->reason);
    }
    act_wire_end(b, start);
}

/* What needs a continuation nothing runs yet. */
static enum ofp_err
check_controller(const struct act *a, struct act_checker *ck)
{
    const struct act_controller *c = ACT_CAST(act_controller, a);
    return c->pause ? act_runs_not(ck) : OFPERR_OK;
}

const struct act_ops act_ops_CONTROLLER = { "controller", put_controller,
                                            encode_controller,
                                            check_controller };
