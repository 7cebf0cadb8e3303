#pragma once
// Values of a config.json, checked: each throws Error that names the key, what was expected and what was found.
#include <string>

#include "gamana/base/check.h"
#include "gamana/base/json.h"
#include "gamana/kernels/kernels.h"

namespace gamana {

// What a name in the file stands for. Of two names for one value the first is written.
template <class T>
struct Named {
  const char* name;
  T value;
};

template <class T, size_t kCount>
std::string name_of(const Named<T> (&list)[kCount], T value) {
  for (const auto& entry : list)
    if (value == entry.value) return entry.name;
  return "";
}

template <class T, size_t kCount>
T by_name(const Named<T> (&list)[kCount], const Json& json, const char* key, T fallback) {
  const std::string name = get_or(json, key, name_of(list, fallback));
  std::string known;
  for (const auto& entry : list) {
    if (name == entry.name) return entry.value;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  fail("config.json: {} \"{}\" is unknown; expected one of {}", key, name, known);
}

// transformers' names (activations.py, ACT2CLS).
inline constexpr Named<Activation> kActivations[] = {{"relu", Activation::relu},
                                                     {"gelu", Activation::gelu},
                                                     {"gelu_new", Activation::gelu_tanh},
                                                     {"silu", Activation::silu},
                                                     {"swish", Activation::silu},
                                                     {"tanh", Activation::tanh},
                                                     {"linear", Activation::none},
                                                     {"gelu_python", Activation::gelu},
                                                     {"gelu_pytorch_tanh", Activation::gelu_tanh},
                                                     {"gelu_fast", Activation::gelu_tanh},
                                                     {"gelu_accurate", Activation::gelu_tanh},
                                                     {"gelu_python_tanh", Activation::gelu_tanh}};

// A name that transformers gives a key in all families, and the family's own (PreTrainedConfig.attribute_map).
struct KeyAlias {
  const char *common, *own;
};

// With the values under common names put where the family has them; where a file has both, transformers takes the common one.
template <size_t kCount>
Json with_own_keys(Json json, const KeyAlias (&aliases)[kCount]) {
  for (const auto& [common, own] : aliases)
    if (json.contains(common) && !json[common].is_null()) json[own] = json[common];
  return json;
}

inline int size_of(const Json& json, const char* key, int fallback, int least = 1) {
  const int value = get_or(json, key, fallback);
  if (value < least || value > 1 << 24)
    fail("config.json: {} should be between {} and 2^24, found {}", key, least, value);
  return value;
}

// The rate of a dropout.
inline float rate_of(const Json& json, const char* key, double fallback) {
  const double value = get_or(json, key, fallback);
  if (!(value >= 0 && value < 1)) fail("config.json: {} should be in [0, 1), found {}", key, value);
  return static_cast<float>(value);
}

// As it is to be written: 0.1, not the double that equals the float.
inline double decimal_of(float value) { return std::stod(fmt::format("{}", value)); }

inline float positive_of(const Json& json, const char* key, double fallback) {
  const double value = get_or(json, key, fallback);
  if (!(value > 0 && value < 1e12)) fail("config.json: {} should be above 0, found {}", key, value);
  return static_cast<float>(value);
}

inline int token_of(const Json& json, const char* key, int fallback, int vocabulary) {
  const int id = get_or(json, key, fallback);
  if (id < 0 || id >= vocabulary) fail("config.json: {} is {}, outside the vocabulary of {}", key, id, vocabulary);
  return id;
}

}  // namespace gamana
