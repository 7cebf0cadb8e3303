#!/bin/sh
# Installs the Debian packages that are missing. With --tests also those that only the tests need.
set -eu
packages="cmake ninja-build g++ pkg-config ccache libdnnl-dev libhwy-dev libsentencepiece-dev nlohmann-json3-dev
libcli11-dev libfmt-dev libicu-dev libonig-dev libsimdjson-dev libcairo2-dev libpango1.0-dev zlib1g-dev
fonts-noto-core"
[ "${1:-}" != --tests ] || packages="$packages libgtest-dev libbenchmark-dev"
missing=
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=
give_up() {  # why
  echo "prepare: $1; an administrator has to run: apt-get update && apt-get install --no-install-recommends$missing" >&2
  exit 1
}
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || give_up "packages are missing, and neither root nor sudo is at hand"
  echo "prepare: installing with sudo:$missing" >&2
  as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq || give_up "apt-get update failed"
# shellcheck disable=SC2086  # one word a package
$as_root apt-get install -y -qq --no-install-recommends $missing || give_up "apt-get install failed"
