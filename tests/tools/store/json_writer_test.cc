#include "tools/store/json_writer.h"

#include "gtest/gtest.h"

namespace tidemark::tools {
namespace {

TEST(JsonString, EscapesWhatMustBe) {
  const struct {
    absl::string_view text;
    const char* json;
  } cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a\"b\\c", R"("a\"b\\c")"},
      {absl::string_view("\0\n\t\x1f\x7f", 5), "\"\\u0000\\u000a\\u0009\\u001f\\u007f\""},
      {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\x8a", "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\x8a\""},
      {"\xff", "\"\xef\xbf\xbd\""},                                  // no UTF-8
      {"\xc3", "\"\xef\xbf\xbd\""},                                  // cut short
      {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                  // longer than needed
      {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},  // half of a surrogate pair
  };
  for (const auto& c : cases) EXPECT_EQ(JsonString(c.text), c.json);
}

TEST(JsonWriter, NestsObjectsAndArrays) {
  JsonWriter json;
  json.BeginObject();
  json.Field("text", "a");
  json.Field("number", ~uint64_t{0});
  json.Field("yes", true);
  json.Null("none");
  json.BeginArray("empty");
  json.End();
  json.BeginArray("items");
  json.Item("x");
  json.BeginObject();
  json.Field("y", uint64_t{1});
  json.End();
  json.End();
  json.BeginObject("inner");
  json.End();
  json.End();
  EXPECT_EQ(json.text(), R"({
  "text": "a",
  "number": 18446744073709551615,
  "yes": true,
  "none": null,
  "empty": [],
  "items": [
    "x",
    {
      "y": 1
    }
  ],
  "inner": {}
}
)");
}

}  // namespace
}  // namespace tidemark::tools
