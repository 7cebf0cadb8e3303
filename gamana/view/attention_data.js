
// --- The weights, and the tokens that are shown.
const Q = data.queries.tokens.length, K = data.keys.tokens.length;
const state = {view: 'heads', layer: 0, heads: new Set(), threshold: 0};
// Tokens or words of each side as {text, members, special}; which shown key each key belongs to, -1 for none.
let shown = {queries: [], keys: [], keyOf: new Int32Array(K)};
let sum, touched, count = 0;  // one row over the shown keys; those of them that are not 0, as touched[0..count)

function layerAt(l) {  // decoded when it is first seen
  const layer = data.layers[l];
  if (!layer.bytes) {
    layer.bytes = bytesOf(layer.weights), layer.weights = '';
    layer.most = new Float32Array(bytesOf(layer.most).buffer);
    if (data.kept) {
      layer.places = new Uint16Array(bytesOf(layer.places).buffer);
      layer.rest = new Float32Array(bytesOf(layer.rest).buffer);
    }
    if (data.block) layer.blocks = bytesOf(layer.blocks);
  }
  return layer;
}

// Adds `share` of the weights of token t in one head to `sum`.
function addRow(layer, h, t, share) {
  const r = h * Q + t, unit = layer.most[r] / 255 * share, {bytes, places} = layer, width = data.kept || K;
  for (let i = r * width, n = 0; n < width; i++, n++) {
    const k = shown.keyOf[places ? places[i] : n];
    if (bytes[i] === 0 || k < 0) continue;
    if (sum[k] === 0) touched[count++] = k;
    sum[k] += bytes[i] * unit;
  }
}

// What shown query q gives to each shown key, in `sum`: the mean of its tokens and of the heads.
function sumRow(l, heads, q) {
  const layer = layerAt(l), members = shown.queries[q].members;
  while (count) sum[touched[--count]] = 0;
  for (const h of heads) for (const t of members) addRow(layer, h, t, 1 / members.length / heads.length);
}

const rows = new Map();
// The same as {keys, weights} without those that would not be seen; remembered, since scrolling asks again and again.
function rowOf(l, h, q) {
  const id = (l * 1024 + h) * Q + q, known = rows.get(id);
  if (known) return known;
  sumRow(l, [h], q);
  const keys = [], weights = [], least = endOf(l) * 0.01;
  for (let i = 0; i < count; i++) if (sum[touched[i]] >= least) keys.push(touched[i]), weights.push(sum[touched[i]]);
  if (rows.size > 20000) rows.clear();
  const row = {keys, weights};
  rows.set(id, row);
  return row;
}

// What the kept weights of a long text leave out for shown query q.
function restOf(l, h, q) {
  const layer = layerAt(l), members = shown.queries[q].members;
  return data.kept ? members.reduce((a, t) => a + layer.rest[h * Q + t], 0) / members.length : 0;
}

// The weight of the strongest colour: 1 where any row has one above a half, else what 98 of 100 rows stay below.
function endOf(l) {
  const layer = layerAt(l);
  if (layer.end) return layer.end;
  const most = Float32Array.from(layer.most).sort(), high = most[Math.floor(0.98 * (most.length - 1))];
  const step = 10 ** Math.floor(Math.log10(high || 1));
  const round = high > 0 ? Math.ceil(high / step - 1e-4) * step : 1;
  return layer.end = high > 0.5 ? Math.max(1, most[most.length - 1]) : round;
}

// Was any key of the block of key token k attended by the block of query token q?
function attended(l, heads, q, k) {
  const across = Math.ceil(K / data.block), down = Math.ceil(Q / data.block), layer = layerAt(l);
  return heads.some(h => {
    const bit = (h * down + Math.floor(q / data.block)) * across + Math.floor(k / data.block);
    return layer.blocks[bit >> 3] >> (bit & 7) & 1;
  });
}

function groupsOf(side, segment) {
  const groups = [], merge = $('merge').checked;
  let last = null;
  side.tokens.forEach((token, i) => {
    const special = !!side.special[i], word = side.words.length ? side.words[i] : -1;
    const other = segment && side.segments.length && side.segments[i] !== +segment;
    if (other || (special && !$('special').checked)) return last = null;
    if (merge && last && word >= 0 && last.word === word) {
      last.members.push(i), last.text += token.replace(/^##/, '');
    } else {
      groups.push(last = {text: merge ? token.replace(/^[▁␣](?=.)/u, '') : token, members: [i], word, special});
    }
  });
  return groups;
}

function choosePair() {
  const [from, to] = $('pair').value;
  shown.queries = groupsOf(data.queries, from), shown.keys = groupsOf(data.keys, to);
  shown.keyOf = new Int32Array(K).fill(-1);
  shown.keys.forEach((group, k) => group.members.forEach(t => shown.keyOf[t] = k));
  sum = new Float32Array(shown.keys.length), touched = new Int32Array(shown.keys.length), count = 0;
  rows.clear();
}

const headColor = h => '#' + data.heads[root.dataset.theme][h];
const chosenHeads = () => [...state.heads].sort((a, b) => a - b);
const fontOf = (size, weight = 400) => `${weight} ${size}px ` + getComputedStyle(document.body).fontFamily;

// A canvas of so many units, sharp on any screen; its pen.
function size(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio), canvas.height = Math.round(height * ratio);
  canvas.style.width = width + 'px', canvas.style.height = height + 'px';
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}
