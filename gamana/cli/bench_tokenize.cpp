// gamana bench tokenize.
#include <algorithm>

#include "gamana/base/clock.h"
#include "gamana/base/memory.h"
#include "gamana/base/parallel.h"
#include "gamana/cli/commands.h"
#include "gamana/cli/lines.h"
#include "gamana/cli/run.h"  // choose_threads
#include "gamana/cli/usage.h"
#include "gamana/text/tokenizer.h"

namespace gamana {
namespace {

struct BenchArguments {
  std::string model, file;
  int threads = 0;
  double seconds = 6;
  bool json = false;
};

struct TokenizeWork {
  std::vector<std::string> lines;
  std::vector<size_t> borders;  // of chunks
  double bytes = 0;
};

TokenizeWork read_work(const std::string& file) {
  TokenizeWork work;
  LineBlocks blocks(file);
  for (auto lines = blocks.next(); !lines.empty(); lines = blocks.next()) {
    check_each(blocks, lines, 0, lines.size(), [&](std::string_view line) {
      work.lines.emplace_back(line);
      work.bytes += static_cast<double>(line.size()) + 1;  // with its end
    });
  }
  if (work.lines.empty()) fail("{}: expected lines of text, found none", blocks.name());
  const std::vector<std::string_view> views(work.lines.begin(), work.lines.end());
  work.borders = chunk_borders(views);
  return work;
}

// Median of the seconds that body(chunk) takes for all chunks, over rounds of about `seconds` together, after one to warm up.
template <class Body>
double median_seconds(const TokenizeWork& work, double seconds, const Body& body) {
  const auto round = [&] {
    const double begin = now();
    run_all(work.borders.size() - 1, body);
    return now() - begin;
  };
  round();
  std::vector<double> rounds;
  for (const double end = now() + seconds; rounds.size() < 3 || now() < end;) rounds.push_back(round());
  std::nth_element(rounds.begin(), rounds.begin() + rounds.size() / 2, rounds.end());
  return rounds[rounds.size() / 2];
}

void bench_tokenize(const BenchArguments& a) {
  choose_threads(a.threads);
  const double begin = now();
  const Tokenizer tokenizer = Tokenizer::load(a.model);
  const double loaded = now() - begin;
  const TokenizeWork work = read_work(a.file);
  std::vector<std::vector<int32_t>> ids(work.lines.size());
  const auto for_lines = [&](const auto& body) {
    return [&work, body](size_t chunk) {
      for (size_t i = work.borders[chunk]; i < work.borders[chunk + 1]; ++i) body(i);
    };
  };
  EncodeOptions options;
  options.unit = OffsetUnit::code_points, options.truncate = false;
  const double full = median_seconds(work, a.seconds / 3, for_lines([&](size_t i) {
    ids[i] = tokenizer.encode(work.lines[i], options).ids;
  }));
  const double ids_alone = median_seconds(work, a.seconds / 3, for_lines([&](size_t i) {
    ids[i].clear();
    tokenizer.encode_ids(work.lines[i], true, ids[i]);
  }));
  std::vector<size_t> decoded(work.lines.size());
  const double decode = median_seconds(work, a.seconds / 3, for_lines([&](size_t i) {
    decoded[i] = tokenizer.decode(ids[i]).size() + 1;
  }));
  double tokens = 0, decoded_bytes = 0;
  for (const auto& line : ids) tokens += static_cast<double>(line.size());
  for (const size_t bytes : decoded) decoded_bytes += static_cast<double>(bytes);
  const Json report = {{"megabytes_per_second", work.bytes / full / 1e6},
                       {"ids_megabytes_per_second", work.bytes / ids_alone / 1e6},
                       {"decode_megabytes_per_second", decoded_bytes / decode / 1e6},
                       {"tokens_per_second", tokens / full},
                       {"load_seconds", loaded},
                       {"peak_memory_bytes", peak_memory()},
                       {"threads", threads()}};
  if (a.json) return fmt::print("{}\n", report.dump());
  fmt::print("encode {:.1f} MB/s ({:.0f} tokens/s), ids alone {:.1f} MB/s, decode {:.1f} MB/s; loaded in {:.2f} s, "
             "{} MiB at most, {} thread{}\n",
             work.bytes / full / 1e6, tokens / full, work.bytes / ids_alone / 1e6, decoded_bytes / decode / 1e6, loaded,
             peak_memory() >> 20, threads(), threads() == 1 ? "" : "s");
}

}  // namespace

void add_bench_tokenize_command(CLI::App& bench) {
  auto a = std::make_shared<BenchArguments>();
  CLI::App* command = bench.add_subcommand("tokenize", "Text encoded and decoded per second, read to memory before");
  command->add_option("-m,--model", a->model, "Folder of a model or tokenizer, or a tokenizer.json")
      ->required()
      ->type_name("DIR");
  command->add_option("file", a->file, "Text, a line each")->required()->type_name("FILE");
  command->add_option("--threads", a->threads, "0: all cores")->type_name("N");
  command->add_option("--seconds", a->seconds, "How long to measure")->capture_default_str()->check(above_zero());
  command->add_flag("--json", a->json, "One JSON object");
  command->footer("Example:\n  gamana bench tokenize -m gpt2 book.txt --threads 1");
  command->callback([a] { bench_tokenize(*a); });
}

}  // namespace gamana
