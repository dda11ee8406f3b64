# SPDX-License-Identifier: Apache-2.0
"""Other people's controllers and our switch; our controller and theirs."""
import textwrap

import pytest

from lab import wait_until

PORTS = pytest.mark.lab('--ports', '2')


def attach(lab):
    """Connects br0 to a controller on this host, in secure mode."""
    lab.vsctl('set-fail-mode br0 secure')
    lab.ofctl('del-flows br0')
    lab.vsctl('set-controller br0 tcp:127.0.0.1:6653 '
              '-- set controller br0 max_backoff=1000')
    assert wait_until(lambda: lab.vsctl(
        'get controller br0 is_connected') == 'true', seconds=15)


@PORTS
@pytest.mark.parametrize('version', ['OpenFlow10', 'OpenFlow13'])
def test_ovs_testcontroller_controls_the_switch(lab, version):
    lab.start(f'ovs-testcontroller -O {version} --max-idle=2 ptcp:6653')
    attach(lab)
    assert wait_until(lambda: lab.ping(1, 2) >= 2)
    learned = [f for f in lab.flows() if f.get('idle_timeout')]
    assert learned
    assert wait_until(lambda: not [
        f for f in lab.flows() if f.get('idle_timeout')], seconds=15)


APP = textwrap.dedent('''
    from os_ken.base import app_manager
    from os_ken.controller import ofp_event
    from os_ken.controller.handler import CONFIG_DISPATCHER
    from os_ken.controller.handler import MAIN_DISPATCHER, set_ev_cls
    from os_ken.lib.packet import ethernet, packet
    from os_ken.ofproto import ofproto_v1_3


    class Switch(app_manager.OSKenApp):
        """A learning switch."""
        OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.ports = {}

        def add(self, dp, priority, match, actions, **more):
            p = dp.ofproto_parser
            dp.send_msg(p.OFPFlowMod(
                datapath=dp, priority=priority, match=match, instructions=[
                    p.OFPInstructionActions(
                        dp.ofproto.OFPIT_APPLY_ACTIONS, actions)], **more))

        @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
        def on_features(self, ev):
            dp = ev.msg.datapath
            p, o = dp.ofproto_parser, dp.ofproto
            self.add(dp, 0, p.OFPMatch(), [p.OFPActionOutput(
                o.OFPP_CONTROLLER, o.OFPCML_NO_BUFFER)])
            dp.send_msg(p.OFPPortDescStatsRequest(dp, 0))
            dp.send_msg(p.OFPTableFeaturesStatsRequest(dp, 0, []))

        @set_ev_cls(ofp_event.EventOFPPortDescStatsReply, MAIN_DISPATCHER)
        def on_ports(self, ev):
            print('ports', sorted(p.name.decode() for p in ev.msg.body),
                  flush=True)

        @set_ev_cls(ofp_event.EventOFPFlowRemoved, MAIN_DISPATCHER)
        def on_removed(self, ev):
            print('removed', ev.msg.priority, ev.msg.reason, flush=True)

        @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
        def on_packet(self, ev):
            msg = ev.msg
            dp = msg.datapath
            p, o = dp.ofproto_parser, dp.ofproto
            port = msg.match['in_port']
            eth = packet.Packet(msg.data).get_protocol(ethernet.ethernet)
            self.ports[eth.src] = port
            out = self.ports.get(eth.dst, o.OFPP_FLOOD)
            actions = [p.OFPActionOutput(out)]
            if out != o.OFPP_FLOOD:
                self.add(dp, 5, p.OFPMatch(in_port=port, eth_dst=eth.dst),
                         actions, idle_timeout=2,
                         flags=o.OFPFF_SEND_FLOW_REM)
            dp.send_msg(p.OFPPacketOut(
                datapath=dp, buffer_id=o.OFP_NO_BUFFER, in_port=port,
                actions=actions, data=msg.data))
''')


@PORTS
def test_os_ken_application_controls_the_switch(lab, tmp_path):
    (tmp_path / 'weir_app.py').write_text(APP)
    child = lab.start(['/usr/bin/python3', '/usr/bin/osken-manager',
                       '--ofp-tcp-listen-port', '6653',
                       str(tmp_path / 'weir_app.py')])
    assert wait_until(lambda: ':6653' in lab.out('ss -ltn'), seconds=20)
    attach(lab)
    assert wait_until(lambda: lab.ping(1, 2, count=5) >= 4)
    assert [f for f in lab.flows(options='-OOpenFlow13')
            if f['priority'] == 5]
    assert wait_until(lambda: not [
        f for f in lab.flows(options='-OOpenFlow13')
        if f['priority'] == 5], seconds=15)
    lab.run('sleep 0.5')
    words = lab.end(child)
    assert "ports ['br0', 'vm1', 'vm2']" in words, words
    assert 'removed 5 0' in words, words


@pytest.mark.weir_only
@pytest.mark.lab('--peer', '--ports', '2')
def test_sdnd_controls_debians_switch(lab):
    lab.start('sdnd --pidfile ptcp:6653:127.0.0.1')
    attach(lab)
    assert wait_until(lambda: lab.ping(1, 2, count=5) >= 4, seconds=20)
    assert [f for f in lab.flows()
            if '02:00:00:00:00:0' in str(f['match'])]
    assert 'vm1' in lab.out('sdnctl port list')
    assert '02:00:00:00:00:01' in lab.out('sdnctl host list')
