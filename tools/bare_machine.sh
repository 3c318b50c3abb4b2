#!/usr/bin/env bash
# Tries this commit on a bare machine: a Debian 12 with git and make and nothing else, in a chroot.
#   sudo tools/bare_machine.sh [TARGET...]       make's targets; demo when none is named
# The system lies in $BARE_MACHINE (default build/bare) and is made new each time, from a base system
# that is kept; the log lies beside it. Only what is committed is tried. The registries' clients are
# configured as they are here: proxies, certificates and their own files.
# The last line says the wall time and the CPU time; what make said decides the exit code.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${BARE_MACHINE:-$root/build/bare}
base=$folder/base.tar
system=$folder/system
log=$folder/log
home=/root # inside
(($#)) || set -- demo

fail() { printf 'bare_machine: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "a chroot needs root; run it with sudo"
command -v debootstrap >/dev/null || fail "debootstrap is missing; apt-get install debootstrap"
mkdir -p "$folder"

unmount() {
  local mount
  for mount in dev proc; do ! mountpoint -q "$system/$mount" || umount -Rl "$system/$mount"; done
}
trap unmount EXIT

if [ ! -e "$base" ]; then
  rm -rf "$folder/new"
  debootstrap --variant=minbase --include=git,make,ca-certificates bookworm "$folder/new"
  # The archives of fixes, too, as this machine's apt knows them.
  # shellcheck disable=SC2016  # apt's own placeholders
  apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 ~ /^bookworm/ && $3 == "main" { print "deb", $0 }' | sort -u >"$folder/new/etc/apt/sources.list"
  grep -q bookworm-security "$folder/new/etc/apt/sources.list" ||
    fail "apt here does not know Debian 12's archives; run this on Debian 12"
  tar -C "$folder/new" --one-file-system -cf "$base.part" .
  mv "$base.part" "$base"
  rm -rf "$folder/new"
fi

unmount
rm -rf --one-file-system "$system"
mkdir -p "$system"
tar -C "$system" -xf "$base"
cp -L /etc/resolv.conf /etc/hosts "$system/etc/"
if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
  cp /usr/local/share/ca-certificates/*.crt "$system/usr/local/share/ca-certificates/"
  chroot "$system" update-ca-certificates >/dev/null
fi
for file in .npmrc .cargo/config.toml .config/pip/pip.conf .config/go/env; do
  [ ! -e "$HOME/$file" ] || install -D "$HOME/$file" "$system$home/$file"
done
[ ! -d /etc/apt/apt.conf.d ] || cp -n /etc/apt/apt.conf.d/*prox* "$system/etc/apt/apt.conf.d/" 2>/dev/null || true
mount -t proc proc "$system/proc"
mount --rbind /dev "$system/dev"
mount --make-rslave "$system/dev" # what is unmounted there stays mounted here

git clone -q --no-hardlinks "$root" "$system$home/sluice"
settings=(HOME=$home USER=root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
mapfile -t network < <(env | grep -iE '^(https?_proxy|no_proxy|SSL_CERT_(FILE|DIR)|(PIP|CURL|REQUESTS|NODE|GIT|CARGO)_[A-Z_]*(CERT|CA)[A-Z_]*)=')
start=$EPOCHSECONDS
code=0
# bash's own `times` counts what the commands and all of their children took.
env -i "${settings[@]}" "${network[@]}" chroot "$system" bash -c '
  cd ~/sluice && make "$@"
  code=$?
  times >/tmp/times # in no pipe: a subshell has no children to count
  echo; echo "CPU time of make, user and system:"; tail -1 /tmp/times
  exit $code' bash "$@" 2>&1 | tee "$log" || code=$?
cpu=$(tail -1 "$log" | tr ' ' '\n' | awk -F'[ms]' '{ seconds += $1 * 60 + $2 } END { printf "%d", seconds }')
echo "bare_machine: make $*: exit code $code, $((EPOCHSECONDS - start)) s, $cpu CPU-seconds; the log is $log"
exit "$code"
