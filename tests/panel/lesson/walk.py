"""The first visit of docs/panel/walk.txt: every expectation holds, and the pictures that are kept are those it makes now."""
import os
import re
import zlib

from panel import FOLDER, SOURCE, check, done, read, ringside, size_of

HERE = os.path.join(SOURCE, "docs", "panel")
script = os.path.join(HERE, "walk.txt")


def pixels(path):
    data, at, packed = read(path), 8, b""
    while at < len(data):
        n = int.from_bytes(data[at:at + 4], "big")
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + n]
        at += 12 + n
    return zlib.decompress(packed)


words = {line.split()[0] for line in read(script).decode().splitlines() if line.strip() and not line.startswith("#")}
check(words <= {"key", "type", "click", "expect", "shot", "run"}, "nothing but keys, clicks and what is expected of them", words)
status, text, err = ringside("shot", "--size", "1280x800", "--script", script)
check(status == 0, "the walk", f"{status} {text} {err}")
names = re.findall(r"^shot (\S+)$", read(script).decode(), re.M)
page = read(os.path.join(SOURCE, "docs", "panel.md")).decode()
for name in names:
    kept, made = os.path.join(HERE, name), os.path.join(FOLDER, name)
    check(size_of(kept) == (1280, 800) and os.path.getsize(kept) < 200000, f"{name} is kept, and small")
    check(f"(panel/{name})" in page, f"{name} is in the page")
    if os.environ.get("RINGSIDE_PICTURES"):  # the font may be another FreeType's
        check(pixels(kept) == pixels(made), f"{name} is out of date: docs/panel/make")
for size in ("640x400", "800x480", "1024x640", "1600x1000", "1920x1080", "3840x2160"):
    status, text, err = ringside("shot", "--size", size, "--script", script)
    check(status == 0, f"the walk in a window of {size}", f"{status} {text} {err}")
done(20)
