// One map drawn by deck.gl (地图组件): pages/components/deck.py sends pydeck's JSON, data comes by address.
//
// - A change is drawn once, when everything it needs has come; the old picture stays till then.
// - Shapes stay here while values change: a layer with `shapes` brings values alone, joined by code.
// - Names stand in the order of their importance; those that would touch one before them wait for a nearer view.
// - The page scrolls over the map: Ctrl + wheel or two fingers zoom, the mouse drags, keys and buttons do both.
//
// Every text is set as text, never as HTML. For tests and people who look: data-drawn, data-frames, data-view.
const TILE = 512;
const MOST_ZOOM = 20;
const TOUCHED = matchMedia("(pointer: coarse)").matches ? 6 : 0; // pixels round a finger
const BUTTONS = 62;
const KEPT_ANSWERS = 80;
const KEPT_VIEWS = 40;
const AGAIN_MS = [2000, 5000, 15000, 60000];
const MOST_LOSSES = 5;
const FONT_MS = 400; // longer than this, names are written in what there is, and again when it has come
const FACE = '600 13px "Noto Sans SC"';

// --- what is fetched, and what is remembered of it ---

class Recent extends Map {
  constructor(most) {
    super();
    this.most = most;
  }

  keep(key, make) {
    const found = this.has(key) ? this.get(key) : make();
    this.delete(key);
    this.set(key, found);
    if (this.size > this.most) this.delete(this.keys().next().value);
    return found;
  }
}

const answers = new Recent(KEPT_ANSWERS);
const pictures = new Recent(8);
const views = new Recent(KEPT_VIEWS);
const inks = new Recent(20000);
const byCode = new WeakMap();
let pen = null;
let face = ""; // grows when our font came after names were drawn: deck.gl keeps letters by the font's name

function fetched(url) {
  return answers.keep(url, () => {
    const answer = fetch(url).then((reply) => {
      if (!reply.ok) throw Object.assign(new Error(`${reply.status}`), { status: reply.status });
      return reply.json();
    });
    answer.catch(() => answers.delete(url));
    return answer;
  });
}

function picture(url) {
  return pictures.keep(url, () => {
    const answer = fetch(url).then(async (reply) => createImageBitmap(await reply.blob()));
    answer.catch(() => pictures.delete(url));
    return answer;
  });
}

function shapesByCode(shapes) {
  if (!byCode.has(shapes)) byCode.set(shapes, new Map(shapes.features.map((one) => [one.properties.c, one.geometry])));
  return byCode.get(shapes);
}

const isSame = (a, b) => a.length === b.length && a.every((one, i) => one === b[i]);
const between = (least, value, most) => Math.min(Math.max(value, least), most);
const mercatorY = (lat) => Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);

// --- names that have room ---

function widthOf(text, font) {
  return inks.keep(`${font}|${text}`, () => {
    pen ??= document.createElement("canvas").getContext("2d");
    pen.font = font;
    return Math.max(...text.split("\n").map((line) => pen.measureText(line).width));
  });
}

// Of rows in the order of importance those whose plates do not touch one written before, at a zoom.
function withRoom(rows, look, zoom) {
  const scale = TILE * 2 ** zoom;
  const size = typeof look.getSize === "number" ? look.getSize : 13;
  const [padX, padY] = look.backgroundPadding ?? [0, 0];
  const font = `${look.fontWeight ?? 400} ${size}px ${look.fontFamily ?? "sans-serif"}`;
  const taken = new Map(); // squares of the plane to the plates that reach into them
  const step = 64;
  return rows.filter((row) => {
    const text = String(look.getText(row) ?? "");
    const [lon, lat] = look.getPosition(row);
    const [dx, dy] = typeof look.getPixelOffset === "function" ? look.getPixelOffset(row) : (look.getPixelOffset ?? [0, 0]);
    const x = (lon / 360) * scale + dx, y = -mercatorY(lat) * scale + dy;
    const wide = widthOf(text, font) / 2 + padX + 1;
    const high = (text.split("\n").length * size * (look.lineHeight ?? 1)) / 2 + padY + 1;
    const box = [x - wide, y - high, x + wide, y + high];
    const squares = [];
    for (let i = Math.floor(box[0] / step); i <= box[2] / step; i++)
      for (let j = Math.floor(box[1] / step); j <= box[3] / step; j++) squares.push(`${i},${j}`);
    const isFree = squares.every((square) =>
      (taken.get(square) ?? []).every((b) => b[0] >= box[2] || b[2] <= box[0] || b[1] >= box[3] || b[3] <= box[1]));
    if (isFree) for (const square of squares) taken.set(square, [...(taken.get(square) ?? []), box]);
    return isFree;
  });
}

// --- one map ---

class DeckMap {
  constructor(root, lib) {
    Object.assign(this, { root, lib, run: 0, frames: 0, losses: 0, failures: 0, deck: null, layers: [], spec: "" });
    this.box = root.querySelector(".wg-deck-map");
    this.looks = new Recent(60);
    this.joined = new Map();
    this.placed = new Map();
    this.extensions = new Map();
    this.off = new AbortController();
    this.sizes = new ResizeObserver(() => this.resized());
    this.sizes.observe(this.box);
    this.listen();
  }

  // The newest message of the server: called at every run of the page.
  take(component) {
    const { data } = component;
    this.component = component;
    this.data = data;
    this.name();
    const spec = JSON.stringify([data.deck, data.bounds]);
    if (spec === this.spec) return;
    this.spec = spec;
    this.failures = 0;
    this.load();
  }

  name() {
    const { words, controls } = this.data;
    const title = document.querySelector(".wg-head h1")?.textContent ?? "";
    this.box.setAttribute("aria-label", [words.map, title, controls ? words.keys : ""].filter(Boolean).join(" · "));
    this.box.setAttribute("role", controls ? "application" : "img");
    if (controls) this.box.tabIndex = 0;
    this.root.querySelector(".wg-deck-buttons").hidden = !controls;
    for (const button of this.root.querySelectorAll("[data-do]")) {
      button.title = words[button.dataset.do];
      button.setAttribute("aria-label", words[button.dataset.do]);
    }
  }

  async load() {
    const run = ++this.run;
    const { layers } = this.data.deck;
    clearTimeout(this.again);
    this.root.dataset.drawn = "no";
    while (run === this.run && !this.box.clientWidth) await new Promise(requestAnimationFrame);
    if (run !== this.run) return;
    if (!this.deck) {
      // The first picture of a page: the areas alone, whose one shader is soon compiled.
      const soon = layers.filter((layer) => layer.id.startsWith("areas-")).map((layer) => ({ ...layer, stroked: false }));
      const found = await this.gather(soon);
      if (run !== this.run) return;
      if (soon.length && found.every(Boolean)) await this.show(soon, found);
      if (run !== this.run) return;
      if (this.data.first) this.tell("drawn", true);
    }
    const found = await this.gather(layers);
    await this.letters(layers, found);
    if (run !== this.run) return;
    await this.show(layers, found);
    if (run !== this.run) return;
    this.root.dataset.drawn = "yes";
    if (found.every(Boolean)) return;
    // What did not come is asked for again, at longer and longer intervals.
    const wait = AGAIN_MS[Math.min(this.failures++, AGAIN_MS.length - 1)];
    this.again = setTimeout(() => run === this.run && this.load(), wait);
  }

  // The data of layers, null where it did not come; all are asked for at once.
  gather(layers) {
    return Promise.all(layers.map(async (layer) => {
      try {
        const [values, shapes, image] = await Promise.all([
          typeof layer.data === "string" ? fetched(layer.data) : layer.data,
          layer.shapes ? fetched(layer.shapes) : null,
          layer.fillPatternAtlas ? picture(layer.fillPatternAtlas) : null,
        ]);
        return { values, shapes, image };
      } catch (error) {
        console.warn(`map layer ${layer.id}: ${error.message}`);
        return null;
      }
    }));
  }

  // Draws layers, once; resolves when they are on screen.
  show(layers, found) {
    this.layers = layers.map((layer, i) => found[i] && { layer, ...found[i], rows: this.rows(layer, found[i]) }).filter(Boolean);
    const ids = new Set(layers.map((layer) => layer.id));
    for (const kept of [this.joined, this.placed]) for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
    this.settle();
    return this.redraw();
  }

  redraw() {
    if (!this.deck && !this.begin()) return Promise.resolve();
    const drawn = new Promise((done) => { this.waiting = done; });
    this.deck.setProps({ layers: this.layers.map((one) => this.made(one)), viewState: this.view });
    return drawn;
  }

  // What a layer draws: the features or rows that came, or shapes with values by code.
  rows(layer, { values, shapes }) {
    if (!shapes || !values.c) return values.features ?? values;
    const kept = this.joined.get(layer.id);
    const known = shapesByCode(shapes);
    const here = values.c.flatMap((code, i) => (known.has(code) ? [i] : []));
    const codes = here.map((i) => values.c[i]);
    const isKept = kept && kept.shapes === shapes && isSame(kept.codes, codes);
    const features = isKept
      ? kept.features
      : codes.map((code) => ({ type: "Feature", geometry: known.get(code), properties: null }));
    const names = Object.keys(values);
    here.forEach((i, at) => { features[at].properties = Object.fromEntries(names.map((name) => [name, values[name][i]])); });
    const turn = isKept && kept.values === values ? kept.turn : (kept?.turn ?? 0) + 1;
    this.joined.set(layer.id, { shapes, codes, values, features, turn });
    return features;
  }

  made({ layer, image, rows }) {
    const look = this.look(layer);
    const turn = this.joined.get(layer.id)?.turn ?? 0;
    const triggers = Object.fromEntries(Object.keys(look)
      .filter((key) => key.startsWith("get"))
      .map((key) => [key, `${turn} ${JSON.stringify(layer[key])}`]));
    const props = { ...look, data: layer.place ? this.chosen(layer.id, rows, look) : rows, updateTriggers: triggers };
    if (image) props.fillPatternAtlas = image;
    if (look.fontFamily) props.fontFamily = look.fontFamily + face;
    if (look.textFontFamily) props.textFontFamily = look.textFontFamily + face;
    return new this.lib[layer["@@type"]](props);
  }

  // pydeck's JSON as deck.gl's properties. Expressions come from our own server; data never passes here.
  look(layer) {
    const { data, shapes, place, ...rest } = layer;
    return this.looks.keep(JSON.stringify(rest), () => {
      const look = {};
      for (const [key, value] of Object.entries(rest)) {
        if (key === "@@type") continue;
        if (key === "extensions") look[key] = value.map((one) => this.extension(one));
        else if (typeof value === "string" && value.startsWith("@@=")) look[key] = this.lib.expression(value.slice(3));
        else look[key] = value;
      }
      return look;
    });
  }

  extension({ "@@type": name, ...options }) {
    const key = name + JSON.stringify(options);
    if (!this.extensions.has(key)) this.extensions.set(key, new this.lib[name](options));
    return this.extensions.get(key);
  }

  chosen(id, rows, look) {
    const zoom = Math.round(this.view.zoom * 20) / 20;
    const kept = this.placed.get(id);
    if (kept && kept.rows === rows && kept.zoom === zoom && kept.face === face) return kept.shown;
    let shown = withRoom(rows, look, zoom);
    if (kept && kept.rows === rows && kept.face === face && isSame(kept.shown, shown)) shown = kept.shown;
    this.placed.set(id, { rows, zoom, face, shown });
    return shown;
  }

  begin() {
    const canvas = document.createElement("canvas");
    canvas.id = "deckgl-overlay";
    // Asked for here, so that a browser that cannot draw is noticed; deck.gl takes the same context.
    if (!canvas.getContext("webgl2", { antialias: true, preserveDrawingBuffer: true })) return this.say(this.data.words.none);
    this.say("");
    this.box.append(canvas);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.lost(canvas);
    });
    this.canvas = canvas;
    this.deck = new this.lib.Deck({
      canvas, width: "100%", height: "100%", controller: false, touchAction: "pan-y", viewState: this.view,
      views: new this.lib.MapView({ id: "map", controller: false }), layers: [], pickingRadius: TOUCHED,
      deviceProps: { _reuseDevices: false }, getTooltip: null, onHover: (info) => this.point(info),
      getCursor: ({ isHovering }) => (this.drag?.isOn ? "grabbing" : isHovering && this.data.clickable ? "pointer" : "grab"),
      onError: (error) => this.canvas === canvas && !/context is lost/.test(error.message) && console.error(error),
      onAfterRender: () => this.rendered(),
    });
    return true;
  }

  rendered() {
    this.root.dataset.frames = String(++this.frames);
    const done = this.waiting;
    this.waiting = null;
    if (done) setTimeout(done, 0);
  }

  // The letters that names will be written with: a font comes in parts, and deck.gl paints what is there.
  async letters(layers, found) {
    if (!document.fonts) return;
    const marks = new Set();
    layers.forEach((layer, i) => {
      const look = found[i] && (layer.fontFamily || layer.textFontFamily) ? this.look(layer) : {};
      if (typeof look.getText !== "function") return;
      for (const row of found[i].values.features ?? found[i].values) for (const mark of String(look.getText(row) ?? "")) marks.add(mark);
    });
    const text = [...marks].join("");
    if (!text || document.fonts.check(FACE, text)) return;
    const coming = document.fonts.load(FACE, text).catch(() => []);
    const isIn = await Promise.race([coming.then(() => true), new Promise((done) => { setTimeout(done, FONT_MS, false); })]);
    if (isIn) return;
    coming.then((faces) => {
      if (!faces.length || !this.deck) return;
      face += " ";
      inks.clear();
      this.redraw();
    });
  }

  // A driver that was restarted, or a browser short of memory, takes the picture away.
  lost(canvas) {
    if (this.canvas !== canvas) return;
    this.stop();
    if (++this.losses > MOST_LOSSES) {
      this.say(this.data.words.none);
      return;
    }
    setTimeout(() => this.run && !this.deck && this.layers.length && this.redraw(), 300);
  }

  stop() {
    const { deck, canvas } = this;
    this.deck = this.canvas = null;
    this.waiting?.();
    this.waiting = null;
    const device = deck?.device;
    deck?.finalize();
    // deck.gl leaves the device to others who might share it; nobody does, and its observers would keep the page's part.
    device?.canvasContext?.destroy();
    device?.destroy();
    canvas?.remove();
    canvas?.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
  }

  end() {
    this.run = 0;
    clearTimeout(this.again);
    clearTimeout(this.hinting);
    clearTimeout(this.replacing);
    this.off.abort();
    this.sizes.disconnect();
    this.stop();
  }

  say(words) {
    const said = this.root.querySelector(".wg-deck-said");
    said.textContent = words;
    said.hidden = !words;
    return false;
  }

  tell(name, value) {
    this.component.setTriggerValue(name, value);
  }

  // --- the view ---

  size() {
    return { width: this.box.clientWidth || 1, height: this.box.clientHeight || 1 };
  }

  // The first view: all that is shown, as large as fits, whatever size the map has.
  fitted() {
    const { initialViewState: first } = this.data.deck;
    const { width, height } = this.size();
    const view = { longitude: first.longitude, latitude: first.latitude, zoom: first.zoom, pitch: first.pitch ?? 0, bearing: 0 };
    if (!this.data.bounds || view.pitch) return view;
    const [west, south, east, north] = this.data.bounds;
    const across = Math.max((east - west) / 360, 1e-7), along = Math.max(mercatorY(north) - mercatorY(south), 1e-7);
    // The buttons at the right lie beside what is shown, not over it.
    const left = width * 0.05, right = Math.max(left, this.data.controls ? BUTTONS : 0);
    const wide = Math.max(width - left - right, width / 2);
    const zoom = Math.min(Math.log2(wide / TILE / across), Math.log2((height * 0.88) / TILE / along), 18);
    const longitude = (west + east) / 2 + ((right - left) / 2 / TILE / 2 ** zoom) * 360;
    return { ...view, longitude, zoom: Math.round(zoom * 1000) / 1000 };
  }

  // Where the map looks after a change: where the reader put it, unless another place is shown.
  settle() {
    const named = this.data.deck.layers.map((layer) => layer.id).find((id) => /^(context|areas|outlines|labels)/.test(id)) ?? "";
    const place = `${named} ${this.data.controls}`;
    const kept = this.view ? { place: this.place, moved: this.moved, view: this.wanted } : views.get(this.data.key);
    this.home = this.fitted();
    const stays = kept && kept.place === place && kept.moved;
    this.place = place;
    this.moved = Boolean(stays);
    // Wished for is not always shown: while the page is laid out, the map is for a moment narrower than it will be.
    this.wanted = { ...(stays ? kept.view : this.home) };
    this.view = this.within(this.wanted);
    this.noteView();
  }

  within(view) {
    const zoom = between(this.home.zoom - 1, view.zoom, MOST_ZOOM);
    const { width, height } = this.size();
    // The middle of the map stays inside what the first view shows, so that nothing is ever lost.
    const dx = (width / 2 / TILE / 2 ** this.home.zoom) * 360;
    const middle = mercatorY(this.home.latitude), dy = height / 2 / TILE / 2 ** this.home.zoom;
    const y = between(middle - dy, mercatorY(view.latitude), middle + dy);
    return {
      ...view, zoom, longitude: between(this.home.longitude - dx, view.longitude, this.home.longitude + dx),
      latitude: (Math.atan(Math.sinh(y * 2 * Math.PI)) * 180) / Math.PI,
    };
  }

  lookAt(view, isHome = false) {
    if (!this.deck) return;
    this.moved = !isHome;
    this.wanted = this.within(view);
    this.turnTo(this.wanted);
  }

  turnTo(next) {
    if (["longitude", "latitude", "zoom"].every((key) => Math.abs(next[key] - this.view[key]) < 1e-9)) return;
    const isNearer = next.zoom !== this.view.zoom;
    this.view = next;
    this.noteView();
    this.hideTip();
    const many = this.layers.reduce((sum, one) => sum + (one.layer.place ? one.rows.length : 0), 0);
    if (isNearer && many && many <= 600) {
      this.redraw();
      return;
    }
    this.deck.setProps({ viewState: this.view });
    if (isNearer && many) {
      clearTimeout(this.replacing);
      this.replacing = setTimeout(() => this.deck && this.redraw(), 120);
    }
  }

  noteView() {
    const { longitude, latitude, zoom } = this.view;
    views.delete(this.data.key);
    views.keep(this.data.key, () => ({ place: this.place, moved: this.moved, view: this.wanted }));
    this.root.dataset.view = [longitude.toFixed(5), latitude.toFixed(5), zoom.toFixed(3)].join(" ");
    const limits = { in: this.view.zoom >= MOST_ZOOM, out: this.view.zoom <= this.home.zoom - 1 };
    for (const [name, isEnd] of Object.entries(limits)) {
      this.root.querySelector(`[data-do="${name}"]`).setAttribute("aria-disabled", String(isEnd));
    }
  }

  viewport(view = this.view) {
    return new this.lib.WebMercatorViewport({ ...this.size(), ...view });
  }

  // The view in which the place that lay at a pixel of an earlier view lies at another.
  carried(from, place, pixel, zoom) {
    const at = { ...from, zoom: between(this.home.zoom - 1, zoom, MOST_ZOOM) };
    return { ...at, ...this.viewport(at).panByPosition(place, pixel) };
  }

  zoomBy(step, pixel) {
    if (!this.deck) return;
    const { width, height } = this.size();
    const at = pixel ?? [width / 2, height / 2];
    this.lookAt(this.carried(this.view, this.viewport().unproject(at), at, this.view.zoom + step));
  }

  panBy(dx, dy) {
    if (!this.deck) return;
    const { width, height } = this.size();
    const place = this.viewport().unproject([width / 2, height / 2]);
    this.lookAt(this.carried(this.view, place, [width / 2 + dx, height / 2 + dy], this.view.zoom));
  }

  goHome() {
    this.lookAt({ ...this.home }, true);
  }

  resized() {
    if (!this.deck || !this.view) return;
    this.home = this.fitted();
    if (!this.moved) this.wanted = { ...this.home };
    this.turnTo(this.within(this.wanted));
  }

  // --- hands ---

  listen() {
    const { box } = this;
    const on = (target, kind, act, options = {}) => target.addEventListener(kind, act, { signal: this.off.signal, ...options });
    const may = () => this.deck && this.data.controls;
    on(box, "wheel", (event) => {
      if (!may()) return;
      if (!event.ctrlKey && !event.metaKey) {
        this.hint(this.data.words[/Mac/.test(navigator.platform) ? "wheel_mac" : "wheel"]);
        return;
      }
      event.preventDefault();
      const way = event.deltaY * [1, 16, 100][event.deltaMode];
      // A notch of a wheel is a hundred or more, two fingers on a pad give a few at a time.
      this.zoomBy(between(-1, -way * (Math.abs(way) < 40 ? 0.02 : 0.005), 1), this.pixel(event));
    }, { passive: false });
    on(box, "pointerdown", (event) => {
      if (!may() || event.pointerType === "touch" || event.button !== 0) return;
      const at = this.pixel(event);
      this.drag = { at, from: this.view, place: this.viewport().unproject(at), isOn: false };
    });
    on(window, "pointermove", (event) => {
      if (!this.drag) return;
      if (!(event.buttons & 1)) {
        this.drag = null;
        return;
      }
      const at = this.pixel(event);
      this.drag.isOn ||= Math.hypot(at[0] - this.drag.at[0], at[1] - this.drag.at[1]) > 3;
      if (this.drag.isOn) this.lookAt(this.carried(this.drag.from, this.drag.place, at, this.drag.from.zoom));
    });
    on(window, "pointerup", () => {
      this.dragged = this.drag?.isOn;
      this.drag = null;
    });
    on(box, "click", (event) => this.deck && !this.dragged && this.choose(this.pixel(event)));
    on(box, "pointerleave", () => this.hideTip());
    on(box, "touchstart", (event) => this.touched(event), { passive: false });
    on(box, "touchmove", (event) => this.touched(event), { passive: true });
    on(box, "touchend", () => { this.fingers = null; });
    on(box, "touchcancel", () => { this.fingers = null; });
    on(box, "keydown", (event) => {
      if (!may() || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = {
        ArrowLeft: () => this.panBy(80, 0), ArrowRight: () => this.panBy(-80, 0),
        ArrowUp: () => this.panBy(0, 80), ArrowDown: () => this.panBy(0, -80),
        "+": () => this.zoomBy(1), "=": () => this.zoomBy(1), "-": () => this.zoomBy(-1), _: () => this.zoomBy(-1),
        0: () => this.goHome(), Home: () => this.goHome(),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    const acts = { in: () => this.zoomBy(1), out: () => this.zoomBy(-1), home: () => this.goHome() };
    for (const button of this.root.querySelectorAll("[data-do]")) on(button, "click", () => acts[button.dataset.do]());
  }

  pixel(event) {
    const { left, top } = this.box.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  // Two fingers carry the two places they touched; one finger scrolls the page, which the browser does by itself.
  touched(event) {
    if (!this.deck || !this.data.controls) return;
    const at = [...event.touches].map((touch) => this.pixel(touch));
    if (at.length !== 2) {
      if (event.type === "touchmove" && this.finger && Math.abs(at[0][0] - this.finger[0]) > 24) this.hint(this.data.words.fingers);
      if (event.type === "touchstart") this.finger = at[0];
      return;
    }
    // Refused at the second finger's coming, the browser leaves all that follows to us.
    if (event.type === "touchstart") event.preventDefault();
    const middle = [(at[0][0] + at[1][0]) / 2, (at[0][1] + at[1][1]) / 2];
    const apart = Math.max(Math.hypot(at[0][0] - at[1][0], at[0][1] - at[1][1]), 1);
    if (event.type === "touchstart" || !this.fingers) {
      this.fingers = { apart, from: this.view, place: this.viewport().unproject(middle) };
      return;
    }
    const { from, place } = this.fingers;
    this.lookAt(this.carried(from, place, middle, from.zoom + Math.log2(apart / this.fingers.apart)));
  }

  hint(words) {
    const hint = this.root.querySelector(".wg-deck-hint");
    hint.textContent = words;
    hint.classList.add("on");
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => hint.classList.remove("on"), 1500);
  }

  // --- what lies under the pointer ---

  point({ object, x, y }) {
    const told = object?.properties;
    if (!told || !("n" in told)) {
      this.hideTip();
      return;
    }
    const tip = this.root.querySelector(".wg-deck-tip");
    tip.replaceChildren(...[["b", told.n], ["div", told.v], ["div", told.x]].map(([tag, words]) => {
      const line = document.createElement(tag);
      line.textContent = words ?? "";
      return line;
    }));
    tip.hidden = false;
    const { width, height } = this.size();
    tip.style.left = `${between(0, x + 12, Math.max(width - tip.offsetWidth - 4, 0))}px`;
    tip.style.top = `${y + 16 + tip.offsetHeight > height ? Math.max(y - tip.offsetHeight - 8, 0) : y + 16}px`;
  }

  hideTip() {
    this.root.querySelector(".wg-deck-tip").hidden = true;
  }

  choose([x, y]) {
    if (!this.data.clickable) return;
    const { layer, object } = this.deck.pickObject({ x, y, radius: TOUCHED }) ?? {};
    const code = object?.properties?.c;
    if (layer && typeof code === "string") this.tell("clicked", { layer: layer.id, code });
  }
}

let library = null;

// Called at every run of the page with what Streamlit gives a component.
export async function draw(component, root) {
  const { data } = component;
  root.newest = component;
  library ??= import(new URL(data.deck_script, document.baseURI).href);
  library.catch(() => { library = null; });
  const lib = await library;
  if (!root.isConnected || root.newest !== component) return;
  root.map ??= new DeckMap(root, lib);
  root.map.take(component);
}
