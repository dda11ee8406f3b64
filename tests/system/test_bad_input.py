# SPDX-License-Identifier: Apache-2.0
"""Bad input: a clear error, and nothing has changed."""
import json
import socket
import struct

import pytest

from lab import wait_until

VSCTL = [   # Arguments, what standard error must say.
    ('list nonsense', ['nonsense']),
    ('list bridge br9', ['br9']),
    ('--columns=nonsense list bridge', ['nonsense']),
    ('set bridge br0 nonsense=1', ['nonsense']),
    ('set bridge br9 fail_mode=secure', ['br9']),
    ('set port vm1 tag=4096', ['4096', '4095']),
    ('set port vm1 tag=-1', ['-1']),
    ('set port vm1 tag=ten', ['ten']),
    ('set port vm1 tag=[1,2]', ['']),
    ('set bridge br0 fail_mode=careless', ['careless']),
    ('set bridge br0 stp_enable=maybe', ['maybe']),
    ('set port vm1 other_config=novalue', ['']),
    ('add-port br9 p9', ['br9']),
    ('add-port br0 vm1', ['vm1']),
    ('add-br br0', ['br0']),
    ('add-br vm1', ['vm1']),
    ('del-br br9', ['br9']),
    ('del-port nonsense', ['nonsense']),
    ('del-port br9 vm1', ['']),
    ('port-to-br nonsense', ['nonsense']),
    ('set-fail-mode br0 nonsense', ['fail-mode']),
    ('nonsense', ['nonsense']),
    ('add-br', ['add-br']),
    ('add-br a b c d e', ['add-br']),
    ('--nonsense show', ['nonsense']),
    ('--nonsense add-br br9', ['nonsense']),
    ('--id=@x create port', ['']),
    ('set bridge br0 ports=@nowhere', ['nowhere']),
    ('remove bridge br0 ports 00000000-0000-0000-0000-00000000zzzz', ['']),
]


@pytest.fixture(scope='module')
def quiet(lab_maker):
    """One lab for all of this file: bad input must not change it."""
    lab = lab_maker('--ports', '2')
    yield lab
    assert lab.ping(1, 2) >= 2


def contents(lab):
    """The whole configuration, without what the switch itself writes."""
    rows = json.loads(lab.vsctl('--format=json '
                                '--columns=name,tag,other_config list port'))
    return sorted(map(json.dumps, rows['data'])), \
        lab.vsctl('list-br'), lab.vsctl('get bridge br0 fail_mode')


@pytest.mark.parametrize('command,texts', VSCTL, ids=[c for c, _ in VSCTL])
def test_vsctl(quiet, command, texts):
    before = contents(quiet)
    words = quiet.fails('ovs-vsctl --timeout=10 ' + command, *texts)
    assert words.startswith('ovs-vsctl: ')
    assert words.count('\n') == 1, words
    assert contents(quiet) == before


def test_a_bad_command_undoes_the_good_ones_before_it(quiet):
    before = contents(quiet)
    quiet.fails('ovs-vsctl --timeout=10 add-br br7 '
                '-- set port vm1 tag=99 -- set port nowhere tag=1', 'nowhere')
    assert contents(quiet) == before


OFCTL = [   # add-flow argument, what standard error must say.
    ('tcp,tp_dst=65536,actions=drop', ['65536']),
    ('in_port=nowhere,actions=drop', ['nowhere']),
    ('ip,nw_src=10.0.x.1,actions=drop', ['10.0.x.1']),
    ('dl_src=02:00:00,actions=drop', ['02:00:00']),
    ('nonsense=1,actions=drop', ['nonsense']),
    ('priority=99999,actions=drop', ['99999']),
    ('table=300,actions=drop', ['300']),
    ('actions=nonsense', ['nonsense']),
    ('actions=output:nowhere', ['nowhere']),
    ('actions=mod_vlan_vid:5000', ['5000']),
    ('ip,actions=mod_nw_src:1.2.3', ['1.2.3']),
    ('actions=goto_table:1,output:1', ['']),
    ('priority=1', ['action']),
    ('idle_timeout=x,actions=drop', ['x']),
    ('table=1,actions=goto_table:0', ['']),
]


@pytest.mark.parametrize('flow,texts', OFCTL, ids=[f for f, _ in OFCTL])
def test_ofctl_flow_text(quiet, flow, texts):
    before = quiet.flows()
    words = quiet.fails(['ovs-ofctl', '-O', 'OpenFlow13', 'add-flow', 'br0',
                         flow], *texts)
    assert 'ovs-ofctl: ' in words or 'OFPT_ERROR' in words, words
    assert matches(quiet.flows()) == matches(before)


@pytest.mark.weir_only
@pytest.mark.parametrize('flow,column', [
    ('priority=1,nonsense=1,actions=drop', 12),
    ('tcp,tp_dst=x,actions=drop', 12),
    ('actions=drop,nonsense', 14),
    ('ip,nw_src=300.0.0.1,actions=drop', 11),
])
def test_ofctl_shows_the_position(quiet, flow, column):
    words = quiet.fails(['ovs-ofctl', 'add-flow', 'br0', flow])
    lines = words.splitlines()
    caret = [line.index('^') for line in lines if line.strip() == '^']
    shown = [line.index(flow) for line in lines if flow in line]
    assert (caret and shown and caret[0] - shown[0] + 1 == column) or \
        f'column {column}' in words, words


def matches(flows):
    return [(f['priority'] if 'priority' in f else None, f['match'],
             f['actions']) for f in flows]


def test_ofctl_unknown_bridge(quiet):
    quiet.fails('ovs-ofctl show br9', 'br9')
    quiet.fails('ovs-appctl fdb/show br9', '', status=2)
    quiet.fails('ovs-appctl nonsense', 'nonsense', status=2)


# ------------------------------------------------------- bytes of OpenFlow --

def openflow(lab, data, reads=1):
    """Says hello in 1.3, sends `data`, returns what came until the error
    or the end of the connection."""
    with lab.connect('br0.mgmt') as sock:
        sock.sendall(struct.pack('!BBHI', 4, 0, 8, 1))
        sock.sendall(data)
        received = b''
        sock.settimeout(3)
        try:
            while True:
                more = sock.recv(65536)
                if not more:
                    break
                received += more
                if any(m[0] == 1 for m in messages(received)):
                    break
        except (TimeoutError, ConnectionError):
            pass
        return messages(received)


def messages(data):
    """(type, xid, body) of each whole message."""
    found = []
    while len(data) >= 8:
        _, kind, length, xid = struct.unpack('!BBHI', data[:8])
        if length < 8 or len(data) < length:
            break
        found.append((kind, xid, data[8:length]))
        data = data[length:]
    return found


def error_of(found):
    """(type, code) of the error message in `found`."""
    bodies = [body for kind, _, body in found if kind == 1]
    return struct.unpack('!HH', bodies[0][:4]) if bodies else None


def test_openflow_unknown_type(quiet):
    assert error_of(openflow(quiet, struct.pack('!BBHI', 4, 99, 8, 7))) == \
        (1, 1)          # BAD_REQUEST, BAD_TYPE


def test_openflow_truncated_flow_mod(quiet):
    found = openflow(quiet, struct.pack('!BBHI', 4, 14, 16, 7) + b'\0' * 8)
    assert error_of(found) == (1, 6)    # BAD_REQUEST, BAD_LEN


def test_openflow_bad_match_length(quiet):
    body = struct.pack('!QQBBHHHIIIHH', 0, 0, 0, 0, 0, 0, 1, 0xffffffff,
                       0xffffffff, 0xffffffff, 0, 0)
    body += struct.pack('!HHI', 1, 200, 0)
    found = openflow(quiet, struct.pack('!BBHI', 4, 14, 8 + len(body), 7) +
                     body)
    assert error_of(found)[0] in (1, 4)     # BAD_REQUEST or BAD_MATCH


def test_openflow_unknown_multipart(quiet):
    found = openflow(quiet, struct.pack('!BBHIHHI', 4, 18, 16, 7, 999, 0, 0))
    assert error_of(found) == (1, 2)    # BAD_REQUEST, BAD_MULTIPART


def test_openflow_of_another_version(quiet):
    """After hello, a message of another version is an error."""
    found = openflow(quiet, struct.pack('!BBHI', 9, 10, 8, 7))
    assert error_of(found) in ((1, 0), (0, 0), None)
    assert quiet.ofctl('show br0')


def test_openflow_hello_of_no_common_version(quiet):
    with quiet.connect('br0.mgmt') as sock:
        sock.sendall(struct.pack('!BBHIHHI', 10, 0, 16, 1, 1, 8, 1 << 10))
        sock.settimeout(5)
        data = b''
        try:
            while True:
                more = sock.recv(4096)
                if not more:
                    break
                data += more
        except (TimeoutError, ConnectionError):
            pass
        assert error_of(messages(data)) == (0, 0)   # HELLO_FAILED


def test_openflow_length_below_the_header(quiet):
    openflow(quiet, struct.pack('!BBHI', 4, 2, 3, 7) + b'junk' * 100)
    assert quiet.ofctl('show br0')


# ---------------------------------------------------------- bytes of OVSDB --

def database_survives(lab, data):
    """Sends bytes that are no request; the server must cut us off or answer
    an error, and go on serving others."""
    with lab.connect('db.sock') as sock:
        sock.settimeout(5)
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        except (ConnectionError, TimeoutError):
            pass
    assert lab.vsctl('list-br') == 'br0'


@pytest.mark.parametrize('data', [
    b'{', b'nonsense', b'[]', b'{"id":1}', b'\0' * 100,
    b'[' * 100000, b'{"a":' * 100000,
    b'{"id":1,"method":"transact","params":["Open_vSwitch",' +
    b'[' * 5000 + b']' * 5000 + b']}',
    b'{"id":1,"method":"echo","params":["' + b'x' * 5000000 + b'"]}',
    b'{"id":1,"method":"echo","params":["\xff\xfe"]}',
], ids=lambda data: repr(data[:20]))
def test_json(quiet, data):
    database_survives(quiet, data)


@pytest.mark.parametrize('operation,error', [
    ({'op': 'nonsense'}, None),
    ({'op': 'select', 'table': 'Nonsense', 'where': []}, None),
    ({'op': 'select', 'table': 'Bridge', 'where': [['x', '==', 1]]}, None),
    ({'op': 'insert', 'table': 'Bridge', 'row': {'name': 5}}, None),
    ({'op': 'update', 'table': 'Port', 'where': [], 'row': {'tag': 4096}},
     'constraint violation'),
    ({'op': 'insert', 'table': 'Bridge', 'row': {'name': 'br0'}},
     None),
    ({'op': 'update', 'table': 'Bridge', 'where': [],
      'row': {'fail_mode': 'careless'}}, 'constraint violation'),
])
def test_transact(quiet, operation, error):
    before = contents(quiet)
    database = quiet.database()
    reply = database.call('transact', 'Open_vSwitch', operation)
    if operation['op'] == 'insert' and operation['row']['name'] == 'br0':
        pass    # A row that nothing refers to goes at once.
    else:
        found = reply['error'] or [r for r in reply['result']
                                   if r and r.get('error')][0]
        assert 'details' in found or isinstance(found, dict)
        if error:
            assert found['error'] == error
    assert contents(quiet) == before


def test_unknown_method_and_database(quiet):
    database = quiet.database()
    assert database.call('nonsense')['error']
    assert database.call('get_schema', 'Nonsense')['error']
    assert database.call('transact', 'Nonsense')['error']


# ------------------------------------------------------------------- ports --

@pytest.mark.lab('--ports', '2')
def test_a_port_without_device_waits_for_it(lab):
    done = lab.run('ovs-vsctl --timeout=10 add-port br0 late', ok=False)
    assert 'late' in done.stderr
    assert wait_until(lambda: 'No such device' in lab.vsctl(
        'get interface late error'))
    assert lab.vsctl('get interface late ofport') == '-1'
    assert lab.ping(1, 2) >= 2
    lab.run('ip netns add late')
    lab.run('ip link add late type veth peer name eth0 netns late')
    lab.run('ip link set late up')
    lab.run('ip -n late addr add 10.0.0.50/24 dev eth0')
    lab.run('ip -n late link set eth0 up')
    assert wait_until(lambda: lab.vsctl(
        'get interface late error') == '[]', seconds=15)
    assert int(lab.vsctl('get interface late ofport')) > 0
    assert wait_until(lambda: lab.ping(1, 50) >= 2)


@pytest.mark.weir_only      # The peer shows no error, nor finds it again.
@pytest.mark.lab('--ports', '2')
def test_a_device_that_goes_and_comes(lab):
    lab.run('ip netns del vm2')
    assert wait_until(lambda: 'No such device' in lab.vsctl(
        'get interface vm2 error') or
        lab.vsctl('get interface vm2 ofport') == '-1')
    lab.run('ip netns add vm2')
    lab.run('ip link add vm2 type veth peer name eth0 netns vm2')
    lab.run('ip link set vm2 up')
    lab.run('ip -n vm2 addr add 10.0.0.2/24 dev eth0')
    lab.run('ip -n vm2 link set eth0 up')
    assert wait_until(lambda: lab.ping(1, 2) >= 2, seconds=15)


@pytest.mark.lab('--ports', '2')
def test_an_unknown_interface_type_leaves_the_others_alone(lab):
    lab.run('ovs-vsctl --timeout=10 add-port br0 odd -- set interface odd '
            'type=nonsense', ok=False)
    assert wait_until(lambda: lab.vsctl('get interface odd error') != '[]')
    assert lab.ping(1, 2) >= 2
