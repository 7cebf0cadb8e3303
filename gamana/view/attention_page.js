
// --- What the reader chooses.
const views = {heads: headView, model: modelView, map: mapView};
const kHelp = {
  heads: 'Point at a token to see its lines only; click to keep it. Squares: click a head on or off, double click for it ' +
    'alone. Keys: ← → head, ↑ ↓ layer; among the tokens ↑ ↓ token, Esc all.',
  model: 'Click a picture, or walk with the arrows and press Enter, to open that head.',
  map: 'The mean of the chosen heads. Wheel or + − to zoom, drag or arrows to move, 0 for the whole; elsewhere ← → head, ' +
    '↑ ↓ layer.',
};
const kBlocks = ' Grey: blocks that are not computed, since nobody attends to them.';
const kCausal = ' Grey: tokens that come later, which are not seen.';

function show(view, layer, heads) {
  const last = data.layers[layer].heads - 1;
  state.view = view, state.layer = layer, state.heads = new Set(heads.map(h => Math.min(h, last)));
  for (const name in views) $(name).hidden = name !== view;
  document.querySelector(`[name=view][value=${view}]`).checked = true;
  $('layer').value = layer, $('layerLabel').hidden = view === 'model' || data.layers.length < 2;
  $('squares').hidden = view === 'model' || last < 1;
  const grey = view !== 'map' ? '' : data.block ? kBlocks : data.causal ? kCausal : '';
  $('help').textContent = kHelp[view] + grey, $('status').replaceChildren();
  squares(), setThreshold(), views[view].build();
}

function squares() {
  const box = $('squares'), heads = data.layers[state.layer].heads;
  if (box.childElementCount !== heads) box.replaceChildren(...Array.from({length: heads}, (_, h) => {
    const square = make('button', 'square', h);
    square.type = 'button', square.dataset.h = h, square.title = `Head ${h}; double click: this head only`;
    square.setAttribute('aria-label', `Head ${h}`);
    return square;
  }));
  [...box.children].forEach((square, h) => {
    square.style.setProperty('--color', headColor(h)), square.style.setProperty('--on-color', inkOn(headColor(h)));
    square.setAttribute('aria-pressed', state.heads.has(h));
  });
}

// Even steps of the slider are finer for small weights.
function setThreshold() {
  state.threshold = endOf(state.layer) * ($('threshold').value / 100) ** 2;
  document.querySelector('output').textContent = percent(state.threshold);
}

const refresh = () => show(state.view, state.layer, chosenHeads());

function start() {
  const number = color => parseInt(color, 16), pixel = c => 0xff000000 | (c & 255) << 16 | (c & 0xff00) | c >> 16;
  data.numbers = {};  // colours as the bytes of a pixel
  for (const theme in data.colors) data.numbers[theme] = Uint32Array.from(data.colors[theme], c => pixel(number(c)));
  $('layer').append(...data.layers.map((layer, l) => new Option(layer.name || l + 1, l)));
  const sides = [data.queries, data.keys], any = list => side => side[list].some(Boolean);
  $('mergeLabel').hidden = !sides.some(side => side.words.some((w, i) => i && w >= 0 && w === side.words[i - 1]));
  $('specialLabel').hidden = !sides.some(any('special')), $('pairLabel').hidden = !sides.some(any('segments'));
  for (const view of Object.values(views)) view.start();

  document.querySelectorAll('[name=view]').forEach(input =>
    input.addEventListener('change', () => show(input.value, state.layer, chosenHeads())));
  $('layer').addEventListener('change', () => show(state.view, +$('layer').value, chosenHeads()));
  $('squares').addEventListener('click', event => {
    const h = +event.target.dataset.h;
    if (!(h >= 0)) return;
    if (!state.heads.delete(h)) state.heads.add(h);
    if (!state.heads.size) state.heads.add(h);  // one at the least
    refresh();
  });
  $('squares').addEventListener('dblclick', event => {
    if (event.target.dataset.h) show(state.view, state.layer, [+event.target.dataset.h]);
  });
  for (const id of ['merge', 'special', 'pair']) $(id).addEventListener('change', () => {
    headView.query = headView.key = -1, headView.kept = false, $('heads').scrollTop = 0, mapView.scale = 0;
    choosePair(), refresh();
  });
  $('threshold').addEventListener('input', () => {
    setThreshold();
    if (state.view === 'map') mapView.renew(); else views[state.view].paint();
  });
  document.querySelector('form').addEventListener('submit', event => event.preventDefault());
  document.addEventListener('keydown', event => {
    const step = kArrows[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.target.closest('input, select')) return;
    event.preventDefault();
    const layer = Math.max(0, Math.min(data.layers.length - 1, state.layer + step[1])), heads = chosenHeads();
    const next = heads[0] + (heads.length > 1 ? 0 : step[0]);
    show(state.view, layer, step[0] ? [Math.max(0, next)] : heads);
  });
  window.addEventListener('resize', refresh);
  startTheme(refresh);
  document.querySelector('h1').textContent = data.title || 'Attention';
  choosePair();
  show('heads', 0, [...Array(data.layers[0].heads).keys()]);
}
start();
