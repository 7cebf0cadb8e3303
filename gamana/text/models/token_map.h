#pragma once
// The entries of a model: token to id and back. All bytes lie in one block, the ids in one hash table with open
// addressing, so that 256,000 entries are there within a few milliseconds.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gamana {

class TokenMap {
 public:
  using List = std::vector<std::pair<std::string_view, int32_t>>;

  // What to do with a token that comes twice. Its last id counts; with `drop` the other id has no token.
  enum class Repeated { drop, keep };

  // Copies the entries. Ids may have holes; the last token of an id counts. Throws Error naming `where` for a negative
  // id or more than 4 GiB.
  TokenMap(const List& entries, Repeated repeated, const std::string& where);

  int32_t id(std::string_view token) const;  // -1: none
  // The same for many tokens at once, several times faster where the table exceeds the caches.
  void ids(std::span<const std::string_view> tokens, int32_t* out) const;

  std::optional<int32_t> find(std::string_view token) const {
    const int32_t found = id(token);
    return found < 0 ? std::nullopt : std::optional(found);
  }
  std::optional<std::string_view> find(int32_t id) const {
    const uint32_t entry = entry_of(id);
    return entry == kNone ? std::nullopt : std::optional(text(entry));
  }
  std::string_view token(int32_t id) const;  // of an id that is there
  // Whether the token of an id is these two strings together.
  bool spells(int32_t id, std::string_view left, std::string_view right) const {
    const uint32_t entry = entry_of(id);
    if (entry == kNone) return false;
    const std::string_view token = text(entry);
    return token.size() == left.size() + right.size() && token.starts_with(left) && token.ends_with(right);
  }
  int64_t distinct_tokens() const { return distinct_; }
  bool is_dense() const { return dense_; }  // the highest id is not far above the number of tokens
  int32_t highest_id() const { return by_id_.empty() ? -1 : by_id_.back().id; }
  bool ids_are_distinct() const { return distinct_ids_; }
  size_t longest() const { return longest_; }  // bytes of the longest token

  // visit(token, id) for every token in the order of the list.
  template <class Visit>
  void each_token(const Visit& visit) const {
    for (uint32_t entry = 0; entry < ids_.size(); ++entry)
      if (ids_[entry] >= 0) visit(text(entry), ids_[entry]);
  }
  // visit(token, id) for every id in order.
  template <class Visit>
  void each(const Visit& visit) const {
    for (size_t i = 0; i < by_id_.size(); ++i)
      if (by_id_[i].entry != kNone) visit(text(by_id_[i].entry), by_id_[i].id);
  }

 private:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;
  struct Slot {
    uint32_t tag, entry;
  };
  struct ById {
    int32_t id;
    uint32_t entry;
  };

  std::string_view text(uint32_t entry) const {
    return {bytes_.data() + starts_[entry], starts_[entry + 1] - starts_[entry]};
  }
  size_t first_slot(uint64_t hash) const { return hash >> shift_; }
  uint32_t entry_of(int32_t id) const;
  void insert(uint32_t entry, uint64_t hash, Repeated repeated);
  void order_by_id();

  std::string bytes_;
  std::vector<uint32_t> starts_;  // one more than there are entries
  std::vector<int32_t> ids_;      // of each entry, -1: not in use
  std::vector<Slot> slots_;
  std::vector<ById> by_id_;  // element i is id i where ids are dense, else sorted
  int shift_ = 0;
  int64_t distinct_ = 0;
  bool distinct_ids_ = true, dense_ = true;
  size_t longest_ = 0;
};

}  // namespace gamana
