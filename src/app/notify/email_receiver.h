#pragma once

#include <string>
#include <vector>

#include "alerts/receiver.h"
#include "base/clock.h"
#include "io/mail_client.h"

namespace sluice::app {

/// Sends notices as mails.
class EmailReceiver final : public alerts::Receiver {
 public:
  struct Settings {
    io::MailServer server;
    std::string from;
    std::vector<std::string> to;
  };

  /// `clock` outlives it.
  EmailReceiver(Settings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  Sent send(const alerts::Notice& notice, const std::stop_token& stop) override;

 private:
  const Settings settings_;
  const Clock& clock_;
};

/// A notice as a mail: a Message-ID that is the same whenever it is sent again, a subject on one
/// line whatever the texts hold, the body in UTF-8.
std::string mail_text(const alerts::Notice& notice, const EmailReceiver::Settings& settings,
                      Micros now);

/// Whether it is one address such as ops@example.com, with nothing beside it.
bool is_mail_address(std::string_view text);

}  // namespace sluice::app
