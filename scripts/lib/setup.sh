# SPDX-License-Identifier: BSL-1.0
# Sourced by the scripts: what they share. Where everything is installed, nothing here touches the network.
#
#   need NEED…               installs what is missing of the packages that scripts/lib/packages lists
#   outer_kernel             has what the tests of Hyper-V's page boot, an emulator and a kernel; they skip without
#   quietly WHAT COMMAND…    runs a command; shows what it printed only if it fails
#   configure PRESET ARG…    configures build/PRESET
#   build PRESET TARGET…     configures and builds it, all of it or only the targets
#   fail MESSAGE             ends with status 2: usage or environment
set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd)
script=$(basename -- "$0")

if [[ ! ${CMAKE_CXX_COMPILER_LAUNCHER+set} ]] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

fail() {
  printf '%s: %s\n' "$script" "$*" >&2
  exit 2
}

# The comment at the head of the script.
usage() {
  local line
  while read -r line && [[ $line == '#'* ]]; do
    line=${line#\#}
    [[ $line == '!'* || $line == *SPDX* ]] || printf '%s\n' "${line# }"
  done <"$0"
  exit 0
}

quietly() {
  local what=$1 log status=0 line
  shift
  log=$(mktemp)
  if [[ -t 2 ]]; then # one line that changes
    "$@" 2>&1 | while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log"
      printf '\r\033[K%s' "${what}: ${line:0:60}" >&2
    done || status=$?
    printf '\r\033[K' >&2
  else
    "$@" >"$log" 2>&1 || status=$?
  fi
  if ((status)); then
    show_failure "$log" >&2
    printf '%s: %s failed\n' "$script" "$what" >&2
  fi
  rm -f -- "$log"
  return "$status"
}

# The first lines that are not ninja's progress: the first error is worth more than the rest.
show_failure() {
  local line count=0
  while IFS= read -r line; do
    [[ $line =~ ^\[[0-9]+/[0-9]+\] ]] || ((++count > 60)) || printf '%s\n' "$line"
  done <"$1"
  ((count <= 60)) || printf '… and %d more lines\n' $((count - 60))
}

packages_for() {
  local need packages
  while read -r need packages; do
    if [[ " $* " == *" $need "* ]]; then printf '%s\n' $packages; fi
  done <"$root/scripts/lib/packages" | sort -u
}

need() {
  [[ ${GUESTCLOCK_SETUP-} != off ]] || return 0
  local wanted installed package missing=() privileged=()
  wanted=($(packages_for "$@"))
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail "this machine has no apt-get; install what Debian calls ${wanted[*]}, then set GUESTCLOCK_SETUP=off"
  fi

  installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
  for package in "${wanted[@]}"; do
    [[ $'\n'$installed$'\n' == *$'\n'"$package installed"$'\n'* ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  local command="apt-get install --no-install-recommends ${missing[*]}"
  if ((EUID)); then
    if ! command -v sudo >/dev/null; then
      fail "packages are missing, and this is neither root nor is there sudo; as root, type: apt-get update; $command"
    elif ! sudo -n true 2>/dev/null; then
      fail "packages are missing, and sudo wants a password; type: sudo apt-get update; sudo $command"
    fi
    privileged=(sudo -n)
  fi
  local apt=("${privileged[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  printf '%s: installing %s\n' "$script" "${missing[*]}" >&2
  quietly "apt-get update" "${apt[@]}" update || true # old lists may do; if not, the next line says so
  quietly "apt-get install" "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null ||
    fail "apt-get could not install ${missing[*]}; see its message above, and try again: $command"
}

outer_kernel() {
  [[ ${GUESTCLOCK_SETUP-} != off ]] || return 0
  (need hyperv) && "$root/scripts/lib/outer_kernel" ||
    printf '%s: the tests of label hyperv will skip for that reason\n' "$script" >&2
}

# One at a time: two builds in one folder spoil each other.
alone() {
  mkdir -p -- "$root/build"
  (
    flock 9
    cd -- "$root" && "$@" 9>&-
  ) 9>"$root/build/.lock"
}

configure() {
  alone quietly "configuring $1" cmake --preset "$@"
}

build() {
  local preset=$1
  shift
  configure "$preset" && alone quietly "building $preset" cmake --build --preset "$preset" ${1+--target "$@"}
}
