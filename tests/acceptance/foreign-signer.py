"""Signs and sends one request as a client of another author would: from the description of the scheme alone.

Reads {url, method, body, credential, secret, sign, send} as JSON from standard input, where `sign` and `send` may hold
other values for what is signed and what is sent; prints {status, headers, body}.
"""
import base64
import hashlib
import hmac
import http.client
import json
import sys
from email.utils import formatdate
from urllib.parse import urlsplit

given = json.load(sys.stdin)
parts = urlsplit(given["url"])
target = parts.path + ("?" + parts.query if parts.query else "")
body = given.get("body", "").encode("utf-8")
sign = given.get("sign", {})
send = given.get("send", {})

date = sign.get("date") or formatdate(usegmt=True)
content = base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")
text = "\n".join([given["method"], sign.get("target", target), ";".join([date, sign.get("host", parts.netloc), content])])
digest = hmac.new(base64.b64decode(given["secret"]), text.encode("utf-8"), hashlib.sha256).digest()
signature = base64.b64encode(digest).decode("ascii")

headers = {
    "Host": parts.netloc,
    "Content-Type": "application/json",
    "x-ms-date": date,
    "x-ms-content-sha256": content,
    "Authorization": "HMAC-SHA256 Credential=%s&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=%s" % (given["credential"], signature),
}
headers.update(send.get("headers", {}))
connection = http.client.HTTPConnection(parts.hostname, parts.port)
connection.request(given["method"], send.get("target", target), send.get("body", given.get("body", "")).encode("utf-8"), headers)
answer = connection.getresponse()
print(json.dumps({"status": answer.status, "headers": {name.lower(): value for name, value in answer.getheaders()}, "body": answer.read().decode("utf-8")}))
