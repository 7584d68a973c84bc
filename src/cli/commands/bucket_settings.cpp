// bucket website, bucket set-quotas, bucket cleanup-incomplete-uploads
#include <fmt/format.h>

#include <charconv>

#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"
#include "codec/byte_size.hpp"
#include "codec/duration_text.hpp"

namespace garage::cli {
namespace {

Result<Json> read_size(const std::string& text) {
  if (text == "none") return Json();
  auto bytes = codec::parse_byte_size(text);
  if (!bytes) return std::unexpected(bytes.error().within("Invalid size specified"));
  return Json(*bytes);
}

Result<Json> read_count(const std::string& text) {
  if (text == "none") return Json();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorKind::kInvalid, fmt::format("Invalid number specified: '{}'", text));
  }
  return Json(number);
}

Result<void> update(Session& session, const Json& bucket, Json changes) {
  changes.set("id", text_of(bucket, "id"));
  TRY(const Json updated, session.ask("UpdateBucket", changes));
  say_bucket(session, updated);
  return {};
}

}  // namespace

Result<void> run_bucket_website(Session& session) {
  const Arguments& arguments = session.arguments;
  if (arguments.has("allow") == arguments.has("deny")) {
    return fail(ErrorKind::kInvalid, "You must specify exactly one flag, either --allow or --deny");
  }
  TRY(const Json bucket, find_bucket(session, arguments.text("bucket")));
  if (arguments.has("deny"))
    return update(session, bucket, Json::object({{"websiteAccess", Json::object({{"enabled", false}})}}));
  Json access =
      Json::object({{"enabled", true}, {"indexDocument", arguments.find("index-document").value_or("index.html")}});
  // The previous one stays where none is given.
  const std::string previous = text_of(member(bucket, "websiteConfig"), "errorDocument");
  const std::string error_document = arguments.find("error-document").value_or(previous);
  if (!error_document.empty()) access.set("errorDocument", error_document);
  return update(session, bucket, Json::object({{"websiteAccess", std::move(access)}}));
}

Result<void> run_bucket_set_quotas(Session& session) {
  const auto size = session.arguments.find("max-size");
  const auto objects = session.arguments.find("max-objects");
  if (!size && !objects) {
    return fail(ErrorKind::kInvalid,
                "You must specify either --max-size or --max-objects (or both) for this command to do something.");
  }
  TRY(const Json bucket, find_bucket(session, session.arguments.text("bucket")));
  const Json& previous = member(bucket, "quotas");
  Json quotas =
      Json::object({{"maxSize", member(previous, "maxSize")}, {"maxObjects", member(previous, "maxObjects")}});
  if (size) {
    TRY(Json value, read_size(*size));
    quotas.set("maxSize", std::move(value));
  }
  if (objects) {
    TRY(Json value, read_count(*objects));
    quotas.set("maxObjects", std::move(value));
  }
  return update(session, bucket, Json::object({{"quotas", std::move(quotas)}}));
}

Result<void> run_bucket_cleanup(Session& session) {
  const std::string text = session.arguments.find("older-than").value_or("1d");
  const auto older = codec::parse_duration(text);
  if (!older) {
    return fail(ErrorKind::kInvalid,
                fmt::format("Invalid duration passed for --older-than parameter: {}", older.error().message));
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*older).count();
  // All of them before the first is touched: a mistyped name shall change nothing.
  std::vector<std::string> ids;
  for (const std::string& name : session.arguments.all("bucket")) {
    TRY(const Json bucket, find_bucket(session, name));
    ids.push_back(text_of(bucket, "id"));
  }
  for (const std::string& id : ids) {
    TRY(const Json done,
        session.ask("CleanupIncompleteUploads", Json::object({{"bucketId", id}, {"olderThanSecs", seconds}})));
    const uint64_t deleted = number_of(done, "uploadsDeleted");
    session.out += text_table(
        {{short_id(id) + ":", deleted == 0 ? "no uploads deleted" : fmt::format("{} uploads deleted", deleted)}});
  }
  return {};
}

}  // namespace garage::cli
