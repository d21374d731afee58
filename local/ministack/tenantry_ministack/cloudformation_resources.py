"""CloudFormation: properties that stock MiniStack drops from resources, deletions that it should refuse, and a `Ref` that is no ARN.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from ministack.core.responses import get_region

Properties = dict[str, Any]
Complete = Callable[[str, Properties, Properties], None]
Refuse = Callable[[str], None]


class Markup(str):
    """Text that is XML already."""


def element(name: str, *content: Any) -> Markup:
    """An XML element; content that is not markup already is escaped."""
    inner = "".join(part if isinstance(part, Markup) else escape(text_of(part)) for part in content)
    return Markup(f"<{name}>{inner}</{name}>")


def text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_true(value: Any) -> bool:
    return text_of(value).lower() == "true"


def demand_success(response: tuple) -> None:
    if response[0] >= 300:
        raise ValueError(response[2].decode() if isinstance(response[2], bytes) else str(response[2]))


def complete_bucket(name: str, properties: Properties, previous: Properties) -> None:
    """Object Lock, encryption and tags.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    from ministack.services import s3

    lock = properties.get("ObjectLockConfiguration") or {}
    if lock or is_true(properties.get("ObjectLockEnabled")):
        s3._bucket_versioning[name] = "Enabled"  # Object Lock turns versioning on.
        retention = (lock.get("Rule") or {}).get("DefaultRetention") or {}
        parts = [element(key, retention[key]) for key in ("Mode", "Days", "Years") if key in retention]
        rule = [element("Rule", element("DefaultRetention", *parts))] if parts else []
        body = element("ObjectLockConfiguration", element("ObjectLockEnabled", "Enabled"), *rule)
        demand_success(s3._put_object_lock_configuration(name, body.encode()))
    rules = (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or []
    if rules:
        demand_success(s3._put_bucket_encryption(name, encryption_body(rules).encode()))
    elif previous.get("BucketEncryption"):
        s3._delete_bucket_encryption(name)
    if properties.get("Tags"):
        tags = [element("Tag", element("Key", tag["Key"]), element("Value", tag["Value"])) for tag in properties["Tags"]]
        demand_success(s3._put_bucket_tagging(name, element("Tagging", element("TagSet", *tags)).encode()))
    elif previous.get("Tags"):
        s3._delete_bucket_tagging(name)


def encryption_body(rules: list[dict]) -> str:
    written = []
    for rule in rules:
        default = rule.get("ServerSideEncryptionByDefault") or {}
        parts = [element(key, default[key]) for key in ("SSEAlgorithm", "KMSMasterKeyID") if key in default]
        has_key = element("BucketKeyEnabled", is_true(rule.get("BucketKeyEnabled", False)))
        written.append(element("Rule", element("ApplyServerSideEncryptionByDefault", *parts), has_key))
    return element("ServerSideEncryptionConfiguration", *written)


def refuse_bucket_deletion(name: str) -> None:
    from ministack.services import s3

    bucket = s3._buckets.get(name)
    if bucket and (bucket["objects"] or s3._bucket_has_versions(name)):
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-delete-stack-fails
        raise ValueError("The bucket you tried to delete is not empty (Service: S3, Status Code: 409)")


def complete_table(name: str, properties: Properties, previous: Properties) -> None:
    """Recovery, time to live, deletion protection, encryption and tags, which a GlobalTable has in its replicas.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
    """
    from ministack.services import dynamodb

    def setting(key: str, of: Properties) -> Any:
        replica = next((replica for replica in of.get("Replicas") or [] if replica.get("Region") == get_region()), {})
        return of.get(key, replica.get(key))

    table = dynamodb._tables[name]
    for key, store in (
        ("PointInTimeRecoverySpecification", store_recovery),
        ("TimeToLiveSpecification", store_time_to_live),
    ):
        specification = setting(key, properties)
        if specification or setting(key, previous):
            store(name, specification or {}, setting(key, previous) or {})
    table["DeletionProtectionEnabled"] = is_true(setting("DeletionProtectionEnabled", properties) or False)
    encryption = properties.get("SSESpecification")
    if encryption:
        specification = {**encryption, "Enabled": is_true(encryption.get("SSEEnabled"))}
        table["SSEDescription"] = dynamodb._sse_description_from_spec(specification)
    if properties.get("Replicas") and (tags := setting("Tags", properties)) is not None:
        dynamodb._tags[table["TableArn"]] = [dict(tag) for tag in tags]


def store_recovery(name: str, specification: Properties, _previous: Properties) -> None:
    from ministack.services import dynamodb

    enabled = is_true(specification.get("PointInTimeRecoveryEnabled", False))
    dynamodb._update_continuous_backups(
        {"TableName": name, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": enabled}}
    )


def store_time_to_live(name: str, specification: Properties, previous: Properties) -> None:
    from ministack.services import dynamodb

    attribute = specification.get("AttributeName") or previous.get("AttributeName")
    enabled = is_true(specification.get("Enabled", False))
    dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute}})


def refuse_table_deletion(name: str) -> None:
    from ministack.services import dynamodb

    if (dynamodb._tables.get(name) or {}).get("DeletionProtectionEnabled"):
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html#WorkingWithTables.Basics.DeletionProtection
        raise ValueError(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. "
            f"(Service: DynamoDb, Table: {name})"
        )


def refuse_user_pool_deletion(pool_id: str) -> None:
    from ministack.services import cognito

    if (cognito._user_pools.get(pool_id) or {}).get("DeletionProtection") == "ACTIVE":
        # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html
        raise ValueError(
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )


def complete_role(name: str, properties: Properties, _previous: Properties) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html"""
    from ministack.services import iam

    iam._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary")


def complete_user(name: str, properties: Properties, _previous: Properties) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-user.html"""
    from ministack.services import iam

    iam._users[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary")


def complete_function(name: str, properties: Properties, _previous: Properties) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html"""
    from ministack.services import lambda_svc

    function = lambda_svc._functions[name]
    reserved = properties.get("ReservedConcurrentExecutions")
    function["concurrency"] = int(reserved) if reserved is not None else None
    for key, stored in (("DeadLetterConfig", "DeadLetterConfig"), ("KmsKeyArn", "KMSKeyArn")):
        if properties.get(key):
            function["config"][stored] = properties[key]
        else:
            function["config"].pop(stored, None)


def complete_state_machine(arn: str, properties: Properties, _previous: Properties) -> None:
    """Logging and tracing, which Step Functions' own API spells with small initials.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
    """
    from ministack.services import stepfunctions

    machine = stepfunctions._state_machines[arn]
    if "LoggingConfiguration" in properties:
        machine["loggingConfiguration"] = small_initials(properties["LoggingConfiguration"])
    machine["tracingConfiguration"] = small_initials(properties.get("TracingConfiguration") or {"Enabled": False})


def small_initials(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: small_initials(inner) for key, inner in value.items()}
    return [small_initials(inner) for inner in value] if isinstance(value, list) else value


def keep_metric_math() -> None:
    """An alarm on an expression is kept with its metrics; like every alarm here, it never rings.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html#cfn-cloudwatch-alarm-metrics
    """
    from ministack.services.cloudformation import provisioners

    stock = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Properties) -> Properties:
        metrics = properties.get("Metrics")
        if not metrics:
            return stock(name, properties)
        stand_in = {"MetricName": "Expression", "Namespace": "Tenantry"}
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        return {**stock(name, {**plain, **stand_in}), "Metrics": metrics}

    provisioners._cw_metric_alarm_record = record


COMPLETED: dict[str, Complete] = {
    "AWS::S3::Bucket": complete_bucket,
    "AWS::DynamoDB::Table": complete_table,
    "AWS::DynamoDB::GlobalTable": complete_table,
    "AWS::IAM::Role": complete_role,
    "AWS::IAM::User": complete_user,
    "AWS::Lambda::Function": complete_function,
    "AWS::StepFunctions::StateMachine": complete_state_machine,
}
REFUSED: dict[str, Refuse] = {
    "AWS::S3::Bucket": refuse_bucket_deletion,
    "AWS::DynamoDB::Table": refuse_table_deletion,
    "AWS::DynamoDB::GlobalTable": refuse_table_deletion,
    "AWS::Cognito::UserPool": refuse_user_pool_deletion,
}


def refuse_existing(resource_type: str, properties: Properties) -> None:
    """A resource that is there already is not taken over, let alone overwritten.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-multiple-stacks.html
    """
    from ministack.services import dynamodb, iam, lambda_svc

    property_name, store = {
        "AWS::DynamoDB::Table": ("TableName", dynamodb._tables),
        "AWS::DynamoDB::GlobalTable": ("TableName", dynamodb._tables),
        "AWS::IAM::Role": ("RoleName", iam._roles),
        "AWS::Lambda::Function": ("FunctionName", lambda_svc._functions),
    }.get(resource_type, ("", {}))
    name = properties.get(property_name)
    if name and store.get(name) is not None:
        raise ValueError(f"Resource of type '{resource_type}' with identifier '{name}' already exists.")


def completing(resource_type: str, handlers: dict[str, Any], complete: Complete) -> None:
    """Let a resource type's handlers store the remaining properties too."""
    create, update = handlers["create"], handlers["update"]

    def create_completely(logical_id: str, properties: Properties, stack_name: str) -> tuple:
        refuse_existing(resource_type, properties)
        created = create(logical_id, properties, stack_name)
        complete(created[0], properties, {})
        return created

    def update_completely(physical_id: str, previous: Properties, properties: Properties, *rest: Any) -> tuple:
        updated = update(physical_id, previous, properties, *rest)
        complete(updated[0], properties, previous)
        return updated

    handlers["create"], handlers["update"] = create_completely, update_completely


def refusing(handlers: dict[str, Any], refuse: Refuse) -> None:
    delete = handlers["delete"]

    def delete_unless_refused(physical_id: str, properties: Properties, *rest: Any) -> Any:
        refuse(physical_id)
        return delete(physical_id, properties, *rest)

    handlers["delete"] = delete_unless_refused


def refer_by_arn(handlers: dict[str, Any]) -> None:
    """`Ref` of a secret is its ARN; stock MiniStack makes it the name, which no policy can be written with.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html#aws-resource-secretsmanager-secret-return-values
    """
    from ministack.services import secretsmanager

    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def name_of(arn: str) -> str:
        name, _ = secretsmanager._resolve(arn)
        return name or arn

    def create_by_arn(*arguments: Any) -> tuple:
        _, attributes = create(*arguments)
        return attributes["Arn"], attributes

    def update_by_arn(physical_id: str, *rest: Any) -> tuple:
        _, attributes = update(name_of(physical_id), *rest)
        return attributes["Arn"], attributes

    def delete_by_arn(physical_id: str, *rest: Any) -> Any:
        return delete(name_of(physical_id), *rest)

    handlers.update(create=create_by_arn, update=update_by_arn, delete=delete_by_arn)


def apply() -> None:
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    for resource_type, complete in COMPLETED.items():
        completing(resource_type, _RESOURCE_HANDLERS[resource_type], complete)
    for resource_type, refuse in REFUSED.items():
        refusing(_RESOURCE_HANDLERS[resource_type], refuse)
    keep_metric_math()
    refer_by_arn(_RESOURCE_HANDLERS["AWS::SecretsManager::Secret"])
