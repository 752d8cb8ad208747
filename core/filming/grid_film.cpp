#include "core/filming/grid_film.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace panohead {
namespace {

class GridFilm final : public Film {
 public:
  GridFilm(std::vector<std::unique_ptr<Film>> films, int columns)
      : films_(std::move(films)),
        columns_(columns > 0 ? columns
                             : static_cast<int>(std::ceil(std::sqrt(static_cast<double>(films_.size()))))) {
    if (films_.empty()) {
      throw OptionError("a grid needs heads", "keep some in the gallery (Ctrl+D)");
    }
    columns_ = std::min(columns_, static_cast<int>(films_.size()));
    for (const auto& film : films_) {
      if (film->width() != films_.front()->width() || film->height() != films_.front()->height()) {
        throw OptionError("a grid needs films of one size", "draw all at the same size");
      }
    }
  }

  int frames() const override {
    return (*std::ranges::min_element(films_, {}, [](const auto& film) { return film->frames(); }))->frames();
  }
  int width() const override { return columns_ * films_.front()->width(); }
  int height() const override {
    return (static_cast<int>(films_.size()) + columns_ - 1) / columns_ * films_.front()->height();
  }
  bool hasAlpha() const override {
    return std::ranges::any_of(films_, [](const auto& film) { return film->hasAlpha(); });
  }

  Image frame(int index, JobContext& context) override {
    std::vector<Image> images;
    for (const auto& film : films_) {
      context.checkpoint();
      images.push_back(withChannels(film->frame(index, context), hasAlpha() ? 4 : 3));
    }
    return tiled(images, columns_);
  }

  std::string settings() const override {
    std::string text = fmt::format("grid: {} columns\n", columns_);
    for (const auto& film : films_) {
      text += film->settings();
    }
    return text;
  }

 private:
  std::vector<std::unique_ptr<Film>> films_;
  int columns_;
};

}  // namespace

std::unique_ptr<Film> gridFilm(std::vector<std::unique_ptr<Film>> films, int columns) {
  return std::make_unique<GridFilm>(std::move(films), columns);
}

}  // namespace panohead
