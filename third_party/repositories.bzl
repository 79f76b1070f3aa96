"""Declares every external repository from what Debian's packages install.

Nothing is downloaded: Bazel 4.2.3 would otherwise fetch these. setup.sh names
the packages. Another workspace that uses @local_sgd calls this macro too.
"""

load(":mpi.bzl", "mpi_repository")

def _debian_package(name, build_file):
    if name not in native.existing_rules():
        native.new_local_repository(
            name = name,
            path = "/usr",
            build_file = build_file,
        )

def _bazel_rules(name, path):
    if name not in native.existing_rules():
        native.local_repository(name = name, path = path)

def _in_this_repository(ctx):
    """Copies a shim out of third_party/, so that other workspaces get it too."""
    for file, label in ctx.attr.files.items():
        ctx.symlink(Label(label), file)
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)

_shim_repository = repository_rule(
    implementation = _in_this_repository,
    attrs = {"files": attr.string_dict(mandatory = True)},
    local = True,
)

def _shim(name, files):
    if name not in native.existing_rules():
        _shim_repository(name = name, files = files)

def local_sgd_repositories():
    """Declares the repositories that lib/, experiments/ and tests/ use."""
    _bazel_rules("rules_java", "/usr/share/bazel/rules/java")
    _bazel_rules("rules_proto", "/usr/share/bazel/rules/proto")
    _bazel_rules("bazel_skylib", "/usr/share/bazel/skylib")
    _bazel_rules("platforms", "/usr/share/bazel/platforms")
    _shim("rules_cc", {
        "cc/BUILD": "@local_sgd//third_party/rules_cc:cc.BUILD",
        "cc/defs.bzl": "@local_sgd//third_party/rules_cc:defs.bzl",
    })
    _shim("remote_coverage_tools", {
        "BUILD": "@local_sgd//third_party/rules_cc:coverage.BUILD",
    })
    _debian_package("eigen", "@local_sgd//third_party:eigen.BUILD")
    _debian_package("absl", "@local_sgd//third_party:absl.BUILD")
    _debian_package("googletest", "@local_sgd//third_party:googletest.BUILD")
    _debian_package("benchmark", "@local_sgd//third_party:benchmark.BUILD")
    _debian_package("rapidcheck", "@local_sgd//third_party:rapidcheck.BUILD")
    _debian_package("highway", "@local_sgd//third_party:highway.BUILD")
    _debian_package("random123", "@local_sgd//third_party:random123.BUILD")
    _debian_package("nlohmann_json", "@local_sgd//third_party:nlohmann_json.BUILD")
    _debian_package("mustache", "@local_sgd//third_party:mustache.BUILD")
    _debian_package("openssl", "@local_sgd//third_party:openssl.BUILD")
    _debian_package("curl", "@local_sgd//third_party:curl.BUILD")
    _debian_package("zlib", "@local_sgd//third_party:zlib.BUILD")
    _debian_package("bzip2", "@local_sgd//third_party:bzip2.BUILD")
    _debian_package("xz", "@local_sgd//third_party:xz.BUILD")
    _debian_package("zstd", "@local_sgd//third_party:zstd.BUILD")
    _debian_package("openmp", "@local_sgd//third_party:openmp.BUILD")
    if "mpi" not in native.existing_rules():
        mpi_repository(name = "mpi")
