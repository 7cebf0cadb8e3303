#pragma once
// Stored (not compressed) entries of a zip archive, as torch.save writes it, with zip64 (PKWARE's APPNOTE, sections
// 4.3 and 4.5.3).
#include <map>
#include <string>
#include <string_view>

namespace gamana {

// The entries' bytes by name, views of `archive`. Checksums are not compared. Throws Error that begins with `where` if
// the archive is cut off or damaged, or if an entry is compressed or encrypted or has the name of another.
std::map<std::string_view, std::string_view> zip_entries(std::string_view archive, const std::string& where);

}  // namespace gamana
