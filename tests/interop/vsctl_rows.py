# SPDX-License-Identifier: Apache-2.0
"""Rows of test_vsctl_rows.py, in groups.

A group begins with "== NAME"; "setup: COMMANDS" lines fill the database; each
other line is a row, run on the database as the setup left it.  A line that is
indented goes on with the one before.  Before a row may stand:
  ~   the words of the error may differ
  %   the order of the lines may differ (that of records may in any case)
  !N  ours differs on purpose, and exits N: it refuses what the peer takes for
      something else, or does what the peer cannot
"""


def parse(text):
    groups = {}
    for line in text.replace('\n    ', ' ').splitlines():
        if line.startswith('== '):
            setup, rows = groups[line[3:]] = [], []
        elif line.startswith('setup: '):
            setup.append(line[7:])
        elif line and not line.startswith('#'):
            rows.append(line)
    return groups


GROUPS = parse(r'''
== empty database
init
%show
emer-reset
list-br
list open
get open . _uuid
get open . bridges
set open . external_ids:a=b
add-br br0
add-br br0 -- del-br br0
--if-exists del-br br0
del-br br0
br-exists br0
get-manager
get-ssl
del-manager
del-ssl
set-manager ptcp:6640
list-zone-tp system
list-dp-cap system
create queue dscp=1
--id=@q create queue dscp=1 -- create qos type=x queues:0=@q
%find bridge
list bridge
list ssl .
get ssl . private_key
--if-exists get ssl . private_key
destroy open .
--force destroy open .
comment
comment a b c
-- init
-- init -- init
-- -- init
init --
init -- --
--
-- --

== bridges
setup: add-br br0 -- add-br v10 br0 10 -- add-br br1
setup: add-port br0 p1 -- add-port v10 p2 -- add-port br1 q1
setup: add-br v0 br1 0 -- add-port br1 t10 tag=10
add-br
add-br br0
add-br br2
add-br p1
add-br p2
add-br v10
add-br br2 br0
add-br br2 br0 10
add-br br2 br0 11
add-br br2 br0 0
add-br br2 br0 4095
add-br br2 br0 4096
add-br br2 br0 -1
!1 add-br br2 br0 x
!1 add-br br2 br0 0x10
add-br br2 br0 010
!1 add-br br2 br0 ''
add-br br2 br0 10 x
add-br br2 br9 10
add-br br2 v10 11
add-br br2 p1 11
add-br ''
add-br 'a b'
add-br é
add-br true
add-br br2 -- add-br br2
add-br br2 -- add-br br3 br2 5 -- list-br
add-br br2 -- del-br br2 -- list-br
del-br br0 -- add-br br0 -- list-ports br0
del-br br0 -- add-br br0 -- add-port br0 p1 -- list-ports br0
--may-exist add-br br0
--may-exist add-br br2
--may-exist add-br br0 br0 10
--may-exist add-br v10
--may-exist add-br v10 br0 10
--may-exist add-br v10 br0 11
--may-exist add-br v10 br1 10
--may-exist add-br v10 br9 10
--may-exist add-br p1
--may-exist add-br t10
--may add-br br0
--may-exist=yes add-br br0
--may-exist= add-br br0
--if-exists add-br br0
!0 -- --may add-br br0
-- --may-exist=yes add-br br0
-- --if-exists add-br br0
del-br
del-br br0
del-br br1
del-br v10
del-br v0
del-br br9
del-br p1
del-br br0 br1
--if-exists del-br br9
--if-exists del-br p1
--if-exists del-br v10
--if del-br br9
!0 -- --if del-br br9
del-br br0 -- del-br v10
del-br br0 -- del-br br0
del-br br0 -- --if-exists del-br br0
list-br
--real list-br
--fake list-br
--real --fake list-br
--fake --real list-br
--re list-br
list-br x
br-exists
br-exists br0
br-exists v10
br-exists br9
br-exists p1
br-exists br9 -- list-br
list-br -- br-exists br9
add-br br7 -- br-exists br9
add-br br7 -- br-exists br7
br-exists br0 br1
br-to-vlan br0
br-to-vlan v10
br-to-vlan v0
br-to-vlan p1
br-to-vlan br9
br-to-vlan
br-to-parent br0
br-to-parent v10
br-to-parent br9
br-to-parent t10
br-set-external-id br0 k v
br-set-external-id br0 k
br-set-external-id br0 k 'a b'
br-set-external-id br0 '' ''
br-set-external-id br0 k ''
br-set-external-id br0 k v w
br-set-external-id br0
br-set-external-id br9 k v
br-set-external-id v10 k v
br-set-external-id v10 k v -- br-get-external-id v10
br-set-external-id v10 k v -- br-get-external-id v10 k
br-set-external-id br0 b 2 -- br-set-external-id br0 a 1 -- br-get-external-id
    br0
br-set-external-id br0 b 2 -- br-set-external-id br0 b 3 -- br-get-external-id
    br0
br-set-external-id br0 b 2 -- br-set-external-id br0 b -- br-get-external-id
    br0
br-get-external-id br0
br-get-external-id br0 k
br-get-external-id br9 k
br-get-external-id p1
set bridge br0 external_ids:a=b external_ids:c='"d e"' -- br-get-external-id
    br0
set bridge br0 external_ids:a=b -- br-get-external-id br0 a
set port v10 external_ids:fake-bridge-a=b -- br-get-external-id v10
set port v10 external_ids:fake-bridge-a=b -- br-get-external-id v10 a
set port v10 external_ids:other=b -- br-get-external-id v10

== ports
setup: add-br br0 -- add-br v10 br0 10 -- add-br br1
setup: add-port br0 p1 -- add-port v10 p2 -- add-port br1 q1
setup: add-bond br0 bond0 e1 e2 -- add-port br0 t10 tag=10 -- add-port br0 t11
    tag=11
setup: add-port br0 x9 -- set interface x9 name=x9if
add-port
add-port br0
add-port br0 n1
add-port br9 n1
add-port br0 p1
add-port br0 p2
add-port br0 q1
add-port br0 br0
add-port br0 br1
add-port br0 v10
add-port br0 bond0
add-port br0 e1
add-port v10 n1
add-port v10 n1 tag=11
add-port br0 n1 tag=5
add-port br0 n1 tag=5 trunks=1,2 vlan_mode=trunk
add-port br0 n1 tag=5000
add-port br0 n1 tag=-1
add-port br0 n1 tag=x
add-port br0 n1 tag=
add-port br0 n1 tag
add-port br0 n1 nosuch=1
add-port br0 n1 t=1
add-port br0 n1 ta=1
add-port br0 n1 TAG=1
add-port br0 n1 vlan-mode=access
add-port br0 n1 vlan_mode=foo
add-port br0 n1 other-config:a=b
add-port br0 n1 other_config=a=b,c=d
add-port br0 n1 external_ids:x=y external_ids:z=w
add-port br0 n1 external_ids:x=y external_ids:x=w
add-port br0 n1 name=n2
add-port br0 n1 qos=@q
add-port br0 n1 qos=@q -- --id=@q create qos type=linux-htb
add-port br0 n1 interfaces=@i -- --id=@i create interface name=zz
add-port br0 n1 -- add-port br0 n1
add-port br0 n1 -- add-port br1 n1
add-port br0 n1 -- del-port n1
add-port br0 n1 -- set interface n1 type=internal
add-port br0 n1 -- set interface n1 type=internal -- get interface n1 type
add-port br0 n1 -- get port n1 name
add-port br0 n1 -- list-ports br0
add-port br0 n1 -- list-ports v10
add-port v10 n1 -- list-ports v10
add-port br0 ''
add-port br0 'a b'
add-port br0 a,b
add-port br0 é
add-port br0 0123456789abcdef0123456789abcdef0123456789
--may-exist add-port br0 p1
--may-exist add-port br0 p1 tag=7
--may-exist add-port br0 p2
--may-exist add-port v10 p2
--may-exist add-port br1 p1
--may-exist add-port br0 bond0
--may-exist add-port br0 br0
--may-exist add-port br0 e1
--may-exist add-port br0 v10
--may-exist add-port br9 p1
--may-exist add-port br0 x9
--may-exist add-port br0 n1 -- --may-exist add-port br0 n1
--may add-port br0 p1
del-port
del-port p1
del-port br0 p1
del-port br1 p1
del-port v10 p1
del-port v10 p2
del-port br0 p2
del-port br9 p1
del-port br0
del-port v10
del-port br0 br0
del-port br0 v10
del-port nop
del-port br0 nop
del-port p1 p2 p3
del-port bond0
del-port e1
del-port t10
del-port br0 t10
del-port v10 t10
del-port v10 t11
del-port x9if
--if-exists del-port nop
--if-exists del-port br0 nop
--if-exists del-port br9 nop
--if-exists del-port br9 p1
--if-exists del-port br1 p1
--if-exists del-port br0 p2
--if-exists del-port br0
--if-exists del-port br0 br0
--if-exists del-port e1
--with-iface del-port e1
--with-iface del-port br0 e1
--with-iface del-port br1 e1
--with-iface del-port p1
--with-iface del-port x9if
--with-iface del-port nop
--with-iface del-port br0
--with-iface --if-exists del-port nop
--with-iface --if-exists del-port br0
--if-exists --with-iface del-port e2
-- --if-exists del-port p1
!0 -- --with del-port e1
del-port p1 -- del-port p1
del-port p1 -- --if-exists del-port p1
del-port p1 -- add-port br1 p1 -- port-to-br p1
del-port e1 -- list-ports br0
list-ports
list-ports br0
list-ports v10
list-ports br1
list-ports br9
list-ports p1
list-ports br0 br1
port-to-br
port-to-br p1
port-to-br p2
port-to-br t10
port-to-br t11
port-to-br bond0
port-to-br e1
port-to-br br0
port-to-br v10
port-to-br nop
port-to-br br9
port-to-br x9if
port-to-br p1 p2
iface-to-br p1
iface-to-br p2
iface-to-br e1
iface-to-br bond0
iface-to-br br0
iface-to-br v10
iface-to-br nop
iface-to-br x9if
iface-to-br x9
iface-to-br
list-ifaces br0
list-ifaces v10
list-ifaces br1
list-ifaces br9
list-ifaces
list-ifaces e1

== bonds
setup: add-br br0 -- add-br br1 -- add-br v10 br0 10
setup: add-bond br0 bond0 e1 e2 -- --fake-iface add-bond br0 bond1 e3 e4 --
    add-port br0 p1
add-bond
add-bond br0
add-bond br0 b
add-bond br0 b i1
add-bond br0 b i1 i2
add-bond br0 b i1 i2 i3
add-bond br0 b i1 lacp=active
add-bond br0 b i1 i2 lacp=active
add-bond br0 b i1 i2 lacp=active bond_mode=balance-tcp
add-bond br0 b lacp=active i1 i2
add-bond br0 b i1 lacp=active i2
add-bond br0 b i1 i2 lacp=foo
add-bond br0 b i1 i2 bond_mode=balance-tcp other_config:lacp-time=fast
add-bond br0 b i1 i1
add-bond br0 b b i1
add-bond br0 b e1 i2
add-bond br0 b p1 i2
add-bond br0 b br0 i2
add-bond br0 b br1 i2
add-bond br0 b bond0 i2
add-bond br0 bond0 e1 e2
add-bond br0 bond0 i1 i2
add-bond br0 p1 i1 i2
add-bond br0 br1 i1 i2
add-bond br9 b i1 i2
add-bond v10 b i1 i2
--may-exist add-bond br0 bond0 e1 e2
--may-exist add-bond br0 bond0 e2 e1
--may-exist add-bond br0 bond0 e2 e1 lacp=active
--may-exist add-bond br0 bond0 e1 e3
--may-exist add-bond br0 bond0 e1 e2 e5
--may-exist add-bond br0 bond0 e1
--may-exist add-bond br1 bond0 e1 e2
--may-exist add-bond br0 p1 p1 e9
--may-exist add-bond br0 e1 e2 e9
--may-exist add-bond br0 bond0 e1 e1
--fake-iface add-bond br0 b i1 i2
--fake-iface --may-exist add-bond br0 bond0 e1 e2
--fake-iface add-port br0 n1
add-bond-iface
add-bond-iface bond0 i9
add-bond-iface bond0 e1
add-bond-iface bond0 e3
add-bond-iface bond0 p1
add-bond-iface bond0 br0
add-bond-iface bond0 bond0
add-bond-iface p1 i9
add-bond-iface nob i9
add-bond-iface br0 i9
--may-exist add-bond-iface bond0 i9
--may-exist add-bond-iface bond0 e1
--may-exist add-bond-iface bond0 e3
--may-exist add-bond-iface bond0 br0
--may-exist add-bond-iface nob e1
del-bond-iface
del-bond-iface e1
del-bond-iface bond0 e1
del-bond-iface bond1 e1
del-bond-iface nob e1
del-bond-iface bond0 nop
del-bond-iface nop
del-bond-iface p1
del-bond-iface p1 p1
del-bond-iface br0
del-bond-iface e1 -- del-bond-iface e2
del-bond-iface bond0 e1 e2
--if-exists del-bond-iface nop
--if-exists del-bond-iface bond0 nop
--if-exists del-bond-iface nob nop
--if-exists del-bond-iface bond1 e1
--if-exists del-bond-iface p1
%show
get port bond1 bond_fake_iface
list-ports br0
list-ifaces br0
del-port bond0
del-br br0
add-bond-iface bond0 i9 -- del-bond-iface i9 -- list-ifaces br0
add-bond-iface bond0 i9 -- list-ifaces br0

== controllers
setup: add-br br0 -- add-br v10 br0 10 -- add-br br1
setup: set-controller br1 tcp:1.2.3.4:6653 ssl:1.2.3.5 -- set-fail-mode br1
    secure
setup: set-manager ptcp:6640 ssl:1.2.3.4:6640 -- set-ssl /key /cert /ca
get-controller
get-controller br0
get-controller br1
get-controller v10
get-controller br9
get-controller p1
del-controller br1
del-controller br0
del-controller v10
del-controller br9
set-controller br0
set-controller
set-controller br0 tcp:1.1.1.1
set-controller br1 tcp:1.1.1.1
set-controller v10 tcp:1.1.1.1
set-controller br9 tcp:1.1.1.1
set-controller br0 tcp:1.1.1.1 tcp:2.2.2.2:6633
set-controller br0 tcp:1.1.1.1 tcp:1.1.1.1
set-controller br0 foo
set-controller br0 foo:bar
set-controller br0 ''
set-controller br0 TCP:1.1.1.1
set-controller br0 ptcp:
set-controller br0 ptcp:6653:[::1]
set-controller br0 unix:/a/b
set-controller br0 punix:/a/b
set-controller br0 pssl:6653
set-controller br0 none
set-controller br0 fd:3
set-controller br0 tcp:1.1.1.1 -- get-controller br0
set-controller br0 tcp:1.1.1.1 -- set-controller br0 tcp:2.2.2.2 --
    get-controller br0
set-controller br1 tcp:1.1.1.1 -- del-controller br1 -- get-controller br1
--inactivity-probe=30000 set-controller br0 tcp:1.1.1.1
--inactivity-probe=0 set-controller br0 tcp:1.1.1.1
!1 --inactivity-probe=x set-controller br0 tcp:1.1.1.1
!1 --inactivity-probe= set-controller br0 tcp:1.1.1.1
--inactivity-probe=-5 set-controller br0 tcp:1.1.1.1
!1 --inactivity-probe=1x set-controller br0 tcp:1.1.1.1
--inactivity-probe set-controller br0 tcp:1.1.1.1
--inactivity-probe 5 set-controller br0 tcp:1.1.1.1
-- --inactivity-probe=5 set-controller br0 tcp:1.1.1.1
-- --inactivity-probe 5 set-controller br0 tcp:1.1.1.1
-- --inactivity-probe set-controller br0 tcp:1.1.1.1
get-fail-mode br0
get-fail-mode br1
get-fail-mode v10
get-fail-mode br9
get-fail-mode
set-fail-mode br0 standalone
set-fail-mode br0 secure
set-fail-mode br0 SECURE
set-fail-mode br0 foo
set-fail-mode br0
set-fail-mode br9 secure
set-fail-mode br9 foo
set-fail-mode v10 secure
set-fail-mode v10 foo
del-fail-mode br1
del-fail-mode br0
del-fail-mode v10
del-fail-mode br9
get-manager
get-manager x
del-manager
set-manager
set-manager foo
set-manager ptcp:6640:127.0.0.1
set-manager ptcp:6640 ptcp:6640
set-manager ptcp:6641 -- get-manager
del-manager -- get-manager
--inactivity-probe=5 set-manager tcp:1.1.1.1
!1 --inactivity-probe=x set-manager tcp:1.1.1.1
get-ssl
del-ssl
del-ssl -- get-ssl
set-ssl a b
set-ssl a b c
set-ssl a b c d
set-ssl a b c -- get-ssl
--bootstrap set-ssl a b c
--bootstrap set-ssl a b c -- get-ssl
--bootstrap get-ssl
set-ssl '' '' ''
%show
emer-reset
%emer-reset -- show
set bridge br0 other_config:a=b other_config:hwaddr=00:00:00:00:00:01 --
    emer-reset
set open . other_config:a=b -- set port br0 other_config:c=d -- set interface
    br0 other_config:e=f -- emer-reset
set bridge br1 mirrors=@m -- --id=@m create mirror name=m -- emer-reset
set bridge br1 netflow=@m -- --id=@m create netflow targets=\"1.1.1.1:1\" --
    emer-reset
set bridge br1 sflow=@m -- --id=@m create sflow targets=\"1.1.1.1:1\" --
    emer-reset
set bridge br1 ipfix=@m -- --id=@m create ipfix targets=\"1.1.1.1:1\" --
    emer-reset
set port br1 qos=@m -- --id=@m create qos type=x other_config:a=b queues:0=@q
    -- --id=@q create queue other_config:c=d -- emer-reset
set bridge br1 external_ids:a=b stp_enable=true datapath_type=netdev --
    emer-reset
set controller br1 is_connected=true
get controller br1 target
list controller br1

== auto-attach
setup: add-br br0 -- add-br br1 -- add-br v10 br0 10
setup: set bridge br1 auto_attach=@a -- --id=@a create AutoAttach system_name=x
    mappings=100=5,200=6
add-aa-mapping
add-aa-mapping br0 100
add-aa-mapping br0 100 5
add-aa-mapping br0 100 5 6
add-aa-mapping br9 100 5
add-aa-mapping v10 100 5
add-aa-mapping br0 x 5
add-aa-mapping br0 100 y
add-aa-mapping br0 100 5000
add-aa-mapping br0 -1 5
add-aa-mapping br0 16777216 5
add-aa-mapping br1 100 5
add-aa-mapping br1 100 7
add-aa-mapping br1 300 7
add-aa-mapping br1 300 7 -- get-aa-mapping br1
del-aa-mapping br1 100 5
del-aa-mapping br1 100 6
del-aa-mapping br1 300 6
del-aa-mapping br0 100 5
del-aa-mapping br9 100 5
del-aa-mapping v10 100 5
del-aa-mapping br1 x 5
del-aa-mapping br1 100
get-aa-mapping br1
get-aa-mapping br0
get-aa-mapping v10
get-aa-mapping br9
get-aa-mapping
list auto br1
get autoattach br1 mappings
set AutoAttach br1 mappings:7=8

== zones
setup: -- --id=@d create datapath datapath_version=1 capabilities:x=true
    capabilities:y=false -- set open . datapaths:system=@d
setup: add-zone-tp system zone=1 icmp_first=1 icmp_reply=2 -- add-zone-tp
    system zone=3 udp_first=7
setup: -- --id=@d create datapath datapath_version=2 -- set open .
    datapaths:netdev=@d

add-zone-tp
add-zone-tp system
add-zone-tp system zone=2
add-zone-tp system zone=2 icmp_first=5
add-zone-tp system zone=2 icmp_first=5 tcp_syn_sent=8
!0 add-zone-tp system zone=2 icmp_first=5,tcp_syn_sent=8
!1 add-zone-tp system zone=2 icmp_first=x
~add-zone-tp system zone=2 icmp_first=-1
!1 add-zone-tp system zone=2 icmp_first=
!1 add-zone-tp system zone=2 icmp_first
~add-zone-tp system zone=2 nosuch=1
!0 add-zone-tp system zone=2 icmp_first=1 icmp_first=2
add-zone-tp system zone=1 icmp_first=5
~add-zone-tp system zone=70000 icmp_first=5
~add-zone-tp system zone=-1 icmp_first=5
!1 add-zone-tp system zone=x icmp_first=5
!1 add-zone-tp system zone= icmp_first=5
!1 add-zone-tp system 2 icmp_first=5
!1 add-zone-tp system foo=2 icmp_first=5
add-zone-tp nodp zone=2 icmp_first=5
add-zone-tp netdev zone=65535 icmp_first=5
add-zone-tp netdev zone=2 icmp_first=5
--may-exist add-zone-tp system zone=1 icmp_first=5
--may-exist add-zone-tp system zone=2 icmp_first=5
--may-exist add-zone-tp nodp zone=2 icmp_first=5
del-zone-tp
del-zone-tp system
del-zone-tp system zone=1
del-zone-tp system zone=2
~del-zone-tp system zone=x
~del-zone-tp system 1
del-zone-tp nodp zone=1
--if-exists del-zone-tp system zone=2
--if-exists del-zone-tp nodp zone=2
!0 del-zone-tp system zone=1 -- list-zone-tp system
!0 add-zone-tp system zone=2 icmp_first=5 -- list-zone-tp system
list-zone-tp
list-zone-tp system
list-zone-tp netdev
list-zone-tp nodp
list-dp-cap
list-dp-cap system
list-dp-cap netdev
list-dp-cap nodp
set datapath . capabilities:z=true
-- --id=@z create CT_Zone -- set open . datapaths:system=@z
list datapath
%list ct_zone
%list ct_timeout

== read commands
setup: add-br br0 -- add-port br0 p1 tag=10 -- add-port br0 p2 trunks=1,2,3 --
    add-br br1
setup: set bridge br0 external_ids:a=b external_ids:c='"d e"' other_config:n=5
    flood_vlans=1,2 fail_mode=secure
setup: set interface p1 type=internal external_ids:iface-id='"x y"' options:a=b
    statistics:rx=5 ofport=3
setup: -- --id=@c create controller target=\"tcp:1.1.1.1\" role=master -- set
    bridge br1 controller=@c
setup: -- --id=@m create mirror name=m0 -- set bridge br0 mirrors=@m
setup: -- --id=@q create qos type=linux-htb queues:0=@q0 -- --id=@q0 create
    queue dscp=5 -- set port p1 qos=@q
setup: -- --id=@n create netflow targets=\"1.1.1.1:5\" -- set bridge br0
    netflow=@n
setup: -- --id=@n create sflow targets=\"1.1.1.1:5\" -- set bridge br0 sflow=@n
setup: -- --id=@n create ipfix targets=\"1.1.1.1:5\" -- set bridge br0 ipfix=@n
setup: -- --id=@n create flow_table name=ft flow_limit=5 -- set bridge br0
    flow_tables:3=@n
setup: -- --id=@b get bridge br0 -- create Flow_Sample_Collector_Set id=7
    bridge=@b
setup: set-manager ptcp:6640 -- set-ssl /k /c /a
setup: -- --id=11112222-3333-4444-5555-666677778888 create qos type=a --
    --id=11112222-3333-4444-5555-666677779999 create qos type=b
get
get bridge
get bridge br0
get bridge br0 name
get bridge br0 NAME
get bridge br0 na
get bridge br0 n
get bridge br0 external-ids
get bridge br0 external_ids:a
get bridge br0 external_ids:c
get bridge br0 external_ids:x
get bridge br0 external_ids:
get bridge br0 external_ids:a external_ids:c name
get bridge br0 external_ids:a=b
get bridge br0 'external_ids:"a"'
get bridge br0 external_ids:'[x'
get bridge br0 name:x
get bridge br0 nosuch
get bridge br0 _uuid
get bridge br0 _version -- comment
get bridge br0 ''
get bridge br0 'name '
get bridge br0 flood_vlans
get bridge br0 fail_mode
get bridge br1 fail_mode
get bridge br1 other_config
get bridge br0 flow_tables
get bridge br0 flow_tables:3
get bridge br0 flow_tables:4
~get bridge br0 flow_tables:x
get bridge br9 name
get bridge br9
get bridge br9 nosuch
get bridge 1 name
get bridge '' name
get nosuch x y
get b br0 name
get br br0 name
get BRIDGE br0 name
get open . bridges
get Open-vSwitch . bridges
get open-v . bridges
get o . bridges
get c br1 target
get con br1 target
get controller br1 target
get controller br0 target
get controller tcp:1.1.1.1 target
get port p1 tag
get port p1 trunks
get port p2 trunks
get port p2 tag
get port p1 qos
get qos p1 type
get qos p2 type
get queue p1 dscp
get mirror m0 name
get mirror br0 name
get netflow br0 targets
get sflow br0 targets
get ipfix br0 targets
get flow_table ft flow_limit
get flow_sample 7 id
get flow_sample_collector_set 07 id
get flow_sample 8 id
get manager ptcp:6640 target
get ssl . ca_cert
get manager . target
~get qos 1111 type
~get qos 11112222-3333-4444-5555-66667777 type
get qos 11112222-3333-4444-5555-666677778 type
get qos 11112222-3333-4444-5555-666677778888 type
get qos 11112222-3333-4444-5555-66667777888 type
get qos 11112222-3333-4444-5555-666677779 type
get qos 111 type
get qos 1111222233334444 type
get qos 9999 type
get qos 99998888-3333-4444-5555-666677778888 type
get qos '{11112222-3333-4444-5555-666677778888}' type
get interface p1 statistics
get interface p1 statistics:rx
get interface p1 statistics:tx
get interface p1 ofport
get interface p2 ofport
get interface p1 options
get Interface p1 external_ids:iface-id
--if-exists get bridge br9 name
--if-exists get bridge br9 nosuch
--if-exists get bridge br0 external_ids:x
--if-exists get bridge br0 external_ids:x name
--if-exists get bridge br0 nosuch
--if-exists get qos 9999 type
--id=@x get bridge br0
--id=@x get bridge br0 _uuid
!0 --id=@x get bridge br0 -- get bridge @x name
--id=@x get bridge br0 -- --id=@x get bridge br1
--id=x get bridge br0
--id= get bridge br0
--id=@ get bridge br0
--id get bridge br0
--id=@x --if-exists get bridge br0
--id=@x get bridge br9
get bridge @x name -- --id=@x get bridge br0
set bridge br0 ports=@x -- --id=@x get port p1
get bridge @x name
list
list bridge br0
list bridge br9
list bridge br0 br9
list bridge br0 br0
%list bridge
%list port
list nosuch
%list b
list p br0
list port p1
list interface p1
list open
list controller
list qos p1
list queue
list mirror
list netflow
list sflow
list ipfix
list flow_table
list Flow_Sample
list manager
list ssl
list autoattach
list datapath
list ct_zone
list ct_timeout_policy
list c
list f
list flow
list s
list a
list i
list m
list n
list q
list d
%list por
list open . -- list ssl .
list manager ptcp:6640
--if-exists list bridge br9
--if-exists list bridge br9 br0
--columns=name list bridge br0
--columns=name,fail_mode list bridge br0
--columns=fail_mode,name list bridge br0
--columns=name,name list bridge br0
--columns='name fail_mode' list bridge br0
--columns='name, fail_mode' list bridge br0
--columns=_uuid,name list bridge br0
--columns=_uuid,_version list queue
--columns=nosuch list bridge br0
--columns=name,nosuch list bridge br0
--columns=n list bridge br0
--columns=NA list bridge br0
--columns= list bridge br0
--columns=, list bridge br0
--columns list bridge br0
--column=name list bridge br0
--col=name list bridge br0
-- --columns=name list bridge br0
-- --columns name list bridge br0
-- --columns list bridge br0
--columns=name,external-ids list bridge br0
find
%find bridge
%find bridge name=br0
%--columns=name find bridge
--columns=name find bridge name=br0
--columns=name find bridge name=br9
--columns=name find bridge 'name="br0"'
--columns=name find bridge name
--columns=name find bridge name=
--columns=name find bridge =br0
--columns=name find bridge nosuch=1
--columns=name find bridge name:x=y
~--columns=name find bridge name:=y
--columns=name find bridge name!=br0
--columns=name find bridge name{=}br0
--columns=name find bridge name{!=}br0
--columns=name find bridge name{in}br0
!0 --columns=name find bridge name{in}br0,br7
!0 --columns=name find bridge name{not-in}br0,br7
--columns=name find bridge name{not_in}br0
--columns=name find bridge name{foo}br0
--columns=name find bridge name{=br0
--columns=name find bridge name==br0
--columns=name find bridge 'name<br1'
--columns=name find bridge 'name<=br0'
--columns=name find bridge 'name>br0'
--columns=name find bridge 'name>=br1'
%--columns=name find bridge 'name>=br0'
--columns=name find bridge external_ids:a=b
--columns=name find bridge external_ids:a!=b
--columns=name find bridge external_ids:a!=c
--columns=name find bridge external_ids:x=b
--columns=name find bridge external_ids:x!=b
%--columns=name find bridge external_ids:x{!=}b
--columns=name find bridge external_ids:a{!=}b
--columns=name find bridge external_ids:a{=}b
%--columns=name find bridge 'external_ids:x{=}[]'
--columns=name find bridge 'external_ids:a{!=}[]'
--columns=name find bridge 'external_ids={a=b}'
--columns=name find bridge 'external_ids={a=b,c="d e"}'
--columns=name find bridge 'external_ids={}'
--columns=name find bridge 'external_ids!={}'
--columns=name find bridge 'external_ids{=}{}'
--columns=name find bridge 'external_ids{>=}a=b'
--columns=name find bridge 'external_ids{>}a=b'
--columns=name find bridge 'external_ids{>=}a=c'
--columns=name find bridge 'external_ids{<=}a=b'
--columns=name find bridge 'external_ids{in}a=b'
--columns=name find bridge 'external_ids{not-in}a=b'
%--columns=name find bridge 'external_ids{not-in}a=z'
--columns=name find bridge other_config:n=5
--columns=name find bridge 'other_config:n="5"'
--columns=name find bridge other-config:n=5
--columns=name find bridge 'other_config:n>4'
--columns=name find bridge fail_mode=secure
--columns=name find bridge fail_mode=standalone
--columns=name find bridge fail_mode!=secure
--columns=name find bridge 'fail_mode=[]'
--columns=name find bridge 'fail_mode!=[]'
--columns=name find bridge 'fail_mode{=}[]'
--columns=name find bridge fail_mode=bad
--columns=name find bridge stp_enable=false name=br1
--columns=name find bridge stp_enable=true
--columns=name find bridge stp_enable=foo
--columns=name find bridge 'flood_vlans=1,2'
--columns=name find bridge 'flood_vlans=[2 1]'
--columns=name find bridge 'flood_vlans>1'
--columns=name find bridge 'flood_vlans<1'
%--columns=name find bridge 'flood_vlans{<}1,2,3'
--columns=name find bridge 'flood_vlans{<}1,2'
%--columns=name find bridge 'flood_vlans{<=}1,2'
--columns=name find bridge 'flood_vlans{>=}1'
--columns=name find bridge 'flood_vlans{>}1'
--columns=name find bridge 'flood_vlans{>}1,2'
%--columns=name find bridge 'flood_vlans{in}1-5'
--columns=name find bridge 'flood_vlans{not-in}1-5'
%--columns=name find bridge 'flood_vlans{not-in}7'
--columns=name find bridge 'flood_vlans=1-2'
--columns=name find bridge flood_vlans=x
--columns=name find bridge flood_vlans=5000
--columns=name find port tag=10
--columns=name find port 'tag>5'
%--columns=name find port 'tag<5'
--columns=name find port 'tag=[]' trunks!=[]
--columns=name find port tag{=}10
!0 --columns=name find port tag{in}10,11
--columns=name find port tag{not-in}11 name=p1
--columns=name find port tag=10 name=p1
--columns=name find port tag=10 name=p2
--columns=name find port 'trunks{>=}1,2'
--columns=name find port trunks=1-3
--columns=name find port trunk=1-3
--columns=name find interface options:a=b
--columns=name find interface external_ids:iface-id='"x y"'
--columns=name find interface external_ids:iface-id=x\ y
--columns=name find interface 'external_ids:"iface-id"="x y"'
--columns=name find interface ofport=3
--columns=name find interface 'ofport>2'
--columns=name find interface statistics:rx=5
--columns=name find interface 'statistics:rx>4'
--columns=name find interface 'statistics:rx!=4'
--columns=name find interface statistics:rx=x
!0 --columns=type find qos _uuid=11112222-3333-4444-5555-666677778888
~--columns=type find qos _uuid=1111
!0 --columns=type find qos _uuid!=11112222-3333-4444-5555-666677778888 type=b
--columns=name find port qos=11112222-3333-4444-5555-666677778888
--columns=name find port qos!=[]
--columns=name find port qos=@x -- --id=@x create qos type=a
--id=@x get qos p1 -- --columns=name find port qos=@x
--columns=target find controller role=master
--columns=target find controller is_connected=false
--columns=_version find queue dscp=6
--columns=name find Interface type=internal name=p1
--columns=name find Bridge datapath_type='""' name=br0
--columns=name find Bridge datapath_type= name=br0
wait-until bridge br0
wait-until bridge br0 name=br0
wait-until bridge br0 name!=br1
wait-until bridge br0 fail_mode=secure external_ids:a=b
wait-until bridge br0 nosuch=1
wait-until bridge br0 name
wait-until bridge br0 name=br0 -- get bridge br0 fail_mode
wait-until bridge
wait-until nosuch br0
get bridge br0 name -- get bridge br1 name
get bridge br0 name -- bad
get bridge br0 name -- get bridge br9 name
comment x -- get bridge br0 name
%list bridge br0 -- list port p1
-- list port p1 -- --columns=name list bridge br0

== write commands
setup: add-br br0 -- add-port br0 p1 tag=10 -- add-port br0 p2 trunks=1,2,3 --
    add-br br1
setup: set bridge br0 external_ids:a=b external_ids:c='"d e"' flood_vlans=1,2
    fail_mode=secure
setup: -- --id=@q create qos type=linux-htb queues:0=@q0 -- --id=@q0 create
    queue dscp=5 -- set port p1 qos=@q
setup: -- --id=11112222-3333-4444-5555-666677778888 create qos type=a --
    --id=11112222-3333-4444-5555-666677779999 create qos type=b
setup: -- --id=@c create controller target=\"tcp:1.1.1.1\" -- set bridge br1
    controller=@c
setup: -- --id=@m create mirror name=m0 -- set bridge br0 mirrors=@m
set
set bridge
set bridge br0
set bridge br0 stp_enable=true
set bridge br0 STP-enable=true
set bridge br0 stp=true
set bridge br0 s=true
set bridge br0 stp_enable=yes
set bridge br0 stp_enable=
set bridge br0 stp_enable
set bridge br0 stp_enable!=true
set bridge br0 stp_enable:x=true
set bridge br0 nosuch=1
set bridge br0 name=br5
~set bridge br0 _uuid=11112222-3333-4444-5555-666677778888
set bridge br0 _version=11112222-3333-4444-5555-666677778888
set bridge br9 stp_enable=true
set bridge br9 nosuch=true
set bridge br0 fail_mode=[]
set bridge br0 fail_mode=
set bridge br0 fail_mode=standalone
set bridge br0 fail_mode=bad
set bridge br0 fail_mode=secure,standalone
set bridge br0 external_ids:a=5
set bridge br0 external_ids:a=
set bridge br0 'external_ids:a=""'
set bridge br0 external_ids:new=x external_ids:a=y
set bridge br0 external_ids=x=y
set bridge br0 external_ids=x=y,z=w
set bridge br0 'external_ids={x=y, z=w}'
set bridge br0 'external_ids=x=y z=w'
set bridge br0 external_ids={}
~set bridge br0 external_ids=x
~set bridge br0 external_ids=x=y,x=z
~set bridge br0 external_ids=x=y,x=y
set bridge br0 external_ids:x
set bridge br0 external_ids:=x
set bridge br0 external_ids:x=a=b
set bridge br0 external_ids:x=a,b
set bridge br0 external_ids:x='a b'
set bridge br0 'external_ids:x="a b"'
set bridge br0 'external_ids:"x y"=z'
set bridge br0 external_ids:x=[a]
set bridge br0 external_ids:x={a}
set bridge br0 external_ids:x=true
set bridge br0 external_ids:x=52:54:00:00:00:01
set bridge br0 external_ids:x=11112222-3333-4444-5555-666677778888
set bridge br0 external_ids:x=@y
set bridge br0 external_ids:x=é
set bridge br0 'external_ids:x="\u00e9\u20ac\ud83d\ude00"'
~set bridge br0 'external_ids:x="\ud83d"'
~set bridge br0 'external_ids:x="a\qb"'
set bridge br0 'external_ids:x="a'
set bridge br0 'external_ids:x="a"b'
~set bridge br0 'external_ids:x="\u0000"'
set bridge br0 'external_ids:x="tab\there\nnew"'
set bridge br0 external_ids:a:b=c
set bridge br0 'external_ids:"a:b"=c'
set bridge br0 flood_vlans=5
set bridge br0 flood_vlans=5,6,7
set bridge br0 flood_vlans=5-7
set bridge br0 flood_vlans=5-7,9,11-12
set bridge br0 flood_vlans=7-5
set bridge br0 flood_vlans=5-5
set bridge br0 flood_vlans=0-4095
set bridge br0 flood_vlans=0-4096
set bridge br0 flood_vlans=-1
set bridge br0 flood_vlans=-5--3
set bridge br0 flood_vlans=5-
~set bridge br0 flood_vlans=5,5
~set bridge br0 flood_vlans=5,6,5
set bridge br0 flood_vlans=[5]
set bridge br0 flood_vlans=[]
set bridge br0 'flood_vlans=[5, 6]'
set bridge br0 'flood_vlans=5 6'
set bridge br0 'flood_vlans= 5'
set bridge br0 'flood_vlans=[5'
set bridge br0 'flood_vlans=5]'
set bridge br0 'flood_vlans={5}'
set bridge br0 flood_vlans=,5
set bridge br0 flood_vlans=5,
set bridge br0 flood_vlans=5,,6
set bridge br0 flood_vlans=1e2
set bridge br0 flood_vlans=1.0
!1 set bridge br0 flood_vlans=+5
set bridge br0 flood_vlans=005
set bridge br0 flood_vlans=0x5
set bridge br0 flood_vlans=99999999999999999999
set bridge br0 flood_vlans:5=6
set bridge br0 protocols=OpenFlow13
set bridge br0 protocols=OpenFlow10,OpenFlow13
set bridge br0 'protocols=[OpenFlow10,OpenFlow13]'
set bridge br0 protocols=OpenFlow99
set bridge br0 datapath_type=netdev
set bridge br0 datapath_type='a b'
set bridge br0 datapath_type=
set bridge br0 'datapath_type=""'
set bridge br0 datapath_type=a,b
set bridge br0 datapath_id=0000000000000001
set bridge br0 ports=[]
set bridge br0 ports=@p
set bridge br0 ports=p1
set bridge br0 ports=11112222-3333-4444-5555-666677778888
set bridge br0 netflow=11112222-3333-4444-5555-666677778888
set bridge br0 controller=@c -- --id=@c create controller
    target=\"tcp:2.2.2.2\"
set bridge br0 controller=[@c] -- --id=@c create controller
    target=\"tcp:2.2.2.2\"
set bridge br0 controller=@c,@d -- --id=@c create controller
    target=\"tcp:2.2.2.2\" -- --id=@d create controller target=\"tcp:3.3.3.3\"
set bridge br0 flow_tables=0=@f -- --id=@f create flow_table flow_limit=100
set bridge br0 flow_tables:0=@f -- --id=@f create flow_table flow_limit=100
    overflow_policy=refuse
set bridge br0 flow_tables:300=@f -- --id=@f create flow_table flow_limit=100
set port p1 tag=11
set port p1 tag=4096
set port p1 tag=-1
set port p1 tag=1,2
set port p1 tag=[]
set port p1 tag=x
set port p1 tag=5 tag=6
set port p1 trunk=5 vlan_mode=native-untagged
set port p1 name=p9
set port p1 qos=11112222-3333-4444-5555-666677778888
set port p1 qos=[]
set port p1 qos=1111
set port p1 vlan_mode=access -- get port p1 vlan_mode
set port p1 bond_mode=balance-slb lacp=active
set interface p1 type=vxlan options:remote_ip=1.2.3.4 options:key=flow
set interface p1 type=patch options:peer=p2
set interface p1 mtu_request=9000 ofport_request=7
set interface p1 mtu_request=5
set interface p1 mac=\"00:00:00:00:00:01\"
set interface p1 mac=00:00:00:00:00:01
set interface p1 ingress_policing_rate=1000 ingress_policing_burst=100
set interface p1 ingress_policing_rate=-1
set interface p1 bfd:enable=true
set interface p1 statistics:x=5
set interface p1 ofport=7
set open . external_ids:system-id=x
set open . next_cfg=5
set open . other_config:a=b
set Open_vSwitch . other_config:a=b
set o . other_config:a=b
set open x other_config:a=b
set queue 1111 dscp=5
set qos p1 other_config:max-rate=5
set qos p1 queues:1=@q -- --id=@q create queue dscp=7
set controller br1 inactivity_probe=5
set controller br1 connection_mode=out-of-band
set controller br1 target='"tcp:9.9.9.9"'
set controller br1 target=tcp:9.9.9.9
set controller br1 max_backoff=500
--if-exists set bridge br9 stp_enable=true
--if-exists set bridge br9 nosuch=true
--if-exists set bridge br0 stp_enable=true
--if-exists set bridge br9
--if set bridge br9 stp_enable=true
set bridge br0 stp_enable=true -- set bridge br0 stp_enable=false -- get bridge
    br0 stp_enable
set bridge br0 external_ids:x=1 -- get bridge br0 external_ids
set bridge br0 external_ids:x=1 -- --columns=name find bridge external_ids:x=1
add bridge br0 flood_vlans 5
add bridge br0 flood_vlans 5 6 7,8
add bridge br0 flood_vlans 1
~add bridge br0 flood_vlans 5,5
add bridge br0 flood_vlans 5 5
add bridge br0 flood_vlans 5-8
add bridge br0 flood_vlans x
add bridge br0 flood_vlans 5000
add bridge br0 flood_vlans []
add bridge br0 flood_vlans
add bridge br0
add bridge br0 nosuch 5
add bridge br0 external_ids x=y
add bridge br0 external_ids x=y z=w
add bridge br0 external_ids a=z
add bridge br0 external_ids a=b
~add bridge br0 external_ids x
add bridge br0 external_ids '{x=y,z=w}'
~add bridge br0 external_ids x=y,x=z
!0 add bridge br0 external_ids x=y x=z
~add bridge br0 stp_enable true
add bridge br0 name x
add bridge br0 fail_mode secure
~add bridge br0 fail_mode standalone
add bridge br1 fail_mode standalone
~add bridge br1 fail_mode standalone secure
add bridge br1 fail_mode bad
add bridge br9 flood_vlans 5
add bridge br0 ports @p -- --id=@p create port name=zz interfaces=@i -- --id=@i
    create interface name=zz
add bridge br0 protocols OpenFlow15
~add bridge br0 _uuid 5
~add port p1 tag 11
add port p2 tag 11
add port p2 trunks 9 -- get port p2 trunks
add open . manager_options @m -- --id=@m create manager target=\"ptcp:6640\"
--id=@m create manager target=\"ptcp:6640\" -- add open . manager_options @m
add queue 1111 other_config a=b
add qos p1 queues 1=@x -- --id=@x create queue dscp=7
!0 add qos p1 queues 0=@x -- --id=@x create queue dscp=7
--if-exists add bridge br9 flood_vlans 5
--if-exists add bridge br9 nosuch 5
remove bridge br0 flood_vlans 1
remove bridge br0 flood_vlans 1,2
remove bridge br0 flood_vlans 1 2
remove bridge br0 flood_vlans 7
remove bridge br0 flood_vlans 1-2
remove bridge br0 flood_vlans x
remove bridge br0 flood_vlans
remove bridge br0 external_ids a
remove bridge br0 external_ids a=b
remove bridge br0 external_ids a=z
remove bridge br0 external_ids x
remove bridge br0 external_ids a c
remove bridge br0 external_ids a,c
remove bridge br0 external_ids 'c="d e"'
remove bridge br0 external_ids a=b,c=x
remove bridge br0 external_ids a=b c
remove bridge br0 external_ids '{a}'
remove bridge br0 external_ids '[a]'
remove bridge br0 external_ids '"a"'
remove bridge br0 external_ids 'a,'
remove bridge br0 name br0
remove bridge br0 name x
remove bridge br0 fail_mode secure
remove bridge br0 fail_mode standalone
remove bridge br0 stp_enable false
remove bridge br0 ports 11112222-3333-4444-5555-666677778888
remove bridge br0 nosuch x
remove bridge br9 flood_vlans 1
remove bridge br0 mirrors @m -- --id=@m get mirror m0
--id=@m get mirror m0 -- remove bridge br0 mirrors @m
remove port p1 tag 10
remove port p1 tag 11
remove port p1 qos 11112222-3333-4444-5555-666677778888
remove port p1 interfaces 11112222-3333-4444-5555-666677778888
remove qos p1 queues 0
remove qos p1 queues 0=11112222-3333-4444-5555-666677778888
--if-exists remove bridge br9 flood_vlans 1
clear bridge br0 flood_vlans
clear bridge br0 flood_vlans external_ids fail_mode
clear bridge br0 name
clear bridge br0 stp_enable
clear bridge br0 nosuch
clear bridge br0
clear bridge br9 flood_vlans
clear bridge br0 ports
clear bridge br0 mirrors
clear bridge br0 flood_vlans:5
clear port p1 tag
clear port p1 TAG
clear port p1 interfaces
clear port p1 qos
clear interface p1 ofport
clear open . bridges
clear bridge br0 external-ids -- get bridge br0 external_ids
--if-exists clear bridge br9 flood_vlans
--if-exists clear bridge br9 nosuch
create
create qos
create qos type=x
create qos type=x other_config:a=b
create qos nosuch=1
create qos type
create nosuch a=b
create bridge name=zz
create port name=zz
create queue dscp=70
create queue dscp=x
create queue dscp=5 -- create queue dscp=6
--id=@q create queue dscp=5
!0 --id=@q create queue dscp=5 -- get queue @q dscp
!0 --id=@q create queue dscp=5 -- list queue @q
--id=@x create qos type=x -- set port p2 qos=@x
--id=@x create qos type=x -- --id=@x create qos type=y
--id=x create qos type=x
--id=@ create qos type=x
--id= create qos type=x
--id create qos type=x
set port p2 qos=@x
set port p2 qos=@x -- --id=@x create queue dscp=5
set port p2 qos=@x -- --id=@x get queue 1111
--id=@x create mirror name=m1
--id=@x create mirror name=m1 -- set bridge br0 mirrors=@x
--id=@x create mirror name=m1 -- add bridge br0 mirrors @x
--id=@x create mirror name=m1 select-dst-port=@p -- --id=@p get port p1 -- set
    bridge br0 mirrors=@x
--id=@b create bridge name=zz -- add open . bridges @b
--id=11112222-3333-4444-5555-666677770000 create qos type=x
--id=11112222-3333-4444-5555-666677770000 create qos type=x -- set port p2
    qos=11112222-3333-4444-5555-666677770000
--id=11112222-3333-4444-5555-666677778888 create qos type=x
--id=11112222-3333-4444-5555-66667777 create qos type=x
create controller target=\"tcp:1.1.1.1\"
-- --id=@b get bridge br0 -- create Flow_Sample_Collector_Set id=1 bridge=@b
create Flow_Sample_Collector_Set id=1
destroy
destroy qos
~destroy qos 1111
destroy qos 11112222-3333-4444-5555-666677778888
destroy qos 11112222-3333-4444-5555-666677778888
    11112222-3333-4444-5555-666677779999
destroy qos p1
destroy qos p1 -- clear port p1 qos
destroy qos 9999
destroy qos nosuch
destroy bridge br0
destroy bridge br0 -- list-br
destroy port p1
destroy interface p1
destroy open .
destroy controller br1
destroy mirror m0
destroy nosuch x
--all destroy qos
--all destroy queue
--all destroy qos -- clear port p1 qos
--all destroy qos -- --all destroy queue -- clear port p1 qos
--all destroy bridge
--all destroy qos 1111
--all --if-exists destroy qos
--if-exists destroy qos 9999
--if-exists destroy qos 9999 11112222-3333-4444-5555-666677778888
--if-exists destroy nosuch 9999
!1 destroy qos 11112222-3333-4444-5555-666677778888 -- get qos
    11112222-3333-4444-5555-666677778888 type
!1 destroy qos 11112222-3333-4444-5555-666677778888 -- list qos
    11112222-3333-4444-5555-666677778888
set bridge br0 stp_enable=true -- bad
set bridge br0 stp_enable=true -- set bridge br9 stp_enable=true
add-br br5 -- set bridge br5 fail_mode=secure -- set port br5 tag=5 -- set
    interface br5 mtu_request=1400
del-port p1 -- set port p1 tag=5
del-port p1 -- set interface p1 type=internal
del-br br0 -- set bridge br0 stp_enable=true
del-br br0 -- get port p1 tag
del-br br0 -- --columns=name list port

== options
setup: add-br br0 -- add-port br0 p1 tag=10 -- add-port br0 p2 trunks=1,2,3
setup: set bridge br0 external_ids:a=b external_ids:c='"d e"'
    external_ids:e='"f\ng\\h"' flood_vlans=1,2
--oneline list-br
--oneline list-ports br0
--oneline list-br -- list-ports br0
--oneline list-br -- add-br br1 -- list-ports br0
--oneline get bridge br0 external_ids:e
--oneline get bridge br0 external_ids:e external_ids:a
--oneline --columns=name list bridge br0
--oneline init
--oneline br-get-external-id br0
--oneline --dry-run add-br br1
--oneline create queue dscp=1
--dry-run add-br br1
--dry-run add-br br1 -- list-br
--dry-run list-br
--dry-run add-br br0
--dry-run create queue dscp=1
--dry-run set bridge br0 flood_vlans=5000
--dry-run set bridge br0 ports=11112222-3333-4444-5555-666677778888
--dry-run del-br br0
%--dry show
--dr list-br
--d list-br
--n list-br
--no list-br
--no-s list-br
--no-w list-br
--on list-br
--nosuch list-br
--nosuch=5 list-br
-x list-br
-xt list-br
-t
-t x list-br
-t -1 list-br
!0 -t 0 list-br
-t 5 list-br
-t5 list-br
-t '' list-br
-t 5x list-br
--timeout list-br
--timeout= list-br
!0 --timeout=0 list-br
--timeout=1.5 list-br
--timeout=99999999999 list-br
--timeout 5 list-br
--ti=5 list-br
--retry list-br
--leader-only list-br
--no-leader-only list-br
--shuffle-remotes list-br
--no-shuffle-remotes list-br
--no-syslog list-br
--db
--db=unix:s list-br
--db unix:s list-br
--db=unix:nosuch list-br
--db=unix:nosuch,unix:s list-br
--db=unix:s,unix:nosuch list-br
--db=foo list-br
--db=foo:bar list-br
--db= list-br
--db=tcp:127.0.0.1:1 list-br
--db=tcp:127.0.0.1:1,unix:s list-br
--db=tcp:127.0.0.1 list-br
--db=tcp:127.0.0.1:x list-br
--db=tcp: list-br
--db=ssl:127.0.0.1:1 list-br
~--db=unix: list-br
--db=tcp:[::1]:1 list-br
--db=tcp:[::1:1 list-br
-f table -- --columns=name,tag list port p1
-f list -- --columns=name,tag list port p1
-f html -- --columns=name,tag list port p1
-f csv -- --columns=name,tag list port p1
-f json -- --columns=name,tag list port p1
-f foo -- list port p1
-f tab -- list port p1
-ftable --columns=name,tag list port p1
-f
-d string -- --columns=name,external_ids list bridge br0
-d bare -- --columns=name,external_ids list bridge br0
-d json -- --columns=name,external_ids list bridge br0
-d foo list bridge
-f csv -d bare -- --columns=name,external_ids,flood_vlans list bridge br0
-f csv -d json -- --columns=name,external_ids,flood_vlans list bridge br0
-f table -d bare -- --columns=name,external_ids,flood_vlans list bridge br0
-f json --pretty -- --columns=name,external_ids,flood_vlans list bridge br0
-f html -d json -- --columns=name,external_ids,flood_vlans list bridge br0
-f list -d json -- --columns=name,external_ids,flood_vlans list bridge br0
-f table --no-headings -- --columns=name,tag list port p1
-f csv --no-headings -- --columns=name,tag list port p1
-f html --no-headings -- --columns=name,tag list port p1
-f json --no-headings -- --columns=name,tag list port p1
-f list --no-headings -- --columns=name,tag list port p1
--no-heading -- --columns=name,tag list port p1
--no-h -- --columns=name,tag list port p1
--bare -- --columns=name,tag list port p1
--bare --columns=name,tag list port p1
--bare -f table --columns=name,tag list port p1
-f table --bare --columns=name,tag list port p1
--bare list port nosuch
--pretty --format=json --columns=name list port p1
--format=json list queue
--format=table list queue
--format=table --columns=_uuid,dscp list queue
--format=list list queue
--format=csv list queue
--format=html list queue
--max-column-width=3 -f table --columns=name,external_ids list bridge br0
--max-column-width=0 -f table --columns=name,external_ids list bridge br0
!1 --max-column-width=x -f table --columns=name,external_ids list bridge br0
--max-column-width=12 -f table --columns=name,external_ids list bridge br0
~--max-column-width -f table --columns=name,external_ids list bridge br0
-f table list bridge br0 -- list port p1
-f table -- list bridge br0 -- list-br -- list port p1
-f json -- --columns=name list bridge br0 -- --columns=name list port p1
-f csv -- --columns=name list bridge br0 -- --columns=name list port p1
-v list-br -- bad
-vfoo list-br
-vvsctl list-br
-vvsctl:console:err list-br
-vconsole:off set-controller br0 foo
-vconsole:err set-controller br0 foo
-vvsctl:off set-controller br0 foo
-voff set-controller br0 foo
-vany:console:err set-controller br0 foo
-vPATTERN:console:%m set-controller br0 foo
-vPATTERN:console:'%c|%p|%m' set-controller br0 foo
-vPATTERN:foo:%m list-br
-vFACILITY:daemon list-br
~-vFACILITY:foo list-br
--verbose=console:err set-controller br0 foo
--verbose=foo list-br
--log-file=log1 list-br
--syslog-method=null list-br
--syslog-method=foo list-br
--syslog-target=127.0.0.1:514 list-br
--syslog-method=udp:127.0.0.1:514 list-br
-p /nosuch list-br
-p /nosuch -c /nosuch -C /nosuch list-br
-C none list-br
--ssl-protocols=TLSv1.2 list-br
--ssl-protocols=foo list-br
--ssl-ciphers=HIGH list-br
--peer-ca-cert=/nosuch list-br
--bootstrap-ca-cert=/nosuch list-br
!0 --commands
!0 --options
!0 --commands list-br
!0 -V
!0 --version
!0 -V list-br
!0 --vers
list-br -V
list-br --oneline
list-br extra
--if-exists
--if-exists --
--if-exists -- del-br nosuch
--if-exists del-br nosuch -- del-br nosuch
--may-exist list-br
--columns=x list-br
--id=@x list-br
--if-exists --columns=name list bridge br0
--all list bridge br0
--force list-br
--force set bridge br0 stp_enable=true
--force destroy open .
--force create bridge name=x
--bootstrap list-br
--real list-br
-- --real list-br
-- -x list-br
-- --nosuch list-br
-- -t 5 list-br
-- --timeout=5 list-br
-- --oneline list-br
-- --db=unix:s list-br
list-br -- --oneline list-br
list-br -- list-ports br0 --
foo
foo bar
LIST-BR
list_br
list-b
'list-br '
add-port br0
add-port
show x
init x
set
list-br -- foo
-- foo
bogus -- list-br
del-br br0 -- foo

== libvirt
setup: add-br br0 -- add-port br0 eth0
setup: -- --may-exist add-port br0 vmt1 tag=10 -- set Interface vmt1
    external-ids:attached-mac=\"52:54:00:00:00:01\" -- set Interface vmt1
    external-ids:iface-id=\"6b2bbb3a-1111-4222-8333-0123456789ab\" -- set
    Interface vmt1 external-ids:vm-id=\"6b2bbb3a-2222-4222-8333-0123456789ab\"
    -- set Interface vmt1 external-ids:iface-status=active
setup: set port vmt1 qos=@qos1 external-ids:vm-id=\"U\"
    external-ids:ifname=\"vmt1\" -- --id=@qos1 create qos type=linux-htb
    other_config:min-rate=8000000 other_config:max-rate=16000000
    queues:0=@queue0 external-ids:vm-id=\"U\" external-ids:ifname=\"vmt1\" --
    --id=@queue0 create queue other_config:min-rate=8000000
    external-ids:vm-id=\"U\" external-ids:ifname=\"vmt1\"
setup: set Interface vmt1 statistics='{rx_bytes=1,tx_bytes=2}'
    external_ids:PortData=abc
-- --may-exist add-port br0 vmt2 tag=10 -- set Interface vmt2
    external-ids:attached-mac=\"52:54:00:00:00:02\" -- set Interface vmt2
    external-ids:iface-id=\"6b2bbb3a-1111-4222-8333-0123456789ac\" -- set
    Interface vmt2 external-ids:vm-id=\"6b2bbb3a-2222-4222-8333-0123456789ab\"
    -- set Interface vmt2 external-ids:iface-status=active
-- --may-exist add-port br0 vmt1 tag=10 -- set Interface vmt1
    external-ids:attached-mac=\"52:54:00:00:00:01\" -- set Interface vmt1
    external-ids:iface-status=active
-- --may-exist add-port br0 vmt2 vlan_mode=native-tagged tag=10 trunk=10,20 --
    set Interface vmt2 external-ids:attached-mac=\"52:54:00:00:00:02\" -- set
    Interface vmt2 external-ids:iface-id=\"u\" -- set Interface vmt2
    external-ids:vm-id=\"u\" -- set Interface vmt2
    external-ids:port-profile=\"prof1\" -- set Interface vmt2
    external-ids:ifname=\"vmt2\" -- set Interface vmt2
    external-ids:iface-status=active
-- --may-exist add-port br0 vmt2 vlan_mode=native-untagged tag=10 trunk=10,20
-- --may-exist add-port br0 vmt2 trunk=10,20
-- --may-exist add-port nobr vmt2 -- set Interface vmt2
    external-ids:iface-status=active
-- --if-exists del-port vmt1
-- --if-exists del-port novm
--if-exists get Interface vmt1 external_ids:PortData
--if-exists get Interface novm external_ids:PortData
--if-exists get Interface eth0 external_ids:PortData
set Interface vmt1 external_ids:PortData=xyz
set Interface vmt1 external_ids:PortData=
--if-exists --format=list --data=json --no-headings --columns=statistics list
    Interface vmt1
--if-exists --format=list --data=json --no-headings --columns=statistics list
    Interface novm
--if-exists --format=list --data=json --no-headings --columns=statistics list
    Interface eth0
iface-to-br vmt1
iface-to-br novm
iface-to-br br0
set Interface eth0 type=dpdkvhostuser -- --no-headings --columns=name find
    Interface options:vhost-server-path=/p
set Interface eth0 options:vhost-server-path=/path/vhu0.sock -- --no-headings
    --columns=name find Interface options:vhost-server-path=/path/vhu0.sock
--no-headings --columns=name find Interface
    options:vhost-server-path=/path/vhu0.sock
get Interface vmt1 name
-- --if-exists clear Port vmt1 tag -- --if-exists clear Port vmt1 trunk --
    --if-exists clear Port vmt1 vlan_mode -- --if-exists set Port vmt1
    vlan_mode=native-untagged tag=10 trunk=10,30
-- --if-exists clear Port vmt1 tag -- --if-exists clear Port vmt1 trunk --
    --if-exists clear Port vmt1 vlan_mode
-- --if-exists clear Port novm tag -- --if-exists clear Port novm trunk --
    --if-exists clear Port novm vlan_mode -- --if-exists set Port novm tag=10
--no-heading --columns=_uuid find queue external-ids:vm-id=\"U\"
    external-ids:ifname=\"vmt1\"
--no-heading --columns=_uuid find qos external-ids:vm-id=\"U\"
    external-ids:ifname=\"vmt1\"
--no-heading --columns=_uuid find qos 'external-ids:vm-id="U"'
    'external-ids:ifname="vmt9"'
--no-heading --columns=_uuid --if-exists list port vmt1 qos
--no-heading --columns=_uuid --if-exists list port vmt1
--no-heading --columns=_uuid --if-exists list port novm qos
set queue vmt1 other_config:min-rate=1
set qos vmt1 other_config:min-rate=5000 other_config:burst=7
    other_config:max-rate=9
set Interface vmt1 ingress_policing_rate=6400 ingress_policing_burst=3200
set Interface vmt1 ingress_policing_rate=6400
set Interface vmt1 ingress_policing_rate=0 ingress_policing_burst=0
set port eth0 qos=@qos1 external-ids:vm-id=\"U\" external-ids:ifname=\"eth0\"
    -- --id=@qos1 create qos type=linux-htb other_config:min-rate=8000000
    other_config:burst=4096000 other_config:max-rate=16000000 queues:0=@queue0
    external-ids:vm-id=\"U\" external-ids:ifname=\"eth0\" -- --id=@queue0
    create queue other_config:min-rate=8000000 other_config:burst=4096000
    other_config:max-rate=16000000 external-ids:vm-id=\"U\"
    external-ids:ifname=\"eth0\"
--all destroy qos -- clear port vmt1 qos

== mininet, neutron, os-vif
setup: add-br s1 -- add-port s1 s1-eth1 -- set-controller s1 tcp:127.0.0.1:6653
%-t 1 show
-- --id=@s2c0 create Controller target=\"tcp:127.0.0.1:6653\" max_backoff=1000
    -- --if-exists del-br s2 -- add-br s2 -- set bridge s2 controller=[@s2c0]
    other_config:datapath-id=0000000000000002 fail_mode=secure
    other-config:disable-in-band=true other-config:dp-desc=s2 -- add-port s2
    s2-eth1 -- set Interface s2-eth1 ofport_request=1 -- add-port s2 s2-eth2 --
    set Interface s2-eth2 ofport_request=2 type=patch options:peer=s1-eth9
-- --id=@s1c0 create Controller target=\"tcp:127.0.0.1:6653\" max_backoff=1000
    -- --if-exists del-br s1 -- add-br s1 -- set bridge s1 controller=[@s1c0]
    other_config:datapath-id=0000000000000001 fail_mode=secure
    datapath_type=netdev protocols=OpenFlow13 stp_enable=true -- add-port s1
    s1-eth1 -- set Interface s1-eth1 ofport_request=1
-- --if-exists del-br s1 -- --if-exists del-br s2
get Bridge s1 Controller
get Controller s1 is_connected
del-br s1
--timeout=10 --id=@manager -- create Manager target=\"ptcp:6640:127.0.0.1\" --
    add Open_vSwitch . manager_options @manager
set Manager ptcp:6640:127.0.0.1 inactivity_probe=10000
--may-exist add-br br-int -- set Bridge br-int datapath_type=system
    fail_mode=secure protocols=OpenFlow10,OpenFlow13,OpenFlow14
    other_config:mac-table-size=50000
--may-exist add-port s1 int-br-ex -- set Interface int-br-ex type=patch
    options:peer=phy-br-ex
set Port s1-eth1 tag=4095 vlan_mode=trunk trunks=4095
add Bridge s1 protocols OpenFlow15
add-port s1 vxlan0 -- set Interface vxlan0 type=vxlan
    options:remote_ip=10.0.0.2 options:local_ip=10.0.0.1 options:in_key=flow
    options:out_key=flow options:df_default=true options:egress_pkt_mark=0
clear Bridge s1 protocols
-- --columns=name,external_ids list Interface s1-eth1
-- --columns=ofport list Interface s1-eth1
-- --columns=name,other_config,tag list Port s1-eth1
--format=json -- --columns=name,external_ids list Interface s1-eth1
--format=json -- --if-exists --columns=_uuid list Port nop
-- --may-exist add-port s1 tap1 -- set Interface tap1 external-ids:iface-id=a
    external-ids:iface-status=active
    external-ids:attached-mac=fa:16:3e:00:00:01 external-ids:vm-uuid=b
--timeout=120 -- --if-exists del-port s1 s1-eth1
--timeout=120 -- --if-exists del-port s1 tap9
set Interface s1-eth1 mtu_request=1450
list-ports s1
get Open_vSwitch . external_ids:system-id
--if-exists get Open_vSwitch . external_ids:system-id
set Open_vSwitch . external_ids:hostname=h
    external_ids:ovn-encap-type=geneve,vxlan
set Open_vSwitch . external_ids:ovn-encap-type=geneve
    external_ids:ovn-remote=\"tcp:1.1.1.1:6642\"

== recipes of the manual page
setup: add-br br0 -- add-port br0 eth0 -- add-port br0 eth1 -- add-port br0
    eth2
setup: -- set Bridge br0 mirrors=@m -- --id=@eth0 get Port eth0 -- --id=@m
    create Mirror name=old select-dst-port=@eth0 output-port=@eth0
setup: -- set Port eth2 qos=@q -- --id=@q create QoS type=linux-htb
    queues=0=@q0 -- --id=@q0 create Queue other-config:min-rate=1
setup: -- --id=@nf create NetFlow targets=\"192.168.0.34:5566\"
    active-timeout=30 -- set Bridge br0 netflow=@nf
add-br br1
add-port br0 vlan10 tag=10 -- set Interface vlan10 type=internal
add-port br0 gre0 -- set Interface gre0 type=gre options:remote_ip=1.2.3.4
-- set Bridge br0 mirrors=@m -- --id=@eth0 get Port eth0 -- --id=@eth1 get Port
    eth1 -- --id=@eth2 get Port eth2 -- --id=@m create Mirror name=mymirror
    select-dst-port=@eth0,@eth1 select-src-port=@eth0,@eth1 output-port=@eth2
-- --id=@rec get Mirror old -- remove Bridge br0 mirrors @rec
clear Bridge br0 mirrors
-- set Port eth0 qos=@newqos -- set Port eth1 qos=@newqos -- --id=@newqos
    create QoS type=linux-htb other-config:max-rate=1000000000
    queues=0=@q0,1=@q1 -- --id=@q0 create Queue other-config:min-rate=100000000
    other-config:max-rate=100000000 -- --id=@q1 create Queue
    other-config:min-rate=500000000
clear Port eth2 qos
-- destroy QoS eth2 -- clear Port eth2 qos
-- --all destroy QoS -- --all destroy Queue -- clear Port eth2 qos
set Interface eth0 cfm_mpid=1
clear Interface eth0 cfm_mpid
-- set Bridge br0 netflow=@nf -- --id=@nf create NetFlow
    targets=\"192.168.0.34:5566\" active-timeout=30
set NetFlow br0 active_timeout=60
clear Bridge br0 netflow
-- --id=@s create sFlow agent=eth1 target=\"10.0.0.1:6343\" header=128
    sampling=64 polling=10 -- set Bridge br0 sflow=@s
-- clear Bridge br0 sflow
-- set Bridge br0 ipfix=@i -- --id=@i create IPFIX
    targets=\"192.168.0.34:4739\" obs_domain_id=123 obs_point_id=456
    cache_active_timeout=60 cache_max_flows=13
    other_config:enable-input-sampling=false
    other_config:enable-tunnel-sampling=true
clear Bridge br0 ipfix
set Bridge br0 stp_enable=true
set Bridge br0 other_config:stp-priority=0x7800
set Port eth0 other_config:stp-path-cost=10
set Bridge br0 mcast_snooping_enable=true
set Bridge br0 other_config:mcast-snooping-aging-time=300
set Bridge br0 other_config:mcast-snooping-disable-flood-unregistered=true
set Port eth1 other_config:mcast-snooping-flood-reports=true
set Bridge br0 rstp_enable=true
set Bridge br0 other_config:rstp-address=00:aa:aa:aa:aa:aa
set Port eth0 other_config:rstp-port-admin-edge=true
set bridge br0 protocols=OpenFlow10,OpenFlow12,OpenFlow13
-- --id=@ft create Flow_Table flow_limit=100 overflow_policy=refuse -- set
    Bridge br0 flow_tables=0=@ft
-- --id=@ft create Flow_Table flow_limit=100 overflow_policy=evict
    groups='"NXM_OF_IN_PORT[]"' -- set Bridge br0 flow_tables:0=@ft
-- --id=@ft create Flow_Table flow_limit=100 overflow_policy=evict
    groups=NXM_OF_IN_PORT[] -- set Bridge br0 flow_tables:0=@ft
-- set port eth0 qos=@newqos -- --id=@newqos create qos type=linux-htb
    other-config:max-rate=1000000 queues:0=@newqueue -- --id=@newqueue create
    queue other-config:min-rate=1000000 other-config:max-rate=1000000
wait-until bridge br0 -- get bridge br0 datapath_id
comment a b c -- set Bridge br0 stp_enable=true
set Bridge br0 other_config:a=b -- emer-reset
emer-reset

== unicode and odd names
setup: add-br 'br é' -- add-port 'br é' 'p 1' -- add-port 'br é' p,2 --
    add-port 'br é' 'true' -- add-port 'br é' '"q"' -- add-port 'br é'
    12345678-1234-1234-1234-123456789012
list-br
%show
list-ports 'br é'
port-to-br 'p 1'
port-to-br p,2
port-to-br true
port-to-br '"q"'
port-to-br 12345678-1234-1234-1234-123456789012
get port 'p 1' name
get port p,2 name
get port true name
get port '"q"' name
get port 12345678-1234-1234-1234-123456789012 name
list port 'p 1'
--oneline list-ports 'br é'
find port 'name="p 1"'
%find port 'name=p\ 1'
find port 'name="p,2"'
find port name=true
find port 'name="true"'
--bare --columns=name find port 'name="\"q\""'
-f csv --columns=name list port '"q"'
-f html --columns=name list port '"q"'
-f json --columns=name list port '"q"'
-f table --columns=name list bridge 'br é'
set bridge 'br é' external_ids:日本=語
set bridge 'br é' 'external_ids:"日本 x"="語, y"' -- get bridge 'br é'
    external_ids
set bridge 'br é' external_ids:x=ｆｕｌｌ -- --columns=external_ids list bridge
    'br é'
del-port 'p 1'
del-br 'br é'
set port 'p 1' name=x

== values with backslashes and quotes
setup: add-br br0
set bridge br0 'datapath_type=a\'
set bridge br0 'datapath_type=\"a'
set bridge br0 'datapath_type=\a'
set bridge br0 'datapath_type=a\ b'
set bridge br0 'datapath_type=a\,b'
set bridge br0 'datapath_type=a\\b'
set bridge br0 'datapath_type=a"b c"d'
set bridge br0 'datapath_type="a b"c'
set bridge br0 'datapath_type=\true'
set bridge br0 'datapath_type="a\\b"'
set bridge br0 'datapath_type="a\"b"'
set bridge br0 'datapath_type="a\tb\u0041"'
set bridge br0 'datapath_type="a'
set bridge br0 'datapath_type=a"'
set bridge br0 'external_ids=x=a\ b'
set bridge br0 'external_ids:a\ b=c'
set bridge br0 'external_ids:a\=c'
set bridge br0 'external_ids:x=a\ b'
set bridge br0 'external_ids:x=\'
set bridge br0 'name\ =x'
get bridge br0 'external_ids:a\ b'
add bridge br0 external_ids 'x=a\ b'
add bridge br0 external_ids 'a\=b=c'
remove bridge br0 external_ids 'a\=b=c'
find bridge 'name=br\0'
find bridge 'name!=a\ b'
create queue 'external_ids=a\ b=c'

== what is looked at, and when
setup: add-br br0 -- add-port br0 p1 -- --id=@q create qos type=x
    external_ids:a=b -- set port p1 qos=@q
setup: add-bond br0 bond0 e1 e2
--may-exist add-port br0 p1 nosuch=1
--may-exist add-port br0 p1 tag=x
--may-exist add-port br0 p1 foo
--may-exist add-bond br0 bond0 e1 e2 nosuch=1
add-port br0 p1 nosuch=1
add-port br0 n1 foo
add-port br0 n1 =5
--if-exists set port nop tag=
--if-exists set port nop tag:=5
--if-exists set port nop tag=x
--if-exists set port nop nosuch=x
--if-exists add port nop tag x
--if-exists remove port nop tag x
--if-exists clear port nop tag:x
--if-exists get port nop tag=x
find queue dscp=
find queue dscp=x
find queue nosuch=x
find qos external_ids:x=
find qos external_ids:x=[a
find qos external_ids:a=b type=[
find qos external_ids:x=1 type=[
find qos type=y external_ids:x=[a
wait-until qos p1 type=x type!=y
create mirror nosuch=1
create mirror =1
create nosuch x=1
-- --id=@m create mirror nosuch=1 -- get bridge br9 name
br-exists br9 -- --id=@x --if-exists get port p1
br-exists br9 -- create mirror nosuch=1
br-exists br9 -- get nosuch x
br-exists br9 -- get port p1 nosuch
br-exists br9 -- set port p1 tag=
br-exists br9 -- add-port br0 p9 nosuch=1
br-exists br9 -- add-bond br0 b e9
br-exists br9 -- list port nosuch
br-exists br9 -- --columns=nosuch list port
br-exists br9 -- --all destroy qos p1
~add qos p1 type x y
add qos p1 type [
add port p1 trunks ''
add port p1 external_ids ''
remove port p1 trunks ''
remove port p1 external_ids ''
set port p1 'trunks= '
set port p1 'external_ids= '
set interface p1 statistics:x=y
set interface p1 statistics=x=y
list ''
get port p1 ''
clear port p1 ''

== empty names
setup: add-br br0 -- add-bond br0 bond0 e1 e2
add-br ''
add-port br0 ''
add-bond br0 '' e3 e4
add-bond br0 b '' e4
!1 add-bond-iface bond0 ''
!1 --may-exist add-bond-iface bond0 ''
--may-exist add-br ''
--may-exist add-port br0 ''
del-br ''
del-port ''
port-to-br ''
!0 destroy bridge br0 -- get bridge br0 name
''')
