# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames for tests, as bytes.  Host i of the lab has MAC
02:00:00:00:00:i and address 10.0.0.i."""
import struct

BROADCAST = b'\xff' * 6


def mac(i):
    return bytes([2, 0, 0, 0, 0, i])


def ip(i):
    return bytes([10, 0, 0, i])


def checksum(data):
    """The Internet checksum [RFC 1071]."""
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(dst, src, ethertype, payload, tags=()):
    """`tags` are (tpid, tci), the outermost first."""
    frame = dst + src
    for tpid, tci in tags:
        frame += struct.pack('!HH', tpid, tci)
    frame += struct.pack('!H', ethertype) + payload
    return frame + b'\0' * max(0, 60 - len(frame))


def arp_request(source, target, tags=()):
    body = struct.pack('!HHBBH', 1, 0x800, 6, 4, 1) + mac(source) + \
        ip(source) + b'\0' * 6 + ip(target)
    return ethernet(BROADCAST, mac(source), 0x806, body, tags)


def ipv4(src, dst, proto, payload, ttl=64):
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(payload), 1, 0, ttl,
                       proto, 0) + src + dst
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def udp(source, target, sport, dport, data=b'', tags=()):
    """From host to host, without a UDP checksum, as IPv4 allows."""
    segment = struct.pack('!HHHH', sport, dport, 8 + len(data), 0) + data
    return ethernet(mac(target), mac(source), 0x800,
                    ipv4(ip(source), ip(target), 17, segment), tags)
