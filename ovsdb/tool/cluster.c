/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of clustered databases.  There are none here: each says so, in the
 * words that scripts know for files that are not clustered. */
#include <stdio.h>

#include "lib/base/args.h"
#include "ovsdb/tool/tool.h"

static NORETURN void
refuse(const char *path)
{
    args_fatal(0, "%s: clustered databases are not supported; a standalone "
               "one is made by \"create\", or copied from a running cluster "
               "by \"ovsdb-client backup\"", path);
}

/* What only a cluster has. */
void
tool_cluster_fact(struct tool *t UNUSED, int argc UNUSED, char *argv[])
{
    if (tool_identify(argv[0]) == TOOL_STANDALONE) {
        args_fatal(0, "%s: not a clustered database", argv[0]);
    }
    refuse(argv[0]);
}

void
tool_check_cluster(struct tool *t UNUSED, int argc, char *argv[])
{
    for (int i = 0; i < argc; i++) {
        if (tool_identify(argv[i]) == TOOL_STANDALONE) {
            args_fatal(0, "ovsdb error: %s: cannot identify file type",
                       argv[i]);
        }
    }
    refuse(argv[0]);
}

void
tool_cluster_to_standalone(struct tool *t UNUSED, int argc UNUSED,
                           char *argv[])
{
    if (tool_identify(argv[1]) == TOOL_STANDALONE) {
        args_fatal(0, "Database is not clustered db.\n");
    }
    refuse(argv[1]);
}

void
tool_make_cluster(struct tool *t UNUSED, int argc UNUSED, char *argv[])
{
    refuse(argv[0]);
}
