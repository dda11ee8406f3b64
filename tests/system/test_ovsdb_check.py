# SPDX-License-Identifier: Apache-2.0
"""ovsdb-tool check: what it says about files, sound and not."""
import hashlib
import json
import os
import random

import pytest
from ovsdb import OURS, SCHEMA, TOP, Server, insert, run, update

pytestmark = pytest.mark.weir_only
ROW = 'aaaaaaaa-0000-4000-8000-00000000000%d'


def log(*records):
    out = b''
    for record in records:
        data = (json.dumps(record) + '\n').encode()
        out += b'OVSDB JSON %d %s\n' % (
            len(data), hashlib.sha1(data).hexdigest().encode()) + data
    return out


def check(path):
    """Exit status and report."""
    done = run(OURS['tool'], '--json', 'check', str(path), check=False)
    plain = run(OURS['tool'], 'check', str(path), check=False)
    report = json.loads(done.stdout)
    assert plain.returncode == done.returncode
    assert report['verdict'] in plain.stdout + plain.stderr or \
        report['verdict'] == 'unreadable'
    for text in report['problems']:
        # Of too many, each run may list others.
        assert text in plain.stdout or report['n_problems'] > 100
    return done.returncode, report


@pytest.fixture
def server(tmp_path):
    """A stopped server whose file was compacted and has records since."""
    server = Server(tmp_path)
    with server:
        client = server.client()
        for i in range(20):
            client.transact(insert('A', {'name': f'r{i}', 'kids': [
                'named-uuid', 'k']}), insert('K', {'n': i},
                                             **{'uuid-name': 'k'}))
        server.appctl('ovsdb-server/compact')
        client.transact(update('A', [], {'n': 5}))
    return server


def test_sound_file(server):
    status, report = check(server.file)
    assert status == 0 and report['verdict'] == 'good'
    assert report['rows'] == {'A': 20, 'K': 20} and report['records'] == 4
    assert report['bytes'] == report['good_bytes']
    assert report['schema']['name'] == 'T'
    assert report['first_date'] <= report['last_date']
    assert report['second_copy']['usable'] and 'what_to_do' not in report
    with server:
        assert check(server.file)[0] == 0


def test_torn_tail(server, tmp_path):
    with open(server.file, 'rb') as f:
        data = f.read()
    path = tmp_path / 'cut.db'
    path.write_bytes(data[:-30])
    status, report = check(path)
    assert status == 0 and report['verdict'] == 'torn'
    assert report['records'] == 3 and 'cuts it off' in report['what_to_do']
    assert path.read_bytes() == data[:-30]


def test_wrong_bits(server, tmp_path):
    """Each is found; what it says of mending is what the server does."""
    with open(server.file, 'rb') as f:
        data = f.read()
    rng = random.Random(1)
    alone = tmp_path / 'alone.db'
    mended = 0
    for i in range(40):
        bit = rng.randrange(len(data) * 8)
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        alone.write_bytes(bad)
        status, report = check(alone)
        assert status == 1 and report['reason'] and 'second_copy' not in report
        assert 'restore a backup' in report['what_to_do']
        assert report['good_bytes'] <= bit // 8
        if i % 4 == 0:
            with open(server.file, 'wb') as f:
                f.write(bad)
            status, report = check(server.file)
            assert status == 1
            # Reading it is refused, or mends it, as was said.
            done = run(OURS['tool'], 'query', server.file, '["T"]',
                       check=False)
            usable = report['second_copy']['usable']
            assert usable == (done.returncode == 0)
            assert ('mended' in report['what_to_do']) == usable
            mended += usable
    assert mended


BAD = [
    ('refers to ' + ROW % 9, {'A': {ROW % 1: {'kids': ['uuid', ROW % 9]}}}),
    ('are equal in index 0', {'A': {ROW % 1: {'name': 'x'},
                                    ROW % 2: {'name': 'x'}}}),
    ('Q', {'Q': {ROW % 1: {}}}),
    ('zz', {'A': {ROW % 1: {'zz': 1}}}),
    ('record 1 at offset', {'A': {ROW % 1: {'n': 'text'}}}),
    ('record 1 at offset', {'A': {ROW % 1: None}}),
    ('record 1 at offset', {'A': {'nobody': {}}}),
]


@pytest.mark.parametrize('words,tables', BAD)
def test_whole_but_wrong(tmp_path, words, tables):
    path = tmp_path / 'x.db'
    path.write_bytes(log(SCHEMA, {'_date': 1700000000000, **tables}))
    status, report = check(path)
    assert status == 1 and report['n_problems'] == 1
    assert words in report['problems'][0]
    assert 'no database that the schema allows' in report['what_to_do']


def test_many_problems_are_counted(tmp_path):
    path = tmp_path / 'x.db'
    path.write_bytes(log(SCHEMA, {'A': {
        f'aaaaaaaa-0000-4000-8000-{i:012d}': {
            'name': str(i), 'kids': ['uuid', ROW % 9]}
        for i in range(250)}}))
    status, report = check(path)
    assert status == 1 and report['n_problems'] == 250
    assert len(report['problems']) == 100


def test_weak_references_to_nobody_are_no_problem(tmp_path):
    schema = json.loads(json.dumps(SCHEMA))
    schema['tables']['A']['columns']['w'] = {'type': {'key': {
        'type': 'uuid', 'refTable': 'A', 'refType': 'weak'}, 'min': 0}}
    path = tmp_path / 'x.db'
    path.write_bytes(log(schema, {'A': {ROW % 1: {'w': ['uuid', ROW % 2]}}}))
    status, report = check(path)
    assert status == 0 and report['weak_references_to_nobody'] == 1


def test_no_file_to_read(tmp_path):
    for name, data in (('empty.db', b''), ('cluster.db', b'OVSDB CLUSTER 5 ')):
        (tmp_path / name).write_bytes(data)
        assert check(tmp_path / name)[0] == 2
    assert check(tmp_path / 'none.db')[0] == 2
    assert check(tmp_path)[0] == 2


COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_ovsdb_tool 2> /dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize('words,offers', [
    (['comp'], ['compact', 'compare-versions']), (['--dr'], ['--dry-run']),
    (['-m', 'show-'], ['show-log']),
    (['compare-versions', '1.0.0', '>'], ['>', '>=']),
    (['rollback', 'FILE', ''], ['0', '1', '2', '3'])])
def test_completion(server, words, offers):
    words = [server.file if word == 'FILE' else word for word in words]
    said = run('/bin/bash', '-c', COMPLETE, 'bash', os.path.join(
        TOP, 'utilities/completion/ovsdb-tool-bashcomp.bash'),
               OURS['tool'], *words)
    assert sorted(said.split()) == sorted(offers)
