// Quotas of a bucket, judged where a version is about to become current. Private to this module.
//
// The counters are read shortly before the commit, so writes that run at the same time may together go over a quota by
// what they bring.
#pragma once

#include "object/objects.hpp"

namespace garage::object {

// `condition` with the quota behind it: kOverQuota where `bytes` in place of the current object are too many.
WriteCondition within_quota(const model::Quotas& quotas, const BucketUsage& usage, uint64_t bytes,
                            WriteCondition condition);

}  // namespace garage::object
