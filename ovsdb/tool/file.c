/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reading, creating, compacting, converting. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/store.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/convert.h"
#include "ovsdb/journal.h"
#include "ovsdb/record.h"
#include "ovsdb/tool/tool.h"

LOG_MODULE(ovsdb_tool);

#define MAGIC_LEN 14

void
tool_check(struct ovsdb_err *err)
{
    if (err) {
        char *text = ovsdb_err_to_text(err);
        args_fatal(0, "%s", text);
    }
}

const char *
tool_db_path(int argc, char *argv[], int i)
{
    return i < argc ? argv[i] : xasprintf("%s/conf.db", dirs_db());
}

const char *
tool_schema_path(int argc, char *argv[], int i)
{
    return i < argc ? argv[i]
                    : xasprintf("%s/vswitch.ovsschema", dirs_pkgdata());
}

struct ovsdb_schema *
tool_read_schema(const char *path)
{
    struct ovsdb_schema *schema;
    tool_check(ovsdb_schema_from_file(path, &schema));
    return schema;
}

/* The lock is beside the file, so that a folder where nothing can be made
 * stops it. */
static bool
lock_failed(const char *path, int err)
{
    char *copy = xstrdup(path);
    bool failed = err == -EAGAIN || err == -ENOTDIR
                  || access(dirname(copy), W_OK);
    free(copy);
    return failed;
}

static struct store *
open_store(const char *path, int flags)
{
    struct store *store = NULL;
    int err = store_open_file(NULL, path, flags, &store);
    if (err == -EAGAIN) {
        log_warn("%s: another process holds its lock: is it being served?  "
                 "Then use ovsdb-client, or appctl ovsdb-server/compact",
                 path);
    }
    if (err && !(flags & STORE_READ_ONLY) && lock_failed(path, err)) {
        args_fatal(0, "%s%s: failed to lock lockfile (%s)",
                   flags & TOOL_REWRITE ? "" : "I/O error: ", path,
                   log_strerror(err));
    } else if (err) {
        args_fatal(0, "I/O error: %s: %s failed (%s)", path,
                   flags & STORE_CREATE ? "create" : "open",
                   log_strerror(err));
    }
    return store;
}

enum tool_file
tool_identify(const char *path)
{
    struct store *store = open_store(path, STORE_READ_ONLY);
    struct buf data = BUF_INIT;
    int err = store_read(store, 0, MAGIC_LEN, &data);
    if (err) {
        args_fatal(0, "I/O error: %s: cannot read (%s)", path,
                   log_strerror(err));
    }
    store_close(&store);
    enum tool_file kind = TOOL_STANDALONE;
    if (!data.len) {
        args_fatal(0, "ovsdb error: %s: cannot identify file type", path);
    } else if (data.len == MAGIC_LEN
               && !memcmp(data.data, "OVSDB CLUSTER ", MAGIC_LEN)) {
        kind = TOOL_CLUSTERED;
    } else if (memcmp(data.data, "OVSDB JSON ", MIN(data.len, (size_t)11))) {
        args_fatal(0, "ovsdb error: %s: unexpected file format", path);
    }
    buf_fini(&data);
    return kind;
}

void
tool_need_standalone(const char *path)
{
    if (tool_identify(path) == TOOL_CLUSTERED) {
        args_fatal(0, "ovsdb error: %s: cannot apply this operation to "
                   "clustered database file", path);
    }
}

struct db *
tool_open_db(const char *path, int flags, struct journal **j)
{
    struct db *db;
    struct store *store = open_store(path, flags);
    tool_need_standalone(path);
    tool_check(journal_open(NULL, NULL, store, false, j, &db));
    return db;
}

struct db *
tool_read_db(const char *path)
{
    struct journal *j;
    struct db *db;
    tool_need_standalone(path);
    tool_check(journal_open(NULL, NULL, open_store(path, STORE_READ_ONLY),
                            true, &j, &db));
    journal_close(&j);
    return db;
}

char *
tool_read_file(const char *path, size_t *len)
{
    struct store *store = open_store(path, STORE_READ_ONLY);
    struct buf data = BUF_INIT;
    int err = store_read_all(store, &data);
    if (err) {
        args_fatal(0, "I/O error: %s: cannot read (%s)", path,
                   log_strerror(err));
    }
    store_close(&store);
    *len = data.len;
    buf_put_u8(&data, 0);
    return (char *)buf_steal(&data, &data.len);
}

struct ovsdb_schema *
tool_read_db_schema(const char *path)
{
    tool_need_standalone(path);
    size_t len, text_len;
    char *data = tool_read_file(path, &len), *error = NULL;
    const char *text;
    struct ovsdb_frame_reader r;
    ovsdb_frame_reader_init(&r, data, len);
    if (ovsdb_frame_next(&r, &text, &text_len) != OVSDB_FRAME_OK) {
        args_fatal(0, "%s: %s", path, r.reason ? r.reason : "empty file");
    }
    json_t *json = json_parse(text, text_len, &error);
    if (!json) {
        args_fatal(0, "%s: %s", path, error);
    }
    struct ovsdb_schema *schema;
    tool_check(ovsdb_schema_from_json(json, &schema));
    json_decref(json);
    ovsdb_frame_reader_fini(&r);
    free(data);
    return schema;
}

void
tool_write_db(const char *path, int flags, struct db *db,
              const char *comment)
{
    bool is_new = access(path, F_OK);
    struct store *store = open_store(path, flags | STORE_CREATE);
    struct str text = STR_INIT;
    record_snapshot(&text, db, comment);
    int err = store_replace(store, text.s, text.len,
                            STORE_KEEP_NOTHING);
    if (err) {
        if (is_new) {
            unlink(path);
        }
        args_fatal(0, "I/O error: %s: write failed (%s)", path,
                   log_strerror(err));
    }
    str_fini(&text);
    store_close(&store);
}

void
tool_create(struct tool *t UNUSED, int argc, char *argv[])
{
    const char *path = tool_db_path(argc, argv, 0);
    struct db *db
        = db_create(tool_read_schema(tool_schema_path(argc, argv, 1)));
    tool_write_db(path, STORE_EXCL, db, "");
    db_destroy(&db);
}

void
tool_compact(struct tool *t UNUSED, int argc, char *argv[])
{
    const char *path = tool_db_path(argc, argv, 0);
    static const char comment[] = "compacted by ovsdb-tool";
    struct journal *j = NULL;
    struct db *db;
    if (argc > 1) {
        db = tool_read_db(path);
        tool_write_db(argv[1], TOOL_REWRITE, db, comment);
    } else {
        db = tool_open_db(path, TOOL_REWRITE, &j);
        tool_check(journal_compact(j, comment));
    }
    journal_close(&j);
    db_destroy(&db);
}

void
tool_convert(struct tool *t UNUSED, int argc, char *argv[])
{
    const char *path = tool_db_path(argc, argv, 0);
    struct ovsdb_schema *schema
        = tool_read_schema(tool_schema_path(argc, argv, 1));
    static const char comment[] = "converted by ovsdb-tool";
    struct journal *j = NULL;
    struct db *db = argc > 2 ? tool_read_db(path)
                             : tool_open_db(path, TOOL_REWRITE, &j);
    struct db *new;
    tool_check(db_convert(db, schema, &new));
    if (argc > 2) {
        tool_write_db(argv[2], TOOL_REWRITE, new, comment);
    } else {
        db_swap_content(db, new);
        tool_check(journal_compact(j, comment));
    }
    journal_close(&j);
    db_destroy(&new);
    db_destroy(&db);
}

void
tool_needs_conversion(struct tool *t UNUSED, int argc, char *argv[])
{
    struct ovsdb_schema *old
        = tool_read_db_schema(tool_db_path(argc, argv, 0));
    struct ovsdb_schema *schema
        = tool_read_schema(tool_schema_path(argc, argv, 1));
    puts(ovsdb_schema_eq(old, schema) ? "no" : "yes");
    ovsdb_schema_destroy(&schema);
    ovsdb_schema_destroy(&old);
}

void
tool_db_is_standalone(struct tool *t, int argc UNUSED, char *argv[])
{
    t->status = tool_identify(argv[0]) == TOOL_STANDALONE ? 0 : 2;
}

void
tool_db_is_clustered(struct tool *t, int argc UNUSED, char *argv[])
{
    t->status = tool_identify(argv[0]) == TOOL_CLUSTERED ? 0 : 2;
}
