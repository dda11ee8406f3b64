/* SPDX-License-Identifier: Apache-2.0 */
/* ofctl: speaks OpenFlow to a switch, one command a run.
 *
 * A command is a row of cmds.def and a function 'ofctl_cmd_NAME' that gets
 * the context and its arguments and exits by returning or, with a message,
 * through args_fatal().  Each connection counts its transactions on from the
 * one before ('xid'), as users of the peer see them.  One thread. */
#ifndef WEIR_UTILITIES_OFCTL_H
#define WEIR_UTILITIES_OFCTL_H 1

#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/str.h"
#include "lib/io/daemon.h"
#include "lib/io/json.h"
#include "lib/io/tls.h"
#include "lib/openflow/channel.h"

/* --names: as given, or by whether standard output is a terminal. */
enum ofctl_names_opt { NAMES_AUTO, NAMES_YES, NAMES_NO };

#define OFCTL_SORT_MAX 16

struct ofctl_sort {
    const struct field *field; /* NULL: priority. */
    bool reverse;
};

/* What the switch calls its ports and tables. */
struct ofctl_names {
    struct ofp_names names; /* Callbacks on this struct. */
    OFM_VEC(struct ofm_port) ports;
    char *tables[256]; /* Heap; NULL: no name. */
};

struct ofctl {
    struct loop *loop;
    struct daemon daemon;
    struct tls_config tls;
    uint32_t versions;      /* Allowed, bit V. */
    unsigned int formats;   /* FLOW_FORMAT_* allowed. */
    bool strict, may_create, readd, bundle, timestamp, read_only;
    bool color;             /* --color, and there is a terminal. */
    bool json;              /* --format json. */
    size_t json_items;      /* Of the array being written. */
    bool json_more;         /* Further messages' items go into it. */
    bool stats;             /* --no-stats clears it. */
    enum ofctl_names_opt names;
    int verbosity;          /* -m, counted. */
    unsigned int timeout_s; /* 0: none. */
    const char *packet_in_format; /* NULL: the best. */
    struct ofctl_sort sort[OFCTL_SORT_MAX];
    size_t n_sort;
    char *unixctl;          /* --unixctl; NULL: default. */
    uint32_t xid;           /* Of the next message. */
    int argc;               /* Without the command: arguments. */
    char **argv;
};

typedef void ofctl_fn(struct ofctl *);
#define CMD(NAME, RORW, FN, MIN, MAX, USAGE, HELP) ofctl_fn ofctl_cmd_##FN;
#include "utilities/ofctl/cmds.def"
#undef CMD

/* target.c */

/* Connects to 'target' with the allowed versions, or exits. */
struct channel_block *ofctl_open(struct ofctl *, const char *target);
/* The same for the snoop socket of a bridge. */
char *ofctl_target_name(const char *target, const char *suffix);
/* Connects for commands that read or write flows: among the formats both
 * sides have the one to use is set on the channel.  'usable' what can carry
 * the flows at hand.  Exits if there is none. */
struct channel_block *ofctl_open_for_flows(struct ofctl *, const char *target,
                                           unsigned int usable, bool query);
/* Tries to speak 'format' on the connection. */
bool ofctl_try_format(struct channel_block *, unsigned int format);
void ofctl_talk_failed(const char *target, int err) NORETURN;
/* Prints an error message of the switch on standard error and exits 1. */
void ofctl_error_reply(struct ofctl *, struct ofm *error) NORETURN;
/* Sends and waits for the answer, prints it. */
void ofctl_dump(struct ofctl *, const char *target, struct channel_block *,
                struct ofm *request);
void ofctl_dump_trivial(struct ofctl *, const char *target, enum ofm_type);
/* Sends, waits for a barrier, exits with the switch's error if it has one. */
void ofctl_transact_many(struct ofctl *, const char *target,
                         struct channel_block *, struct ofm *ms, size_t n);
void ofctl_transact_noreply(struct ofctl *, const char *target,
                            struct channel_block *, struct ofm *);
struct ofm *ofctl_transact(struct ofctl *, const char *target,
                           struct channel_block *, struct ofm *request);
/* Reads the port 'text' names (a number, LOCAL, a name asked from the switch
 * on a connection of its own), or exits. */
uint32_t ofctl_port(struct ofctl *, const char *target, const char *text);

/* color.c: --color=WHEN (NULL: auto), a heap error or NULL; the line of a
 * flow with colours, appended. */
char *ofctl_color_from_text(struct ofctl *, const char *when) MUST_CHECK;
void ofctl_paint_flow(const char *line, struct str *out);

/* json.c: --format json.  Items of the array, then its end; a part is a
 * whole message's, and an error message ends the program. */
json_t *ofctl_json_flow(const struct ofctl *, const struct flow_stats *,
                        const struct ofp_names *);
void ofctl_json_item(struct ofctl *, json_t *take_item);
void ofctl_json_part(struct ofctl *, struct ofm *, const struct ofp_names *);
void ofctl_json_end(struct ofctl *);

/* names.c */
struct ofctl_names *ofctl_names_create(void);
void ofctl_names_destroy(struct ofctl_names *);
void ofctl_names_read_ports(struct ofctl *, const char *target,
                            struct ofctl_names *);
void ofctl_names_read_tables(struct ofctl *, const char *target,
                             struct ofctl_names *);
/* For reading arguments (NULL with --no-names) and for printing. */
struct ofctl_names *ofctl_names_to_accept(struct ofctl *, const char *target);
struct ofctl_names *ofctl_names_to_show(struct ofctl *, const char *target);
static inline const struct ofp_names *
ofctl_names_ptr(const struct ofctl_names *n)
{
    return n ? &n->names : NULL;
}

/* flows.c */

/* Exits with what is wrong, after 'where' ("FILE:LINE: " or ""). */
void ofctl_text_failed(const char *where, const char *text,
                       struct text_err *) NORETURN;
/* Parses a flow with an optional command in front of it. */
void ofctl_parse_flow_mod(struct ofctl *, const char *where, const char *text,
                          int command, const struct ofp_names *,
                          struct ofm *);
void ofctl_print(struct ofctl *, FILE *, const struct ofm *,
                 const struct ofp_names *);

/* "in_port=1,packet=0123 actions=2": actions come last.  NULL or a heap
 * error. */
char *ofctl_parse_packet_out(struct ofm_packet_out *, const char *,
                             const struct ofp_names *) MUST_CHECK;

/* The lines of 'file' ("-": standard input) that say something, through
 * fn(aux, "FILE:LINE: ", line). */
void ofctl_for_each_line(const char *file,
                         void (*fn)(void *aux, const char *where,
                                    const char *line),
                         void *aux);
/* Hex digits, spaces between bytes allowed.  False if something is left. */
bool ofctl_parse_hex(const char *, struct buf *);

#endif
