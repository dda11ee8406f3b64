# SPDX-License-Identifier: Apache-2.0
"""Remotes that the database names: what the server writes back of them, with
Debian's server beside ours."""
import json
import shutil
import socket
import time

import pytest
from ovsdb import OURS, PEER, Client, Server, insert, select, update
from pki import TcpClient, free_port, retry

pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")

TEXTS = {'key': 'string', 'value': 'string', 'min': 0, 'max': 'unlimited'}
SCHEMA = {'name': 'T', 'version': '1.0.0', 'tables': {
    'Root': {'isRoot': True, 'columns': {
        'remotes': {'type': {'key': {'type': 'uuid', 'refTable': 'Remote'},
                             'min': 0, 'max': 'unlimited'}},
        'texts': {'type': {'key': 'string', 'min': 0,
                           'max': 'unlimited'}}}},
    'Remote': {'columns': {
        'target': {'type': 'string'}, 'read_only': {'type': 'boolean'},
        'inactivity_probe': {'type': {'key': 'integer', 'min': 0}},
        'max_backoff': {'type': {'key': 'integer', 'min': 0}},
        'is_connected': {'type': 'boolean', 'ephemeral': True},
        'status': {'type': TEXTS, 'ephemeral': True}}}}}


class Active(Client):
    """A client that the server connects to."""

    def __init__(self, port):
        self.setup()
        self.listener = socket.create_server(('127.0.0.1', port))
        self.listener.settimeout(20)
        self.sock = None

    def accept(self):
        self.sock, _ = self.listener.accept()
        self.sock.settimeout(10)
        return self


class Set:
    """One server with a remote of every kind."""

    def __init__(self, folder, make):
        self.server = Server(folder, make=make, schema=SCHEMA, options=[
            '--remote=db:T,Root,remotes', '--remote=db:T,Root,texts']).start()
        self.admin = self.server.client()
        self.ports = {name: free_port() for name in (
            'idle', 'one', 'two', 'up', 'down', 'text', 'v6')}
        self.active = Active(self.ports['up'])
        ports = self.ports
        targets = {
            'idle': f"ptcp:{ports['idle']}:127.0.0.1",
            'one': f"ptcp:{ports['one']}",
            'two': f"ptcp:{ports['two']}:0.0.0.0",
            'up': f"tcp:127.0.0.1:{ports['up']}",
            'down': f"tcp:127.0.0.1:{ports['down']}",
            'v6': f"ptcp:{ports['v6']}:[::1]", 'bad': 'nonsense:1'}
        self.admin.transact(
            insert('Root', {
                'texts': f"ptcp:{ports['text']}:127.0.0.1",
                'remotes': ['set', [['named-uuid', n] for n in targets]]}),
            *[insert('Remote', {'target': t, 'max_backoff': 1000,
                                'inactivity_probe': 60000,
                                'read_only': n == 'one'},
                     **{'uuid-name': n}) for n, t in targets.items()])
        self.names = {t: n for n, t in targets.items()}
        self.clients = [retry(lambda n=n: TcpClient(ports[n]))
                        for n in ('one', 'two', 'two', 'text')]
        self.clients.append(retry(lambda: TcpClient(ports['v6'], '::1')))
        self.active.accept().call('lock', 'mine')

    def status(self):
        """What stands in the rows, without the times."""
        found = {}
        for row in self.admin.transact(select('Remote'))[0]['rows']:
            status = dict(row['status'][1])
            name = self.names[row['target']]
            if 'bound_port' in status:
                assert status['bound_port'] == str(self.ports[name])
                status['bound_port'] = 'as asked'
            for key in list(status):
                if key.startswith('sec_since'):
                    assert status[key].isdigit()
                    status[key] = 'N'
                    if name != 'up':    # Debian's writes zeros there.
                        del status[key]
            status.pop('last_error', None)      # Debian's never has it.
            if name == 'down':      # It waits, then tries again.
                del status['state']
            found[name] = row['is_connected'], status
        return found

    def close(self):
        for client in [*self.clients, self.active, self.admin]:
            client.close()
        self.active.listener.close()
        self.server.stop()


@pytest.fixture
def sets(tmp_path):
    made = []
    for name, make in (('ours', OURS), ('theirs', PEER)):
        (tmp_path / name).mkdir()
        made.append(Set(tmp_path / name, make))
    yield made
    for one in made:
        one.close()


def test_status_is_written_as_the_peer_does(sets):
    ours, theirs = sets
    end = time.monotonic() + 25
    while time.monotonic() < end and (
            ours.status() != theirs.status()
            or 'locks_held' not in ours.status()['up'][1]):
        time.sleep(0.3)
    assert ours.status() == theirs.status()
    assert ours.status()['up'][1]['locks_held'] == 'mine'
    assert ours.status()['two'][1]['n_connections'] == '2'


def test_read_only_remotes(sets):
    for one in sets:
        result = one.clients[0].call('transact', 'T', insert('Root', {}))
        assert result[0]['error'] == 'not allowed'
        assert 'read only mode' in result[0]['details']
        assert one.clients[0].transact(select('Root'))
        assert one.clients[0].error('lock', 'x').startswith('lock and')
    ours = sets[0]              # Follows a row that changes.
    ours.admin.transact(update('Remote', [], {'read_only': False}))
    ours.clients[0].transact(update('Root', [], {'texts': ['set', []]}))


def test_errors_are_told(sets):
    ours = sets[0]
    end = time.monotonic() + 15
    while time.monotonic() < end:
        found = {ours.names[row['target']]: dict(row['status'][1])
                 for row in ours.admin.transact(select('Remote'))[0]['rows']}
        if all('last_error' in found[name] for name in ('bad', 'down')):
            break
        time.sleep(0.1)
    assert found['down']['last_error'] == 'Connection refused'
    assert found['bad']['last_error'] == 'not a connection method'


def test_remotes_come_and_go(sets):
    for one in sets:
        one.admin.transact(update('Root', [], {'remotes': ['set', []],
                                               'texts': ['set', []]}))
        for client in one.clients[:4]:
            with pytest.raises((EOFError, OSError)):
                while True:
                    client.receive()
        with pytest.raises(OSError):
            TcpClient(one.ports['text'])
        assert json.dumps(one.admin.call('list_dbs')) == '["T", "_Server"]'
