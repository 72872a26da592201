// The records of a file that a survey lists.

#include "tools/store/record_list.h"

#include <vector>

#include "gtest/gtest.h"

namespace tidemark::tools {
namespace {

std::vector<uint64_t> Listed(RecordList& list) {
  std::vector<uint64_t> sequences;
  for (const ListedRecord& record : list.Take()) sequences.push_back(record.sequence.value());
  return sequences;
}
void Add(RecordList& list, uint64_t sequence) {
  ListedRecord record = {};
  record.sequence = Sequence(sequence);
  list.Add(record, {});
}
void AddTo(RecordList& list, uint64_t last) {
  for (uint64_t i = 1; i <= last; ++i) Add(list, i);
}
using Sequences = std::vector<uint64_t>;

TEST(RecordList, DeadRecordsTakeNoPlaces) {
  RecordList list({.wanted = true, .limit = 3});
  list.DropBelow(Sequence(60));
  AddTo(list, 100);
  EXPECT_EQ(Listed(list), (Sequences{60, 61, 62}));
}

TEST(RecordList, AFloorThatRisesLeavesRoomForTheNext) {
  RecordList list({.wanted = true, .from = Sequence(2), .limit = 3});
  AddTo(list, 4);
  list.DropBelow(Sequence(4));
  Add(list, 5);
  EXPECT_EQ(Listed(list), (Sequences{4, 5}));
}

TEST(RecordList, WhatACutTakesIsNotListed) {
  RecordList list({.wanted = true});
  AddTo(list, 4);
  list.CutTo(Sequence(2));
  EXPECT_EQ(Listed(list), (Sequences{1, 2}));
}

}  // namespace
}  // namespace tidemark::tools
