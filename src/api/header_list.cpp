#include "api/header_list.hpp"

#include <algorithm>

#include "http/characters.hpp"

namespace garage::api {

std::vector<std::string> header_list(const EffectiveHeaders& headers, std::string_view lower_name) {
  std::vector<std::string> words;
  for (std::string_view rest : headers.get_all(lower_name)) {
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      std::string word(http::trim_blanks(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      for (char& c : word) c = http::to_lower(c);
      if (!word.empty()) words.push_back(std::move(word));
    }
  }
  return words;
}

}  // namespace garage::api
