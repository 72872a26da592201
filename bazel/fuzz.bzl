"""tidemark_fuzz_test: a regression test over its corpus everywhere, a fuzzer under --config=fuzz.

The source defines LLVMFuzzerTestOneInput. To fuzz, build it and run the binary itself, for `bazel run` would
hand it the corpus files as arguments:

    bazel build --config=fuzz //tests/fault:plan_text_fuzz
    mkdir -p /tmp/found
    bazel-out/k8-fastbuild-fuzz/bin/tests/fault/plan_text_fuzz /tmp/found tests/fault/plan_text_corpus
"""

load("@rules_cc//cc:defs.bzl", "cc_test")
load("//bazel:defs.bzl", "PRECOMPILED_COPTS", "PRECOMPILED_DEPS", "TIDEMARK_COPTS", "TIDEMARK_FEATURES")

def tidemark_fuzz_test(name, srcs, corpus, deps = [], size = "small", tags = [], **kwargs):
    """A cc_test that feeds every corpus file to the fuzz target; a libFuzzer binary under --config=fuzz.

    Args:
      name: of the target; ends in _fuzz.
      srcs: defines LLVMFuzzerTestOneInput.
      corpus: files, usually glob(["..._corpus/*"]). Inputs that once failed stay there.
      deps: of the source.
      size: Bazel's test size.
      tags: more tags.
      **kwargs: passed on to cc_test.
    """
    cc_test(
        name = name,
        size = size,
        srcs = srcs,
        args = ["$(location %s)" % file for file in corpus],
        copts = TIDEMARK_COPTS + PRECOMPILED_COPTS,
        data = corpus,
        features = TIDEMARK_FEATURES,
        linkopts = select({
            "//bazel:libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        tags = tags + ["fuzz"],
        deps = deps + PRECOMPILED_DEPS + select({
            "//bazel:libfuzzer": [],
            "//conditions:default": ["//tests/support:fuzz_replay"],
        }),
        **kwargs
    )
