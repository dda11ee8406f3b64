# SPDX-License-Identifier: Apache-2.0
"""Four hosts on one learning switch."""
import json
import re
import time

import pytest

from lab import wait_until

pytestmark = pytest.mark.lab('--ports', '4')
ALL = (1, 2, 3, 4)


def test_all_hosts_ping_and_their_macs_are_learned(lab):
    lab.all_ping(ALL)
    numbers = {i: lab.vsctl(f'get interface vm{i} ofport') for i in ALL}
    lines = lab.appctl('fdb/show br0').splitlines()
    assert lines[0].split() == ['port', 'VLAN', 'MAC', 'Age']
    learned = {words[2]: (words[0], words[1])
               for words in map(str.split, lines[1:])}
    for i in ALL:
        assert learned[f'02:00:00:00:00:{i:02x}'] == (numbers[i], '0')


def test_flushed_macs_are_gone(lab):
    lab.ping(1, 2)
    assert '02:00:00:00:00:01' in lab.appctl('fdb/show br0')
    time.sleep(1.5)     # No packet may be under way.
    lab.appctl('fdb/flush br0')
    assert '02:00:00:00:00:01' not in lab.appctl('fdb/show br0')
    assert lab.ping(1, 2) == 3


def test_tcp_moves_between_hosts_with_offloads_on(lab):
    if not lab.peer:
        for i in (1, 2):
            features = lab.out(lab.vm(i, 'ethtool -k eth0'))
            assert 'tx-checksumming: on' in features
            assert 'tcp-segmentation-offload: on' in features
    server = lab.start(lab.vm(2, 'iperf3 -s -1'))
    wait_until(lambda: ':5201' in lab.out(lab.vm(2, 'ss -ltn')))
    report = json.loads(lab.out(lab.vm(
        1, 'iperf3 -c 10.0.0.2 -t 2 -J'), timeout=30))
    server.wait(10)
    rate = report['end']['sum_received']['bits_per_second']
    assert rate > 50e6, f'{rate / 1e6:.0f} Mbit/s'


def test_udp_and_ipv6_pass(lab):
    address = wait_until(lambda: re.search(
        r'inet6 (fe80\S+)/64 scope link *$',
        lab.out(lab.vm(2, 'ip -6 addr show dev eth0')), re.M))
    target = address.group(1)
    assert wait_until(lambda: not lab.run(lab.vm(
        1, f'ping -6 -n -c 1 -W 1 {target}%eth0'), ok=False).returncode)


def test_statistics_count_the_pings_exactly(lab):
    for i in (1, 2):    # No other packets than ours.
        lab.run(lab.vm(i, 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1'))
    lab.ping(1, 2)
    time.sleep(6)       # ARP settles; the column is written every 5 s.
    before = port_packets(lab, 'vm1')
    assert lab.ping(1, 2, count=10) == 10
    after = port_packets(lab, 'vm1')
    for way in range(2):
        assert 10 <= after[way] - before[way] <= 14    # And some ARP.


def port_packets(lab, port):
    text = lab.ofctl(f'dump-ports br0 {port}')
    return [int(n) for n in re.findall(r'[rt]x pkts=(\d+)', text)]


def test_idle_lab_uses_under_two_percent_of_a_core(lab):
    lab.all_ping((1, 2))
    time.sleep(2)
    daemons = ('ovsdb-server', 'ovs-vswitchd')
    before = sum(lab.cpu_seconds(d) for d in daemons)
    time.sleep(5)
    used = sum(lab.cpu_seconds(d) for d in daemons) - before
    assert used < 0.02 * 5, f'{used / 5:.1%} of a core'


def test_port_removed_and_added_again(lab):
    assert lab.ping(1, 2) == 3
    lab.vsctl('del-port br0 vm2')
    assert lab.ping(1, 2, count=2) == 0
    lab.vsctl('add-port br0 vm2')
    assert lab.ping(1, 2) >= 2
    assert lab.vsctl('list-ports br0').split() == ['vm1', 'vm2', 'vm3',
                                                   'vm4']


def test_later_protocols_negotiate_down(lab):
    lab.vsctl('set bridge br0 protocols=OpenFlow10,OpenFlow13,OpenFlow14,'
              'OpenFlow15')
    for versions in 'OpenFlow10', 'OpenFlow13', 'OpenFlow13,OpenFlow14':
        assert 'vm1' in lab.ofctl(f'-O {versions} show br0')
    lab.vsctl('clear bridge br0 protocols')
    assert lab.ping(1, 2) >= 2


def test_hosts_reach_the_internal_port(lab):
    lab.run('ip addr add 10.0.0.100/24 dev br0')
    lab.run('ip link set br0 up')
    assert lab.ping(1, 100) >= 2
    assert lab.run('ping -n -c 2 -i 0.1 10.0.0.3').returncode == 0


def test_two_bridges_joined_by_patch_ports(lab):
    lab.vsctl(
        'del-port br0 vm3 -- add-br br1 -- set bridge br1 '
        'datapath_type=netdev -- add-port br1 vm3 '
        '-- add-port br0 p0 -- set interface p0 type=patch options:peer=p1 '
        '-- add-port br1 p1 -- set interface p1 type=patch options:peer=p0')
    assert lab.ping(1, 3) >= 2
    lab.vsctl('del-port br1 p1')
    assert lab.ping(1, 3, count=2) == 0
