# SPDX-License-Identifier: Apache-2.0
"""OpenFlow over TLS, with files that the database names and ovs-pki made."""
import pytest

from lab import wait_until

pytestmark = pytest.mark.lab('--ports', '2')

PKI = """
set -e
mkdir -p /run/pki && cd /run/pki
ovs-pki --dir=/run/pki/ca --log=/run/pki/log init
ovs-pki --dir=/run/pki/ca --log=/run/pki/log req+sign sc switch
ovs-pki --dir=/run/pki/ca --log=/run/pki/log req+sign ctl controller
"""
CA = '/run/pki/ca/%sca/cacert.pem'
CONTROLLER = ('ovs-testcontroller -p /run/pki/ctl-privkey.pem '
              '-c /run/pki/ctl-cert.pem -C ' + CA % 'switch' +
              ' pssl:6653:127.0.0.1')


@pytest.fixture
def pki(lab):
    lab.run(['sh', '-c', PKI])
    # This controller dies of newer versions over TLS, whosever the switch.
    lab.vsctl('set bridge br0 protocols=OpenFlow10,OpenFlow13')
    return lab


def connected(lab):
    return lab.vsctl('get controller br0 is_connected') == 'true'


def test_controller_over_ssl(pki):
    pki.start(CONTROLLER)
    pki.vsctl('set-controller br0 ssl:127.0.0.1:6653')
    assert not connected(pki)       # There are no files yet.
    pki.vsctl('set-ssl /run/pki/sc-privkey.pem /run/pki/sc-cert.pem '
              + CA % 'controller')
    assert wait_until(lambda: connected(pki), 20)
    assert wait_until(lambda: pki.ping(1, 2, count=3) >= 2, 10)


def test_bootstrap_takes_the_controllers_authority(pki):
    pki.run(['sh', '-c', 'cat /run/pki/ctl-cert.pem ' + CA % 'controller' +
             ' > /run/pki/chain.pem'])
    pki.vsctl('-- --bootstrap set-ssl /run/pki/sc-privkey.pem '
              '/run/pki/sc-cert.pem /run/pki/taken.pem')
    pki.start(CONTROLLER + ' --peer-ca-cert=' + CA % 'controller')
    pki.vsctl('set-controller br0 ssl:127.0.0.1:6653')
    assert wait_until(lambda: connected(pki), 20)
    taken = pki.out('cat /run/pki/taken.pem')
    assert 'BEGIN CERTIFICATE' in taken


def test_switch_listens_with_ssl(pki):
    pki.vsctl('set-controller br0 pssl:6634:127.0.0.1')
    pki.vsctl('set-ssl /run/pki/sc-privkey.pem /run/pki/sc-cert.pem '
              + CA % 'controller')
    show = ('ovs-ofctl -p /run/pki/ctl-privkey.pem -c /run/pki/ctl-cert.pem '
            '-C ' + CA % 'switch' + ' show ssl:127.0.0.1:6634')
    assert wait_until(lambda: pki.run(show, ok=False).returncode == 0, 10)
    assert ' 1(vm1): ' in pki.out(show)


def test_a_switch_of_another_authority_is_refused(pki):
    pki.start(CONTROLLER)
    pki.run(['sh', '-c', PKI.replace('/run/pki', '/run/pki2')])
    pki.vsctl('set-ssl /run/pki2/sc-privkey.pem /run/pki2/sc-cert.pem '
              + CA % 'controller')
    pki.vsctl('set-controller br0 ssl:127.0.0.1:6653')
    assert not wait_until(lambda: connected(pki), 3)
    pki.vsctl('set-ssl /run/pki/sc-privkey.pem /run/pki/sc-cert.pem '
              + CA % 'controller')
    assert wait_until(lambda: connected(pki), 20)
