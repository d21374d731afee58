"""MiniStack with the behaviours of AWS that Tenantry depends on and that stock MiniStack lacks.

`python -m tenantry_ministack` starts it. Each module named after a service holds the patches of that service; what is still
unlike AWS is listed in `local/DIFFERENCES.md`.
"""

SUPPORTED_VERSION = "1.5.33"
