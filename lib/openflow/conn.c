/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/openflow/conn.h"

#include <strings.h>

#include "lib/base/assert.h"
#include "lib/base/counters.h"
#include "lib/base/mem.h"

void
ofp_conn_init(struct ofp_conn *c, uint32_t versions)
{
    memset(c, 0, sizeof *c);
    c->versions = versions;
    c->next_xid = 1;
}

void
ofp_conn_fini(struct ofp_conn *c)
{
    buf_fini(&c->rx);
    buf_fini(&c->tx);
    free(c->error);
    c->error = NULL;
}

static uint8_t
highest(uint32_t versions)
{
    return versions ? (uint8_t)(31 - __builtin_clz(versions)) : 0;
}

uint32_t
ofp_conn_new_xid(struct ofp_conn *c)
{
    uint32_t *next = c->xids ? c->xids : &c->next_xid;
    uint32_t xid = *next;
    *next = xid == UINT32_MAX ? 1 : xid + 1;
    return xid;
}

void
ofp_conn_start(struct ofp_conn *c)
{
    struct ofm m;
    ofm_init(&m, OFM_HELLO);
    m.xid = ofp_conn_new_xid(c);
    /* A single version below 1.3 needs no bitmap, as old peers have none. */
    uint8_t v = highest(c->versions);
    if (c->versions != 1u << OFP10_VERSION) {
        m.hello.versions = c->versions;
    }
    ofm_encode(&m, v, 0, &c->tx);
    c->n_tx++;
}

uint32_t
ofp_conn_send(struct ofp_conn *c, struct ofm *m)
{
    ASSERT(c->version);
    if (!m->xid && !m->is_reply) {
        m->xid = ofp_conn_new_xid(c);
    }
    if (!ofm_encode(m, c->version, c->formats, &c->tx)) {
        return 0;
    }
    c->n_tx++;
    return m->xid;
}

void
ofp_conn_feed(struct ofp_conn *c, const void *data, size_t len)
{
    c->last = NULL;
    c->last_len = 0;
    if (c->rx_taken) {
        buf_consume(&c->rx, c->rx_taken);
        c->rx_taken = 0;
    }
    buf_put(&c->rx, data, len);
}

static enum ofp_conn_event
fail(struct ofp_conn *c, char *take_why)
{
    free(c->error);
    c->error = take_why;
    c->failed = true;
    return OFP_CONN_FAILED;
}

void
ofp_versions_put(struct str *s, uint32_t versions)
{
    const char *sep = "";
    for (unsigned int v = 0; v < 32; v++) {
        if (versions >> v & 1) {
            str_putf(s, "%s0x%02x", sep, v);
            sep = ", ";
        }
    }
}

static void
put_support(struct str *s, const char *who, uint32_t versions)
{
    bool one = !(versions & (versions - 1));
    str_putf(s, "%s version%s ", who, one ? "" : "s");
    ofp_versions_put(s, versions);
}

/* Refuses a peer that shares no version. [OF1.3.5 6.3.1] */
static enum ofp_conn_event
refuse_versions(struct ofp_conn *c, const struct ofm *hello, uint32_t theirs)
{
    struct str text = STR_INIT;
    put_support(&text, "We support", c->versions);
    put_support(&text, ", you support", theirs);
    str_put(&text, ", no common versions.");
    struct ofm m;
    ofm_init(&m, OFM_ERROR);
    m.xid = hello->xid;
    m.error.type = m.error.code = 0; /* HELLO_FAILED, INCOMPATIBLE. */
    m.error.data.p = (uint8_t *)text.s;
    m.error.data.n = text.len;
    ofm_encode(&m, MIN(hello->version, OFP15_VERSION), 0, &c->tx);
    c->n_tx++;
    str_clear(&text);
    put_support(&text, "version negotiation failed (we support", c->versions);
    put_support(&text, ", peer supports", theirs);
    str_put(&text, ")");
    return fail(c, str_steal(&text));
}

static enum ofp_conn_event
take_hello(struct ofp_conn *c, const struct ofm *hello)
{
    uint8_t said = MIN(hello->version, 31);
    uint32_t theirs = hello->hello.versions;
    if (!theirs) {
        /* A version stands for all before it. */
        theirs = (uint32_t)((2ull << said) - 2);
    }
    uint32_t common = theirs & c->versions;
    if (!common) {
        return refuse_versions(c, hello, theirs);
    }
    c->version = highest(common);
    c->formats = ofp_version_format(c->version);
    return OFP_CONN_READY;
}

/* The error for bytes that do not decode, unless they are an error: two
 * programs that answer each other's errors would never end. */
static void
answer_bad(struct ofp_conn *c, enum ofp_err err)
{
    c->n_bad++;
    counter_inc(ofp_decode_error);
    if (!c->raw_errors && c->last[1] != 1) {
        uint8_t v = c->version ? c->version : highest(c->versions);
        ofm_error_reply_raw(c->last, c->last_len, v, err, &c->tx);
        c->n_tx++;
    }
}

static enum ofp_conn_event
take_first(struct ofp_conn *c, struct ofm **mp)
{
    struct ofm *m;
    enum ofp_err err = ofm_decode(c->last, c->last_len, 0, &m);
    enum ofp_conn_event ev;
    if (err) {
        answer_bad(c, err);
        return fail(c, xasprintf("received bad message (%s) instead of hello",
                                 ofp_err_name(err)));
    }
    if (m->type == OFM_HELLO) {
        ev = take_hello(c, m);
    } else {
        struct str s = STR_INIT;
        ofm_print(&s, m, NULL, 1);
        str_chomp(&s, '\n');
        ev = fail(c, xasprintf("received %s instead of hello", str_cstr(&s)));
        str_fini(&s);
    }
    ofm_destroy(m);
    *mp = NULL;
    return ev;
}

static enum ofp_conn_event
take_message(struct ofp_conn *c, struct ofm **mp)
{
    if (c->last[0] != c->version) {
        uint8_t came = c->last[0];
        if (c->last[1] == 0) {
            return OFP_CONN_NONE; /* A late hello. */
        }
        answer_bad(c, OFPERR_OFPBRC_BAD_VERSION);
        return fail(c, xasprintf("received OpenFlow version 0x%02x != "
                                 "expected %02x",
                                 came, c->version));
    }
    enum ofp_err err = ofm_decode(c->last, c->last_len, c->formats, mp);
    if (err) {
        answer_bad(c, err);
        return OFP_CONN_NONE;
    }
    struct ofm *m = *mp;
    if (m->type == OFM_ECHO_REQUEST && !c->keep_echo) {
        m->type = OFM_ECHO_REPLY; /* The same body. */
        m->is_reply = true;
        ofp_conn_send(c, m);
        m->type = OFM_ECHO_REQUEST;
    } else if (m->type != OFM_HELLO) {
        return OFP_CONN_MESSAGE;
    }
    ofm_destroy(m);
    *mp = NULL;
    return OFP_CONN_NONE;
}

enum ofp_conn_event
ofp_conn_next(struct ofp_conn *c, struct ofm **mp)
{
    *mp = NULL;
    if (c->failed) {
        return OFP_CONN_FAILED;
    }
    for (;;) {
        size_t left = c->rx.len - c->rx_taken;
        const uint8_t *p = left ? c->rx.data + c->rx_taken : NULL;
        if (left < OFP_HEADER_BYTES) {
            return OFP_CONN_NONE;
        }
        size_t len = be16_to_cpu(get_unaligned_be16(p + 2));
        if (len < OFP_HEADER_BYTES) {
            return fail(c, xasprintf("received too-short OpenFlow message "
                                     "(%zu bytes)",
                                     len));
        }
        if (left < len) {
            return OFP_CONN_NONE;
        }
        c->last = p;
        c->last_len = len;
        c->rx_taken += len;
        c->n_rx++;
        enum ofp_conn_event ev =
            c->version ? take_message(c, mp) : take_first(c, mp);
        if (ev != OFP_CONN_NONE) {
            return ev;
        }
    }
}

/* Names of versions. */

static const char *const version_names[] = {
    [OFP10_VERSION] = "OpenFlow10", [OFP11_VERSION] = "OpenFlow11",
    [OFP12_VERSION] = "OpenFlow12", [OFP13_VERSION] = "OpenFlow13",
    [OFP14_VERSION] = "OpenFlow14", [OFP15_VERSION] = "OpenFlow15",
};

const char *
ofp_version_name(uint8_t version)
{
    return version && version < ARRAY_SIZE(version_names)
               ? version_names[version]
               : "unknown";
}

static uint8_t
version_from_name(const char *s)
{
    for (uint8_t v = OFP10_VERSION; v <= OFP15_VERSION; v++) {
        const char *name = version_names[v];
        char dotted[] = "OpenFlow1.0";
        dotted[10] = name[9];
        if (!strcasecmp(s, name) || !strcasecmp(s, dotted) ||
            !strcmp(s, dotted + 8)) {
            return v;
        }
    }
    return 0;
}

bool
ofp_versions_from_text(const char *text, uint32_t *versions, char **bad)
{
    char *copy = xstrdup(text);
    char *save = NULL;
    *versions = 0;
    *bad = NULL;
    for (char *t = strtok_r(copy, ", \t", &save); t;
         t = strtok_r(NULL, ", \t", &save)) {
        uint8_t v = version_from_name(t);
        if (!v) {
            *bad = xstrdup(t);
            break;
        }
        *versions |= 1u << v;
    }
    free(copy);
    return !*bad;
}

unsigned int
ofp_version_format(uint8_t version)
{
    switch (version) {
    case OFP10_VERSION:
        return FLOW_FORMAT_OF10;
    case OFP11_VERSION:
        return FLOW_FORMAT_OF11;
    case OFP12_VERSION:
        return FLOW_FORMAT_OF12;
    case OFP13_VERSION:
        return FLOW_FORMAT_OF13;
    case OFP14_VERSION:
        return FLOW_FORMAT_OF14;
    case OFP15_VERSION:
        return FLOW_FORMAT_OF15;
    default:
        return 0;
    }
}

uint8_t
ofp_format_version(unsigned int format)
{
    for (uint8_t v = OFP11_VERSION; v <= OFP15_VERSION; v++) {
        if (format & ofp_version_format(v)) {
            return v;
        }
    }
    return OFP10_VERSION;
}
