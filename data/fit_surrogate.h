// Fits the embedded stand-in for w8a.
//
// Each class gets its own mixture of Bernoulli products, by expectation
// maximisation. Beside its columns a row shows the fit two more numbers: its
// length and, in the small positive class, its margin at w8a's optimum. A
// component prefers rows alike in both. A product of independent columns gives
// them too little spread, which lowers L and f*; these components keep it.
//
// Several starts are fitted and quantised; the one whose data come closest to
// w8a is written.
//
// The same machine always writes the same file. Another C library may round
// exp and log otherwise and so lead to a slightly different model; the
// committed file is what counts, and drawing from it uses integers only.

#ifndef DATA_FIT_SURROGATE_H_
#define DATA_FIT_SURROGATE_H_

#include <string>

#include "absl/status/status.h"

namespace local_sgd {

// Reads w8a, tells on stdout how close each start came, and writes the model
// file. Errors name the file.
absl::Status FitSurrogate(const std::string& w8a_path,
                          const std::string& model_path);

}  // namespace local_sgd

#endif  // DATA_FIT_SURROGATE_H_
