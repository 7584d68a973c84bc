// The only file that knows CLI11. It sees one command at a time, as a flat list of options and positionals: a name that
// a person gives to a bucket is never taken for a command.
#include "cli/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <list>
#include <memory>

#include "admin/version.hpp"
#include "cli/command_path.hpp"

namespace garage::cli {
namespace {

// Where the library puts what it found, until it is copied into Arguments. Stays in place while the library holds
// references.
struct Slot {
  const Argument* argument;
  std::vector<std::string> values;
  bool flag = false;
};

// What the global options fill, by their long form.
struct Given {
  GivenOptions options;
  bool help = false;
  bool version = false;

  std::optional<std::string>* text_of(std::string_view long_form) {
    if (long_form == "--config") return &options.config_path;
    if (long_form == "--rpc-host") return &options.rpc_host;
    if (long_form == "--rpc-secret") return &options.rpc_secret;
    if (long_form == "--rpc-secret-file") return &options.rpc_secret_file;
    if (long_form == "--admin-token") return &options.admin_token;
    if (long_form == "--admin-token-file") return &options.admin_token_file;
    if (long_form == "--metrics-token") return &options.metrics_token;
    if (long_form == "--metrics-token-file") return &options.metrics_token_file;
    if (long_form == "--timeout") return &options.timeout;
    return &options.allow_world_readable_secrets;
  }
  bool& flag_of(std::string_view long_form) {
    if (long_form == "--check-config") return options.check_config;
    if (long_form == "--json") return options.json;
    return long_form == "--version" ? version : help;
  }
};

bool is_taken(const Command* command, std::string_view spelling) {
  if (!command || spelling.empty()) return false;
  return std::ranges::any_of(command->arguments, [spelling](const Argument& argument) {
    const std::string_view own = argument.spelling;
    const size_t comma = own.find(',');
    return own.substr(0, comma) == spelling || (comma != std::string_view::npos && own.substr(comma + 1) == spelling);
  });
}

// A command's own options come before global ones of the same letter.
void add_global_options(CLI::App& app, const Command* command, Given& given) {
  for (const GlobalOption& option : global_options()) {
    std::string spelling;
    for (std::string_view form : {option.short_form, option.long_form}) {
      if (form.empty() || is_taken(command, form)) continue;
      spelling += (spelling.empty() ? "" : ",") + std::string(form);
    }
    if (spelling.empty()) continue;
    CLI::Option* added =
        option.takes_value
            ? app.add_option(spelling, *given.text_of(option.long_form), std::string(option.help))->type_name("")
            : app.add_flag(spelling, given.flag_of(option.long_form), std::string(option.help));
    added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->group("Options of every command");
  }
}

void add_argument(CLI::App& app, Slot& slot) {
  const Argument& argument = *slot.argument;
  const std::string help(argument.help);
  if (argument.form == Form::kFlag) {
    app.add_flag(std::string(argument.spelling), slot.flag, help);
    return;
  }
  CLI::Option* option =
      app.add_option(std::string(argument.spelling.empty() ? argument.name : argument.spelling), slot.values, help);
  option->required(argument.required)->type_name("")->expected(1);
  // One value each time, so that it does not swallow what follows.
  option->allow_extra_args(argument.form == Form::kPositionals);
  if (argument.form == Form::kPositionals) option->expected(1, CLI::detail::expected_max_vector_size);
  if (argument.form == Form::kOption) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  if (argument.form == Form::kOptions) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::unique_ptr<CLI::App> make_app(const Command* command, Given& given, std::list<Slot>& slots) {
  auto app = std::make_unique<CLI::App>(command ? std::string(command->help) : "",
                                        command ? "garage " + std::string(command->path) : "garage");
  app->set_help_flag();
  app->allow_windows_style_options(false);
  if (command) {
    for (const Argument& argument : command->arguments)
      add_argument(*app, slots.emplace_back(Slot{&argument, {}, false}));
  }
  add_global_options(*app, command, given);
  return app;
}

// Empty, or what is wrong.
std::string parse_words(CLI::App& app, std::vector<std::string> words) {
  try {
    std::ranges::reverse(words);  // the library takes them from the back
    app.parse(std::move(words));
    return {};
  } catch (const CLI::ExtrasError&) {
    std::vector<std::string> left = app.remaining();
    return fmt::format("not expected: {}", fmt::join(left, " "));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();
    const std::string option(what.substr(0, what.find(':')));
    return option + " needs a value" + (option == "--rpc-host" ? " (help is --help)" : "");
  } catch (const CLI::Error& error) {
    return error.what();
  }
}

// What is wrong must not scroll away under the help of every option.
Message usage_error(const std::string& wrong, CLI::App& app) {
  const std::string help = app.help();
  const size_t usage = help.find("Usage: ");
  const std::string line = usage == std::string::npos ? "" : help.substr(usage, help.find('\n', usage) - usage) + "\n";
  return {fmt::format("Error: {}\n\n{}For more, try '{} --help'.\n", wrong, line, app.get_name()), 1};
}

bool asks_for(const std::vector<std::string>& words, std::string_view flag) {
  return std::ranges::find(words, flag) != words.end();
}

Message version_message() {
  return {fmt::format("garage {} [features: {}]\n", admin::kVersion, admin::kFeatures), 0};
}

// There is no command: help, or what is wrong.
Message without_command(const CommandPath& path, const Given& given) {
  if (!path.unknown.empty()) {
    const std::string near = closest_word(path.group, path.unknown);
    const std::string full = path.group.empty() ? path.unknown : path.group + " " + path.unknown;
    return {fmt::format("Error: there is no command `garage {}`{}\n\n{}", full,
                        near.empty() ? "" : fmt::format("; did you mean `{}`?", near), describe_group(path.group)),
            1};
  }
  const bool asked = path.wants_help || given.help;
  return {describe_group(path.group), asked ? 0 : 1};
}

Arguments collect(const std::list<Slot>& slots) {
  Arguments out;
  for (const Slot& slot : slots) {
    if (slot.flag) out.add(slot.argument->name, "");
    for (const std::string& value : slot.values) out.add(slot.argument->name, value);
  }
  return out;
}

}  // namespace

std::expected<Invocation, Message> parse_command_line(std::vector<std::string> words, const Environment& environment) {
  const CommandPath path = find_command(words);
  Given given;
  std::list<Slot> no_slots, slots;
  const auto global_app = make_app(nullptr, given, no_slots);
  if (const std::string wrong = parse_words(*global_app, path.before); !wrong.empty()) {
    return std::unexpected(usage_error(wrong, *global_app));
  }
  if (given.version) return std::unexpected(version_message());
  if (!path.command && !given.options.check_config) return std::unexpected(without_command(path, given));
  if (path.command) {
    const auto app = make_app(path.command, given, slots);
    // Before anything is said to be missing.
    if (path.wants_help || given.help || asks_for(path.after, "--help"))
      return std::unexpected(Message{app->help(), 0});
    if (const std::string wrong = parse_words(*app, path.after); !wrong.empty()) {
      return std::unexpected(usage_error(wrong, *app));
    }
    if (given.version) return std::unexpected(version_message());
  }
  auto global = resolve_global_options(given.options, environment);
  if (!global) return std::unexpected(Message{"Error: " + global.error().message + "\n", 1});
  return Invocation{.global = std::move(*global), .command = path.command, .arguments = collect(slots)};
}

}  // namespace garage::cli
