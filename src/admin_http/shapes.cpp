#include "admin_http/shapes.hpp"

#include <algorithm>

namespace garage::admin_http {
namespace {

constexpr bool kGet = true, kPost = false;
constexpr std::string_view kCluster = "Cluster", kToken = "Admin API token", kLayout = "Cluster layout",
                           kKey = "Access key", kBucket = "Bucket", kPermission = "Permission", kAlias = "Bucket alias",
                           kNode = "Node", kWorker = "Worker", kBlock = "Block";

std::vector<Shape> make_shapes() {
  const std::vector<Parameter> none, id = {{"id", true}}, node = {{"node", true}}, search = {{"id"}, {"search"}},
                                     page = {{"offset"}, {"limit"}};
  return {
      {"AddBucketAlias", kAlias, kPost, none},
      {"AllowBucketKey", kPermission, kPost, none},
      {"ApplyClusterLayout", kLayout, kPost, none},
      {"CleanupIncompleteUploads", kBucket, kPost, none},
      {"ClusterLayoutSkipDeadNodes", kLayout, kPost, none},
      {"ConnectClusterNodes", kCluster, kPost, none},
      {"CreateAdminToken", kToken, kPost, none},
      {"CreateBucket", kBucket, kPost, none},
      {"CreateKey", kKey, kPost, none},
      {"CreateMetadataSnapshot", kNode, kPost, node},
      {"DeleteAdminToken", kToken, kPost, id},
      {"DeleteBucket", kBucket, kPost, id},
      {"DeleteKey", kKey, kPost, id},
      {"DenyBucketKey", kPermission, kPost, none},
      {"GetAdminTokenInfo", kToken, kGet, search},
      {"GetBlockInfo", kBlock, kPost, node},
      {"GetBucketInfo", kBucket, kGet, {{"id"}, {"globalAlias"}, {"search"}}},
      {"GetClusterHealth", kCluster, kGet, none},
      {"GetClusterLayout", kLayout, kGet, none},
      {"GetClusterLayoutHistory", kLayout, kGet, none},
      {"GetClusterStatistics", kCluster, kGet, none},
      {"GetClusterStatus", kCluster, kGet, none},
      {"GetCurrentAdminTokenInfo", kToken, kGet, none},
      {"GetKeyInfo", kKey, kGet, {{"id"}, {"search"}, {"showSecretKey"}}},
      {"GetNodeInfo", kNode, kGet, node},
      {"GetNodeStatistics", kNode, kGet, node},
      {"GetWorkerInfo", kWorker, kPost, node},
      {"GetWorkerVariable", kWorker, kPost, node},
      {"ImportKey", kKey, kPost, none},
      {"InspectObject", kBucket, kGet, {{"bucketId", true}, {"key", true}}},
      {"LaunchRepairOperation", kNode, kPost, node},
      {"ListAdminTokens", kToken, kGet, page},
      {"ListBlockErrors", kBlock, kGet, node},
      {"ListBuckets", kBucket, kGet, page},
      {"ListBucketsInfo", kBucket, kGet, page},
      {"ListKeys", kKey, kGet, page},
      {"ListKeysInfo", kKey, kGet, page},
      {"ListWorkers", kWorker, kPost, node},
      {"PreviewClusterLayoutChanges", kLayout, kPost, none},
      {"PurgeBlocks", kBlock, kPost, node},
      {"RemoveBucketAlias", kAlias, kPost, none},
      {"RetryBlockResync", kBlock, kPost, node},
      {"RevertClusterLayout", kLayout, kPost, none},
      {"SetWorkerVariable", kWorker, kPost, node},
      {"UpdateAdminToken", kToken, kPost, id},
      {"UpdateBucket", kBucket, kPost, id},
      {"UpdateClusterLayout", kLayout, kPost, none},
      {"UpdateKey", kKey, kPost, id},
  };
}

}  // namespace

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> table = make_shapes();
  return table;
}

const Shape* find_shape(std::string_view operation) {
  const auto it = std::ranges::lower_bound(shapes(), operation, {}, &Shape::operation);
  return it != shapes().end() && it->operation == operation ? &*it : nullptr;
}

}  // namespace garage::admin_http
