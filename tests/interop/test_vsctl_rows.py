# SPDX-License-Identifier: Apache-2.0
"""The table of vsctl_rows.py: each row is run by our vsctl and by Debian's, on
databases that hold the same rows.  Exit status, output and errors must be the
same byte for byte, and so must the database be afterwards."""
import os
import re
import shlex
import subprocess

import pytest

import ovsdb
from vsctl_rows import GROUPS

OURS = ovsdb.BUILD + '/utilities/vsctl/vsctl'
PEER = '/usr/bin/ovs-vsctl'
NAME = 'ovs-vsctl'

pytestmark = pytest.mark.skipif(not os.path.exists(PEER),
                                reason="Debian's openvswitch is not installed")

UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
                  r'[0-9a-f]{12}')
EMPTY = (['set', []], ['map', []], '', False)
# Tables of which rows live by themselves, those that refer to others first.
ROOTS = ('Open_vSwitch', 'Flow_Sample_Collector_Set', 'QoS', 'Queue')


class Side:
    """A database and the program that works on it."""

    def __init__(self, folder, make, program):
        self.server = ovsdb.Server(folder, make=make, create=False)
        ovsdb.run(make['tool'], 'create', self.server.file,
                  ovsdb.VSWITCH_SCHEMA)
        self.server.start()
        self.client = self.server.client()
        self.program = program
        self.base = self.loaded = self.now = None
        schema = self.client.call('get_schema', 'Open_vSwitch')
        self.tables = sorted(schema['tables'])

    def close(self):
        self.client.close()
        self.server.stop()

    def start(self, words):
        """Begins to run the program."""
        return subprocess.Popen(
            [NAME, '--no-syslog', '--timeout=5', '--db=unix:s', '--no-wait',
             *words], executable=self.program, cwd=self.server.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, 'OVS_RUNDIR': self.server.folder,
                 'OVS_LOGDIR': self.server.folder})

    def finish(self, process):
        """Status, output, errors; what it left in the database is 'now'."""
        out, err = process.communicate(timeout=20)
        self.now = self.dump()
        errors = re.sub(r'^\S+Z\|\d+\|', '', err.decode(errors='replace'),
                        flags=re.M)
        # What a library of the peer's has to say besides.
        errors = re.sub(r'^(ovsdb_idl|stream|stream_\w+|socket_util)\|.*\n', '',
                        errors, flags=re.M)
        return process.returncode, out, errors

    def dump(self):
        """All rows, by table."""
        results = self.client.transact(
            *[ovsdb.select(t) for t in self.tables], db='Open_vSwitch')
        return {t: sorted(r['rows'], key=lambda row: row['_uuid'])
                for t, r in zip(self.tables, results)}

    def load(self, rows):
        """Makes the database hold just these rows, with their UUIDs, unless it
        has not changed since it did."""
        if self.base is rows and self.now == self.loaded:
            return
        for table in ROOTS:
            self.client.transact(
                {'op': 'delete', 'table': table, 'where': []},
                db='Open_vSwitch')
        ops = []
        for table, found in rows.items():
            for row in found:
                values = {c: v for c, v in row.items() if c[0] != '_'}
                ops.append(ovsdb.insert(table, values, uuid=row['_uuid'][1]))
        self.client.transact(*ops, db='Open_vSwitch')
        self.base, self.loaded = rows, self.dump()


def comparable(rows, base):
    """The rows as sorted text, without what each run makes afresh; a set that
    holds new UUIDs has its members in an order that does not say which."""
    known = {r['_uuid'][1] for found in base.values() for r in found}

    def plain(value):
        if isinstance(value, str) and UUID.fullmatch(value):
            return value if value in known else 'NEW'
        if isinstance(value, list) and value and value[0] in ('set', 'map'):
            return [value[0], sorted(map(repr, map(plain, value[1])))]
        if isinstance(value, list):
            return [plain(v) for v in value]
        return value

    return sorted(
        table + ' ' + ' '.join(f'{c}={plain(v)}'
                               for c, v in sorted(row.items())
                               if c != '_version' and v not in EMPTY)
        for table, found in rows.items() for row in found)


def blocks(text):
    """Lines of each record, the records in order: a server's is its own."""
    return sorted(tuple(sorted(b.split(b'\n')))
                  for b in text.rstrip(b'\n').split(b'\n\n'))


@pytest.fixture(scope='module', params=['debian', 'weir'])
def sides(request, tmp_path_factory):
    make = {'debian': ovsdb.PEER, 'weir': ovsdb.OURS}[request.param]
    made = [Side(tmp_path_factory.mktemp(who), make, program)
            for who, program in (('ours', OURS), ('theirs', PEER))]
    yield made
    for side in made:
        side.close()


def run_row(sides, base, row):
    """[], or the row and what each did."""
    marks = row[:2] if row[0] == '!' else row[:len(row)
                                             - len(row.lstrip('~%'))]
    words = shlex.split(row[len(marks):])
    results = []
    known = {r['_uuid'][1].encode() for found in base.values() for r in found}
    processes = [side.start(words) for side in sides]
    for side, process in zip(sides, processes):
        status, out, err = side.finish(process)
        out = re.sub(UUID.pattern.encode(), lambda m: m[0] if m[0] in known
                     else b'NEW', out)
        err = UUID.sub(lambda m: m[0] if m[0].encode() in known else 'NEW',
                       err)
        if '%' in marks or b'\n\n' in out:
            out = blocks(out)
        results.append((status, out,
                        '' if '~' in marks else err,
                        comparable(side.now, base)
                        if side.now != side.loaded else ['unchanged']))
    ours, theirs = results
    if '!' in marks:
        if ours != theirs and ours[0] == int(row[1]) \
                and bool(ours[2]) == (ours[0] != 0):
            return []
    elif ours == theirs:
        return []
    return [row, '  ours   %d %r %r' % ours[:3],
            '  theirs %d %r %r' % theirs[:3],
            *['  ours   ' + r for r in ours[3] if r not in theirs[3]],
            *['  theirs ' + r for r in theirs[3] if r not in ours[3]]]


@pytest.mark.parametrize('name', list(GROUPS))
def test_group(sides, name):
    setup, rows = GROUPS[name]
    sides[1].load({'Open_vSwitch': []})
    for line in setup:
        status, _, err = sides[1].finish(sides[1].start(shlex.split(line)))
        assert status == 0, (line, err)
    base = sides[1].dump()
    for found in base.get('Open_vSwitch', []):
        found.pop('_version', None)
    bad = []
    for row in rows:
        for side in sides:
            side.load(base)
        bad += run_row(sides, base, row)
    assert not bad, '\n' + '\n'.join(map(str, bad))
