#pragma once
// What the post-processors share. Included by their sources alone.
#include <memory>
#include <string>
#include <vector>

#include "gamana/text/post/fields.h"
#include "gamana/text/post/post_processor.h"

namespace gamana {

// Tokens that were added: no place in the text, marked as special. `tokens` are what the first ids show.
Encoding special_tokens(const std::vector<int32_t>& ids, const std::vector<std::string>& tokens, int32_t type_id,
                        const TokenNames& names);

std::unique_ptr<PostProcessor> make_template_processing(const Fields& fields);

}  // namespace gamana
