# SPDX-License-Identifier: Apache-2.0
"""What is configured stays, whatever is stopped or killed."""
import random

import pytest

from lab import wait_until


@pytest.mark.lab('--ports', '2')
def test_configuration_is_back_after_a_restart(lab):
    lab.vsctl('set port vm1 tag=10 -- set port vm2 tag=10 '
              '-- set bridge br0 other_config:mac-aging-time=123 '
              '-- set-fail-mode br0 secure -- br-set-external-id br0 a "b c"')
    lab.vsctl('add-port br0 tap9 -- set interface tap9 type=internal')
    show = sorted(lab.vsctl('show').splitlines())
    lab.ctl('stop', 'ovs-vswitchd', 'ovsdb-server')
    lab.ctl('start', 'ovsdb-server', 'ovs-vswitchd')
    lab.vsctl('get open_vswitch . cur_cfg')
    assert sorted(lab.vsctl('show').splitlines()) == show
    assert lab.vsctl('get port vm1 tag') == '10'
    assert lab.vsctl('get bridge br0 other_config:mac-aging-time') == '"123"'
    assert lab.vsctl('br-get-external-id br0 a') == 'b c'
    assert wait_until(lambda: 'tap9' in lab.out('ip -o link'))
    assert wait_until(lambda: not lab.run(
        'ovs-ofctl add-flow br0 actions=normal', ok=False).returncode)
    assert wait_until(lambda: lab.ping(1, 2) >= 2)


@pytest.mark.lab('--ports', '2')
def test_switch_killed_and_started_forwards_again(lab):
    assert lab.ping(1, 2) >= 2
    lab.ctl('kill', 'ovs-vswitchd')
    lab.ctl('start', 'ovs-vswitchd')
    assert wait_until(lambda: lab.ping(1, 2) >= 2)


@pytest.mark.weir_only      # The peer forwards nothing meanwhile.
@pytest.mark.lab('--ports', '2')
def test_database_restarted_below_a_running_switch(lab):
    assert lab.ping(1, 2) >= 2
    lab.ctl('stop', 'ovsdb-server')
    assert lab.ping(1, 2) >= 2
    lab.ctl('start', 'ovsdb-server')
    lab.vsctl('set port vm1 tag=7')
    assert wait_until(lambda: lab.ping(1, 2, count=1) == 0)
    lab.vsctl('clear port vm1 tag')
    assert wait_until(lambda: lab.ping(1, 2) >= 2)


@pytest.mark.lab('--ports', '2')
def test_database_restarted_is_found_again(lab):
    lab.ctl('stop', 'ovsdb-server')
    lab.ctl('start', 'ovsdb-server')
    lab.vsctl('set port vm1 tag=7')
    assert wait_until(lambda: lab.ping(1, 2, count=1) == 0)
    lab.vsctl('clear port vm1 tag')
    assert wait_until(lambda: lab.ping(1, 2) >= 2)


@pytest.mark.lab('--no-bridge')
@pytest.mark.parametrize('seed', range(3))
def test_killed_database_keeps_every_acknowledged_transaction(lab, seed):
    """100 transactions are on their way; the server dies after some."""
    dies_after = random.Random(seed).randrange(1, 100)
    database = lab.database()
    ids = [database.send('transact', 'Open_vSwitch', {
        'op': 'mutate', 'table': 'Open_vSwitch', 'where': [],
        'mutations': [['external_ids', 'insert',
                       ['map', [[f'key{i}', str(i)]]]]]},
        {'op': 'commit', 'durable': True}) for i in range(100)]
    acknowledged = []
    while True:
        message = database.receive()
        if message is None:
            break
        if message.get('id') in ids:
            assert message['error'] is None
            acknowledged.append(ids.index(message['id']))
            if len(acknowledged) == dies_after:
                lab.ctl('kill', 'ovsdb-server')
    assert len(acknowledged) >= dies_after
    lab.ctl('start', 'ovsdb-server')
    found = lab.vsctl('--no-wait get open_vswitch . external_ids')
    for i in acknowledged:
        assert f'key{i}=' in found
