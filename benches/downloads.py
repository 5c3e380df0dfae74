#!/usr/bin/env python3
"""Downloads: wall time, CPU and peak memory of airscope against curl, and keys meanwhile.

    cargo build --release
    python3 benches/downloads.py [RUNS]

Both fetch from the same sandbox on 127.0.0.1 in turn, onto a memory file system; the files are compared. airscope
hashes, syncs and keeps notes and a manifest, curl only writes. Linux only; curl 7.66 or newer is needed.
"""

import atexit
import filecmp
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import terminal

AIRSCOPE = os.path.abspath("target/release/airscope")
MANY, SMALL = 200, "100kB"
MEMORY = "/dev/shm"


class Sandbox:
    """A sandbox whose large attachments have a size."""

    def __init__(self, size):
        self.process = subprocess.Popen([AIRSCOPE, "sandbox", "--big", size], stdout=subprocess.PIPE, text=True)
        # Also when a measurement gives up.
        atexit.register(self.process.kill)
        lines = [self.process.stdout.readline().strip() for _ in range(5)]
        self.exported = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
        self.host = self.exported["AIRBYTE_API_HOST"]
        self.environment = {**os.environ, **self.exported, "HOME": "/nonexistent"}
        self.connector = json.loads(self.run("connectors", "--json", "--type", "Zendesk Support"))[0]["id"]

    def run(self, *words):
        return subprocess.run([AIRSCOPE, *words], env=self.environment, capture_output=True, check=True).stdout

    def token(self):
        body = {"client_id": self.exported["AIRBYTE_CLIENT_ID"], "client_secret": self.exported["AIRBYTE_CLIENT_SECRET"]}
        request = urllib.request.Request(f"{self.host}/api/v1/account/applications/token", json.dumps(body).encode(), {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request))["access_token"]

    def curl(self, number, to):
        """Returns the lines of a curl configuration that fetch an attachment."""
        call = json.dumps({"entity": "attachments", "action": "download", "params": {"attachment_id": number}})
        quoted = call.replace("\\", "\\\\").replace('"', '\\"')
        return (
            f'url = "{self.host}/api/v1/integrations/connectors/{self.connector}/execute"\n'
            f'header = "Authorization: Bearer {self.token_now}"\nheader = "Content-Type: application/json"\n'
            f'data-raw = "{quoted}"\noutput = "{to}"\n'
        )

    def end(self):
        self.process.terminate()
        self.process.wait()


def measure(command, environment, folder):
    """Returns wall seconds, CPU seconds and peak MiB of a command. `sh` starts it, so that none of our memory counts."""
    began = time.perf_counter()
    child = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" "$@"', *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder, close_fds=True)
    peak = 0
    while child.poll() is None:
        try:
            with open(f"/proc/{child.pid}/status") as file:
                status = file.read()
            name, high = status.split("\n", 1)[0], [line for line in status.split("\n") if line.startswith("VmHWM")]
            if high and "sh" != name.split()[-1] and "python" not in name:
                peak = max(peak, int(high[0].split()[1]))
        except OSError:
            pass
        time.sleep(0.0005)
    wall = time.perf_counter() - began
    words = child.stderr.read().decode()
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}: {words}")
    return wall, peak / 1024


def timed(command, environment, folder):
    """Returns wall and CPU seconds of a command, without looking at it meanwhile."""
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder)
    words = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command[0]} ended with {child.returncode}: {words}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def fresh(parent, name):
    folder = os.path.join(parent, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    return folder


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def middle(figures):
    return statistics.median(figures)


def compare(what, goal, sandbox, parent, runs, ours, theirs):
    """Times two commands in turn; says whether the files are the same."""
    ours_times, their_times = [], []
    for _ in range(runs):
        sandbox.token_now = sandbox.token()
        # Each finds the same free memory: the files of the other are gone.
        for times, command, name in ((their_times, theirs, "curl"), (ours_times, ours, "airscope")):
            shutil.rmtree(os.path.join(parent, "curl"), ignore_errors=True)
            shutil.rmtree(os.path.join(parent, "airscope"), ignore_errors=True)
            folder = fresh(parent, name)
            times.append(timed(command(folder), sandbox.environment, folder))
    one, other = fresh(parent, "curl"), os.path.join(parent, "airscope")
    timed(theirs(one), sandbox.environment, one)
    got = sorted(os.listdir(other))
    names = [name for name in got if name.endswith(".bin")]
    # Names are the service's here and numbers there: what counts is the content.
    same = len(names) == len(os.listdir(one)) and all(
        filecmp.cmp(os.path.join(other, name), os.path.join(one, name.split()[-1]), shallow=False) for name in names
    )
    ours_wall, their_wall = middle([wall for wall, _ in ours_times]), middle([wall for wall, _ in their_times])
    ours_cpu, their_cpu = middle([cpu for _, cpu in ours_times]), middle([cpu for _, cpu in their_times])
    row(what, goal, f"{ours_wall:.3f} s", f"{their_wall:.3f} s", f"{ours_wall / their_wall:.2f}" + ("" if same else ", OTHER FILES"))
    row(f"{what}, CPU", "", f"{ours_cpu:.3f} s", f"{their_cpu:.3f} s", f"{ours_cpu / their_cpu:.2f}")


def single(parent, runs):
    sandbox = Sandbox("1GiB")
    number = 5_000_001

    def theirs(folder):
        config = os.path.join(parent, "config")
        with open(config, "w") as file:
            file.write(sandbox.curl(number, os.path.join(folder, f"{number}.bin")))
        return ["curl", "-sS", "-K", config]

    ours = lambda folder: [AIRSCOPE, "download", sandbox.connector, "attachments", "-p", f"attachment_id={number}", "--dir", folder]
    compare("1 GiB", "≤ 1.15", sandbox, parent, runs, ours, theirs)
    peaks = {}
    for size in ("100MiB", "1GiB"):
        sandbox.end()
        sandbox = Sandbox(size)
        folder = fresh(parent, "airscope")
        peaks[size] = measure(ours(folder), sandbox.environment, folder)[1]
    row("1 GiB, peak memory", "≤ 40 MiB, as for 100 MiB", f"{peaks['1GiB']:.1f} MiB", f"{peaks['100MiB']:.1f} MiB for 100 MiB", "")
    sandbox.end()


def many(parent, runs):
    sandbox = Sandbox(SMALL)
    numbers = range(5_000_000, 5_000_000 + MANY)

    def theirs(folder):
        config = os.path.join(parent, "config")
        with open(config, "w") as file:
            file.write("next\n".join(sandbox.curl(number, os.path.join(folder, f"{number}.bin")) for number in numbers))
        return ["curl", "-sS", "--parallel", "--parallel-max", "2", "-K", config]

    lines = os.path.join(parent, "lines")
    with open(lines, "w") as file:
        for number in numbers:
            file.write(json.dumps({"entity": "attachments", "params": {"attachment_id": number}}) + "\n")
    ours = lambda folder: [AIRSCOPE, "download", sandbox.connector, "--from", lines, "--dir", folder]
    compare(f"{MANY} files of {SMALL}", "≤ 1.2", sandbox, parent, runs, ours, theirs)
    sandbox.end()


def keys(parent):
    """Times keys on the screen while a file of 20 GiB comes."""
    sandbox = Sandbox("20GiB")
    folder = fresh(parent, "screen")
    os.environ.update(sandbox.environment)
    program = terminal.Program([AIRSCOPE, "--dir", folder, "-p", "attachment_id=5000001", "--", "zendesk-support", "attachments", "download"])
    program.until(lambda text: "attachment_id" in text and "5000001" in text)
    program.quiet()
    program.send(b"\x1b[15~")
    program.until(lambda text: "GB of" in text or "MB of" in text)
    program.send(b"1")
    times = []
    while len(times) < 300:
        took = program.key(b"j" if len(times) % 10 < 5 else b"k", 1)
        times.append(1 if took is None else took)
    running = "of 21.5 GB" in program.screen.text()
    times.sort()
    words = f"p99 {times[len(times) * 99 // 100] * 1000:.1f} ms, slowest {times[-1] * 1000:.1f} ms"
    row("keys while a file comes, 300 of them", "p99 ≤ 16 ms", words, "", "" if running else "THE FILE CAME TOO SOON")
    program.end()
    sandbox.end()


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    row("what", "goal", "airscope", "curl", "ratio")
    row("---", "---", "---", "---", "---")
    with tempfile.TemporaryDirectory(dir=MEMORY) as parent:
        single(parent, runs)
        many(parent, runs)
        keys(parent)


if __name__ == "__main__":
    main()
