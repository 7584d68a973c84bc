// Policies of arbitrary text: those that parse can be checked, and a form that carries an uncovered field is never
// accepted.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/part_header.hpp"
#include "api/post_policy.hpp"
#include "base/assert.hpp"
#include "codec/base64.hpp"

using namespace garage;
using namespace garage::api;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)parse_part_header(input);
  (void)boundary_of(input);
  (void)parse_post_policy(input);
  const auto policy = parse_post_policy(codec::to_base64(input));
  if (!policy) return 0;
  FormFields form;
  form.fields = {{"key", "user/${filename}"}, {"acl", "private"}, {"content-type", "text/plain"}};
  form.filename = "a.txt";
  (void)check_post_policy(*policy, form, "bucket", {0});
  form.fields.push_back({"x-amz-meta-nobody-covers-this", "1"});
  for (const PolicyCondition& condition : policy->conditions) {
    if (condition.field == "x-amz-meta-nobody-covers-this") return 0;
  }
  ASSERT(!check_post_policy(*policy, form, "bucket", {0}), "every field is covered or refused");
  return 0;
}
