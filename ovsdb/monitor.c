/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/monitor.h"

#include "lib/base/assert.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "ovsdb/monitor_priv.h"

/* Tells all groups. */
static void
monitors_committed(void *ms_, const struct txn *txn)
{
    struct monitors *ms = ms_;
    struct str text = STR_INIT;
    HMAP_FOR_EACH (struct monitor_group, g, node, &ms->groups) {
        str_clear(&text);
        if (!monitor_text_txn(g, txn, &text)) {
            continue;
        }
        LIST_FOR_EACH_SAFE (struct monitor, m, node, &g->members) {
            m->update(m->aux, m, text.s, text.len);
        }
    }
    str_fini(&text);
}

void
monitors_init(struct monitors *ms, struct db *db)
{
    ms->db = db;
    hmap_init(&ms->groups);
    ms->observer = (struct db_observer){ .committed = monitors_committed,
                                         .aux = ms };
    db_observe(db, &ms->observer);
}

void
monitors_fini(struct monitors *ms)
{
    ASSERT(hmap_is_empty(&ms->groups));
    hmap_fini(&ms->groups);
    db_unobserve(&ms->observer);
}

size_t
monitors_count(const struct monitors *ms)
{
    size_t n = 0;
    HMAP_FOR_EACH (struct monitor_group, g, node, &ms->groups) {
        n += list_size(&g->members);
    }
    return n;
}

/* Groups. */

static char *
group_key(enum monitor_method method, const json_t *requests)
{
    struct str s = STR_INIT;
    str_put_char(&s, method == MONITOR_PLAIN ? '1' : '2');
    json_put(&s, requests, JSON_STYLE_SORT);
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
group_get(struct monitors *ms, enum monitor_method method,
          const json_t *requests, struct monitor_group **out)
{
    char *key = group_key(method, requests);
    *out = group_find(ms, key);
    if (*out) {
        free(key);
        return NULL;
    }
    struct monitor_group *g = xzalloc(sizeof *g);
    g->v1 = method == MONITOR_PLAIN;
    g->db = ms->db;
    struct ovsdb_err *err = monitor_parse(g, ms->db, requests);
    if (err) {
        free(g);
        free(key);
        return err;
    }
    g->key = key;
    list_init(&g->members);
    hmap_insert(&ms->groups, &g->node, hash_string(key));
    *out = g;
    return NULL;
}

static void
group_drop_if_empty(struct monitors *ms, struct monitor_group *g)
{
    if (list_is_empty(&g->members)) {
        hmap_remove(&ms->groups, &g->node);
        monitor_tables_free(g->tables, g->n_tables);
        free(g->key);
        free(g);
    }
}

struct ovsdb_err *
monitor_create(struct monitors *ms, enum monitor_method method, json_t *id,
               json_t *requests,
               void (*update)(void *aux, struct monitor *, const char *,
                              size_t),
               void *aux, struct monitor **mp)
{
    struct monitor_group *g;
    struct ovsdb_err *err = group_get(ms, method, requests, &g);
    if (err) {
        return err;
    }
    struct monitor *m = xzalloc(sizeof *m);
    m->group = g;
    m->method = method;
    m->id = json_incref(id);
    m->requests = json_incref(requests);
    m->update = update;
    m->aux = aux;
    list_init(&m->owner_node);
    list_push_back(&g->members, &m->node);
    *mp = m;
    return NULL;
}

void
monitor_destroy(struct monitors *ms, struct monitor **mp)
{
    struct monitor *m = *mp;
    *mp = NULL;
    list_remove(&m->node);
    list_remove(&m->owner_node);
    group_drop_if_empty(ms, m->group);
    json_decref(m->id);
    json_decref(m->requests);
    free(m);
}

void
monitor_put_initial(const struct monitor *m, struct str *out)
{
    monitor_text_initial(m->group, m->group->db, out);
}

/* Conditions that change. */

/* The requests of one table with "where" replaced: a new array. */
static struct ovsdb_err *
replace_where(const char *table, const json_t *old, const json_t *changes,
              json_t **out)
{
    const json_t *change
        = json_is_array(changes) ? json_array_get(changes, 0) : changes;
    if (!json_is_object(change)
        || (json_is_array(changes) && json_array_size(changes) != 1)) {
        return ovsdb_err_at(changes, OVSDB_E_SYNTAX,
                            "table %s: one object expected", table);
    }
    const json_t *where = json_object_get(change, "where");
    json_t *array = json_is_array(old) ? json_deep_copy(old)
                                       : json_pack("[o]", json_deep_copy(old));
    size_t i;
    json_t *request;
    json_array_foreach (array, i, request) {
        json_object_del(request, "where");
        if (where && !i) {
            json_object_set(request, "where", (json_t *)(uintptr_t)where);
        } else if (where) {
            json_object_set_new(request, "where", json_pack("[b]", 0));
        }
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
                            "monitor-requests must be object");
    }
    *requests = json_copy(m->requests);
    json_object_foreach ((json_t *)(uintptr_t)changes, table, change) {
        const json_t *old = json_object_get(m->requests, table);
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
monitor_change(struct monitors *ms, struct monitor *m, json_t *new_id,
               const json_t *changes, struct str *out)
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
    err = group_get(ms, m->method, requests, &new);
    if (err) {
        json_decref(requests);
        return err;
    }
    monitor_text_change(old, new, ms->db, out);
    list_remove(&m->node);
    list_push_back(&new->members, &m->node);
    m->group = new;
    group_drop_if_empty(ms, old);
    json_decref(m->requests);
    m->requests = requests;
    json_incref(new_id);
    json_decref(m->id);
    m->id = new_id;
    return NULL;
}
