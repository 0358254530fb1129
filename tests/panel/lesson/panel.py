"""What the lessons' tests share: a panel without a window, led by a script."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "guest", "cli"))

from tool import BIN, FOLDER, GUESTS, SOURCE, check, done, read, ringside, write  # noqa: E402,F401


def shot(lines, *options, timeout=120):
    """(status, stdout, stderr) of `ringside shot` with a script."""
    return ringside("shot", *options, "--script", write("script.txt", "\n".join(lines) + "\n"), timeout=timeout)


def size_of(path):
    """Width and height of a PNG."""
    data = read(path)
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
