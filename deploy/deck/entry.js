// The parts of deck.gl that the maps use, and nothing else; portal/static/map/deck_map.js imports them by these names.
export { Deck, MapView, WebMercatorViewport } from "@deck.gl/core";
export { FillStyleExtension } from "@deck.gl/extensions";
export { _parseExpressionString as expression } from "@deck.gl/json";
export { GeoJsonLayer, TextLayer } from "@deck.gl/layers";
