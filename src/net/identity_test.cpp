#include "net/identity.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "net/certificate.hpp"
#include "net/testing/net_fixture.hpp"

namespace garage::net {
namespace {

// RFC 8032, 7.1, test 1.
constexpr const char* kSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr const char* kPublic = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

// A self-signed certificate of an elliptic-curve key that is not Ed25519.
constexpr const char* kForeignCertificate =
    "3082016c30820113a003020102021444ec020677ae83e07cd08d7cb8d136ec2c8ff8b2300a06082a8648ce3d040302300c310a300806035504"
    "030c0178301e170d3236313132353139303535305a170d3336313132323139303535305a300c310a300806035504030c017830593013060728"
    "2a8648ce3d020106082a8648ce3d03010703420004c09a1d65f2357455278fe3d34483975222a8cae070b88a52c379531f1559a40dbb917c41"
    "b2fc3fa2c4f197a13097a1ce235d548e8859bb569fc09e944030f017a3533051301d0603551d0e041604145048b2659e97ac4ac2e9b859253a"
    "93ab64f84022301f0603551d230418301680145048b2659e97ac4ac2e9b859253a93ab64f84022300f0603551d130101ff040530030101ff30"
    "0a06082a8648ce3d040302034700304402206701b95834990bbaf82900b6604078542869d977a09042b6c6ca3d64e23c98cb02206a915b4af7"
    "f0b3ee05afde4c2a5762fcfd242c81a43ba26415f50fff6c1c0cb2";

TEST(NodeKeyTest, PublicHalfIsTheNodeId) {
  const auto key = NodeKey::from_file_content(*from_hex(kSeed) + *from_hex(kPublic));
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->id.hex(), kPublic);
  EXPECT_EQ(to_hex(key->seed.reveal()), kSeed);
}

TEST(NodeKeyTest, DamagedFilesAreRefused) {
  const std::string whole = *from_hex(kSeed) + *from_hex(kPublic);
  EXPECT_EQ(NodeKey::from_file_content(whole.substr(1)).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(NodeKey::from_file_content("").error().kind, ErrorKind::kInvalid);
  for (const size_t byte : {size_t{0}, size_t{40}}) {
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
    EXPECT_EQ(NodeKey::from_file_content(damaged).error().kind, ErrorKind::kCorrupt);
  }
  EXPECT_EQ(NodeKey::from_seed(Secret("short")).error().kind, ErrorKind::kInvalid);
}

TEST(NodeKeyTest, GeneratedOnesDiffer) {
  testing::CountingRandom random;
  EXPECT_NE(NodeKey::generate(random)->id, NodeKey::generate(random)->id);
}

TEST(Certificate, CarriesTheNodeIdAndIsAlwaysTheSame) {
  const NodeKey key = testing::test_key('k');
  const auto certificate = make_certificate(key);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(*node_of_certificate(*certificate), key.id);
  EXPECT_EQ(*make_certificate(key), *certificate);
  EXPECT_LT(certificate->size(), kCertificateBytesMax);
}

TEST(Certificate, WithoutItsOwnEd25519SignatureIsRefused) {
  const std::string good = *make_certificate(testing::test_key('k'));
  const auto refused = [](const std::string& der) {
    const auto node = node_of_certificate(der);
    return !node && node.error().kind == ErrorKind::kDenied;
  };
  EXPECT_TRUE(refused(*from_hex(kForeignCertificate)));
  EXPECT_TRUE(refused(good + "x"));
  EXPECT_TRUE(refused(good.substr(0, good.size() - 1)));
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(std::string(kCertificateBytesMax + 1, '0')));
  std::string other_signature = good;
  other_signature.back() = static_cast<char>(other_signature.back() ^ 1);
  EXPECT_TRUE(refused(other_signature));
  // Another key in the same envelope.
  std::string other_key = good;
  const std::string id(testing::test_key('k').id.view());
  other_key.replace(other_key.find(id), id.size(), testing::test_key('l').id.view());
  EXPECT_TRUE(refused(other_key));
}

}  // namespace
}  // namespace garage::net
