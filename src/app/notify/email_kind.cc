#include "app/notify/email_receiver.h"
#include "app/notify/receiver_kinds.h"

namespace sluice::app {
namespace {

std::vector<OptionSpec> email_options() {
  return {
      {.name = "server",
       .text =
           "The mail server: smtp://HOST:PORT, or smtps://HOST:PORT with TLS from the first byte.",
       .required = true,
       .example = "smtp://mail.example.com:587"},
      {.name = "from",
       .text = "The sender's address.",
       .required = true,
       .example = "sluice@example.com"},
      {.name = "to",
       .type = OptionType::kTextList,
       .text = "The addresses that get it.",
       .required = true,
       .example = "[ops@example.com]"},
      {.name = "user", .text = "With `password`: the login.", .example = "sluice"},
      {.name = "password", .type = OptionType::kSecret, .text = "Of `user`."},
      {.name = "tls",
       .type = OptionType::kChoice,
       .text =
           "Of smtp://. required: the server must go over to TLS (STARTTLS) first. none: all goes "
           "unencrypted; with a password to this machine only.",
       .default_text = "required",
       .choices = {"required", "none"}},
      {.name = "ca_file",
       .type = OptionType::kPath,
       .text = "Certificates of the authorities (PEM) to trust instead of the system's."},
      {.name = "verify",
       .type = OptionType::kBoolean,
       .text =
           "false: any certificate of the server is taken. Anybody between can then read what is "
           "sent.",
       .default_text = "true"},
      {.name = "timeout",
       .type = OptionType::kDuration,
       .text = "How long a mail may take.",
       .default_text = "30s",
       .minimum = 1000},
  };
}

Status check_addresses(const ConfigValue& value) {
  const auto check = [](const ConfigValue& one) -> Status {
    if (is_mail_address(one.text())) return {};
    return one.error("'" + one.text() + "' is not a mail address such as ops@example.com");
  };
  if (value.shape() == ConfigValue::Shape::kScalar) return check(value);
  for (const ConfigValue& one : value.items()) SLUICE_TRY(check(one));
  if (value.items().empty()) return value.error("'to' names nobody");
  return {};
}

Result<std::unique_ptr<alerts::Receiver>> make_email(const Options& options,
                                                     const connector::Context& context) {
  EmailReceiver::Settings settings;
  io::MailServer& server = settings.server;
  server.url = options.text("server");
  if (auto fine = io::check_mail_url(server.url); !fine) {
    return options.value("server").error(fine.error().message());
  }
  server.needs_tls = options.text("tls") == "required";
  if (options.has("ca_file")) server.ca_file = options.text("ca_file");
  server.verify = options.boolean("verify");
  server.timeout = std::chrono::milliseconds(options.integer("timeout") / 1000);
  server.connect_timeout = std::min(server.connect_timeout, server.timeout);
  if (options.has("user") != options.has("password")) {
    return options.value(options.has("user") ? "user" : "password")
        .error("'user' and 'password' go together; add the other one, or remove this");
  }
  if (options.has("user")) {
    server.user = options.text("user");
    server.password = options.secret("password");
    const bool is_plain = !server.needs_tls && server.url.starts_with("smtp://");
    if (is_plain && !io::is_mail_to_loopback(server.url)) {
      return options.value("tls").error(
          "'tls: none' would send the password unencrypted to another machine; remove it");
    }
  }
  settings.from = options.text("from");
  settings.to = options.text_list("to");
  SLUICE_TRY(check_addresses(options.value("from")));
  SLUICE_TRY(check_addresses(options.value("to")));
  return {std::make_unique<EmailReceiver>(std::move(settings), context.clock)};
}

}  // namespace

ReceiverKind email_kind() {
  ReceiverKind kind;
  kind.name = "email";
  kind.text =
      "Sends a notice as a mail, over TLS unless told otherwise. An answer 4xx and a lost "
      "connection "
      "are tried again for an hour; the Message-ID of a mail that comes twice is the same.";
  kind.options = email_options();
  kind.make = make_email;
  return kind;
}

}  // namespace sluice::app
