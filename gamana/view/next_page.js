
// --- The text: an element for each token, or for several that share a character.
const characters = Array.from(data.text), count = data.ids.length;
const floats = text => new Float32Array(bytesOf(text).buffer), integers = text => new Int32Array(bytesOf(text).buffer);
const bits = floats(data.bits), entropy = floats(data.entropy), rank = integers(data.rank);
const topIds = integers(data.topIds), topProbabilities = floats(data.topProbabilities);
const number = new Intl.NumberFormat('en'), kLevels = 64, kLeast = 1e-4;  // of the scale of probabilities
const mostRank = Math.min(1 / kLeast, Math.max(2, data.vocabulary));      // of that of ranks
const state = {token: -1, kept: false};

const segments = [], segmentOf = new Int32Array(count);
for (let i = 0; i < data.segments.length; i += 4) {
  const [begin, end, first, tokens] = data.segments.slice(i, i + 4), s = {begin, end, first, tokens, bits: 0, rank: 0};
  for (let t = first; t < first + tokens; t++) {
    segmentOf[t] = segments.length;
    if (rank[t] > 0) s.bits += bits[t], s.rank = Math.max(s.rank, rank[t]);
  }
  segments.push(s);
}

// 0 to 1, by tenfold steps: what was likely is pale, what surprised is strong.
const clamp = v => Math.max(0, Math.min(1, v));
const shareOfBits = b => clamp(b / -Math.log2(kLeast)), shareOfRank = r => clamp(Math.log(r) / Math.log(mostRank));
const by = () => document.querySelector('[name=by]:checked').value;
const share = s => by() === 'rank' ? shareOfRank(s.rank) : shareOfBits(s.bits);
const level = v => Math.round(v * (kLevels - 1)), colorAt = (theme, v) => '#' + data.colors[theme][Math.round(v * 255)];

function addColors() {  // a class for each level in both themes, so that a change of theme touches no element
  const style = make('style');
  for (const theme of ['light', 'dark'])
    for (let l = 0; l < kLevels; l++) {
      const color = colorAt(theme, l / (kLevels - 1));
      style.textContent += `:root[data-theme=${theme}] .l${l} { background: ${color}; color: ${inkOn(color)}; }\n`;
    }
  document.head.append(style);
}

const unseen = text => /^[\p{Cf}\p{Zl}\p{Zp}\x7f-\x9f]+$/u.test(text);
const codePoints = text =>
  Array.from(text, c => 'U+' + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')).join(' ');
const shownControls = text => text.replace(/[\0-\x08\x0b-\x1f]/g, c => String.fromCharCode(0x2400 + c.charCodeAt(0)));

function element(s) {
  const text = characters.slice(s.begin, s.end).join(''), e = make('span');
  if (s.begin === s.end) {
    e.classList.add('special'), e.textContent = data.spellings[data.ids[s.first]];
  } else if (unseen(text)) {
    e.append(make('i', 'mark', codePoints(text)));
  } else {  // signs for what could not be seen; the ends of lines stay
    shownControls(text).split(/([\n\t])/).forEach(part => e.append(part === '\n' ? make('i', 'mark', '↵')
      : part === '\t' ? make('i', 'mark', '⇥') : part, /[\n\t]/.test(part) ? part : ''));
  }
  if (s.tokens > 1) e.classList.add('several');
  return e;
}

// Lines are gathered into blocks that the browser lays out when they are seen.
function fill() {
  let block = make('div');
  segments.forEach((s, i) => {
    s.element = element(s), s.element.dataset.i = i;
    block.append(s.element);
    if (block.childElementCount < 200 || s.end === s.begin || characters[s.end - 1] !== '\n') return;
    $('text').append(block), block = make('div');
  });
  $('text').append(block);
}

function color() {
  for (const s of segments) {
    s.element.classList.remove('l' + s.level);
    if (s.rank > 0) s.level = level(share(s)), s.element.classList.add('l' + s.level);
  }
  const labels = by() === 'rank' ? Array.from({length: 5}, (_, i) => number.format(Math.round(mostRank ** (i / 4))))
    : ['100 %', '10 %', '1 %', '0.1 %', '≤ 0.01 %'];
  $('ticks').replaceChildren(...labels.map(text => make('span', '', text)));
}

function paintScale() {
  const pen = document.querySelector('#scale canvas').getContext('2d');
  for (let x = 0; x < 256; x++) pen.fillStyle = colorAt(root.dataset.theme, x / 255), pen.fillRect(x, 0, 1, 1);
}

// --- What the model said of one token.
const likelihood = p => p >= 0.9995 ? (100 * p).toFixed(2) + ' %' : p >= 0.001 ? percent(p) : p.toExponential(1);
const alike = h => h < Math.log2(99.5) ? (2 ** h).toPrecision(2) : number.format(Math.round(2 ** h));
const chip = id => make('code', '', data.spellings[id]);

function expected(t) {
  const list = make('ol'), from = t * data.top, ids = topIds.subarray(from, from + data.top);
  const line = (id, p, came) => {
    const row = make('li', came ? 'came' : ''), bar = make('i');
    bar.style.width = 100 * p + '%', row.append(chip(id), bar, make('small', '', likelihood(p)));
    row.firstChild.title = `${data.spellings[id]} (id ${id})`;
    return row;
  };
  ids.forEach((id, k) => list.append(line(id, topProbabilities[from + k], id === data.ids[t])));
  if (!ids.includes(data.ids[t])) list.append(line(data.ids[t], 2 ** -bits[t], true));
  return list;
}

function details() {
  const t = state.token, box = document.querySelector('aside');
  if (t < 0) return box.replaceChildren(make('p', '', 'Point at a token to see what the model expected in its place.'));
  const s = segments[segmentOf[t]], head = make('h2'), facts = make('dl');
  const fact = (name, value) => facts.append(make('dt', '', name), make('dd', '', value));
  head.append(chip(data.ids[t]));
  const whole = characters.slice(s.begin, s.end).join('');
  const part = s.tokens > 1 ? `, part ${t - s.first + 1} of ${s.tokens} of “${whole}”` : '';
  const place = make('p', '', `token ${number.format(t + 1)} of ${number.format(count)}, id ${data.ids[t]}${part}`);
  if (rank[t] <= 0) return box.replaceChildren(head, place, make('p', '', 'Nothing stands before it.'));
  fact('probability', likelihood(2 ** -bits[t]));
  fact('rank', `${number.format(rank[t])} of ${number.format(data.vocabulary)}`);
  fact('surprisal', bits[t].toFixed(2) + ' bits');
  fact('entropy', `${entropy[t].toFixed(2)} bits, as of ${alike(entropy[t])} even choices`);
  box.replaceChildren(head, place, facts, ...data.top ? [make('h2', '', 'Expected'), expected(t)] : []);
}

// Blocks have their true heights only when they come near, which moves what stands behind them: again after a few frames.
function bringIntoView(t, frames) {
  if (t !== state.token) return;
  segments[segmentOf[t]].element.scrollIntoView({block: 'nearest'});
  if (frames) requestAnimationFrame(() => bringIntoView(t, frames - 1));
}

function choose(t, scroll) {
  if (t === state.token) return;
  segments[segmentOf[state.token]]?.element.classList.remove('on');
  state.token = t;
  segments[segmentOf[t]]?.element.classList.add('on');
  if (scroll && t >= 0) bringIntoView(t, 3);
  details(), curve.show();
}

// The token under the pointer; several of one character share its width.
function under(event) {
  const e = event.target.closest('[data-i]');
  if (!e) return -1;
  const s = segments[e.dataset.i], box = e.getBoundingClientRect();
  if (!s.tokens) return -1;
  return s.first + Math.min(s.tokens - 1, Math.floor((event.clientX - box.left) / box.width * s.tokens));
}

// The token of the line above or below that stands nearest.
function lineStep(direction) {
  // The widest line of a token that is wrapped.
  const at = i => [...segments[i].element.getClientRects()].reduce((a, b) => b.width > a.width ? b : a);
  const here = segmentOf[state.token], from = at(here);
  let best = -1, least = Infinity, line = null;
  for (let i = here + direction; i >= 0 && i < segments.length; i += direction) {
    const box = at(i);
    if (!segments[i].tokens || Math.abs(box.top - from.top) < 6) continue;
    if (line !== null && Math.abs(box.top - line) > 6) break;
    line = box.top;
    const away = Math.abs((box.left + box.right - from.left - from.right) / 2);
    if (away < least) least = away, best = segments[i].first;
  }
  return best < 0 ? state.token : best;
}

function step(key) {
  const t = state.token;
  if (t < 0 || key === 'Home') return key === 'End' ? count - 1 : 0;
  return {ArrowLeft: Math.max(0, t - 1), ArrowRight: Math.min(count - 1, t + 1), End: count - 1}[key] ??
    lineStep(key === 'ArrowUp' ? -1 : 1);
}

function keep(t) { state.kept = t >= 0; }
const text = $('text');
text.addEventListener('pointermove', event => { if (!state.kept) choose(under(event)); });
text.addEventListener('pointerleave', () => { if (!state.kept) choose(-1); });
text.addEventListener('click', event => { choose(under(event)), keep(state.token); });
text.addEventListener('focus', () => { if (state.token < 0 && text.matches(':focus-visible')) choose(0), keep(0); });
text.addEventListener('keydown', event => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === 'Escape') return choose(-1), keep(-1);
  if (!kArrows[event.key] && event.key !== 'Home' && event.key !== 'End') return;
  event.preventDefault(), choose(step(event.key), true), keep(state.token);
});
document.querySelectorAll('[name=by]').forEach(input => input.addEventListener('change', color));
document.querySelector('form').addEventListener('submit', event => event.preventDefault());
document.querySelector('h1').textContent = data.title || 'Next tokens', $('summary').textContent = data.summary;
