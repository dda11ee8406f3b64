# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += doc/man/appctl.8 doc/man/dpctl.8 doc/man/ofctl.8 doc/man/ovsdb-client.1 \
	doc/man/ovsdb-server.1 doc/man/ovsdb-server.5 doc/man/ovsdb-server.7 \
	doc/man/ovsdb-tool.1 doc/man/ovsdb.5 doc/man/ovsdb.7 doc/man/sdnctl.8 \
	doc/man/sdnd.8 doc/man/vsctl.8 doc/man/vswitchd.8 doc/man/weir.7
EXTRA_DIST += README.md ARCHITECTURE.md STYLE.md HACKING.md doc/decisions doc/performance.md
