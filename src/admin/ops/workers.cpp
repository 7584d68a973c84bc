// ListWorkers, GetWorkerInfo, GetWorkerVariable, SetWorkerVariable
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "admin/fields.hpp"
#include "admin/node_select.hpp"

namespace garage::admin {
namespace {

using runtime::Workers;
using runtime::WorkerState;

std::unexpected<AdminError> no_workers() {
  return admin_fail("ServiceUnavailable", 503, "this node has no background work");
}

// Of the scrub, and of the worker that expires objects.
constexpr std::array<std::string_view, 6> kUnbuiltVariables = {
    "scrub-tranquility",          "scrub-last-completed",       "scrub-next-run",
    "scrub-corruptions_detected", "scrub-corruptions-detected", "lifecycle-last-completed"};

std::unexpected<AdminError> no_such_variable(std::string_view name) {
  if (std::ranges::count(kUnbuiltVariables, name) > 0)
    return admin_fail("NotImplemented", 501, fmt::format("the variable {} is not built yet", name));
  return invalid_request("variable does not exist");
}

uint64_t seconds_since(MonotonicTime then, MonotonicTime now) {
  return now < then ? 0 : static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
}

Json state_json(const runtime::WorkerStatus& status) {
  switch (status.state) {
    case WorkerState::kBusy:
      return "busy";
    case WorkerState::kThrottled: {
      const double seconds = std::chrono::duration<double>(status.throttled).count();
      return Json::object({{"throttled", Json::object({{"durationSecs", seconds}})}});
    }
    case WorkerState::kIdle:
      return "idle";
    case WorkerState::kDone:
      return "done";
  }
  return "idle";
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json worker_json(const Workers::Worker& worker, MonotonicTime now) {
  const auto& status = worker.status;
  Json trouble;
  if (status.last_error) {
    trouble =
        Json::object({{"message", status.last_error->message}, {"secsAgo", seconds_since(status.last_error->at, now)}});
  }
  Json notes = Json::array();
  for (const std::string& note : status.notes) notes.push_back(note);
  return Json::object({{"id", worker.id},
                       {"name", worker.name},
                       {"state", state_json(status)},
                       {"errors", status.errors},
                       {"consecutiveErrors", status.consecutive_errors},
                       {"lastError", std::move(trouble)},
                       {"tranquility", status.tranquility ? Json(uint64_t{*status.tranquility}) : Json()},
                       {"progress", or_null(status.progress)},
                       {"queueLength", or_null(status.queue_length)},
                       {"persistentErrors", or_null(status.persistent_errors)},
                       {"freeform", std::move(notes)}});
}

Task<Reply> list_here(Context& context, Json request) {
  if (context.maintenance == nullptr) co_return no_workers();
  const Fields fields(request);
  CO_ADMIN_TRY(const auto busy_only, fields.flag("busyOnly"));
  CO_ADMIN_TRY(const auto error_only, fields.flag("errorOnly"));
  const MonotonicTime now = runtime::Loop::current()->now();
  Json out = Json::array();
  for (const auto& worker : context.maintenance->workers().list()) {
    const auto state = worker.status.state;
    if (busy_only.value_or(false) && state != WorkerState::kBusy && state != WorkerState::kThrottled) continue;
    if (error_only.value_or(false) && worker.status.errors == 0) continue;
    out.push_back(worker_json(worker, now));
  }
  co_return out;
}

Task<Reply> info_here(Context& context, Json request) {
  if (context.maintenance == nullptr) co_return no_workers();
  CO_ADMIN_TRY(const auto id, Fields(request).number("id"));
  if (!id) co_return invalid_request("`id` is missing");
  const auto worker = context.maintenance->workers().find(*id);
  if (!worker) co_return admin_fail("NoSuchWorker", 404, fmt::format("Worker not found: {}", *id));
  co_return worker_json(*worker, runtime::Loop::current()->now());
}

Task<Reply> get_variable_here(Context& context, Json request) {
  if (context.maintenance == nullptr) co_return no_workers();
  CO_ADMIN_TRY(const auto name, Fields(request).text("variable"));
  const auto& workers = context.maintenance->workers();
  Json out = Json::object();
  if (name) {
    const auto* variable = workers.variable(*name);
    if (variable == nullptr) co_return no_such_variable(*name);
    out.set(variable->name, variable->get());
    co_return out;
  }
  for (const auto& variable : workers.variables()) out.set(variable.name, variable.get());
  co_return out;
}

Task<Reply> set_variable_here(Context& context, Json request) {
  if (context.maintenance == nullptr) co_return no_workers();
  const Fields fields(request);
  CO_ADMIN_TRY(const auto name, fields.required_text("variable"));
  CO_ADMIN_TRY(const auto value, fields.required_text("value"));
  if (auto done = co_await context.maintenance->set_variable(name, value); !done) {
    const ErrorKind kind = done.error().kind;
    if (kind == ErrorKind::kNotFound) co_return no_such_variable(name);
    const bool refused = kind == ErrorKind::kDenied || kind == ErrorKind::kInvalid;
    if (refused) co_return invalid_request(done.error().message);
    co_return std::unexpected(from(done.error()));
  }
  co_return Json::object({{"variable", name}, {"value", value}});
}

}  // namespace

Task<Reply> list_workers(Context& context, Json request) {
  return on_nodes(context, std::move(request), "ListWorkers", list_here);
}
Task<Reply> get_worker_info(Context& context, Json request) {
  return on_nodes(context, std::move(request), "GetWorkerInfo", info_here);
}
Task<Reply> get_worker_variable(Context& context, Json request) {
  return on_nodes(context, std::move(request), "GetWorkerVariable", get_variable_here);
}
Task<Reply> set_worker_variable(Context& context, Json request) {
  return on_nodes(context, std::move(request), "SetWorkerVariable", set_variable_here);
}

}  // namespace garage::admin
