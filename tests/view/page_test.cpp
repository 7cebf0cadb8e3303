#include "gamana/view/page.h"

#include "gamana/base/file.h"
#include "gamana/base/json.h"
#include "gamana/view/alignment.h"
#include "support.h"

namespace gamana::view {
namespace {

AttentionPage sample_page() {
  AttentionMaps cross{"cross", 2, 3, {"▁at", "tention", "</s>"}, {"▁ಗಮನ", "</s>"}, {}};
  for (int i = 0; i < 2 * 3 * 2 * 3; ++i) cross.weights.push_back(static_cast<float>(i) / 36);
  return {"Heads </title>{{data}}", {{"A </script><b> sentence", {cross}}}};
}

double weight(const Json& maps, size_t i) {
  gsize size = 0;
  guchar* bytes = g_base64_decode(maps["weights"].get<std::string>().c_str(), &size);
  const double value = (bytes[2 * i] + 256 * bytes[2 * i + 1]) / 65535.0 * maps["most"].get<double>();
  g_free(bytes);
  return value;
}

TEST(Page, CarriesItsData) {
  const std::string path = temporary("page.html");
  write_html(sample_page(), path);
  const std::string html = read_file(path);
  const Json data = page_data(html), maps = data["sentences"][0]["maps"][0];
  EXPECT_EQ(data["sentences"][0]["title"], "A </script><b> sentence");
  EXPECT_EQ(maps["target"], Json({"▁ಗಮನ", "</s>"}));
  EXPECT_EQ(maps["sourceWords"], Json({{"names", {"attention", "</s>"}}, {"of", {0, 0, 1}}}));
  for (size_t i = 0; i < 36; ++i) EXPECT_NEAR(weight(maps, i), i / 36.0, 1e-5);
  EXPECT_NE(html.find("<title>Heads &lt;/title&gt;{{data}}</title>"), std::string::npos);
  std::remove(path.c_str());
}

TEST(Page, LoadsNothing) {
  const std::string path = temporary("page.html");
  write_html(Alignment{{"a"}, {"b"}, {1}, ""}, path);
  const std::string html = read_file(path);
  for (const char* word : {"http:", "https:", "src=", "href=", "import", "fetch("}) {
    EXPECT_EQ(html.find(word), std::string::npos) << word;
  }
  std::remove(path.c_str());
}

TEST(Page, SaysWhatIsWrong) {
  EXPECT_EQ(error_of([&] { write_html(AttentionPage{}, "a.html"); }),
            "attention page: expected at least one sentence, found none");
  AttentionPage page = sample_page();
  page.sentences[0].title = "One";
  page.sentences[0].maps[0].heads = 4;
  EXPECT_EQ(error_of([&] { write_html(page, "a.html"); }),
            "One (cross): expected 2 layers x 4 heads x 2 target x 3 source weights, found 36");
  page.sentences[0].maps[0].heads = 3;
  EXPECT_EQ(error_of([&] { write_html(page, "a.txt"); }), "a.txt: expected a name ending in .html");
  page.sentences[0].maps[0].weights[35] = -1;
  EXPECT_EQ(error_of([&] { write_html(page, "a.html"); }),
            "One (cross): expected weights of 0 or more, found -1 for target word 2, source word 3");
  page.sentences[0].maps[0].source.clear();
  page.sentences[0].maps[0].weights.clear();
  EXPECT_EQ(error_of([&] { write_html(page, "a.html"); }),
            "One (cross): expected words on both sides, found 0 source and 2 target words");
}

}  // namespace
}  // namespace gamana::view
