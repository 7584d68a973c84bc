// The one table of settings: what keys exist, what they mean, what they fill. The reader, the check for unknown keys
// and the example file all come from it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "config/value.hpp"

namespace garage::config {

enum class Presence : unsigned char {
  kOptional,
  kRequired,           // in every document
  kRequiredInSection,  // where its section is there
  kNoEffect,           // of another engine or version: accepted, told in the log
  kIgnored,            // accepted without a word
};

struct Setting {
  std::string_view key;  // "block_size", "s3_api.s3_region"
  Presence presence = Presence::kOptional;
  std::string_view type;      // for people: "size", "true or false"
  std::string_view fallback;  // what is used where it is not set, as people would write it; empty: nothing
  std::string_view example;   // a TOML value
  std::string_view help;
  // Fills the settings. An error says what was expected.
  std::function<Result<void>(Settings&, const Value&)> read;

  std::string_view section() const;  // "" at the top
  std::string_view name() const;     // the last part of the key
};

// In the order in which people should read them.
const std::vector<Setting>& settings_table();

}  // namespace garage::config
