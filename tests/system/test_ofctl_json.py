# SPDX-License-Identifier: Apache-2.0
"""ofctl --format json: every dump is one array of objects, whatever the
version, and says what the text says."""
import json

import pytest


def dump(lab, command):
    return json.loads(lab.out('ofctl --format json ' + command))


@pytest.fixture
def switch(lab):
    lab.ofctl('-OOpenFlow13 add-meter br0 '
              'meter=1,kbps,burst,band=type=drop,rate=1000,burst_size=50')
    lab.ofctl('add-group br0 group_id=5,type=select,'
              'bucket=weight:3,output:1,bucket=drop')
    lab.ofctl('del-flows br0')
    lab.ofctl('add-flow br0 table=1,priority=7,cookie=0xfedcba9876543210,'
              'idle_timeout=60,send_flow_rem,tcp,nw_dst=10.0.0.0/8,'
              'actions=resubmit(1,2),output:LOCAL')
    lab.ofctl('add-flow br0 arp,actions=drop')
    return lab


@pytest.mark.weir_only
@pytest.mark.parametrize('version', ['OpenFlow10', 'OpenFlow11',
                                     'OpenFlow12', 'OpenFlow13',
                                     'OpenFlow14', 'OpenFlow15'])
def test_flows(switch, version):
    flows = dump(switch, f'-O{version} dump-flows br0')
    flow, = [f for f in flows if f['table'] == 1]
    assert flow['priority'] == 7
    assert flow['cookie'] == '0xfedcba9876543210'
    assert flow['idle_timeout'] == 60
    assert 'hard_timeout' not in flow
    assert 'send_flow_rem' in flow['flags'] or version < 'OpenFlow13'
    assert flow['match'] == {'tcp': True, 'nw_dst': '10.0.0.0/8'}
    assert flow['actions'] == ['resubmit(1,2)', 'LOCAL']
    assert flow['n_packets'] == 0 and flow['duration'] >= 0
    other, = [f for f in flows if f['table'] == 0]
    assert other['actions'] == []


@pytest.mark.weir_only
def test_options_of_flows(switch):
    flows = dump(switch, '--no-stats --sort dump-flows br0')
    assert [f['priority'] for f in flows] == [7, 32768]
    assert 'n_packets' not in flows[0] and 'duration' not in flows[0]
    assert not dump(switch, 'dump-flows br0 table=9')
    assert dump(switch, 'dump-aggregate br0')[0]['flow_count'] == 2


@pytest.mark.weir_only
def test_groups_and_meters(switch):
    group, = dump(switch, '-OOpenFlow15 dump-groups br0')
    assert group['group_id'] == 5 and group['type'] == 'select'
    assert [b['weight'] for b in group['buckets']][0] == 3
    assert group['buckets'][1]['actions'] == []
    stats, = dump(switch, '-OOpenFlow13 dump-group-stats br0')
    assert len(stats['buckets']) == 2
    meter, = dump(switch, '-OOpenFlow13 dump-meters br0')
    assert meter['flags'] == ['kbps', 'burst']
    assert meter['bands'] == [{'rate': 1000, 'burst_size': 50,
                               'prec_level': 0, 'type': 'drop'}]
    assert dump(switch, '-OOpenFlow13 meter-stats br0')[0]['meter_id'] == 1


@pytest.mark.weir_only
@pytest.mark.parametrize('version', range(6))
@pytest.mark.parametrize('command', [
    'show', 'dump-desc', 'dump-tables', 'dump-ports', 'dump-ports-desc',
    'queue-stats', 'dump-flows', 'dump-aggregate'])
def test_each_dump_is_an_array(lab, version, command):
    option = f'-OOpenFlow1{version}'
    text = lab.out(f'ofctl --format=json {option} {command} br0')
    assert isinstance(json.loads(text), list)


@pytest.mark.weir_only
@pytest.mark.parametrize('version', range(4))
def test_queues_of_all_ports(lab, version):
    assert isinstance(dump(lab, f'-OOpenFlow1{version} queue-get-config br0'),
                      list)


@pytest.mark.weir_only
def test_errors(lab):
    lab.fails('ofctl --format yaml show br0', 'yaml: unknown output format')
    lab.fails('ofctl --format json dump-ipfix-bridge br0', 'OFPT_ERROR')
