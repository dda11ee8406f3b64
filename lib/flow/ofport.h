/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow port numbers: 32 bits and host order everywhere in memory, with
 * the reserved ones of OpenFlow 1.1 and later [OF1.3.5 7.2.1].  OpenFlow 1.0
 * has 16 bits on its wire and the same reserved ports at 0xfff8 and up;
 * ports 0xff00 to 0xfffffeff do not exist here, as with the peer, whose
 * numbers are of 16 bits. */
#ifndef WEIR_FLOW_OFPORT_H
#define WEIR_FLOW_OFPORT_H 1

#include "lib/base/types.h"

struct str;

enum ofport {
    OFPORT_MAX10 = 0xff00, /* Bound of ordinary ports in 16 bits. */
    OFPORT_UNSET = 0xfffffff7u,
    OFPORT_IN_PORT = 0xfffffff8u,
    OFPORT_TABLE = 0xfffffff9u,
    OFPORT_NORMAL = 0xfffffffau,
    OFPORT_FLOOD = 0xfffffffbu,
    OFPORT_ALL = 0xfffffffcu,
    OFPORT_CONTROLLER = 0xfffffffdu,
    OFPORT_LOCAL = 0xfffffffeu,
    OFPORT_ANY = 0xffffffffu, /* "none" as an output, "any" as a filter. */
};

/* How ports and tables are called; any member may be NULL: numbers only. */
struct ofp_names {
    /* The number of port 'name', or false. */
    bool (*port_no)(void *aux, const char *name, uint32_t *port);
    /* The name of 'port', borrowed until the next call, or NULL. */
    const char *(*port_name)(void *aux, uint32_t port);
    bool (*table_no)(void *aux, const char *name, uint8_t *table);
    const char *(*table_name)(void *aux, uint8_t table);
    void *aux;
};

/* From a 16-bit number; always possible: 0xff00..0xffff become the 32-bit
 * ports of the same place at the end. */
uint32_t ofport_from_of10(uint16_t);
/* To a 16-bit number.  False if 'port' is in the gap. */
bool ofport_to_of10(uint32_t port, uint16_t *port10);
/* True for a number both versions can carry. */
bool ofport_is_valid(uint32_t port);

/* Parses a decimal or 0x number, a reserved name in any case, a name
 * that 'names' (may be NULL) knows, quoted or not.  A number
 * 0xff00..0xffff is taken as the 16-bit form.  False if none of them. */
bool ofport_parse(const char *, const struct ofp_names *names,
                  uint32_t *port);
/* Appends "LOCAL", the (quoted if it needs to be) name, or the number. */
void ofport_put(uint32_t port, const struct ofp_names *, struct str *);
/* Appends 'name', in double quotes with JSON escapes if it could be taken
 * for something else in flow text. */
void ofport_put_name(const char *name, struct str *);

#endif
