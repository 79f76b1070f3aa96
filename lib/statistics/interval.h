// An estimate and how sure it is.

#ifndef LIB_STATISTICS_INTERVAL_H_
#define LIB_STATISTICS_INTERVAL_H_

namespace local_sgd {

// An estimate and the ends of its interval of 95 %.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

}  // namespace local_sgd

#endif  // LIB_STATISTICS_INTERVAL_H_
