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
