#pragma once

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace panohead {

/// One number of every person, before it is standardised.
struct AttributeColumn {
  std::string name;
  std::vector<double> values;  // one per person; not a number: unknown
};

/// Turns records into columns by the rules of flattenAttributes, one person at a time.
class AttributeColumns {
 public:
  void addPerson(const nlohmann::json& record);
  std::vector<AttributeColumn> finish() const;

 private:
  void object(const std::string& prefix, const nlohmann::json& value, double exposure);
  void array(const std::string& name, const nlohmann::json& value);
  bool lights(const std::string& prefix, const nlohmann::json& value, double exposure);
  void number(const std::string& name, double value);

  std::size_t people_ = 0;
  std::vector<std::string> order_;                              // of first appearance
  std::map<std::string, std::vector<double>> numbers_;          // not a number where missing
  std::map<std::string, std::vector<std::string>> texts_;       // "" where missing
  std::map<std::string, std::set<std::string>> truths_beside_;  // text -> truth values of the same object
  std::map<std::string, std::set<std::string>> members_;        // object of numbers -> its members
};

}  // namespace panohead
