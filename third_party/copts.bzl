"""Compiler options of our own code."""

# What the warnings say is mended, not carried; they are errors in CI only
# (--config=ci), since the next compiler knows new ones.
LOCAL_SGD_COPTS = [
    "-Wall",
    "-Wextra",
]

# For files with "#pragma omp"; their target also depends on @openmp.
LOCAL_SGD_OPENMP_COPTS = LOCAL_SGD_COPTS + ["-fopenmp"]
