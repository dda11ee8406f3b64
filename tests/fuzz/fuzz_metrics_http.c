/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for the metrics: whatever they hold, each part of one that got an
 * answer gets the same or none yet. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "ovsdb/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool head;
    char *text = malloc(size + 1);
    if (!text) {
        return 0;
    }
    memcpy(text, data, size);
    size_t len = MIN(size, METRICS_REQUEST_MAX);
    int status = metrics_http_judge(text, len, &head);
    ASSERT(status == 0 || status == 200 || status == 400 || status == 404
           || status == 405 || status == 431 || status == 505);
    ASSERT(!head || status == 200 || status == 404 || status == 400);
    if (status == 200) {
        for (size_t n = 0; n < len; n++) {
            int part = metrics_http_judge(text, n, &head);
            ASSERT(part == 0 || part == 200);
        }
    }
    free(text);
    return 0;
}
