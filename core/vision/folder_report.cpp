#include "core/vision/folder_journal.h"

#include <fmt/format.h>

#include <map>

namespace panohead {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// As part of an address.
std::string encoded(std::string_view path) {
  std::string result;
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '/' || c == '.' || c == '_' || c == '-';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

constexpr const char* kBegin = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Aligned photos</title><style>
body { font: 14px/1.4 sans-serif; background: #17191d; color: #d8dade; margin: 24px; }
h1 { font-size: 20px; } h2 { font-size: 16px; margin-top: 32px; }
.photos { display: flex; flex-wrap: wrap; gap: 12px; }
.photo { background: #22252b; border-radius: 6px; padding: 8px; width: 176px; overflow-wrap: anywhere; }
.photo img { width: 160px; height: 160px; object-fit: contain; background: #000; display: block; margin-bottom: 4px; }
.why { color: #ffb4a0; } .warn { color: #e8d28a; } .faint { color: #8b9099; font-size: 12px; }
</style></head><body>
)";

std::string cardOf(const FolderPhoto& photo, const FolderHead& head) {
  std::string text = "<div class=\"photo\">";
  if (!head.thumbnail.empty()) {
    text += fmt::format("<img src=\"{}\" alt=\"\">", encoded(head.thumbnail));
  }
  text += fmt::format("<div>{}</div>", escaped(head.picture.empty() ? photo.name : head.picture));
  text +=
      fmt::format("<div class=\"faint\">yaw {:.0f}°, pitch {:.0f}°, {:.0f} px, sharpness {:.2f}, by {}</div>",
                  head.pose.yaw,
                  head.pose.pitch,
                  head.pose.square.side,
                  head.sharpness,
                  escaped(head.found_by));
  for (const Rejection& rejection : head.rejections) {
    text += fmt::format("<div class=\"{}\">{}: {}. <span class=\"faint\">{}.</span></div>",
                        head.picture.empty() ? "why" : "warn",
                        titleOf(rejection.defect),
                        escaped(rejection.reason),
                        escaped(rejection.remedy));
  }
  for (const std::string& warning : head.warnings) {
    text += fmt::format("<div class=\"warn\">{}</div>", escaped(warning));
  }
  for (const std::string& notice : photo.notices) {
    text += fmt::format("<div class=\"faint\">{}</div>", escaped(notice));
  }
  return text + "</div>\n";
}

}  // namespace

std::string folderReportPage(const std::vector<FolderPhoto>& photos, const PhotoFolderOptions& options) {
  std::string used;
  std::string rejected;
  std::string unread;
  std::map<std::string, int> reasons;
  int pictures = 0;
  for (const FolderPhoto& photo : photos) {
    if (!photo.error.empty()) {
      unread += fmt::format("<div class=\"photo\"><div>{}</div><div class=\"why\">{}</div></div>\n",
                            escaped(photo.name),
                            escaped(photo.error));
      ++reasons["cannot be read"];
    }
    for (const FolderHead& head : photo.heads) {
      (head.picture.empty() ? rejected : used) += cardOf(photo, head);
      pictures += head.picture.empty() ? 0 : 1;
      if (head.picture.empty()) {
        ++reasons[head.rejections.empty() ? "further head" : titleOf(head.rejections.front().defect)];
      }
    }
  }
  std::string page = kBegin;
  page += fmt::format("<h1>{} pictures of {} x {} pixels from {} photos</h1>\n<p>",
                      pictures,
                      options.size,
                      options.size,
                      photos.size());
  for (const auto& [reason, count] : reasons) {
    page += fmt::format("{} × {}&emsp;", count, escaped(reason));
  }
  page += "</p>\n";
  const auto section = [&](const char* title, const std::string& cards) {
    if (!cards.empty()) {
      page += fmt::format("<h2>{}</h2>\n<div class=\"photos\">\n{}</div>\n", title, cards);
    }
  };
  section("Left out", rejected);
  section("Cannot be read", unread);
  section("In the set", used);
  return page + "</body></html>\n";
}

}  // namespace panohead
