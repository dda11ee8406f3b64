/* SPDX-License-Identifier: Apache-2.0 */
/* What the parsers of flow, group and meter text share: cutting the text into
 * words with their places. */
#ifndef WEIR_OPENFLOW_TEXT_PRIV_H
#define WEIR_OPENFLOW_TEXT_PRIV_H 1

#include "lib/openflow/text.h"

/* A copy of the text that is cut up as it is read. */
struct text_scan {
    char *copy;     /* Owned. */
    char *p;        /* What is left. */
    char *key;      /* The word at hand. */
    char *value;    /* Its value; NULL if it has none. */
    bool in_parens; /* "key(value)". */
};

void text_scan_init(struct text_scan *, const char *text);
void text_scan_fini(struct text_scan *);
/* Reads the next "key", "key=value", "key:value" or "key(value)"; false at
 * the end. */
bool text_scan_next(struct text_scan *);
/* As if 'p' were the whole rest: puts 'p' back. */
void text_scan_unread(struct text_scan *, char *p);

/* Fills '*err' with 'message' (heap, taken) about the text at 'at', a place
 * inside the copy.  Returns false. */
bool text_fail(struct text_err *err, const struct text_scan *,
               const char *at, char *message);

/* The value as a number up to 'max'; "-1" is 'max' too where 'minus_one'.
 * False with '*err' filled. */
bool text_number(const struct text_scan *, const char *what, uint64_t max,
                 uint64_t *x, struct text_err *err);

/* The field that is read at place 'rank', below FIELD_N. */
enum field_id text_field_at(size_t rank);
/* The fields that a group hashes: ",fields(...)" or nothing; the list inside,
 * cut up. NULL or a heap error text. */
void group_fields_put(const struct group_spec *, struct str *);
char *group_fields_parse(char *, const struct ofp_names *,
                         struct group_spec *) MUST_CHECK;

/* FLOW_FORMAT_* that can carry these. */
unsigned int flow_formats_of_actions(const struct act_list *);
unsigned int flow_formats_of_match(const struct match *);

#endif
