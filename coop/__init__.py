"""Who there is and what they did: places, members, shares, labour, herd, scores, access."""
