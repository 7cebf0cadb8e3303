#pragma once
// Pages that carry their data: templates with the marks {{title}} and {{data}}.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/base/json.h"

namespace gamana::view {

// The page with `data` where its script reads them; no text in them can end the script. Throws Error if the path does not
// end in .html.
void write_page(std::string_view page, const std::string& title, const Json& data, const std::string& path);

std::string base64(std::span<const std::byte> bytes);
template <class T>
std::string base64(const std::vector<T>& numbers) {  // as they stand in memory: little-endian
  return base64(std::as_bytes(std::span(numbers)));
}

// {"light": ["rrggbb", …], "dark": […]}: heat_color in 256 steps, and hue_color of `count` things.
Json heat_colors_json();
Json hues_json(int count);

}  // namespace gamana::view
