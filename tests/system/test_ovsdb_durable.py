# SPDX-License-Identifier: Apache-2.0
"""What was acknowledged is there, whatever happens to the server."""
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

import pytest
from ovsdb import OURS, PEER, SCHEMA, Server, insert, run, select, update

# A longer run: KILLS=1000 pytest ...
KILLS = int(os.environ.get('KILLS', '12'))


def names_in(server):
    with server:
        client = server.client()
        rows = client.transact(select('A', columns=['name']))[0]['rows']
        client.close()
        return {row['name'] for row in rows}


def writer(server, prefix, acknowledged, ahead):
    """Inserts with 'ahead' transactions under way until the end comes."""
    client = server.client()
    number, waiting = 0, {}
    try:
        while True:
            while len(waiting) < ahead:
                name = f'{prefix}-{number}'
                number += 1
                waiting[client.request(
                    'transact', ['T', insert('A', {'name': name})])] = name
            reply = client.receive()
            assert reply['error'] is None and 'uuid' in reply['result'][0]
            acknowledged.add(waiting.pop(reply['id']))
    except (OSError, EOFError):
        client.close()


def kill_once(server, acknowledged, turn, rng, ahead):
    """Four clients write, and a compaction is under way in every third turn,
    when the server is killed."""
    server.start()
    threads = [threading.Thread(target=writer, args=(
        server, f'{turn}.{i}', acknowledged, ahead)) for i in range(4)]
    for thread in threads:
        thread.start()
    before, end = len(acknowledged), time.monotonic() + 20
    want, half = rng.randint(20, 150), rng.randint(0, 20)
    compaction = None
    while len(acknowledged) < before + want and time.monotonic() < end:
        if (turn % 3 == 0 and not compaction
                and len(acknowledged) >= before + half):
            compaction = subprocess.Popen(
                ['/usr/bin/ovs-appctl', '-t', server.ctl,
                 'ovsdb-server/compact'], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        time.sleep(0.001)
    server.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()
    if compaction:
        compaction.wait(10)
    assert len(acknowledged) >= before + want


@pytest.mark.parametrize('ahead', [1, 20])
def test_kill_during_transactions(tmp_path, ahead):
    rng = random.Random(ahead)
    for turn in range(KILLS):
        if turn % 50 == 0:
            folder = tmp_path / str(turn)
            folder.mkdir()
            server, acknowledged = Server(folder), set()
        kill_once(server, acknowledged, turn, rng, ahead)
        lost = acknowledged - names_in(server)
        assert not lost, f'{len(lost)} of {len(acknowledged)} lost'
        if turn % 50 == 49:
            shutil.rmtree(folder)


def test_kill_during_compactions(tmp_path):
    server = Server(tmp_path)
    acknowledged = set()
    for turn in range(4):
        server.start()
        thread = threading.Thread(target=writer, args=(
            server, str(turn), acknowledged, 5))
        thread.start()
        for _ in range(8):
            server.appctl('ovsdb-server/compact')
        server.stop(signal.SIGKILL)
        thread.join()
        assert not acknowledged - names_in(server)


def test_ephemeral_columns_do_not_survive(tmp_path):
    server = Server(tmp_path)
    with server:
        client = server.client()
        client.transact(insert('A', {'name': 'x', 'eph': 'gone', 'n': 3}))
        size = os.path.getsize(server.file)
        client.transact(update('A', [], {'eph': 'more'}))
        assert os.path.getsize(server.file) == size
    with server:
        client = server.client()
        (row,) = client.transact(
            select('A', columns=['eph', 'n']))[0]['rows']
        assert row == {'eph': '', 'n': 3}


def some_rows(server, n=5):
    with server:
        client = server.client()
        for i in range(n):
            client.transact(insert('A', {'name': f'r{i}'}))


def test_torn_tail_is_cut_with_a_warning(tmp_path):
    server = Server(tmp_path)
    some_rows(server)
    with open(server.file, 'r+b') as file:
        file.truncate(os.path.getsize(server.file) - 5)
    assert names_in(server) == {f'r{i}' for i in range(4)}
    with open(server.log, encoding='utf-8') as log:
        text = log.read()
    assert 'WARN' in text and 'incomplete record' in text


@pytest.mark.parametrize('where', [20, 0.3, 0.5, 0.8, -30])
def test_damage_is_refused_and_kept(tmp_path, where):
    server = Server(tmp_path)
    some_rows(server)
    with open(server.file, 'rb') as file:
        data = bytearray(file.read())
    at = where if isinstance(where, int) else int(len(data) * where)
    data[at] ^= 4
    with open(server.file, 'wb') as file:
        file.write(data)
    with pytest.raises(AssertionError) as failed:
        server.start()
    words = str(failed.value)
    assert 'damaged database file' in words and 'backup' in words
    with open(server.file, 'rb') as file:
        assert file.read() == data


def test_one_server_a_file(tmp_path):
    with Server(tmp_path) as server:
        second = subprocess.run(
            [OURS['server'], server.file, '--unixctl=none'], text=True,
            capture_output=True, timeout=10, check=False)
        assert second.returncode == 1 and 'lock' in second.stderr
        tool = run(OURS['tool'], 'transact', server.file, '["T"]',
                   check=False)
        assert tool.returncode == 1 and 'lock' in tool.stderr
        # Reading is always possible.
        assert run(OURS['tool'], 'query', server.file, '["T"]') == '[]\n'


def test_compaction_keeps_rows_and_shrinks(tmp_path):
    server = Server(tmp_path)
    with server:
        client = server.client()
        client.transact(insert('A', {'name': 'x'}))
        for i in range(300):
            client.transact(update('A', [], {'n': i, 's': 'v' * 50}))
        before = os.path.getsize(server.file)
        server.appctl('ovsdb-server/compact')
        assert os.path.getsize(server.file) < before / 10
        client.transact(insert('A', {'name': 'after'}))
    assert names_in(server) == {'x', 'after'}


def refused(result):
    """The error of a transaction that the disk had no room for."""
    errors = [r for r in result if r and 'error' in r]
    assert len(errors) == 1 and errors[0]['error'] == 'I/O error', result
    return errors[0]['details']


def fill_up(server, client, acknowledged, prefix):
    """Commits until that is refused; the words of the refusal."""
    for i in range(5000):
        name = f'{prefix}{i}'
        result = client.call('transact', 'T', insert(
            'A', {'name': name, 's': 'y' * 4000}))
        if 'error' in result[-1]:
            return refused(result)
        acknowledged.add(name)
    raise AssertionError('the disk is never full')


@pytest.fixture(name='small_disk')
def small_disk_fixture(tmp_path):
    folder = tmp_path / 'small'
    folder.mkdir()
    run('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', str(folder))
    yield folder
    run('umount', '-l', str(folder))


def storage_status(server):
    return server.appctl('ovsdb-server/get-db-storage-status', 'T')


def wait_for_room(server):
    end = time.monotonic() + 20
    while 'status: ok' not in storage_status(server):
        assert time.monotonic() < end, storage_status(server)
        time.sleep(0.05)


def test_full_disk_refuses_and_recovers(small_disk):
    server = Server(small_disk)
    acknowledged = set()
    ballast = small_disk / 'ballast'
    with server:
        client = server.client()
        for turn in range(3):
            disk = os.statvfs(small_disk)
            ballast.write_bytes(b'0' * (disk.f_bavail * disk.f_bsize // 2))
            words = fill_up(server, client, acknowledged, f'{turn}.')
            assert 't.db' in words and 'No space left on device' in words
            assert 'cannot grow' in storage_status(server)
            # Reads go on, and what was acknowledged is there.
            rows = server.client().transact(select('A', columns=['name']))
            assert {r['name'] for r in rows[0]['rows']} == acknowledged
            ballast.unlink()
            wait_for_room(server)
            client.transact({'op': 'delete', 'table': 'A', 'where': [
                ['name', '!=', 'again0']]}, insert(
                    'A', {'name': f'again{turn}'}))
            acknowledged &= {'again0'}
            acknowledged.add(f'again{turn}')
            # The older file stays, and makes room when that is wanted.
            server.appctl('ovsdb-server/compact')
            assert os.path.exists(server.folder + '/.t.db.~prev~')
    assert names_in(server) == acknowledged
    with open(server.log, encoding='utf-8') as log:
        text = log.read()
    assert 1 <= text.count('read-only until there is room') <= 3
    assert 'there is room again' in text
    assert 'removed the second copy' in text


def test_limit_of_file_size_refuses(tmp_path):
    server = Server(tmp_path)
    some_rows(server, 2)
    real = server.make['server']
    wrapper = tmp_path / 'limited'
    wrapper.write_text('#!/bin/sh\nulimit -f 64\ntrap "" XFSZ\n'
                       f'exec {real} "$@" --log-file=/dev/null\n')
    wrapper.chmod(0o755)
    server.make = {**server.make, 'server': str(wrapper)}
    acknowledged = set()
    with server:
        words = fill_up(server, server.client(), acknowledged, 'a')
        assert 'File too large' in words
    server.make = {**server.make, 'server': real}
    assert acknowledged <= names_in(server)


def peer_rows(path):
    """Names that Debian's tool finds in a file."""
    text = run(PEER['tool'], 'query', path, json.dumps(
        ['T', select('A', columns=['name'])]))
    return {row['name'] for row in json.loads(text)[0]['rows']}


def test_second_copy_mends_what_both_have(tmp_path):
    server = Server(tmp_path)
    some_rows(server, 20)
    with server:
        server.appctl('ovsdb-server/compact')
        server.client().transact(insert('A', {'name': 'after'}))
    names = {f'r{i}' for i in range(20)} | {'after'}
    prev = server.folder + '/.t.db.~prev~'
    # Both are whole databases for the peer's tool too.
    assert peer_rows(server.file) == names
    assert peer_rows(prev) == names - {'after'}
    assert 'compacting database online' in run(
        PEER['tool'], 'show-log', prev)
    with open(server.file, 'rb') as file:
        data = bytearray(file.read())
    data[len(data) // 3] ^= 4
    with open(server.file, 'wb') as file:
        file.write(data)
    # Tools that only read mend in memory.
    assert 'after' in run(OURS['tool'], 'query', server.file, json.dumps(
        ['T', select('A', columns=['name'])]))
    assert names_in(server) == names
    with open(server.file + '.~damaged~', 'rb') as file:
        assert file.read() == data
    with open(server.log, encoding='utf-8') as log:
        text = log.read()
    assert 'mended from the second copy' in text
    assert peer_rows(server.file) == names


def test_peer_reads_after_each_event(tmp_path):
    """Commits, kill, compaction, a torn tail: query and show-log agree."""
    server = Server(tmp_path)
    some_rows(server)
    names = {f'r{i}' for i in range(5)}
    for event in ('commit', 'compact', 'kill', 'torn'):
        server.start()
        client = server.client()
        if event == 'compact':
            server.appctl('ovsdb-server/compact')
        client.transact(insert('A', {'name': event}))
        names.add(event)
        server.stop(signal.SIGKILL)
        if event == 'torn':
            with open(server.file, 'ab') as file:
                file.write(b'OVSDB JSON 1000 0123')
            assert names_in(server) == names
        assert peer_rows(server.file) == names
        log = run(PEER['tool'], 'show-log', '-m', server.file)
        assert f'insert row "{event}"' in log
        assert names_in(server) == names
    # Theirs for ours: what the peer's server added to our file.
    with Server(tmp_path, make=PEER, create=False) as peer:
        peer.client().transact(insert('A', {'name': 'theirs'}))
    assert names_in(server) == names | {'theirs'}


def test_compaction_lets_clients_go_on(tmp_path):
    """Commits during compactions, and restarts, lose and stop nothing."""
    server = Server(tmp_path)
    server.start()
    client = server.client()
    for i in range(40):
        client.transact(*[insert('A', {'name': f'{i}.{k}', 's': 'v' * 50})
                          for k in range(200)])
    names = {f'{i}.{k}' for i in range(40) for k in range(200)}
    acknowledged = set()
    thread = threading.Thread(target=writer, args=(
        server, 'during', acknowledged, 3))
    thread.start()
    for _ in range(5):
        before = len(acknowledged)
        server.appctl('ovsdb-server/compact')
        assert len(acknowledged) > before
    server.stop(signal.SIGKILL)
    thread.join()
    found = names_in(server)
    assert names | acknowledged <= found


def test_second_copy_can_be_switched_off(tmp_path):
    server = Server(tmp_path, options=['--no-second-copy'])
    prev = server.folder + '/.t.db.~prev~'
    with server:
        server.appctl('ovsdb-server/compact')
        assert not os.path.exists(prev)
        server.appctl('ovsdb-server/second-copy', 'on')
        server.appctl('ovsdb-server/memory-trim-on-compaction', 'on')
        server.appctl('ovsdb-server/compact')
        assert os.path.exists(prev)
        server.appctl('ovsdb-server/second-copy', 'off')
        server.appctl('ovsdb-server/compact')
        assert not os.path.exists(prev)


def test_end_during_a_compaction(tmp_path):
    """Whoever waits for it is answered, and nothing is lost."""
    server = Server(tmp_path)
    some_rows(server, 50)
    for _ in range(5):
        server.start()
        with subprocess.Popen(
                ['/usr/bin/ovs-appctl', '-t', server.ctl,
                 'ovsdb-server/compact'], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as compaction:
            server.stop()
            compaction.wait(10)
    assert names_in(server) == {f'r{i}' for i in range(50)}


def test_new_schema_during_a_compaction(tmp_path):
    """The old schema or the new one, with all rows, whatever was under way."""
    server = Server(tmp_path)
    some_rows(server, 50)
    names = {f'r{i}' for i in range(50)}
    schema = json.loads(json.dumps(SCHEMA))
    path = server.folder + '/next'
    for turn in range(6):
        schema['version'] = f'1.{turn + 1}.0'
        schema['tables']['A']['columns'][f'new{turn}'] = {'type': 'integer'}
        with open(path, 'w', encoding='utf-8') as out:
            json.dump(schema, out)
        server.start()
        with subprocess.Popen(
                ['/usr/bin/ovs-appctl', '-t', server.ctl,
                 'ovsdb-server/compact'], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as compaction:
            run(OURS['client'], 'convert', 'unix:' + server.socket, path)
            server.client().transact(insert('A', {
                'name': f'after{turn}', f'new{turn}': 5}))
            compaction.wait(10)
        names.add(f'after{turn}')
        server.stop(signal.SIGKILL)
        assert peer_rows(server.file) == names
        assert run(PEER['tool'], 'db-version', server.file).strip() == (
            schema['version'])
        assert names_in(server) == names
