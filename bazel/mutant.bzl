"""mutant_test: a planted bug that the suite must catch.

The patch is applied to a copy of one source file; the test is linked with the copy in
place of the original object, so neither the engine's own code nor its build carries a
trace of the bug. A patched file must keep defining every symbol of the original: then
the linker never pulls the original object out of its archive.
"""

load("@rules_cc//cc:defs.bzl", "cc_test")
load("//bazel:defs.bzl", "TEST_COPTS", "TEST_PRECOMPILED_COPTS", "TEST_PRECOMPILED_DEPS", "TIDEMARK_COPTS")

# A patched file includes what its library's deps own, not its own: no layering_check. But the precompiled header was
# made for it, and clang loads that only with the same flags of the language.
WITHOUT_LAYERING_CHECK = select({
    "//bazel:clang": ["-fmodules-strict-decluse"],
    "//conditions:default": [],
})

def mutant_test(name, patch, source, scenario, oracles, seeds = 2000, size = "medium", tags = [], deps = []):
    """Passes when a seed of the scenario trips one of the oracles.

    Args:
      name: the mutant; `<name>.patch` by default names its story, source and depth.
      patch: the patch file, with a header of its own.
      source: label of the one .cc file it changes.
      scenario: scenarios to run, in turn, seed by seed.
      oracles: ids (or CHECK) of which one must fail the seed.
      seeds: how many seeds each scenario may take before the mutant counts as survived.
      size: Bazel's test size.
      tags: more tags.
      deps: libraries that own the headers the patched file includes.
    """
    mutated = name + "_mutated.cc"
    native.genrule(
        name = name + "_source",
        srcs = [source, patch],
        outs = [mutated],
        cmd = "cp $(location %s) $@ && chmod u+w $@ && patch --quiet --fuzz=0 $@ $(location %s)" % (source, patch),
    )
    cc_test(
        name = name,
        size = size,
        srcs = [mutated],
        args = [
            "--mutant=" + name,
            "--scenarios=" + ",".join(scenario),
            "--oracles=" + ",".join(oracles),
            "--seeds=%d" % seeds,
        ],
        # What is left out may leave a name that nobody uses.
        copts = TIDEMARK_COPTS + ["-Wno-unused"] + TEST_COPTS + TEST_PRECOMPILED_COPTS + WITHOUT_LAYERING_CHECK,
        tags = tags + ["mutant"],
        deps = deps + ["//tests/mutants:mutant_main"] + TEST_PRECOMPILED_DEPS,
    )
