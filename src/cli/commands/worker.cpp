// worker list, worker info, worker get, worker set
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/commands.hpp"
#include "cli/commands/node_answers.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {
namespace {

std::string state_text(const Json& worker) {
  const Json& state = member(worker, "state");
  if (state.find("throttled") != nullptr) return "Busy*";
  const std::string_view name = state.as_string().value_or("");
  return name == "busy" ? "Busy" : name == "idle" ? "Idle" : name == "done" ? "Done" : std::string(name);
}

bool is_busy(const Json& worker) {
  return state_text(worker).starts_with("Busy");
}

std::string number_or_dash(const Json& worker, std::string_view name) {
  const auto number = member(worker, name).as_uint64();
  return number ? fmt::format("{}", *number) : "-";
}

std::string text_or_dash(const Json& worker, std::string_view name) {
  const std::string text = text_of(worker, name);
  return text.empty() ? "-" : text;
}

std::string trouble_age(const Json& worker) {
  const Json& trouble = member(worker, "lastError");
  return trouble.is_null() ? "-" : ago_text(number_of(trouble, "secsAgo"));
}

}  // namespace

Result<void> run_worker_list(Session& session) {
  TRY(const Json answer, ask_this_node(session, "ListWorkers",
                                       Json::object({{"busyOnly", session.arguments.has("busy")},
                                                     {"errorOnly", session.arguments.has("errors")}})));
  Json::Array workers = items_of(answer);
  std::ranges::sort(workers, [](const Json& a, const Json& b) {
    if (is_busy(a) != is_busy(b)) return is_busy(a);
    return number_of(a, "id") < number_of(b, "id");
  });
  std::vector<Row> rows = {{"TID", "State", "Name", "Tranq", "Done", "Queue", "Errors", "Consec", "Last"}};
  for (const Json& worker : workers) {
    const uint64_t errors = number_of(worker, "errors");
    rows.push_back({fmt::format("{}", number_of(worker, "id")), state_text(worker), text_of(worker, "name"),
                    number_or_dash(worker, "tranquility"), text_or_dash(worker, "progress"),
                    number_or_dash(worker, "queueLength"), errors == 0 ? "-" : fmt::format("{}", errors),
                    errors == 0 ? "-" : fmt::format("{}", number_of(worker, "consecutiveErrors")),
                    trouble_age(worker)});
  }
  session.out += text_table(rows);
  return {};
}

Result<void> run_worker_info(Session& session) {
  const std::string text = session.arguments.text("worker");
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is not a worker id", text));
  }
  TRY(const Json worker, ask_this_node(session, "GetWorkerInfo", Json::object({{"id", id}})));
  std::vector<Row> rows = {{"Task id:", fmt::format("{}", number_of(worker, "id"))},
                           {"Worker name:", text_of(worker, "name")},
                           {"Worker state:", state_text(worker)},
                           {"Total errors:", fmt::format("{}", number_of(worker, "errors"))},
                           {"Consecutive errs:", fmt::format("{}", number_of(worker, "consecutiveErrors"))}};
  if (const Json& trouble = member(worker, "lastError"); !trouble.is_null()) {
    rows.push_back({"Last error:", text_of(trouble, "message")});
    rows.push_back({"Last error time:", ago_text(number_of(trouble, "secsAgo"))});
  }
  const auto add = [&rows, &worker](std::string_view title, std::string_view name) {
    if (!member(worker, name).is_null()) rows.push_back({std::string(title), number_or_dash(worker, name)});
  };
  add("Tranquility:", "tranquility");
  if (!member(worker, "progress").is_null()) rows.push_back({"Progress:", text_of(worker, "progress")});
  add("Queue length:", "queueLength");
  add("Persistent errors:", "persistentErrors");
  for (const std::string& note : texts_of(worker, "freeform")) rows.push_back({"Message:", note});
  session.out += text_table(rows);
  return {};
}

Result<void> run_worker_get(Session& session) {
  Json body = Json::object();
  if (const auto name = session.arguments.find("variable")) body.set("variable", *name);
  TRY(const NodeAnswers answers, ask_nodes(session, "GetWorkerVariable", std::move(body)));
  std::vector<Row> rows;
  for (const auto& [id, variables] : answers.good) {
    if (const auto* members = variables.as_object()) {
      for (const auto& [name, value] : *members) {
        rows.push_back({short_id(id), name, std::string(value.as_string().value_or(""))});
      }
    }
  }
  session.out += text_table(rows);
  note_failures(session, answers);
  return all_answered(answers);
}

Result<void> run_worker_set(Session& session) {
  TRY(const NodeAnswers answers, ask_nodes(session, "SetWorkerVariable",
                                           Json::object({{"variable", session.arguments.text("variable")},
                                                         {"value", session.arguments.text("value")}})));
  std::vector<Row> rows;
  for (const auto& [id, variable] : answers.good) {
    rows.push_back({short_id(id), text_of(variable, "variable"), text_of(variable, "value")});
  }
  session.out += text_table(rows);
  note_failures(session, answers);
  return all_answered(answers);
}

}  // namespace garage::cli
