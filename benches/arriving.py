#!/usr/bin/env python3
"""Replies that arrive: the screen of airscope against a bare loop that reads the body into one buffer.

    cargo build --release && cargo build --release --example body_loop
    python3 benches/arriving.py

A small server on 127.0.0.1 answers the same bodies to both. Times are medians; only the standard library is
needed.
"""

import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import inputs
from reader import ms, row
from terminal import Program

AIRSCOPE, LOOP = "target/release/airscope", "target/release/examples/body_loop"
CONNECTOR = "0d4b2d51-6a3c-4a55-9d5e-0f2f6f1f3c11"
RUNS = 7


class Server(ThreadingHTTPServer):
    """Serves from a process of its own, so that it does not wait for the one that measures."""

    def __init__(self, bodies):
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies = bodies
        self.serial, self.body = multiprocessing.Value("i", 0), multiprocessing.Value("i", 0)
        self.rate = multiprocessing.Value("d", 0.0)
        self.process = multiprocessing.Process(target=self.serve_forever, daemon=True)
        self.process.start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, rate=None, first=b""):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(first) + len(body)))
        self.end_headers()
        self.wfile.write(first)
        if rate is None:
            self.wfile.write(body)
            return
        began, piece = time.perf_counter(), 64 << 10
        for at in range(0, len(body), piece):
            self.wfile.write(body[at:at + piece])
            time.sleep(max(0, began + (at + piece) / rate - time.perf_counter()))

    def do_GET(self):
        if self.path.startswith("/api/v1/integrations/connectors"):
            template = {"name": "GitHub", "connector_name": "github", "actor_definition_id": "ef69ef6e-aa7f-4af1-a01d-ef775033524e"}
            self.answer(json.dumps({"data": [{"id": CONNECTOR, "name": "GitHub", "summarized_source_template": template}]}).encode())
        else:
            self.answer(b'{"data":[]}')

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "token" in self.path:
            self.answer(b'{"access_token":"a.b.c","expires_in":900}')
        elif asked.get("action") == "list":
            self.server.serial.value += 1
            first = b'{"status":"success","result":[{"id":"serial-%d"},' % self.server.serial.value
            self.answer(self.server.bodies[self.server.body.value], self.server.rate.value or None, first)
        else:
            self.answer(b'{"status":"success","result":{"entities":[]}}')


def rest(path):
    with open(path, "rb") as file:
        return file.read().split(b'"result":[', 1)[1]


def request(program, server):
    """Sends the request. Returns when, and what tells the first rows and the whole of its reply."""
    serial = server.serial.value + 1
    first = lambda text: f"serial-{serial}" in text
    whole = lambda text: first(text) and "still loading" not in text
    settled = lambda text: whole(text) and "looking at the records" not in text and "Esc cancels" not in text
    return program.send(b"\x1b[15~"), first, whole, settled


def main():
    files = inputs.write(os.path.join(tempfile.gettempdir(), "airscope-inputs"))
    server = Server([rest(files["25 MB"]), rest(files["100 MB"])])
    host = f"http://127.0.0.1:{server.server_port}"
    env = {"AIRBYTE_API_HOST": host, "AIRBYTE_CLIENT_ID": "c", "AIRBYTE_CLIENT_SECRET": "s", "XDG_STATE_HOME": tempfile.gettempdir()}
    program = Program([AIRSCOPE, "github", "issues", "list"], env)
    program.until(lambda text: "per_page" in text)
    program.quiet(0.5)
    firsts, wholes, settles, floors = [], [], [], []
    for _ in range(RUNS):
        sent, first, whole, settled = request(program, server)
        firsts.append(program.until(first) - sent)
        wholes.append(program.until(whole) - sent)
        settles.append(program.until(settled) - sent)
        program.quiet(0.2)
        output = subprocess.run([LOOP, host, CONNECTOR, "2"], capture_output=True, text=True, check=True).stdout
        floors.append(float(output.split()[1]))
    first, whole, settled, floor = (statistics.median(times) for times in (firsts, wholes, settles, floors))
    print("| what | goal | airscope | bare loop | ratio |\n|---|---|---|---|---|")
    row("25 MB reply, sent to first rows", "≤ 0.5", ms(first), ms(floor), f"{first / floor:.2f}")
    row("25 MB reply, sent to all of it", "≤ 1.5", ms(whole), ms(floor), f"{whole / floor:.2f}")
    row("25 MB reply, sent to its records surveyed for paging", "", ms(settled), ms(floor), f"{settled / floor:.2f}")
    server.rate.value = 5_000_000
    sent, first, whole, settled = request(program, server)
    shown = program.until(first) - sent
    done = program.until(whole, 60) - sent
    row("25 MB at 5 MB/s, first record", "≤ 0.1 of the transfer", ms(shown), ms(done), f"{shown / done:.3f}")
    program.quiet(0.3)
    server.rate.value, server.body.value = 100_000_000, 1
    sent, first, whole, settled = request(program, server)
    program.until(first)
    times = []
    while not whole(program.screen.text()) and len(times) < 2000:
        took = program.key(b"j" if len(times) % 40 < 20 else b"k", 1)
        times.append(took if took is not None else 1)
    times.sort()
    row(f"keys while 100 MB arrive at 100 MB/s, {len(times)} of them", "p99 ≤ 16 ms, none above 50 ms", f"p99 {ms(times[len(times) * 99 // 100])}, slowest {ms(times[-1])}", "", "")
    program.end()
    server.process.terminate()


if __name__ == "__main__":
    main()
