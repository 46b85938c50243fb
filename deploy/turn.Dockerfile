# The TURN server as Debian packages it, which is the one that the tests try. What it may do is in
# deploy/turnserver.conf, how it starts in deploy/turn.sh; both are mounted.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends coturn \
 && rm -rf /var/lib/apt/lists/*
