"""Recordings and saved sessions: they lead to the same states, also in another process; wrong ones are refused in a line."""
import os

from debugger import FOLDER, check, done, read, session, value, write


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

# A file that cannot be replaced stays as it was.
write("old", "precious")
os.chmod(FOLDER, 0o500)
status, a, _ = session(["record " + path("old")], "--mode", "trap")
os.chmod(FOLDER, 0o700)
check(os.geteuid() == 0 or read(path("old")) == b"precious", "an old file", a)
check(not [name for name in os.listdir(FOLDER) if "tmp" in name], "nothing half-written is left", os.listdir(FOLDER))
done(20)
