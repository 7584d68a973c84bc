#include "api/form_data.hpp"

#include <gtest/gtest.h>

#include "api/testing/test_request.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::api {
namespace {

using testing::TestRequest;

const std::string kBoundary = "----boundary123";

std::string field(const std::string& name, const std::string& value) {
  return "--" + kBoundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string file(const std::string& content, const std::string& filename = "foo.txt") {
  return "--" + kBoundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + filename +
         "\"\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n--" + kBoundary + "--\r\n";
}

struct Form {
  FormFields fields;
  std::string content;
};

ApiResult<Form> read(const std::string& body, size_t step = SIZE_MAX, uint64_t bytes_min = 0,
                     uint64_t bytes_max = UINT64_MAX, size_t out_step = 1000) {
  TestRequest request("POST", "/bucket");
  request.body(body, step);
  const Authenticated who{.principal = Principal::anonymous(),
                          .presigned = false,
                          .payload = PayloadMode::kUnsigned,
                          .content_sha256 = {},
                          .chunk_signing = nullptr,
                          .headers = EffectiveHeaders(request.get().headers)};
  auto source = make_body_source(request, who);
  API_TRY(auto reader, FormReader::create(**source, "multipart/form-data; boundary=" + kBoundary));
  runtime::ManualLoop loop;
  Form form;
  API_TRY(form.fields, loop.run_until_done(reader->read_fields()));
  BodySource& content = reader->file(bytes_min, bytes_max);
  std::string piece(out_step, '\0');
  for (;;) {
    API_TRY(const size_t bytes, loop.run_until_done(content.read(std::span(piece))));
    if (bytes == 0) break;
    form.content.append(piece, 0, bytes);
  }
  API_TRY(const size_t after_end, loop.run_until_done(content.read(std::span(piece))));
  EXPECT_EQ(after_end, 0u);
  return form;
}
ErrorCode refusal(const std::string& body) {
  const auto form = read(body);
  EXPECT_FALSE(form.has_value());
  return form ? ErrorCode::kInternalError : form.error().code;
}

TEST(FormData, FieldsThenFile) {
  const auto form = read(field("Key", "${filename}") + field("x-amz-meta-a", "") + file("bar"));
  ASSERT_TRUE(form.has_value()) << form.error().text();
  EXPECT_EQ(form->fields.get("key"), "${filename}");
  EXPECT_EQ(form->fields.get("x-amz-meta-a"), "");
  EXPECT_EQ(form->fields.fields.size(), 2u);
  EXPECT_EQ(form->fields.filename, "foo.txt");
  EXPECT_EQ(form->fields.file_content_type, "text/plain");
  EXPECT_EQ(form->content, "bar");
}

TEST(FormData, WhatFollowsTheFileIsIgnored) {
  std::string body = field("key", "k") + file("bar");
  body.resize(body.size() - 4);
  body += "\r\n" + field("acl", "public-read").substr(kBoundary.size() + 4) + "garbage";
  const auto form = read(body);
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->content, "bar");
  EXPECT_FALSE(form->fields.get("acl").has_value());
}

TEST(FormData, HoweverTheBytesAreCutTheContentIsTheSame) {
  // Content that looks like the beginning of a boundary again and again.
  std::string content;
  for (size_t i = 0; i < kBoundary.size(); ++i) content += "\r\n--" + kBoundary.substr(0, i) + "\r\r\n-\n";
  content += std::string(150'000, '\r') + "\r\n--" + kBoundary.substr(1);
  const std::string body = field("key", "k") + file(content);
  for (const size_t step : {1, 5, 1000, 1'000'000}) {
    for (const size_t out_step : {7, 100'000}) {
      const auto form = read(body, step, 0, UINT64_MAX, out_step);
      ASSERT_TRUE(form.has_value()) << form.error().text();
      EXPECT_TRUE(form->content == content) << step << " " << out_step;  // too long to print
    }
  }
  EXPECT_EQ(read(field("key", "k") + file(""))->content, "");
}

TEST(FormData, TheFileKeepsToItsLimits) {
  const std::string body = field("key", "k") + file("12345");
  EXPECT_TRUE(read(body, SIZE_MAX, 5, 5).has_value());
  EXPECT_EQ(read(body, SIZE_MAX, 0, 4).error().code, ErrorCode::kEntityTooLarge);
  EXPECT_EQ(read(body, SIZE_MAX, 6, 10).error().code, ErrorCode::kEntityTooSmall);
  EXPECT_EQ(read(field("key", "k") + file(""), SIZE_MAX, 1, 10).error().code, ErrorCode::kEntityTooSmall);
}

TEST(FormData, QuotesAndNames) {
  const std::string start = "--" + kBoundary + "\r\n";
  const std::string body =
      start + "content-disposition: FORM-DATA ;  name=key\r\nX-Other: 1\r\n\r\nv\r\n" + start +
      "Content-Disposition: form-data; filename=\"C:\\dir\\a \\\"b\\\".txt\"; name=\"file\"\r\n\r\nx\r\n--" +
      kBoundary + "--";
  const auto form = read(body);
  ASSERT_TRUE(form.has_value()) << form.error().text();
  EXPECT_EQ(form->fields.get("key"), "v");
  EXPECT_EQ(form->fields.filename, "C:\\dir\\a \"b\".txt");
  EXPECT_EQ(form->fields.file_content_type, std::nullopt);
}

TEST(FormData, MalformedForms) {
  using enum ErrorCode;
  const std::string start = "--" + kBoundary + "\r\n";
  EXPECT_EQ(refusal(field("key", "k") + "--" + kBoundary + "--\r\n"), kInvalidArgument);
  EXPECT_EQ(refusal(field("key", "a") + field("KEY", "b") + file("x")), kMalformedPostRequest);
  EXPECT_EQ(refusal(start + "Content-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n" + file("x")),
            kMalformedPostRequest);
  EXPECT_EQ(refusal(start + "Content-Disposition: form-data\r\n\r\nx\r\n" + file("x")), kMalformedPostRequest);
  EXPECT_EQ(refusal(start + "Content-Disposition: form-data; name=\"a\r\n\r\nx\r\n" + file("x")),
            kMalformedPostRequest);
  EXPECT_EQ(refusal(start + "no colon\r\n\r\nx\r\n" + file("x")), kMalformedPostRequest);
  EXPECT_EQ(refusal(start + "\r\nx\r\n" + file("x")), kMalformedPostRequest);
  EXPECT_EQ(refusal("--" + kBoundary + "x\r\n"), kMalformedPostRequest);
  EXPECT_EQ(refusal("--" + kBoundary + "xyz\r\n"), kMaxPostPreDataLengthExceededError);
  EXPECT_EQ(refusal(""), kIncompleteBody);
  EXPECT_EQ(refusal("garbage"), kIncompleteBody);
  const std::string good = field("key", "k") + file("x");
  for (size_t size = 0; size + 4 < good.size(); ++size)
    EXPECT_EQ(refusal(good.substr(0, size)), kIncompleteBody) << size;
}

TEST(FormData, FieldsAreBounded) {
  using enum ErrorCode;
  EXPECT_TRUE(read(field("a", std::string(16 * 1024, 'v')) + file("x")).has_value());
  EXPECT_EQ(refusal(field("a", std::string(16 * 1024 + 1, 'v')) + file("x")), kMaxPostPreDataLengthExceededError);
  EXPECT_EQ(refusal(field("a", std::string(500'000, 'v')) + file("x")), kMaxPostPreDataLengthExceededError);
  std::string many;
  for (int i = 0; i < 5; ++i) many += field("f" + std::to_string(i), std::string(15'000, 'v'));
  EXPECT_EQ(refusal(many + file("x")), kMaxPostPreDataLengthExceededError);
  many.clear();
  for (int i = 0; i < 101; ++i) many += field("f" + std::to_string(i), "v");
  EXPECT_EQ(refusal(many + file("x")), kMaxPostPreDataLengthExceededError);
  EXPECT_EQ(refusal("--" + kBoundary + "\r\nX: " + std::string(9000, 'a') + "\r\n\r\nv\r\n"),
            kMaxPostPreDataLengthExceededError);
}

TEST(FormData, ContentTypes) {
  TestRequest request("POST", "/bucket");
  const Authenticated who{.principal = Principal::anonymous(),
                          .presigned = false,
                          .payload = PayloadMode::kUnsigned,
                          .content_sha256 = {},
                          .chunk_signing = nullptr,
                          .headers = EffectiveHeaders(request.get().headers)};
  auto source = make_body_source(request, who);
  const auto accepted = [&](const std::string& type) { return FormReader::create(**source, type).has_value(); };
  EXPECT_TRUE(accepted("multipart/form-data; boundary=abc"));
  EXPECT_TRUE(accepted("Multipart/Form-Data; charset=x; Boundary=\"a b\""));
  EXPECT_FALSE(accepted("multipart/form-data"));
  EXPECT_FALSE(accepted("multipart/form-data; boundary="));
  EXPECT_FALSE(accepted("multipart/form-data; boundary=\"abc"));
  EXPECT_FALSE(accepted("multipart/mixed; boundary=abc"));
  EXPECT_FALSE(accepted("multipart/form-data; boundary=" + std::string(71, 'b')));
}

}  // namespace
}  // namespace garage::api
