"""tidemark inspect, verify and repair as their users meet them: exit codes, text, JSON, a store whose process was killed.

usage: store_command_test.py TIDEMARK EVENT_LOG
"""
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

TIDEMARK, EVENT_LOG = (os.path.abspath(path) for path in sys.argv[1:3])
SOUND, UNUSABLE, TORN, DAMAGED, UNREADABLE = 0, 2, 20, 21, 22
LOG_FILE = "log/00000000000000000001.aof"

INSPECTED = """\
store   DIR
id      5ea3c1d07b6f4e219d0847aa62f1c35e
log     r1..r6, 6 records; proven to rN; t1 from r1
roster  2 partitions: p1 next i3, p2 next i2
  file                               base    records        bytes         used       void     promised  state
  log/00000000000000000001.aof          1          6      1048576            N          0            N  last
  beside them: spare
p1      i1..i2, 2 records; proven to iN; ends at r6 t1; checkpoint: durable rN, next iN, applied rN
  file                                        base    records        bytes         used       void     promised  state
  p-0000000001/00000000000000000001.aof          1          2        32768            N          0            N  last
  beside them: spare
p2      i1..i1, 1 records; proven to iN; ends at r5 t1; checkpoint: durable rN, next iN, applied rN
  file                                        base    records        bytes         used       void     promised  state
  p-0000000002/00000000000000000001.aof          1          1        32768            N          0            N  last
  beside them: spare
beside  counts (no part of the store)
verdict sound
"""


def run(*arguments):
    done = subprocess.run([TIDEMARK] + list(arguments), capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def run_json(*arguments):
    done = subprocess.run([TIDEMARK] + list(arguments) + ["--json"], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)


def tree(root):
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = file.read()
    return found


class StoreCommandTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.home = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        self.store = os.path.join(self.home, "store")

    def tearDown(self):
        shutil.rmtree(self.home)

    def append(self, *lines, partitions=2):
        done = subprocess.run([EVENT_LOG, self.store, "append", str(partitions)], input="".join(line + "\n" for line in lines),
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def flip(self, path, offset):
        with open(os.path.join(self.store, path), "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 0x40]))

    def test_inspect_tells_what_is_there(self):
        self.append("1 a one", "2 b two", "1 c three")
        code, text = run("inspect", self.store)
        self.assertEqual(code, SOUND)
        text = text.replace(self.store, "DIR")
        # How records were gathered into batches is the machine's affair.
        text = re.sub(r"(proven to .|durable r|next i(?=\d+, applied)|applied r)\d+", r"\1N", text)
        text = re.sub(r"(1048576|32768) +\d+ ( +0) +\d+  last",
                      lambda m: "%s %s%s%s  last" % (m[1], "N".rjust(12), m[2].rjust(12 - 1), "N".rjust(13)), text)
        self.assertEqual(text, INSPECTED)

    def test_records_are_listed(self):
        self.append("1 a one", "2 b two", "1 c three")
        code, text = run("inspect", self.store, "--records", "--partition=2")
        self.assertEqual(code, SOUND)
        self.assertRegex(text, r"r5 +p2/i1 t1 data, 5 bytes, file 1 offset \d+: b two\n")
        code, found = run_json("inspect", self.store, "--records", "--limit=2", "--from=2", "--payload=3")
        self.assertEqual([record["raft_index"] for record in found["log"]["listed"]], [2, 3])
        self.assertEqual(bytes.fromhex(found["partitions"][0]["listed"][0]["payload_hex"]), b"c t")

    def test_json_says_the_same(self):
        self.append("1 a one", "2 b two", "1 c three")
        self.flip(LOG_FILE, 900_000)
        code, found = run_json("verify", self.store)
        self.assertEqual((code, found["verdict"]), (TORN, "torn_tail"))
        self.assertEqual((found["format"], found["command"]), (1, "verify"))
        self.assertEqual(found["store_id"], "5ea3c1d07b6f4e219d0847aa62f1c35e")
        self.assertEqual(found["log"]["roster"], [{"partition": 1, "first_index": 1, "next_index": 3},
                                                  {"partition": 2, "first_index": 1, "next_index": 2}])
        self.assertEqual(found["log"]["terms"], [{"term": 1, "from": 1}])
        self.assertEqual([p["compared"] for p in found["partitions"]], [2, 1])
        self.assertEqual([f["kind"] for f in found["findings"]], ["torn_tail"])
        self.assertEqual(found["findings"][0]["path"], LOG_FILE)
        self.assertEqual(set(found["findings"][0]), {"kind", "path", "offset", "what", "promised_offset", "promised_by", "lost"})

    def test_repair_does_not_call_sound_what_verify_calls_damaged(self):
        self.append("1 a one", "2 b two")
        mine, self.store = self.store, os.path.join(self.home, "other")
        self.append("1 a eno", "2 b two")
        other, self.store = self.store, mine
        shutil.rmtree(os.path.join(mine, "p-0000000001"))
        shutil.copytree(os.path.join(other, "p-0000000001"), os.path.join(mine, "p-0000000001"))
        code, text = run("verify", self.store)
        self.assertEqual(code, DAMAGED, text)
        self.assertIn("disagreement", text)
        self.assertEqual(run("repair", self.store)[0], DAMAGED)
        self.assertEqual(run("repair", self.store, "--apply")[0], DAMAGED)

    def test_a_store_may_have_more_files_than_a_process_may_open(self):
        self.append(*["1 k " + "x" * 500] * 20_000, partitions=1)
        files = len(os.listdir(os.path.join(self.store, "p-0000000001")))
        self.assertGreater(files, 20)
        done = subprocess.run([TIDEMARK, "verify", self.store], capture_output=True, text=True,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)))
        self.assertEqual(done.returncode, SOUND, done.stdout + done.stderr)

    def test_names_are_escaped(self):
        self.append("1 a one")
        name = b'odd "\n\\ \xff name'
        with open(os.path.join(self.store.encode(), name), "w"):
            pass
        _, found = run_json("inspect", self.store)
        self.assertIn('odd "\n\\ \ufffd name', found["foreign"])
        code, text = run("inspect", self.store)
        self.assertIn(r'odd \"\n\\ \xff name', text)

    def test_verify_and_repair_by_exit_code(self):
        self.append("1 a one", "2 b two", "1 c three")
        self.assertEqual(run("verify", self.store)[0], SOUND)
        self.flip(LOG_FILE, 900_000)
        before = tree(self.store)
        self.assertEqual(run("verify", self.store)[0], TORN)
        code, text = run("repair", self.store)
        self.assertEqual(code, SOUND)
        self.assertIn("recovery would do", text)
        self.assertIn("nothing was changed: do it with --apply", text)
        self.assertEqual(tree(self.store), before)
        code, done = run_json("repair", self.store, "--apply")
        self.assertEqual((code, done["applied"], done["recovery"], done["after"]["verdict"]), (SOUND, True, "ok", "sound"))
        self.assertEqual(done["copy"], self.store + ".before-repair-1")
        for change in done["changes"]:
            if change["change"] != "created":
                self.assertEqual(tree(done["copy"])[change["path"]], before[change["path"]])
        self.assertEqual(run("verify", self.store)[0], SOUND)
        self.assertIn("there is nothing to repair", run("repair", self.store, "--apply")[1])
        self.assertEqual(os.listdir(self.home).count("store.before-repair-2"), 0)
        self.append("1 a four")

    def test_damage_is_refused_with_advice(self):
        self.append("1 a one", "2 b two", "1 c three")
        self.flip(LOG_FILE, 4096 + 40)
        code, text = run("verify", self.store)
        self.assertEqual(code, DAMAGED)
        self.assertRegex(text, r"corruption: log/0+1.aof offset 4096: .*evidence: the batch at offset \d+ promised")
        self.assertIn("unreadable here: r1..r", text)
        before = tree(self.store)
        code, text = run("repair", self.store, "--apply")
        self.assertEqual(code, DAMAGED)
        self.assertIn("recovery refuses: ", text)
        self.assertIn("restore the directory from a backup", text)
        self.assertEqual(tree(self.store), before)

    def test_no_store_and_bad_arguments(self):
        os.mkdir(self.store)
        for command in "inspect", "verify", "repair":
            code, text = run(command, self.store)
            self.assertEqual(code, UNREADABLE)
            self.assertIn("holds no store", text)
            code, found = run_json(command, self.store + "/none")
            self.assertEqual((code, found["verdict"], "message" in found["error"]), (UNREADABLE, "unreadable", True))
            self.assertEqual(run(command)[0], UNUSABLE)
            self.assertEqual(run(command, self.store, "--store-id=12")[0], UNUSABLE)
            self.assertIn("usage: ./tidemark " + command, run("help", command)[1])
        self.assertEqual(run("repair", self.store, "--apply", "--dry-run")[0], UNUSABLE)
        self.assertEqual(os.listdir(self.store), [])

    def test_another_store_is_not_taken_for_this_one(self):
        self.append("1 a one")
        code, text = run("verify", self.store, "--store-id=" + "0" * 31 + "1")
        self.assertEqual(code, DAMAGED)
        self.assertIn("wrong_store", text)

    def test_a_store_in_use_is_inspected_with_a_warning_only(self):
        self.append("1 a one")
        with subprocess.Popen([EVENT_LOG, self.store, "append", "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as user:
            user.stdin.write(b"1 a two\n")
            user.stdin.flush()
            self.assertIn(b"ok", user.stdout.readline())
            for command in "verify", "repair":
                code, text = run(command, self.store)
                self.assertEqual(code, UNREADABLE)
                self.assertIn("another process has the store open", text)
            code, found = run_json("inspect", self.store)
            self.assertTrue(found["in_use"])
            self.assertIn("warning: another process", run("inspect", self.store)[1])
            user.stdin.close()
            user.wait()

    def test_a_killed_store_is_sound(self):
        for life in range(5):
            with subprocess.Popen([EVENT_LOG, self.store, "append", "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as user:
                for number in range(300):
                    user.stdin.write(b"%d key %d\n" % (number % 3 + 1, number))
                user.stdin.flush()
                for _ in range(1 + 50 * life):
                    user.stdout.readline()
                user.kill()
                user.wait()
            code, text = run("verify", self.store)
            # A write that the kill cut short is a torn tail; what was acknowledged is there in either case.
            self.assertIn(code, (SOUND, TORN), text)
            self.assertNotIn("damaged", text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
