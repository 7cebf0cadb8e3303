#include "gamana/view/attention_page.h"

#include <cmath>
#include <limits>

#include "gamana/base/file.h"
#include "gamana/base/parallel.h"
#include "support.h"
#include "tests/support/base64.h"

namespace gamana::view {
namespace {

AttentionPicture sample(size_t queries, size_t keys) {
  AttentionPicture p;
  p.title = "Heads";
  for (size_t i = 0; i < queries; ++i) p.queries.push_back(fmt::format("q{}", i));
  for (size_t i = 0; i < keys; ++i) p.keys.push_back(fmt::format("ಕ{}", i));
  return p;
}

// Rows that sum to 1, all different, of very unlike greatest weights.
std::vector<float> weights_of(int heads, size_t queries, size_t keys) {
  std::vector<float> weights;
  for (size_t r = 0; r < heads * queries; ++r) {
    double sum = 0;
    const auto weight = [&](size_t k) { return std::pow(static_cast<double>((r * 31 + k * 17) % 101), r % 5); };
    for (size_t k = 0; k < keys; ++k) sum += weight(k);
    for (size_t k = 0; k < keys; ++k) weights.push_back(static_cast<float>(weight(k) / sum));
  }
  return weights;
}

// `more`: layers that are said to come too, so that a small page is made as a part of a large one.
Json page_of(const AttentionPicture& picture, const std::vector<AttentionLayer>& layers, std::string* html = nullptr,
             int more = 0) {
  const std::string path = temporary("attention.html");
  AttentionPageBuilder page(picture, static_cast<int>(layers.size()) + more);
  for (const AttentionLayer& l : layers) page.add_layer(l);
  page.write(path);
  const std::string text = read_file(path);
  std::remove(path.c_str());
  if (html) *html = text;
  return page_data(text);
}

TEST(AttentionPage, KeepsEveryWeightOfShortTexts) {
  AttentionPicture p = sample(5, 7);
  p.query_words = {-1, 0, 0, 1, -1}, p.query_special = {true, false, false, false, true};
  p.key_segments = {0, 0, 0, 0, 1, 1, 1};
  const std::vector<float> first = weights_of(3, 5, 7), second = weights_of(2, 5, 7);
  const Json data = page_of(p, {{"encoder.0", 3, first}, {"encoder.1", 2, second}});
  EXPECT_EQ(data["queries"]["tokens"], Json(p.queries));
  EXPECT_EQ(data["queries"]["words"], Json(p.query_words));
  EXPECT_EQ(data["queries"]["special"], Json(p.query_special));
  EXPECT_EQ(data["keys"]["segments"], Json(p.key_segments));
  EXPECT_EQ(data["keys"]["words"], Json::array());
  EXPECT_EQ(data["kept"], 0);
  EXPECT_EQ(data["heads"]["dark"].size(), 3u);
  EXPECT_EQ(data["layers"][1]["name"], "encoder.1");
  for (const auto& [l, weights] : {std::pair{0, first}, std::pair{1, second}}) {
    const auto most = decode<float>(data["layers"][l]["most"]);
    const auto bytes = decode<uint8_t>(data["layers"][l]["weights"]);
    ASSERT_EQ(bytes.size(), weights.size());
    // Half of a step of 1/255 of the row's greatest.
    for (size_t i = 0; i < weights.size(); ++i)
      EXPECT_NEAR(bytes[i] / 255.0 * most[i / 7], weights[i], most[i / 7] / 509) << l << " " << i;
  }
}

TEST(AttentionPage, KeepsTheGreatestWeightsOfLongTexts) {
  const size_t queries = 50, keys = 3000;
  const int heads = 2, layers = 100;  // 30 million weights
  const std::vector<float> weights = weights_of(heads, queries, keys);
  std::string html;
  const Json data = page_of(sample(queries, keys), {{"0", heads, weights}}, &html, layers - 1);
  const size_t kept = data["kept"];
  EXPECT_GT(kept, 500u);
  const Json& layer = data["layers"][0];
  EXPECT_LT(html.size() + (layers - 1) * layer.dump().size(), 30'000'000u);
  const auto most = decode<float>(layer["most"]), rest = decode<float>(layer["rest"]);
  const auto places = decode<uint16_t>(layer["places"]);
  const auto bytes = decode<uint8_t>(layer["weights"]);
  ASSERT_EQ(places.size(), heads * queries * kept);
  for (size_t r = 0; r < most.size(); r += 7) {
    std::vector<float> row(weights.begin() + r * keys, weights.begin() + (r + 1) * keys);
    double left = 1;
    float least = 2;
    for (size_t i = r * kept; i < (r + 1) * kept; ++i) {
      ASSERT_TRUE(i == r * kept || places[i - 1] < places[i]);
      EXPECT_NEAR(bytes[i] / 255.0 * most[r], row[places[i]], most[r] / 509);
      left -= row[places[i]], least = std::min(least, row[places[i]]);
      row[places[i]] = 0;
    }
    EXPECT_LE(*std::max_element(row.begin(), row.end()), least);
    EXPECT_NEAR(rest[r], left, 1e-5);
  }
}

TEST(AttentionPage, SaysWhichBlocksWereAttended) {
  AttentionPicture p = sample(5, 6);
  p.block = 2;
  std::vector<float> weights(2 * 5 * 6);
  weights[0 * 6 + 5] = 1e-9f;       // head 0, block 0 → 2
  weights[30 + 4 * 6 + 2] = 1;      // head 1, block 2 → 1
  const Json data = page_of(p, {{"0", 2, weights}});
  EXPECT_EQ(data["block"], 2);
  // Bits [head, query block, key block] of 2 x 3 x 3: numbers 2 and 16.
  EXPECT_EQ(decode<uint8_t>(data["layers"][0]["blocks"]), (std::vector<uint8_t>{1 << 2, 0, 1 << 0}));
}

TEST(AttentionPage, HostileTokensStayText) {
  AttentionPicture p = sample(1, 6);
  p.title = "</title><script>alert(1)</script>";
  p.keys = {"</script><script>", "\"'\\", std::string("a\0b", 3), "\u202Ertl", "\xff\xfe", "<!--{{data}}"};
  std::string html;
  const std::vector<float> weights(6, 0.1f);
  const Json data = page_of(p, {{"</script>", 1, weights}}, &html);
  EXPECT_EQ(data["keys"]["tokens"],
            Json({"</script><script>", "\"'\\", "a\uFFFDb", "\u202Ertl", "\uFFFD\uFFFD", "<!--{{data}}"}));
  size_t scripts = 0;
  for (size_t at = 0; (at = html.find("</script>", at)) != std::string::npos; ++at) ++scripts;
  EXPECT_EQ(scripts, 2u);  // the data's and the page's own
  EXPECT_EQ(html.find('\0'), std::string::npos);
  for (const char* word : {"http:", "https:", "src=", "href=", "import ", "fetch("})
    EXPECT_EQ(html.find(word), std::string::npos) << word;
}

TEST(AttentionPage, SameBytesWhateverTheThreads) {
  const std::vector<float> weights = weights_of(2, 200, 300);
  std::string one, many;
  const int before = threads();
  set_threads(1), page_of(sample(200, 300), {{"0", 2, weights}}, &one, 500);
  set_threads(3), page_of(sample(200, 300), {{"0", 2, weights}}, &many, 500);
  set_threads(before);
  EXPECT_TRUE(one == many);
}

TEST(AttentionPage, SaysWhatIsWrong) {
  const std::string path = temporary("attention.html");
  const auto error = [&](const AttentionPicture& p, const AttentionLayer& layer) {
    return error_of([&] {
      AttentionPageBuilder page(p, 1);
      page.add_layer(layer);
    });
  };
  std::vector<float> weights = weights_of(2, 3, 4);
  EXPECT_EQ(error({}, {}), "attention: expected tokens on both sides, found 0 queries and 0 keys");
  EXPECT_EQ(error(sample(3, 4), {"a", 3, weights}),
            "Heads, layer a: expected 3 heads x 3 queries x 4 keys weights, found 24");
  weights[17] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error(sample(3, 4), {"a", 2, weights}),
            "Heads, layer a: expected weights of 0 or more, found nan for head 2, query 2, key 2");
  AttentionPicture p = sample(3, 4);
  p.key_special = {true};
  EXPECT_EQ(error(p, {}), "Heads: expected marks of special tokens of 4 tokens, found 1");
  EXPECT_EQ(error(sample(1, 65537), {}), "Heads: expected at most 65536 keys for a page, found 65537");
  EXPECT_EQ(error_of([&] { AttentionPageBuilder(sample(3, 4), 1).write(path); }),
            path + ": expected at least one layer, found none");
}

TEST(AttentionPicture, JsonHasTokensAndWeights) {
  const std::string path = temporary("attention.json");
  AttentionPicture p = sample(2, 3);
  p.keys[0] = "\"</script>\"\xff", p.key_words = {0, 0, 1}, p.block = 1;
  const std::vector<float> weights = weights_of(2, 2, 3);
  const auto layers = [&](const LayerSink& add) {
    add({"a", 2, weights}), add({"b", 1, std::span(weights).first(6)});
  };
  write_attention_json(p, layers, path);
  const Json json = read_json(path);
  EXPECT_EQ(json["keys"], Json({"\"</script>\"\uFFFD", "ಕ1", "ಕ2"}));
  EXPECT_EQ(json["key_words"], Json({0, 0, 1}));
  EXPECT_FALSE(json.contains("query_words"));
  ASSERT_EQ(json["layers"].size(), 2u);
  EXPECT_EQ(json["layers"][1]["weights"].size(), 1u);
  for (size_t i = 0; i < 12; ++i)
    EXPECT_NEAR(json["layers"][0]["weights"][i / 6][i / 3 % 2][i % 3].get<double>(), weights[i], 5.1e-7);
  write_attention_json(p, [](const LayerSink&) {}, path);
  EXPECT_TRUE(read_json(path)["layers"].empty());
  std::remove(path.c_str());
}

TEST(AttentionPicture, GridDrawsEveryHead) {
  const std::string png = temporary("grid.png"), svg = temporary("grid.svg");
  const std::vector<float> weights = weights_of(12, 20, 300);
  AttentionPicture p = sample(20, 300);
  p.title = "A <model>";
  const auto grid_of = [&](int layers) {
    AttentionGrid grid(p);
    for (int l = 0; l < layers; ++l)
      grid.add_layer({fmt::format("encoder.{}", l), 12 - l, std::span(weights).first((12 - l) * 6000)});
    return grid;
  };
  const auto height = [&](int layers) {
    grid_of(layers).save(png);
    EXPECT_TRUE(read_png(png).white_edge);
    return read_png(png).height;
  };
  EXPECT_EQ(height(5) - height(3), 2 * 2 * 106);  // a row of 96 units and 10 between, two pixels each
  grid_of(2).save(svg);
  EXPECT_TRUE(well_formed(read_file(svg)));
  EXPECT_NE(read_file(svg).find("Attention of 2 layers, 12 heads each, 20 queries over 300 keys"), std::string::npos);
  EXPECT_EQ(error_of([&] { AttentionGrid(p).save(png); }), png + ": expected at least one layer to draw, found none");
  EXPECT_NE(error_of([&] { grid_of(1).save("a.gif"); }), "");
  const Alignment head = alignment_of(p, {"e", 12, weights}, 3);
  EXPECT_EQ(head.title, "A <model>: e, head 3");
  EXPECT_EQ(head.weights[5], weights[3 * 6000 + 5]);
  EXPECT_EQ(error_of([&] { alignment_of(p, {"e", 12, weights}, 12); }),
            "A <model>: expected a head from 0 to 11, found 12");
  std::remove(png.c_str()), std::remove(svg.c_str());
}

}  // namespace
}  // namespace gamana::view
