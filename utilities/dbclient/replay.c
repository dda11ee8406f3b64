/* SPDX-License-Identifier: Apache-2.0 */
/* --record and --replay: what a command heard is written down, and a later
 * run hears it again without a server.
 *
 * DIR/replay_ovsdb-client has one JSON array a line, in the order of the
 * command's steps:
 *
 *     ["open", SERVER, errno]
 *     ["call", METHOD, PARAMS, errno, RESULT, ERROR]
 *     ["receive", errno, MESSAGE]
 *
 * A replay must take the same steps: the same command line does. */
#include <errno.h>
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "utilities/dbclient/client.h"

struct client_replay {
    FILE *file;
    bool playing; /* Else recording. */
    char *path;
    int line;     /* Number of the last one read. */
};

char *
client_replay_open(struct client_replay **rp, const char *dir, bool playing)
{
    struct client_replay *r = xzalloc(sizeof *r);
    r->playing = playing;
    r->path = !dir ? xasprintf("%s/replay_ovsdb-client", dirs_run())
              : dir[0] == '/'
                  ? xasprintf("%s/replay_ovsdb-client", dir)
                  : xasprintf("%s/%s/replay_ovsdb-client", dirs_run(), dir);
    r->file = fopen(r->path, playing ? "re" : "we");
    *rp = r; /* For the life of the process. */
    return r->file ? NULL
                   : xasprintf("%s: cannot open (%s)", r->path,
                               log_strerror(errno));
}

bool
client_is_replay(const struct client *c)
{
    return c->replay && c->replay->playing;
}

void
client_replay_put(struct client *c, json_t *step)
{
    if (c->replay && !c->replay->playing) {
        char *text = json_to_text(step, JSON_STYLE_COMPACT);
        fprintf(c->replay->file, "%s\n", text);
        if (fflush(c->replay->file)) {
            args_fatal(errno, "%s: cannot write", c->replay->path);
        }
        free(text);
    }
    json_decref(step);
}

json_t *
client_replay_get(struct client *c, const char *kind, const char *what)
{
    struct client_replay *r = c->replay;
    char *line = NULL, *error = NULL;
    size_t size = 0;
    r->line++;
    ssize_t len = getline(&line, &size, r->file);
    json_t *step = len > 0 ? json_parse(line, (size_t)len, &error) : NULL;
    const char *had_kind = json_string_value(json_array_get(step, 0));
    const char *had = json_string_value(json_array_get(step, 1));
    if (!had_kind || strcmp(had_kind, kind)
        || (what && (!had || strcmp(had, what)))) {
        args_fatal(0, "%s:%d: replay wants to %s%s%s here, which is not what "
                   "was recorded%s%s", r->path, r->line, kind,
                   what ? " " : "", what ? what : "", error ? ": " : "",
                   error ? error : "");
    }
    free(line);
    return step;
}
