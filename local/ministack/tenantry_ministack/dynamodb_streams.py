"""DynamoDB streams to Lambda: a record that cannot be processed does not stop its stream.

Partial failures, bisection, the limit of retries and the failure destination, none of which stock MiniStack has.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
Mapping = dict[str, Any]

DEFAULT_BATCH_SIZE = 100
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 5.0


@dataclass
class Trouble:
    """How often the record at the head of a stream has failed, and how much of the stream is taken while it does."""

    head: str = ""
    attempts: int = 0
    batch_size: int | None = None


def sequence_number(record: Record) -> str:
    return str((record.get("dynamodb") or {}).get("SequenceNumber", ""))


def first_failed(mapping: Mapping, batch: list[Record], result: dict) -> int | None:
    """The index of the first record to process again; None if all are done."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return None
    body = result.get("body")
    try:
        answer = json.loads(body) if isinstance(body, str) else body
        failures = (answer or {}).get("batchItemFailures") or []
        failed = [failure["itemIdentifier"] for failure in failures]
    except (AttributeError, KeyError, TypeError, ValueError):
        return 0  # An answer of another shape counts as a failure of the whole batch.
    if not failed:
        return None
    numbers = [sequence_number(record) for record in batch]
    positions = [numbers.index(number) if number in numbers else 0 for number in failed]
    return min(positions)


def is_too_old(mapping: Mapping, record: Record) -> bool:
    longest = int(mapping.get("MaximumRecordAgeInSeconds") or -1)
    created = (record.get("dynamodb") or {}).get("ApproximateCreationDateTime")
    return longest > 0 and created is not None and time.time() - float(created) > longest


def retries_are_spent(mapping: Mapping, attempts: int) -> bool:
    limit = mapping.get("MaximumRetryAttempts")
    return limit is not None and int(limit) >= 0 and attempts > int(limit)


class StreamPoller:
    """Carries the records of each stream to the functions that are mapped to it, in order."""

    def __init__(self) -> None:
        self._trouble: dict[str, Trouble] = {}

    def poll(self) -> bool:
        """One pass over every mapping. Returns whether a stream advanced."""
        from ministack.core import responses
        from ministack.services import lambda_svc

        advanced = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            account_token = responses._request_account_id.set(account)
            region_token = responses._request_region.set(region)
            try:
                for source in self._sources(mapping):
                    advanced = self._advance(mapping, *source) or advanced
            finally:
                responses._request_account_id.reset(account_token)
                responses._request_region.reset(region_token)
        return advanced

    def _sources(self, mapping: Mapping) -> Iterator[tuple[str, dict]]:
        """The table and the function of a mapping that is enabled, exists and is due."""
        from ministack.services import dynamodb, lambda_svc

        arn = mapping.get("EventSourceArn", "")
        if ":dynamodb:" not in arn or "/stream/" not in arn or not mapping.get("Enabled", True):
            return
        table_name = arn.split("/stream/")[0].rpartition("/")[2]
        table = dynamodb._tables.get(table_name)
        function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        is_due = lambda_svc._esm_backoff_until.get(mapping["UUID"], 0) <= time.time()
        if function is not None and table and table.get("LatestStreamArn") == arn and is_due:
            yield table_name, function

    def _position(self, mapping: Mapping, table_name: str) -> int:
        from ministack.services import dynamodb, lambda_svc

        with lambda_svc._dynamodb_stream_positions_lock:
            horizon = dynamodb.stream_start_position(table_name)
            starts_at_horizon = mapping.get("StartingPosition") == "TRIM_HORIZON"
            start = horizon if starts_at_horizon else dynamodb.stream_end_position(table_name)
            position = max(lambda_svc._dynamodb_stream_positions.get(mapping["UUID"], start), horizon)
            lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position
            return position

    def _move_to(self, mapping: Mapping, position: int) -> None:
        from ministack.services import lambda_svc

        with lambda_svc._dynamodb_stream_positions_lock:
            lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position

    def _advance(self, mapping: Mapping, table_name: str, function: dict) -> bool:
        from ministack.services import dynamodb, lambda_svc

        trouble = self._trouble.setdefault(mapping["UUID"], Trouble())
        position = self._position(mapping, table_name)
        size = trouble.batch_size or int(mapping.get("BatchSize") or DEFAULT_BATCH_SIZE)
        taken = dynamodb.stream_records_since(table_name, position, size)
        if not taken:
            return False
        wanted = lambda_svc._apply_filter_criteria(taken, mapping)
        if not wanted:
            self._move_to(mapping, position + len(taken))
            return True
        result = lambda_svc._execute_function(function, {"Records": wanted})
        failed_index = first_failed(mapping, wanted, result)
        if failed_index is None:
            mapping["LastProcessingResult"] = f"OK - {len(wanted)} records"
            self._move_to(mapping, position + len(taken))
            self._trouble.pop(mapping["UUID"], None)
            lambda_svc._esm_backoff_until.pop(mapping["UUID"], None)
            return True
        mapping["LastProcessingResult"] = "FAILED"
        head = wanted[failed_index]
        resume_at = position + [sequence_number(record) for record in taken].index(sequence_number(head))
        self._move_to(mapping, resume_at)
        remaining = wanted[failed_index:]
        if trouble.head != sequence_number(head):
            trouble.head, trouble.attempts = sequence_number(head), 0
        if mapping.get("BisectBatchOnFunctionError") and len(remaining) > 1:
            trouble.batch_size = (len(taken) - (resume_at - position) + 1) // 2  # Splitting does not count as a retry.
            return True
        trouble.attempts += 1
        if is_too_old(mapping, head) or retries_are_spent(mapping, trouble.attempts):
            condition = "MaxRecordAgeExceeded" if is_too_old(mapping, head) else "RetryAttemptsExhausted"
            lambda_svc._send_ddb_stream_failure_record(mapping, function, remaining, mapping["EventSourceArn"], result, condition)
            self._move_to(mapping, position + len(taken))
            self._trouble.pop(mapping["UUID"], None)
            return True
        wait_seconds = min(FIRST_RETRY_SECONDS * 2 ** (trouble.attempts - 1), LONGEST_RETRY_SECONDS)
        lambda_svc._esm_backoff_until[mapping["UUID"]] = time.time() + wait_seconds
        wake = threading.Timer(wait_seconds, lambda_svc._esm_wake.set)
        wake.daemon = True
        wake.start()
        return False


def apply() -> None:
    from ministack.services import lambda_svc

    lambda_svc._poll_dynamodb_streams = StreamPoller().poll
