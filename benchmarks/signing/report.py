"""Turns the signers' figures into a table and sentences. It measures nothing."""

import statistics

KINDS = ("GET", "POST")
OURS, FLOOR, BOTOCORE = "sign", "the floor", "botocore"
PROJECTS_OWN = (OURS, "SigV4Auth")
OF_PYTHON = (BOTOCORE, "aws-sdk-signers", "httpx-auth-awssigv4", "requests-aws4auth", "awscrt")
BOTOCORE_TARGET = 4.0

# By signer and kind of request, microseconds per signature of each round.
Results = dict[str, dict[str, list[float]]]


def median(results: Results, name: str, kind: str) -> float:
    return statistics.median(results[name][kind])


def ratios(results: Results) -> list[tuple[str, float]]:
    """Each signer's CPU time for a GET as a ratio to `sign`, the least first."""
    ours = median(results, OURS, "GET")
    return sorted(((name, median(results, name, "GET") / ours) for name in results), key=lambda pair: pair[1])


def table(results: Results) -> str:
    lines = ["| signer | GET median | min | POST median | min | GET ÷ floor | GET ÷ `sign` |", f"|---|{'--:|' * 6}"]
    for name, ratio in ratios(results):
        get, post = median(results, name, "GET"), median(results, name, "POST")
        least = [min(results[name][kind]) for kind in KINDS]
        over = get / median(results, FLOOR, "GET")
        lines.append(
            f"| {name} | {get:.1f} | {least[0]:.1f} | {post:.1f} | {least[1]:.1f} | {over:.1f} | {ratio:.1f} |"
        )
    return "\n".join(lines)


def targets(results: Results) -> str:
    """Whether `sign` is ahead of every other signer written for Python, and far ahead of botocore's."""
    by_name = {name.partition(" ")[0]: ratio for name, ratio in ratios(results) if name != FLOOR}
    faster = [name for name in OF_PYTHON if by_name.get(name, 1.0) < 1.0]
    ahead = f"**missed** (less: {', '.join(faster)})" if faster else "reached"
    sentence = f"Target: `sign` ahead of every other Python signer: {ahead}."
    if BOTOCORE not in by_name:
        return sentence
    far = "reached" if by_name[BOTOCORE] >= BOTOCORE_TARGET else "**missed**"
    return f"{sentence} Target: {BOTOCORE_TARGET:g} times as fast as botocore's: {far}, {by_name[BOTOCORE]:.1f} times."


def chart_text(results: Results) -> str:
    """What the bar chart shows, for those who can't see it."""
    values = "; ".join(f"{name} {ratio:.1f}" for name, ratio in ratios(results))
    return f"CPU time per signature of a GET as a ratio to this project's sign: {values}"
