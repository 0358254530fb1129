"""Who may include whom: the folders' layers, private headers, and libraries that stand in few files."""
import posixpath
import re

from tree import Tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# A folder and the folders whose public headers (include/) it may use besides its own.
LAYERS = {
    "sim": [],
    "hv": ["sim"],
    "visualizer": [],
    "cli": ["hv", "sim", "visualizer"],
    "guest-os": ["hv", "sim"],  # their abi/ only
}

# Files that may include a library's headers.
LIBRARIES = {
    "cjson/": re.compile(r"cli/((json|profile|report|trace|chrome)[a-z_]*|debug/(note|lock_read)|panel/plot_read)\.[ch]"),
    "Zydis": re.compile(r"sim/cpu/disasm\.c"),
    "Zycore": re.compile(r"sim/cpu/disasm\.c"),
    "unicorn": re.compile(r"sim/oracle/.*"),
    "stb/": re.compile(r"visualizer/front/png\.c"),
    "ft2build": re.compile(r"visualizer/font/bake\.c"),
    "SDL": re.compile(r"visualizer/front/sdl_main\.c"),
}

# What sim and hv need of the host: memory and nothing else.
PLAIN_HEADERS = {"assert.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
                 "stdio.h", "stdlib.h", "string.h", "ctype.h"}
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "limits.h", "stdalign.h"}


def resolve(tree, path, name):
    """The file of ours that an include means, or None."""
    folder = path.split("/")[0]
    places = [posixpath.dirname(path), folder, folder + "/include"]
    places += [other + "/include" for other in LAYERS if other != folder]
    for place in places:
        found = posixpath.normpath(posixpath.join(place, name))
        if found in tree.paths:
            return found
    return None


def bad_include(tree, path, name, quoted):
    """What is wrong with one include of a file in a layered folder, or None."""
    folder = path.split("/")[0]
    for prefix, allowed in LIBRARIES.items():
        if name.startswith(prefix):
            return None if allowed.fullmatch(path) else f"{prefix} is not for this file"
    if not quoted:
        if folder in ("sim", "hv") and name not in PLAIN_HEADERS:
            return f"<{name}> is not plain memory-only C"
        if (folder == "guest-os" or "/abi/" in path) and name not in FREESTANDING:
            return f"<{name}> is not freestanding"
        return None
    target = resolve(tree, path, name)
    if target is None and name in (tree.text(folder + "/CMakeLists.txt") if tree.exists(folder + "/CMakeLists.txt") else ""):
        return None  # made by the build
    if target is None:
        in_repository = [p for p in tree.paths if p.endswith("/" + name)]
        return f'"{name}" is no header that {folder} may see ({", ".join(in_repository) or "it does not exist"})'
    other = target.split("/")[0]
    if other == folder:
        if "/abi/" in path and "/abi/" not in target:
            return f"an abi header includes {target}, which guests cannot"
        return None
    if other not in LAYERS[folder]:
        return f"{folder} must not know {other}"
    if not target.startswith(other + "/include/"):
        return f"{target} is private to {other}"
    if folder == "guest-os" and "/abi/" not in target:
        return f"guests see {other}'s abi only, not {target}"
    return None


def check(tree):
    wrong = []
    for path in tree.below(*LAYERS, ends=(".c", ".h", ".S", ".def")):
        for kind, name in INCLUDE.findall(tree.text(path)):
            ours = kind == '"' or name.split("/")[0] in LAYERS
            why = bad_include(tree, path, name, ours)
            if why:
                wrong.append(f"{path}: {why}")
    return wrong


def self_test():
    files = {
        "sim/include/sim/cpu.h": "", "sim/cpu/exec.h": "", "sim/include/sim/abi/board.h": "", "hv/include/hv/vm.h": "",
        "hv/core/run.h": "", "cli/main.c": '#include "hv/vm.h"\n#include <stdio.h>\n#include <unistd.h>\n',
        "sim/cpu/exec.c": '#include "sim/cpu.h"\n#include "cpu/exec.h"\n#include "exec.h"\n#include <stdint.h>\n',
        "hv/core/run.c": '#include "core/run.h"\n#include "sim/cpu.h"\n',
        "cli/CMakeLists.txt": "# writes made.h\n", "cli/made.c": '#include "made.h"\n',
        "guest-os/kernel/a.c": '#include "sim/abi/board.h"\n#include <sim/abi/board.h>\n',
    }
    assert check(Tree.of(files)) == []
    for path, line in [
        ("sim/cpu/x.c", '#include "hv/vm.h"'), ("sim/cpu/x.c", '#include "main.h"'), ("sim/cpu/x.c", "#include <unistd.h>"),
        ("sim/cpu/x.c", "#include <pthread.h>"), ("hv/x.c", '#include "cpu/exec.h"'), ("hv/x.c", '#include "../sim/cpu/exec.h"'),
        ("hv/x.c", "#include <Zydis/Zydis.h>"), ("hv/x.c", "#include <cjson/cJSON.h>"), ("cli/x.c", '#include "core/run.h"'),
        ("cli/x.c", "#include <unicorn/unicorn.h>"), ("guest-os/kernel/x.c", '#include "sim/cpu.h"'),
        ("guest-os/kernel/x.c", "#include <stdio.h>"), ("sim/include/sim/abi/x.h", '#include "sim/cpu.h"'),
        ("hv/x.h", '#  include "cli/main.c"'), ("guest-os/x.S", "#include <sim/cpu.h>"),
    ]:
        planted = dict(files)
        planted[path] = line + "\n"
        assert len(check(Tree.of(planted))) == 1, (path, line, check(Tree.of(planted)))
