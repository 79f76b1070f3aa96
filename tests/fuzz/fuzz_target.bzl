"""What a file with a FuzzOneInput (fuzz_target.h) becomes."""

load("//third_party:copts.bzl", "LOCAL_SGD_COPTS")

def fuzz_target(name, deps):
    """NAME.cc and corpus/NAME as a library and two programs around it.

    NAME_replay_test replays the corpus. NAME_fuzzer links libFuzzer, which only
    clang has: it is built with --config=fuzz, never by //....

    Args:
      name: of the target.
      deps: of NAME.cc, besides fuzz_target.h and Abseil.
    """
    native.cc_library(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        copts = LOCAL_SGD_COPTS,
        deps = deps + [
            ":fuzz_target",
            "@absl",
        ],
    )
    native.filegroup(
        name = name + "_corpus",
        srcs = native.glob(["corpus/" + name + "/*"]),
    )
    native.cc_test(
        name = name + "_replay_test",
        srcs = ["replay_main.cc"],
        args = ["tests/fuzz/corpus/" + name],
        copts = LOCAL_SGD_COPTS,
        data = [":" + name + "_corpus"],
        deps = [
            ":fuzz_target",
            ":" + name,
            "@absl",
        ],
    )
    native.cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        srcs = ["libfuzzer_main.cc"],
        copts = LOCAL_SGD_COPTS,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [
            ":fuzz_target",
            ":" + name,
            "@absl",
        ],
    )
