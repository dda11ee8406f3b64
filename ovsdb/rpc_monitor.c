/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of monitors [RFC 7047 4.1.5, 4.1.7; ovsdb-server(7) 4.1.12 to
 * 4.1.16]. */
#include "lib/base/assert.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "ovsdb/session_priv.h"

/* "ID", with quotes. */
static void
put_txn_id(struct str *text, const struct monitor *m)
{
    str_putf(text, "\"" UUID_FMT "\"",
             UUID_ARGS(monitors_last_id(monitor_home(m))));
}

void
session_update(struct monitor *m, struct blob *updates)
{
    static const char *const names[] = {
        [MONITOR_PLAIN] = OVSDB_RPC_UPDATE,
        [MONITOR_COND] = OVSDB_RPC_UPDATE2,
        [MONITOR_COND_SINCE] = OVSDB_RPC_UPDATE3,
    };
    struct str head = STR_INIT;
    str_put(&head, "{\"id\":null,\"method\":\"");
    str_put(&head, names[m->method]);
    str_put(&head, "\",\"params\":[");
    str_put(&head, m->id);
    str_put_char(&head, ',');
    if (m->method == MONITOR_COND_SINCE) {
        put_txn_id(&head, m);
        str_put_char(&head, ',');
    }
    session_send(m->owner, &(struct session_msg){ .head = head.s,
                                                  .head_len = head.len,
                                                  .blob = updates,
                                                  .tail = "]}",
                                                  .tail_len = 2 });
    str_fini(&head);
}

/* How an <id> is known: as text. */
static char *
id_text(const json_t *id)
{
    return json_to_text(id, JSON_STYLE_SORT);
}

static struct monitor *
find_monitor(const struct session *s, const json_t *id)
{
    struct monitor *found = NULL;
    char *text = id ? id_text(id) : NULL;
    LIST_FOR_EACH (struct monitor, m, owner_node, &s->monitors) {
        if (text && !strcmp(m->id, text)) {
            found = m;
            break;
        }
    }
    free(text);
    return found;
}

static void
forget_monitor(struct session *s, struct monitor *m)
{
    s->n_monitors--;
    s->monitor_bytes -= monitor_request_len(m);
    monitor_destroy(&m);
}

/* [found, last id, updates]; or without what is before them. */
static void
reply_initial(struct request *r, const struct monitor *m,
              const struct uuid *last)
{
    struct str before = STR_INIT;
    bool since = m->method == MONITOR_COND_SINCE;
    struct blob *updates = since ? monitor_since(m, last) : NULL;
    if (since) {
        str_put(&before, updates ? "[true," : "[false,");
        put_txn_id(&before, m);
        str_put_char(&before, ',');
    }
    if (!updates) {
        updates = monitor_initial(m);
    }
    rpc_reply_blob(r->session, r->id, str_cstr(&before), updates,
                   since ? "]}" : "}");
    blob_unref(&updates);
    str_fini(&before);
}

/* The id of the last transaction known must look like one. */
static struct ovsdb_err *
get_last_id(const struct request *r, struct uuid *uuid)
{
    const json_t *last = json_array_get(r->params, 3);
    if (!json_is_string(last)) {
        return ovsdb_err_at(last, OVSDB_E_SYNTAX,
                            "last-txn-id must be string");
    }
    if (!uuid_from_text(uuid, json_string_value(last))) {
        return ovsdb_err_at(last, OVSDB_E_SYNTAX,
                            "last-txn-id must be UUID format.");
    }
    return NULL;
}

static struct ovsdb_err *
check_monitor(const struct request *r, bool since, struct uuid *last)
{
    const struct session *s = r->session;
    const json_t *id = json_array_get(r->params, 1);
    if (json_array_size(r->params) != (since ? 4 : 3)) {
        return ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "invalid parameters");
    }
    if (find_monitor(s, id)) {
        return ovsdb_err_at(id, OVSDB_E_SYNTAX, "duplicate monitor ID");
    }
    if (s->n_monitors >= SESSION_MONITORS_MAX
        || s->monitor_bytes >= SESSION_MONITOR_BYTES_MAX) {
        counter_inc(db_monitor_refused);
        return ovsdb_err_create(OVSDB_E_RESOURCES, "this client has %zu "
                                "monitors already, which ask for %zu bytes",
                                s->n_monitors, s->monitor_bytes);
    }
    return since ? get_last_id(r, last) : NULL;
}

static void
start_monitor(struct request *r, enum monitor_method method)
{
    struct session *s = r->session;
    struct uuid last = { { 0 } };
    struct monitor *m = NULL;
    struct ovsdb_err *err
        = check_monitor(r, method == MONITOR_COND_SINCE, &last);
    if (!err) {
        char *id = id_text(json_array_get(r->params, 1));
        err = monitor_create(&r->db->monitors, method, id,
                             json_array_get(r->params, 2), s, &m);
        free(id);
    }
    if (err) {
        rpc_fail(r, err);
        return;
    }
    list_push_back(&s->monitors, &m->owner_node);
    s->n_monitors++;
    s->monitor_bytes += monitor_request_len(m);
    reply_initial(r, m, &last);
}

void
rpc_monitor(struct request *r)
{
    start_monitor(r, MONITOR_PLAIN);
}

void
rpc_monitor_cond(struct request *r)
{
    start_monitor(r, MONITOR_COND);
}

void
rpc_monitor_cond_since(struct request *r)
{
    start_monitor(r, MONITOR_COND_SINCE);
}

static struct ovsdb_err *
change_monitor(struct request *r, struct monitor **out, struct str *updates)
{
    if (json_array_size(r->params) != 3) {
        return ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "invalid parameters");
    }
    json_t *id = json_array_get(r->params, 0);
    json_t *new_id = json_array_get(r->params, 1);
    struct monitor *m = find_monitor(r->session, id);
    if (!m) {
        return ovsdb_err_at(id, OVSDB_E_SYNTAX, "unknown monitor session");
    }
    if (!json_equal(id, new_id) && find_monitor(r->session, new_id)) {
        return ovsdb_err_at(new_id, OVSDB_E_SYNTAX, "duplicate monitor ID");
    }
    *out = m;
    r->session->monitor_bytes -= monitor_request_len(m);
    char *text = id_text(new_id);
    struct ovsdb_err *err = monitor_change(
        m, text, json_array_get(r->params, 2), updates);
    free(text);
    r->session->monitor_bytes += monitor_request_len(m);
    return err;
}

void
rpc_monitor_cond_change(struct request *r)
{
    struct str updates = STR_INIT;
    struct monitor *m = NULL;
    struct ovsdb_err *err = change_monitor(r, &m, &updates);
    if (err) {
        rpc_fail(r, err);
    } else {
        if (updates.len > 2) {
            struct blob *b = blob_take_str(&updates);
            session_update(m, b);
            blob_unref(&b);
        }
        rpc_reply(r->session, r->id, json_object());
    }
    str_fini(&updates);
}

void
rpc_monitor_cancel(struct request *r)
{
    if (json_array_size(r->params) != 1) {
        rpc_error(r->session, r->id, json_string("invalid parameters"));
        return;
    }
    struct monitor *m
        = find_monitor(r->session, json_array_get(r->params, 0));
    if (!m) {
        rpc_error(r->session, r->id, json_string("unknown monitor"));
        return;
    }
    forget_monitor(r->session, m);
    rpc_reply(r->session, r->id, json_object());
}

void
session_cancel_monitors(struct session *s, struct served_db *db, bool tell)
{
    LIST_FOR_EACH_SAFE (struct monitor, m, owner_node, &s->monitors) {
        if (db && monitor_home(m) != &db->monitors) {
            continue;
        }
        if (tell) {
            char *error;
            json_t *id = json_parse(m->id, strlen(m->id), &error);
            ASSERT(id);
            rpc_notify(s, OVSDB_RPC_MONITOR_CANCELED,
                       json_pack("[o]", id));
        }
        forget_monitor(s, m);
    }
}
