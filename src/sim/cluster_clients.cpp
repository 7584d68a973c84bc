#include "sim/cluster_clients.hpp"

#include "runtime/sleep.hpp"

namespace garage::sim {
namespace {

constexpr Duration kPatience = 25s;        // of a client, for one answer
constexpr Duration kFinalPatience = 120s;  // once all is well
constexpr Duration kLook = 20ms;

}  // namespace

void ClusterClients::start() {
  for (size_t client = 0; client < cluster_.plan().clients; ++client) {
    ++running_;
    cluster_.world().spawn(run(cluster_.plan().operations));
  }
}

Task<void> ClusterClients::run(size_t operations) {
  for (; operations > 0; --operations) {
    const NodeIndex via = co_await think();
    ClusterRequest request = draw();
    co_await ask(via, request);
    if (request.sent) co_await complete_again(std::move(request));
  }
  --running_;
}

// Returns whom to ask next.
Task<NodeIndex> ClusterClients::think() {
  co_await runtime::sleep_for(random_.between(Duration(0), cluster_.plan().think_longest));
  auto via = cluster_.any_node_up();
  for (; !via; via = cluster_.any_node_up()) co_await runtime::sleep_for(100ms);
  co_return *via;
}

// Where nothing was heard, mostly; and at times all the same.
Task<void> ClusterClients::complete_again(ClusterRequest request) {
  const HistoryEntry* entry = request.sent->entry;
  if (entry == nullptr) co_return;
  const bool unheard = entry->outcome == Outcome::kPending || entry->outcome == Outcome::kUnknown;
  if (!unheard && entry->outcome != Outcome::kOk) co_return;
  if (!random_.chance(unheard ? 0.7 : 0.2)) co_return;
  request.kind = ClusterRequest::Kind::kComplete;
  request.sent->again = unheard;
  const NodeIndex via = co_await think();
  co_await ask(via, std::move(request));
}

// Goes on when there is an answer, when the node is gone, or when patience ends; what is still on its way may take
// effect later.
Task<void> ClusterClients::ask(NodeIndex via, ClusterRequest request) {
  auto done = std::make_shared<bool>(false);
  const daemon::Node* asked = cluster_.member(via).node;
  cluster_.member(via).machine->spawn(perform(&cluster_, via, std::move(request), done));
  const bool healed = cluster_.history().is_healed();
  const Duration patience = healed ? kFinalPatience : kPatience;
  for (Duration waited{0}; !*done && waited < patience; waited += kLook) {
    if (cluster_.member(via).node != asked) co_return;
    co_await runtime::sleep_for(kLook);
  }
  if (!*done && healed) cluster_.history().broken("no answer although all is healed");
}

void ClusterClients::draw_write(ClusterRequest& request, bool brings_body) {
  request.how = brings_body ? RegisterOperation::kPut : RegisterOperation::kDelete;
  if (random_.chance(0.55)) return;
  request.expected = cluster_.history().last_read(request.key);
  if (request.expected != 0) {
    request.how = brings_body ? RegisterOperation::kReplaceIf : RegisterOperation::kDeleteIf;
  }
  if (brings_body && (request.expected == 0 || random_.chance(0.3))) {
    request.how = RegisterOperation::kCreate;
    request.expected = 0;
  }
}

ClusterRequest ClusterClients::draw() {
  using Kind = ClusterRequest::Kind;
  ClusterRequest request;
  request.key = random_.pick(keys_);
  const uint64_t drawn = random_.below(100);
  if (drawn < 34) {
    request.kind = Kind::kPut;
    request.value = cluster_.bodies().make(random_, 0);
    draw_write(request, true);
  } else if (drawn < 54) {
    request.kind = Kind::kGet;
    if (random_.chance(0.3)) request.range = {random_.below(40'000), random_.below(40'000)};
  } else if (drawn < 62) {
    request.kind = Kind::kHead;
  } else if (drawn < 74) {
    request.kind = Kind::kRemove;
    draw_write(request, false);
  } else if (drawn < 82) {
    request.kind = Kind::kCopy;
    request.source = random_.pick(keys_);
    draw_write(request, true);
  } else if (drawn < 91) {
    request.kind = Kind::kMultipart;
    request.value = cluster_.bodies().make(random_, 1 + random_.below(3));
    draw_write(request, true);
    request.gives_up = random_.chance(0.2);
    request.abort_races = random_.chance(0.2);
    request.sent = std::make_shared<SentComplete>();
  } else {
    request.kind = Kind::kList;
    if (random_.chance(0.3)) request.delimiter = "/";
    if (random_.chance(0.4)) request.prefix = random_.chance(0.5) ? "b/" : "d/";
    if (random_.chance(0.4)) request.page_items = 1 + random_.below(3);
  }
  return request;
}

void ClusterClients::start_final_reads() {
  for (NodeIndex via = 0; via < cluster_.node_count(); ++via) {
    ++running_;
    cluster_.world().spawn(read_all(via));
  }
}

Task<void> ClusterClients::read_all(NodeIndex via) {
  for (const auto& key : keys_) {
    ClusterRequest get{.kind = ClusterRequest::Kind::kGet, .key = key};
    co_await ask(via, std::move(get));
  }
  ClusterRequest list{.kind = ClusterRequest::Kind::kList};
  co_await ask(via, std::move(list));
  --running_;
}

}  // namespace garage::sim
