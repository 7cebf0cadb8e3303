#pragma once
// The attention of a model over one text, or of one text over another: every layer, every head. Layers come one at a
// time, as a model computes them, so that the weights of all need not be there at once.
//   AttentionGrid grid({"BERT", tokens, tokens});
//   for (…) grid.add_layer({"encoder.0", 12, weights});
//   grid.save("heads.png");
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "gamana/view/alignment.h"

namespace gamana::view {

// What is known of the tokens on both sides. Lists after `keys` may be empty; else they have an entry for each token.
struct AttentionPicture {
  std::string title;
  std::vector<std::string> queries, keys;          // tokens: who looks, what is looked at
  std::vector<int> query_words, key_words;         // the word of each token, -1 for none; tokens are words without it
  std::vector<bool> query_special, key_special;    // [CLS], </s>
  std::vector<int> query_segments, key_segments;   // 0: sentence A, 1: sentence B
  int block = 0;                                   // BigBird's: tokens of a block; 0 for none
  bool causal = false;                             // a query looks at keys up to itself
};

struct AttentionLayer {
  std::string name;  // "encoder.0"
  int heads = 0;
  std::span<const float> weights;  // [heads, queries, keys]
};

// Throw Error (named after the title) unless there are tokens on both sides, lists have their lengths, and weights are
// finite and not negative, one for each head and pair.
void check(const AttentionPicture& picture);
void check(const AttentionPicture& picture, const AttentionLayer& layer);

// One head as a picture, page or text of alignment.h: draw(alignment_of(picture, layer, 3), "head.svg").
Alignment alignment_of(const AttentionPicture& picture, const AttentionLayer& layer, int head);

// A small picture of each head, layers downwards and heads across, all of one colour scale. Above 96 tokens a side
// neighbours are joined.
class AttentionGrid {
 public:
  explicit AttentionGrid(AttentionPicture picture);  // throws as check does
  void add_layer(const AttentionLayer& layer);
  void save(const std::string& path) const;  // .png or .svg; throws Error without layers, and as save_picture does

 private:
  struct Row {
    std::string name;
    std::vector<Alignment> heads;
  };
  AttentionPicture picture_;
  std::vector<Row> rows_;
};

using LayerSink = std::function<void(const AttentionLayer&)>;

// {"title", "queries", "keys", what else is known of the tokens, "layers": [{"name", "weights": [heads][queries][keys]}]}
// with a head on each line, weights to six decimals. `layers` gives each layer to the sink; none is kept. By rename.
void write_attention_json(const AttentionPicture& picture, const std::function<void(const LayerSink&)>& layers,
                          const std::string& path);

}  // namespace gamana::view
