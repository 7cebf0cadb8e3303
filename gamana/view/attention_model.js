
// --- The model view: a small picture of each layer and head. Made a few at a time, so that the page stays answering.
const kSmall = 84, kMostLines = 48;  // pixels; tokens a side up to which a picture has lines
const modelView = {
  queue: [], l: 0, h: 0,

  build() {
    const grid = $('grid'), most = data.layers.reduce((a, l) => Math.max(a, l.heads), 0);
    grid.style.gridTemplateColumns = `auto repeat(${most}, max-content)`;
    grid.replaceChildren(make('span'), ...Array.from({length: most}, (_, h) => make('span', '', h)));
    this.buttons = data.layers.map((layer, l) => {
      const name = make('span', 'layer', layer.name);
      name.title = layer.name, grid.append(name);
      return Array.from({length: most}, (_, h) => {
        if (h >= layer.heads) return grid.append(make('span'));
        const button = make('button'), canvas = make('canvas');
        button.type = 'button', button.tabIndex = -1, button.dataset.l = l, button.dataset.h = h;
        button.title = `${layer.name}, head ${h}`, button.setAttribute('aria-label', button.title);
        size(canvas, kSmall, kSmall), button.append(canvas), grid.append(button);
        return button;
      });
    });
    this.focus(Math.min(this.l, data.layers.length - 1), Math.min(this.h, data.layers[0].heads - 1), false);
    this.paint();
  },

  paint() {
    this.queue = this.buttons.flat().filter(Boolean);
    this.work();
  },

  work() {
    const until = performance.now() + 10;
    while (this.queue.length && performance.now() < until) {
      const button = this.queue.shift(), pen = button.firstChild.getContext('2d');
      pen.clearRect(0, 0, kSmall, kSmall);
      const few = Math.max(shown.queries.length, shown.keys.length) <= kMostLines;
      this[few ? 'lines' : 'cells'](pen, +button.dataset.l, +button.dataset.h);
    }
    if (this.queue.length && state.view === 'model') requestAnimationFrame(() => this.work());
  },

  lines(pen, l, h) {
    const step = (kSmall - 6) / Math.max(shown.queries.length, shown.keys.length), end = endOf(l);
    pen.strokeStyle = headColor(h), pen.lineWidth = 1.4;
    for (let q = 0; q < shown.queries.length; q++) {
      const row = rowOf(l, h, q);
      for (let i = 0; i < row.keys.length; i++) {
        if (row.weights[i] < state.threshold) continue;
        pen.globalAlpha = Math.min(1, row.weights[i] / end), pen.beginPath();
        pen.moveTo(6, 3 + (q + 0.5) * step), pen.lineTo(kSmall - 6, 3 + (row.keys[i] + 0.5) * step), pen.stroke();
      }
    }
    pen.globalAlpha = 1;
  },

  cells(pen, l, h) {
    const most = Math.max(shown.queries.length, shown.keys.length), level = Math.ceil(Math.log2(most / kTile));
    const tile = new Tile(l, [h], Math.max(0, level), 0, 0), scale = kSmall / most * 2 ** tile.level;
    tile.work(Infinity);
    pen.drawImage(tile.canvas, 0, 0, kTile * scale, kTile * scale);
  },

  focus(l, h, really) {
    this.buttons[this.l]?.[this.h]?.setAttribute('tabindex', -1);
    this.l = l, this.h = h;
    this.buttons[l][h].tabIndex = 0;
    if (really) this.buttons[l][h].focus();
  },

  start() {
    $('grid').addEventListener('click', event => {
      const button = event.target.closest('button');
      if (button) show('heads', +button.dataset.l, [+button.dataset.h]);
    });
    $('grid').addEventListener('keydown', event => {
      const step = kArrows[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault(), event.stopPropagation();
      const l = Math.max(0, Math.min(data.layers.length - 1, this.l + step[1]));
      this.focus(l, Math.max(0, Math.min(data.layers[l].heads - 1, this.h + step[0])), true);
    });
  },
};
