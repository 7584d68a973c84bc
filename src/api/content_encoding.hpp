// Content-Encoding as it is stored: without the aws-chunked tokens, which speak of the transfer only.
#pragma once

#include <optional>
#include <string>

#include "api/effective_headers.hpp"

namespace garage::api {

// All Content-Encoding fields joined, every aws-chunked token removed wherever it stands; nothing if nothing is left.
std::optional<std::string> stored_content_encoding(const EffectiveHeaders& headers);

}  // namespace garage::api
