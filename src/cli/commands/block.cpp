// block list-errors, block info, block retry-now, block purge
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/commands/node_answers.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {
namespace {

Json hashes_json(const Session& session) {
  Json hashes = Json::array();
  for (const std::string& hash : session.arguments.all("hash")) hashes.push_back(hash);
  return hashes;
}

Row version_row(const Json& version) {
  const Json& backlink = member(version, "backlink");
  const Json& upload = member(backlink, "upload");
  const Json& object = upload.is_null() ? member(backlink, "object") : upload;
  return {flag_of(version, "versionDeleted") ? "deleted" : "active", short_id(text_of(version, "versionId")),
          short_id(text_of(object, "bucketId")), text_of(object, "key"), short_id(text_of(upload, "uploadId"))};
}

void say_cut_off(Session& session, const Json& answer) {
  if (flag_of(answer, "cutOff")) session.say("There are more references than were looked at.");
}

}  // namespace

Result<void> run_block_list_errors(Session& session) {
  TRY(const Json errors, ask_this_node(session, "ListBlockErrors", Json::object()));
  std::vector<Row> rows = {{"Hash", "RC", "Errors", "Last error", "Next try"}};
  for (const Json& error : items_of(errors)) {
    rows.push_back({text_of(error, "blockHash"), fmt::format("{}", number_of(error, "refcount")),
                    fmt::format("{}", number_of(error, "errorCount")), ago_text(number_of(error, "lastTrySecsAgo")),
                    in_text(number_of(error, "nextTryInSecs"))});
  }
  session.out += text_table(rows);
  return {};
}

Result<void> run_block_info(Session& session) {
  TRY(const Json block,
      ask_this_node(session, "GetBlockInfo", Json::object({{"blockHash", session.arguments.text("hash")}})));
  session.out += text_table(
      {{"Block hash:", text_of(block, "blockHash")}, {"Refcount:", fmt::format("{}", number_of(block, "refcount"))}});
  say_cut_off(session, block);
  session.say("");
  std::vector<Row> rows = {{"Status", "Version", "Bucket", "Key", "MPU"}};
  bool dead = false;
  for (const Json& version : items_of(block, "versions")) {
    rows.push_back(version_row(version));
    dead = dead || flag_of(version, "versionDeleted");
  }
  session.out += text_table(rows);
  if (dead) {
    session.say("");
    session.say("Deleted versions still reference the block, as they do for some minutes after a deletion.");
    session.say("If it stays so, run: garage repair --yes block-refs");
  }
  if (rows.size() == 1) {
    session.say("");
    session.say("Nothing references the block any more. If it stays, run: garage repair --yes block-rc");
  }
  return {};
}

Result<void> run_block_retry_now(Session& session) {
  const bool all = session.arguments.has("all"), some = session.arguments.has("hash");
  if (all == some) return fail(ErrorKind::kInvalid, "Give either --all or block hashes");
  Json body = all ? Json::object({{"all", true}}) : Json::object({{"blockHashes", hashes_json(session)}});
  TRY(const Json done, ask_this_node(session, "RetryBlockResync", std::move(body)));
  session.say(
      fmt::format("{} blocks returned in queue for a retry now (check logs to see results)", number_of(done, "count")));
  return {};
}

Result<void> run_block_purge(Session& session) {
  if (!session.arguments.has("yes")) {
    return fail(ErrorKind::kInvalid,
                "Every object and upload that needs one of these blocks will be deleted. Add --yes to do it.");
  }
  TRY(const Json purged, ask_this_node(session, "PurgeBlocks", hashes_json(session)));
  session.out += text_table({{"Blocks purged:", fmt::format("{}", number_of(purged, "blocksPurged"))},
                             {"Objects deleted:", fmt::format("{}", number_of(purged, "objectsDeleted"))},
                             {"Uploads deleted:", fmt::format("{}", number_of(purged, "uploadsDeleted"))},
                             {"Versions deleted:", fmt::format("{}", number_of(purged, "versionsDeleted"))},
                             {"Block refs purged:", fmt::format("{}", number_of(purged, "blockRefsPurged"))}});
  say_cut_off(session, purged);
  return {};
}

}  // namespace garage::cli
