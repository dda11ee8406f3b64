# SPDX-License-Identifier: Apache-2.0
"""Our ofctl and Debian's ovs-ofctl say the same and do the same.

Every row of ofctl_rows.txt is run by both tools, in each version that the row
names, against Debian's switch: ours on bridge br0, Debian's on br1, which
are made alike.  Output, errors and exit status must be equal, statistics
aside.  Run as a program with names of sections, it prints the differences.
"""
import json
import os
import re
import sys

import pytest

ROWS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    'ofctl_rows.txt')

# Runs inside the sandbox: all command lines of a section in one go.
RUNNER = """
import json, subprocess, sys
done = []
for argv in json.load(sys.stdin):
    try:
        r = subprocess.run(argv, stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=20)
        done.append((r.stdout.decode('latin-1'), r.stderr.decode('latin-1'),
                     r.returncode))
    except subprocess.TimeoutExpired:
        done.append(('', 'timeout', -1))
json.dump(done, sys.stdout)
"""
TOOLS = (('ofctl', 'br0', 'p'), ('/usr/bin/ovs-ofctl', 'br1', 'q'))
CLEAN = ['del-flows {br}', 'del-groups {br}', '-OOpenFlow13 del-meters {br}',
         'del-tlv-map {br}', '-OOpenFlow14 mod-table {br} all noevict',
         '-OOpenFlow14 mod-table {br} all novacancy']


def read_rows():
    """The rows by section: (versions, command line)."""
    sections = {}
    with open(ROWS, encoding='utf-8') as lines:
        for line in map(str.strip, lines):
            if line.startswith('== '):
                rows = sections.setdefault(line[3:], [])
            elif line and line[0] != '#':
                versions, _, row = line.partition(' ')
                rows.append((versions, row.strip()))
    return sections


SECTIONS = read_rows()


def expand(section):
    """(version or None, row) of each row, grouped by version so that state
    one row leaves is there for the next."""
    rows = SECTIONS[section]
    used = sorted({v for versions, _ in rows
                   for v in ('012345' if versions == '*' else versions)})
    for v in used:
        for versions, row in rows:
            if versions == '*' or v in versions:
                yield (None if v == '-' else v), row


def words(text, br, port):
    """Without what differs: names, addresses, times, logs."""
    text = re.sub(rf'\b{port}([12])\b', r'p\1', text.replace(br, 'BR'))
    text = text.replace('/usr/bin/', '')
    text = re.sub(r'(ovs-)?ofctl: ', '', text)
    text = re.sub(r'(duration[=:])((?:\033\[m\033\[K)?)[\d.]+s', r'\1\2',
                  text)
    text = re.sub(r'(_age=)((?:\033\[m\033\[K)?)\d+', r'\1\2', text)
    text = re.sub(r'addr:[0-9a-f:]{17}', 'addr', text)
    text = re.sub(r'dpid:[0-9a-f]{16}', 'dpid', text)
    # Ours quotes the text under an error and points into it.
    text = re.sub(r'^  .*\n +\^\n', '', text, flags=re.M)
    text = re.sub(r'^ +(supported on Set-Field|arbitrary mask|exact match '
                  r'or wildcard): .*\n', '', text, flags=re.M)
    # Statistics of the switch's own, which ours does not print.
    text = re.sub(r'^ +CUSTOM Statistics\n( {22}.*\n)*', '', text,
                  flags=re.M)
    text = re.sub(r'((lookup|matched|rx pkts|tx pkts|bytes)=)\d+', r'\1N', text)
    return re.sub(r'^20\d\d-.*\n', '', text, flags=re.M)


def make_bridges(lab):
    protocols = ','.join(f'OpenFlow1{v}' for v in range(6))
    for _, br, port in TOOLS:
        lab.vsctl(f'add-br {br} -- set bridge {br} datapath_type=netdev '
                  f'fail-mode=secure protocols={protocols} '
                  'other-config:datapath-id=0000000000000001')
        for i in 1, 2:
            lab.vsctl(f'add-port {br} {port}{i} -- set interface {port}{i} '
                      f'type=dummy ofport_request={i}')


def run(lab, section):
    """(version, row, ours, theirs) of each row."""
    cases = list(expand(section))
    said = []
    for tool, br, port in TOOLS:
        lines = [[tool] + c.format(br=br).split() for c in CLEAN]
        for version, row in cases:
            option = [f'-OOpenFlow1{version}'] if version else []
            # A quoted text is one argument.
            args = [a.replace('"', '') for a in
                    re.findall(r'(?:[^\s"]|"[^"]*")+', row)]
            args = [a.replace('{br}', br).replace('{p}', port) for a in args]
            lines.append([tool, *option, *args])
        r = lab.run(['/usr/bin/python3', '-c', RUNNER], timeout=500,
                    stdin=json.dumps(lines))
        said.append([(sorted(words(out, br, port).splitlines()),
                      words(err, br, port), rc) for out, err, rc
                     in json.loads(r.stdout)[len(CLEAN):]])
    return [(*case, *both) for case, *both in zip(cases, *said)]


@pytest.fixture(scope='module')
def twin(lab_maker):
    lab = lab_maker('--peer', '--no-bridge', '--enable-dummy')
    make_bridges(lab)
    return lab


@pytest.mark.weir_only
@pytest.mark.parametrize('section', SECTIONS)
def test_rows(twin, section):
    odd = [case for case in run(twin, section) if case[2] != case[3]]
    for case in odd:
        print(*case, sep='\n  ')
    assert not odd


def main(sections):
    sys.path.insert(0, 'tests')
    from lab import Lab
    lab = Lab('--peer', '--no-bridge', '--enable-dummy')
    try:
        make_bridges(lab)
        count = bad = 0
        for section in sections or SECTIONS:
            for version, row, ours, theirs in run(lab, section):
                count += 1
                if ours != theirs:
                    bad += 1
                    print(f'### {section}: 1.{version} {row}')
                    for mine, peers in zip(ours, theirs):
                        if mine != peers:
                            if isinstance(mine, list):
                                mine, peers = (
                                    '\n'.join(i for i in a if i not in b)
                                    [:400] for a, b in ((mine, peers),
                                                        (peers, mine)))
                            print(f'- {mine}\n+ {peers}')
        print(f'{count} cases, {bad} differ')
    finally:
        lab.close()


if __name__ == '__main__':
    main(sys.argv[1:])
