#include "gamana/jobs/encoder_job.h"

namespace gamana {

LoadedEncoder EncoderJob::load(const std::string& directory, const Json& config, uint64_t seed) const {
  if (!directory.empty()) return load_encoder(directory, task(), seed, &config);
  LoadedEncoder made{std::make_unique<EncoderModel>(config, task()), {}, {}};
  made.model->parameters().initialise(seed);
  return made;
}

}  // namespace gamana
