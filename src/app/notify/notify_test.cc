#include <gtest/gtest.h>

#include "app/notify/email_receiver.h"
#include "app/notify/http_receiver.h"
#include "base/json.h"

namespace sluice::app {
namespace {

alerts::Notice notice(const std::string& text) {
  alerts::Notice made;
  made.id = "abc/firing";
  made.pipeline = "plant";
  made.alert = "hot";
  made.title = "Hot rack";
  made.severity = alerts::Severity::kPage;
  alerts::Incident incident;
  incident.id = "abc";
  incident.alert = "hot";
  incident.key = "s1";
  incident.text = text;
  incident.values = {{"sensor", "s1"}, {"t", 81.5}};
  incident.from = 1'700'000'000'000'000;
  made.incidents = {incident};
  return made;
}

alerts::Notice over() {
  alerts::Notice made = notice("81.5 °C");
  made.is_firing = false;
  made.incidents[0].to = 1'700'000'060'000'000;
  return made;
}

EmailReceiver::Settings mail() { return {{}, "sluice@example.com", {"a@x.org", "b@x.org"}}; }

/// The value of a header, unfolded.
std::string header(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  std::string value;
  for (std::size_t i = at + name.size() + 4; i < text.size(); ++i) {
    if (text[i] == '\r' && text[i + 2] != ' ') break;
    if (text[i] != '\r' && text[i] != '\n') value += text[i];
  }
  return value;
}

TEST(Notify, AWebhookGetsTheIncident) {
  const Json body = parse_json(webhook_bodies(notice("s1 is 81.5 °C")).front());
  EXPECT_EQ(body["version"], 1);
  EXPECT_EQ(body["state"], "firing");
  EXPECT_EQ(body["key"], "s1");
  EXPECT_EQ(body["text"], "s1 is 81.5 °C");
  EXPECT_EQ(body["values"]["t"], 81.5);
  EXPECT_EQ(body["started"], "2023-11-14T22:13:20.000Z");
  EXPECT_FALSE(body.contains("ended"));
  EXPECT_EQ(parse_json(webhook_bodies(over()).front())["ended"], "2023-11-14T22:14:20.000Z");
}

TEST(Notify, SlackTakesTextsForTextsAlone) {
  const std::string text = "<!channel> *a* & \"b\"\n<http://x|y>";
  const Json body = parse_json(slack_bodies(notice(text)).front());
  EXPECT_EQ(body["text"], "Firing: Hot rack: &lt;!channel&gt; *a* &amp; \"b\" &lt;http://x|y&gt;");
  EXPECT_EQ(body["mrkdwn"], false);
  EXPECT_EQ(body["attachments"][0]["mrkdwn_in"], Json::array());
  EXPECT_EQ(parse_json(slack_bodies(over()).front())["attachments"][0]["color"], "#2e8540");
}

TEST(Notify, PagerDutyResolvesWhatItTriggered) {
  const Json begin = parse_json(pagerduty_bodies(notice("hot"), Secret("key")).front());
  const Json end = parse_json(pagerduty_bodies(over(), Secret("key")).front());
  EXPECT_EQ(begin["event_action"], "trigger");
  EXPECT_EQ(begin["payload"]["summary"], "Hot rack: hot");
  EXPECT_EQ(begin["payload"]["severity"], "critical");
  EXPECT_EQ(end["event_action"], "resolve");
  EXPECT_EQ(begin["dedup_key"], end["dedup_key"]);
  EXPECT_EQ(begin["routing_key"], "key");
}

TEST(Notify, PagerDutyGetsAnEventAnIncident) {
  alerts::Notice group = notice("a");
  group.group = "x";
  group.incidents.push_back(group.incidents[0]);
  group.incidents[1].id = "def";
  EXPECT_EQ(pagerduty_bodies(group, Secret("key")).size(), 2U);
}

TEST(Notify, ATextIsNoHeaderOfAMail) {
  const std::string text =
      mail_text(notice("a\r\nBcc: everybody@example.com\r\n\r\nbody"), mail(), 0);
  EXPECT_EQ(header(text, "Subject"), "[FIRING] Hot rack: a  Bcc: everybody@example.com    body");
  EXPECT_EQ(header(text, "Bcc"), "");
  EXPECT_EQ(header(text, "To"), "a@x.org, b@x.org");
}

TEST(Notify, AMailHasItsIdAndTime) {
  const std::string text = mail_text(notice("hot"), mail(), 1'700'000'000'000'000);
  EXPECT_TRUE(text.starts_with("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n")) << text;
  EXPECT_EQ(header(text, "Message-ID"), "<abc.firing@example.com>");
}

TEST(Notify, AMailsSubjectIsAsciiOnEveryLine) {
  std::string degrees;
  for (int i = 0; i < 40; ++i) degrees += "81 °C ";
  const std::string text = mail_text(notice(degrees), mail(), 0);
  EXPECT_TRUE(header(text, "Subject").starts_with("=?UTF-8?B?"));
  std::size_t line = 0;
  for (const char letter : text) {
    line = letter == '\n' ? 0 : line + 1;
    ASSERT_LE(line, 100U);
    ASSERT_GE(letter, 0);
  }
}

TEST(Notify, AnAddressIsOneAddress) {
  EXPECT_TRUE(is_mail_address("ops+night@mail.example.com"));
  for (const char* other : {"", "ops", "@x", "a@", "a@b@c", "a b@c.de", "a@b.de\r\nBcc: x@y.z",
                            "<a@b.de>", "a@b.de,c@d.de"}) {
    EXPECT_FALSE(is_mail_address(other)) << other;
  }
}

}  // namespace
}  // namespace sluice::app
