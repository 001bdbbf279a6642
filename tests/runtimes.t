#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# soak in containers as podman and systemd-nspawn make them, with the rights that doctor names; and outside,
# attached to a process in one. All that a runtime leaves behind lies in this test's own mounts, and goes with them.

[ "$(id -u)" -eq 0 ] || { echo '1..0 # SKIP not root'; exit 0; }
# Not in a chroot whose root is not a mount point.
unshare --mount --propagation private true 2>/dev/null || { echo '1..0 # SKIP no mount namespaces here'; exit 0; }
[ "$SOAK_MOUNTS" = mine ] || SOAK_MOUNTS=mine exec unshare --mount --propagation private "$0"
. tests/tap.sh
. tests/contained.sh

top=$PWD
name=${0##*/}-$$
mount -t tmpfs none /run && mount -t tmpfs none /dev/shm && mkdir /run/lock
[ -e /sys/kernel/tracing/events ] || mount -t tracefs none /sys/kernel/tracing
# Runtimes take version 1 or version 2 of cgroups, and not some of both.
[ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t cgroup2 none /sys/fs/cgroup

# A root file system of the host's /usr, and of programs that are nowhere else.
root=$tmp/root
mkdir "$root"
for folder in usr proc sys dev tmp etc run root opt; do mkdir "$root/$folder"; done
for folder in bin sbin lib lib64; do [ ! -e /$folder ] || ln -s usr/$folder "$root/$folder"; done
: >"$root/etc/os-release"
program "$root/opt/outer" alpha 101
cp "$helpers/puppet" "$root/opt/$name"
cd "$tmp" || exit 1

# The limits are below those that whoever runs this may have to keep to.
by_podman() {
  podman --root "$tmp/podman" --runroot /run/podman --storage-driver vfs --cgroup-manager cgroupfs \
    run --rm --network none --cgroups disabled --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
    --volume /usr:/usr:ro --volume "$top:$top:ro" --volume "$BUILD:$BUILD:ro" --volume "$tmp:$tmp" --workdir "$tmp" \
    --cap-add BPF,PERFMON --volume /sys/kernel/tracing:/sys/kernel/tracing:ro --security-opt seccomp=unconfined \
    --rootfs "$root" "$@"
}
by_nspawn() {
  systemd-nspawn --quiet --register=no --keep-unit --console=pipe --directory "$root" --bind-ro=/usr \
    --bind-ro="$top" --bind-ro="$BUILD" --bind="$tmp" --chdir="$tmp" \
    --capability=CAP_BPF,CAP_PERFMON --bind-ro=/sys/kernel/tracing --system-call-filter='bpf perf_event_open' "$@"
}

# cold_callers FILE: those of the puppet.
cold_callers() {
  sql "$1" "SELECT p.caller, sum(c.calls), certainty FROM callers c JOIN places p ON p.id=c.place
    WHERE c.syscall='madvise' GROUP BY 1" | sed "s/$name/puppet/; s/+0x[0-9a-f]*//" | tr '|\n' '  '
}

# Soak and target in the container.
inside() {
  $1 "$soak" run --quiet -a own --ops none -i 20ms -o run.soak -- /opt/outer 1 >out 2>err
  is "$? $(cat err)" '3 ' "$1: soak run is judged"
  is "$(calls run.soak)" 'outer`alpha 101 exact ' "$1: calls and callers"
  is "$(agreement run.soak) $(strays run.soak)" '7|7 0' "$1: the cross-check agrees, times are right"
  $1 timeout 60 sh ./attach_here "/opt/$name" "$soak" here.soak >rss 2>>err
  is "$? $(cat err)" '3 ' "$1: soak attach is judged"
  is "$(cold_callers here.soak)" 'puppet`serve 10007 exact ' "$1: its calls and their caller"
  is "$(agreement here.soak)" '7|7' "$1: the cross-check agrees"
  is "$(highest_rss here.soak)" "$(rss_of rss)" "$1: RSS as smaps_rollup"
}

# Soak outside; the program's file is nowhere but in the container.
outside() {
  mkfifo orders
  $1 sh -c "exec /opt/$name <orders >told" >out 2>&1 &
  container=$!
  exec 3>orders
  within 20 grep -q ready told
  puppet=$(pgrep -o -f "^/opt/$name")
  "$soak" attach "$puppet" --quiet -o there.soak -i 20ms >judged 2>err &
  attached=$!
  within 20 sampled there.soak
  echo 'calls 10007' >&3
  within 20 grep -q done told
  sleep 0.1
  rss=$(rss_of "/proc/$puppet/smaps_rollup" "/proc/$(pgrep -P "$puppet")/smaps_rollup")
  echo 'exit 0' >&3
  exec 3>&-
  wait "$attached"
  is "$? $(cat err)" '3 ' "$1: soak attach from outside is judged"
  wait "$container"
  is "$(cold_callers there.soak)" 'puppet`serve 10007 exact ' "$1: its calls and their caller"
  is "$(agreement there.soak)" '7|7' "$1: the cross-check agrees"
  is "$(highest_rss there.soak)" "$rss" "$1: RSS as smaps_rollup"
}

for runtime in podman nspawn; do
  command -v $runtime >/dev/null || command -v systemd-$runtime >/dev/null ||
    { echo "# there is no $runtime here"; continue; }
  by_$runtime true >out 2>&1 || { echo "# $runtime does not run here: $(tail -n 1 out)"; continue; }
  inside by_$runtime
  outside by_$runtime
  rm -rf in orders told ./*.soak
done
[ "$tests" -gt 0 ] || skip_all "no container runs here: $(tail -n 1 out 2>/dev/null)"
is "$(leftovers)" '' 'nothing is left behind'
done_testing
