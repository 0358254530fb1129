"""What the window remembers; hostile files and places; that pictures and scripts know nothing of it. Without a display
that SDL can open, only the latter is tested."""
import os
import subprocess
import time

from panel import BIN, FOLDER, check, done, read, shot

HOME = os.path.join(FOLDER, "config")
PLACE = os.path.join(HOME, "ringside", "panel")


def picture():
    status, text, err = shot(["print hash"], "--mode", "trap", "--run", "halt")
    check(status == 0, "a picture", err)
    return text


os.makedirs(os.path.dirname(PLACE))
os.environ["XDG_CONFIG_HOME"] = HOME
plain = picture()
with open(PLACE, "w", encoding="utf-8") as file:
    file.write("theme light\ntext 32\nsize 700x500\n")
check(picture() == plain, "shot reads no settings")


def window(*keys, extra=None, options=()):
    """The panel in SDL's dummy window, ended by a signal: it closes as by its cross. The file afterwards."""
    env = {**os.environ, "SDL_VIDEODRIVER": "dummy", "NO_COLOR": "1", **(extra or {})}
    for seconds in (0.5, 2, 8, 30):
        panel = subprocess.Popen([BIN, "panel", "--mode", "trap", "--run", "halt", *options], cwd=FOLDER, env=env,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        time.sleep(seconds)
        panel.terminate()
        out, err = panel.communicate(timeout=60)
        if b"no window can be opened" in err or b"built without windows" in err:
            print("no window here")
            return None
        if panel.returncode == 0:  # else it was not open yet
            break
    check(panel.returncode == 0 and not err, "ends", f"{panel.returncode} {err}")
    return read(PLACE).decode("utf-8", "replace") if os.path.isfile(PLACE) else ""


here = window()
if here is not None:
    check(here == "theme light\ntext 32\nsize 700x500\n", "kept as they were", here)
    check(window(options=("--theme", "dark")).startswith("theme dark\n"), "the command line is stronger")
    for text in (b"", b"\0" * 4000, os.urandom(4096), b"theme ../x\ntext 7\nsize 1x1\n", b"text 99999999999999999999999\n",
                 b"x" * 100000, b"size 99999999x99999999\ntheme\n"):
        with open(PLACE, "wb") as file:
            file.write(text)
        now = window()
        check(now.startswith("theme ") and now.count("\n") == 3 and "1x1" not in now, f"hostile: {text[:20]!r}", now)
    with open(PLACE, "w", encoding="utf-8") as file:
        file.write("theme light\n")
    check(window(extra={"RINGSIDE_NO_CONFIG": "1"}) == "theme light\n", "RINGSIDE_NO_CONFIG: not written")
    os.remove(PLACE)
    os.mkfifo(PLACE)
    window()
    check(not os.path.isfile(PLACE), "a pipe in its place is left alone")
    os.remove(PLACE)
    os.mkdir(PLACE)
    window()
    check(os.path.isdir(PLACE), "a folder in its place is left alone")
    check(window(extra={"XDG_CONFIG_HOME": "relative", "HOME": "/proc/nowhere"}) == "", "no place for it")
done(3)
