/* SPDX-License-Identifier: Apache-2.0 */
/* Flows, groups and meters as users type and read them:
 *
 *   table=1,priority=5,tcp,nw_dst=10.0.0.1,idle_timeout=5,actions=output:2
 *   group_id=1,type=select,bucket=weight:5,actions=output:1
 *   meter=1,kbps,burst,band=type=drop,rate=1000,burst_size=500
 *
 * Every parser says what is wrong and where: 'struct text_err' has the
 * offset in the text given.  Names of ports and tables are resolved through
 * 'struct ofp_names'.  No state; any thread. */
#ifndef WEIR_OPENFLOW_TEXT_H
#define WEIR_OPENFLOW_TEXT_H 1

#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/flow/match.h"
#include "lib/openflow/act.h"

struct text_err {
    char *message; /* Heap; NULL if nothing went wrong. */
    size_t pos;    /* Offset in the text. */
};

void text_err_fini(struct text_err *);

/* The wire formats that can carry a flow, as bits of a set. */
enum flow_format {
    FLOW_FORMAT_OF10 = 1 << 0,
    FLOW_FORMAT_OF10_TID = 1 << 1, /* 1.0 with Nicira's table ids. */
    FLOW_FORMAT_NXM = 1 << 2,
    FLOW_FORMAT_NXM_TID = 1 << 3,
    FLOW_FORMAT_OF11 = 1 << 4,
    FLOW_FORMAT_OF12 = 1 << 5,
    FLOW_FORMAT_OF13 = 1 << 6,
    FLOW_FORMAT_OF14 = 1 << 7,
    FLOW_FORMAT_OF15 = 1 << 8,
    FLOW_FORMAT_ANY = (1 << 9) - 1
};

/* Flags of a flow, wire values of OpenFlow 1.3 [OF1.3.5 7.3.4.1]. */
enum flow_flag {
    FLOW_FLAG_SEND_FLOW_REM = 1 << 0,
    FLOW_FLAG_CHECK_OVERLAP = 1 << 1,
    FLOW_FLAG_RESET_COUNTS = 1 << 2,
    FLOW_FLAG_NO_PKT_COUNTS = 1 << 3,
    FLOW_FLAG_NO_BYT_COUNTS = 1 << 4
};

#define FLOW_TABLE_ALL 0xff
#define FLOW_GROUP_ANY 0xffffffffu
#define FLOW_BUFFER_NONE 0xffffffffu

/* What a flow's text is for: which keys it may and must have. */
enum flow_spec_kind {
    FLOW_SPEC_ADD,    /* add-flow: actions needed. */
    FLOW_SPEC_MODIFY, /* mod-flows: actions needed; cookie=V/M selects. */
    FLOW_SPEC_DELETE, /* del-flows, dump-flows: no actions. */
};

/* Flow text taken apart.  Numbers in host order. */
struct flow_spec {
    struct match match;
    uint16_t priority; /* MATCH_PRIORITY_DEFAULT if not given. */
    uint8_t table_id;  /* FLOW_TABLE_ALL if not given. */
    uint64_t cookie, cookie_mask; /* Selects flows; mask 0: any. */
    uint64_t new_cookie;          /* To store; UINT64_MAX: leave it. */
    uint16_t idle_timeout, hard_timeout; /* Seconds; 0: none. */
    uint16_t importance;
    uint16_t flags;      /* FLOW_FLAG_*. */
    uint32_t out_port;   /* OFPORT_ANY if not given. */
    uint32_t out_group;  /* FLOW_GROUP_ANY if not given. */
    uint32_t buffer_id;  /* FLOW_BUFFER_NONE. */
    bool strict;         /* The caller's: --strict. */
    bool have_priority;  /* "priority=" was given. */
    char *unnormalized;  /* The match as it was given, if parts of it lacked
                          * their prerequisites and were dropped; else NULL.
                          * Owned. */
    uint16_t formats;    /* FLOW_FORMAT_* that can carry it. */
    struct buf acts;     /* Action records; owned. */
};

/* Parses 'text'.  True if it is good: then the caller ends with
 * flow_spec_fini().  False otherwise, with '*err' filled. */
bool flow_spec_parse(const char *text, enum flow_spec_kind,
                     const struct ofp_names *, struct flow_spec *,
                     struct text_err *err) MUST_CHECK;
void flow_spec_fini(struct flow_spec *);
/* "any", "NXM,OXM", "none": a set of formats for people. */
void flow_formats_put(unsigned int formats, struct str *);
/* The format called "NXM+table_id", "OpenFlow10", "OXM-OpenFlow13", ...; a
 * group name gives several; 0 if unknown. */
unsigned int flow_format_from_name(const char *);
const char *flow_format_name(enum flow_format);

/* A flow as a statistics reply tells it. */
struct flow_stats {
    struct match match;
    uint16_t priority;
    uint8_t table_id;
    uint64_t cookie;
    uint32_t duration_s, duration_ns;
    uint16_t idle_timeout, hard_timeout, importance;
    uint16_t flags;
    int idle_age, hard_age;      /* Seconds; -1 if not told. */
    uint64_t n_packets, n_bytes; /* UINT64_MAX if not told. */
    struct act_list acts;        /* Borrowed. */
};

/* Appends the line of dump-flows, without newline and leading space.
 * 'stats' false leaves out counters, duration and ages. */
void flow_stats_put(const struct flow_stats *, const struct ofp_names *,
                    bool stats, struct str *);

/* Appends "5s", "5.006s": at least milliseconds unless there are none. */
void duration_put(uint32_t sec, uint32_t nsec, struct str *);

/* Groups. */
enum group_type {
    GROUP_ALL,
    GROUP_SELECT,
    GROUP_INDIRECT,
    GROUP_FF, /* Fast failover. */
    GROUP_N_TYPES
};

enum group_spec_kind {
    GROUP_SPEC_ADD,
    GROUP_SPEC_MODIFY,
    GROUP_SPEC_DELETE,
    GROUP_SPEC_INSERT_BUCKETS,
    GROUP_SPEC_REMOVE_BUCKETS,
};

#define GROUP_ID_ALL 0xfffffffcu
#define GROUP_ID_ANY 0xffffffffu
#define GROUP_BUCKET_ID_MAX 0xffffff00u
#define GROUP_BUCKET_ID_FIRST 0xfffffffdu
#define GROUP_BUCKET_ID_LAST 0xfffffffeu
#define GROUP_BUCKET_ID_ALL 0xffffffffu

struct group_bucket {
    uint32_t bucket_id;   /* [OF1.5.1 7.3.4.3]; numbered from 0 if not given. */
    uint16_t weight;      /* Of a select group. */
    bool weight_given;    /* If 0: it is said, not left out. */
    uint32_t watch_port;  /* OFPORT_ANY: none. */
    uint32_t watch_group; /* GROUP_ID_ANY: none. */
    struct buf acts;      /* Owned. */
};

#define GROUP_FIELDS_MAX 32

struct group_field { /* To hash; only the bits of 'mask'. */
    uint16_t field;  /* enum field_id. */
    union field_value mask;
};

struct group_spec {
    enum group_type type;
    uint32_t group_id;
    uint32_t command_bucket_id; /* insert-, remove-buckets. */
    char selection_method[16];  /* "" if not given. */
    uint64_t selection_param;
    struct group_field fields[GROUP_FIELDS_MAX]; /* In reading order. */
    size_t n_fields;
    struct group_bucket *buckets; /* Owned, 'n_buckets' of them. */
    size_t n_buckets;
};

/* Puts a field to hash into its place.  False if there are
 * GROUP_FIELDS_MAX. */
bool group_spec_add_field(struct group_spec *, const struct field *,
                          const union field_value *mask);
bool group_spec_parse(const char *text, enum group_spec_kind,
                      const struct ofp_names *, struct group_spec *,
                      struct text_err *) MUST_CHECK;
void group_spec_fini(struct group_spec *);
const char *group_type_name(enum group_type);
/* Appends "group_id=1,type=all,bucket=actions=output:1", as dump-groups has
 * it. 'version' 1.5 shows bucket ids. */
void group_put(const struct group_spec *, enum ofp_version,
               const struct ofp_names *, struct str *);
/* Appends "bucket=weight:1,actions=output:1". */
void group_bucket_put(const struct group_bucket *, enum group_type,
                      enum ofp_version, const struct ofp_names *,
                      struct str *);

/* Meters; flags and band types are the wire's [OF1.3.5 7.3.4.4]. */
enum meter_flag {
    METER_FLAG_KBPS = 1 << 0,
    METER_FLAG_PKTPS = 1 << 1,
    METER_FLAG_BURST = 1 << 2,
    METER_FLAG_STATS = 1 << 3
};

#define METER_BANDS_MAX 8
#define METER_BAND_DROP 1
#define METER_BAND_DSCP_REMARK 2
#define METER_ID_MAX 0xffff0000u
#define METER_ID_SLOWPATH 0xfffffffdu
#define METER_ID_CONTROLLER 0xfffffffeu
#define METER_ID_ALL 0xffffffffu

struct meter_band {
    uint16_t type;       /* METER_BAND_*. */
    uint8_t prec_level;  /* DSCP remark. */
    uint32_t rate;       /* kbit/s or packets/s. */
    uint32_t burst_size; /* kbit or packets. */
};

struct meter_spec {
    uint32_t meter_id;
    uint16_t flags; /* METER_FLAG_*. */
    size_t n_bands;
    struct meter_band bands[METER_BANDS_MAX];
};

/* 'need_bands': for add and mod; otherwise just "meter=N" or "meter=all". */
bool meter_spec_parse(const char *text, bool need_bands, struct meter_spec *,
                      struct text_err *) MUST_CHECK;
/* Appends "meter=1 kbps burst bands=\ntype=drop rate=1000 burst_size=5". */
void meter_put(const struct meter_spec *, struct str *);

#endif
