/* SPDX-License-Identifier: Apache-2.0 */
/* The four kinds of message and their members [RFC 7047 4]. */
#include "lib/base/mem.h"
#include "lib/io/json_scan.h"
#include "lib/io/jsonrpc.h"

/* Which members each type must, may or must not have, by type. */
enum need { NO, YES, NULL_OR_NO };
static const struct {
    const char *name;
    enum need method, params, result, error;
} rules[] = {
    [JSONRPC_REQUEST] = { "request", YES, YES, NULL_OR_NO, NULL_OR_NO },
    [JSONRPC_NOTIFY] = { "notification", YES, YES, NULL_OR_NO,
                         NULL_OR_NO },
    [JSONRPC_REPLY] = { "reply", NO, NO, YES, NULL_OR_NO },
    [JSONRPC_ERROR] = { "error", NO, NO, NULL_OR_NO, YES },
};

static bool
is_there(const json_t *value)
{
    return value && !json_is_null(value);
}

static char *
check_member(const char *type, const char *name, const json_t *value,
             enum need need)
{
    if (need == YES && !value) {
        return xasprintf("%s must have \"%s\"", type, name);
    }
    if ((need == NO && value) || (need == NULL_OR_NO && is_there(value))) {
        return xasprintf("%s must not have \"%s\"", type, name);
    }
    return NULL;
}

static char *
check_names(json_t *body)
{
    static const char *const known[] = { "method", "params", "result",
                                         "error", "id" };
    const char *name;
    json_t *value;
    json_object_foreach (body, name, value) {
        size_t i = 0;
        while (i < ARRAY_SIZE(known) && strcmp(name, known[i])) {
            i++;
        }
        if (i == ARRAY_SIZE(known)) {
            return xasprintf("message has unexpected member \"%s\"", name);
        }
    }
    return NULL;
}

char *
jsonrpc_msg_from_json(json_t *body, struct jsonrpc_msg *m)
{
    if (!json_is_object(body)) {
        return xstrdup("message is not a JSON object");
    }
    char *error = check_names(body);
    if (error) {
        return error;
    }
    const json_t *method = json_object_get(body, "method");
    *m = (struct jsonrpc_msg){
        .params = json_object_get(body, "params"),
        .result = json_object_get(body, "result"),
        .error = json_object_get(body, "error"),
        .id = json_object_get(body, "id"),
        .body = body,
    };
    if (method && !json_is_string(method)) {
        return xstrdup("method is not a JSON string");
    }
    if (m->params && !json_is_array(m->params)) {
        return xstrdup("\"params\" must be JSON array");
    }
    m->method = json_string_value(method);
    m->type = !is_there(m->id)     ? JSONRPC_NOTIFY
              : method             ? JSONRPC_REQUEST
              : is_there(m->error) ? JSONRPC_ERROR
                                   : JSONRPC_REPLY;
    const char *type = rules[m->type].name;
    error = check_member(type, "method", method, rules[m->type].method);
    if (!error) {
        error = check_member(type, "params", m->params,
                             rules[m->type].params);
    }
    if (!error) {
        error = check_member(type, "result", m->result,
                             rules[m->type].result);
    }
    if (!error) {
        error = check_member(type, "error", m->error, rules[m->type].error);
    }
    if (m->type == JSONRPC_REQUEST || m->type == JSONRPC_NOTIFY) {
        m->result = m->error = NULL; /* A null may stand there. */
    }
    return error;
}

static bool
raw_member(struct json_scan *s, const char *key, size_t len,
           struct jsonrpc_raw *m)
{
    if (len == 6 && !memcmp(key, "method", 6)) {
        return !m->method && json_scan_plain(s, &m->method, &m->method_len);
    }
    if (len == 6 && !memcmp(key, "params", 6)) {
        return !m->params && json_scan_value(s, &m->params, &m->params_len)
               && *m->params == '[';
    }
    if (len == 2 && !memcmp(key, "id", 2)) {
        return !m->id && json_scan_value(s, &m->id, &m->id_len)
               && *m->id != 'n';
    }
    return false;
}

bool
jsonrpc_raw_from_text(const char *text, size_t len, struct jsonrpc_raw *m)
{
    struct json_scan s = json_scan_make(text, len);
    const char *key;
    size_t key_len;
    *m = (struct jsonrpc_raw){ .method = NULL };
    if (!json_scan_char(&s, '{')) {
        return false;
    }
    do {
        if (!json_scan_plain(&s, &key, &key_len) || !json_scan_char(&s, ':')
            || !raw_member(&s, key, key_len, m)) {
            return false;
        }
    } while (json_scan_char(&s, ','));
    return json_scan_char(&s, '}') && json_scan_at_end(&s) && m->method
           && m->params && m->id;
}

static json_t *
make(const char *first, json_t *first_value, const char *second,
     json_t *second_value, json_t *id)
{
    json_t *body = json_object();
    json_object_set_new(body, "id", id);
    json_object_set_new(body, first, first_value);
    json_object_set_new(body, second, second_value);
    return body;
}

json_t *
jsonrpc_make_request(const char *method, json_t *params, json_t *id)
{
    return make("method", json_string(method), "params", params, id);
}

json_t *
jsonrpc_make_notify(const char *method, json_t *params)
{
    return make("method", json_string(method), "params", params,
                json_null());
}

json_t *
jsonrpc_make_reply(json_t *result, json_t *id)
{
    return make("result", result, "error", json_null(), id);
}

json_t *
jsonrpc_make_error(json_t *error, json_t *id)
{
    return make("result", json_null(), "error", error, id);
}
