#include "engine/base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace tidemark {
namespace {

void PrintAndAbort(const CheckFailure& failure) {
  std::fprintf(stderr, "%s:%d: %s\n", failure.file, failure.line, failure.message.c_str());
  std::abort();
}

std::atomic<CheckFailureHandler> installed_handler{&PrintAndAbort};

}  // namespace

CheckFailureHandler SetCheckFailureHandler(CheckFailureHandler handler) {
  return installed_handler.exchange(handler == nullptr ? &PrintAndAbort : handler);
}

namespace check_internal {

Failure::Failure(const char* file, int line, const std::string& condition) : file_(file), line_(line) {
  stream_ << condition << " ";
}

Failure::~Failure() noexcept(false) {
  installed_handler.load()(CheckFailure{file_, line_, stream_.str()});
  std::abort();
}

}  // namespace check_internal
}  // namespace tidemark
