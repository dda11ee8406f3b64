/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the wire formats that carry flows, and what fits in which. */
#include <strings.h>

#include "lib/openflow/act_priv.h"
#include "lib/openflow/text_priv.h"

#define FORMATS_STD10 (FLOW_FORMAT_OF10 | FLOW_FORMAT_OF10_TID)
#define FORMATS_NXM (FLOW_FORMAT_NXM | FLOW_FORMAT_NXM_TID)
#define FORMATS_OXM                                                           \
    (FLOW_FORMAT_OF12 | FLOW_FORMAT_OF13 | FLOW_FORMAT_OF14                   \
     | FLOW_FORMAT_OF15)

/* Groups first, so that a set is told in few words. */
static const struct {
    const char *name;
    unsigned int formats;
} names[] = {
    { "any", FLOW_FORMAT_ANY },
    { "OpenFlow10", FORMATS_STD10 },
    { "NXM", FORMATS_NXM },
    { "OXM", FORMATS_OXM },
    { "OpenFlow10-table_id", FLOW_FORMAT_OF10 },
    { "OpenFlow10+table_id", FLOW_FORMAT_OF10_TID },
    { "NXM-table_id", FLOW_FORMAT_NXM },
    { "NXM+table_id", FLOW_FORMAT_NXM_TID },
    { "OpenFlow11", FLOW_FORMAT_OF11 },
    { "OXM-OpenFlow12", FLOW_FORMAT_OF12 },
    { "OXM-OpenFlow13", FLOW_FORMAT_OF13 },
    { "OXM-OpenFlow14", FLOW_FORMAT_OF14 },
    { "OXM-OpenFlow15", FLOW_FORMAT_OF15 },
};

void
flow_formats_put(unsigned int formats, struct str *s)
{
    const char *sep = "";
    if (!formats) {
        str_put(s, "none");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if ((names[i].formats & formats) == names[i].formats) {
            str_putf(s, "%s%s", sep, names[i].name);
            formats &= ~names[i].formats;
            sep = ",";
        }
    }
}

unsigned int
flow_format_from_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcasecmp(name, names[i].name)) {
            return names[i].formats;
        }
    }
    return 0;
}

const char *
flow_format_name(enum flow_format format)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].formats == (unsigned int)format) {
            return names[i].name;
        }
    }
    return "none";
}

/* Formats in which one action can be said. */
static unsigned int
formats_of_action(const struct act *a)
{
    switch (a->type) {
    case ACT_SET_FIELD: {
        const struct act_set_field *sf = ACT_CAST(act_set_field, a);
        unsigned int formats = FORMATS_NXM | FORMATS_OXM;
        formats |= act_set_field_is_old(sf, OFP10_VERSION) ? FORMATS_STD10
                                                           : 0;
        formats |= act_set_field_is_old(sf, OFP11_VERSION) ? FLOW_FORMAT_OF11
                                                           : 0;
        return formats;
    }
    case ACT_PUSH_VLAN:
        return FORMATS_OXM | FLOW_FORMAT_OF11;
    case ACT_METER:
    case ACT_ENCAP:
        return FORMATS_OXM & ~(unsigned int)FLOW_FORMAT_OF12;
    case ACT_WRITE_METADATA:
        return FLOW_FORMAT_ANY & ~FORMATS_STD10;
    default:
        return FLOW_FORMAT_ANY;
    }
}

unsigned int
flow_formats_of_actions(const struct act_list *acts)
{
    unsigned int formats = FLOW_FORMAT_ANY;
    ACT_FOR_EACH (a, acts) {
        formats &= formats_of_action(a);
        if (a->type == ACT_CT) {
            struct act_list exec = act_ct_list(ACT_CAST(act_ct, a));
            formats &= flow_formats_of_actions(&exec);
        }
    }
    return formats;
}

/* True if the match of OpenFlow 1.1 can say 'match': that of 1.0 and masks
 * of addresses, metadata, MPLS and ECN besides. */
static bool
fits_ofp11(const struct match *match)
{
    static const enum field_id more[] = {
        FIELD_METADATA, FIELD_ETH_SRC, FIELD_ETH_DST,    FIELD_NW_ECN,
        FIELD_IP_SRC,   FIELD_IP_DST,  FIELD_MPLS_LABEL, FIELD_MPLS_TC,
    };
    struct match rest = *match;
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        match_clear_field(&rest, field_from_id(more[i]));
    }
    return ofp10_match_fits(&rest);
}

unsigned int
flow_formats_of_match(const struct match *match)
{
    return FORMATS_NXM | FORMATS_OXM
           | (ofp10_match_fits(match) ? FORMATS_STD10 : 0)
           | (fits_ofp11(match) ? FLOW_FORMAT_OF11 : 0);
}
