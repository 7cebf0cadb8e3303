
// --- Moving and zooming what a box shows, by wheel, pointer and keys. `view` has zoom(factor, x, y) about a point of the
// box, move(x, y) by pixels, whole(), and point(event) for a pointer that does not drag.
const kArrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function startZoom(box, view) {
  let drag = null;
  const middle = () => [box.clientWidth / 2, box.clientHeight / 2];
  const keys = {'+': () => view.zoom(1.5, ...middle()), '=': () => view.zoom(1.5, ...middle()),
                '-': () => view.zoom(1 / 1.5, ...middle()), 0: () => view.whole()};
  box.addEventListener('wheel', event => {
    event.preventDefault();
    const around = box.getBoundingClientRect();
    view.zoom(2 ** (-event.deltaY / 240), event.clientX - around.left, event.clientY - around.top);
  }, {passive: false});
  box.addEventListener('pointerdown', event => {
    if (!event.target.closest('button')) drag = event, box.setPointerCapture(event.pointerId);
  });
  box.addEventListener('pointermove', event => {
    if (!drag) return view.point(event);
    view.move(drag.clientX - event.clientX, drag.clientY - event.clientY), drag = event;
  });
  for (const name of ['pointerup', 'pointercancel']) box.addEventListener(name, () => { drag = null; });
  box.addEventListener('pointerleave', event => view.point(event));
  box.addEventListener('click', event => { if (event.target.dataset.zoom) keys[event.target.dataset.zoom](); });
  box.addEventListener('keydown', event => {
    const step = kArrows[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey || !(step || keys[event.key])) return;
    event.preventDefault(), event.stopPropagation();
    if (step) view.move(60 * step[0], 60 * step[1]); else keys[event.key]();
  });
}
