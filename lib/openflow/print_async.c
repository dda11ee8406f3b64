/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, and which messages a controller gets, as text. */
#include "lib/openflow/print_priv.h"

static const char *
role_name(uint32_t role)
{
    static const char *const names[] = { "nochange", "equal", "primary",
                                         "secondary" };
    return role < ARRAY_SIZE(names) ? names[role] : "(unknown)";
}

void
print_role(const struct print *p, const struct ofm *m)
{
    const struct ofm_role *r = &m->role;
    str_putf(p->s, " role=%s", role_name(r->role));
    bool nx = m->form != OFM_FORM_AUTO || p->version == OFP10_VERSION;
    bool said = m->type == OFM_ROLE_REPLY || r->role != OFPCR_ROLE_NOCHANGE;
    if (!nx && said && r->generation_id != UINT64_MAX) {
        str_putf(p->s, " generation_id=%llu",
                 (unsigned long long)r->generation_id);
    }
}

/* Reasons that have a name, by bit. */
static const char *const role_reasons[] = { "primary_request",
                                            "configuration_changed",
                                            "experimenter_data_changed" };

void
print_role_status(const struct print *p, const struct ofm *m)
{
    const struct ofm_role_status *rs = &m->role_status;
    str_putf(p->s, " role=%s", role_name(rs->role));
    if (rs->generation_id != UINT64_MAX) {
        str_putf(p->s, " generation_id=%llu",
                 (unsigned long long)rs->generation_id);
    }
    str_putf(p->s, " reason=%s",
             rs->reason < ARRAY_SIZE(role_reasons) ? role_reasons[rs->reason]
                                                   : "(unknown)");
}

static void
print_reasons(struct str *s, const char *title, uint32_t mask,
              const char *const names[], size_t n)
{
    str_putf(s, "%16s:", title);
    bool any = false;
    for (size_t i = 0; i < n && mask != OFM_ASYNC_UNSAID; i++) {
        if (mask >> i & 1 && names[i]) {
            str_putf(s, " %s", names[i]);
            any = true;
        }
    }
    str_put(s, any ? "\n" : " (off)\n");
}

void
print_async(const struct print *p, const struct ofm *m)
{
    static const char *const packet_in[] = { "no_match",    "action",
                                             "invalid_ttl", "action_set",
                                             "group",       "packet_out" };
    static const char *const port_status[] = { "add", "delete", "modify" };
    static const char *const removed[] = { "idle", "hard", "delete",
                                           "group_delete", "meter_delete",
                                           "eviction" };
    static const char *const table_status[] = { NULL, NULL, NULL,
                                                "vacancy_down",
                                                "vacancy_up" };
    static const char *const forward[] = { "group_mod_request",
                                           "meter_mod_request" };
    const struct ofm_async *a = &m->async;
    size_t n_packet_in = p->version >= OFP14_VERSION ? ARRAY_SIZE(packet_in)
                                                     : 3;
    str_put_char(p->s, '\n');
    for (size_t i = 0; i < 2; i++) {
        str_putf(p->s, "%s %s:\n", i ? "\n" : "",
                 i ? "secondary" : "primary");
        print_reasons(p->s, "PACKET_IN", a->packet_in[i], packet_in,
                      n_packet_in);
        print_reasons(p->s, "PORT_STATUS", a->port_status[i], port_status,
                      ARRAY_SIZE(port_status));
        print_reasons(p->s, "FLOW_REMOVED", a->flow_removed[i], removed,
                      ARRAY_SIZE(removed));
        print_reasons(p->s, "ROLE_STATUS", a->role_status[i], role_reasons,
                      ARRAY_SIZE(role_reasons));
        print_reasons(p->s, "TABLE_STATUS", a->table_status[i], table_status,
                      ARRAY_SIZE(table_status));
        print_reasons(p->s, "REQUESTFORWARD", a->requestforward[i], forward,
                      ARRAY_SIZE(forward));
    }
}
