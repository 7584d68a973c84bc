#include "object/part_list.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "codec/big_endian.hpp"
#include "crypto/crc.hpp"
#include "crypto/digest.hpp"

namespace garage::object {
namespace {

using crypto::ChecksumAlgorithm;
using crypto::ChecksumType;

ChosenParts problem(CompleteProblem what, std::string detail) {
  ChosenParts out;
  out.problem = what;
  out.detail = std::move(detail);
  return out;
}

std::string digest_of(ChecksumAlgorithm algorithm, std::string_view bytes) {
  DigestsWanted wanted;
  wanted.crc64nvme = false;
  wanted.md5 = false;
  wanted.want(algorithm);
  Digester digester(wanted);
  digester.update(bytes);
  return digester.finish().of(algorithm);
}

// The checksum of a whole from those of its parts, without reading anything again.
template <class Word, Word (*combine)(Word, Word, uint64_t)>
std::string combine_parts(const std::vector<model::ObjectPart>& parts) {
  Word whole = 0;
  for (const auto& part : parts)
    whole = combine(whole, codec::load_be<Word>(part.checksum->bytes.data()), part.body.bytes);
  std::string raw;
  codec::append_be(raw, whole);
  return raw;
}

// Checksums of different algorithms say nothing of each other. What came with a part was verified then, so of an upload
// that named no algorithm a client may repeat that; the ETag tells which bytes are meant.
bool contradicts(const std::vector<model::Checksum>& wanted, const std::optional<model::Checksum>& known,
                 std::optional<ChecksumAlgorithm> named) {
  return std::ranges::any_of(wanted, [&](const model::Checksum& one) {
    const bool same_kind = known && known->algorithm == one.algorithm;
    return same_kind ? known->bytes != one.bytes : named.has_value();
  });
}

}  // namespace

std::optional<model::Checksum> object_checksum(const std::vector<model::ObjectPart>& parts, ChecksumAlgorithm algorithm,
                                               ChecksumType type) {
  for (const auto& part : parts) {
    if (!part.checksum || part.checksum->algorithm != algorithm) return std::nullopt;
  }
  if (type == ChecksumType::kComposite) {
    std::string all;
    for (const auto& part : parts) all += part.checksum->bytes;
    return model::Checksum{algorithm, type, digest_of(algorithm, all)};
  }
  switch (algorithm) {
    case ChecksumAlgorithm::kCrc32:
      return model::Checksum{algorithm, type, combine_parts<uint32_t, crypto::crc32_combine>(parts)};
    case ChecksumAlgorithm::kCrc32c:
      return model::Checksum{algorithm, type, combine_parts<uint32_t, crypto::crc32c_combine>(parts)};
    case ChecksumAlgorithm::kCrc64nvme:
      return model::Checksum{algorithm, type, combine_parts<uint64_t, crypto::crc64nvme_combine>(parts)};
    case ChecksumAlgorithm::kSha1:
    case ChecksumAlgorithm::kSha256:
      return std::nullopt;  // can't be combined
  }
  return std::nullopt;
}

ChosenParts choose_parts(const CompleteRequest& request, const model::Upload& upload,
                         const std::vector<model::PartAttempt>& attempts, uint64_t part_bytes_min) {
  std::map<uint32_t, const model::ObjectPart*> there;
  for (const auto& attempt : attempts) there[attempt.part.number] = &attempt.part;

  ChosenParts out;
  for (size_t at = 0; at < request.parts.size(); ++at) {
    const CompletePart& wanted = request.parts[at];
    // A number given twice in a row: the last entry counts.
    if (at + 1 < request.parts.size() && request.parts[at + 1].number == wanted.number) continue;
    if (!out.parts.empty() && wanted.number < out.parts.back().number) {
      return problem(CompleteProblem::kInvalidPartOrder,
                     "part " + std::to_string(wanted.number) + " comes after a higher one");
    }
    const auto found = there.find(wanted.number);
    if (found == there.end() || !wanted.md5 || *wanted.md5 != found->second->md5) {
      return problem(CompleteProblem::kInvalidPart,
                     "part " + std::to_string(wanted.number) + " was not uploaded, or its ETag differs");
    }
    if (contradicts(wanted.checksums, found->second->checksum, upload.checksum_algorithm)) {
      return problem(CompleteProblem::kInvalidPart,
                     "the checksum of part " + std::to_string(wanted.number) + " differs");
    }
    out.parts.push_back(*found->second);
  }

  std::string all_md5;
  for (size_t i = 0; i < out.parts.size(); ++i) {
    const auto& part = out.parts[i];
    if (i + 1 < out.parts.size() && part.body.bytes < part_bytes_min) {
      return problem(CompleteProblem::kEntityTooSmall,
                     "part " + std::to_string(part.number) + " has " + std::to_string(part.body.bytes) + " bytes");
    }
    out.bytes += part.body.bytes;
    all_md5.append(reinterpret_cast<const char*>(part.md5.data()), part.md5.size());
  }
  if (request.expected_bytes && *request.expected_bytes != out.bytes) {
    return problem(CompleteProblem::kWrongSize, "the parts have " + std::to_string(out.bytes) + " bytes together");
  }
  out.etag = {crypto::md5(all_md5), static_cast<uint32_t>(out.parts.size())};

  const auto algorithm = upload.checksum_algorithm.value_or(ChecksumAlgorithm::kCrc64nvme);
  const auto type = upload.checksum_algorithm ? upload.checksum_type : ChecksumType::kFullObject;
  if (auto checksum = object_checksum(out.parts, algorithm, type)) out.checksums.push_back(std::move(*checksum));
  if (request.expected_type && *request.expected_type != type) {
    return problem(CompleteProblem::kOtherChecksumType, "the checksum of the object is of the other type");
  }
  if (const auto& expected = request.expected_checksum) {
    if (out.checksums.empty() || out.checksums.front().algorithm != expected->algorithm) {
      return problem(CompleteProblem::kOtherChecksum, "the object has no checksum of that algorithm");
    }
    if (out.checksums.front().bytes != expected->bytes) {
      return problem(CompleteProblem::kBadDigest, "the checksum of the object differs");
    }
  }
  return out;
}

}  // namespace garage::object
