/* SPDX-License-Identifier: Apache-2.0 */
/* From packet to 'struct flow': every field of fields.def that is read from
 * the wire, on the slow (translation) path.
 *
 * A new field is one row in fields.def and one line in extract.c, plus one
 * row in locs.c (where the field stands in a packet of each kind), from which
 * the cache keys are compiled.  A unit test holds the three together: for
 * random packets, extraction and the locations agree. */
#ifndef WEIR_FLOW_EXTRACT_H
#define WEIR_FLOW_EXTRACT_H 1

#include "lib/flow/flow.h"
#include "lib/packet/parse.h"

/* Fills all of 'f' from the parsed packet; 'in_port' is the OpenFlow number
 * and the other pipeline fields are zero. */
void flow_extract(const struct packet *, uint32_t in_port, struct flow *f);

enum packet_base { PBASE_L2, PBASE_L3, PBASE_L4, PBASE_N };

/* Where 'n_bytes' of 'struct flow' at 'flow_ofs' stand in packets of one
 * kind: at byte 'ofs' from the start of header 'base', with equal bit
 * positions in each byte but for 'lshift'.  'pkt_mask' selects packet bits
 * that are the field's; bits of the flow outside it are constant in that
 * shape. */
struct packet_loc {
    uint16_t flow_ofs;
    uint8_t n_bytes;
    uint8_t base;  /* enum packet_base. */
    int8_t ofs;
    int8_t lshift; /* Flow byte = packet byte << lshift (>> if negative). */
    uint8_t pkt_mask[16]; /* By packet byte. */
};

/* The places of packets of one shape, in runs of the table of locs.c. */
#define PACKET_LOC_RUNS_MAX 8
struct packet_locs {
    unsigned int n_runs;
    struct {
        const struct packet_loc *locs;
        unsigned int n;
    } runs[PACKET_LOC_RUNS_MAX];
};

/* Lists the runs of 'shape'; none for a value that is no shape. */
void packet_locs_of_shape(uint8_t shape, struct packet_locs *);

/* A compiled way to read a key: up to KEY_WORDS_MAX masked 8-byte loads. */
#define KEY_WORDS_MAX 15
struct keyspec {
    uint8_t n_words;
    bool is_uncacheable; /* A field is read whose place varies (ND options,
                          * IPv6 protocol behind extension headers...):
                          * packets of this shape are always translated. */
    struct {
        uint8_t base; /* enum packet_base. */
        int16_t ofs;  /* The load is [base + ofs, +8), inside the packet. */
        uint64_t mask;
    } load[KEY_WORDS_MAX];
};

/* Compiles, for packets of 'shape', the loads that cover every packet bit
 * that 'reads' (a mask over struct flow: what the rules of a pipeline can
 * read) selects.  Fields constant in the shape need no load.  Loads never
 * touch bytes outside the parsed headers (a window ends at the last byte
 * needed; there are always 8 bytes before it). */
void keyspec_compile(struct keyspec *, const struct flow *reads,
                     uint8_t shape);

/* The key of a parsed packet: 'ks->n_words' words into 'key'. */
static inline void
keyspec_load(const struct keyspec *ks, const struct packet *p,
             uint64_t key[KEY_WORDS_MAX])
{
    const uint8_t *base[PBASE_N] = { p->data, p->data + p->l3_ofs,
                                     p->data + p->l4_ofs };
    for (unsigned int i = 0; i < ks->n_words; i++) {
        key[i] = get_unaligned_uint64_t(base[ks->load[i].base]
                                        + ks->load[i].ofs)
                 & ks->load[i].mask;
    }
}

/* The inverse, for dumps: the flow fields that 'key' fixes, as value and
 * mask (constants of the shape included). */
void keyspec_to_flow(const struct keyspec *, uint8_t shape,
                     const uint64_t key[KEY_WORDS_MAX], struct flow *value,
                     struct flow *mask);

#endif
