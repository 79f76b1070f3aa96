// The logistic formulas on SIMD lanes. Included once for each instruction set,
// after hwy/foreach_target.h; hence the toggle instead of an include guard.

#if defined(LIB_OBJECTIVE_LANE_ARITHMETIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIB_OBJECTIVE_LANE_ARITHMETIC_INL_H_
#undef LIB_OBJECTIVE_LANE_ARITHMETIC_INL_H_
#else
#define LIB_OBJECTIVE_LANE_ARITHMETIC_INL_H_
#endif

#include <bit>
#include <cstdint>

#include "hwy/highway.h"
#include "lib/objective/lanes.h"

HWY_BEFORE_NAMESPACE();
namespace local_sgd {
namespace HWY_NAMESPACE {

// As many of a group's lanes as fit a vector; all of them in kParts parts.
using LaneTag = hwy::HWY_NAMESPACE::CappedTag<double, kLanes>;
using LaneVector = hwy::HWY_NAMESPACE::Vec<LaneTag>;
inline constexpr int kPartLanes = hwy::HWY_NAMESPACE::MaxLanes(LaneTag());
inline constexpr int kParts = kLanes / kPartLanes;

HWY_INLINE LaneVector LoadLanes(const double* from) {
  return hwy::HWY_NAMESPACE::Load(LaneTag(), from);
}
HWY_INLINE void StoreLanes(LaneVector lanes, double* to) {
  hwy::HWY_NAMESPACE::Store(lanes, LaneTag(), to);
}

struct LaneArithmetic {
  using Number = LaneVector;
  static HWY_INLINE Number Set(double constant) {
    return hwy::HWY_NAMESPACE::Set(LaneTag(), constant);
  }
  static HWY_INLINE Number IfLess(Number x, Number y, Number yes, Number no) {
    return hwy::HWY_NAMESPACE::IfThenElse(hwy::HWY_NAMESPACE::Lt(x, y), yes,
                                          no);
  }
  static HWY_INLINE Number TwoToLowBits(Number x) {
    const hwy::HWY_NAMESPACE::RebindToUnsigned<LaneTag> bits;
    const auto one =
        hwy::HWY_NAMESPACE::Set(bits, std::bit_cast<uint64_t>(1.0));
    return hwy::HWY_NAMESPACE::BitCast(
        LaneTag(), hwy::HWY_NAMESPACE::ShiftLeft<52>(
                       hwy::HWY_NAMESPACE::BitCast(bits, x)) +
                       one);
  }
};

#include "lib/math/exp_formulas.inc"
#include "lib/objective/logistic_formulas.inc"

}  // namespace HWY_NAMESPACE
}  // namespace local_sgd
HWY_AFTER_NAMESPACE();

#endif  // LIB_OBJECTIVE_LANE_ARITHMETIC_INL_H_
