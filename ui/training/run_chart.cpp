#include "ui/training/run_chart.h"

#include "ui/bridge/qt_convert.h"

#include <QChart>
#include <QChartView>
#include <QComboBox>
#include <QCoreApplication>
#include <QGraphicsLayout>
#include <QLabel>
#include <QLegend>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <QValueAxis>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <set>

namespace panohead::ui {
namespace {

/// Of stats.jsonl.
constexpr std::array kTopics{
    ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Losses"),
               {"Loss/G/loss", "Loss/D/real", "Loss/D/fake", "Loss/warmup/total"}},
    ChartTopic{
        QT_TRANSLATE_NOOP("RunChart", "Scores"),
        {"Loss/scores/real", "Loss/scores/fake", "Loss/scores/texture_real", "Loss/scores/texture_fake"}},
    ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Front and back"), {"Scores/*"}},
    ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Seconds per kimg"), {"Timing/sec_per_kimg"}},
    ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Memory, GB"),
               {"Resources/cpu_mem_gb", "Resources/peak_gpu_mem_gb"}},
    ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Regularisers"),
               {"Loss/r1_penalty",
                "Loss/r1_penalty_seg",
                "Loss/G/trans_reg_loss",
                "Loss/G/TVloss",
                "Loss/G/monotonic_loss",
                "Loss/G/reconstruction"}},
    ChartTopic{QT_TRANSLATE_NOOP("RunChart", "PSNR, dB"),
               {"Loss/warmup/psnr", "Loss/warmup/raw_psnr", "Reconstruction/psnr"}}};

constexpr std::array kColors{0x5b9bd5, 0xe2a458, 0x7fc97f, 0xd98cb3, 0xb0a1e0, 0x66c2c2};
constexpr std::size_t kMostPoints = 800;  // of a curve: about its pixels

QColor colorOf(qsizetype quantity) {
  return QColor::fromRgb(static_cast<QRgb>(kColors[static_cast<std::size_t>(quantity) % kColors.size()]));
}

bool matches(const std::string& name, const char* pattern) {
  const std::string wanted(pattern);
  return wanted.ends_with('*') ? name.starts_with(wanted.substr(0, wanted.size() - 1)) : name == wanted;
}

/// "Loss/scores/real" -> "scores/real".
QString shortName(const std::string& name) { return toQString(name.substr(name.find('/') + 1)); }

/// Without what all of them begin with: "scores/real", "scores/fake" -> "real", "fake".
void dropCommonFolders(QStringList& names) {
  const auto folderOf = [](const QString& name) { return name.left(name.indexOf('/') + 1); };
  while (names.size() > 1 && !folderOf(names.front()).isEmpty()) {
    const QString folder = folderOf(names.front());
    if (!std::ranges::all_of(names, [&](const QString& name) { return name.startsWith(folder); })) {
      return;
    }
    for (QString& name : names) {
      name.remove(0, folder.size());
    }
  }
}

/// So many that the curve looks the same: averages of neighbours.
std::vector<StatPoint> thinned(const std::vector<StatPoint>& points) {
  const std::size_t stride = (points.size() + kMostPoints - 1) / kMostPoints;
  if (stride <= 1) {
    return points;
  }
  std::vector<StatPoint> few;
  for (std::size_t begin = 0; begin < points.size(); begin += stride) {
    const std::size_t end = std::min(begin + stride, points.size());
    StatPoint sum{points[end - 1].kimg, 0};
    for (std::size_t i = begin; i < end; ++i) {
      sum.mean += points[i].mean / static_cast<double>(end - begin);
    }
    few.push_back(sum);
  }
  return few;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

void dress(QAbstractAxis* axis) {
  QFont font = axis->labelsFont();
  font.setPointSizeF(7.5);
  axis->setLabelsFont(font);
  axis->setLabelsBrush(QColor(0xa3, 0xa9, 0xb3));
  axis->setGridLinePen(QPen(QColor(0x2c, 0x30, 0x37), 1));
  axis->setLinePen(QPen(QColor(0x45, 0x4b, 0x55), 1));
}

/// The whole range is used, and the numbers beside it are round. A level curve gets room around it.
void setRange(QValueAxis* axis, Range range, double padding) {
  constexpr double kMostLabels = 5;
  const double size = range.high - range.low;
  const double room = size > 0 ? size * padding : std::max(std::abs(range.high) * 0.05, 1e-6);
  axis->setRange(range.low - room, range.high + room);
  const double finest = (size + 2 * room) / kMostLabels;
  double step = std::pow(10.0, std::floor(std::log10(finest)));
  step *= step >= finest ? 1 : 2 * step >= finest ? 2 : 5 * step >= finest ? 5 : 10;
  axis->setTickType(QValueAxis::TicksDynamic);
  axis->setTickAnchor(0);
  axis->setTickInterval(step);
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  axis->setLabelFormat(decimals > 4 || step >= 1e6 ? QString("%.3g") : QString("%.%1f").arg(decimals));
}

}  // namespace

std::vector<StatPoint> smoothed(const std::vector<StatPoint>& points, double weight) {
  std::vector<StatPoint> result = points;
  double average = 0;
  double total = 0;
  for (StatPoint& point : result) {
    average = weight * average + (1 - weight) * point.mean;
    total = weight * total + (1 - weight);
    point.mean = average / total;
  }
  return result;
}

int RunChart::topic() const { return what_->currentIndex(); }

void RunChart::setTopic(int topic) { what_->setCurrentIndex(topic); }

bool RunChart::has(int topic) const {
  const auto& names = topics_[static_cast<std::size_t>(topic)].names;
  return std::ranges::any_of(runs_, [&](const ChartRun& run) {
    return std::ranges::any_of(*run.stats, [&](const auto& curve) {
      return std::ranges::any_of(
          names, [&](const char* name) { return name != nullptr && matches(curve.first, name); });
    });
  });
}

RunChart::RunChart(const QString& name, int topic, QWidget* parent)
    : RunChart(name, topic, kTopics, parent) {}

RunChart::RunChart(const QString& name, int topic, std::span<const ChartTopic> topics, QWidget* parent)
    : QWidget(parent), topics_(topics), what_(new QComboBox), legend_(new QLabel), chart_(new QChart) {
  what_->setObjectName(name);
  what_->setToolTip(tr("What this chart shows"));
  what_->setAccessibleName(what_->toolTip());
  for (const ChartTopic& one : topics_) {
    what_->addItem(QCoreApplication::translate("RunChart", one.title));
  }
  what_->setCurrentIndex(topic);
  connect(what_, &QComboBox::currentIndexChanged, this, &RunChart::draw);
  connect(what_, &QComboBox::activated, this, [this] { chosen_ = true; });

  chart_->setTheme(QChart::ChartThemeDark);
  chart_->setBackgroundBrush(QColor(0x17, 0x19, 0x1c));
  chart_->setBackgroundRoundness(6);
  chart_->setMargins({4, 2, 10, 2});
  chart_->layout()->setContentsMargins(0, 0, 0, 0);
  chart_->legend()->hide();  // it cuts names off where it could go on in a second line
  legend_->setObjectName(name + "Legend");
  legend_->setProperty("role", "small");
  legend_->setTextFormat(Qt::RichText);
  legend_->setWordWrap(true);
  auto* view = new QChartView(chart_);
  view->setRenderHint(QPainter::Antialiasing);
  view->setFrameShape(QFrame::NoFrame);
  view->setBackgroundBrush(Qt::NoBrush);
  view->setMinimumSize(200, 60);
  view->setAccessibleName(tr("Chart"));

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(3);
  layout->addWidget(what_);
  layout->addWidget(legend_);
  layout->addWidget(view, 1);
  setMinimumHeight(160);  // not the parts' own: the legend may need a second line
  draw();
}

void RunChart::setRuns(const std::vector<ChartRun>& runs) {
  runs_ = runs;
  offerNames();
  draw();
}

void RunChart::setSmoothing(double smoothing) {
  smoothing_ = smoothing;
  draw();
}

void RunChart::setLogScale(bool log) {
  log_ = log;
  draw();
}

void RunChart::offerNames() {
  std::set<std::string> names;
  for (const ChartRun& run : runs_) {
    for (const auto& [name, points] : *run.stats) {
      names.insert(name);
    }
  }
  QStringList wanted;
  for (const std::string& name : names) {
    wanted << toQString(name);
  }
  QStringList offered;
  for (int i = topicCount(); i < what_->count(); ++i) {
    offered << what_->itemText(i);
  }
  if (wanted == offered) {
    return;
  }
  const QSignalBlocker quiet(what_);
  const QString chosen = what_->currentText();
  while (what_->count() > topicCount()) {
    what_->removeItem(what_->count() - 1);
  }
  what_->addItems(wanted);
  what_->setCurrentIndex(std::max(0, what_->findText(chosen)));
}

std::vector<RunChart::Curve> RunChart::curves() const {
  std::vector<const char*> patterns;
  const std::string single = what_->currentText().toStdString();
  if (what_->currentIndex() < topicCount()) {
    const auto& names = topics_[static_cast<std::size_t>(what_->currentIndex())].names;
    std::ranges::copy_if(
        names, std::back_inserter(patterns), [](const char* name) { return name != nullptr; });
  } else {
    patterns.push_back(single.c_str());
  }
  std::vector<Curve> found;
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    for (const char* pattern : patterns) {
      for (const auto& [name, points] : *runs_[run].stats) {
        if (matches(name, pattern)) {
          found.push_back({shortName(name), run, &points});
        }
      }
    }
  }
  return found;
}

Qt::PenStyle RunChart::styleOf(std::size_t run) {
  constexpr std::array kStyles{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
  return kStyles[std::min(run, kStyles.size() - 1)];
}

void RunChart::showLegend(QStringList quantities) {
  dropCommonFolders(quantities);
  QString text;
  for (qsizetype i = 0; i < quantities.size(); ++i) {
    // Mark and name stay on one line.
    text += QString("<span style='color:%1'>\u25ac</span>&nbsp;%2&ensp; ")
                .arg(colorOf(i).name(), quantities[i].toHtmlEscaped().replace(' ', "&nbsp;"));
  }
  legend_->setText(text);
  legend_->setVisible(!text.isEmpty());
}

void RunChart::draw() {
  chart_->removeAllSeries();
  for (QAbstractAxis* axis : chart_->axes()) {
    chart_->removeAxis(axis);
    delete axis;
  }
  Range x;
  Range y;
  std::vector<QLineSeries*> lines;
  QStringList quantities;
  for (const Curve& curve : curves()) {
    if (!quantities.contains(curve.label)) {
      quantities << curve.label;
    }
    QList<QPointF> points;
    for (const StatPoint& point : thinned(smoothed(*curve.points, smoothing_))) {
      if (!log_ || point.mean > 0) {
        points.append({point.kimg, point.mean});
        x.add(point.kimg);
        y.add(point.mean);
      }
    }
    auto* line = new QLineSeries;
    line->setName(runs_.size() > 1 ? runs_[curve.run].name + ": " + curve.label : curve.label);
    line->setPen(QPen(colorOf(quantities.indexOf(curve.label)).lighter(curve.run == 0 ? 100 : 130),
                      1.6,
                      RunChart::styleOf(curve.run)));
    line->setPointsVisible(points.size() == 1);  // a line of one point is not seen
    line->replace(points);
    lines.push_back(line);
  }
  showLegend(quantities);
  if (x.empty()) {
    qDeleteAll(lines);
    chart_->setTitle(tr("Nothing yet"));
    chart_->setTitleBrush(QColor(0x6b, 0x71, 0x7b));
    return;
  }
  chart_->setTitle({});
  auto* across = new QValueAxis;
  setRange(across, x, 0.0);
  QAbstractAxis* up = nullptr;
  if (log_) {
    auto* axis = new QLogValueAxis;
    axis->setBase(10);
    axis->setLabelFormat("%g");
    axis->setRange(y.low / 1.1, y.high * 1.1);
    up = axis;
  } else {
    auto* axis = new QValueAxis;
    setRange(axis, y, 0.04);
    up = axis;
  }
  dress(across);
  dress(up);
  chart_->addAxis(across, Qt::AlignBottom);
  chart_->addAxis(up, Qt::AlignLeft);
  for (QLineSeries* line : lines) {
    chart_->addSeries(line);
    line->attachAxis(across);
    line->attachAxis(up);
  }
}

}  // namespace panohead::ui
