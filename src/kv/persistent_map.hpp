// An ordered map from byte strings to byte strings whose copies cost nothing: they share all nodes, and a change copies
// only the path to the changed one. So a snapshot of MemoryStore is an assignment.
//
// A treap; a node's priority is a hash of its key, so equal content has an equal shape and every run is alike.
// Threads: a map is a value, for one thread at a time; copies of it may be used by different threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace garage::kv {

class PersistentMap {
 public:
  struct Entry {
    std::string key;
    std::string value;
  };

  void put(std::string key, std::string value);
  void remove(std::string_view key);
  size_t size() const;

  // Entries live as long as any map that holds them; nullptr if there is none.
  const Entry* find(std::string_view key) const;
  const Entry* at_or_after(std::string_view key) const;
  const Entry* after(std::string_view key) const;
  const Entry* at_or_before(std::string_view key) const;
  const Entry* before(std::string_view key) const;

 private:
  struct Node;
  using Link = std::shared_ptr<const Node>;

  static Link make(std::shared_ptr<const Entry> entry, uint64_t priority, Link left, Link right);
  static Link with(const Link& node, std::shared_ptr<const Entry> entry, uint64_t priority);
  static Link without(const Link& node, std::string_view key);
  static Link merged(const Link& left, const Link& right);

  Link root_;
};

}  // namespace garage::kv
