#include "io/mail_client.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "base/shown_text.h"
#include "io/curl_handles.h"
#include "io/http_url.h"

namespace sluice::io {
namespace {

/// What libcurl's callbacks are given.
struct Sending {
  const MailServer& server;
  std::string_view left;  // of the text
  const std::stop_token& stop;
  bool is_refused = false;  // the address was
  std::string asked{};      // the mail address that the server is asked about; "": something else
  std::vector<std::string> refusals{};
};

std::size_t on_read(char* room, std::size_t one, std::size_t count, void* self) {
  auto* sending = static_cast<Sending*>(self);
  const std::size_t size = std::min(one * count, sending->left.size());
  std::ranges::copy(sending->left.substr(0, size), room);
  sending->left.remove_prefix(size);
  return size;
}

int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Sending*>(self)->stop.stop_requested() ? 1 : 0;
}

curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* sending = static_cast<Sending*>(self);
  if (!sending->server.allows_private_addresses && reach_of(address->addr) == Reach::kLinkLocal) {
    sending->is_refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#if LIBCURL_VERSION_NUM >= 0x080200
constexpr CURLoption kAllowsRefusals = CURLOPT_MAIL_RCPT_ALLOWFAILS;
#else
constexpr CURLoption kAllowsRefusals = CURLOPT_MAIL_RCPT_ALLLOWFAILS;
#endif

/// Follows what is said: no option says which addresses are refused.
int on_talk(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) {
  auto* sending = static_cast<Sending*>(self);
  constexpr std::string_view kAsk = "RCPT TO:";
  const std::string_view line(data, size);
  if (kind == CURLINFO_HEADER_OUT) {
    sending->asked.clear();
    if (line.starts_with(kAsk))
      sending->asked = line.substr(kAsk.size(), line.find('\r') - kAsk.size());
  } else if (kind == CURLINFO_HEADER_IN && !sending->asked.empty()) {
    if (line.starts_with('4') || line.starts_with('5')) {
      sending->refusals.push_back(shown_text(sending->asked, 100) + ": " +
                                  shown_text(line.substr(0, line.find('\r')), 200));
    }
  }
  return 0;
}

Kind kind_of(CURLcode code, long answer) {
  if (answer >= 500) return Kind::kUser;
  if (answer >= 400) return Kind::kTransient;
  switch (code) {
    case CURLE_LOGIN_DENIED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Kind::kUser;
    default:
      return Kind::kTransient;
  }
}

/// Host and port of the URL; empty: it is none.
std::string authority_of(std::string_view url) {
  for (const std::string_view scheme : {"smtp://", "smtps://"}) {
    if (!url.starts_with(scheme)) continue;
    std::string rest(url.substr(scheme.size()));
    if (rest.ends_with('/')) rest.pop_back();
    return rest;
  }
  return "";
}

void set_server(CURL* easy, const MailServer& server) {
  set_option(easy, CURLOPT_URL, server.url.c_str());
  set_option(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set_option(easy, CURLOPT_NOSIGNAL, 1L);
  // One that is gone must not keep it from the others.
  set_option(easy, kAllowsRefusals, 1L);
  set_option(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.connect_timeout.count()));
  set_option(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout.count()));
  if (server.user.empty()) return;
  set_option(easy, CURLOPT_USERNAME, server.user.c_str());
  set_option(easy, CURLOPT_PASSWORD, server.password.reveal().c_str());
}

void set_callbacks(CURL* easy, Sending& sending) {
  set_option(easy, CURLOPT_VERBOSE, 1L);
  set_option(easy, CURLOPT_DEBUGFUNCTION, &on_talk);
  set_option(easy, CURLOPT_DEBUGDATA, &sending);
  set_option(easy, CURLOPT_UPLOAD, 1L);
  set_option(easy, CURLOPT_READFUNCTION, &on_read);
  set_option(easy, CURLOPT_READDATA, &sending);
  set_option(easy, CURLOPT_NOPROGRESS, 0L);
  set_option(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set_option(easy, CURLOPT_XFERINFODATA, &sending);
  set_option(easy, CURLOPT_OPENSOCKETFUNCTION, &on_socket);
  set_option(easy, CURLOPT_OPENSOCKETDATA, &sending);
}

Status set_security(CURL* easy, const MailServer& server) {
  set_option(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const bool is_plain = server.url.starts_with("smtp://") && !server.needs_tls;
  set_option(easy, CURLOPT_USE_SSL, static_cast<long>(is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!server.ca_file.empty()) {
    if (access(server.ca_file.c_str(), R_OK) != 0) {
      return user_error("the certificate file=" + server.ca_file +
                        " is not there or cannot be read");
    }
    set_option(easy, CURLOPT_CAINFO, server.ca_file.c_str());
  }
  if (!server.verify) {
    set_option(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set_option(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  return {};
}

Error why_not_sent(CURL* easy, CURLcode code, const Sending& sending, std::string why) {
  if (sending.stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
  const std::string& url = sending.server.url;
  if (sending.is_refused) {
    return Error(Kind::kUser, "mail to " + url +
                                  " is refused: the host has a link-local address, where clouds "
                                  "keep credentials of their machines");
  }
  long answer = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
  if (why.empty()) why = curl_easy_strerror(code);
  while (why.ends_with('\n')) why.pop_back();
  return Error(kind_of(code, answer),
               "mail to " + url + ": " + shown_text(why, 300) +
                   (answer > 0 ? " (answer " + std::to_string(answer) + ")" : ""));
}

}  // namespace

Status check_mail_url(std::string_view url) {
  const std::string authority = authority_of(url);
  // The rules for hosts and ports are the same.
  const bool fine = !authority.empty() && authority.find_first_of("/@?#") == std::string::npos &&
                    HttpUrl::parse("http://" + authority + "/").has_value();
  if (fine) return {};
  return user_error("the mail server '" + shown_text(url) +
                    "' must be smtp://HOST:PORT or smtps://HOST:PORT");
}

bool is_mail_to_loopback(std::string_view url) {
  const auto parsed = HttpUrl::parse("http://" + authority_of(url) + "/");
  return parsed && parsed->is_loopback();
}

Status send_mail(const MailServer& server, const Mail& mail, const std::stop_token& stop) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  SLUICE_CHECK(ready == CURLE_OK);
  const CurlEasy owned(curl_easy_init());
  CURL* const easy = owned.get();
  SLUICE_CHECK(easy != nullptr);
  Sending sending{server, mail.text, stop};
  std::array<char, CURL_ERROR_SIZE> details{};
  CurlList receivers;
  for (const std::string& to : mail.to) {
    curl_slist* const longer = curl_slist_append(receivers.get(), ("<" + to + ">").c_str());
    SLUICE_CHECK(longer != nullptr);
    if (receivers == nullptr) receivers.reset(longer);
  }
  set_option(easy, CURLOPT_ERRORBUFFER, details.data());
  set_option(easy, CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  set_option(easy, CURLOPT_MAIL_RCPT, receivers.get());
  set_server(easy, server);
  set_callbacks(easy, sending);
  SLUICE_TRY(set_security(easy, server));
  const CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK) return why_not_sent(easy, code, sending, details.data());
  for (const std::string& refusal : sending.refusals)
    log_warn("mail to " + server.url + ": not taken for " + refusal);
  return {};
}

}  // namespace sluice::io
