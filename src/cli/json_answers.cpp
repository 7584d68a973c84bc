#include "cli/json_answers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace garage::cli {
namespace {

constexpr auto kOperations = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"status", "GetClusterStatus"},
    {"health", "GetClusterHealth"},
    {"stats", "GetClusterStatistics"},
    {"node connect", "ConnectClusterNodes"},
    {"layout show", "GetClusterLayout"},
    {"layout history", "GetClusterLayoutHistory"},
    {"layout assign", "UpdateClusterLayout"},
    {"layout remove", "UpdateClusterLayout"},
    {"layout config", "UpdateClusterLayout"},
    {"layout apply", "ApplyClusterLayout"},
    {"layout revert", "RevertClusterLayout"},
    {"layout skip-dead-nodes", "ClusterLayoutSkipDeadNodes"},
    {"bucket list", "ListBuckets"},
    {"bucket info", "GetBucketInfo"},
    {"bucket create", "CreateBucket"},
    {"bucket allow", "AllowBucketKey"},
    {"bucket deny", "DenyBucketKey"},
    {"bucket website", "UpdateBucket"},
    {"bucket set-quotas", "UpdateBucket"},
    {"bucket inspect-object", "InspectObject"},
    {"key list", "ListKeys"},
    {"key info", "GetKeyInfo"},
    {"key create", "CreateKey"},
    {"key import", "ImportKey"},
    {"key set", "UpdateKey"},
    {"key rename", "UpdateKey"},
    {"key allow", "UpdateKey"},
    {"key deny", "UpdateKey"},
    {"admin-token list", "ListAdminTokens"},
    {"admin-token info", "GetAdminTokenInfo"},
    {"admin-token create", "CreateAdminToken"},
    {"admin-token set", "UpdateAdminToken"},
    {"admin-token rename", "UpdateAdminToken"},
    {"repair", "LaunchRepairOperation"},
    {"worker list", "ListWorkers"},
    {"worker info", "GetWorkerInfo"},
    {"worker get", "GetWorkerVariable"},
    {"worker set", "SetWorkerVariable"},
    {"block list-errors", "ListBlockErrors"},
    {"block info", "GetBlockInfo"},
    {"block retry-now", "RetryBlockResync"},
    {"block purge", "PurgeBlocks"},
});

}  // namespace

std::string_view json_operation_of(const Command& command) {
  const auto found =
      std::ranges::find(kOperations, command.path, &std::pair<std::string_view, std::string_view>::first);
  return found == kOperations.end() ? std::string_view() : found->second;
}

}  // namespace garage::cli
