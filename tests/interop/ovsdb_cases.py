# SPDX-License-Identifier: Apache-2.0
"""What is asked of two database servers, whose answers must be the same.

A case is a list of steps.  A step is a list of operations (one transaction),
a dict (one request: {"method": .., "params": ..}) or text (raw bytes of one
request).  Every case starts from empty tables, except for the rows of FILL.
"""

SETS = {'min': 0, 'max': 'unlimited'}


def base(kind, **more):
    return {'type': kind, **more} if more else kind


def column(key, value=None, **more):
    made = {'key': key, **more}
    if value is not None:
        made['value'] = value
    return {'type': made}


ATOMS = ['integer', 'real', 'boolean', 'string', 'uuid']


def zoo():
    """Columns of every type and size, named for what they are."""
    columns = {}
    for kind in ATOMS:
        first = kind[0]
        columns[first] = {'type': kind}
        columns['o' + first] = column(kind, min=0, max=1)
        columns['s' + first] = column(kind, **SETS)
        for value in ATOMS:
            columns['m' + first + value[0]] = column(kind, value, **SETS)
    columns['omss'] = column('string', 'string', min=0, max=1)
    columns['omii'] = column('integer', 'integer', min=0, max=1)
    return columns


LIMITS = {
    'name': {'type': 'string'},
    'i13': column('integer', min=1, max=3),
    's02': column('string', min=0, max=2),
    'm12': column('string', 'integer', min=1, max=2),
    'es': column(base('string', enum=['set', ['red', 'green', 'blue']])),
    'ei': column(base('integer', enum=['set', [1, 2, 4]])),
    'er': column(base('real', enum=['set', [0.5, 1.5]])),
    'eb': column(base('boolean', enum=True)),
    'oes': column(base('string', enum=['set', ['red', 'green']]), min=0,
                  max=1),
    'ses': column(base('string', enum=['set', ['red', 'green', 'blue']]),
                  min=0, max=3),
    'ri': column(base('integer', minInteger=0, maxInteger=10)),
    'rlo': column(base('integer', minInteger=-5)),
    'rhi': column(base('integer', maxInteger=5)),
    'sri': column(base('integer', minInteger=0, maxInteger=10), **SETS),
    'rr': column(base('real', minReal=0.0, maxReal=1.0)),
    'rrlo': column(base('real', minReal=-1.5)),
    'rrhi': column(base('real', maxReal=1.5)),
    'ls': column(base('string', minLength=0, maxLength=4)),
    'ols': column(base('string', minLength=2, maxLength=4), min=0, max=1),
    'lmin': column(base('string', minLength=2), **SETS),
    'mlim': column(base('string', maxLength=3),
                   base('integer', minInteger=0, maxInteger=9), **SETS),
    'fixed': {'type': 'string', 'mutable': False},
    'sfixed': {**column('integer', **SETS), 'mutable': False},
    'gone': {'type': 'integer', 'ephemeral': True},
}


def ref(table, kind=None):
    made = {'type': 'uuid', 'refTable': table}
    if kind:
        made['refType'] = kind
    return made


SCHEMA = {
    'name': 'D', 'version': '1.2.3', 'tables': {
        'Zoo': {'isRoot': True, 'columns': zoo()},
        'Lim': {'isRoot': True, 'columns': LIMITS},
        'Ref': {'isRoot': True, 'columns': {
            'name': {'type': 'string'},
            'one': column(ref('Kid'), min=0, max=1),
            'kids': column(ref('Kid'), **SETS),
            'must': column(ref('Kid'), min=0, max=2),
            'weak': column(ref('Kid', 'weak'), **SETS),
            'oweak': column(ref('Kid', 'weak'), min=0, max=1),
            'w1': column(ref('Wk', 'weak'), min=0, max=2),
            'mk': column(ref('Kid'), 'string', **SETS),
            'mv': column('string', ref('Kid'), **SETS),
            'wmk': column(ref('Kid', 'weak'), 'string', **SETS),
            'wmv': column('string', ref('Kid', 'weak'), **SETS),
            'self': column(ref('Ref', 'weak'), **SETS)}},
        'Kid': {'isRoot': False, 'columns': {
            'n': {'type': 'integer'},
            'next': column(ref('Kid'), min=0, max=1),
            'back': column(ref('Ref', 'weak'), min=0, max=1)}},
        'Wk': {'isRoot': True, 'columns': {'n': {'type': 'integer'}}},
        'Need': {'isRoot': True, 'columns': {
            'name': {'type': 'string'},
            'kid': column(ref('Wk', 'weak'), min=1, max=2)}},
        'Strong': {'isRoot': True, 'columns': {
            'name': {'type': 'string'}, 'to': column(ref('Wk'))}},
        'Idx': {'isRoot': True, 'indexes': [['a'], ['b', 'c']], 'columns': {
            'a': {'type': 'string'}, 'b': {'type': 'integer'},
            'c': column('string', **SETS), 'd': {'type': 'integer'}}},
        'One': {'isRoot': True, 'maxRows': 1, 'columns': {
            'n': {'type': 'integer'}}},
        'Two': {'isRoot': True, 'maxRows': 2, 'columns': {
            'n': {'type': 'integer'}}}}}

FILL = [
    {'op': 'insert', 'table': 'Zoo', 'row': {}},
    {'op': 'insert', 'table': 'Zoo', 'row': {
        'i': 5, 'r': 2.5, 'b': True, 's': 'abc',
        'u': ['uuid', '00000000-0000-0000-0000-000000000001'],
        'oi': 5, 'or': 2.5, 'ob': True, 'os': 'abc',
        'ou': ['uuid', '00000000-0000-0000-0000-000000000001'],
        'si': ['set', [1, 2, 3]], 'sr': ['set', [0.5, 1.5]],
        'sb': ['set', [True, False]], 'ss': ['set', ['a', 'b', 'abc']],
        'su': ['set', [['uuid', '00000000-0000-0000-0000-000000000001'],
                       ['uuid', '00000000-0000-0000-0000-000000000002']]],
        'mii': ['map', [[1, 10], [2, 20]]],
        'mir': ['map', [[1, 0.5]]], 'mib': ['map', [[1, True], [2, False]]],
        'mis': ['map', [[1, 'a'], [2, 'b']]],
        'mss': ['map', [['a', 'x'], ['b', 'y']]],
        'msi': ['map', [['a', 1], ['b', 2]]],
        'mri': ['map', [[0.5, 1]]], 'mrr': ['map', [[0.5, 0.25]]],
        'mbb': ['map', [[True, False]]], 'mbs': ['map', [[True, 't']]],
        'muu': ['map', [[['uuid', '00000000-0000-0000-0000-000000000001'],
                         ['uuid', '00000000-0000-0000-0000-000000000002']]]],
        'omss': ['map', [['a', 'x']]], 'omii': ['map', [[1, 10]]]}},
    {'op': 'insert', 'table': 'Zoo', 'row': {
        'i': -7, 'r': -0.25, 's': 'zz', 'oi': -7, 'or': -0.25, 'ob': False,
        'si': 2, 'ss': 'b', 'sr': 1.5, 'mss': ['map', [['a', 'y']]]}}]

U1 = ['uuid', '00000000-0000-0000-0000-000000000001']
U2 = ['uuid', '00000000-0000-0000-0000-000000000002']

# Values to compare, assign and mutate with, by type of atom.
VALUES = {
    'integer': [0, 1, 5, -7, 1 << 62],
    'real': [0, 1.5, 2.5, -0.25, 1e300],
    'boolean': [True, False],
    'string': ['', 'a', 'abc', 'zz'],
    'uuid': [['uuid', '00000000-0000-0000-0000-000000000000'], U1, U2],
}
WRONG = [None, {}, [], 'a', 5, 1.5, True, ['set'], ['set', 5], ['map'],
         ['map', [1]], ['map', [[1]]], ['map', [[1, 2, 3]]], ['uuid'],
         ['uuid', 5], ['uuid', 'x'], ['named-uuid', 5], ['named-uuid', '9'],
         ['named-uuid', 'nobody'], ['set', [[]]], ['set', [['set', []]]],
         ['set', []], ['map', []], ['set', ['a', 'a']], ['set', [1, 1]],
         ['map', [['a', 'b'], ['a', 'c']]], ['map', [['a', 'b'], ['a', 'b']]],
         ['map', [[1, 2], [1, 3]]], ['foo', 'bar'], ['set', [1, 'a']], 5.0,
         1e19, -1e19, 9223372036854775807, -9223372036854775808]

FUNCTIONS = ['==', '!=', '<', '<=', '>', '>=', 'includes', 'excludes']
MUTATORS = ['+=', '-=', '*=', '/=', '%=', 'insert', 'delete']


def kinds(column_type):
    """(key's, value's) type of atom."""
    if isinstance(column_type, str):
        return column_type, None

    def atom(kind):
        return kind['type'] if isinstance(kind, dict) else kind
    return (atom(column_type['key']),
            atom(column_type['value']) if 'value' in column_type else None)


def values_for(column_type):
    """Arguments that suit a type, of one and of several elements."""
    key, value = kinds(column_type)
    keys = VALUES[key]
    if value is None:
        return [*keys, ['set', []], ['set', keys[:2]], ['set', keys[1:]],
                ['set', keys[:1]]]
    pairs = list(zip(keys, VALUES[value]))
    return [['map', []], ['map', pairs[:1]], ['map', pairs[:2]],
            ['map', pairs[1:]], ['set', []], ['set', keys[:2]], keys[1],
            ['map', [[1, 10]]], ['map', [['a', 'x'], ['b', 'z']]],
            ['map', [['a', 'x']]]]


def select(table, where=(), **more):
    return {'op': 'select', 'table': table, 'where': list(where), **more}


def insert(table, row, **more):
    return {'op': 'insert', 'table': table, 'row': row, **more}


def update(table, where, row):
    return {'op': 'update', 'table': table, 'where': where, 'row': row}


def mutate(table, where, *mutations):
    return {'op': 'mutate', 'table': table, 'where': where,
            'mutations': list(mutations)}


def delete(table, where=()):
    return {'op': 'delete', 'table': table, 'where': list(where)}


def named(name):
    return ['named-uuid', name]
