"""What is tried against an HTTP server of sluice: a table of attacks, each with the answers that are right.

    python3 test/http_attacks/attacks.py URL [--token T] [--read PATH] [--change PATH] [--stream PATH]

runs those that need no server of their own settings against any server. An attack is bytes that are sent
as they are, or a function that gets the Target; it passes when the status of the first answer is one of
the expected ones, 0 standing for a connection that ends without an answer. `test/http_attacks/suite.py`
runs each against a fresh server and looks at what it leaves behind.
"""

import argparse
import sys
import urllib.parse
from dataclasses import dataclass
from typing import Callable, Union

if __name__ == "__main__":
    sys.path.insert(0, __file__.rsplit("/http_attacks/", 1)[0])

from http_attacks import behaviour
from http_attacks.target import Target

CLOSED = 0
OK, BAD, FORBIDDEN, NONE, METHOD, TYPE = 200, 400, 403, 404, 405, 415


@dataclass(frozen=True)
class Attack:
    name: str
    what: Union[bytes, Callable]
    expected: tuple
    server: str = "open"  # open, token, tls, quick, everywhere: how the suite starts it


def attack(name, what, *expected, server="open"):
    return Attack(name, what, expected, server)


def line(first, *headers, body=b"", host=True):
    """A request; `@HOST` becomes the server's name, `@READ` and so on its paths."""
    lines = [first] + (["Host: @HOST"] if host else []) + list(headers)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def get(path, *headers):
    return line(f"GET {path} HTTP/1.1", *headers)


JSON = "Content-Type: application/json"


def post(*headers, body=b"{}", path="@CHANGE", length=True):
    sizes = [f"Content-Length: {len(body)}"] if length else []
    return line(f"POST {path} HTTP/1.1", *sizes, *headers, body=body)


def chunked(body, *headers):
    return line("POST @CHANGE HTTP/1.1", JSON, "Transfer-Encoding: chunked", *headers, body=body)


def requests_that_are_none():
    yield attack("line/http_0_9", b"GET /\r\n", BAD)
    yield attack("line/http_2_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)
    yield attack("line/http_2_version", line("GET / HTTP/2.0"), 505)
    yield attack("line/http_3_version", line("GET / HTTP/3"), 505)
    yield attack("line/http_1_2", line("GET / HTTP/1.2"), 505)
    yield attack("line/http_0_9_version", line("GET / HTTP/0.9"), 505)
    yield attack("line/lower_case_version", line("GET / http/1.1"), BAD)
    yield attack("line/no_target", line("GET HTTP/1.1"), BAD)
    yield attack("line/two_blanks", line("GET  / HTTP/1.1"), BAD)
    yield attack("line/tab", line("GET\t/ HTTP/1.1"), BAD)
    yield attack("line/blank_in_target", line("GET /a b HTTP/1.1"), BAD)
    yield attack("line/blank_in_front", b" " + get("/"), BAD)
    yield attack("line/bare_line_feeds", b"GET / HTTP/1.1\nHost: localhost\n\n", BAD)
    yield attack("line/bare_carriage_returns", b"GET / HTTP/1.1\rHost: localhost\r\r", BAD)
    yield attack("line/null_byte", b"GET /\0 HTTP/1.1\r\nHost: @HOST\r\n\r\n", BAD)
    yield attack("line/method_with_slash", line("GE/T / HTTP/1.1"), BAD)
    yield attack("line/very_long_method", line("A" * 5000 + " / HTTP/1.1"), BAD)
    yield attack("line/tls_hello", bytes.fromhex("16030100a5010000a10303") + bytes(160), BAD)
    yield attack("line/ssh", b"SSH-2.0-OpenSSH_9.2\r\n", BAD)
    yield attack("line/smtp", b"EHLO mail.example\r\n", BAD)
    yield attack("line/random_bytes", bytes(range(128, 256)) * 20 + b"\r\n", BAD)
    yield attack("line/one_endless_line", b"A" * 20_000, 414, BAD)
    yield attack("line/empty_lines", b"\r\n" * 50, BAD)
    yield attack("line/non_ascii_target", "GET /é HTTP/1.1\r\nHost: @HOST\r\n\r\n".encode(), BAD)


def paths():
    for name, path in (
            ("dots", "/../../etc/passwd"), ("dots_inside", "/js/../../etc/passwd"),
            ("encoded_dots", "/%2e%2e/%2e%2e/etc/passwd"), ("half_encoded", "/.%2e/etc/passwd"),
            ("capital_encoded", "/%2E%2E/etc/passwd"), ("one_dot", "/./app.css"),
            ("null", "/app.css%00.html"), ("line_break", "/a%0d%0aSet-Cookie:%20a=b"),
            ("bad_percent", "/%zz"), ("cut_percent", "/%4"), ("percent_alone", "/%"),
            ("overlong_utf8", "/%c0%ae%c0%ae/etc/passwd"), ("overlong_slash", "/..%c0%afetc"),
            ("surrogate", "/%ed%a0%80"), ("not_utf8", "/%ff%fe"), ("fragment", "/#a"),
            ("escape", "/%1b[31m"), ("many_parts", "/a" * 100), ("no_slash", "app.css"),
            ("null_in_query", "/?a=%00"), ("bad_percent_in_query", "/?a=%"), ("user_in_url", "http://a@@HOST/")):
        yield attack(f"path/{name}", get(path), BAD)
    for name, path in (
            ("double_encoded_dots", "/%252e%252e/etc/passwd"), ("encoded_slash", "/..%2f..%2fetc%2fpasswd"),
            ("backslash", "/..\\..\\etc\\passwd"), ("encoded_backslash", "/..%5c..%5cwindows"),
            ("two_slashes", "//etc/passwd"), ("trailing_slash", "/app.css/"), ("other_case", "/HEALTHZ"),
            ("semicolon", "/app.css;a=b/"), ("drive", "/C:/windows"), ("file_of_process", "/proc/self/environ"),
            ("empty_part", "/api//pipelines"), ("git", "/.git/config"), ("env", "/.env")):
        yield attack(f"path/{name}", get(path), NONE)
    yield attack("path/too_long", get("/" + "a" * 20_000), 414)
    yield attack("path/long_query", get("/?a=" + "b" * 20_000), 414)
    yield attack("path/many_parameters", get("/?" + "a=1&" * 1000), BAD)
    yield attack("path/star", line("OPTIONS * HTTP/1.1"), BAD)
    yield attack("path/authority_form", line("CONNECT evil.example:443 HTTP/1.1"), BAD)
    yield attack("path/absolute_of_another_host", get("http://evil.example/"), BAD)
    yield attack("path/other_scheme", get("ftp://@HOST/"), BAD)
    yield attack("path/absolute", get("http://@HOST/healthz"), OK)


def methods():
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "BREW", "get"):
        yield attack(f"method/{method}", line(f"{method} /healthz HTTP/1.1"), METHOD)
    yield attack("method/get_of_a_change", get("@CHANGE"), METHOD)
    yield attack("method/head_of_a_change", line("HEAD @CHANGE HTTP/1.1"), METHOD)
    yield attack("method/override_header", get("@CHANGE", "X-HTTP-Method-Override: POST"), METHOD)
    yield attack("method/override_parameter", get("@CHANGE?_method=POST"), METHOD)
    yield attack("method/get_with_a_body", line("GET /healthz HTTP/1.1", "Content-Length: 2", body=b"{}"), BAD)
    yield attack("method/post_of_a_page", post(JSON, path="/"), METHOD)
    yield attack("method/connect_to_itself", line("CONNECT @HOST HTTP/1.1"), BAD)


def hosts():
    def by(value):
        return line("GET @READ HTTP/1.1", f"Host: {value}", host=False)

    for name, value in (("foreign", "evil.example"), ("foreign_with_port", "evil.example:80"),
                        ("beginning_like_ours", "localhost.evil.example"), ("ending_like_ours", "evil-localhost"),
                        ("address_in_a_name", "127.0.0.1.nip.example"), ("another_address", "169.254.169.254"),
                        ("wildcard", "0.0.0.0"), ("address_as_a_number", "2130706433"), ("trailing_dot", "evil.example.")):
        yield attack(f"host/{name}", by(value), FORBIDDEN)
    for name, value in (("empty", ""), ("two_in_one", "localhost, evil.example"), ("user", "a@localhost"),
                        ("path", "localhost/a"), ("bad_port", "localhost:a"), ("large_port", "localhost:999999"),
                        ("open_bracket", "[::1"), ("null", "local\0host"), ("blank_inside", "local host")):
        yield attack(f"host/{name}", by(value), BAD)
    yield attack("host/none", line("GET / HTTP/1.1", host=False), BAD)
    yield attack("host/two", line("GET / HTTP/1.1", "Host: evil.example"), BAD)
    yield attack("host/two_equal", line("GET / HTTP/1.1", "Host: @HOST"), BAD)
    yield attack("host/blank_before_colon", line("GET / HTTP/1.1", "Host : localhost", host=False), BAD)
    yield attack("host/folded", line("GET / HTTP/1.1", "Host:", " localhost", host=False), BAD)
    yield attack("host/forwarded_is_not_believed",
                 line("GET @READ HTTP/1.1", "Host: evil.example", "X-Forwarded-Host: localhost", host=False), FORBIDDEN)


def other_sites():
    for name, origin in (("foreign", "http://evil.example"), ("null", "null"), ("empty", ""), ("other_port", "http://localhost:1"),
                         ("name_behind_ours", "http://@HOST.evil.example"), ("user", "http://@HOST@evil.example"),
                         ("no_scheme", "@HOST"), ("other_scheme", "file://@HOST"), ("extension", "chrome-extension://abc")):
        yield attack(f"origin/{name}", post(JSON, f"Origin: {origin}"), FORBIDDEN)
    yield attack("origin/foreign_reads", get("@READ", "Origin: http://evil.example"), FORBIDDEN)
    yield attack("origin/foreign_stream", get("@STREAM", "Origin: http://evil.example"), FORBIDDEN)
    yield attack("origin/two", post(JSON, "Origin: http://@HOST", "Origin: http://evil.example"), BAD)
    for site in ("cross-site", "same-site", "none"):
        yield attack(f"origin/fetch_site_{site}", post(JSON, f"Sec-Fetch-Site: {site}"), FORBIDDEN)
    yield attack("origin/image", get("@STREAM", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors",
                                     "Sec-Fetch-Dest: image"), FORBIDDEN)
    yield attack("origin/frame", get("/", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate",
                                     "Sec-Fetch-Dest: iframe"), FORBIDDEN)
    yield attack("origin/preflight", line("OPTIONS @CHANGE HTTP/1.1", "Origin: http://evil.example",
                                          "Access-Control-Request-Method: POST"), FORBIDDEN)
    yield attack("origin/websocket", get("/", "Upgrade: websocket", "Connection: Upgrade", "Origin: http://evil.example",
                                         "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13"), FORBIDDEN)
    for name, kind in (("text", "text/plain"), ("form", "application/x-www-form-urlencoded"),
                       ("multipart", "multipart/form-data; boundary=a"), ("none", ""), ("nearly", "application/jsonp"),
                       ("list", "text/plain, application/json"), ("parameter", "text/plain; a=application/json")):
        yield attack(f"form/{name}", post(f"Content-Type: {kind}"), TYPE)
    yield attack("form/no_type_no_body", post(body=b""), TYPE)
    yield attack("form/two_types", post(JSON, "Content-Type: text/plain"), BAD)


def heads():
    yield attack("head/large", get("/", "A: " + "b" * 20_000), 431)
    yield attack("head/many", get("/", *["A: b"] * 200), 431)
    yield attack("head/many_short", get("/", *["a:"] * 5000), 431)
    yield attack("head/folded", get("/", "A: b", " c"), BAD)
    yield attack("head/folded_by_tab", get("/", "A: b", "\tc"), BAD)
    yield attack("head/no_colon", get("/", "A"), BAD)
    yield attack("head/no_name", get("/", ": b"), BAD)
    yield attack("head/blank_before_colon", get("/", "A : b"), BAD)
    yield attack("head/blank_in_name", get("/", "A B: c"), BAD)
    yield attack("head/null_in_name", get("/", "A\0: b"), BAD)
    yield attack("head/null_in_value", get("/", "A: b\0c"), BAD)
    yield attack("head/escape_in_value", get("/", "A: \x1b[2J"), BAD)
    yield attack("head/carriage_return_in_value", get("/", "A: b\rc"), BAD)
    yield attack("head/line_feed_in_value", get("/", "A: b\nEvil: c"), BAD)
    yield attack("head/non_ascii_name", get("/", "\xe9: b"), BAD)
    yield attack("head/unknown_expectation", post(JSON, "Expect: 200-ok"), 417)
    yield attack("head/bad_connection", get("/", "Connection: ,;"), BAD)


def lengths():
    yield attack("smuggling/length_and_chunks", chunked(b"0\r\n\r\n", "Content-Length: 5"), BAD)
    yield attack("smuggling/chunks_and_length", post(JSON, "Transfer-Encoding: chunked"), BAD)
    yield attack("smuggling/two_lengths", post(JSON, "Content-Length: 0"), BAD)
    yield attack("smuggling/two_equal_lengths", post(JSON, "Content-Length: 2"), BAD)
    for name, value in (("list", "2, 2"), ("sign", "+2"), ("negative", "-1"), ("hex", "0x2"), ("blank", "2 2"),
                        ("overflow", "18446744073709551618"), ("words", "two"), ("empty", ""), ("fraction", "2.0")):
        yield attack(f"smuggling/length_{name}", post(JSON, f"Content-Length: {value}", length=False), BAD)
    for name, value in (("identity", "identity"), ("gzip", "gzip, chunked"), ("reversed", "chunked, gzip"), ("quoted", '"chunked"'),
                        ("unknown", "xchunked"), ("twice_in_one", "chunked, chunked"), ("parameter", "chunked;a=b")):
        yield attack(f"smuggling/encoding_{name}", post(JSON, f"Transfer-Encoding: {value}", length=False), 501, BAD)
    yield attack("smuggling/vertical_tab", post(JSON, "Transfer-Encoding: \x0bchunked", length=False), BAD)
    yield attack("smuggling/two_encodings", chunked(b"0\r\n\r\n", "Transfer-Encoding: identity"), BAD, 501)
    yield attack("smuggling/blank_before_colon", post(JSON, "Transfer-Encoding : chunked"), BAD)
    yield attack("smuggling/chunks_in_1_0", line("POST @CHANGE HTTP/1.0", JSON, "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), BAD)
    yield attack("smuggling/request_in_a_refused_body", behaviour.refused_body_is_no_request, OK)
    yield attack("body/said_to_be_huge", post(JSON, "Content-Length: 1099511627776", length=False), 413)
    yield attack("body/one_byte_too_many", post(JSON, body=b"x" * 1_048_577), 413)
    yield attack("body/sent_though_huge", behaviour.huge_body, 413)
    yield attack("chunks/too_many_bytes", behaviour.huge_chunks, 413)
    yield attack("chunks/size_overflows", chunked(b"fffffffffffffffff\r\n"), BAD)
    yield attack("chunks/size_huge", chunked(b"7fffffffffffffff\r\nabc"), 413)
    yield attack("chunks/size_negative", chunked(b"-1\r\n"), BAD)
    yield attack("chunks/size_with_prefix", chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), BAD)
    yield attack("chunks/size_missing", chunked(b"\r\n{}\r\n0\r\n\r\n"), BAD)
    yield attack("chunks/size_no_number", chunked(b"zz\r\n{}\r\n0\r\n\r\n"), BAD)
    yield attack("chunks/size_too_small", chunked(b"1\r\n{}\r\n0\r\n\r\n"), BAD)
    yield attack("chunks/line_feed_only", chunked(b"2\n{}\n0\n\n"), 408, BAD, server="quick")
    yield attack("chunks/endless_extension", chunked(b"2;" + b"a" * 40_000), BAD, 413, 431)
    yield attack("chunks/endless_trailer", chunked(b"0\r\n" + b"A: b\r\n" * 10_000), BAD, 413, 431)
    yield attack("chunks/null_in_extension", chunked(b"2;\0\r\n{}\r\n0\r\n\r\n"), BAD)
    yield attack("chunks/one_byte_each", behaviour.tiny_chunks, 413, 400, 431)


def tokens():
    def bearer(value):
        return get("@READ", f"Authorization: {value}")

    for name, value in (("short", "Bearer a"), ("longer", "Bearer @TOKENx"), ("shorter", "Bearer @SHORT"),
                        ("other_case", "Bearer @UPPER"), ("doubled", "Bearer @TOKEN@TOKEN"), ("blank_in_front", "Bearer  @TOKEN"),
                        ("basic", "Basic @TOKEN"), ("no_scheme", "@TOKEN"), ("empty", "Bearer "), ("huge", "Bearer " + "a" * 10_000),
                        ("quoted", 'Bearer "@TOKEN"')):
        yield attack(f"token/{name}", bearer(value), 401, server="token")
    yield attack("token/none", get("@READ"), 401, server="token")
    yield attack("token/none_for_a_change", post(JSON), 401, server="token")
    yield attack("token/none_for_the_stream", get("@STREAM"), 401, server="token")
    yield attack("token/none_for_an_unknown_path", get("/unknown"), 401, server="token")
    yield attack("token/in_the_query", get("@READ?token=@TOKEN"), 401, server="token")
    yield attack("token/two", get("@READ", "Authorization: Bearer a", "Authorization: Bearer @TOKEN"), BAD, server="token")
    yield attack("token/made_up_session", get("@READ", "Cookie: sluice_session_@PORT=" + "0" * 64), 401, server="token")
    yield attack("token/session_of_everything", get("@READ", "Cookie: sluice_session_@PORT="), 401, server="token")
    yield attack("token/token_as_cookie", get("@READ", "Cookie: sluice_session_@PORT=@TOKEN"), 401, server="token")
    yield attack("token/many_cookies", get("@READ", "Cookie: " + "a=b; " * 3000), 401, server="token")
    yield attack("token/login_wrong", post(JSON, path="/api/login", body=b'{"token": "wrong"}'), 401, server="token")
    yield attack("token/login_by_get", get("/api/login?token=@TOKEN"), METHOD, server="token")
    yield attack("token/login_no_json", post(JSON, path="/api/login", body=b"token=@TOKEN"), BAD, server="token")
    yield attack("token/login_deep_json", post(JSON, path="/api/login", body=b"[" * 100_000), BAD, server="token")
    yield attack("token/login_of_another_site", post(JSON, "Origin: http://evil.example", path="/api/login"), FORBIDDEN,
                 server="token")
    yield attack("token/login_where_none_is_asked_for", post(JSON, path="/api/login"), NONE)
    yield attack("token/guessed", behaviour.guessed, 429, server="token")
    yield attack("token/session", behaviour.session, OK, server="token")
    yield attack("token/old_session", behaviour.old_session, 401, server="token")


def connections():
    yield attack("slow/200_heads", behaviour.slow_heads, OK, server="quick")
    yield attack("slow/200_bodies", behaviour.slow_bodies, OK, server="quick")
    yield attack("slow/one_byte_at_a_time", behaviour.drip, 408, server="quick")
    yield attack("slow/reader", behaviour.slow_reader, OK)
    yield attack("slow/readers_of_streams", behaviour.slow_streams, OK)
    yield attack("many/connections", behaviour.many_connections, OK)
    yield attack("many/connections_of_one_peer", behaviour.many_of_one_peer, OK, server="everywhere")
    yield attack("many/streams", behaviour.many_streams, 503)
    yield attack("many/pipelined", behaviour.pipelined, OK)
    yield attack("many/stream_ends_at_once", behaviour.streams_that_end, OK)
    yield attack("end/half_closed", behaviour.half_closed, OK)
    yield attack("end/half_closed_in_a_head", behaviour.half_closed_in_a_head, CLOSED)
    yield attack("end/reset_in_a_head", behaviour.reset_in_a_head, OK)
    yield attack("end/reset_in_an_answer", behaviour.reset_in_an_answer, OK)
    yield attack("end/reset_in_a_stream", behaviour.reset_in_a_stream, OK)
    yield attack("end/reset_in_a_long_handler", behaviour.reset_in_a_long_handler, OK)
    yield attack("end/request_after_a_stream", behaviour.request_after_a_stream, OK)
    yield attack("tls/plain_request", behaviour.plain_to_tls, CLOSED, server="tls")
    yield attack("tls/old_version", behaviour.old_tls, CLOSED, server="tls")
    yield attack("tls/cut_handshake", behaviour.cut_handshake, OK, server="tls")
    yield attack("tls/silent", behaviour.silent_tls, OK, server="tls")


def all_attacks():
    for group in (requests_that_are_none, paths, methods, hosts, other_sites, heads, lengths, tokens, connections):
        yield from group()


def run(one, target):
    """Null when it passes, else what is wrong."""
    got = one.what(target) if callable(one.what) else target.status_of(target.filled(one.what))
    if got in one.expected:
        return None
    return f"{one.name}: expected {' or '.join(map(str, one.expected))}, got {got}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--token", default="")
    parser.add_argument("--read", default="/api/pipelines")
    parser.add_argument("--change", default="/api/pipelines/none/trigger")
    parser.add_argument("--stream", default="/events")
    arguments = parser.parse_args()
    url = urllib.parse.urlsplit(arguments.url)
    target = Target(url.hostname, url.port, arguments.token, arguments.read, arguments.change, arguments.stream)
    kind = "token" if arguments.token else "open"
    chosen = [one for one in all_attacks() if one.server == kind and not callable(one.what)]
    problems = [problem for one in chosen if (problem := run(one, target))]
    print("\n".join(problems + [f"{len(chosen) - len(problems)} of {len(chosen)} attacks are answered as they should be"]))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
