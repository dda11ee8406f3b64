/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a file, and mending it from the second copy.
 *
 * The link, a record that both files have, says how they fit together: what
 * the newer file has before it is the result of what the older one has before
 * it; from there on the two are equal for as long as the older one goes.  So
 *
 *     older file, whole | newer file, from where the older one ends
 *
 * is the same database as the newer file, and good if that second part is.
 * Files of different schemas are not linked. */
#include "lib/base/mem.h"
#include "lib/base/uuid.h"
#include "ovsdb/journal_priv.h"

/* Looking through a file. */

struct scan {
    struct journal_report report;
    size_t bad_end;      /* End of the last bad place; 0: none. */
    bool torn;           /* The last bad place is a torn tail. */
};

typedef bool scan_fn(void *aux, size_t offset, const char *json, size_t len);

/* Calls fn (may be NULL) for each good record, until it returns false. */
static void
scan_file(const char *data, size_t len, struct scan *s, scan_fn *fn,
          void *aux)
{
    struct ovsdb_frame_reader r;
    *s = (struct scan){ .bad_end = 0 };
    struct journal_report *report = &s->report;
    ovsdb_frame_reader_init(&r, data, len);
    for (;;) {
        const char *json;
        size_t json_len, start = r.offset;
        enum ovsdb_frame_status status = ovsdb_frame_next(&r, &json,
                                                          &json_len);
        if (status == OVSDB_FRAME_END) {
            break;
        } else if (status == OVSDB_FRAME_OK) {
            report->n_records += !report->n_bad_places;
            report->n_later += report->n_bad_places > 0;
            report->n_batches += !report->n_bad_places
                                 && r.marks & OVSDB_FRAME_BATCH;
            if (fn && !fn(aux, start, json, json_len)) {
                break;
            }
            continue;
        }
        if (!report->n_bad_places++) {
            report->good_len = start;
            report->reason = xstrdup(r.reason);
            report->verdict = status == OVSDB_FRAME_TORN ? JOURNAL_TORN
                                                         : JOURNAL_DAMAGED;
        }
        s->torn = status == OVSDB_FRAME_TORN;
        if (s->torn || !ovsdb_frame_skip(&r)) {
            s->bad_end = s->torn ? s->bad_end : len;
            break;
        }
        s->bad_end = r.offset;
    }
    if (!report->n_bad_places) {
        report->good_len = r.offset;
    }
    ovsdb_frame_reader_fini(&r);
}

void
journal_check(const char *data, size_t len, struct journal_report *report)
{
    struct scan s;
    scan_file(data, len, &s, NULL, NULL);
    *report = s.report;
}

void
journal_report_fini(struct journal_report *report)
{
    free(report->reason);
    report->reason = NULL;
}

/* The link. */

bool
journal_is_link(const char *json, size_t len, const char **uuid)
{
    static const char start[] = "{\"_date\":", comment[] = ",\"_comment\":\"";
    static const char copy[] = " (copy ", end[] = ")\"}";
    size_t tail = strlen(copy) + UUID_TEXT_LEN + strlen(end);
    size_t i = strlen(start);
    if (len < i || memcmp(json, start, i)) {
        return false;
    }
    while (i < len && json[i] >= '0' && json[i] <= '9') {
        i++;
    }
    if (len - i < strlen(comment) + tail
        || memcmp(json + i, comment, strlen(comment))) {
        return false;
    }
    i += strlen(comment);
    if (memchr(json + i, '"', len - i - 2)) {
        return false; /* More than a comment. */
    }
    const char *p = json + len - tail;
    *uuid = p + strlen(copy);
    return !memcmp(p, copy, strlen(copy))
           && !memcmp(json + len - strlen(end), end, strlen(end));
}

struct link {
    size_t offset, end; /* Of the record. */
    char uuid[UUID_TEXT_LEN];
};

struct links {
    const char *data; /* Borrowed: the file. */
    struct link *links;
    size_t n, capacity;
};

static bool
note_link(void *links_, size_t offset, const char *json, size_t len)
{
    struct links *l = links_;
    const char *uuid;
    if (journal_is_link(json, len, &uuid)) {
        if (l->n >= l->capacity) {
            l->links = x2nrealloc(l->links, &l->capacity, sizeof *l->links);
        }
        l->links[l->n].offset = offset;
        l->links[l->n].end = (size_t)(json - l->data) + len;
        memcpy(l->links[l->n++].uuid, uuid, UUID_TEXT_LEN);
    }
    return true;
}

/* Finds the first link of 'a' that 'b' has too. */
static bool
find_common(const struct links *a, const struct links *b, size_t *a_off,
            size_t *b_off)
{
    for (size_t i = 0; i < a->n; i++) {
        for (size_t k = 0; k < b->n; k++) {
            if (!memcmp(a->links[i].uuid, b->links[k].uuid, UUID_TEXT_LEN)) {
                *a_off = a->links[i].offset;
                *b_off = b->links[k].offset;
                return true;
            }
        }
    }
    return false;
}

struct repair {
    const char *data, *prev;
    size_t len, prev_len;
    struct scan scan, prev_scan;
    struct links links, prev_links;
};

/* Is the first bad place what is left of the link?  That of the compaction
 * is the last one in the older file. */
static bool
find_bad_link(const struct repair *r, size_t *link, size_t *prev_link)
{
    if (!r->prev_links.n || !r->scan.report.n_bad_places) {
        return false;
    }
    const struct link *l = &r->prev_links.links[r->prev_links.n - 1];
    size_t n = l->end - l->offset, n_different = 0;
    *link = r->scan.report.good_len;
    *prev_link = l->offset;
    if (r->len - *link < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        n_different += r->data[*link + i] != r->prev[*prev_link + i];
    }
    return n_different <= n / 8;
}

static const char *
try_repair(struct repair *r, struct str *out)
{
    size_t link, prev_link;
    r->links.data = r->data;
    r->prev_links.data = r->prev;
    scan_file(r->prev, r->prev_len, &r->prev_scan, note_link, &r->prev_links);
    scan_file(r->data, r->len, &r->scan, note_link, &r->links);
    if (r->prev_scan.report.verdict != JOURNAL_GOOD) {
        return "that is damaged too";
    } else if (!find_common(&r->links, &r->prev_links, &link, &prev_link)
               && !find_bad_link(r, &link, &prev_link)) {
        return "nothing left in the file says how it follows from that";
    }
    /* Bytes of the newer file that the older one has. */
    size_t common = MIN(link + (r->prev_len - prev_link), r->len);
    if (r->scan.bad_end > common) {
        return "changes were damaged that are newer than that";
    }
    str_put_n(out, r->prev, r->prev_len);
    str_put_n(out, r->data + common, r->len - common);
    return NULL;
}

char *
journal_repair(const char *data, size_t len, const char *prev,
               size_t prev_len, struct str *out)
{
    struct repair r = { .data = data, .prev = prev, .len = len,
                        .prev_len = prev_len };
    const char *why = try_repair(&r, out);
    if (!why) {
        struct journal_report report;
        journal_check(out->s, out->len, &report);
        if (report.verdict == JOURNAL_DAMAGED) {
            why = "the two do not fit together";
            str_clear(out);
        }
        journal_report_fini(&report);
    }
    journal_report_fini(&r.scan.report);
    journal_report_fini(&r.prev_scan.report);
    free(r.links.links);
    free(r.prev_links.links);
    return why ? xstrdup(why) : NULL;
}
