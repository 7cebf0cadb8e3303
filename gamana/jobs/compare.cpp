#include "gamana/jobs/compare.h"

#include <algorithm>
#include <cmath>

#include "gamana/base/check.h"
#include "gamana/models/config_reader.h"

namespace gamana {
namespace {

int64_t size_of(const TensorView& t) {
  int64_t size = 1;
  for (const int64_t d : t.shape) size *= d;
  return size;
}

// Infinite where one of two numbers is none.
double distance(float a, float b) {
  const double d = std::abs(static_cast<double>(a) - b);
  return std::isnan(d) ? HUGE_VAL : d;
}

double largest_difference(const float* a, const float* b, int64_t n) {
  double largest = 0;
  for (int64_t i = 0; i < n; ++i) largest = std::max(largest, distance(a[i], b[i]));
  return largest;
}

bool same(const TensorView& a, const TensorView& b, double tolerance) {
  if (a.shape != b.shape) return false;
  for (int64_t i = 0; i < size_of(a); ++i)
    if (distance(a.data[i], b.data[i]) > tolerance) return false;
  return true;
}

bool is_transposed(const TensorView& a, const TensorView& b, double tolerance) {
  if (a.shape.size() != 2 || b.shape.size() != 2 || a.shape[0] != b.shape[1] || a.shape[1] != b.shape[0]) return false;
  const int64_t rows = a.shape[0], cols = a.shape[1];
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c)
      if (distance(a.data[r * cols + c], b.data[c * rows + r]) > tolerance) return false;
  return true;
}

// What tensor `name` of both is like, if not the same.
std::string difference_of(const std::string& name, const TensorView& own, const ModelTensors& reference, double tolerance) {
  const TensorView& expected = reference.views.at(name);
  if (is_transposed(own, expected, tolerance)) return "is the reference's, transposed";
  if (own.shape != expected.shape)
    return fmt::format("has the shape [{}], the reference's [{}]", fmt::join(own.shape, ", "), fmt::join(expected.shape, ", "));
  for (const auto& [other, view] : reference.views)
    if (other != name && same(own, view, tolerance)) return fmt::format("is the reference's {}", other);
  return fmt::format("differs by up to {:.3g}", largest_difference(own.data, expected.data, size_of(own)));
}

std::vector<Tensor> parts_of(const TextModel& model, Context& c, const Batch& batch) {
  std::vector<Tensor> entering;
  Tensor last = model.backbone().forward(c, batch, {}, &entering);
  entering.push_back(std::move(last));  // what enters a layer is what leaves the part before it
  return entering;
}

bool belongs_to(const std::string& name, int part, const ModelConfig& config) {
  const auto has = [&](const std::string& what) { return name.find(what) != std::string::npos; };
  if (part == 0) return has("embed") || has("wte.") || has("wpe.");
  if (config.layer_groups) return name.find("albert_layers.") != std::string::npos;
  const std::string number = std::to_string(part - 1) + ".";
  return has("layer." + number) || has("layers." + number) || has("h." + number);
}

// Settings that the forward depends on and that no shape tells.
struct Setting {
  const char* what;
  bool of_embeddings, of_layers;
  std::string (*value)(const ModelConfig&);
};
constexpr Setting kSettings[] = {
    {"the epsilon of norms", true, true, [](const ModelConfig& k) { return fmt::format("{:g}", k.norm_epsilon); }},
    {"the row of the first position", true, false, [](const ModelConfig& k) { return std::to_string(k.first_position); }},
    {"the scale of embeddings by the root of the width", true, false,
     [](const ModelConfig& k) -> std::string { return k.scale_embedding ? "on" : "off"; }},
    {"the activation", false, true, [](const ModelConfig& k) { return name_of(kActivations, k.activation); }},
    {"the number of heads", false, true, [](const ModelConfig& k) { return std::to_string(k.heads); }},
    {"the window of local attention", false, true, [](const ModelConfig& k) { return std::to_string(k.window); }},
    {"the base of rotary positions", false, true,
     [](const ModelConfig& k) { return fmt::format("{:g} and {:g}", k.rotary_base, k.local_rotary_base); }},
    {"the block of sparse attention", false, true, [](const ModelConfig& k) { return std::to_string(k.block_size); }}};

}  // namespace

ModelTensors tensors_of(const std::vector<FileTensor>& parameters) {
  ModelTensors out;
  for (const FileTensor& t : parameters) {
    if (t.differs()) out.storage.push_back(t.to_file(t.data()));
    out.views[t.name] = {t.shape, t.differs() ? out.storage.back().data() : t.data()};
  }
  return out;
}

ModelTensors tensors_of(const TensorFile& file, const std::string& where) {
  ModelTensors out;
  for (const auto& [name, stored] : file.tensors()) {
    if (stored.type.find('F') == std::string::npos) continue;  // F64, F32, F16, BF16
    out.storage.emplace_back(stored.size());
    stored.read(out.storage.back().data(), where + ": tensor \"" + name + "\"");
    out.views[name] = {stored.shape, out.storage.back().data()};
  }
  return out;
}

void align_names(ModelTensors& reference, const ModelTensors& own, const std::string& prefix) {
  std::map<std::string, TensorView> aligned;
  for (const auto& [name, view] : reference.views) {
    const std::string other = name.starts_with(prefix) ? name.substr(prefix.size()) : prefix + name;
    const bool renamed = !own.views.count(name) && own.views.count(other) && !reference.views.count(other);
    aligned[renamed ? other : name] = view;
  }
  reference.views = std::move(aligned);
}

std::vector<TensorDifference> compare_tensors(const ModelTensors& own, const ModelTensors& reference, double tolerance) {
  std::map<std::string, std::string> found;
  for (const auto& [name, view] : own.views) {
    const auto expected = reference.views.find(name);
    if (expected == reference.views.end()) found[name] = "is not in the reference";
    else if (!same(view, expected->second, tolerance)) found[name] = difference_of(name, view, reference, tolerance);
  }
  for (const auto& [name, _] : reference.views)
    if (!own.views.count(name)) found[name] = "is in the reference only";
  std::vector<TensorDifference> differences;
  for (const auto& [name, what] : found) differences.push_back({name, what});
  return differences;
}

std::vector<PartDifference> compare_parts(const TextModel& own, const TextModel& reference, const EncodedText& text) {
  if (own.settings().width != reference.settings().width)
    fail("hidden states have {} numbers, those of the reference {}", own.settings().width, reference.settings().width);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const Batch batch = batch_of({&text});
  const std::vector<Tensor> a = parts_of(own, c, batch), b = parts_of(reference, c, batch);
  std::vector<PartDifference> parts;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    double size = 0;
    for (int64_t k = 0; k < b[i].size(); ++k) size = std::max<double>(size, std::abs(b[i].data()[k]));
    parts.push_back({i ? fmt::format("layer {}", i - 1) : "embeddings", largest_difference(a[i].data(), b[i].data(), a[i].size()), size});
  }
  return parts;
}

std::vector<std::string> likely_causes(const TextModel& own, const TextModel& reference, int part,
                                       const std::vector<TensorDifference>& tensors) {
  const ModelConfig &a = own.settings(), &b = reference.settings();
  std::vector<std::string> causes;
  for (const TensorDifference& t : tensors)
    if (belongs_to(t.name, part, a)) causes.push_back(t.name + " " + t.what);
  for (const Setting& s : kSettings)
    if ((part ? s.of_layers : s.of_embeddings) && s.value(a) != s.value(b))
      causes.push_back(fmt::format("{} is {}, in the reference {}", s.what, s.value(a), s.value(b)));
  return causes;
}

}  // namespace gamana
