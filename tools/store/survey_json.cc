// The JSON form of a survey; survey_text.h declares it, docs/operating.md describes every field.

#include "absl/strings/escaping.h"
#include "engine/segmented_log/entry.h"
#include "tools/store/survey_text.h"

namespace tidemark::tools {
namespace {

void Optional(absl::string_view name, const absl::optional<uint64_t>& value, JsonWriter& json) {
  value.has_value() ? json.Field(name, *value) : json.Null(name);
}

void Names(absl::string_view name, const std::vector<std::string>& names, JsonWriter& json) {
  json.BeginArray(name);
  for (const std::string& each : names) json.Item(each);
  json.End();
}

void Segment(const SegmentSurvey& segment, JsonWriter& json) {
  json.BeginObject();
  json.Field("path", segment.path);
  json.Field("file_id", segment.file_id);
  json.Field("file_bytes", segment.file_bytes);
  json.Field("dead", segment.dead);
  json.Field("sealed", segment.sealed);
  if (segment.header.has_value()) {
    json.Field("base", segment.header->base.value());
    json.Field("segment_bytes", segment.header->segment_bytes);
    json.Field("block_bytes", uint64_t{segment.header->block_bytes});
  }
  if (segment.header.has_value() && !segment.dead) {
    const SegmentContent& content = segment.content;
    json.Field("records", segment.records);
    json.Field("batches", content.batches);
    json.Field("used_bytes", segment.used_bytes());
    json.Field("void_bytes", content.void_bytes());
    json.Field("end", content.end);
    json.Field("torn_bytes", content.junk_end > 0 ? content.junk_end - content.end : 0);
    json.Field("promised_offset", segment.sealed ? segment.limit : content.promised_offset);
    json.Field("promised_sequence", content.promised_sequence.value());
    json.BeginArray("void_ranges");
    for (const auto& [from, to] : content.voids) {
      json.BeginObject();
      json.Field("from", from);
      json.Field("to", to);
      json.End();
    }
    json.End();
  }
  json.End();
}

void Records(const std::vector<ListedRecord>& records, JsonWriter& json) {
  json.BeginArray("listed");
  for (const ListedRecord& record : records) {
    json.BeginObject();
    json.Field("raft_index", record.raft_index.value());
    json.Field("term", record.term.value());
    json.Field("partition", record.partition.value());
    json.Field("partition_index", record.partition_index.value());
    json.Field("kind", RecordKindName(record.kind));
    json.Field("file_id", record.at.file_id);
    json.Field("offset", record.at.offset);
    json.Field("payload_bytes", record.payload_bytes);
    json.Field("payload_hex", absl::BytesToHexString(record.payload));
    json.End();
  }
  json.End();
}

void AofFields(const AofSurvey& file, const std::vector<ListedRecord>& records, JsonWriter& json) {
  json.Field("directory", file.directory);
  json.Field("exists", file.exists);
  json.Field("first", file.first.value());
  json.Field("last", file.last.value());
  json.Field("records", file.records);
  json.Field("proven", file.proven.value());
  json.Field("spare", file.has_spare);
  Names("unfinished", file.unfinished, json);
  Names("foreign", file.foreign, json);
  json.BeginArray("segments");
  for (const SegmentSurvey& segment : file.segments) Segment(segment, json);
  json.End();
  Records(records, json);
}

void Log(const LogSurvey& log, JsonWriter& json) {
  json.BeginObject("log");
  AofFields(log.file, log.records, json);
  json.Field("followed", log.followed);
  json.Field("vote", log.head.has_value() ? log.head->vote.value() : 0);
  json.BeginArray("terms");
  for (const TermStart& start : log.terms) {
    json.BeginObject();
    json.Field("term", start.term.value());
    json.Field("from", start.from.value());
    json.End();
  }
  json.End();
  json.BeginArray("roster");
  for (const auto& [id, partition] : log.roster->partitions()) {
    json.BeginObject();
    json.Field("partition", id.value());
    json.Field("first_index", partition.in_log.first.value());
    json.Field("next_index", partition.in_log.next().value());
    json.End();
  }
  json.End();
  json.End();
}

void Partition(const PartitionSurvey& p, JsonWriter& json) {
  json.BeginObject();
  json.Field("partition", p.partition.value());
  AofFields(p.file, p.records, json);
  json.Field("last_raft_index", p.last_raft_index.value());
  json.Field("last_term", p.last_term.value());
  json.Field("behind", p.behind);
  json.Field("spilled", p.spilled);
  json.Field("compared", p.compared);
  if (p.checkpoint.has_value()) {
    json.BeginObject("checkpoint");
    json.Field("durable", p.checkpoint->durable.value());
    json.Field("next_index", p.checkpoint->next_index.value());
    json.Field("applied", p.checkpoint->applied.value());
    json.End();
  } else {
    json.Null("checkpoint");
  }
  json.End();
}

}  // namespace

void FindingsJson(const std::vector<Finding>& findings, JsonWriter& json) {
  json.BeginArray("findings");
  for (const Finding& finding : findings) {
    json.BeginObject();
    json.Field("kind", FindingKindName(finding.kind));
    json.Field("path", finding.path);
    Optional("offset", finding.offset, json);
    json.Field("what", finding.what);
    Optional("promised_offset", finding.promised_offset, json);
    Optional("promised_by", finding.promised_by, json);
    if (finding.lost.has_value()) {
      json.BeginObject("lost");
      json.Field("first", finding.lost->first.value());
      finding.lost->open() ? json.Null("last") : json.Field("last", finding.lost->last.value());
      json.End();
    } else {
      json.Null("lost");
    }
    json.End();
  }
  json.End();
}

void SurveyJson(const StoreSurvey& survey, JsonWriter& json) {
  json.Field("store", survey.root);
  survey.store_id == StoreId{} ? json.Null("store_id") : json.Field("store_id", survey.store_id.ToString());
  Log(survey.log, json);
  if (survey.spill.has_value()) {
    json.BeginObject("spill");
    AofFields(survey.spill->file, {}, json);
    json.End();
  } else {
    json.Null("spill");
  }
  json.BeginArray("partitions");
  for (const PartitionSurvey& p : survey.partitions) Partition(p, json);
  json.End();
  Names("foreign", survey.foreign, json);
  FindingsJson(survey.findings, json);
  json.Field("verdict", StoreVerdictName(survey.verdict()));
}

}  // namespace tidemark::tools
