"""Open MPI, Debian's libopenmpi-dev, where it is installed.

Targets that use it say `target_compatible_with = NEEDS_MPI`: without it they
are left out of `bazel build //...`, and everything else builds.
"""

_FOLDERS = [
    "/usr/lib/x86_64-linux-gnu/openmpi",
    "/usr/lib/aarch64-linux-gnu/openmpi",
]

def _mpi_repository_impl(ctx):
    found = [
        folder
        for folder in _FOLDERS
        if ctx.path(folder + "/include/mpi.h").exists
    ]
    if found:
        ctx.symlink(found[0] + "/include", "include")
    ctx.file("defs.bzl", "NEEDS_MPI = %s\n" % (
        [] if found else ["@platforms//:incompatible"]
    ))
    ctx.file("BUILD", """\
load(":defs.bzl", "NEEDS_MPI")

cc_library(
    name = "mpi",
    hdrs = glob(["include/**"], allow_empty = True),
    defines = ["OMPI_SKIP_MPICXX"],
    includes = ["include"],
    linkopts = {linkopts},
    target_compatible_with = NEEDS_MPI,
    visibility = ["//visibility:public"],
)
""".format(linkopts = ["-L" + found[0] + "/lib", "-lmpi"] if found else []))

mpi_repository = repository_rule(
    implementation = _mpi_repository_impl,
    local = True,
)
