#!/bin/sh
# Runs a TypeScript file with a Node.js that is new enough: the one on the PATH, or else the one that "npm ci" put into this checkout.
# Node.js 24 runs TypeScript as it is; older ones end with an unknown file extension, which helps nobody.
set -eu
needed=24

is_new_enough() {
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge "$needed" ]
}

packages=$(dirname "$(readlink -f "$1")")/../node_modules
if [ ! -d "$packages/commander" ]; then
  echo "tenantry: The packages are not installed. Run \"npm ci\" in the checkout." >&2
  exit 2
fi
for node in node "$packages/.bin/node"; do
  if is_new_enough "$node"; then exec "$node" "$@"; fi
done
echo "tenantry: Node.js $needed or newer is needed; $(node --version 2>/dev/null || echo none) is on the PATH." >&2
echo "  Install it, or run \"npm ci\" in the checkout with its development dependencies: they bring one along." >&2
exit 2
