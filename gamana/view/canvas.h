#pragma once
// Pictures by cairo and pango: text of any script, PNG and SVG. A drawing is a function; it is first run unseen to
// learn how much room its ink takes, so that nothing is cut off and no margin is wasted.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gamana/view/color.h"

typedef struct _cairo cairo_t;                  // cairo.h
typedef struct _cairo_surface cairo_surface_t;  // cairo.h
typedef struct _PangoLayout PangoLayout;        // pango-layout.h

namespace gamana::view {

constexpr Color kInk{0.13, 0.13, 0.13}, kFaintInk{0.42, 0.42, 0.42}, kGrid{0.89, 0.89, 0.89};

enum class Side { start, middle, end };

struct TextStyle {
  double size = 13;  // pixels of an em
  Color color = kInk;
  bool bold = false;
  Side across = Side::start;  // which side of the text stands at x: its left, middle or right
  Side down = Side::middle;   // which at y: its top, the middle of its small letters, its bottom
  double angle = 0;           // radians, clockwise, about (x, y)
  double width = 0;           // 0: one line, whatever its length; otherwise the width at which `wrap` or "…" begins
  bool wrap = false;
};

struct Line {
  Color color = kInk;
  double width = 1, alpha = 1;
  std::vector<double> dash = {};
};

struct Point {
  double x = 0, y = 0;
};

// Bytes of a text that stand on a colour.
struct TextMark {
  size_t begin = 0, end = 0;
  Color background{}, ink = kInk;
};

class Canvas {
 public:
  explicit Canvas(cairo_surface_t* surface, double scale = 1);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  void move_origin(double x, double y);
  void paint(Color color);
  void rectangle(double x, double y, double width, double height, Color color, double alpha = 1);
  void line(const std::vector<Point>& points, const Line& style);
  void area(const std::vector<Point>& outline, Color color, double alpha);
  void dot(Point at, double radius, Color color);
  // pixels: [rows, columns], stretched over the rectangle without smoothing.
  void image(double x, double y, double width, double height, const std::vector<Color>& pixels, int columns);
  void text(const std::string& text, double x, double y, const TextStyle& style);
  Point text_size(const std::string& text, const TextStyle& style);  // of the upright text: width and height
  // A text of several lines, wrapped at `width`, from its upper left corner; returns its height. Letters join across
  // marks. `text` is printable but for its ends of lines.
  double marked_text(const std::string& text, const std::vector<TextMark>& marks, double x, double y, double width,
                     double size);

 private:
  void lay_out(const std::string& text, const TextStyle& style);

  cairo_t* cairo_;
  PangoLayout* layout_;
};

// ".png", ".svg", ".html" in lower case; "" where the name has no ending.
std::string extension(const std::string& path);
// Throws Error naming the endings, unless `path` has one of them.
void check_picture(const std::string& path, const std::vector<std::string>& endings);

// Writes what `draw` draws, on white with an even margin, as the ending of `path` says: .png (two pixels to a unit) or
// .svg (letters as outlines, so that it looks the same everywhere; `title` and `description` as text). Throws Error on
// another ending, on a picture larger than cairo's 32,767 pixels, and as write_file does.
void save_picture(const std::string& path, const std::string& title, const std::string& description,
                  const std::function<void(Canvas&)>& draw);

}  // namespace gamana::view
