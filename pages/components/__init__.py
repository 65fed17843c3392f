"""What pages share: the map, the cards, the trend, the table. Every value passes `esc` on its way into HTML."""
