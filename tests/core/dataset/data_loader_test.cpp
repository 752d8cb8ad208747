#include "core/dataset/data_loader.h"

#include "core/base/error.h"
#include "core/dataset/sampler.h"
#include "tests/support/dataset_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace panohead {
namespace {

using test::DatasetFiles;
using testing::HasSubstr;

std::shared_ptr<const Dataset> open(const DatasetFiles& files) {
  SilentContext context;
  return std::make_shared<Dataset>(DatasetOptions{.data = files.data, .masks = files.masks, .mirror = true},
                                   context);
}

/// Entry and side of every picture of some batches.
std::vector<std::pair<std::uint32_t, bool>> take(DataLoader& loader, int batches) {
  std::vector<std::pair<std::uint32_t, bool>> items;
  for (int i = 0; i < batches; ++i) {
    for (const DatasetItem& item : loader.next().items) {
      items.emplace_back(item.entry, item.mirrored);
    }
  }
  return items;
}

TEST(DataLoader, BatchesHoldWhatTheSamplerSays) {
  const DatasetFiles files(6);
  const auto dataset = open(files);
  DataLoader loader(dataset, {.seed = 4, .position = 10, .batch = 5, .first = 0, .count = 5});
  Sampler sampler(dataset->items().size(), 4);
  std::uint64_t position = 10;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(loader.position(), position);
    const DataBatch batch = loader.next();
    ASSERT_EQ(batch.size, 5);
    ASSERT_EQ(batch.resolution, 64);
    ASSERT_EQ(batch.pictures.size(), 5U * 64 * 64 * 3);
    ASSERT_EQ(batch.masks.size(), 5U * 64 * 64);
    for (std::size_t k = 0; k < 5; ++k, ++position) {
      const DatasetItem& item = dataset->items()[sampler.at(position)];
      EXPECT_EQ(batch.items[k].entry, item.entry);
      EXPECT_EQ(batch.items[k].mirrored, item.mirrored);
      const LoadedItem loaded = dataset->load(item);
      EXPECT_TRUE(
          std::equal(loaded.picture.pixels.begin(),
                     loaded.picture.pixels.end(),
                     batch.pictures.begin() + static_cast<std::ptrdiff_t>(k * loaded.picture.pixels.size())));
      EXPECT_TRUE(
          std::equal(loaded.mask.pixels.begin(),
                     loaded.mask.pixels.end(),
                     batch.masks.begin() + static_cast<std::ptrdiff_t>(k * loaded.mask.pixels.size())));
      EXPECT_TRUE(std::equal(loaded.label.begin(),
                             loaded.label.end(),
                             batch.labels.begin() + static_cast<std::ptrdiff_t>(k * 25)));
    }
  }
}

TEST(DataLoader, OrderDoesNotDependOnTheNumberOfThreads) {
  const DatasetFiles files(6);
  const auto dataset = open(files);
  DataLoader one(dataset, {.seed = 1, .batch = 4, .count = 4, .workers = 1, .prefetch = 1});
  DataLoader many(dataset, {.seed = 1, .batch = 4, .count = 4, .workers = 5, .prefetch = 7});
  EXPECT_EQ(take(one, 12), take(many, 12));
}

TEST(DataLoader, RanksTogetherSeeTheWholeBatch) {
  const DatasetFiles files(6);
  const auto dataset = open(files);
  DataLoader whole(dataset, {.seed = 2, .batch = 6, .first = 0, .count = 6});
  DataLoader first(dataset, {.seed = 2, .batch = 6, .first = 0, .count = 4});
  DataLoader second(dataset, {.seed = 2, .batch = 6, .first = 4, .count = 2});
  for (int i = 0; i < 5; ++i) {
    auto parts = take(first, 1);
    const auto rest = take(second, 1);
    parts.insert(parts.end(), rest.begin(), rest.end());
    EXPECT_EQ(parts, take(whole, 1));
  }
}

TEST(DataLoader, ARunGoesOnFromItsPosition) {
  const DatasetFiles files(6);
  const auto dataset = open(files);
  DataLoader uninterrupted(dataset, {.seed = 3, .batch = 5, .count = 5});
  take(uninterrupted, 7);
  DataLoader resumed(dataset, {.seed = 3, .position = uninterrupted.position(), .batch = 5, .count = 5});
  EXPECT_EQ(take(resumed, 7), take(uninterrupted, 7));
}

TEST(DataLoader, BrokenPicturesAreReplacedByTheNextTheSameWayEveryTimeAndNamed) {
  const DatasetFiles files(6);
  for (const int broken : {2, 3}) {
    DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(broken));
  }
  DatasetFiles::cutOff(files.masks / DatasetFiles::pictureName(5));
  const auto dataset = open(files);
  DataLoader one(dataset, {.seed = 1, .batch = 4, .count = 4, .workers = 1});
  DataLoader many(dataset, {.seed = 1, .batch = 4, .count = 4, .workers = 4});
  const auto items = take(one, 9);
  EXPECT_EQ(items, take(many, 9));

  Sampler sampler(dataset->items().size(), 1);
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::size_t item = sampler.at(i);
    for (std::uint32_t entry = dataset->items()[item].entry; entry == 2 || entry == 3 || entry == 5;
         entry = dataset->items()[item].entry) {
      item = (item + 1) % dataset->items().size();
    }
    EXPECT_EQ(items[i].first, dataset->items()[item].entry) << i;
  }
  EXPECT_THAT(one.skipped(),
              testing::UnorderedElementsAre(HasSubstr("img/personB/view0.png"),
                                            HasSubstr("img/personB/view1.png"),
                                            HasSubstr("seg/personC/view1.png")));
}

TEST(DataLoader, APictureFoundLaterIsNamedLater) {
  const DatasetFiles files(6);
  for (const int broken : {1, 4}) {
    DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(broken));
  }
  const auto dataset = open(files);
  std::uint64_t seed = 0;  // of an order in which the fifth picture comes before the second
  const auto place = [&](std::uint32_t entry) {
    Sampler sampler(dataset->items().size(), seed);
    std::uint64_t i = 0;
    while (dataset->items()[sampler.at(i)].entry != entry) {
      ++i;
    }
    return i;
  };
  while (place(4) > place(1)) {
    ++seed;
  }
  DataLoader loader(dataset, {.seed = seed, .batch = 1, .count = 1, .workers = 1, .prefetch = 1});
  take(loader, 12);
  EXPECT_THAT(loader.skipped(),
              testing::ElementsAre(HasSubstr("personC/view0.png"), HasSubstr("personA/view1.png")));
}

TEST(DataLoader, APngWithAChangedBitIsSkippedToo) {
  const DatasetFiles files(6);
  std::vector<std::byte> bytes = test::readBytes(files.data / DatasetFiles::pictureName(4));
  bytes[30] ^= std::byte{1};  // of the checksum behind the header: the decoder does not see it
  test::writeBytes(files.data / DatasetFiles::pictureName(4), bytes);
  DataLoader loader(open(files), {.batch = 6, .count = 6});
  loader.next();
  EXPECT_THAT(loader.skipped(),
              testing::ElementsAre(testing::AllOf(HasSubstr("personC/view0.png"), HasSubstr("checksum"))));
}

TEST(DataLoader, NothingButBrokenPicturesIsAnErrorOfNextAgainAndAgain) {
  const DatasetFiles files(2);
  const auto dataset = open(files);
  for (const int i : {0, 1}) {
    DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(i));
  }
  DataLoader loader(dataset, {.batch = 2, .count = 2});
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      loader.next();
      FAIL();
    } catch (const DatasetError& error) {
      EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("100 pictures in a row"), HasSubstr("view")));
    }
  }
  EXPECT_EQ(loader.position(), 0U);
}

TEST(DataLoader, AFileThatVanishesInARunIsSkipped) {
  const DatasetFiles files(6);
  const auto dataset = open(files);
  std::filesystem::remove(files.data / DatasetFiles::pictureName(4));
  DataLoader loader(dataset, {.batch = 6, .count = 6});
  for (int i = 0; i < 4; ++i) {
    for (const DatasetItem& item : loader.next().items) {
      EXPECT_NE(item.entry, 4U);
    }
  }
  EXPECT_THAT(loader.skipped(), testing::ElementsAre(HasSubstr("personC/view0.png")));
}

TEST(DataLoader, MayBeDestroyedWhileItIsDecoding) {
  const DatasetFiles files(6);
  const auto dataset = open(files);
  for (int i = 0; i < 10; ++i) {
    // So much ahead that a loader that fills it first would take half a minute.
    DataLoader loader(dataset, {.batch = 16, .count = 16, .workers = 3, .prefetch = 500});
    if (i % 2 == 0) {
      loader.next();
    }
  }
}

TEST(DataLoader, BatchesMayBeLargerThanTheSet) {
  const DatasetFiles files(2);
  const auto dataset = open(files);
  DataLoader loader(dataset, {.batch = 10, .count = 10});
  EXPECT_EQ(loader.next().items.size(), 10U);
  EXPECT_GE(loader.secondsWaited(), 0);
}

TEST(DataLoader, SlicesOutsideOfTheBatchAreRefused) {
  const DatasetFiles files(2);
  const auto dataset = open(files);
  EXPECT_THROW(DataLoader(dataset, {.batch = 4, .first = 2, .count = 3}), OptionError);
  EXPECT_THROW(DataLoader(dataset, {.batch = 4, .first = 0, .count = 0}), OptionError);
  EXPECT_THROW(DataLoader(dataset, {.batch = 0, .first = 0, .count = 1}), OptionError);
  EXPECT_THROW(DataLoader(dataset, {.workers = 0}), OptionError);
}

}  // namespace
}  // namespace panohead
