#include "http/response_head.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

TEST(ResponseHead, NoValueEndsItsLine) {
  Response response;
  response.headers = {{"X", "a\r\nSet-Cookie: b"}};
  const std::string head = response_head(response, {});
  EXPECT_NE(head.find("X: a  Set-Cookie: b\r\n"), std::string::npos);
}

TEST(ResponseHead, DateAndLength) {
  Response response = Response::json("{}");
  const std::string head = response_head(response, {.now = 784'111'777'000'000});
  EXPECT_NE(head.find("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nContent-Length: 2\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nCache-Control: no-store\r\n"), std::string::npos);
}

TEST(ResponseHead, NameOfADownload) {
  Response response;
  response.attachment = "é\"/=.bin";
  const std::string head = response_head(response, {});
  EXPECT_NE(
      head.find("attachment; filename=\"____=.bin\"; filename*=UTF-8''%C3%A9%22%2F%3D.bin\r\n"),
      std::string::npos)
      << head;
}

TEST(ErrorResponse, HasCodeAndPlace) {
  EXPECT_EQ(error_response(400, "no", {"E_X", 3, 4}).body,
            "{\"error\":{\"code\":\"E_X\",\"message\":\"no\",\"line\":3,\"column\":4}}\n");
  EXPECT_EQ(error_response(404, "no").body, "{\"error\":{\"code\":null,\"message\":\"no\"}}\n");
}

TEST(ErrorResponse, KindGivesTheStatus) {
  const Response fenced = error_response(Error(Kind::kConflict, "sink a: E_FENCED: other run"));
  EXPECT_EQ(fenced.status, 409);
  EXPECT_NE(fenced.body.find("\"code\":\"E_FENCED\""), std::string::npos);
  EXPECT_EQ(error_response(user_error("no")).status, 400);
  EXPECT_EQ(error_response(transient_error("later")).status, 503);
  EXPECT_EQ(error_response(internal_error("bug")).status, 500);
}

}  // namespace
}  // namespace sluice::http
