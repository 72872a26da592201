#pragma once

// CHECK and its comparisons: always on, in every build. A broken invariant stops the
// process; the outside world (disk, input) is never CHECKed, it yields an absl::Status.
//
//   CHECK(ready) << "open " << name;
//   CHECK_LE(partition_durable, forwarded) << "partition " << id;   // prints both values
//
// A failure goes to the process's one handler. The default prints and aborts. A test
// harness may install a handler that throws: nothing after a failed CHECK runs either way.

#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"

namespace tidemark {

struct CheckFailure {
  const char* file;
  int line;
  std::string message;  // the condition, both values where there are two, then the streamed text
};

// Must not return. May throw; the exception leaves the function that failed its CHECK.
using CheckFailureHandler = void (*)(const CheckFailure&);

// Returns the handler that was installed before. nullptr installs the default.
CheckFailureHandler SetCheckFailureHandler(CheckFailureHandler handler);

namespace check_internal {

// All that a failed CHECK needs lies elsewhere: a function with a CHECK takes no room for it on its stack, and no time.
class Failure {
 public:
  ABSL_ATTRIBUTE_COLD Failure(const char* file, int line, const char* condition);
  // Takes `condition` over.
  ABSL_ATTRIBUTE_COLD Failure(const char* file, int line, std::string* condition);
  Failure(const Failure&) = delete;
  Failure& operator=(const Failure&) = delete;
  [[noreturn]] ABSL_ATTRIBUTE_COLD ~Failure() noexcept(false);
  ABSL_ATTRIBUTE_COLD std::ostream& stream();

 private:
  struct State;
  State* const state_;
};

// Small values go by value: their address would keep them out of registers where the CHECK holds, too.
template <typename T>
using Passed =
    std::conditional_t<std::is_trivially_copyable_v<T> && !std::is_array_v<T> && sizeof(T) <= 16, T, const T&>;

// For Failure to take over.
template <typename A, typename B>
ABSL_ATTRIBUTE_COLD ABSL_ATTRIBUTE_NOINLINE std::string* Describe(Passed<A> a, Passed<B> b, const char* text) {
  std::ostringstream out;
  out << "CHECK failed: " << text << " (" << a << " vs. " << b << ")";
  return new std::string(out.str());
}

// Null: it holds.
#define TIDEMARK_DEFINE_CHECK_OP(Name, op)                                                          \
  template <typename A, typename B>                                                                 \
  ABSL_ATTRIBUTE_ALWAYS_INLINE inline std::string* Name(const A& a, const B& b, const char* text) { \
    if (ABSL_PREDICT_TRUE(a op b)) return nullptr;                                                  \
    return Describe<A, B>(a, b, text);                                                              \
  }
TIDEMARK_DEFINE_CHECK_OP(CheckEq, ==)
TIDEMARK_DEFINE_CHECK_OP(CheckNe, !=)
TIDEMARK_DEFINE_CHECK_OP(CheckLe, <=)
TIDEMARK_DEFINE_CHECK_OP(CheckLt, <)
TIDEMARK_DEFINE_CHECK_OP(CheckGe, >=)
TIDEMARK_DEFINE_CHECK_OP(CheckGt, >)
#undef TIDEMARK_DEFINE_CHECK_OP

}  // namespace check_internal
}  // namespace tidemark

#define CHECK(condition)                \
  switch (0)                            \
  case 0:                               \
  default:                              \
    if (ABSL_PREDICT_TRUE(condition)) { \
    } else                              \
      ::tidemark::check_internal::Failure(__FILE__, __LINE__, "CHECK failed: " #condition).stream()

#define TIDEMARK_CHECK_OP(Name, op, a, b)                                                     \
  switch (0)                                                                                  \
  case 0:                                                                                     \
  default:                                                                                    \
    if (std::string* check_text_ = ::tidemark::check_internal::Name(a, b, #a " " #op " " #b); \
        ABSL_PREDICT_TRUE(check_text_ == nullptr)) {                                          \
    } else                                                                                    \
      ::tidemark::check_internal::Failure(__FILE__, __LINE__, check_text_).stream()

#define CHECK_EQ(a, b) TIDEMARK_CHECK_OP(CheckEq, ==, a, b)
#define CHECK_NE(a, b) TIDEMARK_CHECK_OP(CheckNe, !=, a, b)
#define CHECK_LE(a, b) TIDEMARK_CHECK_OP(CheckLe, <=, a, b)
#define CHECK_LT(a, b) TIDEMARK_CHECK_OP(CheckLt, <, a, b)
#define CHECK_GE(a, b) TIDEMARK_CHECK_OP(CheckGe, >=, a, b)
#define CHECK_GT(a, b) TIDEMARK_CHECK_OP(CheckGt, >, a, b)
