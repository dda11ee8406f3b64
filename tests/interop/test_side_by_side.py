# SPDX-License-Identifier: Apache-2.0
"""Our tools and Debian's say the same about the same daemon."""
import json
import re

import pytest

# Each is run by both tools; words that change from call to call are blanked.
VSCTL = [
    'show', 'list-br', 'list-ports br0', 'list-ifaces br0', 'br-exists br0',
    'br-exists br9', 'iface-to-br vm1', 'port-to-br vm2', 'get-fail-mode br0',
    'get-controller br0', 'br-get-external-id br0', 'br-to-vlan br0',
    'br-to-parent br0', 'list bridge', 'list port', 'list port vm1',
    'list interface vm1', 'list controller', 'list open_vswitch',
    '--columns=name,ofport list interface', '--format=csv list port',
    '--format=json --columns=name,tag list port',
    '--format=table --columns=name,tag,trunks list port',
    '--format=html --columns=name,tag list port',
    '--format=list --columns=name,tag,trunks list port',
    '--data=json --columns=name,external_ids list port',
    '--data=bare --columns=name,external_ids,trunks list port',
    '--no-headings --columns=name find port tag=10',
    'find port name=vm1', 'find port tag!=10 name!=br0',
    'find interface external_ids:a=b', '--bare --columns=name find port',
    'get port vm1 tag', 'get port vm1 trunks external_ids',
    'get interface vm1 external_ids:a', 'get bridge br0 _uuid',
    '--if-exists get bridge br9 name', 'get bridge br9 name',
    'get interface vm1 external_ids:nothing', 'list nonsense',
    '--id=@p get port vm1 name', 'get-manager', 'get-ssl', 'get-aa-mapping',
    'set port vm1 nonsense=1', 'set port vm1 tag=5000', 'nonsense',
    'add-port br0', 'wait-until bridge br0 name=br0',
    '--timeout=1 wait-until bridge br7',
]


def blank(text):
    """Hides process ids, times, and columns that count."""
    text = re.sub(r'\b(sec_since_\w+)="?\d+"?', r'\1=N', text)
    text = re.sub(r'^(statistics +: ).*', r'\1...', text, flags=re.M)
    return text


@pytest.fixture(scope='module', params=['weir', 'peer'])
def both(request, lab_maker):
    """Daemons of each kind."""
    lab = lab_maker(*(['--peer'] if request.param == 'peer' else []),
                    '--ports', '2')
    lab.vsctl('set port vm1 tag=10 external_ids:a=b '
              '-- set port vm2 trunks=1,2,3 '
              '-- set interface vm1 external_ids:a="b c" '
              '-- set-controller br0 tcp:127.0.0.1:1')
    lab.ofctl('add-flow br0 cookie=0x5,priority=5,tcp,tp_dst=80,'
              'actions=mod_vlan_vid:5,output:1')
    lab.ofctl('add-flow br0 table=3,ip,nw_src=10.0.0.0/8,'
              'idle_timeout=600,actions=drop')
    lab.ofctl('add-flow br0 arp,actions=controller:128,NORMAL')
    return lab


def in_order(text):
    """Rows of a table come in no particular order."""
    for mark in ('\n\n', '</tr>\n', '\n'):
        if mark in text.rstrip('\n'):
            return sorted(text.rstrip('\n').split(mark))
    return re.sub(r'"data":(\[.*\]),"head',
                  lambda m: str(sorted(map(str, json.loads(m.group(1))))),
                  text).strip()


def same(lab, ours, theirs, blanked=blank):
    """The same output and exit status.  Errors of vsctl are the same text;
    those of ofctl are ours, and show the place."""
    one = lab.run(ours, ok=False, timeout=20)
    two = lab.run(theirs, ok=False, timeout=20)
    name = ours.split()[0]
    assert in_order(blanked(one.stdout)) == in_order(blanked(two.stdout))
    assert one.returncode == two.returncode
    if name == 'vsctl' and 'wait-until' not in ours:
        assert first(one.stderr, name) == first(two.stderr, f'ovs-{name}')
    else:
        assert bool(one.stderr) == bool(two.stderr)


def first(text, name):
    """Errors, without the name of the program and log lines."""
    return [line for line in
            text.replace(f'{name}: ', '').splitlines()
            if '|' not in line]


@pytest.mark.weir_only
@pytest.mark.parametrize('command', VSCTL)
def test_vsctl(both, command):
    same(both, f'vsctl --timeout=10 {command}',
         f'/usr/bin/ovs-vsctl --timeout=10 {command}')


OFCTL = [
    'show br0', 'dump-desc br0', 'dump-ports br0', 'dump-ports br0 vm1',
    'dump-ports-desc br0', 'dump-ports-desc br0 vm1', 'dump-flows br0',
    'dump-flows br0 tcp', 'dump-flows br0 table=3', '--no-stats dump-flows '
    'br0', '--no-names dump-flows br0', '--sort dump-flows br0',
    '--rsort=priority dump-flows br0', 'dump-flows br0 cookie=0x5/-1',
    'dump-aggregate br0', 'dump-aggregate br0 arp', 'get-frags br0',
    '-OOpenFlow13 show br0', '-OOpenFlow13 dump-flows br0',
    '-OOpenFlow13 dump-groups br0', '-OOpenFlow13 dump-meters br0',
    '-OOpenFlow13 meter-features br0', '-OOpenFlow13 dump-ports br0',
    'probe br0', 'show br9', 'add-flow br0 nonsense', 'nonsense',
    'dump-flows br0 nonsense', 'mod-port br0 vm9 up',
]


def blank_openflow(text):
    text = re.sub(r'xid=0x[0-9a-f]+', 'xid', text)
    text = re.sub(r'(duration|idle_age|hard_age)=[\d.]+s?', r'\1', text)
    text = re.sub(r'(pkts|bytes|n_packets|n_bytes|packet_count|byte_count|'
                  r'drop|duration)=\d+', r'\1', text)
    return text


@pytest.mark.weir_only
@pytest.mark.parametrize('command', OFCTL)
def test_ofctl(both, command):
    same(both, f'ofctl {command}', f'/usr/bin/ovs-ofctl {command}',
         blank_openflow)


@pytest.mark.weir_only
@pytest.mark.parametrize('flow', [
    'priority=9,ip,nw_dst=1.2.3.4,actions=mod_nw_dst:5.6.7.8,output:2',
    'ipv6,ipv6_src=fe80::/10,actions=drop',
    'tcp,tcp_flags=+syn-ack,actions=controller(max_len=64,reason=no_match)',
    'icmp6,icmp_type=135,nd_target=fe80::1,actions=normal',
    'dl_vlan=5,dl_vlan_pcp=3,actions=strip_vlan,flood',
    'vlan_tci=0x1000/0x1000,actions=set_field:4103->vlan_vid,in_port',
    'mpls,mpls_label=5,actions=pop_mpls:0x0800,dec_ttl,output:1',
    'in_port=1,actions=load:0x5->NXM_NX_REG0[0..7],resubmit(,2)',
    'reg0=0x5/0xff,metadata=0x1,actions=move:NXM_OF_IN_PORT[]->'
    'NXM_NX_REG1[0..15],goto_table:9',
    'sctp,sctp_dst=99,actions=set_field:02:00:00:00:00:09->eth_dst,all',
    'arp,arp_op=1,arp_tpa=10.0.0.0/24,actions=output:LOCAL',
    'table=5,priority=0,actions=group:7',
    'dl_type=0x1234,send_flow_rem,check_overlap,hard_timeout=9,actions=drop',
    'ip,nw_tos=32,nw_ttl=5,ip_frag=first,actions=dec_ttl,output:1,output:2',
], ids=lambda flow: flow.split(',actions')[0])
def test_flow_text_goes_in_and_comes_out(both, flow):
    """Added by one tool, shown alike by both; the other way as well."""
    both.run('ovs-ofctl -OOpenFlow13 del-groups br0')
    both.run('ovs-ofctl -OOpenFlow13 add-group br0 '
             'group_id=7,type=all,bucket=output:1')
    for adder in 'ofctl', '/usr/bin/ovs-ofctl':
        both.run([adder, '-OOpenFlow13', 'add-flow', 'br0',
                  'cookie=0x77,' + flow])
        shown = [blank_openflow(both.out(
            f'{tool} -OOpenFlow13 dump-flows br0 cookie=0x77/-1'))
            for tool in ('ofctl', '/usr/bin/ovs-ofctl')]
        assert shown[0] == shown[1]
        assert 'actions=' in shown[0]
        both.run('/usr/bin/ovs-ofctl -OOpenFlow13 del-flows br0 '
                 'cookie=0x77/-1')
