#!/usr/bin/env python3
"""Instructions that a key costs, counted by callgrind: airscope reading 218 kB of records against a bare ratatui
program that paints as many lines of as many spans.

    cargo build --release && cargo build --release --example bare_keys
    python3 benches/instructions.py

Each program is run twice, with 20 and with 60 keys; the difference is what 40 keys cost. Needs valgrind.
"""

import os
import re
import tempfile

import inputs
from terminal import Program


def run(command, ready, count):
    """Returns the instructions of a run with so many keys."""
    out = os.path.join(tempfile.gettempdir(), f"airscope-callgrind-{os.getpid()}")
    program = Program(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "-q", *command])
    program.until(ready, 300)
    program.quiet(2)
    for number in range(count):
        # There and back, so that every frame is of the same kind.
        program.send(b"j" if number % 20 < 10 else b"k")
        program.read(10)
        program.quiet(0.15)
    program.send(b"q")
    while True:
        try:
            if not os.read(program.terminal, 1 << 16):
                break
        except OSError:
            break
    os.waitpid(program.id, 0)
    with open(out) as file:
        total = int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.M).group(1))
    os.remove(out)
    return total


def key(command, ready):
    return (run(command, ready, 60) - run(command, ready, 20)) / 40


def main():
    files = inputs.write(os.path.join(tempfile.gettempdir(), "airscope-inputs"))
    floor = key(["target/release/examples/bare_keys"], lambda text: "Reply" in text)
    print("| program | instructions a key | ratio |\n|---|---|---|")
    print(f"| bare ratatui | {floor / 1e3:.0f} k | 1 |", flush=True)
    mine = key(["target/release/airscope", "open", files["218 kB"]], lambda text: "records" in text and "still loading" not in text)
    print(f"| airscope | {mine / 1e3:.0f} k | {mine / floor:.2f} |", flush=True)


if __name__ == "__main__":
    main()
