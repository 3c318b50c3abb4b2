#!/usr/bin/env python3
"""Plays a feed of earthquakes: a list of the newest ones, as public feeds have it, and events.

    examples/http_feed/serve.py [PORT]     prints its URL; a new quake every tenth of a second, 200 in all
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

QUAKES, WINDOW, PAUSE = 200, 80, 0.1
PLACES = ("Ísafjörður", "Napoli", "Λευκάδα", "Valdivia", "東京")
STARTED = time.time()


def quake(number):
    magnitude = "weak" if number % 50 == 49 else round(1 + number * 7 % 53 / 10, 1)  # an API's slip
    return {"id": f"q{number}", "properties": {"mag": magnitude, "place": PLACES[number % len(PLACES)],
                                               "time": 1717200000000 + number * 60000}}


def there():
    return min(QUAKES, int((time.time() - STARTED) / PAUSE) + 40)


class Feed(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        count = there()
        if self.path == "/events":
            first = int(self.headers.get("Last-Event-ID") or -1) + 1
            text = "".join(f"id: {n}\ndata: {json.dumps(quake(n), ensure_ascii=False)}\n\n" for n in range(first, count))
            return self.answer(200, text, {"Content-Type": "text/event-stream"})
        tag = f'"{count}"'
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, "", {"ETag": tag})
        # Only the newest: what is older than the window is gone.
        features = [quake(n) for n in range(count - 1, max(-1, count - 1 - WINDOW), -1)]
        document = {"type": "FeatureCollection", "features": features}
        return self.answer(200, json.dumps(document), {"ETag": tag, "Content-Type": "application/json"})

    def answer(self, status, text, headers):
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8089), Feed)
    print(f"http://127.0.0.1:{server.server_address[1]}/quakes", flush=True)
    server.serve_forever()
