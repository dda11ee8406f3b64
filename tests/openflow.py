# SPDX-License-Identifier: Apache-2.0
"""A raw OpenFlow peer: it says the bytes a test gives and shows what comes
back, so that two switches can be compared message for message."""
import os
import socket
import struct
import subprocess

ECHO_REQUEST, ECHO_REPLY, BARRIER = 2, 3, {1: 18}
NX, ONF = 0x2320, 0x4f4e4600


def message(version, kind, body=b'', xid=0):
    return struct.pack('>BBHI', version, kind, 8 + len(body), xid) + body


def vendor(version, who, subtype, body=b'', xid=0):
    """An experimenter message."""
    return message(version, 4, struct.pack('>II', who, subtype) + body, xid)


class Connection:
    """One connection to a switch, on which hello was exchanged."""

    def __init__(self, sock, version):
        self.sock, self.version = sock, version
        self.buffer = b''
        self.next_xid = 0x1000
        sock.settimeout(20)
        # A version without a bitmap: this and all before it; with it, alone.
        body = b'' if version < 4 else struct.pack(
            '>HHI', 1, 8, 1 << version)
        sock.sendall(message(version, 0, body, 1))
        hello = self.receive()
        assert hello[1] == 0, hello.hex()

    def receive(self):
        """The next whole message; None at the end."""
        while True:
            if len(self.buffer) >= 4:
                length = struct.unpack('>H', self.buffer[2:4])[0]
                if len(self.buffer) >= length:
                    found = self.buffer[:length]
                    self.buffer = self.buffer[length:]
                    return found
            try:
                more = self.sock.recv(65536)
            except ConnectionError:
                return None
            if not more:
                return None
            self.buffer += more

    def send(self, data):
        """Gives the message an xid of its own, and sends it."""
        self.next_xid += 1
        data = data[:4] + struct.pack('>I', self.next_xid) + data[8:]
        self.sock.sendall(data)
        return self.next_xid

    def sync(self):
        """What came up to now, in order; echo requests are answered."""
        kind = 18 if self.version == 1 else 20
        last = self.send(message(self.version, kind))
        found = []
        while True:
            got = self.receive()
            assert got is not None, 'the switch closed the connection'
            if got[1] == ECHO_REQUEST:
                self.sock.sendall(got[:1] + b'\3' + got[2:])
            elif got[1] == kind + 1 and got[4:8] == struct.pack('>I', last):
                return found
            else:
                found.append(got)

    def ask(self, data):
        """What a request brings, up to the barrier behind it."""
        self.send(data)
        return self.sync()

    def close(self):
        self.sock.close()


class Listener:
    """A controller that waits for a switch at a socket of its run
    directory; Bridge's target is `target`."""

    def __init__(self, lab, name):
        self.target = f'unix:/run/openvswitch/{name}'
        path = lab.path(f'/run/openvswitch/{name}')
        if os.path.exists(path):
            os.unlink(path)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        # Names of sockets are short: by way of the open folder.
        folder = os.open(os.path.dirname(path), os.O_PATH)
        self.sock.bind(f'/proc/self/fd/{folder}/{name}')
        os.close(folder)
        self.sock.listen(8)

    def accept(self, version):
        return Connection(self.sock.accept()[0], version)

    def close(self):
        self.sock.close()


def show(messages, ofctl='/usr/bin/ovs-ofctl'):
    """Messages as the peer's tool prints them, one text each."""
    return [subprocess.run([ofctl, 'ofp-print', m.hex()], check=True,
                           capture_output=True, text=True).stdout.strip()
            for m in messages]
