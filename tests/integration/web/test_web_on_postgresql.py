"""The same on PostgreSQL: what customers add to a conversation, and who they are."""

from __future__ import annotations

import pytest

from tests.integration.web.test_attachments import (
    test_files_go_both_ways_between_customer_and_agent,
    test_what_nobody_sent_and_what_was_erased_goes,
)
from tests.integration.web.test_channel import test_a_message_left_is_kept_once_with_the_way_to_reach
from tests.integration.web.test_identity import (
    test_an_old_token_is_replaced_and_lives_until_the_new_one_is_used,
    test_what_an_anonymous_visitor_said_moves_along_and_the_old_token_ends,
)
from tests.integration.web.test_opinions import (
    test_the_rating_then_the_recommendation,
)

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

__all__ = [
    "test_a_message_left_is_kept_once_with_the_way_to_reach",
    "test_an_old_token_is_replaced_and_lives_until_the_new_one_is_used",
    "test_files_go_both_ways_between_customer_and_agent",
    "test_the_rating_then_the_recommendation",
    "test_what_an_anonymous_visitor_said_moves_along_and_the_old_token_ends",
    "test_what_nobody_sent_and_what_was_erased_goes",
]
