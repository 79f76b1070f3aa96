#include "data/w8a_surrogate.h"

#include "data/w8a_surrogate_model.h"

namespace local_sgd {
namespace {

constexpr unsigned char kModel[] = {
#include "data/w8a_surrogate_model_bytes.inc"
};

}  // namespace

absl::string_view W8aSurrogateModelBytes() {
  return absl::string_view(reinterpret_cast<const char*>(kModel),
                           sizeof(kModel));
}

// The test of this file parses the same bytes; a StatusOr that is not OK ends
// the process when it is dereferenced.
SparseDataset MakeW8aSurrogate() {
  return DrawSurrogate(*ParseSurrogate(W8aSurrogateModelBytes()));
}

}  // namespace local_sgd
