#!/bin/sh
# Starts coturn with the lines of turnserver.conf and what only this site knows, which it takes from
# the environment; further arguments go to turnserver as they are.
set -eu
umask 077
: "${SITE_HOST:?}" "${TURN_ADDRESS:?}" "${TURN_SECRET:?}" "${RELAY_ADDRESS:?}"
lines=${TURN_LINES:-/etc/hitotoki/turnserver.conf} run=${TURN_RUN:-/tmp}
certificates=${TURN_CERTIFICATES:-/certificates/caddy/certificates}

# Who sees one credential can try secrets for it as fast as they like.
[ ${#TURN_SECRET} -ge 32 ] || { echo "turn: TURN_SECRET must have 32 characters or more." >&2; exit 1; }

# Whichever authority the proxy has it from: the newest.
find_certificate() { ls -t "$certificates"/*/"$SITE_HOST/$SITE_HOST.crt" 2>/dev/null | head -n 1; }
certificate=$(find_certificate)
[ -n "$certificate" ] || echo "turn: waits for the proxy's certificate of $SITE_HOST." >&2
while [ -z "$certificate" ]; do sleep 1; certificate=$(find_certificate); done

cp "$lines" "$run/turnserver.conf"
# Two who both hide meet inside: the site's public address is this one's own, and reaches no further.
cat >>"$run/turnserver.conf" <<END
realm=$SITE_HOST
static-auth-secret=$TURN_SECRET
external-ip=$TURN_ADDRESS/$RELAY_ADDRESS
relay-ip=$RELAY_ADDRESS
allowed-peer-ip=$RELAY_ADDRESS
cert=$certificate
pkey=${certificate%.crt}.key
userdb=$run/turndb
pidfile=$run/turnserver.pid
END

# A certificate is renewed long before it ends; coturn reads it again when told to. Told before it
# listens for that, it goes on.
me=$$
trap '' USR2
(while sleep "${TURN_RENEW_SECONDS:-3600}" && kill -USR2 "$me"; do :; done) &
exec turnserver -c "$run/turnserver.conf" "$@"
