#include "engine/segmented_log/term_history.h"

#include <algorithm>

#include "engine/base/check.h"

namespace tidemark {

void TermHistory::Add(RaftIndex index, Term term) {
  if (!starts_.empty()) {
    CHECK_GE(term, starts_.back().term) << "term goes back at " << index;
    if (term == starts_.back().term) return;
    CHECK_GT(index, starts_.back().index);
  }
  starts_.push_back({index, term});
  Raise(term);
}

void TermHistory::CutTo(RaftIndex new_end) {
  while (!starts_.empty() && starts_.back().index > new_end) starts_.pop_back();
}

void TermHistory::Raise(Term term) { current_ = std::max(current_, term); }

Term TermHistory::At(RaftIndex index) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), index,
                                      [](RaftIndex i, const Start& start) { return i < start.index; });
  return after == starts_.begin() ? Term(0) : (after - 1)->term;
}

}  // namespace tidemark
