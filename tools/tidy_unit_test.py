#!/usr/bin/env python3
"""Plants a violation of each rule and sees that it is found, and that its honest neighbour is not."""
import unittest

import tidy


def messages(path, text, rules=tidy.FILE_RULES):
    source = tidy.Source(path, text)
    return [message for rule in rules for _, message in rule(source)]


def in_header(body):
    return "#pragma once\n\n// A story.\n\n" + body + "\n"


class TidyTest(unittest.TestCase):
    def assert_found(self, path, text, part):
        found = messages(path, text)
        self.assertTrue(any(part in message for message in found), "%r not in %r" % (part, found))

    def assert_clean(self, path, text):
        self.assertEqual(messages(path, text), [])

    def test_bans_name_their_replacement(self):
        for body, part in [
            ("auto t = std::chrono::system_clock::now();", "clock.h"),
            ("std::thread t;", "executor.h"),
            ("absl::Mutex m;", "std::mutex"),
            ("int x = rand();", "RandomKey"),
            ("std::random_device d;", "RandomKey"),
            ("std::uniform_int_distribution<int> d;", "random.h"),
            ('char* x = getenv("A");', "option"),
            ("absl::flat_hash_map<int, int> m;", "btree_map"),
            ("double x;", "permille"),
            ("std::string_view v;", "absl::string_view"),
            ("void F() { assert(true); }", "CHECK"),
            ("co_await x;", "completions"),
            ("if (IsSimulated()) return;", "nothing, ever"),
            ("void F() { throw 1; }", "absl::Status"),
        ]:
            self.assert_found("sim/x.h", in_header(body), part)

    def test_bans_stop_at_their_border(self):
        self.assert_clean("engine/backend/x.h", in_header("std::thread t;"))
        self.assert_clean("tools/x.h", in_header('auto t = std::chrono::steady_clock::now();'))
        self.assert_found("tools/x.h", in_header("int x = rand();"), "RandomKey")

    def test_bans_look_at_code_only(self):
        self.assert_clean("sim/x.h", in_header('// std::thread is not used.\nconst char* kText = "rand()";'))
        self.assert_clean("sim/x.h", in_header("int operand(int);\nint strand(int);"))

    def test_long_lines_files_and_functions(self):
        self.assert_clean("sim/x.h", in_header("int x;  // " + "y" * 109))
        self.assert_found("sim/x.h", in_header("int x;  // " + "y" * 110), "121 columns")
        self.assert_found("sim/x.h", in_header("int x;\n" * 500), "lines; at most 500")
        self.assert_clean("sim/x.h", in_header("void F() {\n" + "  G();\n" * 68 + "}"))
        self.assert_found("sim/x.h", in_header("void F() {\n" + "  G();\n" * 69 + "}"), "function of 71 lines")

    def test_functions_are_told_from_what_holds_them(self):
        body = "namespace a {\nclass B : public C<int> {\n" + "  int F(int x) const {\n    if (x) {\n    }\n  }\n" * 30 + "};\n}"
        self.assert_clean("sim/x.h", in_header(body))
        self.assert_clean("sim/x.h", in_header("const int kTable[] = {\n" + "  F(1),\n" * 90 + "};"))
        self.assert_found("sim/x.h", in_header("class A {\n  A(int x) : x_(x) {\n" + "    G();\n" * 80 + "  }\n};"), "function")
        self.assert_found("tests/sim/x_test.cc", "TEST(A, B) {\n" + "  G();\n" * 80 + "}\n", "function")

    def test_headers_open_with_pragma_and_story(self):
        self.assert_found("sim/x.h", "// A story.\n\nint x;\n", "#pragma once")
        self.assert_found("sim/x.h", "#pragma once\n\n#include <map>\n\nnamespace a {\n\nint x;\n}\n", "story")
        self.assert_clean("sim/x.h", "#pragma once\n\nnamespace a {\n\n// What x is.\nint x;\n}\n")

    def test_a_cc_file_leaves_the_story_to_its_header(self):
        self.assert_clean("sim/x.cc", '#include "sim/x.h"\n\nint y;\n')
        self.assert_clean("sim/x_part.cc", '#include "sim/x.h"\n\nint y;\n')
        self.assert_found("sim/y.cc", '#include "sim/x.h"\n\nint y;\n', "story")

    def test_arrows(self):
        self.assert_found("engine/aof/x.h", in_header('#include "sim/world.h"'), "may not include")
        self.assert_found("engine/base/x.h", in_header('#include "engine/env/disk.h"'), "may not include")
        self.assert_found("fault/x.h", in_header('#include "sim/world.h"'), "may not include")
        self.assert_found("scenarios/x.h", in_header('#include "tests/support/x.h"'), "may not include")
        self.assert_found("engine/node/x.h", in_header('#include "engine/backend/event_loop.h"'), "may not include")
        self.assert_clean("sim/x.h", in_header('#include "fault/plan.h"\n#include "engine/env/disk.h"\n#include "absl/a/b.h"'))

    def test_words(self):
        self.assert_found("docs/x.md", "# X\n\nTO" "DO: more\n", "limitation")
        self.assert_found("docs/x.md", "see /ho" "me/me/x\n", "repository")

    def test_every_file_has_its_mirror(self):
        rule = lambda *paths: [message for _, _, message in tidy.check_mirror([tidy.Source(path, "") for path in paths])]
        self.assertEqual(rule("sim/zzz.cc", "tests/sim/zzz_test.cc"), [])
        self.assertIn("tests/sim/zzz_test.cc", rule("sim/zzz.cc")[0])
        self.assertEqual(rule("engine/base/time.cc", "tests/engine/base/values_test.cc"), [])
        self.assertIn("does not exist", rule("engine/base/time.cc")[0])

    def test_a_precompiled_header_is_included_all_the_same(self):
        rule = lambda **files: [message for _, _, message in tidy.check_includes(
            [tidy.Source("sim/%s.%s" % tuple(name.split("_")), text) for name, text in files.items()])]
        uses = "std::vector<int> x;\n"
        self.assertEqual(rule(x_cc=uses), ["std::vector: include vector"])
        self.assertEqual(rule(x_cc="#include <vector>\n" + uses), [])
        self.assertEqual(rule(x_cc='#include "sim/y.h"\n' + uses, y_h="#include <vector>\n"), [])
        self.assertEqual(rule(x_cc="// std::vector\n"), [])
        known = tidy.check_includes([tidy.Source("bazel/precompiled.h", "#include <regex>\n")])
        self.assertIn("regex", next(known)[2])


if __name__ == "__main__":
    unittest.main()
