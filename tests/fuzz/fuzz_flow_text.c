/* SPDX-License-Identifier: Apache-2.0 */
/* Parses flow text, as the kind of command that the first byte names.  A
 * refusal has a reason and a place inside the text; what was taken prints as
 * text that means the same. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/openflow/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_again(const struct flow_spec *spec)
{
    struct str s = STR_INIT;
    struct text_err err;
    struct flow_spec again;
    match_put(&spec->match, spec->priority, NULL, &s);
    if (!flow_spec_parse(str_cstr(&s), FLOW_SPEC_DELETE, NULL, &again,
                         &err)) {
        assert_failed(err.message, str_cstr(&s), (int)err.pos, __func__);
    }
    ASSERT(match_equal(&spec->match, &again.match));
    ASSERT(spec->priority == again.priority);
    flow_spec_fini(&again);
    str_fini(&s);

    struct act_list acts = act_list_from_buf(&spec->acts);
    struct flow_stats stats = { .match = spec->match, .acts = acts };
    flow_stats_put(&stats, NULL, true, &s);
    flow_formats_put(spec->formats, &s);
    str_fini(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > 4096) {
        return 0;
    }
    char *text = xmemdup0((const char *)data + 1, size - 1);
    struct flow_spec spec;
    struct text_err err;
    if (flow_spec_parse(text, (enum flow_spec_kind)(data[0] % 3), NULL, &spec,
                        &err)) {
        check_again(&spec);
        flow_spec_fini(&spec);
    } else {
        ASSERT(err.message && err.pos <= strlen(text));
        text_err_fini(&err);
    }
    free(text);
    return 0;
}
