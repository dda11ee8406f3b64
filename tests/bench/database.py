# SPDX-License-Identifier: Apache-2.0
"""D1: small transactions; D2: a million rows.  Our database server and
Debian's in turns, loaded by bench_ovsdb."""
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

from ovsdb import BUILD, OURS, PEER, Server, insert

LOAD = BUILD + '/tests/bench/bench_ovsdb'
SETS = {'min': 0, 'max': 'unlimited'}
COLUMNS = {'name': {'type': 'string'}, 'n': {'type': 'integer'},
           'ids': {'type': {'key': 'string', 'value': 'string', **SETS}}}
SCHEMA = {'name': 'B', 'version': '1.0.0', 'tables': {
    'Big': {'isRoot': True, 'indexes': [['name']], 'columns': COLUMNS},
    'Small': {'isRoot': True, 'indexes': [['name']], 'columns': COLUMNS}}}
MAKES = {'ours': OURS, 'peer': PEER}
ROUNDS = 3          # Of each make, in turns; medians count.
FILL_STEP = 50000   # Rows a transaction of those that fill a file.


def say(words):
    print(words, file=sys.stderr, flush=True)


def load(server, *args):
    """What bench_ovsdb measured; no answer may be an error."""
    done = subprocess.run([LOAD, args[0], server.socket,
                           *map(str, args[1:])], capture_output=True,
                          text=True, check=True)
    found = json.loads(done.stdout)
    assert found['errors'] == 0, (args, found)
    return found


def new_server(kind, folder, name):
    """One with an empty database and a row in Small."""
    path = os.path.join(folder, f'{kind}-{name}')
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)
    server = Server(path, make=MAKES[kind], schema=SCHEMA).start()
    client = server.client()
    client.transact(insert('Small', {'name': 'one'}), db='B')
    client.close()
    return server


def count_rows(server, table):
    """Rows that a change of nothing would change."""
    client = server.client()
    client.sock.settimeout(300)
    (found,) = client.transact({'op': 'mutate', 'table': table, 'where': [],
                                'mutations': []}, db='B')
    client.close()
    return found['count']


def line(bench, case, unit, better, values, goal, began):
    """One measurement; 'values' holds a list by kind."""
    middle = {kind: statistics.median(v) for kind, v in values.items() if v}
    ours, peer = middle.get('ours'), middle.get('peer')
    ratio = None
    if ours and peer:
        ratio = ours / peer if better == 'higher' else peer / ours
    spreads = [(max(v) - min(v)) / statistics.median(v)
               for v in values.values() if v and statistics.median(v)]

    def digits(x):
        return x if x is None else float(f'{x:.4g}')
    return {'id': bench, 'case': case, 'unit': unit, 'better': better,
            'ours': digits(ours), 'peer': digits(peer),
            'peer_setting': 'ovsdb-server', 'floor': None,
            'ratio': digits(ratio), 'goal': goal,
            'spread': digits(max(spreads, default=0)),
            'seconds': round(time.monotonic() - began, 1)}


# D1.  Each measures one new server: a value.

def pipelined(server, full):
    n = 200000 if full else 20000
    found = load(server, 'pipeline', n, 1000)
    assert count_rows(server, 'Big') == n
    return n / found['seconds']


def round_trip(server, full):
    return load(server, 'inserts', 1, 50000 if full else 5000)['p50_us']


def durable(clients):
    def measure(server, full):
        n = (20000 if full else 3000) // clients + 100
        found = load(server, 'durable', clients, n)
        assert count_rows(server, 'Big') == n * clients
        return n * clients / found['seconds']
    return measure


def watched(server, full):
    n = 5000 if full else 500
    return n / load(server, 'updates', 100, n)['seconds']


SMALL = [
    ('pipelined inserts', '1/s', 'higher', pipelined, 3),
    ('round trip of an insert', 'us', 'lower', round_trip, 1),
    ('durable inserts, 1 client', '1/s', 'higher', durable(1), 1),
    ('durable inserts, 16 clients', '1/s', 'higher', durable(16), 5),
    ('durable inserts, 32 clients', '1/s', 'higher', durable(32), 10),
    ('updates that 100 monitors see', '1/s', 'higher', watched, 3),
]


def small(full, kinds, folder):
    for case, unit, better, measure, goal in SMALL:
        began = time.monotonic()
        values = {kind: [] for kind in kinds}
        for _ in range(ROUNDS):
            for kind in kinds:
                server = new_server(kind, folder, 'd1')
                try:
                    values[kind].append(measure(server, full))
                finally:
                    server.stop()
        yield line('D1', case, unit, better, values, goal, began)


# D2.  One file of rows; servers start from copies of it.

def make_file(folder, n):
    """A compacted file of 'n' rows in Big, made by our server."""
    server = new_server('ours', folder, 'fill')
    for start in range(0, n, FILL_STEP):
        load(server, 'transaction', min(FILL_STEP, n - start))
    assert count_rows(server, 'Big') == n
    server.appctl('ovsdb-server/compact', 'B')
    server.stop()
    return server.file


def resident_kb(server):
    with open(f'/proc/{server.process.pid}/status',
              encoding='ascii') as status:
        for text in status:
            if text.startswith('VmRSS'):
                return int(text.split()[1])
    raise RuntimeError('no VmRSS')


def start_on(kind, folder, file):
    path = os.path.join(folder, f'{kind}-d2')
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)
    shutil.copyfile(file, path + '/t.db')
    server = Server(path, make=MAKES[kind], create=False)
    server.patience = 300
    begin = time.monotonic()
    server.start()
    client = server.client()
    client.sock.settimeout(300)
    # It may listen before it serves.
    assert 'B' in client.call('list_dbs')
    client.transact({'op': 'select', 'table': 'Small', 'where': []}, db='B')
    client.close()
    return server, time.monotonic() - begin


def compaction(server, seconds):
    """(seconds it took, longest wait of a client meanwhile in ms)."""
    with subprocess.Popen([LOAD, 'stall', server.socket, str(seconds)],
                          stdout=subprocess.PIPE, text=True) as prober:
        time.sleep(0.5)
        begin = time.monotonic()
        server.appctl('ovsdb-server/compact', 'B')
        took = time.monotonic() - begin
        # One that works in the background still has the other half.
        found = json.loads(prober.communicate()[0])
    assert found['errors'] == 0
    return took, found['max_us'] / 1000


BIG = [
    ('start', 's', 'lower', 3), ('memory after start', 'MB', 'lower', 3),
    ('initial monitor', 's', 'lower', 3),
    ('compaction', 's', 'lower', 3),
    ('longest wait of a client in compaction', 'ms', 'lower', 3),
    ('transaction of a tenth of the rows', 's', 'lower', 3),
]


def big_once(kind, folder, file, n):
    """Values in the order of BIG."""
    server, start = start_on(kind, folder, file)
    try:
        memory = resident_kb(server) / 1024
        found = load(server, 'initial', 1)
        assert found['bytes'] > 100 * n
        compact, stall = compaction(server, 5 + n // 50000)
        transaction = load(server, 'transaction', n // 10)['seconds']
        assert count_rows(server, 'Big') == n + n // 10
        return [start, memory, found['seconds'], compact, stall, transaction]
    finally:
        server.stop()


def big(full, kinds, folder):
    n = 1000000 if full else 50000
    began = time.monotonic()
    file = make_file(folder, n)
    say(f'D2: {os.path.getsize(file) >> 20} MB in {n} rows')
    values = {kind: [] for kind in kinds}
    for _ in range(ROUNDS if full else 1):
        for kind in kinds:
            values[kind].append(big_once(kind, folder, file, n))
    for i, (case, unit, better, goal) in enumerate(BIG):
        yield line('D2', f'{n} rows: {case}', unit, better,
                   {k: [v[i] for v in vs] for k, vs in values.items()}, goal,
                   began)


def followers(full, kinds, folder):
    """72k rows for one, and for 100 that ask the same."""
    n = 72000 if full else 10000
    file = make_file(folder, n)
    for clients in 1, 100:
        began = time.monotonic()
        values = {kind: [] for kind in kinds}
        for kind in kinds * (ROUNDS if full or clients == 1 else 1):
            server, _ = start_on(kind, folder, file)
            try:
                found = load(server, 'initial', clients)
                assert found['bytes'] > 100 * n * clients
                values[kind].append(found['seconds'])
            finally:
                server.stop()
        yield line('D2', f'{n} rows: initial monitor of {clients}', 's',
                   'lower', values, 3, began)


def crowd(full, kinds, folder):
    n = 10000 if full else 1000
    began = time.monotonic()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > n + 100, f'only {hard} descriptors a process'
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    values = {kind: [] for kind in kinds}
    try:
        for kind in kinds:
            server = new_server(kind, folder, 'crowd')
            try:
                found = load(server, 'connect', n)
                assert found['messages'] == n
                values[kind].append(found['seconds'])
            finally:
                server.stop()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    yield line('D2', f'{n} clients connect and monitor', 's', 'lower', values,
               3, began)


def run(only, full, kinds, folder):
    if not only or 'D1' in only:
        yield from small(full, kinds, folder)
    if not only or 'D2' in only:
        for part in big, followers, crowd:
            yield from part(full, kinds, folder)
