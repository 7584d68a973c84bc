#include "cli/command_path.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text_table.hpp"
#include "config/suggest.hpp"

namespace garage::cli {
namespace {

struct Child {
  std::string word;
  std::string help;
};

// What may follow `group`, each once, in the order of the table.
std::vector<Child> children_of(const std::string& group) {
  const std::string prefix = group.empty() ? "" : group + " ";
  std::vector<Child> out;
  for (const Command& command : command_table()) {
    if (command.hidden || !command.path.starts_with(prefix)) continue;
    const std::string_view rest = command.path.substr(prefix.size());
    const std::string word(rest.substr(0, rest.find(' ')));
    if (std::ranges::find(out, word, &Child::word) != out.end()) continue;
    const bool is_command = rest.size() == word.size();
    std::string help(is_command ? command.help : group_help(prefix + word));
    if (is_command && !command.run && command.needs != Needs::kServer) help += " (not built yet)";
    out.push_back({word, std::move(help)});
  }
  return out;
}

const GlobalOption* find_option(std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  for (const GlobalOption& option : global_options()) {
    if (name == option.long_form ||
        (!option.short_form.empty() && word.substr(0, 2) == option.short_form && !word.starts_with("--"))) {
      return &option;
    }
  }
  return nullptr;
}

// Is the value part of the same word: "--config=x", "-cx"?
bool has_value_inside(std::string_view word, const GlobalOption& option) {
  return word.starts_with("--") ? word.find('=') != std::string_view::npos : word.size() > option.short_form.size();
}

}  // namespace

const std::vector<GlobalOption>& global_options() {
  static const std::vector<GlobalOption> options = {
      {"-c", "--config", true, "Configuration file (env GARAGE_CONFIG_FILE, default /etc/garage.toml)"},
      {"-h", "--rpc-host", true, "Node to talk to, <id@host:port> (env GARAGE_RPC_HOST)"},
      {"-s", "--rpc-secret", true, "RPC secret, 64 hexadecimal digits (env GARAGE_RPC_SECRET)"},
      {"", "--rpc-secret-file", true, "File with the RPC secret (env GARAGE_RPC_SECRET_FILE)"},
      {"", "--admin-token", true, "Admin API token (env GARAGE_ADMIN_TOKEN)"},
      {"", "--admin-token-file", true, "File with the admin API token (env GARAGE_ADMIN_TOKEN_FILE)"},
      {"", "--metrics-token", true, "Metrics token (env GARAGE_METRICS_TOKEN)"},
      {"", "--metrics-token-file", true, "File with the metrics token (env GARAGE_METRICS_TOKEN_FILE)"},
      {"", "--allow-world-readable-secrets", true, "true or false (env GARAGE_ALLOW_WORLD_READABLE_SECRETS)"},
      {"", "--json", false, "Print the answer of the admin API as JSON"},
      {"", "--timeout", true, "How long to wait for the server, such as 5s (10s to reach it, 2m for an answer)"},
      {"", "--check-config", false, "Check the configuration file and exit"},
      {"-V", "--version", false, "Print the version"},
      {"", "--help", false, "Print help"},
  };
  return options;
}

CommandPath find_command(const std::vector<std::string>& words) {
  CommandPath out;
  size_t i = 0;
  for (; i < words.size() && !out.command; ++i) {
    const std::string& word = words[i];
    if (word.starts_with('-')) {
      out.before.push_back(word);
      const GlobalOption* option = find_option(word);
      if (option && option->takes_value && !has_value_inside(word, *option) && i + 1 < words.size())
        out.before.push_back(words[++i]);
      continue;
    }
    if (word == "help") {
      out.wants_help = true;
      continue;
    }
    const std::string path = out.group.empty() ? word : out.group + " " + word;
    const auto& table = command_table();
    const auto found = std::ranges::find(table, std::string_view(path), &Command::path);
    if (found != table.end()) {
      out.command = &*found;
    } else if (!group_help(path).empty()) {
      out.group = path;
    } else {
      out.unknown = word;
      return out;
    }
  }
  out.after.assign(words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  return out;
}

std::string describe_group(const std::string& group) {
  std::string out = group.empty() ? "An S3-compatible object store" : std::string(group_help(group));
  out += fmt::format("\n\nUsage: garage {}{}<command> [options]\n\nCommands:\n", group, group.empty() ? "" : " ");
  std::vector<Row> rows;
  for (const Child& child : children_of(group)) rows.push_back({"  " + child.word, child.help});
  out += text_table(rows);
  out += "\nOptions of every command:\n";
  rows.clear();
  for (const GlobalOption& option : global_options()) {
    rows.push_back({fmt::format("  {}{}", option.short_form.empty() ? "    " : std::string(option.short_form) + ", ",
                                option.long_form),
                    std::string(option.help)});
  }
  return out + text_table(rows);
}

std::string closest_word(const std::string& group, const std::string& word) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const Child& child : children_of(group)) {
    const size_t distance = config::edit_distance(word, child.word);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = child.word;
  }
  return best;
}

}  // namespace garage::cli
