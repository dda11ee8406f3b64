# SPDX-License-Identifier: Apache-2.0
"""The database server seen from its socket [RFC 7047 4]."""
import json
import socket
import time

import pytest
from ovsdb import SCHEMA, Server, insert, run, select, update

NO_TXN = '00000000-0000-0000-0000-000000000000'


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path) as found:
        yield found


@pytest.fixture
def two(server):
    clients = server.client(), server.client()
    yield clients
    for client in clients:
        client.close()


def test_simple_methods(server, two):
    a, b = two
    assert a.call('list_dbs') == ['T', '_Server']
    assert a.call('get_schema', 'T')['tables'].keys() == {'A', 'K'}
    assert a.call('echo', 1, 'x') == [1, 'x']
    assert a.call('get_server_id') == b.call('get_server_id')
    assert a.error('nonsense') == 'unknown method'
    assert a.error('get_schema', 'U')['error'] == 'unknown database'
    # An error does not end the connection.
    assert a.call('echo') == []


def test_own_update_comes_before_reply(two):
    a, b = two
    a.call('monitor', 'T', 'm', {'A': {'columns': ['name', 'n']}})
    number = a.request('transact', ['T', insert('A', {'name': 'x'})])
    first, second = a.receive(), a.receive()
    assert first['method'] == 'update' and second['id'] == number
    (row,) = first['params'][1]['A'].values()
    assert row == {'new': {'name': 'x', 'n': 0}}
    b.transact(update('A', [], {'n': 5}))
    (note,) = a.take_notes()
    (row,) = note['params'][1]['A'].values()
    assert row == {'old': {'n': 0}, 'new': {'name': 'x', 'n': 5}}


def test_conditional_monitor(two):
    a, b = two
    b.transact(insert('A', {'name': 'low', 'n': 1}),
               insert('A', {'name': 'high', 'n': 9, 's': ['set', ['p']]}))
    first = a.call('monitor_cond', 'T', 'm', {'A': [
        {'columns': ['name', 's'], 'where': [['n', '>', 5]]}]})
    assert list(first['A'].values()) == [
        {'initial': {'name': 'high', 's': 'p'}}]
    b.transact(update('A', [['name', '==', 'low']], {'n': 7}))
    b.transact(update('A', [['name', '==', 'high']],
                      {'s': ['set', ['p', 'q']]}))
    b.transact(update('A', [['name', '==', 'high']], {'n': 0}))
    kinds = [list(row.items())[0] for note in a.take_notes()
             for row in note['params'][1]['A'].values()]
    assert kinds == [('insert', {'name': 'low'}), ('modify', {'s': 'q'}),
                     ('delete', None)]
    assert a.call('monitor_cond_change', 'm', 'm2',
                  {'A': [{'where': [['name', '==', 'high']]}]}) == {}
    (note,) = a.take_notes()
    assert note['method'] == 'update2' and note['params'][0] == 'm2'
    assert {next(iter(row)) for row in note['params'][1]['A'].values()} == {
        'insert', 'delete'}
    assert a.call('monitor_cancel', 'm2') == {}
    assert a.error('monitor_cancel', 'm2') == 'unknown monitor'


LOW = {'A': [{'columns': ['name', 's'], 'where': [['n', '<', 5]]}]}


def test_monitor_since(server, two):
    a, b = two
    found, last, rows = a.call('monitor_cond_since', 'T', 'm', LOW, NO_TXN)
    assert (found, rows) == (False, {}) and last != NO_TXN
    b.transact(*[insert('A', {'name': str(n), 'n': n}) for n in range(8)])
    (note,) = a.take_notes()
    assert note['method'] == 'update3' and note['params'][0] == 'm'
    then, rows = note['params'][1:]
    assert then != last and len(rows['A']) == 5
    for name, change in (('1', {'s': 'p'}), ('2', {'n': 9}), ('6', {'n': 0}),
                         ('3', {'n': 7}), ('3', {'n': 3}), ('7', {'n': 8})):
        b.transact(update('A', [['name', '==', name]], change))
    b.transact({'op': 'delete', 'table': 'A', 'where': [['name', '==', '4']]})
    b.transact(insert('A', {'name': 'brief'}))
    b.transact({'op': 'delete', 'table': 'A',
                'where': [['name', '==', 'brief']]})
    now = a.take_notes()[-1]['params'][1]
    # Who comes back hears only what differs from what he knew.
    c = server.client()
    found, last, rows = c.call('monitor_cond_since', 'T', 'm', LOW, then)
    assert found and last == now
    assert sorted(map(str, rows['A'].values())) == sorted(map(str, (
        {'modify': {'s': 'p'}}, {'delete': None}, {'delete': None},
        {'insert': {'name': '6'}})))
    # Other tables, columns and conditions are served by the same history.
    found, _, rows = c.call('monitor_cond_since', 'T', 'n',
                            {'A': [{'columns': ['n']}], 'K': {}}, then)
    assert found and sorted(map(str, rows['A'].values())) == sorted(map(str, (
        {'modify': {'n': 9}}, {'modify': {'n': 0}}, {'modify': {'n': 8}},
        {'delete': None})))
    assert c.call('monitor_cond_since', 'T', 'o', LOW, now) == [True, now, {}]
    assert c.call('monitor_cond_change', 'm', 'm', {
        'A': [{'where': [['n', '>', 7]]}]}) == {}
    c.take_notes()
    number = c.request('transact', ['T', update('A', [['n', '==', 9]],
                                                {'n': 10})])
    c.reply(number)
    assert {note['params'][0] for note in c.take_notes()} == {'n'}
    # What nobody knows, and what is long ago, is told whole.
    assert not c.call('monitor_cond_since', 'T', 'p', LOW, NO_TXN)[0]
    for n in range(1000):
        b.request('transact', ['T', update('A', [['name', '==', '0']],
                                           {'n': n % 3 + 5})])
    b.transact(select('A'))
    found, _, rows = c.call('monitor_cond_since', 'T', 'q', LOW, then)
    assert not found and {next(iter(row)) for row in rows['A'].values()} == {
        'initial'}
    c.close()


def test_history_ends_with_the_schema(server, two):
    a, b = two
    a.call('set_db_change_aware', True)
    last = a.call('monitor_cond_since', 'T', 'm', LOW, NO_TXN)[1]
    b.call('set_db_change_aware', True)
    b.call('convert', 'T', SCHEMA)
    assert a.take_notes()[-1]['method'] == 'monitor_canceled'
    assert not a.call('monitor_cond_since', 'T', 'm', LOW, last)[0]


def test_wait_holds_the_transaction(two):
    a, b = two
    number = a.request('transact', ['T', {
        'op': 'wait', 'table': 'A', 'where': [], 'columns': ['n'],
        'until': '==', 'rows': [{'n': 3}]}, insert('A', {'name': 'after'})])
    assert a.call('echo', 'served meanwhile') == ['served meanwhile']
    b.transact(insert('A', {'name': 'x', 'n': 2}))
    assert len(b.transact(select('A'))[0]['rows']) == 1
    b.transact(update('A', [], {'n': 3}))
    assert a.reply(number)['result'][0] == {}
    names = b.transact(select('A', columns=['name']))[0]['rows']
    assert {row['name'] for row in names} == {'x', 'after'}


def test_wait_times_out(two):
    a, _ = two
    start = time.monotonic()
    result = a.call('transact', 'T', {
        'op': 'wait', 'table': 'A', 'where': [], 'columns': ['n'],
        'until': '!=', 'rows': [], 'timeout': 200})
    assert result[0]['error'] == 'timed out'
    assert 0.15 < time.monotonic() - start < 2


def test_cancel(two):
    a, _ = two
    number = a.request('transact', ['T', {
        'op': 'wait', 'table': 'A', 'where': [], 'columns': ['n'],
        'until': '!=', 'rows': []}])
    a.send({'method': 'cancel', 'params': [number], 'id': None})
    assert a.reply(number)['error'] == 'canceled'


def test_locks(two):
    a, b = two
    asserts = {'op': 'assert', 'lock': 'l'}
    assert a.call('lock', 'l') == {'locked': True}
    assert b.call('lock', 'l') == {'locked': False}
    a.transact(asserts)
    assert b.call('transact', 'T', asserts)[0]['error'] == 'not owner'
    assert a.call('unlock', 'l') == {}
    assert b.take_notes()[0]['method'] == 'locked'
    b.transact(asserts)
    assert a.call('steal', 'l') == {'locked': True}
    assert b.take_notes()[0]['method'] == 'stolen'
    a.close()
    assert b.take_notes()[0]['method'] == 'locked'


def test_self_database(two):
    a, _ = two
    rows = a.transact(select('Database', columns=['name', 'model', 'schema',
                                                  'connected', 'leader']),
                      db='_Server')[0]['rows']
    (row,) = [r for r in rows if r['name'] == 'T']
    assert row['model'] == 'standalone' and row['connected'] and row['leader']
    assert json.loads(row['schema'])['version'] == '1.0.0'
    failed = a.call('transact', '_Server', insert('Database', {}))
    assert failed[0]['error'] == 'not allowed'


def test_convert_tells_or_cuts(server, two):
    aware, plain = two
    aware.call('set_db_change_aware', True)
    aware.call('monitor', 'T', 'm', {'A': {'columns': ['name']}})
    plain.transact(insert('A', {'name': 'kept', 'n': 4}))
    schema = json.loads(json.dumps(SCHEMA))
    schema['version'] = '1.1.0'
    schema['tables']['A']['columns'] = {
        'name': {'type': 'string'}, 'new': {'type': 'boolean'}}
    assert aware.call('convert', 'T', schema) == {}
    notes = aware.take_notes()
    assert 'monitor_canceled' in [note['method'] for note in notes]
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            plain.receive()
    (row,) = aware.transact(select('A', columns=['name', 'new']))[0]['rows']
    assert row == {'name': 'kept', 'new': False}
    server.stop()
    server.start()
    assert server.client().call('get_schema', 'T')['version'] == '1.1.0'


def test_databases_come_and_go(server, two, tmp_path):
    aware, plain = two
    aware.call('set_db_change_aware', True)
    plain.call('echo')
    path = str(tmp_path / 'u.ovsschema')
    with open(path, 'w', encoding='utf-8') as out:
        json.dump({**SCHEMA, 'name': 'U'}, out)
    run(server.make['tool'], 'create', str(tmp_path / 'u.db'), path)
    server.appctl('ovsdb-server/add-db', str(tmp_path / 'u.db'))
    assert 'U' in aware.call('list_dbs')
    with pytest.raises((EOFError, ConnectionError)):
        plain.receive()
    server.appctl('ovsdb-server/remove-db', 'U')
    assert 'U' not in aware.call('list_dbs')


@pytest.mark.parametrize('text', [
    '{"method":"echo","params":' + '[' * 100000, '[1,2]', '{"id":1}',
    'nonsense', '{"method":1,"params":[],"id":1}'])
def test_bad_text_ends_only_its_connection(server, two, text):
    _, other = two
    bad = server.client()
    bad.sock.sendall(text.encode())
    with pytest.raises((EOFError, ConnectionError)):
        bad.receive()
    assert other.call('echo', 1) == [1]


def test_client_that_never_reads_is_cut(server, two):
    writer, other = two
    lazy = server.client()
    lazy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.call('monitor', 'T', 'm', {'A': {'columns': ['name', 's']}})
    big = 'x' * (1 << 20)
    writer.transact(insert('A', {'name': 'big'}))
    for i in range(80):
        writer.transact(update('A', [], {'s': ['set', [big, str(i)]]}))
    # Two copies of a megabyte in each update: over the bound long ago.
    assert other.call('echo', 1) == [1]
    assert 'sessions:2' in server.appctl('memory/show')


def test_index_serves_many_rows(two):
    a, _ = two
    a.transact(*[insert('A', {'name': f'n{i}'}) for i in range(10000)])
    start = time.monotonic()
    for i in range(500):
        a.transact(update('A', [['name', '==', f'n{i * 7}']], {'n': i}))
    # A scan of ten thousand rows each time takes far longer.
    assert time.monotonic() - start < 3


def test_control_commands(server, two):
    assert server.appctl('ovsdb-server/list-dbs').split() == ['T', '_Server']
    assert server.appctl('ovsdb-server/list-remotes').split() == [
        'punix:' + server.socket]
    extra = server.folder + '/extra'
    server.appctl('ovsdb-server/add-remote', 'punix:' + extra)
    probe = socket.socket(socket.AF_UNIX)
    probe.connect(extra)
    server.appctl('ovsdb-server/remove-remote', 'punix:' + extra)
    probe.settimeout(5)
    assert probe.recv(10) == b''
    assert server.appctl('ovsdb-server/get-db-storage-status',
                         'T').strip() == 'status: ok'
    assert two[0].call('echo') == []
