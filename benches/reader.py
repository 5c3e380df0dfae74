#!/usr/bin/env python3
"""Reading large JSON: airscope against jless 0.9.0 on the same files, in turn, in one run.

    cargo build --release
    python3 benches/reader.py [JLESS]

Without JLESS, `cargo install jless --version 0.9.0` is run into a folder outside of the tree. All times are
medians of several runs in a pseudo-terminal of 120x36; sizes are peaks of resident memory. The last column is
airscope's figure by the other's, or by what the row names.
"""

import os
import statistics
import subprocess
import sys
import tempfile

import inputs
from terminal import Program

AIRSCOPE = "target/release/airscope"
RUNS = 5
MIB = 1 << 20


def jless():
    if len(sys.argv) > 1:
        return sys.argv[1]
    root = os.path.join(tempfile.gettempdir(), "airscope-jless")
    path = os.path.join(root, "bin", "jless")
    if not os.path.exists(path):
        env = dict(os.environ)
        # jless links the X clipboard; without its development files the libraries themselves serve.
        links = os.path.join(root, "links")
        os.makedirs(links, exist_ok=True)
        for name in ("xcb", "xcb-render", "xcb-shape", "xcb-xfixes"):
            for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"):
                for version in (".so", ".so.0", ".so.1"):
                    library = os.path.join(folder, f"lib{name}{version}")
                    link = os.path.join(links, f"lib{name}.so")
                    if os.path.exists(library) and not os.path.exists(link):
                        os.symlink(library, link)
        env["RUSTFLAGS"] = f"-L {links}"
        subprocess.run(["cargo", "install", "jless", "--version", "0.9.0", "--root", root], check=True, env=env)
    return path


def whole(name):
    """Says when a file of that name is all there on the screen of airscope."""
    return lambda text: "still loading" not in text and " B " in text.replace("kB", " B ").replace("MB", " B ").split("\n")[1]


def open_one(kind, command, path):
    """Opens a file. Returns first rows, all of it, CPU seconds until then, peak memory."""
    program = Program(command + [path])
    if kind == "airscope":
        first = program.until(lambda text: "│" in text and any(sign in text for sign in ("▸", "0  ", "1  ", ": ", "[1]")), 60)
        done = program.until(whole(path), 60)
    else:
        first = done = program.until(lambda text: len(text.split("\n")[0].strip()) > 0 or "▽" in text or "▷" in text, 60)
    cpu = program.cpu()
    program.quiet(0.1)
    peak = program.peak()
    cpu = max(program.end(), cpu)
    return first - program.began, done - program.began, cpu, peak


def median_of(kind, command, path, runs=RUNS):
    rows = [open_one(kind, command, path) for _ in range(runs)]
    return [statistics.median(row[column] for row in rows) for column in range(4)]


def opened(command, path, kind):
    program = Program(command + [path])
    if kind == "airscope":
        program.until(whole(path))
    program.quiet(0.3)
    return program


def keys(command, path, kind, count=300):
    """Returns the median CPU of a key and the 99th percentile of its time."""
    program = opened(command, path, kind)
    for _ in range(20):
        program.key(b"j")
    before = program.cpu()
    # There and back, so that a small file is not at its end after a while.
    strokes = ([b"j"] * 30 + [b"k"] * 30) * (count // 60)
    times = sorted(time for time in (program.key(stroke, 0.5) for stroke in strokes) if time is not None)
    cpu = (program.cpu() - before) / len(strokes)
    program.end()
    return cpu, times[len(times) * 99 // 100], statistics.median(times)


def stroke(command, path, kind, sequence, runs=RUNS):
    """Returns the median time from the last of some keys until its frame is painted."""
    figures = []
    for _ in range(runs):
        program = opened(command, path, kind)
        for keystroke in sequence[:-1]:
            program.send(keystroke)
            program.quiet(0.1)
        figures.append(program.key(sequence[-1]))
        program.end()
    return statistics.median(figures)


def find(command, path, kind, needle=b"needle in the hay", shown="the needle in the haystack"):
    """Returns when the first match was shown and when all were counted."""
    program = opened(command, path, kind)
    program.send(b"/")
    program.until(lambda text: any(line.startswith("/") or line.startswith("│/") for line in text.split("\n")[-4:]), 20)
    program.quiet(0.2)
    sent = program.send(needle + b"\r")
    if kind == "airscope":
        first = program.until(lambda text: "Match 1 of" in text, 20)
        done = program.until(lambda text: "Match 1 of" in text and "so far" not in text, 20)
    else:
        # It shows the match and how many there are when it has found them all.
        first = done = program.until(lambda text: shown in text or "[1/" in text, 20)
    program.end()
    return first - sent, done - sent


def first_hit(command, path):
    """Returns when the first of many matches was shown, and the slowest key while the search runs."""
    program = opened(command, path, "airscope")
    program.send(b"/")
    program.quiet(0.1)
    program.send(b"closed")
    program.quiet(0.1)
    sent = program.send(b"\r")
    first = program.until(lambda text: "Match 1 of" in text)
    times = []
    while "so far" in program.screen.text() or len(times) < 5:
        took = program.key(b"j", 0.5)
        times.append(took or 0)
        if len(times) > 200:
            break
    program.end()
    return first - sent, max(times)


def burst(command, path, kind):
    """Returns the time from 500 keys at once until the last is painted, and the frames that took."""
    program = opened(command, path, kind)
    frames = program.frames
    sent = program.send(b"j" * 500)
    done = program.quiet(0.2)
    frames = program.frames - frames
    program.end()
    if done <= sent or frames == 0:
        sys.exit(f"{os.path.basename(command[0])}: nothing was painted after 500 keys, so nothing was measured")
    return done - sent, frames


def idle(command, path):
    program = opened(command, path, "airscope")
    program.quiet(1)
    wakes, painted = program.switches(), program.bytes
    program.read(10)
    result = program.switches() - wakes, program.bytes - painted
    program.end()
    return result


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


def row(what, goal, mine, other, ratio):
    print(f"| {what} | {goal} | {mine} | {other} | {ratio} |", flush=True)


def main():
    other = [jless()]
    mine = [AIRSCOPE, "open"]
    files = inputs.write(os.path.join(tempfile.gettempdir(), "airscope-inputs"))
    small, large = files["218 kB"], files["100 MB"]
    print("| what | goal | airscope | jless 0.9.0 | ratio |\n|---|---|---|---|---|")
    first_small = median_of("airscope", mine, small)[0]
    for name in ("25 MB", "100 MB"):
        a, b = median_of("airscope", mine, files[name]), median_of("jless", other, files[name])
        row(f"{name} opened and indexed, wall", "≤ 0.5", ms(a[1]), ms(b[1]), f"{a[1] / b[1]:.2f}")
        row(f"{name} opened and indexed, CPU", "≤ 0.5", ms(a[2]), ms(b[2]), f"{a[2] / b[2]:.2f}")
        size = os.path.getsize(files[name])
        row(f"{name}, peak memory", "≤ 2.0 bytes a byte + 10 MiB", f"{a[3] / MIB:.0f} MiB", f"{b[3] / MIB:.0f} MiB", f"{(a[3] - 10 * MIB) / size:.2f} bytes a byte")
        if name == "100 MB":
            row("first rows of 100 MB", "≤ 1.5 × those of 218 kB", ms(a[0]), ms(b[0]), f"{a[0] / first_small:.2f}")
    floor = 10 * MIB
    for name in ("depth 20,000", "a 20 MB string", "a million integers", "200,000 keys", "hostile text"):
        a, b = median_of("airscope", mine, files[name], 3), median_of("jless", other, files[name], 3)
        row(f"{name}, peak memory", "≤ 0.5 after 10 MiB", f"{a[3] / MIB:.0f} MiB", f"{b[3] / MIB:.0f} MiB", f"{max(0, a[3] - floor) / b[3]:.2f}")
    cpu_small, _, _ = keys(mine, small, "airscope")
    cpu_large, slowest, _ = keys(mine, large, "airscope")
    _, slowest_other, _ = keys(other, large, "jless")
    row("a key on 100 MB, CPU", "≤ 1.15 × on 218 kB", f"{cpu_large * 1e6:.0f} µs", "", f"{cpu_large / cpu_small:.2f}")
    row("a key on 100 MB, p99", "≤ 16 ms", ms(slowest), ms(slowest_other), "")
    row("fold all of 100 MB", "≤ 16 ms", ms(stroke(mine, large, "airscope", [b"z", b"R", b"z", b"M"])), ms(stroke(other, large, "jless", [b"j", b"j", b"E", b"C"])), "")
    row("unfold all of 100 MB", "≤ 16 ms", ms(stroke(mine, large, "airscope", [b"z", b"R"])), ms(stroke(other, large, "jless", [b"j", b"j", b"C", b"E"])), "")
    a = [find(mine, large, "airscope") for _ in range(RUNS)]
    b = [find(other, large, "jless") for _ in range(RUNS)]
    all_mine, all_other = statistics.median(pair[1] for pair in a), statistics.median(pair[1] for pair in b)
    row("find all in 100 MB, the only match last", "≤ 1", ms(all_mine), ms(all_other), f"{all_mine / all_other:.2f}")
    a = statistics.median(find(mine, large, "airscope", b"closed")[1] for _ in range(RUNS))
    b = statistics.median(find(other, large, "jless", b"closed", "[1/")[1] for _ in range(RUNS))
    row("find all in 100 MB, 124,000 matches", "≤ 1", ms(a), ms(b), f"{a / b:.2f}")
    first, slow = first_hit(mine, large)
    row("find in 100 MB, first of many matches", "≤ 16 ms", ms(first), "", "")
    row("a key while it searches, slowest", "p99 ≤ 16 ms", ms(slow), "", "")
    (took, frames), (took_other, _) = burst(mine, large, "airscope"), burst(other, large, "jless")
    row("500 keys at once", "≤ 0.5, at most 10 frames", f"{ms(took)}, {frames} frames", ms(took_other), f"{took / took_other:.2f}")
    wakes, painted = idle(mine, large)
    # A thread that ended in those seconds takes its count with it.
    row("idle for 10 s with 100 MB open", "0 wakeups, 0 bytes", f"{max(0, wakes)} wakeups, {painted} bytes", "", "")
    size = os.path.getsize(AIRSCOPE)
    row("binary, stripped", "≤ 16 MB", f"{size / 1e6:.2f} MB", f"{os.path.getsize(other[0]) / 1e6:.2f} MB", "")


if __name__ == "__main__":
    main()
