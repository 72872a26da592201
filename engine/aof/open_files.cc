#include "engine/aof/open_files.h"

namespace tidemark::aof {

OpenFiles::Place::~Place() {
  if (open_) files_->by_use_.erase(at_);
}

void OpenFiles::Place::Used() {
  if (files_ == nullptr) return;
  std::list<Place*>& all = files_->by_use_;
  if (open_) return all.splice(all.end(), all, at_);
  at_ = all.insert(all.end(), this);
  open_ = true;
  files_->Shrink();
}

void OpenFiles::Place::Idle() {
  if (files_ != nullptr) files_->Shrink();
}

// The most recent one stays: it is about to use its files.
void OpenFiles::Shrink() {
  for (auto it = by_use_.begin(); by_use_.size() > most_ && *it != by_use_.back();) {
    Place& place = **it;
    if (!place.owner_.CloseFiles()) {
      ++it;
      continue;
    }
    place.open_ = false;
    it = by_use_.erase(it);
  }
}

}  // namespace tidemark::aof
