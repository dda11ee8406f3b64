# SPDX-License-Identifier: Apache-2.0
completiondir = $(sysconfdir)/bash_completion.d
dist_completion_DATA = utilities/completion/ovs-appctl-bashcomp.bash \
	utilities/completion/ovs-vsctl-bashcomp.bash \
	utilities/completion/ovs-ofctl-bashcomp.bash \
	utilities/completion/ovsdb-tool-bashcomp.bash \
	utilities/completion/ovsdb-client-bashcomp.bash
