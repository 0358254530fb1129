"""The repository as the checks see it: paths and their text, on disk or made up by a self-test."""
import os
import subprocess

SKIPPED = {".git", "build", ".cache", "__pycache__"}


class Tree:
    """Files by path relative to the root, with '/' as separator. Text is read once."""

    def __init__(self, root):
        self.root = root
        self._text = {}
        self.paths = []
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED and not is_build_tree(folder, f))
            for name in sorted(files):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name.endswith((".swp", "~", ".pyc")):
                    continue
                self.paths.append(path.replace(os.sep, "/"))

    @classmethod
    def of(cls, files):
        """A made-up tree: {path: text}."""
        tree = cls.__new__(cls)
        tree.root = None
        tree._text = dict(files)
        tree.paths = sorted(files)
        return tree

    def text(self, path):
        if path not in self._text:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self._text[path] = file.read()
        return self._text[path]

    def lines(self, path):
        return self.text(path).split("\n")

    def exists(self, path):
        path = path.rstrip("/")
        return path in self._text or path in self.paths or any(p.startswith(path + "/") for p in self.paths)

    def below(self, *folders, ends=(".c", ".h")):
        """Paths of those kinds below the folders, all folders if none is given."""
        return [p for p in self.paths
                if p.endswith(tuple(ends)) and (not folders or p.split("/")[0] in folders)]


def is_build_tree(folder, name):
    return os.path.exists(os.path.join(folder, name, "CMakeCache.txt"))


def strip_comments(text):
    """C text with comments and string contents blanked, lines kept."""
    out, i, n = [], 0, len(text)
    while i < n:
        two = text[i:i + 2]
        if two == "/*":
            end = text.find("*/", i + 2)
            end = n if end < 0 else end + 2
            out.append("".join(c if c == "\n" else " " for c in text[i:end]))
            i = end
        elif two == "//":
            end = text.find("\n", i)
            end = n if end < 0 else end
            out.append(" " * (end - i))
            i = end
        elif text[i] in "\"'":
            quote, end = text[i], i + 1
            while end < n and text[end] != quote and text[end] != "\n":
                end += 2 if text[end] == "\\" else 1
            out.append(quote + " " * max(0, min(end, n) - i - 1) + (quote if end < n else ""))
            i = end + 1
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def run(*command, **options):
    """Output of a command; raises if it fails."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout
