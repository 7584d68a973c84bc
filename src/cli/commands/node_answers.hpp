// Commands that ask one or all nodes: the envelope of their answers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/json_view.hpp"
#include "cli/session.hpp"

namespace garage::cli {

// Asks the node that the command line is connected to; its refusal is the error.
Result<Json> ask_this_node(Session& session, std::string_view operation, Json body);

struct NodeAnswers {
  std::vector<std::pair<std::string, Json>> good;           // by id
  std::vector<std::pair<std::string, std::string>> failed;  // id and why
};
// All nodes where "-a" was given, else this one.
Result<NodeAnswers> ask_nodes(Session& session, std::string_view operation, Json body);

// On standard error, where all_answered() does not say it all.
void note_failures(Session& session, const NodeAnswers& answers);
// An error where any node failed, after what the others said was shown.
Result<void> all_answered(const NodeAnswers& answers);

}  // namespace garage::cli
