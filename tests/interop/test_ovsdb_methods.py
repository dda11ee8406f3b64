# SPDX-License-Identifier: Apache-2.0
"""The same requests to Debian's database server and to ours: the same
results, the same kinds of errors, the same notifications to others.

Left out is what Debian's does alone: it ends with an assertion when a monitor
has too few parameters, or a change of conditions no "where"; it tells the owner
of a lock so again when one who waits gives up; it tells of columns that are not
selected, without a value."""
import json
import os
import re
import socket

import pytest
from ovsdb import OURS, PEER, Server, insert, update

pytestmark = pytest.mark.skipif(not os.path.exists(PEER['server']),
                                reason='no peer')

NO_TXN = '00000000-0000-0000-0000-000000000000'
UUID = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
SET = {'min': 0, 'max': 'unlimited'}
SCHEMA = {
    'name': 'T', 'version': '1.0.0', 'tables': {
        'A': {'isRoot': True, 'columns': {
            'name': {'type': 'string'}, 'n': {'type': 'integer'},
            'r': {'type': 'real'}, 'b': {'type': 'boolean'},
            'on': {'type': {'key': 'integer', 'min': 0}},
            'os': {'type': {'key': 'string', 'min': 0}},
            's': {'type': {'key': 'string', **SET}},
            'si': {'type': {'key': 'integer', **SET}},
            'm': {'type': {'key': 'string', 'value': 'string', **SET}},
            'mi': {'type': {'key': 'integer', 'value': 'integer', 'min': 0,
                            'max': 1}},
            'eph': {'type': 'string', 'ephemeral': True},
            'kids': {'type': {'key': {'type': 'uuid', 'refTable': 'K'},
                              **SET}}}},
        'K': {'columns': {'n': {'type': 'integer'}}}}}
ALL = {'A': [{'columns': ['name', 'n', 'on', 's', 'si', 'm', 'mi', 'os', 'r',
                          'b']}], 'K': {}}


def kinds(value):
    """Without the details of errors, in which ours tell more."""
    if isinstance(value, dict):
        return {key: kinds(inner) for key, inner in value.items()
                if key not in ('details', 'syntax')}
    return [kinds(inner) for inner in value] if isinstance(value, list) \
        else value


class Both:
    """A server with two clients, 'a' and 'b'."""

    def __init__(self, folder, make):
        folder.mkdir()
        self.server = Server(folder, make=make, schema=SCHEMA).start()
        self.clients = {who: self.server.client() for who in 'ab'}
        self.names = {}

    def stop(self):
        for client in self.clients.values():
            client.close()
        self.server.stop()

    def plain(self, message):
        """As text that both servers should have in common."""
        if message.get('error'):
            message.pop('result', None)  # Debian's leaves the null out.
        text = UUID.sub(self.name, json.dumps(kinds(message)))
        return json.dumps(json.loads(text), sort_keys=True)

    def name(self, match):
        """UUIDs in order of appearance."""
        uuid = match.group()
        return uuid if uuid == NO_TXN else self.names.setdefault(
            uuid, f'uuid{len(self.names)}')

    def step(self, who, method, *params, message=None):
        """What he is answered, and what the other one is told."""
        message = message or {'method': method, 'params': params, 'id': 1}
        client = self.clients[who]
        client.send(message)
        mine = []
        try:
            while message['id'] is not None:
                mine.append(client.receive())
                if mine[-1].get('id') == message['id']:
                    break
        except EOFError:
            self.clients[who] = self.server.client()
            return 'closed'
        other = self.clients['a' if who == 'b' else 'b']
        other.send({'method': 'echo', 'params': [], 'id': 'mark'})
        told = []
        while not told or told[-1].get('id') != 'mark':
            told.append(other.receive())
        # Several monitors are told in any order.
        return (self.plain(mine[-1]), sorted(map(self.plain, mine[:-1])),
                sorted(map(self.plain, told)))


@pytest.fixture
def both(tmp_path):
    servers = Both(tmp_path / 'ours', OURS), Both(tmp_path / 'peer', PEER)
    yield servers
    for server in servers:
        server.stop()


def compare(both, steps):
    ours, peer = both
    for step in steps:
        more = {}
        if isinstance(step[-1], dict) and 'message' in step[-1]:
            *step, more = step
        assert ours.step(*step, **more) == peer.step(*step, **more), step


def test_simple(both):
    compare(both, [
        ('a', 'echo'), ('a', 'echo', 1, {'a': [None]}), ('a', 'list_dbs'),
        ('a', 'list_dbs', 1), ('a', 'get_schema'), ('a', 'get_schema', 1),
        ('a', 'get_schema', 'X'), ('a', 'get_schema', 'T', 1),
        ('a', 'nonsense'), ('a', 'set_db_change_aware'),
        ('a', 'set_db_change_aware', 1), ('a', 'set_db_change_aware', True),
        ('a', 'set_db_change_aware', True, 1), ('a', 'transact'),
        ('a', 'transact', 'X'), ('a', 'transact', 'T'),
        ('a', 'transact', 'T', 1), ('a', 'transact', 'T', {}),
        ('a', 'transact', 'T', {'op': 'zz'}), ('a', 'transact', 1),
        ('a', 'cancel', 5), ('a', 'convert'), ('a', 'convert', 'T'),
        ('a', 'convert', 'T', 1), ('a', 'monitor'), ('a', 'monitor', 'X', 1),
        ('a', 'transact', '_Server', {'op': 'delete', 'table': 'Database',
                                      'where': []}),
    ])


@pytest.mark.parametrize('message', [
    {'method': 'cancel', 'params': [1], 'id': None},
    {'method': 'list_dbs', 'params': [], 'id': None},
    {'method': 'list_dbs', 'params': [], 'id': 's'},
    {'method': 'list_dbs', 'params': [], 'id': {'a': 1}},
    {'method': 'echo', 'id': 1}, {'method': 5, 'params': [], 'id': 1},
    {'method': 'echo', 'params': {}, 'id': 1},
    {'method': 'echo', 'params': None, 'id': 1},
    {'method': 'echo', 'params': [], 'id': 1, 'more': 1},
], ids=json.dumps)
def test_messages(both, message):
    """What is no request ends the connection at both, or at none."""
    outcomes = []
    for server in both:
        client = server.clients['a']
        client.send(message)
        try:
            client.send({'method': 'list_dbs', 'params': [], 'id': 'last'})
            replies = [client.receive()]
            while replies[-1].get('id') != 'last':
                replies.append(client.receive())
        except (EOFError, OSError):
            replies = 'closed'
        outcomes.append(replies)
    assert outcomes[0] == outcomes[1]


def test_monitor_errors(both):
    requests = [
        [], {'X': {}}, {'A': 1}, {'A': [1]}, {'A': {'columns': 1}},
        {'A': {'columns': [1]}}, {'A': {'columns': ['x']}},
        {'A': {'columns': ['n', 'n']}},
        {'A': [{'columns': ['n']}, {'columns': ['n']}]},
        {'A': {'select': 1}}, {'A': {'select': {'x': True}}},
        {'A': {'select': {'initial': 1}}}, {'A': {'bogus': 1}},
        {'A': {'where': []}}, {'A': {'where': 1}}]
    wheres = [[1], [['n', '~', 1]], [['z', '==', 1]], [['n', '==', 'x']],
              [['name', '<', 'x']], [['n', '==']], [[1, '==', 1]]]
    since = 'monitor_cond_since'
    compare(both, [
        *[('a', 'monitor', 'T', 'm', r) for r in requests[:-1]],
        *[('a', 'monitor_cond', 'T', 'm', r)
          for r in requests if 'where' not in str(r) or r['A']['where']],
        *[('a', 'monitor_cond', 'T', 'm', {'A': {'where': w}})
          for w in wheres],
        ('a', since, 'T', 'm', {'A': {}}), ('a', since, 'T', 'm', {}, 'x'),
        ('a', since, 'T', 'm', {}, 1), ('a', 'monitor_cancel'),
        ('a', 'monitor_cancel', 'm'), ('a', 'monitor_cancel', 1, 2),
        ('a', 'monitor', 'T', ['m'], {'A': []}),
        ('a', 'monitor', 'T', ['m'], {}),
        ('a', 'monitor_cond', 'T', ['m'], {}),
        ('a', 'monitor_cancel', ['m']), ('a', 'monitor_cancel', ['m'])])


def change(row):
    return ('b', 'transact', 'T', update('A', [['name', '==', 'y']], row))


def test_updates(both):
    compare(both, [
        ('a', 'monitor', 'T', 1, ALL), ('a', 'monitor_cond', 'T', 2, ALL),
        ('a', 'monitor_cond', 'T', 3, {'A': [
            {'columns': ['name', 'n'], 'where': [['n', '<', 5]]}]}),
        ('b', 'transact', 'T', insert('A', {'name': 'x'})),
        ('b', 'transact', 'T', insert('A', {
            'name': 'y', 'n': 4, 'on': 7, 's': ['set', ['p', 'q']], 'os': '',
            'si': ['set', [3, 1, 2]], 'm': ['map', [['k', 'v']]],
            'mi': ['map', [[1, 2]]], 'r': 1.5, 'b': True})),
        change({'on': 8}), change({'on': ['set', []]}), change({'on': 1}),
        change({'mi': ['map', [[1, 3]]]}), change({'mi': ['map', [[2, 3]]]}),
        change({'mi': ['map', []]}), change({'mi': ['map', [[5, 5]]]}),
        change({'m': ['map', [['k', 'w'], ['l', 'z']]]}),
        change({'s': ['set', ['q', 'r']], 'si': ['set', [9]]}),
        change({'os': ['set', []], 'r': -0.25, 'b': False}),
        change({'n': 9}), change({'n': 1}), change({'eph': 'e'}),
        change({'n': 1}),
        ('b', 'transact', 'T', insert('K', {}, **{'uuid-name': 'k'}),
         update('A', [['name', '==', 'y']],
                {'kids': ['named-uuid', 'k']})),
        change({'kids': ['set', []]}),
        ('b', 'transact', 'T', {'op': 'delete', 'table': 'A',
                                'where': [['name', '==', 'x']]}),
    ])


def test_select(both):
    half = [{'columns': ['n'], 'select': {'initial': False,
                                          'insert': False}},
            {'columns': ['name'], 'select': {'delete': False}}]
    compare(both, [
        ('b', 'transact', 'T', insert('A', {'name': 'x'})),
        ('a', 'monitor', 'T', 1, {'A': half}),
        ('a', 'monitor_cond', 'T', 2, {'A': half}),
        ('a', 'monitor_cond', 'T', 3, {'A': [
            {'columns': ['n'], 'select': {'delete': False}}]}),
        ('b', 'transact', 'T', insert('A', {'name': 'y', 'n': 3})),
        change({'name': 'y', 'n': 5}),
        ('b', 'transact', 'T', {'op': 'delete', 'table': 'A', 'where': []}),
    ])


def test_changes_of_conditions(both):
    def cond(requests, new='m', old='m'):
        return ('a', 'monitor_cond_change', old, new, requests)
    compare(both, [
        ('b', 'transact', 'T', insert('A', {'name': 'x'})),
        ('b', 'transact', 'T', insert('A', {'name': 'y', 'n': 7})),
        ('a', 'monitor_cond', 'T', 'm', {'A': [
            {'columns': ['name', 'n'], 'where': [['n', '<', 5]]}], 'K': {}}),
        ('a', 'monitor_cond', 'T', {'o': 1}, {'K': {}}),
        ('a', 'monitor_cond_change'), cond({}, old='q'), cond([]),
        cond({'A': [{'where': [['n', '>', 0]]}]}, new='m2'),
        cond({}, old='m2'), cond({}, new={'o': 1}),
        *[cond(change) for change in (
            {'X': [{'where': []}]}, {'A': {'where': [False]}}, {'A': 1},
            {'A': [1]}, {'A': [{'where': 1}]}, {'A': [{'columns': ['n']}]},
            {'A': [{'where': [], 'bogus': 1}]},
            {'A': [{'where': [['zz', '==', 1]]}]}, {'A': []},
            {'A': [{'where': []}]}, {'A': [{'where': [False]}]},
            {'A': [{'where': []}, {'where': [['n', '==', 7]]}]})],
        change({'n': 8}), change({'n': 7}),
        cond({'A': [{'where': [['n', '==', 8], ['name', '==', 'x'], True]}]}),
        change({'n': 8}),
    ])


def test_locks(both):
    owns = {'op': 'assert', 'lock': 'l'}
    compare(both, [
        ('a', 'lock'), ('a', 'lock', 1), ('a', 'lock', '1x'),
        ('a', 'lock', 'l', 'm'), ('a', 'steal'), ('a', 'unlock'),
        ('a', 'transact', 'T', owns), ('a', 'lock', 'l'), ('a', 'lock', 'l'),
        ('a', 'transact', 'T', owns), ('b', 'transact', 'T', owns),
        ('b', 'lock', 'l'), ('b', 'steal', 'l'), ('b', 'unlock', 'zz'),
        ('a', 'unlock', 'l'), ('a', 'unlock', 'l'),
        ('b', 'transact', 'T', owns), ('a', 'steal', 'l'),
        ('a', 'transact', 'T', owns), ('b', 'transact', 'T', owns),
        ('a', 'unlock', 'l'), ('b', 'transact', 'T', owns),
        ('b', 'unlock', 'l')])


def test_lock_goes_with_its_owner(both):
    for server in both:
        server.step('a', 'lock', 'l')
        server.step('b', 'lock', 'l')
        server.clients['a'].sock.shutdown(socket.SHUT_RDWR)
        note = server.clients['b'].receive()
        assert (note['method'], note['params']) == ('locked', ['l'])
