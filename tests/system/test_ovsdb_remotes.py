# SPDX-License-Identifier: Apache-2.0
"""What the database server is told at run time, and what a restart keeps."""
import os
import signal
import subprocess
import time

import pytest
from ovsdb import OURS, Client, Server, insert, run

pytestmark = pytest.mark.weir_only      # It starts our server itself.


def pid_in(path):
    try:
        with open(path, encoding='ascii') as f:
            return int(f.read())
    except (OSError, ValueError):
        return 0


def wait(check, seconds=15):
    end = time.monotonic() + seconds
    while not check() and time.monotonic() < end:
        time.sleep(0.05)
    return check()


def test_a_restart_keeps_what_was_added_and_removed(tmp_path):
    server = Server(tmp_path)
    schema = str(tmp_path / 'schema')
    with open(schema, encoding='utf-8') as f:
        text = f.read().replace('"T"', '"U"')
    with open(schema, 'w', encoding='utf-8') as f:
        f.write(text)
    run(OURS['tool'], 'create', str(tmp_path / 'u.db'), schema)
    pidfile = str(tmp_path / 'pid')
    run(OURS['server'], '--detach', '--monitor', '--pidfile=' + pidfile,
        '--unixctl=' + server.ctl, '--log-file=' + server.log,
        '--remote=punix:' + server.socket, server.file,
        stdin=subprocess.DEVNULL)
    first = pid_in(pidfile)
    try:
        server.appctl('ovsdb-server/add-db', str(tmp_path / 'u.db'))
        server.appctl('ovsdb-server/add-remote',
                      f'punix:{tmp_path}/second')
        server.appctl('ovsdb-server/remove-remote',
                      'punix:' + server.socket)
        server.appctl('ovsdb-server/remove-db', 'T')
        server.appctl('ovsdb-server/set-sync-exclude-tables', 'U:A')
        server.appctl('ovsdb-server/set-active-ovsdb-server',
                      'unix:/nowhere')
        os.kill(first, signal.SIGSEGV)
        assert wait(lambda: pid_in(pidfile) not in (0, first)
                    and os.path.exists(server.ctl))
        assert wait(lambda: server.appctl(
            'ovsdb-server/list-dbs') == 'U\n_Server\n')
        assert server.appctl('ovsdb-server/list-remotes'
                             ) == f'punix:{tmp_path}/second\n'
        assert server.appctl('ovsdb-server/get-sync-exclude-tables'
                             ) == 'U:A\n'
        assert server.appctl('ovsdb-server/get-active-ovsdb-server'
                             ) == 'unix:/nowhere\n'
        assert server.appctl('ovsdb-server/sync-status'
                             ) == 'state: active\n'
        client = Client(str(tmp_path / 'second'))
        assert client.call('list_dbs') == ['U', '_Server']
    finally:
        server.appctl('exit')
    assert wait(lambda: not os.path.exists(pidfile))


def test_clusters_are_refused_clearly(tmp_path):
    with Server(tmp_path) as server:
        done = run('/usr/bin/ovs-appctl', '-t', server.ctl, 'cluster/status',
                   'T', check=False)
        assert done.returncode == 2
        assert 'clustered databases are not served' in done.stderr
        done = run('/usr/bin/ovs-appctl', '-t', server.ctl,
                   'ovsdb-server/remove-db', '_Server', check=False)
        assert 'Cannot remove reserved database.' in done.stderr


def test_run_gives_its_status(tmp_path):
    for command, status in (('exit 0', 0), ('exit 3', 1), ('kill $$', 1)):
        folder = tmp_path / command.replace(' ', '_').replace('$', 'D')
        os.makedirs(folder)
        server = Server(folder)
        done = run(OURS['server'], '--run=' + command, '-vconsole:off',
                   '--unixctl=' + server.ctl, server.file, check=False)
        assert done.returncode == status, command


def test_changes_of_chosen_tables_are_logged(tmp_path):
    with Server(tmp_path) as server:
        server.appctl('ovsdb-server/tlog-set', 'T:A', 'on')
        lines = server.appctl('ovsdb-server/tlog-list').splitlines()
        assert [line.split() for line in lines if ' O' in line] == [
            ['A', 'ON'], ['K', 'OFF'], ['Database', 'OFF']]
        client = server.client()
        client.transact(insert('A', {'name': 'x'}))
        server.appctl('ovsdb-server/tlog-set', 'T:A', 'off')
        client.transact({'op': 'delete', 'table': 'A', 'where': []})
        with open(server.log, encoding='utf-8') as f:
            text = f.read()
        assert 'T:A: inserted row' in text and 'deleted' not in text
        for what, error in (('T', 'invalid DB:TABLE argument'),
                            ('T:Z', 'no such table'),
                            ('Z:A', 'no such database')):
            done = run('/usr/bin/ovs-appctl', '-t', server.ctl,
                       'ovsdb-server/tlog-set', what, 'on', check=False)
            assert error in done.stderr
