# SPDX-License-Identifier: Apache-2.0
"""Command lines of ovs-ofctl that say the same of our switch and of Debian's,
in the order in which they are run.  "13 show br0" is ovs-ofctl -OOpenFlow13
show br0; a line that starts with a word is a command of its own.

Left out are lines of which the answers differ on purpose:
- loops of groups: the peer takes them, this switch refuses (OFPGMFC_LOOP);
- insert-buckets without weights into a group that selects: the peer gives
  weight 0, so that the bucket is never chosen; here it is 1, as the standard
  says;
- dump-tables of 1.1 and 1.2 after mod-table: the peer's config is off by one;
- insert-buckets without buckets: the peer's daemon dies;
- table features name the fields that each switch has."""

VERSIONS = ('ovs-vsctl --timeout=10 set bridge br0 protocols=OpenFlow10,'
            'OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15 ')
PORTS = (VERSIONS + 'datapath_type=dummy '
         '-- add-port br0 p1 -- set interface p1 type=dummy ofport_request=1 '
         '-- add-port br0 p2 -- set interface p2 type=dummy ofport_request=2')

TABLES = '''
10 dump-tables br0
11 dump-tables br0
12 dump-tables br0
13 dump-tables br0
14 dump-tables br0
15 dump-tables br0
14 dump-table-desc br0
15 dump-table-desc br0
11 mod-table br0 0 controller
11 mod-table br0 1 continue
12 mod-table br0 2 drop
10 mod-table br0 2 drop
13 mod-table br0 3 drop
14 mod-table br0 3 drop
14 mod-table br0 3 evict
14 mod-table br0 4 vacancy:20,80
14 mod-table br0 4 vacancy:90,80
14 mod-table br0 all evict
14 mod-table br0 all noevict
14 mod-table br0 254 evict
11 mod-table br0 255 drop
15 mod-table br0 5 vacancy:20,80
15 mod-table br0 5 novacancy
14 mod-table br0 3 evict
14 mod-table br0 nonsense evict
14 dump-table-desc br0
13 mod-table br0 7 name:seven
14 --names add-flow br0 table=seven,priority=1,actions=drop
14 --names dump-flows br0 table=seven
15 mod-table br0 7 name:
14 dump-flows br0 table=7
ovs-vsctl set bridge br0 flow_tables:1=@t -- --id=@t create flow_table \
name=main
ovs-vsctl set flow_table main flow_limit=2 overflow_policy=refuse
14 dump-tables br0
14 dump-table-desc br0
14 add-flow br0 table=main,priority=1,actions=drop
14 add-flow br0 table=1,priority=2,actions=drop
14 add-flow br0 table=1,priority=3,actions=drop
14 add-flow br0 table=1,priority=2,actions=NORMAL
14 --names dump-flows br0
14 --no-names dump-flows br0
ovs-vsctl set flow_table main overflow_policy=evict
14 dump-table-desc br0
14 add-flow br0 table=1,priority=3,actions=drop
14 add-flow br0 table=1,priority=4,actions=drop
14 dump-flows br0
14 add-flow br0 table=1,priority=5,idle_timeout=300,actions=drop
14 add-flow br0 table=1,priority=7,hard_timeout=100,actions=drop
14 dump-flows br0
ovs-vsctl set flow_table main flow_limit=4
14 add-flow br0 table=1,priority=10,idle_timeout=300,importance=5,actions=drop
14 add-flow br0 table=1,priority=11,idle_timeout=200,importance=9,actions=drop
14 add-flow br0 table=1,priority=12,idle_timeout=300,importance=1,actions=drop
14 dump-flows br0
14 add-flow br0 table=1,priority=13,idle_timeout=300,importance=2,actions=drop
14 dump-flows br0
14 add-flow br0 table=1,priority=14,idle_timeout=300,importance=3,actions=drop
14 dump-flows br0
14 del-flows br0 table=1
14 mod-table br0 all noevict
'''

GROUPS = '''
10 dump-group-features br0
11 dump-group-features br0
12 dump-group-features br0
13 dump-group-features br0
14 dump-group-features br0
15 dump-group-features br0
13 dump-groups br0
13 add-group br0 group_id=1,type=all,bucket=output:1,bucket=output:2
13 add-group br0 group_id=1,type=all,bucket=output:1
13 add-group br0 group_id=2,type=select,bucket=weight:5,output:1,\
bucket=weight:0,output:2
13 add-group br0 group_id=3,type=indirect,bucket=output:1
13 add-group br0 group_id=4,type=ff,bucket=watch_port:1,output:1,\
bucket=watch_group:1,output:2
13 add-group br0 group_id=5,type=indirect,bucket=group:1
13 add-group br0 group_id=7,type=all,bucket=group:99
13 add-group br0 group_id=8,type=ff,bucket=watch_group:8,output:1
13 add-group br0 group_id=9,type=ff,bucket=watch_group:99,output:1
13 add-group br0 group_id=10,type=ff,bucket=watch_port:99,output:1
13 mod-group br0 group_id=77,type=all,bucket=output:1
13 --may-create mod-group br0 group_id=78,type=all,bucket=output:1
13 dump-groups br0
15 dump-groups br0
15 dump-groups br0 2
13 dump-groups br0 2
15 dump-groups br0 99
10 dump-groups br0
10 dump-groups br0 4
10 dump-group-stats br0
11 dump-group-stats br0
13 dump-group-stats br0
15 dump-group-stats br0 group_id=4
13 dump-group-stats br0 group_id=99
15 add-group br0 group_id=21,type=select,selection_method=dp_hash,\
bucket=bucket_id:7,output:1,bucket=bucket_id:3,weight:7,output:2
15 add-group br0 group_id=22,type=select,selection_method=hash,\
selection_method_param=1234,fields(ip_src=255.255.0.0,nw_proto),bucket=output:1
15 add-group br0 group_id=23,type=all,selection_method=hash,bucket=output:1
15 add-group br0 group_id=24,type=all,bucket=bucket_id:1,output:1,\
bucket=bucket_id:1,output:2
15 add-group br0 group_id=20,type=select,selection_method=hash,\
fields(eth_dst,ip_dst,tcp_dst),bucket=bucket_id:0,weight:10,output:1
15 insert-buckets br0 group_id=20,command_bucket_id=first,bucket=bucket_id:5,\
weight:1,output:2
15 insert-buckets br0 group_id=20,command_bucket_id=last,bucket=bucket_id:6,\
weight:2,output:2
15 insert-buckets br0 group_id=20,command_bucket_id=5,bucket=bucket_id:8,\
weight:3,output:2
15 insert-buckets br0 group_id=20,command_bucket_id=5,bucket=bucket_id:8,\
weight:3,output:2
15 insert-buckets br0 group_id=20,command_bucket_id=55,bucket=bucket_id:9,\
output:2
15 insert-buckets br0 group_id=20,command_bucket_id=all,bucket=bucket_id:9,\
output:2
15 insert-buckets br0 group_id=20,command_bucket_id=first,bucket=bucket_id:9,\
output:2,bucket=bucket_id:9,output:1
15 insert-buckets br0 group_id=20,command_bucket_id=last,bucket=output:3,\
bucket=output:1
15 insert-buckets br0 group_id=555,command_bucket_id=first,\
bucket=bucket_id:9,output:2
15 insert-buckets br0 group_id=20,command_bucket_id=last,bucket=bucket_id:40,\
weight:3,output:1,bucket=bucket_id:41,weight:4,output:2
15 insert-buckets br0 group_id=20,type=all,command_bucket_id=last,\
bucket=bucket_id:60,output:2
15 insert-buckets br0 group_id=3,command_bucket_id=first,bucket=bucket_id:11,\
output:2
15 dump-groups br0
10 dump-groups br0
13 dump-groups br0
15 remove-buckets br0 group_id=20,command_bucket_id=first
15 remove-buckets br0 group_id=20,command_bucket_id=last
15 remove-buckets br0 group_id=20,command_bucket_id=8
15 remove-buckets br0 group_id=20,command_bucket_id=8
15 remove-buckets br0 group_id=556,command_bucket_id=8
15 dump-groups br0
15 remove-buckets br0 group_id=20
15 remove-buckets br0 group_id=20,command_bucket_id=all
15 remove-buckets br0 group_id=20,command_bucket_id=first
15 remove-buckets br0 group_id=20,command_bucket_id=last
15 remove-buckets br0 group_id=3,command_bucket_id=all
15 dump-groups br0
10 insert-buckets br0 group_id=20,command_bucket_id=last,bucket=bucket_id:6,\
weight:9,output:2
13 insert-buckets br0 group_id=20,command_bucket_id=last,bucket=bucket_id:6,\
output:2
15 mod-group br0 group_id=21,type=select,bucket=output:1
15 mod-group br0 group_id=1,type=select,bucket=output:1
15 dump-groups br0
13 add-flow br0 priority=1,actions=group:3
13 add-flow br0 priority=2,actions=write_actions(group:3)
13 add-flow br0 priority=3,actions=group:66
13 dump-group-stats br0 group_id=3
13 add-group br0 group_id=4294967040,type=all,bucket=output:1
13 add-group br0 group_id=40,type=indirect
13 add-group br0 group_id=41,type=all
13 add-group br0 group_id=42,type=ff,bucket=output:1
13 add-group br0 group_id=43,type=all,bucket=watch_port:1,output:1
13 add-group br0 group_id=44,type=select,bucket=watch_port:1,output:1,\
bucket=watch_group:3,output:2
13 add-group br0 group_id=45,type=all,bucket=weight:4,output:1
13 mod-group br0 group_id=41,type=select,bucket=output:1
13 dump-groups br0
15 del-groups br0 group_id=3
13 dump-flows br0
15 del-groups br0 group_id=77
15 del-groups br0
15 dump-groups br0
10 add-group br0 group_id=4,type=all,bucket=output:1,bucket=output:2
10 mod-group br0 group_id=4,type=ff,bucket=watch_port:1,output:1
10 dump-groups br0
10 dump-group-stats br0
10 del-groups br0
'''

METERS = '''
13 meter-features br0
14 meter-features br0
15 meter-features br0
13 dump-meters br0
13 add-meter br0 meter=1,kbps,band=type=drop,rate=100
13 add-meter br0 meter=1,kbps,band=type=drop,rate=100
13 add-meter br0 meter=2,pktps,burst,stats,band=type=drop,rate=100,burst_size=5
14 add-meter br0 meter=3,pktps,burst,stats,bands=type=drop,rate=100,\
burst_size=5
13 add-meter br0 meter=4,kbps,band=type=dscp_remark,rate=100,prec_level=1
13 add-meter br0 meter=8,stats,band=type=drop,rate=1000
13 add-meter br0 meter=9,kbps,pktps,band=type=drop,rate=1000
13 add-meter br0 meter=controller,pktps,band=type=drop,rate=1000
13 add-meter br0 meter=slowpath,pktps,band=type=drop,rate=1000
13 add-meter br0 meter=all,pktps,band=type=drop,rate=1000
13 add-meter br0 meter=4294901760,pktps,band=type=drop,rate=1000
13 add-meter br0 meter=300000,pktps,band=type=drop,rate=1000
13 dump-meters br0
13 dump-meter br0 meter=1
13 dump-meter br0 meter=99
13 dump-meter br0 meter=controller
13 dump-meter br0 meter=slowpath
13 meter-stats br0
13 meter-stats br0 meter=2
13 meter-stats br0 meter=99
15 meter-stats br0 meter=controller
13 mod-meter br0 meter=1,pktps,stats,band=type=drop,rate=7
13 mod-meter br0 meter=99,pktps,stats,band=type=drop,rate=7
13 mod-meter br0 meter=controller,pktps,stats,band=type=drop,rate=7
15 dump-meters br0
13 add-flow br0 priority=4,actions=meter:1,output:1
13 add-flow br0 priority=5,actions=meter:98,output:1
13 add-flow br0 priority=6,actions=meter:0,output:1
13 meter-stats br0 meter=1
13 del-meter br0 meter=1
13 dump-flows br0
13 del-meter br0 meter=99
13 del-meter br0 meter=controller
13 del-meters br0
13 dump-meters br0
'''

REST = '''
13 queue-stats br0 99
13 queue-stats br0 LOCAL 5
13 queue-stats br0 ALL 5
14 queue-get-config br0 ANY 3
15 queue-get-config br0 1 5
15 queue-get-config br0 99
13 queue-get-config br0 99
10 dump-ipfix-bridge br0
13 dump-ipfix-bridge br0
15 dump-ipfix-bridge br0
10 dump-ipfix-flow br0
13 dump-ipfix-flow br0
15 dump-ports-desc br0 99
10 dump-ports br0 99
13 dump-ports br0 99
'''

# With ports of the kernel.
SYSTEM = '''
10 queue-stats br0
13 queue-stats br0
15 queue-stats br0
13 queue-stats br0 1
13 queue-stats br0 1 0
13 queue-stats br0 vm1 0
14 queue-get-config br0 1
15 queue-get-config br0 ANY
10 queue-get-config br0 1
11 queue-get-config br0 1
12 queue-get-config br0 1
13 queue-get-config br0 1
13 queue-get-config br0 ANY
13 queue-get-config br0 LOCAL
15 dump-ports-desc br0 1
15 dump-ports-desc br0 LOCAL
13 dump-ports br0 1
15 dump-ports br0 vm1
14 dump-ports-desc br0
10 dump-ports-desc br0
10 show br0
11 show br0
12 show br0
13 show br0
14 show br0
15 show br0
15 get-frags br0
15 set-frags br0 drop
15 get-frags br0
15 mod-port br0 vm1 no-flood
15 mod-port br0 vm1 no-forward
15 dump-ports-desc br0 vm1
14 mod-port br0 vm1 down
14 dump-ports-desc br0 vm1
'''


def commands(text):
    """The command lines of one of the above."""
    for line in text.strip().splitlines():
        head, _, rest = line.partition(' ')
        yield (f'/usr/bin/ovs-ofctl --timeout=10 -OOpenFlow{head} {rest}'
               if head.isdigit() else f'{head} --timeout=10 {rest}')


ALL = [c for text in (TABLES, GROUPS, METERS, REST) for c in commands(text)]
ALL_SYSTEM = list(commands(SYSTEM))
