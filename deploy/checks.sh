# Sourced by `./run test`: every check, also after one has failed, and a summary at the end.

run_checks() {
  install dev; install_browser; install_networks; install_trunk; install_firefox
  KEPT=$(mktemp -d)
  # Some machines keep nothing that Python compiles: each process would compile the house anew.
  unset PYTHONDONTWRITEBYTECODE
  # Before all others: it writes what the tests' sites serve.
  check "client: build" "$NODE" web/build.mjs
  # They take what the tests leave: what they say is kept until later.
  (renice -n 15 -p "$BASHPID" >/dev/null || true; check_code) >"$KEPT/said" 2>&1 &
  code=$!
  # Killing what has ended fails, and `set -e` holds in here too.
  trap 'kill "$code" 2>/dev/null || true; rm -rf "$KEPT"' EXIT
  # One more at once than a small machine has cores: talks wait as much as they work.
  [ $# = 0 ] && set -- -n 3 --dist loadgroup --no-loadscope-reorder --durations=25
  check "tests" .venv/bin/pytest "$@"
  wait "$code"
  cat "$KEPT/said"
  printf '\n'; cat "$KEPT/results"
  ! grep -q ^FAILED "$KEPT/results"
}

check_code() {
  check "format" .venv/bin/ruff format --check --quiet .
  check "lint" .venv/bin/ruff check --quiet .
  check "types" .venv/bin/mypy
  check "walls" .venv/bin/lint-imports
  check "catalogues" .venv/bin/python -m tests.catalogues
  check "client: format and lint" "$NODE" node_modules/@biomejs/biome/bin/biome check
  check "client: types" "$NODE" node_modules/typescript/bin/tsc --noEmit
  check "client: tests" test_client
}

check() {
  local name=$1 begun=$SECONDS result=ok; shift
  printf '\n== %s\n' "$name"
  "$@" || result=FAILED
  printf '%-7s %s (%s s)\n' "$result" "$name" "$((SECONDS - begun))" >>"$KEPT/results"
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
  if [ ${#missing[@]} != 0 ]; then
    may_apt || fail "the browser tests need: apt-get install ${missing[*]}"
    apt_install "${missing[@]}"
  fi
  # Most tests take Chromium in its light form, where there is one: it has a third less to do.
  command -v chromium-headless-shell >/dev/null || ! may_apt || apt_install chromium-headless-shell 2>/dev/null ||
    say "Without chromium-headless-shell the tests in browsers take longer."
}

# A TURN server, and the routers of the tests' networks. Tests that miss them say so and are skipped.
install_networks() {
  local missing=()
  command -v turnserver >/dev/null || missing+=(coturn)
  command -v nft >/dev/null || missing+=(nftables)
  if [ ${#missing[@]} = 0 ] || ! may_apt; then return; fi
  apt_install "${missing[@]}" || say "Without ${missing[*]} some tests are skipped."
  # The package starts one of its own, which nobody asked for.
  if [ -d /run/systemd/system ]; then systemctl disable --quiet --now coturn || true; fi
}

# A trunk that others wrote, and many callers at once. Tests that miss them say so and are skipped.
install_trunk() {
  local missing=()
  [ -x /usr/sbin/kamailio ] || missing+=(kamailio)
  [ -n "$(find /usr/lib -path '*/kamailio/modules/tls.so' -print -quit 2>/dev/null)" ] ||
    missing+=(kamailio-tls-modules)
  command -v sipp >/dev/null || missing+=(sip-tester)
  if [ ${#missing[@]} = 0 ] || ! may_apt; then return; fi
  apt_install "${missing[@]}" || say "Without ${missing[*]} some tests are skipped."
  # The package starts one of its own, which nobody asked for.
  if [ -d /run/systemd/system ]; then systemctl disable --quiet --now kamailio || true; fi
}

# The other engine with which a talk is tried. Without one those tests are skipped.
install_firefox() {
  if command -v firefox-esr >/dev/null || command -v firefox >/dev/null || ! may_apt; then return; fi
  apt_install firefox-esr || say "Without firefox-esr the talks between browsers are skipped."
}
