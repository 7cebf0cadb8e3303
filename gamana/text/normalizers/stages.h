#pragma once
// The types of normalisers, each made of its part of a tokenizer.json (whose object was looked at before). All throw Error
// naming `where`, the key, what was expected and found.
#include "gamana/text/normalizers/normalizer.h"

namespace gamana {

std::unique_ptr<Normalizer> make_bert_normalizer(const Json& json, const std::string& where);
std::unique_ptr<Normalizer> make_precompiled(const Json& json, const std::string& where);
std::unique_ptr<Normalizer> make_replace(const Json& json, const std::string& where);
std::unique_ptr<Normalizer> make_strip(const Json& json, const std::string& where);
std::unique_ptr<Normalizer> make_prepend(const Json& json, const std::string& where);
std::unique_ptr<Normalizer> make_strip_accents();
std::unique_ptr<Normalizer> make_nmt();
std::unique_ptr<Normalizer> make_lowercase();
std::unique_ptr<Normalizer> make_byte_level();

// What several of them do.
void lower_case(AlignedText& text);

// json[key] of the type that it has to be of.
bool bool_at(const Json& json, const char* key, const std::string& where);
const std::string& string_at(const Json& json, const char* key, const std::string& where);

}  // namespace gamana
