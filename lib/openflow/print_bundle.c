/* SPDX-License-Identifier: Apache-2.0 */
/* Messages inside messages as text. */
#include "lib/openflow/print_priv.h"

static void
put_flags(struct str *s, uint16_t flags)
{
    static const char *const names[] = { "atomic", "ordered" };
    str_put(s, " flags=");
    print_bits(s, flags, names, ARRAY_SIZE(names));
}

void
print_bundle_control(const struct print *p, const struct ofm *m)
{
    static const char *const types[] = {
        "OPEN_REQUEST",   "OPEN_REPLY",   "CLOSE_REQUEST",   "CLOSE_REPLY",
        "COMMIT_REQUEST", "COMMIT_REPLY", "DISCARD_REQUEST", "DISCARD_REPLY",
    };
    const struct ofm_bundle_control *c = &m->bundle_control;
    str_putf(p->s, "\n bundle_id=%#x type=%s", c->bundle_id,
             c->type < ARRAY_SIZE(types) ? types[c->type] : "");
    put_flags(p->s, c->flags);
}

void
print_bundle_add(const struct print *p, const struct ofm *m)
{
    const struct ofm_bundle_add *a = &m->bundle_add;
    struct str inner = STR_INIT;
    str_putf(p->s, "\n bundle_id=%#x", a->bundle_id);
    put_flags(p->s, a->flags);
    ofm_print_bytes(&inner, a->message.p, a->message.n, p->names,
                    p->verbosity);
    str_putf(p->s, "\n%s", str_cstr(&inner));
    str_fini(&inner);
}

void
print_requestforward(const struct print *p, const struct ofm *m)
{
    const struct ofm_data *d = &m->requestforward.request;
    struct ofm *inner;
    if (ofm_decode(d->p, d->n, 0, &inner)) {
        return;
    }
    bool group = inner->type == OFM_GROUP_MOD;
    str_putf(p->s, " reason=%s", group ? "group_mod" : "meter_mod");
    (group ? print_group_mod : print_meter_mod)(p, inner);
    ofm_destroy(inner);
}
