// The commands of tokenizers, with vocabularies trained here on a part of the built-in corpus.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "program.h"

namespace gamana {
namespace {

// One tokenizer of each type, made when it is first asked for.
std::string tokenizer(const std::string& type) {
  static const Workspace w;
  if (!w.has(type)) {
    const Ran ran = w.run({"tokenizer", "train", type, corpus("train.en"), corpus("train.kn"), "--vocab-size", "500",
                           "--threads", "2", "-o", type});
    EXPECT_EQ(ran.code, 0) << ran.err;
  }
  return w.path(type);
}

Arguments tokenize(const std::string& type, const Arguments& more) {
  return Arguments{"tokenize", "-m", tokenizer(type), "--threads", "2"} + more;
}

Arguments detokenize(const std::string& type, const Arguments& more) {
  return Arguments{"detokenize", "-m", tokenizer(type)} + more;
}

std::string output(const Ran& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  return ran.out;
}

Json parsed(const std::string& line) { return parse_json(line, "output"); }

const std::string kText = "the tall driver lost the toy .\n\nನಾಯಿ ಓಡಿತು\na dog\n";

TEST(Tokenizers, IdsBecomeTheTextAgain) {
  const Workspace w;
  for (const char* type : {"byte-bpe", "unigram"}) {
    SCOPED_TRACE(type);
    const std::string ids = output(w.run(tokenize(type, {"--ids"}), kText));
    EXPECT_EQ(std::count(ids.begin(), ids.end(), '\n'), 4);
    EXPECT_EQ(output(w.run(detokenize(type, {}), ids)), kText);
  }
  const std::string more = "\"tabs\tquotes\" 😀 \\ é\n";  // bytes stand for every character
  EXPECT_EQ(output(w.run(detokenize("byte-bpe", {}), output(w.run(tokenize("byte-bpe", {"--ids"}), more)))), more);
}

// As nanoGPT's data/shakespeare_char/prepare.py numbers characters; and bytes, whose ids are their values.
TEST(Tokenizers, CharactersAndBytes) {
  const Workspace w;
  const std::string text = "\tto be,\n\n  or né 😀\n";
  w.write("text", text);
  for (const char* type : {"char", "byte"}) output(w.run({"tokenizer", "train", type, "text", "-o", type}));
  const auto ids = [&](const char* model, const std::string& line) {
    return output(w.run({"tokenize", "--ids", "-m", model}, line + "\n"));
  };
  EXPECT_EQ(ids("char", " e,b\t😀"), "2 5 3 4 0 11\n");
  EXPECT_EQ(ids("byte", "\t é"), "9 32 195 169\n");
  for (const char* model : {"char", "byte"}) {
    const std::string line = "  to be,\tor né 😀";
    EXPECT_EQ(output(w.run({"detokenize", "-m", model}, ids(model, line))), line + "\n");
  }
  EXPECT_EQ(output(w.run({"detokenize", "-m", "char", "--json"}, "9 1 1 2 2 4\n")), "{\"text\":\"t\\n\\n  b\"}\n");
  expect_fault(w.run({"tokenize", "-m", "char"}, "toe x\n"), {"'x'", "vocabulary"});
  output(w.run({"tokenizer", "train", "char", "text", "--special-tokens", "<|endoftext|>", "<unk>", "-o", "special"}));
  EXPECT_EQ(ids("special", "<|endoftext|>\tx"), "0 2 1\n");
  const std::string before = w.read("special/tokenizer.json");
  w.write("special/config.json", "{}");
  expect_fault(w.run({"tokenizer", "train", "byte", "text", "-o", "special"}), {"--output: special holds a model", "another directory"});
  EXPECT_EQ(w.read("special/tokenizer.json"), before);
  expect_fault(w.run({"tokenizer", "train", "char", "text", "--vocab-size", "9", "-o", "more"}), {"--vocab-size"});
}

TEST(Tokenizers, FormsAgree) {
  const Workspace w;
  for (const char* type : {"bpe", "byte-bpe", "wordpiece", "unigram", "wordlevel"}) {
    SCOPED_TRACE(type);
    w.write("text", "the tall driver lost\n");
    const Json json = parsed(output(w.run(tokenize(type, {"--json", "text"}))));
    std::string ids, tokens, offsets;
    for (size_t i = 0; i < json["ids"].size(); ++i) {
      const std::string between = i ? " " : "", token = json["tokens"][i];
      ids += between + json["ids"][i].dump(), tokens += between + token;
      offsets += fmt::format("{}{}({},{})", between, token, json["offsets"][i][0].dump(), json["offsets"][i][1].dump());
    }
    EXPECT_EQ(output(w.run(tokenize(type, {"--ids", "text"}))), ids + "\n");
    EXPECT_EQ(output(w.run(tokenize(type, {"text"}))), tokens + "\n");
    EXPECT_EQ(output(w.run(tokenize(type, {"--tokens", "-"}), w.read("text"))), tokens + "\n");
    EXPECT_EQ(output(w.run(tokenize(type, {"--offsets", "text"}))), offsets + "\n");
    for (const char* key : {"tokens", "offsets", "type_ids", "special_tokens_mask", "attention_mask", "word_ids"})
      EXPECT_EQ(json[key].size(), json["ids"].size()) << key;
    EXPECT_FALSE(json.contains("overflowing"));
  }
}

TEST(Tokenizers, SpecialTokensPairsAndOffsets) {
  const Workspace w;
  const Json json = parsed(output(w.run(tokenize("wordpiece", {"--json", "--pair"}), "ನಾಯಿ dog\tthe car\n")));
  EXPECT_EQ(json["tokens"].front(), "[CLS]");
  EXPECT_EQ(json["tokens"].back(), "[SEP]");
  EXPECT_EQ(json["special_tokens_mask"].front(), 1);
  EXPECT_EQ(json["word_ids"].front(), nullptr);
  EXPECT_EQ(json["type_ids"].front(), 0);
  EXPECT_EQ(json["type_ids"].back(), 1);
  bool found = false;
  for (size_t i = 0; i < json["ids"].size(); ++i) found |= json["offsets"][i][0] == 5;  // characters, not bytes
  EXPECT_TRUE(found) << json.dump();
  EXPECT_EQ(output(w.run(tokenize("wordpiece", {}), "\n")), "[CLS] [SEP]\n");
  EXPECT_EQ(output(w.run(tokenize("wordpiece", {"--ids", "--no-special"}), "\n\n")), "\n\n");
  EXPECT_EQ(output(w.run(tokenize("wordpiece", {"--ids"}), "")), "");
  const std::string ids = output(w.run(tokenize("wordpiece", {"--ids"}), "a dog"));
  EXPECT_EQ(output(w.run(detokenize("wordpiece", {}), ids)), "a dog\n");
  EXPECT_EQ(output(w.run(detokenize("wordpiece", {"--keep-special"}), ids)), "[CLS] a dog [SEP]\n");
  EXPECT_EQ(output(w.run(detokenize("wordpiece", {"--json"}), fmt::format("[{}]\n[]\n", ids.substr(0, ids.size() - 1)))),
            "{\"text\":\"a dog\"}\n{\"text\":\"\"}\n");
  expect_fault(w.run(tokenize("wordpiece", {"--pair"}), "no tab\n"), {"standard input: line 1", "tab"});
}

TEST(Tokenizers, LongLinesAreCutIntoWindows) {
  const Workspace w;
  const std::string line = "the tall driver lost the toy\n";
  const Json whole = parsed(output(w.run(tokenize("wordpiece", {"--json", "--no-special"}), line)));
  const Json cut = parsed(output(w.run(tokenize("wordpiece", {"--json", "--max-length", "6", "--stride", "2"}), line)));
  EXPECT_EQ(cut["ids"].size(), 6u);
  ASSERT_EQ(cut["overflowing"].size(), (whole["ids"].size() - 4 + 1) / 2);
  EXPECT_EQ(cut["overflowing"][0]["ids"][1], cut["ids"][3]);  // two tokens are shared
  EXPECT_EQ(cut["overflowing"].back()["ids"].end()[-2], whole["ids"].back());
  const std::string ids = output(w.run(tokenize("wordpiece", {"--ids", "--max-length", "3"}), line));
  EXPECT_EQ(std::count(ids.begin(), ids.end(), ' '), 2);
  expect_fault(w.run(tokenize("wordpiece", {"--json", "--max-length", "4", "--stride", "4"}), line), {"--stride", "less than the 4"});
}

TEST(Tokenizers, LinesKeepTheirOrderWhateverTheirLengths) {
  const Workspace w;
  std::string text, ends;
  for (int i = 0; i < 30000; ++i) text += fmt::format("the dog {}\n", i), ends += fmt::format("the dog {}\r\n", i);
  text += std::string(5 << 20, 'a') + " dog\nlast\n", ends += std::string(5 << 20, 'a') + " dog\r\nlast";
  w.write("text", text), w.write("ends", ends);
  const std::string ids = output(w.run(tokenize("byte-bpe", {"--ids", "text"})));
  EXPECT_EQ(output(w.run(tokenize("byte-bpe", {"--ids"}), text)), ids);
  EXPECT_EQ(output(w.run(tokenize("byte-bpe", {"--ids", "ends"}))), ids);
  EXPECT_EQ(output(w.run(with(tokenize("byte-bpe", {"--ids", "text"}), {"--threads", "1"}))), ids);
  w.write("ids", ids);
  EXPECT_TRUE(output(w.run(detokenize("byte-bpe", {"ids"}))) == text);
}

TEST(Tokenizers, FaultsNameTheLine) {
  const Workspace w;
  const std::string good(200000, '\n');
  w.write("text", good + "a\xFFz\n");
  const Ran ran = w.run(tokenize("byte-bpe", {"--ids", "text"}));
  EXPECT_EQ(ran.out, good);  // what stands before is printed
  EXPECT_NE(ran.err.find("text: line 200001 is not valid UTF-8"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("iconv"), std::string::npos);
  expect_fault(w.run(detokenize("wordpiece", {}), "99999\n"), {"standard input: line 1", "99999", "500"});
  expect_fault(w.run(detokenize("wordpiece", {}), "-1\n"), {"-1"});
  expect_fault(w.run(detokenize("wordpiece", {}), "1 x\n"), {"line 1", "\"x\""});
  expect_fault(w.run(detokenize("wordpiece", {}), "99999999999\n"), {"99999999999"});
  expect_fault(w.run({"tokenize", "-m", "nowhere"}, "a\n"), {"nowhere"});
  expect_fault(w.run(tokenize("wordpiece", {"nowhere"})), {"nowhere"});
  expect_fault(w.run(tokenize("wordpiece", {"."})), {"folder"});
  expect_fault(w.run(tokenize("wordpiece", {"--ids", "--json"}), "a\n"), {"--ids"});
  expect_fault(w.run(tokenize("wordpiece", {"--stride", "1"}), "a\n"), {"--max-length"});
  expect_fault(w.run({"tokenize"}), {"--model is required"});
  w.write("broken.json", "{\"version\": \"1.0\", \"model\": 7}");
  expect_fault(w.run({"tokenize", "-m", "broken.json"}, "a\n"), {"broken.json"});
}

TEST(Tokenizers, TrainingIsReportedAndReadsTables) {
  const Workspace w;
  w.write("t.csv", "n,text\n1,\"a dog, a cat\"\n2,a dog\n");
  w.write("t.jsonl", "{\"t\": \"a dog, a cat\"}\n{\"t\": \"a dog\"}\n");
  w.write("t.txt", "a dog, a cat\na dog\n");
  const auto train = [&](const Arguments& input, const std::string& out) {
    return w.run(Arguments{"tokenizer", "train", "wordpiece"} + input +
                 Arguments{"--vocab-size", "60", "--min-frequency", "1", "--lowercase", "--json", "-o", out});
  };
  const Json report = parsed(output(train({"t.txt"}, "txt")));
  EXPECT_EQ(report["texts"], 2);
  EXPECT_EQ(report["words"], 7);
  EXPECT_EQ(report["distinct_words"], 4);
  EXPECT_LT(report["size"], report["size_asked_for"]);
  output(train({"t.csv", "--csv-column", "text"}, "csv")), output(train({"t.jsonl", "--json-key", "t"}, "json"));
  EXPECT_EQ(w.read("csv/tokenizer.json"), w.read("txt/tokenizer.json"));
  EXPECT_EQ(w.read("json/tokenizer.json"), w.read("txt/tokenizer.json"));
  const Json settings = parse_json(w.read("txt/tokenizer_config.json"), "settings");
  EXPECT_EQ(settings["pad_token"], "[PAD]");
  EXPECT_EQ(settings["cls_token"], "[CLS]");
  EXPECT_TRUE(w.has("txt/special_tokens_map.json"));
  EXPECT_EQ(output(w.run({"tokenize", "-m", "txt", "--tokens"}, "A DOG\n")), "[CLS] a dog [SEP]\n");
}

TEST(Tokenizers, WrongOptionsOfTraining) {
  const Workspace w;
  w.write("t.txt", "a dog\n"), w.write("empty", "");
  const auto said = [&](const Arguments& more, const std::vector<std::string>& expected) {
    expect_fault(w.run(Arguments{"tokenizer", "train"} + more + Arguments{"-o", "out"}), expected);
    EXPECT_FALSE(w.has("out"));
  };
  said({"bpe", "t.txt"}, {"--vocab-size"});
  said({"foo", "t.txt", "--vocab-size", "50"}, {"bpe"});
  said({"bpe", "nowhere", "--vocab-size", "50"}, {"nowhere"});
  said({"bpe", "empty", "--vocab-size", "50"}, {"empty: expected text"});
  said({"wordlevel", "t.txt", "--vocab-size", "50", "--limit-alphabet", "3"}, {"--limit-alphabet", "wordlevel"});
  said({"unigram", "t.txt", "--vocab-size", "50", "--special-tokens", "<s>"}, {"<unk>", "unigram"});
  said({"bpe", "t.txt", "--vocab-size", "50", "--normalizer", "foo"}, {"--normalizer", "nfkc"});
  said({"bpe", "t.txt", "--vocab-size", "50", "--pre-tokenizer", "{\"type\": \"Foo\"}"}, {"--pre-tokenizer", "Foo"});
  said({"bpe", "t.txt", "--vocab-size", "50", "--csv-column", "nothing"}, {"t.txt", "nothing"});
  said({"bpe", "t.txt", "--vocab-size", "50", "--no-header"}, {"--csv-column"});
  expect_fault(w.run({"tokenizer", "train", "bpe", "t.txt", "--vocab-size", "50", "-o", "t.txt"}), {"t.txt"});
}

TEST(Tokenizers, ShowInTheTerminalAndAsAPage) {
  const Workspace w;
  const Arguments both = {"tokenizer", "show", "-m", tokenizer("wordlevel"), "-m", tokenizer("byte-bpe")};
  const std::string shown = output(w.run(both + Arguments{"--text", "the dog 😀"}));
  EXPECT_NE(shown.find("wordlevel: 3 tokens\nthe|dog|😀\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("😀×4\n"), std::string::npos) << shown;
  EXPECT_EQ(output(w.run(both, "the dog 😀\n")), shown);
  EXPECT_EQ(output(w.run(both + Arguments{"--text", "the dog 😀", "-o", "page.html"})), "");
  const std::string page = w.read("page.html");
  EXPECT_NE(page.find("\"text\":\"the dog 😀\""), std::string::npos);
  for (const char* word : {"http:", "https:", "src=", "href=", "import", "fetch("})
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  expect_fault(w.run(both + Arguments{"--text", "a", "-o", "page.png"}), {".html"});
  expect_fault(w.run(both + Arguments{"--text", "a", "file"}), {"--text"});
  expect_fault(w.run(both, ""), {"expected a text"});
  expect_fault(w.run(both + Arguments{"nowhere"}), {"nowhere"});
}

TEST(Tokenizers, StatisticsAddUp) {
  const Workspace w;
  w.write("text", "the driver , zzz\nನಾಯಿ 12 (driver)\n");
  const Json json = parsed(output(w.run({"tokenizer", "stats", "-m", tokenizer("wordlevel"), "-m", tokenizer("byte-bpe"),
                                         "text", "--json"})));
  const Json level = json["tokenizers"][0], bytes = json["tokenizers"][1];
  EXPECT_EQ(level["lines"], 2);
  EXPECT_EQ(level["words"], 7);
  EXPECT_EQ(level["characters"], 32);
  EXPECT_EQ(level["bytes"], 40);
  EXPECT_EQ(bytes["unknown_tokens"], 0);
  EXPECT_EQ(bytes["vocabulary_size"], 500);
  for (const Json& one : {level, bytes}) {
    int64_t tokens = 0;
    for (const Json& script : one["scripts"]) tokens += script["tokens"].get<int64_t>();
    EXPECT_EQ(tokens, one["tokens"]) << one.dump();
    EXPECT_LE(one["longest_tokens"].size(), 10u);
    EXPECT_GT(one["unused_entries"], 0);
  }
  EXPECT_GE(level["whole_words"], 3);  // the, driver and (driver)
  EXPECT_LT(bytes["whole_words"], 7);  // zzz is not
  EXPECT_GE(level["unknown_tokens"], 2);  // zzz, 12
  const std::string table = output(w.run({"tokenizer", "stats", "-m", tokenizer("wordlevel"), "text"}));
  for (const char* word : {"characters per token", "words that stay whole", "Kannada", "Latin", "(no letters)", "longest"})
    EXPECT_NE(table.find(word), std::string::npos) << word;
  w.write("empty", "\n");
  expect_fault(w.run({"tokenizer", "stats", "-m", tokenizer("wordlevel"), "empty"}), {"empty", "expected text"});
}

TEST(Tokenizers, Bench) {
  const Workspace w;
  const Json json = parsed(output(w.run({"bench", "tokenize", "-m", tokenizer("byte-bpe"), corpus("train.en"),
                                         "--threads", "1", "--seconds", "0.1", "--json"})));
  for (const char* key : {"megabytes_per_second", "ids_megabytes_per_second", "decode_megabytes_per_second",
                          "tokens_per_second", "load_seconds", "peak_memory_bytes"})
    EXPECT_GT(json[key], 0) << key;
  EXPECT_EQ(json["threads"], 1);
  w.write("empty", "");
  expect_fault(w.run({"bench", "tokenize", "-m", tokenizer("byte-bpe"), "empty"}), {"empty"});
}

}  // namespace
}  // namespace gamana
