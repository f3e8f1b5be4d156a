// The page beyond its tables: drawing, filters, sorting, colour scheme. Stands after charts.js and
// fleet.js, in one function with them.

// Drawing: each chart when it comes near the window, and anew when something is chosen.

const style = () => getComputedStyle(root);
function theme() {
  const css = style();
  const one = (name) => css.getPropertyValue(`--${name}`).trim();
  const list = (name) => one(name).split(/\s+/);
  const colours = { palette: list('palette'), ramp: list('ramp'), states: list('states') };
  for (const name of ['ink', 'faint', 'line', 'paper', 'accent', 'good', 'bad', 'hatch', 'deep', 'empty', 'beyond']) colours[name] = one(name);
  return colours;
}
function config(colours) {
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: null,
    signals: [{ name: 'theme', value: colours }],
    axis: {
      labelColor: colours.faint, titleColor: colours.faint, labelFont: font, titleFont: font, titleFontWeight: 400, labelFontSize: 11, titleFontSize: 11,
      gridColor: colours.line, domainColor: colours.line, tickColor: colours.line, tickSize: 4, labelFlush: false, labelLimit: 260,
    },
    text: { font, fontSize: 11 },
  };
}
function show(chart) {
  const { rows = [], args = [], signals = {}, nothing: why = 'Nothing of this with what is chosen above.', ...sets } = { ...chart.rows() };
  const note = typeof chart.note === 'function' ? chart.note(...args) : chart.note;
  const nothing = rows.length === 0;
  chart.caption.textContent = nothing ? why : note;
  chart.canvas.hidden = nothing;
  if (nothing) return Promise.resolve();
  if (!chart.view) {
    const spec = JSON.parse($(`chart-${chart.spec || chart.id}`).textContent);
    chart.view = new drawing.View(drawing.parse(spec, config(theme()), { ast: true }),
      { renderer: 'svg', container: chart.canvas, hover: true, expr: drawing.expressionInterpreter })
      .tooltip(tip);
  }
  const view = chart.view;
  view.width(Math.max(chart.canvas.clientWidth, 200));
  for (const [name, value] of Object.entries({ ...chart.signals, ...signals })) view.signal(name, value);
  for (const [name, values] of Object.entries({ rows, ...sets })) view.data(name, values);
  return view.runAsync().then(() => { chart.figure.dataset.drawn = rows.length; });
}
function frame(chart) {
  chart.figure = document.createElement('figure');
  chart.figure.id = `figure-${chart.id}`;
  if (chart.wide) chart.figure.className = 'wide';
  const caption = document.createElement('figcaption');
  const title = document.createElement('h3');
  title.textContent = chart.title;
  chart.caption = document.createElement('p');
  chart.canvas = document.createElement('div');
  chart.canvas.className = 'canvas';
  caption.append(title, chart.caption);
  chart.figure.append(caption, chart.canvas);
  $(chart.place || 'figures').append(chart.figure);
}
function tip(handler, event, item, value) {
  const box = $('tip');
  box.hidden = value === null || value === undefined || value === '';
  if (box.hidden) return;
  box.textContent = value;
  const { clientX: x, clientY: y } = event;
  box.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${y + 18 + box.offsetHeight > innerHeight ? y - box.offsetHeight - 10 : y + 18}px`;
}
let active = [];
const near = new Set();
function drawCharts() {
  active = (data.fleet ? FLEET_CHARTS : CHARTS).filter((chart) => (!chart.several || several) && chart.rows().rows.length > 0);
  if (active.length === 0) return;
  $('charts').hidden = false;
  const box = document.createElement('div');
  box.id = 'tip';
  box.hidden = true;
  document.body.append(box);
  active.forEach(frame);
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const chart = active.find((each) => each.figure === entry.target);
      if (!entry.isIntersecting || near.has(chart)) continue;
      near.add(chart);
      show(chart);
    }
  }, { rootMargin: '400px' });
  for (const chart of active) watcher.observe(chart.figure);
  const sized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = active.find((each) => each.canvas === target);
      if (chart.view && Math.abs(chart.view.width() - target.clientWidth) > 1 && target.clientWidth) {
        chart.view.width(target.clientWidth).runAsync();
      }
    }
  });
  for (const chart of active) sized.observe(chart.canvas);
  addEventListener('beforeprint', () => { for (const chart of active) { near.add(chart); show(chart); } });
}
function recolour() {
  for (const chart of active) {
    if (!chart.view) continue;
    chart.view.finalize();
    chart.canvas.textContent = '';
    chart.view = null;
    show(chart);
  }
  swatches();
}
// A mechanism pointed at stands out in every chart.
function light(mechanism) {
  for (const { view } of active) {
    if (view) view.signal('hot', mechanism).runAsync();
  }
}

// Filters: the same choice for charts and tables.

function chip(text, pressed, press) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'chip';
  button.textContent = text;
  button.setAttribute('aria-pressed', pressed);
  button.addEventListener('click', () => { press(); update(); });
  return button;
}
function filter(title, chips, css = '') {
  const box = document.createElement('div');
  box.className = `filter ${css}`;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', title);
  const label = document.createElement('span');
  label.textContent = title;
  box.append(label, ...chips);
  return box;
}
// One of the set goes or comes; the last one stays.
function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
  if (set.size === 0) set.add(value);
}
// Alone, or all of them again.
function only(set, all, value) {
  const alone = set.size === 1 && set.has(value);
  set.clear();
  for (const each of alone ? all : [value]) set.add(each);
}
function filters() {
  const box = $('filters');
  const made = [];
  if (several) {
    made.push(filter('Results', results.map(({ label }, i) => chip(label, chosen.results.has(i), () => toggle(chosen.results, i)))));
  }
  if (sizes.length > 1) {
    made.push(filter('Messages of', [chip('all', chosen.size === null, () => { chosen.size = null; }),
      ...sizes.map((size) => chip(quantity(size, 'B'), chosen.size === size, () => { chosen.size = size; }))]));
  }
  if (waits.length > 1) {
    made.push(filter('Wait', waits.map((wait) => chip(wait, chosen.waits.has(wait), () => toggle(chosen.waits, wait)))));
  }
  if (placements.length > 1) {
    made.push(filter('Placement', [...placements.map((place) => chip(place, chosen.placement === place, () => { chosen.placement = place; })),
      chip('all', chosen.placement === null, () => { chosen.placement = null; })]));
  }
  if (groups.length > 1) {
    made.push(filter('Mechanisms', groups.map((group) => chip(group, chosen.groups.has(group), () => toggle(chosen.groups, group)))));
  }
  if (mechanisms.length > 1 && active.length) {
    made.push(filter('Show', mechanisms.map((name) => {
      const button = chip(name, chosen.mechanisms.has(name), () => {
        if (chosen.mechanisms.size === mechanisms.length) only(chosen.mechanisms, mechanisms, name);
        else toggle(chosen.mechanisms, name);
      });
      button.dataset.mechanism = name;
      button.addEventListener('pointerenter', () => light(name));
      button.addEventListener('pointerleave', () => light(null));
      return button;
    }), 'key'));
    if (chosen.mechanisms.size < mechanisms.length) {
      made[made.length - 1].append(chip('all', false, () => { for (const name of mechanisms) chosen.mechanisms.add(name); }));
    }
  }
  box.replaceChildren(...made);
  box.hidden = made.length === 0;
  swatches();
}
const PATHS = {
  circle: 'M5,0A5,5,0,1,1,-5,0A5,5,0,1,1,5,0', square: 'M-4.5,-4.5H4.5V4.5H-4.5Z', 'triangle-up': 'M0,-5L5,4.5H-5Z',
  diamond: 'M0,-5.5L5,0L0,5.5L-5,0Z', 'triangle-down': 'M0,5L5,-4.5H-5Z',
};
function swatches() {
  const { palette } = theme();
  for (const button of document.querySelectorAll('[data-mechanism]')) {
    const name = button.dataset.mechanism;
    button.querySelector('svg')?.remove();
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '-6 -6 12 12');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', PATHS[shapeOf(name)]);
    path.setAttribute('fill', palette[hueOf(name)]);
    svg.append(path);
    button.prepend(svg);
  }
}
function filterTables() {
  const keeps = ({ size, wait, placement, group }) =>
    (!groups.includes(group || 'other') || chosen.groups.has(group || 'other')) &&
    (!size || chosen.size === null || Number(size) === chosen.size) && (!wait || !waits.includes(wait) || chosen.waits.has(wait)) &&
    (!placement || !placements.includes(placement) || chosen.placement === null || placement === chosen.placement);
  for (const row of document.querySelectorAll('tr[data-size]')) row.hidden = !keeps(row.dataset);
  for (const table of document.querySelectorAll('table[data-size]')) {
    table.parentElement.hidden = ![...table.tBodies[0].rows].some((row) => !row.hidden);
  }
  for (const part of document.querySelectorAll('details[data-result]')) {
    part.hidden = !chosen.results.has(Number(part.dataset.result));
    if (Number(part.dataset.result) === first()) part.open = true;
  }
}
function update() {
  filters();
  filterTables();
  for (const chart of near) show(chart);
  root.dataset.updates = Number(root.dataset.updates || 0) + 1;
}

// Tables are sorted by what stands in them: "14.6 µs", "2.31 M/s", "± 2.1 %".

const FACTORS = { ns: 1, 'µs': 1e3, ms: 1e6, s: 1e9, '/s': 1, 'k/s': 1e3, 'M/s': 1e6, 'G/s': 1e9, B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, 'B/s': 1, 'kB/s': 1e3, 'MB/s': 1e6, 'GB/s': 1e9, 'TB/s': 1e12 };
function sortValue(text) {
  if (text === 'best') return 1;
  const found = /^[=±~ ]*([0-9.]+) ?([^ ]*)/.exec(text);
  return found ? Number(found[1]) * (FACTORS[found[2]] || 1) : null;
}
function sortBy(header) {
  const table = header.closest('table');
  if (table.matches('.answers, .matrix, .facts')) return;
  const up = header.getAttribute('aria-sort') !== 'ascending';
  for (const other of header.parentElement.cells) other.removeAttribute('aria-sort');
  header.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  const value = (row) => row.cells[header.cellIndex]?.textContent.trim() ?? '';
  const compare = (a, b) => {
    const [x, y] = [value(a), value(b)];
    if ((x === '') !== (y === '')) return x === '' ? 1 : -1;  // what is missing comes last
    const [m, n] = [sortValue(x), sortValue(y)];
    return (up ? 1 : -1) * (m !== null && n !== null ? m - n : x.localeCompare(y));
  };
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort(compare));
}
document.addEventListener('click', (event) => {
  const header = event.target.closest?.('thead th');
  if (header) sortBy(header);
});

// Colour scheme: the system's, until the button is used.

const system = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
function themed() {
  $('theme').textContent = isDark() ? 'Light' : 'Dark';
  recolour();
}
$('theme').hidden = false;
$('theme').addEventListener('click', () => {
  root.dataset.theme = isDark() ? 'light' : 'dark';
  themed();
});
system.addEventListener('change', () => { if (!root.dataset.theme) themed(); });

if (drawing) drawCharts();
filters();
filterTables();
themed();
root.dataset.ready = Math.round(performance.now());
