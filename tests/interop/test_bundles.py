# SPDX-License-Identifier: Apache-2.0
"""Bundles on our switch and on Debian's, message by message, and as Debian's
ovs-ofctl uses them."""
import re
import struct

import pytest

ONF, VERSION = 0x4f4e4600, 4
OPEN, CLOSE, COMMIT, DISCARD = 0, 2, 4, 6
BOTH_FLAGS = 3


class Speaker:
    """OpenFlow 1.3 by hand, so that wrong messages can be sent too."""

    def __init__(self, lab):
        self.sock = lab.connect('br0.mgmt')
        self.buffer = b''
        self.xid = 100
        self.send(0, b'')
        self.receive()

    def send(self, kind, body, xid=None):
        self.xid += 1
        xid = self.xid if xid is None else xid
        self.sock.sendall(message(kind, xid, body))
        return xid

    def receive(self):
        while True:
            if len(self.buffer) >= 8:
                size = struct.unpack('>H', self.buffer[2:4])[0]
                if len(self.buffer) >= size:
                    found = self.buffer[:size]
                    self.buffer = self.buffer[size:]
                    return found
            more = self.sock.recv(65536)
            assert more, 'the switch hung up'
            self.buffer += more

    def onf(self, kind, body):
        self.send(4, struct.pack('>II', ONF, kind) + body)

    def control(self, bundle, kind, flags=BOTH_FLAGS):
        self.onf(2300, struct.pack('>IHH', bundle, kind, flags))

    def add(self, bundle, make, flags=BOTH_FLAGS):
        self.onf(2301, struct.pack('>IHH', bundle, 0, flags)
                 + make(self.xid + 1))

    def answers(self):
        """Everything up to the reply to a barrier."""
        barrier = self.send(20, b'')
        told = []
        while True:
            m = self.receive()
            _, kind, _, xid = struct.unpack('>BBHI', m[:8])
            if kind == 21 and xid == barrier:
                return told
            if kind == 1:
                told.append(('error', xid - 100,
                             *struct.unpack('>HH', m[8:12])))
            else:
                told.append((kind, xid - 100, m[8:].hex()))


def message(kind, xid, body, version=VERSION):
    return struct.pack('>BBHI', version, kind, 8 + len(body), xid) + body


def flow(priority=7, port=1, command=0, table=0, version=VERSION):
    """A function from an xid to a flow_mod."""
    action = struct.pack('>HHIHxxxxxx', 0, 16, port, 0)
    body = struct.pack('>QQBBHHHIIIHHHHxxxx', 0, 0, table, command, 0, 0,
                       priority, 0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 1,
                       4) + struct.pack('>HHxxxx', 4, 8 + len(action)) \
        + action
    return lambda xid: message(14, xid, body, version)


def port_mod(port):
    body = struct.pack('>I4x6s2xIII4x', port, bytes(6), 0, 0, 0)
    return lambda xid: message(16, xid, body)


def group_mod(command, group):
    body = struct.pack('>HBxI', command, 0, group)
    return lambda xid: message(15, xid, body)


def surrounded(what, flags):
    """A good flow before and after 'what'."""
    return [('control', 1, OPEN, flags), ('add', 1, flow(11), flags),
            ('add', 1, what, flags), ('add', 1, flow(12), flags),
            ('control', 1, COMMIT, flags)]


CASES = {
    'opened twice': [('control', 1, OPEN), ('control', 1, OPEN),
                     ('control', 1, COMMIT)],
    'opened by a message': [('add', 2, flow()), ('control', 2, COMMIT)],
    'opened by a message, closed': [
        ('add', 2, flow()), ('control', 2, CLOSE), ('control', 2, COMMIT)],
    'added to when closed': [
        ('control', 1, OPEN), ('control', 1, CLOSE), ('add', 1, flow()),
        ('control', 1, COMMIT)],
    'closed twice': [('control', 1, OPEN), ('control', 1, CLOSE),
                     ('control', 1, CLOSE), ('control', 1, COMMIT)],
    'unknown': [('control', 1, CLOSE), ('control', 1, COMMIT),
                ('control', 1, DISCARD)],
    'discarded': [('control', 1, OPEN), ('add', 1, flow()),
                  ('control', 1, DISCARD), ('control', 1, DISCARD)],
    'flags of a message': [('control', 1, OPEN), ('add', 1, flow(), 1),
                           ('control', 1, COMMIT)],
    'flags of close': [('control', 1, OPEN), ('control', 1, CLOSE, 1),
                       ('control', 1, COMMIT)],
    'flags of commit': [('control', 1, OPEN), ('control', 1, COMMIT, 2),
                        ('control', 1, COMMIT)],
    'flags of discard': [('control', 1, OPEN), ('control', 1, DISCARD, 1),
                         ('control', 1, COMMIT)],
    'xid inside': [('control', 1, OPEN),
                   ('add', 1, lambda xid: flow()(xid + 1)),
                   ('control', 1, COMMIT)],
    'version inside': [('control', 1, OPEN), ('add', 1, flow(version=1)),
                       ('control', 1, COMMIT)],
    'echo inside': [('control', 1, OPEN),
                    ('add', 1, lambda xid: message(2, xid, b'')),
                    ('control', 1, COMMIT)],
    'nothing inside': [('control', 1, OPEN), ('add', 1, lambda xid: b''),
                       ('control', 1, COMMIT)],
    'cut off inside': [('control', 1, OPEN),
                       ('add', 1, lambda xid: flow()(xid)[:-8]),
                       ('control', 1, COMMIT)],
    'bad flow inside': [('control', 1, OPEN), ('add', 1, flow(command=9)),
                        ('add', 1, flow(port=0xfffffff0)),
                        ('control', 1, COMMIT)],
    'two at a time': [('control', 1, OPEN), ('control', 2, OPEN),
                      ('add', 1, flow(21)), ('add', 2, flow(22)),
                      ('control', 2, COMMIT), ('control', 1, COMMIT)],
}
CASES.update({f'type {kind}': [('control', 1, OPEN), ('control', 1, kind),
                               ('control', 1, COMMIT)]
              for kind in (1, 3, 5, 7)})
for FLAGS in (0, 1, 2, 3):
    CASES[f'flags {FLAGS}'] = [
        ('control', 1, OPEN, FLAGS), ('add', 1, flow(), FLAGS),
        ('control', 1, COMMIT, FLAGS)]
    CASES[f'bad port, flags {FLAGS}'] = surrounded(port_mod(99), FLAGS)
    CASES[f'bad group, flags {FLAGS}'] = surrounded(group_mod(1, 5), FLAGS)
    CASES[f'bad table, flags {FLAGS}'] = surrounded(flow(table=255), FLAGS)


@pytest.fixture(scope='module')
def labs(lab_maker):
    return [lab_maker('--ports', '2'), lab_maker('--peer', '--ports', '2')]


def table(lab):
    text = lab.out('/usr/bin/ovs-ofctl -OOpenFlow13 --no-stats dump-flows br0')
    return sorted(re.sub(r'duration=[^,]*, ', '', text).splitlines())


@pytest.mark.parametrize('name', CASES)
def test_conversation(labs, name):
    told = []
    for lab in labs:
        lab.run('/usr/bin/ovs-ofctl -OOpenFlow13 del-flows br0')
        speaker = Speaker(lab)
        for step in CASES[name]:
            getattr(speaker, step[0])(*step[1:])
        told.append((speaker.answers(), table(lab)))
        speaker.sock.close()
    assert told[0] == told[1]
    assert told[0][0]


START = """
add priority=1,actions=output:1
add priority=2,idle_timeout=900,cookie=5,ip,actions=output:1
add priority=3,hard_timeout=900,arp,actions=group:1
"""
GOOD = """
delete ip
modify actions=output:2
add priority=4,tcp,actions=group:1
add priority=1,actions=drop
modify_strict priority=4,tcp,actions=output:1
delete_strict priority=3,arp
add priority=3,arp,actions=output:2
add priority=5,tcp,actions=output:2
"""


def prepared(lab, tmp_path):
    lab.run('/usr/bin/ovs-ofctl -OOpenFlow13 del-groups br0')
    lab.run('/usr/bin/ovs-ofctl -OOpenFlow13 del-flows br0')
    lab.run('/usr/bin/ovs-ofctl -OOpenFlow13 add-group br0 '
            'group_id=1,type=all,bucket=output:1')
    lab.run('/usr/bin/ovs-ofctl -OOpenFlow13 add-flows br0 -', stdin=START)
    return table(lab), groups(lab)


def groups(lab):
    return sorted(lab.out('/usr/bin/ovs-ofctl -OOpenFlow13 dump-groups br0')
                  .splitlines())


def test_all_of_it(labs, tmp_path):
    """Changes build on each other, and are all there at the end."""
    ends = []
    for lab in labs:
        prepared(lab, tmp_path)
        lab.run('/usr/bin/ovs-ofctl -OOpenFlow13 --bundle add-flows br0 -',
                stdin=GOOD)
        ends.append(table(lab))
    assert ends[0] == ends[1]
    assert any('priority=5,tcp' in line for line in ends[0])


def test_a_rule_of_the_bundle_is_deleted(labs):
    """The peer keeps a rule that one bundle adds, modifies and deletes."""
    labs[0].run('/usr/bin/ovs-ofctl -OOpenFlow13 --bundle add-flows br0 -',
                stdin='delete\nadd priority=4,tcp,actions=drop\n'
                'modify_strict priority=4,tcp,actions=output:1\n'
                'delete tcp\nadd priority=5,actions=drop\n')
    assert [line.strip() for line in table(labs[0]) if 'actions' in line] \
        == ['priority=5 actions=drop']


def test_none_of_it(labs, tmp_path):
    """The last message fails: rules that were hidden are there again, those
    deleted too, groups as well, and nothing else."""
    bundle = ''.join(f'flow {line}\n' for line in GOOD.splitlines() if line)
    bundle += ('group modify group_id=1,type=all,bucket=output:2\n'
               'group add group_id=2,type=all,bucket=output:2\n'
               'group delete group_id=1\n'
               'group add group_id=1,type=select,bucket=output:1\n'
               'flow delete\n'
               'packet-out in_port=1,packet=ffffffffffff0002030405060806'
               '0001,actions=output:2\n'
               'flow add actions=group:77\n')
    (tmp_path / 'bundle').write_text(bundle)
    for lab in labs:
        before = prepared(lab, tmp_path)
        for _ in range(3):
            lab.fails(f'/usr/bin/ovs-ofctl -OOpenFlow13 bundle br0 '
                      f'{tmp_path}/bundle',
                      'Error OFPBAC_BAD_OUT_GROUP for: OFPT_FLOW_MOD',
                      'Error OFPBFC_MSG_FAILED for: ONFT_BUNDLE_CONTROL')
            assert (table(lab), groups(lab)) == before
        # And what failed before works without its last line.
        good = bundle.rsplit('flow add', 1)[0].replace('flow delete\n', '')
        (tmp_path / 'good').write_text(good)
        lab.run(f'/usr/bin/ovs-ofctl -OOpenFlow13 bundle br0 {tmp_path}/good')
        assert any('group_id=2,' in line for line in groups(lab))
        assert any('group_id=1,type=select' in line for line in groups(lab))


def test_replaced_flows(labs, tmp_path):
    ends = []
    (tmp_path / 'flows').write_text(''.join(
        f'priority={n},ip,nw_dst=10.0.{n}.0/24,actions=output:2\n'
        for n in range(1, 200)))
    for lab in labs:
        prepared(lab, tmp_path)
        for _ in range(2):
            lab.run(f'/usr/bin/ovs-ofctl -OOpenFlow13 --bundle replace-flows '
                    f'br0 {tmp_path}/flows')
        ends.append(table(lab))
    assert ends[0] == ends[1]
    assert len([x for x in ends[0] if 'nw_dst' in x]) == 199


def test_packets_of_a_bundle_see_its_flows(labs, tmp_path):
    """A packet sent through the table meets what came before it."""
    (tmp_path / 'bundle').write_text(
        'flow delete\n'
        'flow add in_port=1,actions=output:2\n'
        'packet-out in_port=1,packet=ffffffffffff00020304050688b500010203'
        '0405060708090a0b0c0d0e0f,actions=TABLE\n'
        'flow delete\n')
    for lab in labs:
        lines = lab.capture(2, 'ether proto 0x88b5')
        lab.run(f'/usr/bin/ovs-ofctl -OOpenFlow13 bundle br0 '
                f'{tmp_path}/bundle')
        lab.run('sleep 0.3')
        assert len([x for x in lines() if '0x88b5' in x]) == 1
        assert not any('in_port' in line for line in table(lab))


# Each line is run by our ofctl on a bridge of Debian's switch and by Debian's
# on another, with the same words; then on ours.
PARTS = {
    'one': 'add priority=5,ip,actions=output:2\nmodify ip,actions=output:1\n',
    'bad': 'add priority=7,actions=output:1\nadd priority=8,'
           'actions=group:99\ndelete\n',
    'replaced': 'priority=9,actions=output:1\npriority=10,actions=output:2\n',
    'groups': 'group_id=11,type=all,bucket=output:2\n'
              'add group_id=12,type=all,bucket=output:2\n',
    'mixed': 'flow priority=7,actions=output:1\n'
             'group group_id=1,type=all,bucket=output:2\n'
             'flow add priority=8,actions=group:1\n'
             'packet-out in_port=1,packet=ffffffffffff00112233445588b50001,'
             'actions=group:1\n',
    'twice': 'flow priority=9,actions=output:1\n'
             'group group_id=1,type=all,bucket=output:2\n'
             'group group_id=1,type=all,bucket=output:2\n',
    'odd': 'flow priority=9,actions=output:1\nfoo\n',
    'empty': '\n',
    'all': 'group modify group_id=1,type=all,bucket=output:1\n'
           'flow modify_strict actions=drop\nflow delete_strict\n'
           'flow delete\ngroup delete\n',
    'packet': 'packet-out in_port=1,packet=ffffffffffff001122334455'
              '88b50001,actions=group:77\n',
}
LINES = [
    '-OOpenFlow14 --bundle add-flows {br} {at}/one',
    '-OOpenFlow14 --bundle add-flows {br} {at}/bad',
    '-OOpenFlow13 --bundle add-flows {br} {at}/bad',
    '-OOpenFlow15 --bundle add-flows {br} {at}/bad',
    '--bundle add-flows {br} {at}/bad',
    '-OOpenFlow10,OpenFlow13 --bundle add-flows {br} {at}/one',
    '-OOpenFlow14 bundle {br} {at}/mixed',
    '-OOpenFlow14 bundle {br} {at}/twice', 'bundle {br} {at}/twice',
    '-OOpenFlow14 bundle {br} {at}/odd',
    '-OOpenFlow14 bundle {br} {at}/empty',
    '-OOpenFlow13 bundle {br} {at}/packet',
    '-OOpenFlow14 bundle {br} {at}/none', 'bundle {br}',
    '-OOpenFlow14 --bundle mod-flows {br} priority=7,actions=output:2',
    '-OOpenFlow14 --bundle --strict mod-flows {br} '
    'priority=7,actions=output:2',
    '-OOpenFlow14 --bundle add-groups {br} {at}/groups',
    '-OOpenFlow14 --bundle del-groups {br} group_id=11',
    '-OOpenFlow14 --bundle mod-group {br} group_id=19,type=all',
    '-OOpenFlow14 --bundle --may-create mod-group {br} group_id=19,type=all',
    '-OOpenFlow14 bundle {br} {at}/all',
    '-OOpenFlow14 --bundle add-flow {br} priority=1,actions=drop',
    '-OOpenFlow14 --bundle replace-flows {br} {at}/replaced',
    '-OOpenFlow14 --bundle --readd replace-flows {br} {at}/replaced',
    '-OOpenFlow15 --strict --bundle del-flows {br} priority=9',
    '--bundle del-flows {br}',
]


def said(lab, tool, line, bridge, at):
    done = lab.run([tool, '--no-names',
                    *line.format(br=bridge, at=at).split()], ok=False)
    shown = [sorted(lab.run(['/usr/bin/ovs-ofctl', '--no-names',
                             '-OOpenFlow14', *what, bridge]).stdout
                    .splitlines())
             for what in (['--no-stats', '--sort', 'dump-flows'],
                          ['dump-groups'])]
    text = done.stdout + done.stderr
    for pattern, word in ((r'unix:\S*\.mgmt', 'unix:BR'), (bridge, 'BR'),
                          (r'\S*ofctl: ', 'ofctl: '),
                          (r'\(xid=0x[0-9a-f]+\)', '(xid)')):
        text = re.sub(pattern, word, text)
    return done.returncode, text, shown


def test_tools(labs, tmp_path):
    """ofctl beside ovs-ofctl, on both switches."""
    for name, text in PARTS.items():
        (tmp_path / name).write_text(text)
    ours = labs[0].out('sh -c "readlink -f $(command -v ofctl)"')
    for lab in labs:
        for bridge in ('bt1', 'bt2'):
            lab.vsctl(f'--may-exist add-br {bridge} -- set bridge {bridge} '
                      'datapath_type=netdev fail-mode=secure '
                      'protocols=OpenFlow10,OpenFlow11,'
                      'OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15')
    for line in LINES:
        found = [said(lab, tool, line, bridge, tmp_path) for lab in labs
                 for tool, bridge in ((ours, 'bt1'),
                                      ('/usr/bin/ovs-ofctl', 'bt2'))]
        for one in found:
            assert one == found[3], line
