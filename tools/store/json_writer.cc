#include "tools/store/json_writer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/base/check.h"

namespace tidemark::tools {
namespace {

// The length of the UTF-8 sequence at the start of `text`; 0 if there is none (RFC 3629: no surrogates, nothing longer
// than needed, nothing above U+10FFFF).
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  const size_t length = lead < 0x80                   ? 1
                        : lead >= 0xc2 && lead < 0xe0 ? 2
                        : lead >= 0xe0 && lead < 0xf0 ? 3
                        : lead >= 0xf0 && lead < 0xf5 ? 4
                                                      : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (lead == 0xe0 && byte(1) < 0xa0) return 0;
  if (lead == 0xed && byte(1) >= 0xa0) return 0;
  if (lead == 0xf0 && byte(1) < 0x90) return 0;
  if (lead == 0xf4 && byte(1) >= 0x90) return 0;
  return length;
}

}  // namespace

std::string JsonString(absl::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    const char c = text[0];
    if (length == 0) {
      quoted += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&quoted, "\\u%04x", c);
    } else {
      absl::StrAppend(&quoted, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return quoted + "\"";
}

void JsonWriter::NewLine() {
  if (closing_.empty()) return;
  text_ += first_ ? "\n" : ",\n";
  text_.append(2 * closing_.size(), ' ');
  first_ = false;
}

void JsonWriter::Name(absl::string_view name) {
  CHECK(!closing_.empty() && closing_.back() == '}') << "a name outside an object: " << std::string(name);
  NewLine();
  absl::StrAppend(&text_, JsonString(name), ": ");
  named_ = true;
}

void JsonWriter::Begin(char bracket) {
  if (!named_) NewLine();
  named_ = false;
  text_ += bracket;
  closing_.push_back(bracket == '{' ? '}' : ']');
  first_ = true;
}

void JsonWriter::BeginObject(absl::string_view name) {
  Name(name);
  Begin('{');
}

void JsonWriter::BeginArray(absl::string_view name) {
  Name(name);
  Begin('[');
}

void JsonWriter::End() {
  CHECK(!closing_.empty());
  const char closing = closing_.back();
  closing_.pop_back();
  if (!first_) {
    text_ += '\n';
    text_.append(2 * closing_.size(), ' ');
  }
  text_ += closing;
  first_ = false;
}

void JsonWriter::Field(absl::string_view name, absl::string_view value) {
  Name(name);
  text_ += JsonString(value);
  named_ = false;
}

void JsonWriter::Field(absl::string_view name, uint64_t value) {
  Name(name);
  absl::StrAppend(&text_, value);
  named_ = false;
}

void JsonWriter::Field(absl::string_view name, bool value) {
  Name(name);
  text_ += value ? "true" : "false";
  named_ = false;
}

void JsonWriter::Null(absl::string_view name) {
  Name(name);
  text_ += "null";
  named_ = false;
}

void JsonWriter::Item(absl::string_view value) {
  NewLine();
  text_ += JsonString(value);
}

}  // namespace tidemark::tools
