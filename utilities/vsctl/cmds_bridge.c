/* SPDX-License-Identifier: Apache-2.0 */
/* Bridge commands. */
#include "lib/base/mem.h"
#include "utilities/vsctl/cmds.h"
#include "utilities/vsctl/model.h"

/* Keys of a fake bridge's external ids, in its port's. */
#define FAKE_PREFIX "fake-bridge-"

/* --may-exist and the bridge is there: is it the one that was asked for? */
static void
check_same_bridge(const struct vsctl_bridge *br, const char *parent, int vlan)
{
    if (!parent) {
        if (br->parent) {
            vsctl_fatal("\"--may-exist add-br %s\" but %s is a VLAN bridge "
                        "for VLAN %d", br->name, br->name, br->vlan);
        }
        return;
    }
    if (!br->parent) {
        vsctl_fatal("\"--may-exist add-br %s %s %d\" but %s is not a VLAN "
                    "bridge", br->name, parent, vlan, br->name);
    }
    if (strcmp(br->parent->name, parent)) {
        vsctl_fatal("\"--may-exist add-br %s %s %d\" but %s has the wrong "
                    "parent %s", br->name, parent, vlan, br->name,
                    br->parent->name);
    }
    if (br->vlan != vlan) {
        vsctl_fatal("\"--may-exist add-br %s %s %d\" but %s is a VLAN bridge "
                    "for the wrong VLAN %d", br->name, parent, vlan, br->name,
                    br->vlan);
    }
}

static int
parse_vlan(const char *text)
{
    int vlan;
    if (!str_to_int(text, 10, &vlan) || vlan < 0 || vlan > 4095) {
        vsctl_fatal("add-br: vlan must be between 0 and 4095");
    }
    return vlan;
}

void
vsctl_add_br(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const char *name = cmd->argv[1];
    if (cmd->argc == 3) {
        vsctl_fatal("'%s' command takes exactly 1 or 3 arguments",
                    cmd->argv[0]);
    }
    const char *parent_name = cmd->argc > 2 ? cmd->argv[2] : NULL;
    int vlan = parent_name ? parse_vlan(cmd->argv[3]) : 0;

    struct vsctl_bridge *old = vsctl_find_bridge(v, name, false);
    if (old && vsctl_has_option(cmd, "--may-exist")) {
        check_same_bridge(old, parent_name, vlan);
        return;
    }
    vsctl_check_free(v, "bridge", name);
    if (!parent_name) {
        vsctl_add_real_bridge(v, name);
        return;
    }

    struct vsctl_bridge *parent = vsctl_find_bridge(v, parent_name, false);
    if (!parent) {
        vsctl_fatal("parent bridge %s does not exist", parent_name);
    }
    if (parent->parent) {
        vsctl_fatal("cannot create bridge with fake bridge as parent");
    }
    LIST_FOR_EACH (struct vsctl_bridge, child, child_node,
                   &parent->children) {
        if (child->vlan == vlan) {
            vsctl_fatal("bridge %s already has a child VLAN bridge %s on "
                        "VLAN %d", parent_name, child->name, vlan);
        }
    }
    vsctl_add_fake_bridge(v, name, parent, vlan);
}

void
vsctl_del_br(struct vsctl *v, struct vsctl_cmd *cmd)
{
    struct vsctl_bridge *br = vsctl_find_bridge(
        v, cmd->argv[1], !vsctl_has_option(cmd, "--if-exists"));
    if (br) {
        vsctl_remove_bridge(v, br);
    }
}

void
vsctl_list_br(struct vsctl *v, struct vsctl_cmd *cmd)
{
    bool real = vsctl_has_option(cmd, "--real");
    bool fake = vsctl_has_option(cmd, "--fake");
    const struct shash_node **sorted = shash_sorted(&vsctl_model(v)->bridges);
    size_t n = shash_count(&vsctl_model(v)->bridges);
    for (size_t i = 0; i < n; i++) {
        const struct vsctl_bridge *br = sorted[i]->data;
        if (br->parent ? fake || !real : real || !fake) {
            str_putf(&cmd->out, "%s\n", br->name);
        }
    }
    free(sorted);
}

void
vsctl_br_exists(struct vsctl *v, struct vsctl_cmd *cmd)
{
    if (!vsctl_find_bridge(v, cmd->argv[1], false)) {
        exit(2);
    }
}

void
vsctl_br_to_vlan(struct vsctl *v, struct vsctl_cmd *cmd)
{
    str_putf(&cmd->out, "%d\n",
             vsctl_find_bridge(v, cmd->argv[1], true)->vlan);
}

void
vsctl_br_to_parent(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    str_putf(&cmd->out, "%s\n", br->parent ? br->parent->name : br->name);
}

void
vsctl_pre_br_external_id(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    vsctl_pre_bridges(v, cmd);
    vsctl_want(v, VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_EXTERNAL_IDS);
    vsctl_want_column(v, VREC_TABLE_PORT, VREC_PORT_COL_EXTERNAL_IDS);
}

/* The row and column that have the bridge's external ids. */
static const struct idl_row *
external_ids_of(const struct vsctl_bridge *br, size_t *column)
{
    *column = br->parent ? (size_t)VREC_PORT_COL_EXTERNAL_IDS
                         : (size_t)VREC_BRIDGE_COL_EXTERNAL_IDS;
    return br->parent ? &br->port->header_ : &br->row->header_;
}

void
vsctl_br_set_external_id(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    size_t column;
    const struct idl_row *row = external_ids_of(br, &column);
    char *key = xasprintf("%s%s", br->parent ? FAKE_PREFIX : "",
                          cmd->argv[2]);
    idl_set_key(row, column, key, cmd->argc > 3 ? cmd->argv[3] : NULL);
    free(key);
}

void
vsctl_br_get_external_id(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    size_t column;
    const struct idl_row *row = external_ids_of(br, &column);
    const struct ovsdb_datum *d = idl_read(row, column);
    const char *prefix = br->parent ? FAKE_PREFIX : "";
    for (size_t i = 0; i < d->n; i++) {
        const char *key = d->keys[i].s->s;
        if (!str_starts_with(key, prefix)) {
            continue;
        }
        key += strlen(prefix);
        if (cmd->argc == 2) {
            str_putf(&cmd->out, "%s=%s\n", key, d->values[i].s->s);
        } else if (!strcmp(key, cmd->argv[2])) {
            str_putf(&cmd->out, "%s\n", d->values[i].s->s);
        }
    }
}
