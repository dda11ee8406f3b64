# SPDX-License-Identifier: Apache-2.0
"""The flows and groups that OVN's controller puts into Debian's switch, for
two logical switches, a router, ACLs, a load balancer and DHCP, load into ours
and dump back equal: all but the few whose actions our switch refuses."""
import os
import re
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(not shutil.which('ovn-controller'),
                                reason='OVN is needed')

REFUSED = re.compile(r'controller\([^)]*\bpause\b')

# Daemons of Debian in a network of their own; ends them all.
CLOUD = r'''
set -e
mount --make-rprivate /
mount -t sysfs sysfs /sys
ip link set lo up
trap 'for f in "$R"/*.pid; do kill "$(cat "$f")" || :; done' EXIT
db() { # NAME SCHEMA
    ovsdb-tool create $R/$1.db "$2"
    /usr/sbin/ovsdb-server --detach --no-chdir --pidfile=$R/$1.pid \
        --remote=punix:$R/$1.sock --unixctl=$R/$1.ctl $R/$1.db
}
db db /usr/share/openvswitch/vswitch.ovsschema
db nb /usr/share/ovn/ovn-nb.ovsschema
db sb /usr/share/ovn/ovn-sb.ovsschema
v() { ovs-vsctl --db=unix:$R/db.sock "$@"; }
n() { ovn-nbctl --db=unix:$R/nb.sock "$@"; }
v --no-wait init
/usr/sbin/ovs-vswitchd unix:$R/db.sock --detach --no-chdir \
    --pidfile=$R/vs.pid --unixctl=$R/vs.ctl --log-file=$R/vs.log \
    --disable-system
v set open . external-ids:system-id=hv1 \
    external-ids:ovn-remote=unix:$R/sb.sock \
    external-ids:ovn-encap-type=geneve \
    external-ids:ovn-encap-ip=127.0.0.1 \
    external-ids:ovn-bridge-datapath-type=netdev
ovn-northd --detach --no-chdir --pidfile=$R/nd.pid --unixctl=$R/nd.ctl \
    --ovnnb-db=unix:$R/nb.sock --ovnsb-db=unix:$R/sb.sock
ovn-controller --detach --no-chdir --pidfile=$R/oc.pid unix:$R/db.sock
n ls-add s1 -- ls-add s2 -- lr-add r
n lrp-add r rs1 00:00:00:00:ff:01 10.0.1.1/24 fd01::1/64 \
    -- lrp-add r rs2 00:00:00:00:ff:02 10.0.2.1/24
for i in 1 2; do
    n lsp-add s$i s$i-r -- lsp-set-type s$i-r router \
        -- lsp-set-addresses s$i-r router \
        -- lsp-set-options s$i-r router-port=rs$i
done
n lsp-add s1 p1 -- lsp-set-addresses p1 '00:00:00:00:01:01 10.0.1.11' \
    -- lsp-set-port-security p1 '00:00:00:00:01:01 10.0.1.11'
n lsp-add s1 p2 -- lsp-set-addresses p2 '00:00:00:00:01:02 10.0.1.12 fd01::2'
n lsp-add s2 p3 -- lsp-set-addresses p3 '00:00:00:00:02:03 10.0.2.13'
n acl-add s1 to-lport 1000 'ip4 && tcp.dst==80' allow-related
n acl-add s1 to-lport 900 icmp4 drop
n acl-add s2 to-lport 900 'udp.dst==53' reject
n acl-add s1 from-lport 1001 'inport=="p1" &&
    ip4.dst=={10.0.2.13,10.0.2.14} && tcp.dst=={80,443}' allow-related
n lb-add lb 10.0.9.9:80 10.0.1.11:80,10.0.2.13:80
n ls-lb-add s1 lb -- lr-lb-add r lb -- ls-lb-add s2 lb
d=$(n create DHCP_Options cidr=10.0.1.0/24 options:server_id=10.0.1.1 \
    options:server_mac=00:00:00:00:ff:01 options:lease_time=3600 \
    options:router=10.0.1.1)
n lsp-set-dhcpv4-options p2 $d
for p in p1 p2 p3; do
    v add-port br-int $p -- set interface $p type=internal \
        external-ids:iface-id=$p
done
timeout 30 ovn-nbctl --db=unix:$R/nb.sock --wait=hv sync
o() { ovs-ofctl -O OpenFlow15 --no-names --no-stats "$@" \
    unix:$R/br-int.mgmt; }
o dump-flows >$R/flows
o dump-groups >$R/groups
'''


def items(text):
    """The lines of a dump, each one thing, without the head.  An empty list
    of controllers cannot be said in text."""
    return sorted(line.strip().replace('dec_ttl()', 'dec_ttl')
                  for line in text.splitlines()
                  if line.strip() and 'OFPST_' not in line)


@pytest.fixture(scope='module', name='cloud')
def make_cloud(tmp_path_factory):
    """What the switch of the cloud holds: flows, groups."""
    folder = tmp_path_factory.mktemp('ovn')
    env = {**os.environ, 'R': str(folder)}
    for name in ('OVS_RUNDIR', 'OVS_DBDIR', 'OVS_LOGDIR', 'OVN_RUNDIR',
                 'OVS_SYSCONFDIR'):
        env[name] = str(folder)
    run = subprocess.run(['unshare', '-m', '-n', 'bash', '-c', CLOUD],
                         env=env, timeout=120, capture_output=True,
                         text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return (items((folder / 'flows').read_text()),
            items((folder / 'groups').read_text()))


@pytest.mark.parametrize('tool', ['ours', 'theirs'])
def test_loads_and_dumps_back_equal(cloud, lab_maker, tool):
    every, groups = cloud
    flows = [flow for flow in every if not REFUSED.search(flow)]
    assert len(every) > 500 and groups and len(every) - len(flows) < 40
    lab = lab_maker('--ports', '0')
    ofctl = ('ofctl' if tool == 'ours' else '/usr/bin/ovs-ofctl')
    ofctl += ' -O OpenFlow15 --no-names --no-stats '
    lab.run('vsctl add-br br-int -- set bridge br-int fail_mode=secure')
    target = 'br-int'
    lab.run(f'{ofctl} add-groups {target} -',
            stdin='\n'.join(groups) + '\n')
    lab.run(f'{ofctl} add-flows {target} -', stdin='\n'.join(flows) + '\n')
    assert items(lab.out(f'{ofctl} dump-groups {target}')) == groups
    assert items(lab.out(f'{ofctl} dump-flows {target}')) == flows
