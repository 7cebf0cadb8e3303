#include "gamana/text/files/families.h"

#include <algorithm>
#include <set>
#include <utility>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

using Tokens = std::array<const char*, kTokenRoles.size()>;

// clang-format off
// By role:                    bos        eos        unk        sep      pad        cls      mask
constexpr Tokens kBert =      {nullptr,   nullptr,   "[UNK]",   "[SEP]", "[PAD]",   "[CLS]", "[MASK]"};
constexpr Tokens kMpnet =     {"<s>",     "</s>",    "[UNK]",   "</s>",  "<pad>",   "<s>",   "<mask>"};
constexpr Tokens kFunnel =    {"<s>",     "</s>",    "<unk>",   "<sep>", "<pad>",   "<cls>", "<mask>"};
constexpr Tokens kRoberta =   {"<s>",     "</s>",    "<unk>",   "</s>",  "<pad>",   "<s>",   "<mask>"};
constexpr Tokens kDeberta =   {"[CLS]",   "[SEP]",   "[UNK]",   "[SEP]", "[PAD]",   "[CLS]", "[MASK]"};
constexpr Tokens kAlbert =    {"[CLS]",   "[SEP]",   "<unk>",   "[SEP]", "<pad>",   "[CLS]", "[MASK]"};
constexpr Tokens kBigBird =   {"<s>",     "</s>",    "<unk>",   "[SEP]", "<pad>",   "[CLS]", "[MASK]"};
constexpr Tokens kT5 =        {nullptr,   "</s>",    "<unk>",   nullptr, "<pad>",   nullptr, nullptr};
constexpr Tokens kPegasus =   {nullptr,   "</s>",    "<unk>",   nullptr, "<pad>",   nullptr, "<mask_2>"};
constexpr Tokens kMbart50 =   {nullptr,   "</s>",    "<unk>",   "</s>",  "<pad>",   "<s>",   "<mask>"};
constexpr Tokens kM2m100 =    {"<s>",     "</s>",    "<unk>",   "</s>",  "<pad>",   nullptr, nullptr};
constexpr Tokens kLlama =     {"<s>",     "</s>",    "<unk>",   nullptr, nullptr,   nullptr, nullptr};
constexpr Tokens kGemma =     {"<bos>",   "<eos>",   "<unk>",   nullptr, "<pad>",   nullptr, "<mask>"};
constexpr const char* kEndOfText = "<|endoftext|>";
constexpr Tokens kGpt2 =    {kEndOfText, kEndOfText, kEndOfText, nullptr, nullptr,       nullptr, nullptr};
constexpr Tokens kGptNeox = {kEndOfText, kEndOfText, kEndOfText, nullptr, "<|padding|>", nullptr, nullptr};
constexpr Tokens kQwen2 =   {nullptr,    kEndOfText, kEndOfText, nullptr, kEndOfText,    nullptr, nullptr};
constexpr Tokens kClip =    {"<|startoftext|>", kEndOfText, kEndOfText, nullptr, kEndOfText, nullptr, nullptr};
// clang-format on

constexpr bool kStrips = true, kNormalized = true, kSlow = true;
constexpr Side kLeft = Side::left;

constexpr TokenizerFamily kFamilies[] = {
    {"BertTokenizer", convert_bert, kBert},
    {"DistilBertTokenizer", convert_bert, kBert},
    {"ElectraTokenizer", convert_bert, kBert},
    {"MobileBertTokenizer", convert_bert, kBert},
    {"ConvBertTokenizer", convert_bert, kBert},
    {"SqueezeBertTokenizer", convert_bert, kBert},
    {"LayoutLMTokenizer", convert_bert, kBert},
    {"LxmertTokenizer", convert_bert, kBert},
    {"DPRQuestionEncoderTokenizer", convert_bert, kBert},
    {"DPRContextEncoderTokenizer", convert_bert, kBert},
    {"MPNetTokenizer", convert_mpnet, kMpnet, kStrips},
    {"FunnelTokenizer", convert_funnel, kFunnel},
    {"GPT2Tokenizer", convert_gpt2, kGpt2},
    {"GPTNeoXTokenizer", convert_gpt_neox, kGptNeox},
    {"RobertaTokenizer", convert_roberta, kRoberta},
    {"BartTokenizer", convert_roberta, kRoberta},
    {"LongformerTokenizer", convert_roberta, kRoberta},
    {"LEDTokenizer", convert_roberta, kRoberta},
    {"MvpTokenizer", convert_roberta, kRoberta},
    {"BlenderbotTokenizer", convert_blenderbot, kRoberta, kStrips},
    {"DebertaTokenizer", convert_deberta, kDeberta},
    {"Qwen2Tokenizer", convert_qwen2, kQwen2},
    {"CLIPTokenizer", convert_clip, kClip},
    {"AlbertTokenizer", convert_albert, kAlbert},
    {"XLNetTokenizer", convert_xlnet, kFunnel, kStrips, !kNormalized, kLeft},
    {"BigBirdTokenizer", convert_big_bird, kBigBird, kStrips},
    {"DebertaV2Tokenizer", convert_deberta_v2, kDeberta},
    {"T5Tokenizer", convert_t5, kT5},
    {"MT5Tokenizer", convert_t5, kT5},
    {"PegasusTokenizer", convert_pegasus, kPegasus},
    {"XLMRobertaTokenizer", convert_xlm_roberta, kRoberta},
    {"CamembertTokenizer", convert_camembert, kRoberta, kStrips},
    {"MBartTokenizer", convert_mbart, kRoberta, kStrips},
    {"MBart50Tokenizer", convert_mbart50, kMbart50, kStrips},
    {"NllbTokenizer", convert_nllb, kRoberta, kStrips, kNormalized},
    {"M2M100Tokenizer", convert_m2m100, kM2m100, !kStrips, !kNormalized, Side::right, kSlow},
    {"LlamaTokenizer", convert_llama, kLlama, !kStrips, !kNormalized, kLeft},
    {"GemmaTokenizer", convert_gemma, kGemma, !kStrips, !kNormalized, kLeft},
    {"MarianTokenizer", convert_marian, kT5, !kStrips, !kNormalized, Side::right, kSlow},
};

// tokenization_auto.py
constexpr std::pair<std::string_view, std::string_view> kModelTypes[] = {
    {"bert", "BertTokenizer"},
    {"distilbert", "DistilBertTokenizer"},
    {"electra", "ElectraTokenizer"},
    {"mobilebert", "MobileBertTokenizer"},
    {"convbert", "ConvBertTokenizer"},
    {"squeezebert", "SqueezeBertTokenizer"},
    {"layoutlm", "LayoutLMTokenizer"},
    {"lxmert", "LxmertTokenizer"},
    {"megatron-bert", "BertTokenizer"},
    {"nomic_bert", "BertTokenizer"},
    {"visual_bert", "BertTokenizer"},
    {"dpr", "DPRQuestionEncoderTokenizer"},
    {"mpnet", "MPNetTokenizer"},
    {"funnel", "FunnelTokenizer"},
    {"gpt2", "GPT2Tokenizer"},
    {"gpt_neo", "GPT2Tokenizer"},
    {"gptj", "GPT2Tokenizer"},
    {"codegen", "GPT2Tokenizer"},
    {"opt", "GPT2Tokenizer"},
    {"phi", "GPT2Tokenizer"},
    {"gpt_neox", "GPTNeoXTokenizer"},
    {"roberta", "RobertaTokenizer"},
    {"bart", "BartTokenizer"},
    {"longformer", "LongformerTokenizer"},
    {"led", "LEDTokenizer"},
    {"mvp", "MvpTokenizer"},
    {"blenderbot", "BlenderbotTokenizer"},
    {"deberta", "DebertaTokenizer"},
    {"qwen2", "Qwen2Tokenizer"},
    {"qwen2_moe", "Qwen2Tokenizer"},
    {"qwen3", "Qwen2Tokenizer"},
    {"clip", "CLIPTokenizer"},
    {"albert", "AlbertTokenizer"},
    {"xlnet", "XLNetTokenizer"},
    {"big_bird", "BigBirdTokenizer"},
    {"deberta-v2", "DebertaV2Tokenizer"},
    {"t5", "T5Tokenizer"},
    {"mt5", "T5Tokenizer"},
    {"switch_transformers", "T5Tokenizer"},
    {"pegasus", "PegasusTokenizer"},
    {"bigbird_pegasus", "PegasusTokenizer"},
    {"pegasus_x", "PegasusTokenizer"},
    {"xlm-roberta", "XLMRobertaTokenizer"},
    {"camembert", "CamembertTokenizer"},
    {"mbart", "MBartTokenizer"},
    {"mbart50", "MBart50Tokenizer"},
    {"nllb", "NllbTokenizer"},
    {"nllb-moe", "NllbTokenizer"},
    {"m2m_100", "M2M100Tokenizer"},
    {"llama", "LlamaTokenizer"},
    {"mistral", "LlamaTokenizer"},
    {"mixtral", "LlamaTokenizer"},
    {"gemma", "GemmaTokenizer"},
    {"gemma2", "GemmaTokenizer"},
    {"gemma3_text", "GemmaTokenizer"},
    {"marian", "MarianTokenizer"},
};

}  // namespace

const TokenizerFamily* find_family(std::string_view tokenizer_class) {
  const auto it = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                               [&](const TokenizerFamily& family) { return family.name == tokenizer_class; });
  return it == std::end(kFamilies) ? nullptr : it;
}

std::string_view tokenizer_class_of(std::string_view model_type) {
  for (const auto& [type, name] : kModelTypes)
    if (type == model_type) return name;
  return "";
}

std::string family_names() {
  std::string out;
  for (const TokenizerFamily& family : kFamilies) (out += out.empty() ? "" : ", ") += family.name;
  return out;
}

std::string SideFiles::path(const char* name) const { return join_path(folder, name); }

bool SideFiles::has(const char* name) const { return file_exists(path(name)); }

bool SideFiles::flag(const char* key, bool fallback) const { return get_or(settings.json, key, fallback, config()); }

int64_t SideFiles::number(const char* key, int64_t fallback) const {
  const int64_t value = get_or(settings.json, key, fallback, config());
  if (value < 0 || value > 1 << 20) fail("{}: expected 0 to {} as \"{}\", found {}", config(), 1 << 20, key, value);
  return value;
}

std::string SideFiles::option(const char* key, const std::string& fallback) const {
  return get_or(settings.json, key, fallback, config());
}

Json SideFiles::flag_or_null(const char* key) const {
  const bool given = settings.json.contains(key) && !settings.json[key].is_null();
  return given ? Json(flag(key, false)) : Json(nullptr);
}

std::string SideFiles::need(TokenRole role) const {
  if (!settings.token(role))
    fail("{}: expected a token as \"{}\", found null", config(), kTokenRoles[static_cast<size_t>(role)]);
  return settings.token(role)->content;
}

std::vector<AddedToken> tokens_to_add(const TokenizerSettings& settings, std::span<const AddedToken> more) {
  std::vector<AddedToken> out = settings.added;
  std::set<std::string> known;
  std::set<std::string> roles;
  for (const auto& token : settings.tokens)
    if (token) roles.insert(token->content);
  for (const AddedToken& token : out) known.insert(token.content);
  const auto add = [&](const AddedToken& token) {
    if (!known.contains(token.content)) out.push_back(token);
  };
  for (const auto& token : settings.tokens)
    if (token) add(*token);
  for (const auto& [_, token] : settings.own_tokens) add(token);
  for (const AddedToken& token : settings.additional) add(token);
  if (settings.additional.empty())
    for (const AddedToken& token : more) add(token);
  for (AddedToken& token : out) token.special |= roles.contains(token.content);
  return out;
}

std::vector<AddedToken> tokens_missing(const TokenizerSettings& settings, std::span<const AddedToken> listed) {
  const TokenizerFamily* family = find_family(settings.tokenizer_class);
  if (family && family->is_slow) return {};
  const bool has_flags = settings.json.contains("added_tokens_decoder");  // else ids alone are known of added_tokens.json
  const auto is_listed = [&](const AddedToken& token, bool with_flags) {
    return std::any_of(listed.begin(), listed.end(), [&](AddedToken other) {
      other.id = token.id;
      return with_flags ? other == token : other.content == token.content;
    });
  };
  TokenizerSettings left = settings;
  std::erase_if(left.added, [&](const AddedToken& token) { return is_listed(token, has_flags); });
  std::vector<AddedToken> out = tokens_to_add(left);
  const auto named = std::remove_if(out.begin() + static_cast<ptrdiff_t>(left.added.size()), out.end(),
                                    [&](const AddedToken& token) { return is_listed(token, false); });
  out.erase(named, out.end());
  return out;
}

Json begin_end_template(const SideFiles& files, const TokenizerSections& sections) {
  const std::string begin = files.settings.text(TokenRole::begin), end = files.settings.text(TokenRole::end);
  const bool add_begin = files.flag("add_bos_token", false) && !begin.empty();
  const bool add_end = files.flag("add_eos_token", false) && !end.empty();
  std::vector<std::string> single, pair;
  for (const char* type : {":0", ":1"}) {
    if (add_begin) pair.push_back(begin + type);
    pair.push_back((*(type + 1) == '0' ? "$A" : "$B") + std::string(type));
    if (add_end) pair.push_back(end + type);
    if (single.empty()) single = pair;
  }
  return template_processing(sections, single, pair, files.config());
}

}  // namespace gamana
