# SPDX-License-Identifier: Apache-2.0
"""The completion of ovsdb-client, by the variables that bash sets for it."""
import os
import shutil
import subprocess

import pytest
from ovsdb import OURS, TOP, VSWITCH_SCHEMA, Server, run

SCRIPT = TOP + '/utilities/completion/ovsdb-client-bashcomp.bash'
pytestmark = [pytest.mark.weir_only, pytest.mark.skipif(
    not shutil.which('bash'), reason='no bash')]

TRY = r"""
source "$1"
COMP_LINE="$2 $3" COMP_WORDS=("$2") COMP_POINT=$((${#2} + ${#3} + 1))
_ovsdb_client
printf '%s\n' "${COMPREPLY[@]}"
"""

# What is typed, and what it may become ('...' for "among others").
CASES = [
    ('mon', 'monitor monitor-cond monitor-cond-since'), ('nosuch', ''),
    ('', 'dump diff wait ...'), ('get-schema-', 'get-schema-version '
                                 'get-schema-cksum'),
    ('--no-l', '--no-leader-only'), ('--form', '--format='),
    ('--force', '--force'), ('--pid', '--pidfile'), ('-f ', 'table list html '
                                                     'csv json'),
    ('--format=c', 'csv'), ('--data ', 'string bare json'),
    ('-t 5 list-d', 'list-dbs'), ('list-dbs ss', 'ssl:'),
    ('list-dbs unix:', '/ ...'),
    ('get-schema T', 'T'), ('get-schema O', 'Open_vSwitch'),
    ('dump T ', 'A K'), ('dump Br', 'Bridge'), ('dump T A na', 'name'),
    ('dump T A name n', 'name n'), ('dump Bridge fail', 'fail_mode'),
    ('dump SERVER T K ', '_uuid _version n'), ('list-columns Flow_',
                                               'Flow_Sample_Collector_Set '
                                               'Flow_Table'),
    ('monitor AL', 'ALL'), ('monitor Interface name,ofp',
                            'name,ofport name,ofport_request'),
    ('monitor T A n', 'name n'), ('monitor-cond [] Interface nam', 'name'),
    ('wait T ', 'added connected removed'), ('wait O', 'Open_vSwitch'),
    ('list-tables SERVER _', '_Server'), ('lock SERVER ', '')]


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp('completion')
    run(OURS['tool'], 'create', str(folder / 'v.db'), VSWITCH_SCHEMA)
    made = Server(folder, options=[str(folder / 'v.db')])
    made.socket = made.folder + '/db.sock'
    with made:
        yield made


@pytest.mark.parametrize('typed,wanted', CASES)
def test_completes(server, typed, wanted):
    typed = typed.replace('SERVER', 'unix:' + server.socket)
    env = {**os.environ, 'OVS_RUNDIR': server.folder}
    found = subprocess.run(
        ['bash', '-c', TRY, 'bash', SCRIPT, OURS['client'], typed],
        capture_output=True, text=True, env=env, check=True)
    assert not found.stderr
    words, wanted = found.stdout.split(), wanted.split()
    if '...' in wanted:
        wanted.remove('...')
        assert not [w for w in wanted
                    if not any(word.startswith(w) for word in words)], words
    else:
        assert sorted(words) == sorted(wanted)
