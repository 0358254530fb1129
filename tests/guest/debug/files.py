"""Recordings and saved sessions: they lead to the same states, also in another process; wrong ones are refused in a line."""
import os

from debugger import FOLDER, GUESTS, check, done, read, ringside, session, value, write


def path(name):
    return os.path.join(FOLDER, name)


for mode in ("native", "trap", "pv"):
    options = ["--mode", mode, "--seed", "7"]
    status, a, err = session(["until insn 600000", 'type "ls\\n"', "mark typed", "step 900000", "print hash", "print insn",
                              "record " + path("a.rec"), "save " + path("a.save"), "goto mark typed", "print hash"], *options)
    check(status == 0 and not err, f"{mode}: record and save", f"{status} {err} {a}")
    end, middle = value(a[4]), value(a[9])
    check(os.path.getsize(path("a.rec")) < 100_000, f"{mode}: a recording can be mailed", os.path.getsize(path("a.rec")))
    status, b, err = session(["goto insn " + value(a[5]), "print hash", "goto mark typed", "print hash"], "--replay", path("a.rec"))
    check(status == 0 and value(b[1]) == end and value(b[3]) == middle, f"{mode}: the replay is the run", f"{b} {err}")
    status, c, err = session(["print hash", "step 1000", "back 1000", "print hash"], "--restore", path("a.save"))
    check(status == 0 and value(c[0]) == end and value(c[3]) == end, f"{mode}: the saved session goes on", f"{c} {err}")
    status, e, err = session(["replay " + path("a.rec"), "goto insn " + value(a[5]), "print hash", "restore " + path("a.save"),
                              "print hash"], *options)
    check(status == 0 and value(e[2]) == end and value(e[4]) == end, f"{mode}: inside a session too", f"{e} {err}")

recording, saved = read(path("a.rec")), read(path("a.save"))
for name, content in [("cut", recording[:200]), ("empty", b""), ("flipped", recording[:300] + b"\xff" + recording[301:]),
                      ("foreign", b"GIF89a" + bytes(500)), ("tail", recording + b"x"), ("cutsave", saved[:len(saved) // 2])]:
    write(name, content)
    option = "--restore" if name == "cutsave" else "--replay"
    status, out, err = session([], option, path(name))
    check(status == 2 and len(err.splitlines()) <= 2 and name in err, f"a {name} file", f"{status}: {err}")
status, out, err = session([], "--restore", path("a.rec"))
check(status == 2 and "recording" in err, "a recording is no saved session", err)
status, a, _ = session(["replay " + path("a.rec"), "print insn"], "--mode", "trap", "--seed", "8")
check("other options" in a[0] and value(a[1]) == "0", "other options", a)

# What the file says is not said once more; what is the front end's may be.
for option in ("--replay", "--restore"):
    file = path("a.rec" if option == "--replay" else "a.save")  # pv's
    status, out, err = ringside("debug", option, file, "--gdb", "0", stdin=b"quit\n")
    check(status == 0 and "gdb can connect" in err, f"{option} with --gdb", f"{status} {out} {err}")
    for more, names in ((["--seed", "7"], "--seed"), (["--mem", "64"], "--mem"), (["--keyboard"], "keyboard")):
        status, out, err = ringside("debug", option, file, *more)
        check(status == 2 and names in err and len(err.splitlines()) == 2, f"{option} with {more}", f"{status} {err}")
guest = write("guest.elf", read(os.path.join(GUESTS, "bantam.elf")))
status, a, _ = session(["step 5", "record " + path("g.rec")], "--guest", guest)
os.remove(guest)
os.mkfifo(guest)  # nobody writes to it
status, b, err = session([], "--replay", path("g.rec"))
check(status == 2 and "no ordinary file" in err and guest in err, "made with what is a pipe by now", f"{status} {a} {b} {err}")
status, a, _ = session(["mark a\x1bb", "mark \x7f", "mark fine", "info marks"])
check("\x1b" not in "".join(a) and "fine" in a[-1] and len(a) < 8, "a mark's name obeys no terminal", a)
status, a, _ = session(["until insn 600000", "save " + path("k.save")], "--mode", "trap", "--keyboard")
status, b, err = session(['type "x"', "step 100000", "record " + path("k.rec")], "--restore", path("k.save"), "--keyboard")
codes = read(path("k.rec")).count(b"\x22\0\0\0")  # the scan code of x, when it is pressed and when it is released
check(status == 0 and codes == 2, "typed at the keyboard", f"{codes} {b} {err}")

# Points, their numbers and their programs outlast another session.
status, a, err = session(["break kmain", "break sh:main", "tbreak cat:main if eax != 7", "delete 1", "ignore 2 5", "step 10",
                          "save " + path("p.save"), "restore " + path("p.save"), "info break", "condition 3 ebx != 8",
                          "info break", "condition 3", "info break", "break kmain", "continue"], "--mode", "trap")
check(status == 0 and not err, "points and restore", f"{status} {err}")
check(" 2 " in a[8] and "ignores   break 0x" in a[8] and "sh:main" in a[8] and " 3 " in a[8] and "cat:main" in a[8], "numbers", a[8])
check("if eax != 7" in a[8] and "if ebx != 8" in a[10] and "7" not in a[10].split("if")[-1] and " if " not in a[12],
      "conditions", a[8] + a[10] + a[12])
check("Breakpoint 4: break" in a[13] and "kmain" in a[14], "the next number, and the program's condition holds", a[13] + a[14])

# A file that cannot be replaced stays as it was.
write("old", "precious")
os.chmod(FOLDER, 0o500)
status, a, _ = session(["record " + path("old")], "--mode", "trap")
os.chmod(FOLDER, 0o700)
check(os.geteuid() == 0 or read(path("old")) == b"precious", "an old file", a)
check(not [name for name in os.listdir(FOLDER) if "tmp" in name], "nothing half-written is left", os.listdir(FOLDER))
done(35)
