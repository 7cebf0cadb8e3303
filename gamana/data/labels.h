#pragma once
// The labels of a task and their ids.
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "gamana/base/json.h"

namespace gamana {

class Labels {
 public:
  // Those of a training file. Ids follow the order of the labels, as in run_glue.py: by value if all are numbers, else
  // by code point. Throws Error naming `path` if there is none.
  Labels(const std::set<std::string>& seen, const std::string& path);
  // The "id2label" of a config.json; without one, "num_labels" (2) labels LABEL_0, LABEL_1, … as transformers has it.
  // Throws Error for ids that are not 0, 1, … and for names that come twice.
  static Labels from_config(const Json& config, const std::string& where);
  // With the ids that config.json has, where its labels are these, so that a head that knows them goes on with them
  // (run_glue.py, run_ner.py); else as they are.
  Labels with_ids_of(const Json& config) const;

  // Where all names are LABEL_0, LABEL_1, …, the numbers 0, 1, … stand for them. Throws Error naming file, line and the
  // labels that are known.
  int32_t id(const std::string& label, const std::string& path, int64_t line) const;
  const std::string& name(int32_t id) const { return names_[static_cast<size_t>(id)]; }
  int32_t size() const { return static_cast<int32_t>(names_.size()); }

  Json id2label() const;  // {"0": "neg", "1": "pos"}
  Json label2id() const;  // {"neg": 0, "pos": 1}

 private:
  explicit Labels(std::vector<std::string> names);

  std::vector<std::string> names_;  // by id
  std::unordered_map<std::string, int32_t> ids_;
};

bool is_number(const std::string& label);  // and finite
// The label of a task whose answer is a number. Throws Error naming file and line for what is no finite number.
double label_number(const std::string& label, const std::string& path, int64_t line);

}  // namespace gamana
