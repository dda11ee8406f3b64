# SPDX-License-Identifier: Apache-2.0
"""S2: flow_mods a second of an idle switch up to the barrier reply, and the
memory of a rule.  The loader speaks OpenFlow itself, so that no tool's own
speed is in the figure; `ofctl add-flows` is measured beside."""
import statistics
import struct
import sys
import tempfile
import time

from switch import Switch

ADD, MODIFY, DELETE = 0, 2, 4       # Strict, but for ADD.
COMMANDS = {'add': ADD, 'modify': MODIFY, 'delete': DELETE}
GOAL, MEMORY_GOAL = 5, 3
BUNDLE = 0x4f4e4600, 2300           # Experimenter and message [ONF 230].
ONF_ADD = 2301


def say(words):
    print(words, file=sys.stderr, flush=True)


def match_10(i):
    """ofp_match of OpenFlow 1.0: IPv4, UDP, exact addresses and port."""
    wildcards = 0x3fffff & ~(1 << 4 | 1 << 5 | 1 << 7 |
                             0x3f << 8 | 0x3f << 14)
    return struct.pack('!IH6s6sHBxHBB2xIIHH', wildcards, 0, b'', b'', 0, 0,
                       0x800, 0, 17, 0x0a000000 | (i >> 8),
                       0x0b000000 | i, 0, i & 0xffff)


def flow_mod_10(command, i, port):
    actions = struct.pack('!HHHH', 0, 8, port, 0)
    body = match_10(i) + struct.pack('!QHHHHIHH', i, command, 0, 0, 100,
                                     0xffffffff, 0xffff, 0) + actions
    return struct.pack('!BBHI', 1, 14, 8 + len(body), i) + body


def oxm(field, data):
    return struct.pack('!HBB', 0x8000, field << 1, len(data)) + data


def flow_mod_13(command, i, port):
    fields = oxm(5, b'\x08\x00') + oxm(10, b'\x11') + \
        oxm(11, struct.pack('!I', 0x0a000000 | (i >> 8))) + \
        oxm(12, struct.pack('!I', 0x0b000000 | i)) + \
        oxm(16, struct.pack('!H', i & 0xffff))
    match = struct.pack('!HH', 1, 4 + len(fields)) + fields
    match += b'\0' * (-len(match) % 8)
    actions = struct.pack('!HHIH6x', 0, 16, port, 0)
    body = struct.pack('!QQBBHHHIIIHH', i, 0, 0, command, 0, 0, 100,
                       0xffffffff, 0xffffffff, 0xffffffff, 0, 0) + match + \
        struct.pack('!HH4x', 4, 8 + len(actions)) + actions
    return struct.pack('!BBHI', 4, 14, 8 + len(body), i) + body


class Connection:
    """OpenFlow to the bridge's own socket."""

    def __init__(self, switch, version):
        self.version = version
        self.sock = switch.lab.connect('br0.mgmt')
        self.sock.settimeout(300)
        self.data = b''
        self.sock.sendall(struct.pack('!BBHI', version, 0, 8, 1))
        kind, _, _ = self.receive()
        assert kind == 0, kind

    def receive(self):
        """(type, xid, body)."""
        while True:
            if len(self.data) >= 8:
                _, kind, length, xid = struct.unpack('!BBHI', self.data[:8])
                if len(self.data) >= length:
                    body = self.data[8:length]
                    self.data = self.data[length:]
                    return kind, xid, body
            more = self.sock.recv(65536)
            if not more:
                raise RuntimeError('the switch hung up')
            self.data += more

    def barrier(self):
        """Waits until all before is done; raises on an error message."""
        kind = 18 if self.version == 1 else 20
        self.sock.sendall(struct.pack('!BBHI', self.version, kind, 8, 7))
        while True:
            found, xid, body = self.receive()
            if found == 1:
                raise RuntimeError('error %d,%d' % struct.unpack(
                    '!HH', body[:4]))
            if found == kind + 1:
                return
            if found == 2:      # Echo.
                self.sock.sendall(struct.pack(
                    '!BBHI', self.version, 3, 8 + len(body), xid) + body)

    def timed(self, data):
        """Seconds from the first byte to the barrier reply."""
        began = time.monotonic()
        self.sock.sendall(data)
        self.barrier()
        return time.monotonic() - began

    def bundled(self, messages):
        """The same, all in one atomic bundle of the 1.3 extension."""
        def control(kind):
            body = struct.pack('!IIIHH', *BUNDLE, 9, kind, 1)
            return struct.pack('!BBHI', 4, 4, 8 + len(body), 9) + body

        parts = [control(0)]
        for message in messages:
            message = message[:4] + struct.pack('!I', 9) + message[8:]
            body = struct.pack('!IIIHH', BUNDLE[0], ONF_ADD, 9, 0, 1) + \
                message
            parts.append(struct.pack('!BBHI', 4, 4, 8 + len(body), 9) + body)
        parts.append(control(4))
        return self.timed(b''.join(parts))


def rounds(switch, version, n, bundle):
    """Flow_mods a second for add, modify and delete, and bytes a rule."""
    make = flow_mod_10 if version == 1 else flow_mod_13
    found = {}
    connection = Connection(switch, version)
    before = switch.rss_bytes()
    for name, command in COMMANDS.items():
        port = 2 if command == MODIFY else 1
        messages = [make(command, i, port) for i in range(n)]
        seconds = connection.bundled(messages) if bundle else \
            connection.timed(b''.join(messages))
        found[name] = n / seconds
        if command == ADD:
            found['bytes'] = (switch.rss_bytes() - before) / n
            check(switch, version, n)
    check(switch, version, 0)
    connection.sock.close()
    return found


def check(switch, version, n):
    text = switch.ofctl(('' if version == 1 else '-O OpenFlow13 ') +
                        'dump-aggregate br0')
    if f'flow_count={n}' not in text:
        raise RuntimeError(f'{switch.kind}: not {n} rules: {text}')


def one_switch(kind, version, n, bundle):
    """A fresh switch, so that memory starts from the same state."""
    switch = Switch(kind)
    try:
        return rounds(switch, version, n, bundle)
    finally:
        switch.close()


def lines(case, results, began):
    """JSON lines from {kind: [round, ...]}."""
    peer, ours = results['peer'], results.get('ours')
    for name in list(COMMANDS) + ['bytes']:
        values = {k: [r[name] for r in found]
                  for k, found in results.items()}
        theirs = statistics.median(values['peer'])
        mine = statistics.median(values['ours']) if ours else None
        lower = name == 'bytes'
        ratio = mine and (theirs / mine if lower else mine / theirs)
        extremes = [(max(v) - min(v)) / 2 / statistics.median(v)
                    for v in values.values()]
        say(f'S2 {name}, {case}: peer {theirs:,.0f}' +
            (f', ours {mine:,.0f}' if mine else ''))
        yield {
            'id': 'S2', 'case': f'{name}, {case}',
            'unit': 'bytes/rule' if lower else 'flow_mods/s',
            'better': 'lower' if lower else 'higher',
            'ours': mine and round(mine), 'peer': round(theirs),
            'peer_setting': 'netdev', 'floor': None,
            'ratio': ratio and round(ratio, 2),
            'goal': MEMORY_GOAL if lower else GOAL,
            'spread': round(max(extremes), 3),
            'seconds': round((time.monotonic() - began) / 4, 1),
        }


def tool(kinds, n):
    """Seconds of `ofctl add-flows FILE`, as flow_mods a second."""
    began = time.monotonic()
    found = {}
    for kind in kinds:
        switch = Switch(kind)
        with tempfile.NamedTemporaryFile('w', dir='/tmp') as rules:
            for i in range(n):
                rules.write(
                    'priority=100,udp,nw_src=10.%d.%d.%d,nw_dst=11.%d.%d.%d,'
                    'tp_dst=%d,actions=output:1\n' % (
                        i >> 24 & 255, i >> 16 & 255, i >> 8 & 255,
                        i >> 16 & 255, i >> 8 & 255, i & 255, i & 65535))
            rules.flush()
            start = time.monotonic()
            switch.ofctl(f'add-flows br0 {rules.name}', timeout=300)
            found[kind] = n / (time.monotonic() - start)
            check(switch, 1, n)
        switch.close()
    ours = found.get('ours')
    return {'id': 'S2', 'case': f'ofctl add-flows, {n // 1000}k rules',
            'unit': 'flow_mods/s', 'better': 'higher',
            'ours': ours and round(ours), 'peer': round(found['peer']),
            'peer_setting': 'netdev', 'floor': None,
            'ratio': ours and round(ours / found['peer'], 2), 'goal': GOAL,
            'spread': None, 'seconds': round(time.monotonic() - began, 1)}


def run(only, full, kinds, folder):
    if only and 'S2' not in only:
        return
    n_rounds = 3 if full else 2
    for n in [100000, 1000000] if full else [100000]:
        for version, bundle in [(1, False), (4, False), (4, True)]:
            began = time.monotonic()
            case = '%dk rules, OF 1.%d%s' % (
                n // 1000, 0 if version == 1 else 3,
                ', bundle' if bundle else '')
            results = {}
            for _ in range(n_rounds):
                for kind in kinds:
                    try:
                        results.setdefault(kind, []).append(
                            one_switch(kind, version, n, bundle))
                    except (RuntimeError, OSError) as error:
                        say(f'S2 {case}: {kind}: {error}')
            yield from lines(case, {k: v for k, v in results.items() if v},
                             began)
        yield tool(kinds, n)
