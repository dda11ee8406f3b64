# SPDX-License-Identifier: Apache-2.0
"""Monitors of our database server and of Debian's, side by side: the same
random transactions on both must be told in the same words.  Clients choose
the UUIDs of rows, so they are equal on both."""
import json
import random
import shutil

import pytest
from ovsdb import PEER, twin_servers
from ovsdb_cases import SCHEMA, delete, insert, mutate, select, update

pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")
NO_TXN = '00000000-0000-0000-0000-000000000000'
WK = {'columns': ['n']}
MONITORS = [
    ('monitor', 'old', {'Wk': WK, 'Ref': {}, 'Kid': {}}),
    ('monitor', 'part', {'Wk': {'columns': ['n'], 'select': {
        'initial': False, 'insert': True, 'delete': False, 'modify': True}},
        'Ref': [{'columns': ['kids'], 'select': {'modify': False}},
                {'columns': ['w1', 'name']}]}),
    ('monitor_cond', 'cond', {
        'Wk': [{'columns': ['n'], 'where': [['n', '>', 3]]}],
        'Ref': [{'columns': ['name', 'kids', 'w1', 'mv'],
                 'where': [['name', '==', 'a'], ['name', '==', 'b']]}],
        'Kid': [{'columns': ['n', 'next'], 'where': [True]}]}),
    ('monitor_cond', 'none', {'Wk': [{'columns': ['n'], 'where': [False]}]}),
    ('monitor_cond_since', 'since', {'Wk': [WK], 'Ref': [{}], 'Kid': [{}]}),
]


class Writer:
    """Random transactions on Wk, Ref and Kid."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def uuid(self):
        return ['uuid', '%08x-0000-4000-8000-%012x' % (
            self.rng.getrandbits(32), self.rng.getrandbits(48))]

    def some(self, uuids, most=3):
        count = min(len(uuids), self.rng.randrange(most + 1))
        return ['set', self.rng.sample(uuids, count)]

    def operations(self, refs, kids, weak):
        """'refs', 'kids' and 'weak' are the rows of Ref, Kid and Wk."""
        rng = self.rng
        if rng.randrange(5) == 0:
            # Alone: the peer leaves weak references to it in rows that the
            # same transaction writes.
            return [delete('Wk', [['n', '==', rng.randrange(9)]])]
        name = rng.choice('abcd')
        new = [self.uuid() for _ in range(rng.randrange(3))]
        ops = [insert('Kid', {'n': rng.randrange(9)}, uuid=u[1]) for u in new]
        kids = kids + new
        ops += rng.sample([
            insert('Wk', {'n': rng.randrange(9)}, uuid=self.uuid()[1]),
            insert('Ref', {'name': name, 'kids': self.some(kids),
                           'w1': self.some(weak, 2)}, uuid=self.uuid()[1]),
            update('Wk', [['n', '==', rng.randrange(9)]],
                   {'n': rng.randrange(9)}),
            update('Kid', [['n', '<', 3]], {'n': rng.randrange(9)}),
            update('Ref', [['name', '==', name]],
                   {'kids': self.some(kids), 'name': rng.choice('abcd')}),
            mutate('Ref', [['name', '!=', name]],
                   ['kids', 'delete', self.some(kids)],
                   ['w1', 'delete', self.some(weak)]),
            mutate('Ref', [], ['mv', 'insert', ['map', [
                [rng.choice('xyz'), rng.choice(kids)]] if kids else []]],
                   ['mv', 'delete', rng.choice('xyz')]),
            delete('Ref', [['_uuid', '==', rng.choice(refs)]]
                   if refs and rng.randrange(4) == 0 else [False]),
        ], rng.randrange(1, 4))
        if rng.randrange(8) == 0:
            ops.append({'op': 'abort'})
        return ops


def tidy(value):
    """Sets and maps in order; no versions; what names a transaction is the
    server's own."""
    if isinstance(value, dict):
        return {k: tidy(v) for k, v in value.items() if k != '_version'}
    if isinstance(value, list):
        inside = [tidy(v) for v in value]
        if len(inside) == 2 and inside[0] in ('set', 'map'):
            return [inside[0], sorted(inside[1], key=json.dumps)]
        return inside
    return value


def without_nothing(updates):
    """The peer also tells of rows that were touched and did not change."""
    found = {table: {uuid: row for uuid, row in rows.items()
                     if row.get('old') != {} and row != {'modify': {}}}
             for table, rows in updates.items()}
    return {table: rows for table, rows in found.items() if rows}


def first_difference(a, b, where=()):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in [*a, *b]:
            if a.get(key) != b.get(key):
                return first_difference(a.get(key), b.get(key),
                                        (*where, key))
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            if x != y:
                return first_difference(x, y, (*where, i))
    return f'{where}: ours {a}, theirs {b}'


class Side:
    def __init__(self, server):
        self.client = server.client()
        self.client.transact(*[delete(t) for t in ('Ref', 'Wk', 'Kid')],
                             db='D')

    def start(self):
        """First answers of all monitors."""
        return [tidy(self.client.call(
            method, 'D', name, tables,
            *([NO_TXN] if method.endswith('since') else [])))[-1:]
            if method.endswith('since') else
            tidy(self.client.call(method, 'D', name, tables))
            for method, name, tables in MONITORS]

    def notes(self):
        """By monitor, the updates that came so far."""
        found, self.client.notes = self.client.notes, []
        told = {}
        for note in found:
            updates = without_nothing(tidy(note['params'][-1]))
            if updates:
                told.setdefault(note['params'][0], []).append(
                    [note['method'], updates])
        return told

    def rows(self):
        results = self.client.call(
            'transact', 'D', *[select(t, columns=['_uuid'])
                               for t in ('Ref', 'Kid', 'Wk')])
        return [sorted(row['_uuid'] for row in r['rows']) for r in results]


@pytest.fixture(scope='module')
def twins(tmp_path_factory):
    yield from twin_servers(tmp_path_factory, SCHEMA)


@pytest.mark.parametrize('seed', range(8))
def test_monitors_tell_the_same(twins, seed):
    sides = [Side(server) for server in twins]
    writer = Writer(seed)
    n_told = 0
    for step in range(60):
        if step == 10:
            starts = [side.start() for side in sides]
            assert starts[0] == starts[1]
        if step in (30, 45):
            change = {'Wk': [{'where': [['n', '<', step // 10]]}],
                      'Ref': [{'where': [['name', '!=', 'c']]}]}
            for side in sides:
                side.client.call('monitor_cond_change', 'cond', 'cond',
                                 change)
        rows = sides[0].rows()
        assert rows == sides[1].rows()
        ops = writer.operations(*rows)
        results = [side.client.call('transact', 'D', *ops) for side in sides]
        for side in sides:
            side.client.call('echo')
        told = [side.notes() for side in sides]
        assert told[0] == told[1], (step, ops, first_difference(*told))
        n_told += len(told[0])
    assert n_told > 50
    for side in sides:
        side.client.close()
