#include "api/request_meter.hpp"

#include <gtest/gtest.h>

namespace garage::api {
namespace {

TEST(RequestMeter, CountsTimesAndTellsErrorsApart) {
  telemetry::Registry registry;
  const telemetry::Instruments instruments{registry};
  RequestMeter meter(&instruments, {.prefix = "api_s3", .what = "S3 API"});
  meter.count("GetObject", 200, 2ms);
  meter.count("GetObject", 404, 1ms);
  meter.count("PutObject", 304, 1ms);
  const std::string text = registry.render();
  EXPECT_NE(text.find("api_s3_request_counter{api_endpoint=\"GetObject\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("api_s3_error_counter{api_endpoint=\"GetObject\",status_code=\"404\"} 1\n"), std::string::npos);
  EXPECT_EQ(text.find("api_s3_error_counter{api_endpoint=\"PutObject\""), std::string::npos);
  EXPECT_NE(text.find("api_s3_request_duration_count{api_endpoint=\"GetObject\"} 2\n"), std::string::npos);
}

TEST(RequestMeter, CountsAnswersThatFailedAfterTheirHead) {
  telemetry::Registry registry;
  const telemetry::Instruments instruments{registry};
  RequestMeter meter(&instruments, {.prefix = "api_s3", .what = "S3 API"});
  meter.count("GetObject", 200, 2ms);
  EXPECT_EQ(registry.render().find("failed"), std::string::npos);
  meter.count_failed("GetObject");
  meter.count_failed("GetObject");
  EXPECT_NE(registry.render().find("api_s3_failed_answer_counter{api_endpoint=\"GetObject\"} 2\n"), std::string::npos);
}

TEST(RequestMeter, MaySayTheStatusInWords) {
  telemetry::Registry registry;
  const telemetry::Instruments instruments{registry};
  RequestMeter meter(&instruments, {.prefix = "web", .what = "web", .label = "method", .status_in_words = true});
  meter.count("GET", 404, 1ms);
  EXPECT_NE(registry.render().find("web_error_counter{method=\"GET\",status_code=\"404 Not Found\"} 1\n"),
            std::string::npos);
}

TEST(RequestMeter, MayTellHostsApartButNotWithoutEnd) {
  telemetry::Registry registry;
  const telemetry::Instruments instruments{registry};
  RequestMeter meter(&instruments, {.prefix = "web", .what = "web", .label = "method"});
  for (size_t i = 0; i < RequestMeter::kHostsMax + 10; ++i) meter.count("GET", 404, 1ms, "host" + std::to_string(i));
  const std::string text = registry.render();
  EXPECT_NE(text.find("web_request_counter{host=\"host7\",method=\"GET\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("web_error_counter{host=\"host7\",method=\"GET\",status_code=\"404\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("web_request_duration_count{host=\"host7\",method=\"GET\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("web_request_counter{host=\"other\",method=\"GET\"} 10\n"), std::string::npos);
}

TEST(RequestMeter, WithoutInstrumentsItDoesNothing) {
  RequestMeter meter(nullptr, {.prefix = "api_s3", .what = "S3 API"});
  meter.count("GetObject", 500, 1ms);
  meter.count_failed("GetObject");
  EXPECT_EQ(meter.tracer(), nullptr);
}

}  // namespace
}  // namespace garage::api
