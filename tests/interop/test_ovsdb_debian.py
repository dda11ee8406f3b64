# SPDX-License-Identifier: Apache-2.0
"""Database server and tools with Debian's: each reads the other's files and
speaks with the other's programs."""
import json
import re
import shutil
import subprocess
import time

import pytest
from ovsdb import (OURS, PEER, VSWITCH_SCHEMA, Server, insert, run, select,
                   update)

UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
                  r'[0-9a-f]{12}')
pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")


def fill(server):
    """Every kind of record: inserts, diffs, deletions, comments."""
    with server:
        client = server.client()
        client.transact(
            insert('A', {'name': 'a', 'n': 1, 's': ['set', ['x', 'y']],
                         'm': ['map', [['k', 'v'], ['l', 'w "q"']]],
                         'kids': ['named-uuid', 'kid']}),
            insert('K', {'n': 7}, **{'uuid-name': 'kid'}),
            {'op': 'comment', 'comment': 'first\nlines'})
        client.transact(update('A', [], {
            'n': -2, 's': ['set', ['y', 'z \u00e4']],
            'm': ['map', [['k', 'u'], ['new', '']]]}))
        client.transact(insert('A', {'name': 'b'}))
        client.transact({'op': 'delete', 'table': 'A',
                         'where': [['name', '==', 'b']]})
        client.transact(update('A', [], {'kids': ['set', []]}))
        client.transact(insert('A', {'name': 'c', 'n': 1 << 60}))


def contents(tool, path):
    text = run(tool, 'query', path, json.dumps(
        ['T', select('A'), select('K')]))
    rows = [result['rows'] for result in json.loads(text)
            if 'rows' in result]
    return sorted(json.dumps(row, sort_keys=True)
                  for table in rows for row in table
                  if row.pop('_version'))


@pytest.mark.parametrize('writer', [OURS, PEER], ids=['ours', 'theirs'])
@pytest.mark.parametrize('compacted', [False, True])
def test_files_read_the_same(tmp_path, writer, compacted):
    server = Server(tmp_path, make=writer)
    fill(server)
    if compacted:
        run(writer['tool'], 'compact', server.file)
    ours, theirs = (contents(make['tool'], server.file)
                    for make in (OURS, PEER))
    assert ours == theirs and len(ours) == 2
    for command in (['db-name'], ['db-version'], ['db-cksum']):
        assert run(OURS['tool'], *command, server.file) == run(
            PEER['tool'], *command, server.file)
    assert sorted(run(OURS['tool'], '-mm', 'show-log',
                      server.file).split('\n')) == sorted(
        run(PEER['tool'], '-mm', 'show-log', server.file).split('\n'))


@pytest.mark.parametrize('first,second', [(OURS, PEER), (PEER, OURS)],
                         ids=['ours-theirs', 'theirs-ours'])
def test_servers_take_over_files(tmp_path, first, second):
    fill(Server(tmp_path, make=first))
    server = Server(tmp_path, make=second, create=False)
    with server:
        client = server.client()
        rows = client.transact(select('A', columns=['name', 'n']))[0]['rows']
        assert sorted(row['name'] for row in rows) == ['a', 'c']
        client.transact(update('A', [['name', '==', 'a']], {'n': 33}))
    for make in (OURS, PEER):
        assert '"n": 33' in ' '.join(contents(make['tool'], server.file))


CLIENT_COMMANDS = [
    'list-dbs S', 'get-schema-version S T', 'get-schema-cksum S T',
    'list-columns S T K', 'dump S T', 'dump S T A name n',
    '--format=json dump S T A', '--format=csv dump S T A name s m',
    '--format=list --data=bare dump S T A name s', 'dump S T Z',
    'dump S T A zz', 'transact S ["T",{"op":"select","table":"K","where":[]}]',
    'query S ["T",{"op":"insert","table":"A","row":{"name":"q"}}]',
    'transact S ["T",{"op":"abort"}]', 'transact S ["U"]', 'monitor S T Z',
    'monitor S T A nonsense', 'wait S T connected', 'wait S T nonsense',
    'list-dbs unix:/nonexistent', 'nonsense', '']


@pytest.mark.parametrize('make', [OURS, PEER], ids=['ours', 'theirs'])
def test_clients_say_the_same(tmp_path, make):
    server = Server(tmp_path, make=make)
    fill(server)
    with server:
        for line in CLIENT_COMMANDS:
            words = [word.replace('S', 'unix:' + server.socket, 1)
                     if word == 'S' else word for word in line.split()]
            said = []
            for who in (OURS, PEER):
                done = run(who['client'], '-vconsole:off', *words,
                           check=False)
                said.append((done.returncode,
                             UUID.sub('UUID', done.stdout + done.stderr)))
            if 'wait' in words:
                said = [said[0][0], said[1][0]]
            if line.startswith('list-columns'):
                said = [sorted(str(said[0][1]).split('\n')),
                        sorted(str(said[1][1]).split('\n'))]
            assert said[0] == said[1], line


@pytest.mark.parametrize('reader', [OURS, PEER], ids=['ours', 'theirs'])
def test_backup_and_restore(tmp_path, reader):
    server = Server(tmp_path)
    fill(server)
    with server:
        address = 'unix:' + server.socket
        before = UUID.sub('', run(OURS['client'], 'dump', address, 'T'))
        snapshot = run(OURS['client'], 'backup', address, 'T')
        with open(tmp_path / 'b.db', 'w', encoding='utf-8') as out:
            out.write(snapshot)
        assert contents(PEER['tool'], str(tmp_path / 'b.db'))
        server.client().transact(
            {'op': 'delete', 'table': 'A', 'where': []})
        with open(tmp_path / 'b.db', encoding='utf-8') as stdin:
            run(reader['client'], 'restore', address, 'T', stdin=stdin)
        assert UUID.sub('', run(OURS['client'], 'dump', address,
                                'T')) == before


def follow(make, server, *args):
    """What 'monitor' prints while rows change."""
    process = subprocess.Popen(
        [make['client'], '-vconsole:off', *args], stdout=subprocess.PIPE,
        text=True)
    time.sleep(0.5)
    client = server.client()
    client.transact(update('A', [['name', '==', 'a']],
                           {'n': 10, 's': ['set', ['y', 'p']]}))
    client.transact(insert('A', {'name': 'd', 'n': 9}))
    client.transact({'op': 'delete', 'table': 'A',
                     'where': [['name', '==', 'd']]})
    client.transact(update('A', [['name', '==', 'a']],
                           {'n': -2, 's': ['set', ['y']]}))
    client.close()
    time.sleep(0.3)
    process.terminate()
    return UUID.sub('UUID', process.communicate()[0])


@pytest.mark.parametrize('args', [
    ['monitor', 'S', 'T', 'A', 'n', 's,!delete'],
    ['monitor-cond', 'S', 'T', '[["n",">",5]]', 'A', 'name,n,s'],
    ['monitor-cond-since', 'S', 'T', '[]', 'A', 'name,n']])
def test_monitors_print_the_same(tmp_path, args):
    server = Server(tmp_path)
    fill(server)
    with server:
        words = ['unix:' + server.socket if a == 'S' else a for a in args]
        server.client().transact(
            {'op': 'delete', 'table': 'A', 'where': [['name', '==', 'c']]},
            update('A', [], {'n': -2, 's': 'y'}))
        ours = follow(OURS, server, *words)
        theirs = follow(PEER, server, *words)
        assert 'UUID' in ours and ours == theirs


@pytest.fixture
def vswitch(tmp_path):
    server = Server(tmp_path, create=False,
                    options=['--remote=db:Open_vSwitch,Open_vSwitch,'
                             'manager_options'])
    run(OURS['tool'], 'create', server.file, VSWITCH_SCHEMA)
    with server:
        yield server


def test_debian_vsctl(vswitch):
    def vsctl(*words):
        return run('/usr/bin/ovs-vsctl', '--no-wait',
                   '--db=unix:' + vswitch.socket, *words)
    vsctl('init')
    vsctl('add-br', 'br0', '--', 'add-port', 'br0', 'p1', 'tag=5', '--',
          'set', 'interface', 'p1', 'type=internal')
    vsctl('--', '--id=@m', 'create', 'mirror', 'name=m', 'select-all=true',
          '--', 'set', 'bridge', 'br0', 'mirrors=@m')
    assert vsctl('list-ports', 'br0') == 'p1\n'
    assert vsctl('get', 'port', 'p1', 'tag') == '5\n'
    extra = vswitch.folder + '/extra'
    vsctl('set-manager', 'punix:' + extra)
    assert run('/usr/bin/ovs-vsctl', '--db=unix:' + extra, '--timeout=5',
               'list-br') == 'br0\n'
    vsctl('del-br', 'br0')
    vsctl('del-manager')
    assert vswitch.client().transact(select('Mirror'), select('Port'),
                                     db='Open_vSwitch') == [
        {'rows': []}, {'rows': []}]


IDL = """
import ovs.db.idl, sys, time
def wait(check):
    end = time.time() + 10
    while not check():
        assert time.time() < end
        idl.run()
        time.sleep(0.005)
helper = ovs.db.idl.SchemaHelper(sys.argv[2])
helper.register_all()
idl = ovs.db.idl.Idl('unix:' + sys.argv[1], helper)
wait(idl.has_ever_connected)
txn = ovs.db.idl.Transaction(idl)
root = txn.insert(idl.tables['Open_vSwitch'])
bridge = txn.insert(idl.tables['Bridge'])
bridge.name = 'br-py'
root.bridges = [bridge]
txn.add_comment('from the library')
assert txn.commit_block() == txn.SUCCESS, txn.get_error()
(bridge,) = idl.tables['Bridge'].rows.values()
txn = ovs.db.idl.Transaction(idl)
bridge.verify('external_ids')
bridge.setkey('external_ids', 'a', 'b')
assert txn.commit_block() == txn.SUCCESS
(root,) = idl.tables['Open_vSwitch'].rows.values()
txn = ovs.db.idl.Transaction(idl)
root.verify('next_cfg')
root.next_cfg += 1
assert txn.commit_block() == txn.SUCCESS
txn = ovs.db.idl.Transaction(idl)
twin = txn.insert(idl.tables['Bridge'])
twin.name = 'br-py'
root.bridges = [bridge, twin]
assert txn.commit_block() == txn.ERROR
assert 'identical values (br-py)' in txn.get_error()
idl.cond_change('Bridge', [['name', '==', 'other']])
wait(lambda: not idl.tables['Bridge'].rows)
txn = ovs.db.idl.Transaction(idl)
root.bridges = []
assert txn.commit_block() == txn.SUCCESS
print('done')
"""


def test_python_library(vswitch):
    assert run('/usr/bin/python3', '-c', IDL, vswitch.socket,
               VSWITCH_SCHEMA) == 'done\n'


def test_debian_switch(vswitch):
    """ovs-vswitchd configures itself from our server and writes back."""
    run('/usr/bin/ovs-vsctl', '--no-wait', '--db=unix:' + vswitch.socket,
        'init')
    switch = subprocess.Popen(
        ['unshare', '-n', '/usr/sbin/ovs-vswitchd', '--enable-dummy=override',
         '--disable-system', 'unix:' + vswitch.socket, '-vconsole:off',
         '--unixctl=' + vswitch.folder + '/vctl',
         '--pidfile=' + vswitch.folder + '/vpid'],
        env={'OVS_RUNDIR': vswitch.folder, 'PATH': '/usr/sbin:/usr/bin'})
    try:
        run('/usr/bin/ovs-vsctl', '--timeout=10',
            '--db=unix:' + vswitch.socket, 'add-br', 'br0', '--', 'set',
            'bridge', 'br0', 'datapath_type=dummy', '--', 'add-port', 'br0',
            'p1', '--', 'set', 'interface', 'p1', 'type=dummy')
        assert run('/usr/bin/ovs-vsctl', '--timeout=10',
                   '--db=unix:' + vswitch.socket, 'get', 'interface', 'p1',
                   'ofport') == '1\n'
    finally:
        switch.terminate()
        switch.wait(10)
