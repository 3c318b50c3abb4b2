#include "connectors/http/seen_records.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <xxhash.h>

namespace sluice::connectors::http {
namespace {

/// What the file begins with; then the ids, those seen longest ago first.
struct Header {
  char magic[8] = {'s', 'l', 'u', 'i', 'c', 'e', 'S', '1'};
  std::int64_t covers = 0;
  std::uint64_t ids = 0;
  std::uint64_t hash = 0;  ///< XXH64 of covers, ids and the rest
};
static_assert(sizeof(Header) == 32);

std::uint64_t hash_of(const Header& header, std::string_view rest) {
  const std::uint64_t seed = XXH64(&header.covers, sizeof header.covers + sizeof header.ids, 0);
  return XXH64(rest.data(), rest.size(), seed);
}

}  // namespace

std::size_t SeenRecords::Hash::operator()(const RecordId& id) const {
  std::size_t hash = 0;
  std::memcpy(&hash, id.data(), sizeof hash);
  return hash;
}

Result<bool> SeenRecords::load() {
  const std::string folder = io::parent_folder(path_);
  SLUICE_TRY(files_.make_private_folders(folder));
  SLUICE_ASSIGN(const auto entries, files_.list(folder, /*recursive=*/false));
  for (const io::FileInfo& file : entries) {
    if (io::is_unfinished(file.path)) SLUICE_TRY(files_.remove(file.path));
  }
  SLUICE_ASSIGN(const auto there, files_.find(path_));
  if (!there) return false;
  SLUICE_ASSIGN(const std::string bytes, files_.read(path_));
  Header header;
  if (bytes.size() >= sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  const std::string_view rest =
      std::string_view(bytes).substr(std::min(bytes.size(), sizeof header));
  if (bytes.size() < sizeof header || std::memcmp(header.magic, Header().magic, 8) != 0 ||
      rest.size() != header.ids * sizeof(RecordId) || hash_of(header, rest) != header.hash) {
    return corruption_error("the file of the records that were seen is broken path=" + path_ +
                            "; put it back from a copy of the checkpoint's folder, or remove it: "
                            "records may come again then");
  }
  seen_.clear();
  for (std::size_t i = 0; i < header.ids; ++i) {
    RecordId id;
    std::memcpy(id.data(), rest.data() + i * sizeof id, sizeof id);
    seen_[id] = ++answer_;
  }
  covers_ = header.covers;
  return true;
}

Status SeenRecords::save(std::int64_t covers) {
  std::vector<std::pair<std::uint64_t, RecordId>> ordered;
  ordered.reserve(seen_.size());
  for (const auto& [id, answer] : seen_) ordered.emplace_back(answer, id);
  std::ranges::sort(ordered);
  Header header;
  header.covers = covers;
  header.ids = ordered.size();
  std::string bytes(sizeof header, '\0');
  bytes.reserve(sizeof header + ordered.size() * sizeof(RecordId));
  for (const auto& [answer, id] : ordered) {
    bytes.append(reinterpret_cast<const char*>(id.data()), id.size());
  }
  header.hash = hash_of(header, std::string_view(bytes).substr(sizeof header));
  std::memcpy(bytes.data(), &header, sizeof header);
  SLUICE_TRY(files_.write_atomic(path_, bytes));
  covers_ = covers;
  return {};
}

bool SeenRecords::add(const RecordId& id) {
  const auto [at, is_new] = seen_.try_emplace(id, answer_);
  if (is_new || at->second != answer_) ++in_answer_;
  at->second = answer_;
  return is_new;
}

void SeenRecords::trim() {
  if (seen_.size() <= ids_max_) return;
  std::vector<std::uint64_t> answers;
  answers.reserve(seen_.size());
  for (const auto& [id, answer] : seen_) answers.push_back(answer);
  const auto excess = static_cast<std::ptrdiff_t>(seen_.size() - ids_max_);
  std::ranges::nth_element(answers, answers.begin() + excess);
  const std::uint64_t oldest_kept = answers[static_cast<std::size_t>(excess)];
  // Of one answer all or none: half of it would come again.
  std::erase_if(seen_, [&](const auto& entry) { return entry.second < oldest_kept; });
}

}  // namespace sluice::connectors::http
