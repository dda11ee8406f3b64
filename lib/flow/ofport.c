/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/flow/ofport.h"

#include <ctype.h>
#include <strings.h>

#include "lib/base/str.h"

static const struct {
    const char *name;
    uint32_t port;
} reserved[] = {
    { "IN_PORT", OFPORT_IN_PORT }, { "TABLE", OFPORT_TABLE },
    { "NORMAL", OFPORT_NORMAL },   { "FLOOD", OFPORT_FLOOD },
    { "ALL", OFPORT_ALL },         { "CONTROLLER", OFPORT_CONTROLLER },
    { "LOCAL", OFPORT_LOCAL },     { "ANY", OFPORT_ANY },
    { "NONE", OFPORT_ANY },        { "UNSET", OFPORT_UNSET },
};

uint32_t
ofport_from_of10(uint16_t port)
{
    return port >= OFPORT_MAX10 ? port | 0xffff0000u : port;
}

bool
ofport_is_valid(uint32_t port)
{
    return port < OFPORT_MAX10 || port >= 0xffffff00u;
}

bool
ofport_to_of10(uint32_t port, uint16_t *port10)
{
    if (!ofport_is_valid(port)) {
        return false;
    }
    *port10 = (uint16_t)port;
    return true;
}

/* Undoes the quotes and JSON escapes of 's'.  False if malformed. */
static bool
unquote(const char *s, struct str *out)
{
    for (s++; *s && *s != '"'; s++) {
        if (*s != '\\') {
            str_put_char(out, *s);
            continue;
        }
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char *p = *++s ? strchr(from, *s) : NULL;
        if (!p) {
            return false;
        }
        str_put_char(out, to[p - from]);
    }
    return s[0] == '"' && !s[1];
}

static bool
ask_name(const struct ofp_names *names, const char *name, uint32_t *port)
{
    return names && names->port_no && names->port_no(names->aux, name, port);
}

bool
ofport_parse(const char *s, const struct ofp_names *names, uint32_t *port)
{
    if (*s == '"') {
        struct str name = STR_INIT;
        bool ok = unquote(s, &name) && ask_name(names, str_cstr(&name), port);
        str_fini(&name);
        return ok;
    }
    uint64_t x;
    if (str_to_u64(s, 0, &x)) {
        if (x <= UINT16_MAX) {
            *port = ofport_from_of10((uint16_t)x);
            return true;
        }
        *port = (uint32_t)x;
        return x >= 0xffffff00u && x <= UINT32_MAX;
    }
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
        if (!strcasecmp(s, reserved[i].name)) {
            *port = reserved[i].port;
            return true;
        }
    }
    return ask_name(names, s, port);
}

/* True if 'name' reads as one plain word in flow text. */
static bool
is_plain_word(const char *name)
{
    if (!isalpha((unsigned char)name[0])) {
        return false;
    }
    for (const char *p = name; *p; p++) {
        if (!isalnum((unsigned char)*p)) {
            return false;
        }
    }
    return true;
}

void
ofport_put_name(const char *name, struct str *s)
{
    if (is_plain_word(name)) {
        str_put(s, name);
        return;
    }
    str_put_char(s, '"');
    for (const char *p = name; *p; p++) {
        static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
        const char *esc = strchr(from, *p);
        if (esc) {
            str_put_char(s, '\\');
            str_put_char(s, to[esc - from]);
        } else {
            str_put_char(s, *p);
        }
    }
    str_put_char(s, '"');
}

void
ofport_put(uint32_t port, const struct ofp_names *names, struct str *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
        if (port == reserved[i].port) {
            str_put(s, reserved[i].name);
            return;
        }
    }
    const char *name = names && names->port_name
                           ? names->port_name(names->aux, port)
                           : NULL;
    if (name) {
        ofport_put_name(name, s);
    } else {
        str_putf(s, "%u", port >= 0xffffff00u ? port & 0xffff : port);
    }
}
