// Takes a head that passed the gate apart, into views of its own bytes.
#pragma once

#include <optional>
#include <span>

#include "http/gate.hpp"
#include "http/request.hpp"

namespace garage::http {

// Fills everything in `out` but peer and body. Lower-cases the names of the fields in place; `out` borrows `block` from
// then on. `framing` is the gate's reading; a parser that reads something else there refuses.
std::optional<Refusal> parse_head(std::span<char> block, const Framing& framing, Request& out);

}  // namespace garage::http
