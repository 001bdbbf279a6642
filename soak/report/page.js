// SPDX-License-Identifier: GPL-3.0-or-later
// Puts a chart that zooms in place of each static curve of soak's page. The data are those that
// page_data.c wrote. Text of others is only ever written as text nodes.
(() => {
  'use strict';

  const data = JSON.parse(document.getElementById('data').textContent);
  const DASHES = [null, [8, 3], [3, 3], [12, 3, 3, 3], [1, 3], [16, 4], [8, 3, 2, 3, 2, 3], [5, 5]];
  const TIME_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
    21600, 43200, 86400];
  const BASES = {
    bytes: [1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB']],
    rate: [1000, ['/s', ' k/s', ' M/s', ' G/s', ' T/s']],
    cores: [Infinity, [' cores']],
    count: [Infinity, ['']],
  };
  const whole = [0, data.end];
  let range = whole; // of the time axis, in seconds
  let moment = null; // at which values are shown
  let settling = false;

  // ---- words ----

  const pad = (n) => String(n).padStart(2, '0');

  function clock(s) {
    const t = Math.round(s * 10) / 10;
    const h = Math.floor(t / 3600), m = Math.floor(t / 60) % 60, rest = t % 60;
    const seconds = Number.isInteger(rest) ? pad(rest) : rest.toFixed(1).padStart(4, '0');
    return h ? `${h}:${pad(m)}:${seconds}` : `${m}:${seconds}`;
  }

  function scaleOf(unit, most) {
    const [base, names] = BASES[unit];
    let one = 1, i = 0;
    for (; i < names.length - 1 && most >= one * base; i++) one *= base;
    return { one, name: names[i] };
  }

  function say(lane, value) {
    if (value === null || Number.isNaN(value)) return '-';
    const scale = scaleOf(lane.unit, Math.abs(value));
    const number = value / scale.one;
    return (Math.abs(number) >= 1000 ? number.toFixed(0) : String(+number.toPrecision(4))) + scale.name;
  }

  // ---- axes ----

  function valueTicks(lane) {
    return (low, high) => {
      const scale = scaleOf(lane.unit, high);
      const third = (high - low) / scale.one / 3;
      const power = 10 ** Math.floor(Math.log10(third));
      const step = power * ([5, 2, 1].find((times) => third / power >= times) || 1);
      const digits = step < 1 ? Math.ceil(-Math.log10(step) - 1e-9) : 0;
      const ticks = [];
      for (let i = Math.ceil(low / scale.one / step); i * step * scale.one <= high; i++) {
        ticks.push({ v: i * step * scale.one, label: (i * step).toFixed(digits) + scale.name });
      }
      return ticks;
    };
  }

  function timeTicks(low, high, pixels) {
    const wanted = Math.max(2, pixels / 110);
    const step = TIME_STEPS.find((s) => (high - low) / s <= wanted) || (high - low) / wanted;
    const ticks = [];
    for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push({ v: i * step, label: clock(i * step) });
    return ticks;
  }

  // What is seen of a lane decides its values' axis, except of the whole run: soak has chosen that.
  function axisOf(lane) {
    if (range === whole) return lane.axis;
    let low = Infinity, high = -Infinity;
    for (const run of data.runs) {
      const [least, , most] = run.lanes[lane.id] || [];
      for (let i = 0; least && i < run.t.length; i++) {
        if (run.t[i] < range[0] || run.t[i] > range[1] || least[i] === null) continue;
        low = Math.min(low, least[i]);
        high = Math.max(high, most[i]);
      }
    }
    if (!(high >= low)) return lane.axis;
    const room = Math.max((high - low) * 0.06, high * 0.005, 1e-9);
    return [Math.max(0, low - room), high + room];
  }

  // ---- data ----

  const cellOf = (lane, run, i) => {
    const values = run.lanes[lane.id];
    if (!values) return null;
    if (values[1][i] === null) return lane.slow ? null : [NaN, NaN, NaN];
    return [values[0][i], values[1][i], values[2][i]];
  };

  // One row for each time of any run: [t, cell of the first run, ...]; null where a run has no such time.
  function rowsOf(lane) {
    const rows = new Map();
    data.runs.forEach((run, r) => run.t.forEach((t, i) => {
      if (!rows.has(t)) rows.set(t, [t, ...data.runs.map(() => null)]);
      rows.get(t)[r + 1] = cellOf(lane, run, i);
    }));
    return [...rows.values()].sort((a, b) => a[0] - b[0]);
  }

  function nearest(times, t) {
    let low = 0, high = times.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < t) low = middle + 1;
      else high = middle;
    }
    return low > 0 && t - times[low - 1] < times[low] - t ? low - 1 : low;
  }

  function wordsAt(lane, t) {
    const words = [];
    for (const run of data.runs) {
      const values = run.lanes[lane.id];
      if (!values || t > run.t[run.t.length - 1] + data.end / 100) continue;
      let i = nearest(run.t, t);
      while (lane.slow && i > 0 && values[1][i] === null) i--;
      const [low, mean, high] = values.map((v) => v[i]);
      const spread = low === high ? '' : ` (${say(lane, low)} to ${say(lane, high)})`;
      words.push((run.name ? run.name + ' ' : '') + say(lane, mean) + spread);
    }
    return words.join(', ');
  }

  // ---- drawing ----

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const runColours = () => data.runs.map((run, r) => colour('abcdefgh'[r]));

  function vertical(ctx, area, x) {
    if (x < area.x || x > area.x + area.w) return;
    ctx.beginPath();
    ctx.moveTo(x, area.y);
    ctx.lineTo(x, area.y + area.h);
    ctx.stroke();
  }

  function drawBehind(ctx, area, g) {
    const span = (from, to, fill) => {
      const left = g.toDomXCoord(from), right = g.toDomXCoord(to);
      ctx.fillStyle = fill;
      ctx.fillRect(left, area.y, right - left, area.h);
    };
    ctx.save();
    for (const run of data.runs) {
      if (data.runs.length === 1 && run.from !== null) span(run.from, run.to, colour('steady'));
      for (const [from, to] of data.runs.length === 1 ? run.excluded : []) span(from, to, colour('excluded'));
      ctx.strokeStyle = colour('mark');
      ctx.fillStyle = colour('mark');
      ctx.font = 'bold 11px sans-serif';
      ctx.setLineDash([2, 2]);
      let last = -Infinity;
      run.marks.forEach(([t], i) => {
        const x = g.toDomXCoord(t);
        vertical(ctx, area, x);
        if (x - last > 22) ctx.fillText(run.name + (i + 1), x + 2, area.y + 10);
        if (x - last > 22) last = x;
      });
    }
    ctx.restore();
  }

  // What was fitted to RSS, over the curve. `column` is of a row [t, fit, low, high, target].
  function drawFit(ctx, area, g) {
    const line = (fit, column, style, width, dash) => {
      ctx.beginPath();
      ctx.strokeStyle = style;
      ctx.lineWidth = width;
      ctx.setLineDash(dash);
      let begun = false;
      for (const row of fit) {
        const y = row[column];
        if (y !== null) ctx[begun ? 'lineTo' : 'moveTo'](g.toDomXCoord(row[0]), g.toDomYCoord(y));
        begun = y !== null;
      }
      ctx.stroke();
    };
    const alone = data.runs.length === 1, colours = runColours();
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.x, area.y, area.w, area.h);
    ctx.clip();
    data.runs.forEach((run, r) => {
      if (alone) {
        line(run.fit, 2, colour('fit'), 1, [2, 3]);
        line(run.fit, 3, colour('fit'), 1, [2, 3]);
        line(run.fit, 4, colour('target'), 2, [1, 4]);
      }
      line(run.fit, 1, alone ? colour('fit') : colours[r], 2.5, [9, 4]);
    });
    ctx.restore();
  }

  function optionsOf(lane) {
    const labels = data.runs.map((run, r) => 'abcdefgh'[r]);
    const plugin = { activate: () => ({ didDrawChart: (e) => drawFit(e.drawingContext, e.dygraph.getArea(), e.dygraph) }) };
    return {
      labels: ['t', ...labels],
      series: Object.fromEntries(labels.map((l, r) => [l, { strokePattern: DASHES[r] }])),
      customBars: true, connectSeparatedPoints: true, legend: 'never', fillAlpha: 0.3, strokeWidth: 1.5,
      highlightCircleSize: 0, resizable: 'passive', xRangePad: 0, rightGap: 2,
      dateWindow: whole, valueRange: lane.axis,
      axes: {
        x: { ticker: (a, b, pixels) => timeTicks(a, b, pixels), axisLabelWidth: 70 },
        y: { ticker: valueTicks(lane), axisLabelWidth: 80 },
      },
      axisLabelFontSize: 12,
      underlayCallback: drawBehind,
      plugins: lane.id === 'rss' ? [plugin] : [],
      highlightCallback: (event, x) => showMoment(x),
      drawCallback: (g) => follow(g),
      ...colours(),
    };
  }

  const colours = () => ({
    colors: runColours(), gridLineColor: colour('grid'), axisLineColor: colour('faint'),
  });

  // ---- one time axis ----

  function follow(g) {
    const [from, to] = g.xAxisRange();
    if (!settling && (from !== range[0] || to !== range[1])) setRange(from, to);
    else placeCursors();
  }

  function setRange(from, to) {
    const length = Math.min(Math.max(to - from, data.end / 5000), data.end);
    const start = Math.min(Math.max(from, 0), data.end - length);
    range = length >= data.end * 0.9999 ? whole : [start, start + length];
    settling = true;
    for (const lane of data.lanes) lane.chart.updateOptions({ dateWindow: range, valueRange: axisOf(lane) });
    settling = false;
    showRange();
  }

  const zoom = (factor) => {
    const middle = moment !== null && moment >= range[0] && moment <= range[1] ? moment : (range[0] + range[1]) / 2;
    setRange(middle - (middle - range[0]) * factor, middle + (range[1] - middle) * factor);
  };
  const shift = (share) => setRange(range[0] + share * (range[1] - range[0]), range[1] + share * (range[1] - range[0]));

  // ---- a moment and its values ----

  function placeCursors() {
    for (const lane of data.lanes) {
      if (!lane.chart) continue;
      const inside = moment !== null && moment >= range[0] && moment <= range[1];
      lane.cursor.hidden = !inside;
      if (inside) lane.cursor.style.left = lane.chart.toDomXCoord(moment) + 'px';
    }
  }

  function showMoment(t) {
    moment = t;
    for (const lane of data.lanes) lane.read.textContent = `at ${clock(t)}: ${wordsAt(lane, t)}`;
    slider.value = Math.round(1000 * (t - range[0]) / (range[1] - range[0]));
    slider.setAttribute('aria-valuetext', clock(t));
    placeCursors();
  }

  function sayMoment() {
    const words = data.lanes.map((lane) => `${lane.title} ${wordsAt(lane, moment)}`);
    document.getElementById('now').textContent = `At ${clock(moment)}: ${words.join('; ')}`;
  }

  // ---- controls ----

  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const slider = make('input', { type: 'range', min: 0, max: 1000, value: 0, id: 'moment' });
  const shownRange = make('span', { id: 'range' });

  function showRange() {
    shownRange.textContent = `${clock(range[0])} to ${clock(range[1])}`;
    placeCursors();
  }

  function addControls() {
    const run = data.runs[0], controls = document.getElementById('controls');
    const button = (text, act) => make('button', { type: 'button', onclick: act }, text);
    controls.append(
      button('Zoom in', () => zoom(0.5)), button('Zoom out', () => zoom(2)),
      button('Earlier', () => shift(-0.5)), button('Later', () => shift(0.5)),
      button('Whole run', () => setRange(...whole)));
    if (run.from !== null && data.runs.length === 1) {
      controls.append(button('Steady window', () => setRange(run.from, run.to)));
    }
    controls.append(shownRange, make('label', { htmlFor: 'moment' }, 'Values at '), slider,
      make('span', { className: 'hint' }, 'or drag over a curve to zoom, double-click for the whole run; keys + - 0'),
      make('p', { id: 'now', className: 'spoken', role: 'status' }));
    slider.oninput = () => {
      showMoment(range[0] + slider.value / 1000 * (range[1] - range[0]));
      sayMoment();
    };
    controls.onkeydown = (event) => {
      const act = { '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), 0: () => setRange(...whole) };
      if (!event.ctrlKey && !event.metaKey && act[event.key]) act[event.key]();
    };
    controls.hidden = false;
  }

  function addChart(lane) {
    const figure = document.getElementById('lane-' + lane.id), plot = figure.querySelector('.plot');
    const place = make('div', { className: 'chart', role: 'img' });
    place.setAttribute('aria-label', `Chart of ${lane.title}; choose a moment with the slider above`);
    lane.cursor = make('div', { className: 'cursor', hidden: true });
    lane.read = figure.querySelector('.read');
    const live = make('div', { className: 'live' }, place, lane.cursor);
    plot.append(live);
    lane.chart = new Dygraph(place, rowsOf(lane), optionsOf(lane));
  }

  function begin() {
    document.documentElement.classList.add('scripted');
    addControls();
    data.lanes.forEach(addChart);
    showRange();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const lane of data.lanes) lane.chart.updateOptions(colours());
    });
  }

  // The verdict and the static curves are painted first.
  requestAnimationFrame(() => setTimeout(begin));
})();
