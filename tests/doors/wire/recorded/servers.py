"""How each server is started with its stock log format."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PORT, ORIGIN = 18_080, 18_081
PYPI = {"gunicorn": "27.0.1", "hypercorn": "0.18.0", "twisted": "26.10.0", "cherrypy": "18.10.0"}
MORGAN = "1.12.1"

Command = list[str]


class Server(NamedTuple):
    """`prepare` writes what a server needs into a folder and gives the commands to start; it writes to the log that
    `prepare` is given, or to standard output. `package` is where its version is asked for."""

    prepare: Callable[[Path, Path], list[Command]]
    package: str
    unix: bool = False

    def version(self) -> str:
        """Where it is from, and its version."""
        if self.package in PYPI:
            return f"PyPI {self.package} {PYPI[self.package]}"
        if self.package == "morgan":
            return f"npm morgan {MORGAN}"
        shown = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", self.package], capture_output=True, text=True, check=True
        )
        return f"Debian {self.package} {shown.stdout}"


def _written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def _users(folder: Path) -> str:
    digest = base64.b64encode(hashlib.sha1(b"secret", usedforsecurity=False).digest()).decode()
    return _written(
        folder / "users", "".join(f"{name}:{{SHA}}{digest}\n" for name in ("alice", "x] [y", 'a "b" \\c é'))
    )


def _origin() -> Command:
    return [sys.executable, str(HERE / "apps.py"), str(ORIGIN)]


def nginx(folder: Path, log: Path) -> list[Command]:
    """nginx, access_log of the format `combined`."""
    config = f"""
    daemon off; pid {folder}/pid; error_log {folder}/out; events {{}}
    http {{
      access_log {log} combined; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
      fastcgi_temp_path {folder}/f; scgi_temp_path {folder}/s; uwsgi_temp_path {folder}/u;
      server {{
        listen 127.0.0.1:{PORT}; listen [::1]:{PORT};
        location / {{ return 200 "ok"; }}
        location /redirect {{ return 302 /plain; }}
        location /missing {{ return 404; }}
        location /gone {{ proxy_pass http://127.0.0.1:{ORIGIN}; }}
      }}
    }}"""
    return [_origin(), ["nginx", "-c", _written(folder / "nginx.conf", config)]]


def apache(folder: Path, log: Path, form: str = "combined") -> list[Command]:
    """Apache, with the LogFormat of Debian's apache2.conf."""
    stock = Path("/etc/apache2/apache2.conf").read_text()
    (log_format,) = re.findall(rf"^LogFormat .* {form}$", stock, re.MULTILINE)
    modules = "mpm_event authn_core authn_file authz_core authz_user auth_basic alias rewrite proxy proxy_http"
    loads = "\n".join(f"LoadModule {one}_module /usr/lib/apache2/modules/mod_{one}.so" for one in modules.split())
    _written(folder / "index.html", "ok\n")
    config = f"""
    {loads}
    ServerName shop.example
    User www-data
    Group www-data
    PidFile {folder}/pid
    ErrorLog {folder}/out
    DefaultRuntimeDir {folder}
    Listen 127.0.0.1:{PORT}
    Listen [::1]:{PORT}
    UseCanonicalName On
    UseCanonicalPhysicalPort Off
    DocumentRoot {folder}
    <Directory {folder}>
      Require all granted
    </Directory>
    <Location /user>
      AuthType Basic
      AuthName shop
      AuthUserFile {_users(folder)}
      Require valid-user
    </Location>
    RewriteEngine On
    RewriteRule ^/redirect /plain [R=302,L]
    RewriteRule ^/missing - [R=404,L]
    RewriteRule ^/gone http://127.0.0.1:{ORIGIN}/gone [P,L]
    RewriteRule ^ /index.html [L]
    {log_format}
    CustomLog {log} {form}
    """
    return [_origin(), ["apache2", "-X", "-f", _written(folder / "apache.conf", config)]]


def apache_vhost(folder: Path, log: Path) -> list[Command]:
    """Apache's other_vhosts_access.log."""
    return apache(folder, log, "vhost_combined")


def lighttpd(folder: Path, log: Path) -> list[Command]:
    """lighttpd, with the default of accesslog.format."""
    _written(folder / "index.html", "ok\n")
    config = f"""
    server.modules = ("mod_auth", "mod_authn_file", "mod_redirect", "mod_rewrite", "mod_accesslog")
    server.document-root = "{folder}"
    server.bind = "127.0.0.1"
    server.port = {PORT}
    server.errorlog = "{folder}/out"
    mimetype.assign = (".html" => "text/html")
    $SERVER["socket"] == "[::1]:{PORT}" {{ }}
    accesslog.filename = "{log}"
    auth.backend = "htpasswd"
    auth.backend.htpasswd.userfile = "{_users(folder)}"
    auth.require = ("/user" => ("method" => "basic", "realm" => "shop", "require" => "valid-user"))
    url.redirect = ("^/redirect" => "/plain")
    url.redirect-code = 302
    url.rewrite-once = ("^/(?!missing|redirect)" => "/index.html")
    """
    return [["lighttpd", "-D", "-f", _written(folder / "lighttpd.conf", config)]]


def varnish(folder: Path, log: Path) -> list[Command]:
    """Varnish and varnishncsa, with its default format."""
    name = str(folder / "varnish")
    listen = ["-a", f"127.0.0.1:{PORT}", "-a", f"[::1]:{PORT}", "-b", f"127.0.0.1:{ORIGIN}"]
    return [
        _origin(),
        ["varnishd", "-F", "-n", name, *listen],
        ["sh", "-c", f"sleep 2; exec varnishncsa -n {name} -w {log}"],
    ]


def squid(folder: Path, log: Path) -> list[Command]:
    """Squid as a reverse proxy, with its built-in logformat `combined`."""
    config = f"""
    http_port 127.0.0.1:{PORT} accel defaultsite=shop.example no-vhost
    http_port [::1]:{PORT} accel defaultsite=shop.example no-vhost
    cache_peer 127.0.0.1 parent {ORIGIN} 0 no-query originserver
    http_access allow all
    access_log stdio:{log} combined
    cache_log {folder}/out
    pid_filename {folder}/pid
    coredump_dir {folder}
    cache deny all
    shutdown_lifetime 0 seconds
    """
    return [_origin(), ["squid", "-N", "-f", _written(folder / "squid.conf", config)]]


def haproxy(folder: Path, _log: Path) -> list[Command]:
    """HAProxy, with `option httplog clf`."""
    config = f"""
global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog clf
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend web
  bind 127.0.0.1:{PORT}
  bind [::1]:{PORT}
  default_backend site
backend site
  server origin 127.0.0.1:{ORIGIN}
"""
    return [_origin(), ["haproxy", "-f", _written(folder / "haproxy.cfg", config)]]


def h2o(folder: Path, log: Path) -> list[Command]:
    """h2o, with the default format of access-log."""
    _written(folder / "index.html", "ok\n")
    config = f"""
listen:
  host: 127.0.0.1
  port: {PORT}
listen:
  host: "::1"
  port: {PORT}
access-log: {log}
error-log: {folder}/out
pid-file: {folder}/pid
hosts:
  default:
    paths:
      /:
        proxy.reverse.url: http://127.0.0.1:{ORIGIN}/
"""
    return [_origin(), ["h2o", "-c", _written(folder / "h2o.conf", config)]]


def _python(folder: Path, package: str) -> str:
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run(
        [python, "-m", "pip", "install", "-q", f"{package}=={PYPI[package]}"], check=True, capture_output=True
    )
    (folder / "apps.py").write_text((HERE / "apps.py").read_text())
    return python


def gunicorn(folder: Path, log: Path) -> list[Command]:
    """gunicorn on a TCP socket."""
    start = [_python(folder, "gunicorn"), "-m", "gunicorn", "apps:wsgi", "--access-logfile", str(log)]
    return [[*start, "-b", f"127.0.0.1:{PORT}", "-b", f"[::1]:{PORT}"]]


def gunicorn_unix(folder: Path, log: Path) -> list[Command]:
    """gunicorn on a Unix socket."""
    start = [_python(folder, "gunicorn"), "-m", "gunicorn", "apps:wsgi", "--access-logfile", str(log)]
    return [[*start, "-b", f"unix:{folder}/socket"]]


def hypercorn(folder: Path, log: Path) -> list[Command]:
    """hypercorn."""
    start = [_python(folder, "hypercorn"), "-m", "hypercorn", "apps:asgi", "--access-logfile", str(log)]
    return [[*start, "-b", f"127.0.0.1:{PORT}", "-b", f"[::1]:{PORT}"]]


def twisted(folder: Path, log: Path) -> list[Command]:
    """Twisted's `web` plug-in."""
    start = [_python(folder, "twisted"), "-m", "twisted", "web", "--wsgi", "apps.wsgi", "--logfile", str(log)]
    return [[*start, "--listen", f"tcp:{PORT}:interface=127.0.0.1", "--listen", f"tcp6:{PORT}:interface=\\:\\:1"]]


def cherrypy(folder: Path, log: Path) -> list[Command]:
    """CherryPy."""
    program = f"""
import apps, cherrypy
from cherrypy._cpserver import Server
class Site:
    @cherrypy.expose
    def default(self, *path, **query):
        cherrypy.response.status = apps.status_of("/" + "/".join(path))
        return "ok"
cherrypy.tree.mount(Site(), "/")
cherrypy.config.update({{"log.access_file": "{log}", "server.socket_host": "127.0.0.1", "server.socket_port": {PORT}}})
six = Server(); six.socket_host = "::1"; six.socket_port = {PORT}; six.subscribe()
cherrypy.engine.start(); cherrypy.engine.block()
"""
    return [[_python(folder, "cherrypy"), _written(folder / "program.py", program)]]


def morgan(folder: Path, log: Path) -> list[Command]:
    """morgan on node's http server, which listens on a dual-stack socket."""
    subprocess.run(["npm", "install", "--silent", f"morgan@{MORGAN}"], cwd=folder, check=True, capture_output=True)
    program = f"""
    const http = require('http'), fs = require('fs'), morgan = require('morgan')
    const log = morgan('combined', {{ stream: fs.createWriteStream('{log}', {{ flags: 'a' }}) }})
    http.createServer((request, response) => log(request, response, () => {{
      const path = request.url
      const status = path.startsWith('/redirect') ? 302 : path.startsWith('/missing') ? 404 : 200
      const headers = {{ 'Content-Length': 3, Location: '/plain' }}
      const answer = () => {{ response.writeHead(status, headers); response.end('ok\\n') }}
      path.startsWith('/gone') ? setTimeout(answer, 2000) : answer()
    }})).listen({PORT}, '::')
    """
    return [["node", _written(folder / "program.js", program)]]


SERVERS = {
    "nginx": Server(nginx, "nginx"),
    "apache": Server(apache, "apache2"),
    "apache_vhost": Server(apache_vhost, "apache2"),
    "lighttpd": Server(lighttpd, "lighttpd"),
    "varnish": Server(varnish, "varnish"),
    "squid": Server(squid, "squid"),
    "haproxy": Server(haproxy, "haproxy"),
    "h2o": Server(h2o, "h2o"),
    "gunicorn": Server(gunicorn, "gunicorn"),
    "gunicorn_unix": Server(gunicorn_unix, "gunicorn", unix=True),
    "hypercorn": Server(hypercorn, "hypercorn"),
    "twisted": Server(twisted, "twisted"),
    "cherrypy": Server(cherrypy, "cherrypy"),
    "morgan": Server(morgan, "morgan"),
}
