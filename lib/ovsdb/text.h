/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the text form of values, for atoms, datums and the commands
 * that take column:key=value.  Errors are heap texts. */
#ifndef WEIR_OVSDB_TEXT_H
#define WEIR_OVSDB_TEXT_H 1

#include "lib/base/types.h"

/* Takes the word at '*p': characters up to the next space or one of
 * ":=, []{}!<>" outside of double quotes (which stay), or one such character.
 * Outside of quotes a backslash makes the character behind it one of a word.
 * Moves '*p' past it.  Returns NULL and sets '*word' (heap; "" at the end of
 * the text), or a heap error. */
char *ovsdb_text_take_word(const char **p, char **word) MUST_CHECK;
/* Ends a word that is not quoted; true for NUL too. */
bool ovsdb_text_is_delimiter(char c);

#endif
