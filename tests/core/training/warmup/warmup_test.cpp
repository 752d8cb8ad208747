#include "core/training/warmup/warmup.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/core/training/warmup/small_heads.h"
#include "tests/support/doubled_rank.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace panohead {
namespace {

using namespace test;

// Ranks that are threads of this process.
struct Meeting {
  explicit Meeting(int count) : size(count) {}
  int size;
  std::mutex mutex;
  std::condition_variable all_here;
  int here = 0;
  std::int64_t round = 0;
  std::vector<at::Tensor> values = std::vector<at::Tensor>(static_cast<std::size_t>(size));

  void wait(std::unique_lock<std::mutex>& lock) {
    const std::int64_t mine = round;
    if (++here == size) {
      here = 0;
      ++round;
      all_here.notify_all();
    } else {
      all_here.wait(lock, [&] { return round != mine; });
    }
  }
};

class ThreadRank final : public DoubledRank {
 public:
  ThreadRank(Meeting& meeting, int rank) : meeting_(&meeting), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return meeting_->size; }
  void sum(const at::Tensor& values) override {
    std::unique_lock lock(meeting_->mutex);
    meeting_->values[static_cast<std::size_t>(rank_)] = values.clone();
    meeting_->wait(lock);
    at::Tensor total = at::zeros_like(values);
    for (const at::Tensor& part : meeting_->values) {
      total.add_(part);
    }
    values.copy_(total);
    meeting_->wait(lock);
  }

 private:
  Meeting* meeting_;
  int rank_;
};

// One of two ranks that compute the same, until the exchange breaks off.
class BreakingRank final : public DoubledRank {
 public:
  explicit BreakingRank(int sums) : sums_left_(sums) {}
  void sum(const at::Tensor& values) override {
    if (sums_left_-- == 0) {
      throw RankError("broke off");
    }
    DoubledRank::sum(values);
  }

 private:
  int sums_left_;
};

constexpr int kPeople = 7;

// A run with everything that it refers to.
struct WarmupRun {
  explicit WarmupRun(const WarmupOptions& options, Communicator* communicator = nullptr)
      : generator(smallHeadConfig(), 1),
        bank(discPeople(kPeople), kSmallNeural, 64),
        attributes(flattenAttributes(discAttributes(kPeople), bank.people().names, "discs")),
        alone_meeting(1),
        alone(alone_meeting, 0) {
    prepareForWarmup(generator, kSmallBackground);
    warmup.emplace(generator, bank, &attributes, options, communicator != nullptr ? *communicator : alone);
  }
  std::vector<double> steps(int count) {
    std::vector<double> losses;
    for (int i = 0; i < count; ++i) {
      losses.push_back(warmup->step().at("Loss/warmup/total"));
    }
    return losses;
  }

  Generator generator;
  PictureBank bank;
  AttributeTable attributes;
  Meeting alone_meeting;
  ThreadRank alone;
  std::optional<Warmup> warmup;
};

double mean(const std::vector<double>& values, std::size_t first, std::size_t count) {
  double sum = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    sum += values[i];
  }
  return sum / static_cast<double>(count);
}

TEST(Warmup, LearnsDiscsSoThatTheLossFalls) {
  WarmupOptions options = smallWarmup();
  options.steps = 70;
  options.high_from = options.steps;  // the part that is quick to learn
  WarmupRun run(options);
  const std::vector<double> losses = run.steps(70);
  EXPECT_LT(mean(losses, 50, 20), 0.75 * mean(losses, 0, 20));
}

TEST(Warmup, ResumesWithTheSameNumbers) {
  WarmupOptions options = smallWarmup();
  options.steps = 12;
  options.code_steps = 2;
  options.high_from = 3;
  options.refine_from = 5;
  options.texture_from = 9;
  WarmupRun whole(options);
  const std::vector<double> losses = whole.steps(12);

  WarmupRun first(options);
  first.steps(6);
  std::map<std::string, at::Tensor> saved;
  for (const auto& [name, tensor] : first.warmup->state()) {
    EXPECT_TRUE(saved.emplace(name, tensor.clone()).second) << name << " is there twice";
  }
  WarmupRun second(options);
  for (const auto& [name, tensor] : second.warmup->state()) {
    const at::NoGradGuard no_grad;
    tensor.copy_(saved.at(name));
  }
  EXPECT_EQ(second.warmup->stepsDone(), 6);
  const std::vector<double> rest = second.steps(6);
  EXPECT_EQ(rest, std::vector<double>(losses.begin() + 6, losses.end()));
  for (const auto& [name, tensor] : second.warmup->state()) {
    saved[name] = tensor;
  }
  for (const auto& [name, tensor] : whole.warmup->state()) {
    EXPECT_TRUE(at::equal(tensor, saved.at(name))) << name;
  }
  EXPECT_TRUE(whole.warmup->finished());
}

TEST(Warmup, TwoRanksAreOneRankWithTheWholeBatch) {
  WarmupOptions options = smallWarmup();
  options.quick = false;  // float32: differences are rounding
  options.rate = 1e-3;
  WarmupRun one(options);
  one.steps(4);

  Meeting meeting(2);
  ThreadRank ranks[2] = {{meeting, 0}, {meeting, 1}};
  WarmupRun halves[2] = {WarmupRun(options, &ranks[0]), WarmupRun(options, &ranks[1])};
  std::thread other([&] { halves[1].steps(4); });
  halves[0].steps(4);
  other.join();
  const NamedTensors whole = one.warmup->state();
  for (WarmupRun& half : halves) {
    const NamedTensors state = half.warmup->state();
    ASSERT_EQ(state.size(), whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (whole[i].first.starts_with("G.") || whole[i].first.starts_with("codes.")) {
        const double scale = whole[i].second.abs().max().item<double>() + 1e-3;
        const double difference = (whole[i].second - state[i].second).abs().max().item<double>();
        EXPECT_LT(difference, 2e-2 * scale) << whole[i].first;
      }
    }
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_TRUE(at::equal(halves[0].warmup->state()[i].second, halves[1].warmup->state()[i].second))
        << whole[i].first << ": the ranks drift apart";
  }
}

TEST(Warmup, KnowsWhetherABrokenExchangeLeftTheStepBeforeWhole) {
  // Two sums for the gradients of an ordinary step; two more, before them, for the texture's discriminator.
  for (const auto& [texture_from, sums] : {std::pair(-1, 0), {-1, 1}, {0, 0}, {0, 1}, {0, 2}, {0, 3}}) {
    WarmupOptions options = smallWarmup();
    options.texture_from = texture_from;
    BreakingRank rank(sums);
    WarmupRun run(options, &rank);
    std::map<std::string, at::Tensor> before;
    for (const auto& [name, tensor] : run.warmup->state()) {
      before.emplace(name, tensor.clone());
    }
    EXPECT_THROW(run.warmup->step(), RankError);
    EXPECT_EQ(run.warmup->isWhole(), sums < 2) << sums;
    bool same = true;
    for (const auto& [name, tensor] : run.warmup->state()) {
      same = same && at::equal(tensor, before.at(name));
    }
    EXPECT_EQ(run.warmup->isWhole(), same) << sums;
  }
}

TEST(Warmup, OnlyCodesLearnAtFirst) {
  WarmupOptions options = smallWarmup();
  options.code_steps = 3;
  WarmupRun run(options);
  const at::Tensor before = run.generator.store().at("decoder.net.0.weight").detach().clone();
  const at::Tensor codes_before = run.warmup->codes().store().at("fc.weight").detach().clone();
  run.steps(3);
  EXPECT_TRUE(at::equal(before, run.generator.store().at("decoder.net.0.weight")));
  EXPECT_FALSE(at::equal(codes_before, run.warmup->codes().store().at("fc.weight")));
  run.steps(1);
  EXPECT_FALSE(at::equal(before, run.generator.store().at("decoder.net.0.weight")));
}

TEST(Warmup, SuperResolutionLearnsAloneWithTheTextureDiscriminator) {
  WarmupOptions options = smallWarmup();
  options.steps = 8;
  options.refine_from = 2;
  options.texture_from = 5;  // averages move every five steps
  WarmupRun run(options);
  run.steps(5);
  const NamedTensors weights = [&] {
    NamedTensors copies;
    for (const auto& [name, tensor] : run.warmup->state()) {
      copies.emplace_back(name, tensor.detach().clone());
    }
    return copies;
  }();
  const WarmupStats stats = run.warmup->step();
  EXPECT_TRUE(stats.contains("Loss/warmup/texture_D"));
  EXPECT_FALSE(stats.contains("Loss/warmup/raw_psnr"));
  bool high_moved = false, texture_moved = false;
  const NamedTensors after = run.warmup->state();
  const std::map<std::string, at::Tensor> averaged(weights.begin(), weights.end());
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto& [name, tensor] = after[i];
    if (name.starts_with("G.superresolution.")) {
      high_moved |= !at::equal(tensor, averaged.at("G_ema." + name.substr(2)));
    } else if (name.starts_with("texture.")) {
      texture_moved |= !at::equal(tensor, weights[i].second);
    } else if (name.starts_with("G.")) {
      EXPECT_TRUE(at::equal(tensor, averaged.at("G_ema." + name.substr(2)))) << name;
    } else if (name.starts_with("codes_ema.")) {
      EXPECT_TRUE(at::equal(tensor, weights[i].second)) << name;
    }
  }
  EXPECT_TRUE(high_moved);
  EXPECT_TRUE(texture_moved);
  options.texture_from = 1;
  EXPECT_THROW(options.check(), OptionError);
}

TEST(Warmup, HeldOutPeopleAreNeverSeen) {
  WarmupOptions options = smallWarmup();
  WarmupRun run(options);
  std::vector<bool> seen(kPeople, false);
  PeoplePictures people = discPeople(kPeople);
  people.load = [&seen, load = people.load](std::uint32_t index) {
    seen[index / 4] = true;
    return load(index);
  };
  PictureBank bank(std::move(people), kSmallNeural, 64);
  Generator generator(smallHeadConfig(), 1);
  prepareForWarmup(generator, kSmallBackground);
  Warmup warmup(generator, bank, nullptr, options, run.alone);
  for (int i = 0; i < 6; ++i) {
    warmup.step();
  }
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end() - 1, [](bool x) { return x; }))
      << "two passes see everyone";
  EXPECT_FALSE(seen.back());
  EXPECT_TRUE(at::equal(warmup.codes().freeNumbers()[kPeople - 1], at::zeros({options.free_numbers})));
}

TEST(Warmup, BackgroundAndMappingAreLeftAlone) {
  WarmupRun run(smallWarmup());
  std::map<std::string, at::Tensor> before;
  for (const ParameterStore::Entry& entry : run.generator.store().entries()) {
    before[entry.name] = entry.tensor.detach().clone();
  }
  run.steps(2);
  for (const ParameterStore::Entry& entry : run.generator.store().entries()) {
    const bool same = at::equal(before[entry.name], entry.tensor);
    if (entry.name.starts_with("bcg_synthesis.") || entry.name.starts_with("backbone.mapping.") ||
        entry.name.starts_with("t_mapping.") || entry.name.starts_with("torgb.")) {
      EXPECT_TRUE(same) << entry.name;
    }
  }
  EXPECT_FALSE(at::equal(before["backbone.synthesis.b4.const"],
                         run.generator.store().at("backbone.synthesis.b4.const")));
  EXPECT_FALSE(at::equal(before["backbone.synthesis.b8.conv0.noise_const"],
                         run.generator.store().at("backbone.synthesis.b8.conv0.noise_const")))
      << "noise pictures with a strength are learned";
}

TEST(Warmup, ABrokenPictureIsReplacedByAnotherView) {
  PeoplePictures people = discPeople(kPeople);
  people.load = [load = people.load](std::uint32_t index) {
    if (index % 4 == 1) {
      throw ImageError("view " + std::to_string(index) + " is broken");
    }
    return load(index);
  };
  PictureBank bank(std::move(people), kSmallNeural, 64);
  const PatchOptions options = smallWarmup().patch;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    EXPECT_EQ(makePatchBatch(bank, {0, 3}, {seed, seed + 9}, options).raw.size(0), 4);
  }
  EXPECT_FALSE(bank.failures().empty());
  EXPECT_THAT(bank.failures(), testing::Each(testing::AnyOf("view 1 is broken", "view 13 is broken")));
}

TEST(Warmup, BrokenPicturesAreNamedOnceAsTheyAreFound) {
  PeoplePictures people = discPeople(kPeople);
  people.load = [](std::uint32_t index) -> LoadedItem {
    throw ImageError("view " + std::to_string(index) + " is broken");
  };
  PictureBank bank(std::move(people), kSmallNeural, 64);
  for (const std::uint32_t index : {5U, 2U, 5U}) {
    EXPECT_EQ(bank.get(index), nullptr);
  }
  EXPECT_THAT(bank.failures(), testing::ElementsAre("view 5 is broken", "view 2 is broken"));
}

TEST(Warmup, RefusesOptionsThatMakeNoSense) {
  WarmupOptions options = smallWarmup();
  options.heads = 100;
  EXPECT_THROW(WarmupRun{options}, DatasetError);
  options = smallWarmup();
  options.patch.patch = 4;
  EXPECT_THROW(WarmupRun{options}, OptionError);
}

TEST(PatchBatch, TargetsAreThePictureOverTheBackground) {
  PictureBank bank(discPeople(3), kSmallNeural, 64);
  const PatchOptions options{.patch = kSmallNeural, .neural = kSmallNeural, .views = 2, .margin = 4};
  const PatchBatch batch = makePatchBatch(bank, {2}, {5}, options);
  ASSERT_EQ(batch.raw.sizes(), at::IntArrayRef({2, 3, kSmallNeural, kSmallNeural}));
  const at::Tensor middle = batch.raw.select(2, 16).select(2, 16);
  for (int channel = 0; channel < 3; ++channel) {
    EXPECT_NEAR(middle[0][channel].item<double>(), colourOf(2)[channel] / 127.5 - 1, 1e-2);
  }
  EXPECT_TRUE(at::allclose(batch.raw.select(2, 0).select(2, 0), batch.background.select(2, 0).select(2, 0)));
  EXPECT_NEAR(batch.mask.mean().item<double>(), M_PI * 40 * 40 / (128.0 * 128.0), 0.01);
  EXPECT_EQ(batch.counts.min().item<double>(), 1) << "the whole picture has no rim of its own";
  const PatchBatch again = makePatchBatch(bank, {2}, {5}, options);
  EXPECT_TRUE(at::equal(batch.raw, again.raw));
  EXPECT_TRUE(at::equal(batch.rays.directions, again.rays.directions));
}

TEST(PatchBatch, RaysAreThoseOfTheirPixels) {
  PictureBank bank(discPeople(2), kSmallNeural, 64);
  const PatchOptions options{.patch = 8, .neural = kSmallNeural, .views = 1, .margin = 4};
  const PatchBatch batch = makePatchBatch(bank, {1}, {11}, options);
  bool found = false;
  for (std::uint32_t view : bank.people().views[1]) {
    const at::Tensor label = at::from_blob(const_cast<float*>(bank.people().labels[view].data()), {1, 25});
    const Rays all = sampleRays(label, kSmallNeural);
    for (std::int64_t y = 0; y + 8 <= kSmallNeural && !found; ++y) {
      for (std::int64_t x = 0; x + 8 <= kSmallNeural && !found; ++x) {
        const at::Tensor part =
            all.directions.view({kSmallNeural, kSmallNeural, 3}).narrow(0, y, 8).narrow(1, x, 8);
        found = at::equal(part.reshape({1, 64, 3}), batch.rays.directions);
      }
    }
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace panohead
