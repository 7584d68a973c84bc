// The JSON of buckets, keys and layouts, as the admin API shows them. Private to this module.
#pragma once

#include <optional>
#include <vector>

#include "admin/operations.hpp"
#include "admin/search.hpp"
#include "env/disk.hpp"
#include "layout/cluster_layout.hpp"
#include "layout/stages.hpp"

namespace garage::admin {

Json date(uint64_t unix_ms);
Json date_or_null(std::optional<uint64_t> unix_ms);

Json key_info(const model::Directory& directory, const model::AccessKey& key, uint64_t now_ms, bool with_secret);

// With its counters; looks the bucket up again, so that it shows what was just changed.
Task<Reply> bucket_info(Context& context, BucketId id);
// The answer to a change that has been made, which it must not turn into a failure: null stands where counting would
// take long or cannot be done now. Only the id: nobody can be asked about the bucket.
Task<Json> changed_bucket_info(Context& context, BucketId id);

Json layout_json(const layout::ClusterLayout& layout);
// As it will be, with nothing staged.
Json layout_json(const layout::LayoutVersion& version);
Json layout_statistics(const layout::LayoutVersion& before, const layout::LayoutVersion& after);
Json role_json(const layout::Role& role);
Json space_json(const env::Space& space);
// Has it storage in an older version only, from which data may still have to be moved?
bool is_draining(const LayoutState& layout, const NodeId& node);
Json ids_json(const std::vector<NodeId>& nodes);
// Whom a layout change waits for, and to do what; null while there is none on its way.
Json waiting_json(const layout::History& history);

}  // namespace garage::admin
