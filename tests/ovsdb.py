# SPDX-License-Identifier: Apache-2.0
"""A database server in a folder of its own, and JSON-RPC clients for it."""
import codecs
import json
import os
import signal
import socket
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get('WEIR_BUILD') or TOP
OURS = {
    'server': BUILD + '/ovsdb/ovsdb-server',
    'tool': BUILD + '/ovsdb/ovsdb-tool',
    'client': BUILD + '/utilities/dbclient/ovsdb-client',
}
PEER = {
    'server': '/usr/sbin/ovsdb-server',
    'tool': '/usr/bin/ovsdb-tool',
    'client': '/usr/bin/ovsdb-client',
}
VSWITCH_SCHEMA = TOP + '/ovsdb/vswitch.ovsschema'
SCHEMA = {
    'name': 'T', 'version': '1.0.0', 'tables': {
        'A': {'isRoot': True, 'indexes': [['name']], 'columns': {
            'name': {'type': 'string'}, 'n': {'type': 'integer'},
            's': {'type': {'key': 'string', 'min': 0, 'max': 'unlimited'}},
            'm': {'type': {'key': 'string', 'value': 'string', 'min': 0,
                           'max': 'unlimited'}},
            'eph': {'type': 'string', 'ephemeral': True},
            'kids': {'type': {'key': {'type': 'uuid', 'refTable': 'K'},
                              'min': 0, 'max': 'unlimited'}}}},
        'K': {'columns': {'n': {'type': 'integer'}}}}}


def run(program, *args, check=True, **kwargs):
    """Runs a program; its standard output."""
    done = subprocess.run([program, *args], capture_output=True, text=True,
                          check=False, **{'timeout': 30, **kwargs})
    if check and done.returncode:
        raise AssertionError(f'{program} {args}: {done.stderr}')
    return done.stdout if check else done


class Server:
    """A server on a database file in 'folder'."""

    def __init__(self, folder, make=None, schema=None, create=True,
                 options=()):
        self.make = make or OURS
        self.folder = str(folder)
        self.file = self.folder + '/t.db'
        self.socket = self.folder + '/s'
        self.ctl = self.folder + '/ctl'
        self.log = self.folder + '/log'
        self.options = list(options)
        self.process = None
        self.patience = 10      # Seconds until it must listen.
        if create:
            path = self.folder + '/schema'
            with open(path, 'w', encoding='utf-8') as out:
                json.dump(schema or SCHEMA, out)
            run(self.make['tool'], 'create', self.file, path)

    def start(self):
        env = dict(os.environ, OVS_RUNDIR=self.folder, OVS_DBDIR=self.folder,
                   OVS_LOGDIR=self.folder)
        self.process = subprocess.Popen(
            [self.make['server'], self.file, '--remote=punix:' + self.socket,
             '--unixctl=' + self.ctl, '--log-file=' + self.log,
             '-vconsole:off', *self.options], env=env,
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(self.process.stderr.read())
            try:
                self.client().close()
                return self
            except OSError:
                time.sleep(0.01)
        raise AssertionError('the server does not listen')

    def client(self):
        return Client(self.socket)

    def appctl(self, *args):
        return run('/usr/bin/ovs-appctl', '-t', self.ctl, *args,
                   timeout=max(30, self.patience))

    def stop(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process.stderr.close()
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Client:
    """A JSON-RPC connection."""

    def __init__(self, path, timeout=10):
        self.setup()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)

    def setup(self):
        self.text = ''
        self.decoder = codecs.getincrementaldecoder('utf-8')(
            'surrogateescape')
        self.next_id = 0
        self.notes = []

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, message):
        self.sock.sendall(json.dumps(message).encode())

    def receive(self):
        """The next message; EOFError at the end."""
        while True:
            self.text = self.text.lstrip()
            try:
                message, end = json.JSONDecoder().raw_decode(self.text)
                self.text = self.text[end:]
                return message
            except ValueError:
                more = self.sock.recv(1 << 18)
                if not more:
                    raise EOFError from None
                self.text += self.decoder.decode(more)

    def request(self, method, params):
        self.next_id += 1
        self.send({'method': method, 'params': params, 'id': self.next_id})
        return self.next_id

    def reply(self, number):
        """Waits for one reply; notifications before it go to 'notes'."""
        while True:
            message = self.receive()
            if message.get('id') == number and 'method' not in message:
                return message
            self.notes.append(message)

    def call(self, method, *params):
        """The result; fails on an error."""
        reply = self.reply(self.request(method, list(params)))
        assert reply['error'] is None, reply
        return reply['result']

    def error(self, method, *params):
        """The error; fails on a result."""
        reply = self.reply(self.request(method, list(params)))
        assert reply['error'] is not None, reply
        return reply['error']

    def transact(self, *operations, db='T'):
        """Results; fails if one is an error."""
        results = self.call('transact', db, *operations)
        assert not [r for r in results if r and 'error' in r], results
        return results

    def take_notes(self, seconds=0.3):
        """Notifications that came, and come within a while."""
        self.sock.settimeout(seconds)
        try:
            while True:
                self.notes.append(self.receive())
        except socket.timeout:
            pass
        self.sock.settimeout(10)
        notes, self.notes = self.notes, []
        return notes


def twin_servers(folders, schema):
    """Our server and Debian's, for a fixture to yield from."""
    servers = [Server(folders.mktemp('twin'), make=make,
                      schema=schema).start() for make in (OURS, PEER)]
    yield servers
    for server in servers:
        server.stop()


def insert(table, row, **more):
    return {'op': 'insert', 'table': table, 'row': row, **more}


def select(table, where=(), columns=None):
    op = {'op': 'select', 'table': table, 'where': list(where)}
    return op if columns is None else {**op, 'columns': columns}


def update(table, where, row):
    return {'op': 'update', 'table': table, 'where': where, 'row': row}
