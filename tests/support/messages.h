#pragma once
// What a fault says.
#include <functional>
#include <string>

#include "gamana/base/check.h"

namespace gamana {

// The message of the Error that `body` throws.
inline std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace gamana
