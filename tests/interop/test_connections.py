# SPDX-License-Identifier: Apache-2.0
"""Two controllers at a switch of ours and at Debian's, in every version: what
each says, and what both hear of it, is the same."""
import re
import struct

import pytest

from lab import wait_until
from openflow import (NX, Listener, message, show, vendor)

EQUAL, MASTER, SLAVE = 1, 2, 3
FRAME = bytes.fromhex('0200000000020200000000010800450000140000000040'
                      '1166c40a0000010a000002')
LAST = bytes.fromhex('0200000000020200000000018999') + bytes(50)


def role(version, wanted, generation=0):
    if version < 3:
        return nx_role(version, wanted)
    return message(version, 24, struct.pack('>IIQ', wanted, 0xffff << 16
                                            if version == 6 else 0,
                                            generation))


def nx_role(version, wanted):
    return vendor(version, NX, 10, struct.pack('>I', wanted - 1))


def masks(*pairs):
    return b''.join(struct.pack('>HHI', kind, 8, mask)
                    for kind, mask in pairs)


def set_async(version, *pairs):
    """Properties of 1.4, or of the extension."""
    return (message(version, 28, masks(*pairs)) if version >= 5
            else vendor(version, NX, 27, masks(*pairs)))


def get_async(version):
    return message(version, 26)


def six(*numbers):
    return struct.pack('>6I', *numbers)


def group_mod(version, command, group):
    new = struct.pack('>HBBIHHI', command, 0, 0, group, 0, 0, 0xffffffff)
    if version == 1:
        return vendor(version, NX, 31, new)
    return message(version, 15, new if version == 6 else new[:8])


def meter_mod(version, command, meter):
    band = struct.pack('>HHII4x', 1, 16, 1000, 0) if command != 2 else b''
    return message(version, 29, struct.pack('>HHI', command, 1, meter) + band)


def set_config(version, flags, length):
    return message(version, 9, struct.pack('>HH', flags, length))


def packet_out(version, actions, frame=FRAME):
    port = struct.pack('>I', 0xfffffffd)
    if version == 1:
        head = struct.pack('>IHH', 0xffffffff, 0xfffd, len(actions))
    elif version < 6:
        head = (b'\xff' * 4 + port + struct.pack('>H6x', len(actions)))
    else:
        head = (b'\xff' * 4 + struct.pack('>HxxHHI', len(actions), 1, 12,
                                          0x80000004) + port + bytes(4))
    return message(version, 13, head + actions + frame)


def to_controller(version, length=0xffff):
    if version == 1:
        return struct.pack('>HHHH', 0, 8, 0xfffd, length)
    return struct.pack('>HHIH6x', 0, 16, 0xfffffffd, length)


def controller_id(length, controller, reason):
    return struct.pack('>HHIHHHBx', 0xffff, 16, NX, 20, length, controller,
                       reason)


def value(version, subtype, form, number):
    return vendor(version, NX, subtype, struct.pack(form, number))


def roles(v):
    yield 'a', role(v, EQUAL)
    yield 'a', role(v, MASTER, 5)
    yield 'b', role(v, MASTER, 4)
    yield 'b', role(v, MASTER, 6)
    yield 'b', role(v, EQUAL, 1)
    yield 'a', role(v, SLAVE, 3)
    yield 'a', role(v, SLAVE, 7)
    yield 'a', role(v, 9, 8)
    yield 'a', nx_role(v, EQUAL)
    yield 'a', nx_role(v, MASTER)
    yield 'b', nx_role(v, MASTER)
    yield 'b', nx_role(v, SLAVE)
    yield 'b', nx_role(v, 7)
    if v > 2:
        yield 'a', role(v, 0)
        yield 'b', role(v, 0)


def slaves(v):
    yield 'a', role(v, SLAVE, 100)
    yield 'a', group_mod(v, 0, 1)
    yield 'a', packet_out(v, b'')
    yield 'a', set_config(v, 0, 77)
    yield 'a', message(v, 7)
    yield 'a', message(v, 5)
    if v > 3:
        yield 'a', meter_mod(v, 0, 1)
        yield 'a', get_async(v)


def async_masks(v):
    yield 'a', get_async(v)
    if v == 4:
        yield 'a', message(v, 28, six(3, 7, 1, 2, 15, 1))
        yield 'a', get_async(v)
        yield 'a', message(v, 28, six(0xff, 0x7ff, 0xf1, 2, 0xff, 1))
        yield 'a', get_async(v)
    if v > 4:
        yield 'a', set_async(v, (20, 1))
        yield 'a', set_async(v, (0, 0x80))
    yield 'a', set_async(v, (0, 1), (1, 3), (5, 15))
    yield 'a', get_async(v)
    yield 'a', vendor(v, NX, 19, six(1, 2, 3, 4, 5, 6))
    yield 'a', get_async(v)
    yield 'a', set_async(v, *((kind, 3) for kind in (6, 7, 10, 11)))
    yield 'a', set_async(v, (8, 0x18), (9, 8))
    yield 'a', get_async(v)


def role_status(v):
    yield 'b', set_async(v, (6, 7), (7, 7))
    yield 'a', role(v, MASTER, 200)
    yield 'b', role(v, MASTER, 201)
    yield 'a', role(v, MASTER, 202)
    yield 'b', role(v, SLAVE, 203)


def forwarded(v):
    yield 'a', group_mod(v, 0, 4)
    yield 'b', set_async(v, (10, 3), (11, 3))
    yield 'a', group_mod(v, 0, 5)
    yield 'a', group_mod(v, 0, 5)
    yield 'a', group_mod(v, 1, 5)
    yield 'b', group_mod(v, 1, 5)
    yield 'a', group_mod(v, 2, 5)
    yield 'a', group_mod(v, 2, 77)
    if v > 3:
        yield 'a', meter_mod(v, 0, 5)
        yield 'a', meter_mod(v, 1, 5)
        yield 'a', meter_mod(v, 1, 6)
        yield 'a', meter_mod(v, 2, 5)
    yield 'b', set_async(v, (10, 2), (11, 2))
    yield 'a', group_mod(v, 2, 4)


def config(v):
    for flags in 4, 0xff, 2, 1, 3, 0:
        yield 'a', set_config(v, flags, 100 + flags)
        yield 'a', message(v, 7)
    yield 'b', message(v, 7)


def settings(v):
    for number in range(4):
        yield 'a', value(v, 16, '>I', number)
        yield 'a', value(v, 12, '>I', number)
        yield 'a', value(v, 15, '>B7x', number)
    yield 'a', vendor(v, NX, 18)
    yield 'a', value(v, 20, '>6xH', 7)
    yield 'a', value(v, 29, '>6xH', 7)


def strange(v):
    yield 'a', vendor(v, NX, 999)
    yield 'a', vendor(v, 0x1234, 1)
    yield 'a', message(v, 77)
    yield 'a', message(v, 19 if v == 1 else 21)
    yield 'a', message(v, 2, b'hello')
    yield 'a', vendor(v, NX, 999, bytes(3000))


def packet_ins(v):
    for form in range(3):
        yield 'a', value(v, 16, '>I', form)
        yield 'a', packet_out(v, to_controller(v))
        yield 'a', packet_out(v, to_controller(v, 20))
        yield 'a', packet_out(v, controller_id(0xffff, 0, 1))
        yield 'a', packet_out(v, controller_id(30, 0, 0))
        yield 'a', packet_out(v, controller_id(30, 0, 2))
        yield 'b', value(v, 20, '>6xH', 7)
        yield 'a', packet_out(v, controller_id(30, 7, 1))
        yield 'b', role(v, SLAVE, 300)
        yield 'a', packet_out(v, controller_id(30, 7, 1))
        yield 'b', role(v, EQUAL)
        yield 'b', value(v, 20, '>6xH', 0)


SCRIPTS = {f.__name__: f for f in (
    roles, slaves, async_masks, role_status, forwarded, config, settings,
    strange, packet_ins)}


@pytest.fixture(scope='module')
def labs(lab_maker):
    found = {'theirs': lab_maker('--peer'), 'ours': lab_maker()}
    for lab in found.values():
        lab.vsctl('set-fail-mode br0 secure')
    return found


class Pair:
    """A fresh bridge and two controllers of one version."""

    def __init__(self, lab, version):
        self.lab = lab
        self.ends = {name: Listener(lab, name) for name in 'ab'}
        targets = ' '.join(end.target for end in self.ends.values())
        lab.vsctl('--if-exists del-br br1 -- add-br br1 '
                  '-- set bridge br1 datapath_type=netdev '
                  '-- set-fail-mode br1 secure '
                  f'-- set-controller br1 {targets}')
        self.conns = {name: end.accept(version)
                      for name, end in self.ends.items()}
        for conn in self.conns.values():
            conn.sync()

    def settle(self, version):
        """Waits for the packets on their way: another one follows them."""
        found = self.conns['a'].ask(packet_out(
            version, to_controller(version), LAST))
        assert wait_until(lambda: found.extend(self.conns['a'].sync())
                          or any(LAST in m for m in found))
        return found

    def play(self, version, script):
        heard = []
        for who, data in SCRIPTS[script](version):
            other = 'b' if who == 'a' else 'a'
            found = {who: self.conns[who].ask(data)}
            if script == 'packet_ins' and data[1] == 13:
                found['a'] += self.settle(version)
            found[other] = self.conns[other].sync()
            heard += [(who, data.hex()[:60], name, blank(text))
                      for name in (who, other) for text in show(found[name])]
        return heard

    def close(self):
        self.lab.vsctl('del-br br1')
        for end in *self.conns.values(), *self.ends.values():
            end.close()


def blank(text):
    text = text.replace(' BUNDLES', '')
    text = re.sub(r'dpid:[0-9a-f]{16}', 'dpid', text)
    text = re.sub(r'addr:[0-9a-f:]{17}', 'addr', text)
    return re.sub(r'xid=0x[1-9a-f][0-9a-f]*', 'xid', text)


@pytest.mark.weir_only
@pytest.mark.parametrize('version', range(1, 7))
@pytest.mark.parametrize('script', SCRIPTS)
def test_controllers_hear_the_same(labs, script, version):
    heard = {}
    for whose, lab in labs.items():
        pair = Pair(lab, version)
        try:
            heard[whose] = pair.play(version, script)
        finally:
            pair.close()
    for mine, peers in zip(heard['ours'], heard['theirs']):
        assert mine == peers
    assert len(heard['ours']) == len(heard['theirs'])


@pytest.mark.lab('--ports', '2')
def test_passive_controller_does_not_lead(lab):
    """Without any other, the switch goes on as if it had none."""
    lab.vsctl('set-controller br0 ptcp:6699:127.0.0.1')
    assert lab.ping(1, 2) >= 2
    lab.out('ovs-ofctl show tcp:127.0.0.1:6699')
    assert 'NORMAL' in lab.ofctl('dump-flows br0')
