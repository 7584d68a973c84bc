// Forms of arbitrary bytes, cut in arbitrary places: the same form comes out, and the limits hold.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/form_data.hpp"
#include "api/testing/test_request.hpp"
#include "base/assert.hpp"
#include "runtime/manual_loop.hpp"

using namespace garage;
using namespace garage::api;

namespace {

struct Outcome {
  std::string text;  // names, values and content
  std::optional<ErrorCode> error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(FormReader& reader, size_t output_step) {
  runtime::ManualLoop loop;
  const auto form = loop.run_until_done(reader.read_fields());
  if (!form) return {"", form.error().code};
  Outcome outcome;
  for (const FormField& field : form->fields) {
    ASSERT(field.value.size() <= 200, "fields are bounded");
    outcome.text += field.name + "=" + field.value + ";";
  }
  outcome.text += form->filename + ":";
  BodySource& file = reader.file(1, 1000);
  std::string piece(output_step, '\0');
  size_t bytes_in_all = 0;
  for (;;) {
    const auto bytes = loop.run_until_done(file.read(std::span(piece)));
    if (!bytes) return {"", bytes.error().code};
    if (*bytes == 0) break;
    bytes_in_all += *bytes;
    outcome.text.append(piece, 0, *bytes);
  }
  ASSERT(bytes_in_all >= 1 && bytes_in_all <= 1000, "the file keeps to its limits");
  return outcome;
}

Outcome run(std::string_view input, size_t input_step, size_t output_step) {
  api::testing::TestRequest request("POST", "/b");
  request.body(std::string(input), input_step);
  const Authenticated who{.principal = Principal::anonymous(),
                          .presigned = false,
                          .payload = PayloadMode::kUnsigned,
                          .content_sha256 = {},
                          .chunk_signing = nullptr,
                          .headers = EffectiveHeaders(request.get().headers)};
  auto source = make_body_source(request, who);
  auto reader = FormReader::create(**source, "multipart/form-data; boundary=b",
                                   {.fields_bytes_max = 1000, .field_bytes_max = 200, .fields_max = 5});
  return read(**reader, output_step);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 2), size - 2);
  const Outcome whole = run(input, SIZE_MAX, 1 << 16);
  const Outcome cut = run(input, 1 + data[0] % 32, 1 + data[1] % 32);
  // Where the input breaks several rules, the cuts decide which of them is met first.
  ASSERT(whole == cut || (whole.error && cut.error), "cuts do not matter");
  return 0;
}
