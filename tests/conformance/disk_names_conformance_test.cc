// What engine/env/disk.h promises about names, directories, locks and space, on every implementation.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/status.h"
#include "engine/env/disk.h"
#include "gtest/gtest.h"
#include "tests/conformance/conformance_test_fixture.h"

namespace tidemark::conformance {
namespace {

using Mode = OpenOptions::Mode;
using Entries = std::vector<DirectoryEntry>;

template <typename World>
class DiskNames : public ConformanceTest<World> {
 protected:
  Entries ListOk(absl::string_view path) {
    auto entries = this->List(path);
    EXPECT_TRUE(entries.ok()) << entries.status();
    return entries.value_or(Entries());
  }
};

TYPED_TEST_SUITE(DiskNames, Worlds, WorldNames);

TYPED_TEST(DiskNames, AFreshDiskIsAnEmptyRoot) { EXPECT_EQ(this->ListOk(""), Entries()); }

TYPED_TEST(DiskNames, ACreatedFileIsListedAndEmpty) {
  auto file = this->Create("a");
  EXPECT_EQ(this->SizeOf(*file), 0u);
  EXPECT_EQ(this->ListOk(""), Entries({{"a", false}}));
}

TYPED_TEST(DiskNames, CreatingATakenNameIsAlreadyExists) {
  this->Create("file", "content");
  EXPECT_OK(this->MakeDirectory("dir"));
  EXPECT_CODE(this->Open("file", {.mode = Mode::kCreateNew}), kAlreadyExists);
  EXPECT_CODE(this->Open("dir", {.mode = Mode::kCreateNew}), kAlreadyExists);
  EXPECT_CODE(this->MakeDirectory("file"), kAlreadyExists);
  EXPECT_CODE(this->MakeDirectory("dir"), kAlreadyExists);
  EXPECT_EQ(this->ReadAll("file"), "content");
}

TYPED_TEST(DiskNames, WhatIsNotThereIsNotFound) {
  EXPECT_CODE(this->Open("x"), kNotFound);
  EXPECT_CODE(this->List("x"), kNotFound);
  EXPECT_CODE(this->Rename("x", "y"), kNotFound);
  EXPECT_CODE(this->Rename("x", "x"), kNotFound);
  EXPECT_CODE(this->Remove("x"), kNotFound);
  EXPECT_CODE(this->SyncDirectory("x"), kNotFound);
  EXPECT_CODE(this->Lock("x"), kNotFound);
}

TYPED_TEST(DiskNames, AMissingParentIsNotFound) {
  this->Create("a");
  EXPECT_CODE(this->Open("x/a"), kNotFound);
  EXPECT_CODE(this->Open("x/a", {.mode = Mode::kCreateNew}), kNotFound);
  EXPECT_CODE(this->MakeDirectory("x/a"), kNotFound);
  EXPECT_CODE(this->Rename("a", "x/a"), kNotFound);
  EXPECT_CODE(this->Remove("x/a"), kNotFound);
  EXPECT_EQ(this->ListOk(""), Entries({{"a", false}}));
}

TYPED_TEST(DiskNames, AFileWhereADirectoryIsNeededIsFailedPrecondition) {
  this->Create("f");
  this->Create("g");
  EXPECT_CODE(this->List("f"), kFailedPrecondition);
  EXPECT_CODE(this->SyncDirectory("f"), kFailedPrecondition);
  EXPECT_CODE(this->Lock("f"), kFailedPrecondition);
  EXPECT_CODE(this->Open("f/a"), kFailedPrecondition);
  EXPECT_CODE(this->Open("f/a", {.mode = Mode::kCreateNew}), kFailedPrecondition);
  EXPECT_CODE(this->MakeDirectory("f/a"), kFailedPrecondition);
  EXPECT_CODE(this->Rename("g", "f/a"), kFailedPrecondition);
  EXPECT_CODE(this->Remove("f/a"), kFailedPrecondition);
}

TYPED_TEST(DiskNames, ADirectoryWhereAFileIsNeededIsFailedPrecondition) {
  EXPECT_OK(this->MakeDirectory("d"));
  this->Create("f", "content");
  EXPECT_CODE(this->Open("d"), kFailedPrecondition);
  EXPECT_CODE(this->Open(""), kFailedPrecondition);
  EXPECT_CODE(this->Rename("d", "e"), kFailedPrecondition);
  EXPECT_CODE(this->Rename("d", "d"), kFailedPrecondition);
  EXPECT_CODE(this->Rename("f", "d"), kFailedPrecondition);
  EXPECT_EQ(this->ListOk(""), Entries({{"d", true}, {"f", false}}));
}

TYPED_TEST(DiskNames, PathsThatBreakTheRuleAreInvalidArgumentInEveryCall) {
  this->Create("a");
  const std::string bad_paths[] = {"/a",
                                   "a/",
                                   "/",
                                   "x//a",
                                   ".",
                                   "..",
                                   "./a",
                                   "x/../a",
                                   "../a",
                                   std::string(256, 'n'),
                                   std::string("a\0b", 3),
                                   std::string(5000, 'p')};
  for (const std::string& path : bad_paths) {
    SCOPED_TRACE(path.substr(0, 20));
    EXPECT_CODE(this->Open(path), kInvalidArgument);
    EXPECT_CODE(this->Open(path, {.mode = Mode::kCreateNew}), kInvalidArgument);
    EXPECT_CODE(this->MakeDirectory(path), kInvalidArgument);
    EXPECT_CODE(this->List(path), kInvalidArgument);
    EXPECT_CODE(this->Rename(path, "b"), kInvalidArgument);
    EXPECT_CODE(this->Rename("a", path), kInvalidArgument);
    EXPECT_CODE(this->Remove(path), kInvalidArgument);
    EXPECT_CODE(this->SyncDirectory(path), kInvalidArgument);
    EXPECT_CODE(this->Lock(path), kInvalidArgument);
  }
  EXPECT_EQ(this->ListOk(""), Entries({{"a", false}}));
}

TYPED_TEST(DiskNames, TheRootCannotBeCreatedRenamedOrRemoved) {
  this->Create("a");
  EXPECT_CODE(this->MakeDirectory(""), kInvalidArgument);
  EXPECT_CODE(this->Rename("", "b"), kInvalidArgument);
  EXPECT_CODE(this->Rename("a", ""), kInvalidArgument);
  EXPECT_CODE(this->Remove(""), kInvalidArgument);
}

TYPED_TEST(DiskNames, AComponentMayHave255BytesOfAnyOtherKind) {
  const std::string names[] = {std::string(255, 'n'), "...", "a b", "-", "\xff\x01", "x.aof"};
  for (const std::string& name : names) {
    this->Create(name, name);
    EXPECT_EQ(this->ReadAll(name), name);
  }
  EXPECT_EQ(this->ListOk("").size(), 6u);
}

TYPED_TEST(DiskNames, ListIsSortedByTheBytesOfTheNamesAndTellsDirectories) {
  for (const char* name : {"b", "a", "10", "9", "B", "\xc3\xa4"}) this->Create(name);
  EXPECT_OK(this->MakeDirectory("aa"));
  this->Create("aa/inner");
  EXPECT_EQ(
      this->ListOk(""),
      Entries(
          {{"10", false}, {"9", false}, {"B", false}, {"a", false}, {"aa", true}, {"b", false}, {"\xc3\xa4", false}}));
  EXPECT_EQ(this->ListOk("aa"), Entries({{"inner", false}}));
}

TYPED_TEST(DiskNames, DirectoriesNest) {
  EXPECT_OK(this->MakeDirectory("a"));
  EXPECT_OK(this->MakeDirectory("a/b"));
  EXPECT_OK(this->MakeDirectory("a/b/c"));
  this->Create("a/b/c/f", "deep");
  EXPECT_EQ(this->ReadAll("a/b/c/f"), "deep");
  EXPECT_OK(this->SyncDirectory("a/b/c"));
  EXPECT_OK(this->SyncDirectory(""));
}

TYPED_TEST(DiskNames, RenameMovesAFileAlsoAcrossDirectories) {
  EXPECT_OK(this->MakeDirectory("d"));
  this->Create("a", "content");
  EXPECT_OK(this->Rename("a", "d/b"));
  EXPECT_CODE(this->Open("a"), kNotFound);
  EXPECT_EQ(this->ReadAll("d/b"), "content");
}

TYPED_TEST(DiskNames, RenameReplacesAFileAtOnce) {
  auto old_file = this->Create("a", "old");
  this->Create("b", "new");
  EXPECT_OK(this->Rename("b", "a"));
  EXPECT_EQ(this->ReadAll("a"), "new");
  EXPECT_EQ(this->ListOk(""), Entries({{"a", false}}));
  EXPECT_EQ(this->Read(*old_file, 0, 10), "old");
}

TYPED_TEST(DiskNames, RenameOntoItselfChangesNothing) {
  this->Create("a", "content");
  EXPECT_OK(this->Rename("a", "a"));
  EXPECT_EQ(this->ReadAll("a"), "content");
}

TYPED_TEST(DiskNames, AnOpenFileFollowsItsRename) {
  auto file = this->Create("a.new", "one");
  EXPECT_OK(this->Rename("a.new", "a"));
  this->Write(*file, 3, "two");
  EXPECT_OK(this->SyncAll(*file));
  EXPECT_EQ(this->ReadAll("a"), "onetwo");
}

TYPED_TEST(DiskNames, RemoveTakesFilesAndEmptyDirectories) {
  EXPECT_OK(this->MakeDirectory("d"));
  this->Create("d/f");
  EXPECT_CODE(this->Remove("d"), kFailedPrecondition);
  EXPECT_OK(this->Remove("d/f"));
  EXPECT_OK(this->Remove("d"));
  EXPECT_EQ(this->ListOk(""), Entries());
}

TYPED_TEST(DiskNames, ARemovedOpenFileStaysUsableAndItsNameIsFree) {
  auto removed = this->Create("a", "old");
  EXPECT_OK(this->Remove("a"));
  auto created = this->Create("a", "new file");
  this->Write(*removed, 3, "er");
  EXPECT_OK(this->SyncData(*removed));
  EXPECT_OK(this->Preallocate(*removed, 6));
  EXPECT_EQ(this->Read(*removed, 0, 10), std::string("older\0", 6));
  EXPECT_EQ(this->Read(*created, 0, 10), "new file");
}

TYPED_TEST(DiskNames, TwoOpensOfOneNameAreOneFile) {
  auto a = this->Create("f", "1234");
  auto b = this->OpenExisting("f");
  this->Write(*b, 2, "xy");
  EXPECT_EQ(this->Read(*a, 0, 10), "12xy");
  EXPECT_OK(this->Truncate(*a, 1));
  EXPECT_EQ(this->SizeOf(*b), 1u);
}

TYPED_TEST(DiskNames, ADirectoryHasOneLockHolder) {
  auto held = this->Lock("");
  ASSERT_TRUE(held.ok()) << held.status();
  const absl::Status refused = StatusOf(this->Lock(""));
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_EQ(KindOf(refused), ErrorKind::kLocked);
  held->reset();
  EXPECT_OK(this->Lock(""));
}

TYPED_TEST(DiskNames, LocksOfDifferentDirectoriesAreIndependentAndHideNothing) {
  EXPECT_OK(this->MakeDirectory("a"));
  EXPECT_OK(this->MakeDirectory("b"));
  const auto a = this->Lock("a");
  const auto b = this->Lock("b");
  EXPECT_OK(a);
  EXPECT_OK(b);
  this->Create("a/f", "content");
  EXPECT_EQ(this->ReadAll("a/f"), "content");
}

TYPED_TEST(DiskNames, ADyingProcessReleasesItsLocks) {
  auto held = this->Lock("");
  ASSERT_TRUE(held.ok());
  // Owned by the process, as everything a node holds.
  this->executor().ScheduleAfter(Duration::Seconds(1000), [lock = *std::move(held)] {});
  EXPECT_EQ(KindOf(StatusOf(this->Lock(""))), ErrorKind::kLocked);
  this->world().KillProcess();
  EXPECT_OK(this->Lock(""));
}

TYPED_TEST(DiskNames, WhatCompletedSurvivesTheDeathOfTheProcessUnsynced) {
  EXPECT_OK(this->MakeDirectory("d"));
  this->Create("d/a", "alpha");
  this->Create("b", "beta");
  this->Create("c", "gone");
  EXPECT_OK(this->Rename("b", "d/b"));
  EXPECT_OK(this->Remove("c"));
  this->world().KillProcess();
  EXPECT_EQ(this->ListOk(""), Entries({{"d", true}}));
  EXPECT_EQ(this->ReadAll("d/a"), "alpha");
  EXPECT_EQ(this->ReadAll("d/b"), "beta");
}

TYPED_TEST(DiskNames, FreeSpaceIsPartOfTheTotal) {
  const auto space = this->Space();
  ASSERT_TRUE(space.ok()) << space.status();
  EXPECT_GT(space->total_bytes, 0u);
  EXPECT_LE(space->free_bytes, space->total_bytes);
}

TYPED_TEST(DiskNames, ErrorsNameThePath) {
  EXPECT_OK(this->MakeDirectory("some-dir"));
  for (const absl::Status& status : {StatusOf(this->Open("some-dir/some-file")), this->Remove("some-dir/some-file"),
                                     StatusOf(this->List("some-dir/some-file"))}) {
    EXPECT_NE(status.message().find("some-dir/some-file"), absl::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace tidemark::conformance
