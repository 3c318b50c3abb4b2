#!/usr/bin/env bash
# Builds the Rust bridge and copies what C++ needs of it.
#   tools/build_bridge.sh FOLDER     -> FOLDER/libsluice_bridge.a, FOLDER/include/...
# The crates are compiled once into $SLUICE_HOME/cargo-target, whatever the build folder is.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=${SLUICE_HOME:-$HOME/.cache/sluice}
out=${1:?usage: tools/build_bridge.sh FOLDER}
target=$home/cargo-target

# Panic messages carry source paths: those of the crates and of the toolchain, not of this machine.
# Our own crate's are relative already. Nothing here may name the checkout: cargo compiles every crate
# again when the flags change, and other checkouts share its folder.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="--remap-path-prefix=$cargo_home/registry/src=crates --remap-path-prefix=$(rustc --print sysroot)=rust"
export CFLAGS="-ffile-prefix-map=$cargo_home/registry/src=crates -ffile-prefix-map=$target=target"
export CXXFLAGS=$CFLAGS CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$target

# Checkouts share the folder, and cargo takes their crates of one name for one and the same: none may
# build between another's build and copy, and what another has built is none of ours.
mkdir -p "$target"
exec 9> "$target/.sluice-lock"
flock 9
cd "$root/rust"
sources=$(find . -type f -not -path './target/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
built=$target/.sluice-built
[ "$(cat "$built" 2>/dev/null)" = "$sources" ] || rm -rf "$built" "$target"/release/.fingerprint/sluice_bridge-*
cargo build --release --locked
echo "$sources" > "$built"

# Only what changed gets a new time, so that an unchanged header compiles nothing again.
copy() {
  mkdir -p "$(dirname "$2")"
  cmp -s "$1" "$2" || cp -L "$1" "$2"
}
copy "$target/release/libsluice_bridge.a" "$out/libsluice_bridge.a"
copy "$target/cxxbridge/rust/cxx.h" "$out/include/rust/cxx.h"
for bridge in lib cassandra; do
  copy "$target/cxxbridge/sluice_bridge/src/$bridge.rs.h" "$out/include/sluice_bridge/src/$bridge.rs.h"
done
