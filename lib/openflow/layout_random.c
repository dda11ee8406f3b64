/* SPDX-License-Identifier: Apache-2.0 */
/* Random valid values for a layout: small lists, short texts, numbers with a
 * bias to the ends of their range. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/openflow/act.h"
#include "lib/openflow/layout_priv.h"
#include "lib/openflow/msg_types.h"

static uint64_t
random_uint(const struct lay_field *f, struct rng *rng)
{
    uint64_t all = f->wire >= 8 ? UINT64_MAX : (1ull << (f->wire * 8)) - 1;
    uint64_t max = f->max ? f->max : all;
    switch (rng_below(rng, 4)) {
    case 0:
        return rng_below(rng, 4) % (max == UINT64_MAX ? max : max + 1);
    case 1:
        return max;
    default:
        return max == UINT64_MAX ? rng_u64(rng) : rng_u64(rng) % (max + 1);
    }
}

static void
random_number(const struct lay_field *f, void *p, struct rng *rng)
{
    uint64_t x = random_uint(f, rng);
    x = MAX(x, f->min);
    x = f->in ? f->in(x) : x;
    lay_store_uint(p, f->size, x);
}

static uint32_t
random_port(struct rng *rng)
{
    static const uint32_t some[] = { 1, 2, OFPORT_LOCAL, OFPORT_ANY,
                                     OFPORT_CONTROLLER, OFPORT_IN_PORT };
    return rng_one_in(rng, 2)
               ? rng_below(rng, OFPORT_MAX10)
               : some[rng_below(rng, (uint32_t)ARRAY_SIZE(some))];
}

static void
random_str(const struct lay_field *f, char *s, struct rng *rng)
{
    if (f->texts) {
        uint32_t n_texts = 0;
        while (f->texts[n_texts]) {
            n_texts++;
        }
        const char *text = f->texts[rng_below(rng, n_texts)];
        memcpy(s, text, strlen(text));
        return;
    }
    size_t n = rng_below(rng, MIN(f->wire, f->size - 1u) + 1u);
    for (size_t i = 0; i < n; i++) {
        s[i] = (char)('!' + rng_below(rng, '~' - '!'));
    }
}

static void
random_data(struct ofm_data *d, struct rng *rng)
{
    d->n = rng_below(rng, 65);
    d->p = d->n ? xmalloc(d->n) : NULL;
    for (size_t i = 0; i < d->n; i++) {
        d->p[i] = (uint8_t)rng_u64(rng);
    }
}

/* Lists to choose from, with the first version that can carry them. */
static const struct list {
    const char *text;
    uint8_t since;
    bool insts; /* Instructions: of flows alone. */
} lists[] = {
    { "drop", 1, false },
    { "output:1", 1, false },
    { "CONTROLLER:128", 1, false },
    { "NORMAL", 1, false },
    { "output:65279", 1, false },
    { "mod_dl_src:02:00:00:00:00:01,output:2,output:3", 1, false },
    { "mod_vlan_vid:10,mod_vlan_pcp:3,FLOOD", 1, false },
    { "strip_vlan,ALL", 1, false },
    { "enqueue:1:2", 1, false },
    { "mod_nw_src:10.0.0.1,mod_tp_dst:80,IN_PORT", 1, false },
    { "resubmit(,3)", 1, false },
    { "resubmit(1,2,ct),exit", 1, false },
    { "load:0x5->NXM_NX_REG0[],resubmit:1", 1, false },
    { "move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]", 1, false },
    { "dec_ttl,LOCAL", 1, false },
    { "set_queue:3", 1, false },
    { "note:01.02.03.04.05.06", 1, false },
    { "learn(table=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],vlan_tci[0..11],"
      "load:5->reg1[0..7],output:in_port)",
      1, false },
    { "learn(table=2,limit=3,result_dst=reg0[3],idle_timeout=5,cookie=7,"
      "eth_type=0x800,load:0x12345678901234567890->xxreg0[0..79])",
      1, false },
    { "conjunction(7,1/3),conjunction(8,64/64)", 1, false },
    { "bundle(eth_src,5,hrw,ofport,members:1,2,LOCAL)", 1, false },
    { "bundle_load(nw_src,0,active_backup,ofport,reg0[0..15],members:9)", 1,
      false },
    { "multipath(symmetric_l4,1024,hash_threshold,128,7,reg0[0..6])", 1,
      false },
    { "output:reg0[],output(port=1,max_len=100)", 1, false },
    { "sample(probability=9,collector_set_id=1,sampling_port=3,egress)", 1,
      false },
    { "sample(probability=9,obs_point_id=1)", 1, false },
    { "ct(commit,zone=5,table=3,nat(src=10.0.0.1-10.0.0.9:1-9,hash))", 1,
      false },
    { "ct(commit,zone=reg0[0..15],nat(dst=[fe80::1]:80,random)),ct_clear", 1,
      false },
    { "clone(ct(force,commit,nat),push:reg0[0..5],pop:reg1[3])", 1, false },
    { "check_pkt_larger(1500)->reg0[0],delete_field:tun_metadata5", 1,
      false },
    { "fin_timeout(idle_timeout=5,hard_timeout=6)", 1, false },
    { "controller(userdata=01.02.03,pause,meter_id=5,id=7)", 1, false },
    { "group:7", 2, false },
    { "set_field:10.0.0.1->ip_dst,output:9", 2, false },
    { "push_vlan:0x8100,set_field:4106->vlan_vid,output:1", 2, false },
    { "push_mpls:0x8847,dec_mpls_ttl", 2, false },
    { "pop_mpls:0x0800", 2, false },
    { "encap(nsh(md_type=2,tlv(0x1000,10,0x12345678))),dec_nsh_ttl", 4,
      false },
    { "encap(ethernet),encap(mpls),decap,decap(packet_type(ns=1,type=5))", 4,
      false },
    { "meter:3,output:1", 4, true },
    { "goto_table:2", 2, true },
    { "clear_actions,goto_table:9", 2, true },
    { "write_actions(output:5,group:1),write_metadata:0x5/0xf", 2, true },
};

static void
random_acts(const struct lay_field *f, void *p, const struct lay_ctx *ctx,
            struct rng *rng)
{
    const struct list *one;
    bool flow = f->kind == LAY_FLOW_ACTS || f->kind == LAY_FLOW_LIST;
    do {
        one = &lists[rng_below(rng, ARRAY_SIZE(lists))];
    } while (ctx->version < one->since || (one->insts && !flow));
    struct buf out = BUF_INIT;
    size_t pos;
    free(acts_parse(one->text, NULL, &out, &pos));
    if (f->kind == LAY_FLOW_LIST || f->kind == LAY_ACT_LIST) {
        struct act_list *l = p;
        size_t len;
        l->first = (const struct act *)(const void *)buf_steal(&out, &len);
        l->len = len;
    } else {
        *(struct buf *)p = out;
    }
}

static void
random_items(const struct lay_field *f, void *obj, const struct lay_ctx *ctx,
             struct rng *rng)
{
    size_t n = rng_below(rng, 4);
    char *p = (char *)obj + f->ofs;
    if (f->kind == LAY_LIST) {
        struct ofm_any_vec *v = (struct ofm_any_vec *)(void *)p;
        v->p = n ? xcalloc(n, f->items->size) : NULL;
        v->n = n;
        p = v->p;
    } else {
        *(size_t *)(void *)((char *)obj + f->n_ofs) = n;
    }
    for (size_t i = 0; i < n; i++) {
        layout_init(f->items, p + i * f->items->size);
        layout_random(f->items, p + i * f->items->size, ctx, rng);
    }
}

static void
random_nxm(const struct lay_field *f, void *obj, struct rng *rng)
{
    match_random((struct match *)(void *)((char *)obj + f->ofs), rng);
    if (f->n_ofs) {
        uint64_t *cookie = (uint64_t *)(void *)((char *)obj + f->n_ofs);
        cookie[1] = rng_one_in(rng, 2) ? 0 : rng_u64(rng);
        cookie[0] = rng_u64(rng) & cookie[1];
    }
}

void
layout_random(const struct layout *l, void *obj, const struct lay_ctx *ctx,
              struct rng *rng)
{
    for (size_t i = 0; i < l->n_fields; i++) {
        const struct lay_field *f = &l->fields[i];
        void *p = (char *)obj + f->ofs;
        switch ((enum lay_kind)f->kind) {
        case LAY_UINT: random_number(f, p, rng); break;
        case LAY_PORT: *(uint32_t *)p = random_port(rng); break;
        case LAY_BYTES:
            for (size_t j = 0; j < f->wire; j++) {
                ((uint8_t *)p)[j] = (uint8_t)rng_u64(rng);
            }
            break;
        case LAY_STR: random_str(f, p, rng); break;
        case LAY_DATA:
            if (!f->opaque) {
                random_data(p, rng);
            }
            break;
        case LAY_LIST:
        case LAY_ARRAY: random_items(f, obj, ctx, rng); break;
        case LAY_MATCH: match_random(p, rng); break;
        case LAY_NXM: random_nxm(f, obj, rng); break;
        case LAY_ACTIONS:
        case LAY_FLOW_ACTS:
        case LAY_FLOW_LIST:
        case LAY_ACT_LIST: random_acts(f, p, ctx, rng); break;
        case LAY_STRUCT:
            layout_init(f->items, p);
            layout_random(f->items, p, ctx, rng);
            break;
        case LAY_OXS:
        case LAY_PROPS: lay_props_random(f->props, p, ctx, rng); break;
        case LAY_CUSTOM:
            if (f->custom->random) {
                f->custom->random(obj, ctx, rng);
            }
            break;
        case LAY_PAD:
        case LAY_LEN:
        case LAY_LENOF: break;
        }
    }
}
