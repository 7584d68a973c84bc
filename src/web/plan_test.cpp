#include "web/plan.hpp"

#include <gtest/gtest.h>

namespace garage::web {
namespace {

model::WebsiteConfig site(std::vector<model::RoutingRule> rules = {}) {
  model::WebsiteConfig website;
  website.routing_rules = std::move(rules);
  return website;
}

model::RoutingRule rule(std::string prefix, uint32_t code) {
  model::RoutingRule out;
  if (!prefix.empty()) out.key_prefix = std::move(prefix);
  out.redirect_code = code;
  return out;
}

// What is done with a path, in short.
std::string plan(const model::WebsiteConfig& website, std::string_view path) {
  const Plan plan = plan_request(website, path, "/" + std::string(path));
  if (plan.at_once) return std::to_string(plan.at_once->status) + " " + plan.at_once->location;
  std::string out = std::to_string(plan.page.status) + " " + plan.page.key;
  if (plan.instead) out += " else " + std::to_string(plan.instead->status) + " " + plan.instead->location;
  if (plan.replacement) out += " else " + std::to_string(plan.replacement->status) + " " + plan.replacement->key;
  if (plan.folder_index) out += " or " + *plan.folder_index + " at " + plan.to_folder.location;
  return out;
}

TEST(Plan, DirectoriesHaveAnIndex) {
  EXPECT_EQ(plan(site(), ""), "200 index.html");
  EXPECT_EQ(plan(site(), "a/"), "200 a/index.html");
  EXPECT_EQ(plan(site(), "a"), "200 a or a/index.html at /a/");
  EXPECT_EQ(plan(site(), "a b/\xc3\xa9"), "200 a b/\xc3\xa9 or a b/\xc3\xa9/index.html at /a%20b/%C3%A9/");
}

TEST(Plan, NoPathLeadsToAnotherHost) {
  EXPECT_EQ(plan(site(), "/evil.example"), "200 /evil.example or /evil.example/index.html at /%2Fevil.example/");
  auto cut = rule("r/", 302);
  cut.replace_prefix = "";
  EXPECT_EQ(plan(site({cut}), "r//evil.example"), "302 /%2Fevil.example");
  EXPECT_EQ(plan(site({cut}), "r/\\evil.example"), "302 /%5Cevil.example");
}

TEST(Plan, RedirectsAtOnce) {
  auto moved = rule("old/", 301);
  moved.replace_prefix = "new/";
  EXPECT_EQ(plan(site({moved}), "old/page 1"), "301 /new/page%201");
  EXPECT_EQ(plan(site({moved}), "old/"), "301 /new/") << "the index is not part of what is compared and replaced";
  EXPECT_EQ(plan(site({moved}), "older"), "200 older or older/index.html at /older/");
  auto inside = rule("old/index", 301);
  EXPECT_EQ(plan(site({inside}), "old/"), "200 old/index.html");
  auto away = rule("", 307);
  away.host_name = "other.example";
  EXPECT_EQ(plan(site({away}), "x"), "307 //other.example/");
  away.protocol = "https";
  away.replace_key = "start";
  EXPECT_EQ(plan(site({moved, away}), "x"), "307 https://other.example/start");
  EXPECT_EQ(plan(site({moved, away}), "old/x"), "301 /new/x") << "the first rule that matches counts";
}

// An application of one page takes its paths as fragments, a search as its query.
TEST(Plan, ReplacementsAreWrittenAsTheOwnerWroteThem) {
  auto app = rule("", 302);
  app.error_code = 404;
  app.replace_prefix = "#!/";
  EXPECT_EQ(plan(site({app}), "a b/#?/"), "200 a b/#?/index.html else 302 /#!/a%20b/%23%3F/");
  auto search = rule("find/", 302);
  search.replace_prefix = "search?key=";
  EXPECT_EQ(plan(site({search}), "find/a&b"), "302 /search?key=a%26b");
  search.replace_prefix.reset();
  search.redirect_code.reset();
  search.replace_key = "all?sort=a%20b&order=up#top";
  EXPECT_EQ(plan(site({search}), "find/"), "302 /all?sort=a%20b&order=up#top");
  search.replace_key = "50%/100%";
  EXPECT_EQ(plan(site({search}), "find/"), "302 /50%25/100%25");
  search.replace_key = "a b\r\nset-cookie: c\t\"<>\xc3\xa9";
  EXPECT_EQ(plan(site({search}), "find/"), "302 /a%20b%0D%0Aset-cookie:%20c%09%22%3C%3E%C3%A9");
  for (const auto& [key, location] :
       {std::pair("/evil.example", "302 /%2Fevil.example"), std::pair("\\evil.example", "302 /%5Cevil.example")}) {
    search.replace_key = key;
    EXPECT_EQ(plan(site({search}), "find/"), location) << "no other host either";
  }
}

TEST(Plan, OtherKeysInPlace) {
  auto rewritten = rule("v1/", 200);
  rewritten.replace_prefix = "v2/";
  EXPECT_EQ(plan(site({rewritten}), "v1/"), "200 v2/index.html");
  EXPECT_EQ(plan(site({rewritten}), "v1/a"), "200 v2/a or v2/a/index.html at /v2/a/");
  auto gone = rule("gone/", 404);
  gone.replace_key = "sorry.html";
  EXPECT_EQ(plan(site({gone}), "gone/a"), "404 sorry.html");
}

TEST(Plan, WhereNothingIsFound) {
  auto app = rule("app/", 200);
  app.error_code = 404;
  app.replace_key = "app/index.html";
  EXPECT_EQ(plan(site({app}), "app/page"), "200 app/page else 200 app/index.html");
  auto search = rule("", 302);
  search.error_code = 404;
  search.replace_prefix = "search/";
  EXPECT_EQ(plan(site({app, search}), "x/"), "200 x/index.html else 302 /search/x/");
}

TEST(Plan, AllToAnotherHost) {
  model::WebsiteConfig website;
  website.redirect_all = model::RedirectAll{"www.example", std::nullopt};
  EXPECT_EQ(plan_request(website, "a b", "/a%20b?q=1").at_once->location, "//www.example/a%20b?q=1");
  website.redirect_all->protocol = "https";
  EXPECT_EQ(plan(website, "a"), "301 https://www.example/a");
}

}  // namespace
}  // namespace garage::web
