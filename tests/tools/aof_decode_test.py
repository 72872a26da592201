"""The decoder of tools/aof_decode.py and the engine read the same in every log of decoder_cases.

    aof_decode_test.py DECODER_CASES AOF_DECODE
"""

import collections
import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys


VERDICTS = {"intact", "torn", "corrupt", "lost", "no_store"}


def decode(module, directory, owner):
    out = io.StringIO()
    arguments = ["aof_decode", "--live", directory]
    if owner != "none":
        arguments += ["--owner", owner]
    sys.argv = arguments
    with contextlib.redirect_stdout(out):
        module.main()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def difference(expected, found):
    for i, (left, right) in enumerate(zip(expected, found)):
        if "verdict" in left:
            right = {key: right.get(key) for key in left}
        if left != right:
            return "line %d: the engine has %s, the decoder %s" % (i + 1, left, right)
    if len(expected) != len(found):
        return "the engine has %d lines, the decoder %d" % (len(expected), len(found))
    return None


def main():
    cases, decoder = sys.argv[1:3]
    root = os.path.join(os.environ.get("TEST_TMPDIR", "/tmp"), "cases")
    subprocess.run([os.path.abspath(cases), root], check=True)
    spec = importlib.util.spec_from_file_location("aof_decode", decoder)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    verdicts = collections.Counter()
    failures = records = 0
    for name in sorted(os.listdir(root)):
        directory = os.path.join(root, name)
        with open(os.path.join(directory, "expected.jsonl")) as file:
            expected = [json.loads(line) for line in file]
        found = decode(module, directory, name.rsplit(".", 1)[1])
        verdicts[expected[-1]["verdict"]] += 1
        records += len(expected) - 1
        wrong = difference(expected, found)
        if wrong:
            failures += 1
            print("%s: %s" % (name, wrong))
    print("%d logs, %d records and notes, %s" % (sum(verdicts.values()), records, dict(verdicts)))
    if set(verdicts) != VERDICTS:  # of a verdict that no case has, nothing would be proved
        print("expected cases of each of %s" % sorted(VERDICTS))
    return 1 if failures or set(verdicts) != VERDICTS else 0


if __name__ == "__main__":
    sys.exit(main())
