"""What search engines are told of a topic, in the words of schema.org."""

from typing import Any

from aiohttp.web import Request

from web.http.public_pages.addresses import site_address
from writing.board.reading import BoardAnswer
from writing.board.topics import BoardTopic

CONTEXT = "https://schema.org"


def topic(request: Request, asked: BoardTopic, answers: list[BoardAnswer]) -> list[dict[str, Any]]:
    """Return a topic with those of its answers that stand on the page.

    Answered it is a page of questions and answers, before that a post in a forum.
    """
    url = f"{site_address(request)}/board/{asked.id}"
    given = [_answer(url, one) for one in answers if one.shown and not one.by_asker]
    said: dict[str, Any] = {
        "text": asked.text,
        "author": {"@type": "Person", "name": asked.name},
        "datePublished": asked.written_at.isoformat(),
        "url": url,
    }
    if not given:
        post = {"@type": "DiscussionForumPosting", "headline": asked.title, **said}
        return [{"@context": CONTEXT, **post}]
    question = {
        "@type": "Question",
        "name": asked.title,
        **said,
        "answerCount": asked.answers,
        "suggestedAnswer": given,
    }
    return [{"@context": CONTEXT, "@type": "QAPage", "mainEntity": question}]


def _answer(url: str, one: BoardAnswer) -> dict[str, Any]:
    return {
        "@type": "Answer",
        "text": one.text,
        "author": {"@type": "Person", "name": one.name},
        "datePublished": one.written_at.isoformat(),
        "upvoteCount": one.helpful,
        "url": f"{url}#answer-{one.id}",
    }
