/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/blob.h"

#include "lib/base/mem.h"

struct blob *
blob_take_str(struct str *s)
{
    struct blob *b = xmalloc(sizeof *b);
    b->n_refs = 1;
    b->len = s->len;
    b->data = str_steal(s);
    if (b->len) {
        b->data = xrealloc(b->data, b->len); /* It will not grow. */
    }
    return b;
}

void
blob_unref(struct blob **bp)
{
    struct blob *b = *bp;
    *bp = NULL;
    if (b && !--b->n_refs) {
        free(b->data);
        free(b);
    }
}
