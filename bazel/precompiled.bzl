"""precompiled_header: headers, compiled once as one, that the compiler then loads instead of reading it again.

Half of what it takes to compile one of our sources at -O0 went into the headers of Abseil and the standard library.
Both compilers take `-include path/x.h` as "load path/x.h.gch if it fits these flags". Header and result stand side by
side in the folder of generated files.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _precompiled_header_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    ctx.actions.run_shell(
        command = 'out=$1; shift; cat "$@" >"$out"',
        arguments = [header.path] + [src.path for src in ctx.files.srcs],
        inputs = ctx.files.srcs,
        outputs = [header],
    )
    output = ctx.actions.declare_file(ctx.label.name + ".h.gch")
    source = header.path
    flags = ctx.attr.copts + ["-x", "c++-header", "-w"]  # it warns of a #pragma once outside an include
    if toolchain.compiler == "clang":
        # From standard input, or clang keeps the header's path in the sandbox. Times of files differ when a cache
        # brings them. The flag of layering_check must be there if it is there in use.
        source = "-"
        flags += ["-Xclang", "-fno-pch-timestamp", "-fpch-instantiate-templates", "-fmodules-strict-decluse"]
    found = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps]).compilation_context
    arguments = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
        variables = cc_common.create_compile_variables(
            feature_configuration = features,
            cc_toolchain = toolchain,
            source_file = source,
            output_file = output.path,
            include_directories = found.includes,
            quote_include_directories = found.quote_includes,
            system_include_directories = found.system_includes,
            user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + flags,
            use_pic = toolchain.needs_pic_for_dynamic_libraries(feature_configuration = features),
        ),
    )
    ctx.actions.run_shell(
        command = 'header=$1; shift; exec "$@" <"$header"',
        arguments = [header.path, toolchain.compiler_executable] + arguments,
        inputs = depset([header], transitive = [found.headers, toolchain.all_files]),
        outputs = [output],
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = ACTION_NAMES.cpp_compile,
            variables = cc_common.empty_variables(),
        ),
        mnemonic = "CppPrecompile",
        progress_message = "Precompiling %s" % header.short_path,
    )
    files = depset([header, output])
    return [
        DefaultInfo(files = files),
        CcInfo(compilation_context = cc_common.create_compilation_context(headers = files)),
    ]

precompiled_header = rule(
    implementation = _precompiled_header_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".h"], mandatory = True, doc = "one after the other"),
        "copts": attr.string_list(),
        "deps": attr.label_list(providers = [CcInfo], doc = "whose headers it includes"),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
