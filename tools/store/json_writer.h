#pragma once

// Writes one JSON value (RFC 8259), indented: for programs that read what the commands print, and for people who look
// at it. Integers are written whole, up to 2^64 - 1; whoever reads them as floating point loses the last digits.
//
//   JsonWriter json;
//   json.BeginObject();
//   json.Field("path", path);
//   json.BeginArray("files"); ... json.End();
//   json.End();
//   std::cout << json.text();

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace tidemark::tools {

class JsonWriter {
 public:
  // Without a name: inside an array, or the value itself.
  void BeginObject() { Begin('{'); }
  void BeginObject(absl::string_view name);
  void BeginArray(absl::string_view name);
  // What was begun last.
  void End();

  // In an object.
  void Field(absl::string_view name, absl::string_view value);
  void Field(absl::string_view name, const char* value) { Field(name, absl::string_view(value)); }
  void Field(absl::string_view name, uint64_t value);
  void Field(absl::string_view name, bool value);
  void Null(absl::string_view name);
  // In an array.
  void Item(absl::string_view value);

  // The value and a newline, once all that was begun has ended.
  std::string text() const { return text_ + "\n"; }

 private:
  void Begin(char bracket);
  void Name(absl::string_view name);
  void NewLine();

  std::string text_;
  std::vector<char> closing_;  // of what is open, innermost last
  bool first_ = true;          // nothing stands in the innermost one yet
  bool named_ = false;         // a name was written, and its value comes
};

// In quotation marks. Bytes that are not UTF-8 become U+FFFD each.
std::string JsonString(absl::string_view text);

}  // namespace tidemark::tools
