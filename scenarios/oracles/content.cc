#include "scenarios/oracles/content.h"

#include "absl/strings/str_cat.h"
#include "engine/base/crc32c.h"

namespace tidemark::scenarios {

Content Classify(const RecordModel& model, const PayloadSource& payloads, const ModelRecord* expected,
                 ByteSpan payload) {
  if (expected != nullptr && payload.size() == expected->bytes && Crc32c(payload) == expected->crc) {
    return Content::kRight;
  }
  const absl::optional<RecordName> name = PayloadSource::NameIn(payload);
  if (name.has_value() && payloads.Matches(*name, payload)) {
    if (expected != nullptr && *name == expected->name) return Content::kDamaged;  // the right bytes, cut short
    return model.WasSent(*name) ? Content::kOther : Content::kInvented;
  }
  if (expected == nullptr) return Content::kBeyond;
  // A record too short to carry its name can not be told from an invented one: assume damage.
  if (!name.has_value() || *name == expected->name || payload.size() == expected->bytes) return Content::kDamaged;
  return Content::kInvented;
}

std::string DescribeContent(ByteSpan payload) {
  const absl::optional<RecordName> name = PayloadSource::NameIn(payload);
  if (!name.has_value()) return absl::StrCat(payload.size(), " bytes without a name");
  return absl::StrCat("record ", name->ordinal, " of op ", name->operation, ", ", payload.size(), " bytes");
}

}  // namespace tidemark::scenarios
