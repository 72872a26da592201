"""scenario_test: some seeds of a scenario of scenarios/catalog.cc, as a test."""

def _seeds_test_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = ctx.executable._program, is_executable = True)
    return [DefaultInfo(executable = program, runfiles = ctx.attr._program[DefaultInfo].default_runfiles)]

# All suites are one program with other arguments: linked once.
_seeds_test = rule(
    implementation = _seeds_test_impl,
    attrs = {
        "_program": attr.label(default = "//scenarios:scenario_main", executable = True, cfg = "target"),
    },
    test = True,
)

def scenario_test(name, scenario, seeds = 200, shards = 1, size = "small", tags = []):
    """A test that passes when all its seeds do, and <name>_soak, tagged manual, with a hundred times the seeds.

    The seeds follow from the target's label, so that every target has its own and keeps them. Also:

        bazel test //x:y --test_arg=--seed=42     only this seed
        bazel test //x:y --test_arg=--seeds=5000  more of them
        bazel test //x:y --runs_per_test=8        eight times as many, all different
        bazel test //... --test_env=TIDEMARK_SEEDS_PERCENT=300   three times as many, of every suite

    A failing seed's plan, report and trace are in bazel-testlogs/x/y/test.outputs/outputs.zip. With a thousand seeds
    a shard or more, the suite also fails when it missed a rare state that its scenario promises to reach.

    Args:
      name: of the target.
      scenario: its name in the catalogue.
      seeds: how many, over all shards.
      shards: test processes that share the seeds.
      size: Bazel's test size.
      tags: more tags.
    """
    for (suffix, times, split, how, more) in [
        ("", 1, shards, size, []),
        ("_soak", 100, max(shards, 2), "enormous", ["manual", "soak"]),
    ]:
        _seeds_test(
            name = name + suffix,
            size = how,
            args = [
                "--name=//%s:%s%s" % (native.package_name(), name, suffix),
                "--scenario=" + scenario,
                "--seeds=%d" % (seeds * times),
            ],
            shard_count = split if split > 1 else None,
            tags = tags + ["scenario"] + more,
        )
