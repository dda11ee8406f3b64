# SPDX-License-Identifier: Apache-2.0
"""ovsdb-tool beside Debian's: the same words on the same files, in a folder
of its own each, must print the same, exit the same and leave the same files.

A line of the tables below is one case; ';;' stands between commands that run
after each other in the same folder, and a '\\' at the end goes on below."""
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess

import pytest
from ovsdb import OURS, PEER, SCHEMA, VSWITCH_SCHEMA, Server, insert, run

pytestmark = pytest.mark.skipif(not shutil.which(PEER['tool']),
                                reason="Debian's openvswitch is needed")
UUID = r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
ROW = 'aaaaaaaa-0000-4000-8000-00000000000%d'


def frame(record, magic='JSON'):
    text = (record if isinstance(record, str) else json.dumps(
        record, separators=(',', ':'), ensure_ascii=False)) + '\n'
    data = text.encode()
    return b'OVSDB %s %d %s\n%s' % (
        magic.encode(), len(data), hashlib.sha1(data).hexdigest().encode(),
        data)


def log(*records):
    return b''.join(frame(record) for record in records)


TYPES = {
    'name': 'Types', 'version': '3.2.1', 'cksum': '1 2', 'tables': {
        'V': {'isRoot': True, 'maxRows': 50, 'columns': {
            'name': {'type': 'string'},
            'i': {'type': {'key': {'type': 'integer', 'minInteger': -5,
                                   'maxInteger': 5}}},
            'r': {'type': 'real'}, 'b': {'type': 'boolean'},
            'u': {'type': 'uuid'},
            'e': {'type': {'key': {'type': 'string', 'enum': [
                'set', ['red', 'green', 'blue']]}, 'min': 0, 'max': 2}},
            'o': {'type': {'key': 'integer', 'min': 0, 'max': 1}},
            'im': {'type': {'key': 'integer', 'value': 'real', 'min': 0,
                            'max': 'unlimited'}},
            'fix': {'type': 'string', 'mutable': False},
            'eph': {'type': 'string', 'ephemeral': True},
            'len': {'type': {'key': {'type': 'string', 'minLength': 0,
                                     'maxLength': 3}}}}}}}
ROLES = {
    'name': 'R', 'version': '1.0.0', 'tables': {
        'RBAC_Role': {'isRoot': True, 'columns': {
            'name': {'type': 'string'},
            'permissions': {'type': {
                'key': 'string', 'value': {'type': 'uuid',
                                           'refTable': 'RBAC_Permission'},
                'min': 0, 'max': 'unlimited'}}}},
        'RBAC_Permission': {'columns': {
            'table': {'type': 'string'}, 'insert_delete': {'type': 'boolean'},
            'authorization': {'type': {'key': 'string', 'min': 0,
                                       'max': 'unlimited'}},
            'update': {'type': {'key': 'string', 'min': 0,
                                'max': 'unlimited'}}}},
        'A': {'isRoot': True, 'columns': {'n': {'type': 'integer'}}}}}
CHANGED = json.loads(json.dumps(SCHEMA).replace('1.0.0', '2.0.0'))
CHANGED['tables']['A']['columns'].pop('s')
CHANGED['tables']['A']['columns']['fresh'] = {'type': 'integer'}
STRICT = json.loads(json.dumps(SCHEMA).replace('1.0.0', '3.0.0'))
STRICT['tables']['A']['columns']['n'] = {
    'type': {'key': {'type': 'integer', 'maxInteger': 0}}}
NO_VERSION = {'name': 'N', 'tables': {'X': {'columns': {
    'a': {'type': 'integer'}}}}}

RECORDS = [
    {'_date': 1700000000000, '_is_diff': True, '_comment': 'made\nin lines',
     'A': {ROW % 1: {'name': 'a', 'n': 5, 's': ['set', ['x', 'y z']],
                     'kids': ['uuid', ROW % 7]}}, 'K': {ROW % 7: {'n': 1}}},
    {'_date': 1700000001234, '_is_diff': True, '_comment': 'say "hi" \\ \u00e4',
     'A': {ROW % 1: {'m': ['map', [['k', 'v w'], ['l', '']]], 'n': 6,
                     's': ['set', ['x', 'true']]}}},
    {'_date': 1700000002000, '_is_diff': True,
     'A': {ROW % 2: {'name': 'b "q"', 'n': -3}}},
    {'_date': 1700000003000, '_is_diff': True,
     'A': {ROW % 2: None, ROW % 3: {}}},
    {'_date': 1700000004999, '_is_diff': True,
     'A': {ROW % 3: {'name': 'late'}}}]
ROLE_RECORD = {'_date': 1700000000000, '_is_diff': True, 'RBAC_Role': {
    ROW % 1: {'name': 'x', 'permissions': ['map', [['A', ['uuid', ROW % 2]]]]}
}, 'RBAC_Permission': {ROW % 2: {
    'table': 'A', 'authorization': '', 'insert_delete': True, 'update': 'n'}},
    'A': {ROW % 3: {'n': 1}}}
OLD = [{'_date': 1250000000, '_comment': 'seconds',
        'A': {ROW % 1: {'name': 'a', 's': ['set', ['p', 'q']]}}},
       {'_date': 1250000001, 'A': {ROW % 1: {'s': 'q', 'n': 9}}},
       {'A': {ROW % 1: {'n': 10}}}]


def files():
    good = log(SCHEMA, *RECORDS)
    twice = {'_date': 1, 'A': {ROW % 5: {'name': 'late'}}}
    return {
        's.json': json.dumps(SCHEMA), 's2.json': json.dumps(CHANGED),
        'strict.json': json.dumps(STRICT),
        'types.json': json.dumps(TYPES, indent=2),
        'nv.json': json.dumps(NO_VERSION),
        'cut.json': '{"name":"T"', 'part.json': '{"name":"T"}',
        'array.json': '[]', 'nothing.json': '',
        'badtype.json': json.dumps({'name': 'T', 'tables': {'X': {
            'columns': {'a': {'type': 'nonsense'}}}}}),
        'badref.json': json.dumps({'name': 'T', 'tables': {'X': {
            'columns': {'a': {'type': {'key': {
                'type': 'uuid', 'refTable': 'Y'}}}}}}}),
        'badname.json': json.dumps({'name': 'T', 'tables': {'_X': {
            'columns': {'a': {'type': 'integer'}}}}}),
        'badversion.json': json.dumps(dict(NO_VERSION, version='1.2')),
        't.db': good, 'one.db': log(SCHEMA), 'nv.db': log(NO_VERSION),
        'types.db': log(TYPES), 'old.db': log(SCHEMA, *OLD),
        'roles.db': log(ROLES, ROLE_RECORD),
        'empty.db': b'', 'text.db': b'hello\n',
        'badsum.db': good.replace(b'"late"', b'"lame"'),
        'tail.db': good + b'garbage\n',
        'orphan.db': log(SCHEMA, {'_date': 1, 'A': {ROW % 1: {
            'kids': ['uuid', ROW % 9]}}}),
        'twins.db': good + frame(twice),
        'table.db': log(SCHEMA, {'_date': 1, 'Q': {ROW % 1: {}}}),
        'column.db': log(SCHEMA, {'_date': 1, 'A': {ROW % 1: {'q': 1}}}),
        'type.db': log(SCHEMA, {'_date': 1, 'A': {ROW % 1: {'n': 'x'}}}),
        'gone.db': log(SCHEMA, {'_date': 1, 'A': {ROW % 1: None}}),
        'spaced.db': log(SCHEMA, '{"_date": 1700000000000,\n "A": {} }'),
    }


@pytest.fixture(scope='module')
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp('material')
    for name, content in files().items():
        (folder / name).write_bytes(
            content if isinstance(content, bytes) else content.encode())
    subprocess.run([PEER['tool'], 'create-cluster', 'cluster.db', 's.json',
                    'tcp:127.0.0.1:6641'], cwd=folder, check=True,
                   capture_output=True)
    return folder


def tidy(text):
    # How it was called.
    text = re.sub(r'^\S*/(?=ovsdb-tool: )', '', text, flags=re.M)
    text = re.sub(r'^\d{4}-\d\d-\d\dT[^|]*\|.*\n', '', text, flags=re.M)
    text = re.sub(r' 20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d\d', ' DATE', text)
    text = re.sub(r'(ed by ovsdb-tool) [\d.]+', r'\1', text)
    text = re.sub(rf'(?!aaaa){UUID}', 'UUID', text)
    return re.sub(r'\b(?!aaaaaaaa)[0-9a-f]{8}\b(?=[):])', 'SHORT', text)


def sort_lines(text):
    """Tables, rows and columns of a record come in any order."""
    return [sorted(block.split('\n')) for block in
            re.split(r'(?=^record )', text, flags=re.M)]


def play(make, material, folder, line, env):
    """What the commands print, and the files they leave."""
    shutil.copytree(material, folder)
    said = []
    for command in line.split(' ;; '):
        words = shlex.split(command)
        done = subprocess.run(
            [make['tool'], *words], cwd=folder, text=True, timeout=30,
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
            env=env)
        out = tidy(done.stdout)
        said.append((done.returncode, sort_lines(out)
                     if 'show-log' in words else out, tidy(done.stderr)))
    left = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith('~lock~') or (material / name).exists() and (
                folder / name).read_bytes() == (material / name).read_bytes():
            continue
        left[name] = contents(folder / name)
    shutil.rmtree(folder)
    return said, left


def contents(path):
    """A file's state as Debian's tool reads it."""
    if not path.read_bytes().startswith(b'OVSDB JSON'):
        return 'not a standalone database'
    schema = json.loads(path.read_bytes().split(b'\n')[1])
    done = run(PEER['tool'], 'query', str(path), json.dumps(
        [schema['name']] + [
            {'op': 'select', 'table': table, 'where': [],
             'columns': ['_uuid', *d['columns']]}
            for table, d in schema['tables'].items()]))
    log_text = run(PEER['tool'], 'show-log', str(path))
    return (schema, [sorted(tidy(json.dumps(row, sort_keys=True))
                            for row in result['rows'])
                     for result in json.loads(done)], tidy(log_text))


SAME = r"""
# Words.

nosuch
-m
-v
--more
compact a b c
convert a b c d
needs-conversion a b c
db-name a b
db-version a b
db-cksum a b
db-cid
db-cid a b
db-sid
db-sid a b
db-local-address
db-local-address a b
db-is-clustered
db-is-clustered a b
db-is-standalone
schema-name a b
schema-version a b
schema-cksum a b
compare-versions 1.2.3
compare-versions 1.2.3 <
compare-versions 1.2.3 < 1.2.3 x
query
query a b c
transact
transact a b c
show-log a b
check-cluster
show-log t.db --nope
show-log t.db -mz
--nope show-log t.db
show-log t.db --more=x
show-log t.db --rbac-role
create-cluster
create-cluster a b
create-cluster a b c d
join-cluster a b c
cluster-to-standalone a
cluster-to-standalone a b c

# Versions.
compare-versions 1.2.3 '<' 1.2.4
compare-versions 1.2.3 '<' 1.2.3
compare-versions 1.2.3 '<=' 1.2.3
compare-versions 1.10.3 '<' 1.9.3
compare-versions 1.2.3 == 1.2.3
compare-versions 1.2.3 == 1.2.4
compare-versions 1.2.3 '!=' 1.2.4
compare-versions 1.2.3 '!=' 1.2.3
compare-versions 2.0.0 '>' 1.99.99
compare-versions 2.0.0 '>' 2.0.0
compare-versions 1.2.3 = 1.2.3
compare-versions 1.2.3 '' 1.2.3
compare-versions 1.2 == 1.2.3
compare-versions 1.2.3 == 1.2
compare-versions 1.2.3 == x
compare-versions 1.2.3.4 == 1.2.3
compare-versions 1..3 == 1.2.3
compare-versions 01.2.3 == 1.2.3

# Facts about files and schemas.
db-name t.db
db-name nv.db
db-name types.db
db-version nv.db
db-cksum t.db
db-cksum types.db
db-cksum nv.db
db-name badsum.db
db-version tail.db
db-name orphan.db
schema-name s.json
schema-name types.json
schema-version s.json
schema-version nv.json
schema-cksum s.json
schema-cksum types.json
schema-name
schema-version
schema-cksum
db-is-standalone t.db
db-is-standalone old.db
db-is-standalone badsum.db
db-is-standalone cluster.db
db-is-standalone empty.db
db-is-standalone text.db
db-is-standalone s.json
db-is-standalone nosuch
db-is-clustered t.db
db-is-clustered cluster.db
db-is-clustered empty.db
db-is-clustered text.db
db-is-clustered nosuch

# Clusters: what a standalone file is answered.
db-cid t.db
db-sid t.db
db-local-address t.db
db-cid empty.db
db-sid text.db
db-local-address nosuch
check-cluster t.db
check-cluster nosuch
db-version cluster.db
db-cksum cluster.db
query cluster.db '["T"]'
transact cluster.db '["T"]'
compact cluster.db
convert cluster.db s.json
needs-conversion cluster.db s.json

# Making.
create new.db s.json ;; db-name new.db ;; show-log new.db
create new.db nv.json ;; db-version new.db
create new.db types.json ;; db-cksum new.db
create new.db
create t.db s.json
create new.db nosuch
create t.db/new.db s.json
create . s.json
create new.db s.json ;; create new.db s.json

# Comparing and converting.
needs-conversion t.db s.json
needs-conversion t.db s2.json
needs-conversion t.db types.json
needs-conversion nv.db nv.json
needs-conversion t.db nosuch
needs-conversion nosuch s.json
needs-conversion empty.db s.json
convert t.db s2.json ;; db-version t.db ;; show-log t.db
convert t.db s2.json new.db ;; db-version new.db ;; db-version t.db
convert t.db s.json ;; show-log t.db
convert old.db s2.json
convert empty.db s.json
convert t.db s2.json ;; convert t.db s.json

# Compacting.
compact t.db ;; show-log t.db
compact t.db new.db ;; show-log new.db
compact old.db ;; -mm show-log old.db
compact nosuch new.db
compact empty.db
compact text.db
compact t.db ;; compact t.db ;; show-log t.db
compact t.db one.db ;; show-log one.db

# Logs.
show-log t.db
-m show-log t.db
-mm show-log t.db
-m -m show-log t.db
--more --more show-log t.db
-mmm show-log t.db
-mmmm show-log t.db
show-log -m t.db
show-log t.db -mm
show-log old.db
-m show-log old.db
-mm show-log old.db
show-log one.db
-mm show-log one.db
show-log nv.db
show-log types.db
show-log nosuch
show-log empty.db
show-log text.db
show-log s.json
-mm show-log spaced.db
-mm show-log table.db
-mm show-log column.db
-mm show-log type.db
-mm show-log gone.db
-mm show-log orphan.db
-mm show-log twins.db

# Queries.
query t.db '["T"]'
query t.db '["T",{"op":"select","table":"A","where":[["n","==",6]],\
"columns":["name","n","s","m","eph"]}]'
query t.db '["T",{"op":"select","table":"K","where":[],"columns":["n"]}]'
query t.db '["T",{"op":"select","table":"A","where":[["name","==","late"]],\
"columns":["_uuid","name"]}]'
query old.db '["T",{"op":"select","table":"A","where":[],"columns":["n","s"]}]'
query t.db '["U"]'
query t.db '[]'
query t.db '{}'
query t.db '["T",{"op":5}]'
query t.db '["T",{"op":"nope"}]'
query t.db '["T",{"op":"select"}]'
query t.db '["T",{"op":"comment","comment":"c"}]'
query t.db '["T",{"op":"commit","durable":true}]'
query t.db '["T",{"op":"commit","durable":false}]'
query t.db '["T",{"op":"assert","lock":"l"}]'
query nosuch '["T"]'
query empty.db '["T"]'
query text.db '["T"]'
query t.db '["T",{"op":"wait","table":"A","timeout":0,"where":[],"rows":[],\
"until":"==","columns":["n"]},{"op":"abort"}]'
query t.db '["T",{"op":"wait","table":"A","where":[],"rows":[],"until":"==",\
"columns":["n"]},{"op":"abort"}]'
query t.db '["T",{"op":"wait","table":"A","timeout":1000,"where":[],"rows":[],\
"until":"==","columns":["n"]}]'

# Transactions.
transact t.db '["T"]' ;; show-log t.db
transact t.db '["T",{"op":"insert","table":"A","row":{"name":"new","n":3}}]' \
;; -mm show-log t.db
transact t.db '["T",{"op":"insert","table":"A","row":{}},{"op":"insert",\
"table":"A","row":{}}]'
transact t.db '["T",{"op":"insert","table":"A","row":{"name":"x",\
"kids":["named-uuid","k"]}},{"op":"insert","table":"K","uuid-name":"k",\
"row":{"n":2}}]' ;; -m show-log t.db
transact t.db '["T",{"op":"insert","table":"A","row":{"name":"x",\
"kids":["uuid","aaaaaaaa-0000-4000-8000-000000000009"]}}]'
transact t.db '["T",{"op":"insert","table":"K","row":{"n":2}}]' ;; show-log t.db
transact t.db '["T",{"op":"update","table":"A","where":[["name","==","a"]],\
"row":{"n":7,"s":["set",["only"]],"m":["map",[["k","v w"],["new","1"]]]}}]' \
;; -mm show-log t.db
transact t.db '["T",{"op":"update","table":"A","where":[["name","==","a"]],\
"row":{"eph":"not kept"}}]' ;; show-log t.db
transact t.db '["T",{"op":"update","table":"A","where":[["name","==","a"]],\
"row":{"n":6}}]' ;; show-log t.db
transact t.db '["T",{"op":"update","table":"A","where":[["name","==","a"]],\
"row":{"kids":["set",[]]}}]' ;; -mm show-log t.db
transact t.db '["T",{"op":"mutate","table":"A","where":[],"mutations":[["n",\
"+=",1],["s","insert","more"]]}]' ;; -mm show-log t.db
transact t.db '["T",{"op":"delete","table":"K","where":[]}]'
transact t.db '["T",{"op":"comment","comment":"one"},{"op":"comment",\
"comment":"two"},{"op":"delete","table":"A","where":[["n","==",0]]}]' ;; \
show-log t.db
transact t.db '["T",{"op":"comment","comment":"alone"}]' ;; show-log t.db
transact t.db '["T",{"op":"delete","table":"A","where":[]},{"op":"abort"}]' \
;; show-log t.db
transact t.db '["T",{"op":"assert","lock":"l"}]'
transact t.db '["T",{"op":"wait","table":"A","where":[],"rows":[],\
"until":"==","columns":["n"]}]'
transact t.db '["T",{"op":"insert","table":"A","row":{"name":"q"}},\
{"op":"wait","table":"A","where":[],"rows":[],"until":"==","columns":["n"]},\
{"op":"abort"}]'
transact t.db '["T",{"op":"wait","table":"A","timeout":0,"where":[],"rows":[],\
"until":"==","columns":["n"]}]'
transact t.db '["U"]'
transact t.db '{}'
transact t.db '[]'
transact nosuch '["T"]'
transact empty.db '["T"]'
transact text.db '["T"]'
transact types.db '["Types",{"op":"insert","table":"V","row":{"name":"v",\
"i":5,"r":1.5,"b":true,"e":["set",["red","blue"]],"o":3,"im":["map",[[1,1.5],\
[2,-0.25]]],"fix":"f","len":"abc"}}]' ;; -mm show-log types.db
transact types.db '["Types",{"op":"insert","table":"V","row":{"o":["set",[]],\
"im":["map",[]]}}]' ;; -mm show-log types.db

# More of all.
schema-name nosuch
schema-cksum nosuch
create nosuch/new.db s.json
needs-conversion t.db
convert t.db nosuch
convert nosuch s.json
query t.db '["T",{}]'
transact t.db '["T",{"op":"delete","table":"A","where":[["name","==","a"]]}]' \
;; -mm show-log t.db
transact types.db '["Types",{"op":"insert","table":"V",\
"uuid":"aaaaaaaa-0000-4000-8000-000000000001","row":{"r":1e300}}]' ;; -mm \
show-log types.db
transact types.db '["Types",{"op":"insert","table":"V",\
"row":{"name":"tab\tnew\nline \"q\" \\ \u00e4\u20ac"}}]' ;; -mm show-log \
types.db
compare-versions 2.0.0 '>=' 2.0.1
"""

# Other words about the same error: compared without details.
ALIKE = r"""
--rbac-role=x query roles.db '["R",{"op":"insert","table":"A","row":{}}]'
--rbac-role=x transact roles.db '["R",{"op":"update","table":"A","where":[],\
"row":{"n":3}}]'
--rbac-role=x transact roles.db '["R",{"op":"delete","table":"A","where":[]}]'
--rbac-role=x query roles.db '["R",{"op":"select","table":"A","where":[]}]'
--rbac-role=y query roles.db '["R",{"op":"insert","table":"A","row":{}}]'
--rbac-role=y transact roles.db '["R",{"op":"update","table":"A","where":[],\
"row":{"n":3}}]'
--rbac-role=y transact roles.db '["R",{"op":"delete","table":"A","where":[]}]'
--rbac-role=y query roles.db '["R",{"op":"select","table":"A","where":[]}]'
--rbac-role= transact roles.db '["R",{"op":"delete","table":"A","where":[]}]'
--rbac-role=x transact t.db '["T",{"op":"delete","table":"A","where":[]}]'
help extra
schema-name cut.json
schema-name .
create new.db cut.json
needs-conversion t.db cut.json
convert t.db cut.json
transact t.db '["T",{"op":"insert","table":"A","row":{"name":"late"}}]' ;; \
show-log t.db
transact t.db '["T",{"op":"mutate","table":"A","where":[],"mutations":[["n",\
"/=",0]]}]'
transact types.db '["Types",{"op":"insert","table":"V","row":{"i":6}}]'
transact types.db '["Types",{"op":"insert","table":"V","row":{"im":["map",[[1,\
1],[1,2]]]}}]'
schema-name part.json
schema-name array.json
schema-name nothing.json
schema-name badref.json
schema-name badname.json
schema-name badversion.json
schema-version cut.json
create new.db part.json
create new.db array.json
create new.db badref.json
create new.db badname.json
convert t.db strict.json new.db
query t.db '["T",{"op":"select","table":"A","where":[["n","~",1]]}]'
query t.db '["T",{"op":"select","table":"A","where":[["n","==","x"]]}]'
transact types.db '["Types",{"op":"insert","table":"V","row":{"i":-6}}]'
transact types.db '["Types",{"op":"insert","table":"V","row":{"i":1.5}}]'
transact types.db '["Types",{"op":"insert","table":"V","row":{"e":"yellow"}}]'
transact types.db '["Types",{"op":"insert","table":"V","row":{"nosuch":1}}]'
"""


def cases(table):
    """One case a line; the first, empty one is the tool without words."""
    lines = table.replace('\\\n', '').split('\n')[:-1]
    return [pytest.param(line, id=f'{i}:{line[:60]}')
            for i, line in enumerate(lines) if line[:1] != '#']


@pytest.fixture
def both(tmp_path, material):
    """A function that plays a line with either tool."""
    env = {'PATH': '/usr/bin', 'OVS_DBDIR': str(tmp_path / 'w'), 'TZ': 'UTC',
           'OVS_PKGDATADIR': os.path.dirname(VSWITCH_SCHEMA)}
    return lambda line: [play(make, material, tmp_path / 'w', line, env)
                         for make in (OURS, PEER)]


@pytest.mark.parametrize('line', cases(SAME))
def test_says_the_same(both, line):
    ours, theirs = both(line)
    assert ours == theirs


def without_details(played):
    said, left = played
    return [(status, [re.findall(r'"error":"[^"]*"', str(out)),
                      re.sub(r'(as (JSON|ovsdb schema)|violation).*', '',
                             re.sub('syntax ".*": ', '', err))])
            for status, out, err in said], left


@pytest.mark.parametrize('line', cases(ALIKE[1:]))
def test_says_alike(both, line):
    ours, theirs = both(line)
    assert without_details(ours) == without_details(theirs)


# Where we mean to differ: what ours says, and why.
OTHER = [
    ('db-name cluster.db', 1, 'cannot apply this operation'),
    # Theirs leaves an empty new.db behind.
    ('cluster-to-standalone new.db t.db', 1, 'Database is not clustered db.'),
    # Theirs throws all rows away.
    ('convert t.db types.json', 1, 'does not match database name (T)'),
    # Theirs refuses only what begins otherwise than '[' or '{'.
    ("query t.db '5'", 0, 'array expected'),
    # Theirs tries to take back what it did not write.
    ("""query t.db '["T",{"op":"delete","table":"A","where":[]}]'""", 0,
     '[{"count":2}]\n'),
    # Theirs goes on with a reference to nowhere.
    ("""query orphan.db '["T"]'""", 1, 'references nonexistent row'),
    ("""transact orphan.db '["T"]'""", 1, 'references nonexistent row'),
    ('create-cluster new.db s.json tcp:127.0.0.1:1', 1, 'not supported'),
    ('join-cluster new.db T tcp:127.0.0.1:1 tcp:127.0.0.1:2', 1,
     'not supported'),
    ('db-sid cluster.db', 1, 'not supported'),
    ('check-cluster cluster.db', 1, 'not supported'),
    ('cluster-to-standalone new.db cluster.db', 1, 'not supported'),
    ('help', 0, 'usage: ovsdb-tool [OPTIONS] COMMAND'),
]


@pytest.mark.parametrize('line,status,text', OTHER)
def test_differs_on_purpose(both, line, status, text):
    (((ours_status, out, err),), left), _theirs = both(line)
    assert ours_status == status and text in out + err and not left


LOCKED = [
    ('transact t.db []', 1), ('compact t.db', 1), ('convert t.db s2.json', 1),
    ('create t.db s2.json', 1), ('compact one.db t.db', 1),
    ('query t.db ["T"]', 0), ('compact t.db new.db', 0),
    ('convert t.db s2.json new2.db', 0), ('-mm show-log t.db', 0),
    ('db-name t.db', 0), ('needs-conversion t.db s2.json', 0)]


def test_served_file(tmp_path, material):
    """A file that a server holds is read, and not written."""
    for name in ('t.db', 'one.db', 's.json', 's2.json'):
        shutil.copy(material / name, tmp_path)
    said = {}
    with Server(tmp_path, create=False) as server:
        server.client().transact(insert('A', {'name': 'kept'}))
        before = (tmp_path / 't.db').read_bytes()
        for who, make in (('ours', OURS), ('theirs', PEER)):
            for words, status in LOCKED:
                done = subprocess.run(
                    [make['tool'], *words.split(' ')], cwd=tmp_path,
                    capture_output=True, text=True, check=False, timeout=30)
                said.setdefault(words, []).append(
                    (done.returncode, tidy(done.stdout), tidy(done.stderr)))
                assert done.returncode == status, (who, words, done.stderr)
        assert (tmp_path / 't.db').read_bytes() == before
    for words, (ours, theirs) in said.items():
        assert ours == theirs or 'show-log' in words, words
    assert 'failed to lock lockfile (Resource temporarily unavailable)' in \
        said['compact t.db'][0][2]


STORAGE = r"""
mount -t tmpfs -o size=64k none "$1" && cd "$1" && cp "$2"/t.db "$2"/s2.json .
cp t.db before.db
"$3" create first.db s2.json
dd if=/dev/zero of=fill bs=1k count=100 2> /dev/null
for words in "compact t.db" "convert t.db s2.json" "create new.db s2.json" \
        "compact t.db other.db" "transact t.db $4"; do
    "$3" -vconsole:off $words 2>&1
    echo "status $?"
done
rm fill
cmp t.db before.db && echo untouched
ls
mount -o remount,ro none "$1"
for words in "compact t.db" "convert t.db s2.json" "create new.db s2.json" \
        "transact t.db $4"; do
    "$3" -vconsole:off $words 2>&1
    echo "status $?"
done
cmp t.db before.db && echo untouched
"$3" db-version t.db
"""


def test_full_and_read_only_storage(tmp_path, material):
    """A clear error, and the old file as it was."""
    folder = tmp_path / 'm'
    folder.mkdir()
    text = json.dumps(['T', insert('A', {'name': 'x' * 20000})],
                      separators=(',', ':'))
    out = run('/usr/bin/unshare', '-m', 'bash', '-c', STORAGE, 'bash',
              str(folder), str(material), OURS['tool'], text).split('\n')
    full, rest = out[:out.index('untouched')], out[out.index('untouched'):]
    assert full[1::2] == ['status 1'] * 4 + ['status 0']
    assert all('No space left on device' in line for line in full[0::2])
    read_only = rest[rest.index('t.db') + 1:]
    assert rest[1:rest.index('t.db')] == ['before.db', 'first.db', 's2.json']
    assert read_only[1:8:2] == ['status 1'] * 4
    assert all('(Read-only file system)' in line
               for line in read_only[0:8:2])
    assert read_only[8:10] == ['untouched', '1.0.0']


def test_damage_is_refused_and_left(tmp_path, material):
    """A torn tail is left out or cut; any other damage stops."""
    good = (material / 't.db').read_bytes()
    path = tmp_path / 'x.db'
    select = json.dumps(['T', {'op': 'select', 'table': 'A', 'where': [],
                               'columns': ['name']}])
    for cut in (1, 20, 60):
        path.write_bytes(good[:-cut])
        assert '"name":"a"' in run(OURS['tool'], 'query', str(path), select)
        assert path.read_bytes() == good[:-cut]
        run(OURS['tool'], 'transact', str(path),
            json.dumps(['T', insert('A', {'name': 'z'})]))
        assert '"name":"z"' in run(PEER['tool'], 'query', str(path), select)
    for name in ('badsum.db', 'tail.db'):
        before = (material / name).read_bytes()
        path.write_bytes(before)
        for command in ('query', 'transact'):
            done = run(OURS['tool'], command, str(path), '["T"]', check=False)
            assert done.returncode == 1 and 'damaged' in done.stderr
        assert path.read_bytes() == before
