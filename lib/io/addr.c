/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/addr.h"

#include <arpa/inet.h>
#include <net/if.h>

#include "lib/base/mem.h"

/* Reads ":PORT" or nothing from 'p'. */
static char *
parse_port(const char *text, const char *p, uint16_t *port)
{
    uint64_t value;
    if (!*p) {
        return NULL;
    }
    if (*p != ':') {
        return xasprintf("%s: \":\" expected before \"%s\"", text, p);
    }
    if (!p[1]) {
        return NULL;
    }
    if (!str_to_u64(p + 1, 10, &value) || value > UINT16_MAX) {
        return xasprintf("%s: bad port number \"%s\"", text, p + 1);
    }
    *port = (uint16_t)value;
    return NULL;
}

char *
addr_split(const char *text, uint16_t default_port, char **host,
           uint16_t *port)
{
    *host = NULL;
    *port = default_port;
    if (*text == '[') {
        const char *end = strchr(text, ']');
        if (!end) {
            return xasprintf("%s: missing \"]\"", text);
        }
        char *error = parse_port(text, end + 1, port);
        if (!error) {
            *host = xmemdup0(text + 1, (size_t)(end - text - 1));
        }
        return error;
    }
    size_t n = strcspn(text, ":");
    /* "::1" and the like without brackets: two or more colons can be no
     * port. */
    if (text[n] && strchr(text + n + 1, ':')) {
        *host = xstrdup(text);
        return NULL;
    }
    char *error = parse_port(text, text + n, port);
    if (!error) {
        *host = xmemdup0(text, n);
    }
    return error;
}

bool
addr_from_host(struct addr *a, const char *host, uint16_t port)
{
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1) {
        a->in.sin_family = AF_INET;
        a->in.sin_port = htons(port);
        return true;
    }
    char bare[INET6_ADDRSTRLEN];
    size_t n = strcspn(host, "%");
    if (n >= sizeof bare) {
        return false;
    }
    memcpy(bare, host, n);
    bare[n] = '\0';
    if (inet_pton(AF_INET6, bare, &a->in6.sin6_addr) != 1) {
        return false;
    }
    if (host[n]) {
        uint64_t scope = if_nametoindex(host + n + 1);
        if (!scope && !str_to_u64(host + n + 1, 10, &scope)) {
            return false;
        }
        a->in6.sin6_scope_id = (uint32_t)scope;
    }
    a->in6.sin6_family = AF_INET6;
    a->in6.sin6_port = htons(port);
    return true;
}

socklen_t
addr_len(const struct addr *a)
{
    return addr_is_v6(a) ? sizeof a->in6 : sizeof a->in;
}

uint16_t
addr_port(const struct addr *a)
{
    switch (a->sa.sa_family) {
    case AF_INET:
        return ntohs(a->in.sin_port);
    case AF_INET6:
        return ntohs(a->in6.sin6_port);
    }
    return 0;
}

void
addr_set_port(struct addr *a, uint16_t port)
{
    if (addr_is_v6(a)) {
        a->in6.sin6_port = htons(port);
    } else {
        a->in.sin_port = htons(port);
    }
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
    if (a->sa.sa_family != b->sa.sa_family
        || addr_port(a) != addr_port(b)) {
        return false;
    }
    switch (a->sa.sa_family) {
    case AF_INET:
        return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    case AF_INET6:
        return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr)
               && a->in6.sin6_scope_id == b->in6.sin6_scope_id;
    }
    return true;
}

bool
addr_is_v6(const struct addr *a)
{
    return a->sa.sa_family == AF_INET6;
}

void
addr_put_host(struct str *s, const struct addr *a)
{
    char text[INET6_ADDRSTRLEN];
    if (a->sa.sa_family == AF_INET) {
        str_put(s, inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof text));
    } else if (addr_is_v6(a)) {
        char dev[IF_NAMESIZE];
        uint32_t scope = a->in6.sin6_scope_id;
        str_put(s, inet_ntop(AF_INET6, &a->in6.sin6_addr, text,
                             sizeof text));
        if (scope && if_indextoname(scope, dev)) {
            str_putf(s, "%%%s", dev);
        } else if (scope) {
            str_putf(s, "%%%u", scope);
        }
    }
}

void
addr_put(struct str *s, const struct addr *a)
{
    bool v6 = addr_is_v6(a);
    if (!a->sa.sa_family) {
        return;
    }
    str_put(s, v6 ? "[" : "");
    addr_put_host(s, a);
    str_putf(s, "%s:%u", v6 ? "]" : "", addr_port(a));
}
