// Students of a classifier: what they begin as, what they learn, who fits whom.
#include "gamana/jobs/distil.h"
#include "gamana/jobs/distil_words.h"

#include <gtest/gtest.h>

#include "gamana/base/file.h"
#include "gamana/ops/losses.h"
#include "gamana/ops/rows.h"
#include "tests/jobs/slope.h"
#include "tests/support/messages.h"
#include "tests/support/temporary.h"

namespace gamana {
namespace {

constexpr int kLayers = 4, kStudentWidth = 16;
constexpr const char* kTable = "text,label\nthe film was good,yes\na bad film,no\ngood,yes\nthe bad was bad and bad,no\n";

// A teacher with random weights, and texts for it.
struct School {
  std::string folder, table;

  explicit School(const Json& more = Json::object(), Task task = Task::sequence) {
    static int count = 0;
    folder = temporary("teacher" + std::to_string(count)), table = temporary("texts" + std::to_string(count++) + ".csv");
    const std::string words = folder + "-words";
    make_directory(folder), make_directory(words);
    write_file(table, kTable);
    write_json(words + "/config.json", {{"model_type", "bert"}});
    write_file(words + "/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nfilm\nwas\ngood\na\nbad\nand\n");
    Tokenizer::load(words).save(folder);
    Json config = {{"model_type", "bert"}, {"vocab_size", 12}, {"hidden_size", kStudentWidth}, {"num_hidden_layers", kLayers},
                   {"num_attention_heads", 2}, {"intermediate_size", 32}, {"max_position_embeddings", 20},
                   {"initializer_range", 0.3}, {"hidden_dropout_prob", 0.0}, {"attention_probs_dropout_prob", 0.0},
                   {"id2label", {{"0", "yes"}, {"1", "no"}, {"2", "neither"}}}};
    config.update(more);
    TextModel model(config, task);
    model.parameters().initialise(7);
    model.save_weights(folder), model.save_settings(folder);
  }

  DistilJob::Settings settings(const std::string& student = "half") const {
    return {.data = {.train = table, .valid = table, .columns = {}, .class_weights = ""}, .teacher = folder, .student = student};
  }
  TextEncoder encoder() const { return TextEncoder(folder, 0, 20); }
};

std::vector<float> weights_of(TextModel& model, const std::string& name) {
  const ParameterStore::Entry* e = model.parameters().find(name);
  if (!e) throw std::runtime_error("no parameter " + name);
  return {e->parameter->tensor.data(), e->parameter->tensor.data() + e->parameter->size()};
}

constexpr int32_t kAll[] = {0, 1, 2, 3};

LossSum loss_of(TextJob& job, TextModel& model) {
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  return job.loss(c, model, kAll, 1);
}

TEST(Distil, LayersOfAStudent) {
  EXPECT_EQ(student_layers("half", 12), (std::vector<int>{0, 2, 4, 7, 9, 11}));  // distilbert's extract.py
  EXPECT_EQ(student_layers("half", 6), (std::vector<int>{0, 3, 5}));
  EXPECT_EQ(student_layers("half", 1), (std::vector<int>{0}));
  EXPECT_EQ(student_layers("half", 3), (std::vector<int>{0}));
  EXPECT_EQ(student_layers("0,2,5", 6), (std::vector<int>{0, 2, 5}));
  EXPECT_TRUE(student_layers("bert-mini", 6).empty());
  for (const char* wrong : {"0,6", "2,1", "1,1", "1,", ",1", ",", "99999999999"})
    EXPECT_NE(message_of([&] { student_layers(wrong, 6); }).find("expected layers from 0 to 5"), std::string::npos) << wrong;
}

TEST(Distil, AStudentBeginsAsLayersOfItsTeacher) {
  const School school;
  const TextEncoder encoder = school.encoder();
  DistilJob job(school.settings("1,3"), encoder);
  const Json config = job.configure({});
  EXPECT_EQ(config["num_hidden_layers"], 2);
  EXPECT_EQ(config["id2label"]["2"], "neither");  // labels are the teacher's, also those that no text has
  LoadedModel student = job.load("", config, 1), teacher = load_text_model(school.folder);
  EXPECT_EQ(weights_of(*student.model, "backbone.layer.0.qkv.weight"), weights_of(*teacher.model, "backbone.layer.1.qkv.weight"));
  EXPECT_EQ(weights_of(*student.model, "backbone.layer.1.down.bias"), weights_of(*teacher.model, "backbone.layer.3.down.bias"));
  for (const char* name : {"backbone.word_embedding", "backbone.position_embedding", "head.0.dense.weight", "head.0.out.weight"})
    EXPECT_EQ(weights_of(*student.model, name), weights_of(*teacher.model, name)) << name;
}

// The first of three layers of a ModernBERT is global, the others are local; layer 0 has no norm before its attention.
TEST(Distil, LocalLayersStayLocal) {
  const School school({{"model_type", "modernbert"}, {"num_hidden_layers", 6}});
  const TextEncoder encoder = school.encoder();
  DistilJob job(school.settings(), encoder);
  EXPECT_EQ(job.configure({})["layer_types"], (Json{"full_attention", "full_attention", "sliding_attention"}));  // 0 3 5
  LoadedModel student = job.load("", job.configure({}), 1), teacher = load_text_model(school.folder);
  EXPECT_EQ(weights_of(*student.model, "backbone.layer.1.att_norm.weight"), weights_of(*teacher.model, "backbone.layer.3.att_norm.weight"));
}

// A copy of the teacher has nothing to learn from it.
TEST(Distil, ATeacherAgreesWithItself) {
  const School school;
  const TextEncoder encoder = school.encoder();
  DistilJob::Settings settings = school.settings("0,1,2,3");
  settings.alpha_task = 0;
  DistilJob job(settings, encoder);
  LoadedModel student = job.load("", job.configure({}), 1);
  EXPECT_NEAR(loss_of(job, *student.model).loss, 0, 1e-4);  // hidden states of the teacher are rounded to bf16
}

// The three losses, each by itself with what it counts, of rows that this test gathers its own way.
TEST(Distil, TheLossIsTheSumOfItsParts) {
  const School school;
  const TextEncoder encoder = school.encoder();
  DistilJob job(school.settings(), encoder);
  LoadedModel student = job.load("", job.configure({}), 1), teacher = load_text_model(school.folder);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const auto outputs = [&](const TextModel& model) {
    std::vector<const EncodedText*> texts;
    for (const EncodedText& text : job.train().texts) texts.push_back(&text);
    const Batch batch = batch_of(texts);
    const Tensor hidden = model.hidden(c, batch);
    return std::pair{hidden, model.project(c, 0, model.read(c, 0, hidden, batch))};
  };
  const auto [hidden, logits] = outputs(*student.model);
  const auto [teacher_hidden, teacher_logits] = outputs(*teacher.model);
  const double answers = distillation_loss(c, logits, teacher_logits, 2, 1).loss, labels = cross_entropy(c, logits, job.train().targets.labels, {}, 1).loss,
               states = cosine_loss(c, hidden, teacher_hidden, 1).loss * 4 / static_cast<double>(hidden.rows());
  EXPECT_GT(answers, 0.01);
  EXPECT_GT(states, 0.01);
  EXPECT_NEAR(loss_of(job, *student.model).loss, 5 * answers + 2 * labels + states, 1e-3);
}

TEST(Distil, GradientsAreThoseOfTheLoss) {
  const School school;
  const TextEncoder encoder = school.encoder();
  for (const auto& [ce, task, cos] : {std::tuple{3.0, 0.0, 0.0}, {0.0, 2.0, 0.0}, {0.0, 0.0, 4.0}, {1.0, 2.0, 3.0}}) {
    DistilJob::Settings settings = school.settings();
    settings.alpha_ce = ce, settings.alpha_task = task, settings.alpha_cos = cos;
    DistilJob job(settings, encoder);
    test::expect_slope(job, *job.load("", job.configure({}), 1).model, kAll);
  }
}

// Steps of SGD on what the teacher says alone; gradients of all parts reach the weights.
TEST(Distil, StudentsLearnWhatTheTeacherSays) {
  for (const bool answers : {true, false}) {
    const School school;
    const TextEncoder encoder = school.encoder();
    DistilJob::Settings settings = school.settings();
    settings.alpha_task = 0, (answers ? settings.alpha_cos : settings.alpha_ce) = 0;
    DistilJob job(settings, encoder);
    LoadedModel student = job.load("", job.configure({}), 1);
    ParameterStore& store = student.model->parameters();
    store.require_gradients();
    const double before = loss_of(job, *student.model).loss;
    for (int step = 0; step < 40; ++step) {
      Arena arena;
      Tape tape;
      Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
      store.zero_gradients();
      job.loss(c, *student.model, kAll, 0.25f);
      tape.backward();
      for (int64_t i = 0; i < store.size(); ++i) store.weights()[i] -= 0.02f * store.gradients()[i];
      store.weights_changed();
    }
    EXPECT_LT(loss_of(job, *student.model).loss, 0.5 * before);
  }
}

TEST(Distil, WhoDoesNotFitIsRefused) {
  const auto fault = [](const Json& teacher, const std::string& student, double alpha_cos = 1) {
    const School school(teacher);
    const TextEncoder encoder = school.encoder();
    DistilJob::Settings settings = school.settings(student);
    settings.alpha_cos = alpha_cos;
    return message_of([&] { DistilJob(settings, encoder); });
  };
  const School wide(Json{{"vocab_size", 13}});
  const Json same = Json::object();
  EXPECT_EQ(fault(same, "half"), "no error");
  EXPECT_EQ(fault(same, "bert-tiny", 0), "no error");
  EXPECT_NE(fault(same, "bert-tiny").find("have 128 numbers, those of the teacher 16"), std::string::npos);
  EXPECT_NE(fault(same, "apprentice").find("--student: expected \"half\""), std::string::npos);
  EXPECT_NE(fault(same, wide.folder).find("the teacher's vocabulary of 12 tokens, found 13"), std::string::npos);
  EXPECT_NE(fault({{"model_type", "albert"}, {"embedding_size", 8}}, "half").find("its layers share their weights"), std::string::npos);
  EXPECT_NE(fault({{"problem_type", "regression"}}, "half").find("gives each text one label, found one for regression"), std::string::npos);
}

// Lines of plain text for a teacher that guesses words; half of them are hidden.
std::unique_ptr<WordDistilJob> word_job(const School& school, const TextEncoder& encoder, const std::string& student,
                                        double alpha_ce = 5, double alpha_task = 2, double alpha_cos = 1) {
  const std::string file = school.folder + "/plain.txt";
  write_file(file, "the film was good\na bad film and a good film\nthe bad was bad\ngood and bad\n");
  TextFormat format;
  format.keep_line_ends = false;
  const TextFiles files{.train = {file}, .valid = file, .format = format, .folder = school.folder, .progress = {}};
  const MaskedTextRule rule{.rate = 0.5, .by_line = true, .pairs = {}, .seed = 1};
  return std::make_unique<WordDistilJob>(files, encoder, rule,
                                         WordDistilJob::Settings{school.folder, student, 2, alpha_ce, alpha_task, alpha_cos});
}

// All layers of a BERT as a DistilBERT are the same function of texts without segments, by whatever of it is compared.
TEST(WordDistil, ABertBecomesADistilBert) {
  const School school(Json::object(), Task::masked_word);
  const TextEncoder encoder = school.encoder();
  const auto job = word_job(school, encoder, "0,1,2,3", 5, 0);
  const Json config = job->configure({});
  EXPECT_EQ(config["model_type"], "distilbert");
  EXPECT_EQ(config["n_layers"], 4);
  EXPECT_EQ(config["dim"], kStudentWidth);
  EXPECT_FALSE(config.contains("type_vocab_size"));
  LoadedModel student = job->load("", config, 1);
  EXPECT_NEAR(loss_of(*job, *student.model).loss, 0, 1e-4);
  EXPECT_EQ(word_job(school, encoder, "half")->configure({})["n_layers"], 2);
  // Other families stay what they are.
  const School roberta({{"model_type", "roberta"}}, Task::masked_word);
  const TextEncoder other(roberta.folder, 0, 18);
  EXPECT_EQ(word_job(roberta, other, "half")->configure({})["num_hidden_layers"], 2);
}

// Answers and states of all tokens count as means, hidden words alone have a label.
TEST(WordDistil, TheLossIsTheSumOfItsParts) {
  const School school(Json::object(), Task::masked_word);
  const TextEncoder encoder = school.encoder();
  const auto part = [&](double alpha_ce, double alpha_task, double alpha_cos) {
    const auto job = word_job(school, encoder, "half", alpha_ce, alpha_task, alpha_cos);
    LoadedModel student = job->load("", job->configure({}), 1);
    return loss_of(*job, *student.model).loss;
  };
  const auto job = word_job(school, encoder, "half");
  LoadedModel student = job->load("", job->configure({}), 1), teacher = load_text_model(school.folder, Task::masked_word);
  Arena arena;
  Context c{.kernels = cpu_kernels(), .arena = arena};
  const PretrainingTexts texts = open_texts({.train = {school.folder + "/plain.txt"}, .valid = school.folder + "/plain.txt",
                                             .format = [] { TextFormat f; f.keep_line_ends = false; return f; }(),
                                             .folder = school.folder, .progress = {}},
                                            encoder, {.rate = 0.5, .by_line = true, .pairs = {}, .seed = 1});
  const MaskedBatch b = texts.train.batch(kAll);
  const auto outputs = [&](const TextModel& model) {
    const Tensor hidden = model.hidden(c, b.batch);
    return std::pair{hidden, model.project(c, 0, model.read(c, 0, hidden, b.batch))};
  };
  const auto [hidden, logits] = outputs(*student.model);
  const auto [teacher_hidden, teacher_logits] = outputs(*teacher.model);
  const double words = static_cast<double>(b.rows.size()), tokens = static_cast<double>(hidden.rows());
  const double answers = distillation_loss(c, logits, teacher_logits, 2, 1).loss * words / tokens,
               states = cosine_loss(c, hidden, teacher_hidden, 1).loss * words / tokens;
  EXPECT_GT(answers, 0.01);
  EXPECT_NEAR(part(1, 0, 0), answers, 1e-3);
  EXPECT_NEAR(part(0, 0, 1), states, 1e-4);
  const Tensor hidden_words = take(c, logits, b.rows, 0, logits.cols());
  const double labels = cross_entropy(c, hidden_words, b.labels, {}, 1).loss;
  EXPECT_NEAR(part(0, 1, 0), labels, 1e-3);
  EXPECT_NEAR(loss_of(*job, *student.model).loss, 5 * answers + 2 * labels + states, 5e-3);
}

TEST(WordDistil, GradientsAreThoseOfTheLoss) {
  const School school(Json::object(), Task::masked_word);
  const TextEncoder encoder = school.encoder();
  for (const auto& [ce, task, cos] : {std::tuple{3.0, 0.0, 0.0}, {0.0, 2.0, 0.0}, {0.0, 0.0, 4.0}, {1.0, 2.0, 3.0}}) {
    const auto job = word_job(school, encoder, "half", ce, task, cos);
    test::expect_slope(*job, *job->load("", job->configure({}), 1).model, kAll);
  }
}

TEST(WordDistil, StudentsLearnWhatTheTeacherSays) {
  for (const bool answers : {true, false}) {
    const School school(Json::object(), Task::masked_word);
    const TextEncoder encoder = school.encoder();
    const auto job = word_job(school, encoder, "half", answers ? 5 : 0, 0, answers ? 0 : 1);
    LoadedModel student = job->load("", job->configure({}), 1);
    ParameterStore& store = student.model->parameters();
    store.require_gradients();
    const double before = loss_of(*job, *student.model).loss;
    for (int step = 0; step < 40; ++step) {
      Arena arena;
      Tape tape;
      Context c{.kernels = cpu_kernels(), .arena = arena, .tape = &tape};
      store.zero_gradients();
      job->loss(c, *student.model, kAll, answers ? 0.01f : 0.05f);
      tape.backward();
      for (int64_t i = 0; i < store.size(); ++i) store.weights()[i] -= 0.1f * store.gradients()[i];
      store.weights_changed();
    }
    EXPECT_LT(loss_of(*job, *student.model).loss, 0.7 * before);
  }
}

}  // namespace
}  // namespace gamana
