# SPDX-License-Identifier: Apache-2.0
"""Flow monitors: both tools watch both switches while the same changes are
made, and everyone sees the same."""
import re
import struct

import pytest

from lab import wait_until
from openflow import Connection, message

WATCHES = [
    ('OpenFlow10', 'watch:'), ('OpenFlow11', 'watch:'),
    ('OpenFlow12', 'watch:!initial'), ('OpenFlow13', 'watch:!initial'),
    ('OpenFlow14', 'watch:!own'), ('OpenFlow15', 'watch:!delete,ip'),
    ('OpenFlow10', 'watch:!actions,table=0,out_port=2'),
    ('OpenFlow10', 'watch:!initial,!delete,ip'),
    ('OpenFlow10', 'watch:!own,!initial'),
    ('OpenFlow13', 'watch:!own,table=0'),
    ('OpenFlow14', 'watch:out_group=1'),
    ('OpenFlow15', 'watch:!initial,!add', 'watch:table=1'),
    ('OpenFlow14', 'watch:!modify,in_port=1', 'watch:!actions,ip'),
]
BEFORE = ['add-flow br0 priority=3,cookie=0x3,in_port=1,actions=output:2',
          'add-flow br0 table=1,ip,idle_timeout=900,actions=output:1']
CHANGES = [
    'add-flow br0 priority=4,ip,cookie=4,actions=output:3',
    'add-flow br0 priority=4,ip,cookie=5,actions=output:3',
    'add-flow br0 priority=4,ip,cookie=5,actions=output:2',
    'mod-flows br0 table=0,ip,actions=output:1',
    'mod-flows br0 table=0,ip,actions=output:1',
    'mod-flows br0 cookie=9,table=0,ip,actions=output:1',
    'add-flow br0 table=1,priority=4,ip,cookie=4,idle_timeout=50,'
    'hard_timeout=60,actions=output:3',
    ('-OOpenFlow14 --bundle add-flows br0 -',
     'add priority=20,tcp,actions=output:2\n'
     'delete table=0,priority=4,ip\nadd priority=21,arp,actions=drop\n'),
    ('-OOpenFlow14 --bundle add-flows br0 -',
     'add priority=22,actions=output:2\nadd actions=group:99\n'),
    '-OOpenFlow13 add-group br0 group_id=1,type=all,bucket=output:1',
    '-OOpenFlow13 add-flow br0 priority=41,actions=group:1',
    '-OOpenFlow13 del-groups br0',
    'add-flow br0 priority=40,hard_timeout=1,actions=output:3',
]
LAST = 'del-flows br0 cookie=3/-1'
END = 'add-flow br0 priority=99,ip,in_port=1,cookie=0xeeee,actions=2'


def flow_mod(xid, command, port):
    """One of OpenFlow 1.0, from the watcher itself."""
    return ('010e0050%08x003fffff' % xid + '00' * 36
            + '0000000000000007%04x000000000011ffffffffffff0000' % command
            + '00000008%04x0000' % port)


OWN = [flow_mod(0x77, 0, 3), flow_mod(0x78, 1, 2), flow_mod(0x79, 1, 2),
       flow_mod(0x7a, 3, 3)]


def watch(lab, tool, n, arguments):
    """Starts a monitor; returns where it writes and its control socket."""
    at = f'/run/sandbox/watch{n}'
    # The daemon keeps its standard output open.
    lab.run(
        ['sh', '-c', f'exec "$@" >{at}.first 2>&1', 'sh', tool,
         '--no-names', '-O', arguments[0], 'monitor', 'br0', *arguments[1:],
         '--detach', '--no-chdir', f'--pidfile={at}.pid',
         f'--unixctl={at}.ctl'])
    lab.run(['ovs-appctl', '-t', f'{at}.ctl', 'ofctl/set-output-file',
             f'{at}.out'])
    return lab.run(['cat', at + '.first']).stdout, at


def seen(lab, tool):
    """What each watcher was told of the changes."""
    lab.run('ovs-ofctl del-flows br0')
    for line in BEFORE:
        lab.ofctl(line)
    watchers = [watch(lab, tool, n, w) for n, w in enumerate(WATCHES)]
    for line in CHANGES:
        line, text = line if isinstance(line, tuple) else (line, '')
        lab.run(f'/usr/bin/ovs-ofctl --no-names {line}', stdin=text, ok=False)
    wait_until(lambda: 'hard_timeout=1,' not in lab.ofctl(
        'dump-flows br0'))
    for message in OWN:
        lab.run(['ovs-appctl', '-t', watchers[8][1] + '.ctl', 'ofctl/send',
                 message])
        lab.run('ovs-appctl -t ' + watchers[8][1] + '.ctl ofctl/barrier')
    lab.ofctl(LAST)
    lab.ofctl(END)
    told = []
    for first, at in watchers:
        lab.run(['ovs-appctl', '-t', at + '.ctl', 'ofctl/barrier'])
        text = lab.out(['cat', at + '.out'])
        lab.run(['ovs-appctl', '-t', at + '.ctl', 'exit'])
        lab.run(['rm', '-f', at + '.out'])
        text = re.sub(r'OFPT_BARRIER_REPLY.*\n?', '', first + text)
        told.append(re.sub(r'cookie=0x0\b', 'cookie=0', text).splitlines())
    return told


def in_order(lines):
    """The rules that one message changes come in the switch's order; the last
    of them ends without a space."""
    return [sorted(line.rstrip() for line in part.splitlines())
            for part in re.split(r'(?m)^(?=\S)', '\n'.join(lines))]


def test_watchers(lab_maker):
    labs = [lab_maker('--ports', '3'), lab_maker('--peer', '--ports', '3')]
    ours = labs[0].out('sh -c "readlink -f $(command -v ofctl)"')
    expected = seen(labs[1], '/usr/bin/ovs-ofctl')
    assert any('ABBREV' in line for line in expected[8])
    assert any('INITIAL' in line for line in expected[4])
    for lab, tool in ((labs[0], ours), (labs[0], '/usr/bin/ovs-ofctl'),
                      (labs[1], ours)):
        found = seen(lab, tool)
        for which, theirs, here in zip(WATCHES, expected, found):
            assert in_order(here) == in_order(theirs), (which, tool)


@pytest.mark.parametrize('words, error', [
    ('watch:foo', 'foo'), ('watch:!foo', '!foo'),
    ('watch:table=300', '300'), ('wat', 'unsupported "monitor" argument'),
])
def test_bad_words(lab_maker, words, error):
    lab = lab_maker('--ports', '1')
    lab.fails(['ofctl', 'monitor', 'br0', words], re.escape(error))


def updates(connection, until):
    """Events of OpenFlow 1.4 and the priorities of the flows."""
    told = []
    while until not in [event for event, _ in told]:
        data = connection.receive()
        assert data, 'the switch hung up'
        if data[1] != 19:
            continue
        at = 16
        while at < len(data):
            size, event = struct.unpack('>HH', data[at:at + 4])
            priority = struct.unpack('>H', data[at + 10:at + 12])[0] \
                if event < 4 else None
            told.append((event, priority))
            at += size
    return told


@pytest.mark.weir_only
def test_who_does_not_read_is_caught_up(lab_maker):
    """Changes come faster than they are read: the switch pauses, forgets
    them, and tells in the end what is there."""
    lab = lab_maker('--ports', '1')
    lab.run('ovs-ofctl del-flows br0')
    lab.run('ovs-ofctl add-flow br0 priority=60000,actions=drop')
    connection = Connection(lab.connect('br0.mgmt'), 5)
    connection.send(message(5, 18, struct.pack('>HH4x', 16, 0) + struct.pack(
        '>IIIHBBHH4x', 1, 0xffffffff, 0xffffffff, 0x5e, 255, 0, 1, 4)))
    for start in (0, 20000):
        lab.run('ovs-ofctl -OOpenFlow14 --bundle add-flows br0 -',
                stdin=''.join(f'priority={n},actions=drop\n'
                              for n in range(start + 1, start + 20001)))
    lab.run('ovs-ofctl -OOpenFlow14 add-flow br0 priority=50000,actions=drop')
    lab.run('ovs-ofctl -OOpenFlow14 --strict del-flows br0 priority=60000')
    lab.run('ovs-ofctl -OOpenFlow14 --strict del-flows br0 priority=50000')
    told = updates(connection, 6)
    events = [event for event, _ in told]
    assert events.index(5) < events.index(6) and events[-1] == 6
    assert (2, 60000) in told and (1, 50000) not in told
    added = {priority for event, priority in told if event in (1, 3)}
    assert added == set(range(1, 40001))
    lab.run('ovs-ofctl add-flow br0 priority=7,actions=drop')
