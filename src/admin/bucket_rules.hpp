// Rules of buckets as JSON: the members have the names that they have in the XML of S3. Private to this module.
#pragma once

#include "admin/error.hpp"
#include "codec/json.hpp"
#include "model/cors.hpp"
#include "model/website.hpp"

namespace garage::admin {

codec::Json routing_rules_json(const std::vector<model::RoutingRule>& rules);
codec::Json cors_rules_json(const model::CorsRules& rules);

// InvalidRequest for what is no such list. Whether the rules make sense is the model's to check.
AdminResult<std::vector<model::RoutingRule>> read_routing_rules(const codec::Json& list);
AdminResult<model::CorsRules> read_cors_rules(const codec::Json& list);

}  // namespace garage::admin
