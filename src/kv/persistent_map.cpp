#include "kv/persistent_map.hpp"

#include <cstdint>
#include <utility>

namespace garage::kv {
namespace {

// FNV-1a, then a finaliser, so that neighbouring keys get unrelated priorities.
uint64_t priority_of(std::string_view key) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace

struct PersistentMap::Node {
  std::shared_ptr<const Entry> entry;
  uint64_t priority;
  Link left;
  Link right;
  size_t size;
};

PersistentMap::Link PersistentMap::make(std::shared_ptr<const Entry> entry, uint64_t priority, Link left, Link right) {
  const size_t size = 1 + (left ? left->size : 0) + (right ? right->size : 0);
  return std::make_shared<const Node>(std::move(entry), priority, std::move(left), std::move(right), size);
}

PersistentMap::Link PersistentMap::with(const Link& node, std::shared_ptr<const Entry> entry, uint64_t priority) {
  if (!node) return make(std::move(entry), priority, nullptr, nullptr);
  const int order = entry->key.compare(node->entry->key);
  if (order == 0) return make(std::move(entry), node->priority, node->left, node->right);
  if (order < 0) {
    Link left = with(node->left, std::move(entry), priority);
    if (left->priority <= node->priority) return make(node->entry, node->priority, std::move(left), node->right);
    return make(left->entry, left->priority, left->left, make(node->entry, node->priority, left->right, node->right));
  }
  Link right = with(node->right, std::move(entry), priority);
  if (right->priority <= node->priority) return make(node->entry, node->priority, node->left, std::move(right));
  return make(right->entry, right->priority, make(node->entry, node->priority, node->left, right->left), right->right);
}

PersistentMap::Link PersistentMap::merged(const Link& left, const Link& right) {
  if (!left) return right;
  if (!right) return left;
  if (left->priority > right->priority)
    return make(left->entry, left->priority, left->left, merged(left->right, right));
  return make(right->entry, right->priority, merged(left, right->left), right->right);
}

PersistentMap::Link PersistentMap::without(const Link& node, std::string_view key) {
  if (!node) return nullptr;
  const int order = key.compare(node->entry->key);
  if (order == 0) return merged(node->left, node->right);
  if (order < 0) return make(node->entry, node->priority, without(node->left, key), node->right);
  return make(node->entry, node->priority, node->left, without(node->right, key));
}

void PersistentMap::put(std::string key, std::string value) {
  const uint64_t priority = priority_of(key);
  root_ = with(root_, std::make_shared<const Entry>(std::move(key), std::move(value)), priority);
}

void PersistentMap::remove(std::string_view key) {
  if (find(key)) root_ = without(root_, key);
}

size_t PersistentMap::size() const {
  return root_ ? root_->size : 0;
}

const PersistentMap::Entry* PersistentMap::find(std::string_view key) const {
  const Entry* entry = at_or_after(key);
  return entry && entry->key == key ? entry : nullptr;
}

const PersistentMap::Entry* PersistentMap::at_or_after(std::string_view key) const {
  const Entry* best = nullptr;
  for (const Node* node = root_.get(); node;) {
    const bool fits = node->entry->key >= key;
    if (fits) best = node->entry.get();
    node = fits ? node->left.get() : node->right.get();
  }
  return best;
}

const PersistentMap::Entry* PersistentMap::after(std::string_view key) const {
  const Entry* best = nullptr;
  for (const Node* node = root_.get(); node;) {
    const bool fits = node->entry->key > key;
    if (fits) best = node->entry.get();
    node = fits ? node->left.get() : node->right.get();
  }
  return best;
}

const PersistentMap::Entry* PersistentMap::at_or_before(std::string_view key) const {
  const Entry* best = nullptr;
  for (const Node* node = root_.get(); node;) {
    const bool fits = node->entry->key <= key;
    if (fits) best = node->entry.get();
    node = fits ? node->right.get() : node->left.get();
  }
  return best;
}

const PersistentMap::Entry* PersistentMap::before(std::string_view key) const {
  const Entry* best = nullptr;
  for (const Node* node = root_.get(); node;) {
    const bool fits = node->entry->key < key;
    if (fits) best = node->entry.get();
    node = fits ? node->right.get() : node->left.get();
  }
  return best;
}

}  // namespace garage::kv
