"""DynamoDB: the condition key `dynamodb:LeadingKeys`, the partition keys that a request reaches.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html

A request that reaches keys which cannot be read from it gets an unknown value, and is refused wherever a policy asks for the key.
"""

import json
import re
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from tenantry_ministack.iam import UNKNOWN, Unknown

ITEMS = "tenantry:items"
TOKEN = re.compile(r"\s*(\(|\)|,|<=|>=|<>|=|<|>|:[A-Za-z0-9_]+|#[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_.\-]*)")
COMPARATORS = frozenset({"=", "<", "<=", ">", ">="})

# Leading keys by (IAM action, table name); None as the action stands for every action of the request.
LeadingKeys = dict[tuple[str | None, str], list[str] | Unknown]


class NotUnderstood(Exception):
    """The request's keys cannot be read with certainty."""


class KeyCondition:
    """Reads a KeyConditionExpression by its grammar, and nothing beyond it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
    """

    def __init__(self, expression: str) -> None:
        self.tokens: list[str] = []
        position = 0
        while expression[position:].strip():
            match = TOKEN.match(expression, position)
            if match is None:
                raise NotUnderstood
            self.tokens.append(match.group(1))
            position = match.end()

    def comparisons(self) -> list[tuple[str, str, str]]:
        """Every (name, operator, first value) that the expression demands at once."""
        found = self._conjunction()
        if self.tokens:
            raise NotUnderstood
        return found

    def _take(self, expected: str = "") -> str:
        if not self.tokens or (expected and self.tokens[0].upper() != expected):
            raise NotUnderstood
        return self.tokens.pop(0)

    def _name(self) -> str:
        name = self._take()
        if not re.match(r"[#A-Za-z_]", name):
            raise NotUnderstood
        return name

    def _value(self) -> str:
        value = self._take()
        if not value.startswith(":"):
            raise NotUnderstood
        return value

    def _conjunction(self) -> list[tuple[str, str, str]]:
        found = self._term()
        while self.tokens and self.tokens[0].upper() == "AND":
            self._take()
            found += self._term()
        return found

    def _term(self) -> list[tuple[str, str, str]]:
        if self.tokens and self.tokens[0] == "(":
            self._take("(")
            found = self._conjunction()
            self._take(")")
            return found
        name = self._name()
        if name == "begins_with" and self.tokens and self.tokens[0] == "(":
            self._take("(")
            name = self._name()
            self._take(",")
            value = self._value()
            self._take(")")
            return [(name, "begins_with", value)]
        operator = self._take()
        if operator.upper() == "BETWEEN":
            value = self._value()
            self._take("AND")
            self._value()
            return [(name, "BETWEEN", value)]
        if operator not in COMPARATORS:
            raise NotUnderstood
        return [(name, operator, self._value())]


def table_name_of(reference: Any) -> str:
    """A table's name from its name or ARN."""
    if not isinstance(reference, str) or not reference:
        raise NotUnderstood
    return reference.split(":table/", 1)[-1].split("/", 1)[0]


def partition_key_of(table_name: str, index_name: str | None = None) -> str:
    from ministack.services import dynamodb

    table = dynamodb._tables.get(table_name)
    if not table:
        raise NotUnderstood
    if not index_name:
        return table["pk_name"]
    for index in [*(table.get("GlobalSecondaryIndexes") or []), *(table.get("LocalSecondaryIndexes") or [])]:
        if index.get("IndexName") == index_name:
            names = [element["AttributeName"] for element in index["KeySchema"] if element["KeyType"] == "HASH"]
            if len(names) == 1:
                return names[0]
    raise NotUnderstood


def scalar(value: Any) -> str:
    """The text of an attribute value such as {"S": "tenant#1"}."""
    if not isinstance(value, dict) or len(value) != 1:
        raise NotUnderstood
    [(kind, content)] = value.items()
    if kind not in ("S", "N", "B") or not isinstance(content, str):
        raise NotUnderstood
    return content


def key_of_item(table_name: str, attributes: Any) -> str:
    if not isinstance(attributes, dict):
        raise NotUnderstood
    return scalar(attributes.get(partition_key_of(table_name)))


def key_of_query(data: dict) -> str:
    partition_key = partition_key_of(table_name_of(data.get("TableName")), data.get("IndexName"))
    expression = data.get("KeyConditionExpression")
    if isinstance(expression, str):
        names = data.get("ExpressionAttributeNames") or {}
        values = data.get("ExpressionAttributeValues") or {}
        found = [
            (operator, value)
            for name, operator, value in KeyCondition(expression).comparisons()
            if names.get(name, name) == partition_key
        ]
        if len(found) != 1 or found[0][0] != "=" or "KeyConditions" in data:
            raise NotUnderstood
        return scalar(values.get(found[0][1]))
    condition = (data.get("KeyConditions") or {}).get(partition_key) or {}
    values = condition.get("AttributeValueList") or []
    if condition.get("ComparisonOperator") != "EQ" or len(values) != 1:
        raise NotUnderstood
    return scalar(values[0])


def keys_of_batch(data: dict) -> LeadingKeys:
    found: LeadingKeys = {}
    for reference, requests in (data.get("RequestItems") or {}).items():
        name = table_name_of(reference)
        if isinstance(requests, dict):  # BatchGetItem
            keys = [key_of_item(name, key) for key in requests.get("Keys") or []]
        else:  # BatchWriteItem
            keys = [
                key_of_item(name, operation.get("Item") or operation.get("Key"))
                for request in requests
                for operation in request.values()
            ]
        found[None, name] = keys
    return found


def keys_of_transaction(data: dict) -> LeadingKeys:
    found: LeadingKeys = {}
    for item in data.get("TransactItems") or []:
        for member, operation in item.items():
            action = iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS[member]
            name = table_name_of(operation.get("TableName"))
            keys = found.setdefault((action, name), [])
            keys.append(key_of_item(name, operation.get("Item") or operation.get("Key")))
    return found


def leading_keys(operation: str, data: dict) -> LeadingKeys | Unknown | None:
    """The partition keys of a request; None for an operation that has none, such as Scan."""
    try:
        if operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem"):
            name = table_name_of(data.get("TableName"))
            return {(None, name): [key_of_item(name, data.get("Item" if operation == "PutItem" else "Key"))]}
        if operation == "Query":
            return {(None, table_name_of(data.get("TableName"))): [key_of_query(data)]}
        if operation in ("BatchGetItem", "BatchWriteItem"):
            return keys_of_batch(data)
        if operation in ("TransactGetItems", "TransactWriteItems"):
            return keys_of_transaction(data)
    except (NotUnderstood, AttributeError, KeyError, TypeError):
        return UNKNOWN
    return UNKNOWN if operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction") else None


def apply() -> None:
    stock_request_tags = iam_actions.request_tag_context
    stock_enforce = iam_evaluator.enforce

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        context = dict(stock_request_tags(service, action, body, parameters))
        if service == "dynamodb":
            try:
                data = json.loads(body or b"{}")
            except ValueError:
                data = None
            context[ITEMS] = leading_keys(action.split(":", 1)[-1], data) if isinstance(data, dict) else UNKNOWN
        return context

    def enforce(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: dict | None = None
    ) -> Any:
        # Each table of a batch and each item of a transaction is authorised on its own.
        context = dict(service_context or {})
        keys = context.pop(ITEMS, None)
        if isinstance(keys, dict) and ":table/" in resource_arn:
            name = table_name_of(resource_arn)
            keys = keys.get((action, name), keys.get((None, name), UNKNOWN))
        elif isinstance(keys, dict):
            keys = UNKNOWN
        if keys is not None:
            context["dynamodb:leadingkeys"] = keys
        return stock_enforce(access_key_id, action, service, region, resource_arn, context)

    iam_actions.request_tag_context = request_tag_context
    iam_evaluator.enforce = enforce
