#!/usr/bin/env bash
# Brings everything the build needs, with pinned versions and checked sums.
#   tools/install_dependencies.sh [build|python|all|tsan|browser|readers|packaging|docs]
# build   compilers and libraries from the Debian archive; what third_party/dependencies.lock names
# python  a virtual environment with what `make check` and `make test` call
# all     both (the default)
# tsan    what `make tsan` needs besides build: duckdb and librdkafka for ThreadSanitizer
# browser Chromium from the Debian archive, for test/browser; where it cannot be had these tests say that
#         they are skipped
# readers shells and programs with which tests read scripts and pages that sluice writes; where they cannot
#         be had, these tests say that they are skipped
# packaging  what `make package` calls, and what makes the bare machines of its tests
# docs    what `make docs` calls
# Everything but Debian's packages lands under $SLUICE_HOME (default ~/.cache/sluice).
# It asks nothing, may be run again at any time, and does nothing when nothing changed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=${SLUICE_HOME:-$HOME/.cache/sluice}
deps=$home/deps
lock=$root/third_party/dependencies.lock
stage=${1:-all}
jobs=${SLUICE_JOBS:-$(nproc)}

# Raise it when a recipe below changes, so that every machine builds again.
recipe=1

say() { printf '==> %s\n' "$*"; }
fail() { printf 'install_dependencies: %s\n' "$*" >&2; exit 1; }

case $stage in build | python | all | tsan | browser | readers | packaging | docs) ;; *) sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;; esac
mkdir -p "$deps"
exec 9>"$home/install.lock"
flock -n 9 || { say "another installation is running; waiting for it"; flock 9; }
work=
trap '[ -z "$work" ] || { chmod -R u+w "$work"; rm -rf "$work"; }' EXIT

# ---- Debian packages -------------------------------------------------------------------------

debian_packages=(
  build-essential cmake ninja-build mold ccache pkg-config git make patch
  libyaml-cpp-dev libcli11-dev libspdlog-dev libfmt-dev libgtest-dev libbenchmark-dev
  libxxhash-dev nlohmann-json3-dev libboost1.74-dev libssl-dev zlib1g-dev libzstd-dev
  libcurl4-openssl-dev libprotobuf-dev libprotoc-dev protobuf-compiler zopfli
)

# Below this the crates of the bridge do not compile. Debian 12's own cargo is older; its security
# archive has a newer one beside it, which Debian keeps for its browsers.
rust_version_min=1.90
debian_rust=(cargo-web rustc-web)

# newer_or_same VERSION MINIMUM
newer_or_same() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -1)" = "$2" ]; }

rust_version() { { cargo --version 2>/dev/null || echo "cargo none"; } | cut -d' ' -f2; }

# Whether the archive that apt knows has a cargo that is new enough.
debian_has_rust() {
  local version
  version=$(apt-cache policy "${debian_rust[0]}" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p')
  [ -n "$version" ] && newer_or_same "$version" "$rust_version_min"
}

have_rust() {
  local version
  version=$(rust_version)
  [ "$version" != none ] && newer_or_same "$version" "$rust_version_min"
}

# apt_get ARGUMENTS...: as root, without questions.
apt_get() {
  local sudo=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || return 1
    sudo=(sudo)
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}

install_debian_packages() {
  local missing=() package tool have
  if command -v dpkg-query >/dev/null; then
    have=" $(dpkg-query -W -f='${db:Status-Status}/${Package} ' "${debian_packages[@]}" 2>/dev/null || true)"
    for package in "${debian_packages[@]}"; do
      [[ $have == *" installed/$package "* ]] || missing+=("$package")
    done
  else
    say "no dpkg here: these must be present under whatever name: ${debian_packages[*]}"
  fi
  # The registries' clients and Python may come from anywhere; Debian's are the fallback.
  command -v go >/dev/null || missing+=(golang-go)
  command -v npm >/dev/null || missing+=(npm)
  python3 -m pip --version &>/dev/null || missing+=(python3-pip)
  python3 -c 'import ensurepip, venv' &>/dev/null || missing+=(python3-venv)
  have_rust || missing+=("${debian_rust[@]}")
  if ((${#missing[@]})); then
    command -v apt-get >/dev/null || fail "missing: ${missing[*]}; install them and run this again"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
      fail "missing: ${missing[*]}; run as root: apt-get install -y ${missing[*]}"
    apt_get update
    have_rust || debian_has_rust ||
      fail "the Delta bridge needs cargo $rust_version_min or newer, here is $(rust_version), and apt has no ${debian_rust[0]} that is new enough (Debian 12's is in bookworm-security); add that archive, or install Rust with rustup, and run this again"
    say "Debian packages that are missing: ${missing[*]}"
    apt_get install -y --no-install-recommends "${missing[@]}"
  fi
  for tool in g++ cmake ninja mold ccache git go npm python3; do
    command -v "$tool" >/dev/null || fail "'$tool' is still missing; put it on the PATH and run this again"
  done
  hash -r
  have_rust ||
    fail "'cargo' on the PATH is $(rust_version), the Delta bridge needs $rust_version_min or newer; put the newer one first on the PATH (Debian's is /usr/bin/cargo), or run rustup update, and run this again"
}

# ---- archives of the lock file ---------------------------------------------------------------

# field NAME COLUMN: one field of the lock file's line of that name.
field() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$lock"; }

# fetch NAME: leaves the verified archive in $archive (its name depends on the client).
fetch() {
  local client package sum
  client=$(field "$1" 3) package=$(field "$1" 4) sum=$(field "$1" 5)
  say "fetching $package ($client)"
  case $client in
    npm) archive=$work/$(cd "$work" && npm pack --silent "$package" 2>/dev/null | tail -1) ;;
    pypi)
      python3 -m pip download --quiet --disable-pip-version-check --no-deps \
        --no-binary "${package%%==*}" --dest "$work" "$package"
      archive=$(echo "$work"/*.tar.gz)
      ;;
    go)
      archive=$(cd "$work" && GOMODCACHE=$work/go GOFLAGS=-modcacherw GOTOOLCHAIN=local go mod download -json "$package" |
        sed -n 's/^\t"Zip": "\(.*\)",$/\1/p')
      ;;
    *) fail "$lock: unknown client '$client' for $1" ;;
  esac
  [ -s "$archive" ] || fail "$client brought no archive for $package"
  echo "$sum  $archive" | sha256sum --check --status ||
    fail "the checksum of $package is not the one in $lock; expected=$sum got=$(sha256sum <"$archive" | cut -d' ' -f1)"
}

# stamp_of NAME: changes whenever NAME must be built again.
stamp_of() {
  {
    echo "recipe $recipe"
    grep "^$1 " "$lock"
    cat "$root"/third_party/patches/"$1"-*.patch 2>/dev/null || true
  } | sha256sum | cut -d' ' -f1
}

compiler_launcher() { command -v ccache >/dev/null && echo "ccache $1" || echo "$1"; }

# Each install_NAME fills $out/include and $out/lib from $archive, working in $work.

install_duckdb() {
  local folder
  folder=$(dirname "$(find "$work/go" -name duckdb.h -not -path '*/cache/*')")
  cp "$folder/duckdb.h" "$out/include/"
  # All of them: the extension loader names even those that no pipeline needs.
  cp "$folder"/*.a "$out/lib/"
  chmod -R u+w "$out"
  [ "$variant" = tsan ] || return 0
  # The archives are not instrumented: ThreadSanitizer takes what DuckDB's own threads guard with
  # atomics for races. Of a shared library it can ignore the accesses and still see ours.
  local main=$out/lib/libduckdb_static.a others=()
  mapfile -t others < <(find "$out/lib" -name '*.a' ! -path "$main")
  g++ -shared -fuse-ld=mold -o "$out/lib/libduckdb.so" -Wl,-Bsymbolic \
    -Wl,--whole-archive "$main" -Wl,--no-whole-archive \
    -Wl,--start-group "${others[@]}" -Wl,--end-group -lpthread -ldl -lm
  rm "$out"/lib/*.a
}

install_librdkafka() {
  local source=$work/package/deps/librdkafka patch flags=-O2 threads=()
  if [ "$variant" = tsan ]; then
    # gcc 12's ThreadSanitizer does not know C11's mtx_lock and cnd_wait and takes what they guard
    # for races; librdkafka's own versions of them use pthreads, which it knows.
    flags="-O1 -g1 -fsanitize=thread"
    threads=(--disable-c11threads)
  fi
  tar -xzf "$archive" -C "$work" package/deps/librdkafka
  for patch in "$root"/third_party/patches/librdkafka-*.patch; do
    [ -e "$patch" ] || continue
    say "librdkafka: applying $(basename "$patch")"
    patch -s -p1 -d "$source" <"$patch"
  done
  say "librdkafka: building (under a minute on two cores)"
  (
    cd "$source"
    # Without SASL/GSSAPI, which would drag Kerberos in; lz4 is the bundled one.
    CC=$(compiler_launcher gcc) CXX=$(compiler_launcher g++) \
      CFLAGS="$flags -fPIC -ffile-prefix-map=$source=librdkafka" \
      ./configure --prefix=/usr --enable-static --enable-ssl --enable-zstd --disable-gssapi \
      --disable-lz4-ext "${threads[@]}"
    make -j"$jobs" -C src librdkafka.a
  ) >"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; fail "librdkafka does not build"; }
  mkdir -p "$out/include/librdkafka"
  cp "$source/src/rdkafka.h" "$source/src/rdkafka_mock.h" "$out/include/librdkafka/"
  cp "$source/src/librdkafka.a" "$out/lib/"
}

install_simdjson() {
  local source
  tar -xzf "$archive" -C "$work"
  source=$(dirname "$(find "$work" -name simdjson.cpp)")
  say "simdjson: building"
  cp "$source/simdjson.h" "$out/include/"
  # shellcheck disable=SC2046  # two words on purpose
  $(compiler_launcher g++) -std=c++17 -O3 -DNDEBUG -fPIC -ffile-prefix-map="$source=simdjson" \
    -c "$source/simdjson.cpp" -o "$work/simdjson.o"
  ar rcs "$out/lib/libsimdjson.a" "$work/simdjson.o"
}

# What the live page draws charts with, and the land of its maps.
install_uplot() {
  tar -xzf "$archive" -C "$work" package
  cp "$work/package/dist/uPlot.iife.min.js" "$out/uplot.js"
  cp "$work/package/LICENSE" "$out/"
}

install_world_atlas() {
  tar -xzf "$archive" -C "$work" package
  cp "$work/package/land-110m.json" "$work/package/LICENSE" "$out/"
}

# install_archive NAME [VARIANT]: a variant lies beside the usual one, as NAME-VERSION-VARIANT.
install_archive() {
  local name=$1 variant=${2:-} version target stamp
  version=$(field "$name" 2)
  target=$deps/$name-$version${variant:+-$variant}
  stamp=$(stamp_of "$name")
  [ "$(cat "$target/.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  say "$name $version${variant:+ for $variant} -> $target"
  work=$(mktemp -d "$home/build.XXXXXX")
  out=$work/out
  mkdir -p "$out/include" "$out/lib"
  fetch "$name"
  "install_$name"
  echo "$stamp" >"$out/.stamp"
  rm -rf "$target"
  mv "$out" "$target"
  chmod -R u+w "$work"
  rm -rf "$work"
  work=
}

install_build() {
  local name
  install_debian_packages
  for name in $(awk '!/^#/ && NF { print $1 }' "$lock"); do install_archive "$name"; done
}

# ---- Python ----------------------------------------------------------------------------------

# install_venv NAME REQUIREMENTS WHAT: the packages that a file pins, in an environment of their own.
install_venv() {
  local venv=$home/$1 requirements=$root/$2 stamp
  stamp=$(cat "$requirements" <(python3 --version) | sha256sum | cut -d' ' -f1)
  [ "$(cat "$venv/.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  say "Python packages $3 -> $venv"
  [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null || python3 -m venv --clear "$venv" ||
    fail "python3 cannot make a virtual environment; on Debian: apt-get install python3-venv"
  # The sums are of the wheels for Linux on x86-64 and Python 3.11 to 3.14, as
  # `pip install --dry-run --no-deps --only-binary :all: --python-version N --report FILE` shows them.
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --only-binary :all: -r "$requirements" ||
    fail "the Python packages cannot be installed; $requirements pins wheels of Python 3.11 to 3.14 for Linux on x86-64, here is $(python3 --version)"
  echo "$stamp" >"$venv/.stamp"
}

install_python() { install_venv venv tools/requirements.txt "for the checks and tests"; }
install_packaging() {
  install_venv packaging packaging/requirements.txt "for making packages"
  command -v debootstrap >/dev/null ||
    { apt_get update && apt_get install -y --no-install-recommends debootstrap; } ||
    say "debootstrap cannot be installed here; tests of packages on a bare machine are skipped"
}

case $stage in build | all) install_build ;; esac
case $stage in python | all) install_python ;; esac
[ "$stage" != packaging ] || install_packaging
[ "$stage" != docs ] || install_venv docs tools/site/requirements.txt "for the docs site"
if [ "$stage" = browser ] && ! command -v chromium >/dev/null; then
  { apt_get update && apt_get install -y --no-install-recommends chromium; } ||
    say "chromium cannot be installed here; tests that need it are skipped"
fi
if [ "$stage" = readers ]; then
  missing=()
  for reader in zsh fish luac:lua5.4 mandoc groff man:man-db; do
    command -v "${reader%:*}" >/dev/null || missing+=("${reader#*:}")
  done
  [ ${#missing[@]} = 0 ] ||
    { apt_get update && apt_get install -y --no-install-recommends "${missing[@]}"; } ||
    say "${missing[*]} cannot be installed here; tests that need them are skipped"
fi
if [ "$stage" = tsan ]; then
  for name in duckdb librdkafka; do install_archive "$name" tsan; done
fi
