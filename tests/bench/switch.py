# SPDX-License-Identifier: Apache-2.0
"""A switch to measure: ours or the peer, each in a sandbox of its own.  The
one that is not measured is stopped (SIGSTOP), so that both may stay up and
windows can alternate."""
import os
import re
import signal
import time

from lab import Lab

SETTINGS = {        # Of the peer's caches; the best counts for each case.
    'EMC': 'other_config:emc-insert-inv-prob=1 '
           'other_config:smc-enable=false',
    'SMC': 'other_config:emc-insert-inv-prob=0 other_config:smc-enable=true',
    'neither': 'other_config:emc-insert-inv-prob=0 '
               'other_config:smc-enable=false',
}


class Switch:
    """`kind` is 'ours' or 'peer'."""

    def __init__(self, kind, dpdk=False):
        self.kind = kind
        options = ['--peer'] if kind == 'peer' else os.environ.get(
            'WEIR_BENCH_LAB', '').split()
        self.lab = Lab(*options, *(['--dpdk'] if dpdk else []),
                       '--no-bridge')
        with open(self.lab.path('/run/openvswitch/ovs-vswitchd.pid')) as f:
            inner = f.read().strip()
        self.pid = self.outer_pid(inner)
        self.vsctl('set Open_vSwitch . other_config:pmd-cpu-mask=0x2 '
                   'other_config:max-idle=100000')
        self.vsctl('add-br br0 -- set bridge br0 datapath_type=netdev '
                   'fail_mode=secure')

    def outer_pid(self, inner):
        """The switch's process as seen from here."""
        for name in os.listdir('/proc'):
            try:
                with open(f'/proc/{name}/status') as status:
                    words = status.read()
            except OSError:
                continue
            found = re.search(r'^NSpid:\s+(\d+)\s+(\d+)$', words, re.M)
            if found and found.group(2) == inner and os.readlink(
                    f'/proc/{name}/ns/pid') == os.readlink(
                    f'/proc/{self.lab.pid}/ns/pid'):
                return int(name)
        raise RuntimeError('the switch has no process')

    def vsctl(self, command):
        return self.lab.vsctl(command)

    def ofctl(self, command, **options):
        return self.lab.out('ovs-ofctl ' + command, **options)

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def close(self):
        self.resume()
        self.lab.close()

    def rss_bytes(self):
        with open(f'/proc/{self.pid}/status') as status:
            return int(re.search(r'VmRSS:\s+(\d+)', status.read()).group(1)) \
                * 1024

    def counters(self):
        """(received by src, sent by sink, time in seconds)."""
        text = self.ofctl('--no-names dump-ports br0')
        now = time.monotonic()
        ports = re.findall(r'port +(\d+): rx pkts=(\d+).*?tx pkts=(\d+)',
                           text, re.S)
        counts = {name: (int(rx), int(tx)) for name, rx, tx in ports}
        return counts['1'][0], counts['2'][1], now

    def window(self, seconds):
        """Packets a second that reach the sink in a window of time; raises
        if they are not those that the source gave."""
        self.resume()
        time.sleep(0.1)
        rx1, tx1, t1 = self.counters()
        time.sleep(seconds)
        rx2, tx2, t2 = self.counters()
        self.pause()
        if not tx2 > tx1:
            raise RuntimeError(f'{self.kind}: nothing reached the sink')
        if abs((rx2 - rx1) - (tx2 - tx1)) > 0.01 * (tx2 - tx1) + 1000:
            raise RuntimeError(f'{self.kind}: {rx2 - rx1} packets in, '
                               f'{tx2 - tx1} out')
        return (tx2 - tx1) / (t2 - t1)
