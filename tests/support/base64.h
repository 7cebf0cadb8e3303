#pragma once
#include <cstring>
#include <string>
#include <vector>

#include <glib.h>

#include "gamana/base/json.h"

namespace gamana {

// The numbers that pages carry as base64.
template <class T>
std::vector<T> decode(const Json& text) {
  gsize size = 0;
  guchar* bytes = g_base64_decode(text.get<std::string>().c_str(), &size);
  std::vector<T> numbers(size / sizeof(T));
  std::memcpy(numbers.data(), bytes, size);
  g_free(bytes);
  return numbers;
}

}  // namespace gamana
