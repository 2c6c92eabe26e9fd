"""Reads answers as an application with pysaml2 does. Settings and answers come in as JSON, what was read goes out as JSON."""

import base64
import json
import sys

from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.config import SPConfig

SETTINGS = json.load(sys.stdin)

CLIENT = Saml2Client(
    SPConfig().load(
        {
            "entityid": SETTINGS["entity_id"],
            "key_file": SETTINGS["key"],
            "cert_file": SETTINGS["certificate"],
            "encryption_keypairs": [{"key_file": SETTINGS["key"], "cert_file": SETTINGS["certificate"]}],
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "allow_unknown_attributes": True,
            "metadata": {"local": [SETTINGS["metadata"]]},
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(SETTINGS["consumer"], BINDING_HTTP_POST)]},
                    "want_response_signed": True,
                    "want_assertions_signed": True,
                    "allow_unsolicited": False,
                }
            },
        }
    )
)


def read(xml):
    try:
        answer = CLIENT.parse_authn_request_response(
            base64.b64encode(xml.encode()).decode(), BINDING_HTTP_POST, outstanding={"_asked": "/"}
        )
    except Exception as error:
        return {"refused": type(error).__name__}
    if answer is None:
        return {"refused": "None"}
    assertion = answer.assertion
    return {
        "nameId": assertion.subject.name_id.text or "",
        # The values as they are; what pysaml2 hands to programs has its ends stripped.
        "attributes": [
            [attribute.name, [value.text or "" for value in attribute.attribute_value]]
            for statement in assertion.attribute_statement
            for attribute in statement.attribute
        ],
        "sessionIndex": assertion.authn_statement[0].session_index,
    }


json.dump(
    {
        "entities": list(CLIENT.metadata.keys()),
        "singleSignOn": [place["location"] for place in CLIENT.metadata.single_sign_on_service(SETTINGS["issuer"])],
        "read": [read(xml) for xml in SETTINGS["documents"]],
    },
    sys.stdout,
)
