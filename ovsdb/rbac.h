/* SPDX-License-Identifier: Apache-2.0 */
/* Role-based access control [ovsdb-server(7) 3.2, 4.1.3; ovn-sb(5)].
 *
 * It applies where a client's connection has a role and the database has a
 * table RBAC_Role.  The role's row there maps names of tables to rows of a
 * table of permissions (RBAC_Permission), each of which says
 *
 *   authorization  columns, or COLUMN:KEY of maps, one of which must hold the
 *                  client's id in each row that is touched; "" stands for
 *                  everybody;
 *   insert_delete  whether rows may be inserted and deleted;
 *   update         the columns that may be written.
 *
 * A client's id is the common name of the certificate it showed; who showed
 * none is refused all writing.  Reading is free.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_RBAC_H
#define WEIR_OVSDB_SERVER_RBAC_H 1

#include "ovsdb/exec.h"

struct rbac_client {
    const char *role; /* NULL or "": all is allowed. */
    const char *id;   /* NULL: unknown. */
};

/* NULL, or a "permission error".  Depends on nothing but its arguments and
 * the rows of 'db'. */
struct ovsdb_err *rbac_check(struct db *, const struct rbac_client *,
                             const struct exec_access *) MUST_CHECK;

#endif
