// What an operator can set of the S3 front.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace garage::s3 {

enum class BucketNamespace : unsigned char {
  kGlobal,  // a bucket made over S3 takes a name that every key sees
  kLocal,   // it takes a name that only its key sees
};

struct Options {
  std::string region = "garage";
  std::string root_domain;                     // empty: path style only
  std::optional<std::string> public_endpoint;  // for Location values: scheme://host[:port]
  bool public_endpoint_path_style = true;
  BucketNamespace bucket_namespace = BucketNamespace::kGlobal;
  bool allow_signature_v2 = false;
  bool accept_us_east_1_alias = false;
  uint32_t default_spread = 8;
  bool allow_punycode = false;
  bool decides_conditions = true;  // false: writes do not reach majorities, so no condition on one can be kept
};

}  // namespace garage::s3
