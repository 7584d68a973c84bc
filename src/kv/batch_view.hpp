// The View that the changes of one batch look through: what the batch has put so far, over rows read in one go, over
// the store.
//
// Inside the commit queue only. Threads: one.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "kv/commit_queue.hpp"
#include "kv/store.hpp"

namespace garage::kv {

class BatchView : public View {
 public:
  explicit BatchView(Store& store) : store_(store) {}

  // Reads the rows that the changes named, once. Before the first get().
  void prefetch(std::vector<Key> keys);
  Result<std::optional<std::string_view>> get(Family family, std::string_view key) override;
  Result<std::optional<std::string>> first_key(Family family, std::string_view from, std::string_view until) override;

  // Adds what one change wrote; later changes see it. Leaves `part` empty. `last` says that nobody will look any more.
  void absorb(Batch& part, bool last);
  const Batch& batch() const { return batch_; }

 private:
  struct KeyView {
    Family family;
    std::string_view bytes;
  };
  struct Order {
    using is_transparent = void;
    static KeyView view(const Key& key) { return {key.family, key.bytes}; }
    static KeyView view(KeyView key) { return key; }
    bool operator()(const auto& a, const auto& b) const {
      const KeyView left = view(a);
      const KeyView right = view(b);
      return left.family != right.family ? left.family < right.family : left.bytes < right.bytes;
    }
  };
  using Row = Result<std::optional<std::string>>;

  static Result<std::optional<std::string_view>> view_of(const Row& row);

  Store& store_;
  Batch batch_;
  std::map<Key, size_t, Order> pending_;  // to the newest entry of batch_ for that key
  std::vector<Key> named_;                // sorted
  std::vector<Row> rows_;                 // of named_
  std::map<Key, Row, Order> others_;      // rows that nobody named but somebody asked for
};

}  // namespace garage::kv
