# SPDX-License-Identifier: Apache-2.0
"""F1 and F2: packets a second from a capture-file source to a null sink, one
core.  Ours, the peer in its best setting, and DPDK's testpmd as the floor
take turns."""
import os
import re
import statistics
import subprocess
import sys
import time

from packets import DPORT, write_pcap
from switch import SETTINGS, Switch

WINDOW_SECONDS = 1.0
ROUNDS = 5
RULES = {
    # What F1 measures: nothing of the packet matters but its port.
    'port': ['in_port=1,actions=output:2'],
    # One rule for all flows.
    'one rule': [f'udp,nw_dst=10.2.0.0/16,tp_dst={DPORT},'
                 'actions=output:2'],
    # Rules that read the whole 5-tuple, so that each flow is a key.
    'full key': [f'priority=10,udp,nw_dst=10.2.0.0/16,tp_dst={DPORT},'
                 'actions=output:2',
                 'priority=20,udp,nw_src=10.1.255.1,nw_dst=10.2.255.2,'
                 f'tp_src=77,tp_dst={DPORT},actions=drop'],
}
CASES = [       # Id, name, rules, flows, goal.
    ('F1', '1 flow', 'port', 1, 1.5),
    ('F1', '1k flows', 'port', 1000, 1.5),
    ('F1', '10k flows', 'port', 10000, 1.5),
    ('F2', '1 flow', 'one rule', 1, 1.7),
    ('F2', '1k flows', 'one rule', 1000, 1.8),
    ('F2', '10k flows', 'one rule', 10000, 2.2),
    ('F2', '100k flows', 'one rule', 100000, 2.5),
    ('F2', '10k flows, full key', 'full key', 10000, 2.2),
    ('F2', '100k flows, full key', 'full key', 100000, 2.5),
]


def say(words):
    print(words, file=sys.stderr, flush=True)


def tsc_hz():
    with open('/proc/cpuinfo') as info:
        return float(re.search(r'cpu MHz\s*: ([\d.]+)',
                               info.read()).group(1)) * 1e6


def connect(switch, pcap):
    """(Re)makes the source of `pcap`, and the sink."""
    switch.resume()
    switch.vsctl('--if-exists del-port src -- --if-exists del-port sink')
    name = os.path.basename(pcap).split('.')[0]
    switch.vsctl(
        'add-port br0 src -- set interface src type=dpdk '
        'ofport_request=1 options:'
        f'dpdk-devargs=net_pcap_{name},rx_pcap={pcap},infinite_rx=1 '
        '-- add-port br0 sink -- set interface sink type=dpdk '
        'ofport_request=2 options:'
        f'dpdk-devargs=net_null_{name},no-rx=1')
    errors = switch.vsctl('get interface src error -- get interface sink '
                          'error').split('\n')
    if errors != ['[]', '[]']:
        raise RuntimeError(f'{switch.kind}: {errors}')


def load_rules(switch, rules):
    switch.ofctl('del-flows br0')
    for rule in rules:
        switch.ofctl(f'add-flow br0 {rule}')


def settle(switch, n_flows):
    """Lets every flow pass a few times and be cached."""
    switch.resume()
    time.sleep(0.5 + n_flows / 50000)


def best_setting(peer, n_flows):
    """The peer's best cache setting for this case."""
    rates = {}
    for name, words in SETTINGS.items():
        peer.resume()
        peer.vsctl(f'set Open_vSwitch . {words}')
        settle(peer, n_flows)
        rates[name] = peer.window(0.7)
    best = max(rates, key=rates.get)
    peer.resume()
    peer.vsctl(f'set Open_vSwitch . {SETTINGS[best]}')
    settle(peer, n_flows)
    peer.pause()
    return best


def testpmd(pcap, seconds=1.5):
    """Packets a second of testpmd's io forwarding between the same ports."""
    command = ['dpdk-testpmd', '-l', '0,1', '--file-prefix', 'benchfloor',
               '--no-pci', '--in-memory', '--vdev',
               f'net_pcap0,rx_pcap={pcap},infinite_rx=1', '--vdev',
               'net_null0,no-rx=1', '--', '-i', '--no-mlockall',
               '--nb-cores=1', '--total-num-mbufs=262144', '--no-flush-rx']
    child = subprocess.Popen(command, stdin=subprocess.PIPE, text=True,
                             stdout=subprocess.PIPE, bufsize=1,
                             stderr=subprocess.DEVNULL)

    def ask(*words):
        child.stdin.write('\n'.join(words) + '\n')
        child.stdin.flush()
        return time.monotonic()
    try:
        ask('start')
        time.sleep(2.5)
        first = ask('clear port stats all')
        time.sleep(seconds)
        last = ask('show port stats 1', 'stop', 'quit')
        out, _ = child.communicate(timeout=20)
    finally:
        child.kill()
        child.wait()
    sent = [int(n) for n in re.findall(r'TX-packets: (\d+)', out)]
    if not sent or not sent[0]:
        raise RuntimeError('testpmd moved nothing:\n' + out[-2000:])
    return sent[0] / (last - first)


def spread(values):
    """Half the distance of the extremes, as a part of the median."""
    return round((max(values) - min(values)) / 2 / statistics.median(values),
                 3)


def measure(case, switches, folder):
    """One case; returns its JSON line as a dictionary."""
    ident, name, rules, n_flows, goal = case
    began = time.monotonic()
    pcap = f'{folder}/f{n_flows}.pcap'
    if not os.path.exists(pcap):
        write_pcap(pcap, n_flows)
    floor = testpmd(pcap)
    for switch in switches.values():
        connect(switch, pcap)
        load_rules(switch, RULES[rules])
        settle(switch, n_flows)
        switch.pause()
    setting = best_setting(switches['peer'], n_flows)
    rates = {kind: [] for kind in switches}
    for _ in range(ROUNDS):
        for kind, switch in switches.items():
            rates[kind].append(switch.window(WINDOW_SECONDS))
    middle = {kind: statistics.median(r) for kind, r in rates.items()}
    cycles = {kind: round(tsc_hz() / rate) for kind, rate in middle.items()}
    say(f'{ident} {name}: floor {floor / 1e6:.2f} Mpps, ' + ', '.join(
        f'{k} {middle[k] / 1e6:.2f} Mpps ({cycles[k]} cycles)'
        for k in middle) + f' [{setting}]')
    ours = middle.get('ours')
    return {
        'id': ident, 'case': name, 'unit': 'packets/s', 'better': 'higher',
        'ours': ours and round(ours), 'peer': round(middle['peer']),
        'peer_setting': setting, 'floor': round(floor),
        'ratio': ours and round(ours / middle['peer'], 2), 'goal': goal,
        'spread': max(map(spread, rates.values())), 'cycles': cycles,
        'seconds': round(time.monotonic() - began, 1),
    }


def run(only, full, kinds, folder):
    """Yields a dictionary a case."""
    cases = [c for c in CASES if not only or c[0] in only]
    if not cases:
        return
    switches = {}
    try:
        for kind in kinds:
            switches[kind] = Switch(kind, dpdk=True)
            switches[kind].pause()
        for case in cases:
            yield measure(case, switches, folder)
    finally:
        for switch in switches.values():
            switch.close()
