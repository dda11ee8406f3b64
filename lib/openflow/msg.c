/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes are which message: headers, experimenter and multipart bodies
 * around the layouts of m_*.c. [OF1.3.5 7.1 7.3.5 7.5.4] */
#include "lib/openflow/msg.h"

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/openflow/m_priv.h"
#include "lib/openflow/msg_priv.h"

#define FORM(NAME, KIND, CODE, VER_MIN, VER_MAX, LAYOUT)                      \
    { #NAME, OFM_NONE, FORM_##KIND, CODE, VER_MIN, VER_MAX, &lay_##LAYOUT },
#define MSG(TYPE, MEMBER) { #TYPE, OFM_##TYPE, FORM_NONE, 0, 0, 0, NULL },
/* Rows as msgs.def has them: a MSG row heads its forms. */
static const struct form rows[] = {
#include "lib/openflow/msgs.def"
};

enum {
    OFPT_VENDOR = 4,
    OFPT10_STATS_REQUEST = 16,
    OFPT10_STATS_REPLY = 17,
    OFPT11_MULTIPART_REQUEST = 18,
    OFPT11_MULTIPART_REPLY = 19,
    OFPST_VENDOR = 0xffff,
    OFPSF_MORE = 1,
};

/* First form of each type, as an index in 'rows'. */
static const struct form *
forms_of(enum ofm_type type)
{
    static uint16_t first[OFM_N];
    if (!first[OFM_N - 1]) {
        /* Filled the same by whoever comes first; the last entry last. */
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            if (rows[i].kind == FORM_NONE) {
                first[rows[i].type] = (uint16_t)(i + 1);
            }
        }
    }
    ASSERT(type > OFM_NONE && type < OFM_N);
    return &rows[first[type]];
}

static bool
form_is_end(const struct form *f)
{
    return f == &rows[ARRAY_SIZE(rows)] || f->kind == FORM_NONE;
}

static enum ofm_type
form_type(const struct form *f)
{
    while (f->kind != FORM_NONE) {
        f--;
    }
    return f->type;
}

bool
form_is_nx(const struct form *f)
{
    return f->kind == FORM_NXT || f->kind == FORM_NXST_REQ ||
           f->kind == FORM_NXST_REP;
}

static bool
form_is_onf(const struct form *f)
{
    return f->kind == FORM_ONFT || f->kind == FORM_ONFST_REQ
           || f->kind == FORM_ONFST_REP;
}

static bool
form_is_request(const struct form *f)
{
    return f->kind == FORM_OFPST_REQ || f->kind == FORM_NXST_REQ
           || f->kind == FORM_ONFST_REQ;
}

static bool
form_is_reply(const struct form *f)
{
    return f->kind == FORM_OFPST_REP || f->kind == FORM_NXST_REP
           || f->kind == FORM_ONFST_REP;
}

static bool
form_is_multipart(const struct form *f)
{
    return form_is_request(f) || form_is_reply(f);
}

const struct form *
form_find(enum ofm_type type, uint8_t version, enum ofm_form_hint hint)
{
    const struct form *best = NULL;
    unsigned int n_nx = 0;
    for (const struct form *f = forms_of(type); !form_is_end(f); f++) {
        if (version < f->ver_min || version > f->ver_max) {
            continue;
        }
        n_nx += form_is_nx(f);
        if (!best || (form_is_nx(f) && n_nx <= hint)) {
            best = f;
        }
    }
    return best;
}

bool
ofm_exists(enum ofm_type type, uint8_t version)
{
    return form_find(type, version, OFM_FORM_AUTO) != NULL;
}

const char *
ofm_type_name(enum ofm_type type)
{
    return type > OFM_NONE && type < OFM_N ? forms_of(type)->name : "unknown";
}

/* Life. */

void
ofm_data_fini(struct ofm_data *d)
{
    free(d->p);
    d->p = NULL;
    d->n = 0;
}

void
ofm_init(struct ofm *m, enum ofm_type type)
{
    memset(m, 0, sizeof *m);
    m->type = type;
    const struct layout *l = forms_of(type)->layout;
    if (l->init) {
        l->init(ofm_body(m));
    }
}

void
ofm_fini(struct ofm *m)
{
    const struct layout *l = m->type ? forms_of(m->type)->layout : NULL;
    if (l && l->fini) {
        l->fini(ofm_body(m));
    }
    m->type = OFM_NONE;
}

void
ofm_destroy(struct ofm *m)
{
    if (m) {
        ofm_fini(m);
        free(m);
    }
}

/* Decoding. */

/* What a header says about the body behind it. */
struct head {
    uint8_t version;
    enum form_kind kind;
    uint32_t code;
    uint16_t flags; /* Of a multipart. */
};

static enum ofp_err
head_experimenter(struct cursor *c, struct head *h, bool multipart)
{
    uint32_t vendor = cursor_be32(c);
    h->code = cursor_be32(c);
    if (!cursor_ok(c)) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    bool request = h->kind == FORM_OFPST_REQ;
    if (vendor == OFP_VENDOR_NICIRA) {
        h->kind = !multipart ? FORM_NXT
                  : request  ? FORM_NXST_REQ
                             : FORM_NXST_REP;
    } else if (vendor == OFP_VENDOR_ONF) {
        h->kind = !multipart ? FORM_ONFT
                  : request  ? FORM_ONFST_REQ
                             : FORM_ONFST_REP;
    } else {
        return OFPERR_OFPBRC_BAD_VENDOR;
    }
    return OFPERR_OK;
}

static enum ofp_err
head_multipart(struct cursor *c, struct head *h, bool request)
{
    h->kind = request ? FORM_OFPST_REQ : FORM_OFPST_REP;
    h->code = cursor_be16(c);
    h->flags = cursor_be16(c);
    if (h->version != OFP10_VERSION) {
        cursor_skip(c, 4);
    }
    if (h->code == OFPST_VENDOR) {
        enum ofp_err err = head_experimenter(c, h, true);
        if (err) {
            return err;
        }
        if (h->version == OFP10_VERSION) {
            cursor_skip(c, 4);
        }
    }
    return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBRC_BAD_LEN;
}

static enum ofp_err
head_decode(struct cursor *c, struct head *h)
{
    h->version = cursor_u8(c);
    uint8_t type = cursor_u8(c);
    cursor_skip(c, 6);
    h->kind = FORM_OFPT;
    h->code = type;
    bool v10 = h->version == OFP10_VERSION;
    if (type == OFPT_VENDOR) {
        return head_experimenter(c, h, false);
    }
    if (type == (v10 ? OFPT10_STATS_REQUEST : OFPT11_MULTIPART_REQUEST)) {
        return head_multipart(c, h, true);
    }
    if (type == (v10 ? OFPT10_STATS_REPLY : OFPT11_MULTIPART_REPLY)) {
        return head_multipart(c, h, false);
    }
    return OFPERR_OK;
}

static const struct form *
form_from_head(const struct head *h)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct form *f = &rows[i];
        if (f->kind == h->kind && f->code == h->code &&
            h->version >= f->ver_min && h->version <= f->ver_max) {
            return f;
        }
    }
    return NULL;
}

static enum ofp_err
form_unknown(const struct head *h)
{
    switch (h->kind) {
    case FORM_OFPST_REQ:
    case FORM_OFPST_REP:
        return OFPERR_OFPBRC_BAD_STAT;
    case FORM_NXT:
    case FORM_ONFT:
    case FORM_NXST_REQ:
    case FORM_NXST_REP:
    case FORM_ONFST_REQ:
    case FORM_ONFST_REP:
        return OFPERR_OFPBRC_BAD_SUBTYPE;
    case FORM_OFPT:
    case FORM_NONE:
        break;
    }
    return OFPERR_OFPBRC_BAD_TYPE;
}

/* Which of the extension's forms of its type 'f' is. */
static enum ofm_form_hint
form_hint(const struct form *f)
{
    if (!form_is_nx(f)) {
        return OFM_FORM_AUTO;
    }
    unsigned int n = 1;
    for (const struct form *g = f - 1; g->kind != FORM_NONE; g--) {
        n += form_is_nx(g);
    }
    return n > 1 ? OFM_FORM_NX2 : OFM_FORM_NX;
}

const struct form *
form_of_bytes(const void *data, size_t len, enum ofp_err *err, size_t *body)
{
    struct cursor c = cursor_make(data, len);
    struct head h = { 0, FORM_NONE, 0, 0 };
    *err = head_decode(&c, &h);
    const struct form *f = *err ? NULL : form_from_head(&h);
    *err = *err ? *err : f ? OFPERR_OK : form_unknown(&h);
    *body = len - cursor_left(&c);
    return f;
}

enum ofm_type
ofm_type_of_bytes(const void *data, size_t len, enum ofp_err *err)
{
    size_t body;
    const struct form *f = form_of_bytes(data, len, err, &body);
    return f ? form_type(f) : OFM_NONE;
}

enum ofp_err
ofm_decode(const void *data, size_t len, unsigned int formats, struct ofm **mp)
{
    *mp = NULL;
    struct cursor c = cursor_make(data, len);
    const uint8_t *p = data;
    if (len < OFP_HEADER_BYTES ||
        be16_to_cpu(get_unaligned_be16(p + 2)) != len) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    struct head h = { 0, FORM_NONE, 0, 0 };
    enum ofp_err err = head_decode(&c, &h);
    if (err) {
        return err;
    }
    const struct form *f = form_from_head(&h);
    if (!f) {
        return form_unknown(&h);
    }
    struct ofm *m = xzalloc(sizeof *m);
    ofm_init(m, form_type(f));
    m->form = form_hint(f);
    m->version = h.version;
    m->xid = be32_to_cpu(get_unaligned_be32(p + 4));
    m->more = h.flags & OFPSF_MORE;
    m->head_len = (uint8_t)MIN(len, OFM_HEAD_BYTES);
    memcpy(m->head, data, m->head_len);
    struct lay_ctx ctx = { h.version, formats, m->xid };
    err = layout_decode(f->layout, &c, ofm_body(m), &ctx);
    if (err) {
        ofm_destroy(m);
        return err;
    }
    *mp = m;
    return OFPERR_OK;
}

/* Encoding. */

static uint8_t
wire_type(const struct form *f, uint8_t version)
{
    bool v10 = version == OFP10_VERSION;
    switch (f->kind) {
    case FORM_OFPT:
        return (uint8_t)f->code;
    case FORM_NXT:
    case FORM_ONFT:
        return OFPT_VENDOR;
    case FORM_OFPST_REQ:
    case FORM_NXST_REQ:
    case FORM_ONFST_REQ:
        return v10 ? OFPT10_STATS_REQUEST : OFPT11_MULTIPART_REQUEST;
    case FORM_OFPST_REP:
    case FORM_NXST_REP:
    case FORM_ONFST_REP:
        return v10 ? OFPT10_STATS_REPLY : OFPT11_MULTIPART_REPLY;
    case FORM_NONE:
        break;
    }
    NOT_REACHED();
}

/* Appends everything up to the body; returns where the message starts. */
static size_t
put_head(const struct form *f, uint8_t version, uint32_t xid, struct buf *b)
{
    size_t start = b->len;
    buf_put_u8(b, version);
    buf_put_u8(b, wire_type(f, version));
    buf_put_be16(b, 0);
    buf_put_be32(b, xid);
    if (f->kind == FORM_OFPT) {
        return start;
    }
    bool vendor = form_is_nx(f) || form_is_onf(f);
    if (form_is_multipart(f)) {
        buf_put_be16(b, vendor ? OFPST_VENDOR : (uint16_t)f->code);
        buf_put_be16(b, 0);
        if (version != OFP10_VERSION) {
            buf_put_zeros(b, 4);
        }
    }
    if (vendor) {
        buf_put_be32(b, form_is_onf(f) ? OFP_VENDOR_ONF : OFP_VENDOR_NICIRA);
        buf_put_be32(b, f->code);
    }
    if (version == OFP10_VERSION && vendor && form_is_multipart(f)) {
        buf_put_zeros(b, 4);
    }
    return start;
}

/* Ends the message; false, and it is gone, if it is too long. */
static bool
put_len(struct buf *b, size_t start)
{
    if (b->len - start > OFP_MESSAGE_MAX) {
        b->len = start;
        return false;
    }
    buf_set_be16(b, start + 2, (uint16_t)(b->len - start));
    return true;
}

static bool
takes_nx(enum ofm_type type)
{
    return type == OFM_FLOW_MOD || type == OFM_FLOW_REMOVED ||
           type == OFM_FLOW_REQUEST || type == OFM_AGGREGATE_REQUEST;
}

static enum ofm_form_hint
hint_of(const struct ofm *m, uint8_t version, unsigned int formats)
{
    bool nx = version == OFP10_VERSION && takes_nx(m->type) &&
              formats & (FLOW_FORMAT_NXM | FLOW_FORMAT_NXM_TID);
    return m->form ? m->form : nx ? OFM_FORM_NX : OFM_FORM_AUTO;
}

/* The items of a reply that is one list, else NULL. */
static const struct layout *
form_items(const struct form *f)
{
    return f->layout->n_fields == 1 && f->layout->fields[0].kind == LAY_LIST
               ? f->layout->fields[0].items
               : NULL;
}

static void
encode_list(const struct ofm *m, struct ofm_reply *r)
{
    size_t size = form_items(r->form)->size;
    OFM_VEC(char) v;
    memcpy(&v, ofm_body_const(m), sizeof v);
    r->start = put_head(r->form, r->version, m->xid, r->b);
    for (size_t i = 0; i < v.n; i++) {
        ofm_reply_append(r, v.p + i * size);
    }
    ofm_reply_end(r);
    if (m->more) {
        buf_set_be16(r->b, r->start + 10, OFPSF_MORE);
    }
}

/* Bytes of a packet that fit in a packet-in beside its match and the rest. */
#define PACKET_IN_DATA_MAX 64000

bool
ofm_encode(const struct ofm *m, uint8_t version, unsigned int formats,
           struct buf *b)
{
    const struct form *f
        = form_find(m->type, version, hint_of(m, version, formats));
    ASSERT(f);
    if (form_items(f) && form_is_reply(f)) {
        struct ofm_reply r = { .b = b, .type = m->type, .form = f,
                               .version = version, .formats = formats,
                               .xid = m->xid };
        encode_list(m, &r);
        return true;
    }
    if (m->type == OFM_PACKET_IN
        && m->packet_in.data.n > PACKET_IN_DATA_MAX) {
        struct ofm cut = *m;
        cut.packet_in.data.n = PACKET_IN_DATA_MAX;
        return ofm_encode(&cut, version, formats, b);
    }
    struct lay_ctx ctx = { version, formats, m->xid };
    size_t start = put_head(f, version, m->xid, b);
    layout_encode(f->layout, b, ofm_body_const(m), &ctx);
    if (!put_len(b, start)) {
        return false;
    }
    if (m->more && form_is_multipart(f)) {
        buf_set_be16(b, start + 10, OFPSF_MORE);
    }
    return true;
}

/* Replies item by item. */

enum ofm_type
ofm_reply_type(enum ofm_type request)
{
    switch (request) {
    case OFM_ECHO_REQUEST:
        return OFM_ECHO_REPLY;
    case OFM_FEATURES_REQUEST:
        return OFM_FEATURES_REPLY;
    case OFM_GET_CONFIG_REQUEST:
        return OFM_GET_CONFIG_REPLY;
    case OFM_BARRIER_REQUEST:
        return OFM_BARRIER_REPLY;
    case OFM_QUEUE_GET_CONFIG_REQUEST:
        return OFM_QUEUE_GET_CONFIG_REPLY;
    case OFM_ROLE_REQUEST:
        return OFM_ROLE_REPLY;
    case OFM_GET_ASYNC_REQUEST:
        return OFM_GET_ASYNC_REPLY;
    default:
        break;
    }
    /* A multipart's reply is the next row of multiparts.def. */
    const struct form *f = forms_of(request);
    return form_is_request(f) ? (enum ofm_type)(request + 1) : OFM_NONE;
}

void
ofm_reply_begin(struct ofm_reply *r, const struct ofm *request,
                unsigned int formats, struct buf *b)
{
    *r = (struct ofm_reply){ .b = b,
                             .type = ofm_reply_type(request->type),
                             .version = request->version,
                             .formats = formats,
                             .xid = request->xid };
    ASSERT(r->type != OFM_NONE);
    r->form = form_find(r->type, r->version, request->form);
    ASSERT(r->form && form_items(r->form));
    r->start = put_head(r->form, r->version, r->xid, b);
}

void
ofm_reply_append(struct ofm_reply *r, const void *item)
{
    struct lay_ctx ctx = { r->version, r->formats, r->xid };
    size_t before = r->b->len;
    layout_encode_list(form_items(r->form), r->b, item, 1, &ctx);
    if (r->b->len - r->start <= OFP_MESSAGE_MAX) {
        return;
    }
    /* The item opens the next message. */
    size_t n = r->b->len - before;
    struct buf next = BUF_INIT;
    buf_put(&next, r->b->data + before, n);
    r->b->len = before;
    (void)put_len(r->b, r->start);
    buf_set_be16(r->b, r->start + 10, OFPSF_MORE);
    r->start = put_head(r->form, r->version, r->xid, r->b);
    /* One that does not fit in a message of its own cannot be told. */
    if (r->b->len - r->start + n <= OFP_MESSAGE_MAX) {
        buf_put(r->b, next.data, n);
    }
    buf_fini(&next);
}

void
ofm_reply_end(struct ofm_reply *r)
{
    (void)put_len(r->b, r->start);
}

/* Errors. */

/* What fits beside the longest header of an error, an experimenter's. */
#define ERROR_QUOTE_MAX (OFP_MESSAGE_MAX - OFP_HEADER_BYTES - 12)

void
ofm_error_reply_raw(const void *request, size_t len, uint8_t version,
                    enum ofp_err err, struct buf *b)
{
    struct ofm m;
    struct ofp_err_code code;
    uint8_t v = MIN(version, OFP15_VERSION);
    ofm_init(&m, OFM_ERROR);
    if (!ofp_err_encode(err, v, &code) &&
        !ofp_err_encode(OFPERR_NXBRC_UNENCODABLE_ERROR, v, &code)) {
        code = (struct ofp_err_code){ 0, 1, 1 };
    }
    m.error.err = err;
    m.error.vendor = code.vendor;
    m.error.type = code.type;
    m.error.code = code.code;
    m.error.data.p = (uint8_t *)(uintptr_t)request;
    m.error.data.n = MIN(len, ERROR_QUOTE_MAX);
    const uint8_t *p = request;
    m.xid =
        len >= OFP_HEADER_BYTES ? be32_to_cpu(get_unaligned_be32(p + 4)) : 0;
    ofm_encode(&m, v, 0, b);
}

void
ofm_error_reply(const struct ofm *request, enum ofp_err err, struct buf *b)
{
    ofm_error_reply_raw(request->head, request->head_len, request->version,
                        err, b);
}

void
ofm_random(struct ofm *m, enum ofm_type type, uint8_t version,
           enum ofm_form_hint hint, struct rng *rng)
{
    ofm_init(m, type);
    m->form = hint;
    m->version = version;
    const struct form *f = form_find(type, version, hint);
    struct lay_ctx ctx = { version, 0, 0 };
    if (f) {
        layout_random(f->layout, ofm_body(m), &ctx, rng);
    }
}
