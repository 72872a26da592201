#!/usr/bin/env python3
"""Reads a log's segment files and says what they hold: docs/formats/, decoded once more.

    aof_decode.py [--live] [--owner segmented|partition] DIRECTORY | FILE

Prints JSON lines: what is in the files, in log order (header, batch, cut, record, note, floor), then one verdict.
--live leaves out what is void or truncated and prints records by number, then notes, then the verdict. --owner
decodes payloads.

Independent of the engine on purpose: written from the format documents alone, standard library only, its own
checksum. The engine's tests compare the two. Reads only; holds one segment file in memory. Exit status: 0 readable,
1 the log is damaged or not there, 2 a wrong command line.
"""

import argparse
import json
import os
import re
import struct
import sys

RECORD, NOTE, CUT, COMMIT = 1, 2, 3, 4
FRAME_HEADER = 24
COMMIT_FIXED = 32
HEADER_FIXED = 96
KINDS = {1: "data", 2: "no_op", 3: "term_started", 4: "create_partition", 5: "drop_partition"}
PROMISES = {0: "at_durable", 1: "at_safe"}


def make_crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = make_crc_table()


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    table = CRC_TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def align(value, to):
    return (value + to - 1) // to * to


def is_zero(data):
    return not data.strip(b"\0")


class Damage(Exception):
    """What ends reading: `verdict` is corrupt, lost, not_supported or no_store."""

    def __init__(self, verdict, file_id, offset, why):
        super().__init__(why)
        self.verdict, self.file_id, self.offset, self.why = verdict, file_id, offset, why


class NoBatch(Exception):
    """No batch begins here."""


class Inconsistent(Exception):
    """The checksums hold, the numbers do not."""


class Header:
    def __init__(self, data, file_id):
        def corrupt(why):
            return Damage("corrupt", file_id, 0, "header: " + why)

        if len(data) < 16 or data[:8] != b"TIDEAOF1":
            raise corrupt("no TIDEAOF1")
        version, self.header_bytes = struct.unpack_from("<II", data, 8)
        if not 512 <= self.header_bytes <= 2 << 20 or self.header_bytes % 512 or self.header_bytes > len(data):
            raise corrupt("header_bytes %d" % self.header_bytes)
        covered = self.header_bytes - 4
        if crc32c(data[:covered]) != struct.unpack_from("<I", data, covered)[0]:
            raise corrupt("checksum")
        if version != 1:
            raise Damage("not_supported", file_id, 0, "version %d" % version)
        (self.store_high, self.store_low, self.log_id, self.file_id, self.segment_bytes, self.block_bytes,
         self.max_record_bytes, self.base, self.previous_end, self.first, note_bytes,
         spare) = struct.unpack_from("<QQQQQIIQQQII", data, 16)
        end = HEADER_FIXED + note_bytes
        if (self.block_bytes not in (512, 4096) or self.max_record_bytes > 256 << 20
                or self.segment_bytes > 16 << 30 or self.segment_bytes % 4096 or note_bytes > 1 << 20
                or self.header_bytes != align(end + 4, self.block_bytes) or self.header_bytes > self.segment_bytes
                or not 1 <= self.first <= self.base or spare != 0 or not is_zero(data[end:covered])):
            raise corrupt("its numbers contradict each other")
        if self.file_id != file_id:
            raise corrupt("it says that it is file %d" % self.file_id)
        self.note = data[HEADER_FIXED:end]
        self.salt = crc32c(struct.pack("<QQQQ", self.store_high, self.store_low, self.log_id, self.file_id))


class Batch:
    """One batch that checks out in itself."""

    def __init__(self, header, data, offset, limit):
        self.offset, self.cut, self.frames = offset, None, []
        trouble = None
        last = None  # named by the frames so far
        at = offset
        while True:
            kind, sequence, payload, size = self.frame(header, data, at, limit)
            if kind == COMMIT:
                break
            if kind == CUT:
                void_from, = struct.unpack("<Q", payload)
                if at != offset:
                    trouble = "a cut that is not the first frame"
                if not header.header_bytes <= void_from <= offset or void_from % header.block_bytes:
                    trouble = "void_from is no earlier block"
                self.cut = (sequence, void_from)
            else:
                if kind == RECORD and (sequence == 0 or last is not None and sequence != last + 1):
                    trouble = "records out of sequence"
                if kind == NOTE and last is not None and sequence != last:
                    trouble = "a note out of sequence"
                self.frames.append((kind, sequence, payload, at))
            last = sequence
            at += size
        self.last = sequence
        began, self.promised, self.promised_sequence, self.first = struct.unpack_from("<QQQQ", payload)
        if began != offset:
            raise NoBatch("a commit frame of another batch")
        if last is not None and self.last != last:
            trouble = "the commit names another last record"
        if not header.header_bytes <= self.promised <= offset or self.promised % header.block_bytes:
            trouble = "it promises what is no earlier block"
        if self.cut and self.promised > self.cut[1]:
            trouble = "it promises what it makes void"
        if not 1 <= self.first <= self.last + 1:
            trouble = "its floor is above its last record"
        if not is_zero(payload[COMMIT_FIXED:]):
            trouble = "its filling is not zero"
        if trouble:
            raise Inconsistent(trouble)
        self.end = at + size
        self.records = [frame for frame in self.frames if frame[0] == RECORD]

    @staticmethod
    def frame(header, data, at, limit):
        if at + FRAME_HEADER > limit:
            raise NoBatch("no room for a frame")
        crc, length, sequence, kind = struct.unpack_from("<IIQB", data, at)
        size = align(FRAME_HEADER + length, 8)
        if kind not in (RECORD, NOTE, CUT, COMMIT) or not is_zero(data[at + 17:at + FRAME_HEADER]):
            raise NoBatch("no frame")
        if kind in (RECORD, NOTE) and length > header.max_record_bytes:
            raise NoBatch("too long")
        if kind == CUT and length != 8:
            raise NoBatch("a cut of the wrong length")
        if kind == COMMIT and at + size != align(at + FRAME_HEADER + COMMIT_FIXED, header.block_bytes):
            raise NoBatch("a commit of the wrong length")
        if at + size > limit:
            raise NoBatch("beyond the end of the segment")
        salted = crc32c(struct.pack("<Q", at), header.salt)
        if crc32c(data[at + 4:at + size], salted) != crc:
            raise NoBatch("checksum")
        if not is_zero(data[at + FRAME_HEADER + length:at + size]):
            raise NoBatch("padding")
        return kind, sequence, data[at + FRAME_HEADER:at + FRAME_HEADER + length], size


class Scan:
    """What of one file counts."""

    def __init__(self, header, data, limit, sealed, last):
        self.header, self.data, self.limit, self.sealed = header, data, limit, sealed
        self.last, self.floor = last, header.first
        self.end = self.promised = self.silent_from = header.header_bytes
        self.promised_sequence = last
        self.junk_end = 0

    def corrupt(self, why):
        return Damage("corrupt", self.header.file_id, self.end, why)

    def batches(self):
        at = self.header.header_bytes
        while at < self.limit:
            try:
                batch = Batch(self.header, self.data, at, self.limit)
            except Inconsistent as trouble:
                raise self.corrupt("checksums hold, but: %s" % trouble)
            except NoBatch as trouble:
                batch = self.search(at, str(trouble))
                if batch is None:
                    return
            self.take(batch)
            yield batch
            at = batch.end

    def search(self, bad, why):
        """What follows a bad batch: the batch that bridges it, or None for the end of the log."""
        block = self.header.block_bytes
        for at in range(bad, self.limit, block):
            if is_zero(self.data[at:at + block]):
                continue
            if at > bad:
                try:
                    batch = Batch(self.header, self.data, at, self.limit)
                    if batch.cut and batch.cut[1] <= bad:
                        self.junk_end = 0
                        return batch
                    if batch.promised > bad:
                        raise self.corrupt("%s; the batch at %d promised all below %d" % (why, at, batch.promised))
                except (NoBatch, Inconsistent):
                    pass
            self.junk_end = at + block
        if self.sealed:
            raise self.corrupt("%s; the next file promised all below %d" % (why, self.limit))
        return None

    def take(self, batch):
        before = self.last
        trouble = None
        if batch.cut:
            before, void_from = batch.cut
            if before > self.last:
                trouble = "a cut to a record that is not there"
            if void_from < self.promised:
                trouble = "promised bytes made void"
        if batch.records and batch.records[0][1] != before + 1:
            trouble = "a first record that does not follow"
        if batch.last != before + len(batch.records):
            trouble = "a last record that does not follow"
        if batch.first < self.floor:
            trouble = "a floor that sinks"
        if batch.promised > self.promised:
            if batch.promised != self.end or batch.promised_sequence != self.last:
                trouble = "a promise that is not of the batches before it"
        if trouble:
            raise self.corrupt("checksums hold, but: " + trouble)
        if batch.cut or batch.frames or batch.first != self.floor:
            self.silent_from = batch.end
        if batch.promised > self.promised:
            self.promised, self.promised_sequence = batch.promised, batch.promised_sequence
        self.last, self.floor, self.end = batch.last, batch.first, batch.end


class Log:
    """A directory, or one file alone."""

    def __init__(self, paths, alone=False):
        self.paths, self.alone = paths, alone  # file id -> path
        self.first, self.last, self.scan, self.probe_damage = 1, 0, None, None
        self.owner = None  # (store, log) that every file must name

    def load(self, file_id):
        with open(self.paths[file_id], "rb") as file:
            data = file.read()
        header = Header(data, file_id)
        owner = (header.store_high, header.store_low, header.log_id)
        if self.owner not in (None, owner):
            raise Damage("wrong_store", file_id, 0, "it belongs to another store or log than the last file")
        self.owner = owner
        return header, data

    def start(self, header, data, limit, sealed, last):
        if len(data) < limit:
            raise Damage("corrupt", header.file_id, len(data), "the file is shorter than %d" % limit)
        return Scan(header, data, limit, sealed, last)

    def needed(self):
        """The headers from the file that holds the floor to the last one."""
        newest = max(self.paths)
        header, data = self.load(newest)
        self.first = header.first
        headers = [header]
        if header.base > self.first and not self.alone:
            probe = self.start(header, data, header.segment_bytes, False, header.base - 1)
            try:
                for _ in probe.batches():
                    pass
            except Damage as damage:
                self.probe_damage = damage
            self.first = probe.floor
        while headers[0].base > self.first and not self.alone:
            wanted = headers[0].file_id - 1
            if wanted not in self.paths:
                raise self.probe_damage or Damage("lost", wanted, 0, "the file is missing; records %d to %d were there"
                                                  " or before" % (self.first, headers[0].base - 1))
            headers.insert(0, self.load(wanted)[0])
        return headers

    def events(self):
        """(kind, ...) in log order; raises Damage where reading ends."""
        if not self.paths:
            raise Damage("no_store", 0, 0, "no segment file")
        headers = self.needed()
        self.last = headers[0].base - 1
        yield ("floor", self.first)
        for header, after in zip(headers, headers[1:] + [None]):
            self.last = min(self.last, header.base - 1)  # the file replaces records of the ones before it
            if header.base != self.last + 1:
                raise Damage("corrupt", header.file_id, 0,
                             "it begins at record %d, after %d" % (header.base, self.last))
            limit = after.previous_end if after else header.segment_bytes
            if not header.header_bytes <= limit <= header.segment_bytes or limit % header.block_bytes:
                raise Damage("corrupt", after.file_id, 0, "previous_end %d cannot be" % limit)
            yield ("header", header)
            data = self.load(header.file_id)[1]
            self.scan = self.start(header, data, limit, after is not None, self.last)
            for batch in self.scan.batches():
                yield ("batch", header, batch)
                if batch.first > self.first:
                    self.first = batch.first
                    yield ("floor", self.first)
            self.last = self.scan.last
        if self.first > self.last + 1:
            raise Damage("lost", header.file_id, 0, "the log ends at %d, below its floor %d" % (self.last, self.first))

    def verdict(self):
        scan = self.scan
        torn = scan.junk_end - scan.end if scan.junk_end else 0
        return {"verdict": "torn" if torn else "intact", "first": self.first, "last": self.last,
                "records": self.last + 1 - self.first, "proven": min(scan.promised_sequence, self.last),
                "file": scan.header.file_id, "end": scan.end, "torn_bytes": torn,
                "clean": torn == 0 and scan.silent_from <= scan.promised}


# --- what payloads mean to their owners -----------------------------------------------------------------------------


def plain(payload):
    return {"payload": payload.hex()}


def segmented_record(payload):
    if len(payload) < 32:
        raise ValueError("entry shorter than its header")
    term, partition, index, kind, promise = struct.unpack_from("<QQQBB", payload)
    if (kind not in KINDS or promise not in PROMISES or not is_zero(payload[26:32]) or index == 0
            or (partition == 0) == (kind == 1)):
        raise ValueError("damaged entry")
    return {"term": term, "partition": partition, "index": index, "kind": KINDS[kind], "promise": PROMISES[promise],
            "payload": payload[32:].hex()}


def segmented_head(note):
    version, count, term, vote = struct.unpack_from("<IIQQ", note)
    if version != 1 or len(note) != 24 + 16 * count:
        raise ValueError("damaged head note")
    roster = [list(struct.unpack_from("<QQ", note, 24 + 16 * i)) for i in range(count)]
    partitions = [partition for partition, _ in roster]
    if partitions != sorted(set(partitions)) or any(index == 0 for _, index in roster):
        raise ValueError("damaged roster")
    return {"term": term, "vote": vote, "roster": roster}


def partition_record(payload):
    if len(payload) < 24:
        raise ValueError("partition record shorter than its header")
    raft_index, term, kind = struct.unpack_from("<QQB", payload)
    if raft_index == 0 or kind != 1 or not is_zero(payload[17:24]):
        raise ValueError("damaged partition record")
    return {"raft_index": raft_index, "term": term, "payload": payload[24:].hex()}


def checkpoint(note):
    if len(note) != 32:
        raise ValueError("checkpoint of %d bytes" % len(note))
    version, spare, durable, next_index, applied = struct.unpack("<IIQQQ", note)
    if version != 1 or spare != 0 or next_index == 0:
        raise ValueError("damaged checkpoint")
    return {"durable": durable, "next_index": next_index, "applied": applied}


OWNERS = {None: (plain, plain, plain), "segmented": (segmented_record, plain, segmented_head),
          "partition": (partition_record, checkpoint, checkpoint)}


# --- printing ---------------------------------------------------------------------------------------------------


def show(line):
    print(json.dumps(line, separators=(",", ":")))


def show_all(log, decode):
    record, note, head = decode
    for event in log.events():
        if event[0] == "floor":
            show({"floor": event[1]})
        elif event[0] == "header":
            header = event[1]
            show({"header": header.file_id, "store": "%016x%016x" % (header.store_high, header.store_low),
                  "log": header.log_id, "base": header.base, "first": header.first,
                  "previous_end": header.previous_end, "segment_bytes": header.segment_bytes,
                  "block_bytes": header.block_bytes, "note": head(header.note)})
        else:
            _, header, batch = event
            show({"batch": batch.offset, "end": batch.end, "file": header.file_id, "last": batch.last,
                  "first": batch.first, "promised": batch.promised, "promised_sequence": batch.promised_sequence})
            if batch.cut:
                show({"cut": batch.cut[0], "void_from": batch.cut[1]})
            for kind, sequence, payload, offset in batch.frames:
                what, decoder = ("record", record) if kind == RECORD else ("note", note)
                show({what: sequence, "offset": offset, **decoder(payload)})


def show_live(log, decode):
    record, note, _ = decode
    records, notes = {}, []
    for event in log.events():
        if event[0] == "floor":
            records = {sequence: payload for sequence, payload in records.items() if sequence >= event[1]}
        if event[0] == "header":
            records = {sequence: payload for sequence, payload in records.items() if sequence < event[1].base}
        if event[0] != "batch":
            continue
        batch = event[2]
        if batch.cut:
            records = {sequence: payload for sequence, payload in records.items() if sequence <= batch.cut[0]}
        for kind, sequence, payload, _ in batch.frames:
            if kind == NOTE:
                notes.append((sequence, payload))
            elif sequence >= log.first:
                records[sequence] = payload
    for sequence in sorted(records):
        show({"record": sequence, **record(records[sequence])})
    for sequence, payload in notes:
        show({"note": sequence, **note(payload)})


def main():
    parser = argparse.ArgumentParser(description="Says what the segment files of a log hold.")
    parser.add_argument("--live", action="store_true", help="only what counts in the end")
    parser.add_argument("--owner", choices=["segmented", "partition"], help="decode payloads")
    parser.add_argument("path", help="the log's directory, or one segment file")
    options = parser.parse_args()
    if os.path.isdir(options.path):
        names = [name for name in os.listdir(options.path) if re.fullmatch(r"[0-9]{20}\.aof", name)]
        ids = {int(name[:20]): os.path.join(options.path, name) for name in names}
        log = Log({file_id: path for file_id, path in ids.items() if 0 < file_id < 1 << 64})
    else:
        with open(options.path, "rb") as file:
            prefix = file.read(48)
        file_id = struct.unpack_from("<Q", prefix, 40)[0] if len(prefix) == 48 else 0
        log = Log({file_id: options.path}, alone=True)
    try:
        (show_live if options.live else show_all)(log, OWNERS[options.owner])
        show(log.verdict())
    except Damage as damage:
        show({"verdict": damage.verdict, "file": damage.file_id, "offset": damage.offset, "why": damage.why})
        return 1
    except ValueError as error:
        show({"verdict": "corrupt", "why": str(error)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
