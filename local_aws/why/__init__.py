"""Why a pasted request got a 403: `python -m local_aws.why`, or `why-403` where the extra local-aws is installed."""
