# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the system and interop tests.

  pytest tests/system            against the programs of the build tree
  pytest --peer tests/system     against Debian's Open vSwitch: what a test
                                 expects must hold there too
"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import Lab     # noqa: E402  (needs the path above)


def pytest_addoption(parser):
    parser.addoption('--peer', action='store_true',
                     help="run against Debian's Open vSwitch")


def pytest_configure(config):
    config.addinivalue_line(
        'markers', 'weir_only: about what the peer does not have; '
        'left out with --peer')
    config.addinivalue_line(
        'markers', 'lab(*options): options of ./sandbox for this test')


def pytest_collection_modifyitems(config, items):
    if config.getoption('--peer'):
        left_out = [i for i in items if i.get_closest_marker('weir_only')]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [i for i in items if i not in left_out]


def make_lab(config, *options):
    """A sandbox; environment WEIR_LAB may add options, for example
    "--ours ovsdb-server" with --peer."""
    options = list(options) + os.environ.get('WEIR_LAB', '').split()
    if config.getoption('--peer') and '--peer' not in options:
        options.insert(0, '--peer')
    return Lab(*options)


@pytest.fixture
def lab(request):
    """A sandbox with the options of the nearest `lab` mark."""
    mark = request.node.get_closest_marker('lab')
    found = make_lab(request.config, *(mark.args if mark else ()))
    yield found
    found.close()


@pytest.fixture(scope='module')
def lab_maker(request):
    """make_lab() for fixtures that live longer than one test."""
    made = []

    def make(*options):
        made.append(make_lab(request.config, *options))
        return made[-1]
    yield make
    for found in made:
        found.close()
