/* SPDX-License-Identifier: Apache-2.0 */
/* TLS settings, and the context that streams of a loop use.
 *
 * Both sides show certificates and check the other's against the CA, as the
 * peer's do; "none" as CA switches the check off.  With bootstrap, a CA
 * certificate that does not exist yet is taken from the first server's chain,
 * written, and the connection dropped so that the next one is checked.
 * Threads: main. */
#ifndef WEIR_IO_TLS_H
#define WEIR_IO_TLS_H 1

#include "lib/base/args.h"
#include "lib/base/types.h"

#define TLS_N_OPTS 9

struct tls_config {
    char *private_key;  /* PEM file; all these are heap or NULL. */
    char *certificate;  /* PEM file. */
    char *ca_cert;      /* PEM file, which may hold CRLs too, or "none". */
    char *peer_ca_cert; /* PEM file with certificates to send along. */
    bool bootstrap_ca;  /* ca_cert may not exist yet. */
    char *protocols;    /* "TLSv1.2,TLSv1.3"; NULL: 1.2 and later. */
    char *ciphers;      /* OpenSSL cipher list of TLS 1.2; NULL: default. */
    char *ciphersuites; /* Of TLS 1.3. */
    char *server_name;  /* SNI to ask for; NULL: the host, if a name. */
    struct args_opt opts[TLS_N_OPTS]; /* Filled by tls_config_args(). */
};

struct tls_context;

void tls_config_init(struct tls_config *);
void tls_config_fini(struct tls_config *);
/* The options -p -c -C --peer-ca-cert --bootstrap-ca-cert --ssl-protocols
 * --ssl-ciphers --ssl-ciphersuites --ssl-server-name, writing into the config,
 * which must outlive the table. */
struct args_table tls_config_args(struct tls_config *);
/* A copy of the file names is kept, relative ones as they are meant now.
 * Files are read at the first use and again when they change on disk. */
struct tls_context *tls_context_create(const struct tls_config *);
void tls_context_destroy(struct tls_context **);
/* Reads the files now: NULL or a heap text of what is wrong. */
char *tls_context_check(struct tls_context *) MUST_CHECK;

#endif
