"""What a service may do: as a role, by the role's trust policy; and as itself, by the policy of the resource.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html#iam-term-service-role
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
"""

import hashlib
import json
import secrets
from typing import Any, TypedDict

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region

_process_secret = secrets.token_hex(32)


class Credentials(TypedDict):
    accessKeyId: str
    secretAccessKey: str
    sessionToken: str


def role_name_of(role_arn: str) -> str:
    """The name in a role's ARN, without its path."""
    return role_arn.rsplit("/", 1)[-1]


def find_role(role_arn: str) -> dict[str, Any] | None:
    """MiniStack's record of the role, in the account that the ARN names."""
    from ministack.services import iam

    parts = role_arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("role/"):
        return None
    return iam._roles.get_scoped(parts[4], None, role_name_of(role_arn))


def trusts_service(role: dict[str, Any] | None, service: str, source_arn: str = "") -> bool:
    """Whether the role's trust policy lets a service principal such as `states.amazonaws.com` assume it.

    A Deny wins; conditions see `aws:SourceArn` and `aws:SourceAccount`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    if role is None:
        return False
    document = role.get("AssumeRolePolicyDocument") or {}
    document = json.loads(document) if isinstance(document, str) else document
    statements = document.get("Statement", [])
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=get_account_id(),
        action="sts:AssumeRole",
        resource_arn=role["Arn"],
        region=get_region(),
        service_context={"aws:sourceaccount": get_account_id(), **({"aws:sourcearn": source_arn} if source_arn else {})},
    )
    allowed = False
    for statement in [statements] if isinstance(statements, dict) else statements:
        actions = statement.get("Action", [])
        if not (
            iam_evaluator._action_matches("sts:AssumeRole", [actions] if isinstance(actions, str) else actions, [])
            and iam_evaluator._service_principal_matches(statement.get("Principal"), service)
            and iam_evaluator._conditions_met(statement.get("Condition", {}), context)
        ):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


def register_session(role_arn: str, session_name: str) -> Credentials:
    """Credentials of a session of the role. The same role and session name give the same credentials.

    The session does not expire: a service renews its own, and the holder here may keep one for as long as an execution runs.
    """
    from ministack.services import sts

    name = role_name_of(role_arn)
    account = role_arn.split(":")[4]

    def derived(purpose: str) -> str:
        return hashlib.sha256(f"{_process_secret}:{purpose}:{role_arn}:{session_name}".encode()).hexdigest()

    credentials: Credentials = {
        "accessKeyId": f"ASIA{derived('key')[:16].upper()}",
        "secretAccessKey": derived("secret"),
        "sessionToken": derived("token"),
    }
    sts.register_session(
        credentials["accessKeyId"],
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
            "UserId": f"{name}:{session_name}",
            "SecretAccessKey": credentials["secretAccessKey"],
            "SessionToken": credentials["sessionToken"],
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )
    return credentials


def role_allows(role_arn: str, session_name: str, action: str, resource_arn: str, context: dict[str, Any] | None = None) -> bool:
    """Whether the role's own policies, within its permissions boundary, allow the action."""
    from ministack.services import iam

    role = find_role(role_arn)
    if role is None:
        return False
    account = role_arn.split(":")[4]
    name = role_name_of(role_arn)
    tags = {f"aws:principaltag/{tag['Key'].lower()}": tag["Value"] for tag in role.get("Tags") or []}
    request = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
        principal_keys=tags,
        service_context={key.lower(): value for key, value in (context or {}).items()},
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    boundary = iam_evaluator._permissions_boundary(iam._roles, name, account)
    return iam_evaluator.evaluate(request, policies, *boundary).decision == "Allow"


def resource_permits(policy: str | dict[str, Any] | None, service: str, action: str, resource_arn: str, source_arn: str) -> bool:
    """Whether a resource's own policy lets a service principal act on it on behalf of a source, such as a rule or an API."""
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
        secure_transport=True,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id(), "aws:principalisawsservice": "true"},
    )
    return iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow"
