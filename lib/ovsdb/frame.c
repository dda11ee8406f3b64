/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/frame.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/sha1.h"

#define FRAME_MAGIC "OVSDB JSON "
#define FRAME_MAGIC_LEN (sizeof FRAME_MAGIC - 1)
/* Magic, 20 digits, space, sum, new line. */
#define FRAME_HEADER_MAX 100
/* What disks write at once, at least. */
#define SECTOR 512
/* A file made to have magics everywhere is not searched for ever. */
#define SEARCH_FACTOR 8

void
ovsdb_frame_reader_init(struct ovsdb_frame_reader *r, const char *data,
                        size_t len)
{
    *r = (struct ovsdb_frame_reader){ .data = data, .len = len };
}

void
ovsdb_frame_reader_fini(struct ovsdb_frame_reader *r)
{
    free(r->reason);
    r->reason = NULL;
}

struct frame_header {
    size_t header_len; /* With the new line. */
    size_t body_len;
    char sha1[SHA1_HEX_LEN + 1];
};

/* Reads "OVSDB JSON <length> <sha1>" of exactly 'len' bytes. */
static bool
parse_header(const char *line, size_t len, struct frame_header *h)
{
    if (len < FRAME_MAGIC_LEN + 2 + SHA1_HEX_LEN
        || memcmp(line, FRAME_MAGIC, FRAME_MAGIC_LEN)) {
        return false;
    }
    const char *p = line + FRAME_MAGIC_LEN;
    const char *sum = line + len - SHA1_HEX_LEN;
    size_t n = 0;
    if (*p < '1' || *p > '9') {
        return false;
    }
    for (; p < sum - 1; p++) {
        if (*p < '0' || *p > '9' || n > SIZE_MAX / 16) {
            return false;
        }
        n = n * 10 + (size_t)(*p - '0');
    }
    if (*p != ' ') {
        return false;
    }
    for (size_t i = 0; i < SHA1_HEX_LEN; i++) {
        if (!((sum[i] >= '0' && sum[i] <= '9')
              || (sum[i] >= 'a' && sum[i] <= 'f'))) {
            return false;
        }
    }
    memcpy(h->sha1, sum, SHA1_HEX_LEN);
    h->sha1[SHA1_HEX_LEN] = '\0';
    h->body_len = n;
    h->header_len = len + 1;
    return true;
}

static bool
sum_matches(const char *data, size_t len, const char *sha1)
{
    char hex[SHA1_HEX_LEN + 1];
    sha1_hex(data, len, hex);
    return !strcmp(hex, sha1);
}


/* Reads and checks the record at 'p'.  True if it is good; else 'h' says what
 * its header did, and has a length of 0 if that cannot be read. */
static bool
check_record(const char *p, size_t left, struct frame_header *h)
{
    *h = (struct frame_header){ .header_len = 0 };
    const char *nl = memchr(p, '\n', MIN(left, (size_t)FRAME_HEADER_MAX));
    if (!nl || !parse_header(p, (size_t)(nl - p), h)) {
        *h = (struct frame_header){ .header_len = 0 };
        return false;
    }
    return h->body_len <= left - h->header_len
           && sum_matches(nl + 1, h->body_len, h->sha1);
}

/* The marks of a good record; takes them and the new line off '*len'. */
static int
take_marks(const char *body, size_t *len)
{
    int marks = 0;
    if (*len && body[*len - 1] == '\n') {
        --*len;
    }
    for (; *len; --*len) {
        if (body[*len - 1] == ' ') {
            marks |= OVSDB_FRAME_BATCH;
        } else if (body[*len - 1] == '\t') {
            marks |= OVSDB_FRAME_JOINED;
        } else {
            break;
        }
    }
    return marks;
}

/* Judging what is not good. */

static enum ovsdb_frame_status
bad(struct ovsdb_frame_reader *r, enum ovsdb_frame_status status,
    const char *what)
{
    free(r->reason);
    r->reason = xasprintf("%zu bytes starting at offset %zu: %s",
                          r->len - r->offset, r->offset, what);
    return status;
}

/* Finds the first good record at or behind '*at'; the end if there is none.
 * '*marks' are its marks; false if it gave up. */
static bool
find_good(const struct ovsdb_frame_reader *r, size_t *at, size_t *budget,
          struct frame_header *h, int *marks)
{
    while (*at < r->len) {
        const char *p = memmem(r->data + *at, r->len - *at, FRAME_MAGIC,
                               FRAME_MAGIC_LEN);
        *at = p ? (size_t)(p - r->data) : r->len;
        if (!p) {
            break;
        }
        bool good = check_record(p, r->len - *at, h);
        if (good) {
            size_t len = h->body_len;
            *marks = take_marks(p + h->header_len, &len);
            return true;
        }
        size_t cost = MIN(h->body_len, r->len - *at) + 1;
        if (cost > *budget) {
            return false;
        }
        *budget -= cost;
        *at += FRAME_MAGIC_LEN;
    }
    return true;
}

/* What the good records behind the bad one say of it: NULL if nothing. */
static const char *
judge_by_followers(const struct ovsdb_frame_reader *r, bool is_short)
{
    size_t at = r->offset + 1, budget = SEARCH_FACTOR * r->len;
    for (;;) {
        struct frame_header h;
        int marks;
        if (!find_good(r, &at, &budget, &h, &marks)) {
            return "no valid record, and more of that kind behind it";
        } else if (at >= r->len) {
            return NULL;
        } else if (is_short) {
            return "the length in the header reaches over later records";
        } else if (marks & OVSDB_FRAME_BATCH || !r->has_batches) {
            return "not a valid record, although later records show that "
                   "it was on the disk";
        }
        at += h.header_len + h.body_len;
    }
}

/* Zeros from some place between 'from' and 'end' to the end of a sector or
 * of the file: there the data did not come. */
static bool
has_hole(const struct ovsdb_frame_reader *r, size_t from, size_t end)
{
    for (size_t i = from; i < end;) {
        const char *p = memchr(r->data + i, '\0', end - i);
        if (!p) {
            return false;
        }
        size_t z0 = (size_t)(p - r->data), z1 = z0;
        while (z1 < r->len && !r->data[z1]) {
            z1++;
        }
        if ((z1 == r->len || z1 % SECTOR == 0)
            && (z1 - z0 > 1 || z0 == r->offset || z1 == r->len)) {
            return true;
        }
        i = z1;
    }
    return false;
}

/* The file ends before the record's header does. */
static bool
header_is_short(const struct ovsdb_frame_reader *r)
{
    const char *p = r->data + r->offset;
    size_t left = r->len - r->offset;
    return left <= FRAME_HEADER_MAX && !memchr(p, '\n', left)
           && !memcmp(p, FRAME_MAGIC, MIN(left, FRAME_MAGIC_LEN));
}

static enum ovsdb_frame_status
judge(struct ovsdb_frame_reader *r, const struct frame_header *h)
{
    const char *body = r->data + r->offset + h->header_len;
    size_t left = r->len - r->offset - h->header_len;
    bool is_short = h->header_len ? h->body_len > left : header_is_short(r);
    size_t extent = h->header_len ? h->body_len : FRAME_HEADER_MAX;
    bool torn = has_hole(r, r->offset,
                         r->len - left + MIN(extent, left));
    if (h->header_len && is_short && left && sum_matches(body, left, h->sha1)) {
        return bad(r, OVSDB_FRAME_DAMAGED,
                   "the length in the header is wrong");
    }
    const char *why = judge_by_followers(r, is_short && !torn);
    if (!why && !torn && !is_short) {
        why = h->header_len ? "checksum does not match"
                            : "no valid record header";
    }
    if (!why && (!r->offset || r->marks & OVSDB_FRAME_JOINED)) {
        why = "incomplete, although it was whole once";
    }
    if (why) {
        return bad(r, OVSDB_FRAME_DAMAGED, why);
    }
    return bad(r, OVSDB_FRAME_TORN,
               torn            ? "zeros instead of a record"
               : h->header_len ? "incomplete record"
                               : "incomplete header");
}

enum ovsdb_frame_status
ovsdb_frame_next(struct ovsdb_frame_reader *r, const char **text, size_t *len)
{
    size_t left = r->len - r->offset;
    if (!left && r->marks & OVSDB_FRAME_JOINED) {
        return bad(r, OVSDB_FRAME_DAMAGED, "the record that the last one came "
                                           "with is missing");
    } else if (!left) {
        return OVSDB_FRAME_END;
    }
    const char *p = r->data + r->offset;
    struct frame_header h;
    if (!check_record(p, left, &h)) {
        if (left >= 14 && !memcmp(p, "OVSDB CLUSTER ", 14)) {
            return bad(r, OVSDB_FRAME_DAMAGED,
                       "this is a clustered database, which is not "
                       "supported here");
        }
        return judge(r, &h);
    }
    *text = p + h.header_len;
    *len = h.body_len;
    r->marks = take_marks(*text, len);
    r->has_batches = r->has_batches || r->marks & OVSDB_FRAME_BATCH;
    r->offset += h.header_len + h.body_len;
    return OVSDB_FRAME_OK;
}

bool
ovsdb_frame_skip(struct ovsdb_frame_reader *r)
{
    size_t at = r->offset + 1, budget = SEARCH_FACTOR * r->len;
    struct frame_header h;
    int marks;
    bool found = r->offset < r->len
                 && find_good(r, &at, &budget, &h, &marks) && at < r->len;
    r->marks = 0;
    r->offset = found ? at : r->len;
    return found;
}

/* Writing. */

void
ovsdb_frame_put_header(struct str *out, size_t len, const char *sha1)
{
    str_putf(out, FRAME_MAGIC "%zu %s\n", len, sha1);
}

/* Header, JSON, and 'end' with the new line. */
static void
put_record(struct str *out, const char *json, size_t len, const char *end)
{
    struct sha1 sum;
    char hex[SHA1_HEX_LEN + 1];
    sha1_init(&sum);
    sha1_update(&sum, json, len);
    sha1_update(&sum, end, strlen(end));
    sha1_final_hex(&sum, hex);
    ovsdb_frame_put_header(out, len + strlen(end), hex);
    str_put_n(out, json, len);
    str_put(out, end);
}

void
ovsdb_frame_put(struct str *out, const char *json, size_t len)
{
    put_record(out, json, len, "\n");
}

void
ovsdb_frame_put_marked(struct str *out, const char *record, size_t len,
                       int marks)
{
    static const char *const ends[] = { "\n", " \n", "\t\n", "\t \n" };
    const char *body = memchr(record, '\n', len);
    ASSERT(body && len >= (size_t)(body - record) + 2 && marks >= 0
           && marks < (int)ARRAY_SIZE(ends));
    body++;
    put_record(out, body, len - (size_t)(body - record) - 1, ends[marks]);
}
