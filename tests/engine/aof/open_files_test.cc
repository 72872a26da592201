#include "engine/aof/open_files.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/engine/aof/aof_fixture.h"

namespace tidemark::aof {
namespace {

struct Log : OpenFiles::Owner {
  explicit Log(const std::shared_ptr<OpenFiles>& files) : place(files, *this) {}
  bool CloseFiles() override {
    if (busy) return false;
    open = false;
    return true;
  }
  void Use() {
    open = true;
    place.Used();
  }

  bool open = false;
  bool busy = false;
  OpenFiles::Place place;
};

class OpenFilesTest : public ::testing::Test {
 protected:
  std::shared_ptr<OpenFiles> files = std::make_shared<OpenFiles>(2);
  Log a{files};
  Log b{files};
  Log c{files};
};

TEST_F(OpenFilesTest, TheOneUsedLeastRecentlyCloses) {
  a.Use();
  b.Use();
  a.Use();
  c.Use();
  EXPECT_TRUE(a.open);
  EXPECT_FALSE(b.open);
  EXPECT_TRUE(c.open);
  EXPECT_EQ(files->open(), 2u);
}

TEST_F(OpenFilesTest, ABusyOneKeepsItsFilesUntilItIsIdle) {
  a.busy = b.busy = true;
  a.Use();
  b.Use();
  c.Use();
  EXPECT_EQ(files->open(), 3u);
  a.busy = false;
  a.place.Idle();
  EXPECT_FALSE(a.open);
  EXPECT_EQ(files->open(), 2u);
}

TEST_F(OpenFilesTest, WhoIsGoneTakesNoPlace) {
  {
    Log gone(files);
    gone.Use();
  }
  a.Use();
  b.Use();
  EXPECT_TRUE(a.open);
  EXPECT_EQ(files->open(), 2u);
}

// The log among the files of others that close its own.
class ClosedFilesTest : public AofTest {
 protected:
  ClosedFilesTest() { options_.open_files = files_; }
  void CloseFiles() {
    other_.Use();
    EXPECT_EQ(files_->open(), 1u);
  }

  const std::shared_ptr<OpenFiles> files_ = std::make_shared<OpenFiles>(1);
  Log other_{files_};
};

TEST_F(ClosedFilesTest, ALogOpensItsFileAgainToWrite) {
  Open();
  for (int i = 0; i < 30; ++i) {
    AppendDurably(std::string(700, 'x'));
    CloseFiles();
  }
  EXPECT_GE(heard_->rotations.size(), 2u);
  Open();
  EXPECT_EQ(replayed_.records.size(), 30u);
}

TEST_F(ClosedFilesTest, ALogOpensItsFileAgainToRead) {
  Open();
  AppendDurably("one");
  for (int i = 0; i < 2; ++i) {
    CloseFiles();
    EXPECT_EQ(*Read(1), "one");
  }
}

TEST_F(ClosedFilesTest, WhileItWritesItsFilesStayOpen) {
  Open();
  Append("one");
  bool busy = false;
  ASSERT_TRUE(world_->RunUntil([&] { return busy = aof_->pending_bytes() > 0; }));
  world_->RunReady();
  other_.Use();
  AppendDurably("two");
  EXPECT_EQ(aof_->durable(), Sequence(2));
}

TEST_F(ClosedFilesTest, AFileThatDoesNotOpenAgainPoisonsTheLog) {
  Open();
  AppendDurably("one");
  CloseFiles();
  world_->Erase(Path(1));
  Append("two");
  EXPECT_FALSE(Flush().ok());
  EXPECT_TRUE(aof_->poisoned());
  ASSERT_EQ(heard_->failures.size(), 1u);
  EXPECT_NE(heard_->failures[0].message().find("opening its last file again"), absl::string_view::npos)
      << heard_->failures[0];
}

}  // namespace
}  // namespace tidemark::aof
