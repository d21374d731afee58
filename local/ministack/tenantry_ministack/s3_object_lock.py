"""S3 Object Lock: a lock that neither a suspended versioning, a multipart upload nor half a retention gets around.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

import datetime
from typing import Any

Headers = dict[str, str]

MODE = "x-amz-object-lock-mode"
UNTIL = "x-amz-object-lock-retain-until-date"


def lock_headers(headers: Headers) -> Headers:
    return {name: value for name, value in headers.items() if name.startswith("x-amz-object-lock-") and value}


def is_past(date: str) -> bool:
    try:
        until = datetime.datetime.fromisoformat(date.replace("Z", "+00:00"))
    except ValueError:
        return True
    if until.tzinfo is None:
        until = until.replace(tzinfo=datetime.timezone.utc)
    return until <= datetime.datetime.now(datetime.timezone.utc)


def apply() -> None:
    from ministack.services import s3

    stock_versioning = s3._put_bucket_versioning
    stock_header_error = s3._object_lock_header_error
    stock_create_upload = s3._create_multipart_upload
    stock_complete_upload = s3._complete_multipart_upload
    locks_of_uploads: dict[str, Headers] = {}

    def put_bucket_versioning(name: str, body: bytes) -> tuple:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
        if s3._bucket_object_lock.get(name) and b"Suspended" in body:
            message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            return s3._error("InvalidBucketState", message, 409)
        return stock_versioning(name, body)

    def header_error(bucket: str, headers: Headers) -> tuple | None:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
        mode, until = headers.get(MODE), headers.get(UNTIL)
        if bool(mode) != bool(until):
            return s3._error("InvalidArgument", f"{UNTIL} and {MODE} must both be supplied", 400)
        if until and is_past(until):
            return s3._error("InvalidArgument", "The retain until date must be in the future!", 400)
        return stock_header_error(bucket, headers)

    def create_multipart_upload(bucket: str, key: str, headers: Headers, *rest: Any, **named: Any) -> tuple:
        before = set(s3._multipart_uploads)
        response = stock_create_upload(bucket, key, headers, *rest, **named)
        for upload_id in set(s3._multipart_uploads) - before:
            locks_of_uploads[upload_id] = lock_headers(headers)
        return response

    def complete_multipart_upload(bucket: str, key: str, body: bytes, query: dict, *rest: Any, **named: Any) -> tuple:
        upload_id = s3._qp(query, "uploadId")
        response = stock_complete_upload(bucket, key, body, query, *rest, **named)
        version_id = response[1].get("x-amz-version-id") if response[0] == 200 else None
        if version_id and upload_id in locks_of_uploads:
            s3._apply_object_lock_from_headers(bucket, key, locks_of_uploads.pop(upload_id), version_id)
        return response

    s3._put_bucket_versioning = put_bucket_versioning
    s3._object_lock_header_error = header_error
    s3._create_multipart_upload = create_multipart_upload
    s3._complete_multipart_upload = complete_multipart_upload
