/* SPDX-License-Identifier: Apache-2.0 */
/* What a table does when it is full, as text: table_mod and descriptions. */
#include "lib/openflow/print_priv.h"

static const char *
on_off(bool on)
{
    return on ? "on" : "off";
}

/* As the peer shows it: of what to evict by, where given, three values mean
 * "whatever it is", on and off. */
static void
put_eviction(struct str *s, const struct ofm_table_mod *tm)
{
    uint32_t flags = tm->eviction_flags;
    if (flags == OFPTMPEF_UNSET) {
        flags = tm->config & OFPTC_EVICTION ? 1 : 2;
    }
    if (flags) {
        str_putf(s, ", eviction=%s", flags == 1   ? "on"
                                     : flags == 2 ? "off"
                                                  : "***error***");
    }
}

void
print_table_mod(const struct print *p, const struct ofm *m)
{
    static const char *const miss[] = { "controller", "continue", "drop" };
    const struct ofm_table_mod *tm = &m->table_mod;
    if (tm->table_id == FLOW_TABLE_ALL) {
        str_put(p->s, " table_id: ALL_TABLES");
    } else {
        str_putf(p->s, " table_id=%u", tm->table_id);
    }
    uint32_t config = tm->config & OFPTC_TABLE_MISS_MASK;
    if (p->version < OFP13_VERSION) {
        str_putf(p->s, ", flow_miss_config=%s",
                 miss[config < ARRAY_SIZE(miss) ? config : 0]);
    }
    if (p->version >= OFP14_VERSION) {
        bool vacancy = tm->config & OFPTC_VACANCY_EVENTS;
        put_eviction(p->s, tm);
        str_putf(p->s, ", vacancy=%s", on_off(vacancy));
        if (vacancy) {
            str_putf(p->s, " vacancy:%u,%u", tm->vacancy_down,
                     tm->vacancy_up);
        }
    }
}

static void
put_eviction_flags(struct str *s, uint32_t flags)
{
    static const char *const names[] = { "OTHER", "IMPORTANCE", "LIFETIME" };
    if (flags == OFPTMPEF_UNSET) {
        str_put(s, "(default)");
        return;
    }
    if (!flags) {
        str_put(s, "0");
        return;
    }
    const char *sep = "";
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (flags >> i & 1) {
            str_putf(s, "%s%s", sep, names[i]);
            sep = "|";
        }
    }
    flags &= ~7u;
    if (flags) {
        str_putf(s, "%s0x%x", sep, flags);
    }
}

static void
put_table_desc(const struct print *p, const struct ofm_table_mod *d)
{
    const struct ofp_names *n = p->names;
    const char *name = n && n->table_name
                           ? n->table_name(n->aux, d->table_id)
                           : NULL;
    if (name) {
        str_putf(p->s, "\n  table %s", name);
    } else {
        str_putf(p->s, "\n  table %u", d->table_id);
    }
    bool vacancy = d->config & OFPTC_VACANCY_EVENTS;
    str_putf(p->s, ":\n   eviction=%s eviction_flags=",
             on_off(d->config & OFPTC_EVICTION));
    put_eviction_flags(p->s, d->eviction_flags);
    str_putf(p->s, "\n   vacancy=%s", on_off(vacancy));
    if (vacancy) {
        str_putf(p->s, " vacancy_down=%u%% vacancy_up=%u%% vacancy=%u%%",
                 d->vacancy_down, d->vacancy_up, d->vacancy);
    }
    str_put_char(p->s, '\n');
}

void
print_table_desc(const struct print *p, const struct ofm *m)
{
    for (size_t i = 0; i < m->table_desc.n; i++) {
        put_table_desc(p, &m->table_desc.p[i]);
    }
}

void
print_table_status(const struct print *p, const struct ofm *m)
{
    const struct ofm_table_status *ts = &m->table_status;
    str_putf(p->s, " reason=VACANCY_%s\ntable_desc:-",
             ts->reason == OFPTR_VACANCY_UP ? "UP" : "DOWN");
    put_table_desc(p, &ts->desc);
}
