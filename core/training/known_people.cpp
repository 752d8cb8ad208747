#include "core/training/known_people.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

namespace panohead {

namespace {

constexpr const char* kWhereCodesComeFrom =
    "name their file with --codes: a warm-up writes it beside its network, and with --warmup-codes-only "
    "for any network; or leave --reconstruction out";

// 1, or -1 where the label of the mirrored picture has the other sign. [25]
at::Tensor mirrorSigns() {
  CameraLabel ones;
  ones.fill(1);
  const CameraLabel signs = mirrored(ones);
  return at::from_blob(const_cast<float*>(signs.data()), {25}, at::kFloat).clone();
}

}  // namespace

KnownPeople::KnownPeople(PeopleCodes codes, const Dataset& dataset)
    : codes_(std::move(codes)), people_(dataset.personNames().size()) {
  std::map<std::string, std::int64_t> rows;
  for (const std::string& name : codes_.names) {
    rows.emplace(name, static_cast<std::int64_t>(rows.size()));
  }
  std::vector<std::int64_t> code_of_person;
  for (const std::string& name : dataset.personNames()) {
    const auto row = rows.find(name);
    code_of_person.push_back(row == rows.end() ? -1 : row->second);
  }
  known_ = people_ - static_cast<std::size_t>(std::ranges::count(code_of_person, -1));
  if (known_ == 0) {
    throw DatasetError(fmt::format("none of the {} people whose codes are known is in {}",
                                   rows.size(),
                                   dataset.options().data.string()),
                       "--reconstruction wants the data of the warm-up, with a folder for each person "
                       "(\"00012/00012_03.webp\")");
  }
  for (const DatasetEntry& entry : dataset.entries()) {
    code_of_entry_.push_back(entry.person < 0 ? -1 : code_of_person[static_cast<std::size_t>(entry.person)]);
  }
}

KnownPictures KnownPeople::among(const RealBatch& real, std::span<const DatasetItem> items) const {
  std::vector<std::int64_t> places, codes, turned;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (const std::int64_t code = code_of_entry_[items[i].entry]; code >= 0) {
      places.push_back(static_cast<std::int64_t>(i));
      codes.push_back(code);
      turned.push_back(items[i].mirrored ? 1 : 0);
    }
  }
  const at::Device device = real.image.device();
  KnownPictures known;
  known.batch = static_cast<std::int64_t>(items.size());
  known.places = at::tensor(places, at::kLong).to(device);
  known.w = codes_.w.index_select(0, at::tensor(codes, at::kLong).to(device));
  const at::Tensor turn = at::tensor(turned, at::kLong).to(device).to(at::kBool);  // [n]
  const auto picture = [&](const at::Tensor& t) {
    const at::Tensor own = t.index_select(0, known.places);
    return at::where(turn.view({-1, 1, 1, 1}), own.flip(3), own);
  };
  known.real.image = picture(real.image);
  known.real.mask = picture(real.mask);
  const at::Tensor labels = real.labels.index_select(0, known.places);
  known.real.labels = at::where(turn.unsqueeze(1), labels * mirrorSigns().to(device), labels);
  return known;
}

std::string KnownPeople::description() const {
  return fmt::format("draws {} of the {} people of the data beside the adversary", known_, people_);
}

std::optional<KnownPeople> knownPeople(const TrainingOptions& options, const Dataset& dataset) {
  if (options.reconstruction == 0) {
    return std::nullopt;
  }
  if (options.codes.empty() && options.resume.empty()) {
    throw OptionError("--reconstruction: a network that begins at random has no codes of people",
                      kWhereCodesComeFrom);
  }
  const std::filesystem::path file = options.codes.empty() ? codesBeside(options.resume) : options.codes;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    throw OptionError(
        fmt::format("--reconstruction: there is no '{}' with the codes of people", file.string()),
        kWhereCodesComeFrom);
  }
  KnownPeople people(readPeopleCodes(file), dataset);
  if (people.dims() != options.w_dim) {
    throw OptionError(
        fmt::format("--codes: those in '{}' have {} numbers, this network's {}",
                    file.string(),
                    people.dims(),
                    options.w_dim),
        "give the codes that were learned for this network, or those of --warmup-codes-only for it");
  }
  return people;
}

}  // namespace panohead
