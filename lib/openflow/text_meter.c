/* SPDX-License-Identifier: Apache-2.0 */
/* Meters from text and to it. */
#include "lib/base/mem.h"
#include "lib/openflow/text_priv.h"

static const struct {
    const char *name;
    uint16_t flag;
} flags[] = {
    { "kbps", METER_FLAG_KBPS },
    { "pktps", METER_FLAG_PKTPS },
    { "burst", METER_FLAG_BURST },
    { "stats", METER_FLAG_STATS },
};

static const struct {
    const char *name;
    uint32_t id;
} meter_names[] = {
    { "all", METER_ID_ALL },
    { "controller", METER_ID_CONTROLLER },
    { "slowpath", METER_ID_SLOWPATH },
};

struct parser {
    struct text_scan scan;
    bool need_bands;
    bool have_rate;
    struct meter_spec *spec;
    struct meter_band *band; /* Being read; NULL before the first. */
    struct text_err *err;
};

static bool
fail_at(struct parser *p, const char *at, const char *message)
{
    return text_fail(p->err, &p->scan, at, xstrdup(message));
}

static bool
parse_meter_id(struct parser *p)
{
    uint64_t x;
    for (size_t i = 0; i < ARRAY_SIZE(meter_names); i++) {
        if (!strcmp(p->scan.value, meter_names[i].name)) {
            p->spec->meter_id = meter_names[i].id;
            return p->spec->meter_id != METER_ID_ALL || !p->need_bands
                   || fail_at(p, p->scan.value, "invalid value for meter");
        }
    }
    if (!text_number(&p->scan, "meter", UINT32_MAX, &x, p->err)) {
        return false;
    }
    p->spec->meter_id = (uint32_t)x;
    return (x && x <= METER_ID_MAX)
           || fail_at(p, p->scan.value, "invalid value for meter");
}

static bool
parse_flag(struct parser *p)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (!strcmp(p->scan.key, flags[i].name)) {
            p->spec->flags |= flags[i].flag;
            return true;
        }
    }
    return false;
}

/* Closes the band that was read. */
static bool
end_band(struct parser *p)
{
    return !p->band || p->have_rate
           || fail_at(p, p->scan.key, "band must have 'rate'");
}

static bool
begin_band(struct parser *p)
{
    struct meter_spec *spec = p->spec;
    if (!end_band(p)) {
        return false;
    }
    if (spec->n_bands >= METER_BANDS_MAX) {
        return fail_at(p, p->scan.key, "too many bands");
    }
    p->band = &spec->bands[spec->n_bands++];
    *p->band = (struct meter_band){ .type = 0 };
    p->have_rate = false;
    if (!strcmp(p->scan.value, "drop")) {
        p->band->type = METER_BAND_DROP;
    } else if (!strcmp(p->scan.value, "dscp_remark")) {
        p->band->type = METER_BAND_DSCP_REMARK;
    } else {
        return text_fail(p->err, &p->scan, p->scan.value,
                         xasprintf("field type unknown value %s",
                                   p->scan.value));
    }
    return true;
}

static bool
parse_rate(struct parser *p)
{
    uint64_t x;
    if (!text_number(&p->scan, "rate", UINT32_MAX, &x, p->err)) {
        return false;
    }
    p->band->rate = (uint32_t)x;
    p->have_rate = true;
    return true;
}

static bool
parse_burst_size(struct parser *p)
{
    uint64_t x;
    if (!text_number(&p->scan, "burst_size", UINT32_MAX, &x, p->err)) {
        return false;
    }
    p->band->burst_size = (uint32_t)x;
    return p->spec->flags & METER_FLAG_BURST
           || fail_at(p, p->scan.key,
                      "band may have 'burst_size' only when 'burst' flag is "
                      "set");
}

static bool
parse_prec_level(struct parser *p)
{
    uint64_t x;
    if (!text_number(&p->scan, "prec_level", UINT8_MAX, &x, p->err)) {
        return false;
    }
    p->band->prec_level = (uint8_t)x;
    return p->band->type == METER_BAND_DSCP_REMARK
           || fail_at(p, p->scan.key,
                      "prec_level is for dscp_remark bands only");
}

static bool
parse_band_word(struct parser *p)
{
    static const struct {
        const char *name;
        bool (*parse)(struct parser *);
    } words[] = {
        { "type", begin_band },
        { "rate", parse_rate },
        { "burst_size", parse_burst_size },
        { "prec_level", parse_prec_level },
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(p->scan.key, words[i].name)) {
            if (!p->band && words[i].parse != begin_band) {
                return fail_at(p, p->scan.key,
                               "band must start with the 'type' keyword");
            }
            return words[i].parse(p);
        }
    }
    return text_fail(p->err, &p->scan, p->scan.key,
                     xasprintf("unknown keyword %s", p->scan.key));
}

static bool
parse_bands(struct parser *p)
{
    if (!p->need_bands) {
        return fail_at(p, p->scan.key, "bands are not needed");
    }
    text_scan_unread(&p->scan, p->scan.value);
    while (text_scan_next(&p->scan)) {
        if (!p->scan.value) {
            return text_fail(p->err, &p->scan, p->scan.key,
                             xasprintf("field %s missing value",
                                       p->scan.key));
        }
        if (!parse_band_word(p)) {
            return false;
        }
    }
    return end_band(p);
}

static bool
check_complete(struct parser *p)
{
    const struct meter_spec *spec = p->spec;
    const char *start = p->scan.copy;
    if (!spec->meter_id) {
        return fail_at(p, start, "must specify 'meter'");
    }
    if (!p->need_bands) {
        return true;
    }
    if (!spec->n_bands) {
        return fail_at(p, start, "must specify bands");
    }
    if (!(spec->flags & (METER_FLAG_KBPS | METER_FLAG_PKTPS))) {
        return fail_at(p, start,
                       "meter must specify either 'kbps' or 'pktps'");
    }
    if (spec->flags & METER_FLAG_KBPS && spec->flags & METER_FLAG_PKTPS) {
        return fail_at(p, start, "'kbps' and 'pktps' exclude each other");
    }
    return true;
}

static bool
parse_all(struct parser *p)
{
    while (text_scan_next(&p->scan)) {
        const char *key = p->scan.key;
        if (parse_flag(p)) {
            continue;
        }
        bool bands = !strcmp(key, "band") || !strcmp(key, "bands");
        if (!p->scan.value) {
            return text_fail(p->err, &p->scan, key,
                             xasprintf("field %s missing value", key));
        }
        if (bands) {
            if (!parse_bands(p)) {
                return false;
            }
        } else if (strcmp(key, "meter") != 0) {
            return text_fail(p->err, &p->scan, key,
                             xasprintf("unknown keyword %s", key));
        } else if (!parse_meter_id(p)) {
            return false;
        }
    }
    return check_complete(p);
}

bool
meter_spec_parse(const char *text, bool need_bands, struct meter_spec *spec,
                 struct text_err *err)
{
    struct parser p = { .need_bands = need_bands, .spec = spec,
                        .err = err };
    memset(spec, 0, sizeof *spec);
    *err = (struct text_err){ NULL, 0 };
    text_scan_init(&p.scan, text);
    bool ok = parse_all(&p);
    text_scan_fini(&p.scan);
    return ok;
}

static void
put_band(const struct meter_band *band, uint16_t meter_flags, struct str *s)
{
    str_putf(s, "\ntype=%s rate=%u",
             band->type == METER_BAND_DROP ? "drop" : "dscp_remark",
             band->rate);
    if (meter_flags & METER_FLAG_BURST) {
        str_putf(s, " burst_size=%u", band->burst_size);
    }
    if (band->type == METER_BAND_DSCP_REMARK) {
        str_putf(s, " prec_level=%u", band->prec_level);
    }
}

void
meter_put(const struct meter_spec *spec, struct str *s)
{
    const char *name = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(meter_names); i++) {
        if (spec->meter_id == meter_names[i].id) {
            name = meter_names[i].name;
        }
    }
    if (name) {
        str_putf(s, "meter=%s ", name);
    } else {
        str_putf(s, "meter=%u ", spec->meter_id);
    }
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (spec->flags & flags[i].flag) {
            str_putf(s, "%s ", flags[i].name);
        }
    }
    str_put(s, "bands=");
    for (size_t i = 0; i < spec->n_bands; i++) {
        put_band(&spec->bands[i], spec->flags, s);
    }
}
