# SPDX-License-Identifier: Apache-2.0
"""What was acknowledged is there, whatever happens to the server."""
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from ovsdb import OURS, Server, insert, run, select, update

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


@pytest.mark.parametrize('ahead', [1, 20])
def test_kill_during_transactions(tmp_path, ahead):
    server = Server(tmp_path)
    acknowledged = set()
    rng = random.Random(ahead)
    for turn in range(KILLS):
        server.start()
        threads = [threading.Thread(target=writer, args=(
            server, f'{turn}.{i}', acknowledged, ahead)) for i in range(4)]
        for thread in threads:
            thread.start()
        before, end = len(acknowledged), time.monotonic() + 10
        want = rng.randint(20, 150)
        while len(acknowledged) < before + want and time.monotonic() < end:
            time.sleep(0.001)
        server.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()
        assert len(acknowledged) >= before + want
        lost = acknowledged - names_in(server)
        assert not lost, f'{len(lost)} of {len(acknowledged)} lost'


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


def test_full_disk_refuses_and_recovers(tmp_path):
    """A file size limit stands for the disk."""
    server = Server(tmp_path)
    some_rows(server, 2)
    size = os.path.getsize(server.file)
    real = server.make['server']
    wrapper = tmp_path / 'limited'
    wrapper.write_text('#!/bin/sh\nulimit -f ' + str(size // 512 + 8)
                       + f'\ntrap "" XFSZ\nexec {real} "$@" '
                       '--log-file=/dev/null\n')
    wrapper.chmod(0o755)
    server.make = {**server.make, 'server': str(wrapper)}
    acknowledged = set()
    with server:
        client = server.client()
        failed = None
        for i in range(200):
            name = f'big{i}'
            result = client.call('transact', 'T', insert(
                'A', {'name': name, 's': 'y' * 100}))
            if 'error' in result[-1]:
                failed = result[-1]
                break
            acknowledged.add(name)
        assert failed and failed['error'] == 'I/O error', failed
        # Reads go on.
        client.transact(select('A'))
    server.make = {**server.make, 'server': real}
    assert acknowledged <= names_in(server)
