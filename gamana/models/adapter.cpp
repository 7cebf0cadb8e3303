#include "gamana/models/adapter.h"

#include <cmath>
#include <filesystem>

#include "gamana/base/file.h"
#include "gamana/io/safetensors.h"

namespace gamana {
namespace {

// What peft puts before the model's own names.
constexpr const char* kPrefix = "base_model.model.";

Json adapter_config(const std::string& directory) { return read_json(join_path(directory, "adapter_config.json")); }

std::vector<float> read(const StoredTensor& t, const std::string& where) {
  std::vector<float> values(static_cast<size_t>(t.size()));
  t.read(values.data(), where);
  return values;
}

// One weight with both of its matrices.
void merge_one(const FileTensor& t, const StoredTensor& a, const StoredTensor& b, const Adapter& adapter) {
  const int64_t rows = t.rows(), in = t.parameter->cols;
  const bool fits = a.shape.size() == 2 && b.shape.size() == 2 && a.shape[1] == in && b.shape[0] == rows && a.shape[0] == b.shape[1] &&
                    a.shape[0] > 0;
  if (!fits) fail("{}: the low-rank matrices of \"{}\" should be [rank, {}] and [{}, rank]", adapter.where, t.name, in, rows);
  const double rank = static_cast<double>(a.shape[0]);
  const double scale = adapter.alpha / (adapter.root_scale ? std::sqrt(rank) : rank);
  const std::string where = adapter.where + ": " + t.name;
  add_product(read(a, where).data(), read(b, where).data(), static_cast<float>(scale), rows, a.shape[0], in,
              t.parameter->tensor.data() + t.first_row * in);
}

}  // namespace

bool is_adapter(const std::string& directory) { return file_exists(join_path(directory, "adapter_config.json")); }

std::string adapter_base(const std::string& directory) {
  const auto name = get_or(adapter_config(directory), "base_model_name_or_path", std::string(), directory);
  // A folder beside the adapter, or one that its path says.
  const std::string beside = (std::filesystem::path(directory) / name).string();
  const std::string base = file_exists(join_path(beside, "config.json")) ? beside : name;
  if (name.empty() || !file_exists(join_path(base, "config.json")))
    throw Error(fmt::format("{}: the model that the adapter belongs to, \"{}\", is not there", directory, name),
                "set base_model_name_or_path in adapter_config.json to its directory");
  if (is_adapter(base)) throw Error(fmt::format("{}: the adapter's model, {}, is an adapter itself", directory, base), "merge that one first, see `gamana merge --help`");
  return base;
}

std::string tokenizer_directory(const std::string& directory) {
  const auto has = [&](const char* name) { return file_exists(join_path(directory, name)); };
  return !is_adapter(directory) || has("tokenizer.json") || has("tokenizer_config.json") ? directory : adapter_base(directory);
}

Adapter open_adapter(const std::string& directory) {
  const Json config = adapter_config(directory);
  const auto text = [&](const char* key, const char* fallback) { return get_or(config, key, std::string(fallback), directory); };
  if (text("peft_type", "") != "LORA") fail("{}: peft_type should be LORA, found \"{}\"", directory, text("peft_type", ""));
  if (text("bias", "none") != "none") fail("{}: bias should be none, found \"{}\"", directory, text("bias", ""));
  // fan_in_fan_out says that the model's files have weights transposed, which its list of tensors knows.
  for (const char* key : {"use_dora", "use_qalora", "lora_bias"})
    if (get_or(config, key, false, directory)) fail("{}: adapters with {} are not known", directory, key);
  for (const char* key : {"alpha_pattern", "rank_pattern"})
    if (const auto found = config.find(key); found != config.end() && !found->empty()) fail("{}: adapters with {} are not known", directory, key);
  Adapter adapter{directory, adapter_base(directory), get_or(config, "lora_alpha", 8.0, directory), get_or(config, "use_rslora", false, directory), {}};
  const std::string path = join_path(directory, "adapter_model.safetensors");
  if (!file_exists(path)) throw Error(fmt::format("{}: expected adapter_model.safetensors beside adapter_config.json", directory), "a run writes it at its first validation");
  adapter.files.push_back(Safetensors(path));
  return adapter;
}

std::vector<std::string> merge_adapter(const std::vector<FileTensor>& tensors, const Adapter& adapter) {
  const TensorFile& file = adapter.files.front();
  std::vector<FileTensor> own;
  std::set<std::string> used;
  for (const FileTensor& t : tensors) {
    const std::string name = kPrefix + t.name, stem = name.substr(0, name.rfind('.'));
    const StoredTensor *a = file.find(stem + ".lora_A.weight"), *b = file.find(stem + ".lora_B.weight");
    if (t.shape.size() == 2 && a && b) {
      merge_one(t, *a, *b, adapter);
      used.insert(stem + ".lora_A.weight"), used.insert(stem + ".lora_B.weight");
    }
    if (!file.find(name)) continue;
    own.push_back(t), own.back().name = name;
    used.insert(name);
  }
  fill_weights(own, adapter.files, adapter.where);
  for (const auto& [name, _] : file.tensors())
    if (!used.count(name))
      throw Error(fmt::format("{}: the model has no place for \"{}\"", adapter.where, name),
                  "for another task than the adapter's, merge it first, see `gamana merge --help`");
  std::vector<std::string> filled;
  for (const FileTensor& t : own) filled.push_back(t.name.substr(std::string_view(kPrefix).size()));
  return filled;
}

void add_product(const float* a, const float* b, float scale, int64_t rows, int64_t rank, int64_t in, float* weight) {
  const std::vector<float> scaled = [&] {
    std::vector<float> values(b, b + rows * rank);
    for (float& v : values) v *= scale;
    return values;
  }();
  cpu_kernels().gemm(false, false, rows, in, rank, scaled.data(), rank, a, in, weight, in, true);
}

}  // namespace gamana
