# SPDX-License-Identifier: Apache-2.0
"""ovsdb-client where Debian's has nothing to compare with: servers that
misbehave, comparing databases, control sockets, ways to connect."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
from lab import wait_until
from ovsdb import OURS, SCHEMA, Server, insert, run, update

pytestmark = pytest.mark.weir_only
CLIENT = OURS['client']
APPCTL = os.path.dirname(OURS['client']) + '/../appctl'


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path) as made:
        made.address = 'unix:' + made.socket
        yield made


def client(*words, **options):
    return subprocess.run([CLIENT, *words], capture_output=True, text=True,
                          timeout=20, check=False, **options)


# Servers that misbehave.

class BadServer:
    """Listens; does `answer(connection, request)` for each first request."""

    def __init__(self, path, answer):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        self.answer = answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(sock,),
                             daemon=True).start()

    def talk(self, sock):
        text = b''
        try:
            while True:
                data = sock.recv(65536)
                if not data:
                    return
                text += data
                try:
                    request = json.loads(text)
                except ValueError:
                    continue
                text = b''
                if not self.answer(sock, request):
                    break
        except OSError:
            pass
        finally:
            sock.close()


def sends(text):
    """Answers with fixed bytes, and then says nothing more."""
    def answer(sock, _):
        sock.sendall(text)
        return True
    return answer


def results(*values):
    """Answers the requests in turn with these results."""
    left = list(values)

    def answer(sock, request):
        value = left.pop(0) if left else None
        sock.sendall(json.dumps({
            'id': request['id'], 'error': None,
            'result': value}).encode())
        return True
    return answer


def closes(_sock, _request):
    return False


def half(sock, _request):
    sock.sendall(b'{"id":0,"result":["T')
    return False


def silent(_sock, _request):
    return True


def trickles(sock, _request):
    for byte in b'[' * 60:
        sock.sendall(bytes([byte]))
        time.sleep(0.1)
    return True


T = json.loads(json.dumps(SCHEMA))
BAD = [
    # How it answers, the command, what standard error must match.
    (closes, 'list-dbs', r'transaction failed \(End of file\)'),
    (half, 'list-dbs', r'transaction failed \(End of file\)'),
    (sends(b'garbage'), 'list-dbs', r'Protocol error: .*not a JSON object'),
    (sends(b'{"id":0,]'), 'list-dbs', r'Protocol error: .*bad JSON'),
    (sends(b'{"x":5}'), 'list-dbs', r'Protocol error: .*"x"'),
    (sends(b'[1,2]'), 'list-dbs', r'Protocol error: .*not a JSON object'),
    (sends(b'[' * 100000), 'list-dbs', r'Protocol error: .*nested deeper'),
    (sends(b'{"id":0,"result":null,"error":"no"}'), 'list-dbs',
     r'transaction returned error: "no"'),
    (results(5), 'list-dbs', r'list_dbs response is not array'),
    (results([5, {}]), 'list-dbs', r'list_dbs response 0 is not string'),
    (results(['T', None]), 'get-schema', r'response 1 is not string'),
    (results(5), 'get-schema', r'list_dbs response is not array'),
    (results([]), 'get-schema', r'could not find a default database'),
    (results(['T']), 'get-schema', r'syntax error'),
    (results(['T'], 5), 'get-schema', r'syntax error'),
    (results(['T'], {}), 'list-tables', r'"?name"?'),
    (results(['T'], {**T, 'tables': {'A': 5}}), 'list-columns', r'syntax'),
    (results(['T'], T), 'dump T A', r'A table reply is not an object'),
    (results(['T'], T, 5), 'dump T A', r'A table reply is not an object'),
    (results(['T'], T, []), 'dump T A', r'A table reply is not an object'),
    (results(['T'], T, [{'rows': 5}]), 'dump T A', r'A table reply is not'),
    (results(['T'], T, [{'rows': [5]}]), 'dump T A', r'syntax error'),
    (results(['T'], T, [{'rows': [{'_uuid': 5}]}]), 'dump T A', r'syntax'),
    (results(['T'], T, 5), 'backup T', r'A table reply is not'),
    (results(['T'], T, []), 'backup T', r'A table reply is not'),
    (results(['T'], T, [{'rows': [{}]}, {'rows': []}]), 'backup T',
     r'without _uuid'),
    (results(['T'], T, None, 5), 'monitor T A', r'monitor reply'),
    (results(['T'], T, None, {'A': 5}), 'monitor T A', r'monitor reply'),
    (results(['T'], T, None, {'A': {'x': 5}}), 'monitor T A',
     r'monitor reply has no object in place of 5'),
    (results(['T'], T, None, {'A': {'x': {'new': {'n': 'x'}}}}),
     'monitor T A', r'syntax error'),
    (results(['T'], T, None, 5), 'monitor-cond-since T [] A',
     r'monitor reply'),
    (results(None, 5), 'wait T added', r'returned error'),
    (results(None, [{'error': 'no'}]), 'wait T added', r'returned error'),
]


@pytest.mark.parametrize('i', range(len(BAD)))
def test_bad_servers_end_the_client_with_words(tmp_path, i):
    answer, line, words = BAD[i]
    server = BadServer(str(tmp_path / 's'), answer)
    command, *rest = line.split()
    said = client('-vconsole:off', '-t', '15', command,
                  f'unix:{tmp_path}/s', *rest, stdin=subprocess.DEVNULL)
    server.listener.close()
    assert said.returncode == 1, said
    assert re.search(words, said.stderr), said.stderr


@pytest.mark.parametrize('answer', [silent, trickles])
def test_slow_servers_do_not_outlast_the_timeout(tmp_path, answer):
    BadServer(str(tmp_path / 's'), answer)
    said = client('-t', '1', 'list-dbs', f'unix:{tmp_path}/s')
    assert said.returncode == -signal.SIGALRM


def test_what_cannot_be_printed_is_an_error(server):
    with open('/dev/full', 'w') as full:
        done = subprocess.run([CLIENT, 'list-dbs', server.address],
                              stdout=full, stderr=subprocess.PIPE, text=True,
                              check=False)
    assert done.returncode == 1 and 'standard output' in done.stderr
    talk = server.client()
    talk.transact(insert('A', {'name': 'first'}))
    child = subprocess.Popen([CLIENT, '-t', '20', 'monitor', server.address,
                              'T', 'A'], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    child.stdout.readline()
    child.stdout.close()

    def is_told():
        talk.transact(update('A', [], {'n': 1}), insert('A', {
            'name': str(time.monotonic())}))
        return child.poll() == 1
    assert wait_until(is_told)
    assert 'standard output' in child.stderr.read()


# Ways to connect.

def test_servers_may_connect_to_the_client(server, tmp_path):
    child = subprocess.Popen(
        [CLIENT, 'list-dbs', f'punix:{tmp_path}/passive'],
        stdout=subprocess.PIPE, text=True)
    assert wait_until(lambda: os.path.exists(tmp_path / 'passive'))
    server.appctl('ovsdb-server/add-remote', f'unix:{tmp_path}/passive')
    assert child.communicate(timeout=10)[0] == 'T\n_Server\n'


def test_transaction_from_standard_input(server):
    text = json.dumps(['T', insert('A', {'name': 'x' * 300000})])
    done = client('transact', server.address, '-', input=text)
    assert done.returncode == 0 and 'uuid' in done.stdout


def test_wait_outlasts_a_restart(server, tmp_path):
    child = subprocess.Popen([CLIENT, 'wait', server.address, 'U', 'added'])
    server.stop()
    server.start()
    with open(tmp_path / 'u', 'w') as out:
        json.dump({**SCHEMA, 'name': 'U'}, out)
    run(OURS['tool'], 'create', str(tmp_path / 'u.db'), str(tmp_path / 'u'))
    assert child.poll() is None
    server.appctl('ovsdb-server/add-db', str(tmp_path / 'u.db'))
    assert child.wait(10) == 0
    assert client('-t', '9', 'wait', server.address, 'U',
                  'connected').returncode == 0
    child = subprocess.Popen([CLIENT, 'wait', server.address, 'U',
                              'removed'])
    server.appctl('ovsdb-server/remove-db', 'U')
    assert child.wait(10) == 0
    several = client('wait', server.address + ',unix:/x', 'T', 'added')
    assert several.returncode == 1 and 'one server' in several.stderr


def test_record_and_replay(server, tmp_path):
    fill(server.client())
    folder = f'={tmp_path}'
    said = []
    for option in '--record', '--replay':
        for words in (['dump', server.address, 'T'],
                      ['backup', server.address],
                      ['transact', server.address, '["U"]']):
            if option == '--record':
                os.makedirs(tmp_path / words[0])
            done = client(f'{option}{folder}/{words[0]}', *words)
            said.append((done.returncode, done.stdout, done.stderr))
        server.stop()
    assert [re.sub(r'.*_date.*', '', str(s)) for s in said[:3]] == \
        [re.sub(r'.*_date.*', '', str(s)) for s in said[3:]]
    other = client(f'--replay{folder}/dump', 'get-schema', 'unix:/other')
    assert other.returncode == 1 and 'was recorded' in other.stderr
    missing = client('--replay=/nonexistent', 'list-dbs')
    assert missing.returncode == 1 and 'cannot open' in missing.stderr


def test_replay_of_a_monitor(server, tmp_path):
    fill(server.client())
    line = ['monitor', server.address, 'T', 'A', 'name,n']
    child = subprocess.Popen([CLIENT, f'--record={tmp_path}', *line],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True)
    child.stdout.readline()
    server.client().transact(update('A', [], {'n': 55}))
    server.stop()
    out, err = child.communicate(timeout=10)
    done = client(f'--replay={tmp_path}', *line)
    assert done.stdout.endswith(out) and '55' in out
    assert done.stderr == err and done.returncode == child.returncode == 1


# In the background.

class Detached:
    def __init__(self, server, *words):
        self.folder = server.folder
        self.env = {**os.environ, 'OVS_RUNDIR': self.folder,
                    'OVS_LOGDIR': self.folder}
        with open(self.folder + '/out', 'w') as out:
            subprocess.run([CLIENT, '--detach', '--pidfile', '--log-file',
                            *words], stdout=out, env=self.env, check=True,
                           timeout=10)
        with open(self.folder + '/ovsdb-client.pid') as pidfile:
            self.pid = int(pidfile.read())

    def out(self):
        with open(self.folder + '/out') as out:
            return out.read()

    def ctl(self, *words):
        return run('/usr/bin/ovs-appctl', '-t', 'ovsdb-client', *words,
                   env=self.env)

    def is_gone(self):
        return wait_until(lambda: not [
            name for name in os.listdir(self.folder)
            if re.match(r'ovsdb-client.*(pid|ctl)$', name)])


def test_monitor_in_the_background(server):
    made = Detached(server, 'monitor-cond', server.address, 'T',
                    '[["n","==",1]]', 'A', 'name,n')
    talk = server.client()
    talk.transact(insert('A', {'name': 'one', 'n': 1}),
                  insert('A', {'name': 'two', 'n': 2}))
    assert wait_until(lambda: 'one' in made.out())
    made.ctl('ovsdb-client/cond_change', 'A', '[["n","==",2]]')
    assert wait_until(lambda: 'two' in made.out())
    made.ctl('ovsdb-client/block')
    talk.transact(insert('A', {'name': 'three', 'n': 2}))
    assert made.ctl('ovsdb-client/block') == 'already blocking\n'
    assert 'three' not in made.out()
    made.ctl('ovsdb-client/unblock')
    assert wait_until(lambda: 'three' in made.out())
    made.ctl('exit')
    assert made.is_gone()


def test_locks_in_the_background(server):
    made = Detached(server, 'lock', server.address, 'l1')
    made.ctl('lock', 'l2')
    made.ctl('unlock', 'l1')
    talk = server.client()
    assert wait_until(lambda: '{}' in made.out())
    assert talk.call('lock', 'l1') == {'locked': True}
    assert talk.call('steal', 'l2') == {'locked': True}
    assert wait_until(lambda: made.out().endswith('stolen\n["l2"]\n'))
    os.kill(made.pid, signal.SIGTERM)
    assert made.is_gone()


def test_lost_server_is_logged_in_the_background(server):
    made = Detached(server, 'monitor', server.address, 'T', 'A')
    server.stop()
    assert made.is_gone()
    with open(server.folder + '/ovsdb-client.log') as log:
        assert 'receive failed (End of file)' in log.read()


# diff

def fill(talk):
    talk.transact(
        insert('A', {'name': 'a', 'n': 1, 's': ['set', ['x', 'y']],
                     'kids': ['named-uuid', 'kid'], 'eph': 'e'}),
        insert('K', {'n': 7}, **{'uuid-name': 'kid'}),
        insert('A', {'name': 'b', 'm': ['map', [['k', 'v']]]}))


def diff(*words):
    """Status and data of a comparison."""
    done = client('--format=json', 'diff', *words)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)['data']


def test_diff_of_equals(server, tmp_path):
    fill(server.client())
    backup = str(tmp_path / 'backup')
    with open(backup, 'w') as out:
        out.write(run(CLIENT, 'backup', server.address, 'T'))
    (tmp_path / 'other').mkdir()
    with Server(tmp_path / 'other') as other:
        address = 'unix:' + other.socket
        with open(backup) as source:
            run(CLIENT, 'restore', address, 'T', stdin=source)
        for pair in ((server.address, server.file), (backup, server.file),
                     (server.address + ',T', backup), (backup, other.file),
                     (address, backup)):
            assert diff(*pair) == (0, []), pair
        # Only servers know ephemeral columns.
        status, lines = diff(server.address, address)
        assert status == 1 and [line[3:] for line in lines] == [
            ['eph', 'e', '']]
    assert client('diff', backup, server.file).stdout == ''
    piped = subprocess.run(f'{CLIENT} backup {server.address} | '
                           f'{CLIENT} diff - {server.file}', shell=True)
    assert piped.returncode == 0


def test_diff_tells_what_differs(server, tmp_path):
    talk = server.client()
    fill(talk)
    backup = str(tmp_path / 'backup')
    with open(backup, 'w') as out:
        out.write(run(CLIENT, 'backup', server.address, 'T'))
    talk.transact(
        update('A', [['name', '==', 'a']], {'n': 2, 's': 'y'}),
        {'op': 'delete', 'table': 'A', 'where': [['name', '==', 'b']]},
        insert('A', {'name': 'c'}))
    status, lines = diff(backup, server.address)
    assert status == 1
    assert sorted(line[2:] for line in lines) == sorted([
        ['modify', 'n', 1, 2],
        ['modify', 's', ['set', ['x', 'y']], 'y'],
        ['delete', 'name', 'b', None],
        ['delete', 'm', ['map', [['k', 'v']]], None],
        ['insert', 'name', None, 'c']])
    assert {line[0] for line in lines} == {'A'}
    assert diff('--exclude=A', backup, server.address) == (0, [])
    table = client('diff', backup, server.address).stdout
    assert re.search(r'^A +[0-9a-f-]{36} modify s +\[x, y\] +\[y\]$', table,
                     re.M), table


def test_diff_pairs_rows_of_new_uuids(server, tmp_path):
    """After a restoration a change shows as a change, not as new rows."""
    talk = server.client()
    fill(talk)
    with open(tmp_path / 'backup', 'w') as out:
        out.write(run(CLIENT, 'backup', server.address, 'T'))
    with open(tmp_path / 'backup') as source:
        run(CLIENT, 'restore', server.address, 'T', stdin=source)
    talk.transact(update('A', [['name', '==', 'b']], {'n': 9}))
    status, lines = diff(str(tmp_path / 'backup'), server.address)
    assert status == 1 and [line[2:] for line in lines] == [
        ['modify', 'n', 0, 9]]


def test_diff_of_schemas(tmp_path):
    new = {**SCHEMA, 'version': '2.0.0', 'tables': {
        'A': {**SCHEMA['tables']['A'], 'columns': {
            **SCHEMA['tables']['A']['columns'],
            'n': {'type': 'string'}, 'more': {'type': 'integer'}}},
        'New': {'columns': {'x': {'type': 'string'}}}}}
    del new['tables']['A']['columns']['kids']
    for name, schema in ('a', SCHEMA), ('b', new):
        with open(tmp_path / name, 'w') as out:
            json.dump(schema, out)
        run(OURS['tool'], 'create', str(tmp_path / (name + '.db')),
            str(tmp_path / name))
    pair = str(tmp_path / 'a.db'), str(tmp_path / 'b.db')
    status, lines = diff(*pair)
    assert status == 1
    schema = [
        ['', '', 'schema', 'version', '1.0.0', '2.0.0'],
        ['A', '', 'schema', 'kids',
         {'key': {'refTable': 'K', 'type': 'uuid'}, 'max': 'unlimited',
          'min': 0}, None],
        ['A', '', 'schema', 'more', None, 'integer'],
        ['A', '', 'schema', 'n', 'integer', 'string'],
        ['K', '', 'schema', '', 'table', None],
        ['New', '', 'schema', '', None, 'table']]
    assert lines == schema
    assert diff('--ignore-version', *pair) == (1, schema[1:])


@pytest.mark.parametrize('words,said', [
    (['missing', 'missing'], 'missing: cannot open'),
    (['garbage', 'garbage'], 'garbage: .*no valid record'),
    (['empty', 'empty'], 'empty: empty'),
    (['cluster', 'cluster'], 'cluster: .*backup'),
    (['unix:/nonexistent', 'empty'], 'failed to connect'),
    (['one'], 'invalid syntax')])
def test_diff_errors(tmp_path, words, said):
    (tmp_path / 'garbage').write_text('garbage\n')
    (tmp_path / 'empty').write_text('')
    (tmp_path / 'cluster').write_text('OVSDB CLUSTER 5 00\n')
    done = client('diff', *words, cwd=tmp_path)
    assert done.returncode == 2 and re.search(said, done.stderr), done
