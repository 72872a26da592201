#include "engine/base/status.h"

#include "gtest/gtest.h"

namespace tidemark {
namespace {

TEST(StatusTest, KindRidesAlongWithItsCode) {
  const absl::Status status = MakeError(ErrorKind::kDiskFull, "log/1.aof: no room for 4096 bytes");
  EXPECT_EQ(KindOf(status), ErrorKind::kDiskFull);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "log/1.aof: no room for 4096 bytes");
}

TEST(StatusTest, EveryKindSurvivesTheRoundTrip) {
  for (int k = 1; k <= static_cast<int>(ErrorKind::kNotSupported); ++k) {
    const ErrorKind kind = static_cast<ErrorKind>(k);
    EXPECT_EQ(KindOf(MakeError(kind, "x")), kind) << ErrorKindName(kind);
  }
}

TEST(StatusTest, PlainStatusHasNoKind) {
  EXPECT_EQ(KindOf(absl::OkStatus()), ErrorKind::kNone);
  EXPECT_EQ(KindOf(absl::InternalError("x")), ErrorKind::kNone);
}

TEST(StatusTest, AnnotateKeepsKindAndCode) {
  const absl::Status status = Annotate(MakeError(ErrorKind::kCorruption, "bad frame"), "opening p-1");
  EXPECT_EQ(status.message(), "opening p-1: bad frame");
  EXPECT_EQ(KindOf(status), ErrorKind::kCorruption);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return MakeError(ErrorKind::kRefused, "odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

TEST(StatusTest, MacrosReturnTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(KindOf(Quarter(6).status()), ErrorKind::kRefused);
}

}  // namespace
}  // namespace tidemark
