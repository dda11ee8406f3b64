/* SPDX-License-Identifier: Apache-2.0 */
/* A difference, in words. */
#include <stdio.h>

#include "tests/sim/sim.h"
#include "vswitchd/xlate/xlate.h"

static void
print_frame(const char *what, uint32_t port, const struct frame *f)
{
    struct flow flow;
    struct str text = STR_INIT;
    memset(&flow, 0, sizeof flow);
    frame_read(f, &flow);
    flow_put(&flow, NULL, &text);
    printf("  %s %u: %s\n    ", what, port, str_cstr(&text));
    for (size_t i = 0; i < f->len; i++) {
        printf("%02x%s", f->b[i], i % 4 == 3 ? " " : "");
    }
    printf("\n");
    str_fini(&text);
}

/* By port, so that two are easily compared. */
static void
print_result(const char *name, const struct oracle_result *r)
{
    printf("%s:\n", name);
    for (uint32_t port = 1; port <= GEN_N_PORTS; port++) {
        for (size_t i = 0; i < r->n_outputs; i++) {
            if (r->outputs[i].ofport == port) {
                print_frame("port", port, &r->outputs[i].frame);
            }
        }
    }
    for (size_t i = 0; i < r->n_packet_ins; i++) {
        printf("  (max_len %u)", r->packet_ins[i].max_len);
        print_frame("packet-in, reason", r->packet_ins[i].reason,
                    &r->packet_ins[i].frame);
    }
    for (size_t i = 0; i < r->n_learned; i++) {
        printf("  learned vlan %u " ETH_ADDR_FMT " on port %u\n",
               r->learned[i].vid, ETH_ADDR_ARGS(r->learned[i].mac),
               r->learned[i].ofport);
    }
}

/* What ofproto/trace would say. */
static void
print_trace(struct sim *s, uint32_t in_port, const struct frame *f)
{
    struct dp_prog_builder b;
    struct str text = STR_INIT;
    struct flow flow;
    struct xlate_trace trace = { .text = &text };
    dp_prog_builder_init(&b, dp_version(vswitch_dp(s->vs)));
    memset(&flow, 0, sizeof flow);
    frame_read(f, &flow);
    flow.in_port = in_port;
    xlate_with_trace(NULL, ofproto_xbridge(bridge_ofproto(s->br)), &flow, &b,
                     &trace);
    printf("trace: %s\n", str_cstr(&text));
    dp_prog_builder_fini(&b);
    str_fini(&text);
}

/* What the switch was told, and the packet, for whoever looks for the
 * fault. */
void
sim_print_difference(struct sim *s, const struct work *w)
{
    for (size_t i = 0; i < s->oracle.n_groups; i++) {
        const struct group_spec *g = &s->oracle.groups[i];
        printf("group %u type %d\n", g->group_id, g->type);
        for (size_t k = 0; k < g->n_buckets; k++) {
            struct act_list l = act_list_from_buf(&g->buckets[k].acts);
            struct str text = STR_INIT;
            acts_put(&l, NULL, &text);
            printf("  weight %u watch %x: %s\n", g->buckets[k].weight,
                   g->buckets[k].watch_port, str_cstr(&text));
            str_fini(&text);
        }
    }
    for (size_t i = 0; i < s->oracle.n_rules; i++) {
        const struct oracle_rule *r = &s->oracle.rules[i];
        struct str text = STR_INIT;
        struct act_list l = act_list_from_buf(&r->acts);
        str_putf(&text, "table=%u,", r->table_id);
        match_put(&r->match, r->priority, NULL, &text);
        str_put(&text, " actions=");
        acts_put(&l, NULL, &text);
        printf("%s\n", str_cstr(&text));
        str_fini(&text);
    }
    for (size_t i = 0; i < s->oracle.n_macs; i++) {
        const struct oracle_mac *m = &s->oracle.fdb[i];
        printf("vlan %u " ETH_ADDR_FMT " on port %u\n", m->vid,
               ETH_ADDR_ARGS(m->mac), m->ofport);
    }
    for (size_t i = 0; i < s->oracle.n_ports; i++) {
        const struct oracle_port *p = &s->oracle.ports[i];
        printf("port %u config %x mode %d tag %u trunks %s", p->ofport,
               p->config, p->vlan_mode, p->tag, p->trunks_all ? "all" : "");
        for (size_t k = 0; k < p->n_trunks && !p->trunks_all; k++) {
            printf(" %u", p->trunks[k]);
        }
        printf("\n");
    }
    struct str flows = STR_INIT;
    ofproto_dump_flows(bridge_ofproto(s->br), &flows);
    printf("the switch has:\n%s", str_cstr(&flows));
    str_fini(&flows);
    print_frame("packet from port", w->in_port, w->frames[0]);
    s->oracle.trace = stdout;
    sim_run_oracle(s, w);
    s->oracle.trace = NULL;
    if (!w->acts) {
        print_trace(s, w->in_port, w->frames[0]);
    }
    print_result("oracle", &s->want);
    print_result("switch", &s->got);
}
