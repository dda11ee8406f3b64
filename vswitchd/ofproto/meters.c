/* SPDX-License-Identifier: Apache-2.0 */
/* Meters: immutable objects swapped in the bridge's map [OF1.3.5 5.7]. */
#include <stdlib.h>

#include "datapath/meter.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

static void
meter_free(void *m_)
{
    struct xmeter *m = m_;
    dp_meter_unref(&m->meter);
    free(m);
}

static enum ofp_err
check_meter(const struct meter_spec *s)
{
    if (!s->meter_id || (s->meter_id > METER_ID_MAX
                         && s->meter_id != METER_ID_CONTROLLER
                         && s->meter_id != METER_ID_SLOWPATH)) {
        return OFPERR_OFPMMFC_INVALID_METER;
    }
    if (s->n_bands > DP_METER_BANDS_MAX) {
        return OFPERR_OFPMMFC_OUT_OF_BANDS;
    }
    bool kbps = s->flags & METER_FLAG_KBPS;
    bool pktps = s->flags & METER_FLAG_PKTPS;
    if (kbps == pktps) {
        return OFPERR_OFPMMFC_BAD_FLAGS;
    }
    for (size_t i = 0; i < s->n_bands; i++) {
        if (s->bands[i].type != METER_BAND_DROP) {
            return OFPERR_OFPMMFC_BAD_BAND;
        }
        if (!s->bands[i].rate) {
            return OFPERR_OFPMMFC_BAD_RATE;
        }
    }
    return 0;
}

static void
meter_install(struct ofproto *of, const struct meter_spec *s)
{
    struct dp_meter_cfg cfg = {
        .is_pktps = (s->flags & METER_FLAG_PKTPS) != 0,
        .n_bands = (unsigned int)s->n_bands,
    };
    for (size_t i = 0; i < s->n_bands; i++) {
        cfg.bands[i].rate = s->bands[i].rate;
        cfg.bands[i].burst = s->flags & METER_FLAG_BURST
                                 ? s->bands[i].burst_size : 0;
    }
    struct xmeter *m = xzalloc(sizeof *m);
    m->meter_id = s->meter_id;
    m->spec = *s;
    m->meter = dp_meter_create(&cfg);
    struct xmeter *old = idmap_set(&of->x.meters, m);
    if (old) {
        rcu_defer(meter_free, old);
    }
    dp_token_touch(of->dp, of->x.groups_token);
    rules_publish(of);
}

static void
meter_delete(struct ofproto *of, uint32_t id)
{
    rules_delete_by_act(of, ACT_METER, id);
    struct xmeter *old = idmap_remove(&of->x.meters, id);
    if (old) {
        rcu_defer(meter_free, old);
        dp_token_touch(of->dp, of->x.groups_token);
    }
}

enum ofp_err
metermod_apply(struct ofproto *of, const struct ofm_meter_mod *m)
{
    const struct meter_spec *s = &m->m;
    if (m->command == OFPMC_DELETE) {
        if (s->meter_id == METER_ID_ALL) {
            IDMAP_FOR_EACH (struct xmeter, x, &of->x.meters) {
                meter_delete(of, x->meter_id);
            }
        } else {
            meter_delete(of, s->meter_id);
        }
        rules_publish(of);
        return 0;
    }
    bool exists = idmap_get(&of->x.meters, s->meter_id) != NULL;
    enum ofp_err err = check_meter(s);
    if (err) {
        return err;
    }
    if (m->command == OFPMC_ADD && exists) {
        return OFPERR_OFPMMFC_METER_EXISTS;
    }
    if (m->command == OFPMC_ADD && of->x.meters.n >= METERS_MAX) {
        return OFPERR_OFPMMFC_OUT_OF_METERS;
    }
    if (m->command == OFPMC_MODIFY && !exists) {
        return OFPERR_OFPMMFC_UNKNOWN_METER;
    }
    if (m->command > OFPMC_DELETE) {
        return OFPERR_OFPMMFC_BAD_COMMAND;
    }
    meter_install(of, s);
    return 0;
}
