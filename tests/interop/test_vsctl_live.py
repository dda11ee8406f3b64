# SPDX-License-Identifier: Apache-2.0
"""vsctl with a switch that runs, or that does not, and over connections of
every kind: ours and the peer's, beside one another."""
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time

import pytest

import ovsdb

OURS = ovsdb.BUILD + '/utilities/vsctl/vsctl'
PEER = '/usr/bin/ovs-vsctl'
SWITCHES = {'debian': '/usr/sbin/ovs-vswitchd',
            'weir': ovsdb.BUILD + '/vswitchd/vswitchd'}

pytestmark = pytest.mark.skipif(not os.path.exists(PEER),
                                reason="Debian's openvswitch is not installed")


class World:
    """A database with the switch's schema, and a switch on demand."""

    def __init__(self, folder, make=ovsdb.PEER, options=()):
        self.server = ovsdb.Server(folder, make=make, create=False,
                                   options=options)
        self.folder = str(folder)
        ovsdb.run(make['tool'], 'create', self.server.file,
                  ovsdb.VSWITCH_SCHEMA)
        self.env = {**os.environ, 'OVS_RUNDIR': self.folder,
                    'OVS_LOGDIR': self.folder, 'OVS_DBDIR': self.folder}
        self.switch = None

    def start_switch(self, kind):
        """One without devices, in a network of its own."""
        self.switch = subprocess.Popen(
            ['unshare', '-n', SWITCHES[kind], 'unix:' + self.server.socket,
             '--enable-dummy', '--disable-system', '-vconsole:off',
             '--unixctl=' + self.folder + '/sw.ctl',
             '--pidfile=' + self.folder + '/ovs-vswitchd.pid'],
            env=self.env, cwd=self.folder, stderr=subprocess.DEVNULL)

    def close(self):
        if self.switch:
            self.switch.terminate()
            self.switch.wait(20)
        self.server.stop()

    def command(self, program, words, name='ovs-vsctl', db=None):
        return subprocess.Popen(
            [name, '--no-syslog', '--db=' + (db or 'unix:s'), *words],
            executable=program, cwd=self.folder, env=self.env,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, program, words, **more):
        """Status, output, errors."""
        process = self.command(program, words, **more)
        out, err = process.communicate(timeout=40)
        return process.returncode, out, re.sub(r'^\S+Z\|\d+\|', '', err,
                                               flags=re.M)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.server.start()
    yield made
    made.close()


WAITING = '''
add-br br0 -- set bridge br0 datapath_type=dummy
add-port br0 p1 -- set interface p1 type=dummy
get interface p1 ofport
add-port br0 nosuch
get interface nosuch ofport
get interface nosuch error
list-ports br0
add-port br0 bad -- set interface bad type=nonsense
--may-exist add-port br0 nosuch
add-port br0 q1 -- add-port br0 q2
add-bond br0 bond0 x1 x2
--no-wait add-port br0 n1
wait-until interface n1 ofport=-1
-- --if-exists del-port nosuch
-- --if-exists del-port nosuch
set port p1 tag=5
--oneline add-port br0 q3 -- list-br
--no-wait --dry-run add-port br0 q4
del-port p1
wait-until interface br0 ofport=65534 -- get interface br0 ofport
add-br br9 -- set bridge br9 datapath_type=nonsense
del-br br9
del-br br0
list-br
'''


@pytest.mark.parametrize('kind', sorted(SWITCHES))
def test_both_wait_and_tell_what_failed(world, kind):
    world.start_switch(kind)
    rounds = []
    for program in (PEER, OURS):
        rounds.append([])
        for line in WAITING.split('\n')[1:-1]:
            status, out, err = world.run(
                program, ['--timeout=20', *shlex.split(line)])
            rounds[-1].append((line, status, out, sorted(err.split('\n'))))
    bad = [(a, b) for a, b in zip(*rounds) if a != b]
    assert not bad


@pytest.mark.parametrize('kind', sorted(SWITCHES))
def test_a_change_that_breaks_an_interface_is_told(world, kind):
    world.start_switch(kind)
    assert world.run(OURS, shlex.split(
        'add-br br0 -- set bridge br0 datapath_type=dummy -- '
        'add-port br0 p1 -- set interface p1 type=dummy'))[2] == ''
    status, _, err = world.run(OURS, shlex.split(
        'set interface p1 type=nonsense'))
    assert status == 0
    assert "Error detected while setting up 'p1': " in err
    # Told once: what was wrong before is no news.
    assert world.run(OURS, shlex.split('set interface p1 external_ids:a=b')) \
        == (0, '', '')


def test_no_switch(world):
    """It waits, says so, and goes on when the switch comes."""
    process = world.command(OURS, ['--timeout=30', 'add-br', 'br0', '--', 'set',
                                   'bridge', 'br0', 'datapath_type=dummy'])
    line = process.stderr.readline()
    assert 'ovs-vswitchd does not seem to run' in line
    assert process.poll() is None
    world.start_switch('debian')
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, '', '')


def test_no_switch_and_a_timeout(world):
    for program in (OURS, PEER):
        status, _, _ = world.run(program, ['--timeout=1', '--may-exist',
                                           'add-br', 'br0', '--', 'set', 'open',
                                           '.', 'external_ids:a=' + program])
        assert status == -signal.SIGALRM
    # The change is in the database all the same.
    assert world.run(OURS, ['list-br']) == (0, 'br0\n', '')
    # Nothing changes, so nothing is waited for.
    assert world.run(OURS, ['--may-exist', 'add-br', 'br0']) == (0, '', '')


def test_environment_limits_the_time(world):
    world.env['OVS_CTL_TIMEOUT'] = '1'
    for program in (OURS, PEER):
        assert world.run(program, ['wait-until', 'bridge', 'br7'])[0] \
            == -signal.SIGALRM


def test_two_at_once_add_one_port(world):
    """One makes it, the others see it; none waits or fails otherwise."""
    world.run(OURS, ['--no-wait', 'add-br', 'br0'])
    for option in ([], ['--may-exist']):
        name = 'p' + str(len(option))
        processes = [world.command(OURS, ['--no-wait', '--', *option,
                                          'add-port', 'br0', name])
                     for _ in range(8)]
        results = [p.communicate(timeout=20) + (p.returncode,)
                   for p in processes]
        if option:
            assert {r[2] for r in results} == {0}, results
        else:
            assert sorted(r[2] for r in results) == [0] + [1] * 7
            assert {r[1] for r in results if r[2]} == {
                f'ovs-vsctl: cannot create a port named {name} because a port '
                f'named {name} already exists on bridge br0\n'}
    assert world.run(OURS, ['list-ports', 'br0'])[1] == 'p0\np1\n'


def test_wait_until_sees_what_others_do(world):
    process = world.command(OURS, ['--timeout=20', 'wait-until', 'bridge',
                                   'br0', 'fail_mode=secure', '--', 'get',
                                   'bridge', 'br0', 'name'])
    for words in (['add-br', 'br0'], ['set-fail-mode', 'br0', 'secure']):
        assert process.poll() is None
        assert world.run(PEER, ['--no-wait', *words])[0] == 0
    assert process.communicate(timeout=20) == ('br0\n', '')


def test_retry_waits_for_the_server(tmp_path):
    world = World(tmp_path)
    assert world.run(OURS, ['list-br']) == world.run(PEER, ['list-br'])
    process = world.command(OURS, ['--retry', '--timeout=30', '--no-wait',
                                   'add-br', 'br0'])
    time.sleep(0.2)
    assert process.poll() is None
    world.server.start()
    assert process.communicate(timeout=30)[0] == ''
    assert process.returncode == 0
    assert world.run(PEER, ['list-br']) == (0, 'br0\n', '')
    world.close()


def listens(remote):
    """Does somebody listen there?  (Looked up, not tried: a connection would
    be taken for the server's.)"""
    kind, place = remote.split(':', 1)
    if kind == 'unix':
        return os.path.exists(place)
    port = '%04X' % int(place.rpartition(':')[2])
    with open('/proc/net/tcp', encoding='ascii') as table:
        return any(line.split()[1].endswith(':' + port)
                   and line.split()[3] == '0A' for line in table)


def wait_until(condition):
    for _ in range(1000):
        if condition():
            return True
        time.sleep(0.01)
    return False


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def test_tcp_and_passive_connections(world):
    port, other = free_port(), free_port()
    world.server.appctl('ovsdb-server/add-remote', f'ptcp:{port}:127.0.0.1')
    assert world.run(OURS, ['--no-wait', 'add-br', 'br0'],
                     db=f'tcp:127.0.0.1:{port}') == (0, '', '')
    # The server connects to the tool, which is there first.
    for remote, db in ((f'tcp:127.0.0.1:{other}', f'ptcp:{other}:127.0.0.1'),
                       (f'unix:{world.folder}/p', f'punix:{world.folder}/p')):
        for program in (OURS, PEER):
            process = world.command(program, ['--timeout=30', 'list-br'],
                                    db=db)
            assert wait_until(lambda: listens(remote))
            world.server.appctl('ovsdb-server/add-remote', remote)
            assert process.communicate(timeout=40) == ('br0\n', '')
            world.server.appctl('ovsdb-server/remove-remote', remote)


PKI = '''
set -e
ovs-pki --dir=ca --log=log init
ovs-pki --dir=ca --log=log req+sign server switch
ovs-pki --dir=ca --log=log req+sign tool switch
cat server-cert.pem ca/switchca/cacert.pem > chain.pem
'''


@pytest.mark.skipif(not shutil.which('ovs-pki'), reason='no ovs-pki')
def test_ssl(tmp_path):
    subprocess.run(['sh', '-c', PKI], cwd=tmp_path, check=True,
                   capture_output=True)
    ca, port = f'{tmp_path}/ca/switchca/cacert.pem', free_port()
    world = World(tmp_path, options=[
        f'--private-key={tmp_path}/server-privkey.pem',
        f'--certificate={tmp_path}/chain.pem', f'--ca-cert={ca}',
        f'--remote=pssl:{port}:127.0.0.1'])
    world.server.start()
    db = f'ssl:127.0.0.1:{port}'
    keys = ['-p', 'tool-privkey.pem', '-c', 'tool-cert.pem']
    try:
        for program in (OURS, PEER):
            assert world.run(program, [*keys, '-C', ca, '--no-wait',
                                       '--may-exist', 'add-br', 'br0'],
                             db=db) == (0, '', ''), program
            status, _, err = world.run(program, [
                *keys, '-C', 'none', 'list-br'], db=db)
            assert status == 0, err
            # Takes the authority's certificate from the server.
            taken = f'{tmp_path}/taken.{os.path.basename(program)}'
            status, out, err = world.run(program, [
                *keys, f'--bootstrap-ca-cert={taken}', '--timeout=20',
                '--retry', 'list-br'], db=db)
            assert (status, out) == (0, 'br0\n'), err
            assert 'BEGIN CERTIFICATE' in open(taken, encoding='ascii').read()
            status, out, err = world.run(program, ['list-br'], db=db)
            assert (status, out) == (1, ''), program
            assert err.endswith('database connection failed '
                                '(Protocol not available)\n')
    finally:
        world.close()


def test_own_name(world):
    """Errors say the name that the program was called by."""
    for name in ('vsctl', 'ovs-vsctl'):
        assert world.run(OURS, ['--no-wait', 'del-br', 'br7'], name=name) == (
            1, '', f'{name}: no bridge named br7\n')
    first = world.run(OURS, ['--version'], name='ovs-vsctl')[1].split('\n')[0]
    assert first == 'ovs-vsctl (Open vSwitch) 3.1.0'
    assert world.run(OURS, ['--version'], name='vsctl')[1].startswith(
        'vsctl (Weir) ')


def test_lists_for_programs(world):
    """--commands and --options have at least what the peer's have."""
    for option in ('--commands', '--options'):
        ours = set(world.run(OURS, [option])[1].splitlines())
        theirs = set(world.run(PEER, [option])[1].splitlines())
        missing = {m for m in theirs - ours
                   # Ours tells these commands' arguments too.
                   if not re.search(r'-zone-tp,|-dp-cap,|-aa-mapping,', m)}
        assert not missing


@pytest.mark.parametrize('make', ['debian', 'weir'])
def test_ten_thousand_ports(tmp_path, make):
    """What a command loads does not grow with what it does not name."""
    world = World(tmp_path, {'debian': ovsdb.PEER, 'weir': ovsdb.OURS}[make])
    world.server.start()
    n = 10000
    ops = [ovsdb.insert('Open_vSwitch', {'bridges': ['named-uuid', 'br']})]
    for i in range(n):
        name = f'p{i}' if i else 'br0'
        ops.append(ovsdb.insert('Interface', {'name': name},
                                **{'uuid-name': f'i{i}'}))
        ops.append(ovsdb.insert(
            'Port', {'name': name, 'interfaces': ['named-uuid', f'i{i}']},
            **{'uuid-name': f'p{i}'}))
    ops.append(ovsdb.insert(
        'Bridge', {'name': 'br0', 'ports': ['set', [
            ['named-uuid', f'p{i}'] for i in range(n)]]},
        **{'uuid-name': 'br'}))
    client = world.server.client()
    client.sock.settimeout(60)
    client.transact(*ops, db='Open_vSwitch')
    client.close()

    def received(*words):
        """Bytes that the tool read from the server."""
        status, _, err = world.run(OURS, ['--no-wait', '-vjsonrpc:console:dbg',
                                          *words])
        assert status == 0, err
        return sum(len(line) for line in err.split('\n')
                   if 'received' in line)
    for words in ('add-port br0 new', '--may-exist add-port br0 new',
                  'port-to-br new', 'iface-to-br new', 'list-br',
                  'br-exists br0', 'set interface new type=internal',
                  'add-br v5 br0 5', 'add-port v5 new5', 'del-br v5',
                  'del-port new', 'set-fail-mode br0 secure', 'del-port p77'):
        assert received(*shlex.split(words)) < 10000, words
    assert world.run(OURS, ['list-ports', 'br0'])[1].split() == sorted(
        f'p{i}' for i in range(1, n) if i != 77)
    world.close()
