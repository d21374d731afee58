"""SES: the identity that SendEmail is authorised on, and the condition key `ses:FromAddress`.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html

Stock MiniStack authorises the version 2 call on `*` and without the key, so that no policy narrower than `*` allows it.
"""

import json
from email.utils import parseaddr

SEND_PATH = "/v2/email/outbound-emails"


def sender_of(body: bytes) -> str:
    """The bare address that a SendEmail request sends from, or nothing."""
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return ""
    return parseaddr(str(data.get("FromEmailAddress") or ""))[1] if isinstance(data, dict) else ""


def identity_of(address: str) -> str:
    """The verified identity that covers an address: itself if it is one, else its domain."""
    from ministack.services import ses, ses_v2

    known = address in ses._identities or address in ses_v2._identities
    return address if known else address.rpartition("@")[2].lower()


def apply() -> None:
    from ministack import app
    from ministack.core.responses import get_account_id

    stock_enforce = app._enforce_ses_v2

    def enforce(method: str, path: str, headers: dict, body: bytes, query_parameters: dict, request_id: str) -> tuple | None:
        sender = sender_of(body) if method == "POST" and path.rstrip("/") == SEND_PATH else ""
        if not sender:
            return stock_enforce(method, path, headers, body, query_parameters, request_id)
        region = app.extract_region(headers, query_parameters)
        identity = f"arn:aws:ses:{region}:{get_account_id()}:identity/{identity_of(sender)}"
        return app._enforce_data_plane(
            "sesv2",
            "ses:SendEmail",
            headers,
            query_parameters,
            request_id,
            resource_arn=identity,
            named_resource=identity,
            service_context={"ses:fromaddress": sender},
        )

    app._enforce_ses_v2 = enforce
