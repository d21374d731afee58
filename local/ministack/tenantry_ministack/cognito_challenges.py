"""Cognito: sign-in challenges that are checked, and MFA that is demanded where the pool demands it.

Stock MiniStack takes any session string for a challenge, so that anyone who knows a user name signs in.
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
"""

import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import error_response_json, json_response

Data = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

TOTP = "SOFTWARE_TOKEN_MFA"
# What must have been answered for each challenge that a client responds to.
CHECKED = {"NEW_PASSWORD_REQUIRED": "NEW_PASSWORD_REQUIRED", TOTP: TOTP, "MFA_SETUP": "MFA_VERIFIED"}
DEFAULT_SESSION_MINUTES = 3
REMEMBERED_CODES = 8
USED_CODES = "_tenantry_used_codes"


@dataclass(frozen=True)
class Session:
    """A challenge that waits for its answer, by one user of one app client."""

    client_id: str
    username: str
    awaits: str
    expires_at: float


class Sessions:
    """Sessions by the string that a client holds; each is taken once."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}

    def open(self, token: str, session: Session) -> None:
        now = time.time()
        self._open = {key: kept for key, kept in self._open.items() if kept.expires_at > now}
        self._open[token] = session

    def find(self, token: Any, awaits: str) -> Session | None:
        session = self._open.get(token) if isinstance(token, str) else None
        return session if session and session.awaits == awaits and session.expires_at > time.time() else None

    def close(self, token: str) -> None:
        self._open.pop(token, None)


def invalid_session() -> Response:
    return error_response_json("NotAuthorizedException", "Invalid session for the user, session can only be used once.", 400)


def has_totp(user: Data) -> bool:
    return TOTP in user.get("_mfa_enabled", []) and bool(user.get("_totp_secret"))


def is_replay(user: Data, code: Any) -> bool:
    """A code counts once. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html"""
    return any(hmac.compare_digest(str(code), used) for used in user.get(USED_CODES, []))


def remember_code(user: Data, code: str) -> None:
    user[USED_CODES] = [*user.get(USED_CODES, []), code][-REMEMBERED_CODES:]


def apply() -> None:
    from ministack.services import cognito

    sessions = Sessions()
    stock_password_result = cognito._password_auth_result
    stock_associate = cognito._associate_software_token
    stock_verify = cognito._verify_software_token

    def open_session(pool: Data, client_id: str, username: str, awaits: str, token: str) -> None:
        client = pool["_clients"].get(client_id) or {}
        minutes = client.get("AuthSessionValidity") or DEFAULT_SESSION_MINUTES
        sessions.open(token, Session(client_id, username, awaits, time.time() + minutes * 60))

    def password_auth_result(
        pool: Data, pool_id: str, client_id: str, user: Data, username: str, metadata: Data | None = None, data: Data | None = None
    ) -> Response:
        demands_setup = pool.get("MfaConfiguration") == "ON" and not has_totp(user)
        if user.get("UserStatus") != "FORCE_CHANGE_PASSWORD" and demands_setup:
            # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
            token = secrets.token_urlsafe(64)
            open_session(pool, client_id, user["Username"], "MFA_SETUP", token)
            parameters = {"USER_ID_FOR_SRP": user["Username"], "MFAS_CAN_SETUP": json.dumps([TOTP])}
            return json_response({"ChallengeName": "MFA_SETUP", "Session": token, "ChallengeParameters": parameters})
        response = stock_password_result(pool, pool_id, client_id, user, user["Username"], metadata, data)
        answer = json.loads(response[2])
        if response[0] == 200 and "ChallengeName" in answer:
            open_session(pool, client_id, user["Username"], answer["ChallengeName"], answer["Session"])
        return response

    def associate_software_token(data: Data) -> Response:
        if data.get("AccessToken"):
            user, _ = cognito._user_pool_for_access_token(data["AccessToken"])
            return stock_associate(data) if user else error_response_json("NotAuthorizedException", "Invalid Access Token", 400)
        session = sessions.find(data.get("Session"), "MFA_SETUP")
        if session is None:
            return invalid_session()
        sessions.close(data["Session"])
        response = stock_associate(data)
        pool, _ = cognito._pool_for_client(session.client_id)
        open_session(pool, session.client_id, session.username, "MFA_ASSOCIATED", json.loads(response[2])["Session"])
        return response

    def verify_software_token(data: Data) -> Response:
        if data.get("AccessToken"):
            return stock_verify(data)
        session = sessions.find(data.get("Session"), "MFA_ASSOCIATED")
        if session is None:
            return invalid_session()
        secret = cognito._totp_session_secrets.get(data["Session"])
        response = stock_verify(data)
        if response[0] != 200:
            return response
        sessions.close(data["Session"])
        pool, _ = cognito._pool_for_client(session.client_id)
        user, refusal = cognito._resolve_user(pool, session.username)
        if user is None:
            return refusal
        user.update(_totp_secret=secret, _mfa_enabled=[TOTP], _preferred_mfa=TOTP)
        open_session(pool, session.client_id, session.username, "MFA_VERIFIED", json.loads(response[2])["Session"])
        return response

    def setting_preference(stock: Callable[[Data], Response], find_user: Callable[[Data], Data | None]) -> Callable[[Data], Response]:
        def set_preference(data: Data) -> Response:
            user = find_user(data)
            enables = (data.get("SoftwareTokenMfaSettings") or {}).get("Enabled")
            if user is not None and enables and not user.get("_totp_secret"):
                message = "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA"
                return error_response_json("InvalidParameterException", message, 400)
            return stock(data)

        return set_preference

    def responding(stock: Callable[[Data], Response]) -> Callable[[Data], Response]:
        def respond(data: Data) -> Response:
            awaits = CHECKED.get(data.get("ChallengeName", ""))
            if awaits is None:
                if data.get("ChallengeName") == "SMS_MFA":
                    return invalid_session()  # Nothing here ever asks for it.
                return stock(data)
            pool, pool_id = cognito._pool_for_client(data.get("ClientId"))
            session = sessions.find(data.get("Session"), awaits)
            answers = data.get("ChallengeResponses") or {}
            if pool is None or session is None or session.client_id != data.get("ClientId"):
                return invalid_session()
            user, _ = cognito._resolve_user(pool, session.username)
            named, _ = cognito._resolve_user(pool, answers.get("USERNAME"))
            if user is None or named is not user:
                return invalid_session()
            if not user.get("Enabled", True):
                return error_response_json("NotAuthorizedException", "User is disabled.", 400)
            answered = {"NEW_PASSWORD_REQUIRED": respond_new_password, TOTP: respond_totp}.get(awaits)
            response = answered(stock, data, pool, pool_id, user) if answered else stock(data)
            if response[0] == 200:
                sessions.close(data["Session"])
            return response

        return respond

    def respond_new_password(stock: Callable, data: Data, pool: Data, pool_id: str, user: Data) -> Response:
        password = (data.get("ChallengeResponses") or {}).get("NEW_PASSWORD")
        refusal = cognito._validate_password(pool, password or "")
        if refusal is not None:
            return refusal
        if pool.get("MfaConfiguration") == "ON" or (pool.get("MfaConfiguration") == "OPTIONAL" and has_totp(user)):
            user["_password"], user["UserStatus"] = password, "CONFIRMED"
            return password_auth_result(pool, pool_id, data["ClientId"], user, user["Username"], data=data)
        return stock(data)

    def respond_totp(stock: Callable, data: Data, pool: Data, pool_id: str, user: Data) -> Response:
        code = (data.get("ChallengeResponses") or {}).get(f"{TOTP}_CODE")
        if not has_totp(user):
            return invalid_session()
        if is_replay(user, code):
            return error_response_json("ExpiredCodeException", "Your software token has already been used once.", 400)
        response = stock(data)
        if response[0] == 200:
            remember_code(user, code)
        return response

    def user_named(data: Data) -> Data | None:
        pool = cognito._user_pools.get(data.get("UserPoolId"))
        return cognito._resolve_user(pool, data.get("Username"))[0] if pool else None

    def user_of_token(data: Data) -> Data | None:
        return cognito._user_pool_for_access_token(data.get("AccessToken"))[0]

    cognito._password_auth_result = password_auth_result
    cognito._associate_software_token = associate_software_token
    cognito._verify_software_token = verify_software_token
    cognito._respond_to_auth_challenge = responding(cognito._respond_to_auth_challenge)
    cognito._admin_respond_to_auth_challenge = responding(cognito._admin_respond_to_auth_challenge)
    cognito._admin_set_user_mfa_preference = setting_preference(cognito._admin_set_user_mfa_preference, user_named)
    cognito._set_user_mfa_preference = setting_preference(cognito._set_user_mfa_preference, user_of_token)
