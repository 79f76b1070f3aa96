// What a failing call makes of its caller: the two ways on, said once.

#ifndef LIB_STATUS_MACROS_H_
#define LIB_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"

// Ends the function with the status of the expression unless it is ok.
#define RETURN_IF_ERROR(...)                                   \
  do {                                                         \
    if (absl::Status _status = (__VA_ARGS__); !_status.ok()) { \
      return _status;                                          \
    }                                                          \
  } while (false)

// ASSIGN_OR_RETURN(declaration or variable, expression): gives it the value of
// an absl::StatusOr, or ends the function with its status. Two statements, so
// not for the body of an `if` without braces.
#define ASSIGN_OR_RETURN(left, ...)                                         \
  LOCAL_SGD_ASSIGN_OR_RETURN(LOCAL_SGD_JOINED(_status_or_, __LINE__), left, \
                             (__VA_ARGS__))

#define LOCAL_SGD_ASSIGN_OR_RETURN(status_or, left, ...)     \
  auto status_or = __VA_ARGS__;                              \
  if (!status_or.ok()) return std::move(status_or).status(); \
  left = *std::move(status_or)

#define LOCAL_SGD_JOINED(a, b) LOCAL_SGD_JOINED_TOKENS(a, b)
#define LOCAL_SGD_JOINED_TOKENS(a, b) a##b

#endif  // LIB_STATUS_MACROS_H_
