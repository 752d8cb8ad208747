#pragma once

#include "ui/value_form.h"

namespace panohead::ui {

/// A form for every row of an option table. Texts are translated with the context "OptionForm".
template <typename Options>
class TableForm final : public ValueForm {
 public:
  TableForm(const OptionTable<Options>& table, const Columns& columns, QWidget* parent = nullptr)
      : ValueForm(rowsOf(table), columns, parent), table_(table) {
    setBase({});
    setOptions({});
  }

  /// What a value counts as changed against, and is shown in bold for: a preset.
  void setBase(const Options& base) { setBaseValues(valuesOf(base)); }
  void setOptions(const Options& options) { setValues(valuesOf(options)); }
  Options options() const {
    Options options;
    const std::vector<OptionValue> entered = values();
    for (std::size_t i = 0; i < table_.size(); ++i) {
      setOption(options, table_[i], entered[i], optionFlag(table_[i].name));
    }
    return options;
  }

 private:
  static std::vector<Row> rowsOf(const OptionTable<Options>& table) {
    std::vector<Row> rows;
    for (const OptionRow<Options>& row : table) {
      rows.push_back({row.name,
                      row.help,
                      row.group,
                      optionValue(Options{}, row),
                      optionLimits(row, row.name),
                      row.advanced});
    }
    return rows;
  }
  std::vector<OptionValue> valuesOf(const Options& options) const {
    std::vector<OptionValue> values;
    for (const OptionRow<Options>& row : table_) {
      values.push_back(optionValue(options, row));
    }
    return values;
  }

  const OptionTable<Options>& table_;
};

}  // namespace panohead::ui
