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


def protocols(lab, version):
    """Lets br0 speak one version only."""
    lab.vsctl(f'set bridge br0 protocols={version}')
    assert wait_until(lambda: connected(lab) and up(lab), seconds=15)


def up(lab):
    return ' up OpenFlow' in lab.out('sdnctl switch list')


@pytest.mark.parametrize('version, word', [('OpenFlow10', '1.0'),
                                           ('OpenFlow13', '1.3')])
def test_a_host_that_moves_takes_its_flows_along(lab, version, word):
    protocols(lab, version)
    options = '-O' + version
    assert wait_until(lambda: f'up OpenFlow {word}'
                      in lab.out('sdnctl switch list'), seconds=15)
    assert wait_until(lambda: lab.ping(1, 2) >= 2)

    def to_vm1():
        return [f for f in lab.flows(options=options)
                if str(f['actions']) in ('output:1', 'output:vm1')]
    assert to_vm1()
    assert re.search('02:00:00:00:00:01 .*port="?vm1',
                     lab.out('sdnctl host list'))
    mac = '020000000001'
    lab.send(2, bytes.fromhex(
        'ffffffffffff' + mac + '08060001080006040001' + mac
        + '0a000001' + '000000000000' + '0a000001' + '00' * 18))
    assert wait_until(lambda: re.search('02:00:00:00:00:01 .*port="?vm2',
                                        lab.out('sdnctl host list')))
    assert wait_until(lambda: not to_vm1())


def test_flows_are_kept_while_the_switch_is_down(lab):
    assert wait_until(lambda: up(lab))
    lab.ctl('kill', 'ovs-vswitchd')
    assert wait_until(lambda: not up(lab), seconds=15)
    lab.run(['sdnctl', 'flow', 'add', 'br0',
             'priority=700,tcp,tp_dst=7 actions=output:vm2'])
    lab.fails('sdnctl flow list br0', 'not connected', status=2)
    lab.ctl('start', 'ovs-vswitchd')
    assert wait_until(lambda: [f for f in lab.flows()
                               if f['priority'] == 700], seconds=20)
    lab.run('sdnctl flow del br0 tcp,tp_dst=7')
    assert wait_until(lambda: not [f for f in lab.flows()
                                   if f['priority'] == 700])
    assert lab.out('sdnctl rule list br0') == ''
    lab.run('sdnctl flow del br0')
    assert wait_until(lambda: lab.ping(1, 2) >= 2)


def test_sdnctl_says_what_is_wrong(lab):
    assert wait_until(lambda: up(lab))
    before = lab.out('sdnctl rule list br0')
    lab.fails(['sdnctl', 'flow', 'add', 'br0', 'tcp,actions=outpt:1'],
              'at offset', status=2)
    assert lab.out('sdnctl rule list br0') == before
    lab.fails('sdnctl flow add nobody actions=drop', 'nobody: no such switch',
              status=2)
    lab.fails('sdnctl flow fly br0', 'unknown command', status=1)
    lab.fails('sdnctl flow', 'two words', status=1)
    lab.fails('sdnctl -t /nowhere switch list', '/nowhere', status=1)
    lab.fails('sdnctl flow add br0', status=2)
    assert 'flow add' in lab.out('sdnctl --help')
