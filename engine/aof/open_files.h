#pragma once

// Which of many logs keep their files open: a node with thousands of partitions uses few of them at a time, and a
// process has a limit on its handles.
//
//   Used   the log is about to use its files: it is the most recent one now
//   Idle   nothing is under way in its files any more
//
// Beyond the limit those used least recently close theirs, and open them again when they need them. One that is busy
// keeps its files: it closes them, if they are still too many, when it becomes idle.

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

#include "engine/base/check.h"

namespace tidemark::aof {

class OpenFiles : public std::enable_shared_from_this<OpenFiles> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // Closes its files, unless one is in use: false.
    virtual bool CloseFiles() = 0;
  };

  // One owner's place among all; given up when it is destroyed. The owner outlives it.
  class Place {
   public:
    // `files` may be null: then nothing is ever closed.
    Place(std::shared_ptr<OpenFiles> files, Owner& owner) : files_(std::move(files)), owner_(owner) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

    void Used();
    void Idle();

   private:
    friend class OpenFiles;
    const std::shared_ptr<OpenFiles> files_;
    Owner& owner_;
    bool open_ = false;
    std::list<Place*>::iterator at_;  // valid while open_
  };

  // `most` owners, at least 1. Hold it by a shared_ptr.
  explicit OpenFiles(size_t most) : most_(most) { CHECK_GE(most_, 1u); }

  size_t open() const { return by_use_.size(); }

 private:
  void Shrink();

  const size_t most_;
  std::list<Place*> by_use_;  // those with open files, the one used most recently last
};

}  // namespace tidemark::aof
