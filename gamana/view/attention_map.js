
// --- The heat map: a row for each query, a column for each key, the mean of the chosen heads. Cells are painted into
// tiles; at level n a pixel of a tile is the greatest of 2^n x 2^n cells. Tiles are made as they are seen, a few
// milliseconds a frame.
const kTile = 256, kMapLeft = 130, kMapTop = 104;

class Tile {
  constructor(l, heads, level, x, y) {  // x, y: which tile of its level
    Object.assign(this, {l, heads, level, row: 0, first: y * kTile << level, left: x * kTile << level});
    this.canvas = make('canvas'), this.canvas.width = this.canvas.height = kTile;
    this.pen = this.canvas.getContext('2d');
    this.colors = data.numbers[root.dataset.theme];
    this.image = new ImageData(kTile, kTile), this.pixels = new Uint32Array(this.image.data.buffer);
    this.most = new Float32Array(kTile);
    this.rows = Math.min(kTile, Math.ceil((shown.queries.length - this.first) / 2 ** level));
    this.columns = Math.min(kTile, Math.ceil((shown.keys.length - this.left) / 2 ** level));
  }
  get done() { return this.row >= this.rows; }

  work(until) {  // rows of pixels until this time
    const from = this.row;
    while (!this.done && performance.now() < until) this.paintRow();
    if (this.row > from) this.pen.putImageData(this.image, 0, 0, 0, from, kTile, this.row - from);
  }

  paintRow() {
    const {most, level, left} = this, step = 2 ** level, end = endOf(this.l);
    const first = this.first + this.row * step, last = Math.min(first + step, shown.queries.length);
    most.fill(0);
    for (let q = first; q < last; q++) {
      sumRow(this.l, this.heads, q);
      for (let i = 0; i < count; i++) {
        const k = touched[i], c = (k - left) >> level;
        if (c >= 0 && c < kTile && sum[k] > most[c]) most[c] = sum[k];
      }
    }
    for (let c = 0, at = this.row * kTile; c < this.columns; c++, at++) {
      const w = most[c] < state.threshold ? 0 : most[c];
      this.pixels[at] = w === 0 && (this.later(last - 1, left + c * step) || !this.attended(first, left + c * step))
        ? 0 : this.colors[Math.round(255 * Math.min(1, w / end))];
    }
    this.row++;
  }

  // Blocks that were left out stay clear, and keys that a query of a causal model does not see.
  attended(q, k) {
    return !data.block || attended(this.l, this.heads, shown.queries[q].members[0], shown.keys[k].members[0]);
  }
  later(q, k) { return data.causal && shown.keys[k].members[0] > shown.queries[q].members.at(-1); }
}

const mapView = {
  scale: 0, x: 0, y: 0, q: -1, k: -1, tiles: new Map(),  // pixels of a cell; cells left and above of the window

  build() {
    const box = $('map');
    this.width = box.clientWidth, this.height = box.clientHeight;
    this.pen = size(box.firstChild, this.width, this.height);
    this.least = Math.min((this.width - kMapLeft - 20) / shown.keys.length,
                          (this.height - kMapTop - 12) / shown.queries.length, 40);
    if (!(this.scale > this.least)) this.whole();
    this.renew();
  },

  whole() { this.scale = this.least, this.x = this.y = 0, this.paint(); },

  renew() {
    const bar = $('bar').getContext('2d'), colors = data.colors[root.dataset.theme];
    colors.forEach((color, i) => { bar.fillStyle = '#' + color, bar.fillRect(i, 0, 1, 1); });
    $('most').textContent = percent(endOf(state.layer));
    this.tiles.clear(), this.paint();
  },

  paint() {
    if (this.waiting) return;
    this.waiting = true, requestAnimationFrame(() => { this.waiting = false, this.draw(); });
  },

  zoom(factor, px, py) {
    const x = this.x + (px - kMapLeft) / this.scale, y = this.y + (py - kMapTop) / this.scale;
    this.scale = Math.max(this.least, Math.min(40, this.scale * factor));
    this.x = x - (px - kMapLeft) / this.scale, this.y = y - (py - kMapTop) / this.scale;
    this.move(0, 0);
  },

  move(x, y) {
    const most = (n, pixels) => Math.max(0, n - pixels / this.scale);
    const right = most(shown.keys.length, this.width - kMapLeft - 20);
    this.x = Math.max(0, Math.min(right, this.x + x / this.scale));
    this.y = Math.max(0, Math.min(most(shown.queries.length, this.height - kMapTop - 12), this.y + y / this.scale));
    this.paint();
  },

  draw() {
    const {pen, scale, width, height} = this;
    const level = Math.max(0, Math.ceil(-Math.log2(scale * (window.devicePixelRatio || 1))));
    const columns = Math.min(shown.keys.length, this.x + (width - kMapLeft) / scale);
    const lines = Math.min(shown.queries.length, this.y + (height - kMapTop) / scale), span = kTile << level;
    pen.clearRect(0, 0, width, height);
    pen.save(), pen.beginPath(), pen.rect(kMapLeft, kMapTop, width, height), pen.clip();
    pen.imageSmoothingEnabled = false;
    pen.fillStyle = css('--chip'), pen.fillRect(...this.at(0, 0), shown.keys.length * scale, shown.queries.length * scale);
    const until = performance.now() + 9;
    let missing = false;
    for (let ty = Math.floor(this.y / span); ty * span < lines; ty++)
      for (let tx = Math.floor(this.x / span); tx * span < columns; tx++) {
        const tile = this.tile(level, tx, ty);
        tile.work(until);
        missing ||= !tile.done;
        const pixel = scale * 2 ** level, done = Math.max(1, tile.row);
        pen.drawImage(tile.canvas, 0, 0, tile.columns, done,
                      ...this.at(tx * span, ty * span), tile.columns * pixel, done * pixel);
      }
    this.grid(columns, lines);
    pen.restore();
    this.names(columns, lines);
    if (missing) this.paint();
  },

  at(k, q) { return [kMapLeft + (k - this.x) * this.scale, kMapTop + (q - this.y) * this.scale]; },

  tile(level, x, y) {
    const id = `${level} ${x} ${y}`;
    if (this.tiles.size > 300) this.tiles.clear();
    if (!this.tiles.has(id)) this.tiles.set(id, new Tile(state.layer, chosenHeads(), level, x, y));
    return this.tiles.get(id);
  },

  // Gaps between large cells, borders of BigBird's blocks, the cell under the pointer.
  grid(columns, lines) {
    const {pen, scale} = this;
    const draw = (list, first, last, between, line) => {
      pen.beginPath();
      for (let i = Math.max(1, Math.floor(first)); i < last; i++) if (between(list, i)) line(i);
      pen.stroke();
    };
    const [right, bottom] = this.at(columns, lines), half = pixels => Math.round(pixels) + 0.5;
    const down = i => { const x = half(this.at(i, 0)[0]); pen.moveTo(x, kMapTop), pen.lineTo(x, bottom); };
    const across = i => { const y = half(this.at(0, i)[1]); pen.moveTo(kMapLeft, y), pen.lineTo(right, y); };
    const both = between => {
      draw(shown.keys, this.x, columns, between, down), draw(shown.queries, this.y, lines, between, across);
    };
    pen.lineWidth = 1;
    if (scale >= 16) pen.strokeStyle = css('--paper'), both(() => true);
    const block = g => Math.floor(g.members[0] / data.block), border = (list, i) => block(list[i]) !== block(list[i - 1]);
    if (data.block * scale >= 5) pen.strokeStyle = css('--edge'), both(border);
    if (this.q < 0) return;
    pen.strokeStyle = css('--accent'), pen.lineWidth = 2;
    const [x, y] = this.at(this.k, this.q), cell = Math.max(scale, 3);
    pen.strokeRect(x, y, cell, cell);
  },

  names(columns, lines) {
    const {pen, scale} = this, fontSize = Math.max(11, Math.min(13, scale * 0.7));
    const every = Math.ceil(fontSize * 1.35 / scale);
    const cut = (text, room) => {
      while (text.length > 1 && pen.measureText(text).width > room) text = text.replace(/…$/, '').slice(0, -2) + '…';
      return text;
    };
    pen.font = fontOf(fontSize), pen.fillStyle = css('--faint'), pen.textBaseline = 'middle', pen.textAlign = 'right';
    for (let q = Math.ceil(this.y / every) * every; q < lines - 0.3; q += every)
      pen.fillText(cut(shown.queries[q].text, kMapLeft - 14), kMapLeft - 7, this.at(0, q + 0.5)[1]);
    pen.textAlign = 'left';
    for (let k = Math.ceil(this.x / every) * every; k < columns - 0.3; k += every) {
      pen.save(), pen.translate(this.at(k + 0.5, 0)[0], kMapTop - 7), pen.rotate(-Math.PI / 2);
      pen.fillText(cut(shown.keys[k].text, kMapTop - 14), 0, 0), pen.restore();
    }
  },

  point(event) {
    const box = $('map').getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    const k = Math.floor(this.x + (px - kMapLeft) / this.scale), q = Math.floor(this.y + (py - kMapTop) / this.scale);
    const inside = px >= kMapLeft && py >= kMapTop && k < shown.keys.length && q < shown.queries.length;
    const now = inside && event.type !== 'pointerleave' ? [k, q] : [-1, -1];
    if (now[0] === this.k && now[1] === this.q) return;
    [this.k, this.q] = now;
    this.paint();
    if (this.q < 0) return $('status').replaceChildren();
    sumRow(state.layer, chosenHeads(), q);
    $('status').replaceChildren(make('b', '', shown.queries[q].text), ' → ', make('b', '', shown.keys[k].text),
      ` ${percent(sum[k])} (tokens ${shown.queries[q].members[0] + 1} and ${shown.keys[k].members[0] + 1})`);
  },

  start() { startZoom($('map'), this); },
};
