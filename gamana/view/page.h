#pragma once
// An interactive page of attention: choose a sentence, a kind, a layer, a head (or their mean), hover or walk by keys.
//   AttentionPage page{"Vaswani base", {{"ಗಮನ ಕೊಡಿ", {{"cross", 6, 8, source, target, weights}}}}};
//   write_html(page, "attention.html");
#include <string>
#include <vector>

namespace gamana::view {

struct AttentionMaps {
  std::string kind;  // "cross", "encoder self", "decoder self": what the reader chooses by
  int layers = 1, heads = 1;
  std::vector<std::string> source, target;  // pieces or words; pieces can be joined to words on the page
  std::vector<float> weights;               // [layers, heads, target, source]
};

struct AttentionSentence {
  std::string title;
  std::vector<AttentionMaps> maps;  // of different kinds
};

struct AttentionPage {
  std::string title;
  std::vector<AttentionSentence> sentences;
};

// One file that loads nothing from anywhere, of about 2.7 bytes a weight; weights keep 16 bits. Above 400 words a side
// neighbours are joined. Throws Error for a page without sentences or maps, and for maps as check(Alignment) does.
void write_html(const AttentionPage& page, const std::string& path);

}  // namespace gamana::view
