# SPDX-License-Identifier: Apache-2.0
"""Capture files for the packet sources, made without a packet library so
that 100,000 packets take a second."""
import random
import struct

from frames import checksum

SRC, DST = bytes.fromhex('020000000001'), bytes.fromhex('020000000002')
SIZE = 60           # 64 bytes on a wire, with the frame check sequence.
DPORT = 4789        # Every packet goes to this UDP port of 10.2.0.0/16.


def flow(i):
    """The 5-tuple of flow `i`, without the protocol: all differ, the first
    65,536 in their addresses alone."""
    return (struct.pack('!I', 0x0a010000 | (i & 0xffff)),
            struct.pack('!I', 0x0a020000 | (i * 7919 & 0xffff)),
            1024 + (i >> 16), DPORT)


def frame(i):
    src, dst, sport, dport = flow(i)
    payload = SIZE - 14 - 20 - 8
    head = struct.pack('!BBHHHBBH', 0x45, 0, 28 + payload, 0, 0x4000, 64, 17,
                       0) + src + dst
    head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
    return DST + SRC + b'\x08\x00' + head + struct.pack(
        '!HHHH', sport, dport, 8 + payload, 0) + b'\0' * payload


def write_pcap(path, n_flows, seed=1):
    """One packet a flow, 512 at least, in random order."""
    order = [i % n_flows for i in range(max(n_flows, 512))]
    random.Random(seed).shuffle(order)
    with open(path, 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in order:
            data = frame(i)
            out.write(struct.pack('<IIII', 0, 0, len(data), len(data)) + data)
