#!/bin/sh
# What Caddy 2.6.2 (Debian 12) answers to a body that takes longer than its `read_body`, where it passes requests on.
#
# Guessed: 408, or the end of the connection without an answer.
# Seen:    `HTTP/1.1 200 OK` with `Content-Length: 0`, though what stands behind it never answered: who sends takes what was
#          lost for done.
# Ends with 0 while that is so. Needs `caddy` (apt-get install caddy).
set -eu

folder=$(mktemp -d)
port=${PORT:-18098}
trap 'kill "$proxy" "$behind" 2>/dev/null || true; rm -rf "$folder"' EXIT
proxy=
behind=

cat > "$folder/Caddyfile" <<CADDY
{
	admin off
	auto_https off
	servers {
		timeouts {
			read_body 1s
		}
	}
}
http://127.0.0.1:$port {
	reverse_proxy 127.0.0.1:$((port + 1))
}
CADDY
python3 - $((port + 1)) <<'PYTHON' &
import http.server, sys

class Behind(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))  # which never comes
        self.send_response(201)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Behind).serve_forever()
PYTHON
behind=$!
caddy run --adapter caddyfile --config "$folder/Caddyfile" 2> "$folder/err" &
proxy=$!
python3 - "$port" <<'PYTHON'
import socket, sys, time

for _ in range(100):
    try:
        connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30)
        break
    except OSError:
        time.sleep(0.1)
connection.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n[")
answer = connection.recv(65_536).decode()
print(answer)
sys.exit(0 if answer.startswith("HTTP/1.1 200 OK") else 1)
PYTHON
