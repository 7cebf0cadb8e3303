'use strict';
const $ = id => document.getElementById(id), root = document.documentElement;
const data = JSON.parse($('data').textContent);
const percent = w => (100 * w).toFixed(w < 0.0995 ? 1 : 0) + ' %';
const make = (tag, className, text) => {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
};
// Black or white, whichever has more contrast on a colour "#rrggbb" (WCAG 2).
function inkOn(color) {
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const [r, g, b] = [1, 3, 5].map(i => linear(parseInt(color.slice(i, i + 2), 16) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}
const css = name => getComputedStyle(root).getPropertyValue(name);

function bytesOf(text) {  // of base64
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function startTheme(paint) {  // light or dark as the reader's system is, until the button says otherwise
  root.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  $('theme').addEventListener('click', () => {
    root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
    paint();
  });
}
