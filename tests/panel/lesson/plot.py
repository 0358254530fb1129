"""Charts: from what compare wrote; the figures in the SVG are the report's; foreign files are refused in one line."""
import copy
import json
import os
import re
import xml.etree.ElementTree as Tree

from panel import FOLDER, check, done, read, ringside, size_of, write

data = os.path.join(FOLDER, "compare.json")
status, out, err = ringside("compare", "--run", "forkwait 2; halt", "--json", data, "--quiet")
check(status == 0, "compare", err)
report = json.loads(read(data))


def plot(path, *options):
    return ringside("plot", path, *options)


def texts(path):
    return [t.text or "" for t in Tree.fromstring(read(path)).iter() if t.tag.endswith("text")]


svg, png = os.path.join(FOLDER, "c.svg"), os.path.join(FOLDER, "c.png")
check(plot(data, "-o", svg)[0] == 0 and plot(data, "-o", png)[0] == 0, "both forms")
check(size_of(png) == (1280, 720), "its size", size_of(png))
words = texts(svg)
busy = [sum(v for k, v in r["cycles"].items() if k != "idle") for r in report["runs"]]
for r, cycles in zip(report["runs"], busy):
    check(words.count(r["mode"]) == 3, f"{r['mode']}: three bars", words)
    check(f"{cycles / busy[0]:.2f} x  {cycles:,}" in words, f"{r['mode']}: overhead", words)
    check(f"{r['exits']['total']:,}" in words, f"{r['mode']}: exits", words)
for key in report["runs"][1]["cycles"]:
    used = any(r["cycles"][key] for r in report["runs"]) and key != "idle"
    check((key in words) == used, f"key {key}", words)
check(any("modelled" in w and "p4-2005" in w for w in words), "says that it is modelled", words)

# The stacked bars: as long as the run's cycles, all on one scale.
wide = [(int(m[1]), int(m[2])) for m in re.finditer(r'<rect x="(\d+)" y="\d+" width="(\d+)"', read(svg).decode())]
check(len(wide) > 20 and all(x + w <= 1280 for x, w in wide), "bars inside the picture")

for size in ("640x400", "1920x1080", "3840x2160", "700x2000"):
    for theme in ("dark", "light"):
        status, out, err = plot(data, "-o", png, "--size", size, "--theme", theme)
        check(status == 0 and "x".join(map(str, size_of(png))) == size, f"{size} {theme}", err)
dark = read(png)
plot(data, "-o", png, "--size", "700x2000", "--theme", "dark")
check(read(png) != dark, "themes differ")

for options, what in (((), "where shall"), (("-o", "x.gif"), "neither PNG nor SVG"), (("-o", png, "--size", "320x200"), "too small"),
                      (("-o", "/nowhere/x.png"), "/nowhere/x.png")):
    status, out, err = plot(data, *options)
    check(status == 2 and what in err and err.count("\n") <= 2, f"refused: {options}", f"{status} {err}")


def changed(change):
    document = copy.deepcopy(report)
    change(document)
    return json.dumps(document)


def drop(document, *path):
    for step in path[:-1]:
        document = document[step]
    del document[path[-1]]


def put(document, value, *path):
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value


bad = ["", "{", "[]", "null", "\0" * 100, "[" * 3000, json.dumps(report["runs"][0]),
       changed(lambda d: put(d, "ringside.compare/2", "schema")), changed(lambda d: drop(d, "runs")),
       changed(lambda d: put(d, [], "runs")), changed(lambda d: put(d, d["runs"] * 3, "runs")),
       changed(lambda d: drop(d, "runs", 1, "cycles", "decode")), changed(lambda d: put(d, -1, "runs", 1, "cycles", "decode")),
       changed(lambda d: put(d, 1.5, "runs", 1, "exits", "total")), changed(lambda d: put(d, "99x", "runs", 1, "exits", "total")),
       changed(lambda d: put(d, 1e300, "runs", 0, "cycles", "emulate")),
       changed(lambda d: put(d, "18446744073709551615", "runs", 0, "cycles", "emulate")),
       changed(lambda d: put(d, "x" * 400, "runs", 0, "mode")), changed(lambda d: put(d, "\u001b[2J", "runs", 0, "mode")),
       changed(lambda d: drop(d, "runs", 0, "profile"))]
for i, text in enumerate(bad):
    status, out, err = plot(write("bad.json", text), "-o", png)
    check(status == 2 and "bad.json" in err and err.count("\n") == 2 and not out, f"foreign {i}: {text[:30]!r}", err)
big = changed(lambda d: put(d, str(2**60), "runs", 1, "exits", "total"))
check(plot(write("big.json", big), "-o", svg)[0] == 0 and f"{2**60:,}" in texts(svg), "digits as text")
for size in ("13", "32"):
    check(ringside("shot", "--mode", "trap", "--run", "halt", "--text", size, "-o", f"{size}.png")[0] == 0, f"--text {size}")
check(read(os.path.join(FOLDER, "13.png")) != read(os.path.join(FOLDER, "32.png")), "--text changes the picture")
status, out, err = ringside("shot", "--text", "14", "-o", "x.png")
check(status == 2 and "13, 16, 20, 24, 32" in err, "--text 14", err)
status, out, err = ringside("plot")
check(status == 2 and "comes first" in err, "without a file", err)
done(50)
