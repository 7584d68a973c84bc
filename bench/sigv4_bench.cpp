// What it costs to verify a signature: the part of a small request that no cache takes away.
#include <benchmark/benchmark.h>

#include "api/authenticate.hpp"
#include "api/testing/request_signer.hpp"

namespace {

using namespace garage;
using namespace garage::api;
using api::testing::MemoryKeys;
using api::testing::RequestSigner;
using api::testing::TestRequest;

constexpr WallTime kNow{1369353600000};

void add_client_headers(TestRequest& request) {
  request.header("host", "s3.garage.example.com:3900");
}

void add_unsigned_headers(TestRequest& request) {
  request.header("user-agent",
                 "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/s3#1.58.2");
  request.header("accept-encoding", "identity").header("connection", "keep-alive").header("accept", "*/*");
}

void verify(benchmark::State& state, TestRequest& request) {
  MemoryKeys keys;
  const RequestSigner signer;
  keys.add(signer.key_id, signer.secret);
  SigningKeyCache cache;
  for (auto _ : state) {
    const auto uri = parse_uri(request.get());
    auto who = authenticate(request, *uri, {.keys = keys, .signing_keys = cache, .region = "us-east-1", .now = kNow});
    if (!who) state.SkipWithError("refused");
    benchmark::DoNotOptimize(who);
  }
}

void presigned_get(benchmark::State& state) {
  TestRequest request("GET", "/my-bucket/photos/2024/08/some-object-name.jpg");
  add_client_headers(request);
  RequestSigner().presign(request);
  add_unsigned_headers(request);
  verify(state, request);
}
BENCHMARK(presigned_get);

void header_get(benchmark::State& state) {
  TestRequest request("GET", "/my-bucket/photos/2024/08/some-object-name.jpg");
  add_client_headers(request);
  RequestSigner().sign(request);
  add_unsigned_headers(request);
  verify(state, request);
}
BENCHMARK(header_get);

void header_list(benchmark::State& state) {
  TestRequest request("GET", "/my-bucket?list-type=2&prefix=photos%2F2024%2F&delimiter=%2F&max-keys=1000");
  add_client_headers(request);
  RequestSigner().sign(request);
  add_unsigned_headers(request);
  verify(state, request);
}
BENCHMARK(header_list);

void header_put(benchmark::State& state) {
  TestRequest request("PUT", "/my-bucket/photos/2024/08/some-object-name.jpg");
  add_client_headers(request);
  request.header("content-type", "image/jpeg")
      .header("content-length", "1024")
      .header("x-amz-meta-mtime", "1722470400.123");
  RequestSigner().sign(request, RequestSigner::sha256_hex("body"));
  add_unsigned_headers(request);
  verify(state, request);
}
BENCHMARK(header_put);

void anonymous_get(benchmark::State& state) {
  TestRequest request("GET", "/my-bucket/photos/2024/08/some-object-name.jpg");
  add_client_headers(request);
  add_unsigned_headers(request);
  verify(state, request);
}
BENCHMARK(anonymous_get);

void derive_signing_key(benchmark::State& state) {
  const RequestSigner signer;
  const Secret secret(signer.secret);
  for (auto _ : state) benchmark::DoNotOptimize(SigningKey::derive(secret, "20130524", "us-east-1", "s3"));
}
BENCHMARK(derive_signing_key);

}  // namespace

BENCHMARK_MAIN();
