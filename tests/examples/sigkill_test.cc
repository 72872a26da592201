// The event log is killed (SIGKILL) at random moments, hundreds of times: while it opens, recovers, creates its
// partitions, appends, rotates and removes files. Whatever it had acknowledged is there afterwards: in order, once,
// with its content, and counted by the state machine.
//
// What a kill cannot show: that records survive power loss. The kernel keeps what was written, synced or not; the
// simulator is there for the rest.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/backend/file_descriptor.h"
#include "engine/base/ids.h"
#include "engine/base/random.h"
#include "examples/event_log/event_store.h"
#include "gtest/gtest.h"

extern char** environ;

namespace tidemark::examples {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Micros = std::chrono::microseconds;

constexpr uint64_t kPartitions = 4;
constexpr uint64_t kKeys = 7;
constexpr int kLives = 300;
constexpr auto kBudget = std::chrono::seconds(45);  // on a busy machine: as many lives as fit
constexpr int kLivesAtLeast = 30;

std::string g_program;

// One life of the program, with its stdin and stdout.
class Life {
 public:
  explicit Life(const std::string& directory) {
    int in[2], out[2];
    CheckOk(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0, "pipe2");
    FileDescriptor child_in(in[0]), child_out(out[1]);
    in_ = FileDescriptor(in[1]);
    out_ = FileDescriptor(out[0]);
    ::fcntl(in_.get(), F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_in.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, child_out.get(), 1);
    std::string partitions = absl::StrCat(kPartitions), append = "append", program = g_program, root = directory;
    char* argv[] = {program.data(), root.data(), append.data(), partitions.data(), nullptr};
    CheckOk(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environ) == 0, "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Life() { Kill(); }

  int in() const { return in_.get(); }
  int out() const { return out_.get(); }
  // How it ended, as wait says.
  int Kill() {
    if (pid_ == 0) return status_;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
    pid_ = 0;
    return status_;
  }

 private:
  static void CheckOk(bool ok, const char* call) {
    if (!ok) std::perror(call), std::abort();
  }

  FileDescriptor in_, out_;
  pid_t pid_ = 0;
  int status_ = 0;
};

class SigkillTest : public ::testing::Test {
 protected:
  SigkillTest() : directory_(std::string(std::getenv("TEST_TMPDIR")) + "/store") {}

  // "PARTITION kKEY NUMBER filler": no two are equal, and the number rises.
  std::string NextLine(Draws& draws) {
    const uint64_t number = ++lines_;
    const uint64_t partition = draws.Between(1, kPartitions);
    const std::string event = absl::StrCat("k", draws.Uniform(kKeys), " ", number, " ",
                                           std::string(draws.Uniform(draws.Chance(50) ? 20000 : 300), 'x'));
    submitted_[partition][number] = event;
    return absl::StrCat(partition, " ", event, "\n");
  }

  // "ok PARTITION INDEX": the next of this life's lines of that partition is there to stay.
  void OnAnswer(absl::string_view answer, std::map<uint64_t, uint64_t>& answered_up_to) {
    const std::vector<std::string> words = absl::StrSplit(answer, ' ');
    uint64_t partition = 0, index = 0;
    ASSERT_TRUE(words.size() == 3 && words[0] == "ok" && absl::SimpleAtoi(words[1], &partition) &&
                absl::SimpleAtoi(words[2], &index))
        << answer;
    const auto line = submitted_[partition].upper_bound(answered_up_to[partition]);
    ASSERT_TRUE(line != submitted_[partition].end()) << answer;
    answered_up_to[partition] = line->first;
    ASSERT_TRUE(acknowledged_[partition].emplace(index, line->first).second) << answer << " twice";
    ++acknowledgements_;
  }

  // Feeds one life until its moment comes, then hears what it said before it died.
  void RunLife(Draws draws) {
    std::map<uint64_t, uint64_t> answered_up_to;
    for (uint64_t p = 1; p <= kPartitions; ++p) answered_up_to[p] = lines_;
    std::string to_write, heard;
    // Half of the lives die by the clock, at any stage; half of them after so many answers.
    const bool by_clock = draws.Chance(500);
    const auto deadline = SteadyClock::now() +
                          Micros(by_clock ? draws.Uniform(draws.Chance(500) ? 20'000 : 150'000) : 2'000'000);
    const uint64_t answers_wanted = by_clock ? ~uint64_t{0} : draws.Uniform(400);
    const uint64_t answers_before = acknowledgements_;
    Life life(directory_);
    while (SteadyClock::now() < deadline && acknowledgements_ - answers_before < answers_wanted) {
      if (to_write.empty()) to_write = NextLine(draws);
      pollfd fds[] = {{life.in(), POLLOUT, 0}, {life.out(), POLLIN, 0}};
      ::poll(fds, 2, 1);
      if (fds[0].revents & POLLOUT) {
        const ssize_t put = ::write(life.in(), to_write.data(), to_write.size());
        if (put > 0) to_write.erase(0, static_cast<size_t>(put));
      }
      if (fds[1].revents & (POLLIN | POLLHUP)) {
        if (!Hear(life, heard)) break;
        Answers(heard, answered_up_to);
      }
      if (HasFatalFailure()) return;
    }
    const int status = life.Kill();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it ended by itself: " << status << " " << heard;
    while (Hear(life, heard)) {
    }
    Answers(heard, answered_up_to);
  }
  // False at the end.
  static bool Hear(const Life& life, std::string& heard) {
    char bytes[4096];
    const ssize_t got = ::read(life.out(), bytes, sizeof(bytes));
    if (got > 0) heard.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }
  // Takes the whole lines out of `heard`.
  void Answers(std::string& heard, std::map<uint64_t, uint64_t>& answered_up_to) {
    for (size_t end = heard.find('\n'); end != std::string::npos && !HasFatalFailure(); end = heard.find('\n')) {
      OnAnswer(heard.substr(0, end), answered_up_to);
      heard.erase(0, end + 1);
    }
  }

  // Opens the store here, and looks at what was not looked at before; or at everything.
  void CheckStore(bool everything) {
    auto store = EventStore::Open(directory_);
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->CreatePartitions(kPartitions).ok());
    for (uint64_t p = 1; p <= kPartitions && !HasFatalFailure(); ++p) {
      if (everything) checked_[p] = Checked();
      CheckPartition(**store, p);
    }
  }

  struct Checked {
    uint64_t events = 0;
    uint64_t last_number = 0;
    std::map<std::string, uint64_t> counts;
  };

  void CheckPartition(EventStore& store, uint64_t p) {
    const PartitionLadder& ladder = store.engine().ladder().partitions[p - 1];
    ASSERT_EQ(ladder.partition, PartitionId(p));
    ASSERT_EQ(ladder.applied_index, ladder.appended_index);
    const uint64_t total = ladder.applied_index.value();
    Checked& checked = checked_[p];
    ASSERT_GE(total, checked.events) << "partition " << p << " has lost events that were there before";
    const auto events = store.Tail(PartitionId(p), total - checked.events);
    ASSERT_TRUE(events.ok()) << events.status();
    const std::map<uint64_t, uint64_t>& acknowledged = acknowledged_[p];
    if (!acknowledged.empty()) {
      ASSERT_LE(acknowledged.rbegin()->first, total) << "partition " << p << " has lost acknowledged events at its end";
    }
    for (const std::string& event : *events) {
      ++checked.events;
      const std::vector<std::string> words = absl::StrSplit(event, ' ');
      uint64_t number = 0;
      ASSERT_TRUE(words.size() == 3 && absl::SimpleAtoi(words[1], &number)) << event;
      ASSERT_GT(number, checked.last_number)
          << "partition " << p << " " << checked.events << ": out of order, or twice";
      checked.last_number = number;
      ASSERT_EQ(submitted_[p].count(number), 1u) << "nobody appended " << event;
      ASSERT_EQ(event, submitted_[p][number]);
      const auto promised = acknowledged.find(checked.events);
      if (promised != acknowledged.end()) {
        ASSERT_EQ(number, promised->second)
            << "partition " << p << " " << checked.events << " is another event than was acknowledged";
      }
      ++checked.counts[words[0]];
    }
    if (total == 0) return;
    const KeyCounts::Partition& counted = store.counts().partitions().at(PartitionId(p));
    ASSERT_EQ(counted.applied, ladder.applied_index);
    ASSERT_EQ(counted.counts, checked.counts) << "partition " << p;
  }

  const std::string directory_;
  uint64_t lines_ = 0;
  std::map<uint64_t, std::map<uint64_t, std::string>> submitted_;  // by partition and number
  std::map<uint64_t, std::map<uint64_t, uint64_t>> acknowledged_;  // by partition and index: the line's number
  uint64_t acknowledgements_ = 0;
  std::map<uint64_t, Checked> checked_;
};

TEST_F(SigkillTest, NothingAcknowledgedIsLost) {
  const RandomKey key = RandomKey(1).Fork("sigkill");
  const auto began = SteadyClock::now();
  int life = 0;
  for (; life < kLives && (life < kLivesAtLeast || SteadyClock::now() - began < kBudget); ++life) {
    SCOPED_TRACE(absl::StrCat("life ", life));
    ASSERT_NO_FATAL_FAILURE(RunLife(Draws(key.Fork(life))));
    // Most often the next life meets what this one left; else it is looked at here.
    if (key.Fork("check").ChanceAt(life, 250)) {
      ASSERT_NO_FATAL_FAILURE(CheckStore(/*everything=*/false));
    }
  }
  ASSERT_NO_FATAL_FAILURE(CheckStore(/*everything=*/true));
  std::cout << life << " lives, " << acknowledgements_ << " of " << lines_ << " events acknowledged\n";
  EXPECT_GT(acknowledgements_, 100u);
}

}  // namespace
}  // namespace tidemark::examples

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  tidemark::examples::g_program = argv[1];
  return RUN_ALL_TESTS();
}
