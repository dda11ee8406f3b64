# SPDX-License-Identifier: Apache-2.0
"""The completion of vsctl, in a real bash: by the variables that the shell
sets for it, and typed at a terminal."""
import os
import pty
import select
import shutil
import subprocess
import time

import pytest

import ovsdb

SCRIPT = ovsdb.TOP + '/utilities/completion/ovs-vsctl-bashcomp.bash'
OURS = ovsdb.BUILD + '/utilities/vsctl/vsctl'

pytestmark = pytest.mark.skipif(not shutil.which('bash'), reason='no bash')

FILL = '''add-br br0 -- add-br br1 -- add-br v5 br0 5 -- add-port br0 p1 tag=10
    -- add-port br0 p2 -- add-port v5 p5 -- add-bond br1 bond0 e1 e2
    -- set Interface p1 external_ids:iface-id=x external_ids:attached-mac=y
    -- br-set-external-id br0 colour red -- set-manager ptcp:6640
    -- --id=@q create QoS type=linux-htb -- set Port p1 qos=@q'''

TRY = '''
source "$1"
words=($2)
COMP_LINE=$2 COMP_POINT=${#2}
[[ $2 == *\\  ]] && words+=('')
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
_vsctl
printf '%s\\n' "${COMPREPLY[@]}"
'''

# What is typed, and what it may become ('...' for "among others").
CASES = [
    ('add-p', 'add-port'), ('emer', 'emer-reset'), ('nosuch', ''),
    ('list-', 'list-br list-ports list-ifaces list-zone-tp list-dp-cap'),
    ('', 'add-br del-port set find ...'),
    ('--dr', '--dry-run'), ('--if', '--if-exists'), ('--', '-- --db= ...'),
    ('-f ', 'list table html csv json'), ('--format=t', 'table'),
    ('--data=', 'string bare json'), ('-t 5 emer', 'emer-reset'),
    ('--timeout 5 emer', 'emer-reset'), ('--timeout=5 emer', 'emer-reset'),
    ('-- --may', '--may-exist'), ('list-br -- emer', 'emer-reset'),
    ('-- --dry', ''), ('list-br ', ''), ('init x', ''),
    ('del-br ', 'br0 br1 v5'), ('--if-exists del-br v', 'v5'),
    ('add-br x ', 'br0 br1'), ('add-br x br0 ', ''),
    ('list-ports br', 'br0 br1'), ('port-to-br p', 'p1 p2 p5'),
    ('iface-to-br e', 'e1 e2'), ('add-port ', 'br0 br1 v5'),
    ('add-port br0 l', 'lo'), ('add-port br0 x ta', 'tag='),
    ('add-port br0 x tag=5 tru', 'trunks='),
    ('del-port ', 'br0 br1 v5 p1 p2 p5 bond0'), ('del-port br1 ', 'bond0'),
    ('del-port v5 p', 'p5'), ('--with-iface del-port br1 ', 'bond0 e1 e2 ...'),
    ('add-bond-iface b', 'bond0'), ('del-bond-iface bond0 e', 'e1 e2'),
    ('set-fail-mode br0 s', 'standalone secure'),
    ('set-controller br0 t', 'tcp:'), ('set-controller br0 tcp:x u', 'unix:'),
    ('set-manager pt', 'ptcp:'), ('br-get-external-id br0 ', 'colour'),
    ('list b', 'Bridge'), ('list Br', 'Bridge'), ('list open', 'Open_vSwitch'),
    ('list Flow_', 'Flow_Sample_Collector_Set Flow_Table'),
    ('list flow-', 'Flow_Sample_Collector_Set Flow_Table'),
    ('list Bridge br', 'br0 br1'), ('get open_v .', '.'),
    ('list man pt', 'ptcp:6640'), ('get qos p', 'p1'),
    ('get br br0 fl', 'flood_vlans flow_tables'),
    ('get BRIDGE br0 flood-', 'flood_vlans'), ('get nosuch x ', ''),
    ('set Port p1 vlan', 'vlan_mode='), ('set Port p1 vlan_mode=', ''),
    ('set Interface p1 external_ids:', 'attached-mac= iface-id='),
    ('get Interface p1 external_ids:a', 'attached-mac'),
    ('remove Interface p1 external_ids ', 'attached-mac iface-id'),
    ('clear Port p1 tr', 'trunks'), ('find Interface typ', 'type='),
    ('create Queue ds', 'dscp='), ('wait-until Bridge br0 dat',
                                   'datapath_id= datapath_type= '
                                   'datapath_version='),
    ('destroy QoS p', 'p1'), ('add-zone-tp x zo', 'zone='),
]


@pytest.fixture(scope='module')
def shell(tmp_path_factory):
    """A folder with the database's server, and our tool by its users' name."""
    folder = tmp_path_factory.mktemp('completion')
    server = ovsdb.Server(folder, create=False)
    ovsdb.run(server.make['tool'], 'create', server.file, ovsdb.VSWITCH_SCHEMA)
    with server:
        os.symlink(os.path.abspath(OURS), folder / 'ovs-vsctl')
        os.symlink(server.socket, folder / 'db.sock')
        env = {'PATH': f'{folder}:{os.environ["PATH"]}', 'PS1': '$ ',
               'OVS_RUNDIR': str(folder), 'TERM': 'dumb', 'HOME': str(folder)}
        ovsdb.run('ovs-vsctl', '--no-wait', *FILL.split(), env=env,
                  executable=folder / 'ovs-vsctl')
        yield env


@pytest.mark.parametrize('typed,expected', CASES)
def test_words(shell, typed, expected):
    out = subprocess.run(
        ['bash', '-c', TRY, 'bash', SCRIPT, 'ovs-vsctl ' + typed], env=shell,
        capture_output=True, text=True, timeout=30, check=True)
    assert out.stderr == ''
    words = out.stdout.split()
    if expected.endswith('...'):
        assert set(expected.split()[:-1]) <= set(words)
    else:
        # UUIDs name records too.
        assert sorted(w for w in words if len(w) != 36) \
            == sorted(expected.split())


def test_records_by_uuid(shell):
    uuid = ovsdb.run('ovs-vsctl', 'get', 'qos', 'p1', '_uuid', env=shell,
                     executable=shell['OVS_RUNDIR'] + '/ovs-vsctl').strip()
    out = ovsdb.run('bash', '-c', TRY, 'bash', SCRIPT,
                    'ovs-vsctl list QoS ' + uuid[:4], env=shell)
    assert uuid in out.split()


@pytest.mark.parametrize('typed,shown', [
    ('ovs-vsctl emer\t', 'ovs-vsctl emer-reset '),
    ('ovs-vsctl list-ports br\t\t', 'br0  br1'),
    ('ovs-vsctl set Port p1 ta\t', 'ovs-vsctl set Port p1 tag='),
    ('ovs-vsctl get Interface p1 external_ids:if\t',
     'ovs-vsctl get Interface p1 external_ids:iface-id'),
])
def test_typed(shell, typed, shown):
    """At a terminal, with the Tab key."""
    master, slave = pty.openpty()
    with subprocess.Popen(['bash', '--norc', '--noprofile', '-i'], env=shell,
                          stdin=slave, stdout=slave, stderr=slave,
                          start_new_session=True) as bash:
        os.close(slave)
        os.write(master, f'source {SCRIPT}; echo re""ady\n'.encode())
        seen, sent, end = '', False, time.monotonic() + 20
        while time.monotonic() < end:
            if not sent and 'ready\r\n' in seen:
                os.write(master, typed.encode())
                seen, sent = '', True
            if sent and shown in seen:
                break
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65536).decode(errors='replace')
        bash.kill()
    os.close(master)
    assert sent and shown in seen
