#include "gamana/models/sentence_files.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/base/file.h"
#include "gamana/models/config_reader.h"

namespace gamana {
namespace {

using Kind = SentenceModule::Kind;

// Modes of Pooling in the order in which older files, that have a key for each, concatenate them.
struct PoolingName {
  Pooling pooling;
  const char *name, *old_key;
};
constexpr PoolingName kPoolings[] = {{Pooling::first, "cls", "pooling_mode_cls_token"},
                                     {Pooling::max, "max", "pooling_mode_max_tokens"},
                                     {Pooling::mean, "mean", "pooling_mode_mean_tokens"},
                                     {Pooling::mean_sqrt, "mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"},
                                     {Pooling::weighted_mean, "weightedmean", "pooling_mode_weightedmean_tokens"},
                                     {Pooling::last, "lasttoken", "pooling_mode_lasttoken"}};

// Classes of torch.nn, by the last part of their path; the first of each is written.
struct ActivationName {
  const char* path;
  Activation value;
};
constexpr ActivationName kTorchActivations[] = {{"torch.nn.modules.activation.Tanh", Activation::tanh},
                                                {"torch.nn.modules.linear.Identity", Activation::none},
                                                {"torch.nn.modules.activation.ReLU", Activation::relu},
                                                {"torch.nn.modules.activation.GELU", Activation::gelu},
                                                {"torch.nn.modules.activation.SiLU", Activation::silu}};

constexpr Named<SimilarityFunction> kSimilarities[] = {{"cosine", SimilarityFunction::cosine},
                                                       {"dot", SimilarityFunction::dot},
                                                       {"dot_score", SimilarityFunction::dot},
                                                       {"euclidean", SimilarityFunction::euclidean},
                                                       {"manhattan", SimilarityFunction::manhattan}};

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// The object of a file; an empty one where there is none.
Json read_object(const std::string& path) {
  if (!file_exists(path)) return Json::object();
  Json json = read_json(path);
  if (!json.is_object()) fail("{}: expected an object, found {}", path, json.type_name());
  return json;
}

Pooling pooling_of(const Json& name, const std::string& path) {
  for (const PoolingName& p : kPoolings)
    if (name == p.name) return p.pooling;
  fail("{}: pooling_mode {} is unknown; expected cls, max, mean, mean_sqrt_len_tokens, weightedmean or lasttoken", path,
       name.dump());
}

SentenceModule read_pooling(const std::string& directory, const std::string& folder, int width) {
  const std::string path = join_path(join_path(directory, folder), "config.json");
  const Json json = read_json(path);
  SentenceModule m{.kind = Kind::pooling, .folder = folder};
  const int expected = get_or(json, "embedding_dimension", get_or(json, "word_embedding_dimension", width, path), path);
  if (expected != width) fail("{}: embedding_dimension is {}, but the encoder's width is {}", path, expected, width);
  m.include_prompt = get_or(json, "include_prompt", true, path);
  const auto modes = json.find("pooling_mode");
  if (modes != json.end() && modes->is_array())
    for (const Json& name : *modes) m.poolings.push_back(pooling_of(name, path));
  else if (modes != json.end())
    m.poolings.push_back(pooling_of(*modes, path));
  else
    for (const PoolingName& p : kPoolings)
      if (get_or(json, p.old_key, false, path)) m.poolings.push_back(p.pooling);
  if (m.poolings.empty()) m.poolings = {Pooling::mean};
  return m;
}

SentenceModule read_dense(const std::string& directory, const std::string& folder, int width) {
  const std::string path = join_path(join_path(directory, folder), "config.json");
  const Json json = read_json(path);
  SentenceModule m{.kind = Kind::dense, .folder = folder};
  m.in = get_or(json, "in_features", 0, path), m.out = get_or(json, "out_features", 0, path),
  m.bias = get_or(json, "bias", true, path);
  if (m.in != width) fail("{}: in_features is {}, but the vectors that come in have {} numbers", path, m.in, width);
  if (m.out < 1 || m.out > 1 << 20) fail("{}: out_features should be between 1 and 2^20, found {}", path, m.out);
  if (get_or(json, "use_residual", false, path)) fail("{}: use_residual is not known here", path);
  const std::string name = get_or(json, "activation_function", std::string(kTorchActivations[0].path), path);
  for (const ActivationName& a : kTorchActivations)
    if (name.starts_with("torch.nn.") && last_part(name) == last_part(a.path)) return m.activation = a.value, m;
  fail("{}: activation_function \"{}\" is unknown; expected Tanh, Identity, ReLU, GELU or SiLU of torch.nn", path,
       name);
}

// A module that reads or writes another thing than the vector of a text has no place here.
void check_names(const std::string& directory, const std::string& folder) {
  const std::string path = join_path(join_path(directory, folder), "config.json");
  const Json json = read_object(path);
  for (const char* key : {"module_input_name", "module_output_name"})
    if (const std::string name = get_or(json, key, std::string("sentence_embedding"), path);
        name != "sentence_embedding")
      fail("{}: {} should be \"sentence_embedding\", found \"{}\"", path, key, name);
}

void read_modules(const std::string& directory, int width, SentenceSettings& s) {
  const std::string path = join_path(directory, "modules.json");
  const Json list = read_json(path);
  if (!list.is_array() || list.empty()) fail("{}: expected a list of modules, found {}", path, list.type_name());
  s.modules.clear();
  for (size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_object()) fail("{}: expected objects, found {}", path, list[i].type_name());
    const std::string type = last_part(get_or(list[i], "type", std::string(), path)),
                      folder = get_or(list[i], "path", std::string(), path);
    const std::string wanted = i == 0 ? "Transformer" : i == 1 ? "Pooling" : "Dense or Normalize";
    if (i == 0 ? type != "Transformer" : i == 1 ? type != "Pooling" : type != "Dense" && type != "Normalize")
      fail("{}: module {} is \"{}\"; expected {}", path, i, type, wanted);
    if (folder.find("..") != std::string::npos || folder.starts_with('/'))
      fail("{}: path \"{}\" leaves the directory", path, folder);
    if (i == 0 && !folder.empty())
      fail("{}: the Transformer should stand in the directory itself, found it in \"{}\"", path, folder);
    if (i == 0) continue;
    if (i > 1) check_names(directory, folder);
    s.modules.push_back(type == "Pooling" ? read_pooling(directory, folder, width)
                        : type == "Dense" ? read_dense(directory, folder, s.dimension(width))
                                          : SentenceModule{.kind = Kind::normalize, .folder = folder});
  }
  if (s.modules.empty()) fail("{}: expected a Pooling after the Transformer, found none", path);
}

void read_prompts(const std::string& path, SentenceSettings& s) {
  const Json json = read_object(path);
  const auto prompts = json.find("prompts");
  if (prompts != json.end() && prompts->is_object())
    for (const auto& [name, text] : prompts->items()) {
      if (!text.is_string() && !text.is_null())
        fail("{}: the prompt \"{}\" should be a string, found {}", path, name, text.type_name());
      s.prompts.emplace_back(name, text.is_null() ? "" : text.get<std::string>());
    }
  s.default_prompt = get_or(json, "default_prompt_name", std::string(), path);
  s.prompt(s.default_prompt);  // throws if it is none of them
  s.similarity = similarity_function(get_or(json, "similarity_fn_name", std::string("cosine"), path), path);
}

Json pooling_json(const SentenceModule& m, int width) {
  Json json = {{"word_embedding_dimension", width}};
  // What versions before 5.3 read has a key for each mode, in a fixed order; another order of several needs the new
  // key.
  std::vector<Pooling> in_order;
  for (const PoolingName& p : kPoolings) {
    bool used = false;
    for (const Pooling pooling : m.poolings) used = used || pooling == p.pooling;
    if (used) in_order.push_back(p.pooling);
    json[p.old_key] = used;
  }
  json["include_prompt"] = m.include_prompt;
  if (in_order == m.poolings) return json;
  Json modes = Json::array();
  for (const Pooling pooling : m.poolings)
    for (const PoolingName& p : kPoolings)
      if (p.pooling == pooling) modes.push_back(p.name);
  return {{"embedding_dimension", width}, {"pooling_mode", modes}, {"include_prompt", m.include_prompt}};
}

Json dense_json(const SentenceModule& m) {
  Json json = {{"in_features", m.in}, {"out_features", m.out}, {"bias", m.bias}};
  for (const ActivationName& a : kTorchActivations)
    if (a.value == m.activation) json["activation_function"] = a.path;
  return json;
}

}  // namespace

SimilarityFunction similarity_function(const std::string& name, const std::string& where) {
  for (const auto& known : kSimilarities)
    if (name == known.name) return known.value;
  fail("{}: the similarity \"{}\" is unknown; expected cosine, dot, euclidean or manhattan", where, name);
}

std::string similarity_name(SimilarityFunction f) { return name_of(kSimilarities, f); }

double similarity_of(SimilarityFunction f, const float* a, const float* b, int64_t n) {
  double ab = 0, aa = 0, bb = 0, squares = 0, sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double x = a[i], y = b[i];
    ab += x * y, aa += x * x, bb += y * y, squares += (x - y) * (x - y), sum += std::abs(x - y);
  }
  switch (f) {
    case SimilarityFunction::cosine:
      return ab / std::max(std::sqrt(aa) * std::sqrt(bb), 1e-24);
    case SimilarityFunction::dot:
      return ab;
    case SimilarityFunction::euclidean:
      return -std::sqrt(squares);
    case SimilarityFunction::manhattan:
      return -sum;
  }
  return 0;
}

std::string SentenceSettings::prompt(const std::string& name) const {
  const std::string& wanted = name.empty() ? default_prompt : name;
  if (wanted.empty()) return "";
  std::string known;
  for (const auto& [each, text] : prompts) {
    if (each == wanted) return text;
    known += (known.empty() ? "" : ", ") + each;
  }
  fail("the model has no prompt \"{}\"; {}", wanted, known.empty() ? "it has none at all" : "expected one of " + known);
}

std::string SentenceSettings::prompt_name(std::initializer_list<const char*> names) const {
  for (const char* name : names)
    for (const auto& [each, _] : prompts)
      if (each == name) return name;
  return "";
}

int SentenceSettings::dimension(int width) const {
  for (const SentenceModule& m : modules)
    width = m.kind == Kind::pooling ? width * static_cast<int>(m.poolings.size())
            : m.kind == Kind::dense ? m.out
                                    : width;
  return width;
}

SentenceSettings read_sentence_settings(const std::string& directory, int width) {
  SentenceSettings s;
  s.found = file_exists(join_path(directory, "modules.json"));
  if (!s.found) return s;
  read_modules(directory, width, s);
  const std::string path = join_path(directory, "sentence_bert_config.json");
  const Json json = read_object(path);
  s.max_length = get_or(json, "max_seq_length", 0, path), s.lower_case = get_or(json, "do_lower_case", false, path);
  if (s.max_length < 0) fail("{}: max_seq_length should be at least 1, found {}", path, s.max_length);
  read_prompts(join_path(directory, "config_sentence_transformers.json"), s);
  return s;
}

void write_sentence_settings(const std::string& directory, const SentenceSettings& s, int width) {
  Json list = Json::array();
  list.push_back({{"idx", 0}, {"name", "0"}, {"path", ""}, {"type", "sentence_transformers.models.Transformer"}});
  for (const SentenceModule& m : s.modules) {
    const size_t i = list.size();
    const char* type = m.kind == Kind::pooling ? "Pooling" : m.kind == Kind::dense ? "Dense" : "Normalize";
    list.push_back({{"idx", i},
                    {"name", std::to_string(i)},
                    {"path", m.folder},
                    {"type", std::string("sentence_transformers.models.") + type}});
    if (!m.folder.empty()) make_directory(join_path(directory, m.folder));
    const std::string path = join_path(join_path(directory, m.folder), "config.json");
    if (m.kind == Kind::pooling) write_json(path, pooling_json(m, width));
    if (m.kind == Kind::dense) write_json(path, dense_json(m));
  }
  Json bert = {{"max_seq_length", nullptr}, {"do_lower_case", s.lower_case}};
  if (s.max_length > 0) bert["max_seq_length"] = s.max_length;
  write_json(join_path(directory, "sentence_bert_config.json"), bert);
  Json prompts = Json::object();
  for (const auto& [name, text] : s.prompts) prompts[name] = text;
  write_json(join_path(directory, "config_sentence_transformers.json"),
             {{"prompts", prompts},
              {"default_prompt_name", s.default_prompt.empty() ? Json() : Json(s.default_prompt)},
              {"similarity_fn_name", similarity_name(s.similarity)}});
  write_json(join_path(directory, "modules.json"), list);
}

}  // namespace gamana
