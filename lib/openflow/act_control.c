/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that steer the pipeline: resubmit, clone, note, exit. */
#include <ctype.h>

#include "lib/openflow/act_priv.h"

/* resubmit */

#define TABLE_THIS 255

static struct act_resubmit *
append_resubmit(struct buf *out, uint32_t in_port, uint8_t table,
                enum act_form form)
{
    struct act_resubmit *r = act_append(out, ACT_RESUBMIT, sizeof *r);
    r->hdr.form = (uint16_t)form;
    r->in_port = in_port;
    r->table_id = table;
    return r;
}

enum ofp_err
act_decode_nx_resubmit(struct act_wire *w, struct buf *out)
{
    uint32_t port = ofport_from_of10(cursor_be16(&w->c));
    w->c.p = w->c.end; /* Padding, which old senders left dirty. */
    append_resubmit(out, port, TABLE_THIS, ACT_FORM_PLAIN);
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_resubmit_table(struct act_wire *w, struct buf *out)
{
    uint32_t port = ofport_from_of10(cursor_be16(&w->c));
    uint8_t table = cursor_u8(&w->c);
    unsigned int pad = cursor_u8(&w->c);
    pad |= cursor_be16(&w->c);
    bool plain = table == TABLE_THIS && port != OFPORT_IN_PORT;
    append_resubmit(out, port, table,
                    plain ? ACT_FORM_PLAIN : ACT_FORM_TABLE);
    return pad ? OFPERR_NXBRC_MUST_BE_ZERO : OFPERR_OK;
}

enum ofp_err
act_decode_nx_resubmit_ct(struct act_wire *w, struct buf *out)
{
    size_t at = out->len;
    enum ofp_err err = act_decode_nx_resubmit_table(w, out);
    struct act_resubmit *r = (struct act_resubmit *)(void *)(out->data + at);
    r->with_ct = r->hdr.form == ACT_FORM_TABLE;
    return err;
}

/* A table by number or name. */
static char *
parse_table(const struct act_text *t, const char *s, uint8_t *table)
{
    uint64_t x;
    if (str_to_u64(s, 0, &x) && x <= 255) {
        *table = (uint8_t)x;
        return NULL;
    }
    const struct ofp_names *names = t->names;
    if (names && names->table_no && names->table_no(names->aux, s, table)) {
        return NULL;
    }
    return xasprintf("%s: resubmit to unknown table", s);
}

char *
act_parse_resubmit(struct act_text *t, struct buf *out)
{
    uint32_t port = OFPORT_IN_PORT;
    uint8_t table = TABLE_THIS;
    char *comma = strchr(t->arg, ',');
    char *ct = comma ? strchr(comma + 1, ',') : NULL;
    char *err = NULL;
    if (comma) {
        *comma++ = '\0';
        comma += strspn(comma, " \t");
    }
    if (ct) {
        *ct++ = '\0';
        ct += strspn(ct, " \t");
        if (strcmp(ct, "ct")) {
            return xasprintf("%s: unknown parameter", ct);
        }
    }
    if (*t->arg) {
        err = act_text_port(t, t->arg, &port);
        if (err) {
            free(err);
            return xasprintf("%s: resubmit to unknown port", t->arg);
        }
    }
    if (comma && *comma) {
        t->err_pos = t->arg_pos + (size_t)(comma - t->arg);
        err = parse_table(t, comma, &table);
    }
    if (!err && port == OFPORT_IN_PORT && table == TABLE_THIS) {
        err = xasprintf("at least one \"in_port\" or \"table\" must be "
                        "specified on resubmit");
    }
    if (!err) {
        append_resubmit(out, port, table,
                        table == TABLE_THIS ? ACT_FORM_PLAIN
                                            : ACT_FORM_TABLE)
            ->with_ct = ct != NULL;
    }
    return err;
}

static void
put_resubmit(const struct act *a, const struct ofp_names *names,
             struct str *s)
{
    const struct act_resubmit *r = ACT_CAST(act_resubmit, a);
    if (r->in_port != OFPORT_IN_PORT && r->table_id == TABLE_THIS
        && !r->with_ct) {
        str_put(s, "resubmit:");
        ofport_put(r->in_port, names, s);
        return;
    }
    str_put(s, "resubmit(");
    if (r->in_port != OFPORT_IN_PORT) {
        ofport_put(r->in_port, names, s);
    }
    str_put_char(s, ',');
    if (r->table_id != TABLE_THIS) {
        const char *name = names && names->table_name
                               ? names->table_name(names->aux, r->table_id)
                               : NULL;
        if (name) {
            ofport_put_name(name, s);
        } else {
            str_putf(s, "%u", r->table_id);
        }
    }
    str_put(s, r->with_ct ? ",ct)" : ")");
}

static void
encode_resubmit(const struct act *a, enum ofp_version version UNUSED,
                struct buf *b)
{
    const struct act_resubmit *r = ACT_CAST(act_resubmit, a);
    size_t start = act_wire_begin_nx(b, r->with_ct ? 44 : 14);
    buf_put_be16(b, (uint16_t)r->in_port);
    buf_put_u8(b, r->table_id);
    act_wire_end(b, start);
}

/* What needs connection tracking nothing runs yet. */
static enum ofp_err
check_resubmit(const struct act *a, struct act_checker *ck)
{
    return ACT_CAST(act_resubmit, a)->with_ct ? act_runs_not(ck) : OFPERR_OK;
}

const struct act_ops act_ops_RESUBMIT = { "resubmit", put_resubmit,
                                          encode_resubmit, check_resubmit };

/* clone */

enum ofp_err
act_decode_nx_clone(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 6);
    size_t start = act_nested_begin(out, ACT_CLONE);
    enum ofp_err err = act_decode_list(&w->c, w->version, w->depth + 1, out);
    act_nested_end(out, start);
    return err;
}

char *
act_parse_clone(struct act_text *t, struct buf *out)
{
    size_t start = act_nested_begin(out, ACT_CLONE);
    char *err = act_parse_list(t, t->arg, t->arg_pos, out);
    act_nested_end(out, start);
    return err;
}

static void
put_clone(const struct act *a, const struct ofp_names *names, struct str *s)
{
    struct act_list list = act_nested_list(ACT_CAST(act_nested, a));
    str_put(s, "clone(");
    if (list.len) {
        acts_put(&list, names, s);
    }
    str_put_char(s, ')');
}

static void
encode_clone(const struct act *a, enum ofp_version version, struct buf *b)
{
    struct act_list list = act_nested_list(ACT_CAST(act_nested, a));
    size_t start = act_wire_begin_nx(b, 42);
    buf_put_zeros(b, 6);
    acts_encode(&list, version, b);
    act_wire_end(b, start);
}

const struct act_ops act_ops_CLONE = { "clone", put_clone, encode_clone,
                                       NULL };

/* note: bytes without effect.  The wire fills its action to 8 bytes. */

#define NOTE_FIRST 6 /* Bytes that fit behind the header. */

static struct act_note *
append_note(struct buf *out, size_t n)
{
    struct act_note *note = act_append(out, ACT_NOTE, sizeof *note + n);
    note->n = (uint32_t)n;
    return note;
}

enum ofp_err
act_decode_nx_note(struct act_wire *w, struct buf *out)
{
    size_t n = cursor_left(&w->c);
    struct act_note *note = append_note(out, n);
    cursor_read(&w->c, note->data, n);
    return OFPERR_OK;
}

char *
act_parse_note(struct act_text *t, struct buf *out)
{
    uint8_t bytes[1024];
    size_t n = 0;
    for (const char *p = t->arg; *p;) {
        p += *p == '.';
        if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1])
            || n >= sizeof bytes) {
            return xasprintf("%s: bad hex digit in `note' argument", t->arg);
        }
        char two[3] = { p[0], p[1], 0 };
        bytes[n++] = (uint8_t)strtoul(two, NULL, 16);
        p += 2;
    }
    size_t wire = MAX(ROUND_UP(n + 2, 8) - 2, (size_t)NOTE_FIRST);
    memcpy(append_note(out, wire)->data, bytes, n);
    return NULL;
}

static void
put_note(const struct act *a, const struct ofp_names *names UNUSED,
         struct str *s)
{
    const struct act_note *note = ACT_CAST(act_note, a);
    str_put(s, "note:");
    for (uint32_t i = 0; i < note->n; i++) {
        str_putf(s, "%s%02x", i ? "." : "", note->data[i]);
    }
}

static void
encode_note(const struct act *a, enum ofp_version version UNUSED,
            struct buf *b)
{
    const struct act_note *note = ACT_CAST(act_note, a);
    size_t start = act_wire_begin_nx(b, 8);
    buf_put(b, note->data, note->n);
    act_wire_end(b, start);
}

const struct act_ops act_ops_NOTE = { "note", put_note, encode_note, NULL };

/* exit */

enum ofp_err
act_decode_nx_exit(struct act_wire *w UNUSED, struct buf *out)
{
    act_append(out, ACT_EXIT, sizeof(struct act));
    return OFPERR_OK;
}

char *
act_parse_exit(struct act_text *t UNUSED, struct buf *out)
{
    act_append(out, ACT_EXIT, sizeof(struct act));
    return NULL;
}

static void
put_exit(const struct act *a UNUSED, const struct ofp_names *names UNUSED,
         struct str *s)
{
    str_put(s, "exit");
}

static void
encode_exit(const struct act *a UNUSED, enum ofp_version version UNUSED,
            struct buf *b)
{
    act_wire_end(b, act_wire_begin_nx(b, 17));
}

const struct act_ops act_ops_EXIT = { "exit", put_exit, encode_exit, NULL };
