/* SPDX-License-Identifier: Apache-2.0 */
/* Streams pairwise: the same conversation over tcp, tcp6, unix, a unix path
 * longer than sun_path, tls and memory; then what each kind does alone.
 * Keys and certificates are made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/io/listen.h"
#include "lib/io/stream.h"
#include "lib/io/tls.h"

static char dir[32];

struct end {
    struct stream *s;
    int n_connected, n_closed, n_drained, err;
    struct buf got;
    bool close_on_data;
};

static void
on_connected(void *e_, int err)
{
    struct end *e = e_;
    e->n_connected++;
    e->err = err;
}

static void
on_data(void *e_, const uint8_t *bytes, size_t n)
{
    struct end *e = e_;
    buf_put(&e->got, bytes, n);
    if (e->close_on_data) {
        stream_close(&e->s);
    }
}

static void
on_drained(void *e_)
{
    struct end *e = e_;
    e->n_drained++;
}

static void
on_closed(void *e_, int err)
{
    struct end *e = e_;
    e->n_closed++;
    e->err = err;
}

static const struct stream_callbacks cbs = {
    .connected = on_connected,
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

static void
end_fini(struct end *e)
{
    stream_close(&e->s);
    buf_fini(&e->got);
}

static void
on_accept(void *e_, struct stream *s)
{
    struct end *e = e_;
    assert_null(e->s);
    e->s = s;
    stream_set_callbacks(s, &cbs, e);
}

/* Certificates. */

static EVP_PKEY *
make_key(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char *path = xasprintf("%s/%s-key.pem", dir, name);
    FILE *f = fopen(path, "w");
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL),
                     1);
    fclose(f);
    free(path);
    return key;
}

/* Signs a certificate for 'name' with the issuer's key (NULL: its own). */
static X509 *
make_cert(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), rand());
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME *subject = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer)
                                      : subject);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(
        NULL, NULL, NID_basic_constraints,
        issuer ? "CA:FALSE" : "critical,CA:TRUE");
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    assert_true(X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256())
                > 0);
    char *path = xasprintf("%s/%s-cert.pem", dir, name);
    FILE *f = fopen(path, "w");
    assert_int_equal(PEM_write_X509(f, cert), 1);
    fclose(f);
    free(path);
    return cert;
}

/* CA "ca" with "server" and "client", and a stranger "other" of "ca2". */
static int
make_certificates(void **state UNUSED)
{
    static const char *const names[][3] = { { "ca", "server", "client" },
                                            { "ca2", "other", NULL } };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        EVP_PKEY *ca_key = make_key(names[i][0]);
        X509 *ca = make_cert(names[i][0], ca_key, NULL, NULL);
        for (size_t j = 1; j < 3 && names[i][j]; j++) {
            EVP_PKEY *key = make_key(names[i][j]);
            X509_free(make_cert(names[i][j], key, ca, ca_key));
            EVP_PKEY_free(key);
        }
        X509_free(ca);
        EVP_PKEY_free(ca_key);
    }
    return 0;
}

/* A context as "-p NAME-key.pem -c NAME-cert.pem -C CA-cert.pem" gives. */
static struct tls_context *
make_tls(const char *name, const char *ca, bool bootstrap)
{
    struct tls_config c;
    tls_config_init(&c);
    c.private_key = xasprintf("%s/%s-key.pem", dir, name);
    c.certificate = xasprintf("%s/%s-cert.pem", dir, name);
    c.ca_cert = strcmp(ca, "none") ? xasprintf("%s/%s-cert.pem", dir, ca)
                                   : xstrdup(ca);
    c.bootstrap_ca = bootstrap;
    c.peer_ca_cert = xasprintf("%s/ca-cert.pem", dir);
    struct tls_context *t = tls_context_create(&c);
    tls_config_fini(&c);
    return t;
}

/* Runs until '*value' reaches 'want', or 5 s. */
static void
run_until(struct loop *l, const int *value, int want)
{
    int64_t end = clock_real_ms() + 5000;
    while (*value < want && clock_real_ms() < end) {
        loop_run_for(l, 20);
    }
    assert_true(*value >= want);
}

static void
run_until_got(struct loop *l, const struct end *e, size_t n)
{
    int64_t end = clock_real_ms() + 10000;
    while (e->got.len < n && clock_real_ms() < end) {
        loop_run_for(l, 20);
    }
    assert_int_equal(e->got.len, n);
}

struct pair {
    struct loop *l;
    struct listener *ln;
    struct end a, b; /* Client and server. */
};

/* Connects both ends over 'kind'. */
static void
pair_open(struct pair *p, const char *passive, const char *active)
{
    memset(p, 0, sizeof *p);
    p->l = loop_create();
    loop_set_tls(p->l, make_tls("server", "ca", false));
    if (!passive) {
        stream_mem_pair(p->l, &p->a.s, &p->b.s);
        stream_set_callbacks(p->a.s, &cbs, &p->a);
        stream_set_callbacks(p->b.s, &cbs, &p->b);
    } else {
        assert_int_equal(listener_open(p->l, passive, 0, on_accept, &p->b,
                                       &p->ln), 0);
        char *name = listener_port(p->ln)
                         ? xasprintf("%s:%u", active, listener_port(p->ln))
                         : xstrdup(active);
        assert_int_equal(stream_open(p->l, name, 0, &cbs, &p->a, &p->a.s),
                         0);
        free(name);
    }
}

static void
pair_close(struct pair *p)
{
    end_fini(&p->a);
    end_fini(&p->b);
    listener_close(&p->ln);
    loop_destroy(&p->l);
}

/* Sends the bytes in a few parts, of which one is shared. */
static void
send_parts(struct stream *s, const uint8_t *bytes, size_t n)
{
    struct str text = STR_INIT;
    str_put_n(&text, (const char *)bytes + n / 4, n / 2);
    struct blob *b = blob_take_str(&text);
    struct stream_part parts[] = {
        { .bytes = bytes, .len = n / 4 },
        { .blob = b, .len = b->len },
        { .bytes = bytes + n / 4 + n / 2, .len = n - n / 4 - n / 2 },
    };
    assert_int_equal(stream_send_parts(s, parts, ARRAY_SIZE(parts)), 0);
    blob_unref(&b); /* The queue has its own reference. */
}

/* Both ways at once more than buffers hold, in pieces of random size. */
static void
talk(struct pair *p)
{
    struct rng r;
    struct buf text = BUF_INIT;
    rng_seed(&r, 7);
    for (int i = 0; i < 400000; i++) {
        buf_put_be64(&text, rng_u64(&r));
    }
    assert_false(stream_is_connected(p->a.s));
    for (size_t off = 0; off < text.len;) {
        size_t n = MIN(1 + rng_below(&r, 100000), text.len - off);
        if (rng_below(&r, 2)) {
            send_parts(p->a.s, text.data + off, n);
        } else {
            assert_int_equal(stream_send(p->a.s, text.data + off, n), 0);
        }
        off += n;
    }
    assert_int_equal(stream_queued(p->a.s), text.len);
    run_until(p->l, &p->a.n_connected, 1);
    run_until(p->l, &p->b.n_connected, 1);
    assert_int_equal(p->a.err, 0);
    assert_true(stream_is_connected(p->a.s));
    assert_int_equal(stream_send(p->b.s, text.data, text.len), 0);
    run_until_got(p->l, &p->b, text.len);
    run_until_got(p->l, &p->a, text.len);
    assert_memory_equal(p->a.got.data, text.data, text.len);
    assert_memory_equal(p->b.got.data, text.data, text.len);
    assert_int_equal(p->a.n_drained, 1);
    uint64_t rx, tx;
    stream_counts(p->a.s, &rx, &tx);
    assert_int_equal(rx, text.len);
    assert_int_equal(tx, text.len);

    /* Off means off; on brings what waited. */
    stream_set_reading(p->b.s, false);
    assert_int_equal(stream_send(p->a.s, "more", 4), 0);
    for (int i = 0; i < 10; i++) {
        loop_run_for(p->l, 2);
    }
    assert_int_equal(p->b.got.len, text.len);
    stream_set_reading(p->b.s, true);
    run_until_got(p->l, &p->b, text.len + 4);

    /* Sent and closed: the other gets it all, then the end. */
    buf_clear(&p->b.got);
    assert_int_equal(stream_send(p->a.s, text.data, 100000), 0);
    stream_close_after_send(&p->a.s, 5000);
    assert_null(p->a.s);
    run_until(p->l, &p->b.n_closed, 1);
    assert_int_equal(p->b.err, 0);
    assert_int_equal(p->b.got.len, 100000);
    assert_int_equal(stream_send(p->b.s, "x", 1), -ENOTCONN);
    buf_fini(&text);
}

static void
test_pairs(void **state UNUSED)
{
    char *long_dir = xasprintf("%s/%0100d", dir, 0);
    assert_int_equal(mkdir(long_dir, 0700), 0);
    char *names[][2] = {
        { xstrdup("ptcp:0:127.0.0.1"), xstrdup("tcp:127.0.0.1") },
        { xstrdup("ptcp:0:[::1]"), xstrdup("tcp:[::1]") },
        { xstrdup("ptcp:0"), xstrdup("tcp:localhost") },
        { xasprintf("punix:%s/s", dir), xasprintf("unix:%s/s", dir) },
        { xasprintf("punix:%s/s", long_dir),
          xasprintf("unix:%s/s", long_dir) },
        { xstrdup("punix:rel.sock"), xstrdup("unix:rel.sock") },
        { xstrdup("pssl:0:127.0.0.1"), xstrdup("ssl:127.0.0.1") },
        { NULL, NULL },
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct pair p;
        pair_open(&p, names[i][0], names[i][1]);
        talk(&p);
        if (names[i][0] && strstr(names[i][0], "ssl")) {
            assert_string_equal(stream_peer_cn(p.b.s), "server");
        }
        pair_close(&p);
        free(names[i][0]);
        free(names[i][1]);
    }
    free(long_dir);
    char *rel = xasprintf("%s/rel.sock", dir);
    assert_int_equal(access(rel, F_OK), -1); /* Removed again. */
    free(rel);
}

static void
test_names(void **state UNUSED)
{
    static const struct {
        const char *name;
        bool active, passive;
    } cases[] = {
        { "tcp:127.0.0.1:6640", true, false },
        { "tcp:[::1]", true, false },
        { "ssl:host.example:1", true, false },
        { "unix:/x", true, false },
        { "tcp:", false, false },
        { "tcp::1", false, false },
        { "tcp:a:b", false, false },
        { "unix:", false, false },
        { "ptcp:", false, true },
        { "ptcp:6640:[::1]", false, true },
        { "ptcp::127.0.0.1", false, true },
        { "pssl:1:10.0.0.1", false, true },
        { "ptcp:x", false, false },
        { "ptcp:65536", false, false },
        { "ptcp:1:host.example", false, false },
        { "punix:s", false, true },
        { "udp:1.2.3.4:5", false, false },
        { "", false, false },
    };
    struct loop *l = loop_create();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(stream_name_is_active(cases[i].name),
                         cases[i].active);
        assert_int_equal(stream_name_is_passive(cases[i].name),
                         cases[i].passive);
    }
    struct stream *s;
    struct listener *ln;
    struct end e = { 0 };
    assert_int_equal(stream_open(l, "udp:1", 1, &cbs, &e, &s),
                     -EAFNOSUPPORT);
    assert_int_equal(stream_open(l, "tcp:a:b", 1, &cbs, &e, &s), -EINVAL);
    assert_int_equal(stream_open(l, "ssl:127.0.0.1:1", 1, &cbs, &e, &s),
                     -ENOPROTOOPT);
    assert_int_equal(listener_open(l, "tcp:1", 1, on_accept, &e, &ln),
                     -EAFNOSUPPORT);
    assert_int_equal(listener_open(l, "pssl:0", 1, on_accept, &e, &ln),
                     -ENOPROTOOPT);
    assert_int_equal(listener_open(l, "punix:", 1, on_accept, &e, &ln),
                     -EINVAL);
    loop_destroy(&l);
}

/* Failures come to connected(), once, from the loop. */
static void
test_connect_errors(void **state UNUSED)
{
    static const struct {
        const char *name;
        int err;
    } cases[] = {
        { "tcp:127.0.0.1:1", -ECONNREFUSED },
        { "unix:/nonexistent/sock", -ENOENT },
        { "tcp:no-such-host.invalid:1", 0 }, /* Resolvers differ in words. */
    };
    struct loop *l = loop_create();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct end e = { 0 };
        assert_int_equal(stream_open(l, cases[i].name, 0, &cbs, &e, &e.s),
                         0);
        assert_int_equal(e.n_connected, 0);
        int64_t end = clock_real_ms() + 20000;
        while (!e.n_connected && clock_real_ms() < end) {
            loop_run_for(l, 100);
        }
        assert_int_equal(e.n_connected, 1);
        assert_true(e.err < 0);
        if (cases[i].err) {
            assert_int_equal(e.err, cases[i].err);
        }
        assert_int_equal(stream_send(e.s, "x", 1), -ENOTCONN);
        end_fini(&e);
    }
    loop_destroy(&l);
}

static void
test_limit_and_close_in_callback(void **state UNUSED)
{
    struct pair p;
    pair_open(&p, NULL, NULL);
    stream_set_limit(p.a.s, 10);
    assert_int_equal(stream_send(p.a.s, "0123456789", 11), -ENOBUFS);
    assert_int_equal(stream_send(p.a.s, "0123456789", 10), 0);
    assert_int_equal(stream_send(p.a.s, "x", 1), -ENOBUFS);
    struct stream_part parts[] = { { .bytes = "", .len = 0 },
                                   { .bytes = "y", .len = 1 } };
    assert_int_equal(stream_send_parts(p.a.s, parts, 2), -ENOBUFS);
    assert_int_equal(stream_queued(p.a.s), 10);
    p.b.close_on_data = true;
    run_until(p.l, &p.a.n_closed, 1);
    assert_null(p.b.s);
    pair_close(&p);

    pair_open(&p, "ptcp:0:127.0.0.1", "tcp:127.0.0.1");
    p.b.close_on_data = true;
    assert_int_equal(stream_send(p.a.s, "x", 1), 0);
    run_until(p.l, &p.a.n_closed, 1);
    pair_close(&p);
}

static void
test_mem_faults(void **state UNUSED)
{
    struct pair p;
    pair_open(&p, NULL, NULL);
    stream_mem_set_chunk(p.b.s, 3);
    assert_int_equal(stream_send(p.a.s, "12345678", 8), 0);
    run_until_got(p.l, &p.b, 8);
    stream_mem_break(p.a.s, -EPIPE);
    run_until(p.l, &p.a.n_closed, 1);
    run_until(p.l, &p.b.n_closed, 1);
    assert_int_equal(p.a.err, -EPIPE);
    assert_int_equal(p.b.err, -EPIPE);
    pair_close(&p);
}

static void
test_unix_listener(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct listener *ln, *second;
    struct end e = { 0 };
    struct stat st;
    char *name = xasprintf("punix:%s/u", dir), *path = name + 6;
    mode_t old = umask(027);
    assert_int_equal(listener_open(l, name, 0, on_accept, &e, &ln), 0);
    umask(old);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0750);
    assert_int_equal(listener_open(l, name, 0, on_accept, &e, &second),
                     -EADDRINUSE);
    assert_null(second);
    assert_int_equal(stat(path, &st), 0);
    /* What a daemon left that was killed: bound, but nobody listens. */
    char *moved = xasprintf("%s/moved", dir);
    assert_int_equal(rename(path, moved), 0);
    listener_close(&ln);
    assert_int_equal(rename(moved, path), 0);
    assert_int_equal(listener_open(l, name, 0, on_accept, &e, &ln), 0);
    listener_close(&ln);
    /* A file that is no socket stays. */
    FILE *f = fopen(path, "w");
    fclose(f);
    assert_int_equal(listener_open(l, name, 0, on_accept, &e, &ln),
                     -EEXIST);
    assert_int_equal(unlink(path), 0);
    free(moved);
    free(name);
    loop_destroy(&l);
}

/* Client and server of different loops, so of different contexts. */
static int
tls_meet(struct tls_context *server_tls, struct tls_context *client_tls,
         struct end *client)
{
    struct loop *ls = loop_create(), *lc = loop_create();
    struct listener *ln;
    struct end server = { 0 };
    loop_set_tls(ls, server_tls);
    loop_set_tls(lc, client_tls);
    assert_int_equal(listener_open(ls, "pssl:0:127.0.0.1", 0, on_accept,
                                   &server, &ln), 0);
    char *name = xasprintf("ssl:127.0.0.1:%u", listener_port(ln));
    memset(client, 0, sizeof *client);
    assert_int_equal(stream_open(lc, name, 0, &cbs, client, &client->s), 0);
    int64_t end = clock_real_ms() + 5000;
    while (!(client->n_closed || (client->n_connected && client->err)
             || client->got.len)
           && clock_real_ms() < end) {
        loop_run_for(ls, 5);
        loop_run_for(lc, 5);
        if (server.s && stream_is_connected(server.s)) {
            server.err = stream_send(server.s, "hi", 2);
        }
    }
    int ok = client->got.len > 0;
    if (!ok && client->s && stream_error_text(client->s)) {
        assert_true(strlen(stream_error_text(client->s)) > 0);
    }
    end_fini(&server);
    end_fini(client);
    listener_close(&ln);
    loop_destroy(&ls);
    loop_destroy(&lc);
    free(name);
    return ok;
}

static void
test_tls_checks(void **state UNUSED)
{
    struct end e;
    assert_true(tls_meet(make_tls("server", "ca", false),
                         make_tls("client", "ca", false), &e));
    /* Strangers on either side. */
    assert_false(tls_meet(make_tls("server", "ca", false),
                          make_tls("other", "ca", false), &e));
    assert_false(tls_meet(make_tls("other", "ca", false),
                          make_tls("client", "ca", false), &e));
    assert_false(tls_meet(make_tls("server", "ca", false),
                          make_tls("client", "ca2", false), &e));
    assert_true(tls_meet(make_tls("server", "none", false),
                         make_tls("other", "none", false), &e));
}

static void
test_tls_bootstrap(void **state UNUSED)
{
    struct end e;
    char *path = xasprintf("%s/boot-cert.pem", dir);
    assert_false(tls_meet(make_tls("server", "ca", false),
                          make_tls("client", "boot", true), &e));
    assert_int_equal(access(path, F_OK), 0);
    assert_true(tls_meet(make_tls("server", "ca", false),
                         make_tls("client", "boot", true), &e));
    assert_false(tls_meet(make_tls("other", "ca", false),
                          make_tls("client", "boot", true), &e));
    free(path);
}

static char *
check_config(const char *key, const char *cert, const char *ca,
             const char *protocols)
{
    struct tls_config c;
    tls_config_init(&c);
    c.private_key = key ? xasprintf("%s/%s", dir, key) : NULL;
    c.certificate = cert ? xasprintf("%s/%s", dir, cert) : NULL;
    c.ca_cert = ca ? xasprintf("%s/%s", dir, ca) : NULL;
    c.protocols = xstrdup_null(protocols);
    struct tls_context *t = tls_context_create(&c);
    char *error = tls_context_check(t);
    tls_context_destroy(&t);
    tls_config_fini(&c);
    return error;
}

/* The database may take the keys away while connections are made. */
static void
test_tls_taken_away(void **state UNUSED)
{
    for (int turns = 0; turns < 6; turns++) {
        struct pair p;
        pair_open(&p, "pssl:0:127.0.0.1", "ssl:localhost");
        for (int i = 0; i < turns; i++) {
            loop_run_for(p.l, 5);
        }
        loop_set_tls(p.l, NULL);
        run_until(p.l, &p.a.n_connected, 1);
        pair_close(&p);
    }
}

/* --detach changes to "/" after the options were read. */
static void
test_tls_relative(void **state UNUSED)
{
    struct tls_config c;
    tls_config_init(&c);
    c.private_key = xstrdup("server-key.pem");
    c.certificate = xstrdup("server-cert.pem");
    c.ca_cert = xstrdup("ca-cert.pem");
    assert_int_equal(chdir(dir), 0);
    struct tls_context *t = tls_context_create(&c);
    assert_int_equal(chdir("/"), 0);
    assert_null(tls_context_check(t));
    tls_context_destroy(&t);
    tls_config_fini(&c);
}

static void
test_tls_config(void **state UNUSED)
{
    const char *key = "server-key.pem", *cert = "server-cert.pem",
               *ca = "ca-cert.pem";
    static const struct {
        int which; /* 0 key, 1 certificate, 2 CA, 3 protocols. */
        const char *value, *error; /* Part of it; NULL: fine. */
    } cases[] = {
        { 0, NULL, "--private-key must be configured to use SSL" },
        { 2, NULL, "--ca-cert must be configured to use SSL" },
        { 0, "nosuch.pem", "nosuch.pem: " },
        { 0, "client-key.pem", "client-key.pem: " },
        { 1, "nosuch.pem", "nosuch.pem: No such file or directory" },
        { 2, "nosuch.pem", "nosuch.pem: " },
        { 3, "TLSv1.2,TLSv1.3", NULL },
        { 3, "TLSv1 TLSv1.1 TLSv1.2", NULL },
        { 3, "TLSv1.2+", NULL },
        { 3, "SSLv3", "SSLv3: SSL protocol not recognized" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int w = cases[i].which;
        const char *v = cases[i].value;
        char *error = check_config(w == 0 ? v : key, w == 1 ? v : cert,
                                   w == 2 ? v : ca, w == 3 ? v : NULL);
        if (cases[i].error) {
            assert_non_null(error);
            assert_non_null(strstr(error, cases[i].error));
        } else {
            assert_null(error);
        }
        free(error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_connect_errors),
        cmocka_unit_test(test_limit_and_close_in_callback),
        cmocka_unit_test(test_mem_faults),
        cmocka_unit_test(test_unix_listener),
        cmocka_unit_test(test_tls_checks),
        cmocka_unit_test(test_tls_bootstrap),
        cmocka_unit_test(test_tls_taken_away),
        cmocka_unit_test(test_tls_relative),
        cmocka_unit_test(test_tls_config),
    };
    strcpy(dir, "/tmp/weir-stream.XXXXXX");
    if (!mkdtemp(dir)) {
        return 1;
    }
    setenv("OVS_RUNDIR", dir, 1);
    int failed = cmocka_run_group_tests_name("io_stream", tests,
                                             make_certificates, NULL);
    char *cmd = xasprintf("rm -rf %s", dir);
    failed |= system(cmd);
    free(cmd);
    return failed;
}
