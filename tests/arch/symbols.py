"""What the libraries hold and need, asked of the compiled archives: no writable file-scope data, memory only."""
import os
import re
import subprocess
import tempfile

from tree import run

# Sections of data that nobody writes; a const table of pointers is in .data.rel.ro.
READ_ONLY = re.compile(r"\.(text|rodata|data\.rel\.ro|eh_frame|note|comment|group|init_array|debug)")

# Everything sim and hv may ask of a C library. No files, threads, signals, time, environment, exit.
ALLOWED = set("""memcpy memmove memset memcmp memchr strlen strcmp strncmp strchr strrchr strstr strnlen strspn strcspn
    malloc calloc realloc free snprintf vsnprintf __snprintf_chk __vsnprintf_chk __memcpy_chk __memset_chk __memmove_chk
    __assert_fail abort strtoul strtoull strtol sscanf __isoc99_sscanf atoi qsort __ctype_tolower_loc __divti3 __udivti3 _GLOBAL_OFFSET_TABLE_ __stack_chk_fail __ctype_b_loc tolower toupper""".split())
ALLOWED_PREFIX = ("Zydis",)

ARCHIVES = ("sim", "hv", "visualizer")

# Front ends: libraries that write files or open windows.
FRONTS = {"png.c.o", "sdl_main.c.o"}


def symbols(archive):
    """(member, name, type, section) of each symbol."""
    member = ""
    for line in run("nm", "--format=sysv", archive).splitlines():
        found = re.match(r"Symbols from .*\[(.*)\]:|^\s*$", line)
        if found:
            member = found.group(1) or member
            continue
        parts = [p.strip() for p in line.split("|")]
        if len(parts) == 7 and parts[0] != "Name":
            yield member, parts[0], parts[2], parts[6]


def check_archives(archives):
    rows = [row for archive in archives for row in symbols(archive)]
    defined = {name for _, name, kind, _ in rows if kind not in "Uwv"}
    wrong = []
    for member, name, kind, section in rows:
        if member in FRONTS:
            continue
        if kind in "Uwv":
            if name not in ALLOWED and name not in defined and not name.startswith(ALLOWED_PREFIX):
                wrong.append(f"{member}: needs {name}, which is not memory only")
        elif section and not READ_ONLY.match(section) and section != "*ABS*":
            wrong.append(f"{member}: {name} is writable file-scope data ({section})")
    return wrong


def check(tree):
    build = os.environ["RINGSIDE_BUILD_DIR"]
    archives = [os.path.join(build, name, f"lib{name}.a") for name in ARCHIVES]
    missing = [f"{archive} was not built" for archive in archives if not os.path.exists(archive)]
    return missing or check_archives(archives)


def compiled(folder, source):
    """An archive of one compiled source."""
    path = os.path.join(folder, "planted.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-c", path, "-o", path[:-2] + ".o"], check=True)
    archive = os.path.join(folder, "libplanted.a")
    if os.path.exists(archive):
        os.remove(archive)
    run("ar", "rcs", archive, path[:-2] + ".o")
    return archive


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        def wrong(source):
            return check_archives([compiled(folder, source)])

        assert wrong("#include <string.h>\nstatic const char *const n[] = {\"a\", \"b\"};\n"
                     "const char *f(int i) { return n[i]; }\nvoid g(char *p, unsigned long z) { memset(p, 0, z); }\n") == []
        for source in [
            "int counter; int f(void) { return counter++; }\n",
            "int f(void) { static int calls; return calls++; }\n",
            "int table[2] = {1, 2};\n",
            "static const char *names[] = {\"a\"}; const char **f(void) { return names; }\n",
            "_Thread_local int t; int f(void) { return t++; }\n",
            "#include <time.h>\nlong f(void) { return time(0); }\n",
            "#include <stdio.h>\nvoid f(void) { printf(\"x%d\", 1); }\n",
            "#include <stdlib.h>\nint f(void) { return rand(); }\n",
            "#include <setjmp.h>\njmp_buf *b; int f(void) { return setjmp(*b); }\n",
        ]:
            assert wrong(source), source
