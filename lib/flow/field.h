/* SPDX-License-Identifier: Apache-2.0 */
/* Match fields by name, by wire header and by place in struct flow.
 *
 * Everything about a field is one row of fields.def; this header is the way
 * to ask for it.  A field's value outside struct flow is a 'union
 * field_value': 'n_bytes' bytes in network order from the start of the union,
 * right-aligned bits, the rest zero.  Static tables only: no allocation except
 * for error texts, any thread. */
#ifndef WEIR_FLOW_FIELD_H
#define WEIR_FLOW_FIELD_H 1

#include "lib/base/types.h"
#include "lib/flow/flow.h"
#include "lib/flow/ofport.h"

struct rng;
struct str;

enum field_id {
#define FIELD(ID, NAME, ALIAS, MEMBER, REP, SHIFT, BITS, BYTES, FORM, MASK,   \
              ACCESS, PRE, NXM, OXM, OXM_ALT, SENTENCE)                       \
    FIELD_##ID,
#include "lib/flow/fields.def"
#undef FIELD
    FIELD_N
};

union field_value {
    uint8_t b[16];
    uint8_t u8;
    be16 be16;
    be32 be32;
    be64 be64;
    struct eth_addr mac;
    uint8_t ipv6[16];
    uint64_t words[2]; /* For comparing and masking whole values. */
};

/* What a packet must be for the field to exist in it. */
enum field_pre {
    FIELD_PRE_NONE,
    FIELD_PRE_VLAN_VID, /* A tag. */
    FIELD_PRE_MPLS,
    FIELD_PRE_NSH,
    FIELD_PRE_CT, /* IP that connection tracking has seen. */
    FIELD_PRE_CT4,
    FIELD_PRE_CT6,
    FIELD_PRE_ARP, /* ARP or RARP. */
    FIELD_PRE_IPV4,
    FIELD_PRE_IPV6,
    FIELD_PRE_IP, /* Either. */
    FIELD_PRE_TCP,
    FIELD_PRE_UDP,
    FIELD_PRE_SCTP,
    FIELD_PRE_ICMPV4,
    FIELD_PRE_ICMPV6,
    FIELD_PRE_ND,
    FIELD_PRE_ND_SOLICIT,
    FIELD_PRE_ND_ADVERT
};

enum field_form {
    FIELD_FORM_DECIMAL,
    FIELD_FORM_HEX,
    FIELD_FORM_ETHERNET,
    FIELD_FORM_IPV4,
    FIELD_FORM_IPV6,
    FIELD_FORM_PORT,
    FIELD_FORM_FRAG,
    FIELD_FORM_TCP_FLAGS,
    FIELD_FORM_CT_STATE,
    FIELD_FORM_TUN_FLAGS,
    FIELD_FORM_PACKET_TYPE
};

/* How the bits lie in struct flow. */
enum field_rep {
    FIELD_REP_BE,     /* Part or whole of a network-order integer. */
    FIELD_REP_BYTES,  /* Byte array. */
    FIELD_REP_HOST,   /* Host-order 32-bit words, highest first. */
    FIELD_REP_PORT16, /* in_port seen as a 16-bit number. */
};

#define FIELD_CLASS_EXPERIMENTER 0xffff

/* One wire header: NXM, OXM or experimenter OXM. */
struct field_header {
    const char *name;      /* "OXM_OF_IPV4_SRC"; NULL when there is none. */
    uint16_t class;        /* 0x0000, 0x0001, 0x1000, 0x8000, 0x8001, 0xffff. */
    uint8_t code;          /* Field number, 0 to 127. */
    uint8_t since;         /* Wire byte of the first OpenFlow version. */
    uint32_t experimenter; /* Follows the header when class is 0xffff. */
};

enum { FIELD_HDR_NXM, FIELD_HDR_OXM, FIELD_HDR_OXM_ALT, FIELD_N_HDRS };

struct field {
    enum field_id id;
    const char *name, *alias; /* 'alias' may be NULL. */
    uint16_t ofs;             /* Of the member in struct flow. */
    uint8_t size;             /* Bytes of the member. */
    uint8_t shift;            /* First bit in it (REP_BE). */
    uint8_t n_bits, n_bytes;  /* Of the value. */
    enum field_rep rep;
    enum field_form form;
    bool maskable, settable;
    enum field_pre pre;
    struct field_header hdrs[FIELD_N_HDRS];
    const char *sentence; /* For the manual. */
};

extern const struct field fields[FIELD_N];

static inline const struct field *
field_from_id(enum field_id id)
{
    return &fields[id];
}

/* By name, alias, or wire header name ("NXM_OF_IP_SRC"); the first 'len'
 * bytes of 'name'.  NULL if there is none. */
const struct field *field_from_name(const char *name, size_t len);
/* By wire header without mask bit and length.  NULL if unknown. */
const struct field *field_from_header(uint16_t class, uint8_t code,
                                      uint32_t experimenter);
/* The header to send in 'version' (wire byte): the newest OXM that version
 * has, else NXM, else any.  NULL for fields without (dl_vlan). */
const struct field_header *field_header_for(const struct field *,
                                            uint8_t version);
/* The NXM name where there is one, else the OXM name, else the plain name:
 * how load and move print. */
const char *field_nxm_name(const struct field *);

/* Value of the field in 'flow' (or in a mask). */
void field_get(const struct field *, const struct flow *,
               union field_value *);
/* Writes 'value', all bits of the field.  dl_vlan, vlan_pcp and
 * dl_vlan_pcp also set the tag's presence bit. */
void field_set(const struct field *, const union field_value *,
               struct flow *);
/* Writes the bits of 'value' that are 1 in 'mask'. */
void field_set_masked(const struct field *, const union field_value *value,
                      const union field_value *mask, struct flow *);
/* Sets in 'mask' every bit of the field. */
void field_mask_all(const struct field *, struct flow *mask);
/* True if no bit, or every bit, of the field is set in 'mask'. */
bool field_mask_is_none(const struct field *, const struct flow *mask);
bool field_mask_is_all(const struct field *, const struct flow *mask);

/* All ones in the field's bits. */
void field_value_ones(const struct field *, union field_value *);
bool field_value_is_zero(const struct field *, const union field_value *);
bool field_value_is_ones(const struct field *, const union field_value *);
/* True if 'value' can stand in the field: no bits beyond 'n_bits' and no
 * reserved ones (the ECN bits in nw_tos). */
bool field_value_is_valid(const struct field *, const union field_value *);
/* Bits [ofs, ofs + n_bits) of the value as a number; n_bits <= 64. */
uint64_t field_value_bits(const struct field *, const union field_value *,
                          unsigned int ofs, unsigned int n_bits);
void field_value_set_bits(const struct field *, union field_value *,
                          unsigned int ofs, unsigned int n_bits, uint64_t);

/* True if a packet 'flow' has the field.  For the masked flow of a match:
 * true if every packet that it takes has the field. */
bool field_are_prereqs_ok(const struct field *, const struct flow *);
/* Sets in 'mask' the bits that field_are_prereqs_ok() read. */
void field_mask_prereqs(const struct field *, struct flow *mask);

/* A random valid value, biased to small and border values. */
void field_random(const struct field *, struct rng *, union field_value *);

/* Parses "VALUE" or "VALUE/MASK" as flow text has it.  Returns NULL, or a
 * heap error text that the caller frees. */
char *field_parse(const struct field *, const char *text,
                  const struct ofp_names *, union field_value *value,
                  union field_value *mask) MUST_CHECK;
/* Appends "VALUE" or "VALUE/MASK"; "ANY" if the mask is zero.  'mask' NULL
 * is exact. */
void field_put(const struct field *, const union field_value *value,
               const union field_value *mask, const struct ofp_names *,
               struct str *);

#endif
