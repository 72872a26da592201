"""The project's own cc rules: every copt and feature is decided here, once."""

load("@rules_cc//cc:defs.bzl", _cc_binary = "cc_binary", _cc_library = "cc_library", _cc_test = "cc_test")

TIDEMARK_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wnon-virtual-dtor",
    "-Woverloaded-virtual",
    "-Wno-sign-compare",
    # g++ 12 warns of absl::optional's storage at -O2; clang does not know the name.
    "-Wno-unknown-warning-option",
    "-Wno-maybe-uninitialized",
]

# layering_check takes effect with clang only: a header may be included only by a
# target that names its owner among its direct deps.
TIDEMARK_FEATURES = ["layering_check"]

# What makes a target with TIDEMARK_FEATURES use the precompiled header: copts and deps. An include that is missing
# because of it is tools/tidy.py's to find.
PRECOMPILED_COPTS = ["-include", "$(GENDIR)/bazel/precompiled.h"]

PRECOMPILED_DEPS = ["//bazel:precompiled"]

# A source of tests only runs briefly, yet instrumented or optimised it takes the longest to compile. What it tests
# stays optimised. The macro goes with -O2 only.
TEST_COPTS = [
    "-O0",
    "-U_FORTIFY_SOURCE",
]

TEST_PRECOMPILED_COPTS = ["-include", "$(GENDIR)/bazel/precompiled_for_tests.h"]

TEST_PRECOMPILED_DEPS = ["//bazel:precompiled_for_tests"]

def _copts(testonly):
    return TIDEMARK_COPTS + (TEST_COPTS + TEST_PRECOMPILED_COPTS if testonly else PRECOMPILED_COPTS)

def _deps(testonly):
    return TEST_PRECOMPILED_DEPS if testonly else PRECOMPILED_DEPS

def tidemark_library(name, copts = [], features = [], deps = [], testonly = False, **kwargs):
    _cc_library(
        name = name,
        testonly = testonly,
        copts = _copts(testonly) + copts,
        features = TIDEMARK_FEATURES + features,
        # Every program is linked statically: no shared library beside the archive.
        linkstatic = True,
        deps = deps + _deps(testonly),
        **kwargs
    )

def tidemark_binary(name, copts = [], features = [], deps = [], testonly = False, **kwargs):
    _cc_binary(
        name = name,
        testonly = testonly,
        copts = _copts(testonly) + copts,
        features = TIDEMARK_FEATURES + features,
        deps = deps + _deps(testonly),
        **kwargs
    )

def tidemark_test(name, size = "small", copts = [], features = [], deps = [], **kwargs):
    """A GoogleTest; gtest and gtest_main come with it."""
    _cc_test(
        name = name,
        size = size,
        copts = _copts(True) + copts,
        features = TIDEMARK_FEATURES + features,
        deps = deps + [
            "@com_google_googletest//:gtest",
            "@com_google_googletest//:gtest_main",
        ] + _deps(True),
        **kwargs
    )

def tidemark_tests(name, srcs, deps = [], **kwargs):
    """The tests of a folder in one program: --test_filter=Suite.* runs some of them.

    They are compiled as one source, for it takes a compiler about as long to read the headers of one test as the tests
    of ten. So no two of them may give a name in their anonymous namespaces to different things.

    Args:
      name: of the program.
      srcs: *_test.cc; nothing else needs to list them.
      deps: of all of them.
      **kwargs: as tidemark_test.
    """
    package = native.package_name()
    _cc_library(
        name = name + "_sources",
        testonly = True,
        textual_hdrs = srcs,
        features = TIDEMARK_FEATURES,
        deps = deps + ["@com_google_googletest//:gtest"],
    )
    native.genrule(
        name = name + "_source",
        testonly = True,
        outs = [name + ".cc"],
        cmd = "printf '#include \"%%s\"\\n' %s > $@" % " ".join([package + "/" + src for src in srcs]),
    )
    tidemark_test(
        name = name,
        srcs = [name + ".cc"],
        deps = deps + [name + "_sources"],
        **kwargs
    )
