#pragma once
// The ids of pieces: a vocab.json of a Marian directory.
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gamana {

class Vocabulary {
 public:
  // The piece of each id. An empty string is an id without a piece.
  explicit Vocabulary(std::vector<std::string> pieces);

  // Reads {"piece": id, …}. Throws Error naming `path` where it is not such an object.
  static Vocabulary read(const std::string& path);
  void write(const std::string& path) const;

  int size() const { return static_cast<int>(pieces_.size()); }  // highest id + 1
  int find(std::string_view piece) const;                        // id, or -1
  const std::string& piece(int id) const { return pieces_[id]; }  // id in [0, size)
  bool operator==(const Vocabulary& other) const { return pieces_ == other.pieces_; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::vector<std::string> pieces_;
  std::unordered_map<std::string, int, Hash, std::equal_to<>> ids_;
};

}  // namespace gamana
