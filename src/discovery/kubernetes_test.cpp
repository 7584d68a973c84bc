#include "discovery/kubernetes.hpp"

#include <gmock/gmock.h>

#include "codec/iso_time.hpp"
#include "discovery/testing/kubernetes_api.hpp"

namespace garage::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kCredentials = "/secrets";

class KubernetesTest : public testing::ApiWorld {
 protected:
  KubernetesTest() {
    serve(api_);
    write(std::string(kCredentials) + "/token", "first\n");
    make();
  }
  void make(std::optional<Pod> pod = {}, bool skip_crd = false) {
    client_ = std::make_unique<Kubernetes>(
        env_, self_,
        KubernetesOptions{.place = {.api_server = endpoint_, .credentials_dir = kCredentials, .pod = std::move(pod)},
                          .kubernetes_namespace = "storage",
                          .service_name = "garage",
                          .skip_crd = skip_crd});
  }
  Announcement here(std::string ip = "10.1.2.3") {
    return {.id = self_, .hostname = "garage-0", .ip = ip, .port = 3901};
  }
  void put_other(char byte, const std::string& ip, Duration age) {
    const auto ms = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(age).count());
    const Announcement other{.id = node(byte), .hostname = "other", .ip = ip, .port = 3901};
    api_.put(other.id.hex(), garage_node(other, "garage", {}, WallTime{clock_.now.unix_ms - ms}));
  }
  const codec::Json& own() { return api_.entries.at(self_.hex()); }
  std::string text(const codec::Json& json, std::string_view a, std::string_view b) {
    const auto* outer = json.find(a);
    const auto* inner = outer ? outer->find(b) : nullptr;
    return inner ? codec::to_json(*inner) : "nothing";
  }

  NodeId self_ = node('s');
  testing::KubernetesApi api_;
  std::unique_ptr<Kubernetes> client_;
};

TEST_F(KubernetesTest, DefinesTheResourceWhereItIsMissingAndPublishes) {
  ASSERT_TRUE(run(client_->publish(here())));
  const std::string entries = "/apis/deuxfleurs.fr/v1/namespaces/storage/garagenodes";
  EXPECT_THAT(api_.asked,
              ElementsAre("GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/garagenodes.deuxfleurs.fr",
                          "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                          "GET " + entries + "/" + self_.hex(), "POST " + entries));
  EXPECT_EQ(text(own(), "spec", "address"), "\"10.1.2.3\"");
  EXPECT_EQ(text(own(), "spec", "port"), "3901");
  EXPECT_EQ(text(own(), "spec", "hostname"), "\"garage-0\"");
  EXPECT_EQ(text(own(), "metadata", "labels"), R"({"garage.deuxfleurs.fr/service":"garage"})");
  EXPECT_EQ(text(own(), "metadata", "annotations"), R"({"garage.deuxfleurs.fr/renewed":"1994-11-06T08:49:37.000Z"})");
  EXPECT_EQ(text(own(), "metadata", "ownerReferences"), "nothing");
}

TEST_F(KubernetesTest, WhatIsDefinedIsLeftAloneAndTheEntryIsRenewedInPlace) {
  api_.defined = true;
  make(Pod{.name = "garage-0", .uid = "1234"});
  ASSERT_TRUE(run(client_->publish(here())));
  EXPECT_EQ(text(own(), "metadata", "ownerReferences"),
            R"([{"apiVersion":"v1","kind":"Pod","name":"garage-0","uid":"1234"}])");
  const std::string version = resource_version_of(own());
  api_clock_.now.unix_ms += 60'000;
  ASSERT_TRUE(run(client_->publish(here("fd00::7"))));
  EXPECT_NE(resource_version_of(own()), version);
  EXPECT_EQ(text(own(), "spec", "address"), "\"fd00::7\"");
  EXPECT_EQ(text(own(), "metadata", "annotations"), R"({"garage.deuxfleurs.fr/renewed":"1994-11-06T08:50:37.000Z"})");
  EXPECT_EQ(std::ranges::count_if(api_.asked, [](const auto& line) { return line.starts_with("POST"); }), 1);
  EXPECT_EQ(std::ranges::count_if(api_.asked, [](const auto& line) { return line.ends_with("deuxfleurs.fr"); }), 1);
}

TEST_F(KubernetesTest, ANamespacedRoleSufficesWhereTheResourceIsDefined) {
  api_.defined = true;
  api_.may_read_definition = api_.may_define = false;
  EXPECT_TRUE(run(client_->publish(here())));
}

TEST_F(KubernetesTest, WithoutRightsOnTheDefinitionTheErrorSaysWhatToApply) {
  api_.may_read_definition = api_.may_define = false;
  auto done = run(client_->publish(here()));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("kubectl apply -f deploy/kubernetes/crd.yaml"));
  EXPECT_THAT(done.error().message, HasSubstr("customresourcedefinitions is forbidden"));
  api_.may_read_definition = true;
  make();
  done = run(client_->publish(here()));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("kubectl apply -f deploy/kubernetes/crd.yaml"));
  api_.defined = true;  // the administrator did so
  EXPECT_TRUE(run(client_->publish(here())));
}

TEST_F(KubernetesTest, SkippedMeansNeitherReadNorMade) {
  api_.defined = true;
  make({}, true);
  ASSERT_TRUE(run(client_->publish(here())));
  for (const auto& line : api_.asked) EXPECT_EQ(line.find("customresourcedefinitions"), std::string::npos);
}

TEST_F(KubernetesTest, FreshEntriesAreBelievedOldOnesNotForgottenOnesDeleted) {
  api_.defined = true;
  put_other('a', "10.0.0.10", 4min);
  put_other('b', "10.0.0.11", 6min);
  put_other('c', "10.0.0.12", 61min);
  put_other('d', "fd00::1", -10min);  // a clock ahead
  codec::Json bare = garage_node({.id = node('e'), .hostname = "", .ip = "10.0.0.14", .port = 1}, "garage", {}, {});
  bare.set("metadata", codec::Json::object());
  api_.put(node('e').hex(), bare);  // of a version that writes no annotation
  ASSERT_TRUE(run(client_->publish(here())));
  const auto found = run(client_->look_up());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->nodes, ElementsAre(FoundNode{node('a'), "10.0.0.10:3901"}, FoundNode{node('d'), "[fd00::1]:3901"},
                                        FoundNode{node('e'), "10.0.0.14:1"}));
  EXPECT_TRUE(found->unusable.empty());
  EXPECT_FALSE(api_.entries.contains(node('c').hex()));
  EXPECT_TRUE(api_.entries.contains(node('b').hex()));
}

TEST_F(KubernetesTest, ANodeWhoseClockIsWrongFindsTheOthersAndIsFound) {
  api_.defined = true;
  put_other('a', "10.0.0.10", 1min);
  clock_.now.unix_ms += 7'200'000;
  ASSERT_TRUE(run(client_->publish(here())));
  EXPECT_EQ(text(own(), "metadata", "annotations"), R"({"garage.deuxfleurs.fr/renewed":"1994-11-06T08:49:37.000Z"})");
  const auto found = run(client_->look_up());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->nodes, ElementsAre(FoundNode{node('a'), "10.0.0.10:3901"}));
  EXPECT_TRUE(api_.entries.contains(node('a').hex()));
}

TEST_F(KubernetesTest, EntriesOfStrangersAreLeftOut) {
  api_.defined = true;
  put_other('a', "10.0.0.10", 0s);
  const codec::Json good = api_.entries.at(node('a').hex());
  codec::Json named = good, port = good, time = good,
              empty = codec::Json::object({{"metadata", codec::Json::object()}});
  api_.put("not-an-id", named);
  named.set("spec", codec::Json::object({{"address", "example.org"}, {"port", 1}}));
  api_.put(node('b').hex(), named);
  port.set("spec", codec::Json::object({{"address", "10.0.0.1"}, {"port", 70000}}));
  api_.put(node('c').hex(), port);
  codec::Json metadata = *time.find("metadata");
  metadata.set("annotations", codec::Json::object({{std::string(kRenewedAnnotation), "yesterday"}}));
  time.set("metadata", metadata);
  api_.put(node('d').hex(), time);
  api_.put(node('e').hex(), empty);
  const auto found = run(client_->look_up());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->nodes, ElementsAre(FoundNode{node('a'), "10.0.0.10:3901"}));
  EXPECT_EQ(found->unusable.size(), 3u);
}

TEST_F(KubernetesTest, LongListsComeInPages) {
  api_.defined = true;
  api_.page_entries = 2;
  for (const char byte : {'a', 'b', 'c', 'd', 'e'}) put_other(byte, "10.0.0.10", 0s);
  const auto found = run(client_->look_up());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->nodes.size(), 5u);
}

TEST_F(KubernetesTest, TheTokenIsReadAgainWhenItIsRotated) {
  api_.defined = true;
  ASSERT_TRUE(run(client_->publish(here())));
  api_.token = "second";
  const auto refused = run(client_->look_up());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("does not accept the token in /secrets/token"));
  EXPECT_THAT(refused.error().message, ::testing::Not(HasSubstr("first")));
  write("/secrets/token", "second");
  EXPECT_TRUE(run(client_->look_up()));
}

TEST_F(KubernetesTest, WithdrawsOnceAndIsContentWhereNothingIs) {
  api_.defined = true;
  ASSERT_TRUE(run(client_->publish(here())));
  EXPECT_TRUE(run(client_->withdraw()));
  EXPECT_TRUE(api_.entries.empty());
  EXPECT_TRUE(run(client_->withdraw()));
}

TEST_F(KubernetesTest, EachKindOfTroubleIsNamed) {
  api_.defined = true;
  api_.may_use_entries = false;
  EXPECT_THAT(run(client_->look_up()).error().message, HasSubstr("may not list garagenodes in namespace storage"));
  shut_down();
  const auto gone = run(client_->look_up());
  EXPECT_EQ(gone.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(gone.error().message, HasSubstr("http://10.0.0.2:80"));
  Kubernetes outside(env_, self_, {.place = {}, .kubernetes_namespace = "a", .service_name = "b"});
  EXPECT_THAT(run(outside.look_up()).error().message, HasSubstr("KUBERNETES_SERVICE_HOST"));
}

}  // namespace
}  // namespace garage::discovery
