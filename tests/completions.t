#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# needs: no root
#
# TAB in bash, zsh and fish, on a terminal: what becomes of a line that is begun.

. tests/tap.sh

command -v python3 >/dev/null || skip_all 'no python3'
scripts=$PWD/completions
mkdir "$tmp/here" "$tmp/bin"
cd "$tmp/here" || exit 1
: >'a run.soak'
mkdir zdot
# The soak that the shells run notes its words.
cat >"$tmp/bin/soak" <<END
#!/bin/sh
[ "\$1" = --complete ] && exec '$soak' "\$@"
printf '[%s]' "\$@" >'$tmp/words'
mv '$tmp/words' '$tmp/got'
END
chmod +x "$tmp/bin/soak"

cat >"$tmp/type" <<'END'
import os, pty, select, sys, time

got, line, start, command = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", HOME=os.getcwd(), LANG="C.UTF-8", XDG_RUNTIME_DIR=os.getcwd())
    os.execvp(command[0], command)
said, end, typed = b"", time.monotonic() + 60, False
os.write(fd, (start + "; echo REA''DY\r").encode())
while not os.path.exists(got) and time.monotonic() < end:
    if select.select([fd], [], [], 0.05)[0]:
        said += os.read(fd, 65536)
    if not typed and b"READY" in said:
        typed = os.write(fd, line.encode() + b"\t\r")
print(open(got).read() if os.path.exists(got) else "nothing, but %r" % said[-1000:])
os.close(fd)
END

# tab SHELL LINE: the words of the command that LINE and TAB become.
tab() {
  rm -f "$tmp/got"
  case $1 in
  bash) set -- "$2" ". '$scripts/soak.bash'" bash --norc --noprofile -i ;;
  zsh) set -- "$2" "fpath=('$scripts' \$fpath); autoload -Uz compinit; compinit -uD" zsh -f -i ;;
  fish) set -- "$2" "source '$scripts/soak.fish'" fish --no-config -i ;;
  esac
  PATH="$tmp/bin:$PATH" python3 "$tmp/type" "$tmp/got" "$@"
}

for shell in bash zsh fish; do
  if ! command -v "$shell" >/dev/null; then
    ok 0 "$shell # SKIP not installed: packages.txt lists it"
    continue
  fi
  is "$(tab $shell 'soak comp')" '[compare]' "$shell: a verb"
  is "$(tab $shell 'soak run --stop-w')" '[run][--stop-when-sure]' "$shell: an option"
  is "$(tab $shell 'soak check --profile se')" '[check][--profile][service]' "$shell: a profile"
  is "$(tab $shell 'soak check --profile=se')" '[check][--profile=service]' "$shell: behind ="
  is "$(tab $shell 'soak export -t lat')" '[export][-t][latency]' "$shell: behind a letter"
  is "$(tab $shell 'soak audit --by caller,sysc')" '[audit][--by][caller,syscall]' "$shell: in a list"
  is "$(tab $shell 'soak run --set rss_dr')" '[run][--set][rss_drift=]' "$shell: a rule, to go on with"
  is "$(tab $shell 'soak run -W drain-sp')" '[run][-W][drain-sparse]' "$shell: a workload"
  is "$(tab $shell 'soak check a')" '[check][a run.soak]' "$shell: a file with a space"
done

# Each option of each verb is offered, as --help knows it.
for verb in $("$soak" --complete '' | grep -v '^-' | cut -f 1); do
  "$soak" "$verb" --help | sed '/^Examples:/q' | grep -Eo '^ +(-., )?--[a-z-]+' | grep -o -- '--.*' | sort >"$tmp/help"
  { "$soak" --complete "$verb" -- | cut -f 1 | tr -d = && printf '%s\n' --usage; } | sort >"$tmp/offered"
  is "$(cat "$tmp/offered")" "$(cat "$tmp/help")" "$verb: the options of --help"
done

done_testing
