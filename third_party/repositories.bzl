"""All external repositories, under the names upstream gives them."""

load(":absl_labels.bzl", "ABSL_LABELS")
load(":system.bzl", "absl_repository", "system_library", "system_tree")

_NO_USE_CPP_TOOLCHAIN = [', "use_cpp_toolchain")', ")", "use_cpp_toolchain()", "[]"]

def third_party_repositories():
    # Bazel's built-in WORKSPACE suffix would download rules_cc; a repository of
    # that name defined here wins over it.
    system_tree(
        name = "rules_cc",
        apt = "bazel-rules-cc",
        # Debian's rules_cc 0.0.4 loads a symbol that Debian's Bazel 4.2.3 lacks.
        edits = {
            "cc/private/rules_impl/cc_flags_supplier.bzl": _NO_USE_CPP_TOOLCHAIN,
            "cc/private/rules_impl/compiler_flag.bzl": _NO_USE_CPP_TOOLCHAIN,
        },
        path = "/usr/share/bazel/rules/cc",
    )
    # Every C++ build resolves the registered Java toolchains, so Bazel 4 loads
    # this one too.
    system_tree(
        name = "rules_java",
        apt = "bazel-rules-java",
        path = "/usr/share/bazel/rules/java",
    )
    # Every test depends on this one, coverage or not.
    native.local_repository(
        name = "remote_coverage_tools",
        path = "third_party/coverage_tools",
    )
    system_tree(
        name = "bazel_skylib",
        apt = "bazel-skylib",
        path = "/usr/share/bazel/tools/skylib",
    )
    absl_repository(
        name = "com_google_absl",
        labels = ABSL_LABELS,
    )
    system_library(
        name = "com_google_googletest",
        apt = "libgmock-dev",
        headers = ["gmock/gmock.h", "gtest/gtest.h"],
        linkopts = ["-pthread"],
        target_deps = {"gtest_main": [":gtest"]},
        targets = {"gtest": ["gmock", "gtest"], "gtest_main": ["gmock_main"]},
    )
    system_library(
        name = "rapidcheck",
        apt = "librapidcheck-dev",
        headers = ["rapidcheck.h", "rapidcheck/gtest.h"],
        target_deps = {"rapidcheck_gtest": [":rapidcheck", "@com_google_googletest//:gtest"]},
        targets = {"rapidcheck": ["rapidcheck"], "rapidcheck_gtest": []},
    )
    system_library(
        name = "com_github_google_benchmark",
        apt = "libbenchmark-dev",
        headers = ["benchmark/benchmark.h"],
        linkopts = ["-pthread"],
        target_deps = {"benchmark_main": [":benchmark"]},
        targets = {"benchmark": ["benchmark"], "benchmark_main": ["benchmark_main"]},
    )
    system_library(
        name = "com_github_intel_isa_l",
        apt = "libisal-dev",
        headers = ["isa-l/crc.h"],
        targets = {"isa_l": ["isal"]},
    )
    system_library(
        name = "com_github_libuv_libuv",
        apt = "libuv1-dev",
        headers = ["uv.h"],
        linkopts = ["-pthread", "-ldl", "-lrt"],
        targets = {"libuv": ["uv_a"]},
    )
    # Every optimised program allocates with it (.bazelrc).
    system_library(
        name = "com_github_gperftools_gperftools",
        apt = "libgoogle-perftools-dev",
        headers = ["gperftools/malloc_extension.h"],
        linkopts = ["-pthread"],
        targets = {"tcmalloc_minimal": ["tcmalloc_minimal"]},
    )
    system_library(
        name = "com_github_jupp0r_prometheus_cpp",
        apt = "prometheus-cpp-dev",
        headers = ["prometheus/registry.h"],
        package = "core",
        targets = {"core": ["prometheus-cpp-core"]},
    )

    # What //tools/bench/log_bench compares with; tools/packages-bench.txt. Nothing else needs them.
    system_library(
        name = "com_github_facebook_rocksdb",
        apt = "librocksdb-dev",
        headers = ["rocksdb/db.h"],
        shared = True,
        targets = {"rocksdb": ["rocksdb"]},
    )
    system_library(
        name = "com_github_google_leveldb",
        apt = "libleveldb-dev",
        headers = ["leveldb/db.h"],
        shared = True,
        targets = {"leveldb": ["leveldb"]},
    )
    system_library(
        name = "org_sqlite",
        apt = "libsqlite3-dev",
        headers = ["sqlite3.h"],
        shared = True,
        targets = {"sqlite3": ["sqlite3"]},
    )
