#include "gamana/models/weights.h"

#include <algorithm>

#include "gamana/io/safetensors.h"

namespace gamana {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

const StoredTensor* find(const std::vector<TensorFile>& files, const std::string& name) {
  for (const TensorFile& file : files)
    if (const StoredTensor* stored = file.find(name)) return stored;
  return nullptr;
}

}  // namespace

int64_t FileTensor::size() const {
  int64_t size = 1;
  for (const int64_t d : shape) size *= d;
  return size;
}

int64_t FileTensor::first_float() const { return first_row * (parameter->rows == 1 ? size() : parameter->cols); }

void FileTensors::linear(const std::string& name, Linear& l) {
  matrix(name + ".weight", l.weight);
  list_.back().layer = &l;
  if (l.bias.rows) vector(name + ".bias", l.bias);
}

void FileTensors::part(const std::string& name, Linear& l, int i, int parts) {
  const int64_t rows = l.weight.rows / parts;
  list_.push_back({name + ".weight", &l.weight, i * rows, {rows, l.weight.cols}});
  list_.back().layer = &l;
  if (l.bias.rows) list_.push_back({name + ".bias", &l.bias, i, {rows}});
}

void FileTensors::norm(const std::string& name, LayerNorm& n) {
  vector(name + ".weight", n.gain);
  if (n.bias.rows) vector(name + ".bias", n.bias);
}

LoadReport fill_weights(const std::vector<FileTensor>& tensors, const std::vector<TensorFile>& files, const std::string& where,
                        const OtherNames& other_names) {
  LoadReport report;
  std::set<std::string> used;
  for (const FileTensor& wanted : tensors) {
    std::string name = wanted.name;
    const StoredTensor* stored = find(files, name);
    if (!stored && other_names)
      for (const std::string& other : other_names(wanted.name))
        if (!stored && (stored = find(files, other))) name = other;
    if (stored && wanted.replaceable && stored->shape != wanted.shape) stored = nullptr, used.insert(name);
    if (!stored) {
      if (!wanted.optional) report.missing.push_back(wanted.name);
      continue;
    }
    used.insert(name);
    if (stored->shape != wanted.shape)
      fail("{}: tensor \"{}\" should have the shape {}, found {}", where, name, shape_text(wanted.shape),
           shape_text(stored->shape));
    stored->read(wanted.data(), where + ": tensor \"" + name + "\"");
  }
  for (const TensorFile& file : files)
    for (const auto& [name, _] : file.tensors())
      if (!used.count(name)) report.unused.push_back(name);
  return report;
}

std::string first_names(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < 4; ++i) text += (i ? ", " : "") + names[i];
  return names.size() > 4 ? text + ", …" : text;
}

void write_weights(const ParameterStore& store, const std::vector<FileTensor>& tensors, const std::string& path,
                   const float* weights) {
  std::vector<TensorToStore> list;
  for (const FileTensor& t : tensors) {
    const float* own = t.parameter->tensor.data();
    const float* from = weights ? weights + (own - store.weights()) : own;
    list.push_back({t.name, "F32", t.shape, from + t.first_float(), static_cast<size_t>(t.size()) * sizeof(float)});
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  write_safetensors(path, list);
}

}  // namespace gamana
