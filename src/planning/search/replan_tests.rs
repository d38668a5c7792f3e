//! Replanning: what is remembered from search to search must never show.
