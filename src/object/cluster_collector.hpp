// The collector where several nodes keep rows and blocks. Every replica that replaced a row has the same entry in its
// queue; usually the first in turn does the work and tells the others. Private to this module.
#pragma once

#include <string>
#include <vector>

#include "object/collector_queue.hpp"
#include "object/core.hpp"
#include "object/queue_entry.hpp"

namespace garage::object {

// One entry: true if there was something to do for it. `known`: for how long the collector has known it.
Task<Result<bool>> collect_version(Core& core, QueueRow row, Duration known);
Task<Result<bool>> collect_upload(Core& core, QueueRow row);
// Leases that are over: owners that never came to be lose their references. Returns how many leases are done with.
Task<Result<size_t>> ask_for_owners(Core& core);

// Another replica has judged this entry, and told the holders: what lies beside the row here goes too.
Task<Result<void>> forget_version(Core& core, std::string entry_key);

// The version was replaced here. If its upload's row still says that it is open, the coordinator died before it could
// end it: that is done for it, as far as can be known what became of the version. False: the upload is open, and the
// parts are its own.
Task<Result<bool>> end_upload_of(Core& core, DropEntry entry, model::ObjectVersion version);

// Waits for other nodes, for a client, or for the time to forget it: asking every second would help nobody.
bool is_postponed(Core& core, const std::string& entry);
// False: nothing was done for it.
bool postpone(Core& core, const std::string& entry);

// When this node's turn comes for work about a row, in milliseconds after the first one's.
uint64_t turn_ms(const Core& core, std::string_view row_key);
// Drops the references of bodies on all their holders; some of them beside each other.
Task<Result<void>> drop_blocks(Core& core, std::string row_key, std::vector<model::BodyPlace> bodies, Ord judged);
// What lies beside a row for this body, on this node.
void name_rows_of(const model::BodyPlace& body, std::vector<kv::Key>& out);

}  // namespace garage::object
