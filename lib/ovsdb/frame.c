/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/frame.h"

#include "lib/base/mem.h"
#include "lib/base/sha1.h"

#define FRAME_MAGIC "OVSDB JSON "
/* Magic, 20 digits, space, sum, new line. */
#define FRAME_HEADER_MAX 100

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
    size_t magic_len = strlen(FRAME_MAGIC);
    if (len < magic_len + 2 + SHA1_HEX_LEN
        || memcmp(line, FRAME_MAGIC, magic_len)) {
        return false;
    }
    const char *p = line + magic_len;
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

static enum ovsdb_frame_status
bad(struct ovsdb_frame_reader *r, enum ovsdb_frame_status status,
    const char *what)
{
    free(r->reason);
    r->reason = xasprintf("%zu bytes starting at offset %zu: %s",
                          r->len - r->offset, r->offset, what);
    return status;
}

/* A crash leaves zeros where the file grew and data did not come. */
static bool
ends_in_zeros(const char *data, size_t len)
{
    return len && !data[len - 1];
}

/* No new line in the first bytes: the header itself is incomplete. */
static enum ovsdb_frame_status
judge_no_header(struct ovsdb_frame_reader *r)
{
    const char *p = r->data + r->offset;
    size_t left = r->len - r->offset;
    if (ends_in_zeros(p, left)) {
        return bad(r, OVSDB_FRAME_TORN, "zeros instead of a record");
    }
    size_t magic_len = strlen(FRAME_MAGIC);
    if (left <= FRAME_HEADER_MAX
        && !memcmp(p, FRAME_MAGIC, MIN(left, magic_len))) {
        return bad(r, OVSDB_FRAME_TORN, "incomplete header");
    }
    return bad(r, OVSDB_FRAME_DAMAGED, "no valid record header");
}

/* The body does not fit in the file, or its sum is wrong. */
static enum ovsdb_frame_status
judge_body(struct ovsdb_frame_reader *r, const struct frame_header *h)
{
    const char *body = r->data + r->offset + h->header_len;
    size_t left = r->len - r->offset - h->header_len;
    if (h->body_len > left) {
        if (left && !ends_in_zeros(body, left)
            && sum_matches(body, left, h->sha1)) {
            return bad(r, OVSDB_FRAME_DAMAGED,
                       "the length in the header is wrong");
        }
        if (memmem(body, left, "\n" FRAME_MAGIC, strlen(FRAME_MAGIC) + 1)) {
            return bad(r, OVSDB_FRAME_DAMAGED,
                       "the length in the header reaches over later records");
        }
        return bad(r, OVSDB_FRAME_TORN, "incomplete record");
    }
    if (h->body_len == left && ends_in_zeros(body, left)) {
        return bad(r, OVSDB_FRAME_TORN, "zeros instead of a record's end");
    }
    return bad(r, OVSDB_FRAME_DAMAGED, "checksum does not match");
}

enum ovsdb_frame_status
ovsdb_frame_next(struct ovsdb_frame_reader *r, const char **text, size_t *len)
{
    size_t left = r->len - r->offset;
    if (!left) {
        return OVSDB_FRAME_END;
    }
    const char *p = r->data + r->offset;
    const char *nl = memchr(p, '\n', MIN(left, (size_t)FRAME_HEADER_MAX));
    if (!nl) {
        return judge_no_header(r);
    }
    struct frame_header h;
    if (!parse_header(p, (size_t)(nl - p), &h)) {
        if (!memcmp(p, "OVSDB CLUSTER ", MIN(left, (size_t)14))) {
            return bad(r, OVSDB_FRAME_DAMAGED,
                       "this is a clustered database, which is not "
                       "supported here");
        }
        return bad(r, OVSDB_FRAME_DAMAGED, "no valid record header");
    }
    if (h.body_len > left - h.header_len
        || !sum_matches(nl + 1, h.body_len, h.sha1)) {
        return judge_body(r, &h);
    }
    *text = nl + 1;
    *len = h.body_len - (nl[h.body_len] == '\n');
    r->offset += h.header_len + h.body_len;
    return OVSDB_FRAME_OK;
}

void
ovsdb_frame_put_header(struct str *out, size_t len, const char *sha1)
{
    str_putf(out, FRAME_MAGIC "%zu %s\n", len, sha1);
}

void
ovsdb_frame_put(struct str *out, const char *json, size_t len)
{
    struct sha1 sum;
    char hex[SHA1_HEX_LEN + 1];
    sha1_init(&sum);
    sha1_update(&sum, json, len);
    sha1_update(&sum, "\n", 1);
    sha1_final_hex(&sum, hex);
    ovsdb_frame_put_header(out, len + 1, hex);
    str_put_n(out, json, len);
    str_put_char(out, '\n');
}
