"""localstripe, a stand-in for Stripe, as the local stack runs it. What it lacks is listed in ../DIFFERENCES.md."""

SUPPORTED_VERSION = "1.15.10"
