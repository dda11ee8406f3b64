/* SPDX-License-Identifier: Apache-2.0 */
/* Our side of tests/interop/test_flow_text.py, without a switch:
 *
 *   flow_twin random SEED N      N lines of random flow text
 *   flow_twin send VERSION       flow text lines to flow_mod messages, of
 *                                those that the version can carry
 *   flow_twin show               messages to what ofctl prints of them
 *   flow_twin messages VERSION SEED ROUNDS
 *                                a random message of each type and form of
 *                                the wire version, ROUNDS times
 *
 * Else VERSION is 10, 11 .. 15, or nxm.  Standard input to standard output. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/openflow/msg.h"
#include "lib/openflow/text.h"

/* Actions to choose from; those that contradict a match are left out. */
static const char *const pool[] = {
    "output:1", "output:7", "LOCAL", "NORMAL", "IN_PORT", "CONTROLLER:100",
    "controller(max_len=64,id=9)", "group:3", "set_queue:2", "pop_queue",
    "mod_dl_src:02:00:00:00:00:01", "mod_dl_dst:02:00:00:00:00:02",
    "mod_nw_src:10.0.0.1", "mod_nw_dst:10.0.0.2", "mod_nw_tos:8",
    "mod_tp_src:80", "mod_tp_dst:8080", "mod_nw_ttl:3", "mod_nw_ecn:2",
    "mod_vlan_vid:9", "mod_vlan_pcp:3", "strip_vlan", "push_mpls:0x8847",
    "set_mpls_label(5)", "dec_mpls_ttl", "pop_mpls:0x0800", "dec_ttl",
    "dec_ttl(1,2)", "set_field:10.0.0.0/8->ip_src",
    "set_field:10.1.2.3->ip_dst", "set_field:5->metadata",
    "set_field:0x50/0xf0->reg3", "set_field:fe80::1->ipv6_dst",
    "set_field:80->tcp_src", "set_field:81->udp_dst", "set_field:9->sctp_src",
    "set_field:3->ip_dscp", "set_field:64->nw_ttl", "set_field:7->xxreg1",
    "set_field:2->arp_op", "set_field:1.2.3.4->arp_spa",
    "set_field:02:00:00:00:00:03->arp_tha", "set_field:fe80::2->nd_target",
    "load:5->reg0[3..7]", "load:1->reg1[31]", "load:0x1234->metadata[8..23]",
    "load:5->ip_src[0..7]", "load:2->in_port", "load:7->tun_id[]",
    "move:eth_src->eth_dst", "move:reg0[0..15]->reg1[16..31]",
    "move:ip_src->ip_dst", "move:metadata->xreg2", "set_tunnel:5",
    "set_tunnel64:6", "resubmit(,9)", "resubmit:3", "resubmit(4,5)",
    "note:01.02.03", "exit", "clone(output:1,mod_dl_src:02:00:00:00:00:09)",
    "write_metadata:5/7", "goto_table:9",
    ("learn(table=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:5->reg1[0..7],"
     "output:in_port)"),
    "learn(table=2,limit=3,result_dst=reg0[3],idle_timeout=5,cookie=7)",
    "bundle(eth_src,5,hrw,ofport,members:1,2)",
    "bundle_load(nw_src,0,active_backup,ofport,reg0[0..15],members:9)",
    "multipath(symmetric_l4,1024,hash_threshold,128,7,reg0[0..6])",
    "output:reg0[]", "output(port=1,max_len=100)",
    "sample(probability=9,collector_set_id=1,sampling_port=3,egress)",
    "ct_clear", "push:reg0[0..5]", "pop:reg1[3]",
    "check_pkt_larger(1500)->reg0[0]", "delete_field:tun_metadata5",
    "controller(userdata=01.02.03,pause)",
};

static bool
is_good(const char *text)
{
    struct flow_spec spec;
    struct text_err err;
    if (!flow_spec_parse(text, FLOW_SPEC_ADD, NULL, &spec, &err)) {
        text_err_fini(&err);
        return false;
    }
    bool good = (spec.formats & FLOW_FORMAT_OF13) != 0;
    flow_spec_fini(&spec);
    return good;
}

static void
print_random(struct rng *rng)
{
    struct match m;
    struct str s = STR_INIT;
    match_random(&m, rng);
    int priority = rng_one_in(rng, 2) ? MATCH_PRIORITY_DEFAULT
                                      : (int)rng_below(rng, 65536);
    match_put(&m, priority, NULL, &s);
    str_put(&s, s.len ? ",actions=" : "actions=");
    for (uint32_t n = rng_below(rng, 5); n > 0; n--) {
        size_t len = s.len;
        const char *a = pool[rng_below(rng, (uint32_t)ARRAY_SIZE(pool))];
        str_putf(&s, "%s%s", str_ends_with(&s, "=") ? "" : ",", a);
        if (!is_good(str_cstr(&s))) {
            str_truncate(&s, len);
        }
    }
    printf("%s%s\n", str_cstr(&s), str_ends_with(&s, "=") ? "drop" : "");
    str_fini(&s);
}

static int
send_flows(const char *version_name)
{
    char line[65536];
    bool nxm = !strcmp(version_name, "nxm");
    uint8_t version = (uint8_t)(nxm ? OFP10_VERSION : atoi(version_name) - 9);
    unsigned int format = nxm                        ? FLOW_FORMAT_NXM
                          : version == OFP10_VERSION ? FLOW_FORMAT_OF10
                                                     : FLOW_FORMAT_OF11;
    format <<= version > OFP11_VERSION ? version - OFP11_VERSION : 0;
    while (fgets(line, sizeof line, stdin)) {
        struct ofm m;
        struct text_err err;
        struct buf b = BUF_INIT;
        line[strcspn(line, "\n")] = '\0';
        ofm_init(&m, OFM_FLOW_MOD);
        flow_spec_fini(&m.flow_mod.f);
        if (!flow_spec_parse(line, FLOW_SPEC_ADD, NULL, &m.flow_mod.f,
                             &err)) {
            fprintf(stderr, "%s: %zu: %s\n", line, err.pos, err.message);
            return 1;
        }
        if (m.flow_mod.f.table_id == FLOW_TABLE_ALL) {
            m.flow_mod.f.table_id = 0;
        }
        if (m.flow_mod.f.formats & format) {
            ofm_encode(&m, version, nxm ? FLOW_FORMAT_NXM : 0, &b);
            fwrite(b.data, 1, b.len, stdout);
        }
        buf_fini(&b);
        ofm_fini(&m);
    }
    return 0;
}

static int
show_messages(void)
{
    struct buf in = BUF_INIT;
    uint8_t chunk[4096];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, stdin)) > 0) {
        buf_put(&in, chunk, n);
    }
    for (size_t ofs = 0; ofs + 8 <= in.len;) {
        size_t len = be16_to_cpu(get_unaligned_be16(in.data + ofs + 2));
        struct str s = STR_INIT;
        if (len < 8 || ofs + len > in.len) {
            return 1;
        }
        ofm_print_bytes(&s, in.data + ofs, len, NULL, 1);
        fputs(str_cstr(&s), stdout);
        str_fini(&s);
        ofs += len;
    }
    buf_fini(&in);
    return 0;
}

/* One random message, if what is sent comes back: values that no form can
 * say were left out on the way. */
static void
put_message(enum ofm_type type, uint8_t version, enum ofm_form_hint form,
            struct rng *rng)
{
    struct ofm m, *got;
    struct buf b = BUF_INIT;
    unsigned int formats = form ? FLOW_FORMAT_NXM_TID : 0;
    ofm_random(&m, type, version, form, rng);
    m.xid = 1 + rng_below(rng, 1000);
    if (ofm_encode(&m, version, formats, &b)
        && !ofm_decode(b.data, b.len, formats, &got)) {
        buf_clear(&b);
        if (ofm_encode(got, version, formats, &b)) {
            fwrite(b.data, 1, b.len, stdout);
        }
        ofm_destroy(got);
    }
    ofm_fini(&m);
    buf_fini(&b);
}

static void
put_messages(uint8_t version, uint64_t seed, int rounds)
{
    struct rng rng;
    rng_seed(&rng, seed);
    for (; rounds > 0; rounds--) {
        for (int t = OFM_NONE + 1; t < OFM_N; t++) {
            if (ofm_exists((enum ofm_type)t, version)) {
                for (int h = OFM_FORM_AUTO; h <= OFM_FORM_NX2; h++) {
                    put_message((enum ofm_type)t, version,
                                (enum ofm_form_hint)h, &rng);
                }
            }
        }
    }
}

int
main(int argc, char *argv[])
{
    if (argc == 4 && !strcmp(argv[1], "random")) {
        struct rng rng;
        rng_seed(&rng, strtoull(argv[2], NULL, 0));
        for (int i = atoi(argv[3]); i > 0; i--) {
            print_random(&rng);
        }
        return 0;
    }
    if (argc == 3 && !strcmp(argv[1], "send")) {
        return send_flows(argv[2]);
    }
    if (argc == 2 && !strcmp(argv[1], "show")) {
        return show_messages();
    }
    if (argc == 5 && !strcmp(argv[1], "messages")) {
        put_messages((uint8_t)atoi(argv[2]), strtoull(argv[3], NULL, 0),
                     atoi(argv[4]));
        return 0;
    }
    fputs("usage: flow_twin random SEED N | send VERSION | show | "
          "messages VERSION SEED ROUNDS\n",
          stderr);
    return 1;
}
