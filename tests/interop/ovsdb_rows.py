# SPDX-License-Identifier: Apache-2.0
"""Cases of the two servers' comparison that are written by hand: operations,
references, indexes, waits, and what is malformed.  A name and the steps."""
from ovsdb_cases import (U1, U2, WRONG, delete, insert, mutate, named, select,
                         update)

NIL = ['uuid', '00000000-0000-0000-0000-000000000000']
A_UUID = '11111111-2222-4333-8444-555555555555'


def wait(table, rows, **more):
    return {'op': 'wait', 'table': table, 'where': [], 'timeout': 0,
            'columns': ['n'], 'until': '==', 'rows': rows, **more}


def kid(name, n=0, **row):
    return insert('Kid', {'n': n, **row}, **{'uuid-name': name})


LIMIT_ROW = {'name': 'l', 'm12': ['map', [['a', 1]]], 'es': 'red', 'ei': 1,
             'er': 0.5, 'eb': True}
INSERTS = {
    'insert defaults': [[insert('Zoo', {})], [select('Zoo')]],
    'insert two': [[insert('Wk', {'n': 1}), insert('Wk', {'n': 1})]],
    'insert unknown table': [[insert('Nope', {})]],
    'insert unknown column': [[insert('Wk', {'nope': 1})]],
    'insert std columns': [[insert('Wk', {'_uuid': U1})],
                           [insert('Wk', {'_version': U1})]],
    'insert wrong type': [[insert('Wk', {'n': 'x'})],
                          [insert('Wk', {'n': 1.5})],
                          [insert('Wk', {'n': None})],
                          [insert('Wk', {'n': ['set', [1, 2]]})]],
    'insert members': [
        [{'op': 'insert', 'table': 'Wk'}], [{'op': 'insert', 'row': {}}],
        [insert('Wk', {}, extra=1)], [insert('Wk', {}, where=[])],
        [insert(5, {})], [insert('Wk', [])], [insert('Wk', None)],
        [insert('Wk', {}, **{'uuid-name': 5})],
        [insert('Wk', {}, **{'uuid-name': '1x'})],
        [insert('Wk', {}, **{'uuid-name': ''})],
        [insert('Wk', {}, uuid=5)], [insert('Wk', {}, uuid='x')]],
    'insert given uuid': [
        [insert('Wk', {'n': 3}, uuid=A_UUID)],
        [select('Wk', [['_uuid', '==', ['uuid', A_UUID]]], columns=['n'])],
        [insert('Wk', {'n': 4}, uuid=A_UUID)],
        [delete('Wk'), insert('Wk', {'n': 5}, uuid=A_UUID)],
        [delete('Wk')], [insert('Wk', {'n': 6}, uuid=A_UUID)]],
    'insert given uuid twice': [
        [insert('Wk', {}, uuid=A_UUID), insert('Wk', {}, uuid=A_UUID)]],
    'insert given uuid in two tables': [
        [insert('Wk', {}, uuid=A_UUID), insert('Idx', {}, uuid=A_UUID)]],
    'insert uuid and name': [
        [insert('Kid', {'n': 1}, uuid=A_UUID, **{'uuid-name': 'k'}),
         insert('Ref', {'kids': named('k')})], [select('Kid')]],
    'insert name twice': [[kid('k'), kid('k')]],
    'insert name never made': [[insert('Ref', {'kids': named('k')})]],
    'insert name used before made': [
        [insert('Ref', {'name': 'r', 'kids': named('k')}), kid('k', 7)],
        [select('Kid', columns=['n'])]],
    'insert name of the other table': [
        [insert('Wk', {}, **{'uuid-name': 'k'}),
         insert('Ref', {'kids': named('k')})]],
    'insert name in an uuid column': [
        [insert('Zoo', {'u': named('z')}, **{'uuid-name': 'z'})],
        [select('Zoo', columns=['_uuid', 'u'])]],
    'insert default not allowed': [
        [insert('Lim', {k: v for k, v in LIMIT_ROW.items() if k != name})]
        for name in LIMIT_ROW],
    'insert row without root': [[kid('k')], [select('Kid')]],
    'insert ephemeral': [
        [insert('Lim', {**LIMIT_ROW, 'gone': 4})],
        [select('Lim', columns=['gone'])]],
}

LIMIT_TRIES = {
    'i13': [['set', []], 1, ['set', [1, 2, 3]], ['set', [1, 2, 3, 4]]],
    's02': [['set', []], 'a', ['set', ['a', 'b']], ['set', ['a', 'b', 'c']]],
    'm12': [['map', []], ['map', [['a', 1], ['b', 2]]],
            ['map', [['a', 1], ['b', 2], ['c', 3]]]],
    'es': ['red', 'pink', '', ['set', ['red']], 5],
    'ei': [1, 2, 3, 4, 0, '1'], 'er': [0.5, 1.5, 1, 2.5], 'eb': [True, False],
    'oes': ['red', 'pink', ['set', []], ['set', ['red', 'green']]],
    'ses': [['set', ['red', 'green', 'blue']], ['set', ['red', 'pink']]],
    'ri': [0, 10, -1, 11, 5], 'rlo': [-5, -6, 1 << 62], 'rhi': [5, 6, -100],
    'sri': [['set', [0, 10]], ['set', [5, 11]]],
    'rr': [0, 1, 0.5, -0.001, 1.001], 'rrlo': [-1.5, -1.6],
    'rrhi': [1.5, 1.6, 2],
    'ls': ['', 'abcd', 'abcde', '\u00e4\u00f6\u00fc\u00df'],
    'ols': ['a', 'ab', 'abcd', 'abcde', '', ['set', []]],
    'lmin': [['set', ['ab', 'abc']], ['set', ['ab', 'a']]],
    'mlim': [['map', [['abc', 9]]], ['map', [['abcd', 9]]],
             ['map', [['abc', 10]]], ['map', [['abc', -1]]]],
    'fixed': ['x'], 'sfixed': [['set', [1, 2]]], 'gone': [5],
}


def limits():
    """Insert, update and mutation of each bounded column."""
    made = {}
    for name, tries in LIMIT_TRIES.items():
        made['limit insert ' + name] = [
            [insert('Lim', {**LIMIT_ROW, name: value})] for value in tries]
        made['limit update ' + name] = [[insert('Lim', LIMIT_ROW)]] + [
            [update('Lim', [], {name: value})] for value in tries]
        made['limit where ' + name] = [[insert('Lim', LIMIT_ROW)]] + [
            [select('Lim', [[name, fn, value]], columns=['name'])]
            for value in tries for fn in ('==', 'includes', 'excludes', '>')]
        made['limit mutate ' + name] = [[insert('Lim', LIMIT_ROW)]] + [
            [mutate('Lim', [], [name, mutator, value])]
            for value in tries
            for mutator in ('+=', '-=', '*=', 'insert', 'delete')
            if mutator != '*=' or value != 0]
    return made


SELECTS = {
    'select all': [[select('Wk')], [insert('Wk', {'n': 1})], [select('Wk')]],
    'select columns': [
        [insert('Wk', {'n': 1})], [select('Wk', columns=[])],
        [select('Wk', columns=['n'])], [select('Wk', columns=['_uuid', 'n'])],
        [select('Wk', columns=['n', 'n'])], [select('Wk', columns=['x'])],
        [select('Wk', columns='n')], [select('Wk', columns=[5])],
        [select('Wk', columns={})]],
    'select members': [
        [{'op': 'select', 'table': 'Wk'}], [{'op': 'select', 'where': []}],
        [select('Wk', extra=1)], [select('Nope')],
        [{'op': 'select', 'table': 'Wk', 'where': {}}]],
    'where malformed': [
        [{'op': 'select', 'table': 'Wk', 'where': [clause]}]
        for clause in (5, 'n', [], ['n'], ['n', '=='], ['n', '==', 1, 2],
                       [5, '==', 1], ['n', 5, 1], ['x', '==', 1],
                       ['n', '=', 1], ['n', 'IN', 1], {}, None)],
    'where boolean': [
        [insert('Wk', {'n': 1})], [select('Wk', [True])],
        [select('Wk', [False])], [select('Wk', [True, ['n', '==', 1]])],
        [select('Wk', [['n', '==', 1], False])]],
    'where several': [
        [insert('Idx', {'a': str(i), 'b': i, 'd': i % 3}) for i in range(9)],
        [select('Idx', [['b', '>', 2], ['d', '==', 1]], columns=['a'])],
        [select('Idx', [['b', '>=', 2], ['b', '<', 5]], columns=['a'])],
        [select('Idx', [['a', '==', '3'], ['a', '==', '4']], columns=['a'])],
        [select('Idx', [['a', '!=', '3'], ['b', '!=', 4]], columns=['a'])]],
    'where uuid': [
        [insert('Wk', {'n': 3}, uuid=A_UUID)],
        [select('Wk', [['_uuid', fn, ['uuid', A_UUID]]], columns=['n'])
         for fn in ('==', '!=', 'includes', 'excludes')],
        [select('Wk', [['_uuid', '<', ['uuid', A_UUID]]])],
        [select('Wk', [['_uuid', '==', 'x']])],
        [select('Wk', [['_uuid', '==', ['set', []]]])],
        [select('Wk', [['_version', '==', NIL]])]],
    'where named': [
        [insert('Wk', {'n': 3}, **{'uuid-name': 'w'}),
         select('Wk', [['_uuid', '==', named('w')]], columns=['n']),
         update('Wk', [['_uuid', '==', named('w')]], {'n': 4})],
        [select('Wk', columns=['n'])],
        [select('Wk', [['_uuid', '==', named('nobody')]])]],
    'select sees own changes': [
        [insert('Wk', {'n': 1}), select('Wk', columns=['n']),
         update('Wk', [], {'n': 2}), select('Wk', columns=['n']),
         delete('Wk'), select('Wk')]],
}

UPDATES = {
    'update none': [[update('Wk', [], {'n': 1})]],
    'update many': [[insert('Wk', {'n': i}) for i in range(5)],
                    [update('Wk', [['n', '>', 1]], {'n': 0})],
                    [select('Wk', columns=['n'])]],
    'update empty row': [[insert('Wk', {})], [update('Wk', [], {})]],
    'update same': [[insert('Wk', {'n': 4})], [update('Wk', [], {'n': 4})]],
    'update std columns': [[insert('Wk', {})],
                           [update('Wk', [], {'_uuid': U1})],
                           [update('Wk', [], {'_version': U1})]],
    'update unknown': [[update('Wk', [], {'zz': 1})],
                       [update('Nope', [], {})]],
    'update members': [
        [{'op': 'update', 'table': 'Wk', 'where': []}],
        [{'op': 'update', 'table': 'Wk', 'row': {}}],
        [{'op': 'update', 'where': [], 'row': {}}],
        [{**update('Wk', [], {}), 'extra': 1}], [update('Wk', [], [])],
        [update('Wk', None, {})]],
    'update immutable': [[insert('Lim', LIMIT_ROW)],
                         [update('Lim', [], {'fixed': 'x'})],
                         [update('Lim', [], {'fixed': ''})],
                         [update('Lim', [], {'sfixed': 5})]],
    'update to a reference that is not there': [
        [insert('Ref', {'name': 'r'})], [update('Ref', [], {'one': U1})],
        [update('Ref', [], {'weak': U1})], [select('Ref')]],
    'update bad then good column': [
        [insert('Wk', {})], [update('Wk', [], {'n': 'x', 'zz': 1})]],
    'delete': [[insert('Wk', {'n': i}) for i in range(4)],
               [delete('Wk', [['n', '<', 2]])], [delete('Wk')],
               [delete('Wk')], [delete('Nope')],
               [{'op': 'delete', 'table': 'Wk'}],
               [{**delete('Wk'), 'row': {}}]],
}

MUTATIONS = {
    'mutate several': [
        [insert('Wk', {'n': 3})],
        [mutate('Wk', [], ['n', '+=', 4], ['n', '*=', 2], ['n', '-=', 1],
                ['n', '/=', 2], ['n', '%=', 4])],
        [select('Wk', columns=['n'])], [mutate('Wk', [])]],
    'mutate malformed': [[insert('Wk', {'n': 1})]] + [
        [mutate('Wk', [], one)]
        for one in (5, [], ['n'], ['n', '+='], ['n', '+=', 1, 1],
                    [5, '+=', 1], ['n', 5, 1], ['x', '+=', 1],
                    ['n', '=', 1], ['n', '+=', 'x'], ['n', '+=', 1.5],
                    ['n', '+=', ['set', [1]]], ['n', '+=', ['set', []]],
                    ['n', '+=', ['set', [1, 2]]], {}, None,
                    ['_uuid', '+=', 1], ['_version', 'insert', U1])] + [
        [{**mutate('Wk', []), 'mutations': {}}],
        [{'op': 'mutate', 'table': 'Wk', 'where': []}],
        [{'op': 'mutate', 'table': 'Wk', 'mutations': []}]],
    'mutate range': [
        [insert('Wk', {'n': (1 << 63) - 1})], [mutate('Wk', [],
                                                      ['n', '+=', 1])],
        [mutate('Wk', [], ['n', '*=', 2])], [mutate('Wk', [],
                                                    ['n', '-=', -1])],
        [mutate('Wk', [], ['n', '/=', 0])], [mutate('Wk', [],
                                                    ['n', '%=', 0])],
        [update('Wk', [], {'n': -(1 << 63)})],
        [mutate('Wk', [], ['n', '-=', 1])], [mutate('Wk', [],
                                                    ['n', '/=', -1])],
        [mutate('Wk', [], ['n', '%=', -1])],
        [mutate('Wk', [], ['n', '*=', -1])], [select('Wk', columns=['n'])]],
    'mutate by zero': [
        [insert('Zoo', {'i': 5, 'oi': 5, 'si': 5})],
        [mutate('Zoo', [], ['i', '*=', 0], ['oi', '*=', 0], ['si', '*=', 0])],
        [select('Zoo', columns=['i', 'oi', 'si'])]],
    'mutate sign of division': [
        step for x in (7, -7) for y in (2, -2)
        for step in ([insert('Wk', {'n': x})],
                     [mutate('Wk', [], ['n', '/=', y])],
                     [select('Wk', columns=['n'])], [update('Wk', [],
                                                            {'n': x})],
                     [mutate('Wk', [], ['n', '%=', y])],
                     [select('Wk', columns=['n'])], [delete('Wk')])],
    'mutate real range': [
        [insert('Zoo', {'r': 1e308})], [mutate('Zoo', [], ['r', '*=', 10])],
        [mutate('Zoo', [], ['r', '+=', 1e308])],
        [mutate('Zoo', [], ['r', '/=', 0])],
        [mutate('Zoo', [], ['r', '/=', 0.0])],
        [mutate('Zoo', [], ['r', '-=', -1e308])],
        [mutate('Zoo', [], ['r', '/=', 1e-10])],
        [mutate('Zoo', [], ['r', '%=', 2])],
        [update('Zoo', [], {'r': 1e-300})],
        [mutate('Zoo', [], ['r', '*=', 1e-300])],
        [select('Zoo', columns=['r'])]],
    'mutate sets of numbers': [
        [insert('Zoo', {'si': ['set', [1, 2, 3]], 'sr': ['set', [1, 2.5]]})],
        [mutate('Zoo', [], ['si', '*=', 2], ['sr', '/=', 2])],
        [select('Zoo', columns=['si', 'sr'])],
        [mutate('Zoo', [], ['si', '/=', 100])],
        [mutate('Zoo', [], ['si', '%=', 2])],
        [mutate('Zoo', [], ['si', '+=', (1 << 63) - 5])]],
    'mutate until unbound': [
        [insert('Lim', LIMIT_ROW)],
        [mutate('Lim', [], ['i13', 'insert', ['set', [5, 6]]])],
        [mutate('Lim', [], ['i13', 'insert', ['set', [7]]],
                ['i13', 'delete', ['set', [5]]])],
        [mutate('Lim', [], ['i13', 'delete', ['set', [5]]],
                ['i13', 'insert', ['set', [7]]])],
        [mutate('Lim', [], ['i13', 'delete', ['set', [0, 6, 7]]])],
        [select('Lim', columns=['i13'])]],
    'mutate map insert keeps': [
        [insert('Zoo', {'mss': ['map', [['a', '1']]]})],
        [mutate('Zoo', [], ['mss', 'insert', ['map', [['a', '2'],
                                                      ['b', '3']]]])],
        [select('Zoo', columns=['mss'])],
        [mutate('Zoo', [], ['mss', 'delete', ['map', [['a', '2']]]])],
        [mutate('Zoo', [], ['mss', 'delete', ['map', [['a', '1']]]])],
        [mutate('Zoo', [], ['mss', 'delete', 'b'])],
        [select('Zoo', columns=['mss'])]],
    'mutate references': [
        [insert('Ref', {'name': 'r'})],
        [kid('k', 1), mutate('Ref', [], ['kids', 'insert', named('k')])],
        [select('Kid', columns=['n'])],
        [mutate('Ref', [], ['kids', 'insert', U1])],
        [mutate('Ref', [], ['kids', 'delete', U1])],
        [mutate('Ref', [], ['weak', 'insert', U1])], [select('Ref')],
        [update('Ref', [], {'kids': ['set', []]})], [select('Kid')]],
    'mutate own name': [
        [insert('Ref', {'name': 'r'}, **{'uuid-name': 'r'}),
         mutate('Ref', [], ['self', 'insert', named('r')])],
        [select('Ref', columns=['self'])]],
}

REFERENCES = {
    'strong keeps': [
        [insert('Strong', {'name': 's', 'to': named('w')}),
         insert('Wk', {'n': 1}, **{'uuid-name': 'w'})],
        [delete('Wk')], [delete('Strong'), delete('Wk')], [select('Wk')]],
    'strong must point': [[insert('Strong', {'name': 's'})],
                          [insert('Strong', {'to': U1})],
                          [insert('Strong', {'to': ['set', []]})]],
    'garbage goes': [
        [kid('a', 1), kid('b', 2, next=named('a')),
         insert('Ref', {'one': named('b')})],
        [select('Kid', columns=['n'])], [update('Ref', [], {
            'one': ['set', []]})], [select('Kid')]],
    'garbage ring': [
        [kid('a', 1, next=named('b')), kid('b', 2, next=named('a'))],
        [select('Kid', columns=['n'])],
        [kid('a', 1, next=named('b')), kid('b', 2, next=named('a')),
         insert('Ref', {'one': named('a')})],
        [select('Kid', columns=['n'])], [delete('Ref')],
        [select('Kid', columns=['n'])]],
    'garbage self': [[kid('a', 9, next=named('a'))],
                     [select('Kid', columns=['n'])]],
    'garbage two holders': [
        [kid('a', 1), insert('Ref', {'name': 'x', 'one': named('a')}),
         insert('Ref', {'name': 'y', 'mv': ['map', [['k', named('a')]]]})],
        [delete('Ref', [['name', '==', 'x']])],
        [select('Kid', columns=['n'])],
        [mutate('Ref', [], ['mv', 'delete', 'k'])], [select('Kid')]],
    'garbage in maps': [
        [kid('a', 1), kid('b', 2), insert('Ref', {
            'name': 'x', 'mk': ['map', [[named('a'), 'v']]],
            'mv': ['map', [['k', named('b')]]]})],
        [select('Kid', columns=['n'])],
        [update('Ref', [], {'mk': ['map', []]})],
        [select('Kid', columns=['n'])],
        [update('Ref', [], {'mv': ['map', []]})], [select('Kid')]],
    'weak goes': [
        [insert('Wk', {'n': 1}, **{'uuid-name': 'a'}),
         insert('Wk', {'n': 2}, **{'uuid-name': 'b'}),
         insert('Ref', {'name': 'x', 'w1': ['set', [named('a'),
                                                    named('b')]]})],
        [delete('Wk', [['n', '==', 1]])], [select('Ref')], [delete('Wk')],
        [select('Ref')]],
    'weak at once': [
        [insert('Wk', {'n': 1}, **{'uuid-name': 'a'}),
         insert('Ref', {'w1': named('a')}), delete('Wk'),
         select('Ref', columns=['w1'])], [select('Ref', columns=['w1'])]],
    'weak in maps': [
        [kid('a', 1), kid('b', 2),
         insert('Ref', {'name': 'x', 'kids': ['set', [named('a'),
                                                      named('b')]],
                        'wmk': ['map', [[named('a'), 'v'],
                                        [named('b'), 'w']]],
                        'wmv': ['map', [['p', named('a')],
                                        ['q', named('b')]]]})],
        [select('Ref')], [update('Ref', [], {'kids': ['set', []]})],
        [select('Ref')], [select('Kid')]],
    'weak to garbage': [
        [kid('a', 1), insert('Ref', {'name': 'x', 'weak': named('a'),
                                     'oweak': named('a')})],
        [select('Ref')], [select('Kid')]],
    'weak needed': [
        [insert('Need', {'name': 'x'})], [insert('Need', {'kid': U1})],
        [insert('Need', {'name': 'x', 'kid': named('a')}),
         insert('Wk', {'n': 1}, **{'uuid-name': 'a'})],
        [delete('Wk')], [select('Wk', columns=['n'])],
        [delete('Wk'), delete('Need')], [select('Wk')]],
    'weak needed, one of two': [
        [insert('Need', {'kid': ['set', [named('a'), named('b')]]}),
         insert('Wk', {'n': 1}, **{'uuid-name': 'a'}),
         insert('Wk', {'n': 2}, **{'uuid-name': 'b'})],
        [delete('Wk', [['n', '==', 1]])],
        [delete('Wk', [['n', '==', 2]])], [select('Need')]],
    'delete what one still refers to, then let go': [
        [insert('Strong', {'to': named('w')}),
         insert('Wk', {'n': 1}, **{'uuid-name': 'w'})],
        [delete('Wk'), insert('Wk', {'n': 2}, **{'uuid-name': 'v'}),
         update('Strong', [], {'to': named('v')})],
        [select('Wk', columns=['n'])]],
    'back and forth': [
        [insert('Ref', {'name': 'r', 'kids': named('k')},
                **{'uuid-name': 'r'}), kid('k', 1, back=named('r'))],
        [select('Kid')], [delete('Ref')], [select('Kid')]],
    'garbage chain': [
        [kid(f'k{i}', i, **({'next': named(f'k{i + 1}')} if i < 99 else {}))
         for i in range(100)] + [insert('Ref', {'one': named('k0')})],
        [select('Kid', columns=['n'])],
        [update('Ref', [], {'one': ['set', []]})], [select('Kid')]],
    'insert and delete at once': [
        [insert('Wk', {'n': 1}), delete('Wk')], [select('Wk')],
        [insert('Wk', {'n': 1}, **{'uuid-name': 'w'}),
         insert('Strong', {'to': named('w')}), delete('Wk')]],
}

INDEXES = {
    'index duplicate': [
        [insert('Idx', {'a': 'x', 'b': 1})], [insert('Idx', {'a': 'x',
                                                             'b': 2})],
        [insert('Idx', {'a': 'y', 'b': 1})],
        [insert('Idx', {'a': 'y', 'b': 1, 'c': 'z'})],
        [insert('Idx', {'a': 'v', 'b': 1, 'c': ['set', ['q', 'z']]})],
        [insert('Idx', {'a': 'w', 'b': 1, 'c': ['set', ['z', 'q']]})],
        [update('Idx', [], {'a': 'x'})],
        [update('Idx', [['a', '==', 'y']], {'c': ['set', []]})]],
    'index duplicate at once': [
        [insert('Idx', {'a': 'x', 'b': 1}), insert('Idx', {'a': 'x',
                                                           'b': 2})]],
    'index swap': [
        [insert('Idx', {'a': 'x', 'b': 1, 'd': 1}),
         insert('Idx', {'a': 'y', 'b': 2, 'd': 2})],
        [update('Idx', [['d', '==', 1]], {'a': 'y'}),
         update('Idx', [['d', '==', 2]], {'a': 'x'})],
        [select('Idx', columns=['a', 'd'])]],
    'index replace': [
        [insert('Idx', {'a': 'x', 'b': 1, 'd': 1})],
        [delete('Idx'), insert('Idx', {'a': 'x', 'b': 1, 'd': 2})],
        [select('Idx', columns=['a', 'd'])]],
    'index passes for a moment': [
        [insert('Idx', {'a': 'x', 'b': 1}),
         insert('Idx', {'a': 'x', 'b': 2}),
         update('Idx', [['b', '==', 2]], {'a': 'z'})],
        [select('Idx', columns=['a', 'b'])]],
    'maxRows': [
        [insert('One', {'n': 1})], [insert('One', {'n': 2})],
        [delete('One'), insert('One', {'n': 3})],
        [select('One', columns=['n'])],
        [insert('One', {'n': 4}), delete('One', [['n', '==', 3]])],
        [insert('Two', {}), insert('Two', {}), insert('Two', {})],
        [insert('Two', {}), insert('Two', {})], [insert('Two', {})]],
}

WAITS = {
    'wait equal': [
        [insert('Wk', {'n': 1}), insert('Wk', {'n': 2})],
        [wait('Wk', [{'n': 1}, {'n': 2}])], [wait('Wk', [{'n': 2},
                                                         {'n': 1}])],
        [wait('Wk', [{'n': 1}])], [wait('Wk', [])],
        [wait('Wk', [{'n': 1}, {'n': 2}, {'n': 2}])],
        [wait('Wk', [{'n': 1}], until='!=')],
        [wait('Wk', [{'n': 1}, {'n': 2}], until='!=')],
        [wait('Wk', [{'n': 2}], where=[['n', '>', 1]])],
        [wait('Wk', [{'n': 3}], where=[['n', '>', 1]])],
        [wait('Wk', [{}], columns=[])], [wait('Wk', [], columns=[])],
        [wait('Wk', [{}, {}], columns=[])],
        [wait('Wk', [{}])], [wait('Wk', [{'n': 1, 'zz': 1}])]],
    'wait twice the same row': [
        [insert('Wk', {'n': 1}), insert('Wk', {'n': 1})],
        [wait('Wk', [{'n': 1}])], [wait('Wk', [{'n': 1}, {'n': 1}])]],
    'wait default': [[insert('Wk', {})], [wait('Wk', [{}])],
                     [wait('Wk', [{'n': 0}])]],
    'wait more columns': [
        [insert('Idx', {'a': 'x', 'b': 1, 'c': ['set', ['p', 'q']]})],
        [wait('Idx', [{'a': 'x', 'c': ['set', ['q', 'p']]}],
              columns=['a', 'c'])],
        [wait('Idx', [{'a': 'x'}], columns=['a', 'c'])],
        [wait('Idx', [{'a': 'x', 'b': 9}], columns=['a'])],
        [{k: v for k, v in wait('Idx', [{'a': 'x', 'b': 1}]).items()
          if k != 'columns'}]],
    'wait malformed': [
        [wait('Wk', 5)], [wait('Wk', [5])], [wait('Wk', [{'n': 'x'}])],
        [wait('Wk', [], until='=')], [wait('Wk', [], until=5)],
        [wait('Wk', [], timeout=-1)], [wait('Wk', [], timeout='x')],
        [wait('Wk', [], timeout=1.5)], [wait('Wk', [], timeout=None)],
        [wait('Nope', [])], [wait('Wk', [], where=5)],
        [wait('Wk', [], columns=['x'])], [wait('Wk', [], columns=5)],
        [wait('Wk', [], extra=5)],
        [{k: v for k, v in wait('Wk', []).items() if k != 'rows'}],
        [{k: v for k, v in wait('Wk', []).items() if k != 'until'}],
        [{k: v for k, v in wait('Wk', []).items() if k != 'where'}]],
    'wait in a row': [
        [insert('Wk', {'n': 1}), wait('Wk', [{'n': 1}]),
         update('Wk', [], {'n': 2}), wait('Wk', [{'n': 2}]),
         wait('Wk', [{'n': 1}]), insert('Wk', {'n': 9})],
        [select('Wk')]],
    'wait short': [[wait('Wk', [{'n': 1}], timeout=30)],
                   [wait('Wk', [], until='!=', timeout=30)]],
}

OTHERS = {
    'commit': [[insert('Wk', {}), {'op': 'commit', 'durable': True}],
               [insert('Wk', {}), {'op': 'commit', 'durable': False}],
               [{'op': 'commit', 'durable': True}], [{'op': 'commit'}],
               [{'op': 'commit', 'durable': 5}],
               [{'op': 'commit', 'durable': True, 'x': 1}]],
    'abort': [[insert('Wk', {}), {'op': 'abort'}, insert('Wk', {})],
              [select('Wk')], [{'op': 'abort', 'x': 1}]],
    'comment': [[{'op': 'comment', 'comment': 'one'}],
                [{'op': 'comment', 'comment': 'a\nb \u00e4 "'},
                 {'op': 'comment', 'comment': ''}, insert('Wk', {})],
                [{'op': 'comment'}], [{'op': 'comment', 'comment': 5}]],
    'assert': [[{'op': 'assert', 'lock': 'l'}], [{'op': 'assert'}],
               [{'op': 'assert', 'lock': 5}],
               [{'op': 'assert', 'lock': '1 x'}],
               {'method': 'lock', 'params': ['l']},
               [{'op': 'assert', 'lock': 'l'}, insert('Wk', {})],
               [{'op': 'assert', 'lock': 'm'}, insert('Wk', {})],
               {'method': 'unlock', 'params': ['l']},
               [{'op': 'assert', 'lock': 'l'}]],
    'unknown operation': [
        [{'op': 'nope'}], [{'op': 5}], [{}], [5], ['x'], [None], [[]],
        [insert('Wk', {}), {'op': 'nope'}, insert('Wk', {})],
        [{'op': 'Insert', 'table': 'Wk', 'row': {}}], [{'op': ''}]],
    'stops at the first error': [
        [insert('Wk', {'n': 1}), insert('Wk', {'x': 1}),
         insert('Wk', {'n': 2}), insert('Nope', {})], [select('Wk')]],
    'no operations': [[]],
    'text': [
        [insert('Idx', {'a': text, 'b': i})]
        for i, text in enumerate(['\u00e4\u00f6\u00fc', '\u20ac',
                                  '\U0001f600', '\u007f\u0080',
                                  '"\\/\b\f\n\r\t', ' ', '\ufffd',
                                  'x' * 10000])]
        + [[select('Idx', columns=['a', 'b'])]],
    'numbers': [
        [insert('Zoo', {'i': i, 'r': r})]
        for i, r in [((1 << 63) - 1, 1e308), (-(1 << 63), -1e308),
                     (1, 0.1), (2, 1 / 3), (3, 1e15),
                     (4, 123456789012345678), (5, 1e22), (6, 1e-7)]]
        + [[select('Zoo', columns=['i', 'r'])]],
    'numbers too big': [
        [insert('Zoo', {'i': 1 << 63})], [insert('Zoo', {'i': 1e3})],
        [insert('Zoo', {'i': 1e30})], [insert('Zoo', {'r': 1 << 70})],
        [insert('Zoo', {'i': -(1 << 63) - 1})], [insert('Zoo', {'i': 2.0})],
        [insert('Zoo', {'i': -0.0, 'r': -0.0})],
        [select('Zoo', columns=['i', 'r'])]],
}

METHODS = {
    'list_dbs': [{'method': 'list_dbs', 'params': []},
                 {'method': 'list_dbs', 'params': [5]},
                 {'method': 'list_dbs', 'params': {}}],
    'get_schema': [{'method': 'get_schema', 'params': p} for p in
                   (['D'], [], ['X'], [5], ['D', 'D'], {}, [None])],
    'echo': [{'method': 'echo', 'params': p} for p in
             ([], [1, 'x', None, {'a': [1.5]}], {}, 5, 'x', None)],
    'transact params': [{'method': 'transact', 'params': p} for p in
                        ([], ['X'], [5], {}, ['D'], [None], 'D', 5)],
    'unknown method': [{'method': 'nope', 'params': []},
                       {'method': '', 'params': []}],
    'locks': [{'method': m, 'params': p} for m, p in (
        ('lock', ['a']), ('lock', ['a']), ('steal', ['a']), ('unlock', ['a']),
        ('unlock', ['a']), ('lock', []), ('lock', [5]), ('lock', ['1x']),
        ('lock', ['a', 'b']), ('lock', {}), ('steal', ['b']),
        ('steal', ['b']), ('unlock', ['b']), ('steal', []), ('unlock', []),
        ('unlock', [5]), ('lock', ['']))],
    'get_server_id': [{'method': 'get_server_id', 'params': []},
                      {'method': 'get_server_id', 'params': [1]}],
    'set_db_change_aware': [
        {'method': 'set_db_change_aware', 'params': p}
        for p in ([True], [False], [], [5], [True, True], {})],
    'monitor params': [{'method': m, 'params': p} for m in (
        'monitor', 'monitor_cond') for p in (
        [], ['X', 'm', {}], ['D', 'm', []],
        ['D', 'm', {'Nope': {}}], ['D', 'm1', {'Wk': 5}],
        ['D', 'm2', {'Wk': {'columns': ['x']}}],
        ['D', 'm3', {'Wk': {'columns': 5}}],
        ['D', 'm4', {'Wk': {'select': 5}}],
        ['D', 'm5', {'Wk': {'select': {'initial': 5}}}],
        ['D', 'm6', {'Wk': {'select': {'nope': True}}}],
        ['D', 'm7', {'Wk': {'x': 1}}],
        ['D', 'm8', {'Wk': [{'columns': ['n']}, {'columns': ['n']}]}],
        ['D', 'm9', {'Wk': {'columns': ['n', 'n']}}],
        ['D', 'ma', {'Wk': [{'columns': ['n'], 'where': 5}]}],
        ['D', 'mb', {'Wk': [{'columns': ['n'], 'where': [['x', '==', 1]]}]}],
        ['D', 'mc', {'Wk': [{'where': [['n', '==', 'x']]}]}],
        ['D', 'md', {'Wk': {'columns': [5]}}],
        ['D', 'me', {'Wk': []}], ['D', 'mf', {}])],
    'monitor of nothing': [{'method': m, 'params': p}
                           for m in ('monitor', 'monitor_cond')
                           for p in (['D'], ['D', 'm'])],
    'monitor twice': [{'method': 'monitor', 'params': ['D', 'q', {'Wk': {}}]},
                      {'method': 'monitor', 'params': ['D', 'q', {'Wk': {}}]},
                      {'method': 'monitor_cancel', 'params': ['q']},
                      {'method': 'monitor_cancel', 'params': ['q']},
                      {'method': 'monitor_cancel', 'params': []},
                      {'method': 'monitor_cancel', 'params': ['q', 1]}],
    'monitor_cond_change': [
        {'method': 'monitor_cond', 'params': ['D', 'q', {'Wk': [
            {'columns': ['n'], 'where': [['n', '>', 5]]}]}]}] + [
        {'method': 'monitor_cond_change', 'params': p} for p in (
            [], ['q'], ['q', 'r'], ['q', 'r', 5],
            ['nope', 'r', {}], ['q', 'r', {'Nope': []}],
            ['q', 'q', {'Wk': [{'where': [['x', '==', 1]]}]}],
            ['q', 'q', {'Wk': [{'where': 5}]}],
            ['q', 'q', {'Wk': {'where': [False]}}],
            ['q', 'q', {'Zoo': [{'where': [False]}]}])] + [
        {'method': 'monitor_cancel', 'params': ['q']}],
    'monitor_cond_since': [
        {'method': 'monitor_cond_since', 'params': p} for p in (
            [], ['D', 'm', {'Wk': []}], ['D', 'm', {'Wk': []}, 5],
            ['D', 'm', {'Wk': []}, 'x'])],
    'convert': [{'method': 'convert', 'params': p} for p in (
        [], ['D'], ['X', {}], ['D', 5], ['D', {}],
        ['D', {'name': 'E', 'version': '1.0.0', 'tables': {}}],
        ['D', {'name': 'D', 'version': 'x', 'tables': {}}])],
}

# One request as bytes; the answer may be one reply or the end of the
# connection.
RAW = {
    'raw ' + text[:40]: text for text in (
        '{"method":"echo","params":["\\ud83d\\ude00"],"id":1}',
        '{"method":"echo","params":["\\ud83d"],"id":1}',
        '{"method":"echo","params":["a\\u0000b"],"id":1}',
        '{"method":"echo","params":["\\u0001"],"id":1}',
        '{"method":"echo","params":["\x01"],"id":1}',
        '{"method":"echo","params":["\n"],"id":1}',
        '{"method":"echo","params":["\\x"],"id":1}',
        '{"method":"echo","params":["\udcff"],"id":1}',
        '{"method":"echo","params":["\udcc0\udc80"],"id":1}',
        '{"method":"echo","params":["\udced\udca0\udc80"],"id":1}',
        '{"method":"echo","params":[1],"id":1,"id":2}',
        '{"method":"echo","params":[{"a":1,"a":2}],"id":1}',
        '{"method":"echo","params":[],"id":"text"}',
        '{"method":"echo","params":[],"id":[1,{"a":2}]}',
        '{"method":"echo","params":[],"id":null}{"method":"echo","id":9,'
        '"params":[]}',
        '{"method":"echo","params":[]}{"method":"echo","id":9,"params":[]}',
        '{"method":"echo","id":1}', '{"method":5,"params":[],"id":1}',
        '{"method":"echo","params":[],"id":1,"extra":5}',
        '{"id":1}', '{}', '[]', '5', '"x"', 'null', 'x', '}', '{"a"',
        '{"method":"echo","params":[1.0,1e3,1e400,-0],"id":1}',
        '{"method":"echo","params":[1.0,1e3,-0,-0.0,0.1e1],"id":1}',
        '{"method":"echo","params":[01],"id":1}',
        '{"method":"echo","params":[+1],"id":1}',
        '{"method":"echo","params":[.5],"id":1}',
        '{"method":"echo","params":[1.],"id":1}',
        '{"method":"echo","params":[9223372036854775807,'
        '-9223372036854775808],"id":1}',
        '{"method":"echo","params":[9223372036854775808,'
        '18446744073709551616],"id":1}',
        '{"method":"echo","params":[NaN],"id":1}',
        '{"method":"echo","params":[1,],"id":1}',
        '{"method":"echo","params":[],"id":1,}',
        '{"method":"echo","params":[true,false,null],"id":1}',
        '{"method":"echo","params":[TRUE],"id":1}',
        "{'method':'echo','params':[],'id':1}",
        '// c\n{"method":"echo","params":[],"id":1}',
        '\ufeff{"method":"echo","params":[],"id":1}',
        ' \t\r\n{"method":"echo","params":[],"id":1}',
        '{"method":"echo","params":[],"id":1}\n\n{"method":"echo",'
        '"params":[2],"id":2}',
        '{"result":1,"error":null,"id":1}{"method":"echo","params":[],'
        '"id":1}',
        '{"method":"cancel","params":[5],"id":null}{"method":"echo",'
        '"params":[],"id":1}',
        '{"method":"cancel","params":[5],"id":3}',
        '{"method":"cancel","params":[],"id":null}{"method":"echo",'
        '"params":[],"id":1}',
        '{"method":"transact","params":["D",{"op":"insert","table":"Wk",'
        '"row":{"n":1,"n":2}}],"id":1}',
        '{"method":"transact","params":["D",{"op":"insert","op":"delete",'
        '"table":"Wk","row":{}}],"id":1}',
        '{"method":"transact","params":["D",{"op":"insert","table":"Idx",'
        '"row":{"a":"x\\u0000y"}}],"id":1}',
        '{"method":"transact","params":["D",{"op":"insert","table":"W\\u0000",'
        '"row":{}}],"id":1}',
        '{"method":"transact","params":["D",{"op":"wait","table":"Wk",'
        '"where":[],"columns":["n"],"until":"==","rows":[{"n":77}]}],"id":5}'
        '{"method":"cancel","params":[5],"id":null}',
    )}


def wrong_values():
    """Every malformed value in every operation that takes one."""
    made = {}
    columns = ('i', 'r', 'b', 's', 'u', 'oi', 'si', 'ss', 'su', 'mss', 'mis')
    for name in columns:
        made['wrong value ' + name] = [
            step for value in WRONG for step in (
                [insert('Zoo', {name: value})],
                [select('Zoo', [[name, '==', value]], columns=[name])],
                [select('Zoo', [[name, 'includes', value]],
                        columns=[name])],
                [mutate('Zoo', [], [name, 'insert', value])],
                [mutate('Zoo', [], [name, 'delete', value])])]
    return made


BY_HAND = {**INSERTS, **limits(), **SELECTS, **UPDATES, **MUTATIONS,
           **REFERENCES, **INDEXES, **WAITS, **OTHERS, **METHODS,
           **wrong_values()}
