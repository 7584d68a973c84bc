#include "table/replica.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "table/companion_walk.hpp"
#include "table/promise.hpp"
#include "table/replica_change.hpp"
#include "table/stored_row.hpp"

namespace garage::table {

Task<Result<Reply>> Replica::handle(std::shared_ptr<const Request> request) {
  if (request->family != schema_.family()) co_return fail(ErrorKind::kInvalid, "a request for another table");
  if (request->operation == Operation::kRead) co_return co_await read(std::move(request));
  co_return co_await change(std::move(request));
}

Task<Result<Reply>> Replica::read(std::shared_ptr<const Request> request) {
  Reply reply;
  CO_TRY(reply.row, co_await get_row(store_, disk_, schema_.family(), request->key));
  const std::string fence = promise_key(schema_.family(), request->key);
  CO_TRY(auto promise, co_await get_bytes(store_, disk_, kv::Family::kPromise, fence));
  if (promise) {
    CO_TRY(reply.seen, decode_promise(fence, *promise));
  }
  if (reply.row && reply.seen < reply.row->ord) reply.seen = reply.row->ord;
  if (request->companions_wanted && reply.row) {
    CO_TRY(auto beside, co_await gather_companions(beside_, schema_, request->key, *reply.row));
    reply.companions_too_many = !beside;
    if (beside) reply.companions = std::move(*beside);
  }
  // After the read, not before it: what was read while the stage was still good is a good answer.
  reply.stage = placement_.stage_of(request->key);
  if (request->stage < reply.stage)
    co_return Reply{.verdict = Verdict::kStageOver, .row = {}, .seen = {}, .stage = reply.stage, .companions = {}};
  co_return std::move(reply);
}

// The INSTALL with what belongs beside the row and does not come with it: of a large object it is more than a message
// takes, and of a completed upload the small parts are not sent again, which this replica may have missed.
Task<Result<std::shared_ptr<const Request>>> Replica::with_companions(std::shared_ptr<const Request> request) {
  const bool lacks_some = request->companions_at || (source_ && schema_.completion_of(*request->row));
  if (!lacks_some) co_return request;
  if (!source_) co_return fail(ErrorKind::kUnsupported, "this node fetches nothing from others");
  auto fetched = co_await fetch_companions(beside_, *source_, commits_, schema_, placement_, request);
  if (fetched && fetched->empty()) co_return request;
  if (fetched) {
    auto whole = std::make_shared<Request>(*request);
    std::ranges::move(*fetched, std::back_inserter(whole->companions));
    co_return whole;
  }
  if (fetched.error().kind != ErrorKind::kNotFound) co_return std::unexpected(std::move(fetched).error());
  // Of no matter where a newer row has come here, as it must have elsewhere: that one is the answer.
  CO_TRY(const auto held, co_await get_row(store_, disk_, schema_.family(), request->key));
  if (!held || held->ord <= request->row->ord) co_return std::unexpected(std::move(fetched).error());
  co_return request;
}

Task<Result<Reply>> Replica::change(std::shared_ptr<const Request> request) {
  // Of a request that is going to be refused nothing should be left.
  const bool stage_over = request->stage < placement_.stage_of(request->key);
  if (request->operation == Operation::kInstall && !stage_over) {
    CO_TRY(request, co_await with_companions(request));
  }
  auto operation =
      std::make_shared<ReplicaChange>(schema_, placement_, std::move(request), ords_.latest_ms(), ablation_);
  CO_CHECK_OK(co_await commits_.commit(operation));
  co_return operation->take_reply();
}

}  // namespace garage::table
