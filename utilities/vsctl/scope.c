/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the bridges, ports and interfaces a run loads.
 *
 * A command that names a few ports must not cost what ten thousand ports
 * cost.  So its run monitors all bridges without their lists of ports, the
 * fake bridges' ports, and the ports and interfaces that have a name from the
 * command line (all of a fake bridge's, if that is to be deleted).  What
 * belongs to what is then asked for: the port of an interface, the interfaces
 * of a port (both by more conditions), and the bridge of each port (by a
 * select, since the column is the long one).
 *
 * A run that lists ports, or whose database commands load the tables anyway,
 * monitors all. */
#include <errno.h>

#include "lib/base/mem.h"
#include "utilities/vsctl/cmds.h"
#include "utilities/vsctl/model.h"
#include "utilities/vsctl/names.h"

static json_t *
uuid_json(const struct uuid *uuid)
{
    char text[UUID_TEXT_LEN + 1];
    snprintf(text, sizeof text, UUID_FMT, UUID_ARGS(uuid));
    return json_pack("[s,s]", "uuid", text);
}

void
vsctl_want_bridges(struct vsctl *v)
{
    v->wants_model = true;
    vsctl_want(v, VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_BRIDGES);
    vsctl_want(v, VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_NAME);
    vsctl_want_column(v, VREC_TABLE_PORT, VREC_PORT_COL_NAME);
    vsctl_want_column(v, VREC_TABLE_PORT, VREC_PORT_COL_FAKE_BRIDGE);
    vsctl_want_column(v, VREC_TABLE_PORT, VREC_PORT_COL_TAG);
    vsctl_want_column(v, VREC_TABLE_PORT, VREC_PORT_COL_INTERFACES);
    vsctl_want_column(v, VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_NAME);
}

void
vsctl_pre_bridges(struct vsctl *v, const struct vsctl_cmd *cmd UNUSED)
{
    vsctl_want_bridges(v);
}

void
vsctl_pre_model(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    vsctl_want_bridges(v);
    for (int i = 1; i < cmd->argc; i++) {
        if (i <= 2 || !strchr(cmd->argv[i], '=')) {
            vsctl_want_own_name(v, VREC_TABLE_PORT, cmd->argv[i]);
            vsctl_want_own_name(v, VREC_TABLE_INTERFACE, cmd->argv[i]);
        }
    }
}

void
vsctl_pre_all_ports(struct vsctl *v, const struct vsctl_cmd *cmd UNUSED)
{
    vsctl_want_bridges(v);
    v->whole[VREC_TABLE_PORT] = v->whole[VREC_TABLE_INTERFACE] = true;
}

void
vsctl_scope_decide(struct vsctl *v)
{
    if (v->used[VREC_TABLE_INTERFACE] && !v->no_wait) {
        /* For the reason why a new port does not work. */
        vsctl_want_column(v, VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_NAME);
        vsctl_want_column(v, VREC_TABLE_INTERFACE,
                          VREC_INTERFACE_COL_OFPORT);
        vsctl_want_column(v, VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_ERROR);
    }
    if (!v->wants_model) {
        return;
    }
    v->model_is_whole = v->whole[VREC_TABLE_PORT]
                        || v->whole[VREC_TABLE_INTERFACE];
    if (v->model_is_whole) {
        v->whole[VREC_TABLE_PORT] = v->whole[VREC_TABLE_INTERFACE] = true;
        vsctl_want_column(v, VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_PORTS);
    } else {
        vsctl_want_where(v, VREC_TABLE_PORT,
                         json_pack("[s,s,b]", "fake_bridge", "==", true));
    }
}

static bool
port_has(const struct vrec_port *port, const struct uuid *iface)
{
    const union ovsdb_atom key = { .uuid = *iface };
    return ovsdb_datum_find_key(idl_read(&port->header_,
                                         VREC_PORT_COL_INTERFACES),
                                &key, OVSDB_UUID) >= 0;
}

/* Asks for the ports of interfaces that came without theirs. */
static bool
want_ports(struct vsctl *v)
{
    bool any = false;
    VREC_INTERFACE_FOR_EACH (iface, v->idl) {
        bool found = false;
        VREC_PORT_FOR_EACH (port, v->idl) {
            found = found || port_has(port, &iface->header_.uuid);
        }
        if (!found) {
            any |= vsctl_want_where(
                v, VREC_TABLE_PORT,
                json_pack("[s,s,o]", "interfaces", "includes",
                          uuid_json(&iface->header_.uuid)));
        }
    }
    return any;
}

/* Asks for the ports of fake bridges that are to be deleted. */
static bool
want_fake_bridges_ports(struct vsctl *v)
{
    bool any = false;
    for (size_t i = 0; i < v->n_cmds; i++) {
        if (v->cmds[i].row->run != vsctl_del_br) {
            continue;
        }
        VREC_PORT_FOR_EACH (port, v->idl) {
            if (port->fake_bridge && port->n_tag
                && !strcmp(port->name, v->cmds[i].argv[1])) {
                any |= vsctl_want_where(v, VREC_TABLE_PORT,
                                        json_pack("[s,s,I]", "tag", "==",
                                                  port->tag[0]));
            }
        }
    }
    return any;
}

/* Asks for the interfaces that ports have but which did not come. */
static bool
want_ifaces(struct vsctl *v)
{
    bool any = false;
    VREC_PORT_FOR_EACH (port, v->idl) {
        const struct ovsdb_datum *d =
            idl_read(&port->header_, VREC_PORT_COL_INTERFACES);
        for (size_t i = 0; i < d->n; i++) {
            if (!vrec_interface_find(v->idl, &d->keys[i].uuid)) {
                any |= vsctl_want_where(
                    v, VREC_TABLE_INTERFACE,
                    json_pack("[s,s,o]", "_uuid", "==",
                              uuid_json(&d->keys[i].uuid)));
            }
        }
    }
    return any;
}

/* The bridge row that a select's result names; NULL if none. */
static const struct vrec_bridge *
bridge_of_result(const struct vsctl *v, const json_t *result)
{
    const json_t *row = json_array_get(json_object_get(result, "rows"), 0);
    const char *text =
        json_string_value(json_array_get(json_object_get(row, "_uuid"), 1));
    struct uuid uuid;
    return text && uuid_from_text(&uuid, text)
               ? vrec_bridge_find(v->idl, &uuid)
               : NULL;
}

/* Notes of each port of the replica the bridge that has it. */
static void
ask_bridges(struct vsctl *v)
{
    json_t *ops = json_array();
    VREC_PORT_FOR_EACH (port, v->idl) {
        json_array_append_new(
            ops, json_pack("{s:s,s:s,s:[[s,s,o]],s:[s]}", "op", "select",
                           "table", "Bridge", "where", "ports", "includes",
                           uuid_json(&port->header_.uuid), "columns",
                           "_uuid"));
    }
    size_t n = json_array_size(ops);
    v->places = xcalloc(n + 1, sizeof *v->places);
    v->n_places = 0;
    VREC_PORT_FOR_EACH (port, v->idl) {
        v->places[v->n_places++].port = port->header_.uuid;
    }
    if (!n) {
        json_decref(ops);
        return;
    }
    json_t *results;
    int err = idl_query(v->idl, ops, v->deadline_ms, &results);
    if (err) {
        vsctl_database_failed(v, err);
    }
    for (size_t i = 0; i < n; i++) {
        const struct vrec_bridge *br =
            bridge_of_result(v, json_array_get(results, i));
        if (br) {
            v->places[i].bridge = br->header_.uuid;
        }
    }
    json_decref(results);
}

/* Notes the same from the bridges' own lists. */
static void
read_bridges(struct vsctl *v)
{
    size_t n = 0;
    VREC_BRIDGE_FOR_EACH (br, v->idl) {
        n += idl_read(&br->header_, VREC_BRIDGE_COL_PORTS)->n;
    }
    v->places = xcalloc(n + 1, sizeof *v->places);
    v->n_places = 0;
    VREC_BRIDGE_FOR_EACH (br, v->idl) {
        const struct ovsdb_datum *d =
            idl_read(&br->header_, VREC_BRIDGE_COL_PORTS);
        for (size_t i = 0; i < d->n; i++) {
            v->places[v->n_places++] = (struct vsctl_place){
                d->keys[i].uuid, br->header_.uuid
            };
        }
    }
}

/* Asks until nothing new is to be asked for.  A bond's port comes in the first
 * round, its other interfaces in the next. */
#define MAX_ROUNDS 3

static void
load_relatives(struct vsctl *v)
{
    for (int i = 0; i < MAX_ROUNDS; i++) {
        bool any = want_fake_bridges_ports(v);
        any |= want_ports(v);
        any |= want_ifaces(v);
        if (!any) {
            break;
        }
        vsctl_apply_where(v, VREC_TABLE_PORT);
        vsctl_apply_where(v, VREC_TABLE_INTERFACE);
        int err = idl_wait_where(v->idl, v->deadline_ms);
        if (err) {
            vsctl_database_failed(v, err);
        }
    }
}

/* Others may change what was asked for: then it is asked for again.  If they
 * do it all the time the commit finds out. */
#define MAX_TRIES 10

void
vsctl_scope_complete(struct vsctl *v)
{
    if (!v->wants_model) {
        return;
    }
    if (v->model_is_whole) {
        free(v->places);
        read_bridges(v);
        return;
    }
    unsigned int seqno;
    int tries = 0;
    do {
        load_relatives(v);
        seqno = idl_seqno(v->idl);
        free(v->places);
        ask_bridges(v);
    } while (idl_seqno(v->idl) != seqno && ++tries < MAX_TRIES);
}
