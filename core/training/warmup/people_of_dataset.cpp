#include "core/base/error.h"
#include "core/training/warmup/picture_bank.h"

#include <fmt/format.h>

namespace panohead {

PeoplePictures peopleOf(std::shared_ptr<const Dataset> dataset) {
  if (!dataset->hasMasks()) {
    throw DatasetError("the warm-up needs masks", "pass them with --masks");
  }
  PeoplePictures people;
  people.resolution = dataset->resolution();
  people.names = dataset->personNames();
  people.views.resize(people.names.size());
  const std::vector<DatasetEntry>& entries = dataset->entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    people.labels.push_back(entries[i].label);
    if (entries[i].person >= 0) {
      people.views[static_cast<std::size_t>(entries[i].person)].push_back(static_cast<std::uint32_t>(i));
    }
  }
  if (people.names.empty()) {
    throw DatasetError(
        fmt::format("the pictures of {} do not name their people", dataset->options().data.string()),
        "the warm-up wants a folder for each person (\"00012/00012_03.webp\"), with several views of "
        "everyone");
  }
  for (std::size_t i = 0; i < people.names.size(); ++i) {
    if (people.views[i].size() < 2) {
      throw DatasetError(
          fmt::format("person '{}' has one picture only", people.names[i]),
          "the warm-up wants several views of everyone; train without it, or leave the person out");
    }
  }
  people.load = [dataset](std::uint32_t index) { return dataset->load({.entry = index, .mirrored = false}); };
  return people;
}

}  // namespace panohead
