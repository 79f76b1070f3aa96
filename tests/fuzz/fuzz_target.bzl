"""What a file with a FuzzOneInput (fuzz_target.h) becomes."""

load("//lib:cc.bzl", "cc_binary", "cc_library", "cc_test")

def fuzz_target(name, deps):
    """NAME.cc and corpus/NAME as a library and two programs around it.

    NAME_replay_test replays the corpus. NAME_fuzzer links libFuzzer, which only
    clang has: it is built with --config=fuzz, never by //....

    Args:
      name: of the target.
      deps: of NAME.cc, besides fuzz_target.h and Abseil.
    """
    cc_library(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        deps = deps + [
            ":fuzz_target",
            "@absl",
        ],
    )
    native.filegroup(
        name = name + "_corpus",
        srcs = native.glob(["corpus/" + name + "/*"]),
    )
    cc_test(
        name = name + "_replay_test",
        srcs = ["replay_main.cc"],
        args = ["tests/fuzz/corpus/" + name],
        data = [":" + name + "_corpus"],
        deps = [
            ":fuzz_target",
            ":" + name,
            "@absl",
        ],
    )
    cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        srcs = ["libfuzzer_main.cc"],
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [
            ":fuzz_target",
            ":" + name,
            "@absl",
        ],
    )
