# SPDX-License-Identifier: Apache-2.0
"""Our ovsdb-client and Debian's, command by command, against our server and
Debian's: same output, same errors, same exit status."""
import difflib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import time

import pytest
from ovsdb import OURS, PEER, VSWITCH_SCHEMA, Server, insert, run, update

UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
                  r'[0-9a-f]{12}')
ROWNAME = re.compile(r'[0-9a-f]{8}_[0-9a-f]{4}_[0-9a-f]{4}_[0-9a-f]{4}_'
                     r'[0-9a-f]{12}')
DATE = re.compile(r'"_date":\d+|OVSDB JSON \d+ [0-9a-f]{40}|'
                  r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?')
pytestmark = pytest.mark.skipif(not shutil.which(PEER['server']),
                                reason="Debian's openvswitch is needed")

ANY = {'min': 0, 'max': 'unlimited'}
SCHEMA = {
    'name': 'T', 'version': '1.2.3', 'cksum': '12345 678', 'tables': {
        'A': {'isRoot': True, 'indexes': [['name']], 'columns': {
            'name': {'type': 'string'},
            'i': {'type': 'integer'},
            'r': {'type': 'real'},
            'b': {'type': 'boolean'},
            'u': {'type': 'uuid'},
            'os': {'type': {'key': 'string', 'min': 0}},
            'si': {'type': {'key': 'integer', **ANY}},
            'ss': {'type': {'key': 'string', **ANY}},
            'sr': {'type': {'key': 'real', 'min': 1, 'max': 3}},
            'mss': {'type': {'key': 'string', 'value': 'string', **ANY}},
            'mis': {'type': {'key': 'integer', 'value': 'string', **ANY}},
            'e': {'type': {'key': {'type': 'string', 'enum': [
                'set', ['red', 'green']]}, 'min': 0}},
            'lim': {'type': {'key': {'type': 'integer', 'minInteger': -5,
                                     'maxInteger': 50}}},
            'rlim': {'type': {'key': {'type': 'real', 'minReal': -0.5,
                                      'maxReal': 2.25}}},
            'slim': {'type': {'key': {'type': 'string', 'minLength': 0,
                                      'maxLength': 9}}},
            'eph': {'type': 'string', 'ephemeral': True},
            'fix': {'type': 'integer', 'mutable': False},
            'kids': {'type': {'key': {'type': 'uuid', 'refTable': 'K'},
                              **ANY}},
            'weak': {'type': {'key': {'type': 'uuid', 'refTable': 'B',
                                      'refType': 'weak'}, **ANY}}}},
        'B': {'isRoot': True, 'maxRows': 9, 'columns': {
            'name': {'type': 'string'}, 'n': {'type': 'integer'}}},
        'Empty': {'isRoot': True, 'columns': {'x': {'type': 'string'}}},
        'K': {'columns': {'n': {'type': 'integer'}}}}}
OTHER = {'name': 'U', 'tables': {'X': {'columns': {
    'x': {'type': 'string'}}}}}


def fill(client):
    """Values that need quotes, escapes and wide columns."""
    client.transact(
        insert('B', {'name': 'one', 'n': 1}, **{'uuid-name': 'one'}),
        insert('K', {'n': 7}, **{'uuid-name': 'kid'}),
        insert('A', {
            'name': 'first', 'i': -7, 'r': 0.1, 'b': True,
            'u': ['uuid', '01234567-89ab-cdef-0123-456789abcdef'],
            'os': 'true', 'si': ['set', [3, 1, 2]], 'sr': 1e30,
            'ss': ['set', ['a', 'b c', '', '"q"', 'x,y', 'line\nend',
                           '\u00e9\U0001f600', '<&>', 'back\\slash']],
            'mss': ['map', [['k', 'v'], ['a b', 'c=d'], ['', ''],
                            ['x', '"'], ['tab\t', '{}']]],
            'mis': ['map', [[5, 'five'], [-1, '']]], 'e': 'red', 'lim': 50,
            'rlim': -0.5, 'slim': '123456789', 'eph': 'gone', 'fix': 3,
            'kids': ['named-uuid', 'kid'], 'weak': ['named-uuid', 'one']}),
        insert('A', {'name': 'second', 'i': 1 << 62, 'r': 1e-300,
                     'sr': ['set', [1.5, -2.0, 3]], 'os': '',
                     'ss': ['set', ['only']]}),
        insert('A', {'name': 'third "x", <b>', 'r': -0.0, 'os': '[]'}))


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def make_keys(folder):
    """A CA, and a key with its certificate and chain, in `folder`."""
    def openssl(*words):
        subprocess.run(['openssl', *words], check=True, cwd=folder,
                       capture_output=True)
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout',
            'ca.key', '-out', 'ca.pem', '-days', '9', '-subj', '/CN=ca')
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem',
            '-out', 'req.pem', '-subj', '/CN=localhost')
    openssl('x509', '-req', '-in', 'req.pem', '-CA', 'ca.pem', '-CAkey',
            'ca.key', '-CAcreateserial', '-out', 'cert.pem', '-days', '9')


class Pair:
    """Debian's server and ours, filled alike."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.servers = {}
        make_keys(folder)
        for name, make in ('theirs', PEER), ('ours', OURS):
            (folder / name).mkdir()
            extra = []
            for schema in (VSWITCH_SCHEMA, OTHER):
                path = str(folder / name / f'extra{len(extra)}')
                if isinstance(schema, dict):
                    with open(path + '.schema', 'w') as out:
                        json.dump(schema, out)
                    schema = path + '.schema'
                run(make['tool'], 'create', path, schema)
                extra.append(path)
            port = free_port()
            server = Server(folder / name, make=make, schema=SCHEMA, options=[
                *extra, f'--private-key={folder}/key.pem',
                f'--certificate={folder}/cert.pem',
                f'--ca-cert={folder}/ca.pem', f'--peer-ca-cert={folder}/'
                'ca.pem', f'--remote=pssl:{port}:127.0.0.1'])
            server.socket = server.folder + '/db.sock'
            server.tls = f'ssl:127.0.0.1:{port}'
            self.servers[name] = server.start()
            fill(server.client())
        self.files = self.make_files()

    def make_files(self):
        files = {}

        def add(name, content):
            files[name] = f'{self.folder}/{name}'
            with open(files[name], 'w', encoding='utf-8') as out:
                out.write(content if isinstance(content, str)
                          else json.dumps(content))
        add('T.schema', SCHEMA)
        add('T2.schema', {**SCHEMA, 'version': '2.0.0'})
        add('T3.schema', {**SCHEMA, 'tables': {
            **SCHEMA['tables'], 'B': {'columns': {
                'name': {'type': 'integer'}}}}})
        add('U.schema', OTHER)
        add('none.schema', {**OTHER, 'name': 'None'})
        add('bad.schema', '{"name":')
        add('bad2.schema', {'name': 'T'})
        add('bad3.schema', {'name': 'T', 'tables': {'A': {'columns': {
            'x': {'type': 'strange'}}}}})
        add('array.schema', '[]')
        add('empty', '')
        add('garbage', 'no database\n')
        for name in 'missing', 'key.pem', 'cert.pem', 'ca.pem', 'new.pem':
            files[name] = f'{self.folder}/{name}'
        for name, server in self.servers.items():
            add(name + '.db', run(PEER['client'], 'backup',
                                  'unix:' + server.socket, 'T'))
        return files

    def stop(self):
        for server in self.servers.values():
            server.stop()


@pytest.fixture(scope='module')
def pair(tmp_path_factory):
    made = Pair(tmp_path_factory.mktemp('pair'))
    yield made
    made.stop()


LOG = re.compile(r'^\d{4}-\d\d-\d\dT.*\n', re.M)


def clean(text):
    text = LOG.sub('', text).replace('/usr/bin/ovsdb-client', 'ovsdb-client')
    return DATE.sub('DATE', ROWNAME.sub('UUID', UUID.sub('UUID', text)))


def environment(server):
    return {**os.environ, 'OVS_RUNDIR': server.folder,
            'OVS_LOGDIR': server.folder}


def command_words(line, pair, server):
    """S stands for the server's address, S5 for its TLS one, @NAME for a
    file, <@NAME for standard input from it."""
    words, stdin = [], os.devnull
    for word in shlex.split(line):
        if word[:2] == '<@':
            stdin = pair.files[word[2:]]
            continue
        word = re.sub(r'(^|=)@([\w.]+)$',
                      lambda m: m[1] + pair.files[m[2]], word)
        if re.fullmatch(r'(.*,)?S(,.*)?', word):
            word = re.sub(r'\bS\b', 'unix:' + server.socket, word)
        words.append(server.tls if word == 'S5' else word)
    return words, stdin


def say(make, pair, server, line):
    """Status and words of one command."""
    words, stdin = command_words(line, pair, server)
    with open(stdin) as source:
        done = subprocess.run(
            [make['client'], *words], capture_output=True, text=True,
            stdin=source, timeout=20, env=environment(server))
    return [done.returncode, clean(done.stdout), clean(done.stderr)]


def differences(line, theirs, ours):
    """What differs, as lines; none if all is as the line's mark wants."""
    if '%' in line[:2]:
        for said in theirs, ours:
            said[1] = '\n'.join(sorted(said[1].split('\n')))
    if '~' in line[:2]:
        theirs[2], ours[2] = ([bool(theirs[2])], [bool(ours[2])])
    if theirs == ours:
        return []
    found = [f'{line}: status {theirs[0]}, ours {ours[0]}']
    for their, our in zip(theirs[1:], ours[1:]):
        found += list(difflib.unified_diff(
            str(their).split('\n'), str(our).split('\n'), 'theirs', 'ours',
            lineterm='', n=0))
    return found


def command_lines(text):
    """Its lines; indented ones go on with the one before."""
    return [line for line in text.replace('\n    ', ' ').split('\n') if line]


# One command a line.  Marks before it: '%' the order of lines may differ,
# '~' the words of the error may differ (not that there is one).
CASES = """
list-dbs S
list-dbs
list-dbs S extra
get-schema S T
get-schema S
get-schema
get-schema T
get-schema S Nope
get-schema S T more
--pretty get-schema S T
get-schema S _Server
get-schema-version S T
get-schema-version S U
get-schema-version
get-schema-cksum S T
get-schema-cksum S U
get-schema-cksum
%list-tables S T
%list-tables S
%list-tables S _Server
%-f csv list-tables S T
%-f html list-tables S T
%-f list list-tables S T
%--no-headings list-tables S T
%--bare list-tables S T
%-d json list-tables S T
%-d bare list-tables S T
%list-columns S T
%list-columns S T A
%list-columns S T B
%list-columns S T Nope
%list-columns S T A B
%list-columns S _Server
%list-columns S _Server Database
%list-columns S Open_vSwitch Port
%-f list list-columns S T B
%-f csv list-columns S T B
%-f csv list-columns S T A
%-f html list-columns S T B
%-d json list-columns S T B
%-d bare list-columns S T B
%-d bare list-columns S T A
dump S T
dump S T A
dump S T A name
dump S T A name i
dump S T A i name
~dump S T A i i
dump S T A _uuid name
dump S T A name _uuid
dump S T A nope
dump S T A name nope
dump S T Nope
dump S T Nope name
dump S T B
dump S T Empty
dump S Open_vSwitch
dump S
dump
dump T
dump S Nope
dump S _Server
-f json dump S T
-f csv dump S T
-f list dump S T
-f html dump S T
-f table dump S T
-d json dump S T
-d bare dump S T
-d string dump S T
-f csv -d json dump S T
-f csv -d bare dump S T
-f html -d json dump S T
-f html -d bare dump S T
-f list -d json dump S T
-f list -d bare dump S T
-f json -d bare dump S T
-f json --pretty dump S T
--bare dump S T
--no-headings dump S T
--no-headings -f csv dump S T
--no-headings -f html dump S T
--no-headings -f list dump S T
--no-headings -f json dump S T
--max-column-width=10 dump S T
--max-column-width=3 dump S T
--max-column-width=0 dump S T
--max-column-width=1 --no-headings dump S T
--max-column-width=5 -f list dump S T
--max-column-width=5 -f csv dump S T
--timestamp dump S T B
--timestamp -f json dump S T B
%--timestamp list-tables S T
-f nope dump S T
-d nope dump S T
--format dump S T
--format
%--data=xx list-tables S T
transact S '["T",{"op":"select","table":"B","where":[]}]'
transact '["T",{"op":"select","table":"B","where":[],"columns":["name"]}]'
transact S '["T",{"op":"select","table":"A","where":[],"columns":["name","ss",
    "mss","r","sr"]}]'
--pretty transact S '["T",{"op":"select","table":"A","where":[],
    "columns":["name","ss","mss","r","sr"]}]'
-f csv transact S '["T",{"op":"select","table":"B","where":[]}]'
transact S '["T"]'
transact S '["Nope"]'
transact S '[]'
transact S '{}'
~transact S '5'
~transact S 'null'
~transact S '"T"'
~transact S '["T",'
~transact S '['
~transact S ''
~transact S 'nonsense'
~transact S '["T"] trailing'
transact S '["T",5]'
transact S '["T",{"op":"nope"}]'
transact S '["T",{"op":"abort"}]'
transact S '["T",{"op":"abort"},{"op":"select","table":"B","where":[]}]'
transact S '["T",{"op":"select","table":"Nope","where":[]}]'
transact S '["T",{"op":"comment","comment":"x"}]' '["T"]'
~transact S
transact
~transact S '["T",{"op":"select","table":"B","where":[]}'
query S '["T",{"op":"select","table":"B","where":[]}]'
query S '["T"]'
query S '[]'
query S '{}'
~query S '"x"'
~query S '5'
~query S '["T",'
query S '["Nope",{"op":"select","table":"B","where":[]}]'
query S '["T",{"op":"insert","table":"B","row":{"name":"two"}}]'
query S '["T",{"op":"insert","table":"B","row":{"name":"two"}},{"op":"select",
    "table":"B","where":[["name","==","two"]],"columns":["name"]}]'
query S '["T",{"op":"delete","table":"B","where":[]},{"op":"select",
    "table":"B","where":[],"columns":["name"]}]'
query S '["T",{"op":"abort"}]'
query S '["T",{"op":"nope"}]'
query S '["T",{"op":"nope"},{"op":"select","table":"B","where":[]}]'
query S '["T",{"op":"select","table":"B","where":[]},{"op":"abort"},
    {"op":"select","table":"B","where":[]}]'
query S '["T",{"op":"insert","table":"A","row":{"lim":99}}]'
--pretty query S '["T",{"op":"select","table":"B","where":[],"columns":["n"]}]'
~query S
query
query '["T",{"op":"select","table":"B","where":[]}]'
transact S '["T",{"op":"assert","lock":"l"}]'
transact S '["T",{"op":"wait","table":"B","where":[],"columns":["n"],
    "until":"==","rows":[{"n":3}],"timeout":0}]'
restore S T <@ours.db
restore S T <@theirs.db
~restore S T <@empty
~restore S T <@garbage
~restore S T <@T.schema
restore S U <@ours.db
restore S Open_vSwitch <@ours.db
restore S Nope <@ours.db
restore S <@ours.db
restore S T more <@ours.db
restore <@ours.db
--force restore S U <@ours.db
--force restore S T <@ours.db
convert S @T.schema
convert S @T2.schema
~convert S @T3.schema
get-schema-version S T
~convert S @bad.schema
~convert S @bad2.schema
~convert S @bad3.schema
~convert S @array.schema
~convert S @missing
~convert S @empty
~convert S
convert
convert @T.schema
convert S @T.schema @T.schema
needs-conversion S @T.schema
needs-conversion S @T2.schema
needs-conversion S @U.schema
~needs-conversion S @bad.schema
~needs-conversion S @bad2.schema
~needs-conversion S @bad3.schema
~needs-conversion S @missing
~needs-conversion S @empty
~needs-conversion S
needs-conversion @T.schema
wait S T added
wait S T connected
wait S Nope removed
wait S T nonsense
wait S T
wait S
wait
wait S T added more
wait S _Server added
wait S _Server connected
-t 0 list-dbs S
-t x list-dbs S
-t -1 list-dbs S
-t '' list-dbs S
-t 5 list-dbs S
-t5 list-dbs S
--timeout 5 list-dbs S
list-dbs unix:/nonexistent
list-dbs tcp:127.0.0.1:1
list-dbs tcp:127.0.0.1
~list-dbs tcp:nohost.invalid:1
list-dbs ssl:127.0.0.1:1
~list-dbs tcp:
~list-dbs ssl:
~list-dbs unix:
list-dbs foo:bar
list-dbs foo
list-dbs S,unix:/nonexistent
list-dbs unix:/nonexistent,S
list-dbs unix:/nonexistent,unix:/nope
%list-tables unix:/nonexistent,S T
%list-tables S,S T
--no-leader-only list-dbs S
%--no-leader-only list-tables S T
--leader-only list-dbs S
%--leader-only list-tables S T
%--no-leader-only list-tables unix:/nonexistent,S T
nonsense
nonsense S
--nonsense
-Z
--nonsense list-dbs S
list-dbs S --no-headings
list-dbs --pretty S
%list-tables S T -f csv --no-headings
-O OpenFlow10 list-dbs S
-O list-dbs S
--verbose list-dbs S
-v list-dbs S
-vconsole:off list-dbs S
-vnope list-dbs S
-vconsole:nope list-dbs S
--verbose=nope:file:dbg list-dbs S
--log-file list-dbs S
--syslog-method=null list-dbs S
~--syslog-method=x list-dbs S
--syslog-target=127.0.0.1:1 list-dbs S
--private-key=@missing list-dbs S
--certificate=@missing list-dbs S
--ca-cert=@missing list-dbs S
-p @missing -c @missing -C none list-dbs S
--bootstrap-ca-cert=@missing list-dbs S
--ssl-protocols=TLSv1.2 list-dbs S
--ssl-protocols=x list-dbs S
--ssl-ciphers=HIGH list-dbs S
--ssl-ciphers=x list-dbs S
--ssl-ciphers=x list-dbs ssl:127.0.0.1:1
--ssl-protocols=x list-dbs ssl:127.0.0.1:1
-p @missing list-dbs ssl:127.0.0.1:1
-p @missing -c @missing -C @missing list-dbs ssl:127.0.0.1:1
--detach list-dbs S
--pidfile list-dbs S
--pidfile=x list-dbs S
--overwrite-pidfile list-dbs S
--no-chdir list-dbs S
--monitor list-dbs S
--no-self-confinement list-dbs S
--user=root list-dbs S
%--form csv list-tables S T
~--no list-dbs S
%--no-h list-tables S T
~--db=S list-dbs
-f
list-dbs S,S
%dump S,S T B
transact S,S '["T",{"op":"select","table":"B","where":[]}]'
transact S,S '["Nope"]'
dump S U
monitor S,unix:/nope T Nope
transact S '[5]'
transact S '[{}]'
query S '[5]'
query S '[{}]'
transact S '[5,{}]'
transact S '[null]'
transact S '["",{}]'
transact S '["U",{"op":"insert","table":"X","row":{"x":"hello"}}]'
-p @key.pem -c @cert.pem -C @ca.pem list-dbs S5
%-p @key.pem -c @cert.pem -C @ca.pem list-tables S5 T
--private-key=@key.pem --certificate=@cert.pem --ca-cert=none list-dbs S5
~-p @key.pem -c @cert.pem -C @cert.pem list-dbs S5
~-p @key.pem -c @missing -C @ca.pem list-dbs S5
-p @key.pem -c @cert.pem --bootstrap-ca-cert=@ca.pem list-dbs S5
-p @key.pem -c @cert.pem -C @ca.pem --ssl-protocols=TLSv1.2 list-dbs S5
-p @key.pem -c @cert.pem -C @ca.pem --ssl-ciphers=HIGH list-dbs S5
list-dbs S5
--record list-dbs S
--replay list-dbs S
--record dump S T B
--replay dump S T B
"""


@pytest.mark.parametrize('which', ['theirs', 'ours'])
def test_commands_say_the_same(pair, which):
    server = pair.servers[which]
    found, n = [], 0
    for line in command_lines(CASES):
        words = line.lstrip('%~ ')
        found += differences(line, say(PEER, pair, server, words),
                             say(OURS, pair, server, words))
        n += 1
    assert not found, '\n'.join(found)
    assert n > 200


@pytest.mark.parametrize('which', ['theirs', 'ours'])
@pytest.mark.parametrize('names', [['T'], ['T', 'U']])
def test_default_database(pair, tmp_path, which, names):
    make = PEER if which == 'theirs' else OURS
    for name in names:
        run(make['tool'], 'create', str(tmp_path / name),
            pair.files[name + '.schema'])
    server = Server(tmp_path, make=make, create=False,
                    options=[str(tmp_path / name) for name in names[1:]])
    server.file = str(tmp_path / names[0])
    server.tls = ''
    with server:
        found = []
        for line in ('list-dbs S', '%list-tables S', 'get-schema-version S',
                     'dump S B', 'dump S Nope', 'monitor S Nope',
                     'get-schema-cksum S', '~restore S', '%list-columns S X',
                     'backup S Nope'):
            words = line.lstrip('%~ ')
            found += differences(line, say(PEER, pair, server, words),
                                 say(OURS, pair, server, words))
    assert not found, '\n'.join(found)


@pytest.mark.parametrize('which', ['theirs', 'ours'])
@pytest.mark.parametrize('make', [PEER, OURS], ids=['by-theirs', 'by-ours'])
def test_backups_have_the_same_rows(pair, tmp_path, which, make):
    """Whoever made it of whichever server: our diff and Debian's tool see in
    it what the server has."""
    server = pair.servers[which]
    backup = str(tmp_path / 'backup')
    with open(backup, 'w') as out:
        out.write(run(make['client'], 'backup', 'unix:' + server.socket,
                      'T'))
    done = run(OURS['client'], 'diff', backup,
               f'unix:{server.socket},T', check=False)
    assert done.returncode == 0, done
    select = json.dumps(['T', *({'op': 'select', 'table': table, 'where': []}
                                for table in SCHEMA['tables'])])
    rows = [sorted(clean(json.dumps(row, sort_keys=True))
                   for result in json.loads(run(tool['tool'], 'query',
                                                backup, select))
                   for row in result['rows']) for tool in (PEER, OURS)]
    assert rows[0] == rows[1] and len(rows[0]) == 5


# What is watched while change() runs; marks as above.  First what OpenStack's
# agents run.
MONITORS = r"""
monitor S Interface name,ofport,external_ids --format=json
monitor Interface name,ofport,external_ids --format=json
monitor S Bridge name --format=json
monitor S Open_vSwitch Port tag --format=json
monitor S T B
monitor S T B n
monitor S T B name,n
monitor S T B n,name
monitor S T B n name
monitor S T B n n
monitor S T B n,n
monitor S T B !initial
monitor S T B !insert
monitor S T B !delete
monitor S T B !modify
monitor S T B n,!initial name,!modify
monitor S T B !initial,n
monitor S T B !initial,!insert,!delete,!modify
monitor S T B name,!insert n,!delete
monitor S T B _uuid
monitor S T B _version
monitor S T B _uuid,n
monitor S T B !nonsense
monitor S T B nope
monitor S T B ''
monitor S T B ,
monitor S T Nope
%monitor S Nope A
monitor S T
monitor S
monitor
monitor T B
monitor B
%monitor S T A name,ss,mss,si,os,e
%monitor S T A ss
%monitor S T A mss
%monitor S T A
%monitor S T A B
monitor-cond S T [] B
~monitor-cond S T '' B
monitor-cond S T '[["n",">",10]]' B
monitor-cond S T '[["n",">",10]]' B n
monitor-cond S T '[["name","==","one"],["name","==","two"]]' B n
monitor-cond S T '[true]' B
monitor-cond S T '[false]' B
monitor-cond S T '[false,["n","==",2]]' B
~monitor-cond S T '[["nope","==",2]]' B
~monitor-cond S T '[["n","zz",2]]' B
~monitor-cond S T '[["n","==","x"]]' B
~monitor-cond S T 'xx' B
~monitor-cond S T '[' B
monitor-cond S T '[]' Nope
monitor-cond S T '[]' B nope
monitor-cond S T '[]'
monitor-cond S T
%monitor-cond S T '[]' A name,ss,mss,si,os,e
%monitor-cond S T '[["name","==","first"]]' A name,ss,mss,si,os,e
monitor-cond-since S T [] B
monitor-cond-since S T 00000000-0000-0000-0000-000000000000 [] B
monitor-cond-since S T 11111111-0000-0000-0000-000000000000 [] B
~monitor-cond-since S T nonsense [] B
monitor-cond-since S T [] B n,!initial name,!modify
monitor-cond-since S T [] Nope
%monitor-cond-since S T [] A name,ss,mss,si,os,e
monitor-cond-since S T
monitor-cond-since S T []
-f json monitor S T B
-f csv monitor S T B
-f list monitor S T B
-f html monitor S T B
-f csv --timestamp monitor S T B
-f list --timestamp monitor S T B
-f html --timestamp monitor S T B
-f table --timestamp monitor S T B
--no-headings monitor S T B
--bare monitor S T B
%-d json monitor S T A ss,mss
%-d bare monitor S T A ss,mss
%-d bare -f csv monitor S T A ss,mss
-f json --pretty monitor S T B
--max-column-width=5 monitor S T B
-f json monitor-cond S T '[["name","==","first"]]' A ss,mss
-f csv monitor-cond-since S T [] B
-f csv --timestamp monitor-cond-since S T [] B
-f list monitor-cond-since S T [] B
monitor S T B n !initial
monitor S T B !initial !insert
monitor S T B n,!initial,name,!modify
"""


def change(client):
    """Changes of one row a table at a time, for their order is anybody's."""
    def rows(table, name):
        return {'table': table, 'where': [['name', '==', name]]}
    client.transact(insert('B', {'name': 'two', 'n': 2}))
    client.transact(update('B', [['name', '==', 'two']], {'n': 22}))
    client.transact(
        update('B', [['name', '==', 'one']], {'n': 11}),
        {'op': 'mutate', **rows('A', 'second'),
         'mutations': [['i', '/=', 2]]})
    client.transact({'op': 'mutate', **rows('A', 'first'), 'mutations': [
        ['ss', 'delete', ['set', ['a', 'x,y']]],
        ['mss', 'insert', ['map', [['new', 'val']]]],
        ['si', 'insert', ['set', [9]]]]})
    client.transact(update('A', [['name', '==', 'first']], {
        'mss': ['map', [['k', 'v2'], ['', '']]], 'si': ['set', []],
        'os': ['set', []], 'e': 'green'}))
    client.transact({'op': 'delete', **rows('B', 'two')})
    client.transact({'op': 'delete', **rows('B', 'one')})
    client.transact({'op': 'delete', **rows('A', 'first')})
    ovs = 'Open_vSwitch'
    client.transact(
        insert(ovs, {'bridges': ['named-uuid', 'b']}),
        insert('Bridge', {'name': 'br', 'ports': ['named-uuid', 'p']},
               **{'uuid-name': 'b'}),
        insert('Port', {'name': 'tap', 'interfaces': ['named-uuid', 'i']},
               **{'uuid-name': 'p'}),
        insert('Interface', {'name': 'tap', 'external_ids': ['map', [
            ['iface-id', 'some'], ['iface-status', 'active']]]},
               **{'uuid-name': 'i'}), db=ovs)
    client.transact(update('Interface', [], {'ofport': 5}), db=ovs)
    client.transact(update(ovs, [], {'bridges': ['set', []]}), db=ovs)


def wait_settled(children):
    """Until nobody has printed or ended for a while: some have nothing to
    print at first, so there is no other sign that they wait."""
    seen, quiet = None, 0
    for _ in range(200):
        now = [(child.poll(), os.path.getsize(name + '.out'))
               for _, name, child in children]
        quiet = quiet + 1 if now == seen else 0
        seen = now
        if quiet == 8:
            return
        time.sleep(0.1)
    raise AssertionError('they never settle')


def follow(pair, server, lines):
    """Runs both clients with all lines at once; {line: [theirs, ours]}.  The
    database goes away at the end, and so the clients do."""
    children = []
    for i, line in enumerate(lines):
        for make in PEER, OURS:
            words, _ = command_words(line.lstrip('%~ '), pair, server)
            name = f'{server.folder}/{i}{make is OURS}'
            with open(name + '.out', 'w') as out, \
                    open(name + '.err', 'w') as err:
                children.append((line, name, subprocess.Popen(
                    [make['client'], *words], stdout=out, stderr=err,
                    stdin=subprocess.DEVNULL, env=environment(server))))
    wait_settled(children)
    change(server.client())
    for db in 'T', 'Open_vSwitch':
        server.appctl('ovsdb-server/remove-db', db)
    said = {}
    for line, name, child in children:
        status = child.wait(10)
        with open(name + '.out') as out, open(name + '.err') as err:
            said.setdefault(line, []).append(
                [status, clean(out.read()), clean(err.read())])
    return said


@pytest.mark.parametrize('which', ['theirs', 'ours'])
def test_monitors_say_the_same(tmp_path, which):
    pair = Pair(tmp_path)
    try:
        # Debian's server ends in a crash with several conditions at once.
        lines = [line for line in command_lines(MONITORS)
                 if which == 'ours' or not re.search(
                     r'monitor-cond .*(\[\["|false)', line)]
        said = follow(pair, pair.servers[which], lines)
        found = [words for line, (theirs, ours) in said.items()
                 for words in differences(line, theirs, ours)]
        assert not found, '\n'.join(found)
        assert len(lines) > 60
    finally:
        pair.stop()
