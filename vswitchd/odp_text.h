/* SPDX-License-Identifier: Apache-2.0 */
/* A masked flow in the datapath's syntax, as the peer's dump-flows has it:
 * in_port(2),packet_type(ns=0,id=0),eth_type(0x0800),ipv4(src=..,frag=no). */
#ifndef WEIR_VSWITCHD_ODP_TEXT_H
#define WEIR_VSWITCHD_ODP_TEXT_H 1

#include "lib/base/str.h"
#include "lib/flow/flow.h"

/* 'value->in_port' is a datapath index, named by 'port_name'. */
void odp_put_match(const struct flow *value, const struct flow *mask,
                   const char *(*port_name)(void *, uint32_t), void *aux,
                   struct str *);

/* Reads such a text into a flow without masks; 'port' says what in_port(X)
 * means.  False for a syntax error. */
bool odp_parse(const char *text, uint32_t (*port)(void *, const char *),
               void *aux, struct flow *) MUST_CHECK;

#endif
