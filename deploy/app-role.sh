#!/bin/sh
# Runs once, when the database's folder is made: the role that the web processes sign in as.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" -U postgres -d hitotoki <<'SQL'
CREATE ROLE hitotoki_app LOGIN PASSWORD :'password';
SQL
