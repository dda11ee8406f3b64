/* SPDX-License-Identifier: Apache-2.0 */
/* TLS on a connected TCP socket, by OpenSSL on the descriptor itself. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/base/mem.h"
#include "lib/io/stream_priv.h"
#include "lib/io/tls_priv.h"

int
stream_tls_init(struct stream *s, bool server)
{
    char *error;
    struct tls_context *t = loop_get_tls(s->loop);
    if (!t) {
        return -ENOPROTOOPT;
    }
    SSL *ssl = tls_context_new_ssl(t, &s->bootstrapping, &error);
    if (!ssl) {
        stream_take_error(s, error);
        return -ENOPROTOOPT;
    }
    s->ssl = ssl;
    if (server) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
    }
    return 0;
}

/* What OpenSSL's answer 'ret' means; '*event' is what to wait for when
 * -EAGAIN. */
static int
tls_result(struct stream *s, int ret, int *event)
{
    int err = errno;
    switch (SSL_get_error(s->ssl, ret)) {
    case SSL_ERROR_WANT_READ:
        *event = LOOP_READ;
        return -EAGAIN;
    case SSL_ERROR_WANT_WRITE:
        *event = LOOP_WRITE;
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        return err ? -err : -ECONNRESET;
    }
    unsigned long code = ERR_peek_error();
    if (ERR_GET_LIB(code) == ERR_LIB_SSL
        && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        /* Closed without the closing alert: peers do so. */
        ERR_clear_error();
        return s->state == STREAM_OPEN ? 0 : -ECONNRESET;
    }
    stream_take_error(s, tls_error_text("TLS"));
    return -EPROTO;
}

static void
set_sni(struct stream *s)
{
    struct addr a;
    const struct tls_context *t = loop_get_tls(s->loop);
    const char *name = t ? tls_context_server_name(t) : NULL;
    if (!name && s->host && !addr_from_host(&a, s->host, 0)) {
        name = s->host;
    }
    if (name) {
        /* SSL_set_tlsext_host_name() without its cast of const. */
        SSL_ctrl(s->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                 TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)name);
    }
}

/* Keeps the common name in the peer's certificate. */
static void
take_peer_cn(struct stream *s)
{
    char cn[256];
    X509 *cert = SSL_get0_peer_certificate(s->ssl);
    if (cert
        && X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
                                     NID_commonName, cn, sizeof cn) > 0) {
        free(s->peer_cn);
        s->peer_cn = xstrdup(cn);
    }
}

static int
tls_handshake(struct stream *s)
{
    SSL *ssl = s->ssl;
    if (SSL_get_fd(ssl) != s->fd) {
        SSL_set_fd(ssl, s->fd);
        if (!s->server) {
            set_sni(s);
        }
    }
    ERR_clear_error();
    errno = 0;
    int ret = SSL_do_handshake(ssl);
    if (ret <= 0) {
        int err = tls_result(s, ret, &s->rx_event);
        return err ? err : -ECONNRESET;
    }
    if (s->bootstrapping) {
        struct tls_context *t = loop_get_tls(s->loop);
        if (!t) {
            return -ENOPROTOOPT; /* Taken away meanwhile. */
        }
        stream_take_error(s, tls_context_bootstrap(t, ssl));
        return -EPROTO;
    }
    take_peer_cn(s);
    return 0;
}

static ssize_t
tls_recv(struct stream *s, void *bytes, size_t n)
{
    s->rx_event = LOOP_READ;
    ERR_clear_error();
    errno = 0;
    int ret = SSL_read(s->ssl, bytes, (int)n);
    return ret > 0 ? ret : tls_result(s, ret, &s->rx_event);
}

static ssize_t
tls_send(struct stream *s, const void *bytes, size_t n)
{
    s->tx_event = LOOP_WRITE;
    ERR_clear_error();
    errno = 0;
    int ret = SSL_write(s->ssl, bytes, (int)MIN(n, (size_t)1 << 30));
    if (ret > 0) {
        return ret;
    }
    int err = tls_result(s, ret, &s->tx_event);
    return err ? err : -EPIPE;
}

static bool
tls_has_more(const struct stream *s)
{
    return s->reading && s->ssl && SSL_pending(s->ssl) > 0;
}

static void
tls_close(struct stream *s)
{
    if (s->ssl) {
        if (s->state == STREAM_OPEN && s->fd >= 0) {
            SSL_shutdown(s->ssl); /* One try; nobody waits for the answer. */
            ERR_clear_error();
        }
        SSL_free(s->ssl);
        s->ssl = NULL;
    }
}

const struct stream_ops stream_tls_ops = {
    .kind = "ssl",
    .handshake = tls_handshake,
    .recv = tls_recv,
    .send = tls_send,
    .has_more = tls_has_more,
    .close = tls_close,
};
