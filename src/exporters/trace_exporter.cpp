#include "exporters/trace_exporter.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "env/connect.hpp"
#include "runtime/nap.hpp"

namespace garage::exporters {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr std::string_view kDefaultPort = ":4317";

bool has_port(std::string_view authority) {
  return authority.find(':', authority.starts_with('[') ? authority.find(']') : 0) != authority.npos;
}

}  // namespace

Result<std::string> parse_sink(std::string_view url) {
  if (!url.starts_with(kScheme)) {
    return fail(ErrorKind::kInvalid, "admin.trace_sink: expected http://host:port (OTLP over gRPC, without TLS)");
  }
  url.remove_prefix(kScheme.size());
  std::string authority(url.substr(0, url.find('/')));
  if (authority.empty()) return fail(ErrorKind::kInvalid, "admin.trace_sink: there is no host in the URL");
  if (!has_port(authority)) authority += kDefaultPort;
  return authority;
}

Result<std::unique_ptr<TraceExporter>> TraceExporter::create(env::Network& network, telemetry::Tracer& tracer,
                                                             std::string_view url, Resource resource,
                                                             ExportOptions options) {
  TRY(std::string authority, parse_sink(url));
  return std::unique_ptr<TraceExporter>(
      new TraceExporter(network, tracer, std::move(authority), std::move(resource), options));
}

Task<void> TraceExporter::run() {
  while (!stopping_) {
    const auto sent = co_await send_batch(options_.timeout);
    if (sent && *sent == options_.batch_spans_max) continue;  // there may be more
    const Duration pause = sent ? options_.pause : options_.pause_after_failure;
    co_await runtime::nap(pause, [this] { return stopping_; });
  }
}

Task<Result<size_t>> TraceExporter::send_batch(Duration timeout) {
  const auto spans = tracer_.take(options_.batch_spans_max);
  if (spans.empty()) co_return size_t{0};
  auto sent = co_await deliver(encode_export_request(resource_, spans), runtime::Loop::current()->now() + timeout);
  if (!sent) {
    channel_.reset();
    tracer_.count_dropped(spans.size());
    if (!std::exchange(failing_, true)) {
      LOG_WARN("telemetry", "traces do not reach {}: {}", authority_, sent.error().message);
    }
    co_return std::unexpected(sent.error());
  }
  if (std::exchange(failing_, false)) LOG_INFO("telemetry", "traces reach {} again", authority_);
  co_return spans.size();
}

Task<Result<void>> TraceExporter::deliver(std::string request, MonotonicTime deadline) {
  if (channel_) {
    auto sent = co_await channel_->call(std::string(kExportPath), request, deadline);
    // A collector closes connections that were idle for long: that is no reason to lose a batch. One that has answered
    // has the batch, or does not want it.
    if (sent || (sent.error().kind != ErrorKind::kClosed && sent.error().kind != ErrorKind::kIo)) co_return sent;
    channel_.reset();
  }
  CO_CHECK_OK(co_await connect(deadline));
  co_return co_await channel_->call(std::string(kExportPath), std::move(request), deadline);
}

// While nobody is there, an attempt is short: the end of the node may have to wait for it.
Task<Result<void>> TraceExporter::connect(MonotonicTime deadline) {
  if (failing_) deadline = std::min(deadline, runtime::Loop::current()->now() + options_.short_timeout);
  CO_TRY(auto stream, co_await env::connect_by_name(network_, authority_, deadline));
  channel_ = std::make_unique<GrpcChannel>(std::move(stream), authority_);
  co_return Result<void>{};
}

Task<void> TraceExporter::stop() {
  stopping_ = true;
  co_await tasks_.join();
  if (!failing_) (void)co_await send_batch(options_.short_timeout);
  channel_.reset();
}

}  // namespace garage::exporters
