#include "engine/segmented_log/term_history.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tidemark {
namespace {

TEST(TermHistory, KnowsNothingBeforeItsFirstIndex) {
  TermHistory terms;
  EXPECT_EQ(terms.At(RaftIndex(5)), Term(0));
  terms.Add(RaftIndex(5), Term(2));
  EXPECT_EQ(terms.At(RaftIndex(4)), Term(0));
  EXPECT_EQ(terms.At(RaftIndex(5)), Term(2));
}

TEST(TermHistory, ACutForgetsIndicesButNotTheTerm) {
  TermHistory terms;
  terms.Add(RaftIndex(1), Term(1));
  terms.Add(RaftIndex(2), Term(5));
  terms.CutTo(RaftIndex(1));
  EXPECT_EQ(terms.At(RaftIndex(2)), Term(1));
  EXPECT_EQ(terms.current(), Term(5));
  terms.Raise(Term(3));
  EXPECT_EQ(terms.current(), Term(5));
}

RC_GTEST_PROP(TermHistory, AgreesWithAList, ()) {
  TermHistory terms;
  std::vector<uint64_t> model;  // of index i + 1
  uint64_t highest = 0;
  const auto steps = *rc::gen::container<std::vector<uint64_t>>(rc::gen::inRange<uint64_t>(0, 100));
  for (uint64_t n : steps) {
    if (n < 80) {
      const uint64_t term = (model.empty() ? 1 : model.back()) + (n % 5 == 0 ? n % 3 : 0);
      model.push_back(term);
      terms.Add(RaftIndex(model.size()), Term(term));
      highest = std::max(highest, term);
    } else {
      model.resize(model.size() - std::min<size_t>(model.size(), n % 6));
      terms.CutTo(RaftIndex(model.size()));
    }
    for (size_t i = 0; i < model.size(); ++i) RC_ASSERT(terms.At(RaftIndex(i + 1)) == Term(model[i]));
    RC_ASSERT(terms.current() == Term(highest));
  }
}

}  // namespace
}  // namespace tidemark
