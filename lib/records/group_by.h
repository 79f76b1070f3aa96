// Elements that have something in common, together.

#ifndef LIB_RECORDS_GROUP_BY_H_
#define LIB_RECORDS_GROUP_BY_H_

#include <cstddef>
#include <functional>
#include <map>
#include <type_traits>
#include <vector>

namespace local_sgd {

// The elements in groups of the same key(element), which has a <; `key` may be
// a member. Groups are in the order of their first elements, elements in that
// of `all`.
template <class T, class Key>
std::vector<std::vector<T>> GroupBy(const std::vector<T>& all, const Key& key) {
  std::vector<std::vector<T>> groups;
  std::map<std::decay_t<std::invoke_result_t<const Key&, const T&>>, size_t>
      places;
  for (const T& element : all) {
    const auto [place, is_new] =
        places.emplace(std::invoke(key, element), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(element);
  }
  return groups;
}

}  // namespace local_sgd

#endif  // LIB_RECORDS_GROUP_BY_H_
