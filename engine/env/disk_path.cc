#include "engine/env/disk_path.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tidemark {
namespace {

constexpr size_t kMaxComponentBytes = 255;  // NAME_MAX of the usual file systems
constexpr size_t kMaxPathBytes = 4000;      // below PATH_MAX (4096), which counts the terminating NUL

absl::Status BadPath(absl::string_view path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("path \"", absl::CHexEscape(path.substr(0, 300)), "\": ", why));
}

}  // namespace

absl::Status CheckDiskPath(absl::string_view path) {
  if (path.empty()) return absl::OkStatus();
  if (path.size() > kMaxPathBytes) {
    return BadPath(path, absl::StrCat(path.size(), " bytes, the limit is ", kMaxPathBytes));
  }
  if (path.find('\0') != absl::string_view::npos) return BadPath(path, "holds a NUL byte");
  for (absl::string_view component : absl::StrSplit(path, '/')) {
    if (component.empty()) return BadPath(path, "has an empty component; paths are relative, joined by single '/'");
    if (component == "." || component == "..") return BadPath(path, "\".\" and \"..\" are not allowed");
    if (component.size() > kMaxComponentBytes) {
      return BadPath(path,
                     absl::StrCat("a component of ", component.size(), " bytes, the limit is ", kMaxComponentBytes));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDiskEntryPath(absl::string_view path) {
  if (path.empty()) return BadPath(path, "the root itself cannot be created, renamed or removed");
  return CheckDiskPath(path);
}

}  // namespace tidemark
