"""A query that every reader canonicalises alike: what two readers could take for different things is rewritten.

It changes no name or value and no order, only how they are written; what is unambiguous stays as it is.
Source: AWS IAM User Guide, "Create a signed AWS API request", "CanonicalQueryString"; RFC 3986, section 2.
"""

import re

# A `+` (a space or a plus), lower-case or broken escapes, empty pairs.
find_ambiguity = re.compile(r"\+|%(?![0-9A-F]{2})|^&|&(?=&|$)").search


def unambiguous(query: str) -> str:
    """`a+b&&c=%2f` as `a%20b&c=%2F`: a `+` is a space, as in an HTML form, and a `%` that escapes nothing is one."""
    if not find_ambiguity(query):
        return query
    query = query.replace("+", "%20")
    query = re.sub("%[0-9A-Fa-f]{2}", lambda escape: escape[0].upper(), query)
    query = re.sub("%(?![0-9A-F]{2})", "%25", query)
    return "&".join(pair for pair in query.split("&") if pair)
