#pragma once
// A page of every layer and head over one text: lines between tokens, all heads at once, a heat map, after BertViz (Vig
// 2019, "A Multiscale Visualization of Attention in the Transformer Model"). page.h shows the sentences of a translation.
//   AttentionPageBuilder page(picture, 12);
//   for (…) page.add_layer({"encoder.0", 12, weights});
//   page.write("attention.html");
#include "gamana/view/attention_picture.h"

#include "gamana/base/json.h"

namespace gamana::view {

class AttentionPageBuilder {
 public:
  // `layers`: how many will come, so that the file stays below 30 MB: weights keep 8 bits as shares of the greatest of
  // their row, and of long texts each row keeps its greatest weights (4 at the least) and the sum of the rest. Throws
  // Error as check does, and above 65,536 keys.
  AttentionPageBuilder(AttentionPicture picture, int layers);
  void add_layer(const AttentionLayer& layer);
  // One file that loads nothing from anywhere. Throws Error without layers, or if the path does not end in .html.
  void write(const std::string& path) const;

 private:
  AttentionPicture picture_;
  int layers_;
  int64_t kept_ = -1;  // weights of a row; 0: all; known once the first layer says how many heads there are
  int heads_ = 0;      // most of a layer
  Json data_ = Json::array();
};

}  // namespace gamana::view
