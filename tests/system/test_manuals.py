# SPDX-License-Identifier: Apache-2.0
"""Each program has a manual page that names its options and commands."""
import os
import re
import subprocess

import pytest

from lab import TOP

PAGES = {'vsctl': 8, 'ofctl': 8, 'dpctl': 8, 'appctl': 8, 'vswitchd': 8,
         'ovsdb-server': 1, 'ovsdb-client': 1, 'ovsdb-tool': 1, 'sdnd': 8,
         'sdnctl': 8}
pytestmark = pytest.mark.weir_only


def page(name, section):
    """The page's text, hyphens as they are typed."""
    with open(f'{TOP}/doc/man/{name}.{section}') as source:
        text = source.read()
    assert re.search(rf'^\.(Nm|TH|Dt) .*{name}', text, re.M | re.I)
    text = re.sub(r'\bFl \\?- ?', '--', text.replace('\\-', '-'))
    text = re.sub(r'\bFl -', '--', text)
    return re.sub(r'\bFl (\w)', r'-\1', text)


def help_text(name):
    build = os.environ.get('WEIR_BUILD') or TOP
    found = subprocess.run(
        ['find', build, '-name', name, '-type', 'f', '-perm', '-1',
         '-not', '-path', '*/build-*/*/build-*'],
        capture_output=True, text=True, check=True).stdout.split()
    assert found, f'{name} is not built'
    return subprocess.run([found[0], '--help'], capture_output=True,
                          text=True, check=True).stdout


@pytest.mark.parametrize('name', PAGES)
def test_every_option_of_help_is_in_the_manual(name):
    text = page(name, PAGES[name]) + page('weir', 7)
    missing = [option for option in sorted(set(
        re.findall(r'(?<![\w-])--[a-z][\w-]+', help_text(name))))
        if option not in text]
    assert not missing


@pytest.mark.parametrize('name', ['vsctl', 'ofctl', 'ovsdb-tool', 'dpctl',
                                  'ovsdb-client', 'sdnctl'])
def test_every_command_of_help_is_in_the_manual(name):
    text = page(name, PAGES[name])
    commands = re.findall(r'^  (?:\[[^]]*\] )?([a-z][a-z-]+)(?: |$)',
                          help_text(name), re.M)
    assert len(commands) > 2
    missing = [c for c in commands if not re.search(
        rf'(?<![\w-]){c}(?![\w-])', text)]
    assert not missing
