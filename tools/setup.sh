#!/usr/bin/env bash
# Makes sure that the Debian packages are there: `tools/setup.sh build` for what the build needs,
# `tools/setup.sh test` for the tests' tools too, `tools/setup.sh fuzz` for tools/fuzz and
# `tools/setup.sh package` for tools/package/make, `tools/setup.sh package_check` for the script of
# that name, and `tools/setup.sh fleet` for tools/fleet/check. Installs the missing as root or by
# passwordless sudo; otherwise names them in one line to copy and fails. Removes no package, and
# starts no service.
set -euo pipefail

build_packages=(g++ cmake ninja-build pkg-config libfmt-dev nlohmann-json3-dev libcli11-dev
  libsimdjson-dev libexpected-dev libboost-dev libxxhash-dev libzmq3-dev cppzmq-dev libgtest-dev libgmock-dev
  libbenchmark-dev)
test_packages=(ccache clang-format clang-tidy dpkg-dev fish git man-db mandoc python3
  python3-jsonschema strace zsh)
fuzz_packages=(clang llvm libclang-rt-14-dev)
package_packages=(dpkg-dev)
package_check_packages=(dpkg-dev mmdebstrap)
# Other programs that run, store and judge a fleet's results: tools/fleet/check starts them.
fleet_packages=(iproute2 munge openssh-client openssh-server parallel prometheus python3
  r-cran-strucchange slurm-client slurmctld slurmd util-linux victoria-metrics curl)
# Of these nothing but the charts of `ipcmark report` depends, which says so when they are missing.
chart_packages=(esbuild libjs-vega node-d3-array node-d3-color node-d3-dsv node-d3-format
  node-d3-geo node-d3-interpolate node-d3-path node-d3-scale node-d3-shape node-d3-time
  node-d3-time-format node-d3-timer)
# `ipcmark explain` reads the kernel's events by these, and says so where it was built without them.
trace_packages=(libtracefs-dev libtraceevent-dev)
# Readers of exported files and of the report. A test is skipped where they cannot be installed:
# python3-scipy wants Debian's default Boost and conflicts with the others.
reader_packages=(libbenchmark-tools python3-scipy python3-yaml chromium)

wanted=("${build_packages[@]}")
readers=("${chart_packages[@]}" "${trace_packages[@]}")
case "${1:-build}" in
  build) ;;
  test)
    wanted+=("${test_packages[@]}")
    readers+=("${reader_packages[@]}")
    ;;
  fuzz) wanted+=("${fuzz_packages[@]}") ;;
  package) wanted+=("${package_packages[@]}") ;;
  package_check) wanted+=("${package_check_packages[@]}") ;;
  fleet) wanted=("${fleet_packages[@]}") readers=() ;;
  *)
    echo "usage: tools/setup.sh [build|test|fuzz|package|package_check|fleet]" >&2
    exit 2
    ;;
esac

installed() {
  # Any Boost will do, not only the distribution's default version.
  if [[ $1 == libboost-dev && -e /usr/include/boost/version.hpp ]]; then return 0; fi
  [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]
}

missing=()
for package in "${wanted[@]}"; do
  installed "$package" || missing+=("$package")
done
missing_readers=()
for package in "${readers[@]}"; do
  installed "$package" || missing_readers+=("$package")
done
if [[ ${#missing[@]} -eq 0 && ${#missing_readers[@]} -eq 0 ]]; then exit 0; fi

install=(apt-get install -y --no-remove --no-install-recommends)
as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! sudo -n true 2>/dev/null; then
    if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi
    echo "Some Debian packages are missing. Install them, then start this again:" >&2
    echo "sudo ${install[*]} ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
as_root+=(env DEBIAN_FRONTEND=noninteractive)

# A package may start a service as soon as it is installed, unless this file says no (101). A file
# that is there already is the machine's own and is left as it is, but for one that a killed run of
# this script left behind. IPCMARK_POLICY_RC_D is for the test of this script.
policy=${IPCMARK_POLICY_RC_D:-/usr/sbin/policy-rc.d}
policy_mark="# of ipcmark's tools/setup.sh, which removes it when it ends"
forbid_services() {
  if [[ -e $policy || -L $policy ]] && ! grep -qsxF "$policy_mark" "$policy"; then return; fi
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  trap 'exit 129' HUP  # after apt-get has ended: services are forbidden until then
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # shellcheck disable=SC2016  # the inner shell expands these
  "${as_root[@]}" sh -c 'printf "#!/bin/sh\n%s\nexit 101\n" "$2" >"$1" && chmod 755 "$1"' \
    sh "$policy" "$policy_mark"
}
forbid_services

echo "Installing: ${missing[*]} ${missing_readers[*]}" >&2
if ! "${as_root[@]}" apt-get update -qq && [[ ${#missing[@]} -ne 0 ]]; then exit 1; fi
if [[ ${#missing[@]} -ne 0 ]]; then "${as_root[@]}" "${install[@]}" "${missing[@]}" >&2; fi
# All at once; where one of them cannot be installed, the others still are.
if [[ ${#missing_readers[@]} -ne 0 ]] && ! "${as_root[@]}" "${install[@]}" "${missing_readers[@]}" >&2; then
  for package in "${missing_readers[@]}"; do
    "${as_root[@]}" "${install[@]}" "$package" >&2 ||
      echo "not installed: $package; what needs it is left out or skipped" >&2
  done
fi
