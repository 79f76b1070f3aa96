"""Compiler options of our own code."""

LOCAL_SGD_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
]

# For files with "#pragma omp"; their target also depends on @openmp.
LOCAL_SGD_OPENMP_COPTS = LOCAL_SGD_COPTS + ["-fopenmp"]
