#pragma once
// One function per command: adds it to the program with its options, help and what it does.
#include <CLI/CLI.hpp>

namespace gamana {

void add_train_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);  // and score
void add_evaluate_classify_command(CLI::App& evaluate);
void add_classify_command(CLI::App& app);
void add_embed_commands(CLI::App& app);  // and similarity
void add_tag_command(CLI::App& app);
void add_evaluate_tag_command(CLI::App& evaluate);
void add_answer_command(CLI::App& app);
void add_evaluate_qa_command(CLI::App& evaluate);
void add_choose_command(CLI::App& app);
void add_evaluate_choice_command(CLI::App& evaluate);
void add_fill_mask_command(CLI::App& app);
void add_evaluate_mlm_command(CLI::App& evaluate);
void add_generate_command(CLI::App& app);
void add_chat_command(CLI::App& app);
void add_perplexity_command(CLI::App& app);
void add_inspect_command(CLI::App& app);
void add_view_command(CLI::App& app);
void add_view_attention_command(CLI::App& view);
void add_view_embeddings_command(CLI::App& view);
void add_view_next_command(CLI::App& view);
void add_translate_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_bench_ops_command(CLI::App& bench);
void add_bench_encoder_commands(CLI::App& bench);
void add_bench_generate_command(CLI::App& bench);
void add_merge_command(CLI::App& app);
void add_metric_command(CLI::App& app);
void add_vocab_command(CLI::App& app);
void add_tokenize_command(CLI::App& app);   // and detokenize
void add_tokenizer_command(CLI::App& app);  // of the parts below
void add_tokenizer_train_command(CLI::App& tokenizer);
void add_tokenizer_show_command(CLI::App& tokenizer);
void add_tokenizer_stats_command(CLI::App& tokenizer);
void add_bench_tokenize_command(CLI::App& bench);

}  // namespace gamana
