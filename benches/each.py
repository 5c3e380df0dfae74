#!/usr/bin/env python3
"""Wall time of an operation for 500 records at 100 ms of latency, beside the ideal; peak memory for 500 and 10,000.

    cargo build --release
    python3 benches/each.py [PROGRAM]

The ideal is calls x latency / jobs. The sandbox answers on 127.0.0.1. Only the standard library is needed.
"""

import os
import subprocess
import sys
import tempfile
import time

PARENTS, LATENCY, JOBS, MANY = 500, 0.1, 4, 10_000
AIRSCOPE = sys.argv[1] if len(sys.argv) > 1 else "target/release/airscope"


def start(*words):
    """Starts a sandbox; returns it with the variables that lead to it."""
    sandbox = subprocess.Popen([AIRSCOPE, "sandbox", *words], stdout=subprocess.PIPE, text=True)
    lines = [sandbox.stdout.readline().strip() for _ in range(5)]
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    return sandbox, exported


def measure(exported, folder, parents):
    """Returns wall seconds and peak KiB; fails unless every parent is complete."""
    records = os.path.join(folder, "records")
    with open(records, "w") as file:
        file.writelines(f'{{"id":{1000 + number}}}\n' for number in range(1, parents + 1))
    environment = {**os.environ, **exported, "HOME": folder, "XDG_STATE_HOME": folder}
    out = os.path.join(folder, f"out{parents}")
    command = [AIRSCOPE, "each", "zendesk-support", "ticket_comments", "list", "-p", "ticket_id=@id"]
    command += ["--from", records, "--jobs", str(JOBS), "--output", out, "--quiet"]
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    words = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0 or f"in {parents:,} calls" not in words:
        sys.exit(f"each ended with {child.returncode}: {words}")
    return wall, usage.ru_maxrss


def main():
    with tempfile.TemporaryDirectory() as folder:
        sandbox, exported = start("--records", "3", "--latency", str(int(LATENCY * 1000)))
        try:
            wall, few = measure(exported, folder, PARENTS)
        finally:
            sandbox.terminate()
            sandbox.wait()
        sandbox, exported = start("--records", "3")
        try:
            _, many = measure(exported, folder, MANY)
        finally:
            sandbox.terminate()
            sandbox.wait()
    ideal = PARENTS * LATENCY / JOBS
    print("| what | goal | airscope | ideal | ratio |\n|---|---|---|---|---|")
    print(f"| {PARENTS} parents, 100 ms away, {JOBS} calls at a time | ≤ 1.15 | {wall:.2f} s | {ideal:.2f} s | {wall / ideal:.2f} |")
    print(f"| peak memory, {MANY:,} parents beside {PARENTS} | flat | {many / 1024:.1f} MiB | {few / 1024:.1f} MiB | {many / few:.2f} |")


if __name__ == "__main__":
    main()
