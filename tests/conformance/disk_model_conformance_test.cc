// A disk and the simplest model of one are given the same random calls, one after another, and must answer the
// same: codes, sizes, bytes, lists. What the suites beside this one do not think of is found here, and shrunk.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/bytes.h"
#include "engine/env/disk.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/conformance/conformance_test_fixture.h"

namespace tidemark::conformance {
namespace {

constexpr int kHandles = 3;

enum class Kind {
  kCreate,
  kOpen,
  kClose,
  kMakeDirectory,
  kList,
  kRename,
  kRemove,
  kRead,
  kWrite,
  kPreallocate,
  kTruncate,
  kSize,
  kSync,
  kSyncDirectory,
  kKillProcess
};
constexpr int kKinds = 15;

// One call. Fields that a kind does not need are ignored by it.
struct Call {
  Kind kind = Kind::kCreate;
  std::string path;
  std::string target;
  int handle = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint8_t fill = 0;

  friend std::ostream& operator<<(std::ostream& out, const Call& c) {
    static const char* const kNames[kKinds] = {"create",   "open",   "close", "make_directory", "list",
                                               "rename",   "remove", "read",  "write",          "preallocate",
                                               "truncate", "size",   "sync",  "sync_directory", "kill_process"};
    return out << kNames[static_cast<int>(c.kind)] << "(\"" << c.path << "\", \"" << c.target << "\", handle "
               << c.handle << ", offset " << c.offset << ", bytes " << c.bytes << ", fill " << int{c.fill} << ")";
  }
};

// What a call answered, as text: "NOT_FOUND", "OK 12 bytes: ...".
std::string Answer(absl::StatusCode code, absl::string_view detail = "") {
  return absl::StrCat(absl::StatusCodeToString(code), detail.empty() ? "" : " ", detail);
}
std::string Content(absl::string_view bytes) {
  std::string text = absl::StrCat(bytes.size(), ":");
  for (size_t i = 0; i < bytes.size();) {
    size_t end = i;
    while (end < bytes.size() && bytes[end] == bytes[i]) ++end;
    absl::StrAppend(&text, " ", end - i, "x", static_cast<int>(static_cast<uint8_t>(bytes[i])));
    i = end;
  }
  return text;
}

// Directories and files by full path; a file's bytes are shared between its name and its handles.
class ModelDisk {
 public:
  std::string Do(const Call& call) {
    switch (call.kind) {
      case Kind::kCreate: return Create(call);
      case Kind::kOpen: return Open(call);
      case Kind::kClose: return handles_[call.handle].reset(), "";
      case Kind::kMakeDirectory: return MakeDirectory(call.path);
      case Kind::kList: return List(call.path);
      case Kind::kRename: return Rename(call.path, call.target);
      case Kind::kRemove: return Remove(call.path);
      case Kind::kSyncDirectory: return Answer(NeedDirectory(call.path));
      case Kind::kKillProcess: return CloseAll(), "";
      default: return handles_[call.handle] == nullptr ? "" : Transfer(call, *handles_[call.handle]);
    }
  }

 private:
  using FileBytes = std::shared_ptr<std::string>;
  using Code = absl::StatusCode;
  // nullptr is a directory.
  using Entries = std::map<std::string, FileBytes>;

  static std::string ParentOf(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }
  bool Exists(const std::string& path) const { return path.empty() || entries_.count(path) > 0; }
  bool IsDirectory(const std::string& path) const {
    return path.empty() || (Exists(path) && entries_.at(path) == nullptr);
  }
  // OK when the directory that would hold `path` is there.
  Code NeedParent(const std::string& path) const {
    const std::string parent = ParentOf(path);
    if (Exists(parent)) return IsDirectory(parent) ? Code::kOk : Code::kFailedPrecondition;
    return NeedParent(parent) == Code::kOk ? Code::kNotFound : NeedParent(parent);
  }
  Code NeedEntry(const std::string& path) const {
    if (NeedParent(path) != Code::kOk) return NeedParent(path);
    return Exists(path) ? Code::kOk : Code::kNotFound;
  }
  Code NeedDirectory(const std::string& path) const {
    if (path.empty()) return Code::kOk;
    if (NeedEntry(path) != Code::kOk) return NeedEntry(path);
    return IsDirectory(path) ? Code::kOk : Code::kFailedPrecondition;
  }
  Code NeedFile(const std::string& path) const {
    if (path.empty()) return Code::kFailedPrecondition;
    if (NeedEntry(path) != Code::kOk) return NeedEntry(path);
    return IsDirectory(path) ? Code::kFailedPrecondition : Code::kOk;
  }
  // OK when `path` can be made.
  Code NeedFreeName(const std::string& path) const {
    if (NeedParent(path) != Code::kOk) return NeedParent(path);
    return Exists(path) ? Code::kAlreadyExists : Code::kOk;
  }

  std::string Create(const Call& call) {
    const Code code = NeedFreeName(call.path);
    handles_[call.handle].reset();
    if (code == Code::kOk) handles_[call.handle] = entries_[call.path] = std::make_shared<std::string>();
    return Answer(code);
  }
  std::string Open(const Call& call) {
    const Code code = NeedFile(call.path);
    handles_[call.handle].reset();
    if (code == Code::kOk) handles_[call.handle] = entries_[call.path];
    return Answer(code);
  }
  std::string MakeDirectory(const std::string& path) {
    const Code code = NeedFreeName(path);
    if (code == Code::kOk) entries_[path] = nullptr;
    return Answer(code);
  }
  std::string List(const std::string& path) {
    if (NeedDirectory(path) != Code::kOk) return Answer(NeedDirectory(path));
    std::string names;
    for (const auto& [name, bytes] : entries_) {
      if (ParentOf(name) != path) continue;
      absl::StrAppend(&names, name.substr(path.empty() ? 0 : path.size() + 1), bytes == nullptr ? "/ " : " ");
    }
    return Answer(Code::kOk, names);
  }
  std::string Rename(const std::string& from, const std::string& to) {
    if (NeedFile(from) != Code::kOk) return Answer(NeedFile(from));
    if (NeedParent(to) != Code::kOk) return Answer(NeedParent(to));
    if (IsDirectory(to)) return Answer(Code::kFailedPrecondition);
    const FileBytes bytes = entries_.at(from);
    entries_.erase(from);
    entries_[to] = bytes;
    return Answer(Code::kOk);
  }
  std::string Remove(const std::string& path) {
    if (NeedEntry(path) != Code::kOk) return Answer(NeedEntry(path));
    for (const auto& [name, bytes] : entries_) {
      if (ParentOf(name) == path) return Answer(Code::kFailedPrecondition);
    }
    entries_.erase(path);
    return Answer(Code::kOk);
  }
  std::string Transfer(const Call& call, std::string& bytes) {
    switch (call.kind) {
      case Kind::kRead:
        return Answer(Code::kOk, Content(call.offset < bytes.size() ? bytes.substr(call.offset, call.bytes) : ""));
      case Kind::kWrite:
        if (call.bytes == 0) return Answer(Code::kOk, "0");
        bytes.resize(std::max<size_t>(bytes.size(), call.offset + call.bytes), '\0');
        std::fill_n(bytes.begin() + call.offset, call.bytes, static_cast<char>(call.fill));
        return Answer(Code::kOk, absl::StrCat(call.bytes));
      case Kind::kPreallocate:
        bytes.resize(std::max<size_t>(bytes.size(), call.offset), '\0');
        return Answer(Code::kOk);
      case Kind::kTruncate: bytes.resize(call.offset, '\0'); return Answer(Code::kOk);
      case Kind::kSize: return Answer(Code::kOk, absl::StrCat(bytes.size()));
      default: return Answer(Code::kOk);
    }
  }
  void CloseAll() {
    for (FileBytes& handle : handles_) handle.reset();
  }

  Entries entries_;
  FileBytes handles_[kHandles];
};

// The same calls on a world's disk.
template <typename World>
class ModelledDisk : public ConformanceTest<World> {
 public:
  void TestBody() override {}

  std::string Do(const Call& call) {
    switch (call.kind) {
      case Kind::kCreate: return Open(call, OpenOptions::Mode::kCreateNew);
      case Kind::kOpen: return Open(call, OpenOptions::Mode::kExisting);
      case Kind::kClose: return handles_[call.handle].reset(), "";
      case Kind::kMakeDirectory: return Answer(this->MakeDirectory(call.path).code());
      case Kind::kList: return List(call.path);
      case Kind::kRename: return Answer(this->Rename(call.path, call.target).code());
      case Kind::kRemove: return Answer(this->Remove(call.path).code());
      case Kind::kSyncDirectory: return Answer(this->SyncDirectory(call.path).code());
      case Kind::kKillProcess: return Kill(), "";
      default: return handles_[call.handle] == nullptr ? "" : Transfer(call, *handles_[call.handle]);
    }
  }

 private:
  std::string Open(const Call& call, OpenOptions::Mode mode) {
    handles_[call.handle].reset();
    auto file = ConformanceTest<World>::Open(call.path, {.mode = mode});
    if (file.ok()) handles_[call.handle] = *std::move(file);
    return Answer(file.status().code());
  }
  std::string List(const std::string& path) {
    const auto entries = ConformanceTest<World>::List(path);
    if (!entries.ok()) return Answer(entries.status().code());
    std::string names;
    for (const DirectoryEntry& entry : *entries) absl::StrAppend(&names, entry.name, entry.is_directory ? "/ " : " ");
    return Answer(absl::StatusCode::kOk, names);
  }
  std::string Transfer(const Call& call, File& file) {
    switch (call.kind) {
      case Kind::kRead: {
        std::vector<uint8_t> into(call.bytes, 0xEE);
        const auto got = this->TryRead(file, call.offset, absl::MakeSpan(into));
        return Answer(got.status().code(), Content(AsText(ByteSpan(into).subspan(0, got.value_or(0)))));
      }
      case Kind::kWrite: {
        const std::vector<uint8_t> from(call.bytes, call.fill);
        const size_t middle = call.bytes / 3;
        const auto put =
            this->TryWrite(file, call.offset, {ByteSpan(from).subspan(0, middle), ByteSpan(from).subspan(middle)});
        return Answer(put.status().code(), absl::StrCat(put.value_or(0)));
      }
      case Kind::kPreallocate: return Answer(this->Preallocate(file, call.offset).code());
      case Kind::kTruncate: return Answer(this->Truncate(file, call.offset).code());
      case Kind::kSize: return Answer(absl::StatusCode::kOk, absl::StrCat(this->SizeOf(file)));
      default: return Answer((call.bytes % 2 == 0 ? this->SyncData(file) : this->SyncAll(file)).code());
    }
  }
  void Kill() {
    for (auto& handle : handles_) handle.reset();
    this->world().KillProcess();
  }

  std::unique_ptr<File> handles_[kHandles];
};

// Few names, so that calls meet; offsets and lengths near the edges of sectors and pages.
rc::Gen<std::string> AnyPath() { return rc::gen::element<std::string>("a", "b", "d", "d/a", "d/e", "d/e/f", "a/x"); }

rc::Gen<uint64_t> AnyOffset() {
  return rc::gen::oneOf(
      rc::gen::inRange<uint64_t>(0, 20),
      rc::gen::map(rc::gen::inRange<uint64_t>(0, 24), [](uint64_t n) { return n / 3 * 4096 + n % 3; }),
      rc::gen::map(rc::gen::inRange<uint64_t>(0, 40), [](uint64_t n) { return n * 509; }));
}

rc::Gen<Call> AnyCall() {
  return rc::gen::build<Call>(rc::gen::set(&Call::kind, rc::gen::map(rc::gen::weightedElement<int>({{4, 0},
                                                                                                    {3, 1},
                                                                                                    {1, 2},
                                                                                                    {3, 3},
                                                                                                    {2, 4},
                                                                                                    {3, 5},
                                                                                                    {3, 6},
                                                                                                    {6, 7},
                                                                                                    {8, 8},
                                                                                                    {2, 9},
                                                                                                    {3, 10},
                                                                                                    {2, 11},
                                                                                                    {2, 12},
                                                                                                    {1, 13},
                                                                                                    {1, 14}}),
                                                                     [](int kind) { return static_cast<Kind>(kind); })),
                              rc::gen::set(&Call::path, AnyPath()), rc::gen::set(&Call::target, AnyPath()),
                              rc::gen::set(&Call::handle, rc::gen::inRange(0, kHandles)),
                              rc::gen::set(&Call::offset, AnyOffset()), rc::gen::set(&Call::bytes, AnyOffset()),
                              rc::gen::set(&Call::fill, rc::gen::inRange<uint8_t>(1, 255)));
}

template <typename World>
class DiskModel : public ::testing::Test {};
TYPED_TEST_SUITE(DiskModel, Worlds, WorldNames);

TYPED_TEST(DiskModel, ADiskAnswersAsItsModelDoes) {
  EXPECT_TRUE(rc::check("a disk answers as its model does", [] {
    const auto calls = *rc::gen::container<std::vector<Call>>(AnyCall());
    ModelledDisk<TypeParam> disk;
    ModelDisk model;
    for (size_t i = 0; i < calls.size(); ++i) {
      const std::string expected = model.Do(calls[i]);
      const std::string answered = disk.Do(calls[i]);
      if (answered != expected) RC_FAIL(absl::StrCat("call ", i, " answered ", answered, ", not ", expected));
    }
  }));
}

}  // namespace
}  // namespace tidemark::conformance
