#pragma once
// What the families with a SentencePiece model have in common.
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "gamana/text/files/families.h"
#include "gamana/text/files/spm_model.h"

namespace gamana {

// The first of these files that is there. Throws Error naming them all if none is, and for a model that puts "▁" behind
// words, which no tokenizer.json can do.
SpmModel load_spm(const SideFiles& files, std::initializer_list<const char*> names);

// Whether a tokenizer.json can do what the model does: unigram or BPE, "▁" before words.
bool fits_tokenizer_json(const SpmModel& model);

Pieces pieces_of(const SpmModel& model);
Entries entries_of(const SpmModel& model);
int64_t index_of(const Pieces& pieces, const std::string& piece, int64_t otherwise);
// Control and user-defined pieces: SentencePiece never splits them. The former are special.
std::vector<AddedToken> symbols_of(const SpmModel& model);
bool has_user_defined(const SpmModel& model);

// The merges that lead to the pieces, which a BPE model does not hold: every split of a piece in two pieces. By id
// (`generate_merges` in transformers), or by score among normal pieces, which is what SentencePiece does. The views are
// of the model's pieces. Throws Error naming `where` for a piece of more than 1024 bytes.
Merges merges_by_id(const SpmModel& model, const std::string& where);
Merges merges_by_score(const SpmModel& model, const std::string& where);

// Normaliser and pre-tokenizer that follow the model's own settings, as SpmConverter.build_tokenizer_from_spm_proto
// does. `prefix_each`: text behind an added token begins with the dummy prefix as well.
void set_spm_steps(TokenizerSections& sections, const SpmModel& model, bool prefix_each);
Json spm_decoder(const SpmModel& model);

Json words_and_metaspace(const char* prepend_scheme);  // white space removed, then "▁" before each word

}  // namespace gamana
