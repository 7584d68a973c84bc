// What a coordinator asks a replica, and what it hears. Values; their bytes are in docs/formats/rows.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ord.hpp"
#include "base/result.hpp"
#include "kv/store.hpp"
#include "table/register.hpp"
#include "table/row.hpp"
#include "table/upload_mark.hpp"

namespace garage::table {

enum class Operation : unsigned char { kRead = 1, kPrepare = 2, kInstall = 3 };

// What is written for.
enum class Purpose : unsigned char {
  kUnsaid = 0,  // by a program that did not tell yet
  kClient = 1,  // a client's write, or what it rests on
  kRepair = 2,  // rows are brought where they belong; refused by nobody who is closed to clients
};

struct Request {
  Operation operation = Operation::kRead;
  kv::Family family = kv::Family::kObject;
  uint64_t stage = 0;  // of the sender; a replica that is further refuses
  std::string key;
  Ord ballot;                           // PREPARE
  std::optional<Uuid> unless_aborted;   // PREPARE: refused where this upload is over
  std::optional<Uuid> abort_upload;     // PREPARE: marks it
  std::optional<Row> row;               // INSTALL
  std::vector<Companion> companions;    // INSTALL
  std::optional<NodeId> companions_at;  // INSTALL: too many for a message; fetch them there first
  bool companions_wanted = false;       // READ
  Purpose purpose = Purpose::kRepair;   // PREPARE, INSTALL
  bool settles = false;                 // INSTALL: of a row that others have, see kv::Change::settles()
  bool adds = false;                    // PREPARE, INSTALL: for a write that does, see kv::Change::adds()
  // PREPARE, INSTALL: a replica of the row has told of this ord, so that one as high is nobody's broken clock. Zero:
  // none is needed.
  Ord witnessed;
};

enum class Verdict : unsigned char {
  kDone = 1,
  kRefused = 2,    // the fence, or a higher row, stands above it
  kStageOver = 3,  // the layout has moved on
  kFarFuture = 4,  // an ord that no sane clock gives
  kAborted = 5,    // PREPARE: the upload is marked as aborted
  kClosed = 6,     // clients write nothing more here
};

struct Reply {
  Verdict verdict = Verdict::kDone;
  std::optional<Row> row;  // READ and granted PREPARE: the row held
  Ord seen;                // the higher of row and promise held
  uint64_t stage = 0;      // of the replica
  std::vector<Companion> companions;
  bool companions_too_many = false;         // READ: for a message; they can be fetched here
  std::optional<CompletionNote> note = {};  // granted PREPARE: of the upload that is not to be over
};

inline constexpr size_t kRowKeyBytesMax = 4096;
inline constexpr size_t kCompanionsMax = 64;           // in a reply: who has more says so
inline constexpr size_t kCompanionsOfWriteMax = 1024;  // in a request: nobody else has them yet

// kUnsupported where one message can't carry all that is to lie beside a row. To be asked before anything is sent: this
// node's own replica reads no messages, and would be the only one to take the row.
Result<void> require_fitting(const std::vector<Companion>& companions);

std::string encode_request(const Request& request);
Result<Request> decode_request(std::string_view encoded);
// The row's checksum binds its key, which both sides know.
std::string encode_reply(std::string_view key, const Reply& reply);
Result<Reply> decode_reply(std::string_view key, std::string_view encoded);

}  // namespace garage::table
