#include "cli/commands/key_text.hpp"

#include "cli/dates.hpp"
#include "cli/text_table.hpp"
#include "cli/wording.hpp"

namespace garage::cli {

void say_key(Session& session, const Json& key) {
  const std::string secret = text_of(key, "secretAccessKey");
  const std::string expiration = text_of(key, "expiration");
  session.say("==== ACCESS KEY INFORMATION ====");
  session.out +=
      text_table({{"Key ID:", text_of(key, "accessKeyId")},
                  {"Key name:", text_of(key, "name")},
                  {"Secret key:", secret.empty() ? "(redacted)" : secret},
                  {"Created:", local_time(session, text_of(key, "created"))},
                  {"Validity:", flag_of(key, "expired") ? "EXPIRED" : "valid"},
                  {"Expiration:", expiration.empty() ? "never" : local_time(session, expiration)},
                  {""},
                  {"Can create buckets:", flag_of(member(key, "permissions"), "createBucket") ? "true" : "false"}});
  std::vector<Row> rows = {{"Permissions", "ID", "Global aliases", "Local aliases"}};
  for (const Json& bucket : items_of(key, "buckets")) {
    rows.push_back({rights_text(member(bucket, "permissions")), short_id(text_of(bucket, "id")),
                    abbreviated(texts_of(bucket, "globalAliases")), abbreviated(texts_of(bucket, "localAliases"))});
  }
  session.say("");
  session.say("==== BUCKETS FOR THIS KEY ====");
  session.out += text_table(rows);
}

}  // namespace garage::cli
