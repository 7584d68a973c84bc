#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "config/table.hpp"

namespace garage::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::string_view kMinimal = R"(
metadata_dir = "/m"
data_dir = "/d"
replication_factor = 1
rpc_bind_addr = "[::]:3901"
[s3_api]
s3_region = "garage"
)";

// The minimal document with lines in front of it.
Result<Loaded> with(std::string_view lines) {
  return parse_settings(std::string(lines) + std::string(kMinimal));
}

std::string error_of(std::string_view lines) {
  auto loaded = with(lines);
  EXPECT_FALSE(loaded) << lines;
  return loaded ? "" : loaded.error().message;
}

TEST(Load, TheMinimalDocumentGivesTheDefaults) {
  const Loaded loaded = parse_settings(kMinimal).value();
  EXPECT_THAT(loaded.warnings, IsEmpty());
  const Settings& settings = loaded.settings;
  EXPECT_EQ(settings.metadata_dir, "/m");
  EXPECT_THAT(settings.data_dir, ElementsAre(DataDirectory{.path = "/d"}));
  EXPECT_TRUE(settings.metadata_fsync);
  EXPECT_TRUE(settings.data_fsync);
  EXPECT_EQ(settings.block_size, 1u << 20);
  EXPECT_EQ(settings.compression_level, 1);
  EXPECT_EQ(settings.s3_api.s3_region, "garage");
  EXPECT_FALSE(settings.s3_api.api_bind_addr);
  EXPECT_FALSE(settings.k2v_api.present);
  EXPECT_FALSE(settings.rpc_secret.value);
}

// The table says what the defaults are; the struct has them. They must agree.
TEST(Load, DefaultsOfTheTableAreThoseOfTheStruct) {
  std::string top, sections;
  std::string_view section;
  for (const Setting& setting : settings_table()) {
    if (setting.fallback.empty() || setting.section() == "consul_discovery" ||
        setting.section() == "kubernetes_discovery" || setting.section() == "s3_web") {
      continue;
    }
    std::string line = std::string(setting.name()) + " = " + std::string(setting.fallback) + "\n";
    if (setting.section().empty()) {
      top += line;
    } else {
      if (setting.section() != section) sections += "[" + std::string(setting.section()) + "]\n";
      section = setting.section();
      if (section == "s3_api" && sections.ends_with("[s3_api]\n")) sections += "s3_region = \"garage\"\n";
      sections += line;
    }
  }
  const std::string document =
      "metadata_dir = \"/m\"\ndata_dir = \"/d\"\nreplication_factor = 1\nrpc_bind_addr = \"[::]:3901\"\n" + top +
      sections;
  const auto loaded = parse_settings(document);
  ASSERT_TRUE(loaded) << loaded.error().message << document;
  const Settings& got = loaded->settings;
  const Settings defaults;
  EXPECT_EQ(got.metadata_fsync, defaults.metadata_fsync);
  EXPECT_EQ(got.data_fsync, defaults.data_fsync);
  EXPECT_EQ(got.disable_scrub, defaults.disable_scrub);
  EXPECT_EQ(got.use_local_tz, defaults.use_local_tz);
  EXPECT_EQ(got.block_size, defaults.block_size);
  EXPECT_EQ(got.block_ram_buffer_max, defaults.block_ram_buffer_max);
  EXPECT_EQ(got.block_max_concurrent_reads, defaults.block_max_concurrent_reads);
  EXPECT_EQ(got.compression_level, defaults.compression_level);
  EXPECT_EQ(got.consistency_mode, defaults.consistency_mode);
  EXPECT_EQ(got.rpc_ping_timeout, defaults.rpc_ping_timeout);
  EXPECT_EQ(got.rpc_timeout, defaults.rpc_timeout);
  EXPECT_EQ(got.rpc_bind_outgoing, defaults.rpc_bind_outgoing);
  EXPECT_EQ(got.allow_world_readable_secrets, defaults.allow_world_readable_secrets);
  EXPECT_EQ(got.allow_punycode, defaults.allow_punycode);
  EXPECT_EQ(got.s3_api.bucket_namespace, defaults.s3_api.bucket_namespace);
  EXPECT_EQ(got.s3_api.allow_signature_v2, defaults.s3_api.allow_signature_v2);
  EXPECT_EQ(got.s3_api.accept_us_east_1, defaults.s3_api.accept_us_east_1);
  EXPECT_EQ(got.admin.metrics_require_token, defaults.admin.metrics_require_token);
}

constexpr std::string_view kFull = R"(
metadata_dir = "/var/meta/"
data_dir = [
  { path = "/srv/old", read_only = true },
  { path = "/srv/hdd1", capacity = "2T" },
  { path = "/srv/hdd2", capacity = 1000 },
]
metadata_fsync = false
data_fsync = false
disable_scrub = true
use_local_tz = true
metadata_snapshots_dir = "/snap"
metadata_auto_snapshot_interval = "6h"
block_size = "2MiB"
block_ram_buffer_max = "1G"
block_max_concurrent_reads = 8
block_max_concurrent_writes_per_request = 5
compression_level = "None"
replication_factor = 3
consistency_mode = "degraded"
allow_world_readable_secrets = true
rpc_secret = "00112233"
rpc_bind_addr = "10.0.0.1:3901"
rpc_bind_outgoing = true
rpc_public_addr = "node.example.com:3901"
rpc_public_addr_subnet = "10.0.0.0/8"
rpc_ping_timeout_msec = 500
rpc_timeout_msec = 60000
bootstrap_peers = ["a@b:1", "c@d:2"]
allow_punycode = true
[s3_api]
api_bind_addr = "/run/garage.sock"
s3_region = "eu"
root_domain = ".s3.example.com"
public_endpoint = "https://s3.example.com:8443/some/path"
public_endpoint_path_style = true
bucket_namespace = "local"
allow_signature_v2 = true
accept_us_east_1 = true
[k2v_api]
api_bind_addr = "[::]:3904"
public_endpoint = "http://k2v"
[s3_web]
bind_addr = "[::]:3902"
root_domain = ".web"
add_host_to_metrics = true
index = "index.html"
[admin]
api_bind_addr = "0.0.0.0:3903"
admin_token_file = "/etc/token"
metrics_token = "m"
metrics_require_token = true
trace_sink = "http://localhost:4317"
trace_sampling_ratio = 0.25
[consul_discovery]
api = "agent"
consul_http_addr = "https://consul:8501"
service_name = "garage"
ca_cert = "/ca"
client_cert = "/cert"
client_key = "/key"
token = "t"
tls_skip_verify = true
tags = ["x"]
meta = { a = "b" }
datacenters = ["dc1", "dc2"]
[kubernetes_discovery]
namespace = "ns"
service_name = "svc"
skip_crd = true
)";

TEST(Load, EveryKeyReachesItsMember) {
  const auto loaded = parse_settings(kFull);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->warnings, IsEmpty());
  const Settings& s = loaded->settings;
  EXPECT_EQ(s.metadata_dir, "/var/meta");
  EXPECT_THAT(s.data_dir,
              ElementsAre(DataDirectory{"/srv/old", 0, true}, DataDirectory{"/srv/hdd1", 2'000'000'000'000, false},
                          DataDirectory{"/srv/hdd2", 1000, false}));
  EXPECT_FALSE(s.metadata_fsync);
  EXPECT_FALSE(s.data_fsync);
  EXPECT_TRUE(s.disable_scrub);
  EXPECT_TRUE(s.use_local_tz);
  EXPECT_EQ(s.metadata_snapshots_dir, "/snap");
  EXPECT_EQ(s.metadata_auto_snapshot_interval, Milliseconds(6h));
  EXPECT_EQ(s.block_size, 2u << 20);
  EXPECT_EQ(s.block_ram_buffer_max, 1'000'000'000u);
  EXPECT_EQ(s.block_max_concurrent_reads, 8u);
  EXPECT_EQ(s.block_max_concurrent_writes_per_request, 5u);
  EXPECT_EQ(s.compression_level, std::nullopt);
  EXPECT_EQ(s.replication_factor, 3u);
  EXPECT_EQ(s.consistency_mode, ConsistencyMode::kDegraded);
  EXPECT_TRUE(s.allow_world_readable_secrets);
  EXPECT_EQ(s.rpc_secret.value->reveal(), "00112233");
  EXPECT_EQ(s.rpc_bind_addr, "10.0.0.1:3901");
  EXPECT_TRUE(s.rpc_bind_outgoing);
  EXPECT_EQ(s.rpc_public_addr, "node.example.com:3901");
  EXPECT_EQ(s.rpc_public_addr_subnet, "10.0.0.0/8");
  EXPECT_EQ(s.rpc_ping_timeout, 500ms);
  EXPECT_EQ(s.rpc_timeout, 60s);
  EXPECT_THAT(s.bootstrap_peers, ElementsAre("a@b:1", "c@d:2"));
  EXPECT_TRUE(s.allow_punycode);
  EXPECT_EQ(s.s3_api.api_bind_addr, "/run/garage.sock");
  EXPECT_EQ(s.s3_api.s3_region, "eu");
  EXPECT_EQ(s.s3_api.root_domain, ".s3.example.com");
  EXPECT_EQ(s.s3_api.public_endpoint, "https://s3.example.com:8443");
  EXPECT_EQ(s.s3_api.public_endpoint_path_style, true);
  EXPECT_EQ(s.s3_api.bucket_namespace, BucketNamespace::kLocal);
  EXPECT_TRUE(s.s3_api.allow_signature_v2);
  EXPECT_TRUE(s.s3_api.accept_us_east_1);
  EXPECT_TRUE(s.k2v_api.present);
  EXPECT_EQ(s.k2v_api.api_bind_addr, "[::]:3904");
  EXPECT_EQ(s.k2v_api.public_endpoint, "http://k2v");
  EXPECT_TRUE(s.s3_web.present);
  EXPECT_EQ(s.s3_web.bind_addr, "[::]:3902");
  EXPECT_EQ(s.s3_web.root_domain, ".web");
  EXPECT_TRUE(s.s3_web.add_host_to_metrics);
  EXPECT_EQ(s.admin.api_bind_addr, "0.0.0.0:3903");
  EXPECT_EQ(s.admin.admin_token.file, "/etc/token");
  EXPECT_EQ(s.admin.metrics_token.value->reveal(), "m");
  EXPECT_TRUE(s.admin.metrics_require_token);
  EXPECT_EQ(s.admin.trace_sink, "http://localhost:4317");
  EXPECT_EQ(s.admin.trace_sampling_ratio, 0.25);
  EXPECT_TRUE(s.consul.present);
  EXPECT_EQ(s.consul.api, ConsulApi::kAgent);
  EXPECT_EQ(s.consul.consul_http_addr, "https://consul:8501");
  EXPECT_EQ(s.consul.service_name, "garage");
  EXPECT_EQ(s.consul.ca_cert, "/ca");
  EXPECT_EQ(s.consul.client_cert, "/cert");
  EXPECT_EQ(s.consul.client_key, "/key");
  EXPECT_EQ(s.consul.token->reveal(), "t");
  EXPECT_TRUE(s.consul.tls_skip_verify);
  EXPECT_THAT(s.consul.tags, ElementsAre("x"));
  EXPECT_EQ(s.consul.meta.at("a"), "b");
  EXPECT_THAT(s.consul.datacenters, ElementsAre("dc1", "dc2"));
  EXPECT_TRUE(s.kubernetes.present);
  EXPECT_EQ(s.kubernetes.kubernetes_namespace, "ns");
  EXPECT_EQ(s.kubernetes.service_name, "svc");
  EXPECT_TRUE(s.kubernetes.skip_crd);
}

// A key of the table that no test document names would be untested.
TEST(Load, TheFullDocumentNamesEveryKey) {
  for (const Setting& setting : settings_table()) {
    if (setting.presence == Presence::kNoEffect) continue;
    if (setting.key == "rpc_secret_file" || setting.key == "admin.admin_token" ||
        setting.key == "admin.metrics_token_file")
      continue;
    EXPECT_THAT(kFull, HasSubstr("\n" + std::string(setting.name()) + " = ")) << setting.key;
  }
}

TEST(Load, UnknownKeysAreWarnedAboutWithTheClosestName) {
  const auto warnings_of = [](std::string_view lines) { return with(lines).value().warnings; };
  EXPECT_THAT(warnings_of("blok_size = 5\n"),
              ElementsAre("line 1: unknown key `blok_size` is ignored; did you mean `block_size`?"));
  EXPECT_THAT(warnings_of("api_bind_adr = \"x\"\n"),
              ElementsAre("line 1: unknown key `api_bind_adr` is ignored; did you mean `s3_api.api_bind_addr`?"));
  EXPECT_THAT(warnings_of("zzzzzz = 5\n"), ElementsAre("line 1: unknown key `zzzzzz` is ignored"));
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "regoin = 1\n")->warnings,
              ElementsAre("line 8: unknown key `s3_api.regoin` is ignored; did you mean `s3_api.s3_region`?"));
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "[s3_wbe]\nx = 1\n")->warnings,
              ElementsAre("line 8: unknown section [s3_wbe] is ignored; did you mean [s3_web]?"));
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "[admin]\nadmin_tokne = \"x\"\n[admin.deeper]\nx = 1\n")->warnings,
              ElementsAre("line 9: unknown key `admin.admin_tokne` is ignored; did you mean `admin.admin_token`?",
                          HasSubstr("unknown key `admin.deeper` is ignored")));
}

TEST(Load, KeysOfOtherEnginesHaveNoEffect) {
  const auto warnings =
      with("db_engine = \"lmdb\"\nlmdb_map_size = \"1T\"\nsled_cache_capacity = 5\n").value().warnings;
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("`db_engine` has no effect"), HasSubstr("`lmdb_map_size` has no effect"),
                                    HasSubstr("`sled_cache_capacity` has no effect")));
}

TEST(Load, WrongValuesNameLineKeyAndWhatWasExpected) {
  EXPECT_EQ(error_of("metadata_fsync = 1\n"), "line 1: `metadata_fsync`: expected true or false, found a whole number");
  EXPECT_EQ(error_of("\nblock_size = true\n"),
            "line 2: `block_size`: expected a size such as \"1MiB\" or a number of bytes, found a boolean");
  EXPECT_THAT(error_of("block_size = \"1.5\"\n"), HasSubstr("line 1: `block_size`: invalid size: '1.5' needs a unit"));
  EXPECT_THAT(error_of("block_size = -1\n"), HasSubstr("cannot be negative"));
  EXPECT_THAT(error_of("block_size = 12\n"), HasSubstr("must be between 4.0 KiB and 15.0 MiB"));
  EXPECT_THAT(error_of("compression_level = \"1\"\n"), HasSubstr("a number without quotes"));
  EXPECT_THAT(error_of("compression_level = 23\n"), HasSubstr("zstd levels"));
  EXPECT_THAT(error_of("consistency_mode = \"strict\"\n"),
              HasSubstr("expected one of \"consistent\", \"degraded\", \"dangerous\""));
  EXPECT_THAT(error_of("metadata_auto_snapshot_interval = \"5m\"\n"), HasSubstr("at least 600 seconds"));
  EXPECT_THAT(error_of("metadata_auto_snapshot_interval = 6\n"), HasSubstr("expected a duration such as \"6h\""));
  EXPECT_THAT(error_of("bootstrap_peers = [1]\n"), HasSubstr("an array of strings only"));
  const std::string long_name = std::string(250, 'n') + ":39011";
  for (const std::string bad : {"nohost", ":3901", "fc00::1:3901", "[fc00::1:3901", "h:99999", "h:0", "h:", "h:39x1",
                                "node1 .example:3901", "knoten-\xc3\xa4:3901", long_name.c_str()}) {
    EXPECT_THAT(error_of("rpc_public_addr = \"" + bad + "\"\n"), HasSubstr("expected host:port")) << bad;
  }
  for (const char* good : {"h:1", "[fc00::1]:65535", "10.0.0.1:3901", "node1.example.:3901"})
    EXPECT_TRUE(with(std::string("rpc_public_addr = \"") + good + "\"\n")) << good;
  EXPECT_THAT(error_of("admin = 5\n"), HasSubstr("expected a section [admin]"));
  EXPECT_THAT(error_of("[admin]\ntrace_sampling_ratio = \"1\"\n"), HasSubstr("expected a number from 0 to 1"));
  for (const char* bad : {"2", "-0.1", "nan"}) {
    EXPECT_THAT(error_of(std::string("[admin]\ntrace_sampling_ratio = ") + bad + "\n"), HasSubstr("from 0 to 1"))
        << bad;
  }
  EXPECT_THAT(error_of("x = = 1\n"), HasSubstr("TOML decode error: line 1"));
  EXPECT_THAT(error_of("metadata_fsync = 2020-01-01\n"), HasSubstr("found a date or time"));
}

TEST(Load, AddressesAreLiterals) {
  const auto read = [](std::string_view address) {
    return parse_settings(std::string(kMinimal) + "api_bind_addr = \"" + std::string(address) + "\"\n").has_value();
  };
  for (const char* good : {"127.0.0.1:3900", "[::]:3900", "[fe80::1]:0", "/run/s3.sock", "0.0.0.0:65535"})
    EXPECT_TRUE(read(good)) << good;
  for (const char* bad : {"localhost:3900", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "1.2.3:80", "1.2.3.256:80",
                          "::1:80", "[]:80", "relative/path", ""}) {
    EXPECT_FALSE(read(bad)) << bad;
  }
  EXPECT_THAT(error_of("rpc_bind_outgoing = false\nrpc_public_addr_subnet = 1\n"), HasSubstr("expected a string"));
}

TEST(Load, DataDirectoriesAreChecked) {
  const auto error = [](std::string_view value) {
    std::string document(kMinimal);
    document.replace(document.find("\"/d\""), 4, value);
    auto loaded = parse_settings(document);
    return loaded ? std::string() : loaded.error().message;
  };
  EXPECT_THAT(error("[]"), HasSubstr("invalid data_dir config: at least one directory must be writable"));
  EXPECT_THAT(error("[{path = \"/a\", read_only = true}]"), HasSubstr("at least one directory must be writable"));
  EXPECT_THAT(error("[{path = \"/a\"}]"), HasSubstr("/a: set capacity, or read_only = true"));
  EXPECT_THAT(error("[{path = \"/a\", capacity = 0}]"), HasSubstr("must be more than 0"));
  EXPECT_THAT(error("[{path = \"/a\", capacity = 1, read_only = true}]"),
              HasSubstr("a read-only directory has no capacity"));
  EXPECT_THAT(error("[{path = \"/a\", capacity = 1}, {path = \"/a/\", capacity = 1}]"), HasSubstr("listed twice"));
  EXPECT_THAT(error("[{path = \"/a\", capcity = 1}]"), HasSubstr("unknown key `capcity`"));
  EXPECT_THAT(error("[{capacity = 1}]"), HasSubstr("no path"));
  EXPECT_THAT(error("5"), HasSubstr("expected a path, or an array of tables"));
  EXPECT_EQ(error("[{path = \"/a\", capacity = \"1G\"}]"), "");
}

TEST(Load, MissingKeysAreNamedWithAnExample) {
  const auto without = [](std::string_view key) {
    std::string document(kMinimal);
    const size_t begin = document.find("\n" + std::string(key) + " =");
    document.erase(begin, document.find('\n', begin + 1) - begin);
    return parse_settings(document).error().message;
  };
  EXPECT_THAT(without("metadata_dir"), HasSubstr("`metadata_dir` is missing"));
  EXPECT_THAT(without("data_dir"), HasSubstr("data_dir = \"/var/lib/garage/data\""));
  EXPECT_THAT(without("replication_factor"), HasSubstr("`replication_factor` is missing"));
  EXPECT_THAT(without("rpc_bind_addr"), HasSubstr("`rpc_bind_addr` is missing"));
  EXPECT_THAT(without("s3_region"), HasSubstr("`s3_api.s3_region` is missing"));
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "[k2v_api]\n").error().message,
              HasSubstr("`k2v_api.api_bind_addr` is missing"));
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "[s3_web]\n").error().message,
              HasSubstr("`s3_web.bind_addr` is missing"));
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "[kubernetes_discovery]\nnamespace = \"a\"\n").error().message,
              HasSubstr("`kubernetes_discovery.service_name` is missing"));
  for (const auto& [section, message] : std::vector<std::pair<std::string, std::string>>{
           {"[kubernetes_discovery]\nnamespace = \"A\"\nservice_name = \"a\"\n", "no name of a namespace"},
           {"[kubernetes_discovery]\nnamespace = \"a\"\nservice_name = \"a=b\"\n", "no value of a label"},
           {"[kubernetes_discovery]\nnamespace = \"a\"\nservice_name = \"-a\"\n", "no value of a label"},
           {"[consul_discovery]\nconsul_http_addr = \"consul:8500\"\nservice_name = \"a\"\n",
            "expected http://host:port"},
           {"[consul_discovery]\nconsul_http_addr = \"http://c\"\nservice_name = \"\"\n", "service_name` is empty"}}) {
    const auto loaded = parse_settings(std::string(kMinimal) + section);
    ASSERT_FALSE(loaded) << section;
    EXPECT_THAT(loaded.error().message, HasSubstr(message));
  }
}

TEST(Load, ContradictionsAreRefused) {
  EXPECT_EQ(error_of("rpc_secret = \"a\"\nrpc_secret_file = \"/f\"\n"),
            "only one of `rpc_secret` and `rpc_secret_file` can be set");
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "public_endpoint_path_style = false\n").error().message,
              HasSubstr("`public_endpoint_path_style` is `false` but `root_domain` is not configured"));
  EXPECT_THAT(parse_settings(std::string(kMinimal) + "public_endpoint = \"s3.example.com\"\n").error().message,
              HasSubstr("endpoint url s3.example.com is incomplete"));
  EXPECT_EQ(parse_settings(kMinimal)->settings.s3_api.public_endpoint_path_style, true);
}

TEST(Load, LegacyKeysFillWhatReplacedThem) {
  std::string document(kMinimal);
  document.replace(document.find("replication_factor = 1"), 22, "replication_mode = \"3-degraded\"");
  const auto loaded = parse_settings(
                          "kubernetes_namespace = \"ns\"\nkubernetes_service_name = \"svc\"\nconsul_host = \"c:8500\"\n"
                          "consul_service_name = \"g\"\n" +
                          document)
                          .value();
  EXPECT_EQ(loaded.settings.replication_factor, 3u);
  EXPECT_EQ(loaded.settings.consistency_mode, ConsistencyMode::kDegraded);
  EXPECT_TRUE(loaded.settings.kubernetes.present);
  EXPECT_EQ(loaded.settings.kubernetes.service_name, "svc");
  EXPECT_EQ(loaded.settings.consul.consul_http_addr, "http://c:8500");
  EXPECT_EQ(loaded.warnings.size(), 5u);
  EXPECT_THAT(error_of("replication_mode = \"3\"\n"), HasSubstr("cannot be used beside `replication_factor`"));
}

TEST(Load, AdminKeysOnceStoodAtTheTop) {
  const auto old = with("api_bind_addr = \"0.0.0.0:3903\"\ntrace_sink = \"http://t:4317\"\n").value();
  EXPECT_EQ(old.settings.admin.api_bind_addr, "0.0.0.0:3903");
  EXPECT_EQ(old.settings.admin.trace_sink, "http://t:4317");
  EXPECT_THAT(old.warnings,
              ElementsAre(HasSubstr("write `admin.api_bind_addr`"), HasSubstr("write `admin.trace_sink`")));
  const auto both = parse_settings("api_bind_addr = \"0.0.0.0:3903\"\n" + std::string(kMinimal) +
                                   "[admin]\napi_bind_addr = \"127.0.0.1:1\"\n");
  EXPECT_EQ(both->settings.admin.api_bind_addr, "127.0.0.1:1");
  const auto empty = parse_settings(std::string(kMinimal) + "[admin]\napi_bind_addr = \"\"\n").value();
  EXPECT_EQ(empty.settings.admin.api_bind_addr, "127.0.0.1:3903");
  EXPECT_THAT(empty.warnings, ElementsAre(HasSubstr("listens on 127.0.0.1:3903")));
  EXPECT_THAT(error_of("api_bind_addr = 1\n"), HasSubstr("`api_bind_addr`"));
}

TEST(Load, DoubtfulValuesAreWarnedAbout) {
  EXPECT_THAT(with("rpc_public_addr = \"0.0.0.0:3901\"\n")->warnings,
              ElementsAre(HasSubstr("no other node reaches it")));
  EXPECT_THAT(with("block_size = \"8MiB\"\nblock_ram_buffer_max = \"8MiB\"\n")->warnings,
              ElementsAre(HasSubstr("uploads will be slow")));
}

TEST(Example, IsAValidDocument) {
  const std::string example = example_document();
  const auto loaded = parse_settings(example);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->warnings, IsEmpty());
  EXPECT_EQ(loaded->settings.metadata_dir, "/var/lib/garage/meta");
}

// What users read in docs/ is the output of `garage config-example`; save it again after a change of the table.
TEST(Example, TheFileInDocsIsUpToDate) {
  std::ifstream file(GARAGE_SOURCE_DIR "/docs/garage.example.toml");
  const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_TRUE(content == example_document()) << "run: garage config-example > docs/garage.example.toml";
}

// Every optional line of the example is valid too, each by itself.
TEST(Example, EveryExampleValueIsAccepted) {
  for (const Setting& setting : settings_table()) {
    if (setting.example.empty()) continue;
    const auto parsed = parse_toml("x = " + std::string(setting.example));
    ASSERT_TRUE(parsed) << setting.key;
    Settings settings;
    const auto read = setting.read(settings, parsed->front().value);
    EXPECT_TRUE(read) << setting.key << ": " << (read ? "" : read.error().message);
  }
}

}  // namespace
}  // namespace garage::config
