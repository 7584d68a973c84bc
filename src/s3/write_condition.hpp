// Conditions on writes: If-Match, If-None-Match, and those of deletes. Decided at commit, under the fence.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/conditions.hpp"
#include "object/objects.hpp"
#include "s3/call.hpp"

namespace garage::s3 {

// Where writes do not reach majorities (Options::decides_conditions), nobody is told that a condition held.
api::ApiError conditions_undecided();

// `condition` is empty where the request has none.
struct WriteGuard {
  object::WriteCondition condition;
  // Set by the condition when it failed because there is no object.
  std::shared_ptr<bool> was_absent = std::make_shared<bool>(false);
  // Set where nobody can be told whether it holds (conditions_undecided).
  std::shared_ptr<bool> is_undecided = std::make_shared<bool>(false);

  // Of a failed write: NoSuchKey, PreconditionFailed, or what else it was. kNotFound without the condition's doing
  // means that the bucket is gone.
  api::ApiError explain(const Error& error) const;
};

// Of PutObject, CopyObject, CompleteMultipartUpload, and the early look of CreateMultipartUpload.
api::ApiResult<WriteGuard> guard_write(const api::EffectiveHeaders& headers);

// Some clients send a condition only where the upload begins. It is kept there, for a Complete that brings none.
using KeptConditions = std::vector<std::pair<std::string, std::string>>;
KeptConditions conditions_to_keep(const api::EffectiveHeaders& headers);
// Empty where none are kept. `guard` is that of the Complete. What cannot be judged is not met; the mode may not decide
// them (`decides`), unlike that of where the upload began.
object::WriteCondition kept_condition(const KeptConditions& kept, const WriteGuard& guard, bool decides);

// What a delete demands of the object; all given ones must hold. An absent object satisfies everything: there is
// nothing to delete.
struct DeleteDemands {
  std::optional<api::EtagList> etags;
  std::optional<uint64_t> modified_s;
  std::optional<uint64_t> bytes;
  bool any() const { return etags || modified_s || bytes; }
};
api::ApiResult<DeleteDemands> delete_demands(const api::EffectiveHeaders& headers);
object::WriteCondition to_condition(const DeleteDemands& demands);

// A cheap look before the body is sent: an If-Match or If-None-Match that is false already. The commit decides.
Task<api::ApiResult<void>> check_early(const Call& call, const WriteGuard& guard);

}  // namespace garage::s3
