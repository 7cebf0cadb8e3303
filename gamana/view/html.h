#pragma once
// Pages that carry their data: templates with the marks {{title}} and {{data}}.
#include <string>
#include <string_view>

#include "gamana/base/json.h"

namespace gamana::view {

// The page with `data` where its script reads them; no text in them can end the script. Throws Error if the path does not
// end in .html.
void write_page(std::string_view page, const std::string& title, const Json& data, const std::string& path);

}  // namespace gamana::view
