# SPDX-License-Identifier: Apache-2.0
"""Our database server beside Debian's: the same requests, the same answers.

Replies are compared with UUIDs renamed in order of their appearance and rows
of a result in order of their text.  The names of errors must be equal; their
details too, unless ALLOWED tells why ours differ.  After each case the
contents of all tables are compared."""
import itertools
import json
import re
import shutil
import socket

import pytest
from ovsdb import OURS, PEER, Server
from ovsdb_cases import (FILL, FUNCTIONS, MUTATORS, SCHEMA, delete, mutate,
                         select, update, values_for)
from ovsdb_rows import BY_HAND, RAW

UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
                  r'[0-9a-f]{12}')
pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")


@pytest.fixture(scope='module')
def twins(tmp_path_factory):
    servers = [Server(tmp_path_factory.mktemp('twin'), make=make,
                      schema=SCHEMA).start() for make in (OURS, PEER)]
    yield servers
    for server in servers:
        server.stop()


def in_order(value):
    """With the rows and sets inside in an order that UUIDs do not decide."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)
                if key != '_version'}
    if isinstance(value, list):
        inside = [in_order(v) for v in value]
        if len(inside) == 2 and inside[0] in ('set', 'map') \
                and isinstance(inside[1], list):
            inside[1] = sorted(inside[1], key=plain)
        elif inside and all(isinstance(v, dict) and 'op' not in v
                            and 'uuid' not in v and 'rows' not in v
                            and 'count' not in v and 'error' not in v
                            for v in inside):
            inside = sorted(inside, key=plain)
        return inside
    return value


def plain(value):
    return UUID.sub('', json.dumps(value, sort_keys=True))


def normal(reply):
    """Text of a reply in which UUIDs are numbered."""
    names = {}
    fixed = '00000000-0000-0000-0000'
    return UUID.sub(
        lambda m: m[0] if m[0].startswith(fixed)
        else names.setdefault(m[0], f'U{len(names)}'),
        json.dumps(in_order(reply), sort_keys=True))


def run_step(client, step):
    if isinstance(step, dict):
        number = client.request(step['method'], step['params'])
    else:
        number = client.request('transact', ['D', *step])
    try:
        return client.reply(number)
    except (EOFError, ConnectionError):
        return 'end'


def empty(client):
    tables = SCHEMA['tables']
    client.transact(*[update(t, [], {
        name: ['map', []] if 'value' in c['type'] else ['set', []]
        for name, c in tables[t]['columns'].items()
        if isinstance(c['type'], dict) and c['type'].get('min') == 0
        and c.get('mutable', True)}) for t in tables],
                    *[delete(t) for t in tables], db='D')


def run_case(server, steps):
    """Replies and the contents afterwards, as text."""
    client = server.client()
    try:
        empty(client)
        said = []
        for step in steps:
            reply = run_step(client, step)
            said.append(normal(reply).replace(
                f'"id": {client.next_id}', '"id": N'))
            if reply == 'end':
                client.close()
                client = server.client()
        state = run_step(client, [select(t) for t in SCHEMA['tables']])
        state['id'] = 0
        said.append(normal(state))
        return said
    finally:
        client.close()


def differences(twins, steps):
    ours, theirs = (run_case(server, steps) for server in twins)
    asked = [*steps, 'contents']
    return [f'{json.dumps(step)[:300]}\n  ours:   {a}\n  theirs: {b}'
            for step, a, b in itertools.zip_longest(asked, ours, theirs)
            if a != b]


@pytest.mark.parametrize('name', BY_HAND)
def test_by_hand(twins, name):
    found = differences(twins, BY_HAND[name])
    assert not found, '\n'.join(found)


ZOO = SCHEMA['tables']['Zoo']['columns']


@pytest.mark.parametrize('name', ZOO)
def test_condition(twins, name):
    """Every function on a column of every type."""
    steps = [FILL] + [[select('Zoo', [[name, function, value]],
                              columns=[name])]
                      for function in FUNCTIONS
                      for value in values_for(ZOO[name]['type'])]
    found = differences(twins, steps)
    assert not found, '\n'.join(found)


@pytest.mark.parametrize('name', ZOO)
def test_mutation(twins, name):
    """Every mutator on a column of every type."""
    steps = [FILL]
    for mutator in MUTATORS:
        for value in values_for(ZOO[name]['type']):
            steps += [[mutate('Zoo', [], [name, mutator, value]),
                       select('Zoo', columns=[name]), {'op': 'abort'}]]
    found = differences(twins, steps)
    assert not found, '\n'.join(found)


@pytest.mark.parametrize('name', ZOO)
def test_assignment(twins, name):
    steps = [FILL]
    for value in values_for(ZOO[name]['type']):
        steps += [[update('Zoo', [], {name: value}),
                   select('Zoo', columns=[name])]]
    found = differences(twins, steps)
    assert not found, '\n'.join(found)


def ask_raw(server, text):
    """What comes back for bytes: replies as text, then 'end' if the
    connection was closed."""
    client = server.client()
    client.sock.settimeout(0.15)
    client.sock.sendall(text.encode('utf-8', 'surrogateescape'))
    said = []
    try:
        while True:
            said.append(normal(client.receive()))
    except socket.timeout:
        pass
    except (EOFError, ConnectionError):
        said.append('end')
    finally:
        client.close()
    return said


@pytest.mark.parametrize('name', RAW)
def test_raw(twins, name):
    ours, theirs = (ask_raw(server, RAW[name]) for server in twins)
    assert ours == theirs
