# SPDX-License-Identifier: Apache-2.0
"""Control commands of the switch: their text, as scripts and people read it.
All on dummy ports and a clock that stands still.  With --peer, most of it
holds for Debian's switch too; where it numbers ports in another way, the
texts are compared without those numbers."""
import re

import pytest

IP = ('eth(src=50:54:00:00:00:05,dst=50:54:00:00:00:07),eth_type(0x0800),'
      'ipv4(src=192.168.0.1,dst=10.0.0.2,proto=%d,tos=0,ttl=128,frag=no)')
ARP = ('eth(src=50:54:00:00:00:%02x,dst=ff:ff:ff:ff:ff:ff),eth_type(0x0806),'
       'arp(sip=10.0.0.1,tip=10.0.0.2,op=1,sha=50:54:00:00:00:%02x,'
       'tha=00:00:00:00:00:00)')


@pytest.fixture(scope='module')
def dummy(lab_maker):
    """br0 with dummy ports p1 to p3, p3 in VLAN 20, and a patch to br1."""
    lab = lab_maker('--no-bridge', '--enable-dummy')
    lab.vsctl('add-br br0 -- set bridge br0 datapath_type=dummy '
              'fail-mode=secure -- ' + ' -- '.join(
                  f'add-port br0 p{i} -- set interface p{i} type=dummy '
                  f'ofport_request={i}' for i in (1, 2, 3)) +
              ' -- set port p3 tag=20')
    lab.vsctl('add-br br1 -- set bridge br1 datapath_type=dummy -- '
              'add-port br1 q1 -- set interface q1 type=patch '
              'options:peer=q0 ofport_request=7 -- add-port br0 q0 -- '
              'set interface q0 type=patch options:peer=q1 '
              'ofport_request=6')
    lab.appctl('time/stop')
    return lab


@pytest.fixture
def flows(dummy):
    dummy.ofctl('del-flows br0')
    dummy.appctl('fdb/flush br0')

    def add(*texts):
        for text in texts:
            dummy.ofctl(f'-O OpenFlow13 add-flow br0 "{text}"')
    return add


def trace(lab, *words):
    return lab.out(['ovs-appctl', 'ofproto/trace', *words])


def walk(text):
    """The part of a trace between the flow and what comes of it."""
    return text.split('\n\n', 1)[1].split('\n\nFinal flow')[0]


def test_trace_of_a_rewrite(dummy, flows):
    flows('priority=6,tcp,tp_dst=8080,actions=set_field:80->tcp_dst,'
          'set_field:10.0.0.9->ip_dst,output:2')
    assert trace(dummy, '--names', 'br0', 'in_port=p1,tcp,'
                 'nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,'
                 'tp_src=1000,tp_dst=8080').replace(
                     'nw_dst=10.0.0.2,nw_frag', 'nw_frag') == (
        'Flow: tcp,in_port=p1,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,'
        'dl_dst=00:00:00:00:00:00,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,'
        'nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=1000,tp_dst=8080,tcp_flags=0\n'
        '\n'
        'bridge("br0")\n'
        '-------------\n'
        ' 0. tcp,tp_dst=8080, priority 6\n'
        '    set_field:80->tcp_dst\n'
        '    set_field:10.0.0.9->ip_dst\n'
        '    output:p2\n'
        '\n'
        'Final flow: tcp,in_port=p1,vlan_tci=0x0000,'
        'dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,nw_src=10.0.0.1,'
        'nw_dst=10.0.0.9,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=1000,'
        'tp_dst=80,tcp_flags=0\n'
        'Megaflow: recirc_id=0,eth,tcp,in_port=p1,nw_frag=no,tp_dst=8080\n'
        'Datapath actions: set(ipv4(dst=10.0.0.9)),set(tcp(dst=80)),p2')


def test_trace_of_resubmits(dummy, flows):
    flows('in_port=1,actions=load:0x5->NXM_NX_REG1[],resubmit(,1),'
          'resubmit(2,2),output:9,output:1,output:2',
          'table=1,priority=8,cookie=0x55,actions=resubmit(,3),output:2',
          'table=3,actions=drop')
    text = trace(dummy, 'br0', 'in_port=1,ip')
    assert walk(text) == (
        'bridge("br0")\n'
        '-------------\n'
        ' 0. in_port=1, priority 32768\n'
        '    load:0x5->NXM_NX_REG1[]\n'
        '    resubmit(,1)\n'
        '     1. priority 8, cookie 0x55\n'
        '            resubmit(,3)\n'
        '             3. priority 32768\n'
        '                    drop\n'
        '            output:2\n'
        '    resubmit(2,2)\n'
        '     2. No match.\n'
        '            drop\n'
        '    output:9\n'
        '     >> Nonexistent output port\n'
        '    output:1\n'
        '     >> skipping output to input port\n'
        '    output:2')
    assert 'Final flow: ip,reg1=0x5,in_port=1,' in text


def test_trace_of_groups_and_sets(dummy, flows):
    dummy.ofctl('-O OpenFlow13 del-groups br0')
    dummy.ofctl('-O OpenFlow13 add-group br0 '
                'group_id=3,type=ff,bucket=watch_port:2,output:2')
    flows('tcp,actions=goto_table:5', 'table=5,tcp,actions=group:3')
    assert walk(trace(dummy, 'br0', 'in_port=1,tcp')) == (
        'bridge("br0")\n'
        '-------------\n'
        ' 0. tcp, priority 32768\n'
        '    goto_table:5\n'
        ' 5. tcp, priority 32768\n'
        '    group:3\n'
        '     -> using bucket 0\n'
        '    bucket 0\n'
        '            output:2')
    flows('udp,actions=write_actions(set_field:1.1.1.1->ip_src,output:2)')
    assert walk(trace(dummy, 'br0', 'in_port=1,udp')) == (
        'bridge("br0")\n'
        '-------------\n'
        ' 0. udp, priority 32768\n'
        '    write_actions(set_field:1.1.1.1->ip_src,output:2)\n'
        '     -> action set is: set_field:1.1.1.1->ip_src,output:2\n'
        '--. Executing action set:\n'
        '    set_field:1.1.1.1->ip_src\n'
        '    output:2')


def test_trace_of_normal(dummy, flows):
    flows('actions=NORMAL')
    text = trace(dummy, '--names', 'br0',
                 'in_port=p1,dl_dst=50:54:00:00:00:09')
    assert '     -> no learned MAC for destination, flooding\n' in text
    ports = text.split('Datapath actions: ')[1].split(',')
    assert sorted(ports) == ['br0', 'br1', 'p2']
    dummy.appctl('fdb/add br0 p2 0 50:54:00:00:00:02')
    try:
        text = trace(dummy, '--names', 'br0',
                     'in_port=p1,dl_dst=50:54:00:00:00:02')
        assert '     -> forwarding to learned port\n' in text
        assert text.endswith('\nDatapath actions: p2')
        text = trace(dummy, 'br0', 'in_port=2,dl_dst=50:54:00:00:00:02')
        assert '     -> learned port is input port, dropping\n' in text
        assert text.endswith('\nDatapath actions: drop')
    finally:
        dummy.appctl('fdb/del br0 0 50:54:00:00:00:02')
    text = trace(dummy, 'br0', 'in_port=1,dl_dst=01:80:c2:00:00:00')
    assert '     -> packet has reserved destination MAC, dropping\n' in text
    text = trace(dummy, 'br0', 'in_port=3,dl_vlan=9')
    assert ('     >> disallowed VLAN VID for this input port, dropping\n'
            in text)


def test_trace_of_packets_and_datapath_flows(dummy, flows):
    flows('tcp,actions=2')
    packet = ('505400000002' '505400000001' '0800' '45000028000000004006665e'
              '0a0000010a000002' '03e81f90000000000000000050020000' '0b7b0000')
    text = trace(dummy, 'br0', 'in_port=1', packet)
    assert re.match(r'Flow: tcp,in_port=1,vlan_tci=0x0000,'
                    r'dl_src=50:54:00:00:00:01,dl_dst=50:54:00:00:00:02,'
                    r'nw_src=10\.0\.0\.1,.*tp_src=1000,tp_dst=8080,'
                    r'tcp_flags=syn\n', text)
    text = trace(dummy, f'in_port(p1),{IP % 6},tcp(src=8,dst=10)')
    assert text.startswith(
        'Flow: tcp,in_port=1,vlan_tci=0x0000,dl_src=50:54:00:00:00:05,'
        'dl_dst=50:54:00:00:00:07,nw_src=192.168.0.1,nw_dst=10.0.0.2,'
        'nw_tos=0,nw_ecn=0,nw_ttl=128,nw_frag=no,tp_src=8,tp_dst=10,'
        'tcp_flags=0\n\nbridge("br0")\n')


@pytest.mark.parametrize('words, text', [
    (['br9', 'in_port=1'], 'br9: unknown bridge'),
    (['br0'], r'syntax error at br0 \(or the bridge name was omitted\)'),
    ([], 'requires at least 1 arguments'),
    (['br0', 'nonsense=1'], 'Bad openflow flow syntax: nonsense=1'),
    (['br0', 'in_port=2', '5054zz'], 'Trailing garbage in packet data'),
    (['in_port(77),eth_type(0x1234)'],
     'no OpenFlow port for datapath port 77'),
])
def test_trace_errors(dummy, words, text):
    dummy.fails(['ovs-appctl', 'ofproto/trace', *words], text, status=2)


def receive(lab, port, text):
    lab.run(['ovs-appctl', 'netdev-dummy/receive', port, text])


def test_received_packets_are_learned_and_cached(dummy, flows):
    flows('actions=NORMAL')
    for i in (1, 2, 1):
        receive(dummy, f'p{i}', f'in_port({i}),' + ARP % (i, i))
    dummy.appctl('time/warp 1000 500')
    assert dummy.appctl('fdb/show br0').splitlines() == [
        ' port  VLAN  MAC                Age',
        '    1     0  50:54:00:00:00:01    1',
        '    2     0  50:54:00:00:00:02    1']
    found = re.findall(r'^recirc_id\(0\),in_port\((p\d)\),packet_type\(ns=0,'
                       r'id=0\)(?:,\S+)?, packets:(\d+), '
                       r'bytes:(\d+), used:(\S+), actions:(\S+)$',
                       dummy.appctl('dpctl/dump-flows --names'), re.M)
    assert {f[0] for f in found} >= {'p1', 'p2'}
    stats = dummy.appctl('fdb/stats-show br0')
    assert '\n  Current static MAC entries in the table : 0\n' in stats
    assert dummy.appctl('fdb/flush br0') == 'table successfully flushed'
    assert len(dummy.appctl('fdb/show br0').splitlines()) == 1


def test_static_macs(dummy):
    dummy.appctl('fdb/add br0 p2 0 50:54:00:00:00:aa')
    assert dummy.appctl('fdb/show br0').splitlines()[-1] == \
        '    2     0  50:54:00:00:00:aa  static'
    dummy.appctl('fdb/del br0 0 50:54:00:00:00:aa')
    dummy.fails('ovs-appctl fdb/del br0 0 50:54:00:00:00:aa',
                'could not find static mac entry', status=2)
    dummy.fails('ovs-appctl fdb/show br9', 'no such bridge', status=2)


def test_bridges(dummy):
    shown = dummy.appctl('dpif/show')
    assert '\n    q0 6/none: (patch: peer=q1)\n' in shown
    assert re.search(r'^    p1 1/\d+: \(dummy\)$', shown, re.M)
    assert re.search(r'^    br0 65534/\d+: \(dummy-internal\)$', shown, re.M)
    assert dummy.appctl('ofproto/list') == 'br0\nbr1'
    assert dummy.appctl('bridge/reconnect') == ''
    assert dummy.appctl('bridge/reconnect br0') == ''
    dummy.fails('ovs-appctl bridge/reconnect br9', 'Unknown bridge',
                status=2)
    memory = dict(w.rsplit(':', 1) for w in re.findall(
        r'\S[^:]*:\d+', dummy.appctl('memory/show')))
    assert int(memory['ports']) >= 7
    assert int(memory['rules']) > 0


@pytest.mark.weir_only
def test_drops_have_reasons(dummy, flows):
    def count(reason):
        found = re.search(rf'^p1: {reason}: (\d+)$',
                          dummy.appctl('drop/show'), re.M)
        return int(found.group(1)) if found else 0
    before = count('no_actions')
    receive(dummy, 'p1', f'in_port(1),{IP % 6},tcp(src=8,dst=10)')
    flows('udp,actions=mod_nw_tos:4')
    receive(dummy, 'p1', f'in_port(1),{IP % 17},udp(src=8,dst=10)')
    dummy.appctl('revalidator/wait')
    assert count('no_actions') == before + 2
