# SPDX-License-Identifier: Apache-2.0
"""Thousands of clients of a database server, driven by one loop."""
import json
import os
import resource
import select
import socket
import threading
import time


def raise_descriptors(wanted):
    """As many descriptors as allowed; True if they are enough."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE,
                           (wanted, max(hard, wanted)))
    except (OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= wanted


def rss_kib(pid):
    """Resident memory of a process."""
    with open(f'/proc/{pid}/status', encoding='ascii') as status:
        for line in status:
            if line.startswith('VmRSS'):
                return int(line.split()[1])
    raise AssertionError('no VmRSS')


def keeps_memory(program):
    """True if a sanitizer does not give memory back."""
    with open(program, 'rb') as binary:
        return b'__asan_init' in binary.read()


class Crowd:
    """Clients that each send one request and wait for a line's worth of
    answer.  Where to is a Unix path or a port of localhost."""

    def __init__(self, where):
        self.where = where
        self.poll = select.epoll()
        self.socks = {}
        self.got = {}

    def connect(self):
        if isinstance(self.where, int):
            sock = socket.create_connection(('127.0.0.1', self.where))
        else:
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(self.where)
        sock.setblocking(False)
        self.socks[sock.fileno()] = sock
        self.got[sock.fileno()] = b''
        return sock

    def request(self, n, message, seconds=60):
        """Connects `n` clients that send `message`; returns one's answer, and
        how long it took until all had theirs, which must be equal."""
        text = json.dumps(message).encode()
        start = time.monotonic()
        waiting = set()
        while len(self.socks) < n or waiting:
            if len(self.socks) < n:
                sock = self.connect()
                sock.send(text)
                waiting.add(sock.fileno())
                self.poll.register(sock, select.EPOLLIN)
            quick = len(self.socks) < n and len(waiting) < 500
            for fd, _ in self.poll.poll(0 if quick else 1):
                self.read(fd)
                if self.is_whole(fd):
                    waiting.discard(fd)
            assert time.monotonic() - start < seconds, len(waiting)
        took = time.monotonic() - start
        answers = set(self.got.values())
        assert len(answers) == 1, len(answers)
        return json.loads(answers.pop()), took

    def read(self, fd):
        more = self.socks[fd].recv(1 << 18)
        assert more, 'cut'
        self.got[fd] += more

    def is_whole(self, fd):
        text = self.got[fd]
        return (text.endswith(b'}') and text.count(b'{') == text.count(b'}'))

    def gather(self, seconds=30):
        """Waits until each got one more message; returns them all."""
        self.got = {fd: b'' for fd in self.got}
        end = time.monotonic() + seconds
        waiting = set(self.got)
        while waiting and time.monotonic() < end:
            for fd, _ in self.poll.poll(1):
                self.read(fd)
                if self.is_whole(fd):
                    waiting.discard(fd)
        assert not waiting, len(waiting)
        return set(self.got.values())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.poll.close()
        for sock in self.socks.values():
            sock.close()


class Probe(threading.Thread):
    """A proper client that asks all the while; measures how long it waits."""

    def __init__(self, client, request):
        super().__init__(daemon=True)
        self.client, self.ask = client, request
        self.took_ms = []
        self.going = True
        self.start()

    def run(self):
        while self.going:
            start = time.monotonic()
            self.client.call(*self.ask)
            self.took_ms.append((time.monotonic() - start) * 1000)
            time.sleep(0.002)

    def stop(self):
        """Sorted milliseconds."""
        self.going = False
        self.join(20)
        return sorted(self.took_ms)


def percentile(values, part):
    return values[min(len(values) - 1, int(len(values) * part))]
