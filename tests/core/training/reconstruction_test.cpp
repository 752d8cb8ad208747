// Reconstruction beside the adversary: the term, whose pictures take part, and what it is for.
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/known_people.h"
#include "core/training/losses.h"
#include "core/training/start_from.h"
#include "core/training/trainer.h"
#include "core/training/training_networks.h"
#include "core/training/training_run.h"
#include "tests/core/training/tiny_training.h"
#include "tests/support/dataset_files.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <functional>

namespace panohead {
namespace {

using test::kSize;
using testing::HasSubstr;

constexpr std::int64_t kDims = 80;  // of w: 64 are the background's

/// Four people of two views each, discs of one colour.
class Reconstruction : public ::testing::Test {
 protected:
  Reconstruction() {
    for (int i = 0; i < 8; ++i) {
      Image picture(kSize, kSize, 3);
      for (std::size_t k = 0; k < picture.pixels.size(); ++k) {
        picture.pixels[k] = static_cast<std::uint8_t>(40 + (i / 2 + 1) * (k % 3 + 1) * 53 % 200);
      }
      picture.row(kSize / 2)[0] = static_cast<std::uint8_t>(i);  // left is not right
      test::DatasetFiles::writePicture(files_.data / test::DatasetFiles::pictureName(i), picture);
    }
    options_ = test::tinyOptions();
    options_.data = files_.data;
    options_.masks = files_.masks;
    options_.w_dim = kDims;
    options_.noise_mode = "const";
    options_.style_mixing_prob = 0;
    options_.mirror = true;
    options_.reconstruction = 1;
  }

  std::shared_ptr<const Dataset> dataset() {
    return std::make_shared<const Dataset>(options_.dataset(), context_);
  }
  /// Of three of the four people, in another order than the data's, and of somebody else.
  static PeopleCodes codes() {
    return {{"personC", "stranger", "personA", "personD"}, BatchRandom(11, 0, 0, 0, 4).normal({kDims}) * 0.5};
  }
  static DataBatch batchOf(const Dataset& dataset, const std::vector<std::size_t>& items) {
    DataBatch batch;
    batch.size = static_cast<std::int64_t>(items.size());
    batch.resolution = dataset.resolution();
    for (const std::size_t i : items) {
      const DatasetItem& item = dataset.items()[i];
      const LoadedItem loaded = dataset.load(item);
      batch.pictures.insert(batch.pictures.end(), loaded.picture.pixels.begin(), loaded.picture.pixels.end());
      batch.masks.insert(batch.masks.end(), loaded.mask.pixels.begin(), loaded.mask.pixels.end());
      batch.labels.insert(batch.labels.end(), loaded.label.begin(), loaded.label.end());
      batch.items.push_back(item);
    }
    return batch;
  }
  static RealBatch realOf(const DataBatch& batch) {
    const auto bytes = [&](const std::vector<std::uint8_t>& data, std::int64_t channels) {
      return at::tensor(at::ArrayRef<std::uint8_t>(data), at::kFloat)
          .view({batch.size, kSize, kSize, channels})
          .permute({0, 3, 1, 2})
          .contiguous();
    };
    return {bytes(batch.pictures, 3) / 127.5 - 1,
            bytes(batch.masks, 1) / 255,
            at::tensor(at::ArrayRef<float>(batch.labels)).view({batch.size, 25})};
  }
  KnownPictures known(const std::vector<std::size_t>& items) {
    const auto data = dataset();
    const DataBatch batch = batchOf(*data, items);
    return KnownPeople(codes(), *data).among(realOf(batch), batch.items);
  }

  test::DatasetFiles files_{8, kSize};
  TrainingOptions options_;
  SilentContext context_;
};

// Items: A A B B C C D D, then the same mirrored.
TEST_F(Reconstruction, PeopleAreFoundByNameAndMirroredPicturesTurnedBack) {
  const auto data = dataset();
  const KnownPictures found = known({0, 2, 8, 5, 11});
  EXPECT_TRUE(at::equal(found.places, at::tensor({0, 2, 3}, at::kLong)));
  EXPECT_EQ(found.batch, 5);
  const at::Tensor w = codes().w;
  EXPECT_TRUE(at::equal(found.w, at::stack({w[2], w[2], w[0]})));
  const RealBatch own = realOf(batchOf(*data, {0, 0, 5}));
  const RealBatch turned = realOf(batchOf(*data, {8}));
  ASSERT_FALSE(at::equal(turned.image, own.image.narrow(0, 0, 1)));
  ASSERT_FALSE(at::equal(turned.mask, own.mask.narrow(0, 0, 1)));
  ASSERT_FALSE(at::equal(turned.labels, own.labels.narrow(0, 0, 1)));
  EXPECT_TRUE(at::equal(found.real.image, own.image));
  EXPECT_TRUE(at::equal(found.real.mask, own.mask));
  EXPECT_TRUE(at::equal(found.real.labels, own.labels));
  EXPECT_EQ(known({2, 3, 10}).places.numel(), 0) << "nobody has a code for B";
}

TEST_F(Reconstruction, CodesThatDoNotFitAreRefused) {
  const auto data = dataset();
  const auto refused = [&](const TrainingOptions& options, std::vector<std::string> words) {
    try {
      knownPeople(options, *data);
      ADD_FAILURE() << words.front();
    } catch (const Error& error) {
      for (const std::string& word : words) {
        EXPECT_THAT(error.what(), HasSubstr(word));
      }
      EXPECT_FALSE(error.hint().empty());
    }
  };
  TrainingOptions options = options_;
  refused(options, {"--reconstruction", "at random"});
  options.resume = files_.scratch / "network-snapshot-000007.safetensors";
  refused(options, {"--reconstruction", (files_.scratch / "codes-000007.safetensors").string()});
  writePeopleCodes(files_.scratch / "codes-000007.safetensors", codes());
  EXPECT_THAT(knownPeople(options, *data)->description(), HasSubstr("3 of the 4 people"));
  options.codes = files_.scratch / "moved.safetensors";
  refused(options, {"--reconstruction", options.codes.string()});
  writePeopleCodes(options.codes, {{"personA"}, at::zeros({1, 32})});
  refused(options, {"--codes", options.codes.string(), "32 numbers", "80"});
  writePeopleCodes(options.codes, {{"00000", "00001"}, at::zeros({2, kDims})});
  refused(options, {"none of the 2 people", options_.data.string()});
  options.reconstruction = 0;
  EXPECT_FALSE(knownPeople(options, *data)) << "and the file is not looked at";
}

/// The smallest networks, one pass of samples, whose places do not move with the density.
struct Term {
  explicit Term(TrainingOptions with, KnownPictures pictures)
      : options(onePass(std::move(with))),
        generator(generatorConfig(options, kSize), 1),
        discriminator(discriminatorConfig(options, kSize), 2),
        loss(options, generator, discriminator, at::zeros({25})),
        schedule(TrainingSchedule::at(options, 0)),
        known(std::move(pictures)) {
    schedule.blur_sigma = 0;
    schedule.density_noise = 1;
    const std::int64_t n = known.batch;
    latents = {BatchRandom(7, 0, 0, 0, n).normal({options.z_dim}), test::labelTable().narrow(0, 0, n), {}};
  }
  static TrainingOptions onePass(TrainingOptions options) {
    options.depth_resolution_importance = 0;
    return options;
  }
  LossTerm operator()() const { return loss.reconstruction(known, latents, schedule); }

  TrainingOptions options;
  Generator generator;
  Discriminator discriminator;
  AdversarialLoss loss;
  TrainingSchedule schedule;
  KnownPictures known;
  LatentBatch latents;
};

// Plainly, one pixel after the other, of what the network draws.
TEST_F(Reconstruction, IsTheMeanErrorInsideTheMasks) {
  const Term term(options_, known({0, 2, 13}));
  const at::NoGradGuard no_grad;
  const LossTerm actual = term();
  SynthesisSettings settings = term.generator.defaultSettings();
  settings.neural_resolution = 16;
  const at::Tensor behind = term.generator.map(term.latents.z, term.latents.labels);
  double sum = 0;
  const at::Tensor& each = actual.stats.at("Loss/G/reconstruction");
  const at::Tensor& psnr = actual.shares.at("Reconstruction/psnr");
  for (std::int64_t i = 0; i < 2; ++i) {
    const std::int64_t place = i * 2;
    const auto one = [i](const at::Tensor& t) { return t.narrow(0, i, 1); };
    const SynthesisOutput made =
        term.generator.synthesize(one(term.known.w).unsqueeze(1).expand({-1, term.generator.numWs(), -1}),
                                  one(term.known.real.labels),
                                  settings,
                                  behind.narrow(0, place, 1));
    const auto small = [](const at::Tensor& t) { return at::_upsample_bilinear2d_aa(t, {16, 16}, false); };
    const auto meanOver = [](const at::Tensor& t, const std::function<double(double)>& f) {
      const at::Tensor flat = t.to(at::kDouble).flatten().contiguous();
      double total = 0;
      for (std::int64_t k = 0; k < flat.numel(); ++k) {
        total += f(flat.const_data_ptr<double>()[k]);
      }
      return total / static_cast<double>(flat.numel());
    };
    const auto soft = [](double e) { return [e](double x) { return std::sqrt(x * x + e * e) - e; }; };
    const at::Tensor mask = one(term.known.real.mask);
    const at::Tensor error = (made.image - one(term.known.real.image)) * mask;
    const at::Tensor raw = (made.image_raw - small(one(term.known.real.image))) * small(mask);
    const double expected = meanOver(error, soft(0.02)) + meanOver(raw, soft(0.03)) +
                            0.3 * meanOver(made.mask - small(mask), soft(0.03));
    ASSERT_GT(expected, 0.01);
    EXPECT_NEAR(each[place].item<double>(), expected, 1e-4 * expected);
    sum += expected;
    const double square = meanOver(error, [](double x) { return x * x; });
    EXPECT_NEAR(psnr[place].item<double>(), 10 * std::log10(4 / square), 1e-3);
  }
  EXPECT_EQ(each[1].item<double>(), 0);
  EXPECT_TRUE(std::isnan(psnr[1].item<double>()));
  EXPECT_NEAR(actual.loss.item<double>(), sum / 3, 1e-4 * sum);
}

TEST_F(Reconstruction, ItsGradientIsTheSlopeOfTheLoss) {
  Term term(options_, known({0, 2, 13}));
  term.generator.store().requireGrad(true);
  term().loss.backward();
  const at::NoGradGuard no_grad;
  for (const ParameterStore::Entry& entry : term.generator.store().entries()) {
    if (entry.name.starts_with("bcg_synthesis.") || entry.name.starts_with("backbone.mapping.") ||
        entry.name.starts_with("t_mapping.")) {
      EXPECT_FALSE(entry.tensor.grad().defined()) << entry.name << ": backgrounds do not count";
    }
  }
  for (const char* name : {"backbone.synthesis.b16.conv1.weight",
                           "backbone.synthesis.b32.conv0.affine.bias",
                           "decoder.net.2.bias",
                           "torgb.weight",
                           "superresolution.block1.torgb.bias"}) {
    const at::Tensor& parameter = term.generator.store().at(name);
    const at::Tensor gradient = parameter.grad().clone();
    const auto length = gradient.norm().item<double>();
    ASSERT_GT(length, 1e-6) << name;
    const at::Tensor step = gradient / length * 2e-3 * std::max(1.0, parameter.norm().item<double>());
    const at::Tensor before = parameter.detach().clone();
    const auto at_ = [&](double t) {
      parameter.copy_(before + step * t);
      return term().stats.at("Loss/G/reconstruction").to(at::kDouble).mean().item<double>();
    };
    const double slope = (at_(1) - at_(-1)) / (2 * step.norm().item<double>());
    parameter.copy_(before);
    EXPECT_NEAR(slope, length, 0.02 * length) << name;
  }
}

TEST_F(Reconstruction, ComparesWhatTheDiscriminatorSees) {
  Term term(options_, known({0, 5}));
  const at::NoGradGuard no_grad;
  const double sharp = term().loss.item<double>();
  // Away from edges a blur changes nothing of a picture of one colour, so that only what is made is softer.
  term.schedule.blur_sigma = 3;
  EXPECT_LT(term().loss.item<double>(), 0.999 * sharp);
}

class BesideTheAdversary : public Reconstruction {
 protected:
  std::unique_ptr<Trainer> make(const TrainingOptions& options, bool with_people = true) {
    const auto data = dataset();
    auto trainer = std::make_unique<Trainer>(options, kSize, panohead::labelTable(*data), *ranks_);
    if (with_people) {
      trainer->keepDrawing(KnownPeople(codes(), *data));
    }
    return trainer;
  }
  void steps(Trainer& trainer, int count, const std::vector<std::size_t>& items) {
    const DataBatch batch = batchOf(*dataset(), items);
    for (int i = 0; i < count; ++i) {
      trainer.step(batch);
    }
  }
  static void expectEqual(const Trainer& a, const Trainer& b) {
    const TrainingState right = b.state();
    for (const auto& [name, tensor] : a.state().tensors) {
      EXPECT_TRUE(at::equal(tensor, right.at(name))) << name;
    }
  }
  static double difference(const Trainer& a, const Trainer& b, const std::string& name) {
    return (a.state().at(name) - b.state().at(name)).abs().max().item<double>();
  }
  std::map<std::string, double> means(Trainer& trainer) { return meansOf(trainer.stats().take(*ranks_)); }

  std::unique_ptr<Communicator> ranks_ = makeSingleCommunicator();
};

TEST_F(BesideTheAdversary, WithoutWeightOrPeopleItIsNotThere) {
  TrainingOptions none = options_;
  none.reconstruction = 0;
  const auto plain = make(none, false);
  steps(*plain, 2, {0, 3});
  const auto weightless = make(none);
  steps(*weightless, 2, {0, 3});
  expectEqual(*plain, *weightless);
  EXPECT_FALSE(means(*weightless).contains("Loss/G/reconstruction"));

  const auto strangers = make(none, false);
  steps(*strangers, 2, {2, 11});
  const auto nobody = make(options_);
  steps(*nobody, 2, {2, 11});
  expectEqual(*strangers, *nobody);
  EXPECT_EQ(means(*nobody).at("Loss/G/reconstruction"), 0) << "every rank tells the same names";

  const auto with = make(options_);
  steps(*with, 2, {0, 3});
  EXPECT_GT(difference(*plain, *with, "G_adam.superresolution.block1.conv1.weight.average"), 0);
  EXPECT_EQ(difference(*plain, *with, "D_adam.b128.conv0.weight.average") > 0, true) << "it sees other heads";
  const std::map<std::string, double> told = means(*with);
  EXPECT_GT(told.at("Loss/G/reconstruction"), 0);
  EXPECT_GT(told.at("Reconstruction/psnr"), 0);
  EXPECT_TRUE(std::isfinite(told.at("Reconstruction/psnr")));
}

TEST_F(BesideTheAdversary, ABatchMustTellItsItems) {
  const auto trainer = make(options_);
  EXPECT_THROW(trainer->step(test::pictures(0, 2)), Error);
}

TEST_F(BesideTheAdversary, RoundsChangeNothingButRounding) {
  options_.batch = 4;
  options_.reconstruction = 100;  // all but alone
  TrainingOptions rounds = options_;
  rounds.batch_gpu = 2;
  const auto a = make(options_);
  const auto b = make(rounds);
  steps(*a, 1, {0, 1, 2, 13});  // two known people in the first round, one in the second
  steps(*b, 1, {0, 1, 2, 13});
  const std::map<std::string, double> left = means(*a);
  const std::map<std::string, double> right = means(*b);
  for (const char* name : {"Loss/G/reconstruction", "Reconstruction/psnr"}) {
    EXPECT_NEAR(left.at(name), right.at(name), 1e-4 * left.at(name)) << name;
  }
  const std::string moment = "G_adam.superresolution.block1.conv1.weight.average";
  const double largest = a->state().at(moment).abs().max().item<double>();
  EXPECT_LT(difference(*a, *b, moment), 1e-3 * largest);
}

TEST_F(BesideTheAdversary, ResumesFromTheMiddleOfAnIterationWithTheSameBits) {
  options_.reconstruction_fade_kimg = 0.1;
  const auto straight = make(options_);
  steps(*straight, 3, {0, 13});
  const auto interrupted = make(options_);
  steps(*interrupted, 1, {0, 13});
  int calls = 0;
  const auto stop = [&] {
    if (++calls == 2) {
      throw Cancelled();
    }
  };
  EXPECT_THROW(interrupted->step(batchOf(*dataset(), {0, 13}), stop), Cancelled);
  const auto resumed = make(options_);
  const auto file = files_.scratch / "state.safetensors";
  writeTrainingState(file, interrupted->state());
  resumed->load(readTrainingState(file));
  steps(*resumed, 2, {0, 13});
  expectEqual(*straight, *resumed);
}

class Silent final : public TrainingListener {
 public:
  void stats(std::int64_t, const std::map<std::string, double>&) override {}
  void file(const std::string&, const std::filesystem::path&, std::int64_t) override {}
  void state(const std::string&, const std::string&) override {}
  void notice(const std::string&) override {}
};

// What it is for: a warm-up's people survive a discriminator that begins at random.
TEST_F(BesideTheAdversary, KeepsThePeopleOfAWarmUp) {
  TrainingOptions warmup = options_;
  warmup.warmup = true;
  warmup.reconstruction = 0;
  warmup.mirror = false;
  warmup.held_out = 0;
  warmup.batch = 4;
  warmup.warmup_rate = 5e-3;
  warmup.kimg = 0.24;
  warmup.tick_kimg = 0.2;
  warmup.snapshot_ticks = 0;
  warmup.checkpoint_minutes = 0;
  warmup.out = files_.scratch / "warmup";
  TrainingControl control;
  Silent news;
  runTraining(warmup, control, news, context_);

  options_.resume = warmup.out / "network-snapshot-000000.safetensors";
  options_.mirror = false;
  const auto data = dataset();
  const auto psnr = [&](const Trainer& trainer) {
    const at::NoGradGuard no_grad;
    const AdversarialLoss loss(options_, trainer.generator(), trainer.discriminator(), at::zeros({25}));
    const DataBatch all = batchOf(*data, {0, 1, 2, 3, 4, 5, 6, 7});
    const KnownPictures pictures = knownPeople(options_, *data)->among(realOf(all), all.items);
    const LatentBatch latents{BatchRandom(1, 0, 0, 0, 8).normal({options_.z_dim}), pictures.real.labels, {}};
    return loss.reconstruction(pictures, latents, TrainingSchedule::at(options_, 0))
        .shares.at("Reconstruction/psnr")
        .mean()
        .item<double>();
  };
  const auto after = [&](double weight, int count) {
    TrainingOptions options = options_;
    options.reconstruction = weight;
    options.batch = 4;
    Trainer trainer(options, kSize, panohead::labelTable(*data), *ranks_);
    if (auto people = knownPeople(options, *data)) {
      trainer.keepDrawing(std::move(*people));
    }
    startFrom(trainer, options.resume, context_);
    for (int i = 0; i < count; ++i) {
      const std::size_t first = i % 2 * 4;
      trainer.step(batchOf(*data, {first, first + 1, first + 2, first + 3}));
    }
    return psnr(trainer);
  };
  const double before = after(0, 0);
  const double without = after(0, 10);
  const double with = after(10, 10);
  RecordProperty("dB", std::to_string(before) + " " + std::to_string(without) + " " + std::to_string(with));
  EXPECT_GT(before, 15) << "the warm-up has learned";
  EXPECT_GT(with, without + 1);
}

}  // namespace
}  // namespace panohead
