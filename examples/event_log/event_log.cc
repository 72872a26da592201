// A partitioned event log on a real disk, from the command line:
//
//   event_log DIR append N      takes lines "PARTITION KEY TEXT..." from stdin, PARTITION being 1 to N; prints
//                               "ok PARTITION INDEX" for each as soon as it survives power loss
//   event_log DIR tail PARTITION [COUNT]
//   event_log DIR stats         how far each partition is, and its counts by key

#include <cstdint>
#include <iostream>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "examples/event_log/event_store.h"

namespace tidemark::examples {
namespace {

constexpr int kInFlight = 1024;

int Fail(const absl::Status& status) {
  std::cerr << "event_log: " << status << "\n";
  return 1;
}

// Reads stdin on a thread of its own, which may block, and hands the lines to the loop's thread.
class Appender {
 public:
  explicit Appender(EventStore& store) : store_(store), reader_([this] { ReadLines(); }) {}
  ~Appender() { reader_.join(); }

  // Until all lines are acknowledged.
  void Run() { store_.loop().Run(); }

 private:
  void ReadLines() {
    for (std::string line; std::getline(std::cin, line);) {
      slots_.acquire();
      store_.loop().PostFromAnyThread([this, line = std::move(line)] { Append(line); });
    }
    store_.loop().PostFromAnyThread([this] {
      at_end_ = true;
      StopWhenDone();
    });
  }

  void Append(absl::string_view line) {
    ++in_flight_;
    const size_t space = line.find(' ');
    uint64_t partition = 0;
    if (space == absl::string_view::npos || !absl::SimpleAtoi(line.substr(0, space), &partition)) {
      return Answer(absl::InvalidArgumentError("a line is PARTITION KEY TEXT..."), partition);
    }
    store_.Append(PartitionId(partition), line.substr(space + 1),
                  [this, partition](const absl::StatusOr<AppendResult>& result) { Answer(result, partition); });
  }

  void Answer(const absl::StatusOr<AppendResult>& result, uint64_t partition) {
    if (result.ok()) {
      std::cout << "ok " << partition << " " << result->partition_index.value() << std::endl;
    } else {
      std::cout << "refused " << partition << " " << result.status() << std::endl;
    }
    --in_flight_;
    slots_.release();
    StopWhenDone();
  }

  void StopWhenDone() {
    if (at_end_ && in_flight_ == 0) store_.loop().Stop();
  }

  EventStore& store_;
  std::counting_semaphore<> slots_{kInFlight};
  bool at_end_ = false;
  uint64_t in_flight_ = 0;
  std::thread reader_;  // last: it uses the others
};

int Append(EventStore& store, uint64_t partitions) {
  if (absl::Status status = store.CreatePartitions(partitions); !status.ok()) return Fail(status);
  Appender(store).Run();
  return 0;
}

int Tail(EventStore& store, uint64_t partition, uint64_t count) {
  const auto events = store.Tail(PartitionId(partition), count);
  if (!events.ok()) return Fail(events.status());
  for (const std::string& event : *events) std::cout << event << "\n";
  return 0;
}

int Stats(const EventStore& store) {
  std::cout << store.engine().ladder().ToString() << "\n";
  for (const auto& [id, partition] : store.counts().partitions()) {
    std::cout << id << " applied " << partition.applied << "\n";
    for (const auto& [key, count] : partition.counts) std::cout << "  " << key << " " << count << "\n";
  }
  return 0;
}

int Main(int argc, char** argv) {
  const std::string command = argc > 2 ? argv[2] : "";
  uint64_t number = 0, count = 10;
  const bool understood = (command == "stats" && argc == 3) ||
                          (command == "append" && argc == 4 && absl::SimpleAtoi(argv[3], &number)) ||
                          (command == "tail" && argc >= 4 && argc <= 5 && absl::SimpleAtoi(argv[3], &number) &&
                           (argc == 4 || absl::SimpleAtoi(argv[4], &count)));
  if (!understood) {
    std::cerr << "usage: event_log DIR append PARTITIONS | tail PARTITION [COUNT] | stats\n";
    return 2;
  }
  absl::StatusOr<std::unique_ptr<EventStore>> store = EventStore::Open(argv[1]);
  if (!store.ok()) return Fail(store.status());
  const int result = command == "append" ? Append(**store, number)
                     : command == "tail" ? Tail(**store, number, count)
                                         : Stats(**store);
  const absl::Status closed = (*store)->Close();
  return closed.ok() ? result : Fail(closed);
}

}  // namespace
}  // namespace tidemark::examples

int main(int argc, char** argv) { return tidemark::examples::Main(argc, argv); }
