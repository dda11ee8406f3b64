/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as text, in the form the peer's tools print: the head line, and
 * the short messages.  Families with more to say have files of their own. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/openflow/msg_priv.h"
#include "lib/openflow/print_priv.h"

void
print_bits(struct str *s, uint32_t bits, const char *const names[], size_t n)
{
    if (!bits) {
        str_put(s, "0");
        return;
    }
    const char *sep = "";
    for (size_t i = 0; i < n; i++) {
        if (bits >> i & 1 && names[i]) {
            str_putf(s, "%s%s", sep, names[i]);
            bits &= ~(1u << i);
            sep = " ";
        }
    }
    if (bits) {
        str_putf(s, "%s0x%x", sep, bits);
    }
}

void
print_count(struct str *s, const char *label, uint64_t x)
{
    str_put(s, label);
    if (x == UINT64_MAX) {
        str_put_char(s, '?');
    } else {
        str_putf(s, "%llu", (unsigned long long)x);
    }
}

static void
print_hello(const struct print *p, const struct ofm *m)
{
    uint32_t versions = m->hello.versions;
    if (!versions) {
        versions = (uint32_t)((2ull << MIN(m->version, 31)) - 2);
    }
    str_put(p->s, "\n version bitmap: ");
    const char *sep = "";
    for (unsigned int v = 0; v < 32; v++) {
        if (versions >> v & 1) {
            str_putf(p->s, "%s0x%02x", sep, v);
            sep = ", ";
        }
    }
    if (m->hello.has_unknown) {
        str_put(p->s, "\n unknown data in hello:\n");
        str_put_hexdump(p->s, m->head, m->head_len, 0, true);
    }
}

static bool
is_text(const struct ofm_data *d)
{
    for (size_t i = 0; i < d->n; i++) {
        if ((d->p[i] < 0x20 || d->p[i] > 0x7e) && d->p[i] != '\n') {
            return false;
        }
    }
    return d->n > 0;
}

static void
print_error(const struct print *p, const struct ofm *m)
{
    const struct ofm_error *e = &m->error;
    if (e->err) {
        str_putf(p->s, " %s\n", ofp_err_name(e->err));
    } else {
        str_putf(p->s, " type %u, code %u\n", e->type, e->code);
    }
    bool hello = !e->vendor && !e->type;
    if (hello && is_text(&e->data)) {
        str_put_n(p->s, (const char *)e->data.p, e->data.n);
    } else {
        struct str quoted = STR_INIT;
        ofm_print_bytes(&quoted, e->data.p, e->data.n, p->names, 1);
        str_put(p->s, str_cstr(&quoted));
        str_fini(&quoted);
    }
}

static void
print_echo(const struct print *p, const struct ofm *m)
{
    const struct ofm_data *d = &m->echo.data;
    str_putf(p->s, " %zu bytes of payload\n", d->n);
    if (p->verbosity >= 1) {
        str_put_hexdump(p->s, d->p, d->n, 0, true);
    }
}

static void
print_config(const struct print *p, const struct ofm *m)
{
    static const char *const frags[] = { "normal", "drop", "reassemble",
                                         "nx-match" };
    str_putf(p->s, " frags=%s", frags[m->config.flags & OFPC_FRAG_MASK]);
    if (m->config.flags & OFPC_INVALID_TTL_TO_CONTROLLER) {
        str_put(p->s, " invalid_ttl_to_controller");
    }
    str_putf(p->s, " miss_send_len=%u", m->config.miss_send_len);
}

static void
print_none(const struct print *p UNUSED, const struct ofm *m UNUSED)
{
}

static print_fn *const printers[OFM_N] = {
    [OFM_HELLO] = print_hello,
    [OFM_ERROR] = print_error,
    [OFM_ECHO_REQUEST] = print_echo,
    [OFM_ECHO_REPLY] = print_echo,
    [OFM_FEATURES_REPLY] = print_features,
    [OFM_GET_CONFIG_REPLY] = print_config,
    [OFM_SET_CONFIG] = print_config,
    [OFM_PACKET_IN] = print_packet_in,
    [OFM_FLOW_REMOVED] = print_flow_removed,
    [OFM_PORT_STATUS] = print_port_status,
    [OFM_PACKET_OUT] = print_packet_out,
    [OFM_FLOW_MOD] = print_flow_mod,
    [OFM_GROUP_MOD] = print_group_mod,
    [OFM_PORT_MOD] = print_port_mod,
    [OFM_TABLE_MOD] = print_table_mod,
    [OFM_QUEUE_GET_CONFIG_REQUEST] = print_queue_config_request,
    [OFM_QUEUE_GET_CONFIG_REPLY] = print_queue_config,
    [OFM_ROLE_REQUEST] = print_role,
    [OFM_ROLE_REPLY] = print_role,
    [OFM_ROLE_STATUS] = print_role_status,
    [OFM_BUNDLE_CONTROL] = print_bundle_control,
    [OFM_BUNDLE_ADD_MESSAGE] = print_bundle_add,
    [OFM_REQUESTFORWARD] = print_requestforward,
    [OFM_GET_ASYNC_REPLY] = print_async,
    [OFM_SET_ASYNC_CONFIG] = print_async,
    [OFM_METER_MOD] = print_meter_mod,
    [OFM_SET_FLOW_FORMAT] = print_nx_value,
    [OFM_FLOW_MOD_TABLE_ID] = print_nx_value,
    [OFM_SET_PACKET_IN_FORMAT] = print_nx_value,
    [OFM_SET_CONTROLLER_ID] = print_nx_value,
    [OFM_CT_FLUSH_ZONE] = print_nx_value,
    [OFM_CT_FLUSH] = print_ct_flush,
    [OFM_TLV_TABLE_MOD] = print_tlv_table_mod,
    [OFM_TLV_TABLE_REPLY] = print_tlv_table_reply,
    [OFM_RESUME] = print_packet_in,
    [OFM_FLOW_MONITOR_CANCEL] = print_nx_value,
    [OFM_FLOW_MONITOR_REQUEST] = print_monitor_request,
    [OFM_FLOW_MONITOR_REPLY] = print_monitor_reply,
    [OFM_IPFIX_BRIDGE_REPLY] = print_ipfix_bridge,
    [OFM_IPFIX_FLOW_REPLY] = print_ipfix_flow,
    [OFM_DESC_REPLY] = print_desc,
    [OFM_FLOW_REQUEST] = print_flow_request,
    [OFM_FLOW_REPLY] = print_flow_reply,
    [OFM_AGGREGATE_REQUEST] = print_flow_request,
    [OFM_AGGREGATE_REPLY] = print_aggregate,
    [OFM_TABLE_REPLY] = print_table_reply,
    [OFM_PORT_REQUEST] = print_port_request,
    [OFM_PORT_REPLY] = print_port_reply,
    [OFM_QUEUE_REQUEST] = print_queue_request,
    [OFM_QUEUE_REPLY] = print_queue_reply,
    [OFM_GROUP_REQUEST] = print_group_request,
    [OFM_GROUP_REPLY] = print_group_reply,
    [OFM_GROUP_DESC_REQUEST] = print_group_request,
    [OFM_GROUP_DESC_REPLY] = print_group_desc,
    [OFM_GROUP_FEATURES_REPLY] = print_group_features,
    [OFM_METER_REQUEST] = print_meter_request,
    [OFM_METER_REPLY] = print_meter_reply,
    [OFM_METER_CONFIG_REQUEST] = print_meter_request,
    [OFM_METER_CONFIG_REPLY] = print_meter_config,
    [OFM_METER_FEATURES_REPLY] = print_meter_features,
    [OFM_TABLE_FEATURES_REPLY] = print_table_features,
    [OFM_TABLE_FEATURES_REQUEST] = print_table_features,
    [OFM_PORT_DESC_REQUEST] = print_port_desc_request,
    [OFM_PORT_DESC_REPLY] = print_port_desc,
    [OFM_TABLE_DESC_REPLY] = print_table_desc,
    [OFM_TABLE_STATUS] = print_table_status,
    [OFM_QUEUE_DESC_REQUEST] = print_queue_desc_request,
    [OFM_QUEUE_DESC_REPLY] = print_queue_desc,
};

static void
print_head(struct str *s, const struct form *f, uint8_t version,
           uint32_t xid)
{
    str_put(s, f->name);
    switch (f->kind) {
    case FORM_OFPST_REQ:
    case FORM_NXST_REQ:
    case FORM_ONFST_REQ: str_put(s, " request"); break;
    case FORM_OFPST_REP:
    case FORM_NXST_REP:
    case FORM_ONFST_REP: str_put(s, " reply"); break;
    case FORM_NONE:
    case FORM_OFPT:
    case FORM_NXT:
    case FORM_ONFT: break;
    }
    if (version != OFP10_VERSION) {
        if (version <= OFP15_VERSION) {
            str_putf(s, " (OF1.%d)", version - 1);
        } else {
            str_putf(s, " (OF 0x%02x)", version);
        }
    }
    str_putf(s, " (xid=0x%x):", xid);
}

void
ofm_print(struct str *s, const struct ofm *m, const struct ofp_names *names,
          int verbosity)
{
    struct print p = { s, names, verbosity, m->version };
    const struct form *f = form_find(m->type, m->version, m->form);
    if (f) {
        print_head(s, f, m->version, m->xid);
    }
    if (m->more) {
        str_put(s, " flags=[more]");
    }
    (printers[m->type] ? printers[m->type] : print_none)(&p, m);
    if (!str_ends_with(s, "\n")) {
        str_put_char(s, '\n');
    }
}

static void
print_bad(struct str *s, const uint8_t *data, size_t len, enum ofp_err err)
{
    enum ofp_err head_err;
    size_t body;
    const struct form *f = form_of_bytes(data, len, &head_err, &body);
    /* A fixed message of the wrong length is not called by its name. */
    bool known = f && !(err == OFPERR_OFPBRC_BAD_LEN
                        && len - body < layout_min_bytes(f->layout))
                 && !(err == OFPERR_OFPBRC_BAD_LEN && !f->layout->size);
    if (known) {
        print_head(s, f, data[0], be32_to_cpu(get_unaligned_be32(data + 4)));
        str_put_char(s, ' ');
    }
    str_putf(s, "***decode error: %s***\n", ofp_err_name(err));
    str_put_hexdump(s, data, len, 0, true);
}

void
ofm_print_bytes(struct str *s, const void *data_, size_t len,
                const struct ofp_names *names, int verbosity)
{
    const uint8_t *data = data_;
    if (!len) {
        str_put(s, "OpenFlow message is empty\n");
        return;
    }
    if (len < OFP_HEADER_BYTES) {
        str_putf(s, "OpenFlow packet too short (only %zu bytes):\n", len);
        str_put_hexdump(s, data, len, 0, true);
        return;
    }
    size_t said = be16_to_cpu(get_unaligned_be16(data + 2));
    if (said > len) {
        str_putf(s, "(***truncated to %zu bytes from %zu***)\n", len, said);
        str_put_hexdump(s, data, len, 0, true);
        return;
    }
    if (said < len) {
        str_putf(s, "(***only uses %zu bytes out of %zu***)\n", said, len);
        str_put_hexdump(s, data, len, 0, true);
        return;
    }
    /* A printer has no connection that says whether 1.0's commands carry
     * tables: a high byte that is not zero tells. */
    struct ofm *m;
    enum ofp_err err = ofm_decode(data, len, FLOW_FORMAT_OF10_TID, &m);
    if (!err && m->type == OFM_ERROR && !m->error.err) {
        err = OFPERR_OFPBRC_BAD_LEN;
    }
    if (err) {
        print_bad(s, data, len, err);
    } else {
        ofm_print(s, m, names, verbosity);
    }
    ofm_destroy(m);
}
