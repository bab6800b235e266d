"""What anyone would write first: ``python tests/benchmarks/obvious.py ARTICLE QUESTION TOKENS``.

Chunks of 75 words, the four nearest in the prompt, and so many tokens of the model's answer. It is what the
assistant's speed is measured against, with the same models and the same build of llama.cpp.
"""

from __future__ import annotations

import sys
from pathlib import Path

WORDS, TOP = 75, 4


def chunks_of(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[at : at + WORDS]) for at in range(0, len(words), WORDS)]


def prompt_of(question: str, chunks: list[str]) -> str:
    passages = "\n".join(f"[{n}] {chunk}" for n, chunk in enumerate(chunks, start=1))
    return (
        "<|im_start|>system\nAnswer the question from the passages and cite them like [1]. If they do not say, say "
        f"that you don't know.<|im_end|>\n<|im_start|>user\n{passages}\n\nQuestion: {question}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def main() -> None:
    article, question, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    from llama_cpp import Llama
    from sentence_transformers import SentenceTransformer

    from qa.models.encoder import bundled_folder
    from qa.models.files import bundled_file

    embedder = SentenceTransformer(str(bundled_folder()), device="cpu")
    llama = Llama(str(bundled_file()), n_ctx=4096, verbose=False)
    chunks = chunks_of(Path(article).read_text(encoding="utf-8"))
    scores = embedder.encode([question]) @ embedder.encode(chunks).T
    nearest = [chunks[n] for n in scores[0].argsort()[::-1][:TOP]]
    tokens = llama.tokenize(prompt_of(question, nearest).encode(), add_bos=False, special=True)
    written: list[int] = []
    for token in llama.generate(tokens, temp=0.0):
        written.append(token)
        if len(written) == count:
            break
    print(llama.detokenize(written).decode(errors="ignore"))


if __name__ == "__main__":
    main()
