/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and tables by name, asked from the switch on connections of their
 * own, before or beside the command's. */
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "utilities/ofctl/ofctl.h"

/* A name that two ports have means neither. */
static const struct ofm_port *
find_port(const struct ofctl_names *n, const char *name)
{
    const struct ofm_port *found = NULL;
    for (size_t i = 0; i < n->ports.n; i++) {
        if (!strcmp(n->ports.p[i].name, name)) {
            if (found) {
                return NULL;
            }
            found = &n->ports.p[i];
        }
    }
    return found;
}

static bool
port_no(void *aux, const char *name, uint32_t *port)
{
    const struct ofm_port *p = find_port(aux, name);
    if (p) {
        *port = p->port_no;
    }
    return p != NULL;
}

static const char *
port_name(void *aux, uint32_t port)
{
    const struct ofctl_names *n = aux;
    for (size_t i = 0; i < n->ports.n; i++) {
        const struct ofm_port *p = &n->ports.p[i];
        if (p->port_no == port) {
            return find_port(n, p->name) == p && p->name[0] ? p->name : NULL;
        }
    }
    return NULL;
}

static bool
table_no(void *aux, const char *name, uint8_t *table)
{
    const struct ofctl_names *n = aux;
    for (size_t i = 0; i < 256; i++) {
        if (n->tables[i] && !strcmp(n->tables[i], name)) {
            *table = (uint8_t)i;
            return true;
        }
    }
    return false;
}

static const char *
table_name(void *aux, uint8_t table)
{
    return ((const struct ofctl_names *)aux)->tables[table];
}

struct ofctl_names *
ofctl_names_create(void)
{
    struct ofctl_names *n = xzalloc(sizeof *n);
    n->names = (struct ofp_names){ port_no, port_name, table_no, table_name,
                                   n };
    return n;
}

void
ofctl_names_destroy(struct ofctl_names *n)
{
    if (n) {
        for (size_t i = 0; i < 256; i++) {
            free(n->tables[i]);
        }
        free(n->ports.p);
        free(n);
    }
}

static void
add_ports(struct ofctl_names *n, const struct ofm_port *ports, size_t count)
{
    n->ports.p = xrealloc(n->ports.p,
                          (n->ports.n + count + 1) * sizeof *ports);
    if (count) {
        memcpy(n->ports.p + n->ports.n, ports, count * sizeof *ports);
    }
    n->ports.n += count;
}

static void
add_tables(struct ofctl_names *n, const struct ofm *m)
{
    if (m->type == OFM_TABLE_REPLY) {
        for (size_t i = 0; i < m->table_reply.n; i++) {
            const struct ofm_table_stats *t = &m->table_reply.p[i];
            free(n->tables[t->table_id]);
            n->tables[t->table_id] = t->name[0] ? xstrdup(t->name) : NULL;
        }
    } else if (m->type == OFM_TABLE_FEATURES_REPLY) {
        for (size_t i = 0; i < m->table_features.n; i++) {
            const struct ofm_table_features *t = &m->table_features.p[i];
            free(n->tables[t->table_id]);
            n->tables[t->table_id] = t->name[0] ? xstrdup(t->name) : NULL;
        }
    }
}

/* Asks and takes every part of the answer. */
static void
ask(struct ofctl *ctx, const char *target, struct ofctl_names *n,
    enum ofm_type type10, enum ofm_type type13)
{
    struct channel_block *b = ofctl_open(ctx, target);
    struct ofm request, *m;
    bool v10 = channel_block_version(b) < OFP13_VERSION;
    ofm_init(&request, v10 ? type10 : type13);
    int err = channel_block_transact(b, &request, &m);
    while (!err) {
        bool more = m->more;
        if (m->type == OFM_FEATURES_REPLY) {
            add_ports(n, m->features.ports.p, m->features.ports.n);
        } else if (m->type == OFM_PORT_DESC_REPLY) {
            add_ports(n, m->port_desc.p, m->port_desc.n);
        } else {
            add_tables(n, m);
        }
        ofm_destroy(m);
        if (!more) {
            break;
        }
        err = channel_block_recv(b, &m);
    }
    if (err) {
        ofctl_talk_failed(target, err);
    }
    channel_block_close(b);
}

void
ofctl_names_read_ports(struct ofctl *ctx, const char *target,
                       struct ofctl_names *n)
{
    ask(ctx, target, n, OFM_FEATURES_REQUEST, OFM_PORT_DESC_REQUEST);
}

void
ofctl_names_read_tables(struct ofctl *ctx, const char *target,
                        struct ofctl_names *n)
{
    ask(ctx, target, n, OFM_TABLE_REQUEST, OFM_TABLE_FEATURES_REQUEST);
}

struct ofctl_names *
ofctl_names_to_accept(struct ofctl *ctx, const char *target)
{
    if (ctx->names == NAMES_NO) {
        return NULL;
    }
    struct ofctl_names *n = ofctl_names_create();
    ofctl_names_read_tables(ctx, target, n);
    ofctl_names_read_ports(ctx, target, n);
    return n;
}

struct ofctl_names *
ofctl_names_to_show(struct ofctl *ctx, const char *target)
{
    if (ctx->names == NAMES_NO
        || (ctx->names == NAMES_AUTO && !isatty(STDOUT_FILENO))) {
        return NULL;
    }
    struct ofctl_names *n = ofctl_names_create();
    ofctl_names_read_ports(ctx, target, n);
    ofctl_names_read_tables(ctx, target, n);
    return n;
}
