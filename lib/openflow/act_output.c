/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that send a packet somewhere: output, enqueue, group,
 * and the queue they use. */
#include "lib/openflow/act_priv.h"

#define GROUP_MAX 0xffffff00u /* [OF1.3.5 7.2.3.4 OFPG_MAX] */

/* output */

static enum ofp_err
check_port(uint32_t port)
{
    switch (port) {
    case OFPORT_ANY:
    case OFPORT_UNSET:
        return OFPERR_OFPBAC_BAD_OUT_PORT;
    default:
        return port < OFPORT_MAX10 || port >= OFPORT_UNSET
                   ? OFPERR_OK
                   : OFPERR_OFPBAC_BAD_OUT_PORT;
    }
}

enum ofp_err
act_decode_output10(struct act_wire *w, struct buf *out)
{
    uint32_t port = ofport_from_of10(cursor_be16(&w->c));
    uint16_t max_len = cursor_be16(&w->c);
    act_append_output(out, port)->max_len = max_len;
    return check_port(port);
}

enum ofp_err
act_decode_output11(struct act_wire *w, struct buf *out)
{
    uint32_t port = cursor_be32(&w->c);
    uint16_t max_len = cursor_be16(&w->c);
    if (!ofport_is_valid(port)) {
        return OFPERR_OFPBAC_BAD_OUT_PORT;
    }
    act_append_output(out, port)->max_len = max_len;
    return check_port(port);
}

char *
act_parse_output(struct act_text *t, struct buf *out)
{
    uint32_t port;
    if (strstr(t->arg, "port=") || strstr(t->arg, "max_len=")) {
        return act_parse_output_trunc(t, out);
    }
    char *err = act_text_port(t, t->arg, &port);
    if (!err) {
        act_append_output(out, port)->max_len =
            port == OFPORT_CONTROLLER ? ACT_MAX_LEN_ALL : 0;
        return NULL;
    }
    if (act_parse_output_reg(t, out)) {
        free(err);
        return NULL;
    }
    return err;
}

static void
put_output(const struct act *a, const struct ofp_names *names, struct str *s)
{
    const struct act_output *o = ACT_CAST(act_output, a);
    if (o->port < OFPORT_MAX10) {
        str_put(s, "output:");
    }
    ofport_put(o->port, names, s);
    if (o->port == OFPORT_CONTROLLER) {
        str_putf(s, ":%u", o->max_len);
    }
}

static void
encode_output(const struct act *a, enum ofp_version version, struct buf *b)
{
    const struct act_output *o = ACT_CAST(act_output, a);
    size_t start = act_wire_begin(b, 0);
    if (version == OFP10_VERSION) {
        buf_put_be16(b, (uint16_t)o->port);
    } else {
        buf_put_be32(b, o->port);
    }
    buf_put_be16(b, o->max_len);
    act_wire_end(b, start);
}

static enum ofp_err
check_output(const struct act *a, struct act_checker *ck UNUSED)
{
    return check_port(ACT_CAST(act_output, a)->port);
}

const struct act_ops act_ops_OUTPUT = { "output", put_output, encode_output,
                                        check_output };

/* enqueue */

static enum ofp_err
check_enqueue_port(uint32_t port)
{
    return port < OFPORT_MAX10 || port == OFPORT_IN_PORT
                   || port == OFPORT_LOCAL
               ? OFPERR_OK
               : OFPERR_OFPBAC_BAD_OUT_PORT;
}

enum ofp_err
act_decode_enqueue(struct act_wire *w, struct buf *out)
{
    struct act_enqueue *e = act_append(out, ACT_ENQUEUE, sizeof *e);
    e->port = ofport_from_of10(cursor_be16(&w->c));
    cursor_skip(&w->c, 6);
    e->queue = cursor_be32(&w->c);
    return check_enqueue_port(e->port);
}

char *
act_parse_enqueue(struct act_text *t, struct buf *out)
{
    char *colon = strpbrk(t->arg, ":,");
    if (!colon) {
        return xasprintf("\"enqueue\" syntax is \"enqueue:PORT:QUEUE\" or "
                         "\"enqueue(PORT,QUEUE)\"");
    }
    *colon = '\0';
    uint32_t port;
    uint64_t queue;
    char *err = act_text_port(t, t->arg, &port);
    if (!err) {
        err = act_text_number(t, colon + 1, "queue", UINT32_MAX, &queue);
    }
    if (!err) {
        struct act_enqueue *e = act_append(out, ACT_ENQUEUE, sizeof *e);
        e->port = port;
        e->queue = (uint32_t)queue;
    }
    return err;
}

static void
put_enqueue(const struct act *a, const struct ofp_names *names,
            struct str *s)
{
    const struct act_enqueue *e = ACT_CAST(act_enqueue, a);
    str_put(s, "enqueue:");
    ofport_put(e->port, names, s);
    str_putf(s, ":%u", e->queue);
}

static void
encode_queue(uint32_t queue, enum ofp_version version, struct buf *b)
{
    size_t start = version == OFP10_VERSION ? act_wire_begin_nx(b, 4)
                                            : act_wire_begin(b, 21);
    if (version == OFP10_VERSION) {
        buf_put_zeros(b, 2);
    }
    buf_put_be32(b, queue);
    act_wire_end(b, start);
}

static void
encode_pop_queue(const struct act *a UNUSED, enum ofp_version version UNUSED,
                 struct buf *b)
{
    act_wire_end(b, act_wire_begin_nx(b, 5));
}

static void
encode_enqueue(const struct act *a, enum ofp_version version, struct buf *b)
{
    const struct act_enqueue *e = ACT_CAST(act_enqueue, a);
    if (version == OFP10_VERSION) {
        size_t start = act_wire_begin(b, 11);
        buf_put_be16(b, (uint16_t)e->port);
        buf_put_zeros(b, 6);
        buf_put_be32(b, e->queue);
        act_wire_end(b, start);
        return;
    }
    struct act_output out = { .port = e->port, .max_len = 0xffff };
    encode_queue(e->queue, version, b);
    encode_output(&out.hdr, version, b);
    encode_pop_queue(a, version, b);
}

static enum ofp_err
check_enqueue(const struct act *a, struct act_checker *ck UNUSED)
{
    return check_enqueue_port(ACT_CAST(act_enqueue, a)->port);
}

const struct act_ops act_ops_ENQUEUE = { "enqueue", put_enqueue,
                                         encode_enqueue, check_enqueue };

/* group */

static enum ofp_err
append_group(uint32_t id, struct buf *out)
{
    struct act_group *g = act_append(out, ACT_GROUP, sizeof *g);
    g->group_id = id;
    return OFPERR_OK;
}

enum ofp_err
act_decode_group(struct act_wire *w, struct buf *out)
{
    return append_group(cursor_be32(&w->c), out);
}

enum ofp_err
act_decode_nx_group(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 2);
    return append_group(cursor_be32(&w->c), out);
}

char *
act_parse_group(struct act_text *t, struct buf *out)
{
    uint64_t id;
    char *err = act_text_number(t, t->arg, "group", UINT32_MAX, &id);
    if (!err) {
        append_group((uint32_t)id, out);
    }
    return err;
}

static void
put_group(const struct act *a, const struct ofp_names *names UNUSED,
          struct str *s)
{
    str_putf(s, "group:%u", ACT_CAST(act_group, a)->group_id);
}

static void
encode_group(const struct act *a, enum ofp_version version, struct buf *b)
{
    size_t start = version == OFP10_VERSION ? act_wire_begin_nx(b, 40)
                                            : act_wire_begin(b, 22);
    if (version == OFP10_VERSION) {
        buf_put_zeros(b, 2);
    }
    buf_put_be32(b, ACT_CAST(act_group, a)->group_id);
    act_wire_end(b, start);
}

static enum ofp_err
check_group(const struct act *a, struct act_checker *ck UNUSED)
{
    return ACT_CAST(act_group, a)->group_id > GROUP_MAX
               ? OFPERR_OFPBAC_BAD_OUT_GROUP
               : OFPERR_OK;
}

const struct act_ops act_ops_GROUP = { "group", put_group, encode_group,
                                       check_group };

/* set_queue, pop_queue */

static enum ofp_err
append_queue(uint32_t id, struct buf *out)
{
    struct act_set_queue *q = act_append(out, ACT_SET_QUEUE, sizeof *q);
    q->queue_id = id;
    return OFPERR_OK;
}

enum ofp_err
act_decode_set_queue(struct act_wire *w, struct buf *out)
{
    return append_queue(cursor_be32(&w->c), out);
}

enum ofp_err
act_decode_nx_set_queue(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 2);
    return append_queue(cursor_be32(&w->c), out);
}

enum ofp_err
act_decode_nx_pop_queue(struct act_wire *w UNUSED, struct buf *out)
{
    act_append(out, ACT_POP_QUEUE, sizeof(struct act));
    return OFPERR_OK;
}

char *
act_parse_set_queue(struct act_text *t, struct buf *out)
{
    uint64_t id;
    char *err = act_text_number(t, t->arg, "set_queue", UINT32_MAX, &id);
    if (!err) {
        append_queue((uint32_t)id, out);
    }
    return err;
}

char *
act_parse_pop_queue(struct act_text *t UNUSED, struct buf *out)
{
    act_append(out, ACT_POP_QUEUE, sizeof(struct act));
    return NULL;
}

static void
put_set_queue(const struct act *a, const struct ofp_names *names UNUSED,
              struct str *s)
{
    str_putf(s, "set_queue:%u", ACT_CAST(act_set_queue, a)->queue_id);
}

static void
put_pop_queue(const struct act *a UNUSED,
              const struct ofp_names *names UNUSED, struct str *s)
{
    str_put(s, "pop_queue");
}

static void
encode_set_queue(const struct act *a, enum ofp_version version,
                 struct buf *b)
{
    encode_queue(ACT_CAST(act_set_queue, a)->queue_id, version, b);
}

const struct act_ops act_ops_SET_QUEUE = { "set_queue", put_set_queue,
                                           encode_set_queue, NULL };
const struct act_ops act_ops_POP_QUEUE = { "pop_queue", put_pop_queue,
                                           encode_pop_queue, NULL };
