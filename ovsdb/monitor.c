/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/monitor.h"

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "ovsdb/monitor_priv.h"

/* First copies are kept for those who ask soon after. */
#define INITIAL_KEEP_MS 2000

static void
group_forget_initial(struct monitor_group *g)
{
    blob_unref(&g->initial);
}

static bool
group_is_touched(const struct monitor_group *g, const bool touched[])
{
    for (size_t i = 0; i < g->n_tables; i++) {
        if (touched[g->tables[i].idx]) {
            return true;
        }
    }
    return false;
}

static void
group_tell(struct monitors *ms, struct monitor_group *g,
           const struct txn *txn)
{
    struct str text = STR_INIT;
    group_forget_initial(g);
    if (monitor_text_txn(g, txn, &text)) {
        struct blob *b = blob_take_str(&text);
        LIST_FOR_EACH_SAFE (struct monitor, m, node, &g->members) {
            ms->update(m, b);
        }
        blob_unref(&b);
    }
    str_fini(&text);
}

/* Tells all groups. */
static void
monitors_committed(void *ms_, const struct txn *txn)
{
    struct monitors *ms = ms_;
    history_add(&ms->history, txn);
    if (hmap_is_empty(&ms->groups)) {
        return;
    }
    bool *touched = xcalloc(ms->db->schema->n_tables + 1, sizeof *touched);
    TXN_FOR_EACH_ROW (tr, txn) {
        touched[tr->row->table->schema->idx] = true;
    }
    HMAP_FOR_EACH (struct monitor_group, g, node, &ms->groups) {
        if (group_is_touched(g, touched)) {
            group_tell(ms, g, txn);
        }
    }
    free(touched);
}

/* Forgets first copies that nobody asked for in a while. */
static void
monitors_forget(void *ms_)
{
    struct monitors *ms = ms_;
    int64_t next = INT64_MAX, now = clock_ms();
    HMAP_FOR_EACH (struct monitor_group, g, node, &ms->groups) {
        if (g->initial && g->initial_ms + INITIAL_KEEP_MS <= now) {
            group_forget_initial(g);
        } else if (g->initial) {
            next = MIN(next, g->initial_ms + INITIAL_KEEP_MS);
        }
    }
    if (next < INT64_MAX) {
        loop_timer_set(&ms->forget, next);
    }
}

void
monitors_init(struct monitors *ms, struct loop *loop, struct db *db,
              void (*update)(struct monitor *, struct blob *))
{
    *ms = (struct monitors){ .db = db, .loop = loop, .update = update };
    hmap_init(&ms->groups);
    history_init(&ms->history);
    loop_timer_init(&ms->forget, loop, monitors_forget, ms);
    ms->observer = (struct db_observer){ .committed = monitors_committed,
                                         .aux = ms };
    db_observe(db, &ms->observer);
}

void
monitors_fini(struct monitors *ms)
{
    ASSERT(hmap_is_empty(&ms->groups));
    hmap_fini(&ms->groups);
    history_clear(&ms->history);
    loop_timer_cancel(&ms->forget);
    db_unobserve(&ms->observer);
}

void
monitors_forget_history(struct monitors *ms)
{
    history_clear(&ms->history);
    HMAP_FOR_EACH (struct monitor_group, g, node, &ms->groups) {
        group_forget_initial(g);
    }
}

size_t
monitors_count_groups(const struct monitors *ms)
{
    return hmap_count(&ms->groups);
}

/* Groups. */

static char *
group_key(enum monitor_method method, const json_t *requests, size_t *len)
{
    struct str s = STR_INIT;
    str_put_char(&s, method == MONITOR_PLAIN ? '1' : '2');
    json_put(&s, requests, JSON_STYLE_SORT);
    *len = s.len;
    return str_steal(&s);
}

static struct monitor_group *
group_find(const struct monitors *ms, const char *key)
{
    HMAP_FOR_EACH_WITH_HASH (struct monitor_group, g, node, hash_string(key),
                             &ms->groups) {
        if (!strcmp(g->key, key)) {
            return g;
        }
    }
    return NULL;
}

static struct ovsdb_err *
group_get(struct monitors *ms, enum monitor_method method, json_t *requests,
          struct monitor_group **out)
{
    size_t len;
    char *key = group_key(method, requests, &len);
    *out = group_find(ms, key);
    if (*out) {
        free(key);
        return NULL;
    }
    struct monitor_group *g = xzalloc(sizeof *g);
    g->v1 = method == MONITOR_PLAIN;
    g->home = ms;
    struct ovsdb_err *err = monitor_parse(g, ms->db, requests);
    if (err) {
        free(g);
        free(key);
        return err;
    }
    g->key = key;
    g->key_len = len;
    g->requests = json_incref(requests);
    list_init(&g->members);
    hmap_insert(&ms->groups, &g->node, hash_string(key));
    *out = g;
    return NULL;
}

static void
group_drop_if_empty(struct monitor_group *g)
{
    if (list_is_empty(&g->members)) {
        hmap_remove(&g->home->groups, &g->node);
        monitor_tables_free(g->tables, g->n_tables);
        group_forget_initial(g);
        json_decref(g->requests);
        free(g->key);
        free(g);
    }
}

struct ovsdb_err *
monitor_create(struct monitors *ms, enum monitor_method method,
               const char *id, json_t *requests, void *owner,
               struct monitor **mp)
{
    struct monitor_group *g;
    struct ovsdb_err *err = group_get(ms, method, requests, &g);
    if (err) {
        return err;
    }
    struct monitor *m = xzalloc(sizeof *m);
    m->group = g;
    m->method = method;
    m->id = xstrdup(id);
    m->owner = owner;
    list_init(&m->owner_node);
    list_push_back(&g->members, &m->node);
    ms->n++;
    if (method == MONITOR_COND_SINCE) {
        ms->history.on = true;
    }
    *mp = m;
    return NULL;
}

void
monitor_destroy(struct monitor **mp)
{
    struct monitor *m = *mp;
    *mp = NULL;
    m->group->home->n--;
    list_remove(&m->node);
    list_remove(&m->owner_node);
    group_drop_if_empty(m->group);
    free(m->id);
    free(m);
}

struct monitors *
monitor_home(const struct monitor *m)
{
    return m->group->home;
}

size_t
monitor_request_len(const struct monitor *m)
{
    return m->group->key_len;
}

struct blob *
monitor_initial(const struct monitor *m)
{
    struct monitor_group *g = m->group;
    struct monitors *ms = g->home;
    if (!g->initial) {
        struct str text = STR_INIT;
        monitor_text_initial(g, ms->db, &text);
        g->initial = blob_take_str(&text);
    }
    g->initial_ms = clock_ms();
    if (!loop_timer_is_set(&ms->forget)) {
        loop_timer_set_in(&ms->forget, INITIAL_KEEP_MS);
    }
    return blob_ref(g->initial);
}

struct blob *
monitor_since(const struct monitor *m, const struct uuid *id)
{
    const struct monitors *ms = m->group->home;
    struct hmap rows;
    struct blob *b = NULL;
    if (history_since(&ms->history, ms->db, id, &rows)) {
        struct str text = STR_INIT;
        monitor_text_since(m->group, ms->db, &rows, &text);
        b = blob_take_str(&text);
    }
    past_rows_fini(&rows);
    return b;
}

/* Conditions that change. */

static struct ovsdb_err *
check_change(const char *table, const json_t *change)
{
    const char *key;
    json_t *value;
    if (!json_is_object(change)) {
        return ovsdb_err_at(change, OVSDB_E_SYNTAX, "Parsing table %s failed:"
                            " Object expected.", table);
    }
    json_object_foreach ((json_t *)(uintptr_t)change, key, value) {
        if (!strcmp(key, "columns")) {
            return ovsdb_err_at(change, OVSDB_E_SYNTAX, "table %s: changing "
                                "columns is unsupported", table);
        }
        if (strcmp(key, "where")) {
            return ovsdb_err_at(change, OVSDB_E_SYNTAX, "Parsing table %s "
                                "failed: Member '%s' is present but not "
                                "allowed here.", table, key);
        }
        if (!json_is_array(value)) {
            return ovsdb_err_at(change, OVSDB_E_SYNTAX, "Parsing table %s "
                                "failed: Type mismatch for member 'where'.",
                                table);
        }
    }
    return NULL;
}

/* Gives all the requests of one table the conditions 'where': as their clauses
 * are joined by "or", the first gets them and the others none that holds. */
static void
set_where(json_t *requests, json_t *where)
{
    size_t i;
    json_t *request;
    json_array_foreach (requests, i, request) {
        if (i) {
            json_object_set_new(request, "where", json_pack("[b]", 0));
        } else {
            json_object_set(request, "where", where);
        }
    }
}

/* The requests of one table with "where" replaced: a new array.  Of several
 * changes the last counts; one without "where" changes nothing. */
static struct ovsdb_err *
replace_where(const char *table, const json_t *old, const json_t *changes,
              json_t **out)
{
    if (!json_is_array(changes)) {
        return ovsdb_err_at(changes, OVSDB_E_SYNTAX, "table %s: "
                            "monitor-cond-change JSON array expected", table);
    }
    json_t *array = json_is_array(old) ? json_deep_copy(old)
                                       : json_pack("[o]", json_deep_copy(old));
    struct ovsdb_err *err = NULL;
    for (size_t i = 0; i < json_array_size(changes) && !err; i++) {
        const json_t *change = json_array_get(changes, i);
        json_t *where = json_object_get(change, "where");
        err = check_change(table, change);
        if (!err && where) {
            set_where(array, where);
        }
    }
    if (err) {
        json_decref(array);
        return err;
    }
    *out = array;
    return NULL;
}

static struct ovsdb_err *
change_requests(const struct monitor *m, const json_t *changes,
                json_t **requests)
{
    struct ovsdb_err *err = NULL;
    const char *table;
    json_t *change;
    if (!json_is_object(changes)) {
        return ovsdb_err_at(changes, OVSDB_E_SYNTAX,
                            "monitor-cond-change-requests must be object");
    }
    *requests = json_copy(m->group->requests);
    json_object_foreach ((json_t *)(uintptr_t)changes, table, change) {
        const json_t *old = json_object_get(m->group->requests, table);
        json_t *new = NULL;
        if (old) {
            err = replace_where(table, old, change, &new);
        } else {
            err = ovsdb_err_at(change, OVSDB_E_SYNTAX,
                               "table %s is not monitored", table);
        }
        if (err) {
            json_decref(*requests);
            return err;
        }
        json_object_set_new(*requests, table, new);
    }
    return NULL;
}

struct ovsdb_err *
monitor_change(struct monitor *m, const char *new_id, const json_t *changes,
               struct str *out)
{
    if (m->method == MONITOR_PLAIN) {
        return ovsdb_err_create(OVSDB_E_SYNTAX,
                                "this monitor has no conditions");
    }
    json_t *requests = NULL;
    struct monitor_group *old = m->group, *new;
    struct ovsdb_err *err = change_requests(m, changes, &requests);
    if (err) {
        return err;
    }
    err = group_get(old->home, m->method, requests, &new);
    json_decref(requests);
    if (err) {
        return err;
    }
    monitor_text_change(old, new, old->home->db, out);
    list_remove(&m->node);
    list_push_back(&new->members, &m->node);
    m->group = new;
    group_drop_if_empty(old);
    char *id = xstrdup(new_id);
    free(m->id);
    m->id = id;
    return NULL;
}
