#include "gamana/view/canvas.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <cairo-svg.h>
#include <fmt/ranges.h>
#include <pango/pangocairo.h>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/view/text.h"

namespace gamana::view {
namespace {

constexpr double kMargin = 14, kPngScale = 2;

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

Surface own(cairo_surface_t* surface) { return Surface(surface, &cairo_surface_destroy); }

cairo_status_t append_bytes(void* out, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void check_surface(cairo_surface_t* surface, const std::string& path) {
  const cairo_status_t status = cairo_surface_status(surface);
  if (status != CAIRO_STATUS_SUCCESS) fail("{}: the picture cannot be drawn: {}", path, cairo_status_to_string(status));
}

std::string escape_xml(const std::string& text) {
  char* escaped = g_markup_escape_text(text.c_str(), static_cast<gssize>(text.size()));
  std::string out = escaped;
  g_free(escaped);
  return out;
}

struct Extent {
  double x = 0, y = 0;
  int width = 0, height = 0;
};

Extent measure(const std::function<void(Canvas&)>& draw) {
  Surface surface = own(cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, nullptr));
  {
    Canvas canvas(surface.get());
    draw(canvas);
  }
  double x, y, width, height;
  cairo_recording_surface_ink_extents(surface.get(), &x, &y, &width, &height);
  x = std::floor(x - kMargin), y = std::floor(y - kMargin);
  return {x, y, static_cast<int>(std::ceil(width + 2 * kMargin)), static_cast<int>(std::ceil(height + 2 * kMargin))};
}

void render(cairo_surface_t* surface, double scale, const Extent& extent, const std::function<void(Canvas&)>& draw) {
  Canvas canvas(surface, scale);
  canvas.paint({1, 1, 1});
  canvas.move_origin(-extent.x, -extent.y);
  draw(canvas);
}

std::string to_png(const std::string& path, const Extent& extent, const std::function<void(Canvas&)>& draw) {
  const auto pixels = [](int units) { return static_cast<int>(std::lround(units * kPngScale)); };
  Surface surface =
      own(cairo_image_surface_create(CAIRO_FORMAT_RGB24, pixels(extent.width), pixels(extent.height)));
  check_surface(surface.get(), path);
  render(surface.get(), kPngScale, extent, draw);
  std::string bytes;
  cairo_surface_write_to_png_stream(surface.get(), append_bytes, &bytes);
  check_surface(surface.get(), path);
  return bytes;
}

std::string to_svg(const std::string& path, const Extent& extent, const std::string& title,
                   const std::string& description, const std::function<void(Canvas&)>& draw) {
  std::string svg;
  Surface surface = own(cairo_svg_surface_create_for_stream(append_bytes, &svg, extent.width, extent.height));
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PX);
  render(surface.get(), 1, extent, draw);
  cairo_surface_finish(surface.get());
  check_surface(surface.get(), path);
  const size_t root = svg.find("<svg"), inside = svg.find('>', root) + 1;
  svg.insert(inside, "\n<title>" + escape_xml(title) + "</title>\n<desc>" + escape_xml(description) + "</desc>");
  return svg;
}

double offset(Side side, double start, double middle, double end) {
  return side == Side::start ? start : side == Side::middle ? middle : end;
}

}  // namespace

Canvas::Canvas(cairo_surface_t* surface, double scale) : cairo_(cairo_create(surface)) {
  cairo_scale(cairo_, scale, scale);
  layout_ = pango_cairo_create_layout(cairo_);
  // Unhinted: text measured on one surface has the same size on every other.
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(pango_layout_get_context(layout_), options);
  cairo_font_options_destroy(options);
}

Canvas::~Canvas() {
  g_object_unref(layout_);
  cairo_destroy(cairo_);
}

void Canvas::move_origin(double x, double y) { cairo_translate(cairo_, x, y); }

void Canvas::paint(Color color) {
  cairo_set_source_rgb(cairo_, color.red, color.green, color.blue);
  cairo_paint(cairo_);
}

void Canvas::rectangle(double x, double y, double width, double height, Color color, double alpha) {
  cairo_set_source_rgba(cairo_, color.red, color.green, color.blue, alpha);
  cairo_rectangle(cairo_, x, y, width, height);
  cairo_fill(cairo_);
}

void Canvas::line(const std::vector<Point>& points, const Line& style) {
  cairo_set_source_rgba(cairo_, style.color.red, style.color.green, style.color.blue, style.alpha);
  cairo_set_line_width(cairo_, style.width);
  cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash(cairo_, style.dash.data(), static_cast<int>(style.dash.size()), 0);
  for (const Point& p : points) cairo_line_to(cairo_, p.x, p.y);
  cairo_stroke(cairo_);
}

void Canvas::area(const std::vector<Point>& outline, Color color, double alpha) {
  cairo_set_source_rgba(cairo_, color.red, color.green, color.blue, alpha);
  for (const Point& p : outline) cairo_line_to(cairo_, p.x, p.y);
  cairo_fill(cairo_);
}

void Canvas::dot(Point at, double radius, Color color) {
  cairo_set_source_rgb(cairo_, color.red, color.green, color.blue);
  cairo_new_path(cairo_);
  cairo_arc(cairo_, at.x, at.y, radius, 0, 2 * 3.14159265358979);
  cairo_fill(cairo_);
}

void Canvas::image(double x, double y, double width, double height, const std::vector<Color>& pixels, int columns) {
  const int rows = static_cast<int>(pixels.size()) / columns;
  Surface surface = own(cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows));
  cairo_surface_flush(surface.get());
  unsigned char* data = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  const auto byte = [](double v) { return static_cast<uint32_t>(std::lround(std::clamp(v, 0.0, 1.0) * 255)); };
  for (int r = 0; r < rows; ++r) {
    auto* row = reinterpret_cast<uint32_t*>(data + static_cast<ptrdiff_t>(r) * stride);
    for (int c = 0; c < columns; ++c) {
      const Color& p = pixels[static_cast<size_t>(r) * columns + c];
      row[c] = byte(p.red) << 16 | byte(p.green) << 8 | byte(p.blue);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  cairo_save(cairo_);
  cairo_translate(cairo_, x, y);
  cairo_scale(cairo_, width / columns, height / rows);
  cairo_set_source_surface(cairo_, surface.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo_), CAIRO_FILTER_NEAREST);
  cairo_rectangle(cairo_, 0, 0, columns, rows);
  cairo_fill(cairo_);
  cairo_restore(cairo_);
}

void Canvas::lay_out(const std::string& text, const TextStyle& style) {
  // Pango takes each letter from the first family that has it, then from any installed font.
  PangoFontDescription* font = pango_font_description_from_string("Noto Sans,Noto Sans Kannada,sans-serif");
  pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
  if (style.bold) pango_font_description_set_weight(font, PANGO_WEIGHT_SEMIBOLD);
  pango_layout_set_font_description(layout_, font);
  pango_font_description_free(font);
  pango_layout_set_width(layout_, style.width > 0 ? static_cast<int>(style.width * PANGO_SCALE) : -1);
  pango_layout_set_wrap(layout_, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize(layout_, style.width > 0 && !style.wrap ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  pango_layout_set_single_paragraph_mode(layout_, true);
  const std::string shown = printable(text);
  pango_layout_set_text(layout_, shown.data(), static_cast<int>(shown.size()));
}

void Canvas::text(const std::string& text, double x, double y, const TextStyle& style) {
  lay_out(text, style);
  PangoRectangle box;  // logical
  pango_layout_get_extents(layout_, nullptr, &box);
  const auto units = [](int v) { return static_cast<double>(v) / PANGO_SCALE; };
  const double baseline = units(pango_layout_get_baseline(layout_));
  cairo_save(cairo_);
  cairo_translate(cairo_, x, y);
  cairo_rotate(cairo_, style.angle);
  cairo_move_to(cairo_,
                -units(box.x) - offset(style.across, 0, units(box.width) / 2, units(box.width)),
                -offset(style.down, 0, baseline - 0.34 * style.size, units(box.height)));
  cairo_set_source_rgb(cairo_, style.color.red, style.color.green, style.color.blue);
  pango_cairo_show_layout(cairo_, layout_);
  cairo_restore(cairo_);
  cairo_new_path(cairo_);
}

double Canvas::marked_text(const std::string& text, const std::vector<TextMark>& marks, double x, double y,
                           double width, double size) {
  lay_out("", {.size = size, .width = width, .wrap = true});
  pango_layout_set_single_paragraph_mode(layout_, false);
  pango_layout_set_line_spacing(layout_, 1.15f);
  pango_layout_set_text(layout_, text.data(), static_cast<int>(text.size()));
  PangoAttrList* list = pango_attr_list_new();
  const auto add = [&](PangoAttribute* (*make)(guint16, guint16, guint16), const TextMark& mark, const Color& color) {
    const auto part = [](double v) { return static_cast<guint16>(std::lround(std::clamp(v, 0.0, 1.0) * 65535)); };
    PangoAttribute* attribute = make(part(color.red), part(color.green), part(color.blue));
    attribute->start_index = static_cast<guint>(mark.begin), attribute->end_index = static_cast<guint>(mark.end);
    pango_attr_list_insert(list, attribute);
  };
  for (const TextMark& mark : marks)
    add(pango_attr_background_new, mark, mark.background), add(pango_attr_foreground_new, mark, mark.ink);
  pango_layout_set_attributes(layout_, list);
  pango_attr_list_unref(list);
  PangoRectangle box;
  pango_layout_get_extents(layout_, nullptr, &box);
  cairo_move_to(cairo_, x, y);
  cairo_set_source_rgb(cairo_, kInk.red, kInk.green, kInk.blue);
  pango_cairo_show_layout(cairo_, layout_);
  cairo_new_path(cairo_);
  pango_layout_set_attributes(layout_, nullptr);
  pango_layout_set_line_spacing(layout_, 0);
  return static_cast<double>(box.height) / PANGO_SCALE;
}

Point Canvas::text_size(const std::string& text, const TextStyle& style) {
  lay_out(text, style);
  PangoRectangle box;
  pango_layout_get_extents(layout_, nullptr, &box);
  return {static_cast<double>(box.width) / PANGO_SCALE, static_cast<double>(box.height) / PANGO_SCALE};
}

std::string extension(const std::string& path) {
  const size_t dot = path.find_last_of("./");
  if (dot == std::string::npos || path[dot] == '/') return "";
  std::string ending = path.substr(dot);
  for (char& c : ending) c = g_ascii_tolower(c);
  return ending;
}

void check_picture(const std::string& path, const std::vector<std::string>& endings) {
  if (std::find(endings.begin(), endings.end(), extension(path)) != endings.end()) return;
  fail("{}: expected a name ending in {}", path, fmt::join(endings, " or "));
}

void save_picture(const std::string& path, const std::string& title, const std::string& description,
                  const std::function<void(Canvas&)>& draw) {
  check_picture(path, {".png", ".svg"});
  const std::string ending = extension(path);
  const Extent extent = measure(draw);
  write_file(path, ending == ".png" ? to_png(path, extent, draw)
                                    : to_svg(path, extent, printable(title), printable(description), draw));
}

}  // namespace gamana::view
