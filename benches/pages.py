#!/usr/bin/env python3
"""Wall time, CPU and peak memory of 1,000 pages of 100 records: airscope against a bare reqwest loop.

    cargo build --release && cargo build --release --example pages_loop
    python3 benches/pages.py [RUNS]

Both page through the same sandbox on 127.0.0.1 in turn and write the records as lines to a file; the
files are compared. Only the standard library is needed.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

PAGES, SIZE = 1000, 100
AIRSCOPE, LOOP = "target/release/airscope", "target/release/examples/pages_loop"


def measure(command, environment):
    """Returns wall seconds, CPU seconds and peak KiB of a command."""
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    words = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}: {words}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sandbox = subprocess.Popen([AIRSCOPE, "sandbox", "--records", str(PAGES * SIZE)], stdout=subprocess.PIPE, text=True)
    try:
        lines = [sandbox.stdout.readline().strip() for _ in range(5)]
        exported = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, **exported, "HOME": folder, "XDG_STATE_HOME": folder}
            listed = subprocess.run([AIRSCOPE, "connectors", "--json", "--type", "GitHub"], env=environment, capture_output=True, check=True)
            connector = listed.stdout.decode().split('"id"')[1].split('"')[1]
            files = {name: os.path.join(folder, name) for name in ("bare loop", "airscope pages")}
            commands = {
                "bare loop": [LOOP, exported["AIRBYTE_API_HOST"], connector, "issues", str(SIZE), files["bare loop"]],
                "airscope pages": [AIRSCOPE, "pages", connector, "issues", "list", "--page-size", str(SIZE), "--output", files["airscope pages"], "--quiet"],
            }
            figures = {name: [] for name in commands}
            measure(commands["bare loop"], environment)  # the sandbox makes its records now
            for _ in range(runs):
                for name, command in commands.items():
                    if os.path.exists(files[name]):
                        os.remove(files[name])
                    figures[name].append(measure(command, environment))
            same = open(files["bare loop"], "rb").read() == open(files["airscope pages"], "rb").read()
            print(f"{PAGES} pages of {SIZE} records, {os.path.getsize(files['bare loop']) / 1e6:.1f} MB, the same bytes: {same}\n")
    finally:
        sandbox.terminate()
        sandbox.wait()
    print("| program | wall | CPU | peak memory |\n|---|---|---|---|")
    medians = {name: [statistics.median(run[at] for run in rows) for at in range(3)] for name, rows in figures.items()}
    for name, (wall, cpu, peak) in medians.items():
        print(f"| {name} | {wall:.2f} s | {cpu:.2f} s | {peak / 1024:.1f} MiB |")
    ratios = [mine / floor for mine, floor in zip(medians["airscope pages"], medians["bare loop"])]
    print(f"| ratio | {ratios[0]:.2f} | {ratios[1]:.2f} | {ratios[2]:.2f} |")
    if not same:
        sys.exit("the two files differ")


if __name__ == "__main__":
    main()
