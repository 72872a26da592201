#include "examples/event_log/key_counts.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "engine/base/bytes.h"

namespace tidemark::examples {
namespace {

absl::Status Failed(absl::string_view call, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(call, " ", path, ": ", std::strerror(errno)));
}

// Opens, writes `text` if there is any, and syncs: a file, or with no text a directory.
absl::Status WriteAndSync(const std::string& path, int flags, const std::string& text) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) return Failed("open", path);
  absl::Status status;
  for (size_t at = 0; status.ok() && at < text.size();) {
    const ssize_t put = ::write(fd, text.data() + at, text.size() - at);
    if (put < 0) status = Failed("write", path);
    at += static_cast<size_t>(put);
  }
  if (status.ok() && ::fsync(fd) != 0) status = Failed("fsync", path);
  ::close(fd);
  return status;
}

// A crash leaves the file as it was, or with the new content.
absl::Status ReplaceFile(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  absl::Status status = WriteAndSync(fresh, O_WRONLY | O_CREAT | O_TRUNC, text);
  if (!status.ok()) return status;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return Failed("rename", path);
  return WriteAndSync(std::filesystem::path(path).parent_path(), O_RDONLY | O_DIRECTORY, "");
}

}  // namespace

// "partition <id> <applied> <keys>", then that many times "<count> <key>", a line each: a key may hold blanks that are
// no spaces, or be empty.
std::string KeyCounts::ToText() const {
  std::string text;
  for (const auto& [id, partition] : partitions_) {
    absl::StrAppend(&text, "partition ", id.value(), " ", partition.applied.value(), " ", partition.counts.size(),
                    "\n");
    for (const auto& [key, count] : partition.counts) absl::StrAppend(&text, count, " ", key, "\n");
  }
  return text;
}

absl::Status KeyCounts::Load() {
  std::ifstream in(file_);
  if (!in.is_open()) return absl::OkStatus();
  const absl::Status bad = absl::DataLossError(absl::StrCat(file_, " is not a file of counts"));
  for (std::string line; std::getline(in, line);) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    uint64_t id, applied, keys;
    if (words.size() != 4 || words[0] != "partition" || !absl::SimpleAtoi(words[1], &id) ||
        !absl::SimpleAtoi(words[2], &applied) || !absl::SimpleAtoi(words[3], &keys)) {
      return bad;
    }
    Partition& partition = partitions_[PartitionId(id)];
    partition.applied = PartitionIndex(applied);
    for (std::string counted; keys > 0; --keys) {
      if (!std::getline(in, counted)) return bad;
      const std::pair<absl::string_view, absl::string_view> count_and_key =
          absl::StrSplit(counted, absl::MaxSplits(' ', 1));
      uint64_t count;
      if (!absl::SimpleAtoi(count_and_key.first, &count)) return bad;
      partition.counts[std::string(count_and_key.second)] = count;
    }
  }
  return absl::OkStatus();
}

absl::Status KeyCounts::Save() const { return ReplaceFile(file_, ToText()); }

void KeyCounts::Apply(const AppliedRecord& record, ApplyDone done) {
  Partition& partition = partitions_[record.partition];
  if (record.partition_index > partition.applied) {
    const absl::string_view event = AsText(record.payload);
    ++partition.counts[std::string(event.substr(0, event.find(' ')))];
    partition.applied = record.partition_index;
    if (++unsaved_ >= kSaveEvery && !saving_) SaveAside();
  }
  done(absl::OkStatus());
}

// On a thread of the loop's pool: events go on being applied meanwhile. What fails is tried again later.
void KeyCounts::SaveAside() {
  saving_ = true;
  unsaved_ = 0;
  loop_.RunBlocking([file = file_, text = ToText()] { return ReplaceFile(file, text); },
                    [this](const absl::Status&) { saving_ = false; });
}

// Asked by recovery only, when what is in memory is what the file said.
PartitionIndex KeyCounts::LastApplied(PartitionId partition) {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? PartitionIndex(0) : found->second.applied;
}

}  // namespace tidemark::examples
