// The fixed binary tree over worker indices along which every sum over workers
// is taken. It is split at the largest power of two, so that an aligned block
// of workers, on whatever thread or rank, is one node: the bits of a sum do not
// depend on who holds which worker.

#ifndef LIB_COMM_WORKER_TREE_H_
#define LIB_COMM_WORKER_TREE_H_

#include <bit>
#include <cstdint>

namespace local_sgd {

// The first worker of the right child of node [begin, end), end - begin >= 2.
inline int64_t RightChild(int64_t begin, int64_t end) {
  return begin + static_cast<int64_t>(
                     std::bit_floor(static_cast<uint64_t>(end - begin - 1)));
}

// Calls merge(begin, right, end) for every inner node of the tree over workers
// [begin, end), children before parents: the caller adds the sum of
// [right, end), kept at `right`, to that of [begin, right), kept at `begin`.
// Leaves of the tree are whole blocks of `leaf` workers (a power of two;
// `begin` a multiple of it) that were summed before.
template <class Merge>
void ForEachMerge(int64_t begin, int64_t end, int64_t leaf, Merge&& merge) {
  if (end - begin <= leaf) return;
  const int64_t right = RightChild(begin, end);
  ForEachMerge(begin, right, leaf, merge);
  ForEachMerge(right, end, leaf, merge);
  merge(begin, right, end);
}

// The sum over the tree of value(k), k in [begin, end); 0 when empty.
template <class ValueOf>
double SumOverWorkers(int64_t begin, int64_t end, const ValueOf& value) {
  if (end - begin < 2) return end == begin ? 0.0 : value(begin);
  const int64_t right = RightChild(begin, end);
  const double left_sum = SumOverWorkers(begin, right, value);
  return left_sum + SumOverWorkers(right, end, value);
}

}  // namespace local_sgd

#endif  // LIB_COMM_WORKER_TREE_H_
