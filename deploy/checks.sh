# Sourced by `./run test`: every check, also after one has failed, and a summary at the end.

run_checks() {
  install dev; install_browser
  RESULTS=() FAILED=0
  check "format" .venv/bin/ruff format --check --quiet .
  check "lint" .venv/bin/ruff check --quiet .
  check "types" .venv/bin/mypy
  check "walls" .venv/bin/lint-imports
  check "catalogues" .venv/bin/python -m tests.catalogues
  check "client: format and lint" "$NODE" node_modules/@biomejs/biome/bin/biome check
  check "client: types" "$NODE" node_modules/typescript/bin/tsc --noEmit
  check "client: build" "$NODE" web/build.mjs
  check "client: tests" test_client
  if [ $# = 0 ]; then
    # Two at once; a browser with cameras and sound wants the machine for itself.
    check "tests" .venv/bin/pytest -m "not browser" -n 2 --dist loadfile
    check "browser tests" .venv/bin/pytest -m browser
  else
    check "tests" .venv/bin/pytest "$@"
  fi
  printf '\n'; printf '%s\n' "${RESULTS[@]}"
  return "$FAILED"
}

check() {
  local name=$1 begun=$SECONDS; shift
  printf '\n== %s\n' "$name"
  if "$@"; then RESULTS+=("ok      $name ($((SECONDS - begun)) s)")
  else RESULTS+=("FAILED  $name ($((SECONDS - begun)) s)"); FAILED=1; fi
}

test_client() {
  local built; built=$(mktemp -d)
  "$NODE" node_modules/esbuild/bin/esbuild tests/client/*.test.ts --bundle --platform=node \
    --out-extension:.js=.cjs --outdir="$built" --log-level=warning &&
    "$NODE" --test "$built"/*.cjs
  local result=$?
  rm -rf "$built"
  return "$result"
}

install_browser() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  [ -n "$(find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" -iname '*ipag*' -print -quit 2>/dev/null)" ] ||
    missing+=(fonts-ipafont-gothic)
  [ ${#missing[@]} = 0 ] && return
  may_apt || fail "the browser tests need: apt-get install ${missing[*]}"
  apt_install "${missing[@]}"
}
