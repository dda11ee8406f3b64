# SPDX-License-Identifier: Apache-2.0
"""A sandbox that Python tests hold open and run commands in.

The test stays outside of the namespaces; commands enter them with nsenter,
and Unix sockets inside are reached through /proc/PID/root.
"""
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
READY = 'echo ready; exec sleep infinity'
SEND = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
for frame in sys.argv[1:]:
    s.send(bytes.fromhex(frame))
"""


class Failed(AssertionError):
    """A command inside did not end as it should."""

    def __init__(self, words):
        super().__init__(words if len(words) < 3000 else
                         f'{words[:2000]}\n...\n{words[-900:]}')


def wait_until(check, seconds=10, every=0.05):
    """Polls check() until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found or time.monotonic() > end:
            return found
        time.sleep(every)


def descendants(pid):
    """Processes started by `pid`, the deepest first."""
    with open(f'/proc/{pid}/task/{pid}/children') as children:
        for child in children.read().split():
            yield from descendants(int(child))
            yield int(child)


class Lab:
    """One sandbox.  Options are those of ./sandbox."""

    def __init__(self, *options):
        self.peer = '--peer' in options
        self.process = subprocess.Popen(
            [TOP + '/sandbox', *options, '--', 'sh', '-c', READY],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if line != 'ready\n':
            _, words = self.process.communicate()
            raise Failed(f'sandbox {" ".join(options)}: {words}')
        outer = self.process.pid
        with open(f'/proc/{outer}/task/{outer}/children') as children:
            self.pid = int(children.read().split()[0])
        with open(self.path('/run/sandbox/env')) as env:
            self.env = json.load(env)
        self.children = []

    def close(self):
        """Ends everything; fails if a daemon had died on its own."""
        for child in self.children:
            if child.poll() is None:
                for pid in descendants(child.pid):
                    os.kill(pid, signal.SIGKILL)
            child.communicate()
        self.process.send_signal(signal.SIGTERM)
        try:
            _, words = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, words = self.process.communicate()
        if ' is gone' in words:
            raise Failed(words)

    def path(self, inside):
        """Where a path of the sandbox is seen from out here."""
        return f'/proc/{self.pid}/root{inside}'

    def words(self, command):
        command = shlex.split(command) if isinstance(command, str) \
            else list(command)
        return ['nsenter', '-t', str(self.pid), '-m', '-n', '-p', '--',
                *command]

    def run(self, command, ok=True, timeout=60, stdin=None):
        """Runs a command inside.  With `ok`, its status must be 0; returns
        the CompletedProcess."""
        done = subprocess.run(
            self.words(command), env=self.env, input=stdin, text=True,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True, timeout=timeout)
        if ok and done.returncode:
            raise Failed(f'{command}: status {done.returncode}\n'
                         f'{done.stdout}{done.stderr}')
        return done

    def out(self, command, **options):
        """What a command prints, without the last newline."""
        return self.run(command, **options).stdout.rstrip('\n')

    def fails(self, command, *texts, status=1):
        """The command must fail with this status and say all `texts` on
        standard error."""
        done = self.run(command, ok=False)
        if done.returncode != status:
            raise Failed(f'{command}: status {done.returncode}, not {status}'
                         f'\n{done.stdout}{done.stderr}')
        for text in texts:
            if not re.search(text, done.stderr):
                raise Failed(f'{command}: no {text!r} in {done.stderr!r}')
        return done.stderr

    def start(self, command, **options):
        """Starts a command inside that runs beside the test."""
        child = subprocess.Popen(
            self.words(command), env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            **options)
        self.children.append(child)
        return child

    @staticmethod
    def end(child):
        """Ends a command of start(); returns what it had printed."""
        for pid in descendants(child.pid):
            os.kill(pid, signal.SIGTERM)
        return child.communicate(timeout=10)[0]

    def vm(self, i, command):
        """The words of a command in namespace vm`i`."""
        command = shlex.split(command) if isinstance(command, str) \
            else list(command)
        return ['ip', 'netns', 'exec', f'vm{i}', *command]

    def ctl(self, action, *daemons):
        self.run(['sandbox', '--ctl', action, *daemons])

    # The tools by the names their users call, whoever made them.

    def vsctl(self, command):
        return self.out('ovs-vsctl --timeout=20 ' + command)

    def ofctl(self, command):
        return self.out('ovs-ofctl ' + command)

    def appctl(self, command):
        return self.out('ovs-appctl ' + command)

    def ping(self, source, target, count=3, wait=1):
        """How many of `count` pings from vm`source` to vm`target` came
        back."""
        done = self.run(self.vm(
            source, f'ping -n -c {count} -i 0.1 -W {wait} '
            f'10.0.0.{target}'), ok=False)
        found = re.search(r'(\d+) received', done.stdout)
        if not found:
            raise Failed(done.stdout + done.stderr)
        return int(found.group(1))

    def all_ping(self, ids):
        """Every one reaches every other; the first packets may be late."""
        for source in ids:
            for target in ids:
                if source != target:
                    assert self.ping(source, target) >= 2, (source, target)

    def send(self, source, *frames):
        """Sends raw Ethernet frames, as bytes, from vm`source`."""
        self.run(self.vm(source, ['/usr/bin/python3', '-c', SEND,
                                  *(f.hex() for f in frames)]))

    def capture(self, i, expression=''):
        """Starts tcpdump in vm`i`; returns a function that ends it and gives
        its lines."""
        child = self.start(self.vm(
            i, ['tcpdump', '-i', 'eth0', '-nn', '-e', '-l', '-Q', 'in',
                '--immediate-mode', *expression.split()]))
        for line in child.stdout:
            if line.startswith('listening on'):
                break

        def lines():
            time.sleep(0.3)
            return self.end(child).splitlines()
        return lines

    def flows(self, bridge='br0', options=''):
        """dump-flows as dictionaries: table, priority, n_packets, match,
        actions and so on."""
        return [parse_flow(line) for line in self.ofctl(
            f'dump-flows {options} {bridge}').splitlines()
            if 'actions=' in line]

    def cpu_seconds(self, daemon):
        """CPU time used by a daemon so far."""
        with open(self.path(f'/run/openvswitch/{daemon}.pid')) as pidfile:
            pid = pidfile.read().strip()
        words = self.out(['cat', f'/proc/{pid}/stat']).rsplit(')', 1)[1]
        fields = words.split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def connect(self, name):
        """A connected Unix stream socket to /run/openvswitch/`name`."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(20)
        sock.connect(self.path(f'/run/openvswitch/{name}'))
        return sock

    def database(self):
        return Database(self.connect('db.sock'))


def parse_flow(line):
    """One line of dump-flows."""
    head, actions = line.strip().split(' actions=', 1)
    flow = {'actions': actions, 'match': []}
    for word in re.split(r', *| ', head):
        key, _, value = word.partition('=')
        if key in ('cookie', 'duration', 'table', 'n_packets', 'n_bytes',
                   'idle_age', 'hard_age', 'priority', 'idle_timeout',
                   'hard_timeout'):
            flow[key] = int(value) if value.isdigit() else value
        elif word:
            flow['match'].append(word)
    return flow


class Database:
    """JSON-RPC to the database server [RFC 7047]."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = ''
        self.next_id = 0
        self.decoder = json.JSONDecoder()

    def send(self, method, *params):
        self.next_id += 1
        self.sock.sendall(json.dumps(
            {'id': self.next_id, 'method': method,
             'params': params}).encode())
        return self.next_id

    def receive(self):
        """The next message; None when the server has gone."""
        while True:
            try:
                message, end = self.decoder.raw_decode(self.buffer)
                self.buffer = self.buffer[end:].lstrip()
                return message
            except ValueError:
                pass
            try:
                data = self.sock.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self.buffer += data.decode()

    def call(self, method, *params):
        """The reply, as a dictionary with `result` and `error`."""
        wanted = self.send(method, *params)
        while True:
            message = self.receive()
            if message is None or message.get('id') == wanted:
                return message
            if message.get('method') == 'echo':
                self.sock.sendall(json.dumps(
                    {'id': message['id'], 'result': message['params'],
                     'error': None}).encode())
