"""An application that signs people in with pysaml2. Its one argument is a file of settings, in JSON."""

import json
import secrets
import sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT
from saml2.sigver import verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

with open(sys.argv[1], encoding="utf-8") as file:
    SETTINGS = json.load(file)
URL = SETTINGS["url"]
BINDINGS = {"redirect": BINDING_HTTP_REDIRECT, "post": BINDING_HTTP_POST}

# Asked for and not yet answered; and who is signed in, by the cookie of their browser.
outstanding = {}
sessions = {}


def configuration():
    return SPConfig().load(
        {
            "entityid": f"{URL}/metadata",
            "key_file": SETTINGS["key"],
            "cert_file": SETTINGS["certificate"],
            "encryption_keypairs": [{"key_file": SETTINGS["key"], "cert_file": SETTINGS["certificate"]}],
            "xmlsec_binary": "/usr/bin/xmlsec1",
            # As Synapse has it.
            "allow_unknown_attributes": True,
            "accepted_time_diff": 3,
            "metadata": {"local": [SETTINGS["metadata"]]},
            "service": {
                "sp": {
                    "endpoints": {
                        "assertion_consumer_service": [(f"{URL}/acs", BINDING_HTTP_POST)],
                        "single_logout_service": [
                            (f"{URL}/slo", binding) for binding in BINDINGS.values()
                        ],
                    },
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                    "authn_requests_signed": True,
                    "logout_requests_signed": True,
                    "logout_responses_signed": True,
                    "want_response_signed": True,
                    "want_assertions_signed": True,
                    "signing_algorithm": SIG_RSA_SHA256,
                    "digest_algorithm": DIGEST_SHA256,
                }
            },
        }
    )


client = Saml2Client(configuration())


def learned(response):
    name_id = response.name_id
    return {
        "nameId": name_id.text,
        "nameIdFormat": name_id.format,
        "sessionIndex": response.assertion.authn_statement[0].session_index,
        "attributes": response.ava,
    }


class Application(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def reply(self, status, value, cookie=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if cookie is not None:
            self.send_header("set-cookie", f"pysaml2={cookie}; Path=/; HttpOnly")
        self.end_headers()
        self.wfile.write(body)

    def pass_on(self, info):
        """Sends the browser on with what pysaml2 made: an address, or a page with a form."""
        places = [value for name, value in info["headers"] if name == "Location"]
        self.send_response(302 if places else 200)
        for name, value in info["headers"]:
            self.send_header(name, value)
        self.end_headers()
        if not places:
            data = info["data"]
            self.wfile.write(data.encode() if isinstance(data, str) else data)

    def session(self):
        cookie = SimpleCookie(self.headers.get("cookie", ""))
        return cookie["pysaml2"].value if "pysaml2" in cookie else None

    def idp(self):
        return next(iter(client.metadata.with_descriptor("idpsso")))

    def fields(self):
        if self.command == "GET":
            text = urlsplit(self.path).query
        else:
            text = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}

    def do_GET(self):
        page = getattr(self, "page_" + urlsplit(self.path).path.strip("/"), None)
        if page is None:
            return self.reply(404, {})
        try:
            return page(self.fields())
        except Exception as error:  # Whatever it is, it is how this library refuses.
            return self.reply(403, {"error": f"{type(error).__name__}: {error}"})

    do_POST = do_GET

    def page_metadata(self, _):
        body = str(entity_descriptor(configuration())).encode()
        self.send_response(200)
        self.send_header("content-type", "application/samlmetadata+xml")
        self.end_headers()
        self.wfile.write(body)

    def page_renew(self, _):
        global client
        client = Saml2Client(configuration())
        self.reply(200, {})

    def page_start(self, fields):
        asking = {name: "true" for key, name in (("force", "force_authn"), ("passive", "is_passive")) if key in fields}
        identifier, _, info = client.prepare_for_negotiated_authenticate(
            entityid=self.idp(),
            relay_state=fields["state"],
            binding=BINDINGS[fields["binding"]],
            sign=True,
            **asking,
        )
        outstanding[identifier] = "/"
        self.pass_on(info)

    def page_acs(self, fields):
        response = client.parse_authn_request_response(fields["SAMLResponse"], BINDING_HTTP_POST, outstanding)
        outstanding.pop(response.in_response_to, None)
        identifier = secrets.token_hex(16)
        sessions[identifier] = {"name_id": response.name_id, "learned": learned(response)}
        # What it knows of this person for logging out, also where the assertion was encrypted.
        client.users.add_information_about_person(response.session_info())
        self.reply(200, {**sessions[identifier]["learned"], "state": fields.get("RelayState")}, identifier)

    def page_who(self, _):
        session = sessions.get(self.session())
        if session is None:
            return self.reply(401, {})
        return self.reply(200, session["learned"])

    def page_leave(self, fields):
        session = sessions.get(self.session())
        if session is None:
            return self.reply(401, {})
        name_id = session["name_id"]
        binding = BINDINGS[fields["binding"]]
        answers = client.do_logout(name_id, [self.idp()], "", None, sign=True, expected_binding=binding)
        self.pass_on(answers[self.idp()][1])

    def page_slo(self, fields):
        binding = BINDING_HTTP_REDIRECT if self.command == "GET" else BINDING_HTTP_POST
        if "SAMLResponse" in fields:
            if binding == BINDING_HTTP_REDIRECT and not self.is_signed(fields):
                return self.reply(403, {"error": "not signed"})
            client.handle_logout_response(client.parse_logout_request_response(fields["SAMLResponse"], binding))
            sessions.pop(self.session(), None)
            return self.reply(200, {"left": True})
        # pysaml2 leaves the signature of an address to its callers.
        if binding == BINDING_HTTP_REDIRECT and not self.is_signed(fields):
            return self.reply(403, {"error": "not signed"})
        session = sessions.get(self.session())
        if session is None:
            return self.reply(401, {})
        info = client.handle_logout_request(
            fields["SAMLRequest"], session["name_id"], binding, sign=True, relay_state=fields.get("RelayState", "")
        )
        sessions.pop(self.session(), None)
        return self.pass_on(info)

    def is_signed(self, fields):
        if "Signature" not in fields:
            return False
        certificates = client.metadata.certs(self.idp(), "idpsso", "signing")
        return any(verify_redirect_signature(fields, client.sec.sec_backend, known) for known in certificates)


ThreadingHTTPServer(("127.0.0.1", SETTINGS["port"]), Application).serve_forever()
