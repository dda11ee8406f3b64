/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: which version two sides agree on, what they refuse, and two
 * channels over memory and Unix streams that speak to each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/io/listen.h"
#include "lib/io/loop.h"
#include "lib/openflow/channel.h"

/* The pure machine. */

static enum ofp_conn_event
feed(struct ofp_conn *c, const char *hex, struct ofm **m)
{
    unsigned int x;
    for (; sscanf(hex, "%2x", &x) == 1; hex += 2) {
        uint8_t byte = (uint8_t)x;
        ofp_conn_feed(c, &byte, 1);
    }
    return ofp_conn_next(c, m);
}

static void
test_versions(void **state)
{
    (void)state;
    static const struct {
        uint32_t ours;
        const char *hello; /* Theirs. */
        uint8_t version;   /* 0: none in common. */
    } cases[] = {
        { 0x12, "0100000800000001", 1 },
        { 0x12, "0400000800000001", 4 },
        { 0x12, "0600000800000001", 4 },         /* All up to 1.5. */
        { 0x12, "060000100000000100010008" "00000072", 4 },
        { 0x12, "060000100000000100010008" "00000062", 1 },
        { 0x12, "060000100000000100010008" "00000060", 0 },
        { 0x02, "040000100000000100010008" "00000010", 0 },
        { 0x10, "0300000800000001", 0 },
        { 0x12, "ff00000800000001", 4 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ofp_conn c;
        struct ofm *m;
        ofp_conn_init(&c, cases[i].ours);
        ofp_conn_start(&c);
        buf_clear(&c.tx);
        enum ofp_conn_event ev = feed(&c, cases[i].hello, &m);
        assert_int_equal(ev, cases[i].version ? OFP_CONN_READY
                                              : OFP_CONN_FAILED);
        assert_int_equal(c.version, cases[i].version);
        if (!cases[i].version) {
            assert_non_null(strstr(c.error, "version negotiation failed"));
            assert_int_equal(ofm_decode(c.tx.data, c.tx.len, 0, &m),
                             OFPERR_OK);
            assert_int_equal(m->type, OFM_ERROR);
            assert_int_equal(m->error.err, OFPERR_OFPHFC_INCOMPATIBLE);
            ofm_destroy(m);
        }
        ofp_conn_fini(&c);
    }
}

static void
test_framing(void **state)
{
    (void)state;
    static const struct {
        const char *bytes; /* After a hello of 1.0. */
        enum ofp_conn_event event;
    } cases[] = {
        { "0105000400000001", OFP_CONN_FAILED },  /* Length below 8. */
        { "0405000800000001", OFP_CONN_FAILED },  /* Another version. */
        { "01050008000000", OFP_CONN_NONE },      /* Not all here yet. */
        { "0105000800000001", OFP_CONN_MESSAGE },
        { "0163000800000001", OFP_CONN_NONE },    /* Unknown: answered. */
        { "0102000800000001", OFP_CONN_NONE },    /* Echo: answered. */
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ofp_conn c;
        struct ofm *m;
        ofp_conn_init(&c, 0x12);
        ofp_conn_start(&c);
        assert_int_equal(feed(&c, "0100000800000001", &m), OFP_CONN_READY);
        assert_int_equal(feed(&c, cases[i].bytes, &m), cases[i].event);
        ofm_destroy(m);
        ofp_conn_fini(&c);
    }
}

/* Two channels. */

struct side {
    struct channel *ch;
    bool ready, down;
    size_t n_messages;
    enum ofm_type last;
};

static void
on_ready(struct channel *ch, void *side)
{
    (void)ch;
    ((struct side *)side)->ready = true;
}

static void
on_message(struct channel *ch, struct ofm **m, void *side_)
{
    struct side *side = side_;
    side->n_messages++;
    side->last = (*m)->type;
    if ((*m)->type == OFM_BARRIER_REQUEST) {
        struct ofm reply;
        ofm_init(&reply, OFM_BARRIER_REPLY);
        reply.xid = (*m)->xid;
        channel_send(ch, &reply);
    }
}

static void
on_down(struct channel *ch, const char *why, void *side_)
{
    struct side *side = side_;
    (void)ch;
    (void)why;
    side->down = true;
    side->ch = NULL;
}

static const struct channel_ops ops = { on_ready, on_message, on_down, NULL };

struct server {
    struct side side;
    struct loop *loop;
};

static void
on_accept(void *server_, struct stream *s)
{
    struct server *server = server_;
    struct channel_opts opts = { .versions = 0x12 };
    assert_null(server->side.ch);
    server->side.ch = channel_accept(server->loop, s, &opts, &ops,
                                     &server->side);
}

static void
test_channels(void **state)
{
    (void)state;
    struct server server = { .loop = loop_create() };
    struct loop *loop = server.loop;
    char *path = xasprintf("/tmp/test_channel.%d", (int)getpid());
    char *passive = xasprintf("punix:%s", path);
    char *active = xasprintf("unix:%s", path);
    struct listener *l;
    char *error;
    assert_int_equal(listener_open(loop, passive, 0, on_accept, &server, &l),
                     0);
    struct channel_block *b = channel_block_open_on(loop, active, 0x12, NULL,
                                                    5000, &error);
    assert_non_null(b);
    assert_int_equal(channel_block_version(b), OFP13_VERSION);

    struct ofm m, *reply;
    ofm_init(&m, OFM_ECHO_REQUEST);
    assert_int_equal(channel_block_transact(b, &m, &reply), 0);
    assert_int_equal(reply->type, OFM_ECHO_REPLY);
    ofm_destroy(reply);

    ofm_init(&m, OFM_FLOW_MOD);
    m.flow_mod.f.table_id = 0;
    assert_int_equal(channel_block_transact_noreply(b, &m, &reply), 0);
    assert_null(reply);
    assert_true(server.side.ready);
    assert_int_equal(server.side.n_messages, 2);
    assert_int_equal(server.side.last, OFM_BARRIER_REQUEST);

    channel_block_close(b);
    for (int i = 0; i < 50 && !server.side.down; i++) {
        loop_run_for(loop, 20);
    }
    assert_true(server.side.down);
    listener_close(&l);
    loop_destroy(&loop);
    free(path);
    free(passive);
    free(active);
}

/* An active channel comes back after its peer went away. */
static void
test_reconnect(void **state)
{
    (void)state;
    struct server server = { .loop = loop_create() };
    struct side client = { .ready = false };
    struct loop *loop = server.loop;
    char *path = xasprintf("/tmp/test_channel_r.%d", (int)getpid());
    char *passive = xasprintf("punix:%s", path);
    char *active = xasprintf("unix:%s", path);
    struct channel_opts opts = { .versions = 0x12, .min_backoff_ms = 100,
                                 .max_backoff_ms = 100 };
    struct listener *l;
    char *error;
    assert_int_equal(listener_open(loop, passive, 0, on_accept, &server, &l),
                     0);
    struct channel *ch = channel_open(loop, active, &opts, &ops, &client,
                                      &error);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 200 && !(client.ready && server.side.ready);
             i++) {
            loop_run_for(loop, 20);
        }
        assert_true(client.ready && server.side.ready);
        assert_string_equal(channel_state_name(ch), "ACTIVE");
        client.ready = server.side.ready = client.down = false;
        channel_close(server.side.ch);
        server.side.ch = NULL;
        for (int i = 0; i < 200 && !client.down; i++) {
            loop_run_for(loop, 20);
        }
        assert_true(client.down);
    }
    channel_close(ch);
    channel_close(server.side.ch);
    listener_close(&l);
    loop_destroy(&loop);
    free(path);
    free(passive);
    free(active);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions), cmocka_unit_test(test_framing),
        cmocka_unit_test(test_channels), cmocka_unit_test(test_reconnect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
