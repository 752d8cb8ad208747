#include "core/training/warmup/directions.h"

#include <algorithm>
#include <map>

namespace panohead {

namespace {

// Weights of a text attribute's values; those that the table lacks are left out.
std::vector<std::pair<std::string, double>> values(const std::string& attribute,
                                                   const std::map<std::string, double>& weights) {
  std::vector<std::pair<std::string, double>> terms;
  for (const auto& [value, weight] : weights) {
    terms.emplace_back(attribute + "=" + value, weight);
  }
  return terms;
}

std::vector<DirectionSpec> vocabulary() {
  return {
      {"sex", "Sex", "female", "male", {{"sex=m", 1}, {"male_share", 1}}},
      {"age", "Age", "young", "old", {{"age", 1}}},
      {"weight", "Weight", "thin", "heavy", {{"weight", 1}}},
      {"skin_tone", "Skin tone", "fair", "dark", {{"skin.tone", 1}}},
      {"features_african", "African features", "less", "more", {{"race.african", 1}}},
      {"features_asian", "Asian features", "less", "more", {{"race.asian", 1}}},
      {"hair_length",
       "Hair length",
       "short",
       "long",
       values("hair.style",
              {{"bald", -1.2},
               {"buzz", -1},
               {"short01", -0.6},
               {"short02", -0.6},
               {"short03", -0.3},
               {"short04", -0.6},
               {"bob01", 0.4},
               {"bob02", 0.4},
               {"long01", 1},
               {"braid01", 0.8},
               {"ponytail01", 0.7}})},
      {"hair_afro", "Afro", "less", "more", {{"hair.style=afro01", 1}}},
      {"hair_ponytail", "Ponytail", "less", "more", {{"hair.style=ponytail01", 1}}},
      {"hair_braid", "Braid", "less", "more", {{"hair.style=braid01", 1}}},
      {"hair_bald", "Bald", "less", "more", {{"hair.style=bald", 1}}},
      {"hair_lightness",
       "Hair lightness",
       "dark",
       "light",
       {{"hair.albedo_linear.0", 1}, {"hair.albedo_linear.1", 1}, {"hair.albedo_linear.2", 1}}},
      {"hair_red", "Red hair", "less", "more", {{"hair.colour=red", 1}}},
      {"hair_blond",
       "Blond hair",
       "less",
       "more",
       {{"hair.colour=blond", 1}, {"hair.colour=dark blond", 0.5}}},
      {"hair_grey", "Grey hair", "less", "more", {{"hair.grey_share", 1}}},
      {"beard", "Beard", "less", "more", {{"beard", 1}}},
      {"smile",
       "Smile",
       "neutral",
       "smiling",
       values("expression.kind", {{"neutral", -1}, {"smile_closed", 0.7}, {"smile_open", 1}})},
      {"mouth_open",
       "Open mouth",
       "closed",
       "open",
       values("expression.kind", {{"parted", 1}, {"smile_open", 1}})},
      {"eye_lightness",
       "Eye colour",
       "dark",
       "light",
       {{"iris.albedo_linear.0", 1}, {"iris.albedo_linear.1", 1}, {"iris.albedo_linear.2", 1}}},
      {"exposure", "Exposure", "dark", "bright", {{"exposure", 1}}},
  };
}

}  // namespace

std::vector<DirectionSpec> knownDirections(const AttributeTable& table) {
  std::vector<DirectionSpec> found;
  for (DirectionSpec& spec : vocabulary()) {
    std::erase_if(spec.terms, [&](const auto& term) { return table.find(term.first) < 0; });
    if (!spec.terms.empty()) {
      found.push_back(std::move(spec));
    }
  }
  return found;
}

}  // namespace panohead
