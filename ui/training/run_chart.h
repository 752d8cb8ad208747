#pragma once

#include "core/runs/run_stats.h"

#include <QWidget>

#include <array>
#include <memory>
#include <span>
#include <vector>

class QChart;
class QComboBox;
class QLabel;

namespace panohead::ui {

/// One run as charts draw it.
struct ChartRun {
  QString name;
  std::shared_ptr<const RunStats> stats;  // never null
};

/// Numbers that belong into one picture. A name that ends with * stands for all that begin so; unused ones
/// are null.
struct ChartTopic {
  const char* title;  // translated with the context "RunChart"
  std::array<const char*, 6> names;
};

/// Curves over thousands of pictures: a topic (losses, scores, speed, ...) or any single number, of one run
/// or of several over each other.
class RunChart final : public QWidget {
  Q_OBJECT

 public:
  /// @param name of the choice of what is shown
  RunChart(const QString& name, int topic, QWidget* parent = nullptr);
  /// Of other numbers than those of training.
  RunChart(const QString& name, int topic, std::span<const ChartTopic> topics, QWidget* parent = nullptr);

  /// A colour for each quantity, a kind of line (styleOf) for each run.
  void setRuns(const std::vector<ChartRun>& runs);
  /// 0: every point; towards 1: slower averages.
  void setSmoothing(double smoothing);
  void setLogScale(bool log);

  QChart* chart() const noexcept { return chart_; }
  static Qt::PenStyle styleOf(std::size_t run);
  int topicCount() const { return static_cast<int>(topics_.size()); }
  int topic() const;
  void setTopic(int topic);
  /// Whether the runs have numbers of a topic.
  bool has(int topic) const;
  /// Whether somebody chose what is shown.
  bool isChosen() const noexcept { return chosen_; }

 private:
  struct Curve {
    QString label;  // the quantity
    std::size_t run = 0;
    const std::vector<StatPoint>* points = nullptr;
  };
  void offerNames();
  std::vector<Curve> curves() const;
  void showLegend(QStringList quantities);
  void draw();

  std::span<const ChartTopic> topics_;  // static
  QComboBox* what_;
  QLabel* legend_;
  QChart* chart_;
  std::vector<ChartRun> runs_;
  double smoothing_ = 0;
  bool log_ = false;
  bool chosen_ = false;
};

/// Averages with a memory that the weight sets, without the pull of the start to zero.
std::vector<StatPoint> smoothed(const std::vector<StatPoint>& points, double weight);

}  // namespace panohead::ui
