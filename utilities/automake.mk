# SPDX-License-Identifier: Apache-2.0
include utilities/common/automake.mk
