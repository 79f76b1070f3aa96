"""Finds the w8a file on this machine and makes it an input of tests.

`bazel test` hides the user's folders, and a test that was skipped for want of a
file is cached as passed. So the file comes in as a label: tests rerun when it
appears, changes or goes.
"""

def _w8a_repository_impl(ctx):
    only = ctx.os.environ.get("LOCAL_SGD_DATA_DIR", "")
    if only and not only.startswith("/"):
        fail("LOCAL_SGD_DATA_DIR=%s: expected an absolute path" % only)
    if only:
        folder = only
    else:
        folder = str(ctx.path(Label("//:WORKSPACE")).dirname) + "/../shared/data"
    ctx.symlink(folder + "/w8a", "file/w8a")
    ctx.file("BUILD", """\
filegroup(
    name = "w8a",
    srcs = glob(["file/w8a"], allow_empty = True){here},
    visibility = ["//visibility:public"],
)
""".format(here = "" if only else " + [\"@local_sgd//data:w8a_here\"]"))

w8a_repository = repository_rule(
    implementation = _w8a_repository_impl,
    doc = "@w8a//:w8a is the data file, or empty where this machine has none. " +
          "LOCAL_SGD_DATA_DIR, when set, is the only folder looked into; " +
          "otherwise ../shared/data and data/ of the workspace.",
    environ = ["LOCAL_SGD_DATA_DIR"],
    local = True,
)
