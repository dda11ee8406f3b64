/* SPDX-License-Identifier: Apache-2.0 */
/* datapath/port: memory and dummy ports, and what port_tx() resolves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "datapath/port/port.h"
#include "lib/base/mem.h"
#include "lib/flow/compose.h"
#include "lib/io/pcapfile.h"
#include "lib/packet/csum.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

static struct port *
open_with(const char *type, const char *name, const char *options[][2])
{
    struct smap map;
    struct port *p;
    char *error;
    smap_init(&map);
    for (int i = 0; options && options[i][0]; i++) {
        smap_set(&map, options[i][0], options[i][1]);
    }
    struct port_cfg cfg = { .name = name, .type = type, .options = &map };
    if (port_open(&cfg, &p, &error)) {
        fail_msg("%s", error);
    }
    smap_fini(&map);
    return p;
}

static struct packet
tcp_frame(size_t len)
{
    struct flow f = { .dl_type = BE16(ETH_TYPE_IPV4),
                      .nw_src = BE32(0x0a000001),
                      .nw_dst = BE32(0x0a000002),
                      .nw_proto = IP_PROTO_TCP,
                      .nw_ttl = 64,
                      .tcp_flags = BE16(TCP_ACK) };
    struct packet p;
    assert_true(flow_compose(&f, len, &p));
    return p;
}

/* Leaves the checksum to whoever sends the frame, as a guest would. */
static void
make_partial(struct packet *p)
{
    uint8_t *l3 = p->data + p->l3_ofs;
    uint64_t sum = csum_add_pseudo4(0, l3 + 12, l3 + 16, IP_PROTO_TCP,
                                    (uint32_t)packet_l4_len(p));
    p->flags |= PACKET_CSUM_PARTIAL;
    p->csum_start = p->l4_ofs;
    p->csum_offset = TCP_CSUM_OFS;
    put_unaligned_be16(p->data + p->l4_ofs + TCP_CSUM_OFS, csum_fold(sum));
}

static void
test_types(void **state UNUSED)
{
    struct port_cfg cfg = { .name = "p1", .type = "nosuch" };
    struct port *p;
    char *error;
    assert_int_equal(port_open(&cfg, &p, &error), -EAFNOSUPPORT);
    assert_string_equal(error, "p1: unknown interface type nosuch");
    free(error);
    assert_null(port_ops_for_type("dummy"));
    port_dummy_enable(PORT_DUMMY_TYPES);
    assert_non_null(port_ops_for_type("dummy"));
    assert_string_equal(port_ops_for_type("")->type, "system");
    assert_string_equal(port_ops_for_type("system")->driver, "afpacket");
    port_dummy_enable(PORT_DUMMY_OVERRIDE);
    assert_string_equal(port_ops_for_type("system")->driver, "dummy");
    assert_string_equal(port_ops_for_type("internal")->type,
                        "dummy-internal");
    assert_string_equal(port_ops_for_type("mem")->driver, "mem");
    port_dummy_enable(PORT_DUMMY_TYPES);
    const char **types = port_types();
    for (int i = 0; types[i] && types[i + 1]; i++) {
        assert_true(strcmp(types[i], types[i + 1]) < 0);
    }
    free(types);
}

static void
test_no_device(void **state UNUSED)
{
    struct port_cfg cfg = { .name = "nosuchdev0", .type = "system" };
    struct port *p;
    char *error;
    assert_int_equal(port_open(&cfg, &p, &error), -ENODEV);
    assert_string_equal(
        error, "could not open network device nosuchdev0 (No such device)");
    free(error);
    cfg.type = "dpdk";
    assert_true(port_open(&cfg, &p, &error) < 0);
    free(error);
}

static void
test_mem(void **state UNUSED)
{
    struct port *m = open_with("mem", "m", NULL);
    struct packet p = tcp_frame(100);
    struct packet pkts[BURST_MAX];
    struct port_stats s;
    port_mem_push(m, &p);
    assert_int_equal(port_rx(m, 0, pkts), 1);
    assert_memory_equal(pkts[0].data, p.data, p.len);
    packet_free(&pkts[0]);
    assert_int_equal(port_rx(m, 0, pkts), 0);
    assert_int_equal(port_tx(m, 0, &p, 1), 1);
    struct packet out;
    assert_true(port_mem_take(m, &out));
    assert_false(port_mem_take(m, &p));
    packet_free(&out);
    m->ops->get_stats(m, &s);
    assert_int_equal(s.rx_packets, 1);
    assert_int_equal(s.tx_bytes, 100);
    port_close(&m);
    assert_null(m);
}

/* A port that carries nothing gets segments with whole checksums. */
static void
test_tx_segments(void **state UNUSED)
{
    struct port *m = open_with("mem", "m", NULL);
    m->mtu = 1500;
    struct packet in[2] = { tcp_frame(30000), tcp_frame(200) };
    make_partial(&in[0]);
    make_partial(&in[1]);
    in[0].gso_type = PACKET_GSO_TCPV4;
    in[0].gso_size = 1448;
    assert_int_equal(port_tx(m, 0, in, 2), 2);
    struct packet out;
    size_t n = 0, payload = 0;
    while (port_mem_take(m, &out)) {
        packet_parse(&out);
        assert_true(packet_verify_csum(&out));
        assert_false(out.flags & PACKET_CSUM_PARTIAL);
        assert_int_equal(out.gso_type, PACKET_GSO_NONE);
        payload += out.len - 54;
        n++;
        packet_free(&out);
    }
    assert_int_equal(payload, 30000 - 54 + 200 - 54);
    assert_int_equal(n, DIV_ROUND_UP(30000 - 54, 1448) + 1);
    port_close(&m);
}

static void
test_tx_carries(void **state UNUSED)
{
    const char *options[][2] = { { "carries_gso", "true" }, { NULL, NULL } };
    struct port *m = open_with("mem", "m", options);
    m->mtu = 1500;
    struct packet in = tcp_frame(30000);
    make_partial(&in);
    in.gso_type = PACKET_GSO_TCPV4;
    in.gso_size = 1448;
    assert_int_equal(port_tx(m, 0, &in, 1), 1);
    /* Its segments would be too long: the whole is dropped. */
    struct packet jumbo = tcp_frame(30000);
    make_partial(&jumbo);
    jumbo.gso_type = PACKET_GSO_TCPV4;
    jumbo.gso_size = 8948;
    assert_int_equal(port_tx(m, 0, &jumbo, 1), 0);
    struct packet out;
    assert_true(port_mem_take(m, &out));
    assert_int_equal(out.len, 30000);
    assert_int_equal(out.gso_size, 1448);
    assert_true(out.flags & PACKET_CSUM_PARTIAL);
    packet_free(&out);
    port_close(&m);
}

static void
test_tx_too_big(void **state UNUSED)
{
    struct port *m = open_with("mem", "m", NULL);
    m->mtu = 1500;
    struct packet in[3] = { tcp_frame(1518), tcp_frame(1519),
                            tcp_frame(60) };
    assert_int_equal(port_tx(m, 0, in, 3), 2);
    struct port_stats s;
    m->ops->get_stats(m, &s);
    assert_int_equal(s.tx_packets, 2);
    assert_int_equal(s.tx_dropped, 1);
    port_close(&m);
}

/* Buffers that somebody holds. */
static size_t
n_held(void)
{
    struct packet_heap_info i;
    packet_heap_get_info(&i);
    return i.n_small + i.n_large - i.n_small_free - i.n_large_free
           - i.n_small_mine - i.n_large_mine;
}

/* The pool runs dry at any point of the segmentation: the frame counts as
 * dropped, what was cut off before goes out, nothing is lost. */
static void
test_tx_no_buffers(void **state UNUSED)
{
    struct port *m = open_with("mem", "m", NULL);
    m->mtu = 1500;
    size_t before = n_held();
    for (long fail_at = 0; fail_at < 8; fail_at++) {
        struct packet in = tcp_frame(8000), out;
        make_partial(&in);
        in.gso_type = PACKET_GSO_TCPV4;
        in.gso_size = 1448;
        packet_test_fail_after(fail_at);
        unsigned int n_sent = port_tx(m, 0, &in, 1);
        packet_test_fail_after(-1);
        long n_out = 0;
        while (port_mem_take(m, &out)) {
            n_out++;
            packet_free(&out);
        }
        assert_int_equal(n_out, MIN(fail_at, 6));
        assert_int_equal(n_sent, fail_at >= 6);
        assert_int_equal(n_held(), before);
    }
    struct port_stats s;
    m->ops->get_stats(m, &s);
    assert_int_equal(s.tx_dropped, 6);
    port_close(&m);
}

static bool
is_readable(const struct port *p, int timeout_ms)
{
    struct pollfd fd = { .fd = p->ops->rxq_fd(p, 0), .events = POLLIN };
    return poll(&fd, 1, timeout_ms) == 1;
}

static void
check_pcap(const char *path, unsigned int n_frames, size_t len)
{
    struct pcap_file *f;
    const uint8_t *data;
    size_t got;
    assert_int_equal(pcap_file_open_read(path, &f, NULL), 0);
    for (unsigned int i = 0; i < n_frames; i++) {
        assert_int_equal(pcap_file_read(f, &data, &got, NULL), 1);
        assert_int_equal(got, len);
    }
    assert_int_equal(pcap_file_read(f, &data, &got, NULL), 0);
    pcap_file_close(&f);
}

static void
test_dummy(void **state UNUSED)
{
    char dir[] = "/tmp/test_port.XXXXXX";
    char rx[64], tx[64];
    assert_non_null(mkdtemp(dir));
    snprintf(rx, sizeof rx, "%s/rx.pcap", dir);
    snprintf(tx, sizeof tx, "%s/tx.pcap", dir);
    const char *options[][2] = { { "rxq_pcap", rx },
                                 { "tx_pcap", tx },
                                 { "ifindex", "7" },
                                 { NULL, NULL } };
    struct port *d = open_with("dummy", "d1", options);
    struct packet pkts[BURST_MAX], p = tcp_frame(77);
    struct port_status status;
    assert_true(port_is_dummy(d));
    assert_false(is_readable(d, 0));
    assert_int_equal(port_dummy_receive(d, p.data, p.len), 0);
    assert_int_equal(port_dummy_receive(d, p.data, p.len), 0);
    assert_int_equal(port_dummy_receive(d, p.data, 0), -EINVAL);
    assert_true(is_readable(d, 0));
    assert_int_equal(port_rx(d, 0, pkts), 2);
    assert_false(is_readable(d, 0));
    packet_free(&pkts[1]);
    assert_int_equal(port_tx(d, 0, pkts, 1), 1);
    d->ops->get_status(d, &status);
    assert_true(status.is_admin_up && status.is_link_up);
    assert_int_equal(status.ifindex, 7);
    assert_int_equal(status.mtu, 1500);
    assert_int_equal(eth_addr_to_u64(status.mac) >> 16, 0xaa55aa55);
    assert_int_equal(port_dummy_set_admin(d, false), 0);
    d->ops->get_status(d, &status);
    assert_false(status.is_admin_up);
    port_close(&d);
    check_pcap(rx, 2, 77);
    check_pcap(tx, 1, 77);
    unlink(rx);
    unlink(tx);
    rmdir(dir);
    packet_free(&p);
}

/* Polls 'p' until a frame of 'len' bytes comes, for two seconds at most. */
static void
expect_frame(struct port *p, struct port *other, size_t len)
{
    struct packet pkts[BURST_MAX];
    for (int i = 0; i < 2000; i++) {
        unsigned int n = port_rx(p, 0, pkts);
        if (n) {
            assert_int_equal(n, 1);
            assert_int_equal(pkts[0].len, len);
            packet_free(&pkts[0]);
            return;
        }
        assert_int_equal(port_rx(other, 0, pkts), 0);
        is_readable(p, 1);
    }
    fail_msg("%s: no frame came", p->name);
}

static void
test_dummy_stream(void **state UNUSED)
{
    char dir[] = "/tmp/test_port.XXXXXX";
    char active[64], passive[64];
    assert_non_null(mkdtemp(dir));
    snprintf(active, sizeof active, "unix:%s/s", dir);
    snprintf(passive, sizeof passive, "punix:%s/s", dir);
    const char *a_options[][2] = { { "stream", active }, { NULL, NULL } };
    const char *b_options[][2] = { { "pstream", passive }, { NULL, NULL } };
    struct port *b = open_with("dummy", "b", b_options);
    struct port *a = open_with("dummy", "a", a_options);
    struct packet pkts[BURST_MAX];
    assert_int_equal(port_dummy_conn_state(a), PORT_DUMMY_CONN_UP);
    assert_int_equal(port_rx(b, 0, pkts), 0); /* Accepts. */
    static const size_t lens[] = { 60, 1500, 1 + 14 };
    for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
        struct packet p = tcp_frame(MAX(lens[i], (size_t)54));
        p.len = (uint32_t)lens[i];
        assert_int_equal(port_tx(i % 2 ? a : b, 0, &p, 1), 1);
        expect_frame(i % 2 ? b : a, i % 2 ? a : b, lens[i]);
    }
    /* The passive side goes and comes back; the active one finds it. */
    port_close(&b);
    assert_int_equal(port_rx(a, 0, pkts), 0);
    assert_int_equal(port_dummy_conn_state(a), PORT_DUMMY_CONN_DOWN);
    b = open_with("dummy", "b", b_options);
    for (int i = 0; i < 30; i++) {
        if (port_dummy_conn_state(a) == PORT_DUMMY_CONN_UP) {
            break;
        }
        is_readable(a, 100);
        assert_int_equal(port_rx(a, 0, pkts), 0);
    }
    assert_int_equal(port_rx(b, 0, pkts), 0);
    struct packet p = tcp_frame(90);
    assert_int_equal(port_tx(a, 0, &p, 1), 1);
    expect_frame(b, a, 90);
    port_close(&a);
    port_close(&b);
    rmdir(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),       cmocka_unit_test(test_no_device),
        cmocka_unit_test(test_mem),         cmocka_unit_test(test_tx_segments),
        cmocka_unit_test(test_tx_carries),  cmocka_unit_test(test_tx_too_big),
        cmocka_unit_test(test_tx_no_buffers),
        cmocka_unit_test(test_dummy),       cmocka_unit_test(test_dummy_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
