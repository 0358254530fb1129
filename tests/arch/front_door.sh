#!/usr/bin/env bash
# ./ringside itself, on a tiny project in a folder with a space: builds once, rebuilds what changed and only that, is quiet,
# keeps the caller's folder and arguments, survives being called twice at once, being moved, and a broken source.
set -u

root=$RINGSIDE_SOURCE_DIR
work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
project="$work/a folder/ringside"
door=$project/ringside
wrong=0

mkdir -p -- "$project/cli" "$project/docs"
cp -- "$root/ringside" "$root/CMakePresets.json" "$project/"
cat >"$project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES C)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
file(GLOB sources CONFIGURE_DEPENDS cli/*.c)
add_executable(ringside ${sources})
END
cat >"$project/cli/main.c" <<'END'
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    char folder[4096];
    printf("%s", getcwd(folder, sizeof folder));
    for (int i = 1; i < argc; i++)
        printf("|%s", argv[i]);
    puts("");
    return argc > 2 ? 4 : 0;
}
END

expect() { # WHAT WANTED-STATUS WANTED-OUTPUT COMMAND ...: standard output compared; standard error is left in $work/err
    local what=$1 status=$2 output=$3 got
    shift 3
    got=$("$@" 2>"$work/err")
    local was=$?
    if [ "$was" != "$status" ] || [ "$got" != "$output" ]; then
        printf 'wrong: %s: status %s, output "%s"\n' "$what" "$was" "$got"
        cat "$work/err"
        wrong=1
    fi
}

quiet() { # WHAT: nothing was said on standard error
    [ -s "$work/err" ] || return 0
    printf 'wrong: %s said: %s\n' "$1" "$(cat "$work/err")"
    wrong=1
}

cd / || exit 1
expect 'first call builds' 0 '/|version' "$door" version
expect 'status, folder and arguments are kept' 4 "/|run|--run|a  b" "$door" run --run 'a  b'
quiet 'a call with nothing to do'
stamp=$(stat -c %Y.%i "$project/build/release/.fresh")
expect 'again' 0 '/|list' "$door" list
[ "$stamp" = "$(stat -c %Y.%i "$project/build/release/.fresh")" ] || { echo 'wrong: built again' && wrong=1; }

echo 'int added(void) { return 1; }' >"$project/cli/added.c"
sed -i 's/puts("")/puts(added() ? "!" : "")/; s/^int main/int added(void);\n&/' "$project/cli/main.c"
expect 'a new file is found' 0 '/|list!' "$door" list
(cd / && "$door" list >"$work/one" 2>&1) & one=$!
touch "$project/cli/main.c"
expect 'two calls at once' 0 '/|list!' "$door" list
wait "$one"
[ "$(cat "$work/one")" = '/|list!' ] || { echo "wrong: the other call said $(cat "$work/one")" && wrong=1; }

echo 'broken(' >>"$project/cli/added.c"
expect 'a broken source' 5 '' "$door" list
grep -q 'error:' "$work/err" || { echo 'wrong: the compiler was not quoted' && wrong=1; }
expect 'and again' 5 '' "$door" list
sed -i '$d' "$project/cli/added.c"
expect 'mended' 0 '/|list!' "$door" list

mv -- "$work/a folder" "$work/moved"
door=$work/moved/ringside/ringside
expect 'moved' 0 '/|list!' "$door" list
ln -s "$door" "$work/link"
expect 'through a link' 0 '/|list!' "$work/link" list
quiet 'through a link'

expect 'an unknown verb' 2 '' "$door" fly
[ "$(wc -l <"$work/err")" = 1 ] || { echo 'wrong: more or less than a line' && wrong=1; }
[ "$("$door" | wc -l)" = 5 ] || { echo 'wrong: not five lines of help' && wrong=1; }

# A checkout that cannot be written: said in two lines, unless there is nothing to build.
chmod a-w "$work/moved/ringside/build" "$work/moved/ringside/build/release"
expect 'nothing to build, nothing to write' 0 '/|list!' "$door" list
chmod u+w "$work/moved/ringside/build" "$work/moved/ringside/build/release"
mv -- "$work/moved/ringside/build" "$work/build"
: >"$work/moved/ringside/build" # a folder cannot be made here, not even by root
expect 'a checkout that cannot be written' 5 '' "$door" list
[ "$(wc -l <"$work/err")" = 2 ] && grep -q 'build/release cannot be written' "$work/err" ||
    { echo "wrong: $(cat "$work/err")" && wrong=1; }
rm -- "$work/moved/ringside/build"
mv -- "$work/build" "$work/moved/ringside/build"

# Nothing is installed where that is forbidden: a PATH with the tools of this script, and no compiler.
mkdir "$work/bin"
for tool in bash env dirname readlink uname cat find grep mkdir flock id rm mv tail sleep apt-get; do
    ln -s "$(command -v "$tool" || echo /nowhere)" "$work/bin/$tool"
done
rm -rf -- "$work/moved/ringside/build"
expect 'missing packages' 5 '' env PATH="$work/bin" RINGSIDE_NO_APT=1 "$door" list
[ "$(wc -l <"$work/err")" = 1 ] && grep -q 'apt-get install .*cmake ninja-build gcc' "$work/err" ||
    { echo "wrong: $(cat "$work/err")" && wrong=1; }
rm "$work/bin/apt-get"
expect 'not Debian' 5 '' env PATH="$work/bin" "$door" list
grep -q 'docker run' "$work/err" || { echo 'wrong: no container named' && wrong=1; }

[ "$wrong" = 0 ] && echo 'front door: opens'
exit "$wrong"
