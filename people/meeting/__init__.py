"""How people meet each other: profiles, photos, favourites, blocks."""
