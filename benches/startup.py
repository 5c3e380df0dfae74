#!/usr/bin/env python3
"""Time from start to a painted screen: airscope against benches/bare.rs, in turn, in one run.

    cargo build --release && cargo build --release --example bare
    python3 benches/startup.py [RUNS]

Both programs run in a pseudo-terminal of 120x36. airscope runs without --demo, pointed at a port of
this machine where nobody listens. A start ends when the word `Connectors` has been painted.
Only the standard library is needed.
"""

import fcntl
import os
import pty
import resource
import select
import signal
import statistics
import struct
import sys
import termios
import time


def start(command):
    """Returns seconds of wall time until painted, and CPU seconds of the whole run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", AIRBYTE_CLIENT_ID="ci_none", AIRBYTE_CLIENT_SECRET="cs_none", AIRBYTE_API_HOST="http://127.0.0.1:9")
        os.execv(command, [command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    seen = b""
    while b"Connectors" not in seen:
        if not select.select([terminal], [], [], 20)[0]:
            sys.exit(f"{command} did not paint")
        seen += os.read(terminal, 65536)
        if b"\x1b[6n" in seen:
            os.write(terminal, b"\x1b[1;1R")
    painted = time.perf_counter() - began
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(terminal)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return painted, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    programs = {"bare ratatui": "target/release/examples/bare", "airscope": "target/release/airscope"}
    figures = {name: [] for name in programs}
    for _ in range(runs):
        for name, path in programs.items():
            figures[name].append(start(path))
    print("| program | start to a painted screen, wall | CPU |\n|---|---|---|")
    medians = {}
    for name, pairs in figures.items():
        medians[name] = [statistics.median(pair[column] for pair in pairs) for column in (0, 1)]
        print(f"| {name} | {medians[name][0] * 1000:.1f} ms | {medians[name][1] * 1000:.1f} ms |")
    ratios = [mine / floor for mine, floor in zip(medians["airscope"], medians["bare ratatui"])]
    print(f"| ratio | {ratios[0]:.2f} | {ratios[1]:.2f} |")


if __name__ == "__main__":
    main()
