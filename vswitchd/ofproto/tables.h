/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of flow tables: names, what a miss does, how many flows fit, and
 * what happens beyond: refuse, evict, tell controllers of vacancy.
 *
 * They come from two sides: the database's Flow_Table rows (a name given
 * there wins; either side may turn eviction on) and controllers' table_mod
 * and table features messages.
 * [OF1.1 A.3.3], [OF1.4.0 5.4, 7.3.3, 7.4.5], [ovs-vswitchd.conf.db(5),
 * "Flow_Table"].  Threads: main. */
#ifndef WEIR_VSWITCHD_OFPROTO_TABLES_H
#define WEIR_VSWITCHD_OFPROTO_TABLES_H 1

#include "lib/openflow/msg.h"
#include "lib/openflow/oxm.h"
#include "vswitchd/ofproto/pipeline.h"

struct ofconn;
struct ofproto;
struct evict_index;
struct bridge_table_cfg;

#define TABLE_NAME_BYTES 33

struct oftable {
    size_t n_rules;              /* Live, hidden ones too. */
    bool has_row;                /* In the database. */
    uint32_t max_flows;
    char db_name[TABLE_NAME_BYTES], of_name[TABLE_NAME_BYTES];
    bool db_evicts, of_evicts;
    /* Vacancy events: per cent of free room [OF1.4.0 7.3.4.1]. */
    bool tells_vacancy;
    uint8_t vacancy_down, vacancy_up;
    uint8_t awaits;              /* OFPTR_VACANCY_*: the next to tell. */
    struct subfield *groups;     /* Of Flow_Table:groups. */
    size_t n_groups;
    struct evict_index *index;   /* While it evicts; else NULL. */
};

void tables_init(struct ofproto *);
void tables_fini(struct ofproto *);
/* The name shown; "" if it has none. */
const char *table_name(const struct ofproto *, uint8_t table);
/* What the database says of all tables; those not named get defaults. */
void tables_configure(struct ofproto *, const struct bridge_table_cfg *,
                      size_t n);
/* Makes room for one flow more: by eviction, if that is on. */
enum ofp_err table_make_room(struct ofproto *, uint8_t table) MUST_CHECK;
/* Rules come and go. */
void table_rule_added(struct ofproto *, struct rule *);
void table_rule_removed(struct ofproto *, struct rule *);
/* Sends the vacancy events that the last changes caused. */
void tables_tell_vacancy(struct ofproto *);

enum ofp_err tablemod_apply(struct ofproto *, uint8_t version,
                            const struct ofm_table_mod *) MUST_CHECK;
void table_fill_desc(const struct ofproto *, uint8_t table,
                     struct ofm_table_mod *);
/* Renames tables, as a table features request asks; nothing else of tables
 * can be changed, and is not looked at. */
enum ofp_err tables_rename(struct ofproto *, const struct ofm *) MUST_CHECK;
/* OFPTC_TABLE_MISS_* for statistics of 1.1 and 1.2. */
uint32_t table_miss_config(const struct ofproto *, uint8_t table);

/* ## table_evict.c: which flow goes first ## */

/* 'groups' is borrowed while the index lives. */
struct evict_index *evict_create(const struct subfield *groups,
                                 size_t n_groups);
void evict_destroy(struct evict_index **);
/* Rules without a time-out are never evicted, and left out. */
void evict_add(struct evict_index *, struct rule *);
void evict_remove(struct evict_index *, const struct rule *);
/* The rule to evict next; NULL if there is none. */
struct rule *evict_pick(struct evict_index *);

#endif
