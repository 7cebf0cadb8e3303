#include "gamana/jobs/stop_text.h"

#include <algorithm>

#include "gamana/base/check.h"

namespace gamana {

StopText::StopText(std::vector<std::string> stops) : stops_(std::move(stops)) {
  for (const std::string& stop : stops_)
    if (stop.empty()) fail("stop: expected a text, found an empty one");
}

bool StopText::push(std::string_view text, std::string& out) {
  if (found_) return true;
  held_ += text;
  size_t end = std::string::npos;
  for (const std::string& stop : stops_) end = std::min(end, held_.find(stop));
  if (end != std::string::npos) {
    found_ = true;
    out.append(held_, 0, end);
    held_.clear();
    return true;
  }
  size_t kept = 0;  // bytes at the end that a stop string may begin with
  for (const std::string& stop : stops_)
    for (size_t size = std::min(stop.size() - 1, held_.size()); size > kept; --size)
      if (std::string_view(held_).substr(held_.size() - size) == std::string_view(stop).substr(0, size)) kept = size;
  out.append(held_, 0, held_.size() - kept);
  held_.erase(0, held_.size() - kept);
  return false;
}

void StopText::finish(std::string& out) {
  out += held_;
  held_.clear();
}

}  // namespace gamana
