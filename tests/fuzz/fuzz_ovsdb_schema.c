/* SPDX-License-Identifier: Apache-2.0 */
/* Database schemas: what is taken writes itself to JSON that is taken again
 * and equals. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *error = NULL;
    json_t *json = json_parse((const char *)data, size, &error);
    if (!json) {
        free(error);
        return 0;
    }
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    if (err) {
        free(ovsdb_err_to_text(err));
        ovsdb_err_free(err);
    } else {
        struct ovsdb_schema *clone = ovsdb_schema_clone(schema);
        ASSERT(ovsdb_schema_eq(schema, clone));
        ovsdb_schema_destroy(&clone);
        ovsdb_schema_destroy(&schema);
    }
    json_decref(json);
    return 0;
}
