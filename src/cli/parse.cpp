// The only file that knows CLI11.
#include "cli/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <list>
#include <map>
#include <memory>

#include "admin/version.hpp"

namespace garage::cli {
namespace {

// Where the library puts what it found, until it is copied into Arguments. Stays in place while the library holds
// references.
struct Slot {
  const Argument* argument;
  std::vector<std::string> values;
  bool flag = false;
};

struct Node {
  CLI::App* app = nullptr;
  const Command* command = nullptr;
  std::list<Slot> slots;
};

class Tree {
 public:
  explicit Tree(GivenOptions& given)
      : root_("S3-compatible object store for small self-hosted geo-distributed deployments", "garage") {
    root_.set_help_flag("--help", "Print this help");
    root_.set_version_flag("-V,--version", fmt::format("garage {} [features: {}]", admin::kVersion, admin::kFeatures),
                           "Print the version");
    root_.fallthrough();
    root_.allow_windows_style_options(false);
    add_global_options(given);
    for (const Command& command : command_table()) add(command);
  }

  CLI::App& root() { return root_; }

  // The deepest application that was named.
  CLI::App* chosen_app() {
    CLI::App* app = &root_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return app;
  }
  const Node* chosen() {
    CLI::App* app = chosen_app();
    const auto it = std::ranges::find_if(nodes_, [app](const Node& node) { return node.app == app; });
    return it == nodes_.end() ? nullptr : &*it;
  }

 private:
  void add_global_options(GivenOptions& given) {
    root_.add_option("-c,--config", given.config_path,
                     "Configuration file (env GARAGE_CONFIG_FILE, default /etc/garage.toml)");
    root_.add_option("-h,--rpc-host", given.rpc_host, "Node to talk to, <id@host:port> (env GARAGE_RPC_HOST)");
    root_.add_option("-s,--rpc-secret", given.rpc_secret, "RPC secret, 64 hexadecimal digits (env GARAGE_RPC_SECRET)");
    root_.add_option("--rpc-secret-file", given.rpc_secret_file,
                     "File with the RPC secret (env GARAGE_RPC_SECRET_FILE)");
    root_.add_option("--admin-token", given.admin_token, "Admin API token (env GARAGE_ADMIN_TOKEN)");
    root_.add_option("--admin-token-file", given.admin_token_file,
                     "File with the admin API token (env GARAGE_ADMIN_TOKEN_FILE)");
    root_.add_option("--metrics-token", given.metrics_token, "Metrics token (env GARAGE_METRICS_TOKEN)");
    root_.add_option("--metrics-token-file", given.metrics_token_file,
                     "File with the metrics token (env GARAGE_METRICS_TOKEN_FILE)");
    root_.add_option("--allow-world-readable-secrets", given.allow_world_readable_secrets,
                     "true or false (env GARAGE_ALLOW_WORLD_READABLE_SECRETS)");
    root_.add_flag("--check-config", given.check_config, "Check the configuration file and exit");
  }

  CLI::App* group(CLI::App* parent, const std::string& name, const std::string& path) {
    for (CLI::App* child : parent->get_subcommands([](CLI::App*) { return true; })) {
      if (child->get_name() == name) return child;
    }
    CLI::App* made = parent->add_subcommand(name, std::string(group_help(path)));
    made->require_subcommand(1);
    return made;
  }

  void add(const Command& command) {
    CLI::App* parent = &root_;
    std::string_view rest = command.path;
    for (size_t blank = rest.find(' '); blank != std::string_view::npos; blank = rest.find(' ')) {
      const size_t done = command.path.size() - rest.size() + blank;
      parent = group(parent, std::string(rest.substr(0, blank)), std::string(command.path.substr(0, done)));
      rest.remove_prefix(blank + 1);
    }
    Node& node = nodes_.emplace_back();
    node.app = parent->add_subcommand(std::string(rest), std::string(command.help));
    node.command = &command;
    if (command.hidden) node.app->group("");
    for (const Argument& argument : command.arguments) add_argument(node, argument);
  }

  static void add_argument(Node& node, const Argument& argument) {
    Slot& slot = node.slots.emplace_back();
    slot.argument = &argument;
    const std::string help(argument.help);
    if (argument.form == Form::kFlag) {
      node.app->add_flag(std::string(argument.spelling), slot.flag, help);
      return;
    }
    CLI::Option* option = node.app->add_option(
        std::string(argument.spelling.empty() ? argument.name : argument.spelling), slot.values, help);
    option->required(argument.required);
    // One value each time, so that it does not swallow what follows.
    option->allow_extra_args(argument.form == Form::kPositionals);
    option->type_name("");
    switch (argument.form) {
      case Form::kPositional:
        option->expected(argument.required ? 1 : 0, 1);
        break;
      case Form::kPositionals:
        option->expected(argument.required ? 1 : 0, CLI::detail::expected_max_vector_size);
        break;
      case Form::kOption:
        option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        break;
      default:
        option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        break;
    }
  }

  CLI::App root_;
  std::list<Node> nodes_;
};

// "garage help bucket create" and "garage bucket help create" become "garage bucket create --help".
void rewrite_help(std::vector<std::string>& words) {
  std::string path;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "help") {
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
      words.emplace_back("--help");
      return;
    }
    // Only behind the names of groups: elsewhere it is an ordinary word.
    path += (path.empty() ? "" : " ") + words[i];
    if (group_help(path).empty()) return;
  }
}

std::string usage_error(Tree& tree, const std::string& what) {
  return fmt::format("Error: {}\n\n{}", what, tree.root().help());
}

Arguments collect(const Node& node) {
  Arguments out;
  for (const Slot& slot : node.slots) {
    if (slot.flag) out.add(slot.argument->name, "");
    for (const std::string& value : slot.values) out.add(slot.argument->name, value);
  }
  return out;
}

}  // namespace

std::expected<Invocation, Message> parse_command_line(std::vector<std::string> words, const Environment& environment) {
  rewrite_help(words);
  GivenOptions given;
  Tree tree(given);
  try {
    std::ranges::reverse(words);  // the library takes them from the back
    tree.root().parse(words);
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(Message{tree.root().help(), 0});
  } catch (const CLI::CallForVersion&) {
    return std::unexpected(Message{fmt::format("garage {} [features: {}]\n", admin::kVersion, admin::kFeatures), 0});
  } catch (const CLI::Error& error) {
    return std::unexpected(Message{usage_error(tree, error.what()), 1});
  }
  auto global = resolve_global_options(given, environment);
  if (!global) return std::unexpected(Message{"Error: " + global.error().message + "\n", 1});
  Invocation out{.global = std::move(*global), .command = nullptr, .arguments = {}};
  if (const Node* node = tree.chosen()) {
    out.command = node->command;
    out.arguments = collect(*node);
  } else if (!out.global.check_config) {
    return std::unexpected(Message{tree.root().help(), 1});
  }
  return out;
}

}  // namespace garage::cli
