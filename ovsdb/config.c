/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/config.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/json.h"
#include "ovsdb/remote.h"
#include "ovsdb/replication.h"

LOG_MODULE(ovsdb_config);

#define CONFIG_MAX ((off_t)16 * 1024 * 1024)

struct config {
    int fd; /* Of a file without a name; -1 if there is none. */
};

struct config *
config_create(void)
{
    struct config *c = xzalloc(sizeof *c);
    c->fd = memfd_create("ovsdb-server", MFD_CLOEXEC);
    return c;
}

void
config_destroy(struct config **cp)
{
    struct config *c = *cp;
    *cp = NULL;
    if (c) {
        if (c->fd >= 0) {
            close(c->fd);
        }
        free(c);
    }
}

static json_t *
optional_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *
config_to_json(const struct server *server)
{
    json_t *dbs = json_array(), *remotes = json_array();
    LIST_FOR_EACH (struct served_db, sdb, node, &server->dbs) {
        if (sdb->path) {
            json_array_append_new(dbs, json_string(sdb->path));
        }
    }
    LIST_FOR_EACH (struct remote_spec, spec, node, &server->specs) {
        json_array_append_new(remotes, json_string(spec->text));
    }
    return json_pack("{so, so, so, so, sb}", "databases", dbs, "remotes",
                     remotes, "sync-from",
                     optional_text(server->sync.source), "sync-exclude",
                     optional_text(server->sync.exclude), "backup",
                     server->sync.is_backup);
}

void
config_save(struct server *server)
{
    struct config *c = server->config;
    if (!c || c->fd < 0) {
        return;
    }
    json_t *json = config_to_json(server);
    char *text = json_to_text(json, JSON_STYLE_COMPACT);
    size_t len = strlen(text);
    if (ftruncate(c->fd, 0)
        || pwrite(c->fd, text, len, 0) != (ssize_t)len) {
        log_warn("cannot keep what was changed for a restart: %s",
                 log_strerror(errno));
    }
    free(text);
    json_decref(json);
}

/* Reading. */

static void
warn(char *error)
{
    if (error) {
        log_err("%s", error);
        free(error);
    }
}

static void
restore_lists(struct server *server, const json_t *json)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(json, "databases"), i, item) {
        warn(server_add_db(server, json_string_value(item)));
    }
    json_array_foreach (json_object_get(json, "remotes"), i, item) {
        warn(remotes_add_spec(server, json_string_value(item)));
    }
}

static void
restore_role(struct server *server, const json_t *json)
{
    const char *source
        = json_string_value(json_object_get(json, "sync-from"));
    const char *exclude
        = json_string_value(json_object_get(json, "sync-exclude"));
    if (source) {
        replication_set_source(server, source);
    }
    if (exclude) {
        warn(replication_set_exclude(server, exclude));
    }
    if (json_is_true(json_object_get(json, "backup"))) {
        warn(replication_connect(server));
    }
}

static json_t *
config_read(const struct config *c)
{
    off_t len = c->fd < 0 ? 0 : lseek(c->fd, 0, SEEK_END);
    if (len <= 0 || len > CONFIG_MAX) {
        return NULL;
    }
    char *text = xmalloc((size_t)len);
    char *error = NULL;
    json_t *json = pread(c->fd, text, (size_t)len, 0) == (ssize_t)len
                       ? json_parse(text, (size_t)len, &error)
                       : NULL;
    warn(error);
    free(text);
    return json;
}

bool
config_restore(struct server *server, struct config *c)
{
    json_t *json = config_read(c);
    if (json) {
        log_info("starting again with the databases and remotes as they "
                 "were");
        restore_role(server, json);
        restore_lists(server, json);
        json_decref(json);
    }
    return json != NULL;
}
