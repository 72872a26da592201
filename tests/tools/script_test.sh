#!/bin/bash
# The script in front of the program: what it answers by itself. It must neither install nor build for that, so there is
# nothing here to build with, and no program beside it.
set -u
script=$TEST_TMPDIR/tidemark
cp "$1" "$script" || exit 1
failures=0

# Arguments: a part of the output, the script's arguments.
expect() {
  local part=$1 output
  shift
  output=$("$script" "$@" 2>&1)
  local got=$?
  if [[ $got -ne 0 || $output != *"$part"* ]]; then
    printf 'FAILED: ./tidemark %s\n  exit code %s; expected "%s" in:\n%s\n' "$*" "$got" "$part" "$output"
    failures=$((failures + 1))
  fi
}

expect 'usage: ./tidemark [--no-install] COMMAND'
expect 'usage: ./tidemark [--no-install] COMMAND' help
expect 'usage: ./tidemark [--no-install] COMMAND' --help
expect 'usage: ./tidemark [--no-install] test' help test
expect 'usage: ./tidemark [--no-install] test' test --help
expect 'usage: ./tidemark [--no-install] setup' help setup
expect 'usage: ./tidemark [--no-install] setup' --no-install setup -h

[[ $failures -eq 0 ]]
