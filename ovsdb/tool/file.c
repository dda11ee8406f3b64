/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reading, creating, compacting, converting. */
#include <errno.h>
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/store.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/convert.h"
#include "ovsdb/journal.h"
#include "ovsdb/record.h"
#include "ovsdb/tool/tool.h"

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
    struct ovsdb_err *err = ovsdb_schema_from_file(path, &schema);
    if (err) {
        char *text = ovsdb_err_to_text(err);
        args_fatal(0, "failed to read schema: %s", text);
    }
    return schema;
}

static struct store *
open_store(const char *path, int flags)
{
    struct store *store = NULL;
    int err = store_open_file(NULL, path, flags, &store);
    if (err == -EAGAIN) {
        args_fatal(0, "%s: another process holds its lock: is it being "
                   "served?  Then use ovsdb-client", path);
    } else if (err) {
        args_fatal(0, "I/O error: %s: %s failed (%s)", path,
                   flags & STORE_CREATE ? "create" : "open",
                   log_strerror(err));
    }
    return store;
}

struct db *
tool_open_db(const char *path, struct journal **j)
{
    struct db *db;
    tool_check(journal_open(NULL, NULL, open_store(path, 0), false, j, &db));
    return db;
}

struct db *
tool_read_db(const char *path)
{
    struct journal *j;
    struct db *db;
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
tool_write_db(const char *path, const struct db *db, const char *comment)
{
    struct store *store = open_store(path, STORE_CREATE | STORE_EXCL);
    struct str text = STR_INIT;
    record_snapshot(&text, db, comment);
    int err = store_replace(store, text.s, text.len);
    if (err) {
        args_fatal(0, "I/O error: %s: cannot write (%s)", path,
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
    tool_write_db(path, db, "");
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
        tool_write_db(argv[1], db, comment);
    } else {
        db = tool_open_db(path, &j);
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
    struct db *db = argc > 2 ? tool_read_db(path) : tool_open_db(path, &j);
    struct db *new;
    tool_check(db_convert(db, schema, &new));
    if (argc > 2) {
        tool_write_db(argv[2], new, comment);
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

/* What the file's first bytes say it is. */
static bool
has_magic(const char *path, const char *magic)
{
    size_t len;
    char *data = tool_read_file(path, &len);
    bool has = str_starts_with(data, magic);
    free(data);
    return has;
}

void
tool_db_is_standalone(struct tool *t, int argc UNUSED, char *argv[])
{
    t->status = has_magic(argv[0], "OVSDB JSON ") ? 0 : 2;
}

void
tool_db_is_clustered(struct tool *t, int argc UNUSED, char *argv[])
{
    t->status = has_magic(argv[0], "OVSDB CLUSTER ") ? 0 : 2;
}
