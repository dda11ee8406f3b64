/* SPDX-License-Identifier: Apache-2.0 */
/* An intrusive doubly linked ring.  A head is a node of its own.  Not
 * thread-safe. */
#ifndef WEIR_BASE_LIST_H
#define WEIR_BASE_LIST_H 1

#include "lib/base/types.h"

struct list {
    struct list *prev, *next;
};

static inline void
list_init(struct list *l)
{
    l->prev = l->next = l;
}

static inline bool
list_is_empty(const struct list *l)
{
    return l->next == l;
}

static inline void
list_insert_before(struct list *before, struct list *node)
{
    node->prev = before->prev;
    node->next = before;
    before->prev->next = node;
    before->prev = node;
}

static inline void
list_push_back(struct list *head, struct list *node)
{
    list_insert_before(head, node);
}

static inline void
list_push_front(struct list *head, struct list *node)
{
    list_insert_before(head->next, node);
}

/* Leaves 'node' an empty ring of its own. */
static inline void
list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

static inline struct list *
list_front(const struct list *head)
{
    return head->next;
}

static inline struct list *
list_back(const struct list *head)
{
    return head->prev;
}

static inline struct list *
list_pop_front(struct list *head)
{
    struct list *node = head->next;
    list_remove(node);
    return node;
}

static inline size_t
list_size(const struct list *head)
{
    size_t n = 0;
    for (const struct list *l = head->next; l != head; l = l->next) {
        n++;
    }
    return n;
}

#define LIST_ENTRY(NODE, TYPE, MEMBER) CONTAINER_OF(NODE, TYPE, MEMBER)
/* ITER is declared by the macro; SAFE allows removal of ITER. */
#define LIST_FOR_EACH(TYPE, ITER, MEMBER, HEAD)                               \
    for (TYPE *ITER = LIST_ENTRY((HEAD)->next, TYPE, MEMBER);                 \
         &ITER->MEMBER != (HEAD);                                             \
         ITER = LIST_ENTRY(ITER->MEMBER.next, TYPE, MEMBER))
#define LIST_FOR_EACH_SAFE(TYPE, ITER, MEMBER, HEAD)                          \
    for (TYPE *ITER = LIST_ENTRY((HEAD)->next, TYPE, MEMBER),                 \
              *ITER##_next = LIST_ENTRY(ITER->MEMBER.next, TYPE, MEMBER);     \
         &ITER->MEMBER != (HEAD);                                             \
         ITER = ITER##_next,                                                  \
              ITER##_next = LIST_ENTRY(ITER##_next->MEMBER.next, TYPE,        \
                                       MEMBER))

#endif
