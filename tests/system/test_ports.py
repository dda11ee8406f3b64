# SPDX-License-Identifier: Apache-2.0
"""The port drivers alone: tests/bench/bench_port forwards between two ports,
the rest of the switch stays out."""
import json
import os
import struct
import subprocess

import pytest

import frames

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get('WEIR_BUILD', TOP)
FORWARD = BUILD + '/tests/bench/bench_port'

pytestmark = pytest.mark.weir_only

START = r'''
set -e
mount --make-rprivate /; mount -t sysfs sysfs /sys; mount -t tmpfs t /run
mkdir -p /run/netns
ip link set lo up
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
address() {   # NAMESPACE DEVICE ADDRESS
    ip netns exec $1 sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    ip -n $1 addr add $3/24 dev $2
    ip -n $1 link set $2 up
}
veths() {
    for n in a b; do
        ip link add v$n type veth peer name eth0 netns $n
        sysctl -qw net.ipv6.conf.v$n.disable_ipv6=1
        ip link set v$n up
    done
    address a eth0 10.0.0.1; address b eth0 10.0.0.2
}
forward() {
    $FORWARD "$@" > /run/counters & forwarder=$!
    until grep -q ready /run/counters; do sleep 0.05; done
}
finish() {
    kill $forwarder; wait $forwarder
    tail -n 1 /run/counters > $OUT
}
tcp() {
    ip netns exec b iperf3 -s -1 >/dev/null &
    for i in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.2
        ip netns exec a iperf3 -c 10.0.0.2 -n 200M >/dev/null && return
    done
    false
}
'''


def run(script, tmp_path, **variables):
    """Runs a script in namespaces of its own; returns what finish() left."""
    out = tmp_path / 'counters'
    env = dict(os.environ, FORWARD=FORWARD, OUT=str(out), **variables)
    done = subprocess.run(['unshare', '-m', '-n', 'bash', '-c',
                           START + script], env=env, text=True, timeout=60,
                          capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(out.read_text()) if out.exists() else done.stdout


def check_big_frames(counters, port):
    """TCP of 200 MB went through in GSO frames, none lost by us."""
    one = counters[port]
    assert one['rx_bytes'] > 200e6
    assert one['rx_bytes'] / one['rx_packets'] > 5000
    assert one['rx_errors'] == one['tx_errors'] == 0


def test_veth_tcp(tmp_path):
    counters = run('''
        veths; forward system:va system:vb
        ip netns exec a ping -q -c 2 -i 0.2 10.0.0.2 >/dev/null
        tcp; finish''', tmp_path)
    check_big_frames(counters, 'va')


def test_tap_tcp(tmp_path):
    """Taps go on working after they moved to another namespace."""
    counters = run('''
        forward tap:ta internal:tb
        ip link set ta netns a; ip link set tb netns b
        address a ta 10.0.0.1; address b tb 10.0.0.2
        tcp; finish''', tmp_path)
    check_big_frames(counters, 'ta')


def test_veth_to_tap(tmp_path):
    """Offload state passes from one driver to the other."""
    counters = run('''
        ip link add va type veth peer name eth0 netns a; ip link set va up
        address a eth0 10.0.0.1
        forward system:va tap:tb
        ip link set tb netns b; address b tb 10.0.0.2
        tcp; finish''', tmp_path)
    check_big_frames(counters, 'va')


def test_tags(tmp_path):
    """The kernel takes the outer tag out of a frame; the driver puts it
    back, with its type and priority."""
    tagged = [frames.udp(1, 2, 1, 2, b'one', [(0x8100, 0x6005)]),
              frames.udp(1, 2, 1, 2, b'two', [(0x88a8, 7), (0x8100, 9)]),
              frames.udp(1, 2, 1, 2, b'three')]
    send = ('import socket, sys; s = socket.socket(17, 3); '
            's.bind(("eth0", 0)); '
            '[s.send(bytes.fromhex(f)) for f in sys.argv[1:]]')
    text = run('''
        veths; forward system:va system:vb
        ip netns exec b tcpdump -l -e -n -i eth0 -c 3 udp or vlan \
            > /run/seen 2>/run/says & dump=$!
        until grep -q listening /run/says; do sleep 0.05; done
        ip netns exec a /usr/bin/python3 -c "$SEND" $FRAMES
        wait $dump; cat /run/seen; kill $forwarder''', tmp_path,
               SEND=send, FRAMES=' '.join(f.hex() for f in tagged))
    first, second, third = text.strip().split('\n')
    assert 'vlan 5, p 3, ethertype IPv4' in first
    assert '802.1Q-9100' not in second and 'ethertype 802.1Q-QinQ' in second
    assert 'vlan 7' in second and 'vlan 9' in second
    assert 'vlan' not in third


def pcap(path, packets):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for p in packets:
            f.write(struct.pack('<IIII', 0, 0, len(p), len(p)) + p)


def pcap_frames(path):
    data = path.read_bytes()[24:]
    while data:
        length = struct.unpack('<I', data[8:12])[0]
        yield data[16:16 + length]
        data = data[16 + length:]


def test_dpdk_pcap(tmp_path):
    """What one DPDK port read from a file another wrote to one."""

    sent = [frames.udp(1, 2, i, 80, b'x' * i) for i in range(1, 1001)]
    source, sink = tmp_path / 'in.pcap', tmp_path / 'out.pcap'
    pcap(source, sent)
    device = 'dpdk:{0}:dpdk-devargs=net_pcap_{0},rx_pcap={1},tx_pcap={2}'
    done = subprocess.run(
        [FORWARD, device.format('p0', source, '/dev/null'),
         device.format('p1', source, sink), '2'],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert list(pcap_frames(sink)) == sent


def test_dpdk_errors(tmp_path):
    done = subprocess.run(
        [FORWARD, 'dpdk:p0:dpdk-devargs=net_nosuch0', 'mem:m', '1'],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Error attaching device 'net_nosuch0' to DPDK" in done.stderr
