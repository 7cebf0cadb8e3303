
// --- The head view: queries at the left, keys at the right, a line for each weight of each chosen head. Only the tokens
// that the window shows are drawn, with the lines from its queries to keys near it; all lines of a query that is chosen.
const kRow = 22, kShades = 16;
const headView = {
  query: -1, key: -1, kept: false, pool: {query: [], key: []},

  build() {
    const box = $('heads'), canvas = $('window').firstChild, pen = canvas.getContext('2d');
    pen.font = fontOf(14, 600);
    const wide = list => 14 + Math.ceil(list.reduce((most, g) =>
      Math.max(most, Math.min(250, pen.measureText(g.text).width)), 30));
    const left = wide(shown.queries), right = wide(shown.keys);
    const gap = Math.max(140, Math.min(460, box.clientWidth - left - right - 10));
    Object.assign(this, {left, right, gap, width: left + gap + right, height: box.clientHeight});
    $('tall').style.height = Math.max(shown.queries.length, shown.keys.length) * kRow + 'px';
    this.pen = size(canvas, this.width, this.height);
    this.query = Math.min(this.query, shown.queries.length - 1), this.key = Math.min(this.key, shown.keys.length - 1);
    this.paint(), this.say();
  },

  paint() {
    const top = $('heads').scrollTop, {pen, left, gap} = this;
    pen.clearRect(0, 0, this.width, this.height);
    this.lines(top);
    if (data.block) this.borders(top);
    this.boxes(top);
    this.words('query', shown.queries, top, 0, left), this.words('key', shown.keys, top, left + gap, this.right);
  },

  visible(list, top) {
    return [Math.floor(top / kRow), Math.min(list.length, Math.ceil((top + this.height) / kRow))];
  },

  // A path for each head and shade: as few strokes as may be.
  lines(top) {
    const {pen, left, gap, height} = this, end = endOf(state.layer), y = i => (i + 0.5) * kRow - top;
    let [first, last] = this.visible(shown.queries, top), near = height;  // keys a window away or less
    if (this.query >= 0) first = this.query, last = first + 1, near = Infinity;
    pen.lineWidth = 1.6;
    const line = (path, from, to) => {  // cut where it leaves the window
      if (to < -near || to > height + near) return;
      const stop = Math.max(0, Math.min(height, to)), part = to === from ? 1 : (stop - from) / (to - from);
      path.moveTo(left + 2, from), path.lineTo(left + 2 + part * (gap - 4), stop);
    };
    for (const h of state.heads) {
      const paths = [];
      for (let q = first; q < last; q++) {
        const row = rowOf(state.layer, h, q);
        for (let i = 0; i < row.keys.length; i++) {
          if (row.weights[i] < state.threshold || (this.key >= 0 && this.key !== row.keys[i])) continue;
          const shade = Math.min(kShades, Math.round(row.weights[i] / end * kShades));
          if (shade > 0) line(paths[shade] ??= new Path2D(), y(q), y(row.keys[i]));
        }
      }
      pen.strokeStyle = headColor(h);
      paths.forEach((path, shade) => { pen.globalAlpha = shade / kShades, pen.stroke(path); });
    }
    pen.globalAlpha = 1;
  },

  borders(top) {  // of BigBird's blocks
    const {pen, left, gap} = this;
    pen.strokeStyle = css('--edge'), pen.lineWidth = 1;
    for (const [list, x, width] of [[shown.queries, 0, left], [shown.keys, left + gap, this.right]]) {
      const [first, last] = this.visible(list, top), block = i => Math.floor(list[i].members[0] / data.block);
      pen.beginPath();
      for (let i = Math.max(1, first); i < last; i++)
        if (block(i) !== block(i - 1)) {
          const y = Math.round(i * kRow - top) + 0.5;
          pen.moveTo(x, y), pen.lineTo(x + width, y);
        }
      pen.stroke();
    }
  },

  // Beside one query: what each head gives to each key, as stripes; beside one key: what it gets of each query.
  boxes(top) {
    if (this.query < 0 && this.key < 0) return;
    const {pen, left, gap} = this, end = endOf(state.layer), heads = chosenHeads(), byQuery = this.query >= 0;
    const [first, last] = this.visible(byQuery ? shown.keys : shown.queries, top);
    const x = byQuery ? left + gap : 0, stripe = (byQuery ? this.right : left) / heads.length;
    heads.forEach((h, n) => {
      pen.fillStyle = headColor(h);
      const put = (i, w) => {
        if (i < first || i >= last || w < state.threshold) return;
        pen.globalAlpha = 0.75 * Math.min(1, w / end);
        pen.fillRect(x + n * stripe, i * kRow - top + 1, stripe, kRow - 2);
      };
      for (let q = byQuery ? this.query : first; q < (byQuery ? this.query + 1 : last); q++) {
        const row = rowOf(state.layer, h, q);
        if (byQuery) row.keys.forEach((k, i) => put(k, row.weights[i]));
        else { const i = row.keys.indexOf(this.key); if (i >= 0) put(q, row.weights[i]); }
      }
    });
    pen.globalAlpha = 1;
  },

  words(side, list, top, x, width) {
    const [first, last] = this.visible(list, top), pool = this.pool[side];
    while (pool.length < last - first) {
      const word = make('span', 'token ' + side);
      word.dataset.side = side, word.dir = 'auto';
      pool.push(word), $('window').append(word);
    }
    pool.forEach((word, n) => {
      const i = first + n;
      word.hidden = i >= last;
      if (word.hidden) return;
      word.dataset.i = i;
      if (word.textContent !== list[i].text) word.textContent = list[i].text;
      word.classList.toggle('on', this[side] === i), word.classList.toggle('special', list[i].special);
      word.style.transform = `translate(${x}px, ${i * kRow - top}px)`, word.style.width = width + 'px';
    });
  },

  choose(query, key) {
    if (query === this.query && key === this.key) return;
    this.query = query, this.key = key;
    this.paint(), this.say();
  },

  say() {
    const status = $('status'), heads = chosenHeads(), {query: q, key: k} = this;
    if (q < 0 && k < 0) return status.replaceChildren();
    if (q < 0) return status.replaceChildren(make('b', '', shown.keys[k].text), ' is seen by the tokens at the left');
    sumRow(state.layer, heads, q);
    const best = Array.from(sum, (w, i) => [w, i]).sort((a, b) => b[0] - a[0]).slice(0, 6).filter(pair => pair[0] > 0);
    const rest = heads.reduce((a, h) => a + restOf(state.layer, h, q), 0) / heads.length;
    status.replaceChildren(make('b', '', shown.queries[q].text), ' looks at ',
      ...best.flatMap(([w, i], n) => [n ? ', ' : '', make('bdi', '', shown.keys[i].text), ' ' + percent(w)]),
      heads.length > 1 ? ` (mean of ${heads.length} heads)` : '',
      rest > 0.0005 ? `; ${percent(rest)} in small weights that the page leaves out` : '');
  },

  move(step) {
    const i = Math.max(0, Math.min(shown.queries.length - 1, this.query + step)), box = $('heads');
    if (i * kRow < box.scrollTop) box.scrollTop = i * kRow;
    if ((i + 1) * kRow > box.scrollTop + this.height) box.scrollTop = (i + 1) * kRow - this.height;
    this.kept = true, this.choose(i, -1);
  },

  start() {
    const box = $('heads'), under = event => {
      const word = event.target.closest('.token');
      return !word ? [-1, -1] : word.dataset.side === 'query' ? [+word.dataset.i, -1] : [-1, +word.dataset.i];
    };
    let waiting = false;
    box.addEventListener('scroll', () => {
      if (waiting) return;
      waiting = true, requestAnimationFrame(() => { waiting = false, this.paint(); });
    });
    box.addEventListener('pointermove', event => { if (!this.kept) this.choose(...under(event)); });
    box.addEventListener('pointerleave', () => { if (!this.kept) this.choose(-1, -1); });
    box.addEventListener('click', event => {
      const [q, k] = under(event);
      this.choose(q, k), this.kept = q >= 0 || k >= 0;
    });
    box.addEventListener('keydown', event => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === 'Escape') this.kept = false, this.choose(-1, -1);
      else if (event.key === 'ArrowDown' || event.key === 'ArrowUp')
        event.preventDefault(), event.stopPropagation(), this.move(event.key === 'ArrowDown' ? 1 : -1);
    });
  },
};
