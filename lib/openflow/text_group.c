/* SPDX-License-Identifier: Apache-2.0 */
/* Groups from text and to it. */
#include "lib/base/mem.h"
#include "lib/openflow/text_priv.h"

static const char *const type_names[GROUP_N_TYPES] = {
    [GROUP_ALL] = "all",
    [GROUP_SELECT] = "select",
    [GROUP_INDIRECT] = "indirect",
    [GROUP_FF] = "ff",
};

struct parser {
    struct text_scan scan;
    enum group_spec_kind kind;
    const struct ofp_names *names;
    struct group_spec *spec;
    struct text_err *err;
    bool have_id, have_type, have_command_bucket;
};

const char *
group_type_name(enum group_type type)
{
    return (unsigned int)type < GROUP_N_TYPES ? type_names[type] : "unknown";
}

static bool
fail_at(struct parser *p, const char *at, const char *message)
{
    return text_fail(p->err, &p->scan, at, xstrdup(message));
}

/* True for commands that bring buckets. */
static bool
has_buckets(const struct parser *p)
{
    return p->kind == GROUP_SPEC_ADD || p->kind == GROUP_SPEC_MODIFY
           || p->kind == GROUP_SPEC_INSERT_BUCKETS;
}

static bool
defines_group(const struct parser *p)
{
    return p->kind == GROUP_SPEC_ADD || p->kind == GROUP_SPEC_MODIFY;
}

static bool
parse_group_id(struct parser *p)
{
    uint64_t x;
    p->have_id = true;
    if (p->scan.value && !strcmp(p->scan.value, "all")
        && p->kind == GROUP_SPEC_DELETE) {
        p->spec->group_id = GROUP_ID_ALL;
        return true;
    }
    if (!text_number(&p->scan, "group_id", UINT32_MAX, &x, p->err)) {
        return false;
    }
    if (x > 0xffffff00u) {
        return text_fail(p->err, &p->scan, p->scan.value,
                         xasprintf("invalid group id %llu",
                                   (unsigned long long)x));
    }
    p->spec->group_id = (uint32_t)x;
    return true;
}

static bool
parse_type(struct parser *p)
{
    const char *value = p->scan.value;
    if (!defines_group(p)) {
        return fail_at(p, p->scan.key, "type is not needed");
    }
    p->have_type = true;
    for (int i = 0; i < GROUP_N_TYPES; i++) {
        if (!strcmp(value, type_names[i])) {
            p->spec->type = (enum group_type)i;
            return true;
        }
    }
    if (!strcmp(value, "fast_failover")) {
        p->spec->type = GROUP_FF;
        return true;
    }
    return text_fail(p->err, &p->scan, value,
                     xasprintf("invalid group type %s", value));
}

static bool
parse_command_bucket(struct parser *p)
{
    static const struct {
        const char *name;
        uint32_t id;
    } words[] = { { "all", GROUP_BUCKET_ID_ALL },
                  { "first", GROUP_BUCKET_ID_FIRST },
                  { "last", GROUP_BUCKET_ID_LAST } };
    uint64_t x;
    if (p->kind != GROUP_SPEC_INSERT_BUCKETS
        && p->kind != GROUP_SPEC_REMOVE_BUCKETS) {
        return fail_at(p, p->scan.key, "command bucket id is not needed");
    }
    p->have_command_bucket = true;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(p->scan.value, words[i].name)) {
            p->spec->command_bucket_id = words[i].id;
            return words[i].id != GROUP_BUCKET_ID_ALL
                   || p->kind == GROUP_SPEC_REMOVE_BUCKETS
                   || fail_at(p, p->scan.value,
                              "buckets cannot be inserted at \"all\"");
        }
    }
    if (!text_number(&p->scan, "command bucket id", GROUP_BUCKET_ID_MAX, &x,
                     p->err)) {
        return false;
    }
    p->spec->command_bucket_id = (uint32_t)x;
    return true;
}

static bool
parse_selection_method(struct parser *p)
{
    if (p->spec->type != GROUP_SELECT || !defines_group(p)) {
        return fail_at(p, p->scan.key, "selection method is not needed");
    }
    size_t len = strlen(p->scan.value);
    if (!len || len >= sizeof p->spec->selection_method) {
        return fail_at(p, p->scan.value,
                       "selection method is longer than 15 bytes or empty");
    }
    memcpy(p->spec->selection_method, p->scan.value, len + 1);
    return true;
}

static bool
parse_selection_param(struct parser *p)
{
    if (!*p->spec->selection_method) {
        return fail_at(p, p->scan.key,
                       "selection method param needs selection method");
    }
    return text_number(&p->scan, "selection_method_param", UINT64_MAX,
                       &p->spec->selection_param, p->err);
}

static bool
parse_fields(struct parser *p)
{
    if (strcmp(p->spec->selection_method, "hash")) {
        return fail_at(p, p->scan.key,
                       "fields may only be specified with "
                       "\"selection_method=hash\"");
    }
    char *err = group_fields_parse(p->scan.value, p->names, p->spec);
    return !err || text_fail(p->err, &p->scan, p->scan.value, err);
}

static bool
parse_word(struct parser *p)
{
    static const struct {
        const char *name;
        bool (*parse)(struct parser *);
    } settings[] = {
        { "group_id", parse_group_id },
        { "type", parse_type },
        { "command_bucket_id", parse_command_bucket },
        { "selection_method", parse_selection_method },
        { "selection_method_param", parse_selection_param },
        { "fields", parse_fields },
    };
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        if (!strcmp(p->scan.key, settings[i].name)) {
            return p->scan.value
                       ? settings[i].parse(p)
                       : text_fail(p->err, &p->scan, p->scan.key,
                                   xasprintf("field %s missing value",
                                             p->scan.key));
        }
    }
    return text_fail(p->err, &p->scan, p->scan.key,
                     xasprintf("unknown keyword %s", p->scan.key));
}

/* Buckets. */

/* Whether the words of a bucket say more than its actions. */
struct bucket_parser {
    struct parser *p;
    struct group_bucket *b;
    const char *value; /* Of the word at hand, inside the scan's copy. */
    struct str acts; /* The actions, with spaces for everything else so
                      * that places stay. */
};

static bool
bucket_number(struct bucket_parser *bp, const char *what, uint64_t max,
              uint64_t *x)
{
    struct parser *p = bp->p;
    if (!str_to_u64(bp->value, 0, x) || *x > max) {
        return text_fail(p->err, &p->scan, bp->value,
                         xasprintf("invalid %s \"%s\"", what, bp->value));
    }
    return true;
}

static bool
bucket_weight(struct bucket_parser *bp)
{
    uint64_t x;
    if (!bucket_number(bp, "weight", UINT16_MAX, &x)) {
        return false;
    }
    bp->b->weight = (uint16_t)x;
    bp->b->weight_given = true;
    return bp->p->spec->type == GROUP_SELECT || !defines_group(bp->p)
           || fail_at(bp->p, bp->value,
                      "Only select groups can have bucket weights.");
}

static bool
bucket_watch_port(struct bucket_parser *bp)
{
    struct parser *p = bp->p;
    uint32_t port;
    if (!ofport_parse(bp->value, p->names, &port)
        || (port >= OFPORT_MAX10 && port != OFPORT_ANY)) {
        return text_fail(p->err, &p->scan, bp->value,
                         xasprintf("%s: invalid watch_port", bp->value));
    }
    bp->b->watch_port = port;
    return true;
}

static bool
bucket_watch_group(struct bucket_parser *bp)
{
    uint64_t x;
    if (!bucket_number(bp, "watch_group", 0xffffff00u, &x)) {
        return false;
    }
    bp->b->watch_group = (uint32_t)x;
    return true;
}

/* True if a bucket has 'id'. */
static bool
is_id_used(const struct group_spec *spec, uint32_t id)
{
    for (size_t i = 0; i < spec->n_buckets; i++) {
        if (spec->buckets[i].bucket_id == id) {
            return true;
        }
    }
    return false;
}

static bool
bucket_id(struct bucket_parser *bp)
{
    uint64_t x;
    if (!bucket_number(bp, "bucket_id", GROUP_BUCKET_ID_MAX, &x)) {
        return false;
    }
    if (is_id_used(bp->p->spec, (uint32_t)x)) {
        return text_fail(bp->p->err, &bp->p->scan, bp->value,
                         xasprintf("bucket id %s is used twice", bp->value));
    }
    bp->b->bucket_id = (uint32_t)x;
    return true;
}

static const struct {
    const char *name;
    bool (*parse)(struct bucket_parser *);
} bucket_words[] = {
    { "weight", bucket_weight },
    { "watch_port", bucket_watch_port },
    { "watch_group", bucket_watch_group },
    { "bucket_id", bucket_id },
};

/* The end of the word at 'p': a comma or space outside quotes and
 * parentheses. */
static char *
word_end(char *p)
{
    int depth = 0;
    bool quoted = false;
    for (; *p; p++) {
        if (*p == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            depth += *p == '(';
            depth -= *p == ')';
            if (depth <= 0 && strchr(", \t\r\n", *p)) {
                break;
            }
        }
    }
    return p;
}

/* One word of a bucket, from 'w' to 'end'; what is no setting is action. */
static bool
parse_bucket_word(struct bucket_parser *bp, char *w, char *end)
{
    for (size_t i = 0; i < ARRAY_SIZE(bucket_words); i++) {
        size_t n = strlen(bucket_words[i].name);
        if (!strncmp(w, bucket_words[i].name, n)
            && (w[n] == ':' || w[n] == '=')) {
            char saved = *end;
            *end = '\0';
            bp->value = w + n + 1;
            bool ok = bucket_words[i].parse(bp);
            *end = saved;
            str_put_chars(&bp->acts, ' ', (size_t)(end - w));
            return ok;
        }
    }
    if (!strncmp(w, "actions=", 8) || !strncmp(w, "actions:", 8)) {
        str_put_chars(&bp->acts, ' ', 8);
        w += 8;
    }
    str_put_n(&bp->acts, w, (size_t)(end - w));
    return true;
}

static bool
finish_bucket(struct bucket_parser *bp, const char *text)
{
    struct parser *p = bp->p;
    struct group_bucket *b = bp->b;
    size_t pos;
    if (strspn(text, ", \t") == strlen(text)) {
        return fail_at(p, text, "bucket must specify actions");
    }
    char *message = acts_parse(str_cstr(&bp->acts), p->names, &b->acts,
                               &pos);
    if (message) {
        return text_fail(p->err, &p->scan, text + pos, message);
    }
    struct act_list list = act_list_from_buf(&b->acts);
    ACT_FOR_EACH (a, &list) {
        if (act_is_instruction(a)) {
            return text_fail(p->err, &p->scan, text,
                             xasprintf("%s instruction not allowed here",
                                       act_name((enum act_type)a->type)));
        }
    }
    if (p->spec->type == GROUP_FF && defines_group(p)
        && b->watch_port == OFPORT_ANY && b->watch_group == GROUP_ID_ANY) {
        return fail_at(p, text,
                       "fast failover bucket requires watch_port or "
                       "watch_group");
    }
    return true;
}

/* Gives the lowest free ids to buckets that were given none. */
static void
number_buckets(struct group_spec *spec)
{
    uint32_t next = 0;
    for (size_t i = 0; i < spec->n_buckets; i++) {
        struct group_bucket *b = &spec->buckets[i];
        if (b->bucket_id == GROUP_BUCKET_ID_ALL) {
            while (is_id_used(spec, next)) {
                next++;
            }
            b->bucket_id = next++;
        }
    }
}

static bool
parse_bucket(struct parser *p, char *text)
{
    struct group_spec *spec = p->spec;
    spec->buckets = xrealloc(spec->buckets, (spec->n_buckets + 1)
                                                * sizeof *spec->buckets);
    struct group_bucket *b = &spec->buckets[spec->n_buckets];
    *b = (struct group_bucket){
        .bucket_id = GROUP_BUCKET_ID_ALL,
        .weight = spec->type == GROUP_SELECT ? 1 : 0,
        .watch_port = OFPORT_ANY,
        .watch_group = GROUP_ID_ANY,
    };
    struct bucket_parser bp = { .p = p, .b = b };
    bool ok = true;
    for (char *w = text; ok && *w;) {
        size_t gap = strspn(w, ", \t\r\n");
        str_put_chars(&bp.acts, ' ', gap);
        w += gap;
        char *end = word_end(w);
        ok = parse_bucket_word(&bp, w, end);
        if (ok && *end) {
            str_put_char(&bp.acts, ',');
        }
        w = end + (*end != '\0');
    }
    spec->n_buckets++;
    ok = ok && finish_bucket(&bp, text);
    str_fini(&bp.acts);
    return ok;
}

/* The next "bucket=" at the start of a word, or NULL. */
static char *
find_bucket(char *p)
{
    for (char *q = p; (q = strstr(q, "bucket=")) != NULL; q++) {
        if (q == p || strchr(", \t\r\n", q[-1])) {
            return q;
        }
    }
    return NULL;
}

/* The buckets, each up to the next one; cuts the first off the rest. */
static bool
parse_buckets(struct parser *p, char *first)
{
    if (!has_buckets(p)) {
        return fail_at(p, first, "bucket is not needed");
    }
    for (char *b = first; b;) {
        char *text = b + strlen("bucket=");
        b = find_bucket(text);
        if (b) {
            b[-1] = '\0';
        }
        if (!parse_bucket(p, text)) {
            return false;
        }
    }
    if (p->spec->type == GROUP_INDIRECT && p->spec->n_buckets > 1) {
        return fail_at(p, first,
                       "Indirect groups can have at most one bucket.");
    }
    number_buckets(p->spec);
    return true;
}

static bool
check_complete(struct parser *p)
{
    const char *start = p->scan.copy;
    if (!p->have_id) {
        return fail_at(p, start, "must specify a group_id");
    }
    if (defines_group(p) && !p->have_type) {
        return fail_at(p, start, "must specify a type");
    }
    /* Without one, all buckets are removed. */
    if (!p->have_command_bucket && p->kind == GROUP_SPEC_INSERT_BUCKETS) {
        return fail_at(p, start, "must specify a command bucket id");
    }
    return true;
}

static bool
parse_all(struct parser *p)
{
    char *first = find_bucket(p->scan.p);
    if (first && first > p->scan.copy) {
        first[-1] = '\0';
    } else if (first) {
        p->scan.p = strchr(first, '\0');
    }
    while (text_scan_next(&p->scan)) {
        if (!parse_word(p)) {
            return false;
        }
    }
    return check_complete(p) && (!first || parse_buckets(p, first));
}

bool
group_spec_parse(const char *text, enum group_spec_kind kind,
                 const struct ofp_names *names, struct group_spec *spec,
                 struct text_err *err)
{
    struct parser p = { .kind = kind, .names = names, .spec = spec,
                        .err = err };
    *spec = (struct group_spec){ .group_id = GROUP_ID_ANY,
                                 .command_bucket_id = GROUP_BUCKET_ID_ALL };
    *err = (struct text_err){ NULL, 0 };
    text_scan_init(&p.scan, text);
    bool ok = parse_all(&p);
    text_scan_fini(&p.scan);
    if (!ok) {
        group_spec_fini(spec);
    }
    return ok;
}

void
group_spec_fini(struct group_spec *spec)
{
    for (size_t i = 0; i < spec->n_buckets; i++) {
        buf_fini(&spec->buckets[i].acts);
    }
    free(spec->buckets);
    spec->buckets = NULL;
    spec->n_buckets = 0;
}

void
group_bucket_put(const struct group_bucket *b, enum group_type type,
                 enum ofp_version version, const struct ofp_names *names,
                 struct str *s)
{
    struct act_list acts = act_list_from_buf(&b->acts);
    str_put(s, "bucket=");
    if (version >= OFP15_VERSION || version == OFP10_VERSION) {
        str_putf(s, "bucket_id:%u,", b->bucket_id);
    }
    if (b->weight != (type == GROUP_SELECT ? 1 : 0)) {
        str_putf(s, "weight:%u,", b->weight);
    }
    if (b->watch_port != OFPORT_ANY) {
        str_put(s, "watch_port:");
        ofport_put(b->watch_port, names, s);
        str_put_char(s, ',');
    }
    if (b->watch_group != GROUP_ID_ANY) {
        str_putf(s, "watch_group:%u,", b->watch_group);
    }
    str_put(s, "actions=");
    acts_put(&acts, names, s);
}

void
group_put(const struct group_spec *spec, enum ofp_version version,
          const struct ofp_names *names, struct str *s)
{
    str_putf(s, "group_id=%u,type=%s", spec->group_id,
             group_type_name(spec->type));
    if (*spec->selection_method) {
        str_putf(s, ",selection_method=%s", spec->selection_method);
        if (spec->selection_param) {
            str_putf(s, ",selection_method_param=%llu",
                     (unsigned long long)spec->selection_param);
        }
        group_fields_put(spec, s);
    }
    for (size_t i = 0; i < spec->n_buckets; i++) {
        str_put_char(s, ',');
        group_bucket_put(&spec->buckets[i], spec->type, version, names, s);
    }
}
