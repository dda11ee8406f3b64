# SPDX-License-Identifier: Apache-2.0
"""What ofctl changes on Debian's switch is what Debian's ovs-ofctl changes:
each tool works on a bridge of its own, step by step, with equal words."""
import re

import pytest

STEPS = [
    'add-flow {br} priority=7,in_port=1,actions=2',
    'add-flow {br} table=1,priority=5,tcp,nw_dst=10.0.0.1,idle_timeout=500,'
    'cookie=0x12,actions=output:2,controller',
    'add-flow {br} ip,nw_src=10.0.0.0/8,actions=mod_dl_src:02:00:00:00:00:09,'
    'output:1',
    'add-flow {br} reg0=5,actions=resubmit(,1)',
    'add-flow {br} arp,actions=NORMAL',
    'add-flow {br} nw_dst=1.2.3.4,actions=1',
    'dump-flows {br}', '-OOpenFlow13 dump-flows {br}',
    'dump-flows {br} out_port=2', 'dump-flows {br} out_group=1',
    'dump-flows {br} cookie=0x12/-1', '--no-stats --sort dump-flows {br}',
    '--rsort=nw_src --no-stats dump-flows {br}',
    'mod-flows {br} table=1,tcp,actions=drop',
    '--strict mod-flows {br} priority=7,in_port=1,actions=3',
    'dump-flows {br}',
    'del-flows {br} cookie=0x12/-1', '--strict del-flows {br} arp',
    'del-flows {br} table=9', 'dump-flows {br}', 'dump-aggregate {br}',
    '-OOpenFlow13 add-flow {br} table=1,ip,'
    'actions=set_field:10.0.0.9->ip_dst,goto_table:2',
    '-OOpenFlow13 add-flow {br} icmp,actions=write_actions(output:1),'
    'write_metadata:5/0xf',
    '-OOpenFlow13 add-flow {br} in_port=1,actions=group:99',
    'dump-flows {br}', '-OOpenFlow13 dump-flows {br}',
    'add-group {br} group_id=1,type=select,bucket=weight:5,actions=output:1,'
    'bucket=weight:6,actions=output:2',
    '-OOpenFlow13 add-group {br} group_id=2,type=all,bucket=output:1',
    'add-group {br} group_id=4,type=ff,bucket=watch_port:1,output:1',
    'add-group {br} group_id=4,type=ff,bucket=watch_port:1,output:1',
    'mod-group {br} group_id=2,type=all,bucket=output:2',
    'mod-group {br} group_id=77,type=all,bucket=output:2',
    '--may-create mod-group {br} group_id=7,type=indirect,bucket=output:2',
    'dump-groups {br} 1', '-OOpenFlow13 dump-group-stats {br} group_id=1',
    'dump-group-features {br}', '-OOpenFlow13 dump-group-features {br}',
    'insert-buckets {br} group_id=1,command_bucket_id=last,'
    'bucket=bucket_id:9,weight:1,output:3',
    'dump-groups {br} 1', 'del-groups {br} group_id=1', 'dump-groups {br} 1',
    'del-groups {br}', 'dump-groups {br}',
    '-OOpenFlow13 add-meter {br} meter=1,kbps,burst,'
    'band=type=drop,rate=1000,burst_size=500',
    '-OOpenFlow13 add-meter {br} meter=1,kbps,band=type=drop,rate=10',
    '-OOpenFlow13 mod-meter {br} meter=1,pktps,stats,band=type=drop,rate=20',
    '-OOpenFlow13 dump-meters {br}', '-OOpenFlow13 meter-stats {br}',
    '-OOpenFlow13 meter-stats {br} meter=9', 'dump-meters {br}',
    '-OOpenFlow13 del-meters {br}', '-OOpenFlow13 dump-meters {br}',
    'set-frags {br} drop', 'get-frags {br}', 'set-frags {br} normal',
    'mod-port {br} {br} no-flood',
    'show {br}', '-OOpenFlow13 show {br}', 'mod-port {br} {br} flood',
    'dump-tables {br}', '-OOpenFlow13 dump-tables {br}', 'dump-desc {br}',
    'queue-stats {br}', 'queue-get-config {br}',
    '-OOpenFlow13 queue-get-config {br}',
    'packet-out {br} LOCAL drop ffffffffffff0200000000010806',
    'del-flows {br}', 'dump-flows {br}',
]


def words(text, br):
    """Without what differs: names, addresses, times."""
    text = text.replace(br, 'BR').replace('/usr/bin/', '')
    text = re.sub(r'(ovs-)?ofctl: ', '', text)
    text = re.sub(r'duration[=:][\d.]+s', 'duration', text)
    text = re.sub(r'_age=\d+', '_age', text)
    text = re.sub(r'addr:[0-9a-f:]{17}', 'addr', text)
    text = re.sub(r'dpid:[0-9a-f]{16}', 'dpid', text)
    return re.sub(r'^20\d\d-[^|]*\|\d+\|', '', text, flags=re.M)


@pytest.mark.weir_only
def test_each_step(lab_maker):
    lab = lab_maker('--peer', '--no-bridge')
    for br in 'br0', 'br1':
        lab.vsctl(f'add-br {br} -- set bridge {br} datapath_type=netdev '
                  'fail-mode=secure')
    for step in STEPS:
        said = []
        for tool, br in ('ofctl', 'br0'), ('/usr/bin/ovs-ofctl', 'br1'):
            r = lab.run([tool] + step.format(br=br).split(), ok=False,
                        timeout=20)
            # The switch tells flows and groups in the order of its hashes.
            said.append((sorted(words(r.stdout, br).splitlines()),
                         words(r.stderr, br), r.returncode))
        for ours, theirs in zip(*said):
            assert ours == theirs, step
