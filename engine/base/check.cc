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

struct Failure::State {
  const char* file;
  int line;
  std::ostringstream stream;
};

Failure::Failure(const char* file, int line, const char* condition) : state_(new State{file, line, {}}) {
  state_->stream << condition << " ";
}

Failure::Failure(const char* file, int line, std::string* condition) : Failure(file, line, condition->c_str()) {
  delete condition;
}

std::ostream& Failure::stream() { return state_->stream; }

Failure::~Failure() noexcept(false) {
  const CheckFailure failure = {state_->file, state_->line, state_->stream.str()};
  delete state_;
  installed_handler.load()(failure);
  std::abort();
}

}  // namespace check_internal
}  // namespace tidemark
