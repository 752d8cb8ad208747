#include "core/dataset/dataset_index.h"

#include "core/base/error.h"
#include "core/dataset/dataset_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace panohead {
namespace {

constexpr const char* kLabelFile = "dataset.json";

using StemMap = std::unordered_map<std::string, std::size_t>;

/// Pictures of a source by their stem; of equal stems the first counts.
StemMap picturesByStem(const FileSource& source, std::vector<std::string>& equal_stems) {
  StemMap found;
  for (std::size_t i = 0; i < source.names().size(); ++i) {
    const std::string& name = source.names()[i];
    if (isPictureName(name) && !found.emplace(stemOf(name), i).second) {
      equal_stems.push_back(source.fullName(i));
    }
  }
  return found;
}

std::size_t findLabelFile(const FileSource& source) {
  if (const std::optional<std::size_t> found = source.find(kLabelFile)) {
    return *found;
  }
  const std::string where = source.path().string();
  for (const std::string& name : source.names()) {
    if (name.ends_with(std::string("/") + kLabelFile)) {
      throw DatasetError(
          fmt::format("there is no dataset.json at the top of '{}', but '{}' inside it", where, name),
          "give that folder, or zip its contents instead of the folder");
    }
  }
  throw DatasetError(fmt::format("there is no dataset.json in '{}'", where),
                     "it holds the camera of every picture; resources/docs/datasets.md explains it");
}

void assignLabels(std::vector<LabelRow> rows, const StemMap& stems, DatasetIndex& index) {
  std::unordered_map<std::size_t, std::size_t> place;  // in index.pictures, by number in the source
  for (std::size_t i = 0; i < index.pictures.size(); ++i) {
    place[index.pictures[i].picture] = i;
  }
  for (LabelRow& row : rows) {
    const auto found = stems.find(stemOf(row.name));
    if (found == stems.end()) {
      index.labels_without_picture.push_back(std::move(row.name));
      continue;
    }
    IndexedPicture& picture = index.pictures[place.at(found->second)];
    if (std::exchange(picture.labelled, true)) {
      const bool same =
          row.problem == picture.label_problem && (!picture.label || *picture.label == row.label);
      (same ? index.repeated_labels : index.conflicting_labels).push_back(picture.name);
    } else if (row.problem.empty()) {
      picture.label = row.label;
      picture.label_problem.clear();
    } else {
      picture.label_problem = std::move(row.problem);
    }
  }
}

}  // namespace

DatasetIndex openDatasetIndex(const std::filesystem::path& data,
                              const std::filesystem::path& masks,
                              JobContext& context) {
  DatasetIndex index;
  index.picture_source = openFileSource(data, "--data", context);
  const FileSource& source = *index.picture_source;
  const std::size_t label_file = findLabelFile(source);
  context.checkpoint();
  const StemMap stems = picturesByStem(source, index.equal_stems);
  if (stems.empty()) {
    throw DatasetError(fmt::format("there is no picture in '{}'", data.string()),
                       "pictures are .png, .jpg, .jpeg or .webp files");
  }
  for (const auto& [stem, number] : stems) {
    index.pictures.push_back(
        {.name = source.names()[number], .picture = number, .label_problem = "dataset.json has none for it"});
  }
  std::sort(index.pictures.begin(), index.pictures.end(), [](const auto& a, const auto& b) {
    return a.name < b.name;
  });
  assignLabels(
      parseLabels(source.read(label_file, kMaxLabelBytes), source.fullName(label_file)), stems, index);
  context.checkpoint();

  if (!masks.empty()) {
    index.mask_source = openFileSource(masks, "--masks", context);
    StemMap mask_stems = picturesByStem(*index.mask_source, index.equal_stems);
    for (IndexedPicture& picture : index.pictures) {
      if (const auto found = mask_stems.find(stemOf(picture.name)); found != mask_stems.end()) {
        picture.mask = found->second;
        mask_stems.erase(found);
      }
    }
    for (const auto& [stem, number] : mask_stems) {
      index.masks_without_picture.push_back(index.mask_source->names()[number]);
    }
    std::sort(index.masks_without_picture.begin(), index.masks_without_picture.end());
  }
  return index;
}

}  // namespace panohead
