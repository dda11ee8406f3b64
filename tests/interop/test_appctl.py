# SPDX-License-Identifier: Apache-2.0
"""appctl and Debian's ovs-appctl say the same about the same daemon, and so
do the control sockets of our daemons and Debian's, asked by either."""
import re

import pytest

from lab import wait_until

DEBIAN = '/usr/bin/ovs-appctl '

# Asked of the database server, which both labs have under one name.
COMMANDS = [
    'version', 'version extra', 'nonsense', 'list-commands extra',
    'coverage/read-counter', 'memory/show extra', 'vlog/list extra',
    'vlog/list-pattern extra', 'vlog/set nonsense', 'vlog/set a:b:c',
    'vlog/set PATTERN:nonsense:x', 'vlog/set FACILITY:nonsense',
    'vlog/set ANY:file:info', 'vlog/close extra', 'vlog/reopen extra',
    'vlog/reopen', 'vlog/close', 'vlog/enable-rate-limit',
    'vlog/disable-rate-limit', 'ovsdb-server/list-dbs',
]
# Without a daemon that answers.
TARGETS = [
    '', '-t', '-t nosuch', '-t nosuch version', '-t /nosuch version',
    '-t stale version', '-t empty version', '-t copy version',
    '-T x version', '-T -1 version',
    '-t /run/openvswitch/empty.pid version',
]


@pytest.fixture(scope='module', params=['weir', 'peer'])
def both(request, lab_maker):
    """Daemons of each kind."""
    return lab_maker(*(['--peer'] if request.param == 'peer' else []))


def said(lab, command):
    """Status, output and errors without the program's name."""
    done = lab.run(command, ok=False)
    name = command.split()[0].rsplit('/', 1)[-1]
    errors = [line for line in done.stderr.splitlines() if '|' not in line]
    return (done.returncode, done.stdout,
            [re.sub(r'^(/\S*/)?' + re.escape(name) + ': ', '', line)
             for line in errors])


@pytest.mark.weir_only
@pytest.mark.parametrize('command', COMMANDS)
def test_same_answers(both, command):
    ours = said(both, f'appctl -T 5 -t ovsdb-server {command}')
    theirs = said(both, f'{DEBIAN}-T 5 -t ovsdb-server {command}')
    assert ours == theirs
    assert ours[0] in (0, 2)


@pytest.mark.weir_only
@pytest.mark.parametrize('words', TARGETS)
def test_same_troubles(both, words):
    both.run(['sh', '-c', 'cd /run/openvswitch; echo 1234567 > stale.pid; '
              ': > empty.pid; cp ovsdb-server.pid copy.pid'])
    ours = said(both, f'appctl {words}')
    theirs = said(both, f'{DEBIAN}{words}')
    if words == '-t':                   # getopt words it differently
        assert ours[0] == theirs[0] == 1
    else:
        assert ours == theirs


def test_words_of_the_socket(lab_maker):
    """What scripts look for in answers, from our daemons or Debian's."""
    lab = lab_maker()
    ask = DEBIAN + '-T 5 -t ovsdb-server '
    lab.fails(ask + 'nonsense', r'"nonsense" is not a valid command \(use '
              r'"list-commands" to see a list of valid commands\)',
              'ovsdb-server: server returned an error', status=2)
    lab.fails(ask + 'version x', '"version" command takes at most 0 '
              'arguments', status=2)
    lab.fails(ask + 'coverage/read-counter', '"coverage/read-counter" '
              'command requires at least 1 arguments', status=2)
    assert lab.out(ask + 'list-commands').startswith(
        'The available commands are:\n  ')
    assert re.search(r'^ {2}vlog/set {16}\{spec \| PATTERN:destination:'
                     r'pattern\}$', lab.out(ask + 'list-commands'), re.M)
    lines = lab.out(ask + 'vlog/list').splitlines()
    assert lines[0].split() == ['console', 'syslog', 'file']
    assert all(len(line.split()) == 4 for line in lines[2:])
    assert 'Event coverage, avg rate over last: 5 seconds, last minute, ' \
        'last hour' in lab.out(ask + 'coverage/show')


def test_log_is_moved_and_reopened(lab_maker):
    """As logrotate does."""
    lab = lab_maker()
    ask = DEBIAN + '-T 5 -t ovsdb-server '
    lab.out(ask + 'vlog/set file:dbg')
    log = lab.path('/run/sandbox/log/ovsdb-server.log')
    with open(log) as text:
        assert text.read()
    lab.run('mv /run/sandbox/log/ovsdb-server.log '
            '/run/sandbox/log/ovsdb-server.log.1')
    lab.out(ask + 'vlog/reopen')
    lab.out(ask + 'version')

    def written():
        with open(log) as text:
            return text.read()
    assert wait_until(written)
