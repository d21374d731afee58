"""ACM: a certificate is issued when DNS proves its name, the same request twice is one certificate, and policies see what is asked for.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
https://docs.aws.amazon.com/acm/latest/userguide/acm-conditions.html

Stock MiniStack issues every certificate at once, makes another for each call, and fills in no condition key.
"""

import hashlib
import json
import time
from typing import Any

TOKEN_SECONDS = 3600


def validation_record(domain: str) -> dict[str, str]:
    """The same for each certificate of an account and a name, so that a record which is left in place also serves renewals."""
    digest = hashlib.sha256(domain.encode()).hexdigest()
    return {
        "Name": f"_{digest[:32]}.{domain}.",
        "Type": "CNAME",
        "Value": f"_{digest[32:]}.acm-validations.aws.",
    }


def is_proven(record: dict[str, str]) -> bool:
    """Whether a hosted zone has the record."""
    from ministack.services import route53

    return any(
        found["Name"] == record["Name"] and found["Type"] == record["Type"]
        and [value.rstrip(".") for value in found.get("ResourceRecords", [])] == [record["Value"].rstrip(".")]
        for records in route53._records.values()
        for found in records
    )


def settle(certificate: dict[str, Any]) -> None:
    """End the validation of a certificate if there is reason to; who looks at it makes time pass."""
    from ministack.core.responses import now_iso

    if certificate["Status"] != "PENDING_VALIDATION":
        return
    options = certificate["DomainValidationOptions"]
    if not all(is_proven(option["ResourceRecord"]) for option in options):
        return
    certificate.update({"Status": "ISSUED", "IssuedAt": now_iso()})
    for option in options:
        option["ValidationStatus"] = "SUCCESS"


def request_context(data: dict[str, Any]) -> dict[str, Any]:
    names = [data.get("DomainName"), *(data.get("SubjectAlternativeNames") or [])]
    return {
        "acm:domainnames": sorted({str(name) for name in names if name}),
        "acm:validationmethod": data.get("ValidationMethod") or "EMAIL",
        "acm:keyalgorithm": data.get("KeyAlgorithm") or "RSA_2048",
    }


def tag_context(data: dict[str, Any]) -> dict[str, Any]:
    tags = {str(tag.get("Key")): str(tag.get("Value", "")) for tag in data.get("Tags") or []}
    keys = {"aws:TagKeys": list(tags)} if tags else {}
    return {**{f"aws:RequestTag/{key}".lower(): value for key, value in tags.items()}, **keys}


def apply() -> None:
    from ministack.core import iam_actions
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import acm, tagging

    stock_context = iam_actions.request_tag_context
    stock_request, stock_describe, stock_list = acm._request_certificate, acm._describe_certificate, acm._list_certificates
    stock_shape = acm._cert_shape
    requested: dict[tuple[str, str, str], tuple[float, tuple]] = {}

    def request_certificate(data: dict[str, Any]) -> tuple:
        token = data.get("IdempotencyToken")
        key = (get_account_id(), get_region(), str(token))
        earlier = requested.get(key) if token else None
        if earlier and time.monotonic() - earlier[0] < TOKEN_SECONDS:
            return earlier[1]
        response = stock_request(data)
        if response[0] == 200:
            certificate = acm._certificates[json.loads(response[2])["CertificateArn"]]
            certificate["Status"] = "PENDING_VALIDATION"
            del certificate["IssuedAt"]
            for option in certificate["DomainValidationOptions"]:
                option["ValidationStatus"] = "PENDING_VALIDATION"
                option["ResourceRecord"] = validation_record(option["DomainName"].removeprefix("*."))
            if token:
                requested[key] = (time.monotonic(), response)
        return response

    def describe_certificate(data: dict[str, Any]) -> tuple:
        certificate = acm._get_local_certificate(data.get("CertificateArn", ""))
        if certificate:
            settle(certificate)
        return stock_describe(data)

    def list_certificates(data: dict[str, Any]) -> tuple:
        for certificate in acm._certificates.values():
            settle(certificate)
        return stock_list(data)

    def shape(certificate: dict[str, Any]) -> dict[str, Any]:
        shaped = stock_shape(certificate)
        if "IssuedAt" not in certificate:
            for key in ("IssuedAt", "NotBefore", "NotAfter"):
                shaped.pop(key, None)
        return shaped

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        context = stock_context(service, action, body, parameters)
        if action not in ("acm:RequestCertificate", "acm:AddTagsToCertificate"):
            return context
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return context
        asked = request_context(data) if action == "acm:RequestCertificate" else {}
        return {**context, **tag_context(data), **asked}

    def collect() -> list[tuple[str, list[dict[str, str]]]]:
        return [(arn, certificate.get("Tags", [])) for arn, certificate in acm._certificates.items()]

    tagging._RESOURCE_TAG_COLLECTORS["acm"] = collect
    acm._request_certificate = request_certificate
    acm._describe_certificate = describe_certificate
    acm._list_certificates = list_certificates
    acm._cert_shape = shape
    iam_actions.request_tag_context = request_tag_context
