# SPDX-License-Identifier: Apache-2.0
"""The switch and its controller: connection, flows, fail modes."""
import json
import re
import time

import pytest

from lab import wait_until

pytestmark = pytest.mark.lab('--ports', '2', '--controller')


def connected(lab):
    return lab.vsctl('get controller br0 is_connected') == 'true'


def test_show_says_connected(lab):
    assert re.search(r'^ {4}Bridge br0\n(.*\n)*? {8}Controller '
                     r'"tcp:127\.0\.0\.1:6653"\n {12}is_connected: true$',
                     lab.vsctl('show'), re.M)


def test_first_packet_goes_to_the_controller_later_ones_do_not(lab):
    assert lab.ping(1, 2, count=5, wait=2) >= 4
    flows = learned(lab)
    assert flows
    assert any(f.get('idle_timeout') or f.get('hard_timeout') for f in flows)
    time.sleep(1)       # Statistics have been folded, whoever asks.
    before = packets(lab)
    assert lab.ping(1, 2, count=10) == 10
    assert wait_until(lambda: packets(lab) >= before + 20)


def learned(lab):
    """Flows that the controller made for our hosts."""
    return [f for f in lab.flows() if '02:00:00:00:00:0' in str(f['match'])]


def packets(lab):
    return sum(f['n_packets'] for f in learned(lab))


def test_standalone_takes_over_and_gives_back(lab):
    """Three probe intervals without a controller: the switch learns by
    itself.  When it is back, it is asked again."""
    lab.vsctl('set controller br0 inactivity_probe=1000 max_backoff=1000')
    lab.vsctl('set-fail-mode br0 standalone')
    assert wait_until(lambda: connected(lab))
    lab.ctl('kill', 'sdnd')
    assert wait_until(lambda: not connected(lab))
    lab.ofctl('del-flows br0')
    assert wait_until(lambda: lab.ping(1, 2, count=1), seconds=25)
    assert lab.ping(1, 2) == 3
    assert not learned(lab)
    lab.ctl('start', 'sdnd')
    assert wait_until(lambda: connected(lab))
    assert wait_until(lambda: lab.ping(1, 2) >= 2)
    assert learned(lab)


def test_secure_leaves_the_flows_alone(lab):
    lab.vsctl('set controller br0 inactivity_probe=1000 max_backoff=1000')
    lab.vsctl('set-fail-mode br0 secure')
    assert wait_until(lambda: connected(lab))
    lab.ofctl('del-flows br0')
    lab.ctl('kill', 'sdnd')
    assert wait_until(lambda: not connected(lab))
    lab.ofctl('del-flows br0')
    time.sleep(5)
    assert lab.flows() == []
    assert lab.ping(1, 2, count=2) == 0
    lab.ofctl('add-flow br0 arp,actions=normal')
    lab.ofctl('add-flow br0 icmp,actions=normal')
    assert lab.ping(1, 2) >= 2
    lab.ctl('start', 'sdnd')
    assert wait_until(lambda: connected(lab))
    assert len([f for f in lab.flows() if f['actions'] == 'NORMAL']) == 2


def test_flows_expire(lab):
    lab.ctl('kill', 'sdnd')
    lab.vsctl('set-fail-mode br0 secure')
    lab.ofctl('del-flows br0')
    lab.ofctl('add-flow br0 idle_timeout=1,priority=5,icmp,actions=normal')
    lab.ofctl('add-flow br0 hard_timeout=2,priority=4,actions=normal')
    assert len(lab.flows()) == 2
    assert wait_until(lambda: len(lab.flows()) == 1, seconds=4)
    assert lab.flows()[0]['priority'] == 4
    assert wait_until(lambda: not lab.flows(), seconds=4)


def test_two_controllers_and_a_wrong_address(lab):
    lab.vsctl('set-controller br0 tcp:127.0.0.1:6653 tcp:127.0.0.1:1')
    def states():
        rows = json.loads(lab.vsctl(
            '--format=json --columns=target,is_connected list controller'))
        return dict(rows['data'])
    assert wait_until(lambda: states().get('tcp:127.0.0.1:6653') )
    assert not states()['tcp:127.0.0.1:1']


def test_del_controller(lab):
    lab.vsctl('del-controller br0')
    assert lab.vsctl('get-controller br0') == ''
    assert lab.vsctl('--columns=_uuid list controller') == ''
    assert lab.ping(1, 2) >= 2
