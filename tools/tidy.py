#!/usr/bin/env python3
"""The project's own rules, as far as a machine can hold them. Style that clang-format sees to is not here.

usage: tools/tidy.py [ROOT]

Prints "path:line: what is wrong; what to do instead" for each finding, and fails if there is one. To add a rule,
write a function that yields findings for a file (FILE_RULES) or for the whole tree (TREE_RULES), and plant a
violation of it in tools/tidy_unit_test.py.
"""
import os
import re
import sys

MAX_COLUMNS = 120
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70

# Folder -> folders it may include from, beside itself and what stands below it. Longest prefix wins.
ARROWS = {
    "engine/base": [],
    "engine/env": ["engine/base"],
    "engine/aof": ["engine/env", "engine/base"],
    "engine/segmented_log": ["engine/aof", "engine/env", "engine/base"],
    "engine/partition": ["engine/segmented_log", "engine/aof", "engine/env", "engine/base"],
    "engine/apply": ["engine/env", "engine/base"],
    "engine/node": ["engine/segmented_log", "engine/partition", "engine/apply", "engine/aof", "engine/env",
                    "engine/base"],
    "engine/backend": ["engine/env", "engine/base"],
    "fault": ["engine/env", "engine/base"],
    "sim": ["fault", "engine/env", "engine/base"],
    "scenarios": ["sim", "fault", "engine"],
    "tools": ["scenarios", "sim", "fault", "engine"],
    "tests": ["tools", "scenarios", "sim", "fault", "engine"],
}

# Where real time, threads and files of the machine belong.
REAL = ("engine/backend/", "examples/", "tools/", "tests/")
# Around runs, not in them: suites run several seeds at once, test programs speak with Bazel.
HARNESS = REAL + ("scenarios/suite.", "scenarios/scenario_main.", "scenarios/test_outputs.", "scenarios/check_trap.")
ANYWHERE = ()

# (what, where it is allowed, what to do instead)
BANS = [
    (r"std::chrono|\bgettimeofday\b|\bclock_gettime\b|\btime\(\s*(?:NULL|nullptr|0)\s*\)|absl::Now\b", HARNESS,
     "real time: ask engine/env/clock.h"),
    (r"std::(?:j?thread|async|condition_variable|mutex|lock_guard|unique_lock|future|promise)\b|\bpthread_\w+",
     HARNESS, "threads: post to engine/env/executor.h"),
    (r"absl::(?:Mutex|CondVar|Notification|BlockingCounter)\b", ANYWHERE, "absl::Mutex, which TSan misreads: std::mutex"),
    (r"\b(?:s?rand|rand_r|drand48|random)\(|std::random_device|std::mt19937|std::default_random_engine|absl::(?:\w*BitGen\w*|Uniform)\b",
     ANYWHERE, "unkeyed randomness: engine/base/random.h RandomKey"),
    (r"std::(?:\w+_distribution|shuffle|sample)\b", ANYWHERE,
     "a std distribution, which differs from library to library: engine/base/random.h"),
    (r"\bgetenv\(", HARNESS, "the environment: pass an option"),
    (r"std::hash\b|absl::Hash\b|\babsl::(?:flat|node)_hash_(?:map|set)<|\bstd::unordered_(?:map|set|multimap|multiset)<", REAL,
     "a hash table, whose order is not the same in every run: absl::btree_map, or a sorted vector"),
    (r"\b(?:float|double|long double)\b", REAL + ("scenarios/", "engine/metrics/"), "floating point: integers, permille, ppm"),
    (r"std::filesystem|\bfopen\(|std::[io]?fstream\b", HARNESS, "files: engine/env/disk.h"),
    (r"std::string_view", REAL + ("engine/base/",), "std::string_view: absl::string_view, which Debian's Abseil takes"),
    (r"\bassert\(|<cassert>", ANYWHERE, "assert, off in release: CHECK of engine/base/check.h"),
    (r"\bco_(?:await|return|yield)\b", ANYWHERE, "coroutines, which g++ 12 miscompiles: completions"),
    (r"\bIsSimulated\b", ANYWHERE, "code that knows it is simulated: nothing, ever"),
    (r"std::(?:cout|cerr)\b|\bprintf\(", REAL + ("engine/base/check.cc", "scenarios/"), "printing: return data, or emit a trace event"),
    (r"\b(?:try|catch)\b\s*[({]|\bthrow\b", REAL + ("scenarios/",), "exceptions: absl::Status"),
]

# In code, comments, documents, scripts.
WORDS = [
    (r"\b(?:TODO|FIXME|HACK)\b", "a note to self: do it, or write down the limitation where users read"),
    (r"(?<![\w.])/(?:work|home|root)/", "a path of somebody's machine: a path from the root of the repository"),
]

# .cc files without a test file of their own name, by prefix; the longest counts: what tests them instead.
COVERED_BY = {
    "engine/aof/": "tests/engine/aof/aof_test.cc",  # the parts of Aof, reached and damaged through its door
    "engine/backend/blocking_": "tests/engine/backend/posix_disk_test.cc",  # what its pool threads call
    "engine/backend/posix_error": "tests/engine/backend/posix_disk_test.cc",
    "engine/backend/system_clock": "tests/conformance/",
    "engine/base/time": "tests/engine/base/values_test.cc",
    "engine/apply/apply_pipeline": "tests/engine/node/engine_test.cc",
    "engine/env/disk": "tests/conformance/",
    "engine/metrics/": "tests/engine/metrics/engine_metrics_test.cc",
    "engine/node/": "tests/engine/node/engine_test.cc",  # the parts of Engine, reached through its door
    "engine/partition/dispatcher": "tests/engine/node/engine_test.cc",
    "engine/segmented_log/segmented_log_pack_apply": "tests/engine/segmented_log/segmented_log_pack_test.cc",
    "fault/disk_policy": "tests/fault/policies_test.cc",
    "fault/lag_policy": "tests/fault/policies_test.cc",
    "fault/fault": "tests/fault/tables_test.cc",
    "fault/operation": "tests/fault/tables_test.cc",
    "fault/param": "tests/fault/tables_test.cc",
    "fault/plan": "tests/fault/tables_test.cc",
    "fault/fault_generator": "tests/fault/plan_generator_test.cc",
    "fault/profile": "tests/fault/plan_generator_test.cc",
    "sim/node": "tests/sim/world_test.cc",
    "sim/sim_clock": "tests/sim/sim_executor_test.cc",  # timers follow it
    "sim/sim_disk_": "tests/sim/sim_disk_test.cc",
    "sim/sim_file": "tests/sim/sim_disk_test.cc",
    "sim/name_tree": "tests/sim/sim_disk_test.cc",
    "sim/file_image": "tests/sim/sim_disk_test.cc",
    "sim/sparse_bytes": "tests/sim/sim_disk_test.cc",
    "scenarios/": "tests/scenarios/runner_test.cc",  # the parts of Run
    "scenarios/catalog": "scenarios/catalog/BUILD",  # a scenario_test each
    "scenarios/scenario_main": "scenarios/catalog/BUILD",
    "scenarios/test_outputs": "scenarios/catalog/BUILD",
    "scenarios/workload/": "tests/scenarios/runner_test.cc",
    "scenarios/oracles/": "tests/scenarios/oracles/",  # one accepted and one refused history for each
    "scenarios/workload/payload": "tests/scenarios/workload/record_model_test.cc",
}

# The headers of bazel/precompiled.h, and names that come with them: compilers that have loaded it miss no include.
PRECOMPILED = {
    "algorithm": r"std::(?:sort|stable_sort|min|max|clamp|(?:min|max)_element|find(?:_if)?|count(?:_if)?|(?:all|any|none)_of"
                 r"|copy|fill|equal|(?:remove|replace)_if|(?:lower|upper)_bound|reverse|mismatch|is_sorted)\(",
    "array": r"std::array\b",
    "cstdint": r"\bu?int(?:8|16|32|64)_t\b",
    "deque": r"std::deque\b",
    "functional": r"std::(?:function|less|greater)\b",
    "map": r"std::(?:multi)?map\b",
    "memory": r"std::(?:unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared|enable_shared_from_this)\b",
    "set": r"std::(?:multi)?set\b",
    "sstream": r"std::[io]?stringstream\b",
    "string": r"std::(?:string|to_string)\b",
    "utility": r"std::(?:move|exchange|pair|swap|forward|make_pair)\b",
    "vector": r"std::vector\b",
    "absl/container/btree_map.h": r"absl::btree_(?:multi)?map\b",
    "absl/functional/any_invocable.h": r"absl::AnyInvocable\b",
    "absl/functional/function_ref.h": r"absl::FunctionRef\b",
    "absl/status/status.h": r"absl::(?:Status\b|OkStatus|\w+Error\(|Is[A-Z]\w+\()",
    "absl/status/statusor.h": r"absl::StatusOr\b",
    "absl/strings/str_cat.h": r"absl::(?:StrCat|StrAppend)\b",
    "absl/strings/string_view.h": r"absl::string_view\b",
    "absl/types/optional.h": r"absl::(?:optional|nullopt)\b",
    "absl/types/span.h": r"absl::(?:Make(?:Const)?)?Span\b",
}


class Source:
    """One file: its lines, and for C++ its code with comments and literals blanked."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
        self.is_cpp = path.endswith((".cc", ".h"))
        self.code = blank(text) if self.is_cpp else ""
        self.code_lines = self.code.split("\n")


def blank(text):
    """C++ with comments, strings and characters overwritten by spaces; lines stay where they are."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


# --- rules of one file --------------------------------------------------------------------------------------------


def check_lines(source):
    if len(source.lines) > MAX_FILE_LINES and source.is_cpp:
        yield 1, "%d lines; at most %d: split by noun" % (len(source.lines), MAX_FILE_LINES)
    for number, line in enumerate(source.lines, 1):
        if source.is_cpp and len(line) > MAX_COLUMNS:
            yield number, "%d columns; at most %d" % (len(line), MAX_COLUMNS)
        if source.is_cpp and line != line.rstrip():
            yield number, "space at the end of the line"
    if source.text and not source.text.endswith("\n") and "corpus" not in source.path:
        yield len(source.lines), "no newline at the end of the file"


def check_words(source):
    if source.path.startswith("tools/tidy"):
        return
    for number, line in enumerate(source.lines, 1):
        for pattern, instead in WORDS:
            if re.search(pattern, line):
                yield number, "%s: %s" % (re.search(pattern, line).group(), instead)


def check_bans(source):
    for number, line in enumerate(source.code_lines, 1):
        for pattern, allowed, instead in BANS:
            found = re.search(pattern, line)
            if found and not source.path.startswith(tuple(allowed)):
                yield number, "%s: %s" % (found.group().strip("( "), instead)


def check_header(source):
    if source.path.endswith(".h") and "#pragma once" not in source.lines[:1]:
        yield 1, "the first line of a header is #pragma once"
    if source.path.endswith(".h") and re.search(r"^using namespace", source.code, re.M):
        yield 1, "using namespace in a header: name what is used"


def check_story(source):
    """A header tells its story before its first declaration; so does a .cc file that has no header to tell it."""
    if not source.is_cpp or source.path.endswith("_test.cc"):
        return
    stem = os.path.basename(source.path).rsplit(".", 1)[0]
    headers = re.findall(r'^#include "(?:[\w/]*/)?(\w+)\.h"', source.text, re.M)
    if source.path.endswith(".cc") and any(stem == header or stem.startswith(header + "_") for header in headers):
        return
    for line in source.lines:
        if line.startswith("//"):
            return
        if not re.match(r"$|#|namespace\b|(?:class|struct) [\w:]+;$|using\b|}", line):
            break
    yield 1, "no opening story: say what the file owns, its happy path, what a failure leaves"


def check_arrows(source):
    folder = owner(source.path)
    if folder is None:
        return
    allowed = [folder] + ARROWS[folder]
    for number, line in enumerate(source.lines, 1):
        found = re.match(r'#include "([^"]+)"', line)
        if not found or owner(found.group(1)) is None:
            continue
        target = found.group(1)
        if not any(target.startswith(prefix + "/") for prefix in allowed):
            yield number, "%s may not include %s: %s -> %s" % (
                folder, target, folder, ", ".join(ARROWS[folder]) or "nothing")


def owner(path):
    prefixes = [prefix for prefix in ARROWS if path.startswith(prefix + "/")]
    return max(prefixes, key=len) if prefixes else None


def check_functions(source):
    for start, length in functions(source.code):
        if length > MAX_FUNCTION_LINES:
            yield start, "a function of %d lines; at most %d: name its steps" % (length, MAX_FUNCTION_LINES)


def functions(code):
    """(first line, lines) of each outermost function body, from blanked C++."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group()), code, flags=re.M)
    stack = []  # of (is a function, line of its header)
    head, head_line, line = "", 1, 1
    for char in code:
        if char == "\n":
            line += 1
        if char == "{":
            inside = any(is_function for is_function, _ in stack)
            stack.append((not inside and is_function_head(head), head_line))
        elif char == "}" and stack:
            is_function, start = stack.pop()
            if is_function:
                yield start, line - start + 1
        if char in "{};":
            head, head_line = "", line
        else:
            if not head.strip():
                head_line = line
            head += char


def is_function_head(head):
    head = head.strip()
    if not head or "(" not in head or head.endswith("="):
        return False
    return not re.match(r"(?:template\s*<[^{]*>\s*)?(?:namespace|enum|union|class|struct|extern)\b(?![^{]*\)\s*(?:const)?$)", head)


FILE_RULES = [check_lines, check_words, check_bans, check_header, check_story, check_arrows, check_functions]


# --- rules of the tree -----------------------------------------------------------------------------------------------


def check_mirror(sources):
    """Every .cc has a test of its name at its place under tests/, or stands in COVERED_BY."""
    paths = {source.path for source in sources}
    for path in sorted(paths):
        if not path.endswith(".cc") or not path.startswith(("engine/", "fault/", "sim/", "scenarios/")):
            continue
        test = "tests/" + path[: -len(".cc")] + "_test.cc"
        covering = next((COVERED_BY[key] for key in sorted(COVERED_BY, key=len, reverse=True) if path.startswith(key)), None)
        if test in paths:
            continue
        if covering is None:
            yield path, 1, "no %s: write it, or name in COVERED_BY of tools/tidy.py what tests this file" % test
        elif not any(other.startswith(covering) for other in paths):
            yield path, 1, "COVERED_BY says %s, which does not exist" % covering


def check_includes(sources):
    """A name of a precompiled header needs an include that leads to that header, over the project's own files at most."""
    included = {source.path: re.findall(r'^#include [<"]([^>"]+)[>"]', source.text, re.M) for source in sources if source.is_cpp}
    for header in included.get("bazel/precompiled.h", []):
        if header not in PRECOMPILED:
            yield "bazel/precompiled.h", 1, "PRECOMPILED of tools/tidy.py does not say which names come with %s" % header
    for source in sources:
        if not source.is_cpp:
            continue
        reached, open_ends = set(), [source.path]
        while open_ends:
            new = set(included.get(open_ends.pop(), [])) - reached
            reached |= new
            open_ends += new
        for header, names in PRECOMPILED.items():
            found = re.search(names, source.code)
            if found and header not in reached:
                yield source.path, source.code.count("\n", 0, found.start()) + 1, "%s: include %s" % (found.group(), header)


TREE_RULES = [check_mirror, check_includes]


# --- the run ------------------------------------------------------------------------------------------------------------

SKIPPED = {".git", ".cache", "out", "node_modules", "__pycache__"}
ENDINGS = (".cc", ".h", ".py", ".md", ".bzl", ".sh", ".txt", ".plan", "BUILD", "WORKSPACE", "tidemark", ".patch")


def read_tree(root):
    sources = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("bazel-"))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if not path.endswith(ENDINGS):
                continue
            with open(os.path.join(root, path), encoding="utf-8") as file:
                sources.append(Source(path, file.read()))
    return sources


def findings(sources):
    for source in sources:
        for rule in FILE_RULES:
            for line, message in rule(source):
                yield source.path, line, message
    for rule in TREE_RULES:
        yield from rule(sources)


def main():
    here = os.path.dirname(os.path.realpath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(here)
    sources = read_tree(root)
    count = 0
    for path, line, message in findings(sources):
        print("%s:%d: %s" % (path, line, message))
        count += 1
    print("%d files, %d findings" % (len(sources), count))
    if len(sources) < 100:
        print("too few files: is %s the repository?" % root)
        return 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
