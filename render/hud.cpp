#include "render/hud.h"

#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>
#include <glm/trigonometric.hpp>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>

namespace panohead::render {
namespace {

constexpr float kFontPixels = 14;  // logical
constexpr float kSmallFontPixels = 11;
constexpr float kValueWidth = 80;       // at least, so that the box does not tremble with its numbers
constexpr float kSmallLabelWidth = 86;  // at most: longer ones have two lines
constexpr float kSmallValueWidth = 58;
constexpr float kFaint = 0.38F;  // opacity of the box where it lies over the picture
constexpr float kMargin = 12;    // logical pixels
constexpr float kGizmoRadius = 30;
constexpr ImGuiWindowFlags kPassive = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoInputs |
                                      ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoSavedSettings |
                                      ImGuiWindowFlags_AlwaysAutoResize;
const ImVec4 kPlain{0.90F, 0.91F, 0.93F, 1};
const ImVec4 kQuiet{0.62F, 0.65F, 0.70F, 1};
const ImVec4 kCoarse{0.95F, 0.72F, 0.35F, 1};
const ImVec4 kRefined{0.47F, 0.82F, 0.62F, 1};

/// One line with the label at the left, at most so wide, and the value at the right edge.
void line(const std::string& label, float label_width, const std::string& value, const ImVec4& colour) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushStyleColor(ImGuiCol_Text, kQuiet);
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + label_width + 1);
  ImGui::TextUnformatted(label.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  ImGui::TableNextColumn();
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x -
                       ImGui::CalcTextSize(value.c_str()).x);
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::TextUnformatted(value.c_str());
  ImGui::PopStyleColor();
}

const ImVec4& colourOf(HudTone tone) {
  return tone == HudTone::Plain ? kPlain : tone == HudTone::Coarse ? kCoarse : kRefined;
}

/// Columns of the lines in the present font, pixels.
struct Columns {
  float label = 0, value = 0;
};

Columns columnsOf(const HudContent& content, float least_value) {
  Columns columns{0, least_value};
  for (const HudLine& one : content.lines) {
    columns.label = std::max(columns.label, ImGui::CalcTextSize(one.label.c_str()).x);
    columns.value = std::max(columns.value, ImGui::CalcTextSize(one.value.c_str()).x);
  }
  return columns;
}

/// Those of the last lines that fit into so many pixels, in the present font: the first ones are stages of a
/// frame, which can be missed sooner than what the frame is.
std::span<const HudLine> lastLines(std::span<const HudLine> lines, float label_width, float room) {
  const float between = 2 * ImGui::GetStyle().CellPadding.y;
  auto first = lines.size();
  for (; first > 0; --first) {
    room -= ImGui::CalcTextSize(lines[first - 1].label.c_str(), nullptr, false, label_width + 1).y + between;
    if (room < 0) {
      break;
    }
  }
  return lines.subspan(first);
}

/// The head's axes as the camera sees them: x to its left ear, y up, z where the face looks.
void drawGizmo(const OrbitView& view, glm::ivec2 size, float scale) {
  const float yaw = glm::radians(static_cast<float>(view.yaw_degrees));
  const float pitch = glm::radians(static_cast<float>(view.pitch_degrees));
  const glm::vec3 right{std::cos(yaw), 0, -std::sin(yaw)};
  const glm::vec3 up{-std::sin(yaw) * std::sin(pitch), std::cos(pitch), -std::cos(yaw) * std::sin(pitch)};
  const glm::vec3 towards{std::sin(yaw) * std::cos(pitch), std::sin(pitch), std::cos(yaw) * std::cos(pitch)};
  const float radius = kGizmoRadius * scale;
  const ImVec2 corner{static_cast<float>(size.x) - kMargin * scale,
                      static_cast<float>(size.y) - kMargin * scale};
  const ImVec2 centre{corner.x - radius * 1.5F, corner.y - radius * 2.0F};
  ImDrawList& list = *ImGui::GetBackgroundDrawList();
  list.AddRectFilled({corner.x - radius * 3, corner.y - radius * 3.4F},
                     corner,
                     ImGui::GetColorU32(ImGuiCol_WindowBg),
                     6 * scale);

  struct Axis {
    int component;
    ImU32 colour;
  };
  std::array<Axis, 3> axes{
      {{0, IM_COL32(224, 96, 96, 255)}, {1, IM_COL32(120, 200, 110, 255)}, {2, IM_COL32(96, 150, 240, 255)}}};
  std::ranges::sort(
      axes, [&](const Axis& a, const Axis& b) { return towards[a.component] < towards[b.component]; });
  for (const Axis& axis : axes) {
    const ImVec2 tip{centre.x + right[axis.component] * radius, centre.y - up[axis.component] * radius};
    list.AddLine(centre, tip, axis.colour, 2 * scale);
    list.AddCircleFilled(tip, (axis.component == 2 ? 5.5F : 3.5F) * scale, axis.colour, 20);
  }

  const std::string angles =
      fmt::format("{:+.0f}\u00b0  {:+.0f}\u00b0", view.yaw_degrees, view.pitch_degrees);
  const ImVec2 extent = ImGui::CalcTextSize(angles.c_str());
  list.AddText(
      {centre.x - extent.x / 2, centre.y + radius * 1.4F}, ImGui::GetColorU32(kQuiet), angles.c_str());
}

/// @param file a TrueType font; empty or unreadable: ImGui's own
ImFont* addFont(ImFontAtlas& fonts, const std::filesystem::path& file, float pixels) {
  if (std::filesystem::is_regular_file(file)) {
    if (ImFont* font = fonts.AddFontFromFileTTF(file.string().c_str(), pixels)) {
      return font;
    }
  }
  ImFontConfig config;
  config.SizePixels = pixels;
  return fonts.AddFontDefault(&config);
}

}  // namespace

Hud::Hud(std::filesystem::path font_file)
    : context_(ImGui::CreateContext()), font_file_(std::move(font_file)) {
  ImGui::SetCurrentContext(context_);
  ImGui::GetIO().IniFilename = nullptr;
  ImGui_ImplOpenGL3_Init("#version 410 core");
}

Hud::~Hud() {
  ImGui::SetCurrentContext(context_);
  ImGui_ImplOpenGL3_Shutdown();
  ImGui::DestroyContext(context_);
}

void Hud::draw(const HudContent& content, glm::ivec2 size, int beside, float pixel_ratio) {
  ImGui::SetCurrentContext(context_);
  if (pixel_ratio != pixel_ratio_) {
    scaleTo(pixel_ratio);
  }
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {static_cast<float>(size.x), static_cast<float>(size.y)};
  io.DeltaTime = 1.0F / 60;
  ImGui_ImplOpenGL3_NewFrame();
  // ImGui sizes a window by what it held in the frame before: lay out once without drawing.
  for (const bool last : {false, true}) {
    ImGui::NewFrame();
    drawNumbers(content, size, beside);
    drawGizmo(content.view, size, pixel_ratio);
    if (!last) {
      ImGui::EndFrame();
    }
  }
  ImGui::Render();
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void Hud::drawNumbers(const HudContent& content, glm::ivec2 size, int beside) {
  const float margin = kMargin * pixel_ratio_;
  const float around = 2 * (ImGui::GetStyle().WindowPadding.x + margin) + ImGui::GetStyle().ItemSpacing.x;
  ImGui::PushFont(font_);
  Columns columns = columnsOf(content, kValueWidth * pixel_ratio_);
  const bool fits = columns.label + columns.value + around <= static_cast<float>(beside);
  ImGui::PopFont();
  ImGui::PushFont(fits ? font_ : small_font_);
  if (!fits) {
    columns = columnsOf(content, kSmallValueWidth * pixel_ratio_);
    columns.label = std::min(columns.label, kSmallLabelWidth * pixel_ratio_);
  }
  const ImGuiStyle& style = ImGui::GetStyle();
  const float footer_width = columns.label + style.ItemSpacing.x + columns.value;
  const float footer = ImGui::CalcTextSize(content.footer.c_str(), nullptr, false, footer_width).y;
  const float room =
      static_cast<float>(size.y) - 2 * (margin + style.WindowPadding.y) - style.ItemSpacing.y - footer;
  if (room < 0) {
    ImGui::PopFont();
    return;
  }
  if (fits) {
    ImGui::SetNextWindowPos({margin, margin});
  } else {
    ImGui::SetNextWindowPos({margin, static_cast<float>(size.y) - margin}, ImGuiCond_Always, {0, 1});
    ImGui::SetNextWindowBgAlpha(kFaint);
  }
  ImGui::Begin("numbers", nullptr, kPassive);
  if (ImGui::BeginTable("lines", 2, ImGuiTableFlags_SizingFixedFit)) {
    ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, columns.label);
    ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, columns.value);
    for (const HudLine& one : lastLines(content.lines, columns.label, room)) {
      line(one.label, columns.label, one.value, colourOf(one.tone));
    }
    ImGui::EndTable();
  }
  ImGui::PushStyleColor(ImGuiCol_Text, kQuiet);
  // Its length shall not widen the box.
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + footer_width);
  ImGui::TextUnformatted(content.footer.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  ImGui::End();
  ImGui::PopFont();
}

void Hud::scaleTo(float pixel_ratio) {
  pixel_ratio_ = pixel_ratio;
  ImGuiStyle style;
  ImGui::StyleColorsDark(&style);
  style.WindowRounding = 6;
  style.WindowBorderSize = 0;
  style.WindowPadding = {10, 8};
  style.ItemSpacing = {8, 3};
  style.CellPadding = {0, 1.5F};
  style.Colors[ImGuiCol_WindowBg] = {0.06F, 0.07F, 0.085F, 0.60F};
  style.ScaleAllSizes(pixel_ratio);
  ImGui::GetStyle() = style;

  ImFontAtlas& fonts = *ImGui::GetIO().Fonts;
  fonts.Clear();
  font_ = addFont(fonts, font_file_, std::round(kFontPixels * pixel_ratio));
  small_font_ = addFont(fonts, font_file_, std::round(kSmallFontPixels * pixel_ratio));
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

}  // namespace panohead::render
