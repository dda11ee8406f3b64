/* SPDX-License-Identifier: Apache-2.0 */
/* What the loop watches beside timers: descriptors, signals, children, and
 * names being resolved. */
#include <netdb.h>
#include <signal.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/io/addr.h"
#include "lib/io/loop_priv.h"

struct loop_fd {
    uv_poll_t poll;
    struct loop *loop;
    void (*fn)(void *aux, int events);
    void *aux;
    int want; /* enum loop_fd_events. */
};

struct loop_signal {
    uv_signal_t sig;
    struct loop *loop;
    void (*fn)(void *aux, int signum);
    void *aux;
};

struct loop_child {
    uv_process_t process;
    struct loop *loop;
    void (*fn)(void *aux, int status);
    void *aux;
};

struct loop_resolve {
    uv_getaddrinfo_t req;
    struct loop *loop;
    void (*fn)(void *aux, int err, const struct addr *, size_t n);
    void *aux;
};

static void
on_poll(uv_poll_t *poll, int status, int events)
{
    struct loop_fd *f = poll->data;
    loop_awake(f->loop);
    int got = 0;
    if (status < 0) {
        /* The reader or writer will find out what is wrong. */
        got = f->want;
    } else {
        got |= events & UV_READABLE ? LOOP_READ : 0;
        got |= events & UV_WRITABLE ? LOOP_WRITE : 0;
    }
    got &= f->want;
    if (got) {
        f->fn(f->aux, got);
    }
}

struct loop_fd *
loop_fd_open(struct loop *l, int fd, void (*fn)(void *, int), void *aux,
             int *err)
{
    struct loop_fd *f = xzalloc(sizeof *f);
    *err = uv_poll_init(&l->uv, &f->poll, fd);
    if (*err) {
        free(f);
        return NULL;
    }
    f->poll.data = f;
    f->loop = l;
    f->fn = fn;
    f->aux = aux;
    return f;
}

void
loop_fd_want(struct loop_fd *f, int events)
{
    if (f->want == events) {
        return;
    }
    f->want = events;
    int uv = (events & LOOP_READ ? UV_READABLE : 0)
             | (events & LOOP_WRITE ? UV_WRITABLE : 0);
    if (uv) {
        uv_poll_start(&f->poll, uv, on_poll);
    } else {
        uv_poll_stop(&f->poll);
    }
}

static void
free_handle_data(uv_handle_t *h)
{
    free(h->data);
}

void
loop_fd_close(struct loop_fd **fp)
{
    struct loop_fd *f = *fp;
    if (f) {
        *fp = NULL;
        uv_close((uv_handle_t *)&f->poll, free_handle_data);
    }
}

static void
on_signal(uv_signal_t *sig, int signum)
{
    struct loop_signal *s = sig->data;
    loop_awake(s->loop);
    s->fn(s->aux, signum);
}

struct loop_signal *
loop_signal_open(struct loop *l, int signum, void (*fn)(void *, int),
                 void *aux)
{
    struct loop_signal *s = xzalloc(sizeof *s);
    s->sig.data = s;
    s->loop = l;
    s->fn = fn;
    s->aux = aux;
    int err = uv_signal_init(&l->uv, &s->sig);
    ASSERT(!err);
    err = uv_signal_start(&s->sig, on_signal, signum);
    ASSERT(!err);
    return s;
}

void
loop_signal_close(struct loop_signal **sp)
{
    struct loop_signal *s = *sp;
    if (s) {
        *sp = NULL;
        uv_close((uv_handle_t *)&s->sig, free_handle_data);
    }
}

static void
on_child_exit(uv_process_t *process, int64_t status, int signum)
{
    struct loop_child *c = process->data;
    loop_awake(c->loop);
    if (c->fn) {
        c->fn(c->aux, signum ? 128 + signum : (int)status);
    }
    uv_close((uv_handle_t *)process, free_handle_data);
}

int
loop_spawn(struct loop *l, char *const argv[], void (*fn)(void *, int),
           void *aux)
{
    struct loop_child *c = xzalloc(sizeof *c);
    uv_stdio_container_t io[3] = {
        { .flags = UV_IGNORE },
        { .flags = UV_INHERIT_FD, .data.fd = 1 },
        { .flags = UV_INHERIT_FD, .data.fd = 2 },
    };
    char **args = (char **)(uintptr_t)argv;
    uv_process_options_t opts = {
        .exit_cb = on_child_exit,
        .file = args[0],
        .args = args,
        .stdio = io,
        .stdio_count = 3,
    };
    c->process.data = c;
    c->loop = l;
    c->fn = fn;
    c->aux = aux;
    int err = uv_spawn(&l->uv, &c->process, &opts);
    if (err) {
        uv_close((uv_handle_t *)&c->process, free_handle_data);
    }
    return err;
}

/* getaddrinfo()'s reasons as the nearest errno. */
static int
resolve_errno(int status)
{
    switch (status) {
    case UV_EAI_NONAME:
    case UV_EAI_NODATA:
        return -ENOENT;
    case UV_EAI_AGAIN:
        return -EAGAIN;
    case UV_EAI_MEMORY:
    case UV_ENOMEM:
        return -ENOMEM;
    }
    return -EHOSTUNREACH;
}

static void
on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
    struct loop_resolve *r = req->data;
    struct addr addrs[RESOLVE_ADDRS_MAX];
    size_t n = 0;

    loop_awake(r->loop);
    for (struct addrinfo *ai = res; ai && n < RESOLVE_ADDRS_MAX;
         ai = ai->ai_next) {
        if (ai->ai_addrlen <= sizeof addrs[n]) {
            memset(&addrs[n], 0, sizeof addrs[n]);
            memcpy(&addrs[n], ai->ai_addr, ai->ai_addrlen);
            n++;
        }
    }
    uv_freeaddrinfo(res);
    if (r->fn) {
        int err = status ? resolve_errno(status) : n ? 0 : -ENOENT;
        r->fn(r->aux, err, addrs, n);
    }
    r->loop->n_work--;
    free(r);
}

struct loop_resolve *
loop_resolve(struct loop *l, const char *host, uint16_t port,
             void (*fn)(void *, int, const struct addr *, size_t), void *aux)
{
    struct loop_resolve *r = xzalloc(sizeof *r);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICSERV };
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    r->req.data = r;
    r->loop = l;
    r->fn = fn;
    r->aux = aux;
    l->n_work++;
    int err = uv_getaddrinfo(&l->uv, &r->req, on_resolved, host, service,
                             &hints);
    ASSERT(!err || err == UV_ENOMEM || err == UV_EINVAL
           || err == UV_ENAMETOOLONG);
    if (err) {
        l->n_work--;
        free(r);
        return NULL;
    }
    return r;
}

void
loop_resolve_cancel(struct loop_resolve **rp)
{
    struct loop_resolve *r = *rp;
    if (r) {
        *rp = NULL;
        r->fn = NULL; /* Frees itself when the helper thread is done. */
        uv_cancel((uv_req_t *)&r->req);
    }
}
