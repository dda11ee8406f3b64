/* SPDX-License-Identifier: Apache-2.0 */
/* Flows and packets as text. */
#include "lib/base/mem.h"
#include "lib/flow/extract.h"
#include "lib/openflow/print_priv.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

/* The checksum as it stands in the packet, if its header is there. */
static void
print_l4_csum(struct str *s, const struct packet *pkt, const struct flow *f)
{
    static const struct {
        uint16_t dl_type;
        uint8_t proto, ofs, min;
        const char *name;
    } rows[] = {
        { 0x0800, 6, 16, 20, "tcp" },  { 0x0800, 17, 6, 8, "udp" },
        { 0x0800, 132, 8, 12, "sctp" }, { 0x0800, 1, 2, 8, "icmp" },
        { 0x86dd, 6, 16, 20, "tcp" },  { 0x86dd, 17, 6, 8, "udp" },
        { 0x86dd, 132, 8, 12, "sctp" }, { 0x86dd, 58, 2, 4, "icmp6" },
    };
    if (f->nw_frag & FLOW_FRAG_LATER) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (be16_to_cpu(f->dl_type) == rows[i].dl_type
            && f->nw_proto == rows[i].proto
            && pkt->len >= (size_t)pkt->l4_ofs + rows[i].min) {
            const uint8_t *l4 = pkt->data + pkt->l4_ofs;
            bool sctp = rows[i].proto == 132;
            str_putf(s, " %s_csum:%x", rows[i].name,
                     sctp ? be32_to_cpu(get_unaligned_be32(l4 + rows[i].ofs))
                          : be16_to_cpu(
                              get_unaligned_be16(l4 + rows[i].ofs)));
            return;
        }
    }
}

/* Removes the first 'what' behind 'start'. */
static void
cut(struct str *s, size_t start, const char *what)
{
    char *p = s->s ? strstr(s->s + start, what) : NULL;
    if (p) {
        size_t n = strlen(what);
        memmove(p, p + n, strlen(p + n) + 1);
        s->len -= n;
    }
}

void
print_packet(const struct print *p, const void *data, size_t len)
{
    uint8_t *copy = xmemdup(data ? data : "", len ? len : 1);
    struct packet pkt = packet_over(copy, len, 0);
    struct flow f;
    packet_parse(&pkt);
    flow_extract(&pkt, 0, &f);
    size_t start = p->s->len;
    flow_put(&f, p->names, p->s);
    cut(p->s, start, "in_port=0,");
    print_l4_csum(p->s, &pkt, &f);
    str_put_char(p->s, '\n');
    free(copy);
}

static void
print_buffer(struct str *s, uint32_t buffer_id, size_t total, size_t n)
{
    if (buffer_id == OFP_NO_BUFFER) {
        str_put(s, " (unbuffered)");
        if (total != n) {
            str_put(s, " (***total_len != data_len***)");
        }
    } else {
        str_putf(s, " buffer=0x%08x", buffer_id);
        if (total < n) {
            str_put(s, " (***total_len < data_len***)");
        }
    }
}

void
print_packet_in(const struct print *p, const struct ofm *m)
{
    static const char *const reasons[OFPR_N] = {
        "no_match", "action", "invalid_ttl", "action_set", "group",
        "packet_out"
    };
    const struct ofm_packet_in *pi = &m->packet_in;
    if (pi->table_id) {
        str_putf(p->s, " table_id=%u", pi->table_id);
    }
    if (pi->cookie != UINT64_MAX) {
        str_putf(p->s, " cookie=0x%llx", (unsigned long long)pi->cookie);
    }
    str_putf(p->s, " total_len=%u ", pi->total_len);
    match_put(&pi->match, MATCH_PRIORITY_DEFAULT, p->names, p->s);
    if (pi->reason < OFPR_N) {
        str_putf(p->s, " (via %s)", reasons[pi->reason]);
    } else {
        str_putf(p->s, " (via %u)", pi->reason);
    }
    str_putf(p->s, " data_len=%zu", pi->data.n);
    print_buffer(p->s, pi->buffer_id, pi->total_len, pi->data.n);
    str_put_char(p->s, '\n');
    if (pi->userdata.n) {
        str_put(p->s, " userdata=");
        for (size_t i = 0; i < pi->userdata.n; i++) {
            str_putf(p->s, "%s%02x", i ? "." : "", pi->userdata.p[i]);
        }
        str_put_char(p->s, '\n');
    }
    if (p->verbosity > 0) {
        print_packet(p, pi->data.p, pi->data.n);
    }
}

void
print_packet_out(const struct print *p, const struct ofm *m)
{
    const struct ofm_packet_out *po = &m->packet_out;
    struct act_list acts = act_list_from_buf(&po->acts);
    struct match match = po->match;
    match.flow.in_port = po->in_port;
    match.mask.in_port = UINT32_MAX;
    str_put_char(p->s, ' ');
    match_put(&match, MATCH_PRIORITY_DEFAULT, p->names, p->s);
    str_put(p->s, " actions=");
    acts_put(&acts, p->names, p->s);
    if (po->buffer_id != OFP_NO_BUFFER) {
        str_putf(p->s, " buffer=0x%08x", po->buffer_id);
        return;
    }
    str_putf(p->s, " data_len=%zu\n", po->data.n);
    if (p->verbosity > 0 && po->data.n) {
        print_packet(p, po->data.p, po->data.n);
    }
}

/* " ip,in_port=1": nothing for a catch-all of default priority. */
static void
print_match(const struct print *p, const struct match *m, int priority)
{
    size_t before = p->s->len;
    str_put_char(p->s, ' ');
    match_put(m, priority, p->names, p->s);
    if (p->s->len == before + 1) {
        str_truncate(p->s, before);
    }
}

static void
print_flags(struct str *s, uint16_t flags)
{
    static const char *const names[] = { "send_flow_rem", "check_overlap",
                                         "reset_counts", "no_packet_counts",
                                         "no_byte_counts" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (flags >> i & 1) {
            str_putf(s, "%s ", names[i]);
        }
    }
}

static void
print_cookies(struct str *s, const struct flow_spec *f)
{
    if (f->new_cookie && f->new_cookie != OFP_COOKIE_KEEP) {
        str_putf(s, "cookie:0x%llx ", (unsigned long long)f->new_cookie);
    }
    if (f->cookie_mask) {
        str_putf(s, "cookie:0x%llx/0x%llx ", (unsigned long long)f->cookie,
                 (unsigned long long)f->cookie_mask);
    }
}

void
print_flow_mod(const struct print *p, const struct ofm *m)
{
    static const char *const commands[] = { "ADD", "MOD", "MOD_STRICT", "DEL",
                                            "DEL_STRICT" };
    const struct flow_spec *f = &m->flow_mod.f;
    struct str *s = p->s;
    str_putf(s, " %s", commands[m->flow_mod.command]);
    if (f->table_id) {
        str_putf(s, " table:%u", f->table_id);
    }
    print_match(p, &f->match, f->priority);
    str_put_char(s, ' ');
    print_cookies(s, f);
    if (f->idle_timeout) {
        str_putf(s, "idle:%u ", f->idle_timeout);
    }
    if (f->hard_timeout) {
        str_putf(s, "hard:%u ", f->hard_timeout);
    }
    if (f->importance) {
        str_putf(s, "importance:%u ", f->importance);
    }
    if (f->buffer_id != OFP_NO_BUFFER) {
        str_putf(s, "buf:0x%x ", f->buffer_id);
    }
    if (f->out_port != OFPORT_ANY) {
        str_put(s, "out_port:");
        ofport_put(f->out_port, p->names, s);
        str_put_char(s, ' ');
    }
    /* Before 1.2 there is no such flag: a decoder sets it for what an add
     * means there. */
    bool implied = p->version < OFP12_VERSION;
    print_flags(s, implied ? f->flags & ~FLOW_FLAG_RESET_COUNTS : f->flags);
    struct act_list acts = act_list_from_buf(&f->acts);
    str_put(s, "actions=");
    acts_put(&acts, p->names, s);
}

void
print_flow_removed(const struct print *p, const struct ofm *m)
{
    static const char *const reasons[] = { "idle", "hard", "delete",
                                           "group_delete", "meter_delete",
                                           "eviction" };
    const struct ofm_flow_removed *fr = &m->flow_removed;
    str_put_char(p->s, ' ');
    match_put(&fr->match, fr->priority, p->names, p->s);
    if (fr->reason < ARRAY_SIZE(reasons)) {
        str_putf(p->s, " reason=%s", reasons[fr->reason]);
    } else {
        str_putf(p->s, " reason=%u", fr->reason);
    }
    if (fr->table_id != FLOW_TABLE_ALL) {
        str_putf(p->s, " table_id=%u", fr->table_id);
    }
    if (fr->cookie) {
        str_putf(p->s, " cookie:0x%llx", (unsigned long long)fr->cookie);
    }
    str_put(p->s, " duration");
    duration_put(fr->duration_sec, fr->duration_nsec, p->s);
    str_putf(p->s, " idle%u", fr->idle_timeout);
    if (fr->hard_timeout) {
        str_putf(p->s, " hard%u", fr->hard_timeout);
    }
    str_putf(p->s, " pkts%llu bytes%llu",
             (unsigned long long)fr->packet_count,
             (unsigned long long)fr->byte_count);
}

void
print_flow_request(const struct print *p, const struct ofm *m)
{
    const struct ofm_flow_request *r = &m->flow_request;
    if (r->table_id != FLOW_TABLE_ALL) {
        str_putf(p->s, " table=%u", r->table_id);
    }
    if (r->out_port != OFPORT_ANY) {
        str_put(p->s, " out_port=");
        ofport_put(r->out_port, p->names, p->s);
    }
    print_match(p, &r->match, MATCH_PRIORITY_DEFAULT);
}

void
print_flow_reply(const struct print *p, const struct ofm *m)
{
    for (size_t i = 0; i < m->flow_reply.n; i++) {
        str_put(p->s, "\n ");
        flow_stats_put(&m->flow_reply.p[i], p->names, true, p->s);
    }
}

void
print_aggregate(const struct print *p, const struct ofm *m)
{
    const struct ofm_aggregate *a = &m->aggregate;
    str_putf(p->s, " packet_count=%llu byte_count=%llu flow_count=%u",
             (unsigned long long)a->packet_count,
             (unsigned long long)a->byte_count, a->flow_count);
}
