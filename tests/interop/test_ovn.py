# SPDX-License-Identifier: Apache-2.0
"""OVN on our database server: ovn-nbctl, ovn-sbctl and ovn-northd with OVN's
own schemas.  One network is built on our server and on Debian's, and what
northd makes of it must be the same in both."""
import glob
import json
import os
import re
import shutil
import subprocess

import pytest
from ovsdb import OURS, PEER, VSWITCH_SCHEMA, Client, Server, run

NB_SCHEMA = '/usr/share/ovn/ovn-nb.ovsschema'
SB_SCHEMA = '/usr/share/ovn/ovn-sb.ovsschema'
needs_ovn = pytest.mark.skipif(
    not (shutil.which('ovn-northd') and os.path.exists(SB_SCHEMA)
         and shutil.which(PEER['server'])), reason='OVN is needed')
SCHEMAS = sorted({VSWITCH_SCHEMA, *glob.glob('/usr/share/ovn/*.ovsschema'),
                  *glob.glob('/usr/share/openvswitch/*.ovsschema')})

NETWORK = """
ls-add sw0
ls-add sw1
lr-add r0
lrp-add r0 r0-sw0 00:00:00:00:ff:01 10.0.0.1/24 fd00::1/64
lrp-add r0 r0-sw1 00:00:00:00:ff:02 10.0.1.1/24
lsp-add sw0 sw0-r0 -- lsp-set-type sw0-r0 router -- lsp-set-addresses sw0-r0 \
router -- lsp-set-options sw0-r0 router-port=r0-sw0
lsp-add sw1 sw1-r0 -- lsp-set-type sw1-r0 router -- lsp-set-addresses sw1-r0 \
router -- lsp-set-options sw1-r0 router-port=r0-sw1
lsp-add sw0 p1 -- lsp-set-addresses p1 "00:00:00:00:00:01 10.0.0.11 fd00::11"
lsp-add sw0 p2 -- lsp-set-addresses p2 "00:00:00:00:00:02 10.0.0.12" -- \
lsp-set-port-security p2 "00:00:00:00:00:02 10.0.0.12"
lsp-add sw1 p3 -- lsp-set-addresses p3 "00:00:00:00:00:03 10.0.1.13"
pg-add web p1 p3
acl-add sw0 to-lport 1001 "ip4 && ip4.src == 10.0.1.0/24" allow-related
acl-add sw0 from-lport 1000 "tcp.dst == 23" drop
--name=log1 --log --severity=info acl-add web to-lport 900 "udp" reject
lb-add lb0 10.0.0.100:80 10.0.0.11:80,10.0.1.13:80 tcp
ls-lb-add sw0 lb0
lr-lb-add r0 lb0
lr-nat-add r0 snat 172.16.0.1 10.0.0.0/24
lr-route-add r0 192.168.0.0/16 10.0.1.254
lr-policy-add r0 10 "ip4.src == 10.0.0.0/25" allow
qos-add sw0 from-lport 100 "inport == \\"p1\\"" rate=1000 burst=100
meter-add m0 drop 10 kbps
create Address_Set name=as0 addresses=10.9.0.1,10.9.0.2
--id=@d create DHCP_Options cidr=10.0.0.0/24 options:server_id=10.0.0.1 \
options:server_mac=00:00:00:00:ff:01 options:lease_time=3600 options:router=\
10.0.0.1 -- add Logical_Switch_Port p1 \
dhcpv4_options @d
set NB_Global . options:mac_prefix=0a:00:00 options:svc_monitor_mac=\
0a:00:00:00:00:01
lsp-set-enabled p2 disabled
lsp-del p3
lsp-add sw1 p3 -- lsp-set-addresses p3 "00:00:00:00:00:03 10.0.1.13"
acl-del sw0 from-lport
lsp-set-enabled p2 enabled
""".replace('\\\n', '')


@pytest.mark.parametrize('path', SCHEMAS, ids=os.path.basename)
def test_any_schema(tmp_path, path):
    """Loads, is served back equal, dumps empty, converts to itself."""
    with open(path, encoding='utf-8') as text:
        schema = json.load(text)
    for make in (OURS, PEER):
        folder = tmp_path / ('ours' if make is OURS else 'theirs')
        folder.mkdir()
        with Server(folder, make=make, schema=schema) as server:
            client = server.client()
            served = client.call('get_schema', schema['name'])
            if make is OURS:
                first = served
                rows = client.transact(
                    *[{'op': 'select', 'table': t, 'where': []}
                      for t in schema['tables']], db=schema['name'])
                assert not any(r['rows'] for r in rows)
                client.call('convert', schema['name'], schema)
                # A client that does not ask to hear of it is cut off.
            assert served == first
    assert run(OURS['tool'], 'schema-cksum', path) == run(
        PEER['tool'], 'schema-cksum', path)


class Ovn:
    """Both databases on a server of one make, and northd over them."""

    def __init__(self, folder, make):
        self.folder = str(folder)
        self.nb = self.folder + '/nb.db'
        run(OURS['tool'], 'create', self.nb, NB_SCHEMA)
        with open(SB_SCHEMA, encoding='utf-8') as text:
            self.server = Server(folder, make=make, schema=json.load(text),
                                 options=[self.nb])
        self.remote = 'unix:' + self.server.socket
        self.northd = None

    def __enter__(self):
        self.server.start()
        env = dict(os.environ, OVS_RUNDIR=self.folder, OVN_RUNDIR=self.folder)
        self.northd = subprocess.Popen(
            ['ovn-northd', '--ovnnb-db=' + self.remote,
             '--ovnsb-db=' + self.remote, '-vconsole:off',
             '--unixctl=' + self.folder + '/nctl',
             '--log-file=' + self.folder + '/northd.log'], env=env,
            stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.northd.terminate()
        self.northd.wait(10)
        self.server.stop()

    def nbctl(self, *words):
        return run('ovn-nbctl', '--no-leader-only', '--timeout=20',
                   '--db=' + self.remote, *words)

    def sbctl(self, *words):
        return run('ovn-sbctl', '--no-leader-only', '--timeout=20',
                   '--db=' + self.remote, *words)


def words_of(line):
    """As a shell splits it, without the quotes inside "..."."""
    return [re.sub(r'\\"', '"', w[1:-1] if w.startswith('"') else w)
            for w in re.findall(r'"(?:[^"\\]|\\.)*"|\S+', line)]


UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
                  r'[0-9a-f]{12}')


class Graph:
    """Rows by UUID, named by what they hold and refer to: so two databases
    can be compared although their UUIDs differ."""

    def __init__(self, path, name, schema_path):
        with open(schema_path, encoding='utf-8') as text:
            tables = json.load(text)['tables']
        client = Client(path)
        results = client.transact(
            *[{'op': 'select', 'table': t, 'where': []} for t in tables],
            db=name)
        client.close()
        self.rows = {}
        for table, result in zip(tables, results):
            for row in result['rows']:
                row.pop('_version')
                self.rows[row.pop('_uuid')[1]] = (table, row)
        self.memo = {}

    def label(self, uuid, depth=0):
        """Contents of a row with those of the rows that it refers to."""
        if uuid not in self.rows or depth > 4:
            return 'row'
        key = uuid, depth
        if key not in self.memo:
            table, row = self.rows[uuid]
            self.memo[key] = json.dumps([table, self.value(row, depth + 1)],
                                        sort_keys=True)
        return self.memo[key]

    def value(self, value, depth):
        if isinstance(value, dict):
            return {k: self.value(v, depth) for k, v in value.items()
                    if not TIMES.search(k)}
        if isinstance(value, list):
            if len(value) == 2 and value[0] == 'uuid':
                return self.label(value[1], depth)
            inside = [self.value(v, depth) for v in value]
            if len(inside) == 2 and inside[0] in ('set', 'map'):
                inside[1] = sorted(
                    (v for v in inside[1]
                     if not (isinstance(v, list) and TIMES.search(str(v[0])))),
                    key=json.dumps)
            return inside
        if isinstance(value, str):
            # Names and cookies that northd makes of a row's UUID.
            return HINT.sub('hint', UUID.sub(
                lambda m: self.label(m[0], depth), value))
        return value

    def text(self):
        return sorted(self.label(uuid) for uuid in self.rows)


# What is the time of day, or the first digits of a UUID.
TIMES = re.compile(r'timestamp|stage-hint|northd-backoff')
HINT = re.compile(r'\b[0-9a-f]{8}\b')


@needs_ovn
def test_ovn_makes_the_same(tmp_path):
    made = []
    for make in (OURS, PEER):
        folder = tmp_path / ('ours' if make is OURS else 'theirs')
        folder.mkdir()
        with Ovn(folder, make) as ovn:
            ovn.nbctl('init')
            ovn.sbctl('init')
            for line in NETWORK.strip().split('\n'):
                ovn.nbctl(*words_of(line))
            ovn.sbctl('chassis-add', 'hv1', 'geneve', '127.0.0.1')
            ovn.sbctl('lsp-bind', 'p1', 'hv1')
            ovn.nbctl('--wait=sb', 'sync')
            assert 'hv1' in ovn.sbctl('show')
            flows = ovn.sbctl('lflow-list')
            show = ovn.nbctl('show')
            path = ovn.server.socket
            made.append((sorted(UUID.sub('', show).split('\n')),
                         sorted(re.sub(r'\(.{36}\)', '', flows).split('\n')),
                         Graph(path, 'OVN_Northbound', NB_SCHEMA).text(),
                         Graph(path, 'OVN_Southbound', SB_SCHEMA).text()))
    ours, theirs = made
    assert ours[0] == theirs[0] and 'switch  (sw0)' in ours[0]
    assert ours[1] == theirs[1] and len(ours[1]) > 300
    assert ours[2] == theirs[2]
    assert ours[3] == theirs[3] and len(ours[3]) > 300


@needs_ovn
def test_ovn_after_a_restart(tmp_path):
    """northd and the tools go on with a server that was killed."""
    with Ovn(tmp_path, OURS) as ovn:
        ovn.nbctl('ls-add', 'sw0')
        ovn.nbctl('--wait=sb', 'lsp-add', 'sw0', 'p0')
        ovn.server.stop(how=9)
        ovn.server.start()
        assert ovn.nbctl('lsp-list', 'sw0').endswith('(p0)\n')
        ovn.nbctl('--wait=sb', 'lsp-add', 'sw0', 'p1')
        assert 'p1' in ovn.sbctl('find', 'Port_Binding', 'logical_port=p1')
        ovn.nbctl('--wait=sb', 'ls-del', 'sw0')
        assert ovn.sbctl('list', 'Port_Binding') == ''
        assert ovn.sbctl('lflow-list') == ''
