# SPDX-License-Identifier: Apache-2.0
"""Random command lines, right and wrong, by our vsctl and the peer's on equal
databases: the same exit status and output, and the same database afterwards.
The words of errors are test_vsctl_rows.py's; where the peer dies of an
assertion of its own nothing is compared.

WEIR_SEED chooses another seed, WEIR_STEPS the number of command lines."""
import os
import random
import shlex

import pytest

import ovsdb
from test_vsctl_rows import OURS, PEER, Side, run_row

pytestmark = pytest.mark.skipif(not os.path.exists(PEER),
                                reason="Debian's openvswitch is not installed")
SEED = int(os.environ.get('WEIR_SEED', 1))
STEPS = int(os.environ.get('WEIR_STEPS', 250))

SETUP = [
    'add-br br0 -- add-br v10 br0 10 -- add-br br1 -- add-port br0 p1 tag=5 '
    '-- add-port v10 p2 -- add-bond br1 bond0 e1 e2 -- set bridge br0 '
    'external_ids:a=b flood_vlans=1,2,7 fail_mode=secure other_config:n=5',
    'set interface p1 type=internal external_ids:a=b options:x=y',
    '-- --id=@q create qos type=linux-htb queues:0=@z -- set port p1 qos=@q '
    '-- --id=@z create queue dscp=5 external_ids:a=b',
    'set-controller br1 tcp:1.1.1.1', 'set-manager ptcp:6640']
RECORDS = {'bridge': ['br0', 'br1'], 'port': ['p1', 'p2', 'bond0', 'br0'],
           'interface': ['p1', 'e1', 'br0'], 'qos': ['p1'], 'queue': ['abcd']}
OTHER_TABLES = ['controller', 'manager', 'open', 'Open_vSwitch', 'br', 'por',
                'int', 'b', 'p', 'c', 'con', 'nosuch', 'mirror', 'Flow_Table',
                'ssl', '']
OTHER_RECORDS = ['br0', 'v10', 'p2', 'e2', '.', 'nop', 'tcp:1.1.1.1', '@x',
                 'ptcp:6640', 'abcd', '']
SCALARS = {
    'bridge': ['name', 'fail_mode', 'stp_enable', 'datapath_type'],
    'port': ['name', 'tag', 'qos', 'vlan_mode', 'lacp', 'bond_updelay', 'mac'],
    'interface': ['name', 'type', 'ofport', 'mtu_request', 'error',
                  'ingress_policing_rate', 'admin_state'],
    'qos': ['type'], 'queue': ['dscp']}
SETS = {
    'bridge': ['external_ids', 'other_config', 'flood_vlans', 'protocols'],
    'port': ['external_ids', 'trunks'],
    'interface': ['external_ids', 'options', 'statistics'],
    'qos': ['external_ids', 'other_config', 'queues'],
    'queue': ['external_ids', 'other_config']}
KEYS = ['a', 'n', 'x', '"a"', '0', '5', 'a b', '', 'zz']
VALUES = [
    '1', '5', '7', 'a', 'b', 'true', 'false', '[]', '{}', '""', '"x y"',
    '1,2', '[1,2]', 'a=b', '{a=b}', 'a=b,c=d', '1-3', '5-1', 'secure',
    'standalone', 'access', 'active', 'internal', '@x', '4096', '-1', 'x y',
    'a,b', '[a', '{a', 'a}', '=', '1.5', '0x10', 'é', '"\\n"', 'b\\ c', 'p1',
    'OpenFlow13', '', 'linux-htb', '00:00:00:00:00:01']
ORDER_OPS = ['=', '=', '!=', '<', '>', '<=', '>=', '~', '']
SET_OPS = ['{=}', '{!=}', '{<}', '{<=}', '{>}', '{>=}', '{in}', '{not-in}']
NAMES = ['br0', 'br1', 'v10', 'br2', 'p1', 'p2', 'p9', 'bond0', 'e1', 'e9',
         'x y']


class Random(random.Random):
    """Makes command lines."""

    def chance(self, p):
        return self.random() < p

    def column(self, table):
        names = SCALARS.get(table, []) + SETS.get(table, [])
        if not names or self.chance(0.1):
            names = ['external_ids', 'name', 'tag', 'nosuch', 'na', 'ex', 'o']
        name = self.choice(names)
        return name.replace('_', '-') if self.chance(0.2) else name

    def setting(self, table, form):
        """column[:key][=value]"""
        name = self.column(table)
        is_set = name.replace('-', '_') in SETS.get(table, [])
        text = name
        if self.chance(0.5 if is_set else 0.1):
            text += ':' + self.choice(KEYS)
        if form == 'get':
            return text
        ops = ['='] if form == 'set' and self.chance(0.93) else \
            ORDER_OPS + (SET_OPS if is_set else [])
        return text + self.choice(ops) + self.choice(VALUES)

    def database_command(self):
        table = self.choice(sorted(RECORDS)) if self.chance(0.8) \
            else self.choice(OTHER_TABLES)
        record = self.choice(RECORDS.get(table, OTHER_RECORDS)) \
            if self.chance(0.85) else self.choice(OTHER_RECORDS)
        name = self.choice(['get', 'get', 'set', 'set', 'set', 'add', 'remove',
                            'clear', 'list', 'find', 'find', 'create',
                            'destroy'])
        options = ['--if-exists'] if self.chance(0.2) else []
        times = range(self.randint(1, 2))
        if name in ('get', 'set'):
            args = [record] + [self.setting(table, name) for _ in times]
        elif name in ('add', 'remove'):
            args = [record, self.column(table)]
            args += [self.choice(VALUES) for _ in times]
        elif name == 'clear':
            args = [record] + [self.column(table) for _ in times]
        elif name == 'list':
            options.append('--columns=' + ','.join(
                self.column(table) for _ in times))
            args = [record]
        elif name == 'find':
            options = ['--columns=' + self.column(table)]
            args = [self.setting(table, name) for _ in times]
        elif name == 'create':
            options = ['--id=@x'] if self.chance(0.5) else []
            args = [self.setting(table, 'set') for _ in times]
        else:
            args = [record]
        return [*options, name, table, *args]

    def switch_command(self):
        shapes = {
            'add-br': 'NB', 'del-br': 'N', 'add-port': 'bN', 'del-port': 'nN',
            'list-ports': 'N', 'list-ifaces': 'N', 'list-br': '',
            'port-to-br': 'N', 'iface-to-br': 'N', 'add-bond': 'bNNN',
            'add-bond-iface': 'NN', 'del-bond-iface': 'nN',
            'br-to-vlan': 'N', 'br-to-parent': 'N', 'br-exists': 'N',
            'br-set-external-id': 'NNn', 'br-get-external-id': 'Nn',
            'set-fail-mode': 'NM', 'get-controller': 'N',
            'del-controller': 'N'}
        name = self.choice(sorted(shapes))
        options = [self.choice(['--may-exist', '--if-exists'])] \
            if self.chance(0.25) else []
        if name == 'del-port' and self.chance(0.3):
            options.append('--with-iface')
        args = []
        for shape in shapes[name]:
            if shape == 'N' or (shape == 'n' and self.chance(0.4)):
                args.append(self.choice(NAMES))
            elif shape == 'b':
                args.append(self.choice(['br0', 'v10', 'br1', 'br9']))
            elif shape == 'B' and self.chance(0.4):
                args += [self.choice(['br0', 'br1', 'v10', 'br9']),
                         self.choice(['0', '10', '11', '5000'])]
            elif shape == 'M':
                args.append(self.choice(['secure', 'standalone', 'x']))
        if name in ('add-port', 'add-bond') and self.chance(0.4):
            args.append(self.setting('port', 'set'))
        return [*options, name, *args]

    def line(self):
        words = []
        for _ in range(1 if self.chance(0.6) else self.randint(2, 3)):
            if words or self.chance(0.3):
                words.append('--')
            words += self.database_command() if self.chance(0.7) \
                else self.switch_command()
            if 'destroy' in words:
                break   # What stays all the same, we go on to see.
        return shlex.join(words)


@pytest.mark.parametrize('server', ['debian', 'weir'])
def test_random_lines(tmp_path, server):
    make = {'debian': ovsdb.PEER, 'weir': ovsdb.OURS}[server]
    sides = []
    for who, program in (('ours', OURS), ('theirs', PEER)):
        os.mkdir(tmp_path / who)
        sides.append(Side(tmp_path / who, make, program))
    try:
        sides[1].load({'Open_vSwitch': []})
        for line in SETUP:
            done = sides[1].finish(sides[1].start(shlex.split(line)))
            assert done[0] == 0, (line, done)
        base = sides[1].dump()
        for row in base['Open_vSwitch']:
            row.pop('_version')
        rng = Random(SEED)
        bad = []
        for _ in range(STEPS):
            line = rng.line()
            for side in sides:
                side.load(base)
            found = run_row(sides, base, '%~' + line)
            if found and 'assertion' not in found[2]:
                bad += found
        assert not bad, f'seed {SEED}\n' + '\n'.join(bad)
    finally:
        for side in sides:
            side.close()
