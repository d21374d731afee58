"""Cognito: users as the pool's settings demand them: passwords, invitations, attributes, deletion protection.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
"""

import secrets
import string
import time
from typing import Any

from ministack.core.responses import error_response_json

Data = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

# The symbols that Cognito counts, without those that mails and shells mangle.
# https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
SYMBOLS = "^$*.[]{}()?!@#%&/,:;|_~+=-"
DEFAULT_TEMPORARY_DAYS = 7
SHORTEST_TEMPORARY_PASSWORD = 12
PASSWORD_SET_AT = "_tenantry_temporary_password_at"


def temporary_password(pool: Data) -> str:
    """A random password that the pool's policy accepts.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html
    """
    policy = (pool.get("Policies") or {}).get("PasswordPolicy") or {}
    classes = [string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS]
    length = max(int(policy.get("MinimumLength") or 0), SHORTEST_TEMPORARY_PASSWORD)
    characters = [secrets.choice(kind) for kind in classes]
    characters += [secrets.choice("".join(classes)) for _ in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def temporary_password_expired(pool: Data, user: Data) -> bool:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-create-user-accounts.html"""
    policy = (pool.get("Policies") or {}).get("PasswordPolicy") or {}
    days = int(policy.get("TemporaryPasswordValidityDays") or DEFAULT_TEMPORARY_DAYS)
    set_at = user.get(PASSWORD_SET_AT) or user.get("UserCreateDate") or 0
    return user.get("UserStatus") == "FORCE_CHANGE_PASSWORD" and time.time() > float(set_at) + days * 86_400


def attribute_refusal(pool: Data, attributes: list[Data], is_update: bool) -> Response | None:
    """Whether attributes break the pool's schema: unknown, immutable, or of the wrong length.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
    """
    schema = {attribute["Name"]: attribute for attribute in pool.get("SchemaAttributes") or []}
    prefix = "Attributes did not conform to the schema: "
    for attribute in attributes:
        name, value = attribute.get("Name", ""), attribute.get("Value") or ""
        known = schema.get(name)
        if known is None:
            message = f"{prefix}{name}: Attribute does not exist in the schema.\n"
        elif is_update and known.get("Mutable") is False:
            message = f"user.{name}: Attribute cannot be updated.\n"
        else:
            limits = known.get("StringAttributeConstraints") or {}
            longest, shortest = limits.get("MaxLength"), limits.get("MinLength")
            if longest is not None and len(value) > int(longest):
                message = f"{prefix}{name}: String must be no longer than {longest} characters.\n"
            elif shortest is not None and value and len(value) < int(shortest):
                message = f"{prefix}{name}: String must be at least {shortest} characters.\n"
            else:
                continue
        return error_response_json("InvalidParameterException", message, 400)
    return None


def client_refusal(client: Data | None, attributes: list[Data]) -> Response | None:
    """A user writes only the attributes that the app client may write; custom ones must be listed.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html#user-pool-settings-attribute-permissions-and-scopes
    """
    writable = (client or {}).get("WriteAttributes")
    for attribute in attributes:
        name = attribute.get("Name", "")
        if name not in writable if writable else name.startswith(("custom:", "dev:")):
            return error_response_json("NotAuthorizedException", "A client attempted to write unauthorized attribute", 400)
    return None


def is_case_sensitive(pool: Data) -> bool:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-case-sensitivity.html"""
    return (pool.get("UsernameConfiguration") or {}).get("CaseSensitive") is not False


def folded_username(pool: Data, username: str) -> str:
    """The name or alias as the pool stores it, where the pool ignores case."""
    if username in pool["_users"]:
        return username
    wanted = username.casefold()
    aliases = {*(pool.get("UsernameAttributes") or []), *(pool.get("AliasAttributes") or [])} & {"email", "preferred_username"}
    for name, user in list(pool["_users"].items()):
        if name.casefold() == wanted:
            return name
        for attribute in user.get("Attributes") or []:
            if attribute["Name"] in aliases and str(attribute.get("Value")).casefold() == wanted:
                return str(attribute["Value"])
    return username


def apply() -> None:
    from ministack.services import cognito

    stock_create = cognito._admin_create_user
    stock_admin_update = cognito._admin_update_user_attributes
    stock_update = cognito._update_user_attributes
    stock_set_password = cognito._admin_set_user_password
    stock_sign_up = cognito._sign_up
    stock_delete_pool = cognito._delete_user_pool
    stock_resolve = cognito._resolve_user
    stock_refused = cognito._password_signin_refused

    def resolve_user(pool: Data, username: str) -> tuple[Data | None, Response | None]:
        if isinstance(username, str) and not is_case_sensitive(pool):
            username = folded_username(pool, username)
        # Requests run in threads: another one may create a user while stock MiniStack looks through the pool's, which Python answers with an error.
        return stock_resolve({**pool, "_users": pool["_users"].copy()}, username)

    def admin_create_user(data: Data) -> Response:
        pool = cognito._user_pools.get(data.get("UserPoolId"))
        if pool is None:
            return stock_create(data)
        refusal = attribute_refusal(pool, data.get("UserAttributes") or [], is_update=False)
        if refusal is not None:
            return refusal
        existing, _ = cognito._resolve_user(pool, data.get("Username"))
        if str(data.get("MessageAction") or "").upper() == "RESEND":
            return resend(pool, existing, data)
        if existing is not None:
            return error_response_json("UsernameExistsException", "User account already exists", 400)
        return stock_create({**data, "TemporaryPassword": data.get("TemporaryPassword") or temporary_password(pool)})

    def resend(pool: Data, user: Data | None, data: Data) -> Response:
        # RESEND gives a new temporary password and a new term, to users who have not chosen their own yet.
        # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
        if user is None:
            return stock_create(data)
        if user.get("UserStatus") != "FORCE_CHANGE_PASSWORD":
            message = f"Resend not possible. {user['Username']} status is not FORCE_CHANGE_PASSWORD"
            return error_response_json("UnsupportedUserStateException", message, 400)
        password = data.get("TemporaryPassword") or temporary_password(pool)
        refusal = cognito._validate_password(pool, password)
        if refusal is not None:
            return refusal
        before = user["_password"]
        user["_password"] = password
        response = stock_create(data)
        if response[0] == 200:
            user[PASSWORD_SET_AT] = time.time()
        else:
            user["_password"] = before
        return response

    def admin_set_user_password(data: Data) -> Response:
        response = stock_set_password(data)
        if response[0] == 200:
            pool = cognito._user_pools[data["UserPoolId"]]
            user, _ = cognito._resolve_user(pool, data.get("Username"))
            if user is not None:
                user[PASSWORD_SET_AT] = time.time()
        return response

    def admin_update_user_attributes(data: Data) -> Response:
        pool = cognito._user_pools.get(data.get("UserPoolId"))
        refusal = attribute_refusal(pool, data.get("UserAttributes") or [], is_update=True) if pool else None
        return refusal or stock_admin_update(data)

    def update_user_attributes(data: Data) -> Response:
        _user, pool = cognito._user_pool_for_access_token(data.get("AccessToken"))
        if pool is None:
            return stock_update(data)
        attributes = data.get("UserAttributes") or []
        client = pool["_clients"].get(cognito._token_claims(data["AccessToken"]).get("client_id"))
        return client_refusal(client, attributes) or attribute_refusal(pool, attributes, is_update=True) or stock_update(data)

    def sign_up(data: Data) -> Response:
        pool, _ = cognito._pool_for_client(data.get("ClientId"))
        if pool is None:
            return stock_sign_up(data)
        if (pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
            # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-admin-create-user-policy.html
            return error_response_json("NotAuthorizedException", "SignUp is not permitted for this user pool", 400)
        attributes = data.get("UserAttributes") or []
        client = pool["_clients"].get(data.get("ClientId"))
        return client_refusal(client, attributes) or attribute_refusal(pool, attributes, is_update=False) or stock_sign_up(data)

    def delete_user_pool(data: Data) -> Response:
        pool = cognito._user_pools.get(data.get("UserPoolId")) or {}
        if pool.get("DeletionProtection") == "ACTIVE":
            # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html
            message = (
                "The user pool cannot be deleted because deletion protection is activated. "
                "Deletion protection must be inactivated first."
            )
            return error_response_json("InvalidParameterException", message, 400)
        return stock_delete_pool(data)

    def password_signin_refused(user: Data) -> Response | None:
        if not user.get("_password"):  # Stock MiniStack lets such a user in by any password.
            return error_response_json("NotAuthorizedException", "Incorrect username or password.", 400)
        for pool in cognito._user_pools.values():
            if pool["_users"].get(user["Username"]) is user and temporary_password_expired(pool, user):
                message = "Temporary password has expired and must be reset by an administrator."
                return error_response_json("NotAuthorizedException", message, 400)
        return stock_refused(user)

    cognito._resolve_user = resolve_user
    cognito._admin_create_user = admin_create_user
    cognito._admin_set_user_password = admin_set_user_password
    cognito._admin_update_user_attributes = admin_update_user_attributes
    cognito._update_user_attributes = update_user_attributes
    cognito._sign_up = sign_up
    cognito._delete_user_pool = delete_user_pool
    cognito._password_signin_refused = password_signin_refused
