/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs of Nicira's: to the port that a field holds, of the head of the
 * packet only, and as samples to IPFIX. */
#include "lib/openflow/act_priv.h"

#define TRUNC_MIN 14 /* An Ethernet header stays whole. */

/* output:FIELD */

static void
append_output_reg(struct buf *out, const struct act_part *src,
                  uint16_t max_len)
{
    struct act_output_reg *o = act_append(out, ACT_OUTPUT_REG, sizeof *o);
    o->src = *src;
    o->max_len = max_len;
}

enum ofp_err
act_decode_nx_output_reg(struct act_wire *w, struct buf *out)
{
    struct act_part src;
    uint16_t ofs_nbits = cursor_be16(&w->c);
    enum ofp_err err = act_part_decode(&w->c, ofs_nbits >> 6,
                                       (ofs_nbits & 0x3f) + 1u, false, &src);
    if (err) {
        return err;
    }
    uint16_t max_len = cursor_be16(&w->c);
    while (cursor_left(&w->c)) {
        if (cursor_u8(&w->c)) {
            return OFPERR_OFPBAC_BAD_ARGUMENT;
        }
    }
    append_output_reg(out, &src, max_len);
    return OFPERR_OK;
}

bool
act_parse_output_reg(struct act_text *t, struct buf *out)
{
    struct act_part src;
    char *err = act_text_part(t, t->arg, false, &src);
    if (err) {
        free(err);
        return false;
    }
    append_output_reg(out, &src, 0xffff);
    return true;
}

static void
put_output_reg(const struct act *a, const struct ofp_names *names UNUSED,
               struct str *s)
{
    str_put(s, "output:");
    act_part_put(&ACT_CAST(act_output_reg, a)->src, s);
}

static void
encode_output_reg(const struct act *a, enum ofp_version version UNUSED,
                  struct buf *b)
{
    const struct act_output_reg *o = ACT_CAST(act_output_reg, a);
    size_t start = act_wire_begin_nx(b, 15);
    buf_put_be16(b, act_part_ofs_nbits(&o->src));
    act_part_encode_field(&o->src, b);
    buf_put_be16(b, o->max_len);
    buf_put_zeros(b, start + 24 - b->len);
    act_wire_end(b, start);
}

const struct act_ops act_ops_OUTPUT_REG = { "output_reg", put_output_reg,
                                            encode_output_reg, NULL };

/* output(port=P,max_len=N) */

static bool
may_truncate_to(uint32_t port)
{
    return port < OFPORT_MAX10 || port == OFPORT_IN_PORT
           || port == OFPORT_LOCAL;
}

enum ofp_err
act_decode_nx_output_trunc(struct act_wire *w, struct buf *out)
{
    uint32_t port = ofport_from_of10(cursor_be16(&w->c));
    uint32_t max_len = cursor_be32(&w->c);
    if (max_len < TRUNC_MIN || max_len > 0xffff) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    if (!may_truncate_to(port)) {
        return OFPERR_OFPBAC_BAD_OUT_PORT;
    }
    struct act_output *o = act_append(out, ACT_OUTPUT_TRUNC, sizeof *o);
    o->port = port;
    o->max_len = (uint16_t)max_len;
    return OFPERR_OK;
}

char *
act_parse_output_trunc(struct act_text *t, struct buf *out)
{
    const char *port_text = NULL;
    uint32_t port;
    uint64_t max_len = 0;
    char *all = xstrdup(t->arg);
    char *err = NULL;
    for (char *list = t->arg, *key, *value;
         !err && act_text_pair(&list, &key, &value);) {
        if (!strcmp(key, "port")) {
            port_text = value;
        } else if (!strcmp(key, "max_len")) {
            err = act_text_number(t, value, key, 0xffff, &max_len);
        } else {
            err = xasprintf("invalid key '%s' in output_trunc argument", key);
        }
    }
    if (!err && (!port_text || !strstr(all, "max_len"))) {
        err = xasprintf("%s: output to unknown port", all);
    }
    if (!err && !ofport_parse(port_text, t->names, &port)) {
        err = xasprintf("output to unknown truncate port: %s", port_text);
    }
    if (!err && !may_truncate_to(port)) {
        err = xasprintf("output to unsupported truncate port: %s", port_text);
    }
    if (!err && max_len < TRUNC_MIN) {
        err = xasprintf("max_len %u is less than the minimum value %d",
                        (unsigned int)max_len, TRUNC_MIN);
    }
    if (!err) {
        struct act_output *o = act_append(out, ACT_OUTPUT_TRUNC, sizeof *o);
        o->port = port;
        o->max_len = (uint16_t)max_len;
    }
    free(all);
    return err;
}

static void
put_output_trunc(const struct act *a, const struct ofp_names *names,
                 struct str *s)
{
    const struct act_output *o = ACT_CAST(act_output, a);
    str_put(s, "output(port=");
    ofport_put(o->port, names, s);
    str_putf(s, ",max_len=%u)", o->max_len);
}

static void
encode_output_trunc(const struct act *a, enum ofp_version version UNUSED,
                    struct buf *b)
{
    const struct act_output *o = ACT_CAST(act_output, a);
    size_t start = act_wire_begin_nx(b, 39);
    buf_put_be16(b, (uint16_t)o->port);
    buf_put_be32(b, o->max_len);
    act_wire_end(b, start);
}

const struct act_ops act_ops_OUTPUT_TRUNC = { "output_trunc",
                                              put_output_trunc,
                                              encode_output_trunc, NULL };

/* sample: the first form has no port, the second no direction. */

static enum ofp_err
decode_sample(struct act_wire *w, struct buf *out, int form)
{
    struct act_sample s = { .probability = cursor_be16(&w->c) };
    s.collector_set_id = cursor_be32(&w->c);
    s.obs_domain_id = cursor_be32(&w->c);
    s.obs_point_id = cursor_be32(&w->c);
    s.sampling_port = form == 1 ? OFPORT_ANY
                                : ofport_from_of10(cursor_be16(&w->c));
    s.direction = form == 3 ? cursor_u8(&w->c) : ACT_SAMPLE_DEFAULT;
    while (cursor_left(&w->c)) {
        if (cursor_u8(&w->c)) {
            return OFPERR_NXBRC_MUST_BE_ZERO;
        }
    }
    if (!s.probability || s.direction > ACT_SAMPLE_EGRESS) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    struct act_sample *rec = act_append(out, ACT_SAMPLE, sizeof *rec);
    s.hdr = rec->hdr;
    *rec = s;
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_sample(struct act_wire *w, struct buf *out)
{
    return decode_sample(w, out, 1);
}

enum ofp_err
act_decode_nx_sample2(struct act_wire *w, struct buf *out)
{
    return decode_sample(w, out, 2);
}

enum ofp_err
act_decode_nx_sample3(struct act_wire *w, struct buf *out)
{
    return decode_sample(w, out, 3);
}

static char *
sample_arg(struct act_text *t, const char *key, const char *value,
           struct act_sample *s)
{
    uint64_t x = 0;
    char *err = NULL;
    if (!strcmp(key, "probability")) {
        err = act_text_number(t, value, key, 0xffff, &x);
        s->probability = (uint16_t)x;
        if (!err && !x) {
            err = xasprintf("invalid probability value \"%s\"", value);
        }
    } else if (!strcmp(key, "collector_set_id")) {
        err = act_text_number(t, value, key, UINT32_MAX, &x);
        s->collector_set_id = (uint32_t)x;
    } else if (!strcmp(key, "obs_domain_id")) {
        err = act_text_number(t, value, key, UINT32_MAX, &x);
        s->obs_domain_id = (uint32_t)x;
    } else if (!strcmp(key, "obs_point_id")) {
        err = act_text_number(t, value, key, UINT32_MAX, &x);
        s->obs_point_id = (uint32_t)x;
    } else if (!strcmp(key, "sampling_port")) {
        if (!ofport_parse(value, t->names, &s->sampling_port)) {
            err = xasprintf("sampling_port %s: unknown port", value);
        }
    } else if (!strcmp(key, "ingress")) {
        s->direction = ACT_SAMPLE_INGRESS;
    } else if (!strcmp(key, "egress")) {
        s->direction = ACT_SAMPLE_EGRESS;
    } else {
        err = xasprintf("invalid key \"%s\" in \"sample\" argument", key);
    }
    return err;
}

char *
act_parse_sample(struct act_text *t, struct buf *out)
{
    struct act_sample s = { .sampling_port = OFPORT_ANY };
    char *err = NULL;
    for (char *list = t->arg, *key, *value;
         !err && act_text_pair(&list, &key, &value);) {
        err = sample_arg(t, key, value, &s);
    }
    if (!err && !s.probability) {
        err = xasprintf("non-zero \"probability\" must be specified on "
                        "sample");
    }
    if (!err) {
        struct act_sample *rec = act_append(out, ACT_SAMPLE, sizeof *rec);
        s.hdr = rec->hdr;
        *rec = s;
    }
    return err;
}

static void
put_sample(const struct act *a, const struct ofp_names *names, struct str *s)
{
    const struct act_sample *m = ACT_CAST(act_sample, a);
    str_putf(s, "sample(probability=%u,collector_set_id=%u,"
                "obs_domain_id=%u,obs_point_id=%u",
             m->probability, m->collector_set_id, m->obs_domain_id,
             m->obs_point_id);
    if (m->sampling_port != OFPORT_ANY) {
        str_put(s, ",sampling_port=");
        ofport_put(m->sampling_port, names, s);
    }
    if (m->direction) {
        str_put(s, m->direction == ACT_SAMPLE_INGRESS ? ",ingress"
                                                      : ",egress");
    }
    str_put_char(s, ')');
}

static void
encode_sample(const struct act *a, enum ofp_version version UNUSED,
              struct buf *b)
{
    const struct act_sample *m = ACT_CAST(act_sample, a);
    bool has_port = m->sampling_port != OFPORT_ANY;
    size_t start = act_wire_begin_nx(b, m->direction ? 41
                                        : has_port   ? 38
                                                     : 29);
    buf_put_be16(b, m->probability);
    buf_put_be32(b, m->collector_set_id);
    buf_put_be32(b, m->obs_domain_id);
    buf_put_be32(b, m->obs_point_id);
    if (m->direction || has_port) {
        uint16_t port = 0xffff;
        ofport_to_of10(m->sampling_port, &port);
        buf_put_be16(b, port);
        buf_put_u8(b, m->direction);
    }
    act_wire_end(b, start);
}

const struct act_ops act_ops_SAMPLE = { "sample", put_sample, encode_sample,
                                        NULL };
