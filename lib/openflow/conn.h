/* SPDX-License-Identifier: Apache-2.0 */
/* An OpenFlow connection as a pure machine: bytes in, messages out.
 *
 * The owner feeds what a stream gave (ofp_conn_feed), takes events
 * (ofp_conn_next) until OFP_CONN_NONE, and writes out what 'tx' holds.  The
 * machine does the hello exchange, agrees on the highest common version
 * [OF1.3.5 6.3.1], refuses a peer without one (OFPHFC_INCOMPATIBLE with a
 * text), answers echo requests, checks framing and version of every message,
 * and answers what cannot be decoded with the error.
 *
 * One thread at a time.  Errors: OFP_CONN_FAILED with 'error' set, after
 * which the owner flushes 'tx' and closes. */
#ifndef WEIR_OPENFLOW_CONN_H
#define WEIR_OPENFLOW_CONN_H 1

#include "lib/openflow/msg.h"

#define OFP_VERSIONS_ALL 0x7eu  /* Bits 1 to 6. */

enum ofp_conn_event {
    OFP_CONN_NONE,    /* Feed more. */
    OFP_CONN_READY,   /* 'version' is agreed. */
    OFP_CONN_MESSAGE, /* A message for the owner. */
    OFP_CONN_FAILED,  /* Close; 'error' says why. */
};

struct ofp_conn {
    uint32_t versions; /* Bit V: offered. */
    uint8_t version;   /* Agreed; 0 before. */
    unsigned int formats; /* FLOW_FORMAT_* in use: starts as the version's
                           * plain one; the owner changes it after NX
                           * requests. */
    bool failed;
    bool keep_echo;   /* Hand echo requests to the owner, unanswered. */
    bool raw_errors;  /* Do not answer undecodable messages. */
    char *error;      /* Heap; NULL unless failed. */
    struct buf rx;    /* Not yet taken. */
    size_t rx_taken;  /* Bytes of 'rx' consumed. */
    struct buf tx;    /* To be written out; the owner consumes it. */
    uint32_t next_xid;
    uint32_t *xids;   /* Counts for several connections; NULL: next_xid. */
    uint64_t n_rx, n_tx, n_bad; /* Messages; not decodable ones. */
    const uint8_t *last; /* Bytes of the message of the last event, */
    size_t last_len;     /* borrowed until the next call. */
};

void ofp_conn_init(struct ofp_conn *, uint32_t versions);
void ofp_conn_fini(struct ofp_conn *);
/* Queues the hello; call once when the stream is up. */
void ofp_conn_start(struct ofp_conn *);
void ofp_conn_feed(struct ofp_conn *, const void *data, size_t len);
/* '*m' is the caller's after OFP_CONN_MESSAGE, NULL otherwise. */
enum ofp_conn_event ofp_conn_next(struct ofp_conn *, struct ofm **m);
/* Queues 'm'; must be ready.  Gives it a new xid if m->xid is 0 (in reply to
 * another message it is set).  Returns the xid; 0 if 'm' is too long for a
 * message. */
uint32_t ofp_conn_send(struct ofp_conn *, struct ofm *m);
uint32_t ofp_conn_new_xid(struct ofp_conn *);

/* "OpenFlow10" or "OpenFlow10,OpenFlow13" (also "OpenFlow1.0", "1.0") to bits;
 * false on an unknown name, of which '*bad' then is a heap copy. */
bool ofp_versions_from_text(const char *, uint32_t *versions, char **bad);
/* "0x01, 0x04": as the peer writes them in complaints. */
void ofp_versions_put(struct str *, uint32_t versions);
/* "OpenFlow13"; "unknown" for a number without one. */
const char *ofp_version_name(uint8_t version);
/* The plain flow format of a version, and the version of a format. */
unsigned int ofp_version_format(uint8_t version);
uint8_t ofp_format_version(unsigned int one_format);

#endif
