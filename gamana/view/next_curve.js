
// --- The curve: a bar for each token's surprisal, a line for the entropy. Narrow tokens share a bar, their mean.
const kLeft = 34, kTop = 34, kBottom = 18;  // pixels; the buttons stand at the top
const curve = {
  from: 0, span: count,  // tokens that are shown

  build() {
    const box = $('curve'), canvas = box.querySelector('canvas'), ratio = window.devicePixelRatio || 1;
    this.width = box.clientWidth, this.height = box.clientHeight;
    canvas.width = Math.round(this.width * ratio), canvas.height = Math.round(this.height * ratio);
    canvas.style.width = this.width + 'px', canvas.style.height = this.height + 'px';
    this.pen = canvas.getContext('2d'), this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.most = 1;
    for (let t = 0; t < count; t++) if (rank[t] > 0) this.most = Math.max(this.most, bits[t], entropy[t]);
    this.most *= 1.04, this.paint();
  },

  room() { return this.width - kLeft - 4; },
  x(t) { return kLeft + (t - this.from) / this.span * this.room(); },
  y(value) { return this.height - kBottom - value / this.most * (this.height - kTop - kBottom); },

  zoom(factor, px) {
    const part = clamp((px - kLeft) / this.room()), at = this.from + part * this.span;
    this.span = Math.max(Math.min(12, count), Math.min(count, this.span / factor));
    this.look(at - part * this.span);
  },
  move(x) { this.look(this.from + x / this.room() * this.span); },
  whole() { this.span = count, this.look(0); },
  look(from) { this.from = Math.max(0, Math.min(count - this.span, from)), this.paint(); },

  show() {  // the chosen token, which a zoom may have left outside
    const t = state.token;
    if (t >= 0 && (t < this.from || t + 1 > this.from + this.span)) this.look(t - this.span / 2); else this.paint();
  },

  paint() {
    if (this.waiting) return;
    this.waiting = true, requestAnimationFrame(() => { this.waiting = false, this.draw(); });
  },

  draw() {
    const {pen, width, height} = this;
    pen.clearRect(0, 0, width, height);
    this.axes();
    const wide = this.room() / this.span, per = Math.max(1, Math.ceil(1.6 / wide)), line = [];
    const last = Math.min(count, Math.ceil(this.from + this.span));
    for (let t = Math.floor(this.from / per) * per; t < last; t += per) {
      let b = 0, h = 0, n = 0;
      for (let i = t; i < Math.min(count, t + per); i++) if (rank[i] > 0) b += bits[i], h += entropy[i], n++;
      if (!n) continue;
      const left = Math.max(kLeft, this.x(t)), right = this.x(t + per), top = this.y(b / n);
      pen.fillStyle = colorAt(root.dataset.theme, 0.25 + 0.75 * shareOfBits(b / n));  // never as pale as paper
      pen.fillRect(left, top, Math.max(0, right - left) * 0.86, height - kBottom - top);
      line.push([(this.x(t) + right) / 2, this.y(h / n)]);
    }
    pen.strokeStyle = css('--orange'), pen.lineWidth = 1.5, pen.lineJoin = 'round', pen.beginPath();
    line.forEach(([x, y], i) => { if (i) pen.lineTo(Math.max(kLeft, x), y); else pen.moveTo(Math.max(kLeft, x), y); });
    pen.stroke();
    if (state.token >= 0) this.marker(Math.max(3, wide));
  },

  marker(wide) {
    const {pen} = this, x = this.x(state.token);
    pen.strokeStyle = css('--ink'), pen.lineWidth = 1.5, pen.setLineDash([3, 3]);
    pen.strokeRect(x - 1, kTop - 4, wide + 1, this.height - kTop - kBottom + 4), pen.setLineDash([]);
  },

  axes() {
    const {pen} = this, size = 10 ** Math.floor(Math.log10(this.most / 3));
    const every = [1, 2, 5, 10].map(n => n * size).find(step => this.most / step <= 5);
    pen.font = '12px ' + getComputedStyle(document.body).fontFamily, pen.fillStyle = css('--faint');
    pen.strokeStyle = css('--edge'), pen.lineWidth = 1, pen.textAlign = 'right', pen.textBaseline = 'middle';
    for (let value = 0; value < this.most; value += every) {
      const y = Math.round(this.y(value)) + 0.5;
      pen.beginPath(), pen.moveTo(kLeft, y), pen.lineTo(this.width, y), pen.stroke();
      pen.fillText(+value.toPrecision(3), kLeft - 6, y);
    }
    const below = (side, text, x) => { pen.textAlign = side, pen.fillText(text, x, this.height - 14); };
    pen.textBaseline = 'top', below('left', number.format(Math.floor(this.from) + 1), kLeft);
    below('right', number.format(Math.min(count, Math.ceil(this.from + this.span))), this.width);
    below('center', 'token', kLeft + this.room() / 2);
  },

  at(event) {
    const around = $('curve').getBoundingClientRect(), x = event.clientX - around.left;
    if (event.type === 'pointerleave' || event.target.closest('button') || x < kLeft) return -1;
    return Math.min(count - 1, Math.floor(this.from + (x - kLeft) / this.room() * this.span));
  },
  point(event) { if (!state.kept) choose(this.at(event), true); },
};

let pressed = 0;
$('curve').addEventListener('pointerdown', event => { pressed = event.clientX; });
$('curve').addEventListener('click', event => {  // a drag keeps nothing
  if (Math.abs(event.clientX - pressed) > 3 || event.target.closest('button')) return;
  choose(curve.at(event), true), keep(state.token);
});
$('curve').addEventListener('keydown', event => { if (event.key === 'Escape') choose(-1), keep(-1); });
window.addEventListener('resize', () => curve.build());
startTheme(() => { paintScale(), curve.paint(); });
startZoom($('curve'), curve);
addColors(), fill(), color(), paintScale(), details(), curve.build();
