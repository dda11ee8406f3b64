/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses and their text: "192.0.2.1:6653", "[2001:db8::1]:6653",
 * "[fe80::1%eth0]:6653".  Plain data; any thread. */
#ifndef WEIR_IO_ADDR_H
#define WEIR_IO_ADDR_H 1

#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/str.h"
#include "lib/base/types.h"

struct addr {
    union {
        struct sockaddr sa; /* sa_family 0 when unset. */
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_storage ss;
    };
};

/* "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT", or "" where 'may_be_empty'.
 * Splits only; 'host' is a heap copy without brackets.  'port' is
 * 'default_port' where the text has none.  Returns NULL or a heap error. */
char *addr_split(const char *text, uint16_t default_port, char **host,
                 uint16_t *port) MUST_CHECK;
/* A numeric address with optional %scope; false if 'host' is a name. */
bool addr_from_host(struct addr *, const char *host, uint16_t port);
/* Length for bind() and connect(). */
socklen_t addr_len(const struct addr *);
/* Port in host order, 0 for none. */
uint16_t addr_port(const struct addr *);
void addr_set_port(struct addr *, uint16_t);
bool addr_eq(const struct addr *, const struct addr *);
bool addr_is_v6(const struct addr *);
/* Address without port or brackets; "" when unset. */
void addr_put_host(struct str *, const struct addr *);
/* Address and port, brackets around version 6. */
void addr_put(struct str *, const struct addr *);

#endif
