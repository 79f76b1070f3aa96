#include "lib/records/group_by.h"

#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;

struct Element {
  std::string method;
  int workers;
  int seed;
};

std::vector<std::vector<int>> SeedsOf(
    const std::vector<std::vector<Element>>& all) {
  std::vector<std::vector<int>> seeds;
  for (const auto& group : all) {
    seeds.emplace_back();
    for (const Element& element : group) seeds.back().push_back(element.seed);
  }
  return seeds;
}

TEST(GroupBy, KeepsTheOrderOfGroupsAndOfTheirElements) {
  const std::vector<Element> all = {
      {"sync", 4, 7}, {"async", 4, 9}, {"sync", 1, 8}, {"sync", 4, 6}};
  EXPECT_THAT(SeedsOf(GroupBy(all, &Element::method)),
              ElementsAre(ElementsAre(7, 8, 6), ElementsAre(9)));
  EXPECT_THAT(SeedsOf(GroupBy(all,
                              [](const Element& r) {
                                return std::tuple(r.workers, r.method);
                              })),
              ElementsAre(ElementsAre(7, 6), ElementsAre(9), ElementsAre(8)));
  EXPECT_TRUE(GroupBy(std::vector<Element>(), &Element::seed).empty());
}

}  // namespace
}  // namespace local_sgd
