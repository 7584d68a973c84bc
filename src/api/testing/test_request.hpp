// A request that owns its bytes, for tests of whatever takes an http::Request.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/request.hpp"

namespace garage::api::testing {

// A body in memory; `step` bytes at most are given by each read.
class StringBody : public http::BodyReader {
 public:
  explicit StringBody(std::string bytes = {}, size_t step = SIZE_MAX) : bytes_(std::move(bytes)), step_(step) {}

  Task<Result<size_t>> read(std::span<char> out) override {
    if (at_ == bytes_.size() && failure_) co_return std::unexpected(*failure_);
    const size_t size = std::min({out.size(), bytes_.size() - at_, step_});
    std::memcpy(out.data(), bytes_.data() + at_, size);
    at_ += size;
    co_return size;
  }
  Task<Result<void>> drain(uint64_t) override {
    at_ = bytes_.size();
    co_return Result<void>{};
  }
  const http::Headers& trailers() const override { return none_; }

  // After the bytes there comes an error instead of the end.
  void fail_at_end(Error error) { failure_ = std::move(error); }
  size_t bytes_read() const { return at_; }

 private:
  std::string bytes_;
  size_t step_;
  size_t at_ = 0;
  std::optional<Error> failure_;
  http::Headers none_;
};

class TestRequest {
 public:
  TestRequest(std::string method, std::string target) {
    set_method(std::move(method));
    set_target(std::move(target));
    request_.body = &empty_body_;
  }
  TestRequest(const TestRequest&) = delete;

  void set_method(std::string method) {
    method_ = std::move(method);
    request_.method_text = method_;
    request_.method = http::method_of(method_);
  }
  void set_target(std::string target) {
    target_ = std::move(target);
    request_.target = target_;
    const size_t question = std::min(target_.find('?'), target_.size());
    request_.raw_path = request_.target.substr(0, question);
    request_.raw_query = request_.target.substr(std::min(question + 1, target_.size()));
  }
  // Lower-case names, as the parser gives them.
  TestRequest& header(std::string lower_name, std::string value) {
    fields_.emplace_back(std::move(lower_name), std::move(value));
    publish();
    return *this;
  }
  TestRequest& replace(std::string_view lower_name, std::string value) {
    for (auto& field : fields_) {
      if (field.first == lower_name) field.second = std::move(value);
    }
    publish();
    return *this;
  }
  TestRequest& remove(std::string_view lower_name) {
    std::erase_if(fields_, [lower_name](const auto& field) { return field.first == lower_name; });
    publish();
    return *this;
  }
  // With its Content-Length, but without a header that says so.
  TestRequest& body(std::string bytes, size_t step = SIZE_MAX) {
    request_.content_length = bytes.size();
    body_ = std::make_unique<StringBody>(std::move(bytes), step);
    request_.body = body_.get();
    return *this;
  }

  const std::deque<std::pair<std::string, std::string>>& fields() const { return fields_; }
  http::Request& get() { return request_; }
  operator http::Request&() { return request_; }
  StringBody& string_body() { return *body_; }

 private:
  void publish() {
    request_.headers.clear();
    for (const auto& [name, value] : fields_) request_.headers.add(name, value);
  }

  std::string method_, target_;
  std::deque<std::pair<std::string, std::string>> fields_;
  StringBody empty_body_;
  std::unique_ptr<StringBody> body_;
  http::Request request_;
};

}  // namespace garage::api::testing
