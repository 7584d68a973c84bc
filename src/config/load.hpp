// From a TOML document to Settings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "env/disk.hpp"

namespace garage::config {

struct Loaded {
  Settings settings;
  std::vector<std::string> warnings;  // unknown keys, keys without effect, doubtful values; a line each
};

// kInvalid with line, key and what was expected.
Result<Loaded> parse_settings(std::string_view document);

// The same from a file; errors begin with "Failed to read config file <path>: ".
Result<Loaded> load_settings(env::Disk& disk, std::string path);

// A document with every key, its meaning and its default.
std::string example_document();

}  // namespace garage::config
