# SPDX-License-Identifier: Apache-2.0
"""What controllers hear of full tables, and the meter on what they hear."""
import re

import pytest

from lab import wait_until

OFCTL = '/usr/bin/ovs-ofctl --timeout=10 -OOpenFlow14 '
CTL = '/run/sandbox/monitor.ctl'
# OFPT_SET_ASYNC of 1.4: both reasons of TABLE_STATUS_MASTER.
TABLE_STATUS_ON = '051c001000000001' '0009000800000018'


@pytest.fixture
def full(lab):
    lab.run('ovs-vsctl --timeout=10 set bridge br0 protocols=OpenFlow13,'
            'OpenFlow14 flow_tables:1=@t -- --id=@t create flow_table '
            'name=main flow_limit=10 overflow_policy=evict')
    return lab


def hear(lab, version, work, last):
    """What a controller is told while work() runs, up to `last`."""
    child = lab.start(f'/usr/bin/ovs-ofctl -OOpenFlow{version} monitor br0 '
                      f'65534 --unixctl={CTL} -vconsole:off')
    # Once the switch has answered it, it has the length that it set.
    barrier = f'/usr/bin/ovs-appctl -t {CTL} ofctl/barrier'
    assert wait_until(lambda: lab.run(barrier, ok=False).returncode == 0)
    if version == 14:
        assert lab.run(f'/usr/bin/ovs-appctl -t {CTL} ofctl/send '
                       + TABLE_STATUS_ON).returncode == 0
        lab.run(barrier)
    work()
    heard = ''
    for line in child.stdout:
        heard += line
        if re.search(last, line):
            break
    lab.end(child)
    return heard


@pytest.mark.weir_only
def test_vacancy(full):
    def work():
        full.run(OFCTL + 'mod-table br0 main vacancy:20,80')
        for i in range(9):
            full.run(OFCTL + f'add-flow br0 table=1,priority={i + 1},'
                     'actions=drop')
        full.run(OFCTL + 'del-flows br0 table=1')
        full.run(OFCTL + 'add-flow br0 table=1,send_flow_rem,actions=drop')
        full.run(OFCTL + 'del-flows br0 table=1')

    heard = hear(full, 14, work, '^OFPT_FLOW_REMOVED')
    assert re.findall(r'reason=(VACANCY\w+)', heard) == [
        'VACANCY_DOWN', 'VACANCY_UP']
    assert re.findall(r'vacancy=(\d+)%', heard) == ['10', '100']


def test_eviction_is_told(full):
    def work():
        for i in range(11):
            full.run(OFCTL + f'add-flow br0 table=1,priority={i + 1},'
                     f'idle_timeout={100 - i},send_flow_rem,actions=drop')
        full.run(OFCTL + '--strict del-flows br0 table=1,priority=1')

    heard = hear(full, 14, work, 'reason=delete')
    assert re.findall(r'priority=(\d+) reason=(\w+)', heard) == [
        ('10', 'eviction'), ('1', 'delete')]


def test_controller_meter(lab):
    lab.run('ovs-vsctl --timeout=10 set bridge br0 protocols=OpenFlow10,'
            'OpenFlow13,OpenFlow14')
    lab.run(OFCTL + 'add-meter br0 meter=controller,pktps,stats,'
            'band=type=drop,rate=1')
    frame = 'ff' * 6 + '020000000001' + '0800' + '00' * 46
    sent = ' '.join([frame] * 30)
    lab.run(f'/usr/bin/ovs-ofctl packet-out br0 none controller {sent}')

    def counts():
        return re.findall(r'(?:packet_in_count|packet_count):(\d+)',
                          lab.out(OFCTL + 'meter-stats br0 meter=controller'))
    assert wait_until(lambda: counts()[0] == '30'), counts()
    assert int(counts()[1]) > 0
