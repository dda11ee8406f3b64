# SPDX-License-Identifier: Apache-2.0
"""Our vsctl and Debian's, command by command from an empty database each:
same output, same errors, same exit status, same database afterwards."""
import os
import re
import shlex
import subprocess
import time

import pytest

BUILD = os.environ.get('WEIR_BUILD', '.')
PEER = '/usr/bin/ovs-vsctl'
SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
SERVERS = {'debian': ('/usr/bin/ovsdb-tool', '/usr/sbin/ovsdb-server'),
           'weir': (f'{BUILD}/ovsdb/ovsdb-tool', f'{BUILD}/ovsdb/ovsdb-server')}

pytestmark = pytest.mark.skipif(
    not (os.path.exists(PEER) and os.path.exists(SCHEMA)),
    reason="Debian's openvswitch is not installed")

UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
                  r'[0-9a-f]{12}')

# Scripts: each line is run by both; a line that begins with '~' may differ in
# the words of its error, not in the exit status.
SCRIPTS = {}


def script(text):
    """Names and adds a script; indented lines go on with the one before."""
    name, lines = text.replace('\n    ', ' ').split('\n', 1)
    SCRIPTS[name] = [line for line in lines.splitlines() if line]


script('''bridges
init
add-br br0
add-br br0
--may-exist add-br br0
add-br br0.1 br0 10
add-br br0.1 br0 10
--may-exist add-br br0.1 br0 10
--may-exist add-br br0.1 br0 11
--may-exist add-br br0.1
--may-exist add-br br0 br0 5
add-br x br0.1 5
add-br x nobr 5
add-br x br0 5000
add-br y br0 10
add-br x br0
add-br
list-br
--real list-br
--fake list-br
br-exists br0
br-exists br9
br-to-vlan br0
br-to-vlan br0.1
br-to-vlan zz
br-to-parent br0.1
br-to-parent br0
br-set-external-id br0 k v
br-set-external-id br0.1 k v
br-get-external-id br0
br-get-external-id br0.1
br-get-external-id br0.1 k
br-get-external-id br0 nok
br-set-external-id br0 k
list port
del-br nobr
--if-exists del-br nobr
add-port br0 p1
add-port br0.1 p2
add-port br0 p1
--may-exist add-port br0 p1
--may-exist add-port br0.1 p1
add-port nobr p3
list-ports br0
list-ports br0.1
list-ports zz
port-to-br p1
port-to-br p2
port-to-br nop
iface-to-br p2
iface-to-br br0
iface-to-br nop
list-ifaces br0
list-ifaces br0.1
add-br z br0 0 -- add-port z zp
list-ports z
get port zp tag
show
del-port br0 p2
del-port br0.1 p1
del-port nop
--if-exists del-port nop
del-port br0
del-port nobr p1
--if-exists del-port nobr p1
port-to-br br0
add-port br0 br0
add-br p1
del-br br0.1
show
del-br br0
show
''')

script('''bonds
add-br br0 -- add-port br0 p1
add-bond br0 bond0 e1
add-bond br0 bond0 e1 e2 lacp=active
--may-exist add-bond br0 bond0 e2 e1
--may-exist add-bond br0 bond0 e2 e3
--fake-iface add-bond br0 bond1 e3 e4
add-bond-iface bond0 e5
add-bond-iface bond0 e5
--may-exist add-bond-iface bond0 e5
--may-exist add-bond-iface bond0 p1
del-bond-iface bond0 e5
del-bond-iface e5
--if-exists del-bond-iface e5
del-bond-iface bond1 e1
del-bond-iface p1
show
list port bond1
del-port e1
add-br e3
add-port br0 e3
--with-iface del-port e1
show
''')

script('''remotes
add-br br0 -- add-br br0.1 br0 10
set-controller br0 tcp:1.2.3.4:6653 tcp:1.2.3.5
get-controller br0
get-controller br0.1
get-controller zz
set-controller br0 foo
set-controller br0 tcp:1.2.3.4 tcp:1.2.3.4
--inactivity-probe=5 set-controller br0 tcp:1.2.3.4
list controller
set controller br0 is_connected=true role=master
show
del-controller br0
get-controller br0
set-controller br0.1 tcp:1.1.1.1
get-fail-mode br0
set-fail-mode br0 secure
get-fail-mode br0
set-fail-mode br0 foo
del-fail-mode br0
get-manager
set-manager ptcp:6640 tcp:1.1.1.1:6640
get-manager
set-manager foo
list manager
set-controller br0 ptcp:6653 unix:/x
set br0 x
set-ssl a b c
get-ssl
--bootstrap set-ssl a b c
get-ssl
show
set controller br0 role=master
get ssl . private_key
del-ssl
get-ssl
del-manager
set bridge br0 other_config:a=b other_config:hwaddr=00:00:00:00:00:01
emer-reset
show
get bridge br0 other_config
add-aa-mapping br0 100 5
get-aa-mapping br0
del-aa-mapping br0 100 5
del-aa-mapping br0 100 5
add-zone-tp system zone=1 icmp_first=1
-- --id=@d create datapath datapath_version=1 -- set open . datapaths:system=@d
add-zone-tp system zone=1 icmp_first=1 icmp_reply=2
add-zone-tp system zone=1 icmp_first=1
list-zone-tp system
~add-zone-tp system zone=2 foo=1
~add-zone-tp system zone=70000 icmp_first=1
list-dp-cap system
set datapath . capabilities:x=true
list-dp-cap sys
del-zone-tp system zone=1
del-zone-tp system zone=1
--if-exists del-zone-tp system zone=1
list-zone-tp sys
''')

script('''database
add-br br0 -- add-br b1 br0 10 -- set bridge br0 external_ids:x=5
get bridge br0
get bridge br0 name
get bridge br0 nosuch
get bridge brx name
--if-exists get bridge brx name
get bridge br0 external_ids:foo
--if-exists get bridge br0 external_ids:foo
set bridge br0 external_ids:foo=1 other-config:bar=2
get bridge br0 external_ids:foo other_config:bar
get bridge br0 flow_tables:5
get bridge br0 name:x
--id=@x get bridge br0
--id=@x get bridge br0 _uuid
--id=x get bridge br0
--id=@x --if-exists get bridge br0
set bridge brx stp_enable=true
--if-exists set bridge brx stp_enable=true
set bridge br0
set bridge
add bridge br0 flood_vlans 5
add bridge br0 flood_vlans 6 7,8
get bridge br0 flood_vlans
add bridge br0 external_ids foo=3 baz=4
get bridge br0 external_ids
~add bridge br0 stp_enable true
add bridge br0 fail_mode secure
~add bridge br0 fail_mode standalone
remove bridge br0 flood_vlans 5,6
remove bridge br0 external_ids foo
remove bridge br0 external_ids baz=9
get bridge br0 external_ids flood_vlans
remove bridge br0 external_ids baz=4 x
get bridge br0 external_ids flood_vlans
remove bridge br0 name br0
clear bridge br0 flood_vlans external_ids
clear bridge br0 stp_enable
clear bridge br0 name
--if-exists clear bridge brx tag
create qos type=linux-htb
create qos nosuch=1
create qos type
--id=@q create qos type=x -- set port br0 qos=@q
--id=foo create qos type=x
--id=@q create qos type=x -- --id=@q create qos type=y
~--id=@q create queue dscp=5 -- set port br0 qos=@q
-- set port br0 qos=@z
--id=12345678-1234-1234-1234-123456789012 create qos type=z
list qos 12345678-1234-1234-1234-123456789012
list qos 1234
list qos 123
destroy qos 1234
destroy qos foo
--if-exists destroy qos foo
--all destroy qos foo
list qos br0
find port name=br0
--columns=name find port tag=10
--columns=name find port tag!=10
--columns=name find port tag{=}[]
--columns=name find port 'tag>5'
set bridge br0 external_ids:x=5
--columns=name find bridge external_ids:x=5
--columns=name find bridge external_ids:x{=}[]
--columns=name find bridge external_ids:x!=5
--columns=name find bridge external_ids:y!=5
--columns=name find bridge external_ids:y{!=}5
find bridge name
find bridge name~5
find bridge name=
--columns=name find port 'name>b1'
--columns=name find port 'trunks{<=}1,2'
--columns=name find port 'trunks{in}1,2'
--columns=name find port 'trunks{not-in}1,2'
--columns=name find port 'trunks{foo}1,2'
wait-until bridge br0 name=br0
comment foo bar
--dry-run add-br brz
list-br
--oneline --dry-run list-br -- get bridge br0 name
--oneline list-br -- list-ports br0 -- add-br br5
get open . next_cfg cur_cfg
set open_vswitch . next_cfg=5
set op . next=5
set OPEN-VSWITCH . next-cfg=6
get Open_vSwitch foo next_cfg
get mirror . name
get interface br0 name -- bad
get port br0 _version
--force destroy open .
set open . db_version=x ovs_version=y
--may-exist list port
add-port br0 p1 -- set interface p1 typ=internal
add-port br0 p4 tagg=4
add-port br0 p4 tag=5000
get port p4 tag
-- --may list port
show --foo
add-br br7 --may-exist
-- add-br br7 -- -- list-br
list-br --
-- -- list-br
--columns=name list bridge brx
set port br0 tag=1 tag=2
get port br0 tag
--columns=foo list port
--columns=_uuid,_version list qos
--columns= list port
list port br0 -- list port b1
list
list foo
list o
list con
list q
list bridge brx
--if-exists list bridge brx
--if-exists list-br
list-br x
foo
--no-such list-br
get bridge br0 ports -- get interface br0 type
--if-exists clear port br0 tag trunk vlan_mode
-- set Port br0 tag=10 trunk=10,20
get Port br0 trunk
--no-heading --columns=_uuid find queue 'external-ids:vm-id="U"'
--no-headings --format=list --data=json --columns=statistics list interface br0
destroy bridge br0
list-br
''')

# What other programs call, word by word; quotes inside are theirs.
script('''libvirt
add-br br0
-- --may-exist add-port br0 vmt1 tag=10 -- set Interface vmt1
    external-ids:attached-mac=\\"52:54:00:00:00:01\\" -- set Interface vmt1
    external-ids:iface-id=\\"6b2bbb3a-1111-4222-8333-0123456789ab\\" -- set
    Interface vmt1
    external-ids:vm-id=\\"6b2bbb3a-2222-4222-8333-0123456789ab\\" -- set
    Interface vmt1 external-ids:iface-status=active
-- --may-exist add-port br0 vmt2 vlan_mode=native-untagged tag=10 trunk=10,20
    -- set Interface vmt2 external-ids:attached-mac=\\"52:54:00:00:00:02\\" --
    set Interface vmt2 external-ids:port-profile=\\"prof1\\" -- set Interface
    vmt2 external-ids:ifname=\\"vmt2\\" -- set Interface vmt2
    external-ids:iface-status=active
--no-heading --columns=_uuid find queue external-ids:vm-id=\\"U\\"
    external-ids:ifname=\\"vmt1\\"
--no-heading --columns=_uuid find qos external-ids:vm-id=\\"U\\"
    external-ids:ifname=\\"vmt1\\"
set port vmt1 qos=@qos1 external-ids:vm-id=\\"U\\"
    external-ids:ifname=\\"vmt1\\" -- --id=@qos1 create qos type=linux-htb
    other_config:min-rate=8000000 other_config:burst=4096000
    other_config:max-rate=16000000 queues:0=@queue0 external-ids:vm-id=\\"U\\"
    external-ids:ifname=\\"vmt1\\" -- --id=@queue0 create queue
    other_config:min-rate=8000000 other_config:burst=4096000
    other_config:max-rate=16000000 external-ids:vm-id=\\"U\\"
    external-ids:ifname=\\"vmt1\\"
--no-heading --columns=_uuid find queue external-ids:vm-id=\\"U\\"
    external-ids:ifname=\\"vmt1\\"
--no-heading --columns=_uuid --if-exists list port vmt1 qos
set qos vmt1 other_config:min-rate=5000
set Interface vmt1 ingress_policing_rate=6400 ingress_policing_burst=3200
-- --if-exists clear Port vmt2 tag -- --if-exists clear Port vmt2 trunk --
    --if-exists clear Port vmt2 vlan_mode -- --if-exists set Port vmt2
    vlan_mode=native-untagged tag=10 trunk=10,30
-- --if-exists clear Port novm tag -- --if-exists clear Port novm trunk --
    --if-exists clear Port novm vlan_mode
--if-exists get Interface vmt1 external_ids:PortData
set Interface vmt1 external_ids:PortData=abc
--if-exists get Interface vmt1 external_ids:PortData
--if-exists --format=list --data=json --no-headings --columns=statistics list
    Interface vmt1
--if-exists --format=list --data=json --no-headings --columns=statistics list
    Interface novm
iface-to-br vmt1
iface-to-br novm
set Interface vmt2 type=dpdkvhostuserclient
    options:vhost-server-path=/path/vhu0.sock
--no-headings --columns=name find Interface
    options:vhost-server-path=/path/vhu0.sock
get Interface vmt1 name
list port
list qos
list queue
-- --if-exists del-port vmt1
-- --if-exists del-port vmt1
--all destroy qos
--all destroy queue
''')

script('''mininet
-t 1 show
-- --id=@s1c0 create Controller target=\\"tcp:127.0.0.1:6653\\"
    max_backoff=1000 -- --if-exists del-br s1 -- add-br s1 -- set bridge s1
    controller=[@s1c0] other_config:datapath-id=0000000000000001
    fail_mode=secure other-config:disable-in-band=true datapath_type=netdev
    protocols=OpenFlow13 stp_enable=true other-config:dp-desc=s1 -- add-port s1
    s1-eth1 -- set Interface s1-eth1 ofport_request=1 -- add-port s1 s1-eth2 --
    set Interface s1-eth2 ofport_request=2 type=patch options:peer=s2-eth1
get Bridge s1 Controller
get Controller s1 is_connected
show
list bridge
list controller
-- --id=@s1c0 create Controller target=\\"tcp:127.0.0.1:6653\\"
    max_backoff=1000 -- --if-exists del-br s1 -- add-br s1 -- set bridge s1
    controller=[@s1c0]
list controller
del-br s1
-- --if-exists del-br s1
show
''')

script('''neutron
--timeout=10 --id=@manager -- create Manager target=\\"ptcp:6640:127.0.0.1\\"
    -- add Open_vSwitch . manager_options @manager
set Manager ptcp:6640:127.0.0.1 inactivity_probe=10000
list manager
--may-exist add-br br-int -- set Bridge br-int datapath_type=netdev
    fail_mode=secure protocols=OpenFlow10,OpenFlow13,OpenFlow14
    other_config:mac-table-size=50000
--may-exist add-port br-int int-br-ex -- set Interface int-br-ex type=patch
    options:peer=phy-br-ex
set Port int-br-ex tag=4095 vlan_mode=trunk trunks=4095
add Bridge br-int protocols OpenFlow15
add-port br-int vxlan0 -- set Interface vxlan0 type=vxlan
    options:remote_ip=10.0.0.2 options:local_ip=10.0.0.1 options:in_key=flow
    options:out_key=flow options:df_default=true options:egress_pkt_mark=0
clear Bridge br-int protocols
-- --columns=name,external_ids list Interface
-- --columns=ofport list Interface int-br-ex
show
''')

VALUES = '''
other_config={a=b:c} | external_ids:x=a=b | external_ids:x=a b
external_ids:x="a b" | external_ids:x=a,b | external_ids:x=[a
external_ids={a=b, c=d e=f} | external_ids={"a b"="c:d"}
external_ids:a:b=c | external_ids:"a:b"=c | flood_vlans=1-5
flood_vlans=[1 2,3] | flood_vlans=1,,2 | flood_vlans=1, 2
flood_vlans=[1,2 | flood_vlans=1,2] | flood_vlans=5000
fail_mode=bad | external_ids:5=7 | external_ids:x=true
external_ids:x="true" | external_ids:x=-5 | external_ids:x=_a-b.c
external_ids:x=1a | external_ids:x= | external_ids:x=""
external_ids:x=f81d4fae-7dec-11d0-a765-00a0c91e6bf6
external_ids:x="a\\"b\\\\n\\u0041" | external_ids:x="abc | stp_enable=yes
stp_enable=true | protocols=OpenFlow10,OpenFlow13
protocols=[OpenFlow10, OpenFlow13] | protocols={OpenFlow10} | nosuch=1
fl=1 | p=1 | name=x | ports=@foo | ports=abc | external_ids:x=a\\ b
flood_vlans={1,2} | external_ids=[a=b] | external_ids:x=é
external_ids:x=a\\b | external_ids:x='a' | external_ids:x=a;b
external_ids:x=a/b | external_ids:x=a<b | external_ids:x=a!b
fail_mode=secure,standalone | flood_vlans=5-1 | flood_vlans=0x10
flood_vlans= 5 | flood_vlans=1.5 | flood_vlans=abc | flood_vlans=1 -5
flood_vlans=1-5000 | flood_vlans=[1,2]x | external_ids={a=b}x
external_ids={a=b | external_ids={a=b,} | flood_vlans=1, | external_ids=a:b
external_ids==a | external_ids="a | flood_vlans= | external_ids={}
stp_enable=on | stp_enable=1 | stp_enable=maybe | datapath_type=a b
datapath_type=a,b | datapath_type=[a] | datapath_type=[] | ports=[]
flow_tables:0=abc | flow_tables:300=abc | flood_vlans:5=6
external_ids:x!=5 | external_ids<5 | flood_vlans+=6 | flood_vlans?6
external_ids:x"y=5 | external_ids:x y=5 | external_ids:[=5 | =5 | foo
'''


class Database:
    """A server of its own with an empty database."""

    def __init__(self, path, kind):
        tool, server = SERVERS[kind]
        os.makedirs(path)
        self.path = path
        subprocess.run([tool, 'create', f'{path}/conf.db', SCHEMA],
                       check=True)
        self.server = subprocess.Popen(
            [server, f'{path}/conf.db', f'--remote=punix:{path}/db.sock',
             f'--unixctl={path}/ctl', '--no-chdir'],
            stderr=subprocess.DEVNULL)
        for _ in range(200):
            if os.path.exists(f'{path}/db.sock'):
                break
            time.sleep(0.02)

    def close(self):
        self.server.terminate()
        self.server.wait()

    def raw(self, program, words):
        """Status, output and errors."""
        done = subprocess.run(
            [program, '--no-syslog', '--no-wait', '--timeout=5',
             f'--db=unix:{self.path}/db.sock', *words],
            capture_output=True, text=True, timeout=20,
            env={**os.environ, 'OVS_RUNDIR': self.path})
        return (done.returncode, done.stdout,
                re.sub(r'^\S+\|\d+\|\w+\|', 'LOG|', done.stderr,
                       flags=re.M))

    def run(self, program, words):
        """The same with what must differ blanked."""
        status, out, err = self.raw(program, words)
        return status, normal(out), normal(err)

    def dump(self, program):
        """The whole database, in an order that is not the server's."""
        return [self.run(program, ['list', t]) for t in
                ('bridge', 'port', 'interface', 'open_vswitch', 'qos',
                 'controller', 'manager', 'ssl', 'datapath')]


def normal(text):
    """UUIDs blanked, lines sorted: neither has a meaning of its own."""
    return sorted(UUID.sub('UUID', text).replace('/usr/bin/', '')
                  .splitlines())


@pytest.fixture(params=sorted(SERVERS))
def databases(request, tmp_path):
    pair = [Database(f'{tmp_path}/{who}', request.param)
            for who in ('ours', 'theirs')]
    yield pair
    for db in pair:
        db.close()


@pytest.fixture
def ours(tmp_path):
    """Our tool under the name that it stands in for."""
    path = f'{tmp_path}/ovs-vsctl'
    os.symlink(os.path.abspath(f'{BUILD}/utilities/vsctl/vsctl'), path)
    return path


def compare(databases, ours, words, words_may_differ=False):
    one = databases[0].run(ours, words)
    two = databases[1].run(PEER, words)
    if words_may_differ:
        one, two = one[:2], two[:2]
    return [] if one == two else [(words, one, two)]


@pytest.mark.parametrize('name', sorted(SCRIPTS))
def test_script(databases, ours, name):
    bad = []
    for line in SCRIPTS[name]:
        differ = line.startswith('~')
        bad += compare(databases, ours, shlex.split(line.lstrip('~')), differ)
    assert not bad
    assert databases[0].dump(PEER) == databases[1].dump(PEER)
    assert databases[0].dump(ours) == databases[1].dump(PEER)


def test_values(databases, ours):
    bad = compare(databases, ours, ['add-br', 'br0'])
    for arg in re.split(r' \| |\n', VALUES.strip()):
        bad += compare(databases, ours, ['set', 'bridge', 'br0', arg])
        bad += compare(databases, ours, ['--columns=external_ids,other_config,'
                                         'flood_vlans,protocols,fail_mode',
                                         'list', 'bridge', 'br0'])
    assert not bad


def test_formats(databases, ours):
    """On one database, byte by byte."""
    db = databases[0]
    db.run(PEER, shlex.split(
        '''add-br br1 -- add-port br1 p,1 -- add-port br1 p2 tag=5
           -- set bridge br1 external_ids:x='a"<b>&' external_ids:y='"a\\nb"'
              external_ids:é=ü'''))
    bad = []
    for fmt in ('table', 'list', 'html', 'csv', 'json', 'bad'):
        for data in ('string', 'bare', 'json', 'bad'):
            for more in ([], ['--no-headings'], ['--pretty'],
                         ['--max-column-width=5'], ['--bare']):
                for cmd in ('list port p2', 'list bridge br1',
                            'list qos', 'list bridge br1 -- list port p2'):
                    words = ['-f', fmt, '-d', data, *more, '--', *cmd.split()]
                    one, two = db.raw(ours, words), db.raw(PEER, words)
                    bad += [] if one == two else [(words, one, two)]
    assert not bad
