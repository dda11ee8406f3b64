/* SPDX-License-Identifier: Apache-2.0 */
/* Forwards between two ports, nothing else: what the drivers alone can do.
 *
 *   tests/bench/bench_port TYPE:NAME[:OPTIONS] TYPE:NAME[:OPTIONS] [SECONDS]
 *
 * OPTIONS are OPTION=VALUE;OPTION=VALUE.
 *
 * Says "ready" on standard output once both are open, and at the end (or on
 * SIGTERM) a JSON line with both ports' counters. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "datapath/port/port.h"
#include "lib/base/clock.h"

static volatile sig_atomic_t is_over;

static void
on_signal(int sig UNUSED)
{
    is_over = 1;
}

/* "NAME=VALUE;NAME=VALUE" into 'options'. */
static void
parse_options(char *text, struct smap *options)
{
    char *rest = text;
    for (char *word; (word = strsep(&rest, ";"));) {
        char *value = strchr(word, '=');
        if (value) {
            *value++ = '\0';
            smap_set(options, word, value);
        }
    }
}

static struct port *
open_port(char *arg)
{
    struct smap options;
    struct port *p;
    char *error;
    char *type = strsep(&arg, ":");
    char *name = strsep(&arg, ":");
    if (!name) {
        fprintf(stderr, "%s: not TYPE:NAME[:OPTIONS]\n", type);
        exit(2);
    }
    smap_init(&options);
    if (arg) {
        parse_options(arg, &options);
    }
    struct port_cfg cfg = { .name = name, .type = type, .options = &options };
    if (port_open(&cfg, &p, &error)) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
    smap_fini(&options);
    return p;
}

static unsigned int
move(struct port *from, struct port *to)
{
    struct packet pkts[BURST_MAX];
    unsigned int n = port_rx(from, 0, pkts);
    if (n) {
        port_tx(to, 0, pkts, n);
    }
    return n;
}

static void
print_stats(const struct port *p)
{
    struct port_stats s;
    p->ops->get_stats(p, &s);
    printf("\"%s\":{\"rx_packets\":%lu,\"rx_bytes\":%lu,\"rx_dropped\":%lu,"
           "\"rx_errors\":%lu,\"tx_packets\":%lu,\"tx_bytes\":%lu,"
           "\"tx_dropped\":%lu,\"tx_errors\":%lu}",
           p->name, s.rx_packets, s.rx_bytes, s.rx_dropped, s.rx_errors,
           s.tx_packets, s.tx_bytes, s.tx_dropped, s.tx_errors);
}

int
main(int argc, char *argv[])
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s TYPE:NAME[:OPTIONS] TYPE:NAME[:OPTIONS]"
                        " [SECONDS]\n", argv[0]);
        return 2;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    struct port *ports[2] = { open_port(argv[1]), open_port(argv[2]) };
    int64_t end_ms
        = argc > 3 ? clock_ms() + atol(argv[3]) * 1000 : INT64_MAX;
    printf("ready\n");
    fflush(stdout);
    while (!is_over && clock_ms() < end_ms) {
        unsigned int n = move(ports[0], ports[1]) + move(ports[1], ports[0]);
        struct pollfd fds[2];
        bool can_sleep = !n;
        for (int i = 0; i < 2; i++) {
            fds[i].fd = ports[i]->ops->rxq_fd(ports[i], 0);
            fds[i].events = POLLIN;
            can_sleep &= fds[i].fd >= 0;
        }
        if (can_sleep) {
            poll(fds, 2, 100);
        }
    }
    printf("{");
    print_stats(ports[0]);
    printf(",");
    print_stats(ports[1]);
    printf("}\n");
    port_close(&ports[0]);
    port_close(&ports[1]);
    return 0;
}
