# SPDX-License-Identifier: Apache-2.0
"""What bash offers behind "ofctl": commands, options, bridges, ports."""
import os

import pytest

from lab import TOP

SCRIPT = os.path.join(TOP, 'utilities/completion/ovs-ofctl-bashcomp.bash')
ASK = """
. {script}
COMP_WORDS=(ofctl {words} '{last}')
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_ofctl 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offers(lab, words, last):
    script = ASK.format(script=SCRIPT, words=words, last=last)
    return lab.out(['bash', '-c', script]).split()


@pytest.mark.weir_only
def test_commands_and_options(lab):
    assert 'dump-flows' in offers(lab, '', 'dump-f')
    assert 'dump-table-desc' in offers(lab, '', 'dump-t')
    assert '--read-only' in offers(lab, '', '--re')
    assert offers(lab, '-O', 'OpenFlow15') == ['OpenFlow15']
    assert offers(lab, '-F', 'NX') == ['NXM', 'NXM+table_id']


@pytest.mark.weir_only
@pytest.mark.lab('--ports', '1')
def test_arguments(lab):
    assert offers(lab, 'dump-flows', '') == ['br0']
    assert offers(lab, '-O OpenFlow13 dump-flows', 'b') == ['br0']
    assert 'vm1' in offers(lab, 'dump-ports br0', '')
    assert offers(lab, 'mod-port br0 vm1', 'no-fl') == ['no-flood']
    assert offers(lab, 'set-frags br0', 'n') == ['normal', 'nx-match']
    assert offers(lab, 'mod-table br0 all', 'ev') == ['evict']
