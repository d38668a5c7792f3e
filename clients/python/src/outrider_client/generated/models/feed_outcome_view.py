from typing import Literal

FeedOutcomeView = Literal["already_closed", "closed", "no_match", "not_begun", "not_valid", "over"]

FEED_OUTCOME_VIEW_VALUES: set[FeedOutcomeView] = {
    "already_closed",
    "closed",
    "no_match",
    "not_begun",
    "not_valid",
    "over",
}


def check_feed_outcome_view(value: str) -> FeedOutcomeView:
    if value in FEED_OUTCOME_VIEW_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FEED_OUTCOME_VIEW_VALUES!r}")
