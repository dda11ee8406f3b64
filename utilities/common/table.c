/* SPDX-License-Identifier: Apache-2.0 */
#include "utilities/common/table.h"

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

/* Nothing, or one of these. */
struct cell {
    char *text;   /* Heap, or NULL. */
    json_t *json; /* Reference, or NULL. */
    struct ovsdb_datum datum;
    const struct ovsdb_type *type; /* NULL if not a datum. */
};

struct table {
    char *caption; /* NULL if none. */
    bool timestamp;
    char **headings;
    size_t n_columns;
    struct cell *cells; /* Row by row. */
    size_t n_cells, capacity;
    size_t n_rows;
};

struct table *
table_create(const char *caption, bool timestamp)
{
    struct table *t = xzalloc(sizeof *t);
    t->caption = xstrdup_null(caption);
    t->timestamp = timestamp;
    return t;
}

void
table_destroy(struct table **tp)
{
    struct table *t = *tp;
    if (!t) {
        return;
    }
    for (size_t i = 0; i < t->n_columns; i++) {
        free(t->headings[i]);
    }
    free(t->headings);
    for (size_t i = 0; i < t->n_cells; i++) {
        struct cell *c = &t->cells[i];
        free(c->text);
        json_decref(c->json);
        if (c->type) {
            ovsdb_datum_fini(&c->datum, c->type);
        }
    }
    free(t->cells);
    free(t->caption);
    free(t);
    *tp = NULL;
}

void
table_add_column(struct table *t, const char *heading)
{
    ASSERT(!t->n_rows);
    t->headings = xrealloc(t->headings,
                           (t->n_columns + 1) * sizeof *t->headings);
    t->headings[t->n_columns++] = xstrdup(heading);
}

void
table_add_row(struct table *t)
{
    ASSERT(t->n_cells == t->n_rows * t->n_columns);
    t->n_rows++;
}

static struct cell *
add_cell(struct table *t)
{
    ASSERT(t->n_cells < t->n_rows * t->n_columns);
    if (t->n_cells >= t->capacity) {
        t->cells = x2nrealloc(t->cells, &t->capacity, sizeof *t->cells);
    }
    struct cell *c = &t->cells[t->n_cells++];
    *c = (struct cell){ .text = NULL };
    return c;
}

void
table_put_text(struct table *t, const char *text)
{
    add_cell(t)->text = xstrdup(text);
}

void
table_put_nothing(struct table *t)
{
    add_cell(t);
}

void
table_put_datum(struct table *t, const struct ovsdb_datum *datum,
                const struct ovsdb_type *type)
{
    struct cell *c = add_cell(t);
    ovsdb_datum_clone(&c->datum, datum);
    c->type = type;
}

void
table_put_json(struct table *t, json_t *json)
{
    add_cell(t)->json = json;
}

void
table_put_cell_text(struct str *out, const struct ovsdb_datum *datum,
                    const struct ovsdb_type *type, enum table_cells cells)
{
    switch (cells) {
    case TABLE_STRING:
        ovsdb_datum_put_text(out, datum, type);
        break;
    case TABLE_BARE:
        ovsdb_datum_put_bare(out, datum, type);
        break;
    case TABLE_CELL_JSON: {
        json_t *json = ovsdb_datum_to_json(datum, type);
        json_put(out, json, JSON_STYLE_SORT);
        json_decref(json);
        break;
    }
    }
}

static void
put_cell(struct str *out, const struct cell *c, enum table_cells cells)
{
    if (c->type) {
        table_put_cell_text(out, &c->datum, c->type, cells);
    } else if (c->json) {
        json_put(out, c->json, JSON_STYLE_SORT);
    } else if (c->text) {
        str_put(out, c->text);
    }
}

static void
put_time(struct str *out)
{
    char iso[CLOCK_ISO_LEN];
    clock_format_iso(clock_wall_ms(), iso);
    /* 2026-01-02T03:04:05.678Z is written "2026-01-02 03:04:05.678". */
    iso[10] = ' ';
    iso[CLOCK_ISO_LEN - 2] = '\0';
    str_put(out, iso);
}

/* What comes before a table in the formats made of lines. */
static void
put_preamble(struct str *out, const struct table *t,
             const struct table_style *style)
{
    if (style->separate) {
        str_put_char(out, '\n');
    }
    if (t->timestamp) {
        put_time(out);
        str_put_char(out, '\n');
    }
    if (t->caption) {
        str_putf(out, "%s\n", t->caption);
    }
}

/* Lines of cells, each padded to its column's width, the last one not. */
struct grid {
    struct str *out;
    const size_t *widths;
    size_t n_columns, column;
    size_t pending; /* Spaces owed before the next text. */
};

static void
grid_put(struct grid *g, const char *text, size_t len)
{
    size_t n = MIN(len, g->widths[g->column]);
    if (n) {
        str_put_chars(g->out, ' ', g->pending);
        str_put_n(g->out, text, n);
        g->pending = 0;
    }
    g->pending += g->widths[g->column] - n + 1;
    if (++g->column == g->n_columns) {
        str_put_char(g->out, '\n');
        g->column = 0;
        g->pending = 0;
    }
}

static void
put_headings(struct grid *g, const struct table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        grid_put(g, t->headings[i], strlen(t->headings[i]));
    }
    struct str dashes = STR_INIT;
    for (size_t i = 0; i < t->n_columns; i++) {
        str_clear(&dashes);
        str_put_chars(&dashes, '-', g->widths[i]);
        grid_put(g, str_cstr(&dashes), dashes.len);
    }
    str_fini(&dashes);
}

static void
put_table(const struct table *t, const struct table_style *style,
          struct str *out)
{
    put_preamble(out, t, style);
    if (!t->n_columns) {
        return;
    }
    struct str *texts = xcalloc(t->n_cells + 1, sizeof *texts);
    size_t *widths = xcalloc(t->n_columns, sizeof *widths);
    for (size_t i = 0; i < t->n_cells; i++) {
        put_cell(&texts[i], &t->cells[i], style->cells);
        size_t *w = &widths[i % t->n_columns];
        *w = MAX(*w, texts[i].len);
    }
    for (size_t i = 0; i < t->n_columns; i++) {
        if (style->max_column_width) {
            widths[i] = MIN(widths[i], style->max_column_width);
        }
        if (style->headings) {
            widths[i] = MAX(widths[i], strlen(t->headings[i]));
        }
    }

    struct grid g = { .out = out, .widths = widths,
                      .n_columns = t->n_columns };
    if (style->headings) {
        put_headings(&g, t);
    }
    for (size_t i = 0; i < t->n_cells; i++) {
        grid_put(&g, str_cstr(&texts[i]), texts[i].len);
        str_fini(&texts[i]);
    }
    free(texts);
    free(widths);
}

static void
put_list(const struct table *t, const struct table_style *style,
         struct str *out)
{
    put_preamble(out, t, style);
    for (size_t i = 0; i < t->n_cells; i++) {
        size_t column = i % t->n_columns;
        if (i && !column) {
            str_put_char(out, '\n');
        }
        if (style->headings) {
            str_putf(out, "%-20s: ", t->headings[column]);
        }
        put_cell(out, &t->cells[i], style->cells);
        str_put_char(out, '\n');
    }
}

static void
put_html_text(struct str *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (text[i]) {
        case '&':
            str_put(out, "&amp;");
            break;
        case '<':
            str_put(out, "&lt;");
            break;
        case '>':
            str_put(out, "&gt;");
            break;
        case '"':
            str_put(out, "&quot;");
            break;
        default:
            str_put_char(out, text[i]);
            break;
        }
    }
}

/* Digits of a UUID that are shown for it. */
#define SHORT_UUID 8

/* A row's own _uuid is an anchor; UUIDs elsewhere are links to it. */
static void
put_html_cell(struct str *out, const char *text, bool is_anchor)
{
    size_t n = strlen(text);
    if (is_anchor && n >= SHORT_UUID) {
        str_put(out, "<a name=\"");
        put_html_text(out, text, n);
        str_put(out, "\">");
        put_html_text(out, text, SHORT_UUID);
        str_put(out, "</a>");
        return;
    }
    while (*text) {
        struct uuid uuid;
        if (strlen(text) >= UUID_TEXT_LEN && uuid_from_prefix(&uuid, text)) {
            str_putf(out, "<a href=\"#%.*s\">%.*s</a>", UUID_TEXT_LEN, text,
                     SHORT_UUID, text);
            text += UUID_TEXT_LEN;
        } else {
            put_html_text(out, text++, 1);
        }
    }
}

static void
put_html(const struct table *t, const struct table_style *style,
         struct str *out)
{
    if (t->timestamp) {
        put_time(out);
        str_put_char(out, '\n');
    }
    str_put(out, "<table border=1>\n");
    if (t->caption) {
        str_put(out, "    <caption>");
        put_html_text(out, t->caption, strlen(t->caption));
        str_put(out, "</caption>\n");
    }
    if (style->headings) {
        str_put(out, "  <tr>\n");
        for (size_t i = 0; i < t->n_columns; i++) {
            str_put(out, "    <th>");
            put_html_text(out, t->headings[i], strlen(t->headings[i]));
            str_put(out, "</th>\n");
        }
        str_put(out, "  </tr>\n");
    }
    struct str text = STR_INIT;
    for (size_t i = 0; i < t->n_cells; i++) {
        size_t column = i % t->n_columns;
        str_put(out, column ? "" : "  <tr>\n");
        str_clear(&text);
        put_cell(&text, &t->cells[i], style->cells);
        str_put(out, "    <td>");
        put_html_cell(out, str_cstr(&text),
                      !strcmp(t->headings[column], "_uuid"));
        str_put(out, "</td>\n");
        str_put(out, column + 1 == t->n_columns ? "  </tr>\n" : "");
    }
    str_fini(&text);
    str_put(out, "</table>\n");
}

static void
put_csv_cell(struct str *out, const char *text, bool last)
{
    if (!text[strcspn(text, "\n\",")]) {
        str_put(out, text);
    } else {
        str_put_char(out, '"');
        for (; *text; text++) {
            str_put(out, *text == '"' ? "\"" : "");
            str_put_char(out, *text);
        }
        str_put_char(out, '"');
    }
    str_put_char(out, last ? '\n' : ',');
}

static void
put_csv(const struct table *t, const struct table_style *style,
        struct str *out)
{
    put_preamble(out, t, style);
    if (style->headings) {
        for (size_t i = 0; i < t->n_columns; i++) {
            put_csv_cell(out, t->headings[i], i + 1 == t->n_columns);
        }
    }
    struct str text = STR_INIT;
    for (size_t i = 0; i < t->n_cells; i++) {
        str_clear(&text);
        put_cell(&text, &t->cells[i], style->cells);
        put_csv_cell(out, str_cstr(&text), (i + 1) % t->n_columns == 0);
    }
    str_fini(&text);
}

static json_t *
cell_to_json(const struct cell *c)
{
    return c->type   ? ovsdb_datum_to_json(&c->datum, c->type)
           : c->json ? json_incref(c->json)
           : c->text ? json_string(c->text)
                     : json_null();
}

static void
put_json(const struct table *t, const struct table_style *style,
         struct str *out)
{
    json_t *object = json_object();
    if (t->caption) {
        json_object_set_new(object, "caption", json_string(t->caption));
    }
    if (t->timestamp) {
        struct str s = STR_INIT;
        put_time(&s);
        json_object_set_new(object, "time", json_string(str_cstr(&s)));
        str_fini(&s);
    }
    json_t *headings = json_array();
    for (size_t i = 0; i < t->n_columns; i++) {
        json_array_append_new(headings, json_string(t->headings[i]));
    }
    json_object_set_new(object, "headings", headings);
    json_t *data = json_array();
    json_t *row = NULL;
    for (size_t i = 0; i < t->n_cells; i++) {
        if (i % t->n_columns == 0) {
            row = json_array();
            json_array_append_new(data, row);
        }
        json_array_append_new(row, cell_to_json(&t->cells[i]));
    }
    json_object_set_new(object, "data", data);
    json_put(out, object,
             JSON_STYLE_SORT | (style->json_pretty ? JSON_STYLE_PRETTY : 0));
    str_put_char(out, '\n');
    json_decref(object);
}

void
table_put(const struct table *t, struct table_style *style, struct str *out)
{
    switch (style->format) {
    case TABLE_TABLE:
        put_table(t, style, out);
        break;
    case TABLE_LIST:
        put_list(t, style, out);
        break;
    case TABLE_HTML:
        put_html(t, style, out);
        break;
    case TABLE_CSV:
        put_csv(t, style, out);
        break;
    case TABLE_JSON:
        put_json(t, style, out);
        break;
    }
    style->separate = true;
}

static char *
apply_format(void *style_, const char *value)
{
    static const char *const names[] = {
        [TABLE_TABLE] = "table", [TABLE_LIST] = "list",
        [TABLE_HTML] = "html",   [TABLE_CSV] = "csv",
        [TABLE_JSON] = "json",
    };
    struct table_style *style = style_;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(value, names[i])) {
            style->format = (enum table_format)i;
            return NULL;
        }
    }
    return xasprintf("unknown output format \"%s\"", value);
}

static char *
apply_data(void *style_, const char *value)
{
    static const char *const names[] = {
        [TABLE_STRING] = "string",
        [TABLE_BARE] = "bare",
        [TABLE_CELL_JSON] = "json",
    };
    struct table_style *style = style_;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(value, names[i])) {
            style->cells = (enum table_cells)i;
            return NULL;
        }
    }
    return xasprintf("unknown data format \"%s\"", value);
}

static char *
apply_no_headings(void *style, const char *value UNUSED)
{
    ((struct table_style *)style)->headings = false;
    return NULL;
}

static char *
apply_pretty(void *style, const char *value UNUSED)
{
    ((struct table_style *)style)->json_pretty = true;
    return NULL;
}

static char *
apply_bare(void *style_, const char *value UNUSED)
{
    struct table_style *style = style_;
    style->format = TABLE_LIST;
    style->cells = TABLE_BARE;
    style->headings = false;
    return NULL;
}

static char *
apply_max_width(void *style, const char *value)
{
    int width;
    if (!str_to_int(value, 10, &width) || width < 0) {
        return xasprintf("\"%s\" is not a column width", value);
    }
    ((struct table_style *)style)->max_column_width = (size_t)width;
    return NULL;
}

void
table_args_init(struct args_opt opts[TABLE_N_ARGS], struct table_style *style)
{
    const struct args_opt rows[TABLE_N_ARGS] = {
        { "format", 'f', ARGS_VALUE, "FORMAT",
          "table, list, html, csv or json", apply_format, style },
        { "data", 'd', ARGS_VALUE, "FORMAT", "cells: string, bare or json",
          apply_data, style },
        { "no-headings", 0, ARGS_FLAG, NULL, "omit the heading row",
          apply_no_headings, style },
        { "pretty", 0, ARGS_FLAG, NULL, "indent JSON in output",
          apply_pretty, style },
        { "bare", 0, ARGS_FLAG, NULL,
          "same as --format=list --data=bare --no-headings", apply_bare,
          style },
        { "max-column-width", 0, ARGS_VALUE, "NUM",
          "truncate the columns of tables to NUM bytes", apply_max_width,
          style },
    };
    memcpy(opts, rows, sizeof rows);
}
