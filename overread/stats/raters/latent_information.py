"""Variance of a latent class model: what the ratings tell, less what the unknown classes hide."""

from __future__ import annotations

from typing import Final

import numpy as np

from overread.stats.estimate import FloatArray

# relative size below which an eigenvalue is one of the null directions (the logits of a row have one each)
_NULL: Final = 1e-10


def _scores(
    counts: FloatArray, prevalence: FloatArray, confusion: FloatArray, j: int
) -> FloatArray:
    """Complete-data scores of the logits if every item were of class j, shape (S, items, parameters)."""
    s, items, raters, k = counts.shape
    of_class = np.broadcast_to(np.eye(k)[j] - prevalence[:, None, :], (s, items, k))
    of_rows = np.zeros((s, items, raters, k, k))
    given = counts.sum(axis=-1, keepdims=True)
    of_rows[..., j, :] = counts - given * confusion[:, None, :, j, :]
    return np.concatenate([of_class, of_rows.reshape(s, items, raters * k * k)], axis=-1)


def _spread(p: FloatArray) -> FloatArray:
    """Covariance matrix of one draw, diag(p) - p p'."""
    return p[..., :, None] * np.eye(p.shape[-1]) - p[..., :, None] * p[..., None, :]


def variances(
    counts: FloatArray,
    weights: FloatArray,
    posterior: FloatArray,
    prevalence: FloatArray,
    confusion: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Invert the observed information of a latent class model.

    Args:
        counts: Ratings, shape (S, items, raters, k).
        weights: How many items show these ratings, shape (S, items).
        posterior: Class probabilities of the items, shape (S, items, k).
        prevalence: Class shares, shape (S, k), none of them 0.
        confusion: Rater's answers given the class, shape (S, raters, k, k), rows true classes, none of them 0:
            on a bound a variance would be 0.

    Returns:
        Variances of the prevalence, shape (S, k), and of the confusion, shape (S, raters, k, k).

    Source:
        Louis, J R Stat Soc B 44:226-233 (1982).
    """
    s, _, raters, k = counts.shape
    size = k + raters * k * k
    given = counts.sum(axis=-1)
    rows = np.einsum("si,sij,sir->srj", weights, posterior, given)
    blocks = np.concatenate([prevalence[:, None, :], confusion.reshape(s, raters * k, k)], axis=1)
    mass = np.concatenate([weights.sum(axis=-1)[:, None], rows.reshape(s, raters * k)], axis=1)
    complete = np.zeros((s, size, size))
    for block in range(blocks.shape[1]):
        part = slice(block * k, (block + 1) * k)
        complete[:, part, part] = mass[:, block, None, None] * _spread(blocks[:, block])
    hidden = np.zeros_like(complete)
    mean = np.zeros((s, counts.shape[1], size))
    for j in range(k):
        score = _scores(counts, prevalence, confusion, j)
        share = posterior[..., j, None]
        hidden += np.swapaxes(score * share * weights[..., None], -1, -2) @ score
        mean += share * score
    hidden -= np.swapaxes(mean * weights[..., None], -1, -2) @ mean

    values, vectors = np.linalg.eigh(complete - hidden)
    small = values <= _NULL * np.maximum(values[:, -1:], _NULL)
    inverse = np.where(small, 0.0, 1 / np.where(small, 1.0, values))
    covariance = (vectors * inverse[:, None, :]) @ np.swapaxes(vectors, -1, -2)
    out = np.zeros(blocks.shape)
    for block in range(blocks.shape[1]):
        part = slice(block * k, (block + 1) * k)
        slope = _spread(blocks[:, block])
        out[:, block] = np.einsum("sab,sbc,sac->sa", slope, covariance[:, part, part], slope)
    out = np.maximum(out, 0.0)
    return out[:, 0], out[:, 1:].reshape(confusion.shape)
