#include "table/hints.hpp"

#include <utility>

#include "base/log.hpp"
#include "codec/tlv.hpp"
#include "table/row_key.hpp"

namespace garage::table {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr uint32_t kTagInstall = 1;
constexpr char kHintByte = 'h';

std::string prefix_of(const NodeId& node) {
  std::string out(1, kHintByte);
  out.append(node.view());
  return out;
}

std::string key_of(const NodeId& node, const Request& install) {
  std::string out = prefix_of(node);
  out.push_back(static_cast<char>(install.family));
  out.append(install.key);
  return out;
}

NodeId node_of(std::string_view key) {
  return NodeId::from_raw(key.substr(1, NodeId::kSize)).value_or(NodeId{});
}

std::string encode(std::string_view key, const Request& install) {
  codec::TlvWriter out(kFormatVersion);
  out.bytes(kTagInstall, encode_request(install));
  return std::move(out).finish(key);
}

Result<Request> decode(std::string_view key, std::string_view value) {
  TRY(auto in, codec::TlvReader::open(key, value, kFormatVersion));
  Result<Request> out = fail(ErrorKind::kCorrupt, "a hint without a row");
  while (in.next()) {
    if (in.tag() == kTagInstall) out = decode_request(in.bytes());
  }
  CHECK_OK(in.status());
  if (out && !out->row) return fail(ErrorKind::kCorrupt, "a hint without a row");
  return out;
}

}  // namespace

class Hints::Put final : public kv::Change {
 public:
  Put(Hints& hints, NodeId node, std::shared_ptr<const Request> install)
      : hints_(hints), node_(node), install_(std::move(install)), key_(key_of(node, *install_)) {}

  void reads(std::vector<kv::Key>& out) const override { out.push_back({kv::Family::kQueue, key_}); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    TRY(const auto before, view.get(kv::Family::kQueue, key_));
    if (before) {
      const auto other = decode(key_, *before);
      if (other && other->row->ord >= install_->row->ord) return {};
      difference_ -= static_cast<int64_t>(key_.size() + before->size());
    }
    std::string value = encode(key_, *install_);
    difference_ += static_cast<int64_t>(key_.size() + value.size());
    batch.put(kv::Family::kQueue, key_, std::move(value));
    return {};
  }
  void committed() override { hints_.account(node_, difference_); }
  size_t bytes() const override {
    size_t total = 512 + key_.size() + (install_->row->value ? install_->row->value->size() : 0);
    for (const Companion& companion : install_->companions) total += companion.value.size();
    return total;
  }

 private:
  Hints& hints_;
  const NodeId node_;
  const std::shared_ptr<const Request> install_;
  const std::string key_;
  int64_t difference_ = 0;
};

class Hints::Remove final : public kv::Change {
 public:
  Remove(Hints& hints, NodeId node, std::string key, std::optional<std::string> value)
      : hints_(hints), node_(node), key_(std::move(key)), value_(std::move(value)) {}

  void reads(std::vector<kv::Key>& out) const override { out.push_back({kv::Family::kQueue, key_}); }
  Result<void> apply(kv::View& view, kv::Batch& batch) override {
    TRY(const auto there, view.get(kv::Family::kQueue, key_));
    if (!there || (value_ && *there != *value_)) return {};
    difference_ = -static_cast<int64_t>(key_.size() + there->size());
    batch.remove(kv::Family::kQueue, key_);
    return {};
  }
  void committed() override { hints_.account(node_, difference_); }

 private:
  Hints& hints_;
  const NodeId node_;
  const std::string key_;
  const std::optional<std::string> value_;
  int64_t difference_ = 0;
};

Result<void> Hints::load() {
  const std::string all(1, kHintByte);
  auto rows = store_.iterate(kv::Family::kQueue, {all, prefix_end(all)});
  for (rows->seek(all); rows->valid(); rows->next()) {
    account(node_of(rows->key()), static_cast<int64_t>(rows->key().size() + rows->value().size()));
  }
  return rows->status();
}

void Hints::account(const NodeId& node, int64_t bytes) {
  std::lock_guard lock(mutex_);
  uint64_t& total = bytes_[node];
  total = static_cast<uint64_t>(static_cast<int64_t>(total) + bytes);
  if (total == 0) bytes_.erase(node);
}

std::vector<NodeId> Hints::nodes() const {
  std::lock_guard lock(mutex_);
  std::vector<NodeId> out;
  for (const auto& [node, bytes] : bytes_) out.push_back(node);
  return out;
}

uint64_t Hints::bytes_for(const NodeId& node) const {
  std::lock_guard lock(mutex_);
  const auto found = bytes_.find(node);
  return found == bytes_.end() ? 0 : found->second;
}

void Hints::add(NodeId node, std::shared_ptr<const Request> install) {
  if (bytes_for(node) >= options_.bytes_max) {
    ++dropped_;
    return;
  }
  background_.spawn(put(node, std::move(install)));
}

Task<void> Hints::put(NodeId node, std::shared_ptr<const Request> install) {
  auto done = co_await commits_.commit(std::make_shared<Put>(*this, node, std::move(install)));
  if (done) co_return;
  ++dropped_;
  LOG_WARN("table", "{} will learn of a row by synchronisation only: {}", node.hex(), done.error().message);
}

Result<std::vector<Hints::Stored>> Hints::read(const NodeId& node, const std::string& behind, size_t count,
                                               std::vector<std::string>& damaged) {
  const std::string prefix = prefix_of(node);
  std::vector<Stored> out;
  auto rows = store_.iterate(kv::Family::kQueue, {prefix, prefix_end(prefix)});
  for (rows->seek(behind.empty() ? prefix : behind + '\0'); rows->valid() && out.size() < count; rows->next()) {
    auto install = decode(rows->key(), rows->value());
    if (install) {
      out.push_back({std::string(rows->key()), std::string(rows->value()), std::move(*install)});
    } else {
      LOG_WARN("table", "a hint for {} is damaged: {}", node.hex(), install.error().message);
      damaged.emplace_back(rows->key());
    }
  }
  CHECK_OK(rows->status());
  return out;
}

Task<Result<void>> Hints::remove(NodeId node, std::string key, std::optional<std::string> value) {
  co_return co_await commits_.commit(std::make_shared<Remove>(*this, node, std::move(key), std::move(value)));
}

}  // namespace garage::table
