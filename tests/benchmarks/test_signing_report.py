"""The table and sentences about the signers, from figures that are made up here."""

from benchmarks.signing import report


def results(**others: float) -> report.Results:
    signers = {"the floor": 3.0, "sign": 10.0, "SigV4Auth": 18.0, **others}
    return {name: {"GET": [us + 5, us, us - 2], "POST": [us * 2]} for name, us in signers.items()}


def test_ranks_the_signers_with_their_ratio_to_sign() -> None:
    ranked = report.ratios(results(**{"botocore 1.44.5": 50.0, "aws4 1.13.2": 15.0}))
    assert ranked == [
        ("the floor", 0.3),
        ("sign", 1.0),
        ("aws4 1.13.2", 1.5),
        ("SigV4Auth", 1.8),
        ("botocore 1.44.5", 5.0),
    ]


def test_a_line_of_the_table_has_medians_and_least_values() -> None:
    assert report.table(results()).splitlines()[-1] == "| SigV4Auth | 18.0 | 16.0 | 36.0 | 36.0 | 6.0 | 1.8 |"


def test_says_that_the_targets_are_reached() -> None:
    text = report.targets(results(**{"botocore 1.44.5": 50.0, "awscrt 0.38.1": 15.0}))
    assert text.count("reached") == 2
    assert "missed" not in text
    assert text.endswith("5.0 times.")


def test_says_that_a_target_is_missed_and_by_whom() -> None:
    text = report.targets(results(**{"botocore 1.44.5": 39.0, "awscrt 0.38.1": 9.0}))
    assert "**missed** (less: awscrt)" in text
    assert "botocore's: **missed**, 3.9 times." in text


def test_a_signer_that_is_not_installed_is_not_counted() -> None:
    assert report.targets(results()) == "Target: `sign` ahead of every other Python signer: reached."


def test_a_signer_of_another_language_may_be_faster() -> None:
    assert "missed" not in report.targets(results(**{"aws4 1.13.2": 2.0}))


def test_the_text_of_the_chart_names_every_signer() -> None:
    assert report.chart_text(results()).endswith("sign: the floor 0.3; sign 1.0; SigV4Auth 1.8")
