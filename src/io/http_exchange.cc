#include "io/http_exchange.h"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "base/ascii_text.h"
#include "base/border.h"
#include "base/check.h"
#include "base/shown_text.h"
#include "io/http_proxy.h"

namespace sluice::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Of one answer.
constexpr std::size_t kHeaderBytesMax = 256 << 10;
/// Of an answer that is no success, while a stream was asked for.
constexpr std::size_t kRefusalBytesMax = 64 << 10;
/// A stop wakes the wait, this is for libcurl's own timers.
constexpr milliseconds kSlice{200};

bool is_header_text(std::string_view text) {
  return std::ranges::none_of(
      text, [](unsigned char c) { return (c < 0x20U && c != '\t') || c == 0x7FU; });
}

/// What the request would fail of again.
bool is_lasting(CURLcode code) {
  constexpr std::array kCodes = {
      CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,        CURLE_PEER_FAILED_VERIFICATION,
      CURLE_SSL_CERTPROBLEM,      CURLE_SSL_CIPHER,           CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR,     CURLE_SSL_INVALIDCERTSTATUS};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

}  // namespace

Result<HttpResponse> HttpExchange::run(CURLM* connections, const std::stop_token& stop) {
  SLUICE_TRY(prepare());
  answer_.url = hop_.url.text;
  answer_.shown_url = hop_.url.shown();
  SLUICE_ASSIGN(const CURLcode code, drive(connections, stop));
  if (problem_) return *std::move(problem_);
  if (code != CURLE_OK) return failure(code);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  SLUICE_TRY(check_end());
  return std::move(answer_);
}

Status HttpExchange::prepare() {
  easy_.reset(curl_easy_init());
  SLUICE_CHECK(easy_ != nullptr);
  CURL* easy = easy_.get();
  const HttpRequest& request = hop_.request;
  set_option(easy, CURLOPT_URL, hop_.url.text.c_str());
  set_option(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(easy, CURLOPT_NOSIGNAL, 1L);
  set_option(easy, CURLOPT_QUICK_EXIT, 1L);  // a slow resolver is not waited for
  set_option(easy, CURLOPT_ERRORBUFFER, details_);
  set_option(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  // libcurl does not say when a packed body lacks its end, and knows gzip of one member only.
  set_option(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set_option(easy, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  set_option(easy, CURLOPT_CONNECTTIMEOUT_MS,
             static_cast<long>(request.limits.connect_timeout.count()));
  set_option(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.limits.timeout.count()));
  set_option(easy, CURLOPT_HEADERFUNCTION, &HttpExchange::on_header);
  set_option(easy, CURLOPT_HEADERDATA, this);
  set_option(easy, CURLOPT_WRITEFUNCTION, &HttpExchange::on_body);
  set_option(easy, CURLOPT_WRITEDATA, this);
  set_option(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpExchange::on_socket);
  set_option(easy, CURLOPT_OPENSOCKETDATA, this);
  // A connection that is there was not looked at by this request's rules.
  if (hop_.public_only) set_option(easy, CURLOPT_FRESH_CONNECT, 1L);
  if (hop_.connect_only) set_option(easy, CURLOPT_CONNECT_ONLY, 1L);
  if (request.method == "HEAD") {
    set_option(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" || !request.body.empty()) {
    set_option(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set_option(easy, CURLOPT_POSTFIELDS, request.body.data());
    set_option(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  SLUICE_TRY(set_headers());
  return set_tls();
}

Status HttpExchange::set_headers() {
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(header_list_.get(), line.c_str());
    SLUICE_CHECK(longer != nullptr);
    // The list's beginning stays the same but for the first line.
    if (header_list_ == nullptr) header_list_.reset(longer);
  };
  add("Expect:");  // no "100 Continue", which small servers do not know
  const auto says_type = [](const HttpHeader& header) {
    return is_same_header(header.name, "content-type");
  };
  // Otherwise libcurl says that it is a form.
  if (std::ranges::none_of(hop_.request.headers, says_type)) add("Content-Type:");
  for (const HttpHeader& header : hop_.request.headers) {
    // To another host goes what says nothing about the user.
    const bool harmless = header.is_harmless || is_same_header(header.name, "accept") ||
                          is_same_header(header.name, "content-type") ||
                          is_same_header(header.name, "last-event-id");
    if (!hop_.with_credentials && !harmless) continue;
    const std::string& value = header.value.reveal();
    if (header.name.empty() || !is_header_text(header.name) || !is_header_text(value) ||
        header.name.find_first_of(": \t") != std::string::npos) {
      return user_error("header '" + shown_text(header.name) +
                        "' cannot be sent: a name has no colon or space, and neither name nor "
                        "value a line break or another control character");
    }
    // A colon would take the header away when there is no value.
    add(value.empty() ? header.name + ";" : header.name + ": " + value);
  }
  if (hop_.with_credentials && !settings_.bearer.empty()) {
    add("Authorization: Bearer " + settings_.bearer.reveal());
  } else if (hop_.with_credentials && !settings_.user.empty()) {
    set_option(easy_.get(), CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set_option(easy_.get(), CURLOPT_USERNAME, settings_.user.c_str());
    set_option(easy_.get(), CURLOPT_PASSWORD, settings_.password.reveal().c_str());
  }
  set_option(easy_.get(), CURLOPT_HTTPHEADER, header_list_.get());
  return {};
}

Status HttpExchange::set_tls() {
  const HttpTls& tls = settings_.tls;
  CURL* easy = easy_.get();
  set_option(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  for (const std::string* file : {&tls.ca_file, &tls.certificate_file, &tls.key_file}) {
    if (file->empty() || access(file->c_str(), R_OK) == 0) continue;
    return user_error("the certificate or key file=" + *file + " is not there or cannot be read");
  }
  if (!tls.ca_file.empty()) {
    set_option(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
    set_option(easy, CURLOPT_CAPATH, nullptr);
  }
  // A client's certificate is a credential.
  if (!tls.certificate_file.empty() && hop_.with_credentials) {
    set_option(easy, CURLOPT_SSLCERT, tls.certificate_file.c_str());
    if (!tls.key_file.empty()) set_option(easy, CURLOPT_SSLKEY, tls.key_file.c_str());
    if (!tls.key_password.empty()) {
      set_option(easy, CURLOPT_KEYPASSWD, tls.key_password.reveal().c_str());
    }
  }
  if (!tls.verify) {
    set_option(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set_option(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  return {};
}

Result<CURLcode> HttpExchange::drive(CURLM* connections, const std::stop_token& stop) {
  SLUICE_CHECK(curl_multi_add_handle(connections, easy_.get()) == CURLM_OK);
  const std::stop_callback wake(stop, [&] { curl_multi_wakeup(connections); });
  last_byte_ = steady_clock::now();
  std::optional<Error> ended;
  for (int running = 1; !ended;) {
    const CURLMcode code = curl_multi_perform(connections, &running);
    if (code != CURLM_OK) ended = internal_error(curl_multi_strerror(code));
    if (running == 0 || !settle(connections)) break;
    const auto silence = hop_.request.limits.silence_timeout;
    if (stop.stop_requested()) {
      ended = Error(Kind::kCancelled, "stopped");
    } else if (silence.count() > 0 && steady_clock::now() - last_byte_ > silence) {
      ended = step_error(Kind::kTransient,
                         "nothing came for " + std::to_string(silence.count() / 1000) + " s");
    } else {
      curl_multi_poll(connections, nullptr, 0, static_cast<int>(kSlice.count()), nullptr);
    }
  }
  CURLcode result = CURLE_OK;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(connections, &left)) {
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  }
  curl_multi_remove_handle(connections, easy_.get());
  if (ended) return *std::move(ended);
  return result;
}

bool HttpExchange::settle(CURLM* connections) {
  if (!is_flowing_) return true;
  int ready = 0;
  curl_multi_poll(connections, nullptr, 0, 0, &ready);
  if (ready > 0) return true;
  is_flowing_ = false;
  return succeeds("http body", [this] { return (*take_)(answer_, {}); });
}

std::string HttpExchange::step() const {
  const auto is_over = [&](CURLINFO info) {
    curl_off_t time = 0;
    return curl_easy_getinfo(easy_.get(), info, &time) == CURLE_OK && time > 0;
  };
  if (!is_over(CURLINFO_NAMELOOKUP_TIME_T)) return "resolve";
  // The connect time is set after TLS, the address before.
  const char* address = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
  if (address == nullptr || *address == '\0') return "connect";
  const bool tls = hop_.url.scheme == "https";
  return tls && !is_over(CURLINFO_APPCONNECT_TIME_T) ? "TLS" : "answer";
}

Error HttpExchange::step_error(Kind kind, std::string_view why) const {
  std::string message = hop_.request.method + " " + hop_.url.shown() + ": " + step() + " failed";
  const char* address = nullptr;
  long port = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_PORT, &port);
  if (address != nullptr && *address != '\0') {
    message += " address=" + std::string(address) + " port=" + std::to_string(port);
  } else {
    message += " host=" + hop_.url.host + " port=" + std::to_string(hop_.url.port);
  }
  return {kind, message + ": " + std::string(why)};
}

Error HttpExchange::failure(CURLcode code) const {
  std::string why = *details_ != '\0' ? std::string(trimmed(details_)) : curl_easy_strerror(code);
  why = shown_text(why, 300);
  Kind kind = is_lasting(code) ? Kind::kUser : Kind::kTransient;
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      why += "; if the server's authority is your own, name its certificate by `ca_file`";
      break;
    case CURLE_COULDNT_RESOLVE_PROXY:
      why += " (a proxy of the environment, such as https_proxy)";
      break;
    case CURLE_SSL_CONNECT_ERROR:
      if (why.find("wrong version number") != std::string::npos) {
        kind = Kind::kUser;
        why += "; the server speaks no TLS at this port: is it http:// instead of https://?";
      }
      break;
    case CURLE_UNSUPPORTED_PROTOCOL:
      why += "; what answers there speaks no HTTP";
      break;
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2_STREAM:
    case CURLE_GOT_NOTHING:
      why = "the server ended the connection before the answer was complete (" + why + ")";
      break;
    default:
      break;
  }
  return step_error(kind, why);
}

bool HttpExchange::succeeds(std::string_view where, const std::function<Status()>& call) {
  last_byte_ = steady_clock::now();
  Status done = at_border(where, call);
  // What was waited for inside is not the server's silence.
  last_byte_ = steady_clock::now();
  if (done) return true;
  problem_ = std::move(done).error();
  return false;
}

std::size_t HttpExchange::on_header(char* bytes, std::size_t one, std::size_t count, void* self) {
  auto* exchange = static_cast<HttpExchange*>(self);
  const std::string_view line(bytes, one * count);
  return exchange->succeeds("http header", [&] { return exchange->take_header(line); })
             ? line.size()
             : 0;
}

Status HttpExchange::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kHeaderBytesMax) {
    return step_error(Kind::kUser, "the answer has more than " +
                                       std::to_string(kHeaderBytesMax >> 10U) + " KiB of headers");
  }
  if (line.starts_with("HTTP/")) {
    // Of a proxy or a "100 Continue" came others before.
    answer_.headers.clear();
    return {};
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  answer_.headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  return {};
}

std::size_t HttpExchange::on_body(char* bytes, std::size_t one, std::size_t count, void* self) {
  auto* exchange = static_cast<HttpExchange*>(self);
  const std::string_view body(bytes, one * count);
  return exchange->succeeds("http body", [&] { return exchange->take_body(body); }) ? body.size()
                                                                                    : 0;
}

Status HttpExchange::take_body(std::string_view bytes) {
  if (answer_.status == 0) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer_.status = static_cast<int>(status);
  }
  if (!std::exchange(has_body_, true)) SLUICE_TRY(begin_body());
  if (!inflater_) return take_unpacked(bytes);
  if (is_broken_) return {};
  bool is_refused = false;
  Status done = inflater_->feed(bytes, [&](std::string_view piece) {
    Status taken = take_unpacked(piece);
    is_refused = !taken;
    return taken;
  });
  if (done || is_refused || done.error().kind() != Kind::kTransient) return done;
  is_broken_ = !answer_.is_success();
  // Of a refusal the status says enough.
  return is_broken_ ? Status() : Status(step_error(Kind::kTransient, done.error().message()));
}

Status HttpExchange::begin_body() {
  std::string packing;
  for (const auto& [name, value] : answer_.headers) {
    if (is_same_header(name, "content-encoding")) packing += (packing.empty() ? "" : ", ") + value;
  }
  if (packing.empty() || is_same_header(packing, "identity")) return {};
  if (is_same_header(packing, "gzip") || is_same_header(packing, "x-gzip")) {
    inflater_.emplace(Inflater::Form::kGzip);
  } else if (is_same_header(packing, "deflate")) {
    inflater_.emplace(Inflater::Form::kDeflate);
  } else if (answer_.is_success()) {
    return step_error(Kind::kUser, "the answer is packed as '" + shown_text(packing, 100) +
                                       "', which was not asked for");
  }
  return {};
}

Status HttpExchange::check_end() const {
  if (!inflater_ || inflater_->is_whole() || !answer_.is_success()) return {};
  return step_error(Kind::kTransient,
                    "the server ended the connection before the answer was complete (its packing "
                    "has no end)");
}

Status HttpExchange::take_unpacked(std::string_view bytes) {
  if (take_ != nullptr && answer_.is_success()) {
    is_flowing_ = true;
    return (*take_)(answer_, bytes);
  }
  if (!answer_.is_success()) {
    // Only its beginning is ever shown.
    const std::size_t room = kRefusalBytesMax - std::min(kRefusalBytesMax, answer_.body.size());
    answer_.body += bytes.substr(0, room);
    return {};
  }
  if (answer_.body.size() + bytes.size() > hop_.request.limits.body_bytes_max) {
    return step_error(Kind::kUser, "the answer has more than " +
                                       std::to_string(hop_.request.limits.body_bytes_max) +
                                       " bytes, the most that are taken");
  }
  answer_.body += bytes;
  return {};
}

curl_socket_t HttpExchange::on_socket(void* self, curlsocktype /*purpose*/,
                                      curl_sockaddr* address) {
  auto* exchange = static_cast<HttpExchange*>(self);
  if (!exchange->succeeds("http address", [&] { return exchange->check_address(*address); })) {
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Status HttpExchange::check_address(const curl_sockaddr& address) {
  const HttpAllowance& allow = settings_.allow;
  Reach reach = reach_of(address.addr);
  if (allow.private_addresses || reach == Reach::kPublic) return {};
  // The proxy is the user's own. What a host's name means to it cannot be seen, only addresses.
  if (is_proxy_address(hop_.url.scheme, address.addr)) reach = hop_.url.reach();
  if (reach == Reach::kPublic) return {};
  if (reach != Reach::kLinkLocal && !hop_.public_only) return {};
  return user_error(hop_.request.method + " " + hop_.url.shown() +
                    ": connect refused: host=" + hop_.url.host + " has " +
                    (reach == Reach::kLinkLocal
                         ? "a link-local address, where clouds keep credentials of their machines"
                         : "an address of this machine or of a private network, which an answer "
                           "must not lead to") +
                    "; `" + allow.option_prefix + "private_addresses: true` allows it");
}

}  // namespace sluice::io
