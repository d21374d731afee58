"""KMS: ciphertexts that were changed, or that belong to another key, are refused.

Stock MiniStack encrypts by XOR without authentication, so that a changed ciphertext decrypts to something.
https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from ministack.core.responses import error_response_json

Data = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

TAG_BYTES = hashlib.sha256().digest_size
KEY_ID_CHARACTERS = 36


def tag_of(key: Data, ciphertext: bytes) -> bytes:
    """Authenticates a ciphertext, which carries its encryption context's hash."""
    return hmac.new(key["_symmetric_key"], b"tenantry:" + ciphertext, hashlib.sha256).digest()


def sealed(key: Data, encoded: str) -> str:
    ciphertext = base64.b64decode(encoded)
    return base64.b64encode(ciphertext + tag_of(key, ciphertext)).decode()


def invalid_ciphertext() -> Response:
    return error_response_json("InvalidCiphertextException", "", 400)


def apply() -> None:
    from ministack.services import kms

    stock_encrypt = kms._encrypt
    stock_decrypt = kms._decrypt
    stock_data_key = kms._generate_data_key_common
    stock_key_pair = kms._generate_data_key_pair_common

    def encrypt(data: Data) -> Response:
        status, headers, body = stock_encrypt(data)
        key = kms._resolve_key(data.get("KeyId", ""))
        if status != 200 or key is None or "_symmetric_key" not in key:
            return status, headers, body
        answer = json.loads(body)
        answer["CiphertextBlob"] = sealed(key, answer["CiphertextBlob"])
        return status, headers, json.dumps(answer).encode()

    def decrypt(data: Data) -> Response:
        named = kms._resolve_key(data["KeyId"]) if data.get("KeyId") else None
        if named is not None and "_symmetric_key" not in named:
            return stock_decrypt(data)
        if data.get("KeyId") and named is None:
            return stock_decrypt(data)  # Which says that there is no such key.
        try:
            blob = base64.b64decode(data.get("CiphertextBlob") or "", validate=True)
        except (binascii.Error, TypeError):
            return invalid_ciphertext()
        ciphertext, tag = blob[:-TAG_BYTES], blob[-TAG_BYTES:]
        key = kms._resolve_key(ciphertext[:KEY_ID_CHARACTERS].decode("utf-8", errors="ignore"))
        if key is None or "_symmetric_key" not in key or not hmac.compare_digest(tag, tag_of(key, ciphertext)):
            return invalid_ciphertext()
        if named is not None and named is not key:
            message = "The key ID in the request does not identify a CMK that can perform this operation."
            return error_response_json("IncorrectKeyException", message, 400)
        return stock_decrypt({**data, "CiphertextBlob": base64.b64encode(ciphertext).decode()})

    def generate_data_key_common(data: Data, action: str = "GenerateDataKey") -> tuple:
        key, data_key, ciphertext = stock_data_key(data, action)
        return (key, data_key, ciphertext) if key is None else (key, data_key, ciphertext + tag_of(key, ciphertext))

    def generate_data_key_pair_common(data: Data, action: str) -> tuple:
        payload, private_key, refusal = stock_key_pair(data, action)
        if refusal is None:
            key = kms._resolve_key(data["KeyId"])
            payload["PrivateKeyCiphertextBlob"] = sealed(key, payload["PrivateKeyCiphertextBlob"])
        return payload, private_key, refusal

    kms._encrypt = encrypt
    kms._decrypt = decrypt
    kms._generate_data_key_common = generate_data_key_common
    kms._generate_data_key_pair_common = generate_data_key_pair_common
