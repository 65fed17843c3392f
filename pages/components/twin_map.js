// Two Leaflet maps that move as one. Their shapes come by address; every text is set as text, never as HTML, except the
// legends, which the server has escaped.
const HATCH = `<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
  <pattern id="wg-twin-unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect width="6" height="6" fill="#eef1f4"/><line x1="0" y1="0" x2="0" y2="6" stroke="#9aa7b3" stroke-width="2"/></pattern>
  <pattern id="wg-twin-hidden" width="5" height="5" patternUnits="userSpaceOnUse">
    <rect width="5" height="5" fill="#eef1f4"/><circle cx="2" cy="2" r="1" fill="#5b6b7b"/></pattern></defs></svg>`;
const rgba = (c) => `rgba(${c[0]},${c[1]},${c[2]},${(c[3] ?? 255) / 255})`;

function leaflet(vendor) {
  if (window.L) return Promise.resolve(window.L);
  window.__wgLeaflet ??= new Promise((done, fail) => {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${vendor}/leaflet/leaflet.css` });
    const script = Object.assign(document.createElement("script"), { src: `${vendor}/leaflet/leaflet.js` });
    script.onload = () => done(window.L);
    script.onerror = fail;
    document.head.append(sheet, script);
  });
  return window.__wgLeaflet;
}

function tip(properties) {
  const box = document.createElement("div");
  for (const [tag, words] of [["b", properties.n], ["div", properties.v], ["div", properties.x]]) {
    const line = document.createElement(tag);
    line.textContent = words ?? "";
    box.append(line);
  }
  return box;
}

function make(L, box) {
  const map = L.map(box, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, maxZoom: 20, minZoom: 6 });
  ["under", "areas", "over", "names"].forEach((name, i) => {
    map.createPane(name).style.zIndex = 410 + i;
    if (name !== "areas") map.getPane(name).style.pointerEvents = "none";
  });
  return map;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".wg-twins");
  const state = (root.state ??= { maps: null, drawn: ["", ""], run: 0 });
  const run = ++state.run;
  const boxes = [...root.querySelectorAll(".wg-twin")];
  boxes.forEach((box, i) => {
    box.setAttribute("aria-label", data.sides[i].title);
    box.querySelector(".wg-overlay").innerHTML = data.sides[i].legend;
    box.querySelector(".wg-canvas").style.height = `${data.height}px`;
  });
  root.click = (code) => setTriggerValue("clicked", code);

  leaflet(data.vendor).then(async (L) => {
    if (run !== state.run) return;
    if (!state.maps) {
      root.insertAdjacentHTML("beforeend", HATCH);
      state.maps = boxes.map((box) => make(L, box.querySelector(".wg-canvas")));
      state.shapes = [new Map(), new Map()];
      state.maps.forEach((map, i) => map.on("move", () => {
        if (state.isFollowing) return;
        state.isFollowing = true;
        state.maps[1 - i].setView(map.getCenter(), map.getZoom(), { animate: false });
        state.isFollowing = false;
      }));
    }
    if (state.bounds !== String(data.bounds)) {
      state.bounds = String(data.bounds);
      const [west, south, east, north] = data.bounds;
      state.maps.forEach((map) => map.invalidateSize());
      // The legend stands in the lower left corner of a wide map, and under a narrow one.
      const beside = boxes[0].clientWidth > 480 ? 150 : 12;
      const edges = { animate: false, paddingTopLeft: [beside, 12], paddingBottomRight: [12, 12] };
      state.maps[0].fitBounds([[south, west], [north, east]], edges);
    }
    await Promise.all(data.sides.map((side, i) => draw(L, root, state, i, side)));
    root.dataset.drawn = String(run);
  });

  return () => {
    state.maps?.forEach((map) => map.remove());
    root.state = null;
  };
}

async function draw(L, root, state, i, side) {
  const asked = JSON.stringify(side.layers);
  if (state.drawn[i] === asked) return;
  state.drawn[i] = asked;
  const answers = await Promise.all(side.layers.map(async (layer) => {
    const reply = await fetch(layer.url);
    return reply.ok ? reply.json() : null;
  }));
  if (state.drawn[i] !== asked || !state.maps) return;
  const map = state.maps[i];
  const group = L.layerGroup();
  const shapes = new Map();
  const point = (code, isOver) => state.shapes.forEach((known, j) => {
    const shape = known.get(code);
    if (!shape) return;
    shape.setStyle({ weight: isOver ? 3 : 1, color: isOver ? "#1b2733" : shape.line });
    if (isOver) shape.bringToFront();
    if (j !== i) isOver ? shape.openTooltip() : shape.closeTooltip();
  });
  side.layers.forEach((layer, at) => {
    const found = answers[at];
    if (!found) return;
    if (layer.kind === "names") {
      for (const row of found) group.addLayer(name(L, row));
      return;
    }
    const isArea = layer.kind === "areas";
    group.addLayer(L.geoJSON(found, {
      pane: layer.kind, interactive: isArea,
      style: ({ properties: p }) => isArea
        ? { fillColor: layer.pattern ? `url(#wg-twin-${layer.pattern})` : rgba(p.f), fillOpacity: 1, weight: 1,
            color: layer.line }
        : { fill: p.f[3] > 0, fillColor: rgba(p.f), fillOpacity: 1, color: rgba(p.l), weight: p.w },
      onEachFeature: (feature, shape) => {
        if (!isArea) return;
        const code = feature.properties.c;
        shape.line = layer.line;
        shapes.set(code, shape);
        shape.bindTooltip(tip(feature.properties), { sticky: false, direction: "top", className: "wg-twin-tip" });
        shape.on({ mouseover: () => point(code, true), mouseout: () => point(code, false), click: () => root.click(code) });
      },
    }));
  });
  state.groups ??= [];
  state.groups[i]?.remove();
  state.groups[i] = group.addTo(map);
  state.shapes[i] = shapes;
}

function name(L, row) {
  const words = document.createElement("div");
  words.className = "wg-twin-name";
  words.textContent = row.t;
  const icon = L.divIcon({ className: "", iconSize: [0, 0], html: words });
  return L.marker([row.p[1], row.p[0]], { icon, pane: "names", interactive: false, keyboard: false });
}
