/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people type them: the first byte chooses the type.  What is taken
 * prints to a text that is taken again and equals. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/datum.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) {
        return 0;
    }
    struct ovsdb_type type;
    ovsdb_type_init_scalar(&type, OVSDB_INTEGER + data[0] % 5);
    type.n_min = 0;
    type.n_max = data[0] & 0x80 ? 1 : OVSDB_UNLIMITED;
    if (data[0] & 0x40) {
        ovsdb_base_init(&type.value, OVSDB_INTEGER + data[0] / 5 % 5);
    }
    char *text = xmemdup0((const char *)data + 1, size - 1);
    struct ovsdb_symtab symtab;
    struct ovsdb_datum d;
    ovsdb_symtab_init(&symtab);
    char *error = ovsdb_datum_from_text(&d, &type, text, &symtab);
    if (!error) {
        struct str s = STR_INIT;
        struct ovsdb_datum back;
        ovsdb_datum_put_text(&s, &d, &type);
        error = ovsdb_datum_from_text(&back, &type, str_cstr(&s), &symtab);
        ASSERT(!error);
        ASSERT(ovsdb_datum_eq(&d, &back, &type));
        ovsdb_datum_fini(&back, &type);
        str_fini(&s);
    }
    free(error);
    ovsdb_datum_fini(&d, &type);
    ovsdb_symtab_fini(&symtab);
    free(text);
    return 0;
}
