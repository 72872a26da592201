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

# What makes a target with TIDEMARK_FEATURES use the precompiled header: copts and deps.
PRECOMPILED_COPTS = select({
    "//bazel:optimised": [],
    "//conditions:default": ["-include", "$(GENDIR)/bazel/precompiled.h"],
})

PRECOMPILED_DEPS = select({
    "//bazel:optimised": [],
    "//conditions:default": ["//bazel:precompiled"],
})

# A test's own source runs briefly, yet instrumented and optimised it takes the longest to compile. What it tests
# stays optimised.
TEST_COPTS = select({
    "//bazel:sanitized": ["-O0"],
    "//conditions:default": [],
})

_TEST_PRECOMPILED_COPTS = select({
    "//bazel:optimised": [],
    "//conditions:default": ["-include", "$(GENDIR)/bazel/precompiled_for_tests.h"],
})

_TEST_PRECOMPILED_DEPS = select({
    "//bazel:optimised": [],
    "//conditions:default": ["//bazel:precompiled_for_tests"],
})

def tidemark_library(name, copts = [], features = [], deps = [], **kwargs):
    _cc_library(
        name = name,
        copts = TIDEMARK_COPTS + PRECOMPILED_COPTS + copts,
        features = TIDEMARK_FEATURES + features,
        # Every program is linked statically: no shared library beside the archive.
        linkstatic = True,
        deps = deps + PRECOMPILED_DEPS,
        **kwargs
    )

def tidemark_binary(name, copts = [], features = [], deps = [], **kwargs):
    _cc_binary(
        name = name,
        copts = TIDEMARK_COPTS + PRECOMPILED_COPTS + copts,
        features = TIDEMARK_FEATURES + features,
        deps = deps + PRECOMPILED_DEPS,
        **kwargs
    )

def tidemark_test(name, size = "small", copts = [], features = [], deps = [], **kwargs):
    """A GoogleTest; gtest and gtest_main come with it."""
    _cc_test(
        name = name,
        size = size,
        copts = TIDEMARK_COPTS + TEST_COPTS + _TEST_PRECOMPILED_COPTS + copts,
        features = TIDEMARK_FEATURES + features,
        deps = deps + [
            "@com_google_googletest//:gtest",
            "@com_google_googletest//:gtest_main",
        ] + _TEST_PRECOMPILED_DEPS,
        **kwargs
    )
