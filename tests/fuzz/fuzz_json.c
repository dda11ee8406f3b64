/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text: what parses prints, and parses back equal; the splitter agrees
 * with the parser about where a value ends, however the bytes are cut. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/io/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Where the first value ends by the splitter, fed 'step' bytes at a time; 0
 * if it sees none. */
static size_t
split(const uint8_t *data, size_t size, size_t step)
{
    struct json_splitter sp;
    json_splitter_init(&sp, 0);
    for (size_t off = 0; off < size;) {
        size_t n = MIN(step, size - off), used;
        enum json_split what = json_splitter_feed(&sp, data + off, n, &used);
        off += used;
        if (what == JSON_SPLIT_END) {
            return off;
        }
        if (what != JSON_SPLIT_MORE) {
            return 0;
        }
    }
    return 0;
}

static void
check_round_trip(const json_t *json)
{
    for (int style = 0; style < 4; style++) {
        char *error;
        char *text = json_to_text(json, style);
        json_t *back = json_parse(text, strlen(text), &error);
        ASSERT(back);
        /* 1.0 prints as 1, which is an integer: compare texts. */
        char *again = json_to_text(back, style);
        ASSERT(!strcmp(text, again));
        free(again);
        free(text);
        json_decref(back);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *error;
    const char *text = (const char *)data;
    json_t *json = json_parse(text, size, &error);
    ASSERT(!json == !!error);
    free(error);

    size_t end = split(data, size, 1);
    ASSERT(end == split(data, size, size + 1));
    ASSERT(end == split(data, size, 3));
    if (json) {
        /* Whole containers end where the splitter says, but for white space
         * behind them. */
        if (json_is_object(json) || json_is_array(json)) {
            ASSERT(end);
        }
        check_round_trip(json);
        json_decref(json);
    }
    if (end) {
        json = json_parse(text, end, &error);
        free(error);
        json_decref(json);
    }
    return 0;
}
