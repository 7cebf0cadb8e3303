#include "gamana/text/marian/vocabulary.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

// Larger ids are a damaged file, not a vocabulary: no table of pieces that long is made.
constexpr int64_t kLargestId = 1 << 24;

// Not gamana::Json: its objects find a key by walking, too slow for a hundred thousand of them.
nlohmann::json parse(const std::string& path) {
  const std::string text = read_file(path);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    fail("{} is not valid JSON: error near byte {} of {}", path, e.byte, text.size());
  }
}

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {
  ids_.reserve(pieces_.size());
  for (int id = 0; id < size(); ++id)
    if (!pieces_[id].empty()) ids_.insert_or_assign(pieces_[id], id);
}

Vocabulary Vocabulary::read(const std::string& path) {
  const nlohmann::json json = parse(path);
  if (!json.is_object() || json.empty()) fail("{}: expected an object of pieces and their ids", path);
  Vocabulary out({});
  out.ids_.reserve(json.size());
  for (const auto& [piece, id] : json.items()) {
    if (!id.is_number_integer() || id < 0 || id > kLargestId)
      fail("{}: expected an id of 0 to {} for piece \"{}\", found {}", path, kLargestId, piece, id.dump());
    out.ids_.emplace(piece, id.get<int>());
    if (id >= out.size()) out.pieces_.resize(id.get<size_t>() + 1);
    out.pieces_[id.get<int>()] = piece;
  }
  return out;
}

void Vocabulary::write(const std::string& path) const {
  std::vector<std::pair<int, std::string_view>> order;
  for (const auto& [piece, id] : ids_) order.emplace_back(id, piece);
  std::sort(order.begin(), order.end());
  std::string text = "{";
  for (const auto& [id, piece] : order)
    text += fmt::format("{}\n  {}: {}", text.size() > 1 ? "," : "", nlohmann::json(piece).dump(), id);
  write_file(path, text + "\n}\n");
}

int Vocabulary::find(std::string_view piece) const {
  const auto it = ids_.find(piece);
  return it == ids_.end() ? -1 : it->second;
}

}  // namespace gamana
