/* SPDX-License-Identifier: Apache-2.0 */
/* Between tls.c and stream_tls.c. */
#ifndef WEIR_IO_TLS_PRIV_H
#define WEIR_IO_TLS_PRIV_H 1

#include <openssl/ssl.h>

#include "lib/io/tls.h"

/* A new session state under the present files; NULL with '*error' a heap
 * text.  '*bootstrapping' says that the CA file is still to be made. */
SSL *tls_context_new_ssl(struct tls_context *, bool *bootstrapping,
                         char **error);
/* The server name of the configuration; or NULL. */
const char *tls_context_server_name(const struct tls_context *);
/* Writes the CA certificate found in the peer's chain.  Heap text: what is
 * wrong, or what was done. */
char *tls_context_bootstrap(struct tls_context *, SSL *);
/* The oldest of OpenSSL's waiting errors as heap text; clears them. */
char *tls_error_text(const char *what);

#endif
