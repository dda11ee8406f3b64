/* SPDX-License-Identifier: Apache-2.0 */
/* Flow monitors as text. */
#include "lib/openflow/print_priv.h"

static void
put_flags(struct str *s, uint16_t flags)
{
    static const char *const names[] = {
        "initial", "add", "delete", "modify", "actions", NULL, "own",
    };
    const char *sep = "";
    str_put(s, " flags=");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (flags >> i & 1 && names[i]) {
            str_putf(s, "%s%s", sep, names[i]);
            sep = ",";
        }
    }
}

static void
put_request(const struct print *p, const struct ofm_monitor_request *r)
{
    struct str *s = p->s;
    str_putf(s, "\n id=%u", r->id);
    if (r->command == OFPFMC_MONITOR_DELETE) {
        str_put(s, " command=delete");
        return;
    }
    put_flags(s, r->flags);
    if (r->out_port != OFPORT_ANY) {
        str_put(s, " out_port=");
        ofport_put(r->out_port, p->names, s);
    }
    if (r->out_group != FLOW_GROUP_ANY) {
        str_putf(s, " out_group=%u", r->out_group);
    }
    if (r->table_id != FLOW_TABLE_ALL) {
        str_putf(s, " table=%u", r->table_id);
    }
    size_t before = s->len;
    str_put_char(s, ' ');
    match_put(&r->match, MATCH_PRIORITY_DEFAULT, p->names, s);
    if (s->len == before + 1) {
        str_truncate(s, before);
    }
}

void
print_monitor_request(const struct print *p, const struct ofm *m)
{
    for (size_t i = 0; i < m->monitor_request.n; i++) {
        put_request(p, &m->monitor_request.p[i]);
    }
}

static void
put_full_update(const struct print *p, const struct ofm_monitor_update *u)
{
    static const char *const events[] = { "INITIAL", "ADDED", "DELETED",
                                          "MODIFIED" };
    static const char *const reasons[] = { "idle", "hard", "delete",
                                           "group_delete", "meter_delete",
                                           "eviction" };
    struct str *s = p->s;
    str_put(s, events[u->event]);
    if (u->event == OFPFME_REMOVED) {
        if (u->reason < ARRAY_SIZE(reasons)) {
            str_putf(s, " reason=%s", reasons[u->reason]);
        } else {
            str_putf(s, " reason=%u", u->reason);
        }
    }
    str_putf(s, " table=%u", u->table_id);
    if (u->idle_timeout) {
        str_putf(s, " idle_timeout=%u", u->idle_timeout);
    }
    if (u->hard_timeout) {
        str_putf(s, " hard_timeout=%u", u->hard_timeout);
    }
    str_putf(s, " cookie=%#llx ", (unsigned long long)u->cookie);
    size_t before = s->len;
    match_put(&u->match, MATCH_PRIORITY_DEFAULT, p->names, s);
    if (u->acts.len) {
        str_put(s, s->len > before ? " actions=" : "actions=");
        acts_put(&u->acts, p->names, s);
    }
}

void
print_monitor_reply(const struct print *p, const struct ofm *m)
{
    for (size_t i = 0; i < m->monitor_reply.n; i++) {
        const struct ofm_monitor_update *u = &m->monitor_reply.p[i];
        str_put(p->s, "\n event=");
        switch (u->event) {
        case OFPFME_ABBREV: str_putf(p->s, "ABBREV xid=0x%x", u->xid); break;
        case OFPFME_PAUSED: str_put(p->s, "PAUSED"); break;
        case OFPFME_RESUMED: str_put(p->s, "RESUMED"); break;
        default: put_full_update(p, u); break;
        }
    }
    str_chomp(p->s, ' ');
}
