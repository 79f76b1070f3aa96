// What is wrong with a path, where errno alone would mislead.

#ifndef LIB_FILES_PATH_ERROR_H_
#define LIB_FILES_PATH_ERROR_H_

#include <string>

namespace local_sgd {

// errno's words for `error`, which an operation on `path` ended with. "No such
// file" and "File exists" are both said of a symbolic link that leads nowhere:
// then which link, anywhere on the path, and where it leads.
std::string PathErrorText(const std::string& path, int error);

}  // namespace local_sgd

#endif  // LIB_FILES_PATH_ERROR_H_
