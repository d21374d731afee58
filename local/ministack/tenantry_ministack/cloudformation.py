"""CloudFormation: retried creations, failed creations in the way, and the role that a stack acts as.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

import contextvars
import re
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region

from tenantry_ministack.service_roles import find_role, role_allows, trusts_service

SERVICE_PRINCIPAL = "cloudformation.amazonaws.com"
SESSION_NAME = "AWSCloudFormation"
SESSION_ROLE = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/")
TOKEN_KEY = "_tenantry_create_token"
ROLE_KEY = "_tenantry_role_arn"

# IAM's prefix of a service whose CloudFormation name is another, and the actions that are not Create<Kind> and Delete<Kind>.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
PREFIXES = {"StepFunctions": "states", "Cognito": "cognito-idp", "SES": "ses"}
ACTIONS = {
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb:CreateTable", "dynamodb:DeleteTable"),
    "AWS::Events::Rule": ("events:PutRule", "events:DeleteRule"),
    "AWS::IAM::ManagedPolicy": ("iam:CreatePolicy", "iam:DeletePolicy"),
    "AWS::IAM::Policy": ("iam:PutRolePolicy", "iam:DeleteRolePolicy"),
    "AWS::KMS::Key": ("kms:CreateKey", "kms:ScheduleKeyDeletion"),
    "AWS::Lambda::Permission": ("lambda:AddPermission", "lambda:RemovePermission"),
    "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    "AWS::SNS::Subscription": ("sns:Subscribe", "sns:Unsubscribe"),
    "AWS::SQS::QueuePolicy": ("sqs:SetQueueAttributes", "sqs:SetQueueAttributes"),
    "AWS::SSM::Parameter": ("ssm:PutParameter", "ssm:DeleteParameter"),
}

_acting_role: contextvars.ContextVar[str] = contextvars.ContextVar("stack_role", default="")


def role_of_caller() -> str:
    """The ARN of the role whose session calls, or "" for a caller that no policy restricts."""
    match = SESSION_ROLE.match(iam_evaluator.caller_arn() or "")
    if match is None:
        return ""
    from ministack.services import iam

    account, name = match.groups()
    return (iam._roles.get_scoped(account, None, name) or {}).get("Arn", "")


def actions_of(resource_type: str) -> tuple[str, str]:
    """The actions that creating and deleting a resource of this type needs."""
    if resource_type in ACTIONS:
        return ACTIONS[resource_type]
    _, service, kind = resource_type.split("::")
    prefix = PREFIXES.get(service, service.lower())
    return f"{prefix}:Create{kind}", f"{prefix}:Delete{kind}"


def arn_of_new(resource_type: str, logical_id: str, properties: dict, stack_name: str) -> str:
    """The ARN that a resource will have, where its name decides it; else "*", which only a grant on everything covers."""
    from ministack.services.cloudformation.provisioners import _physical_name

    account, region = get_account_id(), get_region()

    def name(key: str, longest: int, lowercase: bool = False) -> str:
        return properties.get(key) or _physical_name(stack_name, logical_id, max_len=longest, lowercase=lowercase)

    match resource_type:
        case "AWS::S3::Bucket":
            return f"arn:aws:s3:::{name('BucketName', 63, lowercase=True)}"
        case "AWS::S3::BucketPolicy":
            return f"arn:aws:s3:::{properties.get('Bucket')}"
        case "AWS::IAM::Role":
            return f"arn:aws:iam::{account}:role{properties.get('Path', '/')}{name('RoleName', 64)}"
        case "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable":
            return f"arn:aws:dynamodb:{region}:{account}:table/{name('TableName', 255)}"
        case "AWS::Lambda::Function":
            return f"arn:aws:lambda:{region}:{account}:function:{name('FunctionName', 64)}"
        case "AWS::SQS::Queue":
            return f"arn:aws:sqs:{region}:{account}:{name('QueueName', 80)}"
        case "AWS::Logs::LogGroup":
            return f"arn:aws:logs:{region}:{account}:log-group:{name('LogGroupName', 512)}"
        case "AWS::Cognito::UserPoolClient":
            return f"arn:aws:cognito-idp:{region}:{account}:userpool/{properties.get('UserPoolId')}"
    return "*"


def arn_of_existing(resource_type: str, physical_id: str, properties: dict) -> str:
    if physical_id.startswith("arn:"):
        return physical_id
    if resource_type == "AWS::KMS::Key":
        return f"arn:aws:kms:{get_region()}:{get_account_id()}:key/{physical_id}"
    if resource_type == "AWS::Cognito::UserPool":
        return f"arn:aws:cognito-idp:{get_region()}:{get_account_id()}:userpool/{physical_id}"
    if resource_type in ("AWS::Cognito::UserPoolClient", "AWS::S3::BucketPolicy"):
        return arn_of_new(resource_type, "", properties, "")
    keys = {
        "AWS::S3::Bucket": "BucketName",
        "AWS::IAM::Role": "RoleName",
        "AWS::DynamoDB::Table": "TableName",
        "AWS::DynamoDB::GlobalTable": "TableName",
        "AWS::Lambda::Function": "FunctionName",
        "AWS::Logs::LogGroup": "LogGroupName",
    }
    key = keys.get(resource_type)
    return arn_of_new(resource_type, "", {**properties, key: physical_id}, "") if key else "*"


def tags_of(properties: dict) -> dict[str, str]:
    tags = properties.get("Tags") or properties.get("UserPoolTags")
    pairs = tags.items() if isinstance(tags, dict) else [(tag.get("Key"), tag.get("Value")) for tag in tags or []]
    return {f"aws:requesttag/{key}".lower(): str(value) for key, value in pairs}


def resource_tag_context(resource_arn: str) -> dict[str, str]:
    """The tags that a resource has already, as a policy asks for them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
    """
    from ministack.services.tagging import resource_tags

    if resource_arn == "*":
        return {}
    return {f"aws:resourcetag/{key}".lower(): value for key, value in (resource_tags(resource_arn) or {}).items()}


def demand_permission(action: str, resource_arn: str, context: dict[str, Any]) -> None:
    """Refuse what the stack's role may not do.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    """
    role_arn = _acting_role.get()
    context = {**resource_tag_context(resource_arn), **context}
    if role_arn and not role_allows(role_arn, SESSION_NAME, action, resource_arn, context):
        _, _, _, _, account, role = role_arn.split(":", 5)
        session = f"arn:aws:sts::{account}:assumed-role/{role.rsplit('/', 1)[-1]}/{SESSION_NAME}"
        raise ValueError(
            f"User: {session} is not authorized to perform: {action} on resource: {resource_arn} because no identity-based "
            f"policy allows the {action} action (Status Code: 403)"
        )


def guard(resource_type: str, handlers: dict[str, Any]) -> None:
    create_action, delete_action = actions_of(resource_type)
    create, delete = handlers.get("create"), handlers.get("delete")

    def create_if_allowed(logical_id: str, properties: dict, stack_name: str) -> tuple:
        context = tags_of(properties)
        if properties.get("PermissionsBoundary"):
            context["iam:permissionsboundary"] = properties["PermissionsBoundary"]
        demand_permission(create_action, arn_of_new(resource_type, logical_id, properties, stack_name), context)
        passed = properties.get("Role") if resource_type == "AWS::Lambda::Function" else properties.get("RoleArn")
        if isinstance(passed, str) and passed.startswith("arn:aws:iam:"):
            demand_permission("iam:PassRole", passed, {})
        return create(logical_id, properties, stack_name)

    def delete_if_allowed(physical_id: str, properties: dict, *rest: Any) -> Any:
        demand_permission(delete_action, arn_of_existing(resource_type, physical_id, properties), {})
        return delete(physical_id, properties, *rest)

    if create:
        handlers["create"] = create_if_allowed
    if delete:
        handlers["delete"] = delete_if_allowed


def acting(handler: Callable[[dict], tuple]) -> Callable[[dict], tuple]:
    """Run a stack operation as the role that it names, else as the stack's own, else as the caller.

    The operation's background task copies the context, and so acts as the same role.
    """
    from ministack.services.cloudformation import handlers as stack_handlers

    def operate(parameters: dict) -> tuple:
        name = stack_handlers._p(parameters, "StackName")
        stack = stack_handlers._resolve_stack(name) if name else None
        named_role = stack_handlers._p(parameters, "RoleARN")
        if named_role and not trusts_service(find_role(named_role), SERVICE_PRINCIPAL):
            return stack_handlers._error("ValidationError", f"Role {named_role} is invalid or cannot be assumed")
        kept_role = named_role or ((stack or {}).get(ROLE_KEY) or "")
        scope = _acting_role.set(kept_role or role_of_caller())
        try:
            response = handler(parameters)
        finally:
            _acting_role.reset(scope)
        stack = stack_handlers._resolve_stack(name) if name else None
        if stack is not None and named_role and response[0] == 200:
            stack[ROLE_KEY] = named_role
        return response

    return operate


def creating(handler: Callable[[dict], tuple]) -> Callable[[dict], tuple]:
    """CreateStack: a retry with the same token is the same stack, and a failed creation must be deleted first."""
    from ministack.services.cloudformation import _stacks
    from ministack.services.cloudformation import handlers as stack_handlers

    def create(parameters: dict) -> tuple:
        name = stack_handlers._p(parameters, "StackName")
        token = stack_handlers._p(parameters, "ClientRequestToken")
        existing = _stacks.get(name)
        if existing and existing.get("StackStatus") != "DELETE_COMPLETE":
            if token and existing.get(TOKEN_KEY) == token:
                result = f"<CreateStackResult><StackId>{existing['StackId']}</StackId></CreateStackResult>"
                return stack_handlers._xml(200, "CreateStackResponse", result)
            return stack_handlers._error("AlreadyExistsException", f"Stack [{name}] already exists")
        response = handler(parameters)
        created = _stacks.get(name)
        if response[0] == 200 and created is not None and token:
            created[TOKEN_KEY] = token
        return response

    return create


def apply() -> None:
    from ministack.services.cloudformation.handlers import _ACTION_HANDLERS
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    _ACTION_HANDLERS["CreateStack"] = creating(_ACTION_HANDLERS["CreateStack"])
    for action in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ExecuteChangeSet", "RollbackStack"):
        _ACTION_HANDLERS[action] = acting(_ACTION_HANDLERS[action])
    for resource_type, handlers in _RESOURCE_HANDLERS.items():
        if resource_type.startswith("AWS::") and not resource_type.startswith("AWS::CloudFormation::"):
            guard(resource_type, handlers)
