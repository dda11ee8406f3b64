/* SPDX-License-Identifier: Apache-2.0 */
/* Parses group and meter text, as the kind of command that the first byte
 * names.  A group that was taken prints as text that is taken too. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/openflow/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_place(const char *text, struct text_err *err)
{
    ASSERT(err->message && err->pos <= strlen(text));
    text_err_fini(err);
}

static void
fuzz_meter(const char *text, bool need_bands)
{
    struct meter_spec spec, again;
    struct text_err err;
    struct str s = STR_INIT;
    if (!meter_spec_parse(text, need_bands, &spec, &err)) {
        check_place(text, &err);
        return;
    }
    meter_put(&spec, &s);
    if (need_bands) {
        ASSERT(meter_spec_parse(str_cstr(&s), true, &again, &err));
        ASSERT(!memcmp(&spec, &again, sizeof spec));
    }
    str_fini(&s);
}

static void
fuzz_group(const char *text, enum group_spec_kind kind)
{
    struct group_spec spec;
    struct text_err err;
    struct str s = STR_INIT;
    if (!group_spec_parse(text, kind, NULL, &spec, &err)) {
        check_place(text, &err);
        return;
    }
    group_put(&spec, OFP15_VERSION, NULL, &s);
    str_fini(&s);
    group_spec_fini(&spec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > 4096) {
        return 0;
    }
    char *text = xmemdup0((const char *)data + 1, size - 1);
    unsigned int how = data[0] % 7;
    if (how < 5) {
        fuzz_group(text, (enum group_spec_kind)how);
    } else {
        fuzz_meter(text, how == 5);
    }
    free(text);
    return 0;
}
