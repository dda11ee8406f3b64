# SPDX-License-Identifier: Apache-2.0
"""Active-backup replication and relays, ours and Debian's in both roles."""
import json
import os
import random
import shutil
import signal
import time

import pytest
from ovsdb import (OURS, PEER, SCHEMA, Client, Server, insert, select,
                   update)

MAKES = [(OURS, OURS), (OURS, PEER), (PEER, OURS)]
IDS = ['ours-from-ours', 'ours-from-theirs', 'theirs-from-ours']
pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")


def until(check, seconds=15):
    """Waits until check() is true, and returns what it is."""
    end = time.monotonic() + seconds
    while True:
        try:
            found = check()
        except (OSError, EOFError, AssertionError):
            found = None
        if found or time.monotonic() > end:
            return found
        time.sleep(0.05)


class Relay(Server):
    """A server without a file of its own."""

    def __init__(self, folder, make, source):
        os.makedirs(folder)
        super().__init__(folder, make=make, create=False)
        self.file = 'relay:T:' + source


def make_server(folder, make, **more):
    os.makedirs(folder)
    return Server(folder, make=make, **more)


def rows(server_or_client, table='A'):
    """What a table holds, without what differs between servers."""
    client = server_or_client
    if not isinstance(client, Client):
        client = client.client()
    found = client.transact(select(table))[0]['rows']
    for row in found:
        del row['_version']
    if client is not server_or_client:
        client.close()
    return sorted(json.dumps(row, sort_keys=True) for row in found)


def self_row(server, name='T'):
    client = server.client()
    found = client.call('transact', '_Server', select(
        'Database', [['name', '==', name]]))[0]['rows']
    client.close()
    return found[0]


def fill(server):
    client = server.client()
    client.transact(
        insert('A', {'name': 'a', 'n': 1, 's': ['set', ['x', 'y']],
                     'm': ['map', [['k', 'v']]], 'eph': 'e',
                     'kids': ['named-uuid', 'kid']}),
        insert('K', {'n': 7}, **{'uuid-name': 'kid'}))
    return client


@pytest.mark.parametrize('copier,source', MAKES, ids=IDS)
def test_backup(tmp_path, copier, source):
    with make_server(tmp_path / 'active', source) as active:
        client = fill(active)
        backup = make_server(tmp_path / 'backup', copier, options=[
            '--sync-from=unix:' + active.socket])
        with backup:
            assert until(lambda: rows(backup) == rows(active))
            assert rows(backup, 'K') == rows(active, 'K')
            client.transact(update('A', [], {'n': 2, 's': ['set', []],
                                             'kids': ['set', []]}),
                            insert('A', {'name': 'b'}))
            assert until(lambda: len(rows(backup)) == 2)
            assert until(lambda: rows(backup) == rows(active))
            assert rows(backup, 'K') == []
            status = backup.appctl('ovsdb-server/sync-status')
            assert status == ('state: backup\nreplicating: unix:'
                              f'{active.socket}\ndatabase: T\n')
            other = backup.client()
            result = other.call('transact', 'T', insert('A', {'name': 'c'}))
            assert result[0]['error'] == 'not allowed'
            assert other.error('lock', 'x').startswith('lock and unlock')
            # The active one goes; the copy stays, and takes over.
            active.stop()
            assert len(rows(backup)) == 2
            backup.appctl('ovsdb-server/disconnect-active-ovsdb-server')
            until(lambda: rows(backup))
            assert backup.appctl(
                'ovsdb-server/sync-status') == 'state: active\n'
            backup.client().transact(insert('A', {'name': 'd'}))
            kept = rows(backup)
        with backup:        # It was all in its file.
            assert until(lambda: os.path.exists(backup.ctl))
            backup.appctl('ovsdb-server/disconnect-active-ovsdb-server')
            found = until(lambda: rows(backup))
            assert len(found) == 3 and len(kept) == 3


@pytest.mark.parametrize('copier', [OURS, PEER], ids=['ours', 'theirs'])
def test_backup_starts_over_from_another_state(tmp_path, copier):
    with make_server(tmp_path / 'active', OURS) as active, \
            make_server(tmp_path / 'backup', copier) as backup:
        fill(active).close()
        backup.client().transact(insert('A', {'name': 'stranger'}),
                                 insert('A', {'name': 'another'}))
        backup.appctl('ovsdb-server/set-active-ovsdb-server',
                      'unix:' + active.socket)
        assert backup.appctl('ovsdb-server/get-active-ovsdb-server'
                             ) == f'unix:{active.socket}\n'
        backup.appctl('ovsdb-server/connect-active-ovsdb-server')
        assert until(lambda: rows(backup) == rows(active))
        assert 'stranger' not in ''.join(rows(backup))


@pytest.mark.parametrize('copier', [OURS, PEER], ids=['ours', 'theirs'])
def test_tables_can_be_left_out(tmp_path, copier):
    schema = json.loads(json.dumps(SCHEMA))
    schema['tables']['B'] = {'isRoot': True, 'columns': {
        'n': {'type': 'integer'}}}
    with make_server(tmp_path / 'active', OURS, schema=schema) as active, \
            make_server(tmp_path / 'backup', copier, schema=schema,
                        options=['--sync-from=unix:' + active.socket,
                                 '--sync-exclude-tables=T:B', '--active']
                        ) as backup:
        fill(active).transact(insert('B', {'n': 1}))
        assert backup.appctl('ovsdb-server/sync-status') == 'state: active\n'
        assert backup.appctl('ovsdb-server/get-sync-exclude-tables'
                             ) == 'T:B\n'
        backup.client().transact(insert('B', {'n': 5}))
        backup.appctl('ovsdb-server/connect-active-ovsdb-server')
        assert until(lambda: rows(backup) == rows(active))
        assert '"n": 1' not in ''.join(rows(backup, 'B'))
        assert 'exclude: T:B\n' in backup.appctl('ovsdb-server/sync-status')


def test_another_schema_or_itself_is_refused(tmp_path):
    schema = json.loads(json.dumps(SCHEMA))
    schema['tables']['A']['columns']['more'] = {'type': 'integer'}
    with make_server(tmp_path / 'active', OURS, schema=schema) as active, \
            make_server(tmp_path / 'backup', OURS, options=[
                '--sync-from=unix:' + active.socket]) as backup:
        assert until(lambda: 'schema' in backup.appctl(
            'ovsdb-server/sync-status'))
        backup.appctl('ovsdb-server/set-active-ovsdb-server',
                      'unix:' + backup.socket)
        assert until(lambda: 'the server itself' in backup.appctl(
            'ovsdb-server/sync-status'))


@pytest.mark.parametrize('copier,source', MAKES, ids=IDS)
def test_relay(tmp_path, copier, source):
    with make_server(tmp_path / 'source', source) as origin, \
            Relay(tmp_path / 'relay', copier,
                  'unix:' + str(tmp_path / 'source/s')) as relay:
        fill(origin)
        assert until(lambda: self_row(relay)['connected'])
        assert self_row(relay)['model'] == 'relay'
        assert self_row(relay)['leader'] is False
        assert rows(relay) == rows(origin)
        client = relay.client()
        client.call('set_db_change_aware', True)
        client.call('monitor', 'T', 'm', {'A': {'columns': ['name']}})
        # Its own change is told before the answer.
        number = client.request('transact', ['T', insert('A', {
            'name': 'by relay'})])
        first = client.receive()
        assert first.get('method') == 'update', first
        assert client.reply(number)['error'] is None
        assert rows(relay) == rows(origin) and len(rows(origin)) == 2
        # Errors come back as the source made them.
        reply = client.call('transact', 'T', insert('A', {'name': 'a'}))
        assert reply[-1]['error'] == 'constraint violation'
        # The source changes; then it is away, and comes back.
        origin.client().transact(insert('A', {'name': 'there'}))
        assert until(lambda: len(rows(relay)) == 3)
        origin.stop(signal.SIGKILL)
        if copier is OURS:      # Debian's takes its time to say so.
            assert until(lambda: not self_row(relay)['connected'])
        assert len(rows(relay)) == 3
        origin.start()
        assert until(lambda: self_row(relay)['connected'], 20)
        client.transact(insert('A', {'name': 'again'}))
        assert rows(relay) == rows(origin) and len(rows(origin)) == 4
        names = {row['new']['name'] for note in client.take_notes()
                 if note.get('method') == 'update'
                 for row in note['params'][1]['A'].values()
                 if 'new' in row}
        assert 'again' in names     # The monitor lived on.


def change(client, dice):
    """A few random changes in one transaction: true if it was done."""
    name = f'r{dice.randrange(8)}'
    where = [['name', '==', name]]
    texts = [dice.choice('abcdef') for _ in range(dice.randrange(4))]
    result = client.call('transact', 'T', dice.choice([
        {'op': 'delete', 'table': 'A', 'where': where},
        insert('A', {'name': name, 'n': dice.randrange(3)}),
        update('A', where, {
            's': ['set', sorted(set(texts))],
            'm': ['map', [[t, dice.choice('vw')] for t in set(texts)]]}),
        {'op': 'mutate', 'table': 'A', 'where': where, 'mutations': [
            ['n', '+=', 1], ['s', 'insert', ['set', sorted(set(texts))]]]},
    ]), insert('K', {'n': 5}, **{'uuid-name': 'k'}), dice.choice([
        update('A', where, {'kids': ['set', [['named-uuid', 'k']]]}),
        {'op': 'mutate', 'table': 'A', 'where': where, 'mutations': [
            ['kids', 'insert', ['set', [['named-uuid', 'k']]]]]},
        update('A', where, {'eph': dice.choice(['', 'x'])})]))
    return not any(r and 'error' in r for r in result)


@pytest.mark.parametrize('kind', ['relay', 'backup'])
def test_a_reconnection_copies_what_was_missed(tmp_path, kind):
    dice = random.Random(1)
    with make_server(tmp_path / 'source', OURS) as origin:
        fill(origin).close()
        source = 'unix:' + origin.socket
        copy = Relay(tmp_path / 'copy', OURS, source) if kind == 'relay' \
            else make_server(tmp_path / 'copy', OURS,
                             options=['--sync-from=' + source])

        def same():
            return all(rows(copy, t) == rows(origin, t) for t in 'AK')

        def reconnections():
            with open(copy.log, encoding='utf-8') as f:
                return f.read().count('what was missed was copied')
        with copy:
            assert until(same)
            for i in range(3):
                origin.appctl('ovsdb-server/reconnect')
                client = origin.client()
                assert sum(change(client, dice) for _ in range(30)) > 10
                assert until(lambda n=i: reconnections() > n)
                assert until(same)
                for _ in range(30):
                    change(client, dice)
                assert until(same)
                client.close()
            # A new process remembers nothing: all is copied.
            origin.stop(signal.SIGKILL)
            origin.start()
            client = origin.client()
            change(client, dice)
            assert until(same)
            assert reconnections() == 3
            client.close()


def test_relay_without_a_source(tmp_path):
    with Relay(tmp_path / 'relay', OURS, 'unix:/nowhere') as relay:
        client = relay.client()
        row = self_row(relay)
        assert (row['connected'], row['schema']) == (False, ['set', []])
        for method, params in (('transact', ['T', select('A')]),
                               ('get_schema', ['T'])):
            error = client.error(method, *params)
            assert error['error'] == 'database not available', error
        assert client.call('list_dbs') == ['T', '_Server']
        assert relay.appctl('ovsdb-server/list-dbs') == 'T\n_Server\n'


def test_writes_wait_for_a_source_that_is_away(tmp_path):
    with make_server(tmp_path / 'source', OURS) as origin, \
            Relay(tmp_path / 'relay', OURS,
                  'unix:' + str(tmp_path / 'source/s')) as relay:
        fill(origin).close()
        assert until(lambda: self_row(relay)['connected'])
        origin.stop(signal.SIGKILL)
        assert until(lambda: not self_row(relay)['connected'])
        client, gone = relay.client(), relay.client()
        numbers = [client.request('transact', [
            'T', insert('A', {'name': f'waits {i}'})]) for i in range(3)]
        gone.request('transact', ['T', insert('A', {'name': 'gone'})])
        assert gone.call('echo') == []
        gone.close()
        client.send({'method': 'cancel', 'params': [numbers[1]], 'id': None})
        assert client.reply(numbers[1])['error'] == 'canceled'
        assert len(rows(client)) == 1       # Reads are answered meanwhile.
        origin.start()
        for number in (numbers[0], numbers[2]):
            reply = client.reply(number)
            assert reply['error'] is None and 'uuid' in reply['result'][0]
        assert rows(relay) == rows(origin)
        text = ''.join(rows(origin))
        assert [f'waits {i}' in text for i in range(3)] == [True, False,
                                                           True]
        assert 'gone' not in text


def test_relay_of_a_relay_takes_a_new_schema(tmp_path):
    schema = json.loads(json.dumps(SCHEMA))
    schema['tables']['A']['columns']['more'] = {'type': 'integer'}
    with make_server(tmp_path / 'source', OURS) as origin, \
            Relay(tmp_path / 'one', OURS,
                  f'unix:/nowhere,unix:{origin.socket}') as one, \
            Relay(tmp_path / 'two', OURS, 'unix:' + one.socket) as two:
        client = fill(origin)
        assert until(lambda: rows(two) == rows(origin), 30)
        client.call('set_db_change_aware', True)
        client.call('convert', 'T', schema)
        client.transact(update('A', [], {'more': 3}))
        assert until(lambda: '"more": 3' in ''.join(rows(two)), 30)


def test_a_role_holds_through_a_relay(tmp_path):
    """The source would let the relay do all: its clients may not."""
    texts = {'key': 'string', 'min': 0, 'max': 'unlimited'}
    schema = json.loads(json.dumps(SCHEMA))
    schema['tables'].update({
        'Remote': {'isRoot': True, 'columns': {
            'target': {'type': 'string'}, 'role': {'type': 'string'}}},
        'Root': {'isRoot': True, 'columns': {'remotes': {'type': {
            'key': {'type': 'uuid', 'refTable': 'Remote'}, 'min': 0}}}},
        'RBAC_Role': {'isRoot': True, 'columns': {
            'name': {'type': 'string'}, 'permissions': {'type': {
                'key': 'string', 'value': {
                    'type': 'uuid', 'refTable': 'RBAC_Permission'},
                'min': 0, 'max': 'unlimited'}}}},
        'RBAC_Permission': {'isRoot': True, 'columns': {
            'table': {'type': 'string'}, 'authorization': {'type': texts},
            'insert_delete': {'type': 'boolean'},
            'update': {'type': texts}}}})
    with make_server(tmp_path / 'source', OURS, schema=schema) as origin, \
            Relay(tmp_path / 'relay', OURS,
                  'unix:' + str(tmp_path / 'source/s')) as relay:
        fill(origin).transact(
            insert('Remote', {'target': f'punix:{tmp_path}/limited',
                              'role': 'r'}, **{'uuid-name': 'c'}),
            insert('Root', {'remotes': ['named-uuid', 'c']}))
        assert until(lambda: self_row(relay)['connected'])
        relay.appctl('ovsdb-server/add-remote', 'db:T,Root,remotes')
        client = until(lambda: Client(str(tmp_path / 'limited')))
        unmet = {'op': 'wait', 'table': 'A', 'where': [], 'rows': [],
                 'columns': ['n'], 'until': '=='}
        delete = {'op': 'delete', 'table': 'A', 'where': []}
        for operations in ([delete], [unmet, delete],
                           [{'op': 'assert', 'lock': 'l'}, delete]):
            result = client.call('transact', 'T', *operations)
            assert [r for r in result if r and 'error' in r], result
        assert client.transact(select('A'))[0]['rows']
        assert len(rows(origin)) == 1
