/* SPDX-License-Identifier: Apache-2.0 */
/* What a build without DPDK answers. */
#include <errno.h>

#include "datapath/port/port_priv.h"
#include "lib/base/mem.h"

static int
stub_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    *out = NULL;
    *error = xasprintf("%s: this switch was built without DPDK", cfg->name);
    return -EOPNOTSUPP;
}

const struct port_ops port_dpdk_ops = {
    .type = "dpdk",
    .driver = "dpdk",
    .open = stub_open,
};

void
port_dpdk_configure(const struct port_dpdk_cfg *cfg UNUSED)
{
}

bool
port_dpdk_is_initialized(void)
{
    return false;
}

const char *
port_dpdk_version(void)
{
    return "none";
}
