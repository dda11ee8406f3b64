/* SPDX-License-Identifier: Apache-2.0 */
/* Matches and single fields on the wire.
 *
 * Four forms: the fixed 40 bytes of OpenFlow 1.0 [OF1.0.1 5.2.3] and 88 of
 * 1.1, lists of
 * OXM TLVs of 1.2 and later [OF1.3.5 7.2.3.2], and lists of NXM TLVs, the
 * same shape, in Nicira messages of 1.0.  Decoders check everything that the
 * standard names (unknown field, length, mask, value, prerequisite,
 * duplicate) and return its error.  No state; any thread. */
#ifndef WEIR_OPENFLOW_OXM_H
#define WEIR_OPENFLOW_OXM_H 1

#include "lib/base/buf.h"
#include "lib/base/cursor.h"
#include "lib/flow/match.h"
#include "lib/openflow/errors.h"
#include "lib/openflow/version.h"

#define OFP10_MATCH_BYTES 40

/* Part of a field: bits [ofs, ofs + n_bits), 0 the least significant. */
struct subfield {
    const struct field *field;
    uint16_t ofs, n_bits;
};

/* Decodes a list of TLVs that fills 'c' exactly (no header, no padding).
 *
 * 'loose'   skip unknown fields and do not check prerequisites: for what a
 *           switch tells us.  Otherwise they are errors.
 * 'cookie', 'cookie_mask'
 *           out, host order; from the NXM cookie field.  NULL: the field is
 *           an error.  Zero both if absent.
 *
 * Returns OFPERR_OK or an OFPBMC_* error, '*m' undefined then. */
enum ofp_err oxm_decode(struct cursor *c, bool loose, struct match *m,
                        uint64_t *cookie, uint64_t *cookie_mask) MUST_CHECK;
/* Appends 'm' as TLVs: NXM ones for OFP10_VERSION and OFP11_VERSION, else the
 * OXM ones of 'version' where they exist.  The cookie goes in if
 * 'cookie_mask' is not zero. */
void oxm_encode(struct buf *, const struct match *m, enum ofp_version,
                uint64_t cookie, uint64_t cookie_mask);

/* struct ofp_match of 1.2 and later: type OFPMT_OXM, length, TLVs, padding to
 * 8 bytes.  Takes it from the front of 'c'. */
enum ofp_err ofp_match_decode(struct cursor *c, bool loose,
                              struct match *m) MUST_CHECK;
void ofp_match_encode(struct buf *, const struct match *, enum ofp_version);

/* The match of OpenFlow 1.0: wildcards are bits and prefix lengths; fields
 * without their prerequisite are ignored. */
void ofp10_match_decode(const uint8_t wire[OFP10_MATCH_BYTES],
                        struct match *);
/* Writes what of 'm' OpenFlow 1.0 can say, the rest wildcarded. */
void ofp10_match_encode(const struct match *,
                        uint8_t wire[OFP10_MATCH_BYTES]);
/* The match of OpenFlow 1.1, likewise, from the front of 'c'. */
#define OFP11_MATCH_BYTES 88
enum ofp_err ofp11_match_decode(struct cursor *c, struct match *) MUST_CHECK;
void ofp11_match_encode(struct buf *, const struct match *);
/* True if ofp10_match_encode() loses nothing. */
bool ofp10_match_fits(const struct match *);

/* One TLV: header, value and, if the header says so, mask (else '*mask' is
 * all ones).  Errors as oxm_decode(), but any field may have a mask: actions
 * write parts of fields that matches take whole. */
enum ofp_err oxm_decode_entry(struct cursor *, const struct field **,
                              union field_value *value,
                              union field_value *mask) MUST_CHECK;
/* 'mask' NULL or all ones: no mask in the TLV. */
void oxm_encode_entry(struct buf *, const struct field *,
                      const union field_value *value,
                      const union field_value *mask, enum ofp_version);
/* A header alone (4 bytes, or 8 of an experimenter), as in actions that name
 * fields and in table features. */
enum ofp_err oxm_decode_header(struct cursor *, const struct field **,
                               bool *has_mask) MUST_CHECK;
void oxm_encode_header(struct buf *, const struct field *, bool has_mask,
                       enum ofp_version);

/* "NXM_OF_IP_SRC[0..15]", "reg0[3]", "eth_src[]", "eth_src".  Returns NULL
 * or a heap error text. */
char *subfield_parse(const char *text, struct subfield *) MUST_CHECK;
/* Appends "NXM_OF_IP_SRC[0..15]", "NXM_OF_IP_SRC[]" or "..[3]". */
void subfield_put(const struct subfield *, struct str *);
uint64_t subfield_get(const struct subfield *, const struct flow *);

/* "NXM_OF_IP_SRC(0a000001), OXM_OF_ETH_DST_W(010000000000/010000000000)":
 * the readable form of a TLV list; "<any>" when empty.  NULL or a heap error
 * text; raw bytes pass as given, so bad lists can be written too. */
void oxm_put_text(const void *tlvs, size_t len, struct str *);
char *oxm_parse_text(const char *, struct buf *) MUST_CHECK;

#endif
