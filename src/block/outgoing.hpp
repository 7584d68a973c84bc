// The blocks of one owner on their way to their holders.
//
// put() returns once a quorum has written a block; the remaining copies go on in the background. commit() has them
// synced and referenced, and returns the ceiling: the end of the lease, above which the row that names the owner must
// not be installed. Copies that fail are made up for later (Hints).
//
// Dropped without commit(), or after a commit() that failed, what was written becomes free space by itself.
//
// Ownership: shared with the copies under way; the Replicas outlive it. Threads: one loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "block/peer_messages.hpp"
#include "block/replicas.hpp"
#include "runtime/signal.hpp"

namespace garage::block {

class Outgoing : public std::enable_shared_from_this<Outgoing> {
 public:
  Outgoing(Replicas& replicas, Uuid owner, std::string backlink, Uuid upload);

  const Uuid& owner() const { return owner_; }
  // kUnavailable (or what the holders said): no quorum took it.
  Task<Result<void>> put(BlockHash hash, Buffer raw);
  // A block that another owner has brought to its holders.
  void share(BlockHash hash);
  // kNotFound: a shared block is gone. kUnavailable: no quorum.
  Task<Result<Ord>> commit();
  // Before the row is written: moves the ceiling up if not much of the lease is left.
  Task<Result<Ord>> renew_if_short();

 private:
  enum class At : unsigned char { kNowhere, kWriting, kWritten, kAsked, kReferenced, kFailed };
  struct Copy {
    NodeId node;
    At at = At::kNowhere;
  };
  struct Block {
    std::vector<Copy> copies;
    size_t quorum = 1;
    bool shared = false;
    size_t straggler_bytes = 0;  // taken from the common budget
    size_t count(At at) const;
  };

  Block& begin_block(const BlockHash& hash, At at);
  bool answers(const Copy& copy) const;
  // Where enough others answer, who does not gets its copy later (Hints): no memory and no request waits for it.
  void pass_over_silent(Block& block) const;
  bool waits_for_somebody(const Block& block) const;
  static Task<void> nudge(std::shared_ptr<Outgoing> self);
  static Task<void> write_copy(std::shared_ptr<Outgoing> self, BlockHash hash, size_t index,
                               std::shared_ptr<const PutMessage> message, Replicas::Encoded encoded);
  static Task<void> refer_copies(std::shared_ptr<Outgoing> self, NodeId node, std::vector<BlockHash> hashes,
                                 ReferMode mode);
  static Task<void> finish_late(std::shared_ptr<Outgoing> self);

  Ord new_ceiling() const;
  // Asks for everything that is written; returns when each block has its quorum, or nobody can answer any more.
  // Who is to keep a block may have changed since it was put: the nodes that came are told as well, and fetch it.
  void tell_new_holders();
  Task<void> refer_written(ReferMode mode);
  void ask_written(ReferMode mode);
  bool all_have_quorum() const;
  bool any_at(At at) const;
  // Blocks to be shared that too few holders have: their bytes travel after all.
  Task<void> carry(BlockHash hash, Block& block);
  Task<Result<Ord>> judge();
  std::unexpected<Error> no_quorum(std::string_view what) const;

  Replicas& replicas_;
  const Uuid owner_;
  Reference reference_;
  std::map<BlockHash, Block> blocks_;
  size_t asking_ = 0;  // kReferOperation under way
  std::optional<Error> last_error_;
  runtime::Signal changed_;
  bool nudged_ = false;  // a nudge() is under way
};

}  // namespace garage::block
