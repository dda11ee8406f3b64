# SPDX-License-Identifier: Apache-2.0
"""Debian's own tools and libraries against our daemons."""
import json
import re
import textwrap

import pytest

from lab import wait_until

pytestmark = pytest.mark.lab('--ports', '4')
VSCTL = '/usr/bin/ovs-vsctl --timeout=10 '
OFCTL = '/usr/bin/ovs-ofctl '
APPCTL = '/usr/bin/ovs-appctl '
CLIENT = '/usr/bin/ovsdb-client '


def test_ovs_vsctl_configures(lab):
    lab.run(VSCTL + 'set port vm1 tag=10 -- set port vm2 tag=10 '
            '-- set port vm3 tag=20')
    assert lab.ping(1, 2) >= 2
    assert lab.ping(1, 3, count=2) == 0
    lab.run(VSCTL + 'add-br br1 -- set bridge br1 datapath_type=netdev '
            '-- add-port br1 in1 -- set interface in1 type=internal')
    assert lab.out(VSCTL + 'list-br').split() == ['br0', 'br1']
    assert lab.out(VSCTL + 'iface-to-br in1') == 'br1'
    assert int(lab.out(VSCTL + 'get interface in1 ofport')) > 0
    assert re.search(r'^ {4}Bridge br1$', lab.out(VSCTL + 'show'), re.M)
    lab.run(VSCTL + 'del-br br1')
    assert wait_until(lambda: 'in1' not in lab.out('ip -o link'))


def test_ovs_vsctl_as_libvirt_calls_it(lab):
    uuid = '11111111-2222-3333-4444-555555555555'
    lab.run(VSCTL + '-- --if-exists del-port vm1 -- --may-exist add-port br0 '
            'vm1 vlan_mode=native-untagged tag=10 trunk=10,20 '
            '-- set Interface vm1 '
            'external-ids:attached-mac="52:54:00:00:00:01" '
            f'-- set Interface vm1 external-ids:iface-id="{uuid}" '
            f'-- set Interface vm1 external-ids:vm-id="{uuid}" '
            '-- set Interface vm1 external-ids:iface-status=active')
    assert lab.out(VSCTL + 'get port vm1 trunks') == '[10, 20]'
    assert uuid in lab.out(VSCTL + 'get interface vm1 external_ids:iface-id')
    lab.run(VSCTL + 'set port vm1 qos=@qos1 '
            f'external-ids:vm-id="{uuid}" external-ids:ifname="vm1" '
            '-- --id=@qos1 create qos type=linux-noop '
            f'queues:0=@queue0 external-ids:vm-id="{uuid}" '
            'external-ids:ifname="vm1" -- --id=@queue0 create queue '
            'other_config:min-rate=8000000 '
            f'external-ids:vm-id="{uuid}" external-ids:ifname="vm1"')
    queue = lab.out(VSCTL + '--no-heading --columns=_uuid find queue '
                    f'external-ids:vm-id="{uuid}" external-ids:ifname="vm1"')
    assert re.fullmatch(r'[0-9a-f-]{36}', queue.strip())
    lab.run(VSCTL + f'set queue {queue.strip()} '
            'other_config:min-rate=500000')
    lab.run(VSCTL + '-- --if-exists clear Port vm1 tag -- --if-exists clear '
            'Port vm1 trunk -- --if-exists clear Port vm1 vlan_mode')
    assert lab.out(VSCTL + 'get port vm1 trunks tag vlan_mode').split() == \
        ['[]', '[]', '[]']

    def statistics():
        return dict(json.loads(lab.out(
            VSCTL + '--if-exists --format=list --data=json --no-headings '
            '--columns=statistics list Interface vm1'))[1])
    assert wait_until(lambda: 'rx_packets' in statistics())
    lab.run(VSCTL + '-- --if-exists del-port vm1')
    lab.run(VSCTL + '-- --if-exists del-port vm1')


def test_ovs_ofctl_programs_flows(lab):
    lab.run(OFCTL + 'add-flow br0 priority=9,icmp,actions=drop')
    assert lab.ping(1, 2, count=2) == 0
    lab.run(OFCTL + '--strict del-flows br0 priority=9,icmp')
    assert lab.ping(1, 2) >= 2
    for version in '10', '13':
        words = OFCTL + f'-O OpenFlow{version} '
        assert 'vm1' in lab.out(words + 'show br0')
        lab.run(words + 'add-flow br0 priority=8,udp,tp_dst=53,actions=drop')
        flows = lab.out(words + 'dump-flows br0')
        assert 'priority=8,udp,tp_dst=53 actions=drop' in flows
        assert 'NORMAL' in flows
        lab.run(words + 'mod-flows br0 udp,tp_dst=53,actions=output:1')
        assert 'output:' in lab.out(words + 'dump-flows br0 udp')
        assert 'flow_count=2' in lab.out(words + 'dump-aggregate br0')
        assert 'rx pkts=' in lab.out(words + 'dump-ports br0')
        assert 'active=2' in lab.out(words + 'dump-tables br0')
        lab.run(words + 'del-flows br0 udp')
    assert 'Weir' in lab.out(OFCTL + 'dump-desc br0') or lab.peer


def test_ovs_ofctl_groups_and_meters(lab):
    words = OFCTL + '-O OpenFlow13 '
    lab.run(words + 'add-group br0 group_id=5,type=select,'
            'bucket=weight:1,output:2,bucket=weight:1,output:2')
    lab.run(words + 'add-flow br0 '
            'priority=7,in_port=1,dl_dst=02:00:00:00:00:02,actions=group:5')
    assert lab.ping(1, 2) >= 2
    assert re.search(r'group_id=5,.*packet_count=[1-9]',
                     lab.out(words + 'dump-group-stats br0 group_id=5'))
    assert 'group_id=5,type=select' in lab.out(words + 'dump-groups br0')
    lab.run(words + 'del-groups br0 group_id=5')
    assert 'group:5' not in lab.out(words + 'dump-flows br0')
    lab.run(words + 'add-meter br0 meter=3,kbps,band=type=drop,rate=1000')
    assert 'meter=3' in lab.out(words + 'dump-meters br0')
    lab.run(words + 'del-meters br0')


def test_ovs_ofctl_monitor_sees_packets_and_ports(lab):
    lab.run(OFCTL + 'add-flow br0 priority=9,icmp,actions=controller,normal')
    child = lab.start(['sh', '-c', 'timeout 4 ' + OFCTL +
                       'monitor br0 65534 2>&1 || true'])
    lab.run('sleep 1')
    lab.ping(1, 2)
    lab.run(lab.vm(3, 'ip link set eth0 down'))
    words = child.communicate(timeout=20)[0]
    assert 'OFPT_PACKET_IN' in words or 'NXT_PACKET_IN' in words, words
    assert 'icmp' in words
    assert 'OFPT_PORT_STATUS' in words


def test_ovs_appctl_asks_the_daemons(lab):
    lab.all_ping((1, 2))
    assert '02:00:00:00:00:02' in lab.out(APPCTL + 'fdb/show br0')
    trace = lab.out(APPCTL + 'ofproto/trace br0 in_port=1,icmp')
    assert 'Datapath actions:' in trace
    assert 'NORMAL' in lab.out(APPCTL + 'bridge/dump-flows br0')
    assert 'vm1' in lab.out(APPCTL + 'dpif/show')
    commands = lab.out(APPCTL + 'list-commands')
    for command in 'coverage/show', 'memory/show', 'vlog/set', 'version':
        assert command in commands
        if command != 'vlog/set':
            lab.run(APPCTL + command)
    lab.run(APPCTL + 'vlog/set dbg')
    assert 'DBG' in lab.out(APPCTL + 'vlog/list')
    assert 'ovsdb-server' in lab.out(APPCTL + '-t ovsdb-server list-commands')


def test_ovsdb_client_reads_and_writes(lab):
    assert lab.out(CLIENT + 'list-dbs').split()[:1] == ['Open_vSwitch']
    schema = json.loads(lab.out(CLIENT + 'get-schema'))
    debian = json.load(open('/usr/share/openvswitch/vswitch.ovsschema'))
    assert set(debian['tables']) <= set(schema['tables'])
    for name, table in debian['tables'].items():
        assert set(table['columns']) <= set(schema['tables'][name]['columns'])
    assert 'Bridge' in lab.out(CLIENT + 'list-tables')
    assert 'br0' in lab.out(CLIENT + 'dump Bridge name')
    reply = json.loads(lab.out([
        *CLIENT.split(), 'transact', json.dumps(
            ['Open_vSwitch', {'op': 'select', 'table': 'Bridge', 'where': [
                ['name', '==', 'br0']], 'columns': ['name']}])]))
    assert reply == [{'rows': [{'name': 'br0'}]}]
    child = lab.start(['sh', '-c', 'timeout 3 ' + CLIENT +
                       '--format=json monitor Port tag || true'])
    lab.run('sleep 1')
    lab.run(VSCTL + 'set port vm1 tag=77')
    assert '77' in child.communicate(timeout=20)[0]


@pytest.mark.parametrize('method', ['monitor', 'monitor-cond',
                                    'monitor-cond-since'])
def test_ovsdb_client_monitors(lab, method):
    words = {'monitor': 'monitor unix:/run/openvswitch/db.sock '
             'Open_vSwitch Bridge name',
             'monitor-cond': 'monitor-cond unix:/run/openvswitch/db.sock '
             'Open_vSwitch [["name","==","br1"]] Bridge name',
             'monitor-cond-since':
             'monitor-cond-since unix:/run/openvswitch/db.sock Open_vSwitch '
             '00000000-0000-0000-0000-000000000000 '
             '[["name","==","br1"]] Bridge name'}[method]
    child = lab.start(['timeout', '3', '/usr/bin/ovsdb-client',
                       *words.split()])
    lab.run('sleep 1')
    lab.run(VSCTL + 'add-br br1 -- set bridge br1 datapath_type=netdev '
            '-- add-br br2 -- set bridge br2 datapath_type=netdev')
    seen = child.communicate(timeout=20)[0]
    assert 'br1' in seen
    assert ('br2' in seen) == (method == 'monitor')


IDL = textwrap.dedent('''
    import ovs.db.idl, ovs.poller
    remote = "unix:/run/openvswitch/db.sock"
    helper = ovs.db.idl.SchemaHelper(
        "/run/sandbox/share/vswitch.ovsschema")
    helper.register_all()
    idl = ovs.db.idl.Idl(remote, helper)

    def wait(done):
        while not done():
            idl.run()
            if done():
                break
            poller = ovs.poller.Poller()
            idl.wait(poller)
            poller.timer_wait(5000)
            poller.block()

    wait(lambda: idl.has_ever_connected())
    root = next(iter(idl.tables["Open_vSwitch"].rows.values()))
    print("bridges", [b.name for b in root.bridges])
    txn = ovs.db.idl.Transaction(idl)
    iface = txn.insert(idl.tables["Interface"])
    iface.name, iface.type = "pp0", "internal"
    port = txn.insert(idl.tables["Port"])
    port.name, port.interfaces = "pp0", [iface]
    port.tag = 42
    bridge = root.bridges[0]
    bridge.addvalue("ports", port)
    bridge.setkey("external_ids", "by", "python")
    root.increment("next_cfg")
    print("commit", txn.commit_block())
    number = txn.get_increment_new_value()
    wait(lambda: root.cur_cfg >= number)
    found = [i for i in idl.tables["Interface"].rows.values()
             if i.name == "pp0"]
    wait(lambda: found[0].ofport not in ([], [-1]))
    print("ofport", found[0].ofport)
''')


def test_python_ovs_reads_and_writes(lab):
    words = lab.out(['/usr/bin/python3', '-c', IDL], timeout=30)
    assert "bridges ['br0']" in words
    assert 'commit success' in words
    assert lab.out(VSCTL + 'get port pp0 tag') == '42'
    assert lab.out(VSCTL + 'br-get-external-id br0 by') == 'python'
