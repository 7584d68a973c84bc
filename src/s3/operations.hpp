// All operations of the S3 front: the one list that the router, the access checks and the tests read. One operation,
// one file in ops/.
#pragma once

#include <span>
#include <string_view>

#include "s3/call.hpp"

namespace garage::s3 {

// What a caller must be allowed on the bucket. There is no default: an operation without a declared right does not
// compile.
enum class Right : unsigned char {
  kAnySigned,  // a valid signature, no bucket
  kRead,
  kWrite,
  kOwner,
  kWriteByForm,  // a form's credentials are in its body: this operation alone checks them itself. Else as kWrite
};

struct Operation {
  std::string_view name;
  Right right;
  Task<Reply> (*run)(Call& call);
  bool needs_bucket = true;
  // Headers with conditions that it keeps. Of a write any other one is refused; reads may pass conditions by.
  std::span<const std::string_view> conditions = {};
};

// The operation a request asks for. NotImplemented and MethodNotAllowed are operations too, so that what is missing is
// refused only after the caller's rights were checked.
api::ApiResult<const Operation*> route(const http::Request& request, const api::ParsedUri& uri,
                                       const api::ObjectAddress& address, const api::EffectiveHeaders& headers);

// Service
Task<Reply> list_buckets(Call& call);
// Buckets
Task<Reply> create_bucket(Call& call);
Task<Reply> head_bucket(Call& call);
Task<Reply> delete_bucket(Call& call);
Task<Reply> get_bucket_location(Call& call);
Task<Reply> get_bucket_versioning(Call& call);
Task<Reply> get_bucket_acl(Call& call);
Task<Reply> get_object_acl(Call& call);
// Listings
Task<Reply> list_objects_v1(Call& call);
Task<Reply> list_objects_v2(Call& call);
Task<Reply> list_object_versions(Call& call);
Task<Reply> list_multipart_uploads(Call& call);
// Objects
Task<Reply> put_object(Call& call);
Task<Reply> get_object(Call& call);
Task<Reply> head_object(Call& call);
Task<Reply> delete_object(Call& call);
Task<Reply> delete_objects(Call& call);
Task<Reply> copy_object(Call& call);
Task<Reply> get_object_attributes(Call& call);
Task<Reply> post_object(Call& call);
// Multipart
Task<Reply> create_multipart_upload(Call& call);
Task<Reply> upload_part(Call& call);
Task<Reply> upload_part_copy(Call& call);
Task<Reply> complete_multipart_upload(Call& call);
Task<Reply> abort_multipart_upload(Call& call);
Task<Reply> list_parts(Call& call);
// Settings of buckets, and tags of objects
Task<Reply> get_bucket_website(Call& call);
Task<Reply> put_bucket_website(Call& call);
Task<Reply> delete_bucket_website(Call& call);
Task<Reply> get_bucket_cors(Call& call);
Task<Reply> put_bucket_cors(Call& call);
Task<Reply> delete_bucket_cors(Call& call);
Task<Reply> get_bucket_tagging(Call& call);
Task<Reply> put_bucket_tagging(Call& call);
Task<Reply> delete_bucket_tagging(Call& call);
Task<Reply> get_object_tagging(Call& call);
Task<Reply> put_object_tagging(Call& call);
Task<Reply> delete_object_tagging(Call& call);
// Settings that buckets and objects cannot have yet
Task<Reply> get_absent_configuration(Call& call);
Task<Reply> delete_absent_configuration(Call& call);
Task<Reply> put_object_lock(Call& call);
Task<Reply> object_lock_of_object(Call& call);
Task<Reply> put_acl(Call& call);
// What is not built
Task<Reply> not_implemented(Call& call);
Task<Reply> get_object_torrent(Call& call);
Task<Reply> method_not_allowed(Call& call);

}  // namespace garage::s3
