# SPDX-License-Identifier: Apache-2.0
"""Role-based access control: every operation, by every kind of permission,
gets the same verdict from our server as from Debian's."""
import itertools
import json
import os
import shutil

import pytest
from ovsdb import OURS, PEER, Server, insert, select, update
from pki import (Authority, TcpClient, TlsClient, free_port, retry,
                 tls_context)

pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")


def some(key, value=None, low=0, high='unlimited'):
    kind = {'key': key, 'min': low, 'max': high}
    return {'type': {**kind, 'value': value} if value else kind}


THING = {'name': {'type': 'string'}, 'n': {'type': 'integer'},
         's': some('string'), 'opt': some('string', high=1),
         's1': some('string'),
         'ext': some('string', 'string'), 'nums': some('string', 'integer'),
         'b': {'type': 'boolean'}}
PERMISSION = {'type': 'uuid', 'refTable': 'RBAC_Permission',
              'refType': 'weak'}
SCHEMA = {'name': 'T', 'version': '1.0.0', 'tables': {
    'Thing': {'isRoot': True, 'columns': THING},
    'Other': {'isRoot': True, 'columns': THING},
    'Root': {'isRoot': True, 'columns': {'connections': some(
        {'type': 'uuid', 'refTable': 'Connection'})}},
    'Connection': {'columns': {
        'target': {'type': 'string'}, 'role': {'type': 'string'},
        'read_only': {'type': 'boolean'},
        'is_connected': {'type': 'boolean', 'ephemeral': True},
        'status': {**some('string', 'string'), 'ephemeral': True}}},
    'RBAC_Role': {'isRoot': True, 'columns': {
        'name': {'type': 'string'},
        'permissions': some('string', PERMISSION)}},
    'RBAC_Permission': {'isRoot': True, 'columns': {
        'table': {'type': 'string'}, 'authorization': some('string'),
        'insert_delete': {'type': 'boolean'}, 'update': some('string')}}}}

MINE = [['name', '==', 'hv1']]
YOURS = [['name', '==', 'hv2']]
NONE = [['name', '==', 'nobody']]


def ops(table):
    """Operations to try on 'table', each alone in its transaction."""
    def mutate(where, *mutations):
        return {'op': 'mutate', 'table': table, 'where': where,
                'mutations': list(mutations)}

    def delete(where):
        return {'op': 'delete', 'table': table, 'where': where}

    pair = ['map', [['a', '1']]]
    yield insert(table, {'name': 'hv1', 'n': 5})
    yield insert(table, {'name': 'hv2', 'ext': ['map', [['owner', 'hv1']]]})
    yield insert(table, {})
    for where in (MINE, YOURS, NONE, []):
        yield delete(where)
        yield update(table, where, {'n': 7})
        yield mutate(where, ['n', '+=', 1])
    yield update(table, MINE, {'n': 1})         # As it is.
    yield update(table, MINE, {})
    yield update(table, MINE, {'n': 8, 'b': True})
    yield update(table, MINE, {'ext': pair})
    yield update(table, MINE, {'ext': ['map', [
        ['owner', 'hv1'], ['a', '2'], ['b', '0']]]})
    yield update(table, MINE, {'s': ['set', ['x', 'z']]})
    yield update(table, MINE, {'opt': 'other'})
    yield update(table, MINE, {'name': 'hv2'})
    yield mutate(MINE)
    yield mutate(MINE, ['n', '+=', 0])
    yield mutate(MINE, ['n', '+=', 1], ['s', 'insert', 'q'])
    yield mutate(MINE, ['s', 'insert', 'a'])
    yield mutate(MINE, ['s', 'delete', 'x'])
    yield mutate(MINE, ['ext', 'insert', pair])
    yield mutate(MINE, ['ext', 'insert', ['map', [['c', '1']]]])
    yield mutate(MINE, ['ext', 'insert', ['map', [['a', '1'], ['c', '1']]]])
    yield mutate(MINE, ['ext', 'delete', ['set', ['a']]])
    yield mutate(MINE, ['ext', 'delete', ['set', ['b']]])
    yield mutate(MINE, ['ext', 'delete', ['set', ['zz']]])
    yield mutate(MINE, ['ext', 'delete', ['map', [['a', '0']]]])
    yield mutate(MINE, ['ext', 'delete', ['set', ['a']]],
                 ['ext', 'insert', pair])
    yield mutate(MINE, ['nums', 'insert', ['map', [['a', 1]]]])
    yield select(table)
    yield {'op': 'wait', 'table': table, 'where': NONE, 'rows': [],
           'columns': ['n'], 'until': '==', 'timeout': 0}


PLAIN = [{'op': 'comment', 'comment': 'x'}, {'op': 'abort'},
         {'op': 'assert', 'lock': 'l'}, {'op': 'commit', 'durable': False}]
ROWS = [
    {'name': 'hv1', 'n': 1, 's': ['set', ['x', 'hv1']], 's1': 'hv1',
     'opt': 'hv1', 'nums': ['map', [['a', 3]]],
     'ext': ['map', [['owner', 'hv1'], ['a', '0'], ['b', '0']]]},
    {'name': 'hv2', 'n': 2, 's': 'y', 'ext': ['map', [['owner', 'hv2']]]},
    {'name': 'hv3', 'n': 3}]
AUTHORIZATION = [[], [''], ['name'], ['ext:owner'], ['s'], ['s:hv1'],
                 ['s1'], ['opt'], ['n'], ['nums:a'], ['ext'], ['ext:'],
                 ['nosuch'], ['ext:nokey'], ['name', 'ext:owner'],
                 ['', 'name'], ['name:hv1'], ['_uuid'], ['ext:owner:x']]
UPDATE = [[], ['n'], ['n', 'b'], ['ext'], ['ext:a'], ['n', 's'], ['s:a'],
          ['ext:a', 'ext:b', 'ext:c'], ['nosuch'], ['', 'n'],
          ['nums:a', 'opt', 'name'], ['n:x']]


class Pair:
    """One server with the schema above, its administrator and clients."""

    def __init__(self, folder, make, authority, schema=None):
        os.makedirs(folder)
        schema = schema or SCHEMA
        self.server = Server(folder, make=make, schema=schema, options=[
            '--remote=db:T,Root,connections',
            *authority.options(authority.issue('server', file=str(
                folder).replace('/', '_')))])
        self.server.start()
        self.admin = self.server.client()

    def listen(self, kind, role):
        """A port that serves clients with 'role'."""
        port = free_port()
        self.admin.transact(
            update('Root', [], {'connections': ['named-uuid', 'c']}),
            insert('Connection', {'target': f'{kind}:{port}:127.0.0.1',
                                  'role': role}, **{'uuid-name': 'c'}))
        return port

    def fill(self):
        self.admin.transact(
            insert('Root', {}), *[insert(table, row) for row in ROWS
                                  for table in ('Thing', 'Other')],
            insert('RBAC_Permission', {'table': 'Thing'},
                   **{'uuid-name': 'p'}),
            insert('RBAC_Role', {'name': 'role', 'permissions': [
                'map', [['Thing', ['named-uuid', 'p']]]]}))

    def permit(self, **values):
        self.admin.transact(update('RBAC_Permission', [], values))

    def close(self):
        self.admin.close()
        self.server.stop()


def verdict(client, operation):
    """What one operation gets; nothing of it stays."""
    reply = client.call('transact', 'T', operation, {'op': 'abort'})[0]
    if 'error' in reply:
        return reply['error'], reply.get('details')
    return '', {k: len(v) if isinstance(v, list) else v
                for k, v in reply.items() if k != 'uuid'}


@pytest.fixture(scope='module')
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp('pki'))


@pytest.fixture
def pairs(tmp_path, authority):
    made = [Pair(tmp_path / 'ours', OURS, authority),
            Pair(tmp_path / 'theirs', PEER, authority)]
    for pair in made:
        pair.fill()
    yield made
    for pair in made:
        pair.close()


def clients(pairs, authority, role='role', name='hv1'):
    found = []
    for pair in pairs:
        port = pair.listen('pssl', role)
        context = tls_context(identity=authority.issue(name, file='client'))
        found.append(retry(lambda: TlsClient(port, context)))
    return found


def compare(ours, theirs, operations, what):
    n_refused = n_allowed = 0
    for operation in operations:
        expected = verdict(theirs, operation)
        assert verdict(ours, operation) == expected, (what, operation)
        if expected[0] == 'permission error':
            n_refused += 1
        else:
            n_allowed += 1
    return n_refused, n_allowed


def subsets_of_permissions():
    """Every authorization with one update list, and the other way round."""
    for authorization in AUTHORIZATION:
        yield authorization, ['n', 'ext', 's'], True
    for columns in UPDATE:
        yield ['name'], columns, True
    yield ['name'], ['n', 'ext', 's'], False
    yield [''], ['n', 'ext', 's'], False


def test_every_operation_by_every_permission(pairs, authority):
    ours, theirs = clients(pairs, authority)
    n_refused = n_allowed = 0
    for authorization, columns, insert_delete in subsets_of_permissions():
        for pair in pairs:
            pair.permit(authorization=['set', authorization],
                        update=['set', columns], insert_delete=insert_delete)
        what = authorization, columns, insert_delete
        operations = itertools.chain(ops('Thing'), PLAIN)
        counts = compare(ours, theirs, operations, what)
        n_refused += counts[0]
        n_allowed += counts[1]
    assert n_refused > 300 and n_allowed > 200
    assert compare(ours, theirs, ops('Other'), 'another table')[0] > 30


def test_unknown_roles_and_clients(pairs, authority):
    for pair in pairs:
        pair.permit(authorization=['set', ['']], insert_delete=True,
                    update=['set', ['n', 's', 'ext']])
    ours, theirs = clients(pairs, authority, role='stranger')
    assert compare(ours, theirs, ops('Thing'), 'role')[0] > 30
    ours, theirs = clients(pairs, authority, role='')
    assert compare(ours, theirs, ops('Thing'), 'no role')[0] == 0
    for pair in pairs:      # Nobody shows a certificate over TCP.
        port = pair.listen('ptcp', 'role')
        client = retry(lambda port=port: TcpClient(port))
        refused = [verdict(client, op)[0] for op in ops('Thing')
                   if op['op'] not in ('select', 'wait')]
        assert set(refused) == {'permission error'}, pair


def test_a_client_of_another_name(pairs, authority):
    for pair in pairs:
        pair.permit(authorization=['set', ['name']], insert_delete=True,
                    update=['set', ['n', 's', 'ext']])
    ours, theirs = clients(pairs, authority, name='hv2')
    refused, allowed = compare(ours, theirs, ops('Thing'), 'hv2')
    assert refused and allowed


def test_a_role_changes_while_clients_are_connected(pairs, authority):
    ours, theirs = clients(pairs, authority)
    for pair in pairs:
        pair.admin.transact({'op': 'delete', 'table': 'RBAC_Role',
                             'where': []})
    assert compare(ours, theirs, ops('Thing'), 'no role left')[0] > 30


def test_without_its_table_a_role_means_nothing(tmp_path, authority):
    schema = json.loads(json.dumps(SCHEMA))
    for table in ('RBAC_Role', 'RBAC_Permission'):
        del schema['tables'][table]
    verdicts = []
    for name, make in (('ours', OURS), ('theirs', PEER)):
        pair = Pair(tmp_path / name, make, authority, schema=schema)
        pair.admin.transact(insert('Root', {}), insert('Thing', ROWS[0]))
        client, = clients([pair], authority)
        verdicts.append([verdict(client, op) for op in ops('Thing')])
        pair.close()
    assert verdicts[0] == verdicts[1]
