#include "s3/write_condition.hpp"

#include <charconv>
#include <utility>

#include "codec/iso_time.hpp"

namespace garage::s3 {
namespace {

Result<void> precondition_failed() {
  return fail(ErrorKind::kPrecondition, "condition not met");
}

// Empty where these conditions are none of a write.
object::WriteCondition to_condition(api::ReadConditions conditions, std::shared_ptr<bool> was_absent) {
  if (!conditions.if_match && !conditions.if_none_match) return {};
  return [match = std::move(conditions.if_match), none_match = std::move(conditions.if_none_match),
          absent = std::move(was_absent)](const object::CurrentObject* current) -> Result<void> {
    if (current == nullptr) {
      if (!match) return {};
      *absent = true;
      return fail(ErrorKind::kNotFound, "no object to match");
    }
    const std::string etag = current->etag.text();
    if (match && !match->matches(etag)) return precondition_failed();
    if (none_match && none_match->matches(etag)) return precondition_failed();
    return {};
  };
}

std::optional<uint64_t> parse_time_s(std::string_view text) {
  if (const auto date = api::parse_http_date_s(text)) return date;
  if (const auto iso = codec::parse_iso_time(text)) return iso->unix_ms / 1000;
  return std::nullopt;
}

}  // namespace

api::ApiError conditions_undecided() {
  return api::make_error(api::ErrorCode::kNotImplemented, "Conditional writes need consistency_mode = \"consistent\".");
}

api::ApiError WriteGuard::explain(const Error& error) const {
  if (error.kind == ErrorKind::kPrecondition && *is_undecided) return conditions_undecided();
  if (error.kind == ErrorKind::kPrecondition) return api::make_error(api::ErrorCode::kPreconditionFailed);
  if (error.kind == ErrorKind::kNotFound) {
    return api::make_error(*was_absent ? api::ErrorCode::kNoSuchKey : api::ErrorCode::kNoSuchBucket);
  }
  return api::from(error);
}

api::ApiResult<WriteGuard> guard_write(const api::EffectiveHeaders& headers) {
  WriteGuard guard;
  API_TRY(auto conditions, api::write_conditions(headers));
  guard.condition = to_condition(std::move(conditions), guard.was_absent);
  return guard;
}

KeptConditions conditions_to_keep(const api::EffectiveHeaders& headers) {
  KeptConditions kept;
  for (const std::string_view name : {"if-match", "if-none-match"}) {
    for (const std::string_view value : headers.get_all(name)) kept.emplace_back(name, value);
  }
  return kept;
}

object::WriteCondition kept_condition(const KeptConditions& kept, const WriteGuard& guard, bool decides) {
  if (kept.empty()) return {};
  *guard.is_undecided = !decides;
  http::Headers headers;
  for (const auto& [name, value] : kept) headers.add(name, value);
  auto conditions = api::write_conditions(api::EffectiveHeaders(headers));
  auto condition = conditions ? to_condition(std::move(*conditions), guard.was_absent) : object::WriteCondition();
  if (condition && decides) return condition;
  return [](const object::CurrentObject*) { return precondition_failed(); };
}

api::ApiResult<DeleteDemands> delete_demands(const api::EffectiveHeaders& headers) {
  DeleteDemands demands;
  API_TRY(auto conditions, api::write_conditions(headers));
  demands.etags = std::move(conditions.if_match);
  if (const auto time = headers.get("x-amz-if-match-last-modified-time")) {
    demands.modified_s = parse_time_s(*time);
    if (!demands.modified_s) {
      return api::api_fail(api::ErrorCode::kInvalidArgument, "x-amz-if-match-last-modified-time is not a date");
    }
  }
  if (const auto size = headers.get("x-amz-if-match-size")) {
    uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), bytes);
    if (error != std::errc() || end != size->data() + size->size()) {
      return api::api_fail(api::ErrorCode::kInvalidArgument, "x-amz-if-match-size is not a number");
    }
    demands.bytes = bytes;
  }
  return demands;
}

object::WriteCondition to_condition(const DeleteDemands& demands) {
  if (!demands.any()) return {};
  return [demands](const object::CurrentObject* current) -> Result<void> {
    if (current == nullptr) return {};
    if (demands.etags && !demands.etags->matches(current->etag.text())) return precondition_failed();
    if (demands.modified_s && *demands.modified_s != current->modified_ms / 1000) return precondition_failed();
    if (demands.bytes && *demands.bytes != current->bytes) return precondition_failed();
    return {};
  };
}

Task<api::ApiResult<void>> check_early(const Call& call, const WriteGuard& guard) {
  if (!guard.condition) co_return api::ApiResult<void>{};
  CO_API_TRY(const auto object, co_await call.backend.objects.head(call.bucket_ref(), call.address.key));
  Result<void> verdict;
  if (object) {
    const object::CurrentObject current{object->version.etag, object->version.bytes, object->modified_ms};
    verdict = guard.condition(&current);
  } else {
    verdict = guard.condition(nullptr);
  }
  if (verdict) co_return api::ApiResult<void>{};
  co_return std::unexpected(guard.explain(verdict.error()));
}

}  // namespace garage::s3
