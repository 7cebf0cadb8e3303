#pragma once
// What the commands that learn from plain text, or score it, share.
#include <memory>
#include <string>
#include <vector>

#include "gamana/cli/text_job_settings.h"
#include "gamana/jobs/text_job.h"
#include "gamana/text/train/text_source.h"

namespace gamana {

// How files are read: lines, or by their names tables and JSON lines, of which `columns` are the text (none: "text", or
// the first column of a table without a header). Throws Error for files of several kinds.
TextFormat text_format(const std::vector<std::string>& files, const std::vector<std::string>& columns, bool header);

// A bar on the terminal for texts that become tokens.
std::function<void(int64_t done, int64_t total)> tokenizing_bar();

// The format of the training files of mlm and lm; to the latter, a file of no table is one text.
TextFormat plain_text_format(const TextJobSettings& settings);

// The job of `train mlm` or `train lm`, or of `train distil` with a teacher that guesses words. Tokens are kept in the run's directory, which is made. `config`: the model's.
std::unique_ptr<TextJob> make_pretraining_job(const TextJobSettings& settings, const TextEncoder& encoder,
                                              const Json& config);

}  // namespace gamana
