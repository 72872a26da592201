#include "scenarios/check_trap.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace tidemark::scenarios {
namespace {

thread_local int traps = 0;

CheckFailureHandler handler_before = nullptr;

void ThrowOrPass(const CheckFailure& failure) {
  if (traps > 0) throw CheckFailed{absl::StrCat(failure.file, ":", failure.line), failure.message};
  if (handler_before != nullptr) handler_before(failure);
  std::abort();
}

void InstallOnce() {
  static const bool installed = [] {
    handler_before = SetCheckFailureHandler(&ThrowOrPass);
    return true;
  }();
  (void)installed;
}

}  // namespace

CheckTrap::CheckTrap() {
  InstallOnce();
  ++traps;
}

CheckTrap::~CheckTrap() { --traps; }

}  // namespace tidemark::scenarios
