# SPDX-License-Identifier: GPL-3.0-or-later
#
# What tools/kernels downloads, and what it makes of that. Sourced; everything goes into $cache.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# What soak and its tests need in the guest.
guest_packages="base-files base-passwd dash libc-bin hostname login passwd mount iproute2 init-system-helpers
  libbpf1 libelf1 libdw1 libsqlite3-0 libgsl27 libcjson1 libinih1 libcsv3 zlib1g
  perl python3-minimal libpython3-stdlib sqlite3 procps strace util-linux kmod bpftool bash coreutils
  mawk sed grep diffutils findutils gzip tar sudo libmimalloc2.0 libjemalloc2 libtcmalloc-minimal4
  linux-perf gcc libc6-dev busybox-static"

# What the guest's first program needs to reach its disks.
guest_modules="virtio_pci virtio_blk ext4 crc32c_generic"

mirror() {
  [ -z "${DEBIAN_MIRROR:-}" ] || { echo "$DEBIAN_MIRROR"; return; }
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' "Created-By: Packages" |
    awk -v release="$codename" '$1 == release { print $2; exit }'
}

# A folder for work in progress, in $work.
begin_work() {
  from=$(mirror)
  [ -n "$from" ] || die "no Debian mirror in this machine's apt sources; set DEBIAN_MIRROR=URL"
  work=$(mktemp -d "$cache/fetch.XXXXXX") || exit 4
  made+=("$work")
}

# apt_in DIR RELEASE ARCH: makes an apt configuration that knows this release only.
apt_in() {
  local dir=$1 release=$2 arch=$3
  mkdir -p "$dir"/{lists/partial,archives/partial,etc/preferences.d,etc/apt.conf.d}
  : >"$dir/status"
  echo "deb [arch=$arch signed-by=$keyring] $from $release main" >"$dir/etc/sources.list"
  # A mirror that lags behind is good enough: what it serves is signed.
  cat >"$dir/apt.conf" <<END
Dir::State "$dir"; Dir::State::Lists "$dir/lists"; Dir::State::status "$dir/status";
Dir::Cache "$dir"; Dir::Cache::Archives "$dir/archives";
Dir::Etc "$dir/etc"; Dir::Etc::sourcelist "$dir/etc/sources.list";
Dir::Etc::sourceparts "/dev/null"; Dir::Etc::parts "$dir/etc/apt.conf.d";
APT::Architecture "$arch"; APT::Architectures { "$arch"; };
APT::Sandbox::User "root"; Acquire::Languages "none"; Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
END
  APT_CONFIG=$dir/apt.conf await apt-get -qq update >"$dir/log" 2>&1 && ! grep -q '^[EW]:' "$dir/log" || {
    grep '^[EW]:' "$dir/log" >&2
    die "apt-get update of $release ($arch) from $from failed; its words stand above"
  }
}

# The packages that PACKAGE stands for or is made of, itself included.
kernel_packages() {
  local conf=$1 package=$2
  echo "$package"
  APT_CONFIG=$conf apt-cache depends --important "$package" |
    sed -nE 's/^ *\|?(Pre)?Depends: (linux-(image|binary|modules)-[^ ]+)$/\2/p' | sort -u |
    while read -r next; do kernel_packages "$conf" "$next"; done
}

# fetch_kernel NAME ARCH RELEASE PACKAGE: fills $cache/kernel-NAME with vmlinuz, initrd, version.
fetch_kernel() {
  local name=$1 arch=$2 release=$3 package=$4 deb packages
  [ ! -e "$cache/kernel-$name/version" ] || return 0
  echo "kernels: fetching $package of Debian $release ($arch)" >&2
  begin_work
  apt_in "$work/apt" "$release" "$arch"
  packages=$(kernel_packages "$work/apt/apt.conf" "$package" | sort -u)
  (cd "$work" && APT_CONFIG=$work/apt/apt.conf exec apt-get -qq download $packages) >"$work/apt/log" 2>&1 &
  child=$!
  wait $child || {
    cat "$work/apt/log" >&2
    die "cannot download $package of Debian $release; apt's words stand above"
  }
  child=
  mkdir "$work/root"
  for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$work/root" || die "cannot unpack $deb"; done
  kernel_from "$work" "$arch" || die "$package of Debian $release holds no kernel that can be booted here"
  rm -rf "$cache/kernel-$name"
  mv "$work/kernel" "$cache/kernel-$name"
  rm -rf "$work"
}

# Makes WORK/kernel of the unpacked packages in WORK/root.
kernel_from() {
  local work=$1 arch=$2 image version modules=$1/root/lib/modules
  [ -d "$modules" ] || modules=$work/root/usr/lib/modules
  image=$(ls "$work"/root/boot/vmlinu[xz]-* 2>/dev/null | head -n 1)
  version=$(ls "$modules" | head -n 1)
  [ -n "$version" ] || return 1
  [ -n "$image" ] || image=$modules/$version/vmlinuz
  mkdir "$work/kernel"
  cp "$image" "$work/kernel/vmlinuz" || return 1
  make_initrd "$work" "$arch" "$version" "$(dirname "$(dirname "$modules")")" || return 1
  for config in "$work"/root/boot/config-* "$modules/$version/config"; do
    [ ! -e "$config" ] || cp "$config" "$work/kernel/config"
  done
  echo "$version" >"$work/kernel/version"
}

# The first program: busybox, the modules for the disks, a script that mounts them.
make_initrd() {
  local work=$1 arch=$2 version=$3 base=$4 module file order=0
  local initrd=$work/initrd
  mkdir -p "$initrd"/{bin,dev,proc,sys,root,modules}
  cp "$cache/busybox-$arch" "$initrd/bin/busybox" || return 1
  depmod -b "$base" "$version" 2>"$work/apt/log" || { cat "$work/apt/log" >&2; return 1; }
  for module in $guest_modules; do
    modprobe -d "$base" -S "$version" --show-depends "$module" 2>/dev/null
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/modules"
  while read -r file; do
    order=$((order + 1))
    case $file in
    *.xz) xz -dc "$file" ;;
    *.zst) zstd -qdc "$file" ;;
    *) cat "$file" ;;
    esac >"$(printf '%s/modules/%02d.ko' "$initrd" $order)" || return 1
  done <"$work/modules"
  cat >"$initrd/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in /modules/*.ko; do insmod "$module"; done
tries=100
until [ -b /dev/vdc ] || [ $((tries -= 1)) -eq 0 ]; do sleep 0.1; done
mount -t ext4 /dev/vda /root && mount -t ext4 /dev/vdb /root/soak || exec sh -c 'echo kernels: no root; poweroff -f'
umount /proc /sys
mount --move /dev /root/dev
exec switch_root /root /sbin/soak-init
END
  chmod 755 "$initrd/init"
  (cd "$initrd" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/kernel/initrd"
}

# extract ARCH DIR PACKAGE...: Debian 12's packages are unpacked, not configured, so that those of
# another architecture need no emulation here.
extract() {
  local arch=$1 dir=$2
  shift 2
  await mmdebstrap --mode=root --variant=extract --architectures="$arch" --keyring="$keyring" \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"' \
    --include="$(echo "$@" | tr ' ' ,)" bookworm "$dir" "$from" >"$work/log" 2>&1 || {
    tail -n 5 "$work/log" >&2
    die "mmdebstrap from $from failed; its last words stand above"
  }
}

# of_words WORDS...: a short name for what is made of these words.
of_words() {
  printf '%s\n' "$@" | sha256sum | cut -c 1-12
}

root_image() {
  echo "$cache/root-$1-$(of_words $guest_packages "$(declare -f prepare_root)").ext4"
}

# The guest's root file system, and the program that its initrd begins with.
fetch_root() {
  local arch=$1 image
  image=$(root_image "$arch")
  [ ! -e "$image" ] || { touch "$image"; return; }
  echo "kernels: making the guest's root file system ($arch)" >&2
  begin_work
  extract "$arch" "$work/root" $guest_packages
  mv "$work/root/bin/busybox" "$cache/busybox-$arch" || die "busybox-static ($arch) holds no busybox"
  prepare_root "$work/root"
  truncate -s 3G "$work/image"
  await mke2fs -q -t ext4 -E lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0 -d "$work/root" "$work/image" ||
    die "mke2fs failed"
  find "$cache" -name "root-$arch-*.ext4" -mtime +7 -delete
  mv "$work/image" "$image"
  rm -rf "$work"
}

# What the packages' own scripts would have done.
prepare_root() {
  local root=$1
  rm -rf "$root"/usr/share/{doc,man,locale,info} "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
  mkdir -p "$root"/{soak,out,proc,sys,dev,run,tmp,root,etc}
  chmod 1777 "$root/tmp"
  cp -n "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp -n "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  echo 'root:*:19000:0:99999:7:::' >"$root/etc/shadow"
  ln -sf mawk "$root/usr/bin/awk"
  ln -sf gcc "$root/usr/bin/cc"
  ln -sf perf_6.1 "$root/usr/bin/perf" && [ -e "$root/usr/bin/perf_6.1" ] || rm -f "$root/usr/bin/perf"
  echo '127.0.0.1 localhost' >"$root/etc/hosts"
  echo guest >"$root/etc/hostname"
  cat >"$root/sbin/soak-init" <<'END'
#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /out
ln -sf /proc/self/fd /dev/fd
hostname guest
stty -F "/dev/$SOAK_OUTPUT" raw -echo
ip link set lo up 2>/dev/null
cd /soak
setsid bash ./command </dev/null >"/dev/$SOAK_OUTPUT" 2>&1
echo $? >/out/.status
dmesg >/out/.dmesg
tar -C /out -cf /dev/vdc . || echo "kernels: the output does not fit"
sync
echo 1 >/proc/sys/kernel/sysrq
echo o >/proc/sysrq-trigger
while :; do sleep 60; done
END
  chmod 755 "$root/sbin/soak-init"
}

# ---- another architecture ------------------------------------------------------------------------

sysroot_packages() {
  awk '/^\[/ { on = $1 == "[build]" } on && $1 ~ /^(lib|linux-)/ { print $1 }' "$top/packages.txt"
  echo libstdc++-12-dev
}

sysroot_of() {
  echo "$cache/sysroot-$1-$(of_words $(sysroot_packages))"
}

# The headers and libraries to build against. Links within it must not lead out of it.
fetch_sysroot() {
  local arch=$1 sysroot link
  sysroot=$(sysroot_of "$arch")
  [ ! -e "$sysroot" ] || return 0
  echo "kernels: fetching libraries to build against ($arch)" >&2
  begin_work
  extract "$arch" "$work/root" $(sysroot_packages)
  find "$work/root" -type l -lname '/*' | while read -r link; do
    ln -sfn "$sysroot$(readlink "$link")" "$link"
  done
  rm -rf "$cache/sysroot-$arch"-*
  mv "$work/root" "$sysroot"
  rm -rf "$work"
}
