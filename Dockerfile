# syntax=docker/dockerfile:1
# The production image: `docker build -t hitotoki .`; see compose.yaml for how its parts stand.

FROM node:22-bookworm-slim AS client
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY web/build.mjs web/
COPY web/client web/client
RUN node web/build.mjs

FROM python:3.11-slim-bookworm AS packages
RUN pip install --no-cache-dir uv
WORKDIR /app
COPY requirements.lock ./
RUN uv venv /app/.venv \
 && uv pip sync --no-cache --python /app/.venv/bin/python --compile-bytecode --require-hashes requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/hitotoki hitotoki \
 && install -d -o hitotoki -m 700 /var/lib/hitotoki/data /var/lib/hitotoki/recordings
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY . .
COPY --from=client /app/web/static web/static
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    HITOTOKI_DATA=/var/lib/hitotoki/data \
    HITOTOKI_HOST=0.0.0.0 \
    HITOTOKI_LOG_FORMAT=json
USER hitotoki
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
    ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
# SIGTERM ends it within 10 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "cli"]
CMD ["serve"]
