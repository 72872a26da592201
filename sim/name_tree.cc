#include "sim/name_tree.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tidemark::sim {

absl::string_view ParentOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? absl::string_view() : path.substr(0, slash);
}

bool NameTree::IsDirectory(absl::string_view path) const {
  if (path.empty()) return true;
  const auto found = seen_.find(path);
  return found != seen_.end() && found->second == nullptr;
}

NodeRef NameTree::FileAt(absl::string_view path) const {
  const auto found = seen_.find(path);
  return found == seen_.end() ? nullptr : found->second;
}

std::vector<DirectoryEntry> NameTree::List(absl::string_view path) const {
  std::vector<DirectoryEntry> entries;
  const std::string prefix = path.empty() ? "" : absl::StrCat(path, "/");
  for (auto it = seen_.lower_bound(prefix); it != seen_.end() && absl::StartsWith(it->first, prefix); ++it) {
    const absl::string_view name = absl::string_view(it->first).substr(prefix.size());
    if (name.find('/') == absl::string_view::npos) entries.push_back({std::string(name), it->second == nullptr});
  }
  // By name: paths sort '/' among the letters, so children of "a" may stand between "a" and "a-b".
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

void NameTree::Apply(const Pending& pending, Names& names) {
  switch (pending.kind) {
    case Pending::Kind::kCreate: names[pending.path] = pending.node; break;
    case Pending::Kind::kRemove: names.erase(pending.path); break;
    case Pending::Kind::kRename:
      names.erase(pending.path);
      names[pending.to] = pending.node;
      break;
  }
}

void NameTree::Create(absl::string_view path, NodeRef node) {
  pending_.push_back({Pending::Kind::kCreate, std::string(path), "", std::move(node), next_++});
  Apply(pending_.back(), seen_);
}

void NameTree::NoteRemoved(absl::string_view path) {
  const auto is_closed = [](const NodeRef& file) { return file->handles == 0; };
  removed_.erase(std::remove_if(removed_.begin(), removed_.end(), is_closed), removed_.end());
  if (const NodeRef file = FileAt(path); file != nullptr && !is_closed(file)) removed_.push_back(file);
}

void NameTree::Remove(absl::string_view path) {
  NoteRemoved(path);
  pending_.push_back({Pending::Kind::kRemove, std::string(path), "", nullptr, next_++});
  Apply(pending_.back(), seen_);
}

void NameTree::Rename(absl::string_view from, absl::string_view to) {
  NoteRemoved(to);
  pending_.push_back({Pending::Kind::kRename, std::string(from), std::string(to), FileAt(from), next_++});
  Apply(pending_.back(), seen_);
}

void NameTree::SyncDirectory(absl::string_view path, uint64_t mark) {
  std::vector<Pending> left;
  for (Pending& pending : pending_) {
    const bool here = ParentOf(pending.path) == path || (!pending.to.empty() && ParentOf(pending.to) == path);
    if (here && pending.ordinal < mark) {
      Apply(pending, durable_);
    } else {
      left.push_back(std::move(pending));
    }
  }
  pending_ = std::move(left);
}

void NameTree::LosePower(uint64_t keep_permille, RandomKey key, LossCount& count) {
  for (const Pending& pending : pending_) {
    const bool keep = key.ChanceAt(pending.ordinal, keep_permille);
    ++(keep ? count.kept : count.lost);
    if (keep) Apply(pending, durable_);
  }
  pending_.clear();
  // A name in a directory that did not survive is gone with it.
  std::set<std::string> directories;
  for (auto it = durable_.begin(); it != durable_.end();) {
    const absl::string_view parent = ParentOf(it->first);
    if (!parent.empty() && !directories.contains(std::string(parent))) {
      it = durable_.erase(it);
      continue;
    }
    if (it->second == nullptr) directories.insert(it->first);
    ++it;
  }
  seen_ = durable_;
}

std::vector<std::pair<std::string, NodeRef>> NameTree::FilesOnMedium() const {
  std::set<const Inode*> visited;
  std::vector<std::pair<std::string, NodeRef>> files;
  const auto visit = [&](const std::string& path, const NodeRef& file) {
    if (file != nullptr && visited.insert(file.get()).second) files.emplace_back(path, file);
  };
  for (const Names* names : {&seen_, &durable_}) {
    for (const auto& [path, node] : *names) visit(path, node);
  }
  // Created and removed, neither of them durable: the creation may be kept alone.
  for (const Pending& pending : pending_) visit(pending.to.empty() ? pending.path : pending.to, pending.node);
  return files;
}

uint64_t NameTree::AllocatedBytes() const {
  std::set<const Inode*> counted;
  uint64_t bytes = 0;
  const auto count = [&](const NodeRef& file) {
    if (file != nullptr && counted.insert(file.get()).second) bytes += file->image.allocated();
  };
  for (const Names* names : {&seen_, &durable_}) {
    for (const auto& [path, node] : *names) count(node);
  }
  for (const NodeRef& file : removed_) {
    if (file->handles > 0) count(file);
  }
  return bytes;
}

}  // namespace tidemark::sim
