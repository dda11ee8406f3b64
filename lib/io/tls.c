/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/tls_priv.h"

LOG_MODULE(stream_ssl);

#define DEFAULT_CIPHERS "HIGH:!aNULL:!MD5"

enum { FILE_KEY, FILE_CERT, FILE_CA, FILE_PEER_CA, N_FILES };

struct tls_context {
    struct tls_config cfg;
    SSL_CTX *ctx;                       /* NULL until files are read. */
    struct timespec mtimes[N_FILES];    /* Of the files in 'ctx'. */
};

void
tls_config_init(struct tls_config *c)
{
    memset(c, 0, sizeof *c);
}

void
tls_config_fini(struct tls_config *c)
{
    free(c->private_key);
    free(c->certificate);
    free(c->ca_cert);
    free(c->peer_ca_cert);
    free(c->protocols);
    free(c->ciphers);
    free(c->ciphersuites);
    free(c->server_name);
    tls_config_init(c);
}

static char *
set_ca(void *config, const char *value)
{
    struct tls_config *c = config;
    c->bootstrap_ca = false;
    return args_set_copy(&c->ca_cert, value);
}

static char *
set_bootstrap(void *config, const char *value)
{
    struct tls_config *c = config;
    c->bootstrap_ca = true;
    return args_set_copy(&c->ca_cert, value);
}

struct args_table
tls_config_args(struct tls_config *c)
{
    const struct args_opt opts[TLS_N_OPTS] = {
        { "private-key", 'p', ARGS_VALUE, "FILE",
          "file with private key", args_set_copy, &c->private_key },
        { "certificate", 'c', ARGS_VALUE, "FILE",
          "file with certificate for private key", args_set_copy,
          &c->certificate },
        { "ca-cert", 'C', ARGS_VALUE, "FILE",
          "file with peer CA certificate", set_ca, c },
        { "peer-ca-cert", 0, ARGS_VALUE, "FILE",
          "file with certificates to send to peer", args_set_copy,
          &c->peer_ca_cert },
        { "bootstrap-ca-cert", 0, ARGS_VALUE, "FILE",
          "file with peer CA certificate to read or create", set_bootstrap,
          c },
        { "ssl-protocols", 0, ARGS_VALUE, "PROTOS",
          "list of SSL protocols to enable", args_set_copy, &c->protocols },
        { "ssl-ciphers", 0, ARGS_VALUE, "CIPHERS",
          "list of SSL ciphers to enable", args_set_copy, &c->ciphers },
        { "ssl-ciphersuites", 0, ARGS_VALUE, "SUITES",
          "list of TLS 1.3 cipher suites to enable", args_set_copy,
          &c->ciphersuites },
        { "ssl-server-name", 0, ARGS_VALUE, "NAME",
          "server name to ask for (SNI)", args_set_copy, &c->server_name },
    };
    memcpy(c->opts, opts, sizeof c->opts);
    return (struct args_table){ "PKI configuration (required to use SSL)",
                                c->opts, TLS_N_OPTS };
}

static const char *
file_of(const struct tls_config *c, int i)
{
    const char *const files[N_FILES] = { c->private_key, c->certificate,
                                         c->ca_cert, c->peer_ca_cert };
    return files[i] && strcmp(files[i], "none") ? files[i] : NULL;
}

/* Heap copy of a file's name that means the same after chdir(). */
static char *
absolute(const char *file)
{
    char cwd[4096];
    if (!file || *file == '/' || !strcmp(file, "none")
        || !getcwd(cwd, sizeof cwd)) {
        return xstrdup_null(file);
    }
    return xasprintf("%s/%s", cwd, file);
}

struct tls_context *
tls_context_create(const struct tls_config *c)
{
    struct tls_context *t = xzalloc(sizeof *t);
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(). */
    t->cfg.private_key = absolute(c->private_key);
    t->cfg.certificate = absolute(c->certificate);
    t->cfg.ca_cert = absolute(c->ca_cert);
    t->cfg.peer_ca_cert = absolute(c->peer_ca_cert);
    t->cfg.protocols = xstrdup_null(c->protocols);
    t->cfg.ciphers = xstrdup_null(c->ciphers);
    t->cfg.ciphersuites = xstrdup_null(c->ciphersuites);
    t->cfg.server_name = xstrdup_null(c->server_name);
    t->cfg.bootstrap_ca = c->bootstrap_ca;
    return t;
}

void
tls_context_destroy(struct tls_context **tp)
{
    struct tls_context *t = *tp;
    if (t) {
        *tp = NULL;
        SSL_CTX_free(t->ctx);
        tls_config_fini(&t->cfg);
        free(t);
    }
}

char *
tls_error_text(const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = ERR_SYSTEM_ERROR(code)
                             ? log_strerror(ERR_GET_REASON(code))
                         : code ? ERR_reason_error_string(code)
                                : NULL;
    char *text = xasprintf("%s: %s", what,
                           reason ? reason : "unknown error");
    ERR_clear_error();
    return text;
}

/* "TLSv1.2,TLSv1.3" into the least and greatest version named; "+" after a
 * version means that one and later. */
static char *
set_protocols(SSL_CTX *ctx, const char *list)
{
    static const struct {
        const char *name;
        int version;
    } known[] = {
        { "TLSv1", TLS1_VERSION },     { "TLSv1.1", TLS1_1_VERSION },
        { "TLSv1.2", TLS1_2_VERSION }, { "TLSv1.3", TLS1_3_VERSION },
    };
    int min = TLS1_2_VERSION, max = 0;
    bool any = false;
    for (const char *p = list; p && *(p += strspn(p, ", \t"));) {
        size_t n = strcspn(p, ", \t"), i;
        size_t name_len = p[n - 1] == '+' ? n - 1 : n;
        for (i = 0; i < ARRAY_SIZE(known); i++) {
            if (strlen(known[i].name) == name_len
                && !strncasecmp(known[i].name, p, name_len)) {
                break;
            }
        }
        if (i == ARRAY_SIZE(known)) {
            return xasprintf("%.*s: SSL protocol not recognized", (int)n, p);
        }
        int high = name_len < n ? TLS1_3_VERSION : known[i].version;
        min = any ? MIN(min, known[i].version) : known[i].version;
        max = MAX(max, high);
        any = true;
        p += n;
    }
    /* An older version than 1.2 may stand in the list, but is not spoken. */
    SSL_CTX_set_min_proto_version(ctx, MAX(min, TLS1_2_VERSION));
    SSL_CTX_set_max_proto_version(ctx, max ? MAX(max, TLS1_2_VERSION) : 0);
    return NULL;
}

/* The certificates of a PEM file go along in the chain that is sent. */
static char *
add_chain(SSL_CTX *ctx, const char *file)
{
    FILE *f = fopen(file, "re");
    if (!f) {
        return xasprintf("%s: %s", file, strerror(errno));
    }
    X509 *cert;
    int n = 0;
    while ((cert = PEM_read_X509(f, NULL, NULL, NULL))) {
        SSL_CTX_add1_chain_cert(ctx, cert);
        X509_free(cert);
        n++;
    }
    fclose(f);
    ERR_clear_error();
    return n ? NULL : xasprintf("%s: no certificate in it", file);
}

/* Lists of revoked certificates may stand in the CA's file; with one, each
 * certificate shown must be covered by a list and not be in it. */
static void
check_revocation(SSL_CTX *ctx)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
        if (X509_OBJECT_get_type(sk_X509_OBJECT_value(all, i))
            == X509_LU_CRL) {
            X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
            return;
        }
    }
}

/* Says it if everybody can read the private key. */
static void
check_key_mode(const char *file)
{
    struct stat st;
    if (!stat(file, &st) && st.st_mode & 07) {
        log_warn("%s: everybody on this machine can use this private key: "
                 "its mode is %03o, not 600", file, st.st_mode & 0777);
    }
}

/* Who must show a certificate, and which CA it is checked against. */
static char *
set_verify(struct tls_context *t, SSL_CTX *ctx)
{
    const char *ca = t->cfg.ca_cert;
    if (!strcmp(ca, "none")) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
        return NULL;
    }
    SSL_CTX_set_verify(
        ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (t->cfg.bootstrap_ca && access(ca, F_OK)) {
        return NULL; /* Made from the first server's chain. */
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca);
    if (!names || !SSL_CTX_load_verify_locations(ctx, ca, NULL)) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return tls_error_text(ca);
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    check_revocation(ctx);
    return NULL;
}

static char *
fill_ctx(struct tls_context *t, SSL_CTX *ctx)
{
    const struct tls_config *c = &t->cfg;
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE
                              | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                              | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    char *error = set_protocols(ctx, c->protocols);
    if (error) {
        return error;
    }
    if (!SSL_CTX_set_cipher_list(ctx, c->ciphers ? c->ciphers
                                                 : DEFAULT_CIPHERS)) {
        return tls_error_text(c->ciphers);
    }
    if (c->ciphersuites && !SSL_CTX_set_ciphersuites(ctx, c->ciphersuites)) {
        return tls_error_text(c->ciphersuites);
    }
    if (!SSL_CTX_use_certificate_chain_file(ctx, c->certificate)) {
        return tls_error_text(c->certificate);
    }
    if (!SSL_CTX_use_PrivateKey_file(ctx, c->private_key,
                                     SSL_FILETYPE_PEM)
        || !SSL_CTX_check_private_key(ctx)) {
        return tls_error_text(c->private_key);
    }
    check_key_mode(c->private_key);
    error = c->peer_ca_cert ? add_chain(ctx, c->peer_ca_cert) : NULL;
    return error ? error : set_verify(t, ctx);
}

static struct timespec
mtime_of(const char *file)
{
    struct stat st;
    return file && !stat(file, &st) ? st.st_mtim : (struct timespec){ 0 };
}

/* Reads the files if that was not done, or one changed. */
static char *
refresh(struct tls_context *t)
{
    static const char *const options[] = { "--private-key",
                                           "--certificate", "--ca-cert" };
    bool changed = !t->ctx;
    const char *const needed[] = { t->cfg.private_key, t->cfg.certificate,
                                   t->cfg.ca_cert };
    for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
        if (!needed[i]) {
            return xasprintf("%s must be configured to use SSL",
                             options[i]);
        }
    }
    struct timespec mtimes[N_FILES];
    for (int i = 0; i < N_FILES; i++) {
        mtimes[i] = mtime_of(file_of(&t->cfg, i));
        changed |= mtimes[i].tv_sec != t->mtimes[i].tv_sec
                   || mtimes[i].tv_nsec != t->mtimes[i].tv_nsec;
    }
    if (!changed) {
        return NULL;
    }
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    char *error = ctx ? fill_ctx(t, ctx) : tls_error_text("TLS");
    if (error) {
        SSL_CTX_free(ctx);
        return error;
    }
    SSL_CTX_free(t->ctx);
    t->ctx = ctx;
    memcpy(t->mtimes, mtimes, sizeof mtimes);
    return NULL;
}

char *
tls_context_check(struct tls_context *t)
{
    return refresh(t);
}

const char *
tls_context_server_name(const struct tls_context *t)
{
    return t->cfg.server_name;
}

SSL *
tls_context_new_ssl(struct tls_context *t, bool *bootstrapping, char **error)
{
    *bootstrapping = false;
    *error = refresh(t);
    if (*error) {
        return NULL;
    }
    SSL *ssl = SSL_new(t->ctx);
    if (!ssl) {
        *error = tls_error_text("TLS");
        return NULL;
    }
    if (t->cfg.bootstrap_ca && strcmp(t->cfg.ca_cert, "none")
        && access(t->cfg.ca_cert, F_OK)) {
        *bootstrapping = true;
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    }
    return ssl;
}

char *
tls_context_bootstrap(struct tls_context *t, SSL *ssl)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    int n = chain ? sk_X509_num(chain) : 0;
    X509 *ca = n ? sk_X509_value(chain, n - 1) : NULL;
    if (!ca
        || X509_NAME_cmp(X509_get_issuer_name(ca),
                         X509_get_subject_name(ca))) {
        return xstrdup("could not bootstrap CA cert: the peer's chain ends "
                       "with no self-signed certificate");
    }
    int fd = open(t->cfg.ca_cert, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  0444);
    if (fd < 0) {
        return xasprintf("could not bootstrap CA cert: creating %s failed: "
                         "%s", t->cfg.ca_cert, strerror(errno));
    }
    FILE *f = fdopen(fd, "w");
    bool ok = f && PEM_write_X509(f, ca);
    if (!f || fclose(f) || !ok) {
        unlink(t->cfg.ca_cert);
        return xasprintf("could not bootstrap CA cert: writing %s failed",
                         t->cfg.ca_cert);
    }
    log_info("successfully bootstrapped CA cert to %s", t->cfg.ca_cert);
    return xasprintf("bootstrapped CA cert to %s; connecting again",
                     t->cfg.ca_cert);
}
