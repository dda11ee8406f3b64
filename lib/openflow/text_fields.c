/* SPDX-License-Identifier: Apache-2.0 */
/* Fields in sets: the order they are read in, and those that a group hashes,
 * "fields(eth_type,ip_src=255.255.0.0)". */
#include "lib/base/mem.h"
#include "lib/openflow/text_priv.h"

/* The order in which users read fields: fields.def has that of the wire. */
static const uint8_t reading_order[] = {
    FIELD_DP_HASH, FIELD_RECIRC_ID, FIELD_PACKET_TYPE, FIELD_TUN_ID,
    FIELD_TUN_SRC, FIELD_TUN_DST, FIELD_TUN_IPV6_SRC, FIELD_TUN_IPV6_DST,
    FIELD_TUN_FLAGS, FIELD_TUN_TTL, FIELD_TUN_TOS, FIELD_TUN_GBP_ID,
    FIELD_TUN_GBP_FLAGS, FIELD_TUN_ERSPAN_IDX, FIELD_TUN_ERSPAN_VER,
    FIELD_TUN_ERSPAN_DIR, FIELD_TUN_ERSPAN_HWID, FIELD_TUN_GTPU_FLAGS,
    FIELD_TUN_GTPU_MSGTYPE, FIELD_METADATA, FIELD_CONJ_ID, FIELD_IN_PORT,
    FIELD_IN_PORT_OXM, FIELD_ACTSET_OUTPUT, FIELD_SKB_PRIORITY,
    FIELD_PKT_MARK, FIELD_CT_STATE, FIELD_CT_ZONE, FIELD_CT_MARK,
    FIELD_CT_LABEL, FIELD_CT_NW_PROTO, FIELD_CT_NW_SRC, FIELD_CT_NW_DST,
    FIELD_CT_IPV6_SRC, FIELD_CT_IPV6_DST, FIELD_CT_TP_SRC, FIELD_CT_TP_DST,
    FIELD_REG0, FIELD_REG1, FIELD_REG2, FIELD_REG3, FIELD_REG4, FIELD_REG5,
    FIELD_REG6, FIELD_REG7, FIELD_REG8, FIELD_REG9, FIELD_REG10, FIELD_REG11,
    FIELD_REG12, FIELD_REG13, FIELD_REG14, FIELD_REG15, FIELD_REG16,
    FIELD_REG17, FIELD_REG18, FIELD_REG19, FIELD_REG20, FIELD_REG21,
    FIELD_REG22, FIELD_REG23, FIELD_REG24, FIELD_REG25, FIELD_REG26,
    FIELD_REG27, FIELD_REG28, FIELD_REG29, FIELD_REG30, FIELD_REG31,
    FIELD_XREG0, FIELD_XREG1, FIELD_XREG2, FIELD_XREG3, FIELD_XREG4,
    FIELD_XREG5, FIELD_XREG6, FIELD_XREG7, FIELD_XREG8, FIELD_XREG9,
    FIELD_XREG10, FIELD_XREG11, FIELD_XREG12, FIELD_XREG13, FIELD_XREG14,
    FIELD_XREG15, FIELD_XXREG0, FIELD_XXREG1, FIELD_XXREG2, FIELD_XXREG3,
    FIELD_XXREG4, FIELD_XXREG5, FIELD_XXREG6, FIELD_XXREG7, FIELD_ETH_SRC,
    FIELD_ETH_DST, FIELD_ETH_TYPE, FIELD_VLAN_TCI, FIELD_DL_VLAN,
    FIELD_VLAN_VID, FIELD_DL_VLAN_PCP, FIELD_VLAN_PCP, FIELD_MPLS_LABEL,
    FIELD_MPLS_TC, FIELD_MPLS_BOS, FIELD_MPLS_TTL, FIELD_IP_SRC, FIELD_IP_DST,
    FIELD_IPV6_SRC, FIELD_IPV6_DST, FIELD_IPV6_LABEL, FIELD_NW_PROTO,
    FIELD_NW_TOS, FIELD_IP_DSCP, FIELD_NW_ECN, FIELD_NW_TTL, FIELD_IP_FRAG,
    FIELD_ARP_OP, FIELD_ARP_SPA, FIELD_ARP_TPA, FIELD_ARP_SHA, FIELD_ARP_THA,
    FIELD_TCP_SRC, FIELD_TCP_DST, FIELD_TCP_FLAGS, FIELD_UDP_SRC,
    FIELD_UDP_DST, FIELD_SCTP_SRC, FIELD_SCTP_DST, FIELD_ICMP_TYPE,
    FIELD_ICMP_CODE, FIELD_ICMPV6_TYPE, FIELD_ICMPV6_CODE, FIELD_ND_TARGET,
    FIELD_ND_SLL, FIELD_ND_TLL, FIELD_ND_RESERVED, FIELD_ND_OPTIONS_TYPE,
    FIELD_NSH_FLAGS, FIELD_NSH_TTL, FIELD_NSH_MDTYPE, FIELD_NSH_NP,
    FIELD_NSH_SPI, FIELD_NSH_SI, FIELD_NSH_C1, FIELD_NSH_C2, FIELD_NSH_C3,
    FIELD_NSH_C4,
};
_Static_assert(sizeof reading_order == FIELD_N, "every field once");

enum field_id
text_field_at(size_t rank)
{
    return (enum field_id)reading_order[rank];
}

static size_t
rank_of(uint16_t id)
{
    size_t i = 0;
    while (i + 1 < FIELD_N && reading_order[i] != id) {
        i++;
    }
    return i;
}

bool
group_spec_add_field(struct group_spec *g, const struct field *f,
                     const union field_value *mask)
{
    if (g->n_fields >= GROUP_FIELDS_MAX) {
        return false;
    }
    size_t at = g->n_fields++;
    for (; at && rank_of(g->fields[at - 1].field) > rank_of((uint16_t)f->id);
         at--) {
        g->fields[at] = g->fields[at - 1];
    }
    g->fields[at] = (struct group_field){ (uint16_t)f->id, *mask };
    return true;
}

void
group_fields_put(const struct group_spec *g, struct str *s)
{
    if (!g->n_fields) {
        return;
    }
    str_put(s, g->n_fields > 1 ? ",fields(" : ",fields=");
    for (size_t i = 0; i < g->n_fields; i++) {
        const struct group_field *gf = &g->fields[i];
        const struct field *f = field_from_id((enum field_id)gf->field);
        str_putf(s, "%s%s", i ? "," : "", f->name);
        if (!field_value_is_ones(f, &gf->mask)) {
            str_put_char(s, '=');
            field_put(f, &gf->mask, NULL, NULL, s);
        }
    }
    str_put(s, g->n_fields > 1 ? ")" : "");
}

/* One "field" or "field=mask". */
static char *
parse_field(char *text, const struct ofp_names *names, struct group_spec *g)
{
    char *value = strchr(text, '=');
    if (value) {
        *value++ = '\0';
    }
    const struct field *f = field_from_name(text, strlen(text));
    union field_value mask, of_mask;
    if (!f) {
        return xasprintf("unknown field %s", text);
    }
    field_value_ones(f, &mask);
    if (value) {
        char *err = field_parse(f, value, names, &mask, &of_mask);
        bool bad = err || !field_value_is_ones(f, &of_mask)
                   || (!f->maskable && !field_value_is_ones(f, &mask));
        free(err);
        if (bad) {
            return xasprintf("%s: invalid mask for field %s", value, text);
        }
    }
    if (!field_header_for(f, OFP15_VERSION)) {
        return xasprintf("%s: a field without a wire form cannot be hashed",
                         text);
    }
    return group_spec_add_field(g, f, &mask) ? NULL
                                             : xasprintf("too many fields");
}

char *
group_fields_parse(char *text, const struct ofp_names *names,
                   struct group_spec *g)
{
    char *save = NULL, *err = NULL;
    for (char *p = strtok_r(text, ", ", &save); p && !err;
         p = strtok_r(NULL, ", ", &save)) {
        err = parse_field(p, names, g);
    }
    return err;
}
