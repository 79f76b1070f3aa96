"""cc_library, cc_binary and cc_test of our own code: with its compiler options.

`copts` adds to them; `openmp = True` is for files with "#pragma omp".
"""

# What the warnings say is mended, not carried; they are errors in CI only
# (--config=ci), since the next compiler knows new ones.
_COPTS = [
    "-Wall",
    "-Wextra",
]

def _with_options(rule, copts, openmp, deps, kwargs):
    rule(
        copts = _COPTS + (["-fopenmp"] if openmp else []) + copts,
        deps = deps + (["@openmp"] if openmp else []),
        **kwargs
    )

def cc_library(copts = [], openmp = False, deps = [], **kwargs):
    _with_options(native.cc_library, copts, openmp, deps, kwargs)

def cc_binary(copts = [], openmp = False, deps = [], **kwargs):
    _with_options(native.cc_binary, copts, openmp, deps, kwargs)

def cc_test(copts = [], openmp = False, deps = [], **kwargs):
    _with_options(native.cc_test, copts, openmp, deps, kwargs)
