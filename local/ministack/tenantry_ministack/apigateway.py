"""API Gateway REST APIs: what a Lambda proxy integration answers when something is wrong, and whether it may be called at all.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

import asyncio
import json
from typing import Any

from tenantry_ministack.service_roles import resource_permits

SERVICE_PRINCIPAL = "apigateway.amazonaws.com"
LONGEST_INTEGRATION_MILLISECONDS = 29_000
LARGEST_PAYLOAD_BYTES = 10 * 1024 * 1024
OPAQUE_ERROR = "Internal server error"


def is_proxy_response(answer: Any) -> bool:
    """Whether a function's answer has the form that a Lambda proxy integration demands.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
    """
    if not isinstance(answer, dict) or not str(answer.get("statusCode", "")).isdigit():
        return False
    has_headers = all(isinstance(answer.get(key) or {}, dict) for key in ("headers", "multiValueHeaders"))
    return has_headers and isinstance(answer.get("body") or "", str)


def apply() -> None:
    from ministack.core.arn import execute_api_arn
    from ministack.services import apigateway_v1, lambda_svc

    stock_invoke = apigateway_v1._invoke_lambda_proxy_v1

    def proxy_response(result: dict) -> tuple[dict | None, str | None]:
        # The caller never learns what a function's error was.
        answer = result.get("body")
        if isinstance(answer, str):
            try:
                answer = json.loads(answer)
            except ValueError:
                answer = None
        if result.get("error") or result.get("throttle") or not is_proxy_response(answer):
            return None, OPAQUE_ERROR
        return answer, None

    async def invoke(integration: dict, *place: Any, **named: Any) -> Any:
        api_id, stage_name, _stage, _resource, path, method, _headers, body = place[:8]
        if len(body or b"") > LARGEST_PAYLOAD_BYTES:
            return apigateway_v1._gw_error("REQUEST_TOO_LARGE", f"HTTP content length exceeded {LARGEST_PAYLOAD_BYTES} bytes.")
        function_arn = apigateway_v1._extract_lambda_ref_from_integration_uri(integration.get("uri", ""))
        account, region = named.get("owner_account_id"), named.get("owner_region")
        source_arn = execute_api_arn(region, account, api_id, stage_name, method, path)
        function, _, _ = lambda_svc._get_func_record_for_ref_in_scope(function_arn, account_id=account, region=region)
        # Without permission the API answers 500.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
        policy = (function or {}).get("policy")
        permits = resource_permits(policy, SERVICE_PRINCIPAL, "lambda:InvokeFunction", function_arn, source_arn)
        if not permits and not integration.get("credentials"):
            return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", OPAQUE_ERROR)
        milliseconds = int(integration.get("timeoutInMillis") or LONGEST_INTEGRATION_MILLISECONDS)
        try:
            return await asyncio.wait_for(stock_invoke(integration, *place, **named), timeout=milliseconds / 1000)
        except (asyncio.TimeoutError, TimeoutError):
            return apigateway_v1._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")

    apigateway_v1._lambda_proxy_response = proxy_response
    apigateway_v1._invoke_lambda_proxy_v1 = invoke
