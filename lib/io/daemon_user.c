/* SPDX-License-Identifier: Apache-2.0 */
/* --user: root gives up all but a few capabilities [capabilities(7)]. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/daemon_priv.h"

LOG_MODULE(daemon_user);

struct identity {
    const char *name; /* Borrowed from the system; NULL: the present user. */
    uid_t uid;
    gid_t gid;
};

/* Finds "USER:GROUP" in the system's tables. */
static char *
look_up(const char *text, struct identity *id)
{
    size_t n = strcspn(text, ":");
    char *user = xmemdup0(text, n);
    char *error = NULL;
    *id = (struct identity){ NULL, getuid(), getgid() };
    if (*user) {
        const struct passwd *pw = getpwnam(user);
        if (pw) {
            *id = (struct identity){ pw->pw_name, pw->pw_uid, pw->pw_gid };
        } else {
            error = xasprintf("Invalid --user option %s (no such user %s)",
                              text, user);
        }
    }
    if (!error && text[n] && text[n + 1]) {
        const struct group *gr = getgrnam(text + n + 1);
        if (gr) {
            id->gid = gr->gr_gid;
        } else {
            error = xasprintf("Invalid --user option %s (no such group %s)",
                              text, text + n + 1);
        }
    }
    free(user);
    return error;
}

/* The rights that stay: low ports and locked memory, and for a daemon with a
 * datapath those of network administration. */
static int
keep_capabilities(bool net)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct data[2] = { { 0 } };
    uint32_t mask = 1u << CAP_IPC_LOCK | 1u << CAP_NET_BIND_SERVICE;
    if (net) {
        mask |= 1u << CAP_NET_ADMIN | 1u << CAP_NET_BROADCAST
                | 1u << CAP_NET_RAW;
    }
    data[0].effective = data[0].permitted = mask;
    return syscall(SYS_capset, &header, data) ? -errno : 0;
}

char *
daemon_become_user(const char *user_group, bool keep_net_caps,
                   const char *log_file)
{
    struct identity id;
    if (getuid() != 0) {
        return xstrdup("only root can use --user option");
    }
    char *error = look_up(user_group, &id);
    if (error) {
        return error;
    }
    if (log_file && chown(log_file, id.uid, id.gid)) {
        log_warn("%s: cannot change owner: %s", log_file,
                 log_strerror(errno));
    }
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        || setresgid(id.gid, id.gid, id.gid)
        || (id.name && initgroups(id.name, id.gid))
        || setresuid(id.uid, id.uid, id.uid)) {
        return xasprintf("cannot become %s: %s", user_group,
                         log_strerror(errno));
    }
    int err = keep_capabilities(keep_net_caps);
    return err ? xasprintf("cannot keep capabilities: %s", log_strerror(err))
               : NULL;
}
