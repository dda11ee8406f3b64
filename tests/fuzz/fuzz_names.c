/* SPDX-License-Identifier: Apache-2.0 */
/* Names of streams and addresses, as users and databases give them: never
 * both active and passive, and an address prints as what reads back equal. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/io/addr.h"
#include "lib/io/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_addr(const char *text)
{
    char *host;
    uint16_t port = 1;
    char *error = addr_split(text, 6640, &host, &port);
    ASSERT(!error == !!host);
    if (error) {
        free(error);
        return;
    }
    struct addr a, b;
    if (addr_from_host(&a, host, port)) {
        struct str s = STR_INIT;
        char *again;
        addr_put(&s, &a);
        error = addr_split(str_cstr(&s), 0, &again, &port);
        ASSERT(!error && addr_from_host(&b, again, port));
        ASSERT(addr_eq(&a, &b));
        free(again);
        str_fini(&s);
    }
    free(host);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size -= size && data[size - 1] == '\n'; /* Corpus files end so. */
    char *text = xmemdup0((const char *)data, size);
    bool active = stream_name_is_active(text);
    bool passive = stream_name_is_passive(text);
    ASSERT(!active || !passive);
    check_addr(text);
    const char *colon = strchr(text, ':');
    if (colon) {
        check_addr(colon + 1);
    }
    free(text);
    return 0;
}
