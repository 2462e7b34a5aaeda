#!/bin/sh
# What hypercorn 0.18.0 writes to its access log for valid requests, with no setting but --access-logfile.
#
# Guessed: a line of the combined log format, `ADDRESS - - [TIME] "GET /caf%C3%A9?x=1 HTTP/1.1" 200 …`.
# Seen:    `[2026-03-05 12:00:00 +0000] [7] [INFO] 127.0.0.1:37707 - - [05/Mar/2026:12:00:00 +0000] "GET /café 1.1" 200 3 "-" "A "b" c"`:
#          the time, process and level of a log record stand first, the address has the port (so that each connection looks
#          like another client), the version stands without HTTP/, the query is left out, the path is percent-decoded, and a quote
#          within a field is not escaped.
# Ends with 0 while that is so.
set -eu

folder=$(mktemp -d)
port=${PORT:-18099}
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
server=

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q hypercorn==0.18.0
cat > "$folder/small_site.py" <<'PYTHON'
async def site(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": b"ok\n"})
PYTHON
cd "$folder"
"$folder/venv/bin/python" -m hypercorn small_site:site --bind "127.0.0.1:$port" --access-logfile "$folder/log" 2> "$folder/err" &
server=$!
"$folder/venv/bin/python" - "$port" <<'PYTHON'
import http.client, sys, time

for _ in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
        connection.request("GET", "/caf%C3%A9?x=1", headers={"User-Agent": 'A "b" c'})
        print(connection.getresponse().status)
        break
    except ConnectionRefusedError:
        time.sleep(0.2)
PYTHON
sleep 1
cat "$folder/log"
grep -qE '^\[[0-9-]+ [0-9:]+ [+-][0-9]{4}\] \[[0-9]+\] \[INFO\] 127\.0\.0\.1:[0-9]+ - - \[.*\] "GET /café 1\.1" 200 3 "-" "A "b" c"$' "$folder/log"
echo "hypercorn 0.18.0 writes this still"
