#pragma once

#include <vector>

#include "engine/base/ids.h"

namespace tidemark {

// Which term each index of the log has, in memory: one item a term, as terms only rise along the log.
class TermHistory {
 public:
  // The term of the index after the last one added; not below current().
  void Add(RaftIndex index, Term term);
  // Forgets the indices above `new_end`. current() stays: a node's term never goes back.
  void CutTo(RaftIndex new_end);
  // A term known from elsewhere (a head note, an election).
  void Raise(Term term);

  Term current() const { return current_; }
  // Term(0) when the index is before everything known.
  Term At(RaftIndex index) const;

 private:
  struct Start {
    RaftIndex index;
    Term term;
  };
  std::vector<Start> starts_;  // Invariant: index and term both ascend.
  Term current_;               // Invariant: >= every start's term.
};

}  // namespace tidemark
