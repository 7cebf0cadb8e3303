#include "gamana/view/embedding_map.h"

#include <cmath>

#include "gamana/base/file.h"
#include "support.h"

namespace gamana::view {
namespace {

EmbeddingMap sample_map() {
  return {"Map & <more>", {{0, 1}, {2.5, -1}, {1, 0}}, {"one </script>", "ಎರಡು\n", "\xff"}, {1, -1, 0}, {"<a>", "ಬ"}};
}

TEST(EmbeddingMap, PageCarriesItsData) {
  const std::string path = temporary("map.html");
  draw_embedding_map(sample_map(), path);
  const std::string html = read_file(path);
  const Json data = page_data(html);
  gsize size = 0;
  guchar* bytes = g_base64_decode(data["points"].get<std::string>().c_str(), &size);
  const auto* places = reinterpret_cast<const float*>(bytes);
  EXPECT_EQ(std::vector<float>(places, places + size / sizeof(float)), (std::vector<float>{0, 1, 2.5, -1, 1, 0}));
  g_free(bytes);
  EXPECT_EQ(data["texts"], Json({"one </script>", "ಎರಡು␊", "\uFFFD"}));
  EXPECT_EQ(data["labels"], Json({1, -1, 0}));
  EXPECT_EQ(data["names"], Json({"<a>", "ಬ"}));
  EXPECT_EQ(data["colors"]["light"], Json({hex(palette(0)), hex(palette(1))}));
  EXPECT_EQ(data["colors"]["dark"].size(), 2u);
  for (const char* word : {"http:", "https:", "src=", "href=", "import ", "fetch("})
    EXPECT_EQ(html.find(word), std::string::npos) << word;
  std::remove(path.c_str());
}

TEST(EmbeddingMap, PictureShowsEveryPoint) {
  const std::string png = temporary("map.png"), svg = temporary("map.svg");
  draw_embedding_map(sample_map(), png);
  const Png three = read_png(png);
  EXPECT_TRUE(three.white_edge);
  EmbeddingMap more = sample_map();
  more.points[2] = more.points[1];  // the same extent, one dot less to see
  draw_embedding_map(more, png);
  EXPECT_EQ(read_png(png).width, three.width);
  EXPECT_LT(read_png(png).ink, three.ink);
  draw_embedding_map(sample_map(), svg);
  EXPECT_TRUE(well_formed(read_file(svg)));
  EXPECT_NE(read_file(svg).find("3 points &lt;a&gt; ಬ"), std::string::npos);
  draw_embedding_map({"", {{3, 3}}}, png);
  EXPECT_TRUE(read_png(png).white_edge);
  EXPECT_GT(read_png(png).ink, 0);
  std::remove(png.c_str()), std::remove(svg.c_str());
}

TEST(EmbeddingMap, SaysWhatIsWrong) {
  const auto error = [](const EmbeddingMap& map) { return error_of([&] { draw_embedding_map(map, "a.png"); }); };
  EXPECT_EQ(error({"", {}}), "embedding map: expected points, found none");
  EXPECT_EQ(error({"m", {{1, 2}}, {"a", "b"}}), "m: expected texts of 1 points, found 2");
  EXPECT_EQ(error({"m", {{1, 2}}, {}, {1}, {"a"}}), "m: expected labels from -1 to 0, found 1");
  EXPECT_EQ(error({"m", {{1, NAN}}}), "m: expected finite numbers, found (1, nan) for point 1");
  EXPECT_EQ(error_of([] { draw_embedding_map(sample_map(), "a.gif"); }),
            "a.gif: expected a name ending in .png or .svg or .html");
}

}  // namespace
}  // namespace gamana::view
