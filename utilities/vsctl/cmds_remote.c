/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers, managers, fail mode, keys. */
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "utilities/vsctl/cmds.h"
#include "utilities/vsctl/model.h"

LOG_MODULE(vsctl);

/* Says so if 'target' is no connection method. */
static void
check_target(const char *target)
{
    static const char *const types[] = { "tcp:",  "ssl:",  "unix:",
                                         "ptcp:", "pssl:", "punix:" };
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (str_starts_with(target, types[i])) {
            return;
        }
    }
    log_warn("target type \"%s\" is possibly erroneous", target);
}

/* --inactivity-probe: 1 and the value, or 0. */
static size_t
get_probe(const struct vsctl_cmd *cmd, int64_t *probe_ms)
{
    const char *text = vsctl_option(cmd, "--inactivity-probe");
    if (text && !str_to_i64(text, 10, probe_ms)) {
        vsctl_fatal("--inactivity-probe: \"%s\" is not a valid integer",
                    text);
    }
    return text != NULL;
}

void
vsctl_pre_controller(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    vsctl_pre_bridges(v, cmd);
    vsctl_want(v, VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_CONTROLLER);
    vsctl_want(v, VREC_TABLE_CONTROLLER, VREC_CONTROLLER_COL_TARGET);
    vsctl_want(v, VREC_TABLE_CONTROLLER,
               VREC_CONTROLLER_COL_INACTIVITY_PROBE);
}

/* The strings of one column of the rows that 'ref_column' of 'row' names,
 * sorted, one a line. */
static void
put_targets(struct vsctl *v, struct str *out, const struct idl_row *row,
            size_t ref_column, size_t table, size_t target_column)
{
    const struct ovsdb_datum *d = idl_read(row, ref_column);
    struct shash targets;
    shash_init(&targets);
    for (size_t i = 0; i < d->n; i++) {
        const struct idl_row *r = idl_find(v->idl, table, &d->keys[i].uuid);
        if (r) {
            shash_add(&targets, idl_read(r, target_column)->keys[0].s->s,
                      NULL);
        }
    }
    const struct shash_node **sorted = shash_sorted(&targets);
    for (size_t i = 0; i < shash_count(&targets); i++) {
        str_putf(out, "%s\n", sorted[i]->name);
    }
    free(sorted);
    shash_fini(&targets);
}

/* Deletes the rows that the column names, and empties it. */
static void
clear_refs(struct vsctl *v, const struct idl_row *row, size_t ref_column,
           size_t table)
{
    struct ovsdb_datum old;
    const struct ovsdb_type *type =
        idl_column_type(v->idl, idl_row_table(row), ref_column);
    ovsdb_datum_clone(&old, idl_read(row, ref_column));
    struct ovsdb_datum none = OVSDB_DATUM_EMPTY;
    idl_txn_write(row, ref_column, &none);
    for (size_t i = 0; i < old.n; i++) {
        const struct idl_row *r = idl_find(v->idl, table, &old.keys[i].uuid);
        if (r) {
            idl_txn_delete(r);
        }
    }
    ovsdb_datum_fini(&old, type);
}

void
vsctl_get_controller(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    put_targets(v, &cmd->out, &br->row->header_, VREC_BRIDGE_COL_CONTROLLER,
                VREC_TABLE_CONTROLLER, VREC_CONTROLLER_COL_TARGET);
}

void
vsctl_del_controller(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br =
        vsctl_find_real_bridge(v, cmd->argv[1], true);
    clear_refs(v, &br->row->header_, VREC_BRIDGE_COL_CONTROLLER,
               VREC_TABLE_CONTROLLER);
}

void
vsctl_set_controller(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br =
        vsctl_find_real_bridge(v, cmd->argv[1], true);
    int64_t probe_ms;
    size_t n_probe = get_probe(cmd, &probe_ms);
    clear_refs(v, &br->row->header_, VREC_BRIDGE_COL_CONTROLLER,
               VREC_TABLE_CONTROLLER);
    for (int i = 2; i < cmd->argc; i++) {
        check_target(cmd->argv[i]);
        const struct vrec_controller *c = vrec_controller_insert(v->txn);
        vrec_controller_set_target(c, cmd->argv[i]);
        vrec_controller_set_inactivity_probe(c, &probe_ms, n_probe);
        vrec_bridge_add_controller(br->row, c);
    }
}

void
vsctl_pre_fail_mode(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    vsctl_pre_bridges(v, cmd);
    vsctl_want(v, VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_FAIL_MODE);
}

void
vsctl_get_fail_mode(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    const struct ovsdb_datum *d =
        idl_read(&br->row->header_, VREC_BRIDGE_COL_FAIL_MODE);
    if (d->n) {
        str_putf(&cmd->out, "%s\n", d->keys[0].s->s);
    }
}

void
vsctl_del_fail_mode(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br =
        vsctl_find_real_bridge(v, cmd->argv[1], true);
    vrec_bridge_set_fail_mode(br->row, NULL);
}

void
vsctl_set_fail_mode(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br =
        vsctl_find_real_bridge(v, cmd->argv[1], true);
    const char *mode = cmd->argv[2];
    if (strcmp(mode, "standalone") && strcmp(mode, "secure")) {
        vsctl_fatal("fail-mode must be \"standalone\" or \"secure\"");
    }
    vrec_bridge_set_fail_mode(br->row, mode);
}

void
vsctl_pre_manager(struct vsctl *v, const struct vsctl_cmd *cmd UNUSED)
{
    vsctl_want(v, VREC_TABLE_OPEN_VSWITCH,
               VREC_OPEN_VSWITCH_COL_MANAGER_OPTIONS);
    vsctl_want(v, VREC_TABLE_MANAGER, VREC_MANAGER_COL_TARGET);
    vsctl_want(v, VREC_TABLE_MANAGER, VREC_MANAGER_COL_INACTIVITY_PROBE);
}

void
vsctl_get_manager(struct vsctl *v, struct vsctl_cmd *cmd)
{
    put_targets(v, &cmd->out, &v->ovs->header_,
                VREC_OPEN_VSWITCH_COL_MANAGER_OPTIONS, VREC_TABLE_MANAGER,
                VREC_MANAGER_COL_TARGET);
}

void
vsctl_del_manager(struct vsctl *v, struct vsctl_cmd *cmd UNUSED)
{
    clear_refs(v, &v->ovs->header_, VREC_OPEN_VSWITCH_COL_MANAGER_OPTIONS,
               VREC_TABLE_MANAGER);
}

void
vsctl_set_manager(struct vsctl *v, struct vsctl_cmd *cmd)
{
    int64_t probe_ms;
    size_t n_probe = get_probe(cmd, &probe_ms);
    vsctl_del_manager(v, cmd);
    for (int i = 1; i < cmd->argc; i++) {
        check_target(cmd->argv[i]);
        const struct vrec_manager *m = vrec_manager_insert(v->txn);
        vrec_manager_set_target(m, cmd->argv[i]);
        vrec_manager_set_inactivity_probe(m, &probe_ms, n_probe);
        vrec_open_vswitch_add_manager_options(v->ovs, m);
    }
}

void
vsctl_pre_ssl(struct vsctl *v, const struct vsctl_cmd *cmd UNUSED)
{
    vsctl_want(v, VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_SSL);
    vsctl_want(v, VREC_TABLE_SSL, VREC_SSL_COL_PRIVATE_KEY);
    vsctl_want(v, VREC_TABLE_SSL, VREC_SSL_COL_CERTIFICATE);
    vsctl_want(v, VREC_TABLE_SSL, VREC_SSL_COL_CA_CERT);
    vsctl_want(v, VREC_TABLE_SSL, VREC_SSL_COL_BOOTSTRAP_CA_CERT);
}

static const char *
string_of(const struct vrec_ssl *ssl, size_t column)
{
    return idl_read(&ssl->header_, column)->keys[0].s->s;
}

void
vsctl_get_ssl(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct ovsdb_datum *d =
        idl_read(&v->ovs->header_, VREC_OPEN_VSWITCH_COL_SSL);
    const struct vrec_ssl *ssl =
        d->n ? vrec_ssl_find(v->idl, &d->keys[0].uuid) : NULL;
    if (ssl) {
        bool bootstrap = idl_read(&ssl->header_,
                                  VREC_SSL_COL_BOOTSTRAP_CA_CERT)
                             ->keys[0].boolean;
        str_putf(&cmd->out,
                 "Private key: %s\nCertificate: %s\nCA Certificate: %s\n"
                 "Bootstrap: %s\n",
                 string_of(ssl, VREC_SSL_COL_PRIVATE_KEY),
                 string_of(ssl, VREC_SSL_COL_CERTIFICATE),
                 string_of(ssl, VREC_SSL_COL_CA_CERT),
                 bootstrap ? "true" : "false");
    }
}

void
vsctl_del_ssl(struct vsctl *v, struct vsctl_cmd *cmd UNUSED)
{
    clear_refs(v, &v->ovs->header_, VREC_OPEN_VSWITCH_COL_SSL,
               VREC_TABLE_SSL);
}

void
vsctl_set_ssl(struct vsctl *v, struct vsctl_cmd *cmd)
{
    vsctl_del_ssl(v, cmd);
    const struct vrec_ssl *ssl = vrec_ssl_insert(v->txn);
    vrec_ssl_set_private_key(ssl, cmd->argv[1]);
    vrec_ssl_set_certificate(ssl, cmd->argv[2]);
    vrec_ssl_set_ca_cert(ssl, cmd->argv[3]);
    vrec_ssl_set_bootstrap_ca_cert(ssl,
                                   vsctl_has_option(cmd, "--bootstrap"));
    vrec_open_vswitch_set_ssl(v->ovs, ssl);
}
