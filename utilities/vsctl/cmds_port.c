/* SPDX-License-Identifier: Apache-2.0 */
/* Port, bond and interface commands. */
#include "lib/base/mem.h"
#include "utilities/vsctl/cmds.h"
#include "utilities/vsctl/model.h"
#include "utilities/vsctl/names.h"

/* Texts sorted, each with a new line. */
static void
put_sorted(struct str *out, struct shash *names)
{
    const struct shash_node **sorted = shash_sorted(names);
    for (size_t i = 0; i < shash_count(names); i++) {
        str_putf(out, "%s\n", sorted[i]->name);
    }
    free(sorted);
}

void
vsctl_list_ports(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    struct shash names;
    shash_init(&names);
    LIST_FOR_EACH (struct vsctl_port, port, node, &br->ports) {
        shash_add(&names, port->name, NULL);
    }
    put_sorted(&cmd->out, &names);
    shash_fini(&names);
}

void
vsctl_list_ifaces(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    struct shash names;
    shash_init(&names);
    LIST_FOR_EACH (struct vsctl_port, port, node, &br->ports) {
        LIST_FOR_EACH (struct vsctl_iface, iface, node, &port->ifaces) {
            shash_add(&names, iface->name, NULL);
        }
    }
    put_sorted(&cmd->out, &names);
    shash_fini(&names);
}

/* Index of the first argument from 'from' on that sets a column. */
static int
first_setting(const struct vsctl_cmd *cmd, int from)
{
    int i = from;
    while (i < cmd->argc && !strchr(cmd->argv[i], '=')) {
        i++;
    }
    return i;
}

void
vsctl_pre_add_bond(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    vsctl_pre_model(v, cmd);
    int n = first_setting(cmd, 3) - 3;
    if (n < 2) {
        vsctl_fatal("add-bond requires at least 2 interfaces, but only %d "
                    "were specified", n);
    }
}

/* The names of a port's interfaces in order: "a, b". */
static char *
join_ifaces(const struct vsctl_port *port)
{
    struct shash names;
    struct str s = STR_INIT;
    shash_init(&names);
    LIST_FOR_EACH (struct vsctl_iface, iface, node, &port->ifaces) {
        shash_add(&names, iface->name, NULL);
    }
    const struct shash_node **sorted = shash_sorted(&names);
    for (size_t i = 0; i < shash_count(&names); i++) {
        str_putf(&s, "%s%s", i ? ", " : "", sorted[i]->name);
    }
    free(sorted);
    shash_fini(&names);
    str_put(&s, "");
    return str_steal(&s);
}

/* Has the port just the interfaces that are named? */
static bool
has_ifaces(const struct vsctl_port *port, char *const names[], size_t n)
{
    if (list_size(&port->ifaces) != n) {
        return false;
    }
    LIST_FOR_EACH (struct vsctl_iface, iface, node, &port->ifaces) {
        size_t i = 0;
        while (i < n && strcmp(names[i], iface->name)) {
            i++;
        }
        if (i == n) {
            return false;
        }
    }
    return true;
}

/* --may-exist: fatal if the port is not what was asked for. */
static void
check_same_port(const struct vsctl_port *port, const struct vsctl_cmd *cmd,
                char *const ifaces[], size_t n)
{
    struct str asked = STR_INIT;
    str_putf(&asked, "--may-exist %s %s %s", cmd->argv[0], cmd->argv[1],
             port->name);
    for (size_t i = 0; i < n && strcmp(cmd->argv[0], "add-port"); i++) {
        str_putf(&asked, " %s", ifaces[i]);
    }
    if (strcmp(port->bridge->name, cmd->argv[1])) {
        vsctl_fatal("\"%s\" but %s is actually attached to bridge %s",
                    str_cstr(&asked), port->name, port->bridge->name);
    }
    if (!has_ifaces(port, ifaces, n)) {
        vsctl_fatal("\"%s\" but %s actually has interface(s) %s",
                    str_cstr(&asked), port->name, join_ifaces(port));
    }
    str_fini(&asked);
}

/* add-port and add-bond: 'argv[settings]' is the first column=value. */
static void
add_port(struct vsctl *v, struct vsctl_cmd *cmd, char *const ifaces[],
         size_t n, int settings)
{
    const char *name = cmd->argv[2];
    struct vsctl_port *port = vsctl_find_port(v, name, false);
    if (port && vsctl_has_option(cmd, "--may-exist")) {
        check_same_port(port, cmd, ifaces, n);
        return;
    }
    vsctl_check_free(v, "port", name);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(ifaces[i], name)) {
            vsctl_check_free(v, "interface", ifaces[i]);
        }
    }
    struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    port = vsctl_create_port(v, br, name, ifaces, n);
    if (vsctl_has_option(cmd, "--fake-iface")) {
        vrec_port_set_bond_fake_iface(port->row, true);
    }
    vsctl_set_columns(v, &port->row->header_, cmd->argv + settings,
                      cmd->argc - settings);
}

void
vsctl_add_port(struct vsctl *v, struct vsctl_cmd *cmd)
{
    add_port(v, cmd, cmd->argv + 2, 1, 3);
}

void
vsctl_add_bond(struct vsctl *v, struct vsctl_cmd *cmd)
{
    int settings = first_setting(cmd, 3);
    add_port(v, cmd, cmd->argv + 3, (size_t)(settings - 3), settings);
}

/* Does the bridge that was named have the port, of which 'name' was given
 * (maybe an interface's)?  Fatal if not. */
static void
check_bridge_of_port(const struct vsctl_bridge *br,
                     const struct vsctl_port *port, const char *name)
{
    const struct vsctl_bridge *actual = port->bridge;
    if (actual == br) {
        return;
    }
    if (actual->parent == br) {
        vsctl_fatal("bridge %s does not have a port %s (although its child "
                    "bridge %s does)", br->name, name, actual->name);
    }
    vsctl_fatal("bridge %s does not have a port %s", br->name, name);
}

void
vsctl_del_port(struct vsctl *v, struct vsctl_cmd *cmd)
{
    bool must_exist = !vsctl_has_option(cmd, "--if-exists");
    bool with_iface = vsctl_has_option(cmd, "--with-iface");
    const char *name = cmd->argv[cmd->argc - 1];
    struct vsctl_port *port = vsctl_find_port(v, name, false);
    if (!port && with_iface) {
        const struct vsctl_iface *iface = vsctl_find_iface(v, name, false);
        port = iface ? iface->port : NULL;
    }
    if (!port) {
        const struct vsctl_bridge *local = vsctl_find_bridge(v, name, false);
        if (local && must_exist) {
            vsctl_fatal("cannot delete port %s because it is the local port "
                        "for bridge %s (deleting this port requires deleting "
                        "the entire bridge)", name, local->name);
        }
        if (must_exist) {
            vsctl_fatal("no port%s named %s",
                        with_iface ? " or interface" : "", name);
        }
        return;
    }
    if (cmd->argc > 2) {
        check_bridge_of_port(vsctl_find_bridge(v, cmd->argv[1], true), port,
                             name);
    }
    vsctl_remove_port(v, port);
}

void
vsctl_port_to_br(struct vsctl *v, struct vsctl_cmd *cmd)
{
    str_putf(&cmd->out, "%s\n",
             vsctl_find_port(v, cmd->argv[1], true)->bridge->name);
}

void
vsctl_iface_to_br(struct vsctl *v, struct vsctl_cmd *cmd)
{
    str_putf(&cmd->out, "%s\n",
             vsctl_find_iface(v, cmd->argv[1], true)->port->bridge->name);
}

void
vsctl_add_bond_iface(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const char *name = cmd->argv[2];
    struct vsctl_port *port = vsctl_find_port(v, cmd->argv[1], true);
    const struct vsctl_iface *iface = vsctl_find_iface(v, name, false);
    if (iface && vsctl_has_option(cmd, "--may-exist")) {
        if (iface->port != port) {
            vsctl_fatal("\"--may-exist add-bond-iface %s %s\" but %s is "
                        "actually attached to port %s", port->name, name,
                        name, iface->port->name);
        }
        return;
    }
    vsctl_check_free(v, "interface", name);
    vsctl_create_iface(v, port, name);
}

void
vsctl_del_bond_iface(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const char *name = cmd->argv[cmd->argc - 1];
    struct vsctl_iface *iface = vsctl_find_iface(
        v, name, !vsctl_has_option(cmd, "--if-exists"));
    if (!iface) {
        return;
    }
    if (cmd->argc > 2) {
        const struct vsctl_port *port =
            vsctl_find_port(v, cmd->argv[1], true);
        if (iface->port != port) {
            vsctl_fatal("port %s does not have an interface %s", port->name,
                        name);
        }
    }
    if (list_size(&iface->port->ifaces) == 1) {
        vsctl_fatal("cannot delete last interface from port %s",
                    iface->port->name);
    }
    vsctl_remove_iface(v, iface);
}
