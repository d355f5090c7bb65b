"""Does what the tests of this folder ask for with MSAL Python. The protocol is that of nodescript, without questions:
one JSON object a line, { id, do, with } and { id, result } or { id, error }."""

import json
import os
import sys
import tempfile

import msal

# The test removes the file with the CA when the driver is ready.
trusted = tempfile.NamedTemporaryFile()
with open(os.environ["REQUESTS_CA_BUNDLE"], "rb") as source:
    trusted.write(source.read())
trusted.flush()
os.environ["REQUESTS_CA_BUNDLE"] = trusted.name

client = None


def create(authority, client_id, secret=None, cache=None):
    """Makes the client, with a cache that was written before."""
    global client
    kept = msal.SerializableTokenCache()
    if cache:
        kept.deserialize(cache)
    kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
    # MSAL would ask Microsoft's authority about a host that it does not know.
    client = kind(client_id, client_credential=secret, authority=authority, instance_discovery=False, token_cache=kept)


def authorize(scopes):
    return client.initiate_auth_code_flow(scopes, redirect_uri="http://localhost")


def redeem(flow, response):
    return client.acquire_token_by_auth_code_flow(flow, response)


def silent(username, scopes):
    for account in client.get_accounts(username):
        return client.acquire_token_silent_with_error(scopes, account)
    return {"error": "no_account", "error_description": "MSAL has no such account"}


def application(scopes):
    # This version asks its cache only if it is told to.
    return client.acquire_token_silent(scopes, None) or client.acquire_token_for_client(scopes)


def serialize():
    return client.token_cache.serialize()


operations = {f.__name__: f for f in (create, authorize, redeem, silent, application, serialize)}


def say(message):
    print(json.dumps(message), flush=True)


say({"id": 0, "result": "ready"})
for line in sys.stdin:
    asked = json.loads(line)
    try:
        result = operations[asked["do"]](**asked.get("with") or {})
    except Exception as error:
        say({"id": asked["id"], "error": {"name": type(error).__name__, "message": str(error)}})
        continue
    if isinstance(result, dict) and "error" in result:
        say({"id": asked["id"], "error": {"name": "error", "code": result["error"], "message": result.get("error_description")}})
    else:
        say({"id": asked["id"], "result": result})
