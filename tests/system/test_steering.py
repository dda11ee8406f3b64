# SPDX-License-Identifier: Apache-2.0
"""Rules that drop and rewrite, seen by real programs and by the tracer."""
import re

import pytest

from lab import wait_until

# The web server of vm2 listens at port 80; vm1 calls 8080.
REWRITES = [
    'priority=300,tcp,nw_dst=10.0.0.2,tp_dst=8080 '
    'actions=mod_tp_dst:80,normal',
    'priority=300,tcp,nw_src=10.0.0.2,tp_src=80 '
    'actions=mod_tp_src:8080,normal',
]


def serve(lab):
    lab.start(lab.vm(2, '/usr/bin/python3 -m http.server 80 '
                     '--directory /usr/share/common-licenses'))
    assert wait_until(lambda: ':80 ' in lab.out(lab.vm(2, 'ss -ltn')))


def fetch(lab, port):
    done = lab.run(lab.vm(1, 'curl -sS --max-time 5 '
                          f'http://10.0.0.2:{port}/Apache-2.0'), ok=False)
    return done.stdout


def ofctl_add(lab, flow):
    words = flow.split(' ')
    lab.ofctl('add-flow br0 ' + ','.join(words))


def sdnctl_add(lab, flow):
    switch = lab.vsctl('get bridge br0 datapath_id').strip('"')
    lab.run(['sdnctl', 'flow', 'add', switch, flow])


@pytest.mark.lab('--ports', '2')
def test_dropped_icmp_leaves_tcp(lab):
    drop_icmp(lab, ofctl_add)


@pytest.mark.weir_only
@pytest.mark.lab('--ports', '2', '--controller')
def test_dropped_icmp_leaves_tcp_by_the_controller(lab):
    drop_icmp(lab, sdnctl_add)


def drop_icmp(lab, add):
    serve(lab)
    assert wait_until(lambda: lab.ping(1, 2) >= 2)
    add(lab, 'priority=200,icmp actions=drop')
    assert wait_until(lambda: lab.ping(1, 2, count=2) == 0)
    assert 'Apache License' in fetch(lab, 80)
    trace = lab.appctl(
        'ofproto/trace br0 in_port=1,icmp,dl_src=02:00:00:00:00:01,'
        'dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2')
    assert re.search(r'^bridge\("br0"\)$', trace, re.M)
    assert re.search(r'^ 0\. icmp, priority 200', trace, re.M)
    assert re.search(r'^Datapath actions: drop$', trace, re.M)


@pytest.mark.lab('--ports', '2')
def test_rewritten_port_serves_http(lab):
    rewrite(lab, ofctl_add)


@pytest.mark.weir_only
@pytest.mark.lab('--ports', '2', '--controller')
def test_rewritten_port_serves_http_by_the_controller(lab):
    rewrite(lab, sdnctl_add)


def rewrite(lab, add):
    serve(lab)
    assert wait_until(lambda: lab.ping(1, 2) >= 2)
    assert 'Apache License' not in fetch(lab, 8080)
    for flow in REWRITES:
        add(lab, flow)
    assert wait_until(lambda: 'Apache License' in fetch(lab, 8080))
    lab.ping(1, 2)
    trace = lab.appctl(
        'ofproto/trace br0 in_port=1,tcp,dl_src=02:00:00:00:00:01,'
        'dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,'
        'nw_ttl=64,tp_src=1234,tp_dst=8080')
    assert re.search(r'^ 0\. tcp,nw_dst=10\.0\.0\.2,tp_dst=8080, '
                     r'priority 300', trace, re.M)
    assert re.search(r'^Final flow: .*tp_dst=80\b', trace, re.M)
    assert re.search(r'^Megaflow: .*tp_dst=8080', trace, re.M)
    assert re.search(r'^Datapath actions: set\(tcp\(dst=80\)\),\d+$', trace,
                     re.M)


@pytest.mark.lab('--ports', '2')
def test_tables_registers_and_groups(lab):
    lab.run('ovs-ofctl -O OpenFlow13 add-group br0 '
            'group_id=1,type=indirect,bucket=actions=output:2')
    lab.run('ovs-ofctl -O OpenFlow13 add-flows br0 -', stdin='''
        table=0,in_port=1 actions=write_metadata:0x5/0xff,goto_table:1
        table=0,in_port=2 actions=output:1
        table=1,metadata=0x5/0xff,arp actions=group:1
        table=1,metadata=0x5/0xff,ip actions=write_actions(output:2)
        ''')
    lab.ofctl('--strict del-flows br0 priority=0')
    assert lab.ping(1, 2) == 3
    trace = lab.appctl('ofproto/trace br0 in_port=1,icmp')
    assert re.search(r'^ +1\. ip,metadata=0x5/0xff', trace, re.M)
    assert re.search(r'^Datapath actions: \d+$', trace, re.M)


@pytest.mark.lab('--ports', '2')
def test_meter_limits_the_rate(lab):
    lab.run('ovs-ofctl -O OpenFlow13 add-meter br0 '
            'meter=1,pktps,band=type=drop,rate=5')
    lab.run('ovs-ofctl -O OpenFlow13 add-flow br0 '
            'priority=10,icmp,in_port=1,actions=meter:1,normal')
    assert lab.ping(1, 2, count=2) == 2
    done = lab.run(lab.vm(1, 'ping -n -q -f -c 200 -W 1 10.0.0.2'), ok=False)
    received = int(re.search(r'(\d+) received', done.stdout).group(1))
    assert 0 < received < 150
    stats = lab.out('ovs-ofctl -O OpenFlow13 meter-stats br0 meter=1')
    assert re.search(r'meter:1 .*packet_in_count:(20[0-9]|21[0-9])', stats)


@pytest.mark.lab('--ports', '3')
def test_packet_out_leaves_where_it_says(lab):
    lines = lab.capture(2, 'arp')
    other = lab.capture(3, 'arp')
    lab.run(['ovs-ofctl', 'packet-out', 'br0',
             'in_port=controller packet=' + 'ff' * 6 + '020000000099'
             '0806' '0001080006040001' '020000000099' '0a000063'
             '000000000000' '0a000002' + '00' * 18 + ' actions=output:2'])
    assert any('10.0.0.2' in line for line in lines())
    assert not any('10.0.0.99' in line for line in other())
