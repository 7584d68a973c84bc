#include "api/form_window.hpp"

#include <gtest/gtest.h>

#include <string>

#include "api/testing/test_request.hpp"
#include "runtime/manual_loop.hpp"

namespace garage::api {
namespace {

class FormWindowTest : public ::testing::Test {
 protected:
  // In pieces of `step` bytes.
  void open(const std::string& body, size_t step) {
    request_.body(body, step);
    source_ = std::move(*make_body_source(request_.get(), who_));
    window_.emplace(*source_);
  }
  ApiResult<size_t> find(std::string_view end, size_t bytes_max) {
    return loop_.run_until_done(window_->find(end, bytes_max));
  }

  testing::TestRequest request_{"POST", "/bucket"};
  Authenticated who_{.principal = Principal::anonymous(),
                     .presigned = false,
                     .payload = PayloadMode::kUnsigned,
                     .content_sha256 = {},
                     .chunk_signing = nullptr,
                     .headers = EffectiveHeaders(request_.get().headers)};
  std::unique_ptr<BodySource> source_;
  std::optional<FormWindow> window_;
  runtime::ManualLoop loop_;
};

TEST_F(FormWindowTest, WhatComesByteByByteIsSearchedOnce) {
  const std::string end = "\r\n--boundary";
  const size_t size = 16'000;
  open(std::string(size, '\r') + end, 1);
  const auto found = find(end, size + 2);
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(*found, size + 2);  // behind the line end that was never sent
  // Each byte, and each time again what could be the beginning.
  EXPECT_LE(window_->bytes_searched(), (size + end.size() + 2) * end.size());
}

TEST_F(FormWindowTest, AnEndIsFoundWhereverItIsCut) {
  const std::string body = "value\r\n--boundary";
  for (size_t step = 1; step <= body.size(); ++step) {
    open(body, step);
    EXPECT_EQ(find("\r\n--boundary", 7).value_or(99), 7u) << step;
  }
}

TEST_F(FormWindowTest, WhatIsTooLongIsRefusedAsSoonAsThatIsKnown) {
  open("12345--", 1);
  EXPECT_EQ(find("--", 7).value_or(99), 7u);
  open("12345--", 1);
  EXPECT_EQ(find("--", 6).error().code, ErrorCode::kMaxPostPreDataLengthExceededError);
  open("123456", 1);
  EXPECT_EQ(find("--", 6).error().code, ErrorCode::kMaxPostPreDataLengthExceededError);
  open("12345", 1);
  EXPECT_EQ(find("--", 7).error().code, ErrorCode::kIncompleteBody);
}

TEST_F(FormWindowTest, ItGrowsAsFarAsItMustAndNoFarther) {
  open(std::string(100'000, 'x'), SIZE_MAX);
  while (window_->view().size() < kFormWindowBytes) ASSERT_TRUE(loop_.run_until_done(window_->fill()).has_value());
  window_->consume(1);
  ASSERT_TRUE(loop_.run_until_done(window_->fill()).has_value());
  EXPECT_EQ(window_->view().size(), kFormWindowBytes);
}

}  // namespace
}  // namespace garage::api
