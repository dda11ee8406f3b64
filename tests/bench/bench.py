#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks: one JSON line a measurement on standard output, progress
on standard error.

  make bench [ONLY=F1,S2] [FULL=1]
  tests/bench/bench.py [--only F1,S2] [--full] [--peer-only]

Ours and Debian's openvswitch-switch-dpdk are measured in turns in the same
run.  Needs root, two cores and 5 GB of memory for huge pages, which it
reserves and gives back.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import database     # noqa: E402  (needs the path above)
import flowmods     # noqa: E402
import forward      # noqa: E402

HUGEPAGES = '/proc/sys/vm/nr_hugepages'
PAGES = 2600        # Of 2 MB: two switches with 100k packets each.


def reserve_huge_pages():
    """Returns what was there before; fails if there are too few."""
    with open(HUGEPAGES) as f:
        before = int(f.read())
    if before < PAGES:
        with open(HUGEPAGES, 'w') as f:
            f.write(str(PAGES))
        with open(HUGEPAGES) as f:
            got = int(f.read())
        if got < PAGES:
            sys.exit(f'bench: only {got} of {PAGES} huge pages')
    return before


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--only', default='')
    parser.add_argument('--full', action='store_true')
    parser.add_argument('--peer-only', action='store_true')
    args = parser.parse_args()
    only = set(filter(None, args.only.split(',')))
    unknown = only - {'D1', 'D2', 'F1', 'F2', 'S2'}
    if unknown:
        sys.exit(f'bench: no such benchmark: {" ".join(unknown)}')
    if os.geteuid() != 0:
        sys.exit('bench: must be root')
    subprocess.run([TOP + '/build-aux/install-packages', 'bench'], check=True)
    kinds = ['peer'] if args.peer_only else ['ours', 'peer']
    switches = not only or only & {'F1', 'F2', 'S2'}
    before = reserve_huge_pages() if switches else None
    try:
        with tempfile.TemporaryDirectory(prefix='weir-bench') as folder:
            for module in forward, flowmods, database:
                for line in module.run(only, args.full, kinds, folder):
                    print(json.dumps(line), flush=True)
    finally:
        if before is not None:
            with open(HUGEPAGES, 'w') as f:
                f.write(str(before))


if __name__ == '__main__':
    main()
