/* SPDX-License-Identifier: Apache-2.0 */
/* What a table can do, as OpenFlow 1.3 tells it [OF1.3.5 7.3.5.5.2].  All
 * tables can do the same, but for going on to a later one.  What there is
 * follows from the tables of fields, actions and instructions. */
#include "lib/base/mem.h"
#include "lib/flow/field.h"
#include "lib/openflow/oxm.h"
#include "vswitchd/ofproto/ofproto_priv.h"

/* Property types; the same of the table-miss flow is one higher. */
enum {
    PROP_INSTRUCTIONS = 0,
    PROP_NEXT_TABLES = 2,
    PROP_WRITE_ACTIONS = 4,
    PROP_APPLY_ACTIONS = 6,
    PROP_MATCH = 8,
    PROP_WILDCARDS = 10,
    PROP_WRITE_SETFIELD = 12,
    PROP_APPLY_SETFIELD = 14,
};

#define N_PROPS 14

enum { OFPIT_GOTO_TABLE = 1, OFPIT_METER = 6 };

static void
put_instructions(struct buf *b, bool can_goto, bool can_meter)
{
    static const uint16_t codes[] = {
        4, /* OFPIT_APPLY_ACTIONS, which is no row. */
#define INSTRUCTION(ID, STRUCT, CODE, NAME, BYTES) CODE,
#include "lib/openflow/instructions.def"
#undef INSTRUCTION
    };
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        bool can = codes[i] == OFPIT_GOTO_TABLE ? can_goto
                   : codes[i] == OFPIT_METER    ? can_meter
                                                : true;
        if (can) {
            buf_put_be16(b, codes[i]);
            buf_put_be16(b, 4);
        }
    }
}

static void
put_next_tables(struct buf *b, uint8_t table)
{
    for (int i = table + 1; i < OFPROTO_N_TABLES; i++) {
        buf_put_u8(b, (uint8_t)i);
    }
}

uint32_t
table_actions(uint8_t version)
{
    enum { STD, NICIRA };
    static const struct {
        uint8_t first, last, vendor;
        uint16_t code;
    } rows[] = {
#define ACT_WIRE(FIRST, LAST, VENDOR, CODE, BYTES, FIT, DECODE)               \
    { FIRST, LAST, VENDOR, CODE },
#include "lib/openflow/actions.def"
    };
    int v = version - OFP10_VERSION + 10; /* As the rows write it. */
    uint32_t bits = 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].vendor == STD && rows[i].first <= v && rows[i].last >= v
            && rows[i].code < 28) { /* What 1.5 adds the peer does not tell. */
            bits |= 1u << rows[i].code;
        }
    }
    return bits;
}

uint64_t
table_oxm_fields(bool settable)
{
    uint64_t bits = 0;
    for (int i = 0; i < FIELD_N; i++) {
        const struct field *f = field_from_id((enum field_id)i);
        const struct field_header *h = field_header_for(f, OFP12_VERSION);
        if (h && h->class == 0x8000 && h->code < 64
            && h->since <= OFP12_VERSION && (f->settable || !settable)) {
            bits |= UINT64_C(1) << h->code;
        }
    }
    return bits;
}

static void
put_actions(struct buf *b)
{
    uint32_t bits = table_actions(OFP13_VERSION);
    for (uint16_t code = 0; code < 32; code++) {
        if (bits >> code & 1) {
            buf_put_be16(b, code);
            buf_put_be16(b, 4);
        }
    }
}

static void
put_fields(struct buf *b, uint16_t prop)
{
    for (int i = 0; i < FIELD_N; i++) {
        const struct field *f = field_from_id((enum field_id)i);
        if (!field_header_for(f, OFP13_VERSION)
            || (prop >= PROP_WRITE_SETFIELD && !f->settable)) {
            continue;
        }
        oxm_encode_header(b, f, prop == PROP_MATCH && f->maskable,
                          OFP13_VERSION);
    }
}

static void
fill(struct ofm_table_prop *p, uint16_t type, uint8_t table,
     uint8_t version)
{
    struct buf b = BUF_INIT;
    switch (type & ~1u) {
    case PROP_INSTRUCTIONS:
        /* 1.5 made the meter an action. */
        put_instructions(&b, table + 1 < OFPROTO_N_TABLES,
                         version < OFP15_VERSION);
        break;
    case PROP_NEXT_TABLES:
        put_next_tables(&b, table);
        break;
    case PROP_WRITE_ACTIONS:
    case PROP_APPLY_ACTIONS:
        put_actions(&b);
        break;
    default:
        put_fields(&b, type & ~1u);
        break;
    }
    p->type = type;
    p->data.p = buf_steal(&b, &p->data.n);
}

void
table_features_put(struct ofm_reply *reply, const struct ofproto *of,
                   uint8_t table, uint8_t version)
{
    static const uint16_t types[N_PROPS] = {
        PROP_INSTRUCTIONS,       PROP_INSTRUCTIONS + 1,
        PROP_NEXT_TABLES,        PROP_NEXT_TABLES + 1,
        PROP_WRITE_ACTIONS,      PROP_WRITE_ACTIONS + 1,
        PROP_APPLY_ACTIONS,      PROP_APPLY_ACTIONS + 1,
        PROP_MATCH,              PROP_WILDCARDS,
        PROP_WRITE_SETFIELD,     PROP_WRITE_SETFIELD + 1,
        PROP_APPLY_SETFIELD,     PROP_APPLY_SETFIELD + 1,
    };
    struct ofm_table_prop props[N_PROPS];
    struct ofm_table_features f = {
        .table_id = table,
        .metadata_match = UINT64_MAX,
        .metadata_write = UINT64_MAX,
        .max_entries = of->tables[table].max_flows,
        .props = { props, N_PROPS },
    };
    str_copy(f.name, sizeof f.name, table_name(of, table));
    for (int i = 0; i < N_PROPS; i++) {
        fill(&props[i], types[i], table, version);
    }
    ofm_reply_append(reply, &f);
    for (int i = 0; i < N_PROPS; i++) {
        free(props[i].data.p);
    }
}
