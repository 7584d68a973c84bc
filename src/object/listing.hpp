// Pages of keys: what to list, and what was found. Order is bytewise; every common prefix counts as one item and comes
// once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "crypto/checksum_algorithm.hpp"
#include "model/object_version.hpp"
#include "model/upload.hpp"

namespace garage::object {

struct ListQuery {
  BucketId bucket;
  uint32_t spread = 8;
  std::string prefix;
  std::string delimiter;  // empty: none
  // Items strictly after this; a common prefix that the marker equals or lies in is skipped whole.
  std::string after;
  // Instead of `after`: items at or after this (a continuation token).
  std::string from;
  size_t items_max = 1000;
};

struct ListedObject {
  std::string key;
  Uuid uuid;
  uint64_t bytes = 0;
  uint64_t modified_ms = 0;
  model::ETag etag;
  std::string writer;
  std::optional<std::pair<crypto::ChecksumAlgorithm, crypto::ChecksumType>> checksum;
};

struct ListPage {
  // In the order of the page, apart: a merge by key of both gives the page's order.
  std::vector<ListedObject> objects;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  // Where truncated: the last item of this page (key or common prefix), for markers; and where the next page begins
  // (inclusive).
  std::string last_item;
  std::string next_from;
};

struct UploadQuery {
  BucketId bucket;
  uint32_t spread = 8;
  std::string prefix;
  std::string delimiter;
  std::string key_marker;
  std::optional<Uuid> upload_marker;  // only with key_marker: uploads of that key after this one
  size_t items_max = 1000;
};

struct UploadPage {
  std::vector<model::Upload> uploads;  // by key, then by time of initiation
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_key_marker;
  std::optional<Uuid> next_upload_marker;
};

}  // namespace garage::object
