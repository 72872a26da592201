#!/bin/bash
# The tidemark program as its users meet it: what it prints, what it writes, and its exit codes.
set -u
tidemark=$PWD/$1
cd "$TEST_TMPDIR" || exit 1
failures=0

# Arguments: exit code, a part of the output, the command's arguments.
expect() {
  local code=$1 part=$2 output
  shift 2
  output=$("$tidemark" "$@" 2>&1)
  local got=$?
  if [[ $got -ne $code || $output != *"$part"* ]]; then
    printf 'FAILED: tidemark %s\n  exit code %s, not %s; expected "%s" in:\n%s\n' "$*" "$got" "$code" "$part" "$output"
    failures=$((failures + 1))
  fi
}

expect 0 'torn_tail' list scenarios
expect 0 'R1 acked_survive' list oracles
expect 2 "there is no list of oracle; did you mean 'oracles'?" list oracle
expect 2 "did you mean 'replay'?" repay
expect 2 "run has no flag --sead; did you mean" run --sead 3
expect 2 "there is no scenario torn_tale; did you mean 'torn_tail'?" run torn_tale
expect 2 'name one experiment' replay
expect 2 'cannot read no-such.plan: No such file or directory' replay no-such.plan
expect 2 'cannot read .: it is a directory' replay .
expect 2 'cannot read /dev/zero: it is neither a file nor a pipe' shrink /dev/zero
expect 0 'usage: ./tidemark replay' help replay

expect 0 '8 seeds, 0 failures: bug rate below' run steady_append torn_tail --seeds 4 --jobs 2 --out out
expect 0 'digest  ' replay --scenario torn_tail --seed 3 --twice
expect 0 'n1 recovery_started' replay --scenario torn_tail --seed 3 --trace --node 1
expect 2 'there is nothing to shrink' shrink --scenario torn_tail --seed 3

# A plan that says the same as scenario and seed runs to the same digest.
"$tidemark" replay --scenario torn_tail --seed 3 --plan >seed.plan
digest=$("$tidemark" replay --scenario torn_tail --seed 3 | tail -1)
expect 0 "$digest" replay seed.plan

# A plan in which nobody does anything proves nothing: a verdict of its own.
printf 'tidemark-plan 1\nscenario by_hand\nseed 1\nfault 1 at 1ms node=1 process_crash\n' >idle.plan
expect 15 'vacuous: scenario by_hand, seed 1' replay idle.plan
expect 15 './tidemark replay idle.plan' replay idle.plan
expect 0 '1 items became 0' shrink idle.plan --out small
[[ -s small/by_hand-1.shrunk.plan ]] || { echo "FAILED: no shrunk plan"; failures=$((failures + 1)); }
expect 15 'vacuous' replay small/by_hand-1.shrunk.plan

[[ $failures -eq 0 ]]
