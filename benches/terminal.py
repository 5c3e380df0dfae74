"""A program in a pseudo-terminal, for the scripts beside this file: what it paints, how long a key takes, what
it costs. Only the standard library is needed; Linux only, for it reads /proc."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

SIZE = (36, 120)
SEQUENCE = re.compile(rb"\x1b\[([0-9;?<>=]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78MDEHc]")


class Screen:
    """As much of a terminal as ratatui and jless need: text at places, cleared lines."""

    def __init__(self):
        self.rows = [[" "] * SIZE[1] for _ in range(SIZE[0])]
        self.row = self.column = 0
        self.rest = b""

    def feed(self, data):
        data = self.rest + data
        at = 0
        while at < len(data):
            if data[at] == 0x1B:
                found = SEQUENCE.match(data, at)
                if not found:
                    if len(data) - at < 200:
                        break
                    at += 1
                    continue
                if found.group(2):
                    self.control(found.group(1), found.group(2))
                at = found.end()
                continue
            end = data.find(b"\x1b", at)
            end = len(data) if end < 0 else end
            text = data[at:end]
            # A character that is not whole yet waits for its rest.
            while end == len(data) and text and text[-1] >= 0x80 and len(text) > 3 and not valid(text):
                text = text[:-1]
            self.write(text.decode("utf-8", "replace"))
            at += len(text)
            if at < end:
                break
        self.rest = data[at:]

    def control(self, arguments, kind):
        if kind in b"Hf":
            numbers = [int(number or 1) for number in (arguments.split(b";") + [b"1"])[:2]]
            self.row, self.column = numbers[0] - 1, numbers[1] - 1
        elif kind == b"J":
            self.rows = [[" "] * SIZE[1] for _ in range(SIZE[0])]
        elif kind == b"K" and 0 <= self.row < SIZE[0]:
            self.rows[self.row][self.column:] = [" "] * (SIZE[1] - self.column)
        elif kind == b"G":
            self.column = int(arguments or 1) - 1

    def write(self, text):
        for character in text:
            if character == "\r":
                self.column = 0
            elif character == "\n":
                self.row += 1
            elif 0 <= self.row < SIZE[0] and 0 <= self.column < SIZE[1]:
                self.rows[self.row][self.column] = character
                self.column += 1

    def text(self):
        return "\n".join("".join(row) for row in self.rows)


def valid(text):
    try:
        text.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


class Program:
    """A program that runs in a pseudo-terminal."""

    def __init__(self, command, env=None):
        self.screen = Screen()
        self.frames = self.bytes = 0
        self.began = time.perf_counter()
        self.last = self.began
        self.id, self.terminal = pty.fork()
        if self.id == 0:
            os.environ.update(TERM="xterm-256color", **(env or {}))
            os.execvp(command[0], command)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))

    def read(self, seconds):
        """Takes what comes within some seconds. Says whether anything came."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError:
            sys.exit("the program ended")
        self.last = time.perf_counter()
        self.bytes += len(data)
        self.frames += data.count(b"\x1b[?25l")
        if b"\x1b[6n" in data:
            os.write(self.terminal, b"\x1b[1;1R")
        self.screen.feed(data)
        return True

    def until(self, holds, seconds=60):
        """Waits until the screen holds what is asked for. Returns when that was painted."""
        end = time.perf_counter() + seconds
        while not holds(self.screen.text()):
            if not self.read(max(0, end - time.perf_counter())):
                sys.exit(f"waited in vain; the screen:\n{self.screen.text()}")
        return self.last

    def quiet(self, seconds=0.15):
        """Waits until nothing is painted for a while. Returns when the last was."""
        while self.read(seconds):
            pass
        return self.last

    def send(self, keys):
        """Sends keys. Returns when."""
        now = time.perf_counter()
        os.write(self.terminal, keys)
        return now

    def key(self, key, seconds=5):
        """Sends a key and waits for what it paints. Returns the seconds between."""
        sent = self.send(key)
        if not self.read(seconds):
            return None
        first = self.last
        while self.read(0.004):
            pass
        return first - sent

    def cpu(self):
        """Returns the CPU seconds of all threads, those that ended left out."""
        total = 0
        for task in os.listdir(f"/proc/{self.id}/task"):
            try:
                with open(f"/proc/{self.id}/task/{task}/schedstat") as file:
                    total += int(file.read().split()[0])
            except OSError:
                pass
        return total / 1e9

    def peak(self):
        """Returns the most memory it had, in bytes."""
        return self.status("VmHWM") * 1024

    def switches(self):
        """Returns how often its threads woke up."""
        total = 0
        for task in os.listdir(f"/proc/{self.id}/task"):
            with open(f"/proc/{self.id}/task/{task}/status") as file:
                total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M).group(1))
        return total

    def status(self, name):
        with open(f"/proc/{self.id}/status") as file:
            return int(re.search(rf"^{name}:\s+(\d+)", file.read(), re.M).group(1))

    def end(self):
        """Ends it. Returns the CPU seconds of its whole life."""
        os.kill(self.id, signal.SIGKILL)
        _, _, usage = os.wait4(self.id, 0)
        os.close(self.terminal)
        return usage.ru_utime + usage.ru_stime
