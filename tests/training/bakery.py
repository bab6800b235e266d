"""The text that the tests of training ask about."""

from qa.training.data import Example

CONTEXT = (
    "The bakery of Hilltown opened in 1990 with two ovens and a small shop in the old town. Maria Lopez founded it "
    "with her brother Paul. It was the first bakery in the county that sold 40 kinds of bread to the people of Norland."
)


def example(question: str, answer: str) -> Example:
    """Ask something that the text answers with these words."""
    start = CONTEXT.index(answer)
    return Example(question, CONTEXT, True, (start, start + len(answer)), "squad2")
