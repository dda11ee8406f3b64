# SPDX-License-Identifier: Apache-2.0
"""The page that Prometheus reads."""
import re
import socket
import urllib.error
import urllib.request

import pytest
from ovsdb import OURS, Server, insert, run

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABELS = r'(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)+\})?'
SAMPLE = re.compile(rf'({NAME})({LABELS}) (\S+)')


def port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


@pytest.fixture
def served(tmp_path):
    where = port()
    with Server(tmp_path,
                options=[f'--metrics=ptcp:{where}:127.0.0.1']) as server:
        yield server, f'http://127.0.0.1:{where}/metrics'


def read(url):
    """{name{labels}: value} of a page whose every line is in order."""
    with urllib.request.urlopen(url, timeout=10) as page:
        assert page.headers['Content-Type'].startswith(
            'text/plain; version=0.0.4')
        text = page.read().decode()
    values, types = {}, {}
    assert text.endswith('\n')
    for line in text.splitlines():
        if line.startswith('# TYPE '):
            _, _, name, kind = line.split(' ')
            assert name not in types and kind in ('gauge', 'counter',
                                                  'histogram')
            types[name] = kind
        elif not line.startswith('# HELP '):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            base = re.sub('_(bucket|sum|count)$', '', name)
            assert name in types or types[base] == 'histogram'
            assert name + labels not in values
            values[name + labels] = float(value)
    return values


def test_values(served):
    server, url = served
    with server.client() as client, server.client() as other:
        client.call('monitor', 'T', 'm', {'A': {}})
        for n in range(3):
            client.transact(insert('A', {'name': str(n)}))
        client.call('transact', 'T', insert('A', {'name': '2'}))
        client.call('lock', 'l')
        other.call('lock', 'l')
        values = read(url)
    assert values['ovsdb_clients'] == 2
    assert values['ovsdb_locks'] == values['ovsdb_lock_waiters'] == 1
    assert values['ovsdb_rows{db="T",table="A"}'] == 3
    assert values['ovsdb_commits_total{db="T"}'] == 3
    assert values['ovsdb_monitors{db="T"}'] == 1
    assert values['ovsdb_requests_total{method="transact"}'] == 4
    assert values['ovsdb_errors_total{error="constraint violation"}'] == 1
    assert values['ovsdb_transaction_seconds_count'] == 4
    assert values['ovsdb_sync_seconds_count'] >= 1
    assert values['ovsdb_commit_seconds_bucket{le="+Inf"}'] == values[
        'ovsdb_commit_seconds_count'] >= 3
    assert values['ovsdb_file_bytes{db="T"}'] > 400
    assert values['ovsdb_read_only{db="T"}'] == 0
    buckets = [value for name, value in values.items()
               if name.startswith('ovsdb_sync_seconds_bucket')]
    assert buckets == sorted(buckets)


@pytest.mark.parametrize('path, status', [('/', 404), ('/metrics/x', 404)])
def test_other_pages(served, path, status):
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(served[1].replace('/metrics', path),
                               timeout=10)
    assert error.value.code == status


def test_cannot_listen(tmp_path):
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        sock.listen()
        where = f'ptcp:{sock.getsockname()[1]}:127.0.0.1'
        done = run(OURS['server'], '--no-dbs', '-vconsole:off',
                   f'--unixctl={tmp_path}/ctl', f'--metrics={where}',
                   check=False)
        assert done.returncode == 1
        assert f'--metrics={where}: cannot listen' in done.stderr


def test_over_a_unix_socket(tmp_path):
    path = f'{tmp_path}/metrics'
    with Server(tmp_path, options=[f'--metrics=punix:{path}']):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(path)
            sock.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
            text = b''
            while more := sock.recv(65536):
                text += more
        assert text.startswith(b'HTTP/1.1 200 OK\r\n')
        assert b'\novsdb_rows{db="T",table="A"} 0\n' in text
