#!/bin/bash
# Runs the README's program twice: the second life finds and applies what the first one was told is durable.
set -eu -o pipefail
program="$PWD/$1"
cd "$TEST_TMPDIR"
"$program" | tee first.txt
"$program" | tee second.txt
grep -q 'survives power loss' first.txt
grep -q 'survives power loss' second.txt
grep -qx 'p1/i1 hello' second.txt
grep -qx 'p1/i2 hello' second.txt
