#include "app/notify/email_receiver.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

#include "base/base64_text.h"
#include "base/timestamp_text.h"
#include "base/utf8_text.h"

namespace sluice::app {
namespace {

constexpr std::size_t kSubjectBytesMax = 200;
/// Bytes of an encoded word (RFC 2047: 75 letters at most).
constexpr std::size_t kWordBytesMax = 42;
constexpr std::size_t kLineLettersMax = 76;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

/// A header's value: as it is, or in encoded words (RFC 2047) of whole letters.
std::string header_value(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string value;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), kWordBytesMax);
    size = std::max<std::size_t>(1, valid_utf8_bytes(text.substr(0, size)));
    value +=
        (value.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + base64_text(text.substr(0, size))) + "?=";
    text.remove_prefix(size);
  }
  return value;
}

/// "Mon, 30 Nov 2026 12:00:00 +0000" (RFC 5322), whatever the locale.
std::string mail_date(Micros now) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = now / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::string(kDays.at(static_cast<std::size_t>(parts.tm_wday))) + ", " +
         std::to_string(parts.tm_mday) + " " + kMonths.at(static_cast<std::size_t>(parts.tm_mon)) +
         " " + std::to_string(parts.tm_year + 1900) + " " + two(parts.tm_hour) + ":" +
         two(parts.tm_min) + ":" + two(parts.tm_sec) + " +0000";
}

/// Letters that a Message-ID takes.
std::string id_text(std::string_view text) {
  std::string id;
  for (const unsigned char c : text) id += std::isalnum(c) != 0 ? static_cast<char>(c) : '.';
  return id;
}

std::string body_text(const alerts::Notice& notice) {
  std::string text = (notice.is_firing ? "Firing" : "Resolved");
  text += ": " + alerts::on_one_line(notice.title) + "\n\n" + notice.body() + "\n";
  text += "Pipeline: " + notice.pipeline + "\nAlert: " + notice.alert +
          "\nSeverity: " + std::string(alerts::severity_name(notice.severity)) +
          "\nSince: " + iso_time_text(notice.first().from) + "\n";
  if (notice.first().to) text += "Until: " + iso_time_text(*notice.first().to) + "\n";
  if (!notice.help.empty()) text += "\n" + with_valid_utf8(notice.help) + "\n";
  return text;
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
  if (text.find('@', at + 1) != std::string_view::npos || text.size() > 254) return false;
  return std::ranges::all_of(text, [](unsigned char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view("<>()[]\\,;:\"").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

std::string mail_text(const alerts::Notice& notice, const EmailReceiver::Settings& settings,
                      Micros now) {
  std::string subject = notice.is_firing ? "[FIRING] " : "[RESOLVED] ";
  if (notice.repeats > 0) subject = "[STILL FIRING] ";
  subject += notice.summary();
  if (subject.size() > kSubjectBytesMax) {
    subject.resize(kSubjectBytesMax);
    subject.resize(valid_utf8_bytes(subject));
    subject += "...";
  }
  std::string to;
  for (const std::string& address : settings.to) to += (to.empty() ? "" : ",\r\n ") + address;
  const std::string host = settings.from.substr(settings.from.find('@') + 1);
  const std::string incident = "<" + id_text(notice.first().id) + "@" + host + ">";
  std::string text = "Date: " + mail_date(now) + "\r\nFrom: " + settings.from + "\r\nTo: " + to +
                     "\r\nSubject: " + header_value(subject) + "\r\nMessage-ID: <" +
                     id_text(notice.id) + "@" + host + ">\r\n";
  // So that what is said of an incident makes one thread.
  text += "References: " + incident + "\r\n";
  text +=
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n";
  if (notice.severity == alerts::Severity::kPage && notice.is_firing) text += "X-Priority: 1\r\n";
  text += "\r\n";
  const std::string body = base64_text(body_text(notice));
  for (std::size_t at = 0; at < body.size(); at += kLineLettersMax) {
    text += body.substr(at, kLineLettersMax) + "\r\n";
  }
  return text;
}

alerts::Receiver::Sent EmailReceiver::send(const alerts::Notice& notice,
                                           const std::stop_token& stop) {
  io::Mail mail;
  mail.from = settings_.from;
  mail.to = settings_.to;
  mail.text = mail_text(notice, settings_, clock_.now());
  return {io::send_mail(settings_.server, mail, stop)};
}

}  // namespace sluice::app
