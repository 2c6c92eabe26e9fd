"""Verifies and signs with Debian's python3-dkim: one JSON request on standard input, one JSON answer."""
import base64
import json
import sys

import dkim

request = json.load(sys.stdin)
message = base64.b64decode(request['message'])
zone = request['zone']


def txt(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return zone.get(name.rstrip('.').lower(), '').encode()


def text(name):
    return request[name].encode()


if request['do'] == 'verify':
    results = []
    for index in range(request['count']):
        try:
            results.append(bool(dkim.DKIM(message).verify(idx=index, dnsfunc=txt)))
        except dkim.DKIMException:
            results.append(False)
    answer = results
elif request['do'] == 'arc':
    cv, results, _reason = dkim.arc_verify(message, dnsfunc=txt)
    # A chain whose newest seal says that it is broken has no verdict any more.
    answer = {'cv': cv.decode() if cv else 'ended', 'isSealed': bool(results and results[0]['as-valid'])}
elif request['do'] == 'sign':
    answer = dkim.sign(
        message,
        text('selector'),
        text('domain'),
        text('key'),
        canonicalize=tuple(part.encode() for part in request['form'].split('/')),
        signature_algorithm=text('algorithm'),
    ).decode('latin1')
else:
    lines = dkim.arc_sign(message, text('selector'), text('domain'), text('key'), text('authserv'))
    answer = b''.join(lines).decode('latin1')

json.dump(answer, sys.stdout)
