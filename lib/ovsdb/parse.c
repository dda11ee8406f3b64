/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/parse.h"
#include "lib/ovsdb/schema.h"

void
ovsdb_members_init(struct ovsdb_members *m, const json_t *json,
                   const char *what)
{
    *m = (struct ovsdb_members){ .json = json, .what = what };
    if (!json_is_object(json)) {
        ovsdb_members_fail(m, "a JSON object was expected");
    }
}

static bool
kind_matches(const json_t *j, enum ovsdb_json_kind kind)
{
    switch (kind) {
    case OVSDB_JSON_ANY:
        return true;
    case OVSDB_JSON_STRING:
        return json_is_string(j);
    case OVSDB_JSON_ID:
        return json_is_string(j) && ovsdb_is_id(json_string_value(j));
    case OVSDB_JSON_INTEGER:
        return json_is_integer(j);
    case OVSDB_JSON_NUMBER:
        return json_is_number(j);
    case OVSDB_JSON_BOOLEAN:
        return json_is_boolean(j);
    case OVSDB_JSON_ARRAY:
        return json_is_array(j);
    case OVSDB_JSON_OBJECT:
        return json_is_object(j);
    }
    NOT_REACHED();
}

static const char *
kind_name(enum ovsdb_json_kind kind)
{
    static const char *const names[] = {
        [OVSDB_JSON_ANY] = "value",         [OVSDB_JSON_STRING] = "string",
        [OVSDB_JSON_ID] = "<id> string",    [OVSDB_JSON_INTEGER] = "integer",
        [OVSDB_JSON_NUMBER] = "number",     [OVSDB_JSON_BOOLEAN] = "boolean",
        [OVSDB_JSON_ARRAY] = "array",       [OVSDB_JSON_OBJECT] = "object",
    };
    return names[kind];
}

const json_t *
ovsdb_members_get(struct ovsdb_members *m, const char *name,
                  enum ovsdb_json_kind kind, bool optional)
{
    const json_t *j = json_object_get(m->json, name);
    if (m->err) {
        return NULL;
    }
    if (!j) {
        if (!optional) {
            ovsdb_members_fail(m, "required \"%s\" member is missing", name);
        }
        return NULL;
    }
    ASSERT(m->n_used < ARRAY_SIZE(m->used));
    m->used[m->n_used++] = name;
    if (!kind_matches(j, kind)) {
        ovsdb_members_fail(m, "member \"%s\" is not of type %s", name,
                           kind_name(kind));
        return NULL;
    }
    return j;
}

void
ovsdb_members_fail(struct ovsdb_members *m, const char *fmt, ...)
{
    if (m->err) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    char *text = xvasprintf(fmt, args);
    va_end(args);
    m->err = ovsdb_err_at(m->json, OVSDB_E_SYNTAX, "Parsing %s failed: %s",
                          m->what, text);
    free(text);
}

void
ovsdb_members_set_err(struct ovsdb_members *m, struct ovsdb_err *err)
{
    if (m->err) {
        ovsdb_err_free(err);
    } else {
        m->err = err;
    }
}

struct ovsdb_err *
ovsdb_members_finish(struct ovsdb_members *m)
{
    if (!m->err && json_object_size(m->json) != m->n_used) {
        for (void *it = json_object_iter((json_t *)(uintptr_t)m->json); it;
             it = json_object_iter_next((json_t *)(uintptr_t)m->json, it)) {
            const char *key = json_object_iter_key(it);
            size_t i = 0;
            while (i < m->n_used && strcmp(key, m->used[i])) {
                i++;
            }
            if (i == m->n_used) {
                ovsdb_members_fail(m, "unexpected member \"%s\"", key);
                break;
            }
        }
    }
    struct ovsdb_err *err = m->err;
    m->err = NULL;
    return err;
}
