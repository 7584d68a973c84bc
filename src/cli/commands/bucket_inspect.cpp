// bucket inspect-object
#include <fmt/format.h>

#include <utility>

#include "cli/commands.hpp"
#include "cli/commands/bucket_text.hpp"
#include "cli/dates.hpp"
#include "cli/text_table.hpp"
#include "codec/byte_size.hpp"

namespace garage::cli {
namespace {

void add_flags(std::vector<Row>& rows, const Json& version) {
  const auto add = [&](std::string_view title, std::string_view name) {
    rows.push_back({std::string(title), flag_of(version, name) ? "true" : "false"});
  };
  add("Encrypted:", "encrypted");
  add("Uploading:", "uploading");
  add("Aborted:", "aborted");
  add("Delete marker:", "deleteMarker");
  add("Inline data:", "inline");
}

void say_version(Session& session, const Json& object, const Json& version) {
  const Json::Array& blocks = items_of(version, "blocks");
  const auto bytes = member(version, "size").as_uint64();  // of an open upload: none
  std::vector<Row> rows = {{"Bucket:", text_of(object, "bucketId")},
                           {"Key:", text_of(object, "key")},
                           {"Version:", text_of(version, "uuid")},
                           {"Timestamp:", local_time(session, text_of(version, "timestamp"))},
                           {"Size:", bytes ? codec::both_sizes(*bytes) : "(not yet known)"},
                           {"Number of blocks:", fmt::format("{}", blocks.size())},
                           {"ETag:", text_of(version, "etag")}};
  add_flags(rows, version);
  for (const Json& header : items_of(version, "headers")) {
    const Json::Array& pair = items_of(header);
    if (pair.size() != 2) continue;
    rows.push_back(
        {fmt::format("Header {}:", pair[0].as_string().value_or("")), std::string(pair[1].as_string().value_or(""))});
  }
  session.say("==== OBJECT VERSION ====");
  session.out += text_table(rows);
  if (blocks.empty()) return;
  std::vector<Row> table = {{"Part#", "Offset", "Block hash", "Size"}};
  for (const Json& block : blocks) {
    table.push_back({fmt::format("{}", number_of(block, "partNumber")), fmt::format("{}", number_of(block, "offset")),
                     text_of(block, "hash"), fmt::format("{}", number_of(block, "size"))});
  }
  session.say("");
  session.out += text_table(table);
}

}  // namespace

Result<void> run_bucket_inspect_object(Session& session) {
  TRY(const Json bucket, find_bucket(session, session.arguments.text("bucket")));
  TRY(const Json object, session.ask("InspectObject", Json::object({{"bucketId", text_of(bucket, "id")},
                                                                    {"key", session.arguments.text("object")}})));
  bool first = true;
  for (const Json& version : items_of(object, "versions")) {
    if (!std::exchange(first, false)) session.say("");
    say_version(session, object, version);
  }
  return {};
}

}  // namespace garage::cli
