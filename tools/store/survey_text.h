#pragma once

// A survey for a person to read, and for a program.

#include <string>

#include "tools/store/json_writer.h"
#include "tools/store/store_survey.h"

namespace tidemark::tools {

// Several lines: the log, the partitions, each with its files, then records where they were asked for. Not the
// findings.
std::string SurveyText(const StoreSurvey& survey);
// The findings, each with its evidence; then one line with the verdict.
std::string FindingsText(const StoreSurvey& survey);

// Fields of the object that was begun last; docs/operating.md describes each.
void SurveyJson(const StoreSurvey& survey, JsonWriter& json);
void FindingsJson(const std::vector<Finding>& findings, JsonWriter& json);

}  // namespace tidemark::tools
