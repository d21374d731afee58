"""How each service says no, by the protocol that it speaks. No patch: those that refuse on purpose (rates, chaos) take their answers from here.

The codes are of the API references, and of https://docs.aws.amazon.com/awssupport/latest/user/CommonErrors.html.
"""

import json

Answer = tuple[int, dict[str, str], bytes]
Code = tuple[int, str]

_json_denied = (400, "AccessDeniedException")
_xml_denied = (403, "AccessDenied")
_query = {"protocol": "query", "throttled": (400, "Throttling"), "server-error": (500, "InternalFailure"), "denied": _xml_denied}
_common = {"protocol": "json", "throttled": (400, "ThrottlingException"), "denied": _json_denied}
_rest = {"protocol": "rest-json", "throttled": (429, "TooManyRequestsException"), "denied": (403, "AccessDeniedException")}

SERVICES: dict[str, dict] = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    "dynamodb": {**_common, "server-error": (500, "InternalServerError")},
    # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
    "cognito-idp": {**_common, "throttled": (400, "TooManyRequestsException"), "server-error": (500, "InternalErrorException")},
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    "kms": {**_common, "server-error": (500, "KMSInternalException")},
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    "events": {**_common, "server-error": (500, "InternalException")},
    # https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    "acm": {**_common, "server-error": (500, "InternalFailure")},
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    "sqs": {**_common, "throttled": (400, "RequestThrottled"), "server-error": (500, "InternalFailure")},
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    "lambda": {**_rest, "server-error": (500, "ServiceException")},
    # https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
    "ses": {**_rest, "server-error": (500, "InternalFailure")},
    # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    "s3": {"protocol": "rest-xml", "throttled": (503, "SlowDown"), "server-error": (500, "InternalError"), "denied": _xml_denied},
    # https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html
    "route53": _query,
    # https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    "sts": _query,
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
    "cloudformation": _query,
}

# Another transaction holds an item: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_CONFLICT = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "message": "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]",
    "CancellationReasons": [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}],
}


def _json(status: int, code: str, body: dict) -> Answer:
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}, json.dumps(body).encode()


def _xml(status: int, text: str) -> Answer:
    return status, {"Content-Type": "text/xml"}, text.encode()


def refusal(service: str, kind: str, message: str) -> Answer:
    """The answer of a service that refuses; `kind` is "throttled", "server-error", "denied" or "conflict"."""
    if kind == "conflict":
        return _json(400, "TransactionCanceledException", _CONFLICT)
    said = SERVICES.get(service, SERVICES["kms"])
    status, code = said[kind]
    if said["protocol"] == "query":
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return _xml(status, f"<ErrorResponse>{error}</ErrorResponse>")
    if said["protocol"] == "rest-xml":
        return _xml(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>")
    return _json(status, code, {"__type": code, "message": message})
