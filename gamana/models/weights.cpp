#include "gamana/models/weights.h"

#include <algorithm>
#include <deque>
#include <map>

#include "gamana/io/safetensors.h"

namespace gamana {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

// x [rows, cols] -> [cols, rows]
std::vector<float> transpose(const float* x, int64_t rows, int64_t cols) {
  std::vector<float> y(static_cast<size_t>(rows * cols));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) y[c * rows + r] = x[r * cols + c];
  return y;
}

}  // namespace

int64_t FileTensor::size() const {
  int64_t size = 1;
  for (const int64_t d : shape) size *= d;
  return size;
}

int64_t FileTensor::first_float() const { return first_row * (parameter->rows == 1 ? 1 : parameter->cols); }

std::vector<float> FileTensor::to_file(const float* from) const {
  std::vector<float> values(from, from + size());
  if (transposed) values = transpose(from, shape[1], shape[0]);
  for (float& v : values) v *= factor;
  return values;
}

std::vector<float> FileTensor::from_file(const float* from) const {
  std::vector<float> values(from, from + size());
  if (transposed) values = transpose(from, shape[0], shape[1]);
  for (float& v : values) v /= factor;
  return values;
}

void FileTensors::linear(const std::string& name, Linear& l, bool transposed) {
  matrix(name + ".weight", l.weight);
  FileTensor& weight = list_.back();
  weight.layer = &l, weight.transposed = transposed;
  if (transposed) std::swap(weight.shape[0], weight.shape[1]);
  if (l.bias.rows) vector(name + ".bias", l.bias);
}

void FileTensors::rows(const std::string& name, Linear& l, int64_t first, int64_t count, float factor) {
  list_.push_back({name + ".weight", &l.weight, first, {count, l.weight.cols}});
  list_.back().layer = &l, list_.back().factor = factor;
  if (!l.bias.rows) return;
  list_.push_back({name + ".bias", &l.bias, first, {count}});
  list_.back().factor = factor;
}

void FileTensors::norm(const std::string& name, LayerNorm& n) {
  vector(name + ".weight", n.gain);
  if (n.bias.rows) vector(name + ".bias", n.bias);
}

LoadReport fill_weights(const std::vector<FileTensor>& tensors, const std::vector<TensorFile>& files, const std::string& where,
                        const OtherNames& other_names, const std::function<void(Parameter&)>& filled) {
  LoadReport report;
  std::set<std::string> used;
  std::map<const Parameter*, int> waiting;  // tensors that it is made of and that were not looked at yet
  for (const FileTensor& t : tensors) ++waiting[t.parameter];
  for (const FileTensor& wanted : tensors) {
    const bool last = --waiting[wanted.parameter] == 0;
    std::string name = wanted.name;
    const StoredTensor* stored = find_tensor(files, {name});
    if (!stored && other_names)
      for (const std::string& other : other_names(wanted.name))
        if (!stored && (stored = find_tensor(files, {other}))) name = other;
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
    if (wanted.differs()) {
      const std::vector<float> values = wanted.from_file(wanted.data());
      std::copy(values.begin(), values.end(), wanted.data());
    }
    if (last && filled) filled(*wanted.parameter);
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
  std::deque<std::vector<float>> made;
  for (const FileTensor& t : tensors) {
    const float* own = t.parameter->tensor.data();
    const float* from = weights ? weights + (own - store.weights()) : own;
    from += t.first_float();
    if (t.differs()) from = made.emplace_back(t.to_file(from)).data();
    list.push_back({t.name, "F32", t.shape, from, static_cast<size_t>(t.size()) * sizeof(float)});
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  write_safetensors(path, list);
}

}  // namespace gamana
