// What the page knows and what is chosen of it, as rows of data for the charts, which Vega draws as
// the *.vg.json beside this file say. Stands before page.js, in one function with it.
const root = document.documentElement;
const $ = (id) => document.getElementById(id);
const data = JSON.parse($('data').textContent);
const drawing = typeof vega === 'undefined' ? null : vega;
root.classList.add('js');

// Words for figures, as in the tables: three significant digits.

const SCALES = {
  ns: [[1e9, ' s'], [1e6, ' ms'], [1e3, ' µs'], [1, ' ns']],
  'msg/s': [[1e9, ' G/s'], [1e6, ' M/s'], [1e3, ' k/s'], [1, ' /s']],
  'op/s': [[1e9, ' G/s'], [1e6, ' M/s'], [1e3, ' k/s'], [1, ' /s']],
  'B/s': [[1e12, ' TB/s'], [1e9, ' GB/s'], [1e6, ' MB/s'], [1e3, ' kB/s'], [1, ' B/s']],
  B: [[1 << 20, ' MiB'], [1 << 10, ' KiB'], [1, ' B']],
};
function quantity(value, unit) {
  const scales = SCALES[unit] || [[1, ' ' + unit]];
  const [factor, name] = scales.find(([least]) => value >= least * 0.9995) || scales[scales.length - 1];
  const scaled = value / factor;
  return String(Number(scaled.toPrecision(scaled >= 100 && scaled < 1024 ? 4 : 3))) + name;
}
const withRange = ([median, low, high], unit) =>
  `${quantity(median, unit)} (${quantity(low, unit)} to ${quantity(high, unit)})`;
// Ticks of a logarithmic axis: powers of ten, and what lies between where there are few.
function decades([low, high]) {
  const span = high / low;
  const steps = span > 300 ? [1] : span > 8 ? [1, 2, 5] : span > 2.5 ? [1, 1.5, 2, 3, 4, 5, 6, 8] : [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high) + 1; ++power) {
    for (const step of steps) ticks.push(Number((step * 10 ** power).toPrecision(3)));
  }
  return ticks;
}
if (drawing) {
  drawing.expressionFunction('quantity', quantity);
  drawing.expressionFunction('decades', decades);
}

// What is chosen.

const results = data.results;
const several = results.length > 1;
const timed = data.cells.filter((cell) => cell.v || cell.saturated);
const unique = (values) => [...new Set(values)];
const drawn = [...timed, ...data.ends];
const sizes = unique(drawn.map((cell) => cell.z)).sort((a, b) => a - b);
const waits = ['block', 'spin', 'hybrid', 'poll'].filter((wait) => drawn.some((cell) => cell.w === wait));
const placements = unique(drawn.map((cell) => cell.p));
const mechanisms = unique(drawn.map((cell) => cell.m)).sort();
const groupOf = (cell) => cell.g || 'other';
const groupOfName = new Map(drawn.map((cell) => [cell.m, groupOf(cell)]));
const groups = ['kernel', 'shared memory', 'library', 'language', 'floor', 'other'].filter((group) => drawn.some((cell) => groupOf(cell) === group));
const chosen = {
  results: new Set(several ? (results.length > 2 ? [results.length - 1] : [0, 1]) : [0]),
  size: null,
  placement: placements.length > 1 ? placements[0] : null,
  waits: new Set(waits),
  mechanisms: new Set(mechanisms),
  groups: new Set(groups),
};
const HUES = 7;
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down'];
const DASHES = { block: [], spin: [5, 3], hybrid: [2, 2], poll: [8, 3, 2, 3] };
const RESULT_DASHES = [[], [5, 3], [2, 2], [8, 3, 2, 3]];
const hueOf = (mechanism) => mechanisms.indexOf(mechanism) % HUES;
const shapeOf = (mechanism) => SHAPES[Math.floor(mechanisms.indexOf(mechanism) / HUES) % SHAPES.length];

const shown = (cell) => chosen.waits.has(cell.w) && chosen.mechanisms.has(cell.m) && chosen.groups.has(groupOf(cell)) &&
  (chosen.placement === null || cell.p === chosen.placement);
const picked = () => timed.filter((cell) => shown(cell) && chosen.results.has(cell.r));
const ofSize = (cells) => {
  const have = unique(cells.map((cell) => cell.z)).sort((a, b) => a - b);
  const size = have.includes(chosen.size) ? chosen.size : have[0];
  return [cells.filter((cell) => cell.z === size), size];
};
function nameOf(cell) {
  let name = cell.w === 'block' ? cell.m : `${cell.m} (${cell.w})`;
  if (placements.length > 1 && chosen.placement === null) name += ` ${cell.p}`;
  if (chosen.results.size > 1) name += ` · ${results[cell.r].label}`;
  return name;
}
function looks(cell) {
  const order = [...chosen.results].sort((a, b) => a - b).indexOf(cell.r);
  return {
    name: nameOf(cell), mechanism: cell.m, hue: hueOf(cell.m), shape: shapeOf(cell.m), hollow: cell.w !== 'block',
    dash: chosen.results.size > 1 ? RESULT_DASHES[order % RESULT_DASHES.length] : DASHES[cell.w],
  };
}
const settings = (cells) => {
  const parts = unique(cells.map((cell) => cell.p));
  return parts.length === 1 ? `, ${parts[0]}` : '';
};
// The scenario that answers a chart's question, of the simplest setting there is.
const scenario = (cells, name) => {
  const all = cells.filter((cell) => cell.s === name);
  const columns = unique(all.map((cell) => cell.col)).sort((a, b) => a.length - b.length);
  return all.filter((cell) => cell.col === columns[0]);
};
const trips = (cells) => {
  const latency = scenario(cells, 'latency').filter((cell) => cell.q);
  return latency.length ? latency : cells.filter((cell) => cell.l && cell.q && !cell.rate);
};

// Cells that may be compared with each other: the same but for the mechanism.
const columnOf = (cell) => `${cell.col}${cell.rate ? ` ${quantity(cell.rate, 'msg/s')}` : ''}|${quantity(cell.z, 'B')}`;

const WORK_NAMES = {
  user: 'user code, and into and out of system calls', call: 'in system calls', wake: 'waking, and sending the interrupt',
  interrupt: 'interrupt on its way, and its handler', idle: 'leaving idle, and switching', flight: 'message on its way, without the kernel',
  other_task: 'another task ran', timer: 'timer interrupts and deferred work', fault: 'page faults', move: 'moved to another CPU',
  before: 'under way before the trip',
};
// Where not all of the kernel's events were seen.
const COARSE_WORK_NAMES = {
  ...WORK_NAMES, user: 'user code, and what sends and receives do in the kernel', call: 'what a task does once it is switched in',
  wake: 'waking: until the woken task runs',
};
const WORKS = Object.keys(WORK_NAMES);

// Rows for each chart: null hides it, for there is nothing of the kind in these results.

const CHARTS = [
  {
    id: 'heatmap', wide: true, title: 'Every mechanism against the best',
    note: 'How many times the best of its column: the stronger the colour, the closer. Hatched: tied with it. Grey: not ranked.',
    rows() {
      const cells = picked().filter((cell) => cell.v && (chosen.size === null || cell.z === chosen.size));
      const columns = unique(unique(cells.map((cell) => cell.s)).flatMap((name) => cells.filter((cell) => cell.s === name).sort((a, b) => (a.rate || 0) - (b.rate || 0))).map(columnOf));
      const rows = cells.map((cell) => ({
        ...looks(cell), col: columnOf(cell), ratio: cell.ratio, tie: cell.tie, best: cell.best,
        text: cell.ratio ? String(Number(cell.ratio.toPrecision(cell.ratio < 10 ? 2 : 3))) + (cell.ratio < 10 && Number.isInteger(Number(cell.ratio.toPrecision(2))) ? '.0' : '') : cell.unranked || '',
        tip: `${nameOf(cell)}\n${columnOf(cell).replace('|', ', ')}: ${withRange(cell.v, cell.l ? 'ns' : 'msg/s')}${cell.by ? `\nranked by ${cell.by}` : ''}${cell.ratio ? `\n${quantity(cell.ratio, '')}x the best` : ''}${cell.tie ? ', a tie' : ''}${cell.groups ? `\ntwo groups of trials: ${cell.groups}` : ''}`,
      }));
      const rank = new Map();
      for (const row of rows) {
        const seen = rank.get(row.name) || [0, 0];
        rank.set(row.name, row.ratio ? [seen[0] + Math.log(row.ratio), seen[1] + 1] : seen);
      }
      const mean = (name) => (rank.get(name)[1] ? rank.get(name)[0] / rank.get(name)[1] : Infinity);
      const names = [...rank.keys()].sort((a, b) => mean(a) - mean(b));
      return { rows, names: names.map((name) => ({ name })), columns: columns.map((col) => ({ col })) };
    },
  },
  {
    id: 'percentiles', title: 'Round trip by percentile',
    note: (size, cells) => `Round trips of ${quantity(size, 'B')}${settings(cells)}. Lines: medians over trials; bands: their intervals (of too few trials for one, their range); dotted: fewer than 100 samples beyond.`,
    rows() {
      const [cells, size] = ofSize(trips(picked()));
      const rows = [], tail = [], ends = [];
      cells.forEach((cell, s) => {
        for (let i = 0; 3 * i < cell.q.length; ++i) {
          const [y, lo, hi] = cell.q.slice(3 * i, 3 * i + 3);
          const point = { ...looks(cell), s, x: 10 ** (i / data.detail.q), y, lo, hi };
          if (i < cell.qp) rows.push(point);
          if (i >= cell.qp - 1) tail.push(point);
        }
        if (cell.qp) ends.push({ ...looks(cell), x: 10 ** ((cell.q.length / 3 - 1) / data.detail.q), y: cell.q[cell.q.length - 3] });
      });
      return { rows, tail, ends, args: [size, cells] };
    },
  },
  {
    id: 'distributions', title: 'How round trips are spread',
    note: (size, cells) => `Round trips of ${quantity(size, 'B')}${settings(cells)}, all trials of one machine state together, the fastest 99.9 %. Line: median.`,
    rows() {
      const [cells, size] = ofSize(trips(picked()).filter((cell) => cell.v && cell.d));
      cells.sort((a, b) => a.v[0] - b.v[0]);
      const rows = [];
      for (const cell of cells) {
        const at = (bin) => 10 ** ((cell.d[0] + bin + 0.5) / data.detail.d);
        const tip = `${nameOf(cell)}\np50 ${withRange(cell.v, 'ns')}`;
        const point = (bin, share) => rows.push({ ...looks(cell), x: at(bin), share: share / 1000, tip });
        point(-1, 0);
        cell.d.slice(1).forEach((share, bin) => point(bin, share));
        point(cell.d.length - 1, 0);
      }
      const series = cells.map((cell) => ({ ...looks(cell), median: cell.v[0], tip: `${nameOf(cell)}\np50 ${withRange(cell.v, 'ns')}` }));
      return { rows, series, args: [size, cells] };
    },
  },
  ...[['messages', 'msg/s', 'Messages a second', (cell) => cell.v], ['bytes', 'B/s', 'Bytes a second', (cell) => cell.bytes]].map(([id, unit, title, figure]) => ({
    id, spec: 'scaling', title, signals: { unit, title: 'message' },
    note: (size, cells) => `Received, by size of the message${settings(cells)}; both axes logarithmic. Upright lines: intervals over trials.`,
    rows: () => curve(scenario(picked(), 'throughput').filter(figure), (cell) => cell.z, figure, unit),
  })),
  {
    id: 'sizes', spec: 'scaling', title: 'Round trip by size', signals: { unit: 'ns', title: 'message' },
    note: (size, cells) => `Median round trip by size of the message${settings(cells)}. Upright lines: intervals over trials.`,
    rows: () => curve(trips(picked()).filter((cell) => cell.v), (cell) => cell.z, (cell) => cell.v, 'ns'),
  },
  ...[['price', 'busy', 'CPUs', 'The price of a short round trip', 'kept busy, both sides together', 'against the CPUs that both sides keep busy meanwhile'],
    ['cost', 'cpu', 'ns', 'What a message costs', 'CPU time a message, both sides together', 'against the CPU time of each message; who spins spends more where messages are rare']].map(([id, figure, across, title, axis, words]) => ({
    id, spec: 'price', title, signals: { across, title: axis },
    note: (size, cells) => `Round trips of ${quantity(size, 'B')}${settings(cells)} ${words}. Low and left is better; hollow: waits by spinning; lines join the waits of one mechanism.`,
    rows() {
      const [cells, size] = ofSize(trips(picked()).filter((cell) => cell.v && cell[figure]));
      return {
        rows: cells.map((cell) => ({
          ...looks(cell), s: `${cell.m} ${cell.r} ${cell.p}`, x: cell[figure][0], xlo: cell[figure][1], xhi: cell[figure][2], y: cell.v[0], lo: cell.v[1], hi: cell.v[2],
          tip: `${nameOf(cell)}\nround trip ${withRange(cell.v, 'ns')}\n${axis.replace(', both sides together', '')} ${withRange(cell[figure], across)}`,
        })),
        args: [size, cells],
      };
    },
  })),
  {
    id: 'load', spec: 'scaling', title: 'Response time under load', signals: { unit: 'ns', across: 'msg/s', title: 'offered rate' },
    note: (size, cells) => `Messages of ${quantity(size, 'B')} offered at a fixed rate${settings(cells)}, timed from when each was due: p50, dotted the highest percentile published. ✕: the rate did not come through.`,
    rows() {
      const [cells, size] = ofSize(picked().filter((cell) => cell.rate));
      const drawn = curve(cells.filter((cell) => cell.v), (cell) => cell.rate, (cell) => cell.v, 'ns');
      const high = (cell) => cell.p99 || cell.p90;
      const upper = cells.filter((cell) => cell.v && high(cell))
        .map((cell) => ({ ...looks(cell), s: nameOf(cell), x: cell.rate, y: high(cell)[0] }));
      const lost = cells.filter((cell) => cell.saturated);
      const names = unique(lost.map(nameOf));
      const saturated = lost.map((cell) => ({ ...looks(cell), x: cell.rate, row: names.indexOf(nameOf(cell)), tip: `${nameOf(cell)}\n${cell.saturated} at ${quantity(cell.rate, 'msg/s')}` }));
      return { ...drawn, upper: upper.sort((a, b) => a.x - b.x), saturated, places: unique(cells.map((cell) => cell.rate)).map((x) => ({ x })), args: [size, cells] };
    },
  },
  ...unique(data.ends.map((cell) => JSON.stringify([cell.s, cell.by, cell.set]))).map((each, i) => {
    const [name, by, set] = JSON.parse(each);
    return {
      id: `ends-${i}`, spec: 'ends', wide: true, title: `${name} with more ${by}`, signals: { title: by },
      note: (size) => `Messages of ${quantity(size, 'B')}, ${set}; all axes logarithmic. Upright lines: intervals over trials. Ringed: more processes than CPUs, so that they take turns.`,
      rows: () => ends(data.ends.filter((cell) => cell.s === name && cell.set === set && shown(cell) && chosen.results.has(cell.r)), by),
    };
  }),
  {
    id: 'trials', wide: true, title: 'Trials in the order they were run',
    note: () => `Each trial over its cell's median, on the state the machine was in (${data.results[first()].states.join(', ') || 'not looked at'}). Blank: it changed meanwhile, or could not be looked at.`,
    rows() {
      const result = results[first()];
      const cells = picked().filter((cell) => cell.r === first() && cell.v && cell.t.length && (chosen.size === null || cell.z === chosen.size));
      const rows = [];
      for (const cell of cells) {
        for (let i = 0; i < cell.t.length; i += 2) {
          const y = cell.t[i + 1] / cell.v[0];
          rows.push({ ...looks(cell), x: cell.t[i] + 0.5, y, tip: `${nameOf(cell)}, ${columnOf(cell).replace('|', ' ')}\n${quantity(cell.t[i + 1], cell.l ? 'ns' : 'msg/s')}: ${Number(y.toPrecision(3))}x the median\ntrial ${cell.t[i] + 1} of the run` });
        }
      }
      const machine = [];
      for (let i = 0; i < result.runs.length; i += 2) {
        const state = result.runs[i + 1];
        const to = i + 2 < result.runs.length ? result.runs[i + 2] : result.trials;
        if (state >= 0) machine.push({ from: result.runs[i], to, state, shade: state % 4, tip: result.states[state] });
      }
      if (!machine.length) machine.push({ from: 0, to: result.trials, shade: 0, state: 0, tip: 'state of the machine not known' });
      // Each state is named where it lasted longest.
      const longest = new Map();
      for (const run of machine) {
        const known = longest.get(run.state);
        if (result.states.length && (!known || run.to - run.from > known.to - known.from)) longest.set(run.state, run);
      }
      const labels = [...longest.values()].filter((run) => run.to - run.from > 0.08 * result.trials)
        .map((run) => ({ middle: (run.from + run.to) / 2, text: result.states[run.state] }));
      return { rows, machine, labels };
    },
  },
  {
    id: 'results', wide: true, title: 'From result to result', several: true,
    note: (size, cells) => `${cells.length && cells[0].l ? 'Median round trip' : 'Rate'} of ${quantity(size, 'B')}${settings(cells)} in all results, in the order given. Upright lines: intervals over trials.`,
    rows() {
      const all = timed.filter((cell) => shown(cell) && cell.v);
      const kind = trips(all).length ? trips(all) : scenario(all, 'throughput');
      // Of all sizes, the one that most results have.
      const share = (size) => unique(kind.filter((cell) => cell.z === size).map((cell) => cell.r)).length;
      const size = sizes.includes(chosen.size) && share(chosen.size) ? chosen.size : [...sizes].sort((a, b) => share(b) - share(a))[0];
      const cells = kind.filter((cell) => cell.z === size);
      const name = (cell) => (cell.w === 'block' ? cell.m : `${cell.m} (${cell.w})`);
      const ends = [...new Map(cells.map((cell) => [name(cell), { ...looks(cell), name: name(cell), label: results[cell.r].label, y: cell.v[0] }])).values()];
      return {
        ends, rows: cells.map((cell) => ({ ...looks(cell), dash: DASHES[cell.w], name: name(cell), label: results[cell.r].label, y: cell.v[0], lo: cell.v[1], hi: cell.v[2], tip: `${name(cell)}, ${results[cell.r].label}\n${withRange(cell.v, cell.l ? 'ns' : 'msg/s')}` })),
        labels: results.map(({ label }) => ({ label })), signals: { unit: cells.length && !cells[0].l ? 'msg/s' : 'ns' }, args: [size, cells],
      };
    },
  },
  ...data.explained.map((each, i) => ({
    id: `waterfall-${i}`, spec: 'waterfall', place: 'waterfalls', wide: true,
    title: `${each.cell}${several ? ` · ${results[each.r].label}` : ''}`,
    note: (whole) => `The commonest way (${Math.round(100 * each.share)} % of trips), ${quantity(whole, 'ns')} ${each.estimate ? 'by estimate' : 'less what the probes cost'}: from top to bottom in order of time. Colours are kinds of work.`,
    rows() {
      if (!chosen.results.has(each.r)) return { rows: [] };
      const names = each.seen && each.seen !== 'kernel' ? COARSE_WORK_NAMES : WORK_NAMES;
      let from = 0;
      const rows = each.segments.map(([label, work, scaled, traced], row) => {
        const segment = { id: `${label}|${row}`, work, hue: WORKS.indexOf(work) % HUES, from, to: from + scaled, text: quantity(scaled, 'ns'), tip: `${label}\n${quantity(scaled, 'ns')} (${quantity(traced, 'ns')} traced)\n${names[work] || work}` };
        from += scaled;
        return segment;
      });
      return { rows, args: [from] };
    },
  })),
  {
    id: 'noise', title: 'How far trials lie apart', wide: true,
    note: 'Half the interval of each median (of too few trials for one, half their range). Right of the line the spread is over 20 % of the median: differences smaller than that say little.',
    rows() {
      const cells = picked().filter((cell) => cell.v && (chosen.size === null || cell.z === chosen.size));
      const group = (cell) => columnOf(cell).replace('|', ' ');
      const percent = (cell) => 50 * (cell.v[2] - cell.v[1]) / cell.v[0];
      return {
        rows: cells.map((cell, i) => ({ ...looks(cell), group: group(cell), x: percent(cell), jitter: ((i * 0.618034) % 1) - 0.5, tip: `${nameOf(cell)}\n± ${Number(percent(cell).toPrecision(2))} %` })),
        groups: unique(cells.map(group)).map((each) => ({ group: each })),
      };
    },
  },
  {
    id: 'forest', place: 'forest', title: 'What changed, by the gate’s rules', several: true,
    note: (shownFigures, all, without) => `Each gated figure of the candidate over ${results[0].label}, with its 95 % interval; rates are turned over, so that right is worse. Beyond the dashed line the gate judges; hollow: no verdict.${shownFigures < all ? ` The ${shownFigures} farthest of ${all}.` : ''}${without ? ` ${without} without a ratio: see the table.` : ''}`,
    rows: forest,
  },
];
const MAX_COMPARED = 60;
function forest() {
  const TONES = { REGRESSION: 'bad', IMPROVED: 'good', INCONCLUSIVE: 'faint', 'TOO FEW ROUNDS': 'faint', 'NO REGRESSION': 'accent' };
  const all = [];
  let without = 0;
  for (const { c, figures } of data.comparisons) {
    const wanted = chosen.results.size === 1 && chosen.results.has(0) ? true : chosen.results.has(c);
    if (!wanted) continue;
    for (const [key, label, ratio, low, high, limit, verdict, higher] of figures) {
      const parts = key.split('/');
      if (!waits.some((wait) => parts.includes(wait) && chosen.waits.has(wait))) continue;
      const mechanism = mechanisms.find((name) => parts.includes(name.split(' ')[0]));
      if (mechanism && !(chosen.mechanisms.has(mechanism) && chosen.groups.has(groupOfName.get(mechanism)))) continue;
      if (chosen.size !== null && !parts.includes(quantity(chosen.size, 'B').replace(' ', ''))) continue;
      if (!ratio) {
        without += 1;
        continue;
      }
      const of = data.comparisons.length > 1 ? `${results[c].label}: ` : '';
      all.push({
        id: `${of}${parts.filter((part) => part !== placements[0] || placements.length > 1).join(' ')} ${label}|${c} ${key}`, limit, tone: TONES[verdict],
        ratio: higher ? 1 / ratio : ratio, lo: higher ? 1 / high : low, hi: higher ? 1 / low : high,
        hollow: TONES[verdict] === 'faint', shape: verdict === 'REGRESSION' ? 'triangle-right' : verdict === 'IMPROVED' ? 'triangle-left' : 'circle',
        tip: `${key}, ${label}\n${verdict}\ncandidate over base ${ratio} (${low} to ${high})`,
      });
    }
  }
  const rows = [...all].sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio))).slice(0, MAX_COMPARED);
  rows.sort((a, b) => b.ratio - a.ratio);
  return { rows, args: [rows.length, all.length, without], nothing: without ? `No ratio of ${without} gated figures: see the table.` : undefined };
}
// Figures over how many ends work at the same time: a panel for each kind.
function ends(all, by) {
  const [cells, size] = ofSize(all);
  const counts = unique(cells.map((cell) => cell.x)).sort((a, b) => a - b);
  if (counts.length < 2) return { rows: [] };
  const each = (cell) => cell.rate && cell.rate.map((rate) => rate / cell.x);
  const panels = [
    ['round trip, p50', 'ns', (cell) => cell.mid], ['round trip, p99', 'ns', (cell) => cell.high],
    ['all together', 'msg/s', (cell) => cell.rate], ['each of them', 'msg/s', each],
    ['fairness (1: all alike)', '', (cell) => cell.fair], ['CPUs kept busy', 'CPUs', (cell) => cell.busy],
  ].filter(([, , figure]) => cells.some(figure));
  const rows = panels.flatMap(([label, unit, figure], panel) => cells.filter(figure).map((cell) => {
    const [y, lo, hi] = figure(cell);
    const { cpus } = results[cell.r];
    const over = cpus > 0 && cell.n > cpus;
    return {
      ...looks(cell), s: nameOf(cell), panel, label, unit, x: cell.x, y, lo, hi, over,
      tip: `${nameOf(cell)}, ${cell.x} ${by}\n${label}: ${withRange([y, lo, hi], unit)}${over ? `\n${cell.n} processes on ${cpus} CPUs` : ''}`,
    };
  }));
  rows.sort((a, b) => a.panel - b.panel || a.x - b.x);
  return { rows, panels: panels.map(([label], panel) => ({ panel, label })), places: counts.map((x) => ({ x })), args: [size] };
}
const first = () => Math.min(...chosen.results);
function curve(cells, x, figure, unit) {
  const rows = cells.map((cell) => {
    const [y, lo, hi] = figure(cell);
    return { ...looks(cell), s: nameOf(cell), x: Math.max(x(cell), 1), y, lo, hi, tip: `${nameOf(cell)}\n${withRange(figure(cell), unit)}` };
  }).sort((a, b) => a.x - b.x);
  const ends = [...new Map(rows.map((row) => [row.s, row])).values()];
  return { rows, ends, upper: [], saturated: [], places: unique(rows.map((row) => row.x)).map((at) => ({ x: at })), args: [null, cells] };
}
