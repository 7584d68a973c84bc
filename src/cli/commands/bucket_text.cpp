#include "cli/commands/bucket_text.hpp"

#include <fmt/format.h>

#include "cli/dates.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"
#include "codec/byte_size.hpp"

namespace garage::cli {
namespace {

// After a change not all is counted.
std::string size_text(const Json& bucket, std::string_view name) {
  const auto bytes = member(bucket, name).as_uint64();
  return bytes ? codec::both_sizes(*bytes) : "(not counted)";
}
std::string count_text(const Json& bucket, std::string_view name) {
  const auto count = member(bucket, name).as_uint64();
  return count ? fmt::format("{}", *count) : "(not counted)";
}

void add_uploads(std::vector<Row>& rows, const Json& bucket) {
  if (number_of(bucket, "unfinishedUploads") == 0) return;
  rows.push_back(
      {"Unfinished uploads:", fmt::format("{} multipart uploads", number_of(bucket, "unfinishedMultipartUploads"))});
  rows.push_back({"", fmt::format("{} including regular uploads", number_of(bucket, "unfinishedUploads"))});
  rows.push_back({"Size of unfinished multipart uploads:", size_text(bucket, "unfinishedMultipartUploadBytes")});
}

void add_website(std::vector<Row>& rows, const Json& bucket) {
  const bool served = flag_of(bucket, "websiteAccess");
  rows.push_back({""});
  rows.push_back({"Website access:", served ? "true" : "false"});
  if (!served) return;
  const Json& website = member(bucket, "websiteConfig");
  const std::string error_document = text_of(website, "errorDocument");
  rows.push_back({"  index document:", text_of(website, "indexDocument")});
  rows.push_back({"  error document:", error_document.empty() ? "(not defined)" : error_document});
}

void add_quotas(std::vector<Row>& rows, const Json& bucket) {
  const Json& quotas = member(bucket, "quotas");
  const auto size = member(quotas, "maxSize").as_uint64();
  const auto objects = member(quotas, "maxObjects").as_uint64();
  if (!size && !objects) return;
  rows.push_back({""});
  rows.push_back({"Quotas:", "enabled"});
  if (size) rows.push_back({"  maximum size:", codec::both_sizes(*size)});
  if (objects) rows.push_back({"  maximum number of objects:", fmt::format("{}", *objects)});
}

}  // namespace

void say_bucket(Session& session, const Json& bucket) {
  std::vector<Row> rows = {{"Bucket:", text_of(bucket, "id")},
                           {"Created:", local_time(session, text_of(bucket, "created"))},
                           {""},
                           {"Size:", size_text(bucket, "bytes")},
                           {"Objects:", count_text(bucket, "objects")}};
  add_uploads(rows, bucket);
  add_website(rows, bucket);
  add_quotas(rows, bucket);
  rows.push_back({""});
  const auto aliases = texts_of(bucket, "globalAliases");
  for (const auto& alias : aliases) rows.push_back({"Global alias:", alias});
  if (aliases.empty()) rows.push_back({"Global alias:", ""});
  session.say("==== BUCKET INFORMATION ====");
  session.out += text_table(rows);

  std::vector<Row> keys = {{"Permissions", "Access key", "", "Local aliases"}};
  for (const Json& key : items_of(bucket, "keys")) {
    keys.push_back({rights_text(member(key, "permissions")), text_of(key, "accessKeyId"), text_of(key, "name"),
                    abbreviated(texts_of(key, "bucketLocalAliases"))});
  }
  session.say("");
  session.say("==== KEYS FOR THIS BUCKET ====");
  session.out += text_table(keys);
}

Result<Json> find_bucket(Session& session, const std::string& pattern) {
  return session.ask("GetBucketInfo", Json::object({{"search", pattern}}));
}

Result<Json> find_key(Session& session, const std::string& pattern) {
  return session.ask("GetKeyInfo", Json::object({{"search", pattern}, {"showSecretKey", false}}));
}

}  // namespace garage::cli
