#include "gamana/cli/text_job_settings.h"

#include <algorithm>
#include <map>

#include "gamana/base/check.h"
#include "gamana/jobs/distil_words.h"

namespace gamana {
namespace {

constexpr const char *kRows = "train classify, regress, embed, distil", *kTexts = "train classify, regress, embed, distil, mlm, lm";
constexpr const char *kLabels = "train classify, regress, distil", *kQuestions = "train qa", *kPretraining = "train mlm", *kHidden = "train mlm, distil";

// What a job says otherwise than the others do, by the key of an option. Without words: what it refuses (check_settings says
// why), which its help does not show.
using Words = std::map<std::string, const char*>;
const std::map<std::string, Words> kWords = {
    {"regress", {{"label-column", "Column of the number: its name, or its number from 1; default: label, labels"},
                 {"metric", "What decides which model is kept: pearson (default), spearman, mse, loss"}}},
    {"embed", {{"text-column", "Columns of the texts that belong together, the option once for each; default: sentence1 and sentence2, or all but the label"},
               {"label-column", "Column of the score or label; default: score, scores, label, labels"},
               {"metric", "What decides which model is kept: loss, or what the validation file is scored by (default)"}}},
    {"tag", {{"metric", "What decides which model is kept: f1 (default), precision, recall, accuracy, loss"}}},
    {"qa", {{"max-length", "Tokens of a window, in which question and context are read; 0: 384, or what the model reads"},
            {"metric", "What decides which model is kept: f1 (default), exact_match, loss"}}},
    {"choice", {{"metric", "What decides which model is kept: accuracy (default), loss"}}},
    {"mlm", {{"text-column", "Column of a table (several are joined by a space) or key of JSON lines with the text; default: text"},
             {"metric", "What decides which model is kept: loss (default), perplexity, accuracy"}}},
    {"distil", {{"preset", nullptr}, {"vocab-size", nullptr}, {"tokenizer", nullptr}, {"cased", nullptr},
                {"metric", "What decides which model is kept: accuracy (default) or, for guessed words, loss; or another that validation prints"}}},
    {"lm", {{"model", "Directory of a language model to begin from"},
            {"preset", "Or a new one of this size, from scratch: gpt-nano, gpt-baby, gpt2, gpt2-medium, gpt3-small…"},
            {"tokenizer", "From scratch: char (all characters of the text, the default), byte, train:N (byte-level BPE of N tokens "
                          "from the text), or a directory's"},
            {"train", "Plain text, each file a document, or a document a row of .csv, .tsv, .jsonl; gzipped or not; several files"},
            {"valid", "Text to validate on; default: the last tenth of the other"},
            {"text-column", "Column of a table (several are joined by a space) or key of JSON lines with the text; default: text"},
            {"context", "Tokens of a block; from scratch the most that the model will read; 0: what it reads"},
            {"batch-size", "Blocks of a batch"},
            {"epochs", "Passes over the text; 0: as --max-steps says, or 3"},
            {"learning-rate", "At its peak; 0: 1e-4, from scratch by the model's size (Kaplan et al. 2020, D.1)"},
            {"metric", "What decides which model is kept: loss (default), perplexity, bits_per_byte, accuracy"},
            {"freeze-backbone", nullptr}}}};

void reword(OptionList& list, const std::string& job) {
  if (job == "lm") {
    std::erase_if(list, [](const Option& o) { return o.key() == "vocab-size" || o.key() == "cased"; });
    std::find_if(list.begin(), list.end(), [](const Option& o) { return o.key() == "max-length"; })->name = "--context";
  }
  const auto words = kWords.find(job);
  if (words == kWords.end()) return;
  for (Option& o : list) {
    const auto other = words->second.find(o.key());
    if (other == words->second.end()) continue;
    if (other->second) o.help = other->second;
    else o.group = "";
  }
}

}  // namespace

// Of lm: nanoGPT's (Karpathy 2022), whose networks are as small.
TextJobSettings TextJobSettings::of(const std::string& job) {
  TextJobSettings s;
  s.job = job;
  if (job != "lm") return s;
  s.epochs = 0, s.batch_size = 12, s.schedule = "cosine", s.warmup_ratio = 0.05, s.min_lr_rate = 0.1;
  s.beta2 = 0.99, s.weight_decay = 0.1;
  return s;
}

OptionList TextJobSettings::options() {
  Option from = {"-m,--model", &model, "Directory of an encoder to begin from", "Model"};
  if (job == "distil") from.name = "--teacher", from.help = "Directory of the classifier to learn from, or of an encoder that guesses words";
  Option texts = {"--train-file,--train", &train, "Texts to learn from: .csv, .tsv or .jsonl, gzipped or not", "Data"};
  const bool plain = job == "mlm" || job == "lm";
  if (plain) texts.value = &train_files, texts.help = "Plain text, a sentence or paragraph a line, or .csv, .tsv, .jsonl, gzipped or not; several files";
  if (job == "distil") texts.value = &train_files, texts.help = "Labelled texts: .csv, .tsv or .jsonl; for a teacher that guesses words plain text, as of train mlm";
  OptionList list = {
      from,
      {"--preset", &preset, "Or a new one of this size, from scratch: bert-tiny, -mini, -small, -medium, -base…", "Model"},
      {"--vocab-size", &vocab_size, "From scratch: entries of the vocabulary, made from the training text", "Model", {}, 8},
      {"--tokenizer", &tokenizer, "From scratch: the tokenizer of this directory, in place of a new vocabulary", "Model"},
      {"--cased", &cased, "From scratch: case is kept", "Model"},
      texts,
      {"--validation-file,--valid", &valid, plain ? "Texts to validate on; default: a twentieth of the others" : "Texts to validate on", "Data"},
      {"--output-dir,--out", &out, "Directory of the run: the model, its log, its checkpoint", "Data"},
      {"--label-column", &label_column, "Column of the label: its name, or its number from 1; default: label, labels", kRows},
      {"--text-column", &text_columns, "Column of the text: its name, or its number from 1; several are joined by a space; default: sentence1, text, sentence…", kTexts},
      {"--pair-column", &pair_columns, "Column of the second text of a pair; default: sentence2…", kLabels},
      {"--no-header", &no_header, "The first record of a table is data", kTexts},
      {"--label-separator", &label_separator, "A text may have several labels, in one column with this character between", kLabels},
      {"--max-length", &max_length, "Tokens of an input; longer ones are cut (and counted); 0: what the model reads", "Data"},
      {"--class-weights", &class_weights, "What a text counts by its label: balanced, or numbers with commas between", kLabels},
      {"--label-all-tokens", &label_all_tokens, "All tokens of a word have its tag, not its first one alone", "train tag"},
      {"--doc-stride", &doc_stride, "Tokens that windows of a long context share", kQuestions},
      {"--version-2-with-negative", &answers.may_have_none, "Questions may have no answer", kQuestions},
      {"--null-score-diff-threshold", &answers.null_threshold, "No answer where its score is so much above the best one's", kQuestions, {}, -1e9},
      {"--n-best-size", &answers.n_best, "First and last tokens that are tried", kQuestions, {}, 1, 4097},
      {"--max-answer-length", &answers.max_tokens, "Of an answer, in tokens", kQuestions, {}, 1},
      {"--objective", &objective, "Hidden words, with next sentence or sentence order, or replaced words", kPretraining, {"mlm", "mlm+nsp", "mlm+sop", "electra"}},
      {"--line-by-line", &line_by_line, "A line is an example; default: all text in blocks of --max-length", kHidden},
      {"--whole-word", &whole_word, "All tokens of a word are hidden together", kHidden},
      {"--mlm-probability", &mlm_probability, "Share of the tokens that are hidden", kHidden, {}, 0, 1},
      {"--generator-size", &generator_size, "Of electra: width of the generator beside the discriminator's", kPretraining, {}, 0, 1.01},
      {"--sample-every", &sample_every, "Steps between texts that the model writes while it learns; 0: none", "train lm"},
      {"--sample-prompt", &sample_prompt, "What they begin with", "train lm"},
      {"--loss", &loss, "Default: softmax for pairs with words as labels, cosine with numbers, else multiple_negatives; one of", "train embed", {"multiple_negatives", "cosine", "triplet", "softmax"}},
      {"--similarity-scale", &similarity_scale, "Of cosines before the softmax of multiple_negatives", "train embed"},
      {"--margin", &margin, "Of triplet: by how much the negative should be further away", "train embed"},
      {"--concatenation", &concatenation, "What the classifier of softmax reads of u and v: some of rep (u, v), difference (|u - v|), multiplication (u * v)", "train embed"},
      {"--student", &student, "half: every other layer of the teacher; or its layers, as 0,2,5; a directory; a preset", "train distil"},
      {"--temperature", &temperature, "Of the teacher's and the student's answers where they are compared", "train distil", {}, 0.01},
      {"--alpha-ce", &alpha_ce, "What the teacher's answers count", "train distil", {}, 0},
      {"--alpha-task", &alpha_task, "What the labels, or hidden words, count", "train distil", {}, 0},
      {"--alpha-cos", &alpha_cos, "What the teacher's last hidden states count; 0: any width will do", "train distil", {}, 0},
      {"--num-train-epochs,--epochs", &epochs, "Passes over the data; fractions are fine", "Training"},
      {"--max-steps", &max_steps, "Updates; 0: as many as --epochs takes", "Training"},
      {"--batch-size", &batch_size, "Texts of a batch", "Training", {}, 1},
      {"--gradient-accumulation-steps", &accumulation, "Batches for one update", "Training", {}, 1},
      {"--optimizer", &optimizer, "What makes updates of gradients", "Training", {"adamw", "adam", "sgd", "adadelta"}},
      {"--learning-rate", &learning_rate, "At its peak; 0: 1e-4, from scratch 5e-4", "Training"},
      {"--schedule", &schedule, "Of the learning rate", "Training", {"constant", "linear", "cosine", "inverse_sqrt", "plateau"}},
      {"--warmup-ratio", &warmup_ratio, "Share of the steps until the peak", "Training", {}, 0, 1},
      {"--min-lr-rate", &min_lr_rate, "Share of the peak that linear and cosine end at", "Training", {}, 0, 1},
      {"--adam-beta1", &beta1, "Decay of the mean of gradients", "Training", {}, 0, 1},
      {"--adam-beta2", &beta2, "Decay of the mean of squared gradients", "Training", {}, 0, 1},
      {"--adam-epsilon", &epsilon, "Added to what gradients are divided by", "Training"},
      {"--weight-decay", &weight_decay, "Of matrices; vectors such as biases do not decay", "Training"},
      {"--max-grad-norm", &max_grad_norm, "Gradients are scaled down to this norm; 0: never", "Training"},
      {"--freeze-layers", &freeze_layers, "The embeddings and this many layers stay as they are; 0: all learn", "Training"},
      {"--freeze-backbone", &freeze_backbone, "Only the head learns", "Training"},
      {"--layer-decay", &layer_decay, "A layer learns at this share of the rate of the one above it", "Training", {}, 0.01, 1.01},
      {"--lora-rank", &lora_rank, "Only low-rank matrices beside the weights learn, and the head; 0: the weights do", "Training", {}, 1},
      {"--lora-alpha", &lora_alpha, "The product counts alpha / rank times; 0: twice the rank", "Training"},
      {"--lora-dropout", &lora_dropout, "Dropout of what the low-rank matrices read", "Training", {}, 0, 1},
      {"--lora-targets", &lora_targets, "Names of modules with commas between; default: query,value, or what the family calls them", "Training"},
      {"--merge", &merge, "With --lora-rank: a plain model is saved, not an adapter", "Training"},
      {"--ema", &ema, "Decay of the moving average of the weights, which then are validated and kept; 0: none", "Training", {}, 0, 1},
      {"--eval-steps", &eval_steps, "Steps between validations; 0: one after each epoch", "Training"},
      {"--save-steps", &save_steps, "Steps between checkpoints; 0: one after each validation", "Training"},
      {"--early-stopping", &early_stopping, "Validations without improvement until training stops; 0: never", "Training"},
      {"--metric-for-best-model,--metric", &metric, "What decides which model is kept: accuracy (default), f1, precision, recall, matthews_correlation, loss", "Training"},
      {"--recompute", &recompute, "Compute activations again in backward: less memory, a third more time", "Training"},
      {"--precision", &precision, "Of matrix products; bf16x3: nearly f32, faster with AMX", "Machine", {"f32", "bf16", "bf16x3"}},
      {"--threads", &threads, "0: all cores", "Machine", {}, 0, 1025},
      {"--seed", &seed, "The same seed gives the same weights, bit for bit", "Machine"},
      {"--max-memory", &max_memory, "MiB; batches that need more are split, an example that needs more is refused", "Machine"},
  };
  reword(list, job);
  return list;
}

bool TextJobSettings::reads_plain_text() const {
  return job == "mlm" || job == "lm" || (job == "distil" && !model.empty() && guesses_words(model));
}

TableColumns TextJobSettings::columns() const {
  TableColumns c{.text = text_columns, .pair = pair_columns, .label = label_column, .header = !no_header};
  if (!label_separator.empty()) c.label_separator = label_separator[0];
  return c;
}

TextGroupColumns TextJobSettings::group_columns() const {
  return {.texts = text_columns, .label = label_column, .header = !no_header};
}

bool belongs_to(const Option& option, const std::string& job) {
  if (!option.group.starts_with("train ")) return true;
  const std::string jobs = option.group.substr(5) + ",";  // " a, b,"
  return jobs.find(" " + job + ",") != std::string::npos;
}

// Options of distil that its teacher does not want.
static void check_distil(const TextJobSettings& s) {
  if (s.model.empty() || !s.preset.empty())
    throw Error(s.model.empty() ? "--teacher is needed" : "--preset: expected a student by --student", "see `gamana train distil --help`");
  const bool words = s.reads_plain_text();
  const std::vector<const char*> others = words ? std::vector{"--label-column", "--pair-column", "--label-separator", "--class-weights"}
                                                : std::vector{"--line-by-line", "--whole-word", "--mlm-probability"};
  for (const char* name : others)
    if (s.given.contains(name))
      throw Error(fmt::format("{}: the teacher {} {}", name, s.model, words ? "guesses words and knows no labels" : "tells labels and guesses no words"),
                  "leave it out");
  if (!words && s.train_files.size() > 1)
    fail("--train: the teacher {} tells labels: expected one file of labelled texts, found {}", s.model, s.train_files.size());
}

// Options that another one, or its lack, leaves without a meaning.
static void check_meanings(const TextJobSettings& s) {
  const bool fresh = !s.preset.empty(), low_rank = s.lora_rank > 0;
  check_meanings(s.given, {{"--vocab-size", fresh && s.tokenizer.empty(), "a new vocabulary: --preset without --tokenizer"},
                           {"--cased", fresh && s.tokenizer.empty(), "a new vocabulary: --preset without --tokenizer"},
                           {"--tokenizer", fresh, "a new model: --preset"},
                           {"--sample-prompt", s.sample_every > 0, "--sample-every"},
                           {"--generator-size", s.objective == "electra", "--objective electra"},
                           {"--line-by-line", !s.objective.starts_with("mlm+"), "--objective mlm or electra"},
                           {"--margin", s.loss == "triplet", "--loss triplet"},
                           {"--similarity-scale", s.loss.empty() || s.loss == "multiple_negatives", "--loss multiple_negatives"},
                           {"--concatenation", s.loss.empty() || s.loss == "softmax", "--loss softmax"},
                           {"--freeze-layers", s.freeze_layers == 0 || !s.freeze_backbone, "layers that learn, and --freeze-backbone keeps all"},
                           {"--layer-decay", !s.freeze_backbone, "layers that learn, and --freeze-backbone keeps all"},
                           {"--null-score-diff-threshold", s.answers.may_have_none, "--version-2-with-negative"},
                           {"--temperature", s.alpha_ce > 0, "--alpha-ce above 0"},
                           {"--lora-alpha", low_rank, "--lora-rank"},
                           {"--lora-dropout", low_rank, "--lora-rank"},
                           {"--lora-targets", low_rank, "--lora-rank"},
                           {"--merge", low_rank, "--lora-rank"}});
  check_meanings(s.given, training_meanings(s.optimizer, s.schedule));
}

void check_settings(TextJobSettings s) {
  TextJobSettings defaults = TextJobSettings::of(s.job);
  const OptionList options = s.options();
  for (const Option& option : options)
    if (!belongs_to(option, s.job) && is_given(option, s.given))
      throw Error(fmt::format("{} belongs to `gamana {}`, found `gamana train {}`", option.flag(), option.group, s.job), "leave it out");
  check_options(options, defaults.options());
  check_meanings(s);
  if (s.job == "distil") check_distil(s);
  const bool plain = s.reads_plain_text();
  for (const auto& [missing, name] : {std::pair{s.train_files.empty() && s.train.empty(), "--train"},
                                      {!plain && s.valid.empty(), "--valid"}, {s.out.empty(), "--out"}})
    if (missing) throw Error(fmt::format("{} is needed", name), fmt::format("see `gamana train {} --help`", s.job));
  if (s.model.empty() == s.preset.empty())
    throw Error("expected a model to begin from (-m DIR) or a new one (--preset NAME), " + std::string(s.model.empty() ? "found neither" : "found both"),
                fmt::format("see `gamana train {} --help`", s.job));
  if (s.label_separator.size() > 1) fail("--label-separator: expected one character, found \"{}\"", s.label_separator);
  if (s.job == "embed" && s.max_memory > 0 && (s.loss.empty() || s.loss == "multiple_negatives"))
    throw Error("--max-memory would split batches, and multiple_negatives compares all texts of a batch",
                "give a smaller --batch-size, or name another --loss");
  if (s.lora_rank > 0 && (!s.preset.empty() || s.freeze_layers > 0 || s.freeze_backbone))
    throw Error("--lora-rank freezes a trained model (-m) as a whole", "leave out --preset, --freeze-layers, --freeze-backbone");
  if (s.max_steps <= 0 && s.epochs <= 0 && s.job != "lm") throw Error("how long to train is not said", "give --epochs or --max-steps");
}

}  // namespace gamana
