/* SPDX-License-Identifier: Apache-2.0 */
/* Wire layouts as tables: one array of fields says how a struct lies on the
 * wire; one interpreter decodes it, encodes it and fills it with random valid
 * values.
 *
 * A layout is an array of 'struct lay_field' in wire order.  Where a shape
 * does not fit the kinds, a field has three functions of its own (LAY_CUSTOM).
 * Lists nest: their items have a layout again.  Decoding is bounded by a
 * cursor and by LAY_ITEMS_MAX; it allocates vectors, byte runs and action
 * lists that belong to the struct.  Pure; any thread. */
#ifndef WEIR_OPENFLOW_LAYOUT_H
#define WEIR_OPENFLOW_LAYOUT_H 1

#include "lib/base/buf.h"
#include "lib/base/cursor.h"
#include "lib/openflow/errors.h"

struct rng;
struct layout;

enum lay_kind {
    LAY_PAD,     /* 'wire' bytes: skipped, sent as zeros. */
    LAY_UINT,    /* 'wire' bytes big-endian; member of 1, 2, 4 or 8. */
    LAY_PORT,    /* 32 bits, a port number that 16 bits can say. */
    LAY_BYTES,   /* 'wire' bytes as they are. */
    LAY_STR,     /* 'wire' bytes with NULs at the end; char array member. */
    LAY_DATA,    /* The rest, or as LAY_LENOF said: struct ofm_data. */
    LAY_LIST,    /* Items up to the end: OFM_VEC of 'items'. */
    LAY_ARRAY,   /* The same into a C array of 'max' items; their number is
                  * a size_t at 'n_ofs'. */
    LAY_LEN,     /* 16 bits: this item's own length (layout.len_ofs). */
    LAY_LENOF,   /* 16 bits: bytes of the next field marked 'sized'. */
    LAY_MATCH,   /* Match in the version's form: struct match. */
    LAY_NXM,     /* NXM list, sized, padded to 8: struct match. */
    LAY_ACTIONS, /* Action list: struct buf of records. */
    LAY_FLOW_ACTS, /* Actions (1.0) or instructions: struct buf. */
    LAY_FLOW_LIST, /* The same into a struct act_list that owns them. */
    LAY_ACT_LIST, /* Actions in all versions into such a list. */
    LAY_STRUCT,  /* A struct in the struct: layout 'items'. */
    LAY_PROPS,   /* Properties up to the end: 'props'; 'ofs' of the struct
                  * that their bodies are members of. */
    LAY_OXS,     /* struct ofp_stats of 1.5 around 'props' of short form. */
    LAY_CUSTOM,  /* 'custom'. */
};

/* What the interpreter is told about the message around. */
struct lay_ctx {
    uint8_t version;
    unsigned int formats; /* FLOW_FORMAT_*. */
    uint32_t xid;         /* Of the message. */
};

struct lay_custom {
    enum ofp_err (*decode)(struct cursor *, void *obj, const struct lay_ctx *);
    void (*encode)(struct buf *, const void *obj, const struct lay_ctx *);
    /* NULL: leaves what init() set. */
    void (*random)(void *obj, const struct lay_ctx *, struct rng *);
};

/* One kind of property: 16 bits of type, 16 of length (its own bytes without
 * the padding to 8 behind them), then 'body'. [OF1.4.0 7.2.1 and others]
 * As a statistic of 1.5 (OXS): 16 bits of class, 7 of type, 1 of nothing, 8
 * of the body's length, no padding. [OF1.5.1 7.2.4.1] */
struct lay_prop {
    uint16_t type;         /* LAY_PROP_EXPERIMENTER: the next two tell. */
    uint8_t since;         /* First version that has it; 0: any. */
    uint8_t gate_size;     /* 0: always sent. */
    uint16_t gate_ofs;     /* Of a number that says whether there is one: */
    uint64_t absent;       /* there is not when it has this value; or of more
                            * than 8 bytes, that are zero then. */
    uint32_t experimenter, exp_type;
    bool (*is_needless)(const void *); /* True: it says nothing new. */
    const struct layout *body; /* Over the struct at the list's 'ofs'. */
};
#define LAY_PROP_EXPERIMENTER 0xffff

struct lay_props {
    const struct lay_prop *rows;
    uint16_t n_rows;
    bool loose;           /* Unknown ones are skipped. */
    enum ofp_err unknown; /* Else the error of them; 0: the property's own. */
};

struct lay_field {
    uint8_t kind; /* enum lay_kind. */
    bool sized;   /* Length from the LAY_LENOF before. */
    bool loose;   /* LAY_MATCH, LAY_NXM: unknown fields are skipped. */
    bool opaque;  /* LAY_DATA: no random bytes would mean anything. */
    uint16_t wire; /* Bytes on the wire. */
    uint16_t size; /* Bytes of the member. */
    uint16_t ofs;  /* Of the member. */
    uint16_t n_ofs; /* LAY_ARRAY: see there.  LAY_NXM: of a uint64_t cookie
                     * with its mask behind it, that stand in the list too;
                     * 0: none. */
    enum ofp_err err; /* For a number outside 'min' to 'max'. */
    uint64_t min, max; /* LAY_UINT: bounds of the wire value; 'max' 0: any. */
    uint64_t (*in)(uint64_t wire);   /* Wire value to member's; NULL: same. */
    uint64_t (*out)(uint64_t value); /* And back. */
    const char *const *texts; /* LAY_STR: what a random one may be. */
    const struct layout *items;
    const struct lay_props *props;
    const struct lay_custom *custom;
};

struct layout {
    const struct lay_field *fields;
    uint16_t n_fields;
    uint16_t size;   /* Of the struct. */
    int16_t len_ofs; /* Where LAY_LEN stands in an item; -1: none. */
    bool pad8;       /* Items are padded to 8, not counted in their length. */
    void (*init)(void *obj); /* Neutral values that are not zero, or NULL. */
    void (*fini)(void *obj); /* Frees what the struct owns, or NULL. */
    /* After decoding: the last word on the values, or NULL. */
    enum ofp_err (*check)(void *obj, const struct lay_ctx *);
};

#define LAY_ITEMS_MAX 16384 /* A message of 64 KB of 4-byte items. */

#define LAY_M(S, M)                                                           \
    .size = sizeof(((S *)0)->M), .ofs = (uint16_t)offsetof(S, M)
#define L_PAD(N) { .kind = LAY_PAD, .wire = (N) }
#define L_UINT(S, M, N, ...)                                                  \
    { .kind = LAY_UINT, .wire = (N), LAY_M(S, M), ##__VA_ARGS__ }
#define L_U8(S, M, ...) L_UINT(S, M, 1, ##__VA_ARGS__)
#define L_U16(S, M, ...) L_UINT(S, M, 2, ##__VA_ARGS__)
#define L_U32(S, M, ...) L_UINT(S, M, 4, ##__VA_ARGS__)
#define L_U64(S, M, ...) L_UINT(S, M, 8, ##__VA_ARGS__)
#define L_PORT16(S, M)                                                        \
    L_UINT(S, M, 2, .in = lay_port16_in, .out = lay_port16_out)
#define L_PORT(S, M) { .kind = LAY_PORT, .wire = 4, LAY_M(S, M) }
#define L_MAC(S, M) { .kind = LAY_BYTES, .wire = 6, LAY_M(S, M) }
#define L_STR(S, M, N, ...)                                                   \
    { .kind = LAY_STR, .wire = (N), LAY_M(S, M), ##__VA_ARGS__ }
#define L_DATA(S, M, ...) { .kind = LAY_DATA, LAY_M(S, M), ##__VA_ARGS__ }
#define L_LIST(S, M, ITEMS, ...)                                              \
    { .kind = LAY_LIST, LAY_M(S, M), .items = &(ITEMS), ##__VA_ARGS__ }
#define L_LEN { .kind = LAY_LEN, .wire = 2 }
#define L_LENOF { .kind = LAY_LENOF, .wire = 2 }
#define L_MATCH(S, M, ...) { .kind = LAY_MATCH, LAY_M(S, M), ##__VA_ARGS__ }
#define L_NXM(S, M, ...)                                                      \
    { .kind = LAY_NXM, LAY_M(S, M), .sized = true, ##__VA_ARGS__ }
#define L_ACTS(S, M, ...)                                                     \
    { .kind = LAY_ACTIONS, LAY_M(S, M), ##__VA_ARGS__ }
#define L_STRUCT(S, M, ITEMS)                                                 \
    { .kind = LAY_STRUCT, LAY_M(S, M), .items = &(ITEMS) }
#define L_PROPS(P, ...) { .kind = LAY_PROPS, .props = &(P), ##__VA_ARGS__ }
#define L_PROPS_AT(S, M, P)                                                   \
    { .kind = LAY_PROPS, .props = &(P), .ofs = offsetof(S, M) }
#define L_OXS(P) { .kind = LAY_OXS, .wire = 4, .props = &(P) }
#define L_CUSTOM(C, ...) { .kind = LAY_CUSTOM, .custom = &(C), ##__VA_ARGS__ }

/* The layout of 'NAME_fields' over struct S; more members may follow. */
#define LAYOUT_OF(NAME, S, ...)                                               \
    { .fields = NAME##_fields, .n_fields = ARRAY_SIZE(NAME##_fields),         \
      .size = sizeof(S), .len_ofs = -1, ##__VA_ARGS__ }
/* The body of a property. */
#define LAY_BODY(NAME, ...)                                                   \
    static const struct lay_field NAME##_fields[] = { __VA_ARGS__ };          \
    static const struct layout NAME                                           \
        = { .fields = NAME##_fields, .n_fields = ARRAY_SIZE(NAME##_fields),   \
            .len_ofs = -1 }
/* The properties of 'NAME_rows'. */
#define LAY_PROPS_OF(NAME, ...)                                               \
    static const struct lay_props NAME                                        \
        = { .rows = NAME##_rows, .n_rows = ARRAY_SIZE(NAME##_rows),           \
            ##__VA_ARGS__ }
/* In a row of properties: sent unless member M of struct S is ABSENT. */
#define LAY_GATE(S, M, ABSENT)                                                \
    .gate_ofs = offsetof(S, M), .gate_size = sizeof(((S *)0)->M),             \
    .absent = (ABSENT)
/* ... as msgs.def names it. */
#define LAYOUT(NAME, S, ...)                                                  \
    const struct layout lay_##NAME = LAYOUT_OF(NAME, S, ##__VA_ARGS__)

/* 16-bit ports to 32-bit ones and back, for '.in' and '.out'. */
uint64_t lay_port16_in(uint64_t);
uint64_t lay_port16_out(uint64_t);

/* Zeroes 'obj' and sets its neutral values. */
void layout_init(const struct layout *, void *obj);
/* Decodes into 'obj', initialised before, all of 'c'.  What was allocated
 * stays in 'obj' on failure too. */
enum ofp_err layout_decode(const struct layout *, struct cursor *c,
                           void *obj, const struct lay_ctx *) MUST_CHECK;
void layout_encode(const struct layout *, struct buf *, const void *obj,
                   const struct lay_ctx *);
/* Fills 'obj', initialised before, with random valid values. */
void layout_random(const struct layout *, void *obj, const struct lay_ctx *,
                   struct rng *);

/* Bytes that the shortest such struct takes. */
size_t layout_min_bytes(const struct layout *);

/* Decodes and encodes a list of items, for custom fields. */
enum ofp_err layout_decode_list(const struct layout *items, struct cursor *,
                                void **p, size_t *n,
                                const struct lay_ctx *) MUST_CHECK;
void layout_encode_list(const struct layout *items, struct buf *,
                        const void *p, size_t n, const struct lay_ctx *);

#endif
