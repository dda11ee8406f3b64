# SPDX-License-Identifier: Apache-2.0
"""VLANs: access, trunk, native-tagged and native-untagged ports."""
import pytest

from frames import arp_request, udp

pytestmark = pytest.mark.lab('--ports', '4')


def test_two_vlans_are_isolated(lab):
    assert lab.ping(1, 3) >= 2
    lab.vsctl('set port vm1 tag=10 -- set port vm2 tag=10 '
              '-- set port vm3 tag=20 -- set port vm4 tag=20')
    assert lab.ping(1, 2) >= 2
    assert lab.ping(3, 4) >= 2
    for source, target in (1, 3), (3, 1), (2, 4), (4, 1):
        assert lab.ping(source, target, count=2) == 0
    vlans = {line.split()[2]: line.split()[1] for line in
             lab.appctl('fdb/show br0').splitlines()[1:]
             if line.split()[2].startswith('02:00:00:00:00')
             and line.split()[1] != '0'}
    assert vlans == {'02:00:00:00:00:01': '10', '02:00:00:00:00:02': '10',
                     '02:00:00:00:00:03': '20', '02:00:00:00:00:04': '20'}
    lab.vsctl('clear port vm1 tag -- clear port vm3 tag')
    assert lab.ping(1, 3) >= 2
    assert lab.ping(1, 2, count=2) == 0


def test_trunk_port_sees_tagged_frames(lab):
    lab.vsctl('set port vm1 tag=10 -- set port vm2 tag=20 '
              '-- set port vm4 tag=30 -- set port vm3 trunks=10,20')
    lines = lab.capture(3, 'arp or (vlan and arp)')
    lab.send(1, arp_request(1, 99))
    lab.send(2, arp_request(2, 99))
    lab.send(4, arp_request(4, 99))
    seen = lines()
    assert has(seen, '02:00:00:00:00:01', 'vlan 10,')
    assert has(seen, '02:00:00:00:00:02', 'vlan 20,')
    assert not has(seen, '02:00:00:00:00:04')


def test_trunk_ports_tagged_frames_reach_access_ports_untagged(lab):
    lab.vsctl('set port vm1 tag=10 -- set port vm2 tag=20 '
              '-- set port vm3 trunks=10')
    one, two = lab.capture(1, 'arp or vlan'), lab.capture(2, 'arp or vlan')
    lab.send(3, arp_request(3, 99, [(0x8100, 10)]),
             arp_request(3, 98, [(0x8100, 20)]))
    one, two = one(), two()
    assert has(one, '02:00:00:00:00:03', 'who-has 10.0.0.99')
    assert not has(one, '10.0.0.98')
    assert not has(one, 'vlan')
    assert not has(two, '02:00:00:00:00:03')


def test_default_port_trunks_every_vlan(lab):
    """A port without tag and trunks carries all VLANs, untagged as VLAN 0."""
    lines = lab.capture(2, 'vlan')
    lab.send(1, arp_request(1, 99, [(0x8100, 0x2000 | 123)]))
    assert has(lines(), 'vlan 123, p 1')


def test_access_port_drops_tagged_frames(lab):
    lab.vsctl('set port vm1 tag=10 -- set port vm2 tag=10')
    lines = lab.capture(2, 'arp or vlan')
    lab.send(1, arp_request(1, 97, [(0x8100, 10)]),
             arp_request(1, 96, [(0x8100, 20)]), arp_request(1, 95))
    seen = lines()
    assert has(seen, '10.0.0.95')
    assert not has(seen, '10.0.0.97')
    assert not has(seen, '10.0.0.96')


def test_native_vlan_leaves_untagged_or_tagged(lab):
    lab.vsctl('set port vm1 tag=10 '
              '-- set port vm2 vlan_mode=native-untagged tag=10 trunks=20 '
              '-- set port vm3 vlan_mode=native-tagged tag=10 trunks=20 '
              '-- set port vm4 tag=20')
    two = lab.capture(2, 'arp or vlan')
    three = lab.capture(3, 'arp or vlan')
    lab.send(1, arp_request(1, 99))
    lab.send(4, arp_request(4, 98))
    two, three = two(), three()
    assert has(two, '02:00:00:00:00:01', '10.0.0.99')
    assert not has(two, '02:00:00:00:00:01', 'vlan')
    assert has(three, '02:00:00:00:00:01', 'vlan 10,')
    assert has(two, '02:00:00:00:00:04', 'vlan 20,')
    assert has(three, '02:00:00:00:00:04', 'vlan 20,')
    one = lab.capture(1, 'arp')
    lab.send(2, arp_request(2, 91))
    lab.send(3, arp_request(3, 92))
    one = one()
    assert has(one, '10.0.0.91') and has(one, '10.0.0.92')


def test_priority_tagged_frames_belong_to_the_access_vlan(lab):
    lab.vsctl('set port vm1 tag=10 -- set port vm2 tag=10')
    lines = lab.capture(2, 'arp or vlan')
    lab.send(1, arp_request(1, 99, [(0x8100, 0x6000)]))
    assert has(lines(), '10.0.0.99')


def test_double_tagged_frame_keeps_its_inner_tag(lab):
    lab.vsctl('set port vm1 trunks=10 -- set port vm2 tag=10')
    lines = lab.capture(2, 'vlan')
    lab.send(1, udp(1, 99, 5, 6, b'x', [(0x8100, 10), (0x8100, 77)]))
    seen = lines()
    assert has(seen, 'vlan 77,')
    assert not has(seen, 'vlan 10,')


def has(lines, *texts):
    """True if one line has all the texts."""
    return any(all(text in line for text in texts) for line in lines)
