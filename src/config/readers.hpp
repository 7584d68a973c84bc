// How values of a document become members of Settings. Private to this module; used by the table only.
//
//   size(field<&Settings::block_size>, 1024, 1u << 30)      reads a size within bounds into settings.block_size
//   text(field<&Settings::s3_api, &S3ApiSettings::s3_region>)
#pragma once

#include <functional>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "config/settings.hpp"
#include "config/value.hpp"

namespace garage::config {

using Reader = std::function<Result<void>(Settings&, const Value&)>;

// The member of Settings that is reached by following pointers to members.
template <auto First, auto... Rest>
struct Field {
  auto& operator()(auto& object) const {
    auto& member = object.*First;
    if constexpr (sizeof...(Rest) == 0) {
      return member;
    } else {
      return Field<Rest...>()(member);
    }
  }
};
template <auto... Path>
inline constexpr Field<Path...> field;

// The values themselves.
Result<bool> read_bool(const Value& value);
Result<int64_t> read_integer(const Value& value, int64_t least, int64_t most);
Result<double> read_ratio(const Value& value);  // 0 to 1
Result<uint64_t> read_size(const Value& value, uint64_t least, uint64_t most);
Result<Milliseconds> read_duration(const Value& value, Milliseconds least);
Result<std::string> read_text(const Value& value);
Result<std::string> read_path(const Value& value);
// "ip:port"; with `unix_too` also a path.
Result<std::string> read_address(const Value& value, bool unix_too);
// As an address or path; empty means the place that validate() knows.
Result<std::string> read_admin_address(const Value& value);
Result<std::string> read_endpoint(const Value& value);
Result<std::optional<int>> read_compression(const Value& value);
Result<std::vector<std::string>> read_text_list(const Value& value);
Result<std::map<std::string, std::string>> read_text_map(const Value& value);
Result<std::vector<DataDirectory>> read_data_directories(const Value& value);

std::unexpected<Error> expected(std::string_view what, const Value& found);

// Readers of members.
template <class Member, class Read>
Reader reads(Member member, Read read) {
  return [member, read](Settings& settings, const Value& value) -> Result<void> {
    TRY(auto got, read(value));
    member(settings) = std::move(got);
    return {};
  };
}

template <class Member>
Reader flag(Member member) {
  return reads(member, read_bool);
}
template <class Member>
Reader integer(Member member, int64_t least, int64_t most) {
  return reads(member, [least, most](const Value& value) -> Result<uint32_t> {
    TRY(const int64_t number, read_integer(value, least, most));
    return static_cast<uint32_t>(number);
  });
}
template <class Member>
Reader ratio(Member member) {
  return reads(member, read_ratio);
}
template <class Member>
Reader size(Member member, uint64_t least, uint64_t most) {
  return reads(member, [least, most](const Value& value) { return read_size(value, least, most); });
}
template <class Member>
Reader duration(Member member, Milliseconds least) {
  return reads(member, [least](const Value& value) { return read_duration(value, least); });
}
// A whole number of milliseconds.
template <class Member>
Reader milliseconds(Member member) {
  return reads(member, [](const Value& value) -> Result<Milliseconds> {
    TRY(const int64_t number, read_integer(value, 1, 86'400'000));
    return Milliseconds(number);
  });
}
template <class Member>
Reader text(Member member) {
  return reads(member, read_text);
}
template <class Member>
Reader path(Member member) {
  return reads(member, read_path);
}
template <class Member>
Reader socket_address(Member member) {
  return reads(member, [](const Value& value) { return read_address(value, false); });
}
template <class Member>
Reader listen_address(Member member) {
  return reads(member, [](const Value& value) { return read_address(value, true); });
}
template <class Member>
Reader endpoint(Member member) {
  return reads(member, read_endpoint);
}
template <class Member>
Reader text_list(Member member) {
  return reads(member, read_text_list);
}
template <class Member>
Reader secret(Member member) {
  return reads(member, [](const Value& value) -> Result<Secret> {
    TRY(std::string got, read_text(value));
    return Secret(std::move(got));
  });
}

template <class T>
struct Choice {
  std::string_view word;
  T meaning;
};
Result<size_t> read_choice(const Value& value, const std::vector<std::string_view>& words);
template <class T, class Member>
Reader choice(Member member, std::initializer_list<Choice<T>> choices) {
  return [member, all = std::vector<Choice<T>>(choices)](Settings& settings, const Value& value) -> Result<void> {
    std::vector<std::string_view> words;
    for (const auto& one : all) words.push_back(one.word);
    TRY(const size_t index, read_choice(value, words));
    member(settings) = all[index].meaning;
    return {};
  };
}

}  // namespace garage::config
