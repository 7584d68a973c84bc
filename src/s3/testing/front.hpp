// The S3 front over one node in memory, asked by a client that signs.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/testing/request_signer.hpp"
#include "api/testing/seen.hpp"
#include "object/testing/object_node.hpp"
#include "s3/service.hpp"

namespace garage::s3::testing {

using api::testing::TestRequest;

struct Seen : api::testing::Seen {
  // The text of the first element of that name in an XML body.
  std::string element(const std::string& name) const {
    const size_t begin = body.find("<" + name + ">");
    const size_t end = body.find("</" + name + ">");
    if (begin == std::string::npos || end == std::string::npos) return "-";
    return body.substr(begin + name.size() + 2, end - begin - name.size() - 2);
  }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

// A bucket "box" and a key that owns it; a second key that has no rights.
class Front : public ::testing::Test {
 protected:
  Front() : node(machine), env(node.env(machine)), service({env, *node.settings, *node.objects, options}) {
    node.clock.unix_ms = 1'767'225'600'000;
    owner = make_key("owner");
    stranger = make_key("stranger");
    box = node.make_bucket("box");
    allow(owner, {true, true, true});
  }

  api::testing::RequestSigner make_key(const std::string& name) {
    const auto key = node.run(node.settings->create_key(name, std::nullopt));
    api::testing::RequestSigner signer;
    signer.key_id = key.value().id;
    signer.secret = std::string(key.value().secret.reveal());
    signer.region = options.region;
    signer.timestamp = "20260101T000000Z";
    return signer;
  }
  void allow(const api::testing::RequestSigner& who, model::Permission permission) {
    ASSERT_TRUE(node.run(node.settings->set_permission(box.id, who.key_id, permission)));
  }

  Seen ask(TestRequest& request) { return {api::testing::see(node, service, request.get())}; }
  Seen ask(const std::string& method, const std::string& target, const std::string& body = "",
           const Fields& fields = {}) {
    return ask_as(owner, method, target, body, fields);
  }
  Seen ask_as(const api::testing::RequestSigner& who, const std::string& method, const std::string& target,
              const std::string& body = "", const Fields& fields = {}) {
    TestRequest request(method, target);
    request.header("host", "127.0.0.1");
    for (const auto& [name, value] : fields) request.header(name, value);
    if (!body.empty() || method == "PUT") request.body(body);
    who.sign(request, api::testing::RequestSigner::sha256_hex(body));
    return ask(request);
  }

  object::testing::Machine machine;
  object::testing::ObjectNode node;
  env::Env env;
  Options options;
  Service service;
  object::BucketRef box;
  api::testing::RequestSigner owner, stranger;
};

}  // namespace garage::s3::testing
