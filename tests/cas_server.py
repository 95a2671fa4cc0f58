"""A small CAS server for tests: sign-in page, checks of tickets for CAS 2 and 3, and sign-out with back channel."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape

import requests

NAMESPACE = "http://www.yale.edu/tp/cas"
LOGOUT_REQUEST = (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="1" Version="2.0">'
    "<samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
)


class CASServer(ThreadingHTTPServer):
    """`people` maps users to their attributes. `answer` replaces the answer to every check; `wait` delays it."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.people: dict[str, dict[str, str | list[str]]] = {}
        self.tickets: dict[str, tuple[str, str, bool]] = {}  # ticket → user, service, from a new sign-in
        self.sessions: dict[str, str] = {}  # cookie → user
        self.opened: dict[str, list[tuple[str, str]]] = {}  # cookie → tickets and services of its sign-ins
        self.answer: bytes | None = None
        self.wait = 0.0
        self.checks: list[str] = []
        self.ended: list[int] = []  # what the portal answered to back-channel requests

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cas/"

    def sign_in(self, user: str, service: str, *, renewed: bool = True, cookie: str = "") -> str:
        """Return the address to which the browser goes, with a new ticket."""
        ticket = f"ST-{secrets.token_urlsafe(24)}"
        self.tickets[ticket] = (user, service, renewed)
        self.opened.setdefault(cookie, []).append((ticket, service))
        return f"{service}{'&' if '?' in service else '?'}{urlencode({'ticket': ticket})}"

    def end(self, ticket: str, service: str) -> int:
        """Tell the service that the session of the ticket is over; return the status of its answer."""
        body = {"logoutRequest": LOGOUT_REQUEST.format(ticket=ticket)}
        status = requests.post(service, data=body, timeout=10).status_code
        self.ended.append(status)
        return status


class Handler(BaseHTTPRequestHandler):
    server: CASServer

    def log_message(self, *args):
        """Write nothing."""

    def do_GET(self):  # the name of the base class
        path, asked = self._read_address()
        if path == "/cas/login":
            self._show_login(asked)
        elif path in ("/cas/serviceValidate", "/cas/p3/serviceValidate"):
            self._check_ticket(asked, attributes=path.startswith("/cas/p3"))
        elif path == "/cas/logout":
            self._sign_out(asked)
        else:
            self._send(404, b"")

    def do_POST(self):  # the name of the base class
        path, asked = self._read_address()
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if path != "/cas/login":
            self._send(404, b"")
            return
        cookie = secrets.token_urlsafe(16)
        self.server.sessions[cookie] = form["username"][0]
        back = self.server.sign_in(form["username"][0], asked["service"], cookie=cookie)
        self._redirect(back, f"CASTGC={cookie}; Path=/cas; HttpOnly")

    def _read_address(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}

    def _read_cookie(self) -> str:
        held = SimpleCookie(self.headers.get("Cookie", "")).get("CASTGC")
        return held.value if held else ""

    def _show_login(self, asked: dict[str, str]) -> None:
        cookie = self._read_cookie()
        user = self.server.sessions.get(cookie)
        if user and asked.get("renew") != "true":
            self._redirect(self.server.sign_in(user, asked["service"], renewed=False, cookie=cookie))
            return
        page = (
            "<!doctype html><html lang='zh'><title>CAS</title><form method='post'>"
            "<label>用户名 <input name='username'></label><button>登录</button></form></html>"
        )
        self._send(200, page.encode())

    def _check_ticket(self, asked: dict[str, str], *, attributes: bool) -> None:
        self.server.checks.append(self.path)
        time.sleep(self.server.wait)
        if self.server.answer is not None:
            self._send(200, self.server.answer, "application/xml")
            return
        held = self.server.tickets.pop(asked.get("ticket", ""), None)
        good = held and held[1] == asked.get("service") and (held[2] or asked.get("renew") != "true")
        if not held or not good:
            body = "<cas:authenticationFailure code='INVALID_TICKET'>no</cas:authenticationFailure>"
        else:
            body = f"<cas:authenticationSuccess><cas:user>{escape(held[0])}</cas:user>"
            body += self._write_attributes(held[0]) if attributes else ""
            body += "</cas:authenticationSuccess>"
        whole = f"<cas:serviceResponse xmlns:cas='{NAMESPACE}'>{body}</cas:serviceResponse>"
        self._send(200, whole.encode(), "application/xml")

    def _write_attributes(self, user: str) -> str:
        parts = []
        for key, values in self.server.people.get(user, {}).items():
            for value in values if isinstance(values, list) else [values]:
                parts.append(f"<cas:{key}>{escape(value)}</cas:{key}>")
        return f"<cas:attributes>{''.join(parts)}</cas:attributes>"

    def _sign_out(self, asked: dict[str, str]) -> None:
        cookie = self._read_cookie()
        self.server.sessions.pop(cookie, None)
        for ticket, service in self.server.opened.pop(cookie, []):
            self.server.end(ticket, service)
        back = asked.get("service") or asked.get("url")
        if back:
            self._redirect(back, "CASTGC=; Path=/cas; Max-Age=0")
        else:
            self._send(200, "已退出".encode())

    def _redirect(self, address: str, cookie: str = "") -> None:
        self.send_response(302)
        self.send_header("Location", address)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def run_cas_server() -> Iterator[CASServer]:
    server = CASServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
