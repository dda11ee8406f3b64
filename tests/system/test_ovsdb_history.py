# SPDX-License-Identifier: Apache-2.0
"""The past of a database: what the log tells, and the way back."""
import copy
import json
import random
import re
import select as select_module
import shutil
import socket
import threading
import time

import ovsdb
import pytest
from ovsdb import OURS, Server, insert, run, select, update

pytestmark = pytest.mark.weir_only
SCHEMA = copy.deepcopy(ovsdb.SCHEMA)
SCHEMA['tables']['A']['columns']['peer'] = {'type': {
    'key': {'type': 'uuid', 'refTable': 'A', 'refType': 'weak'}, 'min': 0}}
COLUMNS = {'A': ['_uuid', 'name', 'n', 's', 'm', 'peer', 'kids'],
           'K': ['_uuid', 'n']}


def normal(value):
    """Sets and maps in one order, whatever order they came in."""
    if isinstance(value, list) and len(value) == 2 and value[0] in (
            'set', 'map'):
        return [value[0], sorted(value[1], key=str)]
    return value


def state(client):
    """{TABLE: {UUID: {COLUMN: VALUE}}} of all that is durable."""
    results = client.transact(*[select(t, columns=c)
                                for t, c in COLUMNS.items()])
    return {table: {row.pop('_uuid')[1]: {c: normal(v)
                                          for c, v in row.items()}
                    for row in result['rows']}
            for table, result in zip(COLUMNS, results)}


def file_state(path):
    """The same from a file."""
    results = json.loads(run(OURS['tool'], 'query', path, json.dumps(
        ['T'] + [select(t, columns=c) for t, c in COLUMNS.items()])))
    return {table: {row.pop('_uuid')[1]: {c: normal(v)
                                          for c, v in row.items()}
                    for row in result['rows']}
            for table, result in zip(COLUMNS, results)}


def random_operations(rng, now):
    """Some that change something, or fail."""
    names = [row['name'] for row in now['A'].values()]
    uuids = list(now['A'])
    name = rng.choice(names) if names else 'none'
    where = [['name', '==', name]]
    word = rng.choice('uvwxyz')
    kind = rng.randrange(8)
    if kind == 0 or not names:
        new = rng.choice([w for w in 'abcdefghij' + 10 * '-'])
        row = {'name': new + str(rng.randrange(30)), 'n': rng.randrange(5),
               'eph': 'gone'}
        if uuids and rng.randrange(2):
            row['peer'] = ['uuid', rng.choice(uuids)]
        if rng.randrange(2):
            row['kids'] = ['named-uuid', 'k']
            return [insert('A', row),
                    insert('K', {'n': rng.randrange(9)},
                           **{'uuid-name': 'k'})]
        return [insert('A', row)]
    if kind == 1:
        return [{'op': 'delete', 'table': 'A', 'where': where}]
    if kind == 2:
        return [update('A', where, {'n': rng.randrange(5)})]
    if kind == 3:
        return [{'op': 'mutate', 'table': 'A', 'where': where, 'mutations': [
            ['s', rng.choice(['insert', 'delete']), word]]}]
    if kind == 4:
        return [update('A', where, {'m': ['map', [
            [w, rng.choice('pq')] for w in 'uvwxyz' if rng.randrange(3)]]})]
    if kind == 5:
        return [update('A', where, {'kids': ['set', []],
                                    'name': name + 'x'})]
    if kind == 6:
        return [update('A', where, {'peer': ['uuid', rng.choice(uuids)]})]
    return [update('K', [], {'n': rng.randrange(9)}),
            {'op': 'comment', 'comment': f'comment {word}'}]


def play(server, client, rng, n):
    """Runs random transactions; the states after each record."""
    states = [state(client)]
    for _ in range(n):
        client.call('transact', 'T', *random_operations(rng, states[-1]))
        now = state(client)
        if now != states[-1]:
            states.append(now)
    with open(server.file, 'rb') as f:
        assert f.read().count(b'OVSDB JSON') == len(states)
    return states


def tool(*args):
    return run(OURS['tool'], *args)


@pytest.mark.parametrize('seed', range(6))
def test_rollback_of_a_file_gives_the_state_of_then(tmp_path, seed):
    rng = random.Random(seed)
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        states = play(server, server.client(), rng, 60)
    copy = str(tmp_path / 'copy.db')
    for number, then in enumerate(states):
        shutil.copy(server.file, copy)
        said = tool('rollback', copy, str(number))
        assert file_state(copy) == then, (seed, number)
        assert ('nothing differs' in said) == (then == states[-1])
        # Nothing was erased, so that there is a way back from there too.
        tool('rollback', copy, str(len(states) - 1))
        assert file_state(copy) == states[-1]


def test_rollback_dry_run_changes_nothing(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        client.transact(insert('A', {'name': 'a', 'n': 1, 's': 'x'}))
        client.transact(update('A', [], {'n': 2}),
                        insert('A', {'name': 'b'}))
    with open(server.file, 'rb') as f:
        before = f.read()
    said = tool('--dry-run', 'rollback', server.file, '1')
    assert '    n=2 -> 1\n' in said and 'delete row "b"' in said
    with open(server.file, 'rb') as f:
        assert f.read() == before


def test_rollback_says_what_is_wrong(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        server.client().transact(insert('A', {'name': 'a'}))
        done = run(OURS['tool'], 'rollback', server.file, '0', check=False)
        assert done.returncode == 1 and 'failed to lock' in done.stderr
    for txn, words in (('2', 'the last record is 1'),
                       ('p1', 'no previous file'),
                       ('00000000', 'no transaction has this id'),
                       ('1999-12-31', 'are later'), ('yesterday', 'neither')):
        done = run(OURS['tool'], 'rollback', server.file, txn, check=False)
        assert done.returncode == 1 and words in done.stderr


def logged(path):
    """[(date, comment, {table: rows})] of the records behind the schema."""
    with open(path, encoding='utf-8') as f:
        return [json.loads(line) for line in list(f)[3::2]]


def test_history_tells_all(tmp_path):
    """Pages of every size give the log, the newest first."""
    rng = random.Random(3)
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        play(server, client, rng, 250)
        log = logged(server.file)
        for limit in (1, 7, 64, 1000):
            got, before = [], {}
            while True:
                page = client.call('weir_get_history', 'T',
                                   {'limit': limit, **before})
                assert len(page['transactions']) <= limit
                got += page['transactions']
                if page['next'] is None:
                    break
                before = {'before': page['next']}
                if limit == 1 and len(got) > 20:
                    break
            whole = range(len(log), 0, -1)
            assert [t['record'] for t in got] == [
                str(i) for i in whole][:len(got)]
            assert limit == 1 or len(got) == len(log)
        for t in got:
            record = log[int(t['record']) - 1]
            assert t['date'] == record['_date']
            assert {name: table['rows'] for name, table in
                    t['tables'].items()} == {
                name: len(rows) for name, rows in record.items()
                if name[0] != '_'}


def changes_between(old, new):
    """{(table, uuid): (op, {column: [old, new]})} of what differs."""
    found = {}
    for table in new:
        for uuid in {*old[table], *new[table]}:
            a, b = old[table].get(uuid), new[table].get(uuid)
            if a != b:
                found[table, uuid] = (
                    'insert' if not a else 'modify' if b else 'delete',
                    {c: [a and a[c], b and b[c]] for c in (a or b)
                     if not (a and b and a[c] == b[c])})
    return found


@pytest.mark.parametrize('seed', [10, 11])
def test_history_tells_old_and_new_values(tmp_path, seed):
    rng = random.Random(seed)
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        states = play(server, client, rng, 150)
        page = client.call('weir_get_history', 'T', {'changes': True})
        for t in page['transactions']:
            i = int(t['record'])
            want = changes_between(states[i - 1], states[i])
            got = {(c['table'], c['row']): c for c in t['changes']}
            assert got.keys() == want.keys()
            for key, change in got.items():
                op, columns = want[key]
                assert change['op'] == op
                told = {c: [normal(v) for v in pair]
                        for c, pair in change['columns'].items()}
                # Of rows that come and go, defaults are left out.
                assert op != 'modify' or told == columns
                assert all(columns[c] == pair for c, pair in told.items())


def test_history_chooses(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        first = client.transact(insert('A', {'name': 'a'}))[0]['uuid'][1]
        client.transact(insert('A', {'name': 'b', 'kids': ['named-uuid', 'k']}
                               ), insert('K', {}, **{'uuid-name': 'k'}))
        client.transact(update('A', [['name', '==', 'a']], {'name': 'c'}))
        client.transact(update('A', [['name', '==', 'c']], {'n': 4}))
        middle = int(time.time() * 1000) + 5
        time.sleep(0.02)
        client.transact(update('K', [], {'n': 4}))

        def records(**options):
            page = client.call('weir_get_history', 'T', options)
            return [int(t['record']) for t in page['transactions']]
        assert records(table='K') == [5, 2]
        assert records(row='a') == records(row='c') == [4, 3, 1]
        assert records(row=first) == records(row=first[:8]) == [4, 3, 1]
        assert records(row='a', table='K') == records(row='zz') == []
        assert records(since=middle) == [5]
        assert records(before='3') == [2, 1]
        assert records(limit=2) == [5, 4]


def test_history_of_before_the_last_compaction(tmp_path):
    """The file that a compaction replaced is read as well."""
    rng = random.Random(5)
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        states = play(server, client, rng, 80)
        old_count = len(states) - 1
        server.appctl('ovsdb-server/compact')
        client.transact(insert('A', {'name': 'later'}))
        states.append(state(client))
        got, before = [], {}
        while before is not None:
            page = client.call('weir_get_history', 'T',
                               {'limit': 13, **before})
            got += [t['record'] for t in page['transactions']]
            before = page['next'] and {'before': page['next']}
        # Record 1 is the result of what came before, record 2 the link.
        assert got == ['3', '2', '1'] + [
            f'p{i}' for i in range(old_count, 0, -1)]
        undo = client.call('weir_get_undo', 'T', 'p5')
        assert undo['to']['record'] == 'p5' and undo['rows']
        assert 'not in the log' in client.error(
            'weir_get_undo', 'T', '0')['details']
    copy = str(tmp_path / 'copy.db')
    for number in range(0, old_count + 1, 7):
        shutil.copy(server.file, copy)
        shutil.copy(tmp_path / '.t.db.~prev~', tmp_path / '.copy.db.~prev~')
        tool('rollback', copy, f'p{number}')
        assert file_state(copy) == states[number]


def test_a_strange_previous_file_is_left_out(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        server.client().transact(insert('A', {'name': 'a'}))
    shutil.copy(server.file, tmp_path / '.t.db.~prev~')
    tool('transact', server.file, json.dumps(['T', update(
        'A', [], {'n': 1})]))
    with server:
        page = server.client().call('weir_get_history', 'T', {})
        assert [t['record'] for t in page['transactions']] == ['2', '1']


def test_rollback_stops_at_another_schema(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    newer = json.loads(json.dumps(SCHEMA).replace('1.0.0', '1.1.0'))
    with server:
        client = server.client()
        client.transact(insert('A', {'name': 'a'}))
        client.call('convert', 'T', newer)
        client = server.client()
        client.transact(insert('A', {'name': 'b'}))
        for txn, words in (('0', 'not in the log'),
                           ('2001-01-01', 'a change of the schema')):
            assert words in client.error('weir_get_undo', 'T',
                                         txn)['details']
        undo = client.call('weir_get_undo', 'T', '1')
        assert [row['name'] for row in undo['rows']] == ['b']
    tool('rollback', server.file, '1')
    assert len(file_state(server.file)['A']) == 1


def client_tool(server, *args, check=True):
    command, *rest = args
    return run(OURS['client'], command, 'unix:' + server.socket, *rest,
               check=check)


@pytest.mark.parametrize('seed', range(20, 24))
def test_rollback_of_a_server_gives_the_state_of_then(tmp_path, seed):
    """Again and again, in a database that goes on changing."""
    rng = random.Random(seed)
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        states = play(server, client, rng, 30)
        for _ in range(15):
            to = rng.randrange(len(states))
            client_tool(server, 'rollback', 'T', str(to))
            assert state(client) == states[to], to
            if states[to] != states[-1]:
                states.append(states[to])
            for _ in range(rng.randrange(4)):
                client.call('transact', 'T',
                            *random_operations(rng, states[-1]))
                now = state(client)
                if now != states[-1]:
                    states.append(now)
        newest = client_tool(server, 'history', 'T', '--limit', '1')
        assert re.search(rf'^{len(states) - 1} ', newest, re.M)


def test_rollback_is_recorded_and_leaves_ephemeral_columns(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        client.transact(insert('A', {'name': 'a', 'n': 1}))
        time.sleep(0.01)  # Dates count milliseconds.
        client.transact(update('A', [], {'n': 2, 'eph': 'here'}))
        date = client.call('weir_get_history', 'T', {})['transactions'][1]
        said = client_tool(server, 'rollback', '@%.3f' % (
            date['date'] / 1000))
        assert '1 row brought back to record 1 ' in said
        assert client.transact(select('A', columns=['n', 'eph'])) == [
            {'rows': [{'n': 1, 'eph': 'here'}]}]
        newest = client.call('weir_get_history', 'T',
                             {'limit': 1})['transactions'][0]
        assert newest['comment'].startswith('ovsdb-client: rollback to '
                                            'record 1 (' + date['id'])
        assert newest['who'].startswith('unix:uid=')
        client_tool(server, 'rollback', newest['id'])
        said = client_tool(server, 'rollback', '2', '--dry-run')
        assert said.startswith('table A update row "a"')
        assert '\n    n=1 -> 2\n' in said
        assert client.transact(select('A', columns=['n'])) == [
            {'rows': [{'n': 1}]}]


class Meddler(threading.Thread):
    """Stands between a client and the server, and changes the database
    between what the client has read and what it writes."""

    def __init__(self, server, path):
        super().__init__(daemon=True)
        self.server = server
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.start()

    def run(self):
        down, _ = self.listener.accept()
        up = socket.socket(socket.AF_UNIX)
        up.connect(self.server.socket)
        while True:
            ready, _, _ = select_module.select([down, up], [], [], 10)
            if not ready:
                return
            data = ready[0].recv(1 << 16)
            if not data:
                up.close()
                down.close()
                return
            if ready[0] is down and b'"transact"' in data:
                self.server.client().transact(update('A', [], {'n': 99}))
            (up if ready[0] is down else down).sendall(data)


def test_rollback_stops_when_somebody_else_writes(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        client.transact(insert('A', {'name': 'a', 'n': 1}))
        client.transact(update('A', [], {'n': 2}))
        Meddler(server, str(tmp_path / 'between'))
        done = run(OURS['client'], 'rollback',
                   'unix:' + str(tmp_path / 'between'), '1', check=False)
        assert done.returncode == 1 and 'changed meanwhile' in done.stderr
        assert client.transact(select('A', columns=['n'])) == [
            {'rows': [{'n': 99}]}]


def test_history_in_every_format(tmp_path):
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        client.transact(insert('A', {'name': 'a', 'n': 1}),
                        {'op': 'comment', 'comment': 'two\nlines'})
        client.transact(update('A', [], {'s': ['set', ['x', 'y']]}))
        plain = client_tool(server, 'history').split('\n')
        assert len(plain) == 5 and 'two lines' in plain[2]
        told = json.loads(client_tool(server, 'history', 'T', '--changes',
                                      '--format=json'))
        assert [row[8:] for row in told['data']] == [
            ['insert', 'name', None, 'a'], ['insert', 'n', None, 1],
            ['modify', 's', ['set', []], ['set', ['x', 'y']]]]
        assert told['data'][0][4] == 'two\nlines'
        csv = client_tool(server, 'history', '--changes', '--format=csv',
                          '--row', 'a', '--table', 'A')
        assert csv.split('\n')[-2].endswith('modify,s,[],"[x, y]"')
        assert client_tool(server, 'history', '--no-headings', '--since',
                           '2100-01-01') == ''
        for words, text in ((['--table=Z'], 'table named "Z"'),
                            (['--since=then'], 'not a date'),
                            (['--limit=-1'], 'not a number')):
            done = client_tool(server, 'history', *words, check=False)
            assert done.returncode == 1 and text in done.stderr


def test_the_server_goes_on_while_it_reads(tmp_path):
    """A client that asks and goes, many that ask, a server that ends."""
    server = Server(tmp_path, schema=SCHEMA)
    with server:
        client = server.client()
        for i in range(20):
            client.transact(*[insert('A', {'name': f'{i}.{j}', 's': 'x' * 500})
                              for j in range(100)])
        for _ in range(5):
            gone = server.client()
            gone.request('weir_get_history', ['T', {'changes': True}])
            gone.close()
        for _ in range(30):
            client.request('weir_get_history', ['T', {'row': '3.3'}])
        replies = [client.receive() for _ in range(30)]
        good = [r['result'] for r in replies if not r['error']]
        assert good and all([t['record'] for t in g['transactions']] == ['4']
                            for g in good)
        assert all('wait already' in r['error']['details']
                   for r in replies if r['error'])
        client.request('weir_get_history', ['T', {'changes': True}])
        server.process.terminate()
        assert server.process.wait(10) == 0
