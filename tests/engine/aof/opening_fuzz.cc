// A store directory whose bytes were changed: opening refuses it, or serves records that are read back as they were
// replayed, go on growing, and are found again by the next opening. An opening that skips sealed files serves the same
// records wherever one that reads them all finds nothing wrong. Byte 0: bit 0 fixes checksums, bit 1 takes a file
// away, bit 2 cuts one short; then changes of 4 bytes each: file and offset (u16), two new bytes.

#include <map>
#include <memory>
#include <string>

#include "engine/aof/aof.h"
#include "engine/base/check.h"
#include "engine/base/status.h"
#include "tests/engine/aof/checksum_fixer.h"
#include "tests/support/memory_world.h"

namespace tidemark::aof {
namespace {

Options SmallOptions(bool scan_sealed) {
  Options options;
  options.scan_sealed = scan_sealed;
  options.store_id = {.high = 1, .low = 2};
  options.log_id = 7;
  options.directory = "d";
  options.mode = Options::Mode::kCreateIfMissing;
  options.segment_bytes = 4096;
  options.block_bytes = 512;
  options.max_record_bytes = 600;
  options.max_batch_bytes = 1000;
  options.max_head_note_bytes = 64;
  return options;
}

class Owner : public Replay, public Listener {
 public:
  explicit Owner(tests::MemoryWorld& world, bool scan_sealed = true) : world_(world), scan_sealed_(scan_sealed) {}
  ~Owner() override {
    aof.reset();
    world_.Kill();
  }
  absl::Status Open() {
    absl::Status status = absl::UnknownError("opening did not finish");
    bool done = false;
    Aof::Open(world_.env(), SmallOptions(scan_sealed_), *this, *this, [&](absl::StatusOr<Opened> opened) {
      done = true;
      status = opened.status();
      if (opened.ok()) aof = std::move(opened->aof);
    });
    world_.RunUntil([&] { return done; });
    CHECK(done);
    return status;
  }
  void Append(const std::string& payload) {
    const ByteSpan parts[] = {AsBytes(payload)};
    const absl::StatusOr<Sequence> sequence = aof->Append(parts);
    CHECK(sequence.ok()) << sequence.status();
    records[sequence->value()] = payload;
  }
  void Flush() {
    absl::Status status = absl::UnknownError("flush did not finish");
    aof->Flush([&](absl::Status answer) { status = answer; });
    world_.RunReady();
    CHECK(status.ok()) << status;
  }
  void CheckReads() {
    for (const auto& [sequence, payload] : records) {
      bool same = false;
      aof->Read(Sequence(sequence), [&same, &payload = payload](absl::StatusOr<std::string> read) {
        same = read.ok() && *read == payload;
      });
      world_.RunReady();
      CHECK(same) << "record " << sequence;
    }
  }

  void OnHeadNote(ByteSpan, Sequence) override {}
  void OnRecord(Sequence sequence, ByteSpan payload, Location) override {
    records[sequence.value()] = std::string(AsText(payload));
  }
  void OnNote(ByteSpan, Sequence) override {}
  void OnCut(Sequence new_end) override { records.erase(records.upper_bound(new_end.value()), records.end()); }
  void OnFloor(Sequence first) override { records.erase(records.begin(), records.lower_bound(first.value())); }
  void OnDurable(Sequence) override {}
  void OnFailed(const absl::Status& why) override { CHECK(false) << why; }
  void OnFull(bool) override {}
  std::string HeadNote(Sequence) override { return "head"; }
  void OnRotated(uint64_t, Sequence) override {}

  std::map<uint64_t, std::string> records;
  std::unique_ptr<Aof> aof;

  // What reads give; "" where one says no.
  std::map<uint64_t, std::string> ReadAll() {
    std::map<uint64_t, std::string> all;
    for (uint64_t n = aof->first().value(); n <= aof->appended().value() && all.size() < 1000; ++n) {
      aof->Read(Sequence(n), [&](absl::StatusOr<std::string> read) { all[n] = read.value_or(""); });
      world_.RunReady();
      CHECK(all.count(n) == 1) << n;
    }
    return all;
  }

 private:
  tests::MemoryWorld& world_;
  const bool scan_sealed_;
};

// Three files with cuts, notes, a floor, a repaired tail.
std::unique_ptr<tests::MemoryWorld> MakeLog() {
  auto world = std::make_unique<tests::MemoryWorld>();
  for (int life = 0; life < 4; ++life) {
    Owner owner(*world);
    CHECK(owner.Open().ok());
    for (int i = 0; i < 4; ++i) {
      owner.Append(std::string(40 + 130 * i, static_cast<char>('a' + i)));
      CHECK(i != 1 || owner.aof->AppendNote(AsBytes("note")).ok());
      owner.Flush();
    }
    CHECK(life != 1 || owner.aof->TruncateSuffix(owner.aof->appended().Prev()).ok());
    if (life == 2) owner.aof->TruncatePrefix(Sequence(3), [](absl::Status) {});
    owner.Flush();
  }
  return world;
}

void Change(tests::MemoryWorld& world, const uint8_t* data, size_t size) {
  std::vector<std::string> paths;
  for (const std::string& name : world.Names("d")) {
    if (name != "spare") paths.push_back("d/" + name);
  }
  std::map<std::string, std::string> contents;
  for (size_t at = 1; at + 4 <= size; at += 4) {
    const uint32_t place = data[at] | (data[at + 1] << 8);
    const std::string& path = paths[(place >> 12) % paths.size()];
    std::string& bytes = contents.try_emplace(path, world.Content(path)).first->second;
    const uint64_t offset = place & 4095;
    if (offset + 2 > bytes.size()) continue;
    bytes[offset] = static_cast<char>(data[at + 2]);
    bytes[offset + 1] = static_cast<char>(data[at + 3]);
  }
  for (auto& [path, bytes] : contents) {
    if (data[0] & 1) FixChecksums(bytes);
    world.SetContent(path, bytes);
  }
  const std::string& chosen = paths[(data[0] >> 3) % paths.size()];
  if (data[0] & 2) world.Erase(chosen);
  if (data[0] & 4) world.SetContent(chosen, std::string(512 * (data[0] >> 5), '\0'));
}

}  // namespace
}  // namespace tidemark::aof

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tidemark::aof;
  static const auto* const log = MakeLog().release();
  if (size == 0 || size > 400) return 0;
  const std::unique_ptr<tidemark::tests::MemoryWorld> world = log->Clone(1);
  Change(*world, data, size);
  std::map<uint64_t, std::string> found, skipping;
  bool skipping_opened = false;
  {
    const std::unique_ptr<tidemark::tests::MemoryWorld> same = log->Clone(1);
    Change(*same, data, size);
    Owner owner(*same, /*scan_sealed=*/false);
    skipping_opened = owner.Open().ok();
    if (skipping_opened) skipping = owner.ReadAll();
  }
  {
    Owner owner(*world);
    if (!owner.Open().ok()) return 0;
    owner.CheckReads();
    CHECK(skipping_opened);
    CHECK(skipping == owner.records);
    for (int i = 0; i < 3; ++i) owner.Append(std::string(500, 'z'));
    owner.Flush();
    owner.CheckReads();
    found = owner.records;
  }
  Owner again(*world);
  const absl::Status status = again.Open();
  CHECK(status.ok()) << status;
  CHECK(again.records == found);
  return 0;
}
