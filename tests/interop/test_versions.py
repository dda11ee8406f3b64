# SPDX-License-Identifier: Apache-2.0
"""Debian's ovs-ofctl, in every version of OpenFlow, with our switch and with
Debian's: the same commands have the same effect and say the same."""
import re

import pytest

from lab import wait_until

VERSIONS = ['OpenFlow10', 'OpenFlow11', 'OpenFlow12', 'OpenFlow13',
            'OpenFlow14', 'OpenFlow15']
PACKET = ('020000000002020000000001080045000014000000004011'
          '66c40a0000010a000002')

# Name, commands of ovs-ofctl on br0.
CASES = {
    'show': ['show br0'],
    'dump-desc': ['dump-desc br0'],
    'dump-tables': ['dump-tables br0'],
    'dump-ports': ['dump-ports br0', 'dump-ports br0 1',
                   'dump-ports br0 LOCAL', 'dump-ports br0 77'],
    'dump-ports-desc': ['dump-ports-desc br0', 'dump-ports-desc br0 2',
                        'dump-ports-desc br0 78'],
    'frags': ['get-frags br0', 'set-frags br0 drop', 'get-frags br0',
              'set-frags br0 nx-match', 'get-frags br0',
              'set-frags br0 normal', 'get-frags br0'],
    'add-flow': [
        'add-flow br0 cookie=0x5,priority=5,tcp,tp_dst=80,actions=output:1',
        'add-flow br0 priority=7,ip,nw_src=10.0.0.0/8,idle_timeout=600,'
        'send_flow_rem,actions=drop',
        'add-flow br0 priority=8,dl_vlan=5,actions=mod_dl_src:02:00:00:00:'
        '00:09,output:2',
        'add-flow br0 arp,in_port=1,actions=NORMAL',
        'dump-flows br0', 'dump-flows br0 tcp', 'dump-aggregate br0',
        'dump-aggregate br0 arp', 'dump-flows br0 cookie=0x5/-1',
        'dump-flows br0 out_port=2', 'dump-flows br0 cookie=0x6/-1'],
    'mod-flows': [
        'add-flow br0 cookie=0x5,priority=5,tcp,tp_dst=80,actions=output:1',
        'mod-flows br0 tcp,actions=output:2', 'dump-flows br0',
        'mod-flows br0 udp,actions=output:2', 'dump-flows br0',
        '--strict mod-flows br0 priority=5,tcp,tp_dst=80,actions=drop',
        'dump-flows br0',
        '--strict mod-flows br0 priority=6,tcp,tp_dst=80,actions=drop',
        'dump-flows br0',
        'mod-flows br0 cookie=0x5/-1,actions=output:1', 'dump-flows br0'],
    'del-flows': [
        'add-flow br0 cookie=0x5,priority=5,tcp,tp_dst=80,actions=output:1',
        'add-flow br0 cookie=0x6,priority=6,udp,actions=output:2',
        '--strict del-flows br0 priority=6,tcp,tp_dst=80', 'dump-flows br0',
        '--strict del-flows br0 priority=5,tcp,tp_dst=80', 'dump-flows br0',
        'del-flows br0 cookie=0x6/-1', 'dump-flows br0', 'del-flows br0',
        'dump-flows br0'],
    'overlap': [
        'add-flow br0 priority=5,tcp,actions=output:1',
        'add-flow br0 priority=5,ip,nw_src=1.2.3.4,check_overlap,'
        'actions=output:1', 'dump-flows br0'],
    'tables': [
        'add-flow br0 table=3,tcp,actions=output:1', 'dump-flows br0',
        'dump-flows br0 table=3', 'del-flows br0 table=3',
        'add-flow br0 table=254,actions=drop', 'del-flows br0'],
    'instructions': [
        'add-flow br0 tcp,actions=output:1,goto_table:4',
        'add-flow br0 udp,actions=write_metadata:5,goto_table:4',
        'add-flow br0 arp,actions=clear_actions,write_actions(output:1)',
        'add-flow br0 table=5,actions=goto_table:2', 'dump-flows br0'],
    'extensions': [
        'add-flow br0 reg0=5,actions=load:1->NXM_NX_REG1[],resubmit(,2)',
        'add-flow br0 ipv6,ipv6_dst=fe80::/64,actions=controller:100',
        'add-flow br0 tcp6,tp_src=5/7,actions=push_vlan:0x8100,'
        'set_field:4103->vlan_vid,output:1',
        'add-flow br0 ip,actions=dec_ttl,move:NXM_OF_IP_SRC[]->'
        'NXM_OF_IP_DST[],in_port',
        'add-flow br0 mpls,mpls_label=7,actions=pop_mpls:0x800,output:1',
        'add-flow br0 table=2,priority=9,icmp,actions=all',
        'dump-flows br0', '--names dump-flows br0'],
    'fields': [
        'add-flow br0 dl_vlan=3,dl_vlan_pcp=2,ip,nw_tos=32,actions=output:2',
        'add-flow br0 sctp,tp_dst=7,actions=output:2',
        'add-flow br0 icmp,icmp_type=8,icmp_code=0,actions=output:2',
        'add-flow br0 icmp6,icmp_type=135,nd_target=::1,actions=output:2',
        'add-flow br0 arp,arp_op=1,arp_spa=1.2.3.4,actions=output:2',
        'add-flow br0 dl_src=02:00:00:00:00:00/ff:00:00:00:00:00,actions='
        'output:2', 'add-flow br0 metadata=5/7,actions=output:2',
        'add-flow br0 tun_id=9,actions=output:2',
        'add-flow br0 ip,ip_frag=first,actions=output:2',
        'add-flow br0 tcp,tcp_flags=+syn,actions=output:2',
        'dump-flows br0'],
    'refused': [
        'add-flow br0 tcp,actions=output:65530', 'dump-flows br0',
        'add-flow br0 actions=group:99', 'add-flow br0 actions=meter:99',
        'add-flow br0 table=7,actions=goto_table:7',
        'add-flow br0 actions=output:70', 'dump-flows br0',
        'mod-port br0 99 up'],
    'importance': ['add-flow br0 importance=7,ip,actions=drop',
                   'dump-flows br0'],
    'counts': ['add-flow br0 no_packet_counts,no_byte_counts,ip,'
               'actions=drop', 'add-flow br0 reset_counts,ip,actions=drop',
               'dump-flows br0'],
    'groups': [
        'add-group br0 group_id=1,type=all,bucket=output:1,bucket=output:2',
        'add-group br0 group_id=2,type=select,bucket=weight:5,output:1,'
        'bucket=weight:7,output:2',
        'add-group br0 group_id=3,type=ff,bucket=watch_port:1,output:1,'
        'bucket=watch_port:2,output:2',
        'add-group br0 group_id=4,type=indirect,bucket=group:1',
        'add-group br0 group_id=1,type=all', 'dump-groups br0',
        'dump-groups br0 2', 'dump-group-stats br0',
        'add-flow br0 ip,actions=group:1',
        'mod-group br0 group_id=1,type=all,bucket=output:2',
        'mod-group br0 group_id=9,type=all,bucket=output:2',
        'dump-groups br0 1', 'dump-flows br0 out_group=1',
        'del-groups br0 group_id=1', 'dump-flows br0', 'dump-groups br0',
        'del-groups br0', 'dump-groups br0'],
    'meters': [
        'add-meter br0 meter=1,kbps,band=type=drop,rate=1000',
        'add-meter br0 meter=2,pktps,burst,stats,band=type=drop,rate=1000,'
        'burst_size=500',
        'add-meter br0 meter=1,kbps,band=type=drop,rate=1000',
        'dump-meters br0', 'dump-meter br0 meter=2', 'meter-stats br0',
        'mod-meter br0 meter=1,kbps,band=type=drop,rate=5000',
        'add-flow br0 ip,actions=meter:1,output:2', 'dump-flows br0',
        'dump-meters br0', 'del-meters br0 meter=1', 'dump-flows br0',
        'del-meters br0', 'dump-meters br0'],
    'packet-out': [
        f'packet-out br0 in_port=controller,packet={PACKET},'
        'actions=output:1',
        f'packet-out br0 in_port=1,packet={PACKET},actions=table',
        f'packet-out br0 none output:2 {PACKET}',
        f'packet-out br0 in_port=1,packet={PACKET},actions=group:7',
        f'packet-out br0 in_port=70000,packet={PACKET},actions=output:1'],
    'mod-port': [
        'mod-port br0 1 no-packet-in', 'mod-port br0 1 no-forward',
        'mod-port br0 vm2 no-receive', 'mod-port br0 1 no-flood',
        'dump-ports-desc br0', 'mod-port br0 1 packet-in',
        'mod-port br0 1 forward', 'mod-port br0 vm2 receive',
        'mod-port br0 1 flood', 'dump-ports-desc br0',
        'mod-port br0 1 down', 'mod-port br0 1 up'],
    'probe': ['probe br0', 'ping br0 64 2'],
    'replace-flows': ['add-flows br0 /dev/null', 'replace-flows br0 '
                      '/dev/null', 'dump-flows br0'],
    'queue-stats': ['queue-stats br0', 'queue-stats br0 1'],
    'queue-config': ['queue-get-config br0 1', 'queue-get-config br0 77',
                     'queue-get-config br0'],
}

# Cases that only these versions have, or where the two differ for a reason.
ONLY = {
    # The peer tells other actions of a table than 1.1 and 1.2 have of ours.
    'dump-tables': ['OpenFlow10', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15'],
    'queue-config': ['OpenFlow10', 'OpenFlow11', 'OpenFlow12', 'OpenFlow13'],
}
ROWS = [(case, version) for case in CASES for version in
        ONLY.get(case, VERSIONS)]


@pytest.fixture(scope='module')
def labs(lab_maker):
    """Debian's switch and ours."""
    found = {'theirs': lab_maker('--peer', '--ports', '2'),
             'ours': lab_maker('--ports', '2')}
    for lab in found.values():
        lab.vsctl('set-fail-mode br0 secure')
    return found


def blank(text):
    text = re.sub(r'xid=0x[0-9a-f]+', 'xid', text)
    text = re.sub(r'(duration|idle_age|hard_age|age)[=:][\d.]+s?', r'\1',
                  text)
    text = re.sub(r'\b(pkts|bytes|n_packets|n_bytes|packet_count|byte_count|'
                  r'drop|errs|frame|over|crc|coll|lookup|matched)=\d+',
                  r'\1', text)
    text = re.sub(r'addr:[0-9a-f:]{17}', 'addr', text)
    text = re.sub(r'dpid:[0-9a-f]{16}', 'dpid', text)
    text = text.replace(' BUNDLES', '')
    text = re.sub(r'time [\d.]+ ms', 'time', text)
    text = re.sub(r'^(Manufacturer|Hardware|Software): .*', r'\1', text,
                  flags=re.M)
    # The switch's own texts in its log; the tool's are of the same program.
    return re.sub(r'^\d{4}-.*\|', '', text, flags=re.M)


def said(lab, version, command):
    done = lab.run(f'/usr/bin/ovs-ofctl -O{version} {command}', ok=False,
                   timeout=30)
    lines = blank(done.stdout + done.stderr).splitlines()
    if command.startswith(('dump-', 'show', '--names')):
        lines = lines[:1] + sorted(lines[1:])
    return [command, done.returncode, *lines]


def play(lab, version, commands):
    for kind in 'del-flows br0', 'del-groups br0', 'del-meters br0':
        lab.run(f'/usr/bin/ovs-ofctl -OOpenFlow13 {kind}', ok=False)
    # The kernel takes its time to bring a link up that a case took down.
    assert wait_until(lambda: lab.out(
        '/usr/bin/ovs-ofctl -OOpenFlow13 dump-ports-desc br0').count(
            'LIVE') == 2)
    return [said(lab, version, command) for command in commands]


@pytest.mark.weir_only
@pytest.mark.parametrize('case,version', ROWS)
def test_same_as_debians_switch(labs, case, version):
    theirs = play(labs['theirs'], version, CASES[case])
    ours = play(labs['ours'], version, CASES[case])
    for mine, peers in zip(ours, theirs):
        assert mine == peers
