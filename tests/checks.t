#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The source tree keeps the house rules, and each rule's check sees a fault planted in a copy.
# timeout: 300

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
tree=$tmp/tree
n=0

# report STATUS NAME: a failed one shows what the check said.
report() {
  n=$((n + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $n - $2"
  else
    echo "not ok $n - $2"
    sed 's/^/# /' "$tmp/out"
  fi
}

clean() {
  make -s "$1" >"$tmp/out" 2>&1
  report $? "$1 finds nothing"
}

# caught CHECK FILE WORDS: with FILE in the copy the check fails and says WORDS of that very file.
caught() {
  ! "tools/check-$1" "$tree" >"$tmp/out" 2>&1 && grep -F "$2" "$tmp/out" | grep -qF "$3"
  report $? "check-$1 sees in $2: $3"
}

# plant CHECK FILE WORDS COMMAND…: the command prints the faulty file.
plant() {
  check=$1 file=$2 words=$3
  shift 3
  mkdir -p "$(dirname "$tree/$file")"
  "$@" >"$tree/$file"
  caught "$check" "$file" "$words"
  rm "$tree/$file"
}

gpl='/* SPDX-License-Identifier: GPL-3.0-or-later */'

lines() {
  echo "$gpl"
  yes 'extern int x;' | head -n "$(($1 - 1))"
}

# long_function LINES: between its braces, braces included.
long_function() {
  printf '%s\nint planted(int a)\n{\n' "$gpl"
  yes '	a++;' | head -n "$(($1 - 3))"
  printf '\treturn a;\n}\n'
}

for check in check-layers check-headers check-size check-style; do
  clean $check
done

# All that a check looks into, and what it reads.
mkdir "$tree"
(cd "$tree" && mkdir bpf collectors soak src tests plots tools man jobs)
cp -r docs LICENSES .clang-format "$tree"
cp collectors/sample.h "$tree/collectors"

plant layers collectors/planted.c 'may not include soak/judge' \
  echo '#include "soak/judge/judge.h"'
plant layers soak/judge/planted.c 'not written from the top' echo '#include "judge.h"'
plant layers soak/judge/planted.c 'not written from the top' echo '#include "../stats/x.h"'
plant layers bpf/planted.h 'may not include collectors' echo '#include <collectors/sample.h>'
plant layers soak/report/planted.c 'may not include bpf' echo '#include "observer.skel.h"'
plant layers soak/planted/x.c 'has no row' echo 'int x;'
sed -i 's/^| soak\/stats | |/| soak\/stats | soak\/judge |/' "$tree/docs/architecture.md"
caught layers docs/architecture.md 'a circle among'
cp docs/architecture.md "$tree/docs"

plant headers collectors/planted.h 'does not compile alone' echo 'void planted(size_t n);'
plant headers collectors/planted.h 'does not compile alone' echo 'struct planted { int x; };'
plant headers bpf/planted.h 'does not compile alone with clang' echo 'struct planted { int x; };'
if command -v g++ >/dev/null; then
  plant headers tests/planted/soakops.h 'does not compile alone with g++' \
    printf '%s\n' '#pragma once' 'static inline int *planted(void *class)' '{' 'return class;' '}'
fi

plant size soak/stats/planted.c '501 lines, 500 allowed' lines 501
plant size soak/stats/planted.h '151 lines, 150 allowed' lines 151
plant size bpf/planted.bpf.c '251 lines, 250 allowed' lines 251
plant size soak/stats/planted.c 'planted() has 61 lines, 60 allowed' long_function 61

plant style soak/stats/planted.c 'no SPDX licence line' echo 'extern int x;'
plant style soak/stats/planted.c 'WTFPL is not in' echo '/* SPDX-License-Identifier: WTFPL */'
plant style src/planted.c 'not MIT as COPYING says' printf '%s\nextern int x;\n' "$gpl"
plant style soak/stats/planted.c 'who calls it' printf '%s\nextern int x;\n' "$gpl"
plant style soak/stats/planted.c 'clang-format' printf '%s\nint  x;\n' "$gpl"
plant style soak/stats/planted.c '106 columns, 100 allowed' printf '%s\n/* %0100d */\n' "$gpl" 0
plant style soak/stats/planted.c 'trailing space' printf '%s\nint x; \n' "$gpl"
plant style soak/stats/planted.c 'note to oneself' printf '%s\n/* %s: x */\n' "$gpl" TO''DO
plant style soak/stats/util.h 'says nothing' echo "$gpl"

# Machines that the tests do not run on: at least the probes compile for them.
for arch in x86 arm64; do
  ${CLANG:-clang} -target bpf -mcpu=v3 -std=gnu11 -g -O2 -D__TARGET_ARCH_$arch -Werror -I. \
    -I"/usr/include/$(uname -m)-linux-gnu" -c -o "$tmp/observer.o" bpf/observer.bpf.c >"$tmp/out" 2>&1
  report $? "the probes compile for $arch"
done

for compiler in "${CC:-gcc} -pipe" "env ${CC:-gcc}"; do
  make -s CC="$compiler" BUILD="$tmp/build" "$tmp/build/obj/src/os.o" >"$tmp/out" 2>&1
  report $? "a compiler may be given with words of its own: CC='$compiler'"
done

# Another spelling of the same folder would build everything anew.
for folder in build "$PWD/build"; do
  make -s -pn help BUILD="$folder" 2>/dev/null | grep '^BUILD :=' >"$tmp/out"
  grep -qx 'BUILD := build' "$tmp/out"
  report $? "BUILD=$folder is the folder build"
done

# Manual pages, in the 80 columns of a terminal: none of a table's lines sticks out.
typeset_cleanly() {
  groff -ww -man -t -Tutf8 -rLL=78n "$1" 2>&1 >/dev/null | tee "$tmp/out"
  [ ! -s "$tmp/out" ]
}
if command -v groff >/dev/null; then
  for page in man/*.1 "${BUILD:-build}"/man/*.1; do
    typeset_cleanly "$page"
    report $? "man/${page##*/} has no warning of groff"
  done
  printf '.TH X 1\n.SH X\n.TS\nl l.\n%080d\tx\n.TE\n' 0 >"$tmp/wide.1"
  typeset_cleanly "$tmp/wide.1" | grep -q 'wider than line width'
  report $? 'a table that is too wide is seen'
else
  for name in 'manual pages have no warning of groff' 'a table that is too wide is seen'; do
    report 0 "$name # SKIP groff is not installed"
  done
fi

# The page of each verb has the options of its --help; prose about an option that went away is found.
soak=${BUILD:-build}/bin/soak
for page in "${BUILD:-build}"/man/soak-*.1; do
  verb=${page##*/soak-}
  verb=${verb%.1}
  "$soak" --complete "$verb" -- | sed -n 's/^--\([a-z-]*\).*/\1/p' | grep -vx help | sort >"$tmp/options"
  tr -d '\\' <"$page" | sed -n 's/^fB[^ ]*.*--\([a-z-]*\)fR.*/\1/p' | sort | diff - "$tmp/options" >"$tmp/out"
  report $? "man/${page##*/} has the options of soak $verb"
done
printf '.\\" --nosuch\nText\n' | "$soak" --man run >"$tmp/out" 2>&1
[ $? -eq 2 ]
report $? 'prose about an option that there is not is refused'

# The public header, alone, as a program of any language mode and compiler may include it.
printf '#define SOAKOPS_IMPLEMENTATION\n#include "collectors/ops/soakops.h"\n' >"$tmp/soakops.c"
cp "$tmp/soakops.c" "$tmp/soakops.cc"
strict='-pedantic -Wall -Wextra -Werror -I. -c -o /dev/null'
for compiler in gcc clang; do
  for mode in c11 gnu11; do
    $compiler -std=$mode $strict "$tmp/soakops.c" >"$tmp/out" 2>&1
    report $? "soakops.h compiles with $compiler -std=$mode"
  done
done
g++ -std=c++17 $strict "$tmp/soakops.cc" >"$tmp/out" 2>&1
report $? 'soakops.h compiles with g++ -std=c++17'

# Both compilers with all warnings, here for the parts where they differ; all of it: make compilers.
for compiler in gcc clang; do
  make -s DEVELOPER=1 CC=$compiler BUILD="$tmp/$compiler" -o "$tmp/$compiler/bpf/observer.skel.h" \
    "$tmp/$compiler/obj/src/classes.o" "$tmp/$compiler/obj/collectors/ops/libsoakops.o" \
    "$tmp/$compiler/obj/soak/stats/linefit.o" >"$tmp/out" 2>&1
  report $? "make DEVELOPER=1 CC=$compiler takes the source"
done

# sudo that refuses ends with 1; what an earlier quickstart has left must not pass for this one's.
mkdir "$tmp/path" "$tmp/quick"
printf '#!/bin/sh\nexit 1\n' >"$tmp/path/sudo"
printf '#!/bin/sh\necho 65534\n' >"$tmp/path/id"
chmod +x "$tmp/path/sudo" "$tmp/path/id"
PATH="$tmp/path:$PATH" OUT="$tmp/quick" DURATION=1s tools/quickstart >"$tmp/out" 2>&1
[ $? -eq 4 ] && grep -q 'quickstart: .*sudo' "$tmp/out" && [ -z "$(ls "$tmp/quick")" ]
report $? 'quickstart: a sudo that refuses is no verdict'

# A tarball has no git: its version is the commit that git archive wrote into it.
mkdir "$tmp/tarball"
cp Makefile "$tmp/tarball"
echo 'abc1234 v1.2' >"$tmp/tarball/VERSION"
make -s -C "$tmp/tarball" -pn help 2>/dev/null | grep '^VERSION :=' >"$tmp/out"
grep -qx 'VERSION := v1.2' "$tmp/out"
report $? 'a tarball knows its version'

# Who runs this may not be able to write down a version that has changed since the build.
build=${BUILD:-build}
make -s -o "${build#"$PWD"/}/config" install DESTDIR="$tmp/in stall" prefix=/usr >"$tmp/out" 2>&1
report $? 'make install'
diff -r docs "$tmp/in stall/usr/share/doc/soak/docs" >"$tmp/out" 2>&1
report $? 'docs/ is installed, with all results'
for file in LICENSES/MIT.txt COPYING; do
  echo "$file" >"$tmp/out"
  cmp "$file" "$tmp/in stall/usr/share/doc/soak/$file" >>"$tmp/out" 2>&1
  report $? "$file is installed"
done
for page in "$build"/man/*.1; do
  cmp "$page" "$tmp/in stall/usr/share/man/man1/${page##*/}" >"$tmp/out" 2>&1
  report $? "${page##*/} is installed"
done
for file in bash-completion/completions/soak zsh/site-functions/_soak fish/vendor_completions.d/soak.fish; do
  cmp "completions/$(basename "$file" | sed 's/^soak$/soak.bash/')" "$tmp/in stall/usr/share/$file" >"$tmp/out" 2>&1
  report $? "$file is installed"
done
make -s uninstall DESTDIR="$tmp/in stall" prefix=/usr >"$tmp/out" 2>&1
find "$tmp/in stall" -type f >>"$tmp/out"
[ ! -s "$tmp/out" ]
report $? 'make uninstall removes all of it'

# A checkout whose path has spaces. What is built need not be built again there.
mkdir "$tmp/check out" "$tmp/check out/build"
{ git ls-files -z 2>/dev/null || find . -path "./$build" -prune -o -type f -print0; } |
  xargs -0 cp -a --parents -t "$tmp/check out"
cp -a "$build/." "$tmp/check out/build"
env -u BUILD make -s -C "$tmp/check out" -o build/config install DESTDIR="$tmp/in stall" prefix=/usr >"$tmp/out" 2>&1
report $? 'make install from a path with spaces'
cmp "$build/bin/soak" "$tmp/in stall/usr/bin/soak" >"$tmp/out" 2>&1
report $? 'it installs soak'
make help BUILD='build x' >"$tmp/out" 2>&1
[ $? -eq 2 ] && grep -q "BUILD='build x': make cannot build into a path with spaces" "$tmp/out"
report $? 'a BUILD with spaces is refused'

# same-verdicts: a build like this one but for one figure.
mkdir -p "$tmp/other/tests/helpers"
printf '#!/bin/sh\n"%s" "$@" | sed "7s/[0-9]/x/"\n' "$build/tests/helpers/verdicts" >"$tmp/other/tests/helpers/verdicts"
chmod +x "$tmp/other/tests/helpers/verdicts"
RUNS=1 tools/same-verdicts "$build" "$build" >"$tmp/out" 2>&1
report $? 'same-verdicts: a build judges as it does'
RUNS=1 tools/same-verdicts "$build" "$tmp/other" >"$tmp/out" 2>&1
[ $? -eq 1 ] && grep -q '^> .*x' "$tmp/out"
report $? 'same-verdicts sees one figure that differs'

if [ -e README.md ]; then
  command='tools/install-packages test && make test'
  printf 'README.md or .ci/run lacks: %s\n' "$command" >"$tmp/out"
  grep -qF "$command" README.md && grep -qF "$command" .ci/run
  report $? 'README and .ci/run give the same test command'
fi

echo "1..$n"
