# SPDX-License-Identifier: Apache-2.0
"""Debian's ovs-ofctl says the same of our switch and of Debian's."""
import re

import pytest

from openflow_cases import ALL, PORTS


def blank(text):
    """Sorted lines, without what changes from run to run."""
    text = re.sub(r'^[0-9TZ:.-]+\|.*\n', '', text, flags=re.M)
    text = re.sub(r'xid=0x[0-9a-f]+', 'xid', text)
    text = re.sub(r'\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b', 'UUID',
                  text)
    text = re.sub(r'duration[=:][\d.]+s?', 'duration', text)
    return sorted(text.splitlines())


def answers(lab):
    lab.run(PORTS)
    found = []
    for command in ALL:
        done = lab.run(command, ok=False, timeout=20)
        found.append((done.returncode, blank(done.stdout),
                      blank(done.stderr)))
    return found


@pytest.fixture(scope='module')
def both(lab_maker):
    ours = answers(lab_maker('--enable-dummy'))
    return ours, answers(lab_maker('--enable-dummy', '--peer'))


@pytest.mark.weir_only
@pytest.mark.parametrize('i', range(len(ALL)),
                         ids=[f'{i}: {c[19:75]}' for i, c in enumerate(ALL)])
def test_same(both, i):
    ours, theirs = both
    assert ours[i] == theirs[i], ALL[i]
