"""IAM: policy variables, and condition keys that stock MiniStack does not fill in.

Isolation between tenants rests on these: without them a policy on `${aws:PrincipalTag/tenantId}` fails open or shut.
"""

import contextvars
import functools
import json
import re
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext, ParsedStatement

VARIABLES_SINCE = "2012-10-17"
VARIABLE = re.compile(r"\$\{([^}]*)\}")
# A substituted value is literal: its own `*` and `?` stand for themselves. Private-use characters carry them past the wildcards.
LITERAL_WILDCARDS = {"*": "\ue000", "?": "\ue001"}
LITERALS = {mark: character for character, mark in LITERAL_WILDCARDS.items()}
MATCHES_NOTHING = "\ue002"
ENTRIES = "tenantry:entries"


CLOUDFORMATION_KEYS = {"cloudformation:templateurl": "TemplateURL", "cloudformation:rolearn": "RoleARN"}


class Unknown:
    """The value of a condition key that the request carries but that could not be read from it.

    An Allow that depends on it does not apply and a Deny does, so that what is not understood is refused.
    """


UNKNOWN = Unknown()


@dataclass
class VersionedStatement(ParsedStatement):
    """A statement that knows whether its policy's version has variables."""

    has_variables: bool = False


def substitute(text: str, context: EvalContext, is_pattern: bool) -> str:
    """Replace `${key}` and `${key, 'default'}`; a key without a value makes the whole text match nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    unresolved = False

    def value_of(match: re.Match) -> str:
        nonlocal unresolved
        key, _, default = (part.strip() for part in match.group(1).partition(","))
        value = key if key in ("*", "?", "$") else iam_evaluator._resolve_condition_key(key, context)
        if value is None and default:
            value = default.strip("'")
        if value is None or isinstance(value, list | Unknown):
            unresolved = True  # A key with several values cannot be a variable.
            return ""
        literal = str(value)
        return "".join(LITERAL_WILDCARDS.get(character, character) for character in literal) if is_pattern else literal

    replaced = VARIABLE.sub(value_of, text)
    return MATCHES_NOTHING if unresolved else replaced


@functools.lru_cache(maxsize=4096)
def compile_pattern(pattern: str, ignore_case: bool) -> re.Pattern:
    """A wildcard pattern as a regular expression, with substituted values taken literally."""
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(character) or re.escape(LITERALS.get(character, character)) for character in pattern)
    return re.compile(rf"{expression}\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def substitute_conditions(conditions: dict, context: EvalContext) -> dict:
    substituted = {}
    for operator, block in conditions.items():
        if not isinstance(block, dict):
            continue
        is_pattern = "like" in operator.lower() or "arn" in operator.lower()
        substituted[operator] = {
            key: [substitute(str(value), context, is_pattern) for value in (values if isinstance(values, list) else [values])]
            for key, values in block.items()
        }
    return substituted


def depends_on_unknown(conditions: dict, context: EvalContext) -> bool:
    """Whether a condition tests or inserts a key whose value could not be read."""
    unknown = [key.lower() for key, value in context.service_context.items() if isinstance(value, Unknown)]
    text = json.dumps(conditions).lower() if unknown else ""
    return any(key in text for key in unknown)


def first_match(context: EvalContext, statements: list[ParsedStatement], effect: str) -> ParsedStatement | None:
    """The first statement of this effect that applies to the request."""
    for statement in statements:
        # What costs least and excludes most comes first: this is asked of each statement for each request.
        if statement.effect != effect or not iam_evaluator._action_matches(context.action, statement.actions, statement.not_actions):
            continue
        resources, excluded = statement.resources, statement.not_resources
        if getattr(statement, "has_variables", False):
            resources = [substitute(resource, context, True) for resource in resources]
            excluded = [substitute(resource, context, True) for resource in excluded]
        if iam_evaluator._resource_matches(context.resource_arn, resources, excluded) and conditions_apply(statement, context, effect):
            return statement
    return None


def conditions_apply(statement: ParsedStatement, context: EvalContext, effect: str) -> bool:
    if depends_on_unknown(statement.conditions, context):
        return effect == "Deny"
    conditions = statement.conditions
    if getattr(statement, "has_variables", False):
        conditions = substitute_conditions(conditions, context)
    return iam_evaluator._conditions_met(conditions, context)


def request_context(service: str, body: bytes, parameters: dict) -> dict[str, Any]:
    """Condition keys of KMS, EventBridge, CloudFormation and IAM requests."""
    if service == "iam":
        boundary = iam_actions._query_param(parameters, "PermissionsBoundary")
        return {"iam:permissionsboundary": boundary} if boundary else {}
    if service == "cloudformation":
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html#using-iam-conditions
        named = {key: iam_actions._query_param(parameters, field) for key, field in CLOUDFORMATION_KEYS.items()}
        return {key: value for key, value in named.items() if value}
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    if not isinstance(data, dict):
        return {}
    if service == "kms":
        return kms_context(data)
    if service == "events":
        return events_context(data)
    return {}


def kms_context(data: dict) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context"""
    pairs = data.get("EncryptionContext")
    if not isinstance(pairs, dict) or not pairs:
        return {}
    return {"kms:encryptioncontextkeys": list(pairs), **{f"kms:encryptioncontext:{key}".lower(): str(pairs[key]) for key in pairs}}


def events_context(data: dict) -> dict[str, Any]:
    """The distinct sources and types of a PutEvents call, each of which is authorised on its own.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    entries = data.get("Entries")
    if not isinstance(entries, list):
        return {}
    kinds = {(entry.get("Source"), entry.get("DetailType")) for entry in entries if isinstance(entry, dict)}
    keys = ("events:source", "events:detail-type")
    return {ENTRIES: [{key: value for key, value in zip(keys, kind, strict=True) if value is not None} for kind in kinds]}


def apply() -> None:
    from ministack.services import tagging

    stock_parse = iam_evaluator.parse_policy_document
    stock_resource_policy = iam_evaluator.evaluate_resource_policy
    stock_trust_policy = iam_evaluator.evaluate_trust_policy
    stock_request_tags = iam_actions.request_tag_context
    stock_s3_checks = iam_actions.s3_additional_checks
    stock_enforce = iam_evaluator.enforce
    enclosing_version: contextvars.ContextVar[str] = contextvars.ContextVar("policy_version", default="")

    def version_of(document: str | dict | None) -> str:
        try:
            parsed = json.loads(document) if isinstance(document, str) else document
        except ValueError:
            return ""
        return str(parsed.get("Version", "")) if isinstance(parsed, dict) else ""

    def parse_policy_document(document: str | dict) -> list[ParsedStatement]:
        # Variables exist since version 2012-10-17; in an older policy `${…}` is plain text.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
        enclosing = enclosing_version.get()
        return list(parse_text(document, enclosing)) if isinstance(document, str) else parse(document, enclosing)

    def parse(document: str | dict, enclosing: str) -> list[ParsedStatement]:
        has_variables = VARIABLES_SINCE in (version_of(document), enclosing)
        return [VersionedStatement(**vars(statement), has_variables=has_variables) for statement in stock_parse(document)]

    # The same few hundred documents for each request. Nothing changes a statement once it is parsed.
    parse_text = functools.lru_cache(maxsize=4096)(parse)

    def evaluate_resource_policy(document: str | dict | None, *rest: Any, **named: Any) -> iam_evaluator.EvalResult:
        token = enclosing_version.set(version_of(document))  # The stock function parses the statements without their document.
        try:
            return stock_resource_policy(document, *rest, **named)
        finally:
            enclosing_version.reset(token)

    def evaluate_trust_policy(document: str | dict, caller_arn: str, context: EvalContext | None = None) -> bool:
        if context is None or version_of(document) != VARIABLES_SINCE:
            return stock_trust_policy(document, caller_arn, context)
        parsed = json.loads(document) if isinstance(document, str) else document
        statements = parsed.get("Statement", [])
        substituted = [
            {**statement, "Condition": substitute_conditions(statement.get("Condition", {}), context)}
            for statement in ([statements] if isinstance(statements, dict) else statements)
        ]
        return stock_trust_policy({**parsed, "Statement": substituted}, caller_arn, context)

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        return {**stock_request_tags(service, action, body, parameters), **request_context(service, body, parameters)}

    def enforce(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: dict | None = None
    ) -> Any:
        context = dict(service_context or {})
        for entry in context.pop(ENTRIES, None) or [{}]:
            denied = stock_enforce(access_key_id, action, service, region, resource_arn, {**context, **entry})
            if denied is not None:
                return denied
        return None

    def s3_additional_checks(method: str, path: str, headers: dict, body: bytes, query: dict) -> list[tuple[str, str]]:
        # DeleteObjects needs s3:DeleteObjectVersion for an entry with a version; stock MiniStack checks its first entry as unversioned.
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
        checks = list(stock_s3_checks(method, path, headers, body, query))
        bucket = path.strip("/")
        if method == "POST" and "delete" in query and "/" not in bucket:
            first = iam_actions._s3_batch_delete_targets(bucket, body)[:1]
            checks += [("s3:DeleteObjectVersion", arn) for arn, version_id in first if version_id]
        return checks

    # The tags of user pools are condition keys too.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html#amazoncognitouserpools-policy-keys
    tagging._RESOURCE_TAG_COLLECTORS["cognito-idp"] = tagging._collect_cognito
    iam_evaluator._fnmatch_compile = compile_pattern
    iam_evaluator._first_match = first_match
    iam_evaluator.parse_policy_document = parse_policy_document
    iam_evaluator.evaluate_resource_policy = evaluate_resource_policy
    iam_evaluator.evaluate_trust_policy = evaluate_trust_policy
    iam_evaluator.enforce = enforce
    iam_actions.request_tag_context = request_tag_context
    iam_actions.s3_additional_checks = s3_additional_checks
