#include "gamana/jobs/text_job.h"

namespace gamana {

LoadedModel TextJob::load(const std::string& directory, const Json& config, uint64_t seed) const {
  if (!directory.empty()) return load_text_model(directory, task(), seed, &config);
  LoadedModel made{std::make_unique<TextModel>(config, task()), {}, {}};
  made.model->parameters().initialise(seed);
  return made;
}

}  // namespace gamana
