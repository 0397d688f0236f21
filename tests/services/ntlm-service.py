"""A 1C-like service behind the sign-in of Windows: each connection is judged by pyspnego, which knows nothing of ours.
Arguments: port, file of users, scheme, PEM of a certificate with its key ('' for none)."""
import base64
import hashlib
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import spnego
from spnego.channel_bindings import GssChannelBindings

METADATA = b"""<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0"><edmx:DataServices xmlns:m="m" m:DataServiceVersion="3.0"><Schema Namespace="StandardODATA" xmlns="http://schemas.microsoft.com/ado/2009/11/edm"><EntityType Name="Catalog_A"><Key><PropertyRef Name="Code"/></Key><Property Name="Code" Type="Edm.String" Nullable="false"/></EntityType><EntityContainer Name="C"><EntitySet Name="Catalog_A" EntityType="StandardODATA.Catalog_A"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""

port, _users, scheme, pem = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
bindings = None
if pem:
    with open(pem) as file:
        der = ssl.PEM_cert_to_DER_cert(file.read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n")
    bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + hashlib.sha256(der).digest())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    context = None
    user = None

    def log_message(self, *_arguments):
        pass

    def refuse(self, token=None):
        self.answer(401, b"", {"WWW-Authenticate": scheme if token is None else f"{scheme} {base64.b64encode(token).decode()}"})

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def signed_in(self):
        """A connection that is signed in needs no header any more; one that is not is refused, with its body read."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) if "Transfer-Encoding" not in self.headers else self.chunks()
        given = self.headers.get("Authorization", "")
        if given.startswith(scheme + " "):
            token = base64.b64decode(given[len(scheme) + 1:])
            if self.context is None:
                self.context = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm, channel_bindings=bindings)
            try:
                out = self.context.step(token)
            except Exception:
                self.context = None
                self.refuse()
                return None
            if not self.context.complete:
                self.refuse(out)
                return None
            self.user = self.context.client_principal
            self.context = None
        if self.user is None:
            self.refuse()
            return None
        return body

    def chunks(self):
        whole = b""
        while True:
            size = int(self.rfile.readline().strip() or b"0", 16)
            if size == 0:
                self.rfile.readline()
                return whole
            whole += self.rfile.read(size)
            self.rfile.readline()

    def handle_any(self):
        body = self.signed_in()
        if body is None:
            return
        if self.path.endswith("/drop"):
            self.close_connection = True
        if self.path.endswith("$metadata"):
            return self.answer(200, METADATA, {"Content-Type": "application/xml"})
        if self.command == "POST":
            return self.answer(201, body, {"Content-Type": "application/json"})
        text = '{"value":[{"Code":"' + self.user.replace("\\", "/") + '"},{"Code":"' + str(self.client_address[1]) + '"}]}'
        self.answer(200, text.encode(), {"Content-Type": "application/json;odata=nometadata"})

    do_GET = do_HEAD = do_POST = do_PATCH = handle_any


server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.daemon_threads = True
if pem:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
