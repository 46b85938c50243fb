"""What staff do about points: adjustments, proposals, packs."""
