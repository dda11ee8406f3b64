# SPDX-License-Identifier: Apache-2.0
"""Debian's ovs-ofctl says the same of our switch and of Debian's."""
import re

import pytest

from openflow_cases import ALL, ALL_SYSTEM, PORTS, VERSIONS


def blank(text):
    """Sorted lines, without what changes from run to run."""
    text = re.sub(r'^[0-9TZ:.-]+\|.*\n', '', text, flags=re.M)
    text = re.sub(r'xid=0x[0-9a-f]+', 'xid', text)
    text = re.sub(r'\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b', 'UUID',
                  text)
    text = re.sub(r'(dpid|addr):[0-9a-f:]+', r'\1', text)
    text = re.sub(r'\b(pkts|bytes)=\d+', r'\1', text)
    text = re.sub(r'duration[=:][\d.]+s?', 'duration', text)
    return sorted(text.splitlines())


def answers(lab, setup, commands):
    lab.run(setup)
    found = []
    for command in commands:
        done = lab.run(command, ok=False, timeout=20)
        found.append((done.returncode, blank(done.stdout),
                      blank(done.stderr)))
    return found


def numbered(commands):
    return pytest.mark.parametrize(
        'i', range(len(commands)),
        ids=[f'{i}: {c[32:75]}' for i, c in enumerate(commands)])


@pytest.fixture(scope='module')
def dummies(lab_maker):
    return [answers(lab_maker('--enable-dummy', *more), PORTS, ALL)
            for more in ([], ['--peer'])]


@pytest.fixture(scope='module')
def systems(lab_maker):
    return [answers(lab_maker('--ports', '2', *more), VERSIONS, ALL_SYSTEM)
            for more in ([], ['--peer'])]


@pytest.mark.weir_only
@numbered(ALL)
def test_same(dummies, i):
    ours, theirs = dummies
    assert ours[i] == theirs[i], ALL[i]


@pytest.mark.weir_only
@numbered(ALL_SYSTEM)
def test_same_with_system_ports(systems, i):
    ours, theirs = systems
    assert ours[i] == theirs[i], ALL_SYSTEM[i]
