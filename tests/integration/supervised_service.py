"""A small real process for the supervisor's tests: answers HTTP on a port and misbehaves as it is told.

Arguments: PORT BEHAVIOUR [FILE]. Each start appends a line to FILE, so that a test can count starts.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/exit":
            os._exit(3)
        if self.path == "/unwell":
            print("asked", flush=True)
            self.send_error(503)
            return
        self._answer("[]" if self.path == "/internal/agents" else "{}")

    def do_POST(self) -> None:
        """The gateway's internal door: accepts the account and remembers that it came with the secret."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        known = self.headers["X-Baton-Secret"] == os.environ["BATON_SHARED_SECRET"]
        Path(os.environ["BATON_DATA_DIR"], "posted.json").write_text(body if known else "", encoding="utf-8")
        self._answer("{}")

    def _answer(self, body: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        return


def main() -> None:
    port, behaviour = int(sys.argv[1]), sys.argv[2]
    if len(sys.argv) > 3:
        with Path(sys.argv[3]).open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {behaviour} {time.time_ns()}\n")
    print(f"line from {behaviour}", flush=True)
    if behaviour == "bad-config":
        print("BATON_PORT=hello: not a number", flush=True)
        sys.exit(78)
    if behaviour == "crash":
        sys.exit(5)
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour == "grandchild" and os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path(sys.argv[3] + ".grandchild").write_text(str(os.getpid()), encoding="utf-8")
        time.sleep(600)
    if behaviour == "long-line":
        sys.stdout.write("x" * 300_000 + "\nafter\n")
        sys.stdout.flush()
    HTTPServer(("127.0.0.1", port), Ready).serve_forever()


if __name__ == "__main__":
    main()
