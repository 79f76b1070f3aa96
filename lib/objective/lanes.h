// Eight numbers side by side, one for each of eight runs that are computed at
// once: the unit of everything that works on SIMD lanes. The layout is the same
// on every CPU; one with narrower vectors takes a group in two or four parts.

#ifndef LIB_OBJECTIVE_LANES_H_
#define LIB_OBJECTIVE_LANES_H_

namespace local_sgd {

inline constexpr int kLanes = 8;

struct alignas(64) LaneDoubles {
  double lane[kLanes] = {};

  double& operator[](int l) { return lane[l]; }
  double operator[](int l) const { return lane[l]; }
};
static_assert(sizeof(LaneDoubles) == kLanes * sizeof(double));

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_LANES_H_
