#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every rule of build-aux/tidy must flag its bad example.
exec "${srcdir:-.}/build-aux/tidy" --self-test
