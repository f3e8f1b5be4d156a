// The charts of a page about a fleet. Stands between charts.js and page.js, in one function with
// them.
const FLEET_CHARTS = !data.fleet ? [] : [
  {
    id: 'hosts', wide: true, title: 'Hosts among those of their class',
    note: (shownHosts, of) => `Each host by the median of its cells: how much worse it is than the hosts of its class (less what its other cells predict), against how far out that is among such hosts (robust z). Large: odd.${shownHosts < of ? ` ${shownHosts} of ${of} hosts are drawn: all odd ones, and the others evenly.` : ''}`,
    rows() {
      const { of, rows } = data.fleet.hosts;
      return {
        rows: rows.map(([name, worse, z, family, cells, odd, state]) => ({
          name, worse, z, odd, label: odd ? name : '',
          tip: `${name}\n${Math.abs(worse)} % ${worse > 0 ? 'worse' : 'better'}, by ${cells} cells${family === 'all' ? '' : ` that wait by ${family}`}\nrobust z ${z}${state ? `\ncore to core ${state}` : ''}`,
        })),
        args: [rows.length, of],
      };
    },
  },
  {
    id: 'trends', wide: true, title: 'Figures over time',
    note: (panels, of) => `The figures that changed most (${panels} of ${of}), each at the level of its class: medians of results, with their intervals. Upright line: since when a change is suspected.`,
    rows() {
      const { panels, series } = data.fleet;  // those that span some time
      const day = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 10);
      const rows = panels.flatMap((panel, i) => panel.points.map(([from, to, time, y, lo, hi]) => ({
        panel: i, x: 1000 * time, y, lo, hi, unit: panel.unit, tone: !panel.at || time < panel.at ? 'accent' : panel.worse ? 'bad' : 'good',
        tip: `${panel.name} ${panel.figure}\n${withRange([y, lo, hi], panel.unit)}\n${from === to ? `run ${from}` : `runs ${from} to ${to}`}, ${day(time)}${panel.says ? `\n${panel.says}` : ''}`,
      })));
      const label = (panel) => `${panel.name} ${panel.figure}${panel.state ? `, ${panel.state}` : ''}${panel.class ? `, ${panel.class}` : ''}`;
      return {
        rows, panels: panels.map((panel, i) => ({ panel: i, label: label(panel), unit: panel.unit, at: panel.at ? 1000 * panel.at : null, tone: panel.worse ? 'bad' : 'good' })),
        args: [panels.length, series],
      };
    },
  },
];
