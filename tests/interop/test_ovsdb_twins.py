# SPDX-License-Identifier: Apache-2.0
"""Our database server beside Debian's: the same requests, the same answers.

Replies are compared with the UUIDs of inserts numbered within a case and with
rows of a result in order of their text.  The names of errors must be
equal; our details must have the peer's words in them, beside those that say
where (table, column, row).  What else may differ stands, with the reason, in
ovsdb_allowed.py.  After each case the contents of all tables are compared."""
import json
import re
import shutil
import socket

import pytest
from ovsdb import PEER, twin_servers
from ovsdb_allowed import ANSWERS, DETAILS, PEER_DIES
from ovsdb_cases import (FILL, FUNCTIONS, MUTATORS, SCHEMA, delete, mutate,
                         select, update, values_for)
from ovsdb_rows import BY_HAND, RAW

UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
                  r'[0-9a-f]{12}')
FIXED = '00000000-0000-0000-0000'    # So start those that cases name.
pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")


@pytest.fixture(scope='module')
def twins(tmp_path_factory):
    yield from twin_servers(tmp_path_factory, SCHEMA)


def in_order(value):
    """With the rows and sets inside sorted, and numbers as both print them:
    the peer writes 15 digits of a real, which do not always give it back, and
    no sign of a zero."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)
                if key not in ('_version', 'syntax')
                and (key not in ('error', 'result')
                     or value[key] is not None)}
    if isinstance(value, float):
        value = float(f'{value:.14g}')
        return int(value) if abs(value) < 1e14 and value == int(
            value) else value
    if not isinstance(value, list):
        return value
    inside = [in_order(v) for v in value]
    if len(inside) == 2 and inside[0] in ('set', 'map') and isinstance(
            inside[1], list):
        inside[1] = sorted(inside[1], key=text_of)
    elif inside and all(isinstance(v, dict) and not v.keys() & {
            'op', 'uuid', 'rows', 'count', 'error', 'details'}
                        for v in inside):
        inside = sorted(inside, key=text_of)
    return inside


def text_of(value):
    return json.dumps(value, sort_keys=True)


def normal(reply, names):
    """A reply in which the UUIDs that inserts gave in this case ('names') are
    numbered and others unknown."""
    for found in reply.get('result') or [] if isinstance(reply, dict) else []:
        if isinstance(found, dict) and 'uuid' in found:
            names.setdefault(found['uuid'][1], f'U{len(names)}')
    return in_order(json.loads(UUID.sub(
        lambda m: m[0] if m[0].startswith(FIXED) else names.get(m[0], 'U?'),
        json.dumps(reply))))


def split_errors(value, errors):
    """'value' with only the names of errors; their details go to 'errors'."""
    if isinstance(value, dict):
        if isinstance(value.get('error'), str):
            errors.append(value.get('details', ''))
            return {'error': value['error']}
        return {key: split_errors(v, errors) for key, v in value.items()}
    if isinstance(value, list):
        return [split_errors(v, errors) for v in value]
    return value


def details_agree(ours, theirs):
    return theirs.rstrip('.').lower() in ours.lower() or any(
        re.search(a, ours) and re.search(b, theirs) for a, b, _ in DETAILS)


def agree(name, ours, theirs):
    words_of_ours, words_of_theirs = [], []
    if split_errors(ours, words_of_ours) == split_errors(
            theirs, words_of_theirs):
        return all(map(details_agree, words_of_ours, words_of_theirs))
    return any(re.search(case, name) and re.search(a, text_of(ours))
               and re.search(b, text_of(theirs)) for case, a, b, _ in ANSWERS)


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
    """Replies and the contents afterwards."""
    client = server.client()
    names = {}
    try:
        empty(client)
        said = []
        for step in [*steps, [select(t) for t in SCHEMA['tables']]]:
            reply = run_step(client, step)
            if reply == 'end':
                client.close()
                client = server.client()
            else:
                reply['id'] = 0
            said.append(normal(reply, names))
        return said
    finally:
        client.close()


def differences(twins, name, steps):
    ours, theirs = (run_case(server, steps) for server in twins)
    asked = [*steps, 'contents']
    return [f'{name}: {text_of(step)[:300]}\n  ours:   {text_of(a)}\n'
            f'  theirs: {text_of(b)}'
            for step, a, b in zip(asked, ours, theirs)
            if not agree(name, a, b)]


@pytest.mark.parametrize('name', [n for n in BY_HAND if n not in PEER_DIES])
def test_by_hand(twins, name):
    found = differences(twins, name, BY_HAND[name])
    assert not found, '\n'.join(found)


ZOO = SCHEMA['tables']['Zoo']['columns']


@pytest.mark.parametrize('name', ZOO)
def test_condition(twins, name):
    """Every function on a column of every type."""
    steps = [FILL] + [[select('Zoo', [[name, function, value]],
                              columns=[name])]
                      for function in FUNCTIONS
                      for value in values_for(ZOO[name]['type'])]
    found = differences(twins, 'zoo ' + name, steps)
    assert not found, '\n'.join(found)


@pytest.mark.parametrize('name', ZOO)
def test_mutation(twins, name):
    """Every mutator on a column of every type."""
    steps = [FILL]
    for mutator in MUTATORS:
        for value in values_for(ZOO[name]['type']):
            if mutator == '*=' and value in (0, ['set', [0]]):
                continue    # PEER_DIES: 'mutate by zero'.
            steps += [[mutate('Zoo', [], [name, mutator, value]),
                       select('Zoo', columns=[name]), {'op': 'abort'}]]
    found = differences(twins, 'zoo ' + name, steps)
    assert not found, '\n'.join(found)


@pytest.mark.parametrize('name', ZOO)
def test_assignment(twins, name):
    steps = [FILL]
    for value in values_for(ZOO[name]['type']):
        steps += [[update('Zoo', [], {name: value}),
                   select('Zoo', columns=[name])]]
    found = differences(twins, 'zoo ' + name, steps)
    assert not found, '\n'.join(found)


@pytest.mark.parametrize('name', PEER_DIES)
def test_ours_goes_on(twins, name):
    """What the peer does not survive is answered."""
    said = run_case(twins[0], BY_HAND[name])
    assert 'end' not in said and len(said) == len(BY_HAND[name]) + 1


def ask_raw(server, text):
    """What comes back for bytes: replies as text, then 'end' if the
    connection was closed."""
    client = server.client()
    client.sock.settimeout(0.15)
    client.sock.sendall(text.encode('utf-8', 'surrogateescape'))
    said = []
    try:
        while True:
            said.append(text_of(normal(client.receive(), {})))
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
    assert ours == theirs or agree(name, ours, theirs)
