#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "engine/aof/store_id.h"
#include "engine/base/time.h"

namespace tidemark::aof {

class OpenFiles;
class Turns;

// What an Aof is opened with. The sizes apply to files made from now on: an existing file keeps the
// sizes that its own header states.
struct Options {
  enum class Mode {
    kCreate,           // kStoreExists when segment files are there
    kExisting,         // kNoStore when none is there
    kCreateIfMissing,  // either
  };

  StoreId store_id;
  // Which log of the store: 0 is the segmented log, 2^64 - 1 the spill, else the partition's id.
  uint64_t log_id = 0;
  // Where the segment files live. Made (one level) when the log is created.
  std::string directory;
  Mode mode = Mode::kExisting;

  // Size of a segment file in bytes, header included; a multiple of 4096, at most 16 GiB.
  uint64_t segment_bytes = 64u << 20;
  // Not 0: the size of the first file; each later one is twice as large, up to segment_bytes, so that a log that is
  // hardly used takes little space. A batch that needs a larger file gets one; what must go on a full disk may get the
  // smallest there can be. Also a multiple of 4096.
  uint64_t first_segment_bytes = 0;
  // What a write is padded to: 512 or 4096. Not less than the device's sector, or a torn write may
  // damage what was promised before it.
  uint32_t block_bytes = 4096;
  // The largest payload of one record or note, in bytes.
  uint32_t max_record_bytes = 1u << 20;
  // The most frames, in bytes, that one write carries. At least one record of the largest size.
  uint32_t max_batch_bytes = 4u << 20;
  // The largest Listener::HeadNote.
  uint32_t max_head_note_bytes = 16u << 10;

  // A record waits at most this long for others to share its write and sync. 0: at once, so that only
  // what arrives while a write is under way is gathered.
  Duration flush_delay;
  // This many gathered bytes are written without waiting for flush_delay.
  uint64_t flush_bytes = 1u << 20;
  // Makes the next segment file in the background, so that no batch waits for it: of a file that nobody needs any more,
  // once there is one, or when half of the last one is used. Where files grow, once they have.
  bool prepare_ahead = false;
  // Not null: writes wait for their turn. Cuts and floors that go alone on a full disk do not.
  std::shared_ptr<Turns> turns;
  // Not null: files that are not in use may be closed, and are opened again when they are needed.
  std::shared_ptr<OpenFiles> open_files;
  // How often a log that found the disk full tries again.
  Duration full_retry = Duration::Millis(100);
  // Whether opening reads whole files. If not, it reads only the heads of sealed files (those that have a successor)
  // before the one that holds the last record: the owner is not told what they hold (replay.h), and damage in them is
  // found by the first read of a record of the file, which scans it; all records of a damaged file then read as such.
  bool scan_sealed = true;
  // How many places of records in sealed files are held in memory, 8 bytes each: so many of those that this life wrote
  // or opening read, and so many of those found again. Beyond that the places in the files used least recently, or
  // written first, are let go; a read of such a file scans it, as above. Those of the last file are always held, and
  // those of one file that was scanned.
  uint64_t max_known_records = 1u << 20;
  // So many bytes of the records that were written last stay in memory for Aof::FindInMemory, in buffers of at most
  // twice as many. 0: none.
  uint64_t recent_bytes = 0;
  // Bypass the page cache.
  bool direct = false;

  // Of the first file of a log.
  uint64_t FirstSegmentBytes() const { return first_segment_bytes != 0 ? first_segment_bytes : segment_bytes; }

  // INVALID_ARGUMENT (kRefused) naming the field, its value and what would do.
  absl::Status Validate() const;
};

}  // namespace tidemark::aof
