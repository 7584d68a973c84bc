#include "table/aborted.hpp"

#include <utility>

#include "table/promise.hpp"

namespace garage::table {
namespace {

constexpr char kAbortedByte = '\xff';  // no family has this number

}  // namespace

std::string aborted_key(kv::Family family, std::string_view row_key, const Uuid& upload) {
  std::string out(1, kAbortedByte);
  out.append(upload.view());
  out.append(promise_key(family, row_key));
  return out;
}

Result<bool> is_aborted(kv::View& view, kv::Family family, std::string_view row_key, const Uuid& upload) {
  TRY(const auto mark, view.get(kv::Family::kPromise, aborted_key(family, row_key, upload)));
  return mark.has_value();
}

void put_aborted(kv::Batch& batch, kv::Family family, std::string_view row_key, const Uuid& upload, Ord ballot) {
  std::string key = aborted_key(family, row_key, upload);
  std::string value = encode_promise(key, ballot);
  batch.put(kv::Family::kPromise, std::move(key), std::move(value));
}

}  // namespace garage::table
