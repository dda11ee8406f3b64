# SPDX-License-Identifier: Apache-2.0
"""The Python library of Debian's Open vSwitch, and ovsdbapp over it, as
clients of our database server."""
import json
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
from ovsdb import (OURS, PEER, VSWITCH_SCHEMA, Server, insert, run, select,
                   update)

idl_module = pytest.importorskip('ovs.db.idl')
stream = pytest.importorskip('ovs.stream')

SCHEMA = {'name': 'I', 'version': '1.0.0', 'tables': {
    'Host': {'isRoot': True, 'indexes': [['name']], 'columns': {
        'name': {'type': 'string'}, 'n': {'type': 'integer'},
        'ids': {'type': {'key': 'string', 'value': 'string', 'min': 0,
                         'max': 'unlimited'}},
        'tags': {'type': {'key': 'integer', 'min': 0, 'max': 'unlimited'}},
        'ports': {'type': {'key': {'type': 'uuid', 'refTable': 'Port'},
                           'min': 0, 'max': 'unlimited'}},
        'peer': {'type': {'key': {'type': 'uuid', 'refTable': 'Host',
                                  'refType': 'weak'}, 'min': 0, 'max': 1}}}},
    'Port': {'columns': {'name': {'type': 'string'},
                         'speed': {'type': {'key': 'real', 'min': 0,
                                            'max': 1}}}}}}


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Replica:
    """An IDL of all tables, run until something holds."""

    def __init__(self, remote, schema=None):
        helper = idl_module.SchemaHelper(schema_json=schema or SCHEMA)
        helper.register_all()
        self.idl = idl_module.Idl(remote, helper)

    def until(self, check, seconds=15):
        end = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < end, 'the replica does not get there'
            self.idl.run()
            time.sleep(0.003)

    def rows(self, table):
        return list(self.idl.tables[table].rows.values())

    def named(self, table, name):
        return [r for r in self.rows(table) if r.name == name]

    def commit(self, change):
        """Runs 'change' in a transaction; its status."""
        txn = idl_module.Transaction(self.idl)
        change(txn)
        status = txn.commit_block()
        self.error = txn.get_error()
        return status

    def add(self, name, **columns):
        def change(txn):
            row = txn.insert(self.idl.tables['Host'])
            row.name = name
            for column, value in columns.items():
                setattr(row, column, value)
        # Just after a schema changed there is nothing to commit on.
        end = time.monotonic() + 10
        while True:
            status = self.commit(change)
            if status != 'try again' or time.monotonic() > end:
                break
            self.idl.run()
            time.sleep(0.003)
        assert status == 'success', self.error


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path, schema=SCHEMA) as found:
        yield found


@pytest.fixture
def replica(server):
    found = Replica('unix:' + server.socket)
    found.until(found.idl.has_ever_connected)
    yield found
    found.idl.close()


def test_columns_of_every_kind(replica):
    def change(txn):
        host = txn.insert(replica.idl.tables['Host'])
        port = txn.insert(replica.idl.tables['Port'])
        port.name, port.speed = 'p', 2.5
        host.name, host.n = 'h', -3
        host.ids, host.tags = {'a': '1', 'b': ''}, [5, 1]
        host.ports, host.peer = [port], host
    assert replica.commit(change) == 'success'
    (host,) = replica.rows('Host')
    assert (host.n, host.ids, host.tags) == (-3, {'a': '1', 'b': ''}, [1, 5])
    assert host.ports[0].name == 'p' and host.ports[0].speed == [2.5]
    assert host.peer == [host]


def test_mutations_of_two_do_not_collide(server, replica):
    other = Replica('unix:' + server.socket)
    replica.add('h', ids={'keep': 'x', 'drop': 'y'}, tags=[1, 2])
    other.until(lambda: other.rows('Host'))
    host, twin = replica.rows('Host')[0], other.rows('Host')[0]

    def of_ours(_):
        host.setkey('ids', 'ours', '1')
        host.delkey('ids', 'drop')
        host.addvalue('tags', 7)

    def of_others(_):
        twin.setkey('ids', 'theirs', '2')
        twin.delvalue('tags', 1)
    assert replica.commit(of_ours) == 'success'
    assert other.commit(of_others) == 'success'
    replica.until(lambda: host.ids == {'keep': 'x', 'ours': '1',
                                       'theirs': '2'})
    assert host.tags == [2, 7]
    other.idl.close()


def test_verify_sees_what_another_changed(server, replica):
    replica.add('h', n=1)
    host = replica.rows('Host')[0]
    txn = idl_module.Transaction(replica.idl)
    host.verify('n')
    host.n = host.n + 1
    server.client().transact(update('Host', [], {'n': 40}), db='I')
    status = txn.commit()
    while status == txn.INCOMPLETE:
        replica.idl.run()
        status = txn.commit()
    assert status == txn.TRY_AGAIN
    txn.abort()
    replica.until(lambda: host.n == 40)

    def again(_):
        host.verify('n')
        host.n = host.n + 1
    assert replica.commit(again) == 'success'
    assert host.n == 41


def test_increment_and_delete(replica):
    replica.add('h', n=5)
    host = replica.rows('Host')[0]
    txn = idl_module.Transaction(replica.idl)
    host.increment('n')
    host.setkey('ids', 'a', 'b')
    assert txn.commit_block() == txn.SUCCESS
    assert txn.get_increment_new_value() == 6
    assert replica.commit(lambda txn: host.delete()) == 'success'
    assert not replica.rows('Host')


def test_conditions_change(server, replica):
    client = server.client()
    client.transact(*[insert('Host', {'name': f'h{i}', 'n': i})
                      for i in range(20)], db='I')
    replica.until(lambda: len(replica.rows('Host')) == 20)
    replica.idl.cond_change('Host', [['n', '>=', 15], ['name', '==', 'h3']])
    replica.until(lambda: len(replica.rows('Host')) == 6)
    client.transact(update('Host', [['name', '==', 'h0']], {'n': 99}),
                    update('Host', [['name', '==', 'h19']], {'n': 0}),
                    db='I')
    replica.until(lambda: {r.name for r in replica.rows('Host')} == {
        'h0', 'h3', 'h15', 'h16', 'h17', 'h18'})
    replica.idl.cond_change('Host', [False])
    replica.until(lambda: not replica.rows('Host'))
    replica.idl.cond_change('Host', [True])
    replica.until(lambda: len(replica.rows('Host')) == 20)


def test_reconnects_and_catches_up(server, replica):
    replica.add('before')
    client = server.client()
    for i in range(3):
        server.stop(how=9)
        server.start()
        client = server.client()
        client.transact(insert('Host', {'name': f'h{i}'}),
                        update('Host', [['name', '==', 'before']], {'n': i}),
                        db='I')
        replica.until(lambda i=i: replica.named('Host', f'h{i}'))
        assert replica.named('Host', 'before')[0].n == i
    replica.add('after')
    assert len(replica.rows('Host')) == 5


def test_schema_changes_under_it(server, replica):
    replica.add('h')
    schema = json.loads(json.dumps(SCHEMA))
    schema['version'] = '1.1.0'
    schema['tables']['Host']['columns']['more'] = {'type': 'string'}
    client = server.client()
    client.call('set_db_change_aware', True)
    assert client.call('convert', 'I', schema) == {}
    client.transact(insert('Host', {'name': 'new', 'more': 'x'}), db='I')
    replica.until(lambda: replica.named('Host', 'new'))
    replica.add('second')
    assert len(replica.rows('Host')) == 3


def test_lock(server, replica):
    other = Replica('unix:' + server.socket)
    replica.idl.set_lock('l')
    replica.until(lambda: replica.idl.has_lock)
    other.idl.set_lock('l')
    other.until(lambda: other.idl.has_ever_connected()
                and other.idl.is_lock_contended)
    assert other.commit(lambda txn: txn.insert(
        other.idl.tables['Host'])) == 'not locked'
    replica.idl.set_lock(None)
    replica.until(lambda: not replica.idl.has_lock)
    other.until(lambda: other.idl.has_lock)
    other.add('with the lock')
    other.idl.close()


@pytest.mark.parametrize('make', [OURS, PEER], ids=['ours', 'theirs'])
def test_server_that_connects(tmp_path, make):
    """The client listens and the server comes: 'ovsdb-client' of both, since
    the Python library does not get further than accept()."""
    if not shutil.which(make['client']):
        pytest.skip('no such client')
    port = free_port()
    with Server(tmp_path, schema=SCHEMA,
                options=[f'--remote=tcp:127.0.0.1:{port}']):
        assert 'I\n' in run(make['client'], '--timeout=20', 'list-dbs',
                            f'ptcp:{port}:127.0.0.1')


@pytest.mark.skipif(not shutil.which('ovs-pki'), reason='ovs-pki is needed')
def test_ssl(tmp_path):
    pki = str(tmp_path / 'pki')
    os.mkdir(pki)
    for words in (['init'], ['req+sign', 'server', 'switch'],
                  ['req+sign', 'client', 'controller']):
        subprocess.run(['ovs-pki', '--dir=' + pki + '/ca',
                        '--log=' + pki + '/log', *words], cwd=pki,
                       check=True, capture_output=True)
    port = free_port()
    with Server(tmp_path, schema=SCHEMA, options=[
            f'--remote=pssl:{port}:127.0.0.1',
            f'--private-key={pki}/server-privkey.pem',
            f'--certificate={pki}/server-cert.pem',
            f'--ca-cert={pki}/ca/controllerca/cacert.pem']):
        stream.Stream.ssl_set_private_key_file(pki + '/client-privkey.pem')
        stream.Stream.ssl_set_certificate_file(pki + '/client-cert.pem')
        stream.Stream.ssl_set_ca_cert_file(pki + '/ca/switchca/cacert.pem')
        replica = Replica(f'ssl:127.0.0.1:{port}')
        replica.until(replica.idl.has_ever_connected)
        replica.add('h', ids={'k': 'x' * 100000})
        assert len(replica.rows('Host')[0].ids['k']) == 100000
        replica.idl.close()


@pytest.fixture(params=[OURS, PEER], ids=['ours', 'theirs'])
def vswitch(request, tmp_path):
    if not os.path.exists(request.param['server']):
        pytest.skip('no such server')
    with open(VSWITCH_SCHEMA, encoding='utf-8') as text:
        schema = json.load(text)
    with Server(tmp_path, make=request.param, schema=schema,
                options=['--remote=db:Open_vSwitch,Open_vSwitch,'
                         'manager_options']) as server:
        run('/usr/bin/ovs-vsctl', '--no-wait',
            '--db=unix:' + server.socket, 'init')
        switch = Switch(server)
        yield server
        switch.stop()


class Switch(threading.Thread):
    """Says of every configuration that it is done, as a switch does."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.client = server.client()
        self.ends = False
        self.start()

    def run(self):
        done = 0
        while not self.ends:
            (found,) = self.client.transact(
                select('Open_vSwitch', columns=['next_cfg']),
                db='Open_vSwitch')
            wanted = found['rows'][0]['next_cfg']
            if wanted != done:
                self.client.transact(
                    update('Interface', [['ofport', '==', ['set', []]]],
                           {'ofport': 1}),
                    update('Open_vSwitch', [], {'cur_cfg': wanted}),
                    db='Open_vSwitch')
                done = wanted
            time.sleep(0.01)

    def stop(self):
        self.ends = True
        self.join(10)
        self.client.close()


def manager(server):
    """A TCP remote, made as OpenStack's agents make it."""
    target = f'ptcp:{free_port()}:127.0.0.1'
    run('/usr/bin/ovs-vsctl', '--no-wait', '--timeout=10',
        '--db=unix:' + server.socket, '--id=@manager', '--', 'create',
        'Manager', f'target="{target}"', '--', 'add', 'Open_vSwitch', '.',
        'manager_options', '@manager')
    run('/usr/bin/ovs-vsctl', '--no-wait', '--db=unix:' + server.socket,
        'set', 'Manager', target, 'inactivity_probe=60000')
    return target[1:].split(':')


def test_ovsdbapp(vswitch):
    """What os-vif and Neutron's agents do to plug a port."""
    impl_idl = pytest.importorskip('ovsdbapp.schema.open_vswitch.impl_idl')
    connection = pytest.importorskip('ovsdbapp.backend.ovs_idl.connection')
    kind, port, host = manager(vswitch)
    # The library keeps one connection in the class.
    impl_idl.OvsdbIdl._ovsdb_connection = None
    idl = connection.OvsdbIdl.from_server(f'{kind}:{host}:{port}',
                                          'Open_vSwitch')
    api = impl_idl.OvsdbIdl(connection.Connection(idl=idl, timeout=10))
    with api.transaction(check_error=True) as txn:
        txn.add(api.add_br('br-int', may_exist=True,
                           datapath_type='system'))
        txn.add(api.db_set('Bridge', 'br-int', ('fail_mode', 'secure'),
                           ('protocols', ['OpenFlow10', 'OpenFlow13']),
                           ('other_config', {'mac-table-size': '50000'})))
    ids = {'iface-id': 'port-1', 'iface-status': 'active',
           'attached-mac': '00:00:00:00:00:01', 'vm-uuid': 'vm-1'}
    with api.transaction(check_error=True) as txn:
        txn.add(api.add_port('br-int', 'tap1'))
        txn.add(api.db_set('Interface', 'tap1', ('external_ids', ids),
                           ('mtu_request', 1450)))
        txn.add(api.db_set('Port', 'tap1', ('tag', 4095),
                           ('other_config', {'tag': '7'})))
    assert api.iface_to_br('tap1').execute(check_error=True) == 'br-int'
    assert api.db_get('Interface', 'tap1', 'external_ids').execute() == ids
    assert api.db_get('Interface', 'tap1', 'ofport').execute() == 1
    with api.transaction(check_error=True) as txn:
        queue = txn.add(api.db_create('Queue', external_ids={'port': 'tap1'},
                                      other_config={'max-rate': '1000'}))
        qos = txn.add(api.db_create('QoS', type='linux-htb',
                                    queues={0: queue}))
        txn.add(api.db_set('Port', 'tap1', ('qos', qos)))
    found = api.db_find('QoS', ('type', '=', 'linux-htb'), columns=[
        'type', 'queues']).execute(check_error=True)
    assert len(found) == 1 and list(found[0]['queues']) == [0]
    api.db_clear('Port', 'tap1', 'qos').execute(check_error=True)
    api.db_remove('Interface', 'tap1', 'external_ids', 'vm-uuid').execute(
        check_error=True)
    assert 'vm-uuid' not in api.db_get('Interface', 'tap1',
                                       'external_ids').execute()
    assert api.set_controller('br-int', ['tcp:127.0.0.1:6633']).execute(
        check_error=True) is None
    assert api.get_controller('br-int').execute() == ['tcp:127.0.0.1:6633']
    with pytest.raises(Exception):
        api.add_port('br-none', 'x').execute(check_error=True)
    assert api.list_ports('br-int').execute() == ['tap1']
    api.del_port('tap1', 'br-int').execute(check_error=True)
    api.del_br('br-int').execute(check_error=True)
    assert api.list_br().execute() == []
    api.ovsdb_connection.stop(10)
