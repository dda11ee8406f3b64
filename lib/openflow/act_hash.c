/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that choose by a hash of the packet: bundle, bundle_load,
 * multipath. */
#include <strings.h>

#include "lib/openflow/act_priv.h"

static const char *const hash_names[ACT_N_HASHES] = {
    "eth_src", "symmetric_l4", "symmetric_l3l4", "symmetric_l3l4+udp",
    "nw_src",  "nw_dst",       "symmetric_l3",
};
static const char *const bundle_algorithms[] = { "active_backup", "hrw" };
static const char *const multipath_algorithms[] = { "modulo_n",
                                                    "hash_threshold", "hrw",
                                                    "iter_hash" };
#define MEMBERS_MAX 2048
/* The NXM header of in_port: what kind of members a bundle has. */
#define MEMBER_OFPORT 0x00000002u

/* Cuts the next item off a list; "" when there is none. */
static char *
next_item(char **list)
{
    char *item = *list + strspn(*list, ", ");
    size_t n = strcspn(item, ", ");
    *list = item + n;
    if (**list) {
        *(*list)++ = '\0';
    }
    return item;
}

static bool
find_name(const char *const names[], size_t n, const char *name,
          uint16_t *idx)
{
    for (*idx = 0; *idx < n; ++*idx) {
        if (!strcasecmp(names[*idx], name)) {
            return true;
        }
    }
    return false;
}

/* bundle, bundle_load */

static struct act_bundle *
append_bundle(struct buf *out, bool load, uint32_t n_members)
{
    struct act_bundle *b;
    b = act_append(out, ACT_BUNDLE,
                   sizeof *b + n_members * sizeof b->members[0]);
    b->hdr.form = load ? ACT_FORM_BUNDLE_LOAD : ACT_FORM_PLAIN;
    b->n_members = n_members;
    return b;
}

static enum ofp_err
decode_bundle(struct act_wire *w, struct buf *out, bool load)
{
    uint16_t algorithm = cursor_be16(&w->c);
    uint16_t hash = cursor_be16(&w->c);
    uint16_t basis = cursor_be16(&w->c);
    uint32_t kind = cursor_be32(&w->c);
    uint16_t n = cursor_be16(&w->c);
    uint16_t ofs_nbits = cursor_be16(&w->c);
    /* The destination has 4 bytes, or 8 when more is left of the head. */
    struct act_part dst = { 0, 0, 0 };
    struct cursor head = cursor_sub(&w->c, 8);
    if (!cursor_ok(&w->c) || cursor_left(&w->c) < 2u * n) {
        return OFPERR_OFPBAC_BAD_LEN;
    }
    if (hash >= ACT_N_HASHES || algorithm >= ARRAY_SIZE(bundle_algorithms)
        || kind != MEMBER_OFPORT || n > MEMBERS_MAX) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    if (load) {
        enum ofp_err err = act_part_decode(&head, ofs_nbits >> 6,
                                           (ofs_nbits & 0x3f) + 1u, true,
                                           &dst);
        if (err || dst.n_bits < 16) {
            return err ? err : OFPERR_OFPBAC_BAD_ARGUMENT;
        }
    } else if (ofs_nbits) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    struct act_bundle *b = append_bundle(out, load, n);
    b->algorithm = algorithm;
    b->fields = hash;
    b->basis = basis;
    b->dst = dst;
    for (uint16_t i = 0; i < n; i++) {
        b->members[i] = ofport_from_of10(cursor_be16(&w->c));
    }
    w->c.p = w->c.end; /* Padding. */
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_bundle(struct act_wire *w, struct buf *out)
{
    return decode_bundle(w, out, false);
}

enum ofp_err
act_decode_nx_bundle_load(struct act_wire *w, struct buf *out)
{
    return decode_bundle(w, out, true);
}

/* The members after "members:"; appends the record. */
static char *
parse_members(struct act_text *t, char *list, bool load,
              const struct act_bundle *head, struct buf *out)
{
    struct buf ports = BUF_INIT;
    char *err = NULL;
    for (char *item = next_item(&list); *item && !err;
         item = next_item(&list)) {
        uint32_t port;
        if (!ofport_parse(item, t->names, &port)) {
            err = xasprintf("%s: bad port number", item);
        } else if (ports.len / sizeof port >= MEMBERS_MAX) {
            err = xasprintf("too many members");
        } else {
            buf_put(&ports, &port, sizeof port);
        }
    }
    if (!err) {
        uint32_t n = (uint32_t)(ports.len / sizeof(uint32_t));
        struct act_bundle *b = append_bundle(out, load, n);
        struct act hdr = b->hdr;
        *b = *head;
        b->hdr = hdr;
        b->n_members = n;
        if (n) {
            memcpy(b->members, ports.data, ports.len);
        }
    }
    buf_fini(&ports);
    return err;
}

static char *
parse_bundle(struct act_text *t, struct buf *out, bool load)
{
    struct act_bundle head = { .fields = 0 };
    char *all = xstrdup(t->arg);
    char *list = t->arg;
    char *hash = next_item(&list), *basis = next_item(&list);
    char *algorithm = next_item(&list), *kind = next_item(&list);
    char *dst = load ? next_item(&list) : NULL;
    list += strspn(list, ", ");
    size_t n = strcspn(list, ": ,");
    bool members = (n == 7 && !strncmp(list, "members", n))
                   || (n == 6 && !strncmp(list, "slaves", n));
    uint64_t x;
    char *err = NULL;
    if (!*kind || (load && !*dst) || !*list) {
        err = xasprintf("%s: not enough arguments to bundle action", all);
    } else if (!members) {
        err = xasprintf("%s: missing member delimiter, expected `members', "
                        "got `%.*s'",
                        all, (int)n, list);
    } else if (!find_name(hash_names, ACT_N_HASHES, hash, &head.fields)) {
        err = xasprintf("%s: unknown fields `%s'", all, hash);
    } else if (!find_name(bundle_algorithms, ARRAY_SIZE(bundle_algorithms),
                          algorithm, &head.algorithm)) {
        err = xasprintf("%s: unknown algorithm `%s'", all, algorithm);
    } else if (strcasecmp(kind, "ofport")) {
        err = xasprintf("%s: unknown member_type `%s'", all, kind);
    } else {
        err = act_text_number(t, basis, "basis", 0xffff, &x);
        head.basis = err ? 0 : (uint16_t)x;
    }
    if (!err && load) {
        err = act_text_part(t, dst, true, &head.dst);
    }
    if (!err && load && head.dst.n_bits < 16) {
        err = xasprintf("%s: a port takes 16 bits", dst);
    }
    if (!err) {
        list += n + strspn(list + n, ": ");
        err = parse_members(t, list, load, &head, out);
    }
    free(all);
    return err;
}

char *
act_parse_bundle(struct act_text *t, struct buf *out)
{
    return parse_bundle(t, out, false);
}

char *
act_parse_bundle_load(struct act_text *t, struct buf *out)
{
    return parse_bundle(t, out, true);
}

static void
put_bundle(const struct act *a, const struct ofp_names *names, struct str *s)
{
    const struct act_bundle *b = ACT_CAST(act_bundle, a);
    bool load = a->form == ACT_FORM_BUNDLE_LOAD;
    str_putf(s, "%s(%s,%u,%s,ofport,", load ? "bundle_load" : "bundle",
             hash_names[b->fields], b->basis,
             bundle_algorithms[b->algorithm]);
    if (load) {
        act_part_put(&b->dst, s);
        str_put_char(s, ',');
    }
    str_put(s, "members:");
    for (uint32_t i = 0; i < b->n_members; i++) {
        str_put(s, i ? "," : "");
        ofport_put(b->members[i], names, s);
    }
    str_put_char(s, ')');
}

static void
encode_bundle(const struct act *a, enum ofp_version version UNUSED,
              struct buf *out)
{
    const struct act_bundle *b = ACT_CAST(act_bundle, a);
    bool load = a->form == ACT_FORM_BUNDLE_LOAD;
    size_t start = act_wire_begin_nx(out, load ? 13 : 12);
    buf_put_be16(out, b->algorithm);
    buf_put_be16(out, b->fields);
    buf_put_be16(out, b->basis);
    buf_put_be32(out, MEMBER_OFPORT);
    buf_put_be16(out, (uint16_t)b->n_members);
    buf_put_be16(out, load ? act_part_ofs_nbits(&b->dst) : 0);
    if (load) {
        act_part_encode_field(&b->dst, out);
    }
    buf_put_zeros(out, start + 32 - out->len);
    for (uint32_t i = 0; i < b->n_members; i++) {
        uint16_t port = 0xffff;
        ofport_to_of10(b->members[i], &port);
        buf_put_be16(out, port);
    }
    act_wire_end(out, start);
}

const struct act_ops act_ops_BUNDLE = { "bundle", put_bundle, encode_bundle,
                                        NULL };

/* multipath */

enum ofp_err
act_decode_nx_multipath(struct act_wire *w, struct buf *out)
{
    struct act_multipath m = { .fields = cursor_be16(&w->c) };
    m.basis = cursor_be16(&w->c);
    cursor_skip(&w->c, 2);
    m.algorithm = cursor_be16(&w->c);
    m.max_link = cursor_be16(&w->c);
    m.arg = cursor_be32(&w->c);
    cursor_skip(&w->c, 2);
    uint16_t ofs_nbits = cursor_be16(&w->c);
    if (m.fields >= ACT_N_HASHES
        || m.algorithm >= ARRAY_SIZE(multipath_algorithms)) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    enum ofp_err err = act_part_decode(&w->c, ofs_nbits >> 6,
                                       (ofs_nbits & 0x3f) + 1u, true, &m.dst);
    if (err) {
        return err;
    }
    if (m.dst.n_bits < 16 && m.max_link >> m.dst.n_bits) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    w->c.p = w->c.end; /* Padding. */
    struct act_multipath *rec = act_append(out, ACT_MULTIPATH, sizeof *rec);
    m.hdr = rec->hdr;
    *rec = m;
    return OFPERR_OK;
}

char *
act_parse_multipath(struct act_text *t, struct buf *out)
{
    struct act_multipath m = { .fields = 0 };
    char *all = xstrdup(t->arg);
    char *list = t->arg;
    char *hash = next_item(&list), *basis = next_item(&list);
    char *algorithm = next_item(&list), *links = next_item(&list);
    char *arg = next_item(&list), *dst = next_item(&list);
    uint64_t x = 0, n_links = 0, argument = 0;
    char *err = NULL;
    if (!*dst) {
        err = xasprintf("%s: not enough arguments to multipath action", all);
    } else if (!find_name(hash_names, ACT_N_HASHES, hash, &m.fields)) {
        err = xasprintf("%s: unknown fields `%s'", all, hash);
    } else if (!find_name(multipath_algorithms,
                          ARRAY_SIZE(multipath_algorithms), algorithm,
                          &m.algorithm)) {
        err = xasprintf("%s: unknown algorithm `%s'", all, algorithm);
    } else if (!str_to_u64(links, 0, &n_links) || !n_links
               || n_links > 65536) {
        err = xasprintf("%s: n_links %s is not in valid range 1 to 65536",
                        all, links);
    }
    err = err ? err : act_text_number(t, basis, "basis", 0xffff, &x);
    err = err ? err : act_text_number(t, arg, "arg", UINT32_MAX, &argument);
    err = err ? err : act_text_part(t, dst, true, &m.dst);
    if (!err && m.dst.n_bits < 16 && n_links > 1u << m.dst.n_bits) {
        err = xasprintf("%s: %u-bit destination field has %u possible "
                        "values, less than specified n_links %u",
                        all, m.dst.n_bits, 1u << m.dst.n_bits,
                        (unsigned int)n_links);
    }
    if (!err) {
        m.basis = (uint16_t)x;
        m.max_link = (uint16_t)(n_links - 1);
        m.arg = (uint32_t)argument;
        struct act_multipath *rec = act_append(out, ACT_MULTIPATH,
                                               sizeof *rec);
        m.hdr = rec->hdr;
        *rec = m;
    }
    free(all);
    return err;
}

static void
put_multipath(const struct act *a, const struct ofp_names *names UNUSED,
              struct str *s)
{
    const struct act_multipath *m = ACT_CAST(act_multipath, a);
    str_putf(s, "multipath(%s,%u,%s,%u,%u,", hash_names[m->fields], m->basis,
             multipath_algorithms[m->algorithm], m->max_link + 1u, m->arg);
    act_part_put(&m->dst, s);
    str_put_char(s, ')');
}

static void
encode_multipath(const struct act *a, enum ofp_version version UNUSED,
                 struct buf *b)
{
    const struct act_multipath *m = ACT_CAST(act_multipath, a);
    size_t start = act_wire_begin_nx(b, 10);
    buf_put_be16(b, m->fields);
    buf_put_be16(b, m->basis);
    buf_put_zeros(b, 2);
    buf_put_be16(b, m->algorithm);
    buf_put_be16(b, m->max_link);
    buf_put_be32(b, m->arg);
    buf_put_zeros(b, 2);
    buf_put_be16(b, act_part_ofs_nbits(&m->dst));
    act_part_encode_field(&m->dst, b);
    act_wire_end(b, start);
}

const struct act_ops act_ops_MULTIPATH = { "multipath", put_multipath,
                                           encode_multipath, NULL };
