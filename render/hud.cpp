#include "render/hud.h"

#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>
#include <glm/trigonometric.hpp>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace panohead::render {
namespace {

constexpr float kFontPixels = 14;  // logical
constexpr float kMargin = 12;      // logical pixels
constexpr float kGizmoRadius = 30;
constexpr ImGuiWindowFlags kPassive = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoInputs |
                                      ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoSavedSettings |
                                      ImGuiWindowFlags_AlwaysAutoResize;
const ImVec4 kPlain{0.90F, 0.91F, 0.93F, 1};
const ImVec4 kQuiet{0.62F, 0.65F, 0.70F, 1};
const ImVec4 kCoarse{0.95F, 0.72F, 0.35F, 1};
const ImVec4 kRefined{0.47F, 0.82F, 0.62F, 1};

/// One line with the label at the left and the value at the right edge.
void line(const std::string& label, const std::string& value, const ImVec4& colour) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushStyleColor(ImGuiCol_Text, kQuiet);
  ImGui::TextUnformatted(label.c_str());
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

void drawNumbers(const HudContent& content, float scale) {
  ImGui::SetNextWindowPos({kMargin * scale, kMargin * scale});
  ImGui::Begin("numbers", nullptr, kPassive);
  if (ImGui::BeginTable("lines", 2, ImGuiTableFlags_SizingFixedFit)) {
    ImGui::TableSetupColumn("");
    ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 80 * scale);
    for (const HudLine& one : content.lines) {
      line(one.label, one.value, colourOf(one.tone));
    }
    ImGui::EndTable();
  }
  ImGui::PushStyleColor(ImGuiCol_Text, kQuiet);
  ImGui::TextUnformatted(content.footer.c_str());
  ImGui::PopStyleColor();
  ImGui::End();
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

void Hud::draw(const HudContent& content, glm::ivec2 size, float pixel_ratio) {
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
    drawNumbers(content, pixel_ratio);
    drawGizmo(content.view, size, pixel_ratio);
    if (!last) {
      ImGui::EndFrame();
    }
  }
  ImGui::Render();
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
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
  const float pixels = std::round(kFontPixels * pixel_ratio);
  if (!std::filesystem::is_regular_file(font_file_) ||
      fonts.AddFontFromFileTTF(font_file_.string().c_str(), pixels) == nullptr) {
    ImFontConfig config;
    config.SizePixels = pixels;
    fonts.AddFontDefault(&config);
  }
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

}  // namespace panohead::render
