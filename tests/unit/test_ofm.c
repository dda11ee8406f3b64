/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: what is encoded decodes to what encodes the same, for random
 * messages of every type, version and form; cut and damaged messages are
 * refused or decoded, never more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/openflow/msg.h"

static const uint8_t versions[] = { OFP10_VERSION, OFP11_VERSION,
                                    OFP12_VERSION,
                                    OFP13_VERSION, OFP14_VERSION,
                                    OFP15_VERSION };

/* Random numbers do not know that some combinations make no sense, nor that
 * a random match has values that not every form can say.  That the shape is
 * wrong would be a fault. */
static bool
may_be_refused(enum ofp_err err)
{
    switch (err) {
    case OFPERR_OFPBRC_BAD_LEN:
    case OFPERR_OFPBRC_BAD_TYPE:
    case OFPERR_OFPBRC_BAD_STAT:
    case OFPERR_OFPBRC_BAD_VENDOR:
    case OFPERR_OFPBRC_BAD_SUBTYPE:
    case OFPERR_OFPBPC_BAD_LEN:
    case OFPERR_OFPBPC_BAD_TYPE:
    case OFPERR_OFPBAC_BAD_LEN:
    case OFPERR_OFPBAC_BAD_TYPE:
    case OFPERR_OFPBAC_BAD_VENDOR_TYPE:
    case OFPERR_OFPBIC_BAD_LEN:
        return false;
    default:
        return true;
    }
}

/* Calls 'fn' with random messages of all kinds. */
static void
for_all(unsigned int rounds, uint64_t seed,
        void (*fn)(const struct ofm *, uint8_t version, unsigned int formats,
                   struct rng *))
{
    struct rng rng;
    rng_seed(&rng, seed);
    for (unsigned int r = 0; r < rounds; r++) {
        for (int t = OFM_NONE + 1; t < OFM_N; t++) {
            for (size_t v = 0; v < ARRAY_SIZE(versions); v++) {
                for (int h = OFM_FORM_AUTO; h <= OFM_FORM_NX2; h++) {
                    struct ofm m;
                    if (!ofm_exists((enum ofm_type)t, versions[v])) {
                        continue;
                    }
                    ofm_random(&m, (enum ofm_type)t, versions[v],
                               (enum ofm_form_hint)h, &rng);
                    m.xid = (uint32_t)rng_u64(&rng);
                    fn(&m, versions[v], h ? FLOW_FORMAT_NXM_TID : 0, &rng);
                    ofm_fini(&m);
                }
            }
        }
    }
}

/* Encodes 'm' into 'b' and returns what that decodes to; NULL if it is
 * refused as it may be. */
static struct ofm *
again(const struct ofm *m, uint8_t version, unsigned int formats,
      struct buf *b)
{
    struct ofm *got;
    ofm_encode(m, version, formats, b);
    enum ofp_err err = ofm_decode(b->data, b->len, formats, &got);
    if (err && !may_be_refused(err)) {
        print_error("%s version %u form %d: %s\n", ofm_type_name(m->type),
                    version, m->form, ofp_err_name(err));
        fail();
    }
    return got;
}

/* The first time round what a form cannot say is lost (1.0 and most fields);
 * from then on nothing changes. */
static void
round_trip(const struct ofm *m, uint8_t version, unsigned int formats,
           struct rng *rng)
{
    struct buf a = BUF_INIT, b = BUF_INIT, c = BUF_INIT;
    (void)rng;
    struct ofm *first = again(m, version, formats, &a);
    struct ofm *second = first ? again(first, version, formats, &b) : NULL;
    if (second) {
        assert_int_equal(second->type, m->type);
        assert_int_equal(second->xid, m->xid);
        ofm_encode(second, version, formats, &c);
        if (b.len != c.len || memcmp(b.data, c.data, b.len)) {
            print_error("%s version %u form %d differs\n",
                        ofm_type_name(m->type), version, m->form);
        }
        assert_int_equal(b.len, c.len);
        assert_memory_equal(b.data, c.data, b.len);
    }
    ofm_destroy(first);
    ofm_destroy(second);
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&c);
}

static void
test_round_trip(void **state)
{
    (void)state;
    for_all(60, 1, round_trip);
}

/* Every prefix, with the length word made to fit: cut inside. */
static void
prefixes(const struct ofm *m, uint8_t version, unsigned int formats,
         struct rng *rng)
{
    struct buf a = BUF_INIT;
    (void)rng;
    ofm_encode(m, version, formats, &a);
    for (size_t n = 0; n <= a.len; n += a.len > 300 ? 7 : 1) {
        struct ofm *got;
        uint8_t *copy = xmemdup(a.data, n ? n : 1);
        if (n >= 4) {
            copy[2] = (uint8_t)(n >> 8);
            copy[3] = (uint8_t)n;
        }
        enum ofp_err err = ofm_decode(copy, n, formats, &got);
        assert_true(n >= 8 || err);
        ofm_destroy(got);
        free(copy);
    }
    buf_fini(&a);
}

static void
test_prefixes(void **state)
{
    (void)state;
    for_all(3, 2, prefixes);
}

static void
damages(const struct ofm *m, uint8_t version, unsigned int formats,
        struct rng *rng)
{
    struct buf a = BUF_INIT;
    ofm_encode(m, version, formats, &a);
    for (int i = 0; i < 20; i++) {
        struct ofm *got;
        uint8_t *copy = xmemdup(a.data, a.len);
        for (uint32_t n = rng_below(rng, 4) + 1; n; n--) {
            size_t at = rng_below(rng, (uint32_t)a.len);
            copy[at] = rng_one_in(rng, 2)
                           ? (uint8_t)rng_u64(rng)
                           : (uint8_t)(copy[at] ^ 1u << rng_below(rng, 8));
        }
        copy[2] = (uint8_t)(a.len >> 8);
        copy[3] = (uint8_t)a.len;
        enum ofp_err err = ofm_decode(copy, a.len, formats, &got);
        if (!err) {
            struct buf b = BUF_INIT;
            if (got->version >= OFP10_VERSION
                && got->version <= OFP15_VERSION) {
                ofm_encode(got, got->version, formats, &b);
            }
            buf_fini(&b);
        }
        ofm_destroy(got);
        free(copy);
    }
    buf_fini(&a);
}

static void
test_damages(void **state)
{
    (void)state;
    for_all(20, 3, damages);
}

/* A reply longer than a message goes out as several, all but the last with
 * the MORE flag, and nothing is lost. */
static void
test_long_reply(void **state)
{
    (void)state;
    struct ofm request;
    struct buf b = BUF_INIT;
    struct ofm_reply r;
    ofm_init(&request, OFM_FLOW_REQUEST);
    request.version = OFP13_VERSION;
    request.xid = 99;
    ofm_reply_begin(&r, &request, 0, &b);
    struct flow_stats fs = { .priority = 7, .idle_age = -1, .hard_age = -1 };
    match_init(&fs.match);
    for (uint64_t i = 0; i < 5000; i++) {
        fs.cookie = i;
        ofm_reply_append(&r, &fs);
    }
    ofm_reply_end(&r);
    size_t ofs = 0, n_messages = 0;
    uint64_t next = 0;
    bool more = true;
    while (ofs < b.len) {
        size_t len = be16_to_cpu(get_unaligned_be16(b.data + ofs + 2));
        struct ofm *m;
        assert_true(more);
        assert_int_equal(ofm_decode(b.data + ofs, len, 0, &m), OFPERR_OK);
        assert_int_equal(m->type, OFM_FLOW_REPLY);
        assert_int_equal(m->xid, 99);
        more = m->more;
        for (size_t i = 0; i < m->flow_reply.n; i++) {
            assert_int_equal(m->flow_reply.p[i].cookie, next++);
        }
        ofm_destroy(m);
        ofs += len;
        n_messages++;
    }
    assert_false(more);
    assert_int_equal(next, 5000);
    assert_true(n_messages > 3);
    buf_fini(&b);
}

/* What does not fit in 64 KB is refused, or cut where it may be. */
static void
test_too_long(void **state)
{
    (void)state;
    struct ofm m, *got;
    struct buf b = BUF_INIT;
    ofm_init(&m, OFM_PACKET_IN);
    m.packet_in.data.p = xzalloc(65535);
    m.packet_in.data.n = m.packet_in.total_len = 65535;
    for (int form = OFM_FORM_AUTO; form <= OFM_FORM_NX2; form++) {
        buf_clear(&b);
        m.form = (enum ofm_form_hint)form;
        assert_true(ofm_encode(&m, OFP13_VERSION, 0, &b));
        assert_int_equal(ofm_decode(b.data, b.len, 0, &got), OFPERR_OK);
        assert_int_equal(got->packet_in.total_len, 65535);
        assert_true(got->packet_in.data.n >= 64000);
        ofm_destroy(got);
    }
    ofm_fini(&m);

    ofm_init(&m, OFM_FLOW_MOD);
    for (int i = 0; i < 5000; i++) {
        act_append_output(&m.flow_mod.f.acts, 1);
    }
    buf_clear(&b);
    assert_false(ofm_encode(&m, OFP13_VERSION, 0, &b));
    assert_int_equal(b.len, 0);

    /* A flow that no message can tell leaves the others. */
    struct flow_stats fs = { .acts = act_list_from_buf(&m.flow_mod.f.acts) };
    struct ofm request;
    struct ofm_reply r;
    ofm_init(&request, OFM_FLOW_REQUEST);
    request.version = OFP13_VERSION;
    ofm_reply_begin(&r, &request, 0, &b);
    ofm_reply_append(&r, &fs);
    fs.acts.len = 0;
    ofm_reply_append(&r, &fs);
    ofm_reply_end(&r);
    size_t first = be16_to_cpu(get_unaligned_be16(b.data + 2));
    assert_int_equal(ofm_decode(b.data + first, b.len - first, 0, &got),
                     OFPERR_OK);
    assert_int_equal(got->flow_reply.n, 1);
    assert_false(got->more);
    ofm_destroy(got);
    ofm_fini(&m);
    buf_fini(&b);
}

static void
check_error(uint8_t version, enum ofp_err err)
{
    struct ofm request;
    struct buf bytes = BUF_INIT, reply = BUF_INIT;
    struct ofm *m, *e;
    ofm_init(&request, OFM_ECHO_REQUEST);
    request.xid = 5;
    uint8_t payload[100] = { 1, 2, 3 };
    request.echo.data.p = payload;
    request.echo.data.n = sizeof payload;
    ofm_encode(&request, version, 0, &bytes);
    assert_int_equal(ofm_decode(bytes.data, bytes.len, 0, &m), OFPERR_OK);
    ofm_error_reply(m, err, &reply);
    assert_int_equal(ofm_decode(reply.data, reply.len, 0, &e), OFPERR_OK);
    assert_int_equal(e->type, OFM_ERROR);
    assert_int_equal(e->error.err, err);
    assert_int_equal(e->version, version);
    assert_int_equal(e->xid, 5);
    assert_int_equal(e->error.data.n, 64);
    assert_memory_equal(e->error.data.p, bytes.data, 64);
    ofm_destroy(m);
    ofm_destroy(e);
    buf_fini(&bytes);
    buf_fini(&reply);
}

static void
test_errors(void **state)
{
    (void)state;
    check_error(OFP10_VERSION, OFPERR_OFPBAC_BAD_OUT_PORT);
    check_error(OFP13_VERSION, OFPERR_OFPFMFC_TABLE_FULL);
    check_error(OFP10_VERSION, OFPERR_OFPBMC_BAD_WILDCARDS); /* Nicira's. */
    check_error(OFP13_VERSION, OFPERR_NXBRC_BAD_REASON);
}

/* The cookie means the flow's to store or those to select. */
static void
test_cookies(void **state)
{
    (void)state;
    static const struct {
        uint8_t version;
        unsigned int formats;
        uint16_t command;
        bool selects;
        bool stores;
    } cases[] = {
        { OFP13_VERSION, 0, OFPFC_ADD, false, true },
        { OFP13_VERSION, 0, OFPFC_MODIFY, true, false },
        { OFP13_VERSION, 0, OFPFC_DELETE, true, false },
        { OFP10_VERSION, 0, OFPFC_ADD, false, true },
        { OFP10_VERSION, FLOW_FORMAT_NXM, OFPFC_MODIFY, true, true },
        { OFP10_VERSION, FLOW_FORMAT_NXM, OFPFC_DELETE, true, true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ofm m, *got;
        struct buf b = BUF_INIT;
        ofm_init(&m, OFM_FLOW_MOD);
        m.flow_mod.command = cases[i].command;
        m.flow_mod.f.table_id = 0;
        m.flow_mod.f.new_cookie = 0x11;
        if (cases[i].command != OFPFC_ADD) {
            m.flow_mod.f.cookie = 0x22;
            m.flow_mod.f.cookie_mask = 0xff;
        }
        ofm_encode(&m, cases[i].version, cases[i].formats, &b);
        assert_int_equal(ofm_decode(b.data, b.len, cases[i].formats, &got),
                         OFPERR_OK);
        const struct flow_spec *f = &got->flow_mod.f;
        assert_int_equal(f->cookie, cases[i].selects ? 0x22 : 0);
        assert_int_equal(f->cookie_mask, cases[i].selects ? 0xff : 0);
        assert_int_equal(f->new_cookie,
                         cases[i].stores ? 0x11 : OFP_COOKIE_KEEP);
        ofm_destroy(got);
        ofm_fini(&m);
        buf_fini(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_damages),    cmocka_unit_test(test_long_reply),
        cmocka_unit_test(test_errors),     cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
